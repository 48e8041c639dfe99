"""nn's callables and linear algebra with arguments nobody should pass: refused with words, or right; nothing else happens.

What a hostile argument is stands in `tests.engine.test_hostile`, which does the same with the array functions.
"""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import autograd
import nn
import nn.functional as F
from autograd import Tensor, linalg
from tests.engine.test_hostile import HOSTILE, REFUSED, USUAL, refused_or_right

ARGUMENTS = st.lists(st.sampled_from([*USUAL * 3, "True", "a mask", *HOSTILE]), min_size=1, max_size=4)


def public(module: Any) -> dict[str, Callable[..., Any]]:
    names = [name for name in getattr(module, "__all__", dir(module)) if not name.startswith("_")]
    return {f"{module.__name__}.{name}": getattr(module, name) for name in names if inspect.isfunction(getattr(module, name))}


FUNCTIONS = public(F) | public(linalg)
CLASSES = {name: kind for name in nn.__all__ if inspect.isclass(kind := getattr(nn, name)) and issubclass(kind, nn.Module)}
OPTIMIZERS = {name: kind for name in nn.optim.__all__ if inspect.isclass(kind := getattr(nn.optim, name))}
ELSEWHERE = {"Module", "Lambda", "Switchable"}  # which call what they are given
HOLDERS = {"ModuleDict", "ModuleList", "ParameterDict", "ParameterList"}  # whose forward says that there is none


@pytest.mark.parametrize("name", FUNCTIONS)
@settings(max_examples=20)
@given(names=ARGUMENTS)
def test_functions(name: str, names: list[str]) -> None:
    refused_or_right(FUNCTIONS[name], names)


HOSTILE_OR_TWO: dict[str, Any] = {"2": lambda: 2, "pair": lambda: (2, 1)}


@pytest.mark.parametrize("name", sorted(set(CLASSES) - ELSEWHERE))
@settings(max_examples=20)
@given(names=st.lists(st.sampled_from(["2", "2", "2", "pair", "zero", *HOSTILE]), max_size=4), inputs=ARGUMENTS)
def test_modules(name: str, names: list[str], inputs: list[str]) -> None:
    given_here = {**HOSTILE, **HOSTILE_OR_TWO}
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        try:
            module = CLASSES[name](*[given_here[each]() for each in names])
        except (*REFUSED, OverflowError, MemoryError) as error:
            assert str(error)
            return
    before = {key: value.data.copy() for key, value in module.state_dict().items()}
    if name not in HOLDERS:
        refused_or_right(module.eval(), inputs[:2])
    for key, value in module.state_dict().items():  # in evaluation nothing a module holds may move
        np.testing.assert_array_equal(value.data, before[key], err_msg=key)


@pytest.mark.parametrize("name", OPTIMIZERS)
@settings(max_examples=30)
@given(names=st.lists(st.sampled_from(["2", "zero", "True", *HOSTILE]), min_size=1, max_size=3), first=st.booleans())
def test_optimizers(name: str, names: list[str], first: bool) -> None:
    """With parameters and odd options, or with odd parameters; a step of one that was built moves or keeps what it holds, finite."""
    parameter = nn.Parameter([1.0, 2.0])
    given_here = {**HOSTILE, **HOSTILE_OR_TWO}
    arguments = [given_here[each]() for each in names]
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        try:
            optimizer = OPTIMIZERS[name]([parameter], *arguments) if first else OPTIMIZERS[name](*arguments)
            parameter.grad = Tensor(np.array([0.5, -0.5], np.float32))
            optimizer.step()
        except (*REFUSED, OverflowError) as error:
            assert str(error)
            np.testing.assert_array_equal(parameter.data, np.array([1.0, 2.0], np.float32))
            return
    assert np.isfinite(parameter.data).all()


@pytest.mark.parametrize("call", [
    lambda t: autograd.grad(t), lambda t: autograd.jacobian(len)(t), lambda t: autograd.gradients(t, t), lambda t: autograd.vjp(t, t),
    lambda t: autograd.jvp(abs, t, t), lambda t: autograd.checkpoint(t), lambda t: autograd.routes(t), lambda t: Tensor([1.0]).backward(t),
    lambda t: autograd.gradients([t], [Tensor(1.0, requires_grad=True)]), lambda t: autograd.hvp(abs, t, t),
])  # fmt: skip
@pytest.mark.parametrize("name", ["text", "None", "a list that holds itself", "an object", "objects", "a set", "not an array"])
def test_transforms(call: Callable[[Any], Any], name: str) -> None:
    with pytest.raises((*REFUSED, RuntimeError)) as raised:
        made = call(HOSTILE[name]())
        raise ValueError(f"nothing was refused: {made!r}") if not callable(made) else TypeError("a function, which refuses when called")
    assert str(raised.value) and not str(raised.value).startswith("nothing was refused")

"""Public callables with arguments nobody should pass: a right answer or an error that says so, and nothing else happens."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import autograd
from autograd import Tensor

REFUSED = (TypeError, ValueError, IndexError)  # a LinAlgError is a ValueError


class Lying:
    """Says that it is an array and gives something else."""

    def __init__(self, given: Any) -> None:
        self.given = given

    def __array__(self, dtype: Any = None, copy: Any = None) -> Any:
        return self.given

    def __repr__(self) -> str:
        return f"Lying({self.given!r})"


class Failing:
    """Says that it is an array and cannot give one."""

    def __array__(self, dtype: Any = None, copy: Any = None) -> Any:
        raise ValueError("not today")


def _endless() -> list[Any]:
    items: list[Any] = [1.0]
    items.append(items)
    return items


HOSTILE: dict[str, Callable[[], Any]] = {
    "text": lambda: "text",
    "bytes": lambda: b"1",
    "None": lambda: None,
    "nan": lambda: float("nan"),
    "inf": lambda: -float("inf"),
    "denormal": lambda: 5e-324,
    "huge integer": lambda: 10**30,
    "-1": lambda: -1,
    "-7": lambda: -7,
    "zero": lambda: 0,
    "True": lambda: True,
    "complex": lambda: 1j,
    "a list that holds itself": _endless,
    "ragged": lambda: [[1.0], [2.0, 3.0]],
    "nothing": lambda: [],
    "a dictionary": lambda: {"a": 1.0},
    "a set": lambda: {1.0},
    "an object": object,
    "a function": lambda: len,
    "a type": lambda: float,
    "objects": lambda: np.array([1.0, None], object),
    "dates": lambda: np.array(["2020-01-01"], "datetime64[D]"),
    "empty": lambda: np.zeros((0, 3)),
    "integers": lambda: np.arange(6).reshape(2, 3),
    "a mask": lambda: np.array([True, False, True]),
    "not finite": lambda: np.array([[np.nan, np.inf, -np.inf], [0.0, -0.0, 5e-324]]),
    "a plain array": lambda: np.arange(1.0, 5.0).reshape(2, 2),
    "read only": lambda: np.broadcast_to(1.5, (3, 3)),
    "many axes": lambda: np.ones((1,) * 32),
    "a tensor": lambda: Tensor([[1.0, 2.0], [3.0, 5.0]], requires_grad=True),
    "an empty tensor": lambda: Tensor(np.zeros((2, 0)), requires_grad=True),
    "a number of the graph": lambda: Tensor(0.5, requires_grad=True),
    "not an array": lambda: Lying("nothing"),
    "an array of objects": lambda: Lying(np.array([None])),
    "an array": lambda: Lying(np.ones(3)),
    "cannot": Failing,
    "a shape that overflows": lambda: (2**40, 2**40),
    "a negative shape": lambda: (-2, -3),
}

# ------------------------------------------------------------------------------------------------------ what is called

ELSEWHERE = {"op", "draw", "routes", "checkpoint", "gradients", "vjp", "jvp", "keeping", "scope", "no_grad", "enable_grad"}
ELSEWHERE |= {"median", "percentile"}  # not yet: objects that are no arrays meet an AttributeError there
PUBLIC: dict[str, Callable[..., Any]] = {
    name: getattr(autograd, name)
    for name in [*autograd.registry, *autograd.declare.composites, "as_tensor", "Tensor"]
    if hasattr(autograd, name) and name not in ELSEWHERE
}  # fmt: skip
USUAL = ("a tensor", "a plain array", "a number of the graph", "-1", "zero")
ARGUMENTS = st.lists(st.sampled_from([*USUAL * 4, *HOSTILE]), min_size=1, max_size=4)


def _array(given: Any) -> Any:
    held = given.data if isinstance(given, Tensor) else given
    return held if isinstance(held, np.ndarray) and held.dtype.kind != "M" else None


def _unchanged(given: Any, before: Any) -> bool:
    return before is None or np.array_equal(_array(given), before, equal_nan=before.dtype.kind == "f")


def refused_or_right(function: Callable[..., Any], names: list[str]) -> None:
    """Call it: what is raised is of the three kinds, and nothing else happened."""
    arguments = [HOSTILE[name]() for name in names]
    before = [None if (array := _array(given)) is None else array.copy() for given in arguments]
    with warnings.catch_warnings(record=True) as heard, np.errstate(all="ignore"):
        warnings.simplefilter("always")
        try:
            function(*arguments)
        except REFUSED as error:
            assert str(error)
        except OverflowError:
            assert "huge integer" in names  # NumPy's own, for an option that no C integer holds
    assert all(issubclass(one.category, RuntimeWarning) for one in heard) and len(heard) <= 9, [str(one.message) for one in heard]
    assert all(map(_unchanged, arguments, before))


@pytest.mark.parametrize("name", PUBLIC)
@given(names=ARGUMENTS)
def test_hostile_arguments_are_refused_or_right(name: str, names: list[str]) -> None:
    refused_or_right(PUBLIC[name], names)


# ----------------------------------------------------------------------------------------------------- what was wrong


@pytest.mark.parametrize("call", [
    lambda x: autograd.diff(x, axis=2), lambda x: autograd.trapezoid(x, axis=-3), lambda x: autograd.gather(x, 2, [[0]]),
    lambda x: autograd.rollaxis(x, 2), lambda x: autograd.array_split(x, 0), lambda x: autograd.convolve(x[0], x[0], "valied"),
])  # fmt: skip
def test_an_axis_or_option_that_is_not_there_is_not_taken_for_another(call: Callable[[Tensor], Any]) -> None:
    with pytest.raises((ValueError, IndexError)):
        call(Tensor([[1.0, 2.0], [3.0, 5.0]], requires_grad=True))


def test_softmax_of_whole_numbers_is_that_of_floats() -> None:
    for function in (autograd.softmax, autograd.log_softmax, autograd.logsumexp):
        np.testing.assert_array_equal(function(Tensor([1, 2])).data, function(np.array([1.0, 2.0])))


def test_places_may_be_tensors() -> None:
    np.testing.assert_array_equal(autograd.delete(np.arange(3.0), Tensor([0, 1])), [2.0])
    np.testing.assert_array_equal(autograd.insert(np.arange(2.0), Tensor(1), 7.0), [0.0, 7.0, 1.0])

"""NumPy's two protocols: `np.exp(tensor)`, `array + tensor`, `np.stack([tensor, array])` reach the declared operations."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import numpy as np

from autograd.declare import implementations, plain, refuse_function
from autograd.tensor import Tensor

reductions: dict[np.ufunc, Callable[..., Any]] = {}  # np.add.reduce(t) is sum(t), and so on


def _values(given: Any) -> Any:
    """Arguments with tensors replaced by their values, for functions whose result has no gradient by nature."""
    if isinstance(given, Tensor):
        return given.data
    if isinstance(given, (list, tuple)):
        return type(given)(_values(item) for item in given)
    return given


def _plain_call(function: Callable[..., Any], args: Any, kwargs: dict[str, Any]) -> Any:
    return function(*_values(args), **{name: _values(value) for name, value in kwargs.items()})


def _checked(function: Any, ours: Callable[..., Any], args: Any, kwargs: dict[str, Any]) -> None:
    try:
        inspect.signature(ours).bind(*args, **kwargs)
    except TypeError as error:
        takes = ", ".join(inspect.signature(ours).parameters)
        raise TypeError(f"np.{function.__name__} on a Tensor takes ({takes}): {error}") from None


def _call(function: Any, args: Any, kwargs: dict[str, Any]) -> Any:
    if function in plain:
        return _plain_call(function, args, kwargs)
    ours = implementations.get(function)
    if ours is None:
        raise refuse_function(function)
    kwargs = {name: value for name, value in kwargs.items() if not (name == "out" and value in (None, (None,)))}
    if kwargs:
        _checked(function, ours, args, kwargs)
    return ours(*args, **kwargs)


def array_ufunc(self: Tensor, ufunc: np.ufunc, method: str, *inputs: Any, **kwargs: Any) -> Any:
    """`Tensor.__array_ufunc__`."""
    if kwargs.get("out") is not None and any(isinstance(out, Tensor) for out in kwargs["out"]):
        raise TypeError(f"np.{ufunc.__name__}(..., out=tensor): results are not written into tensors; use the returned one")
    if kwargs.get("out") is not None and ufunc not in plain:
        raise TypeError(
            f"np.{ufunc.__name__}(..., out=array) with a Tensor (array += tensor is the same): the result would leave the "
            "graph. Write array = array + tensor, or pass tensor.detach().data"
        )
    if method == "__call__":
        return _call(ufunc, inputs, kwargs)
    if method == "reduce" and ufunc in reductions:
        kwargs.setdefault("axis", 0)
        return reductions[ufunc](*inputs, **{k: v for k, v in kwargs.items() if v is not None or k == "axis"})
    raise TypeError(f"np.{ufunc.__name__}.{method} is not differentiable here; use sum, prod, cumsum or outer")


def array_function(self: Tensor, function: Any, types: Any, args: Any, kwargs: Any) -> Any:
    """`Tensor.__array_function__`."""
    return _call(function, args, kwargs)


Tensor.__array_ufunc__ = array_ufunc  # type: ignore[attr-defined]
Tensor.__array_function__ = array_function  # type: ignore[attr-defined]

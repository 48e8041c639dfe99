"""NumPy's two protocols: `np.exp(tensor)`, `array + tensor`, `np.stack([tensor, array])` reach the declared operations."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any

import numpy as np

from autograd.declare import implementations, plain, refuse_function
from autograd.tensor import Tensor

reductions: dict[np.ufunc, Callable[..., Any]] = {}  # np.add.reduce(t) is sum(t), and so on
accumulations: dict[np.ufunc, Callable[..., Any]] = {}  # np.add.accumulate(t) is cumsum(t)


def values_of(given: Any) -> Any:
    """Arguments with tensors replaced by their values, for functions whose result has no gradient by nature."""
    if isinstance(given, Tensor):
        return given.data
    if isinstance(given, (list, tuple)):
        return type(given)(values_of(item) for item in given)
    return given


def _plain_call(function: Callable[..., Any], args: Any, kwargs: dict[str, Any]) -> Any:
    return function(*values_of(args), **{name: values_of(value) for name, value in kwargs.items()})


@functools.cache
def _parameters(function: Any) -> dict[str, inspect.Parameter]:
    return dict(inspect.signature(function).parameters)


def _offered(function: Any, ours: Callable[..., Any], name: str, value: Any) -> bool:
    """Whether ours has this argument of NumPy's; one that is merely NumPy's default may be left out."""
    default = _parameters(function)[name].default
    if name in _parameters(ours):
        return value is not np._NoValue  # type: ignore[attr-defined]
    if value is default or value is None or (isinstance(value, (bool, str, int)) and value == default):
        return False
    takes = ", ".join(_parameters(ours))
    hint = " (the result would leave the graph: use the returned one)" if name == "out" else ""
    raise TypeError(f"np.{function.__name__} on a Tensor takes ({takes}), not {name}={value!r}{hint}")


def _fitted(function: Any, ours: Callable[..., Any], args: Any, kwargs: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
    """NumPy's call as ours: what may be left out by name, for NumPy has it in another order, and without NumPy's defaults."""
    theirs = _parameters(function)
    if any(p.kind is p.VAR_POSITIONAL for p in theirs.values()):
        return args, {name: value for name, value in kwargs.items() if name not in theirs or _offered(function, ours, name, value)}
    required = sum(p.default is p.empty and p.kind is not p.VAR_KEYWORD for p in theirs.values())
    named = dict(zip(list(theirs)[required:], args[required:], strict=False)) | kwargs
    left = {name: value for name, value in named.items() if name not in theirs or _offered(function, ours, name, value)}
    return args[:required], left


@functools.cache
def _straight(function: Any, ours: Callable[..., Any], count: int, names: tuple[str, ...]) -> bool:
    """Whether a call with so many arguments and these names is the same for both: then nothing has to be fitted or checked."""
    theirs, mine = _parameters(function), _parameters(ours)
    if any(p.kind in (p.VAR_POSITIONAL, p.VAR_KEYWORD) for p in (*theirs.values(), *mine.values())):
        return False
    required = sum(p.default is p.empty for p in theirs.values())
    by_place = [p.name for p in mine.values() if p.kind is not p.KEYWORD_ONLY]
    return list(theirs)[required:count] == by_place[required:count] and count <= len(by_place) and all(name in mine for name in names)


def _checked(function: Any, ours: Callable[..., Any], args: Any, kwargs: dict[str, Any]) -> None:
    try:
        inspect.signature(ours).bind(*args, **kwargs)
    except TypeError as error:
        raise TypeError(f"np.{function.__name__} on a Tensor takes ({', '.join(_parameters(ours))}): {error}") from None


def _call(function: Any, args: Any, kwargs: dict[str, Any]) -> Any:
    if function in plain:
        return _plain_call(function, args, kwargs)
    ours = implementations.get(function)
    if ours is None:
        raise refuse_function(function)
    kwargs = {name: value for name, value in kwargs.items() if not (name == "out" and value in (None, (None,)))}
    if isinstance(function, np.ufunc):
        if kwargs:
            _checked(function, ours, args, kwargs)
    elif (kwargs or len(args) > 1) and not _straight(function, ours, len(args), tuple(kwargs)):
        args, kwargs = _fitted(function, ours, args, kwargs)
        _checked(function, ours, args, kwargs)
    return ours(*args, **kwargs)


# ------------------------------------------------------------------------------------------------- methods of ufuncs


def _outer(ufunc: np.ufunc, inputs: Any, kwargs: dict[str, Any]) -> Any:
    """Every element of the first with every one of the second."""
    first, second = inputs
    wide = first[(..., *(None,) * np.ndim(second))] if np.ndim(first) else first
    return _call(ufunc, (wide, second), kwargs)


def _along(table: dict[np.ufunc, Callable[..., Any]], ufunc: np.ufunc, inputs: Any, kwargs: dict[str, Any]) -> Any:
    """A reduction or accumulation as the function of that name; NumPy's goes along axis 0 by default."""
    names = ("axis", "dtype", "out", "keepdims", "initial", "where")
    given = {"axis": 0} | dict(zip(names, inputs[1:], strict=False)) | kwargs
    options = {k: v for k, v in given.items() if (v is not None and v is not np._NoValue) or k == "axis"}  # type: ignore[attr-defined]
    options = {k: v for k, v in options.items() if not (k == "keepdims" and v is False) and not (k == "where" and v is True)}
    _checked(ufunc, table[ufunc], inputs[:1], options)
    return table[ufunc](inputs[0], **options)


METHODS = {
    "at": "write x = x.at[index].add(values), or .multiply, .min, .max",
    "reduceat": "write sums over slices, or scatter_add",
    "reduce": "use sum, prod, max, min or logsumexp",
    "accumulate": "use cumsum, cumprod, cummax, cummin or logcumsumexp",
    "outer": "use reshape and broadcasting",
}


def _method(ufunc: np.ufunc, method: str, inputs: Any, kwargs: dict[str, Any]) -> Any:
    if method == "outer" and (ufunc in implementations or ufunc in plain):
        return _outer(ufunc, inputs, kwargs)
    table = {"reduce": reductions, "accumulate": accumulations}.get(method, {})
    if ufunc in table:
        return _along(table, ufunc, inputs, kwargs)
    if ufunc in plain and method != "at":
        return getattr(ufunc, method)(*values_of(inputs), **kwargs)
    raise TypeError(f"np.{ufunc.__name__}.{method} is not differentiable here; {METHODS[method]}")


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
    return _method(ufunc, method, inputs, kwargs)


def array_function(self: Tensor, function: Any, types: Any, args: Any, kwargs: Any) -> Any:
    """`Tensor.__array_function__`."""
    return _call(function, args, kwargs)


Tensor.__array_ufunc__ = array_ufunc  # type: ignore[attr-defined]
Tensor.__array_function__ = array_function  # type: ignore[attr-defined]

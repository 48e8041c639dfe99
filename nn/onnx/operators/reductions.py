"""Operators along axes: sums, means, extremes, softmax."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import autograd
from nn.onnx.operators.registry import Attributes, numbers, operator, plain

REDUCTIONS: dict[str, Callable[..., Any]] = {
    "ReduceSum": autograd.sum, "ReduceMean": autograd.mean, "ReduceMax": autograd.max, "ReduceMin": autograd.min,
    "ReduceProd": autograd.prod, "ReduceLogSumExp": autograd.logsumexp,
    "ReduceL1": lambda x, **along: autograd.sum(autograd.absolute(x), **along),
    "ReduceL2": lambda x, **along: autograd.sqrt(autograd.sum(x * x, **along)),
    "ReduceSumSquare": lambda x, **along: autograd.sum(x * x, **along),
    "ReduceLogSum": lambda x, **along: autograd.log(autograd.sum(x, **along)),
}  # fmt: skip


@operator(*REDUCTIONS)
def reduction(attributes: Attributes, x: Any, axes: Any = None) -> Any:
    """The axes are an attribute or, in later sets, an input; none: all, or with noop_with_empty_axes nothing."""
    along = attributes.get("axes") if axes is None else numbers(axes)
    if not along and attributes.get("noop_with_empty_axes", 0):
        along = ()
    elif not along:
        along = None
    axis = along if along is None else tuple(along)
    if attributes.operator in ("ReduceMax", "ReduceMin") and not plain(x).size:
        return _extreme_of_nothing(attributes, x, axis)
    if plain(x).dtype.kind == "b":
        return (np.any if attributes.operator == "ReduceMax" else np.all)(plain(x), axis=axis, keepdims=_keeps(attributes))
    made = REDUCTIONS[attributes.operator](x, axis=axis, keepdims=_keeps(attributes))
    return made if made.dtype == x.dtype else made.astype(x.dtype)


def _keeps(attributes: Attributes) -> bool:
    return bool(attributes.get("keepdims", 1))


def _extreme_of_nothing(attributes: Attributes, x: Any, axis: Any) -> Any:
    top = attributes.operator == "ReduceMin"
    kind = plain(x).dtype
    if kind.kind == "f":
        value: Any = np.inf if top else -np.inf
    else:
        value = top if kind.kind == "b" else getattr(np.iinfo(kind), "max" if top else "min")
    return (np.min if top else np.max)(plain(x), axis=axis, keepdims=_keeps(attributes), initial=value)


@operator("ArgMax", "ArgMin")
def where_extreme(attributes: Attributes, x: Any) -> Any:
    axis, values = attributes.get("axis", 0), plain(x)
    find = np.argmax if attributes.operator == "ArgMax" else np.argmin
    if attributes.get("select_last_index", 0):
        found = values.shape[axis] - 1 - find(np.flip(values, axis), axis=axis, keepdims=_keeps(attributes))
    else:
        found = find(values, axis=axis, keepdims=_keeps(attributes))
    return np.asarray(found, np.int64)


@operator("CumSum", "CumProd")
def cumulative(attributes: Attributes, x: Any, axis: Any) -> Any:
    along, summed = int(plain(axis).reshape(())), attributes.operator == "CumSum"
    backwards = bool(attributes.get("reverse", 0))
    x = autograd.flip(x, along) if backwards else x
    made = (autograd.cumsum if summed else autograd.cumprod)(x, along)
    if attributes.get("exclusive", 0):
        made = _shifted(made, along, 0 if summed else 1)
    made = autograd.flip(made, along) if backwards else made
    return made if made.dtype == x.dtype else made.astype(x.dtype)


def _shifted(x: Any, axis: int, first: int) -> Any:
    """One place on, with a number at the front."""
    before = [(0, 0)] * x.ndim
    before[axis] = (1, 0)
    cut = [slice(None)] * x.ndim
    cut[axis] = slice(0, x.shape[axis])
    return autograd.pad(x, before, constant_values=first)[tuple(cut)]


@operator("Softmax", "LogSoftmax", "Hardmax")
def softmax(attributes: Attributes, x: Any) -> Any:
    """Along one axis; before set 13 along all from it on."""
    modern = attributes.opset >= 13
    axis = attributes.get("axis", -1 if modern else 1)
    shape = x.shape
    if not modern:
        x, axis = autograd.reshape(x, (int(np.prod(shape[:axis])), -1)), -1
    made = _softmax(attributes.operator, x, axis)
    return made if modern else autograd.reshape(made, shape)


def _softmax(name: str, x: Any, axis: int) -> Any:
    if name != "Hardmax":
        return (autograd.softmax if name == "Softmax" else autograd.log_softmax)(x, axis)
    values = plain(x)
    first = np.argmax(values, axis=axis, keepdims=True)
    made = np.zeros_like(values)
    np.put_along_axis(made, first, 1, axis)
    return made


@operator("TopK")
def top_k(attributes: Attributes, x: Any, k: Any) -> Any:
    values, axis = plain(x), attributes.get("axis", -1)
    order = np.argsort(values, axis=axis, kind="stable")
    if attributes.get("largest", 1):  # from the end, and backwards, so that equal ones stay in their order
        order = np.flip(values.shape[axis] - 1 - np.argsort(np.flip(values, axis), axis=axis, kind="stable"), axis)
    index = np.take(order, np.arange(int(plain(k).reshape(()))), axis=axis)
    return autograd.take_along_axis(x, index, axis), index.astype(np.int64)


@operator("LpNormalization")
def lp_normalization(attributes: Attributes, x: Any) -> Any:
    axis, p = attributes.get("axis", -1), attributes.get("p", 2)
    total = autograd.sum(autograd.absolute(x), axis=axis, keepdims=True) if p == 1 else None
    length = autograd.norm(x, axis=axis, keepdims=True) if total is None else total
    return autograd.where(plain(length) == 0, 0.0 * x, x / autograd.where(plain(length) == 0, 1.0 + 0.0 * length, length))

"""Borders around an array, in every mode of np.pad that is not a function."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd import kernels
from autograd.declare import composite, op
from autograd.ops.indexing import getitem, take
from autograd.ops.ordering import median
from autograd.ops.reduction import max, mean, min
from autograd.ops.selection import where
from autograd.ops.shape import broadcast_to, concatenate
from autograd.tensor import Tensor, array_of, arrayed, as_tensor

Pair = tuple[Any, Any]


def _pairs(given: Any, ndim: int) -> list[Pair]:
    """(before, after) for every axis, from the forms in which NumPy takes them."""
    if isinstance(given, dict):
        return [_pairs(given.get(i, given.get(i - ndim, 0)), 1)[0] for i in range(ndim)]
    return [(before, after) for before, after in np.broadcast_to(np.asarray(given), (ndim, 2)).tolist()]


def _pad_constant(array: Any, widths: Any, value: Any) -> Any:
    array = np.asarray(array) if not isinstance(array, np.ndarray) else array
    if np.ndim(value) or value or array.ndim != 4:
        return np.pad(array, widths, constant_values=value)
    out = kernels.zeros(array, tuple(before + n + after for (before, after), n in zip(widths, array.shape, strict=True)))
    out[_inside(widths, array.shape)] = array
    return out


def _inside(widths: Any, shape: tuple[int, ...]) -> tuple[slice, ...]:
    return tuple(slice(before, before + n) for (before, _), n in zip(widths, shape, strict=True))


pad_constant = op(_pad_constant, name="pad_constant", tags=("linear", "shape", "pad"),
                  array=lambda g, widths, array_shape: g[_inside(widths, array_shape)])


def _bordered(array: Any, axis: int, width: Pair, before: Any, after: Any) -> Any:
    """`before` and `after` spread over the widths on either side."""
    shapes = [tuple(n if i == axis else size for i, size in enumerate(np.shape(array))) for n in width]
    return concatenate([broadcast_to(before, shapes[0]), array, broadcast_to(after, shapes[1])], axis)


def _part(array: Any, axis: int, start: int | None, stop: int | None) -> Any:
    return getitem(array, (slice(None),) * axis + (slice(start, stop),))


def _indexed(array: Any, axis: int, width: Pair, mode: str) -> Any:
    return take(array, np.pad(np.arange(np.shape(array)[axis]), width, mode), axis)


STATISTICS = {"maximum": max, "minimum": min, "mean": mean, "median": median}


def _statistic(array: Any, axis: int, width: Pair, mode: str, stat_length: Pair = (None, None)) -> Any:
    """A statistic of the `stat_length` values at each end (of all by default)."""
    size = np.shape(array)[axis]
    before, after = (size if n is None else np.minimum(n, size) for n in stat_length)
    ends = _part(array, axis, None, before), _part(array, axis, size - after, None)
    return _bordered(array, axis, width, *[STATISTICS[mode](end, axis=axis, keepdims=True) for end in ends])


def _ramp(array: Any, axis: int, width: Pair, mode: str, end_values: Pair = (0, 0)) -> Any:
    """A straight line from the end value to the edge, the edge not repeated."""
    line = [np.reshape(np.arange(n) / (n or 1), (-1,) + (1,) * (np.ndim(array) - axis - 1)) for n in width]
    line = [t.astype(np.result_type(array)) for t in line]
    first, last = _part(array, axis, 0, 1), _part(array, axis, -1, None)
    before = end_values[0] + (first - end_values[0]) * line[0]
    after = end_values[1] + (last - end_values[1]) * np.flip(line[1], 0)
    return _bordered(array, axis, width, before, after)


def _odd(array: Any, axis: int, width: Pair, mode: str) -> Any:
    """The point reflection about the edges: from block to block it rises by twice the difference of the two edges."""
    size = np.shape(array)[axis]
    period = np.maximum(size - 1, 1) if mode == "reflect" else size
    block = np.floor_divide(np.arange(-width[0], size + width[1]), period)
    block = np.reshape(block, (-1,) + (1,) * (np.ndim(array) - axis - 1))
    first, last = _part(array, axis, 0, 1), _part(array, axis, -1, None)
    even = _indexed(array, axis, width, mode)
    turned = where(block % 2 == 1, 2.0 * last - even, even)
    return turned + (block - block % 2).astype(np.result_type(array)) * (last - first)


def _how(mode: Any, options: dict[str, Any]) -> tuple[Any, str | None]:
    """The function that pads one axis in this mode, and its option with a pair for every axis."""
    if mode in STATISTICS:
        return _statistic, "stat_length"
    if mode == "linear_ramp":
        return _ramp, "end_values"
    if mode in ("reflect", "symmetric") and options.pop("reflect_type", "even") == "odd":
        return _odd, None
    if mode in ("edge", "reflect", "symmetric", "wrap"):
        return _indexed, None
    known = ", ".join(["constant", "empty", "edge", "reflect", "symmetric", "wrap", "linear_ramp", *STATISTICS])
    raise TypeError(f"pad mode {mode!r} has no derivative here; use {known}")


def _whole(array: Any, pad_width: Any, mode: str, options: dict[str, Any]) -> Any:
    """Whole numbers, which have no gradient, rounded as NumPy does."""
    padded = np.pad(array_of(array), pad_width, mode, **options)
    return as_tensor(padded) if isinstance(array, Tensor) else padded


@composite(np.pad)
def pad(array: Any, pad_width: Any, mode: Any = "constant", **options: Any) -> Any:
    """`array` with borders, in NumPy's modes (a mode given as a function is not differentiable)."""
    array = arrayed(array)
    if not array.ndim:
        return array  # no axis, no border
    if array.dtype.kind != "f" and mode in (*STATISTICS, "linear_ramp", "reflect", "symmetric"):
        return _whole(array, pad_width, mode, options)
    widths = _pairs(pad_width, np.ndim(array))
    if mode in ("constant", "empty"):
        value = options.pop("constant_values", 0) if mode == "constant" else 0
        _refuse(mode, options)
        if getattr(value, "requires_grad", False):
            if np.ndim(value):
                raise TypeError(f"pad: constant_values with a gradient is one number, given shape {np.shape(value)}")
            inside = np.pad(np.ones(np.shape(array), bool), widths)
            return where(inside, pad_constant(array, widths, 0), value)
        return pad_constant(array, widths, value)
    fill, option = _how(mode, options)
    each = _pairs(options.pop(option), np.ndim(array)) if option in options else None
    _refuse(mode, options)
    if any(n < 0 for width in widths for n in width):
        raise ValueError(f"pad widths are not negative, given {pad_width}")
    for axis, width in enumerate(widths):
        if width != (0, 0):
            if not np.shape(array)[axis]:
                raise ValueError(f"pad mode {mode!r} has no values along axis {axis} of shape {np.shape(array)} to go on from")
            array = fill(array, axis, width, mode, *([] if each is None else [each[axis]]))
    return array


def _refuse(mode: str, options: dict[str, Any]) -> None:
    if options:
        raise ValueError(f"pad mode {mode!r} does not take {', '.join(options)}")

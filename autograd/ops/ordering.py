"""Sorting, order statistics, running extremes, and choosing by conditions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_index

from autograd.declare import composite, op
from autograd.ops.indexing import _plain, take, take_along_axis
from autograd.ops.reduction import _last, max, mean, min, real_axes
from autograd.ops.scattering import gather, row
from autograd.ops.selection import where
from autograd.ops.shape import as_floats, astype, broadcast_to, cast, concatenate, expand_dims, moveaxis, reshape, squeeze
from autograd.tensor import array_of, arrayed

# -------------------------------------------------------------------------------------------------------------- sorting


def _tie_mean(g: Any, ordered: Any) -> Any:
    """Along the last axis, every g replaced by the mean over the places where `ordered` has the same value."""
    fresh = np.concatenate([np.ones(ordered.shape[:-1] + (1,), bool), ordered[..., 1:] != ordered[..., :-1]], axis=-1)
    group = np.cumsum(fresh.ravel()) - 1
    total = np.bincount(group, weights=np.ravel(g)) / np.bincount(group)
    return total[group].reshape(g.shape).astype(g.dtype)


tie_mean = op(_tie_mean, name="tie_mean", tags=("linear",), g=lambda g, ordered: tie_mean(g, ordered))


def argsort(a: Any, axis: int | None = -1, kind: Any = None, order: None = None, *, stable: Any = None) -> Any:
    """The places of the values in rising order, as plain integers."""
    return np.argsort(array_of(a), axis=axis, kind=kind, order=order, stable=stable)


def argmax(a: Any, axis: int | None = None, out: None = None, *, keepdims: bool = False) -> Any:
    """Where the largest value is, as plain integers; the first of equal ones."""
    return np.argmax(array_of(a), axis=axis, out=out, keepdims=keepdims)


def argmin(a: Any, axis: int | None = None, out: None = None, *, keepdims: bool = False) -> Any:
    """Where the smallest value is, as plain integers; the first of equal ones."""
    return np.argmin(array_of(a), axis=axis, out=out, keepdims=keepdims)


def _sort(a: Any, axis: int | None = -1, kind: Any = None, order: None = None, *, stable: Any = None) -> Any:
    return np.sort(a, axis=axis, kind=kind, order=order, stable=stable)


def _sort_back(g: Any, a: Any, out: Any, axis: int | None) -> Any:
    """Back to where each value came from; equal values share evenly."""
    if axis is None:
        return np.reshape(_sort_back(g, np.reshape(a, (-1,)), out, -1), np.shape(a))
    values = array_of(out)
    given = array_of(a)
    if not values.size:
        return g
    shared = np.moveaxis(tie_mean(np.moveaxis(g, axis, -1), np.moveaxis(values, axis, -1)), -1, axis)
    rank = np.argsort(np.argsort(given, axis=axis, kind="stable"), axis=axis, kind="stable")
    return np.take_along_axis(shared, rank, axis=axis)


sort = op(_sort, name="sort", numpy=(np.sort,), domain=(-3.0, 3.0), analytic=False, kinks="ties: shared evenly", tags=("choice",),
          a=_sort_back, doc="Values in rising order along `axis`.")


UNBIASED = {"weibull": 0.0, "hazen": 0.5, "median_unbiased": 1 / 3, "normal_unbiased": 3 / 8}
STEPPED: dict[str, Callable[[Any], Any]] = {
    "linear": lambda at: at, "lower": np.floor, "higher": np.ceil, "nearest": np.round,
    "midpoint": lambda at: 0.5 * (np.floor(at) + np.ceil(at)),
}  # fmt: skip
# Of n·q - 1: types 1 to 3, whose quantiles are values of the sample, or the mean of two where n·q is whole.
INVERTED: dict[str, Callable[[Any], Any]] = {
    "inverted_cdf": np.ceil,
    "averaged_inverted_cdf": lambda at: 0.5 * (np.ceil(at) + np.floor(at + 1.0)),
    "closest_observation": lambda at: _closest(at - 0.5),
    "interpolated_inverted_cdf": lambda at: at,
}


def _closest(at: Any) -> Any:
    """The next whole number above; an odd one stays as it is (of two values equally close the even order statistic)."""
    below = np.floor(at)
    return below + np.logical_not(np.logical_and(np.equal(at, below), np.equal(below % 2, 1)))


def _place(method: str, q: Any, n: Any) -> Any:
    """Where the quantile q of n ordered values lies, counted from 0 (Hyndman and Fan 1996)."""
    if method in STEPPED:
        return STEPPED[method]((n - 1) * q)
    if method in INVERTED:
        return INVERTED[method](n * q - 1.0)
    if method in UNBIASED:
        return n * q + (UNBIASED[method] + q * (1.0 - 2.0 * UNBIASED[method])) - 1.0
    raise ValueError(f"no quantile method is called {method!r}; there are {', '.join([*STEPPED, *INVERTED, *UNBIASED])}")


def _quantiles(a: Any, q: Any, axis: Any, keepdims: bool, method: str, skip: bool) -> Any:
    """What all of NumPy's quantiles are: `skip` leaves NaN out, else it makes its slice NaN."""
    a, level = as_floats(a), array_of(q)
    axis = real_axes(axis, np.ndim(a))
    if np.any((level < 0) | (level > 1)):
        raise ValueError(f"quantiles lie between 0 and 1, given {q}")
    ordered = sort(_last(a, axis), -1)
    missing = np.isnan(array_of(ordered))
    n = np.sum(~missing, axis=-1, keepdims=True) if skip else np.full(missing.shape[:-1] + (1,), missing.shape[-1])
    levels = reshape(q, (-1,)) if np.ndim(q) else reshape(np.asarray(q) if q is level else q, (1,))
    found = _at(ordered, np.clip(_place(method, levels, n), 0.0, np.maximum(n - 1, 0)))
    found = where((np.all if skip else np.any)(missing, axis=-1, keepdims=True), np.nan, found)
    rest = np.shape(found)[:-1]
    if keepdims:
        rest = tuple(1 if i in axis else size for i, size in enumerate(np.shape(a)))
    return reshape(moveaxis(found, -1, 0), level.shape + rest)


def _at(ordered: Any, place: Any) -> Any:
    """The values at places between whole numbers along the last axis, by a straight line."""
    low = np.floor(array_of(place)).astype(int)
    fraction = cast(place - low, np.result_type(ordered))
    first, second = (take_along_axis(ordered, i, -1) for i in (low, low + (array_of(fraction) > 0)))
    return first + where(np.equal(first, second), 0.0, second - first) * fraction


@composite(np.quantile)
def quantile(a: Any, q: Any, axis: Any = None, keepdims: bool = False, method: str = "linear") -> Any:
    """Quantiles by NumPy's methods, of one or several axes; q is a number or an array, with a gradient as well; equal values
    share theirs evenly."""
    return _quantiles(a, q, axis, keepdims, method, skip=False)


@composite(np.median)
def median(a: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """The middle value, or the mean of the two in the middle; equal values share the gradient evenly."""
    if not np.size(a):
        return mean(a, axis, keepdims=keepdims)  # NaN, with NumPy's warning
    return quantile(a, 0.5, axis, keepdims)


@composite(np.percentile)
def percentile(a: Any, q: Any, axis: Any = None, keepdims: bool = False, method: str = "linear") -> Any:
    """Quantiles in percent; equal values share the gradient evenly."""
    return quantile(a, np.asarray(q) / 100.0, axis, keepdims, method)


@composite()
def topk(input: Any, k: int, dim: int = -1, largest: bool = True, sorted: bool = True) -> tuple[Any, Any]:
    """The k largest (or smallest) values along `dim` and where they are; the gradient goes to those places, also among equal values."""
    values = array_of(row(input))
    size = values.shape[normalize_axis_index(dim, values.ndim)]
    if not 0 <= k <= size:
        raise ValueError(f"topk: k lies between 0 and the size of axis {dim}, {size}, given {k}")
    order = np.argsort(values, axis=dim, kind="stable") if not largest else _falling(values, dim)
    return _picked(input, np.take(order, np.arange(k), axis=dim), dim, k == 1)


def _falling(values: Any, dim: int) -> Any:
    """Where the values are in falling order, the first of equals first, as a stable sort has it."""
    last = values.shape[dim] - 1
    return np.flip(last - np.argsort(np.flip(values, dim), axis=dim, kind="stable"), dim)


def _picked(input: Any, places: Any, dim: int, one: bool = True) -> tuple[Any, Any]:
    """Values and places; of a single number, one of each."""
    places = places if np.ndim(input) or not one else np.reshape(places, ())
    return gather(input, dim, places), places


@composite()
def kthvalue(input: Any, k: int, dim: int = -1, keepdim: bool = False) -> tuple[Any, Any]:
    """The k-th smallest value along `dim` (counted from 1) and where it is; the gradient goes to that place, also among equal values."""
    values = array_of(row(input))
    size = values.shape[normalize_axis_index(dim, values.ndim)]
    if not 1 <= k <= size:
        raise ValueError(f"kthvalue: k lies between 1 and the size of axis {dim}, {size}, given {k}")
    places = np.take(np.argsort(values, axis=dim, kind="stable"), [k - 1], axis=dim)
    return _reduced(input, places, dim, keepdim)


def _reduced(input: Any, places: Any, dim: int, keepdim: bool) -> tuple[Any, Any]:
    """The one value at `places` along `dim`, that axis kept or not."""
    values, places = _picked(input, places, dim)
    if keepdim or not np.ndim(input):
        return values, places
    return squeeze(values, dim), np.squeeze(places, dim)


@composite()
def mode(input: Any, dim: int = -1, keepdim: bool = False) -> tuple[Any, Any]:
    """The value that occurs most often along `dim` (of several the smallest) and where it occurs last: there the gradient goes."""
    values = np.moveaxis(array_of(row(input)), dim, -1)
    if not values.shape[-1]:
        raise ValueError(f"mode: axis {dim} of shape {np.shape(input)} has no values")
    same = values[..., :, None] == values[..., None, :]
    often = np.sum(same, axis=-1)
    best = np.where(often == np.max(often, axis=-1, keepdims=True), values, np.inf).min(axis=-1, keepdims=True)
    places = values.shape[-1] - 1 - np.argmax(np.flip(values == best, -1), axis=-1, keepdims=True)
    return _reduced(input, np.moveaxis(places, -1, dim), dim, keepdim)


@composite()
def aminmax(input: Any, *, dim: int | None = None, keepdim: bool = False) -> tuple[Any, Any]:
    """The smallest and the largest value, of all or along `dim`; ties share the gradient evenly."""
    axis = dim if np.ndim(input) else None
    return min(input, axis=axis, keepdims=keepdim), max(input, axis=axis, keepdims=keepdim)


@composite()
def cummax(input: Any, dim: int = -1) -> tuple[Any, Any]:
    """The running maximum along `dim` and where it is; the gradient goes to those places, the last of equal values."""
    return _running(input, dim, np.maximum)


@composite()
def cummin(input: Any, dim: int = -1) -> tuple[Any, Any]:
    """The running minimum along `dim` and where it is; the gradient goes to those places, the last of equal values."""
    return _running(input, dim, np.minimum)


def _running(x: Any, dim: int, best: np.ufunc) -> tuple[Any, Any]:
    values = array_of(row(x))
    here = np.moveaxis(np.broadcast_to(np.arange(values.shape[dim]), np.moveaxis(values, dim, -1).shape), -1, dim)
    top = best.accumulate(values, axis=dim)
    fresh = (values == top) | np.isnan(values)
    return _picked(x, np.maximum.accumulate(np.where(fresh, here, 0), axis=dim), dim)


# ------------------------------------------------------------------------------------------------------------ choosing


@composite(np.select)
def select(condlist: Any, choicelist: Any, default: Any = 0) -> Any:
    """The first choice whose condition holds, else the default, as np.select."""
    if len(condlist) != len(choicelist):
        raise ValueError(f"select takes as many choices as conditions, given {len(choicelist)} and {len(condlist)}")
    result = default
    for condition, choice in zip(reversed(condlist), reversed(choicelist)):
        result = where(_plain(condition), choice, result)
    return result


@composite(np.compress)
def compress(condition: Any, a: Any, axis: int | None = None) -> Any:
    """The slices where a row of conditions holds."""
    return take(a, np.flatnonzero(_plain(condition)), axis)


@composite(np.delete)
def delete(arr: Any, obj: Any, axis: int | None = None) -> Any:
    """Without the slices at `obj`."""
    size = int(np.size(arr)) if axis is None else np.shape(arr)[axis]
    return take(arr, np.delete(np.arange(size), _plain(obj)), axis)


@composite(np.insert)
def insert(arr: Any, obj: Any, values: Any, axis: int | None = None) -> Any:
    """With `values` before the places `obj` (a number or a list of numbers) along `axis`."""
    arr, axis = (reshape(arr, (-1,)), 0) if axis is None else (arrayed(arr), axis)
    size = np.shape(arr)[axis]
    order = np.insert(np.arange(size), _plain(obj), -1)
    added = int(np.sum(order < 0))
    shape = tuple(added if i == normalize_axis_index(axis, np.ndim(arr)) else n for i, n in enumerate(np.shape(arr)))
    values = expand_dims(values, axis) if np.ndim(values) == np.ndim(arr) - 1 else values
    whole = concatenate([arr, astype(broadcast_to(values, shape), np.result_type(arr))], axis)  # as NumPy: in arr's dtype
    order = np.where(order < 0, size + np.cumsum(order < 0) - 1, order)
    return take(whole, order, axis)

"""Gather, scatter and their kin under PyTorch's names, order and `dim`. Nothing is written in place: each gives a new tensor."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_index

from autograd.declare import composite
from autograd.ops.indexing import At, _plain, along, get, put_at, take
from autograd.ops.selection import where
from autograd.ops.shape import broadcast_to, reshape
from autograd.tensor import Tensor, array_of


def row(input: Any) -> Any:
    """A single number as a row of one, as PyTorch takes it along axis 0."""
    return input if np.ndim(input) else reshape(input, (1,))


def places(index: Any, size: int, name: str) -> np.ndarray[Any, Any]:
    """Whole numbers in [0, size)."""
    index = np.asarray(_plain(index))
    if index.dtype.kind not in "iu" and index.size:
        raise TypeError(f"{name}: the index is made of integers, given {index.dtype}")
    if index.size and (index.min() < 0 or index.max() >= size):
        raise IndexError(f"{name}: indices lie in [0, {size}), given {index.min()} to {index.max()}")
    return index.astype(np.intp)


def _index(input: Any, dim: int, index: Any, name: str) -> tuple[Any, int]:
    """An index with as many axes as the input, none longer but `dim`."""
    axis = normalize_axis_index(dim, np.ndim(input))
    index = places(index, np.shape(input)[axis], name)
    index = index if index.ndim else index.reshape(1)
    if index.ndim != np.ndim(input):
        raise ValueError(f"{name}: index {index.shape} needs as many axes as the input {np.shape(input)}")
    if any(n > m for i, (n, m) in enumerate(zip(index.shape, np.shape(input), strict=True)) if i != axis):
        raise ValueError(f"{name}: index {index.shape} is longer than the input {np.shape(input)} on another axis than {dim}")
    return index, axis


@composite()
def gather(input: Any, dim: int, index: Any) -> Any:
    """Values at `index` along `dim`; the index may be smaller than the input along the other axes."""
    shape = np.shape(_plain(index))
    if 0 in shape:
        return take(reshape(input, (-1,)), np.zeros(shape, np.intp))
    index, axis = _index(row(input), dim, index, "gather")
    return reshape(get(row(input), along(np.shape(row(input)), index, axis)), shape)


def _source(src: Any, index: Any, input: Any, name: str) -> Any:
    """The part of `src` that the index has room for."""
    if isinstance(src, Tensor) and np.ndim(src) and src.dtype != np.result_type(input):
        raise TypeError(f"{name}: src has the dtype of the input, {np.result_type(input)}, given {src.dtype}; convert with .astype")
    src = row(src) if np.ndim(src) or isinstance(src, Tensor) else src
    if not np.ndim(src):
        return broadcast_to(np.asarray(src, np.result_type(input)), index.shape)
    if np.ndim(src) != index.ndim or any(n > m for n, m in zip(index.shape, np.shape(src), strict=True)):
        raise ValueError(f"{name}: src {np.shape(src)} must be at least as large as index {index.shape}")
    return src[tuple(slice(n) for n in index.shape)]


def _scattered(input: Any, dim: int, index: Any, src: Any, name: str) -> tuple[Any, Any, Any]:
    """The input as an array with axes, the full index, the source for it."""
    base = row(input)
    if 0 in np.shape(_plain(index)):
        return base, (np.zeros(0, np.intp),) * np.ndim(base), np.zeros(0, np.result_type(input))
    index, axis = _index(base, dim, index, name)
    return base, along(np.shape(base), index, axis), _source(src, index, input, name)


@composite()
def scatter(input: Any, dim: int, index: Any, src: Any, *, reduce: str | None = None) -> Any:
    """`input` with `src` written at `index` along `dim`; with `reduce` "add" or "multiply", added or multiplied."""
    if reduce is not None:
        return scatter_reduce(input, dim, index, src, {"add": "sum", "multiply": "prod"}.get(reduce, reduce))
    base, full, src = _scattered(input, dim, index, src, "scatter")
    return reshape(At(base)[full].set(src), np.shape(input))


@composite()
def scatter_add(input: Any, dim: int, index: Any, src: Any) -> Any:
    """`input` with `src` added at `index` along `dim`; repeated places add up."""
    base, full, src = _scattered(input, dim, index, src, "scatter_add")
    return reshape(At(base)[full].add(src), np.shape(input))


@composite()
def scatter_reduce(input: Any, dim: int, index: Any, src: Any, reduce: str, *, include_self: bool = True) -> Any:
    """`input` reduced with what `src` has for each place: "sum", "prod", "mean", "amax" or "amin".

    Without `include_self` the values of `input` count only where nothing arrives. Ties of extremes share the gradient evenly.
    """
    if reduce not in REDUCTIONS:
        raise ValueError(f"scatter_reduce: reduce is one of {', '.join(REDUCTIONS)}, given {reduce!r}")
    base, full, src = _scattered(input, dim, index, src, "scatter_reduce")
    shape = np.shape(base)
    flat = np.ravel_multi_index(np.broadcast_arrays(*full), shape).ravel() if np.size(src) else np.zeros(0, np.intp)
    touched = np.bincount(flat, minlength=int(np.prod(shape))) > 0
    kept = np.ones_like(touched) if include_self else ~touched
    return reshape(REDUCTIONS[reduce](reshape(base, (-1,)), flat, reshape(src, (-1,)), kept), np.shape(input))


def _total(base: Any, flat: Any, src: Any, kept: Any) -> Any:
    return At(where(kept, base, 0.0))[flat].add(src)


def _mean(base: Any, flat: Any, src: Any, kept: Any) -> Any:
    number = np.bincount(flat, minlength=kept.size) + kept
    return _total(base, flat, src, kept) / number.astype(np.result_type(base))


def _product(base: Any, flat: Any, src: Any, kept: Any) -> Any:
    """Round after round, a place multiplied once in each: no division, so zeros are harmless."""
    order = np.argsort(flat, kind="stable")
    first = np.searchsorted(flat[order], flat[order])
    turn = np.empty_like(flat)
    turn[order] = np.arange(flat.size) - first
    base = where(kept, base, 1.0)
    for n in range(int(turn.max(initial=-1)) + 1):
        now = np.flatnonzero(turn == n)
        base = At(base)[flat[now]].multiply(get(src, now))
    return base


def _extreme(best: np.ufunc, worst: float) -> Any:
    def reduce(base: Any, flat: Any, src: Any, kept: Any) -> Any:
        found = np.where(kept, array_of(base), worst).astype(np.result_type(base))
        best.at(found, flat, array_of(src))
        mine, theirs = kept & (array_of(base) == found), array_of(src) == found[flat]
        mine, theirs = mine & np.isfinite(found), theirs & np.isfinite(found[flat])  # inf - inf is no way for anything
        ties = np.bincount(flat, weights=theirs, minlength=kept.size) + mine
        share = (1.0 / np.maximum(ties, 1)).astype(found.dtype)
        # The value is exact; what is added is nothing but a way for the gradient.
        slope = At(where(mine, base, found) - found)[flat].add(where(theirs, src, found[flat]) - found[flat])
        return found + slope * share

    return reduce


REDUCTIONS = {
    "sum": _total, "prod": _product, "mean": _mean, "amax": _extreme(np.maximum, -np.inf), "amin": _extreme(np.minimum, np.inf),
}  # fmt: skip


# -------------------------------------------------------------------------------------------------------- whole slices


def _slices(x: Any, dim: int, index: Any, name: str) -> tuple[Any, ...]:
    axis = normalize_axis_index(dim, np.ndim(x))
    index = places(index, np.shape(x)[axis], name)
    if index.ndim > 1:
        raise ValueError(f"{name}: the index is a row of integers, given shape {index.shape}")
    return (slice(None),) * axis + (index.reshape(-1),)


def _fitting(x: Any, index: tuple[Any, ...], source: Any, name: str) -> Any:
    """The source, shaped as the slices at the index; none is broadcast."""
    shape = np.shape(x)[: len(index) - 1] + index[-1].shape + np.shape(x)[len(index) :]
    if np.shape(row(source)) != shape:
        raise ValueError(f"{name}: {index[-1].size} slices of {np.shape(x)} need a source of shape {shape}, given {np.shape(source)}")
    return row(source)


@composite()
def index_select(input: Any, dim: int, index: Any) -> Any:
    """The slices at `index` along `dim`."""
    found = get(row(input), _slices(row(input), dim, index, "index_select"))
    return found if np.ndim(input) else reshape(found, ())


@composite()
def index_add(input: Any, dim: int, index: Any, source: Any, *, alpha: float = 1.0) -> Any:
    """`input` with `alpha` times the slices of `source` added at `index`."""
    base = row(input)
    full = _slices(base, dim, index, "index_add")
    source = _fitting(base, full, source, "index_add")
    return reshape(base + put_at(source if alpha == 1 else source * alpha, full, np.shape(base)), np.shape(input))


@composite()
def index_copy(input: Any, dim: int, index: Any, source: Any) -> Any:
    """`input` with the slices of `source` written at `index`."""
    base = row(input)
    full = _slices(base, dim, index, "index_copy")
    return reshape(At(base)[full].set(_fitting(base, full, source, "index_copy")), np.shape(input))


@composite()
def index_fill(input: Any, dim: int, index: Any, value: Any) -> Any:
    """`input` with one number written in the slices at `index`."""
    if np.ndim(value):
        raise ValueError(f"index_fill: value is one number, given shape {np.shape(value)}")
    return reshape(At(row(input))[_slices(row(input), dim, index, "index_fill")].set(value), np.shape(input))


@composite()
def index_reduce(input: Any, dim: int, index: Any, source: Any, reduce: str, *, include_self: bool = True) -> Any:
    """`input` reduced with the slices of `source` at `index`: "prod", "mean", "amax" or "amin"."""
    if reduce not in REDUCTIONS:
        raise ValueError(f"index_reduce: reduce is one of {', '.join(REDUCTIONS)}, given {reduce!r}")
    base = row(input)
    full = _slices(base, dim, index, "index_reduce")
    source = _fitting(base, full, source, "index_reduce")
    wide = np.reshape(full[-1], (-1,) + (1,) * (np.ndim(base) - len(full)))
    return reshape(
        scatter_reduce(base, dim, np.broadcast_to(wide, np.shape(source)), source, reduce, include_self=include_self), np.shape(input)
    )


@composite()
def index_put(input: Any, indices: Any, values: Any, accumulate: bool = False) -> Any:
    """`input` with `values` written (or added) at a tuple of indices, one an axis."""
    updates = At(input)[tuple(_plain(i) for i in indices)]
    return updates.add(values) if accumulate else updates.set(values)


@composite()
def put(input: Any, index: Any, source: Any, accumulate: bool = False) -> Any:
    """`input` with `source` written (or added) at places of the flattened input."""
    if np.size(_plain(index)) != np.size(source):
        raise ValueError(f"put: index {np.shape(_plain(index))} and source {np.shape(source)} must have one size")
    updates = At(reshape(input, (-1,)))[np.ravel(_plain(index)).astype(np.intp)]
    source = reshape(source, (-1,))
    return reshape(updates.add(source) if accumulate else updates.set(source), np.shape(input))


# --------------------------------------------------------------------------------------------------------------- masks


def _mask(mask: Any, name: str) -> Any:
    mask = np.asarray(_plain(mask))
    if mask.dtype != bool:
        raise TypeError(f"{name}: the mask is boolean, given {mask.dtype}")
    return mask


@composite()
def masked_select(input: Any, mask: Any) -> Any:
    """The values where the mask holds, as one row."""
    mask = _mask(mask, "masked_select")
    shape = np.broadcast_shapes(np.shape(input), mask.shape)
    return reshape(get(broadcast_to(input, shape), np.broadcast_to(mask, shape)), (-1,))


@composite()
def masked_fill(input: Any, mask: Any, value: Any) -> Any:
    """One number where the mask holds, else `input`."""
    if np.iscomplexobj(value) and not np.iscomplexobj(input):
        raise TypeError(f"masked_fill: {value} is complex, the input is {np.result_type(input)}")
    if np.ndim(value):
        raise ValueError(f"masked_fill: value is one number, given shape {np.shape(value)}; for an array write where(mask, value, input)")
    return where(_mask(mask, "masked_fill"), value, input)


@composite()
def masked_scatter(input: Any, mask: Any, source: Any) -> Any:
    """`input` with the first values of `source`, in order, where the mask holds."""
    mask = _mask(mask, "masked_scatter")
    shape = np.broadcast_shapes(np.shape(input), mask.shape)
    chosen = np.flatnonzero(np.broadcast_to(mask, shape))
    if np.size(source) < chosen.size:
        raise ValueError(f"masked_scatter: the mask holds at {chosen.size} places, source has {np.size(source)} values")
    flat = reshape(broadcast_to(input, shape), (-1,))
    return reshape(At(flat)[chosen].set(reshape(source, (-1,))[: chosen.size]), shape)


# ---------------------------------------------------------------------------------------------------------- one region


def _written(input: Any, src: Any, index: Any, name: str) -> Any:
    shape = np.shape(np.empty(np.shape(input), bool)[index])
    if np.shape(src) != shape:
        raise ValueError(f"{name}: src needs the shape of the region, {shape}, given {np.shape(src)}")
    return At(input)[index].set(src)


@composite()
def select_scatter(input: Any, src: Any, dim: int, index: int) -> Any:
    """`input` with `src` as its slice at `index` along `dim`."""
    axis = normalize_axis_index(dim, np.ndim(input))
    return _written(input, src, (slice(None),) * axis + (index,), "select_scatter")


@composite()
def slice_scatter(input: Any, src: Any, dim: int = 0, start: int | None = None, end: int | None = None, step: int = 1) -> Any:
    """`input` with `src` as its slice start:end:step along `dim`."""
    axis = normalize_axis_index(dim, np.ndim(input))
    return _written(input, src, (slice(None),) * axis + (slice(start, end, step),), "slice_scatter")


@composite()
def diagonal_scatter(input: Any, src: Any, offset: int = 0, dim1: int = 0, dim2: int = 1) -> Any:
    """`input` with `src` as the diagonal of the plane of two axes."""
    numbers = np.arange(np.size(input)).reshape(np.shape(input))
    chosen = np.diagonal(numbers, offset, dim1, dim2)
    if np.shape(src) != chosen.shape:
        raise ValueError(f"diagonal_scatter: src needs the shape of the diagonal, {chosen.shape}, given {np.shape(src)}")
    return reshape(At(reshape(input, (-1,)))[chosen.ravel()].set(reshape(src, (-1,))), np.shape(input))

"""Indexing and its adjoint, taking, repeating, and functional updates `x.at[i].set(v)`."""

from __future__ import annotations

import operator
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_index

from autograd import kernels
from autograd.declare import composite, op
from autograd.ops.selection import maximum, minimum, where
from autograd.ops.shape import SHAPE, cast, reshape
from autograd.tensor import Tensor

BASIC = (int, slice, type(None), type(Ellipsis), np.integer)


def _plain(index: Any) -> Any:
    """An index without tensors, lists as arrays."""
    if isinstance(index, tuple):
        return tuple(_plain(item) for item in index)
    if isinstance(index, Tensor):
        return index.detach().data
    return np.asarray(index) if isinstance(index, list) and index else index


def _unique(index: Any) -> bool:
    """Whether no element can be named twice: then the adjoint is an assignment, not an addition."""
    items = index if isinstance(index, tuple) else (index,)
    return all(isinstance(i, BASIC) or (isinstance(i, np.ndarray) and i.dtype == bool) for i in items)


def _get(a: Any, index: Any) -> Any:
    return a[index] if isinstance(a, np.ndarray) else np.asarray(a)[index]


def _put(g: Any, index: Any, shape: tuple[int, ...]) -> Any:
    """Zeros of `shape` with g added at `index`, repeated places adding up."""
    out = kernels.zeros(np.asanyarray(g), shape)
    if _unique(index):
        out[index] = g
    else:
        np.add.at(out, index, g)
    return out


get = op(_get, name="getitem", tags=(*SHAPE, "choice"), symbol="{a}[…]", a=lambda g, index, a_shape: put_at(g, index, a_shape))
put_at = op(_put, name="put_at", tags=("linear",), g=lambda g, index: get(g, index), doc="The adjoint of indexing.")


def getitem(a: Any, index: Any) -> Any:
    """``a[index]`` for every kind of index that NumPy has."""
    return get(a, _plain(index))


def _take(a: Any, indices: Any, axis: int | None = None, mode: str = "raise") -> Any:
    return np.take(a, np.asarray(indices), axis=axis, mode=mode)


def _take_index(shape: tuple[int, ...], indices: Any, axis: int | None, mode: str) -> Any:
    axis = axis if shape else None  # a single number is a row of one to NumPy
    size = int(np.prod(shape)) if axis is None else shape[axis]
    places = np.asarray(indices)
    places = np.clip(places, 0, size - 1) if mode == "clip" else places % size if mode == "wrap" else places
    return places if axis is None else (slice(None),) * normalize_axis_index(axis, len(shape)) + (places,)


def _take_back(g: Any, a_shape: Any, indices: Any, axis: int | None, mode: str) -> Any:
    flat = a_shape if axis is not None and a_shape else (int(np.prod(a_shape)),)
    return np.reshape(put_at(g, _take_index(a_shape, indices, axis, mode), flat), a_shape)


take = op(_take, name="take", numpy=(np.take,), tags=(*SHAPE, "choice"), a=_take_back, doc="Values at `indices`, as np.take.")


def along(shape: tuple[int, ...], indices: Any, axis: int) -> tuple[Any, ...]:
    """The full index that `take_along_axis` stands for."""
    grids = np.ogrid[tuple(slice(n) for n in np.shape(indices))]
    return tuple(np.asarray(indices) if i == normalize_axis_index(axis, len(shape)) else grid for i, grid in enumerate(grids))


@composite(np.take_along_axis)
def take_along_axis(arr: Any, indices: Any, axis: int | None = -1) -> Any:
    """Values matched to `indices` along `axis`, as np.take_along_axis."""
    indices = _plain(indices) if isinstance(indices, (Tensor, list)) else indices
    if axis is None:
        arr, axis = reshape(arr, (-1,)), 0
    if np.ndim(indices) != np.ndim(arr):
        raise ValueError(f"take_along_axis takes as many axes of indices as of values, given {np.shape(indices)} for {np.shape(arr)}")
    grids = np.ogrid[tuple(slice(n) for n in np.shape(arr))]
    return get(arr, tuple(indices if i == normalize_axis_index(axis, np.ndim(arr)) else grid for i, grid in enumerate(grids)))


@composite()
def take_along_dim(input: Any, indices: Any, dim: int | None = None) -> Any:
    """np.take_along_axis under PyTorch's name, which without `dim` flattens the indices as well."""
    return take_along_axis(input, np.ravel(_plain(indices)) if dim is None else indices, dim)


@composite(np.repeat)
def repeat(a: Any, repeats: Any, axis: int | None = None) -> Any:
    """Each value `repeats` times along `axis`, as np.repeat."""
    a = a if np.ndim(a) or axis is None else reshape(a, (1,))
    size = int(np.size(a) if axis is None else np.shape(a)[normalize_axis_index(axis, np.ndim(a))])
    return take(a, np.repeat(np.arange(size), _plain(repeats)), axis)


@composite(np.tile)
def tile(A: Any, reps: Any) -> Any:
    """`A` repeated as a whole, as np.tile."""
    counts = tuple(operator.index(n) for n in (reps if np.ndim(reps) else (reps,)))
    ndim = max(np.ndim(A), len(counts))
    counts = (1,) * (ndim - len(counts)) + counts
    A = reshape(A, (1,) * (ndim - np.ndim(A)) + np.shape(A))
    for axis, count in enumerate(counts):
        A = take(A, np.tile(np.arange(np.shape(A)[axis]), count), axis) if count != 1 else A
    return A


# ---------------------------------------------------------------------------------------------------- functional updates


class _Updates:
    """``x.at[index]``: what assignment would do, as a new tensor."""

    __slots__ = ("index", "x")

    def __init__(self, x: Any, index: Any) -> None:
        self.x = x
        self.index = _plain(index)

    def get(self) -> Any:
        """The values at the index."""
        return get(self.x, self.index)

    def _places(self) -> Any:
        mask = np.zeros(np.shape(self.x), bool)
        mask[self.index] = True
        return mask

    def _spread(self, values: Any) -> Any:
        """`values` at the index, zeros elsewhere; where an index repeats, its last value."""
        shape = np.shape(self.x)
        size = int(np.prod(shape))
        target = np.arange(size).reshape(shape)[self.index]
        last = np.full(size, -1)
        last[target.ravel()] = np.arange(target.size)
        written = np.flatnonzero(last >= 0)
        flat = reshape(_broadcast(values, target.shape), (-1,))
        return reshape(put_at(take(flat, last[written]), written, (size,)), shape)

    def _assigned(self, values: Any) -> Any:
        """Values in x's dtype, as assignment has it; into whole numbers nothing is rounded."""
        dtype = np.result_type(self.x)
        if dtype.kind != "f" or np.result_type(values) == dtype or np.iscomplexobj(values):
            return values
        return cast(values, dtype) if isinstance(values, Tensor) else np.asarray(values, dtype)

    def set(self, values: Any) -> Any:
        """``x[index] = values``."""
        return where(self._places(), self._spread(self._assigned(values)), self.x)

    def add(self, values: Any) -> Any:
        """``np.add.at(x, index, values)``: repeated places add up."""
        shape = np.shape(np.empty(np.shape(self.x), bool)[self.index])
        return self.x + put_at(_broadcast(self._assigned(values), shape), self.index, np.shape(self.x))

    def multiply(self, values: Any) -> Any:
        """``x[index] *= values``, for places named once."""
        return self._changed("multiply", self.get() * values)

    def min(self, values: Any) -> Any:
        """``x[index] = minimum(x[index], values)``, for places named once."""
        return self._changed("min", minimum(self.get(), values))

    def max(self, values: Any) -> Any:
        """``x[index] = maximum(x[index], values)``, for places named once."""
        return self._changed("max", maximum(self.get(), values))

    def _changed(self, method: str, values: Any) -> Any:
        """Where a place is named twice NumPy keeps the last result and other libraries all of them: neither is guessed."""
        if not _unique(self.index) and np.sum(self._places()) < np.size(values):
            raise ValueError(
                f".at[index].{method}: the index names a place more than once. Combine the values first, or update in turn: "
                f"x.at[first].{method}(...).at[second].{method}(...)"
            )
        return self.set(values)


def _broadcast(values: Any, shape: tuple[int, ...]) -> Any:
    from autograd.ops.shape import broadcast_to

    return values if np.shape(values) == shape else broadcast_to(values, shape)


class At:
    """What ``x.at`` gives; index it."""

    __slots__ = ("x",)

    def __init__(self, x: Any) -> None:
        self.x = x

    def __getitem__(self, index: Any) -> _Updates:
        return _Updates(self.x, index)

"""Adaptive pooling: the output's size is given, and each of its cells pools its own share of the input.

Cell i of n along an axis of length m covers floor(i m / n) to ceil((i + 1) m / n), as in PyTorch: cells
differ in size and may overlap, so they are taken one at a time (for all images and channels at once).
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from autograd.kernels.geometry import Numbers, Sizes, per_axis
from autograd.kernels.windows import Array, DType

Index = tuple[slice | int, ...]


def adaptive_average_pool(x: Array, output_size: Numbers) -> Array:
    """The mean of every cell: (N, C, *size) becomes (N, C, *output_size).

    >>> adaptive_average_pool(np.array([[[1.0, 2.0, 6.0]]]), 2).tolist()
    [[[1.5, 4.0]]]
    """
    return _pooled(x, output_size, x.dtype, lambda cell: x[cell].mean(axis=_spatial(x)))


def adaptive_average_pool_input(g: Array, input_shape: Sequence[int]) -> Array:
    """The adjoint of `adaptive_average_pool`: every cell spreads its g evenly.

    >>> adaptive_average_pool_input(np.array([[[2.0, 2.0]]]), (1, 1, 3)).tolist()
    [[[1.0, 2.0, 1.0]]]
    """
    return _spread(g, input_shape, lambda cell, shape: 1.0 / float(np.prod(shape[2:])))


def adaptive_max_pool(x: Array, output_size: Numbers) -> Array:
    """The largest element of every cell.

    >>> adaptive_max_pool(np.array([[[1.0, 2.0, 6.0]]]), 2).tolist()
    [[[2.0, 6.0]]]
    """
    return _pooled(x, output_size, x.dtype, lambda cell: x[cell].max(axis=_spatial(x)))


def adaptive_max_pool_indices(x: Array, output_size: Numbers) -> np.ndarray[Any, np.dtype[np.intp]]:
    """Where each maximum lies, as an index into the flattened spatial axes; of equals the first.

    >>> adaptive_max_pool_indices(np.array([[[1.0, 2.0, 6.0]]]), 2).tolist()
    [[[1, 2]]]
    """
    numbers = np.arange(np.prod(x.shape[2:]), dtype=np.intp).reshape(1, 1, *x.shape[2:])

    def first(cell: Index) -> Array:
        inside = x[cell].reshape(*x.shape[:2], -1).argmax(axis=-1)
        places: Array = np.take(numbers[cell], inside)
        return places

    return _pooled(x, output_size, numbers.dtype, first)


def adaptive_max_pool_input(g: Array, x: Array) -> Array:
    """The gradient of sum(g * adaptive_max_pool(x)) by x; equal maxima share evenly. Linear in g.

    >>> adaptive_max_pool_input(np.ones((1, 1, 2)), np.array([[[1.0, 2.0, 2.0]]])).tolist()
    [[[0.0, 1.5, 0.5]]]
    """
    return _spread(g, x.shape, lambda cell, shape: _shares(x[cell], g.dtype))


def adaptive_max_pool_output(v: Array, x: Array, output_size: Numbers) -> Array:
    """The adjoint of `adaptive_max_pool_input` in g: the mean of v over each cell's maxima.

    >>> adaptive_max_pool_output(np.array([[[5.0, 1.0, 2.0]]]), np.array([[[1.0, 2.0, 2.0]]]), 2).tolist()
    [[[1.0, 1.5]]]
    """
    return _pooled(x, output_size, v.dtype, lambda cell: (v[cell] * _shares(x[cell], v.dtype)).sum(axis=_spatial(x)))


def _pooled(x: Array, output_size: Numbers, dtype: DType, value: Callable[[Index], Array]) -> Array:
    """The value of every cell."""
    out = np.empty((*x.shape[:2], *per_axis(output_size, x.ndim - 2, "output_size")), dtype)
    for place, cell in _cells(x.shape, out.shape):
        out[place] = value(cell)
    return out


def _spread(g: Array, shape: Sequence[int], share: Callable[[Index, Sizes], Any]) -> Array:
    """Every cell's g times its share, added up where cells overlap."""
    spread = np.zeros(shape, g.dtype)
    for place, cell in _cells(shape, g.shape):
        region = spread[cell]
        region += share(cell, region.shape) * _like_cell(g[place], region)
    return spread


def _spatial(x: Array) -> Sizes:
    return tuple(range(2, x.ndim))


def _shares(cell: Array, dtype: DType) -> Array:
    """One over the number of equal maxima, at each of them; NaN where the maximum is NaN."""
    axes = _spatial(cell)
    largest = cell.max(axis=axes, keepdims=True)
    hits = cell == largest
    count = hits.sum(axis=axes, keepdims=True).astype(dtype)
    count[count == 0] = np.nan
    shares: Array = hits / count
    return shares


def _cells(x_shape: Sequence[int], out_shape: Sequence[int]) -> Iterator[tuple[Index, Index]]:
    """Pairs of indices: a place of the output, and the part of the input that it pools."""
    everything = (slice(None), slice(None))
    for place in itertools.product(*map(range, out_shape[2:])):
        sizes = zip(place, x_shape[2:], out_shape[2:], strict=True)
        yield (
            (*everything, *place),
            (*everything, *(slice(i * m // n, -(-(i + 1) * m // n)) for i, m, n in sizes)),
        )


def _like_cell(values: Array, cell: Array) -> Array:
    return values.reshape(*values.shape, *(1,) * (cell.ndim - 2))

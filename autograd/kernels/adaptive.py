"""Adaptive pooling: the output's size is given, and each of its cells pools its own share of the input.

Cell i of n along an axis of length m covers floor(i m / n) to ceil((i + 1) m / n), as in PyTorch: cells
differ in size and may overlap, so they are taken one at a time (for all images and channels at once).
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from autograd.kernels.geometry import Numbers, Sizes, per_axis
from autograd.kernels.windows import Array

Index = tuple[slice | int, ...]


def adaptive_average_pool(x: Array, output_size: Numbers) -> Array:
    """The mean of every cell: (N, C, *size) becomes (N, C, *output_size).

    >>> adaptive_average_pool(np.array([[[1.0, 2.0, 6.0]]]), 2).tolist()
    [[[1.5, 4.0]]]
    """
    out, axes = _empty_output(x, output_size, x.dtype)
    for place, cell in _cells(x.shape, out.shape):
        out[place] = x[cell].mean(axis=axes)
    return out


def adaptive_average_pool_input(g: Array, input_shape: Sequence[int]) -> Array:
    """The adjoint of `adaptive_average_pool`: every cell spreads its g evenly."""
    spread = np.zeros(input_shape, g.dtype)
    for place, cell in _cells(spread.shape, g.shape):
        region = spread[cell]
        region += _like_cell(g[place], region) / float(np.prod(region.shape[2:]))
    return spread


def adaptive_max_pool(x: Array, output_size: Numbers) -> Array:
    """The largest element of every cell.

    >>> adaptive_max_pool(np.array([[[1.0, 2.0, 6.0]]]), 2).tolist()
    [[[2.0, 6.0]]]
    """
    out, axes = _empty_output(x, output_size, x.dtype)
    for place, cell in _cells(x.shape, out.shape):
        out[place] = x[cell].max(axis=axes)
    return out


def adaptive_max_pool_indices(x: Array, output_size: Numbers) -> NDArray[np.intp]:
    """Where each maximum lies, as an index into the flattened spatial axes; of equals the first."""
    index, _ = _empty_output(x, output_size, np.dtype(np.intp))
    numbers = np.arange(np.prod(x.shape[2:]), dtype=np.intp).reshape(1, 1, *x.shape[2:])
    for place, cell in _cells(x.shape, index.shape):
        first = x[cell].reshape(*x.shape[:2], -1).argmax(axis=-1)
        index[place] = numbers[cell].ravel()[first]
    return index


def adaptive_max_pool_input(g: Array, x: Array) -> Array:
    """The gradient of sum(g * adaptive_max_pool(x)) by x; equal maxima share evenly. Linear in g."""
    spread = np.zeros(x.shape, g.dtype)
    for place, cell in _cells(x.shape, g.shape):
        region = spread[cell]
        region += _shares(x[cell], g.dtype) * _like_cell(g[place], region)
    return spread


def adaptive_max_pool_output(v: Array, x: Array, output_size: Numbers) -> Array:
    """The adjoint of `adaptive_max_pool_input` in g: the mean of v over each cell's maxima."""
    out, axes = _empty_output(x, output_size, v.dtype)
    for place, cell in _cells(x.shape, out.shape):
        out[place] = (v[cell] * _shares(x[cell], v.dtype)).sum(axis=axes)
    return out


def _shares(cell: Array, dtype: np.dtype[np.generic]) -> Array:
    """One over the number of equal maxima, at each of them; NaN where the maximum is NaN."""
    axes = tuple(range(2, cell.ndim))
    largest = cell.max(axis=axes, keepdims=True)
    hits = cell == largest
    count = hits.sum(axis=axes, keepdims=True).astype(dtype)
    count[count == 0] = np.nan
    shares: Array = hits / count
    return shares


def _empty_output(x: Array, output_size: Numbers, dtype: np.dtype[np.generic]) -> tuple[Array, Sizes]:
    """An array for the result, and the spatial axes of x."""
    axes = tuple(range(2, x.ndim))
    return np.empty((*x.shape[:2], *per_axis(output_size, len(axes), "output_size")), dtype), axes


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

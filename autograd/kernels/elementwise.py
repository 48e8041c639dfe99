"""ReLU and its gradient, and a step downhill. (Sums, products and the like keep the padded layout by themselves: see `layout.Padded`.)"""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd.kernels.choice import compiled_for
from autograd.kernels.layout import empty_like_layout, padded
from autograd.kernels.memory import constant_row, fresh, scratch
from autograd.kernels.windows import Array

LARGE = 1 << 13
"""Elements from which on it pays to look how an array lies."""
BLOCK = 1 << 12


def relu(x: Array) -> Array:
    """max(x, 0), NaN where x is.

    >>> relu(np.array([-1.0, 0.0, 2.0])).tolist()
    [0.0, 0.0, 2.0]
    """
    row = _row(x)
    if row is None:
        return np.maximum(x, 0)
    out, target = _like(x)
    fast = compiled_for(row)
    if fast:
        fast.relu(row, target)
    else:
        _raised(row, target)
    return out


def relu_input(g: Array, out: Array) -> Array:
    """The gradient of sum(g * relu(x)) by x, from out = relu(x): g where out is positive, 0 elsewhere.

    >>> relu_input(np.array([5.0, 6.0, 7.0]), np.array([0.0, 0.0, 2.0])).tolist()
    [0.0, 0.0, 7.0]
    """
    arriving, passing = _row(g), _row(out)
    if arriving is None or passing is None or not _alike(g, out):
        return np.multiply(g, out > 0)
    dx, target = _like(g)
    fast = compiled_for(arriving, passing)
    if fast:
        fast.relu_input(arriving, passing, target)
    else:
        np.multiply(arriving, np.greater(passing, 0, out=scratch("mask", passing.shape, np.bool_)), out=target)
    return dx


def descend(values: Array, rate: float, step: Array) -> None:
    """values -= rate * step; compiled, one pass over large arrays.

    >>> values = np.array([1.0, 2.0])
    >>> descend(values, 0.5, np.array([2.0, 2.0]))
    >>> values.tolist()
    [0.0, 1.0]
    """
    row, down = _row(values), _row(step)
    fast = compiled_for(row, down) if row is not None and down is not None and _alike(values, step) else None
    if fast:
        fast.descend(row, down, rate)
    else:
        values -= rate * step


def _row(x: Any) -> Array | None:
    """The memory of a large array of floats in one dimension, padding included; None where it does not lie in one piece."""
    if x.size < LARGE or x.dtype.kind != "f":
        return None
    whole = padded(x) if x.ndim == 4 else None
    if whole is not None:
        return whole.buffer.reshape(-1)
    plain = type(x) is np.ndarray and x.flags.c_contiguous and x.flags.writeable  # to Numba a read-only array is another type
    return x.reshape(-1) if plain else None


def _like(x: Array) -> tuple[Array, Array]:
    """An uninitialised array that lies as `x` does, and its memory in one dimension."""
    whole = padded(x) if x.ndim == 4 else None
    if whole is not None:
        out = empty_like_layout(whole)
        return out, out.buffer.reshape(-1)
    row = fresh(x.size, x.dtype)
    return row.reshape(x.shape), row


def _alike(x: Array, y: Array) -> bool:
    """Whether both lie the same way, so that their rows meet pixel by pixel."""
    one, other = (padded(a) if a.ndim == 4 else None for a in (x, y))
    same = one is other if one is None or other is None else one.layout is other.layout
    return same and x.shape == y.shape and x.dtype == y.dtype


def _raised(row: Array, out: Array) -> None:
    """The larger of the row and a row of zeros, block by block."""
    zeros = constant_row(0, row[:BLOCK].reshape(1, -1))
    whole = row.size // zeros.size * zeros.size
    np.maximum(row[:whole].reshape(-1, zeros.size), zeros, out=out[:whole].reshape(-1, zeros.size))
    np.maximum(row[whole:], zeros[0, : row.size - whole], out=out[whole:])

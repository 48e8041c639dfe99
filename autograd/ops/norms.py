"""Norms of vectors and matrices, of every order, and the condition number."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd.declare import composite, op
from autograd.ops.factorisation import inv, reduced_svd, svdvals
from autograd.ops.reduction import kept, max, min, real_axes, sum
from autograd.ops.selection import absolute, where
from autograd.ops.shape import as_floats, expand_dims, moveaxis, reshape


def _length(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    return np.sqrt(np.sum(x * x, axis=axis, keepdims=keepdims))


def _length_back(g: Any, x: Any, out: Any, axis: Any, keepdims: bool) -> Any:
    """x / ‖x‖, and the subgradient 0 at the origin."""
    wide = kept(out, np.ndim(x), axis, keepdims)
    zero = np.equal(wide, 0)
    return np.where(zero, 0.0, kept(g, np.ndim(x), axis, keepdims)) * x / np.where(zero, 1.0, wide)


length = op(_length, name="length", tags=("reduction",), domain=(0.3, 3.0), kinks="the origin: 0", x=_length_back,
            doc="The Euclidean norm over `axis`.")


def _vector_norm(x: Any, order: Any, axis: Any, keepdims: bool) -> Any:
    if order in (None, 2, "fro"):
        return length(x, axis, keepdims)
    size = absolute(x)
    if order == np.inf:
        return _largest(size, axis, keepdims)
    if order == -np.inf:
        return min(size, axis, keepdims)
    if order == 0:
        return sum((np.asarray(x.data) != 0).astype(x.dtype), axis=axis, keepdims=keepdims)
    if order == 1:
        return sum(size, axis=axis, keepdims=keepdims)
    zero = np.equal(size, 0)  # where powers below 1 have no slope; as everywhere at 0, the subgradient is 0
    powers = where(zero, 0.0 if order > 0 else np.inf, where(zero, 1.0, size) ** order)
    total = sum(powers, axis=axis, keepdims=keepdims)
    safe = where(np.asarray(total.data) == 0, 1.0, total)
    return where(np.asarray(total.data) == 0, 0.0 if order > 0 else np.inf, safe ** (1.0 / order))


def _largest(sizes: Any, axis: Any, keepdims: bool = False) -> Any:
    """Of no values 0, as in NumPy."""
    return max(sizes, axis, keepdims, initial=None if np.size(sizes) else 0.0)


def _matrix_norm(x: Any, order: Any, axis: tuple[int, int], keepdims: bool) -> Any:
    row, column = real_axes(axis, np.ndim(x))
    if order in (None, "fro"):
        return length(x, (row, column), keepdims)
    if order in (1, -1, np.inf, -np.inf):
        inner, outer = (row, column) if abs(order) == 1 else (column, row)
        sums = sum(absolute(x), axis=inner, keepdims=True)
        return (_largest if order > 0 else min)(sums, (outer, inner), keepdims)
    values = reduced_svd(moveaxis(x, (row, column), (-2, -1)))[1]
    if order not in (2, -2, "nuc"):
        raise ValueError(f"a matrix norm has order 'fro', 'nuc', ±1, ±2 or ±inf, given {order!r}")
    found = {2: _largest, -2: min, "nuc": sum}[order](values, axis=-1)
    return expand_dims(found, tuple(sorted((row, column)))) if keepdims else found


@composite(np.linalg.norm)
def norm(x: Any, ord: Any = None, axis: Any = None, keepdims: bool = False) -> Any:
    """Vector and matrix norms of every order, as np.linalg.norm; 0 has the subgradient 0."""
    x = as_floats(x)
    if axis is None and (ord is None or np.ndim(x) == 1):
        flat = length(reshape(x, (-1,))) if ord is None else _vector_norm(x, ord, None, False)
        return reshape(flat, (1,) * np.ndim(x)) if keepdims else flat
    where_ = tuple(range(np.ndim(x))) if axis is None else (axis if isinstance(axis, tuple) else (axis,))
    if len(where_) == 1:
        return _vector_norm(x, ord, where_[0], keepdims)
    if len(where_) == 2:
        return _matrix_norm(x, ord, where_, keepdims)  # type: ignore[arg-type]
    raise ValueError(f"norms are over one or two axes, given axis={axis} for shape {np.shape(x)}")


@composite(np.linalg.vector_norm)
def vector_norm(x: Any, axis: Any = None, keepdims: bool = False, ord: Any = 2) -> Any:
    """A vector norm over any axes."""
    return _vector_norm(as_floats(x), ord, axis, keepdims)


@composite(np.linalg.matrix_norm)
def matrix_norm(x: Any, keepdims: bool = False, ord: Any = "fro") -> Any:
    """A matrix norm over the last two axes."""
    return _matrix_norm(as_floats(x), ord, (-2, -1), keepdims)


@composite(np.linalg.cond)
def cond(x: Any, p: Any = None) -> Any:
    """The condition number: the norm of x times that of its inverse."""
    if p in (None, 2, -2):
        values = svdvals(x)
        return values[..., 0] / values[..., -1] if p != -2 else values[..., -1] / values[..., 0]
    return matrix_norm(x, ord=p) * matrix_norm(inv(x), ord=p)

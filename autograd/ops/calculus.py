"""Differences, integrals, interpolation, convolution of sequences, and products under PyTorch's names."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autograd.declare import composite, op
from autograd.ops.arithmetic import multiply
from autograd.ops.exponential import _weight
from autograd.ops.factorisation import length
from autograd.ops.indexing import getitem, pad, take
from autograd.ops.linear_algebra import matmul
from autograd.ops.ordering import cummax
from autograd.ops.reduction import max, mean, min, sum
from autograd.ops.selection import where
from autograd.ops.shape import concatenate, expand_dims, moveaxis, reshape


def _cut(a: Any, axis: int, start: int | None, stop: int | None) -> Any:
    return getitem(a, (slice(None),) * (axis % np.ndim(a)) + (slice(start, stop),))


@composite(np.diff)
def diff(a: Any, n: int = 1, axis: int = -1, prepend: Any = None, append: Any = None) -> Any:
    """Differences of neighbours, n times."""
    parts = [part for part in (prepend, a, append) if part is not None]
    a = concatenate(parts, axis) if len(parts) > 1 else a
    for _ in range(n):
        a = _cut(a, axis, 1, None) - _cut(a, axis, None, -1)
    return a


@composite(np.ediff1d)
def ediff1d(ary: Any) -> Any:
    """Differences of neighbours of the flattened array."""
    return diff(reshape(ary, (-1,)))


@composite(np.gradient)
def gradient(f: Any, spacing: float = 1.0, *, axis: Any = None) -> Any:
    """Central differences inside, one-sided at the ends, for one uniform spacing."""
    which = range(np.ndim(f)) if axis is None else (axis if isinstance(axis, (tuple, list)) else (axis,))
    found = [_slope(f, float(spacing), n) for n in which]
    return found[0] if len(found) == 1 else tuple(found)


def _slope(f: Any, h: float, axis: int) -> Any:
    if np.shape(f)[axis] < 2:
        raise ValueError(f"gradient needs at least 2 values along axis {axis}, given shape {np.shape(f)}")
    first = (_cut(f, axis, 1, 2) - _cut(f, axis, 0, 1)) / h
    last = (_cut(f, axis, -1, None) - _cut(f, axis, -2, -1)) / h
    return concatenate([first, (_cut(f, axis, 2, None) - _cut(f, axis, None, -2)) / (2.0 * h), last], axis)


@composite(np.trapezoid)
def trapezoid(y: Any, x: Any = None, dx: float = 1.0, axis: int = -1) -> Any:
    """The integral by the trapezoidal rule."""
    width = dx if x is None else diff(x, axis=axis if np.ndim(x) > 1 else -1)
    if x is not None and np.ndim(x) == 1:
        width = reshape(width, tuple(-1 if i == axis % np.ndim(y) else 1 for i in range(np.ndim(y))))
    return sum((_cut(y, axis, 1, None) + _cut(y, axis, None, -1)) * 0.5 * width, axis=axis)


@composite(np.interp)
def interp(x: Any, xp: Any, fp: Any) -> Any:
    """Linear interpolation between points, constant beyond them; differentiable in all three."""
    points = np.asarray(getattr(xp, "data", xp) if not isinstance(xp, np.ndarray) else xp)
    at = np.asarray(getattr(x, "data", x) if not isinstance(x, np.ndarray) else x)
    right = np.clip(np.searchsorted(points, at, side="right"), 1, len(points) - 1)
    x0, x1, f0, f1 = (take(v, i) for v in (xp, fp) for i in (right - 1, right))
    inside = f0 + (f1 - f0) * ((x - x0) / (x1 - x0))
    return where(at < points[0], take(fp, 0), where(at > points[-1], take(fp, len(points) - 1), inside))


@composite(np.convolve)
def convolve(a: Any, v: Any, mode: str = "full") -> Any:
    """The convolution of two sequences, as np.convolve."""
    long, short = (a, v) if np.shape(a)[0] >= np.shape(v)[0] else (v, a)
    n, m = np.shape(long)[0], np.shape(short)[0]
    windows = np.arange(n + m - 1)[:, None] + np.arange(m)[None, ::-1]
    full = matmul(take(pad(long, (m - 1, m - 1)), windows), short)
    start, stop = {"full": (0, n + m - 1), "same": ((m - 1) // 2, (m - 1) // 2 + n), "valid": (m - 1, n)}[mode]
    return full[start:stop]


@composite(np.ptp)
def ptp(a: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """Largest minus smallest."""
    return max(a, axis, keepdims) - min(a, axis, keepdims)


@composite(np.average)
def average(a: Any, axis: Any = None, weights: Any = None, keepdims: bool = False) -> Any:
    """The weighted mean."""
    if weights is None:
        return mean(a, axis=axis, keepdims=keepdims)
    if np.shape(weights) != np.shape(a):
        weights = reshape(weights, tuple(-1 if i == axis % np.ndim(a) else 1 for i in range(np.ndim(a))))
    total = sum(weights * (0.0 * a + 1.0), axis=axis, keepdims=keepdims)
    return sum(a * weights, axis=axis, keepdims=keepdims) / total


@composite(np.polyval)
def polyval(p: Any, x: Any) -> Any:
    """A polynomial with coefficients p, highest power first."""
    result: Any = 0.0
    for i in range(np.shape(p)[0]):
        result = result * x + p[i]
    return result


@composite(np.nansum)
def nansum(a: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """The sum with NaN taken as 0."""
    return sum(where(np.isnan(a), 0.0, a), axis=axis, keepdims=keepdims)


@composite(np.nanmean)
def nanmean(a: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """The mean of what is not NaN."""
    number = np.sum(~np.isnan(a), axis=axis, keepdims=keepdims).astype(a.dtype)
    return nansum(a, axis, keepdims) / number


def _logcumsumexp(a: Any, axis: int = -1) -> Any:
    return np.logaddexp.accumulate(a, axis=axis) if np.ndim(a) else a


def _logcumsumexp_back(g: Any, a: Any, out: Any, axis: int) -> Any:
    """Backward from the last: T_j = g_j + T_(j+1)·exp(out_j - out_(j+1)), no exponent above 0; then T_j·exp(a_j - out_j)."""
    if not np.ndim(a) or not math.prod(np.shape(a)):
        return g
    g, a, out = (np.moveaxis(v, axis, 0) for v in (g, a, out))
    sums = [g[-1]]
    for j in range(np.shape(g)[0] - 2, -1, -1):
        sums.append(g[j] + sums[-1] * _weight(out[j], out[j + 1]))
    return np.moveaxis(np.stack(sums[::-1]) * _weight(a, out), 0, axis)


logcumsumexp = op(
    _logcumsumexp,
    name="logcumsumexp",
    domain=(-3.0, 3.0),
    analytic=False,
    a=_logcumsumexp_back,
    doc="log(cumsum(exp(a))) along `axis`, without overflow, however far apart the values are.",
)


def lerp(start: Any, end: Any, weight: Any) -> Any:
    """start + weight · (end - start)."""
    return start + weight * (end - start)


def addmm(input: Any, mat1: Any, mat2: Any, *, beta: float = 1.0, alpha: float = 1.0) -> Any:
    """beta · input + alpha · mat1 @ mat2."""
    return multiply(input, beta) + multiply(matmul(mat1, mat2), alpha)


def baddbmm(input: Any, batch1: Any, batch2: Any, *, beta: float = 1.0, alpha: float = 1.0) -> Any:
    """beta · input + alpha · batch1 @ batch2, for stacks of matrices."""
    return addmm(input, batch1, batch2, beta=beta, alpha=alpha)


def cdist(x1: Any, x2: Any, p: float = 2.0) -> Any:
    """Distances between every row of x1 and every row of x2; 0 between equal rows, with subgradient 0."""
    difference = expand_dims(x1, -2) - expand_dims(x2, -3)
    if p == 2:
        return length(difference, -1)
    from autograd.ops.factorisation import norm

    return norm(difference, p, -1)


def chunk(input: Any, chunks: int, dim: int = 0) -> list[Any]:
    """At most `chunks` pieces along `dim`, all but the last of equal size."""
    size = np.shape(input)[dim]
    each = -(-size // chunks)
    return [_cut(input, dim, start, start + each) for start in range(0, size, each)] if size else [input]


def unbind(input: Any, dim: int = 0) -> list[Any]:
    """The slices along `dim`."""
    return [moveaxis(input, dim, 0)[i] for i in range(np.shape(input)[dim])]


__all__ = ["addmm", "cdist", "cummax", "diff", "lerp"]

"""Differences, integrals, interpolation, convolution of sequences."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_index, normalize_axis_tuple

from autograd.declare import composite, op
from autograd.ops.arithmetic import remainder
from autograd.ops.exponential import _weight
from autograd.ops.indexing import getitem, take
from autograd.ops.linear_algebra import matmul
from autograd.ops.padding import pad
from autograd.ops.reduction import cumprod, cumsum, sum
from autograd.ops.selection import copysign, floor_divide, trunc, where
from autograd.ops.shape import as_floats, astype, broadcast_to, concatenate, flip, reshape
from autograd.tensor import array_of, arrayed


def _cut(a: Any, axis: int, start: int | None, stop: int | None) -> Any:
    return getitem(a, (slice(None),) * normalize_axis_index(axis, np.ndim(a)) + (slice(start, stop),))


@composite(np.diff)
def diff(a: Any, n: int = 1, axis: int = -1, prepend: Any = None, append: Any = None) -> Any:
    """Differences of neighbours, n times."""
    if n < 0:
        raise ValueError(f"diff takes differences 0 or more times, given n={n}")
    if n == 0:
        return a  # as NumPy: what is to be joined on is not
    parts = [part if np.ndim(part) else _line_of(part, a, axis) for part in (prepend, a, append) if part is not None]
    a = concatenate(parts, axis) if len(parts) > 1 else a
    for _ in range(n):
        if not np.shape(a)[axis]:
            break  # and stays so, however large n is
        a = _cut(a, axis, 1, None) - _cut(a, axis, None, -1)
    return a


def _line_of(value: Any, a: Any, axis: int) -> Any:
    """One number as a slice of `a` along `axis`."""
    along = normalize_axis_index(axis, np.ndim(a))
    return broadcast_to(value, tuple(1 if i == along else n for i, n in enumerate(np.shape(a))))


@composite(np.divmod)
def divmod(x1: Any, x2: Any) -> tuple[Any, Any]:
    """The floor of the quotient (flat: gradient 0) and the remainder."""
    return floor_divide(x1, x2), remainder(x1, x2)


@composite(np.modf)
def modf(x: Any) -> tuple[Any, Any]:
    """The fractional part, and the whole part (flat: gradient 0)."""
    x = as_floats(x)
    whole = trunc(x)
    return copysign(where(np.isinf(x), 0.0, x - whole), x), whole


@composite(np.ediff1d)
def ediff1d(ary: Any, to_end: Any = None, to_begin: Any = None) -> Any:
    """Differences of neighbours of the flattened array, with values set before and after them, in its dtype."""
    between = diff(reshape(ary, (-1,)))
    ends = [None if end is None else _as_end(end, between.dtype) for end in (to_begin, to_end)]
    parts = [part for part in (ends[0], between, ends[1]) if part is not None]
    return concatenate(parts) if len(parts) > 1 else parts[0]


def _as_end(end: Any, dtype: Any) -> Any:
    end = reshape(end, (-1,))
    if not np.can_cast(end.dtype, dtype, "same_kind"):
        raise TypeError(f"ediff1d of {dtype} cannot take an end of {end.dtype}")
    return astype(end, dtype)


@composite(np.gradient)
def gradient(f: Any, *varargs: Any, axis: Any = None, edge_order: int = 1) -> Any:
    """Slopes of second order inside, of first or second order at the ends, as np.gradient.

    `varargs` are none (spacing 1), one spacing for all axes, or for every axis a spacing or the coordinates.
    """
    f = as_floats(f)
    which = tuple(range(np.ndim(f))) if axis is None else normalize_axis_tuple(axis, np.ndim(f))
    if len(varargs) not in (0, 1, len(which)) or (len(varargs) == 1 < len(which) and np.ndim(varargs[0])):
        raise TypeError(f"gradient along {len(which)} axes takes no spacing, one number, or one for every axis; given {len(varargs)}")
    spacings = varargs * len(which) if len(varargs) == 1 else varargs or (1.0,) * len(which)
    found = [_slope(f, _gap(f, spacing, n), n, edge_order) for spacing, n in zip(spacings, which, strict=True)]
    return found[0] if len(found) == 1 else tuple(found)


def _gap(f: Any, spacing: Any, axis: int) -> Any:
    """The distances between neighbours along `axis`: one number, or a row of them that broadcasts over f, in the dtype of f."""
    if not np.ndim(spacing):
        return spacing
    size = np.shape(f)[axis]
    if np.shape(spacing) != (size,):
        raise ValueError(f"gradient along axis {axis} of size {size} needs {size} coordinates, given shape {np.shape(spacing)}")
    return reshape(astype(diff(spacing), f.dtype), (-1,) + (1,) * (np.ndim(f) - axis - 1))


def _slope(f: Any, gap: Any, axis: int, edge_order: int) -> Any:
    """The slopes between neighbours, averaged with the other one's distance as weight and continued to the ends."""
    if edge_order not in (1, 2):
        raise ValueError(f"edge_order is 1 or 2, given {edge_order}")
    if np.shape(f)[axis] < edge_order + 1:
        raise ValueError(f"gradient needs at least {edge_order + 1} values along axis {axis}, given shape {np.shape(f)}")
    between = diff(f, axis=axis) / gap
    first, second, last, before = (_cut(between, axis, *ends) for ends in ((0, 1), (1, 2), (-1, None), (-2, -1)))
    left, right = (_cut(gap, 0, *ends) if np.ndim(gap) else gap for ends in ((None, -1), (1, None)))
    inside = (_cut(between, axis, None, -1) * right + _cut(between, axis, 1, None) * left) / (left + right)
    if edge_order == 2:
        start, end = ((_cut(part, 0, *ends) if np.ndim(gap) else gap) / _cut_sum(left, right, ends)
                      for part, ends in ((left, (0, 1)), (right, (-1, None))))  # fmt: skip
        first, last = first + (first - second) * start, last + (last - before) * end
    return concatenate([first, inside, last], axis)


def _cut_sum(left: Any, right: Any, ends: tuple[int, int | None]) -> Any:
    return _cut(left + right, 0, *ends) if np.ndim(left) else left + right


@composite(np.trapezoid)
def trapezoid(y: Any, x: Any = None, dx: float = 1.0, axis: int = -1) -> Any:
    """The integral by the trapezoidal rule."""
    return sum(_trapezoids(y, x, dx, axis), axis=axis)


def _trapezoids(y: Any, x: Any, dx: float, axis: int) -> Any:
    """What each pair of neighbours adds to the integral."""
    width = dx if x is None else diff(x, axis=axis if np.ndim(x) > 1 else -1)
    if x is not None and np.ndim(x) == 1:
        width = reshape(width, tuple(-1 if i == normalize_axis_index(axis, np.ndim(y)) else 1 for i in range(np.ndim(y))))
    return (_cut(y, axis, 1, None) + _cut(y, axis, None, -1)) * 0.5 * width


@composite(np.interp)
def interp(x: Any, xp: Any, fp: Any, left: Any = None, right: Any = None, period: float | None = None) -> Any:
    """Linear interpolation between points, constant beyond them (or `left` and `right`); differentiable in all three."""
    if period is not None:
        x, xp, fp = _periodic(x, xp, fp, period)
    points, at = array_of(xp), array_of(x)
    if points.ndim != 1 or points.shape != np.shape(fp) or not points.size:
        raise ValueError(f"interp takes as many places xp as values fp, in one row, given {points.shape} and {np.shape(fp)}")
    high = np.clip(np.searchsorted(points, at, side="right"), 1, len(points) - 1)
    x0, x1, f0, f1 = (take(v, i) for v in (xp, fp) for i in (high - 1, high))
    inside = f0 + (f1 - f0) * ((x - x0) / (x1 - x0))
    before = take(fp, 0) if left is None else left
    after = take(fp, len(points) - 1) if right is None else right
    return where(at < points[0], before, where(at > points[-1], after, inside))


def _periodic(x: Any, xp: Any, fp: Any, period: float) -> tuple[Any, Any, Any]:
    """All places within one period, in order, with one more point on either side."""
    x, xp = remainder(x, period), remainder(xp, period)
    order = np.argsort(array_of(xp), kind="stable")
    xp, fp = take(xp, order), take(fp, order)
    xp = concatenate([xp[-1:] - period, xp, xp[:1] + period])
    return x, xp, concatenate([fp[-1:], fp, fp[:1]])


@composite(np.convolve)
def convolve(a: Any, v: Any, mode: str = "full") -> Any:
    """The convolution of two sequences, as np.convolve."""
    if mode not in ("full", "same", "valid"):
        raise ValueError(f"mode is 'full', 'same' or 'valid', given {mode!r}")
    if np.ndim(a) != 1 or np.ndim(v) != 1 or not np.size(a) or not np.size(v):
        raise ValueError(f"convolve takes two rows of values, given {np.shape(a)} and {np.shape(v)}")
    long, short = (a, v) if np.shape(a)[0] >= np.shape(v)[0] else (v, a)
    n, m = np.shape(long)[0], np.shape(short)[0]
    windows = np.arange(n + m - 1)[:, None] + np.arange(m)[None, ::-1]
    full = matmul(take(pad(long, (m - 1, m - 1)), windows), short)
    start, stop = {"full": (0, n + m - 1), "same": ((m - 1) // 2, (m - 1) // 2 + n), "valid": (m - 1, n)}[mode]
    return full[start:stop]


@composite(np.correlate)
def correlate(a: Any, v: Any, mode: str = "valid") -> Any:
    """The cross-correlation of two sequences, as np.correlate."""
    if np.shape(v)[0] <= np.shape(a)[0]:
        return convolve(a, flip(v, 0), mode)
    return flip(convolve(v, flip(a, 0), mode), 0)


@composite(np.unwrap)
def unwrap(p: Any, discont: float | None = None, axis: int = -1, *, period: float = 2 * np.pi) -> Any:
    """Jumps of more than half a period taken out, as np.unwrap: whole periods are added, the slope is 1."""
    values = array_of(p)
    return p + (np.unwrap(values, discont, axis, period=period) - values).astype(np.result_type(values, np.float16))


def _running(a: Any, axis: int | None, start: float, include_initial: bool) -> tuple[Any, int]:
    """The array and axis to accumulate along, with `start` before it if wanted."""
    if axis is None and np.ndim(a) != 1:
        raise ValueError(f"along which axis of {np.shape(a)}? give axis=")
    a, along = arrayed(a), normalize_axis_index(0 if axis is None else axis, np.ndim(a))
    if not include_initial:
        return a, along
    first = np.full(tuple(1 if i == along else n for i, n in enumerate(np.shape(a))), start, np.result_type(a))
    return concatenate([first, a], along), along


@composite(np.cumulative_sum)
def cumulative_sum(x: Any, /, *, axis: int | None = None, dtype: Any = None, include_initial: bool = False) -> Any:
    """The running sum along `axis`, with a 0 before it if wanted."""
    return cumsum(*_running(x, axis, 0.0, include_initial), dtype)


@composite(np.cumulative_prod)
def cumulative_prod(x: Any, /, *, axis: int | None = None, dtype: Any = None, include_initial: bool = False) -> Any:
    """The running product along `axis`, with a 1 before it if wanted."""
    return cumprod(*_running(x, axis, 1.0, include_initial), dtype)


@composite()
def cumulative_trapezoid(y: Any, x: Any = None, *, dx: float = 1.0, dim: int = -1) -> Any:
    """The running integral by the trapezoidal rule, one value fewer than y has along `dim`."""
    return cumsum(_trapezoids(y, x, dx, dim), dim)


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

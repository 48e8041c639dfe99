"""Arrays made of others: lines between points, blocks, choices, functions by row; and polynomials as rows of coefficients."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_index

from autograd.declare import composite
from autograd.ops.arithmetic import ldexp, positive, power, sqrt
from autograd.ops.calculus import convolve
from autograd.ops.exponential import exp, log
from autograd.ops.indexing import get, take, take_along_axis
from autograd.ops.linear_algebra import diagonal, trace
from autograd.ops.reduction import sum as sum_
from autograd.ops.selection import where
from autograd.ops.shape import as_floats, atleast_1d, broadcast_to, concatenate, expand_dims, moveaxis, reshape, roll, stack
from autograd.ops.shape import astype as astype_
from autograd.ops.systems import lstsq, vander
from autograd.tensor import array_of, arrayed

# --------------------------------------------------------------------------------------------------------------- lines


def _steps(num: int, endpoint: bool, ndim: int, dtype: Any) -> tuple[Any, int]:
    """The parts of the way, along a new first axis."""
    if num < 0:
        raise ValueError(f"the number of values is not negative, given {num}")
    parts = operator.index(num) - 1 if endpoint else operator.index(num)
    return np.reshape(np.arange(num) / (parts or 1), (-1,) + (1,) * ndim).astype(dtype), parts


def _ends(start: Any, stop: Any) -> tuple[Any, Any]:
    """Both in one dtype, of floats; plain numbers take the other's, as in NumPy."""
    dtype = np.result_type(*[end if isinstance(end, (int, float)) else arrayed(end).dtype for end in (start, stop)], 0.0)
    return astype_(arrayed(start), dtype), astype_(arrayed(stop), dtype)


@composite(np.linspace)
def linspace(
    start: Any, stop: Any, num: int = 50, endpoint: bool = True, retstep: bool = False, dtype: Any = None, axis: int = 0
) -> Any:
    """`num` values in equal steps from start to stop, both differentiable."""
    start, stop = _ends(start, stop)
    shape = np.broadcast_shapes(np.shape(start), np.shape(stop))
    steps, parts = _steps(num, endpoint, len(shape), np.result_type(start, stop))
    start, stop = broadcast_to(start, shape), broadcast_to(stop, shape)
    # As NumPy the last value is exactly `stop`.
    values = where(np.equal(steps, 1.0), stop, start + steps * (stop - start)) if endpoint and num > 1 else start + steps * (stop - start)
    values = moveaxis(values, 0, axis)
    values = values if dtype is None else astype_(values, dtype)
    return (values, (stop - start) / parts if parts else np.nan) if retstep else values


@composite(np.logspace)
def logspace(start: Any, stop: Any, num: int = 50, endpoint: bool = True, base: Any = 10.0, dtype: Any = None, axis: int = 0) -> Any:
    """Powers of `base` with exponents in equal steps."""
    start, stop = _ends(start, stop)
    wide = np.broadcast_shapes(np.shape(start), np.shape(stop), np.shape(base))
    values = linspace(broadcast_to(start, wide), stop, num, endpoint, axis=axis)
    values = power(expand_dims(base, axis) if np.ndim(base) else base, values)
    return values if dtype is None else astype_(values, dtype)


@composite(np.geomspace)
def geomspace(start: Any, stop: Any, num: int = 50, endpoint: bool = True, dtype: Any = None, axis: int = 0) -> Any:
    """`num` values in equal ratios from start to stop, which have one sign."""
    start, stop = _ends(start, stop)
    sign = np.sign(array_of(start).real)
    if np.any(sign * np.sign(array_of(stop).real) <= 0):
        raise ValueError("geomspace goes between numbers of one sign, neither of them 0")
    values = moveaxis(exp(linspace(log(start * sign), log(stop * sign), num, endpoint)) * sign, 0, axis)
    return values if dtype is None else astype_(values, dtype)


# -------------------------------------------------------------------------------------------------------------- blocks


def _depth(arrays: Any) -> int:
    """How deep the lists are nested; all equally."""
    depth = 0
    while isinstance(arrays, list):
        depth, arrays = depth + 1, arrays[0]
    return depth


@composite(np.block)
def block(arrays: Any) -> Any:
    """Nested lists of arrays joined along the last axes, the innermost list along the last, as np.block."""
    return _joined(arrays, _depth(arrays), _widest(arrays))


def _widest(arrays: Any) -> int:
    return max(_widest(item) for item in arrays) if isinstance(arrays, list) else np.ndim(arrays)


def _joined(arrays: Any, depth: int, widest: int) -> Any:
    if not isinstance(arrays, list):
        if depth:
            raise ValueError("block: lists are nested to one depth everywhere")
        return arrays
    ndim = max(widest, depth) if depth else widest
    parts = [_with_axes(_joined(item, depth - 1, widest), max(ndim, 1)) for item in arrays]
    return concatenate(parts, -depth)


def _with_axes(a: Any, ndim: int) -> Any:
    return reshape(a, (1,) * (ndim - np.ndim(a)) + np.shape(a)) if np.ndim(a) < ndim else a


@composite(np.choose)
def choose(a: Any, choices: Sequence[Any], mode: str = "raise") -> Any:
    """At each place the value of the choice that `a` names, all broadcast together."""
    index, number = array_of(a), len(choices)
    if mode == "raise" and index.size and (index.min() < 0 or index.max() >= number):
        raise ValueError(f"choose: choices are numbered 0 to {number - 1}, given {index.min()} to {index.max()}")
    index = np.clip(index, 0, number - 1) if mode == "clip" else index % number
    shape = np.broadcast_shapes(index.shape, *[np.shape(choice) for choice in choices])
    whole = stack([broadcast_to(choice, shape) for choice in choices])
    return take_along_axis(whole, np.broadcast_to(index, shape)[None], 0)[0]


@composite(np.extract)
def extract(condition: Any, arr: Any) -> Any:
    """The values where the condition holds, both flattened."""
    return take(reshape(arr, (-1,)), np.flatnonzero(array_of(condition)))


@composite(np.resize)
def resize(a: Any, new_shape: Any) -> Any:
    """The values again and again until they fill the new shape."""
    shape = (new_shape,) if np.ndim(new_shape) == 0 else tuple(new_shape)
    if not np.size(a):
        return np.zeros(shape, np.result_type(a))
    return reshape(take(reshape(a, (-1,)), np.arange(math.prod(shape)) % max(np.size(a), 1)), shape)


@composite(np.partition)
def partition(a: Any, kth: Any, axis: int | None = -1, kind: Any = "introselect", order: None = None) -> Any:
    """Values in an order that puts those at `kth` where sorting would; each keeps its own gradient."""
    if axis is None:
        a, axis = reshape(a, (-1,)), 0
    return take_along_axis(a, np.argpartition(array_of(a), kth, axis, kind, order), axis)


@composite(np.lib.stride_tricks.sliding_window_view)
def sliding_window_view(x: Any, window_shape: Any, axis: Any = None) -> Any:
    """All windows of a shape, the windows' own axes last, as NumPy's function in lib.stride_tricks."""
    numbers = np.arange(np.size(x)).reshape(np.shape(x))
    return take(reshape(x, (-1,)), np.lib.stride_tricks.sliding_window_view(numbers, window_shape, axis))


def _turned(x: Any, axes: Any, back: bool) -> Any:
    """Each axis moved round by half its size."""
    which = tuple(range(np.ndim(x))) if axes is None else tuple(np.atleast_1d(axes).tolist())
    half = [np.shape(x)[axis] // 2 for axis in which]
    return roll(x, tuple(-n for n in half) if back else tuple(half), which)


@composite(np.fft.fftshift)
def fftshift(x: Any, axes: Any = None) -> Any:
    """Each axis moved round by half its size, as np.fft.fftshift."""
    return _turned(x, axes, back=False)


@composite(np.fft.ifftshift)
def ifftshift(x: Any, axes: Any = None) -> Any:
    """fftshift undone."""
    return _turned(x, axes, back=True)


# ------------------------------------------------------------------------------------------------------ functions by row


@composite(np.apply_along_axis)
def apply_along_axis(func1d: Callable[..., Any], axis: int, arr: Any, *args: Any, **kwargs: Any) -> Any:
    """`func1d` of every row along `axis`, the results in the row's place."""
    axis = normalize_axis_index(axis, np.ndim(arr))
    moved = moveaxis(arr, axis, -1)
    rest = np.shape(moved)[:-1]
    found = [atleast_1d(func1d(row, *args, **kwargs)) for row in reshape(moved, (math.prod(rest), np.shape(moved)[-1]))]
    one = np.shape(func1d(array_of(moved)[(0,) * len(rest)], *args, **kwargs)) if math.prod(rest) else ()
    whole = reshape(stack(found), (*rest, *(one or (1,))))
    return moveaxis(whole, tuple(range(len(rest), np.ndim(whole))), tuple(range(axis, axis + max(len(one), 1)))) if one else whole[..., 0]


@composite(np.piecewise)
def piecewise(x: Any, condlist: Any, funclist: Sequence[Any], *args: Any, **kwargs: Any) -> Any:
    """For each condition its function's value (or its number); the last condition that holds counts, and a spare function elsewhere."""
    conditions = [array_of(c) for c in (condlist if isinstance(condlist, (list, tuple)) and np.ndim(condlist[0]) else [condlist])]
    if len(funclist) not in (len(conditions), len(conditions) + 1):
        raise ValueError(f"piecewise: {len(conditions)} conditions take as many functions, or one more; given {len(funclist)}")
    result: Any = np.zeros(np.shape(x), np.result_type(x))
    if len(funclist) > len(conditions):
        conditions, funclist = [~np.any(conditions, axis=0), *conditions], [funclist[-1], *funclist[:-1]]
    for condition, function in zip(conditions, funclist, strict=True):
        value = function(get(x, condition), *args, **kwargs) if callable(function) else function
        filled = np.zeros(np.shape(x), np.intp)
        filled[condition] = np.arange(np.sum(condition))
        spread = take(value, filled) if np.ndim(value) and np.size(value) else value
        result = where(condition, spread, result) if np.any(condition) else result
    return result


@composite(np.apply_over_axes)
def apply_over_axes(func: Callable[..., Any], a: Any, axes: Any) -> Any:
    """`func(a, axis)` for one axis after the other, reduced axes kept with size 1."""
    for axis in axes if np.ndim(axes) else (axes,):
        found = func(a, axis)
        a = found if np.ndim(found) == np.ndim(a) else expand_dims(found, axis)
    return a


# --------------------------------------------------------------------------------------------------------- polynomials


def _of_length(p: Any, n: int) -> Any:
    p = atleast_1d(arrayed(p))
    return concatenate([np.zeros(n - np.shape(p)[0], np.result_type(p)), p]) if np.shape(p)[0] < n else p


def _both(a1: Any, a2: Any) -> tuple[Any, Any]:
    n = max(np.size(a1), np.size(a2))
    return _of_length(a1, n), _of_length(a2, n)


@composite(np.polyval)
def polyval(p: Any, x: Any) -> Any:
    """A polynomial with coefficients p, highest power first."""
    p, x = arrayed(p), arrayed(x)
    result: Any = np.zeros(np.shape(x), np.result_type(p, x))
    for i in range(np.shape(p)[0]):
        result = result * x + p[i]
    return result


@composite(np.polyadd)
def polyadd(a1: Any, a2: Any) -> Any:
    """The sum of two polynomials."""
    first, second = _both(a1, a2)
    return first + second


@composite(np.polysub)
def polysub(a1: Any, a2: Any) -> Any:
    """The difference of two polynomials."""
    first, second = _both(a1, a2)
    return first - second


@composite(np.polymul)
def polymul(a1: Any, a2: Any) -> Any:
    """The product of two polynomials."""
    return convolve(atleast_1d(a1), atleast_1d(a2))


@composite(np.polyder)
def polyder(p: Any, m: int = 1) -> Any:
    """The coefficients of the m-th derivative."""
    if m < 0:
        raise ValueError(f"polyder: the order of a derivative is not negative, given {m}")
    p = arrayed(p)
    for _ in range(m):
        n = np.shape(p)[0]
        p = p[:-1] * np.arange(n - 1, 0, -1).astype(np.result_type(p))
    return p


@composite(np.polyint)
def polyint(p: Any, m: int = 1, k: Any = None) -> Any:
    """The coefficients of the m-th integral; `k` are its constants, one or m of them, 0 by default."""
    if m < 0:
        raise ValueError(f"polyint: the order of an integral is not negative, given {m}")
    p = as_floats(p)
    constants = astype_(atleast_1d(0.0 if k is None else k), p.dtype)
    if np.shape(constants) not in ((1,), (m,)):
        raise ValueError(f"polyint: k is one constant or {m}, given shape {np.shape(constants)}")
    for constant in broadcast_to(constants, (m,)):
        n = np.shape(p)[0]
        p = concatenate([p / np.arange(n, 0, -1).astype(p.dtype), reshape(constant, (1,))])
    return p


@composite(np.poly)
def poly(seq_of_zeros: Any) -> Any:
    """The coefficients of the polynomial with the given zeros."""
    seq_of_zeros = as_floats(seq_of_zeros)
    if np.ndim(seq_of_zeros) != 1:
        raise ValueError(f"poly takes a row of zeros, given shape {np.shape(seq_of_zeros)}; of a matrix take eigvalsh first")
    found: Any = np.ones(1, np.result_type(seq_of_zeros))
    for zero in seq_of_zeros:
        found = concatenate([found, np.zeros(1, found.dtype)]) - concatenate([np.zeros(1, found.dtype), found]) * zero
    return found


@composite(np.polyfit)
def polyfit(x: Any, y: Any, deg: int, rcond: float | None = None, *, w: Any = None) -> Any:
    """The coefficients of the polynomial of degree `deg` that is nearest y at x (weighted by w), highest power first."""
    columns = vander(x, deg + 1)
    rcond = np.shape(x)[0] * float(np.finfo(np.result_type(columns)).eps) if rcond is None else rcond
    if w is not None:
        columns, y = columns * expand_dims(w, -1), y * (expand_dims(w, -1) if np.ndim(y) > 1 else w)
    scale = sqrt(sum_(columns * columns, axis=0))
    found = lstsq(columns / scale, y, rcond)[0]
    return found / (expand_dims(scale, -1) if np.ndim(y) > 1 else scale)


# --------------------------------------------------------------------------------------- NumPy's other names for things


@composite(np.frexp)
def frexp(x: Any) -> tuple[Any, Any]:
    """Mantissa and exponent: x = mantissa · 2^exponent; the exponent is flat, and plain integers."""
    exponent = np.frexp(array_of(x))[1]
    return ldexp(x, -exponent), exponent


@composite(np.astype)
def astype(x: Any, dtype: Any, /, *, copy: bool = True) -> Any:
    """`x` in another dtype; between floating dtypes the gradient passes."""
    return astype_(x, dtype, copy)


@composite(np.real, np.conjugate, np.real_if_close)
def real(val: Any) -> Any:
    """Real numbers, as they are."""
    return positive(val)


@composite(np.imag)
def imag(val: Any) -> Any:
    """0: tensors that record are real."""
    return where(False, val, 0)


@composite(np.linalg.diagonal)
def last_diagonal(x: Any, /, *, offset: int = 0) -> Any:
    """The diagonals of the last two axes (np.linalg.diagonal)."""
    return diagonal(x, offset, -2, -1)


@composite(np.linalg.trace)
def last_trace(x: Any, /, *, offset: int = 0, dtype: Any = None) -> Any:
    """The sums of the diagonals of the last two axes (np.linalg.trace)."""
    return trace(x, offset, -2, -1, dtype)

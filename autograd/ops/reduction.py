"""Sums, products, means, extrema and what is cumulative along an axis."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_tuple

from autograd.declare import op
from autograd.ops.arithmetic import ANY, NOT_ZERO

Axis = Any  # None, an int, or a tuple of ints


def axes(axis: Axis, ndim: int) -> tuple[int, ...]:
    """`axis` as a tuple of non-negative numbers."""
    if axis is None:
        return tuple(range(ndim))
    return tuple(n % ndim if ndim else n for n in (axis if isinstance(axis, (tuple, list)) else (axis,)))


def real_axes(axis: Axis, ndim: int) -> tuple[int, ...]:
    """The same, refusing an axis that is not there or is named twice; for what does not ask NumPy first."""
    return tuple(range(ndim)) if axis is None else tuple(normalize_axis_tuple(axis, ndim))


def kept(g: Any, ndim: int, axis: Axis, keepdims: bool) -> Any:
    """Give a reduced array its reduced axes back, with size 1."""
    return g if keepdims or not ndim else np.expand_dims(g, axes(axis, ndim))


SMALL = 4096  # up to here filling an array is quicker than the making of a broadcast view


def spread(g: Any, shape: tuple[int, ...], axis: Axis, keepdims: bool) -> Any:
    """The adjoint of a sum: repeat g along the reduced axes."""
    if isinstance(g, (float, np.generic)) and math.prod(shape) <= SMALL:
        return np.full(shape, g)
    return np.broadcast_to(kept(g, len(shape), axis, keepdims), shape)


def count(shape: tuple[int, ...], axis: Axis) -> int:
    """How many numbers each result of a reduction is made of."""
    return math.prod(shape) if axis is None else math.prod([shape[n] for n in axes(axis, len(shape))])


def _no_integers(a: Any, dtype: Any) -> None:
    """A sum of floats as whole numbers would be rounded and have no gradient."""
    if dtype is not None and np.dtype(dtype).kind not in "fc" and getattr(a, "dtype", np.dtype(float)).kind == "f":
        raise TypeError(f"dtype={np.dtype(dtype)} of a reduction of floats: write .astype({np.dtype(dtype)}) before or after it")


def _start(initial: Any) -> dict[str, Any]:
    """NumPy's `initial` is left out where it is not given."""
    return {} if initial is None else {"initial": initial}


def _sum(a: Any, axis: Axis = None, dtype: Any = None, keepdims: bool = False, where: Any = True, initial: Any = None) -> Any:
    if dtype is not None:
        _no_integers(a, dtype)
    if initial is None:
        return np.sum(a, axis=axis, dtype=dtype, keepdims=keepdims, where=where)
    return np.sum(a, axis=axis, dtype=dtype, keepdims=keepdims, where=where, initial=initial)


def _sum_back(g: Any, a_shape: Any, axis: Axis, keepdims: bool, where: Any) -> Any:
    wide = spread(g, a_shape, axis, keepdims)
    return wide if where is True else np.where(where, wide, 0.0)


sum = op(_sum, name="sum", numpy=(np.sum,), domain=ANY, tags=("linear", "reduction"), symbol="Σ {a}", a=_sum_back,
         doc="The sum over `axis` (all axes by default), as np.sum.")


def _mean(a: Any, axis: Axis = None, dtype: Any = None, keepdims: bool = False, where: Any = True) -> Any:
    if axis is None and dtype is None and not keepdims and where is True and type(a) is np.ndarray and a.size and a.dtype.char in "fd":
        return np.add.reduce(a, axis=None) / a.dtype.type(a.size)  # what np.mean does, in a third of its time
    if dtype is not None:
        _no_integers(a, dtype)
    return np.mean(a, axis=axis, dtype=dtype, keepdims=keepdims, where=where)


def _number(shape: tuple[int, ...], axis: Axis, where: Any) -> Any:
    """How many values each result is made of: one number, or, under a mask, an array with the reduced axes kept."""
    return count(shape, axis) if where is True else np.sum(np.broadcast_to(where, shape), axis=axis, keepdims=True)


def _mean_back(g: Any, a_shape: Any, axis: Axis, keepdims: bool, where: Any) -> Any:
    if where is True:
        return spread(g * (1.0 / (count(a_shape, axis) or 1)), a_shape, axis, keepdims)
    number = np.maximum(_number(a_shape, axis, where), 1)
    share = (1.0 / number).astype(getattr(g, "dtype", float))
    return np.where(where, spread(g, a_shape, axis, keepdims) * share, 0.0)


mean = op(_mean, name="mean", numpy=(np.mean,), domain=ANY, tags=("linear", "reduction"), symbol="mean {a}", a=_mean_back,
          doc="The mean over `axis`, as np.mean.")


def _centred(a: Any, axis: Axis, where: Any) -> Any:
    """a less its mean, 0 where the mask does not hold."""
    away = a - np.mean(a, axis=axis, keepdims=True, where=where)
    return away if where is True else np.where(where, away, 0.0)


def _freedom(shape: Any, axis: Axis, ddof: float, correction: Any, where: Any, dtype: Any) -> Any:
    """1 / (n - ddof), NaN where nothing is left to divide by."""
    left = _number(shape, axis, where) - (ddof if correction is None else correction)
    if where is not True:
        return np.where(left > 0, 1.0 / np.where(left > 0, left, 1.0), np.nan).astype(dtype)
    return 1.0 / left if left > 0 else float("nan")


def _var(
    a: Any, axis: Axis = None, dtype: Any = None, ddof: float = 0, keepdims: bool = False, *,
    where: Any = True, correction: Any = None,
) -> Any:  # fmt: skip
    if correction is not None and ddof:
        raise ValueError(f"ddof and correction are the same and cannot both be given: {ddof} and {correction}")
    if np.iscomplexobj(a):  # the analytic continuation, for the complex step; NumPy's takes absolute values
        away = _centred(a, axis, where)
        squares = np.sum(away * away, axis=axis, keepdims=True) * _freedom(np.shape(a), axis, ddof, correction, where, a.dtype)
        return squares if keepdims else np.squeeze(squares, axis=axes(axis, np.ndim(a)))
    return np.var(a, axis=axis, dtype=dtype, ddof=ddof if correction is None else correction, keepdims=keepdims, where=where)


def _var_back(g: Any, a: Any, a_shape: Any, axis: Axis, ddof: float, keepdims: bool, where: Any, correction: Any) -> Any:
    scale = _freedom(a_shape, axis, ddof, correction, where, np.result_type(a))
    return kept(g, len(a_shape), axis, keepdims) * _centred(a, axis, where) * (2.0 * scale)


var = op(_var, name="var", numpy=(np.var,), domain=ANY, tags=("reduction",), a=_var_back, doc="The variance, as np.var.")


def _std(
    a: Any, axis: Axis = None, dtype: Any = None, ddof: float = 0, keepdims: bool = False, *,
    where: Any = True, correction: Any = None,
) -> Any:  # fmt: skip
    if np.iscomplexobj(a):
        return np.sqrt(_var(a, axis, dtype, ddof, keepdims, where=where, correction=correction))
    if correction is not None and ddof:
        raise ValueError(f"ddof and correction are the same and cannot both be given: {ddof} and {correction}")
    return np.std(a, axis=axis, dtype=dtype, ddof=ddof if correction is None else correction, keepdims=keepdims, where=where)


def _std_back(g: Any, a: Any, out: Any, a_shape: Any, axis: Axis, ddof: float, keepdims: bool, where: Any, correction: Any) -> Any:
    """(a - mean) / ((n - ddof)·std), and the subgradient 0 where the values are equal."""
    wide = kept(out, len(a_shape), axis, keepdims)
    flat = np.equal(wide, 0)
    scale = np.where(flat, 0.0, kept(g, len(a_shape), axis, keepdims)) / np.where(flat, 1.0, wide)
    return scale * _centred(a, axis, where) * _freedom(a_shape, axis, ddof, correction, where, np.result_type(a))


std = op(_std, name="std", numpy=(np.std,), domain=ANY, tags=("reduction",), kinks="equal values: 0", a=_std_back,
         doc="The standard deviation, as np.std.")


def _same(a: Any, best: Any) -> Any:
    return np.logical_or(np.equal(a, best), np.logical_and(np.isnan(a), np.isnan(best)))


def _extreme_back(g: Any, a: Any, out: Any, axis: Axis, keepdims: bool, initial: Any, where: Any) -> Any:
    """Every place that holds the extreme value gets an even share; `initial` takes its own where it is that value."""
    ndim = np.ndim(a)
    wide = kept(out, ndim, axis, keepdims)
    ties = _same(a, wide) if where is True else np.logical_and(_same(a, wide), where)
    number = np.sum(ties, axis=axis, keepdims=True)
    number = number if initial is None else number + _same(initial, wide)
    return np.where(ties, kept(g, ndim, axis, keepdims), 0.0) / number.astype(out.dtype if hasattr(out, "dtype") else float)


def _max(a: Any, axis: Axis = None, keepdims: bool = False, initial: Any = None, where: Any = True) -> Any:
    return np.max(a, axis=axis, keepdims=keepdims, where=where, **_start(initial))


def _min(a: Any, axis: Axis = None, keepdims: bool = False, initial: Any = None, where: Any = True) -> Any:
    return np.min(a, axis=axis, keepdims=keepdims, where=where, **_start(initial))


SHARED = "ties: the gradient is shared evenly"
max = op(_max, name="max", numpy=(np.max, np.amax), domain=ANY, analytic=False, kinks=SHARED, tags=("reduction", "choice"),
         a=_extreme_back, doc="The largest value over `axis`; equal values share the gradient evenly.")
min = op(_min, name="min", numpy=(np.min, np.amin), domain=ANY, analytic=False, kinks=SHARED, tags=("reduction", "choice"),
         a=_extreme_back, doc="The smallest value over `axis`; equal values share the gradient evenly.")
amax, amin = max, min


def _last(a: Any, axis: Axis) -> Any:
    """The reduced axes moved last and made one."""
    if not np.ndim(a):
        return np.reshape(a, (1,))
    which = axes(axis, np.ndim(a))
    moved = np.moveaxis(a, which, range(-len(which), 0))
    return np.reshape(moved, moved.shape[: moved.ndim - len(which)] + (count(a.shape, axis),))


def _unlast(flat: Any, shape: tuple[int, ...], axis: Axis) -> Any:
    which = axes(axis, len(shape))
    rest = tuple(n for i, n in enumerate(shape) if i not in which)
    return np.moveaxis(np.reshape(flat, rest + tuple(shape[i] for i in which)), range(len(rest), len(shape)), which)


def _shifted(a: Any) -> Any:
    """The product of all values before each one, along the last axis."""
    ones = np.ones(a.shape[:-1] + (1,), a.dtype)
    return np.cumprod(np.concatenate([ones, a[..., :-1]], axis=-1), axis=-1)


def others(a: Any) -> Any:
    """The product of all values but each one, along the last axis: no division, so zeros are harmless."""
    if not a.shape[-1]:
        return a
    return _shifted(a) * np.flip(_shifted(np.flip(a, -1)), -1)


def _prod(a: Any, axis: Axis = None, dtype: Any = None, keepdims: bool = False, initial: Any = None, where: Any = True) -> Any:
    _no_integers(a, dtype)
    return np.prod(a, axis=axis, dtype=dtype, keepdims=keepdims, where=where, **_start(initial))


def _prod_back(g: Any, a: Any, a_shape: Any, axis: Axis, keepdims: bool, initial: Any, where: Any) -> Any:
    """The product of all others; what the mask leaves out is 1 and gets nothing."""
    wide = kept(g if initial is None else g * initial, len(a_shape), axis, keepdims)
    if not a_shape:
        return np.where(where, wide, 0.0)
    if where is True:
        return wide * _unlast(others(_last(a, axis)), a_shape, axis)
    return np.where(where, wide * _unlast(others(_last(np.where(where, a, 1.0), axis)), a_shape, axis), 0.0)


prod = op(_prod, name="prod", numpy=(np.prod,), domain=NOT_ZERO, tags=("reduction",), a=_prod_back,
          doc="The product over `axis`; its gradient is exact with any number of zeros.")


def _cumsum(a: Any, axis: int | None = None, dtype: Any = None) -> Any:
    _no_integers(a, dtype)
    return np.cumsum(a, axis=axis, dtype=dtype)


def _cumsum_back(g: Any, a_shape: Any, axis: int | None) -> Any:
    along = 0 if axis is None else axis
    return np.reshape(np.flip(np.cumsum(np.flip(g, along), axis=along), along), a_shape)


cumsum = op(_cumsum, name="cumsum", numpy=(np.cumsum,), domain=ANY, tags=("linear",), a=_cumsum_back,
            doc="The running sum along `axis` (of the flattened array by default).")


def _cumprod(a: Any, axis: int | None = None, dtype: Any = None) -> Any:
    _no_integers(a, dtype)
    return np.cumprod(a, axis=axis, dtype=dtype)


def _tail_sums(g: Any, a: Any) -> Any:
    """S_k = g_k + a_(k+1)·S_(k+1): what the later products pass back, without dividing."""
    sums = [g[..., -1]]
    for k in range(g.shape[-1] - 2, -1, -1):
        sums.append(g[..., k] + a[..., k + 1] * sums[-1])
    return np.stack(sums[::-1], axis=-1)


def _cumprod_back(g: Any, a: Any, a_shape: Any, axis: int | None) -> Any:
    if not math.prod(a_shape):
        return np.reshape(g, a_shape)
    flat = np.reshape(a, (-1,)) if axis is None or not a_shape else np.moveaxis(a, axis, -1)
    along = g if axis is None else np.moveaxis(g, axis, -1)
    back = _shifted(flat) * _tail_sums(along, flat)
    return np.reshape(back, a_shape) if axis is None else np.moveaxis(back, -1, axis)


cumprod = op(_cumprod, name="cumprod", numpy=(np.cumprod,), domain=NOT_ZERO, a=_cumprod_back,
             doc="The running product along `axis`; its gradient is exact with zeros.")


def floating(a: Any) -> Any:
    """Whole numbers as floats: an exponential has no other kind of values, and -inf is below them all."""
    return a if getattr(a, "dtype", np.dtype(int)).kind in "fc" else np.asarray(a, float)


def _logsumexp(a: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    a, axis = floating(a), axis if np.ndim(a) else None
    top = np.max(a.real if np.iscomplexobj(a) else a, axis=axis, keepdims=True, initial=-np.inf)
    top = np.where(np.isfinite(top), top, np.zeros_like(top))
    with np.errstate(divide="ignore"):
        out = np.log(np.sum(np.exp(a - top), axis=axis, keepdims=True)) + top
    return out if keepdims else np.squeeze(out, axis=axes(axis, np.ndim(a)))


def _logsumexp_back(g: Any, a: Any, out: Any, axis: Axis, keepdims: bool) -> Any:
    """g·softmax(a); a row of -inf alone has no weight to give."""
    wide = kept(out, np.ndim(a), axis, keepdims)
    certain = np.logical_and(np.equal(a, wide), np.isinf(a))
    safe = np.logical_or(certain, np.isneginf(wide))
    weight = np.exp(np.where(safe, 0.0, a) - np.where(safe, 0.0, wide))
    weight = np.where(np.logical_and(safe, np.less(a, 0)), 0.0, weight)
    return kept(g, np.ndim(a), axis, keepdims) * weight


logsumexp = op(_logsumexp, name="logsumexp", domain=ANY, tags=("reduction",), a=_logsumexp_back,
               doc="log(sum(exp(a))) over `axis`, without overflow; -inf for rows of -inf.")

"""NumPy's nan family: NaN marks what is missing, takes no part in the result, and gets the gradient 0."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd.declare import composite
from autograd.ops.arithmetic import sqrt
from autograd.ops.ordering import _quantiles
from autograd.ops.reduction import cumprod, cumsum, max, mean, min, prod, sum
from autograd.ops.selection import where as where_
from autograd.ops.shape import astype
from autograd.tensor import arrayed


def _holed(a: Any, where: Any) -> Any:
    """What NumPy's mask leaves out is missing as well."""
    return arrayed(a) if where is True else where_(where, a, np.nan)


def _filled(a: Any, value: float, where: Any = True) -> Any:
    """`value`, a whole number for those of whole numbers, in the place of what is missing."""
    there = ~np.isnan(a)
    return where_(there if where is True else np.logical_and(there, where), a, value)


def _number(a: Any, axis: Any, keepdims: bool) -> Any:
    """How many values are not missing, in a's dtype."""
    dtype = np.result_type(a)
    return np.asarray(np.sum(~np.isnan(a), axis=axis, keepdims=keepdims)).astype(dtype if dtype.kind == "f" else float)


@composite(np.nansum)
def nansum(a: Any, axis: Any = None, dtype: Any = None, keepdims: bool = False, initial: Any = None, where: Any = True) -> Any:
    """The sum with NaN taken as 0."""
    return sum(_filled(a, 0, where), axis=axis, dtype=dtype, keepdims=keepdims, initial=initial)


@composite(np.nanprod)
def nanprod(a: Any, axis: Any = None, dtype: Any = None, keepdims: bool = False, initial: Any = None, where: Any = True) -> Any:
    """The product with NaN taken as 1."""
    return prod(_filled(a, 1, where), axis=axis, dtype=dtype, keepdims=keepdims, initial=initial)


@composite(np.nancumsum)
def nancumsum(a: Any, axis: int | None = None, dtype: Any = None) -> Any:
    """The running sum with NaN taken as 0."""
    return cumsum(_filled(a, 0), axis, dtype)


@composite(np.nancumprod)
def nancumprod(a: Any, axis: int | None = None, dtype: Any = None) -> Any:
    """The running product with NaN taken as 1."""
    return cumprod(_filled(a, 1), axis, dtype)


@composite(np.nanmean)
def nanmean(a: Any, axis: Any = None, dtype: Any = None, keepdims: bool = False, *, where: Any = True) -> Any:
    """The mean of what is not NaN."""
    a = _holed(a, where)
    return nansum(a, axis, dtype, keepdims) / _number(a, axis, keepdims)


def _best(a: Any, axis: Any, keepdims: bool, reduce: Any, worst: float, initial: Any) -> Any:
    """The extreme of what is there, NaN where nothing is."""
    if a.dtype.kind != "f":
        return reduce(a, axis=axis, keepdims=keepdims, initial=initial)
    nothing = np.all(np.isnan(a), axis=axis, keepdims=keepdims) if initial is None else False
    return where_(nothing, np.nan, reduce(_filled(a, worst), axis=axis, keepdims=keepdims, initial=initial))


@composite(np.nanmax)
def nanmax(a: Any, axis: Any = None, keepdims: bool = False, initial: Any = None, where: Any = True) -> Any:
    """The largest value that is not NaN; ties share the gradient evenly."""
    return _best(_holed(a, where), axis, keepdims, max, -np.inf, initial)


@composite(np.nanmin)
def nanmin(a: Any, axis: Any = None, keepdims: bool = False, initial: Any = None, where: Any = True) -> Any:
    """The smallest value that is not NaN; ties share the gradient evenly."""
    return _best(_holed(a, where), axis, keepdims, min, np.inf, initial)


@composite(np.nanvar)
def nanvar(
    a: Any, axis: Any = None, dtype: Any = None, ddof: float = 0, keepdims: bool = False, *,
    where: Any = True, correction: float | None = None,
) -> Any:  # fmt: skip
    """The variance of what is not NaN."""
    a = _holed(a if dtype is None else astype(a, dtype), where)
    number = _number(a, axis, True)
    middle = sum(_filled(a, 0.0), axis=axis, keepdims=True) / np.where(number > 0, number, 1.0)
    away = where_(np.isnan(a), 0.0, a - middle)
    left = _number(a, axis, keepdims) - (ddof if correction is None else correction)
    return sum(away * away, axis=axis, keepdims=keepdims) / np.where(left > 0, left, np.nan)


@composite(np.nanstd)
def nanstd(
    a: Any, axis: Any = None, dtype: Any = None, ddof: float = 0, keepdims: bool = False, *,
    where: Any = True, correction: float | None = None,
) -> Any:  # fmt: skip
    """The standard deviation of what is not NaN; equal values have the subgradient 0."""
    variance = nanvar(a, axis, dtype, ddof, keepdims, where=where, correction=correction)
    flat = np.equal(variance, 0)
    return where_(flat, 0.0, sqrt(where_(flat, 1.0, variance)))


@composite(np.nanquantile)
def nanquantile(a: Any, q: Any, axis: Any = None, keepdims: bool = False, method: str = "linear") -> Any:
    """Quantiles of what is not NaN; equal values share the gradient evenly."""
    return _quantiles(a, q, axis, keepdims, method, skip=True)


@composite(np.nanpercentile)
def nanpercentile(a: Any, q: Any, axis: Any = None, keepdims: bool = False, method: str = "linear") -> Any:
    """Quantiles in percent of what is not NaN; equal values share the gradient evenly."""
    return _quantiles(a, np.asarray(q) / 100.0, axis, keepdims, method, skip=True)


@composite(np.nanmedian)
def nanmedian(a: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """The middle of what is not NaN; equal values share the gradient evenly."""
    return nanquantile(a, 0.5, axis, keepdims) if np.size(a) else mean(a, axis, keepdims=keepdims)

"""Averages with weights, spans, covariances."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd.declare import composite
from autograd.ops.arithmetic import divide, sqrt
from autograd.ops.linear_algebra import diagonal, matmul
from autograd.ops.reduction import max, mean, min, real_axes, sum
from autograd.ops.selection import clip
from autograd.ops.shape import astype, broadcast_to, concatenate, expand_dims, reshape, swapaxes
from autograd.tensor import arrayed


@composite(np.ptp)
def ptp(a: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """Largest minus smallest; equal values share the gradient evenly."""
    return max(a, axis, keepdims) - min(a, axis, keepdims)


@composite(np.average)
def average(a: Any, axis: Any = None, weights: Any = None, returned: bool = False, *, keepdims: bool = False) -> Any:
    """The weighted mean, and, with `returned`, the sum of the weights beside it."""
    a = arrayed(a)
    if weights is None:
        found = mean(a, axis=axis, keepdims=keepdims)
        number = np.full(np.shape(found), np.size(a) / (np.size(found) or 1), found.dtype)
        return (found, number) if returned else found
    weights = weights if np.shape(weights) == np.shape(a) else _spread(weights, np.shape(a), axis)
    weighted = a * weights
    total = sum(broadcast_to(weights, np.shape(a)), axis=axis, dtype=np.result_type(weighted, np.float16), keepdims=keepdims)
    if np.any(np.equal(total, 0)):
        raise ZeroDivisionError(f"average: the weights sum to 0, so there is no mean of {np.shape(a)} along axis {axis}")
    found = sum(weighted, axis=axis, keepdims=keepdims) / total
    return (found, total) if returned else found


def _spread(weights: Any, shape: tuple[int, ...], axis: Any) -> Any:
    """Weights for some axes, shaped to meet them; nothing else is broadcast."""
    if axis is None:
        raise TypeError(f"average: weights {np.shape(weights)} for an array {shape} need an axis")
    which = real_axes(axis, len(shape))
    if np.shape(weights) != tuple(shape[i] for i in which):
        raise ValueError(f"average: weights {np.shape(weights)} do not fit axis {axis} of {shape}")
    return reshape(weights, tuple(n if i in which else 1 for i, n in enumerate(shape)))


def _observed(m: Any, y: Any, rowvar: bool) -> Any:
    """Variables as rows."""
    rows = [reshape(part, (1, -1)) if np.ndim(part) < 2 else arrayed(part) for part in (m, y) if part is not None]
    if any(np.ndim(part) > 2 for part in rows):
        raise ValueError(f"cov takes at most two axes, given {[np.shape(part) for part in rows]}")
    turned = [swapaxes(part, 0, 1) if not rowvar and np.ndim(given) > 1 else part for part, given in zip(rows, (m, y), strict=False)]
    return concatenate(turned, 0) if len(turned) > 1 else turned[0]


def _counts(fweights: Any, aweights: Any, observations: int, dtype: Any) -> Any:
    """How much each observation counts."""
    frequency = np.ones(observations, dtype) if fweights is None else np.asarray(fweights)
    if frequency.shape != (observations,) or (fweights is not None and (np.any(frequency < 0) or np.any(frequency != np.round(frequency)))):
        raise ValueError(f"cov: fweights are {observations} whole numbers that are not negative, given {fweights}")
    if aweights is not None and (np.shape(aweights) != (observations,) or np.any(np.less(aweights, 0))):
        raise ValueError(f"cov: aweights are {observations} numbers that are not negative, given {aweights}")
    return frequency.astype(dtype) if aweights is None else frequency.astype(dtype) * aweights


@composite(np.cov)
def cov(
    m: Any, y: Any = None, rowvar: bool = True, bias: bool = False, ddof: int | None = None, fweights: Any = None, aweights: Any = None,
    *, dtype: Any = None, correction: int | None = None,
) -> Any:  # fmt: skip
    """The covariances of variables, as np.cov; `correction` is PyTorch's name for `ddof`."""
    x = _observed(m, y, rowvar) if dtype is None else astype(_observed(m, y, rowvar), dtype)
    ddof = ddof if correction is None else correction
    ddof = (0 if bias else 1) if ddof is None else ddof
    weights = _counts(fweights, aweights, np.shape(x)[1], np.result_type(x))
    total = sum(weights)
    away = x - sum(x * weights, axis=1, keepdims=True) / total
    lost = ddof if aweights is None or not ddof else ddof * sum(weights * aweights) / total
    left = total - lost
    found = divide(matmul(away * weights, swapaxes(away, 0, 1)), clip(left, 0.0))  # as a function: NumPy's infinity at 0 degrees of freedom
    return reshape(found, ()) if np.shape(found) == (1, 1) else found


@composite(np.corrcoef)
def corrcoef(x: Any, y: Any = None, rowvar: bool = True, *, dtype: Any = None) -> Any:
    """The correlations of variables: covariances divided by both deviations, held in [-1, 1]."""
    covariance = cov(x, y, rowvar, dtype=dtype)
    if not np.ndim(covariance):
        return covariance / covariance
    deviation = sqrt(diagonal(covariance))
    return clip(covariance / expand_dims(deviation, 1) / expand_dims(deviation, 0), -1.0, 1.0)

"""Batch normalisation in one operation: the statistics, the normalised values, scale and shift (Ioffe and Szegedy 2015)."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autograd import kernels
from autograd.declare import op


def _batch_norm(x: Any, weight: Any, bias: Any, eps: float = 1e-5) -> Any:
    return kernels.batch_norm(x, weight, bias, eps)


def _by_formula(g: Any, x: Any, mean: Any, var: Any, weight: Any, eps: float) -> tuple[Any, Any, Any]:
    """Section 3 of the paper in operators, for a sweep that is recorded; the kernel is the same, block by block."""
    axes = (0, *range(2, np.ndim(x)))
    mean, var, weight = (np.reshape(v, (1, -1) + (1,) * (np.ndim(x) - 2)) for v in (mean, var, weight))
    inverse = 1.0 / np.sqrt(var + eps)
    normal = (x - mean) * inverse
    by_weight, by_bias = np.sum(g * normal, axis=axes), np.sum(g, axis=axes)
    centred = g - np.mean(g, axis=axes, keepdims=True) - normal * np.mean(g * normal, axis=axes, keepdims=True)
    return weight * inverse * centred, by_weight, by_bias


def _through_statistics(dx: Any, g: Any, x: Any, mean: Any) -> Any:
    """What arrives at the mean and the variance themselves, where somebody used them."""
    _, g_mean, g_var = g.items
    count = math.prod(x.shape) / x.shape[1]
    shape = (1, -1) + (1,) * (np.ndim(x) - 2)
    if g_mean is not None:
        dx = dx + np.reshape(g_mean, shape) * (1.0 / count)
    if g_var is not None:
        dx = dx + np.reshape(g_var, shape) * (x - np.reshape(mean, shape)) * (2.0 / count)
    return dx


def _batch_norm_back(g: Any, x: Any, weight: Any, out: Any, eps: float) -> tuple[Any, Any, Any]:
    y, mean, var = out
    arriving = np.zeros_like(y) if g.items[0] is None else g.items[0]
    arrays = all(isinstance(v, np.ndarray) for v in (arriving, x, mean, weight))
    if arrays:
        dx, by_weight, by_bias = kernels.batch_norm_gradients(arriving, x, mean, var, weight, eps)
    else:
        dx, by_weight, by_bias = _by_formula(arriving, x, mean, var, weight, eps)
    return _through_statistics(dx, g, x, mean), by_weight, by_bias


batch_norm_statistics = op(
    _batch_norm,
    name="batch_norm_statistics",
    outputs=True,
    together=True,
    tags=("norm",),
    symbol="norm({x})",
    analytic=False,
    x=_batch_norm_back,
    weight=_batch_norm_back,
    bias=_batch_norm_back,
    doc="x normalised over all axes but the channels', times weight plus bias; and the batch's mean and variance.",
)

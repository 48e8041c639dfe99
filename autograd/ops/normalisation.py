"""Batch normalisation in one operation: the statistics, the normalised values, scale and shift (Ioffe and Szegedy 2015)."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autograd import kernels
from autograd.declare import op


def _batch_norm(x: Any, weight: Any, bias: Any, eps: float = 1e-5) -> Any:
    return kernels.batch_norm(x, weight, bias, eps)


def _batch_norm_relu(x: Any, weight: Any, bias: Any, eps: float = 1e-5) -> Any:
    return kernels.batch_norm(x, weight, bias, eps, relu=True)


def _by_formula(g: Any, x: Any, weight: Any, bias: Any, eps: float, relu: bool) -> tuple[Any, Any, Any]:
    """Section 3 of the paper in operators, for a sweep that is recorded; the kernel is the same, block by block."""
    axes = (0, *range(2, np.ndim(x)))
    weight, bias = (np.reshape(v, _a_channel(x)) for v in (weight, bias))
    centred = x - np.mean(x, axis=axes, keepdims=True)
    inverse = 1.0 / np.sqrt(np.mean(centred * centred, axis=axes, keepdims=True) + eps)
    normal = centred * inverse
    if relu:
        g = g * (normal * weight + bias > 0)
    by_weight, by_bias = np.sum(g * normal, axis=axes), np.sum(g, axis=axes)
    across = g - np.mean(g, axis=axes, keepdims=True) - normal * np.mean(g * normal, axis=axes, keepdims=True)
    return weight * inverse * across, by_weight, by_bias


def _a_channel(x: Any) -> tuple[int, ...]:
    return (1, -1) + (1,) * (np.ndim(x) - 2)


def _through_statistics(dx: Any, g: Any, x: Any) -> Any:
    """What arrives at the mean and the variance themselves, where somebody used them."""
    _, g_mean, g_var = g.items
    count = math.prod(x.shape) / x.shape[1]
    if g_mean is not None:
        dx = dx + np.reshape(g_mean, _a_channel(x)) * (1.0 / count)
    if g_var is not None:
        centred = x - np.mean(x, axis=(0, *range(2, np.ndim(x))), keepdims=True)
        dx = dx + np.reshape(g_var, _a_channel(x)) * centred * (2.0 / count)
    return dx


def _back(g: Any, x: Any, weight: Any, eps: float, bias: Any = None) -> tuple[Any, Any, Any]:
    """`bias` is asked for by the ReLU alone: where the result was positive."""
    arriving = np.zeros_like(x) if g.items[0] is None else g.items[0]
    arrays = all(isinstance(v, np.ndarray) for v in (arriving, x, weight))
    gradients = kernels.batch_norm_gradients if arrays else _by_formula
    dx, by_weight, by_bias = gradients(arriving, x, weight, weight if bias is None else bias, eps, bias is not None)
    return _through_statistics(dx, g, x), by_weight, by_bias


def _batch_norm_back(g: Any, x: Any, weight: Any, eps: float) -> tuple[Any, Any, Any]:
    return _back(g, x, weight, eps)


def _batch_norm_relu_back(g: Any, x: Any, weight: Any, bias: Any, eps: float) -> tuple[Any, Any, Any]:
    return _back(g, x, weight, eps, bias)


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
batch_norm_relu_statistics = op(
    _batch_norm_relu,
    name="batch_norm_relu_statistics",
    outputs=True,
    together=True,
    tags=("norm", "activation"),
    symbol="relu(norm({x}))",
    analytic=False,
    kinks="0: 0",
    x=_batch_norm_relu_back,
    weight=_batch_norm_relu_back,
    bias=_batch_norm_relu_back,
    doc="The same with a ReLU behind it, in one pass. Only the two of them: a residual sum in between stays a node of its own.",
)

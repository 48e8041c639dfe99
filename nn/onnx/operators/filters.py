"""Convolution, pooling, normalisation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

import autograd
from autograd import kernels
from nn import functional as F
from nn.onnx.operators.elementwise import in_dtype
from nn.onnx.operators.registry import Attributes, is_float, operator, plain

Pairs = list[tuple[int, int]]


def padding_of(attributes: Attributes, size: Sequence[int], kernel: Sequence[int]) -> Pairs:
    """``pads``, or what ``auto_pad`` means for these sizes."""
    axes = len(size)
    strides, dilations = (attributes.get(name) or [1] * axes for name in ("strides", "dilations"))
    how = attributes.get("auto_pad", "NOTSET")
    if how in ("NOTSET", "VALID"):
        pads = attributes.get("pads") if how == "NOTSET" else None
        return [(0, 0)] * axes if pads is None else list(zip(pads[:axes], pads[axes:], strict=True))
    pairs = []
    for n, k, s, d in zip(size, kernel, strides, dilations, strict=True):
        total = max((-(-n // s) - 1) * s + d * (k - 1) + 1 - n, 0)
        less, more = total // 2, total - total // 2
        pairs.append((less, more) if how == "SAME_UPPER" else (more, less))
    return pairs


def biased(out: Any, bias: Any) -> Any:
    return out if bias is None else out + autograd.reshape(bias, (-1,) + (1,) * (out.ndim - 2))


@operator("Conv")
def convolution(attributes: Attributes, x: Any, w: Any, bias: Any = None) -> Any:
    axes = x.ndim - 2
    padding = padding_of(attributes, x.shape[2:], w.shape[2:])
    strides, dilations = (tuple(attributes.get(name) or [1] * axes) for name in ("strides", "dilations"))
    return biased(autograd.conv(x, w, strides, padding, dilations, attributes.get("group", 1)), bias)


@operator("ConvTranspose")
def transposed_convolution(attributes: Attributes, x: Any, w: Any, bias: Any = None) -> Any:
    """The whole of it first, without padding; then what the pads cut off and output_padding adds."""
    axes, groups = x.ndim - 2, attributes.get("group", 1)
    strides, dilations = (tuple(attributes.get(name) or [1] * axes) for name in ("strides", "dilations"))
    full = [(n - 1) * s + d * (k - 1) + 1 for n, s, d, k in zip(x.shape[2:], strides, dilations, w.shape[2:], strict=True)]
    shape = (x.shape[0], w.shape[1] * groups, *full)
    out = autograd.conv_input(x, w, shape, strides, 0, dilations, groups)
    return biased(_trimmed(out, _margins(attributes, full, x.shape[2:], strides)), bias)


def _margins(attributes: Attributes, full: Sequence[int], size: Sequence[int], strides: Sequence[int]) -> Pairs:
    """What to cut before and after; negative: to add."""
    axes = len(full)
    extra = attributes.get("output_padding") or [0] * axes
    wanted, how = attributes.get("output_shape"), attributes.get("auto_pad", "NOTSET")
    if wanted is None and how.startswith("SAME"):
        wanted = [n * s for n, s in zip(size, strides, strict=True)]
    if wanted is not None:
        totals = [n + e - m for n, e, m in zip(full, extra, wanted[-axes:], strict=True)]
        halves = [(t - t // 2, t // 2) if how != "SAME_UPPER" else (t // 2, t - t // 2) for t in totals]
        return [(before, after - e) for (before, after), e in zip(halves, extra, strict=True)]
    pads = attributes.get("pads") or [0] * (2 * axes)
    return [(pads[axis], pads[axis + axes] - extra[axis]) for axis in range(axes)]


def _trimmed(out: Any, margins: Pairs) -> Any:
    cuts = [slice(max(before, 0), n - max(after, 0)) for (before, after), n in zip(margins, out.shape[2:], strict=True)]
    out = out[(slice(None), slice(None), *cuts)]
    grown = [(max(-before, 0), max(-after, 0)) for before, after in margins]
    return autograd.pad(out, [(0, 0), (0, 0), *grown]) if any(map(any, grown)) else out


# ----------------------------------------------------------------------------------------------------------------- pooling


@operator("MaxPool")
def max_pool(attributes: Attributes, x: Any) -> Any:
    if attributes.outputs > 1:
        raise attributes.refuse("Indices as an output")
    if not is_float(x):
        return max_pool(attributes, x.astype(np.float64)).data.astype(x.dtype)
    kernel = tuple(attributes.get("kernel_shape"))
    padding = padding_of(attributes, x.shape[2:], kernel)
    strides, dilations = (tuple(attributes.get(name) or [1] * len(kernel)) for name in ("strides", "dilations"))
    window = kernels.sliding(x.shape[2:], kernel, strides, padding, dilations, bool(attributes.get("ceil_mode", 0)))
    beyond = [(before, max(after, 0)) for before, after in window.margins]
    wide = autograd.pad(x, [(0, 0), (0, 0), *beyond], constant_values=-np.inf) if any(map(any, beyond)) else x
    return autograd.max_pool(autograd.as_tensor(wide), kernel, strides, 0, dilations)


@operator("AveragePool")
def average_pool(attributes: Attributes, x: Any) -> Any:
    """Sums by a convolution of ones a channel, divided by how many values each window holds: any padding and dilation."""
    kernel, channels = tuple(attributes.get("kernel_shape")), x.shape[1]
    padding = padding_of(attributes, x.shape[2:], kernel)
    strides, dilations = (tuple(attributes.get(name) or [1] * len(kernel)) for name in ("strides", "dilations"))
    window = kernels.sliding(x.shape[2:], kernel, strides, padding, dilations, bool(attributes.get("ceil_mode", 0)))
    beyond = [(before, max(after, 0)) for before, after in window.margins]
    ones = np.ones((channels, 1, *kernel), x.dtype)
    sums = autograd.conv(autograd.pad(x, [(0, 0), (0, 0), *beyond]), ones, strides, 0, dilations, channels)
    return sums / autograd.conv(_counted(attributes, x, padding, beyond), ones[:1], strides, 0, dilations)


def _counted(attributes: Attributes, x: Any, padding: Pairs, beyond: Pairs) -> Any:
    """One where a value counts: in the image, with count_include_pad in its padding too, never past that."""
    inside = np.ones((1, 1, *x.shape[2:]), x.dtype)
    if not attributes.get("count_include_pad", 0):
        return np.pad(inside, [(0, 0), (0, 0), *beyond])
    inside = np.pad(inside, [(0, 0), (0, 0), *padding], constant_values=1)
    past = [(0, max(far - after, 0)) for (_, far), (_, after) in zip(beyond, padding, strict=True)]
    return np.pad(inside, [(0, 0), (0, 0), *past])


@operator("GlobalAveragePool", "GlobalMaxPool")
def global_pool(attributes: Attributes, x: Any) -> Any:
    axes = tuple(range(2, x.ndim))
    return (autograd.mean if attributes.operator == "GlobalAveragePool" else autograd.max)(x, axis=axes, keepdims=True)


# ----------------------------------------------------------------------------------------------------------- normalisation


@operator("BatchNormalization")
def batch_norm(attributes: Attributes, x: Any, scale: Any, bias: Any, mean: Any, var: Any) -> Any:
    eps = attributes.get("epsilon", 1e-5)
    if not attributes.get("training_mode", 0):
        return in_dtype(F.batch_norm(x, mean, var, scale, bias, eps=eps), x.dtype)
    keep, axes = attributes.get("momentum", 0.9), (0, *range(2, x.ndim))
    running = [old * keep + new(x, axis=axes) * (1 - keep) for old, new in ((mean, autograd.mean), (var, autograd.var))]
    return (F.batch_norm(x, None, None, scale, bias, training=True, eps=eps), *running)[: attributes.outputs]


@operator("InstanceNormalization")
def instance_norm(attributes: Attributes, x: Any, scale: Any, bias: Any) -> Any:
    return F.instance_norm(x, weight=scale, bias=bias, eps=attributes.get("epsilon", 1e-5))


def _centred(x: Any, axes: tuple[int, ...], eps: float) -> tuple[Any, Any, Any]:
    mean = autograd.mean(x, axis=axes, keepdims=True)
    low = x - mean
    inverse = 1.0 / autograd.sqrt(autograd.mean(low * low, axis=axes, keepdims=True) + eps)
    return low * inverse, mean, inverse


@operator("LayerNormalization")
def layer_norm(attributes: Attributes, x: Any, scale: Any, bias: Any = None) -> Any:
    axes = tuple(range(attributes.get("axis", -1) % x.ndim, x.ndim))
    normal, mean, inverse = _centred(x, axes, attributes.get("epsilon", 1e-5))
    out = normal * scale if bias is None else normal * scale + bias
    return (out, mean, inverse)[: attributes.outputs] if attributes.outputs > 1 else out


@operator("RMSNormalization")
def rms_norm(attributes: Attributes, x: Any, scale: Any) -> Any:
    axes = tuple(range(attributes.get("axis", -1) % x.ndim, x.ndim))
    return x / autograd.sqrt(autograd.mean(x * x, axis=axes, keepdims=True) + attributes.get("epsilon", 1e-5)) * scale


@operator("GroupNormalization")
def group_norm(attributes: Attributes, x: Any, scale: Any, bias: Any) -> Any:
    """Before set 21 scale and bias are a group's, since then a channel's."""
    groups = attributes.get("num_groups")
    if attributes.opset < 21:
        scale, bias = (autograd.repeat(each, x.shape[1] // groups, axis=0) for each in (scale, bias))
    return F.group_norm(x, groups, scale, bias, attributes.get("epsilon", 1e-5))


@operator("MeanVarianceNormalization")
def mean_variance(attributes: Attributes, x: Any) -> Any:
    axes = tuple(attributes.get("axes", (0, 2, 3)))
    low = x - autograd.mean(x, axis=axes, keepdims=True)
    return low / (autograd.sqrt(autograd.mean(low * low, axis=axes, keepdims=True)) + 1e-9)


@operator("LRN")
def local_response(attributes: Attributes, x: Any) -> Any:
    """The window lies a place more to the right where its size is even."""
    size, half = attributes.get("size"), (attributes.get("size") - 1) // 2
    squares = autograd.pad(x * x, [(0, 0), (half, size - 1 - half), *[(0, 0)] * (x.ndim - 2)])
    total = sum((squares[:, place : place + x.shape[1]] for place in range(1, size)), squares[:, : x.shape[1]])
    inner = total * (attributes.get("alpha", 1e-4) / size) + attributes.get("bias", 1.0)
    return x / inner ** attributes.get("beta", 0.75)


@operator("LpPool", "GlobalLpPool")
def lp_pool(attributes: Attributes, x: Any) -> Any:
    """(Σ |x|ᵖ)^(1/p) of each window."""
    p = attributes.get("p", 2)
    powers = autograd.absolute(x) ** float(p)
    if attributes.operator == "GlobalLpPool":
        return autograd.sum(powers, axis=tuple(range(2, x.ndim)), keepdims=True) ** (1.0 / p)
    kernel = tuple(attributes.get("kernel_shape"))
    if attributes.get("ceil_mode", 0):
        raise attributes.refuse("ceil_mode")
    strides, dilations = (tuple(attributes.get(name) or [1] * len(kernel)) for name in ("strides", "dilations"))
    ones = np.ones((x.shape[1], 1, *kernel), plain(x).dtype)
    padding = padding_of(attributes, x.shape[2:], kernel)
    return autograd.conv(powers, ones, strides, padding, dilations, x.shape[1]) ** (1.0 / p)

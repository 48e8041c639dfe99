"""Normalisation. One declared operation, `standardize`, serves every layer: only the axes differ.

Its rule computes the deviation from x again instead of keeping it: a saved statistic would be a constant to the second
derivative, which would then silently miss a term.
"""

# autograd's functions are made from declarations, so mypy sees Any where they return tensors.
# mypy: disable-error-code="no-any-return"

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any

import numpy as np

import autograd
from autograd import Tensor


def _standardize(x: Any, axis: Any, eps: float) -> Any:
    centred = x - np.mean(x, axis=axis, keepdims=True)
    variance = np.mean(centred * centred, axis=axis, keepdims=True)
    centred /= np.sqrt(variance + eps)
    return centred


def _standardize_gradient(g: Any, x: Any, out: Any, axis: Any, eps: float) -> Any:
    """The gradient without its parts along 1 and along out, divided by the deviation (Ioffe and Szegedy 2015, section 3)."""
    parts = g - np.mean(g, axis=axis, keepdims=True) - out * np.mean(g * out, axis=axis, keepdims=True)
    return parts / np.sqrt(np.var(x, axis=axis, keepdims=True) + eps)


standardize = autograd.op(
    _standardize,
    name="standardize",
    tags=("norm",),
    symbol="norm({x})",
    x=_standardize_gradient,
    domain=(-3.0, 3.0),
    doc="(x - mean) / sqrt(variance + eps) over `axis`.",
)


def _along_channels(values: Any, x: Any) -> Any:
    return np.reshape(values, (1, -1) + (1,) * (np.ndim(x) - 2))


def _normalised(x: Any, mean: Any, var: Any, weight: Any, bias: Any, eps: float = 1e-5) -> Any:
    """One product and one sum a value: what the channel needs is worked out beforehand."""
    scale = weight / np.sqrt(var + eps)
    out = x * _along_channels(scale, x)
    return np.add(out, _along_channels(bias - mean * scale, x), out=out)


def _through_values(g: Any, x: Any, mean: Any) -> Any:
    return np.sum(g * (x - _along_channels(mean, x)), axis=(0, *range(2, np.ndim(x))))


def _over_channels(g: Any) -> Any:
    return np.sum(g, axis=(0, *range(2, np.ndim(g))))


batch_norm_inference = autograd.op(
    _normalised,
    name="batch_norm_inference",
    tags=("norm",),
    symbol="norm({x})",
    x=lambda g, x, var, weight, eps: g * _along_channels(weight / np.sqrt(var + eps), x),
    mean=lambda g, var, weight, eps: -_over_channels(g) * weight / np.sqrt(var + eps),
    var=lambda g, x, mean, var, weight, eps: -0.5 * _through_values(g, x, mean) * weight / ((var + eps) * np.sqrt(var + eps)),
    weight=lambda g, x, mean, var, eps: _through_values(g, x, mean) / np.sqrt(var + eps),
    bias=lambda g: _over_channels(g),
    doc="(x - mean) / sqrt(var + eps) · weight + bias with one value a channel (axis 1) of each: statistics that are given.",
)


def _columns(weight: Any, ndim: int) -> Tensor:
    """One value a channel, shaped to meet axis 1 of an array of `ndim` axes."""
    weight = autograd.as_tensor(weight)
    return weight if ndim <= 2 else weight.reshape((-1,) + (1,) * (ndim - 2))


def _scaled(x: Tensor, weight: Any, bias: Any) -> Tensor:
    x = x if weight is None else x * weight
    return x if bias is None else x + bias


def _by_channel(x: Tensor, weight: Any, bias: Any) -> Tensor:
    given = [None if p is None else _columns(p, x.ndim) for p in (weight, bias)]
    return _scaled(x, *given)


def _update(running: Any, batch: Any, momentum: float) -> None:
    """running ← (1 - momentum) running + momentum batch, in place."""
    array = running.data if isinstance(running, Tensor) else running
    array += momentum * (batch - array)


def _track(count: int, mean: Any, var: Any, running_mean: Any, running_var: Any, momentum: float) -> None:
    """Running statistics follow the batch; their variance is the unbiased one."""
    _update(running_mean, autograd.as_tensor(mean).data, momentum)
    _update(running_var, autograd.as_tensor(var).data * (count / max(count - 1, 1)), momentum)


def batch_norm(
    input: Any, running_mean: Any = None, running_var: Any = None, weight: Any = None, bias: Any = None,
    training: bool = False, momentum: float = 0.1, eps: float = 1e-5, *, relu: bool = False,
) -> Tensor:  # fmt: skip
    """Standardise every channel (axis 1) over the batch and all other axes (Ioffe and Szegedy 2015).

    In training the batch's own statistics are used and the running ones, where given, are updated in place; otherwise the
    running ones are used. With `relu` the result is max(y, 0), which in training is one operation with the norm.
    """
    input = autograd.as_tensor(input)
    if eps <= 0:
        raise ValueError(f"batch_norm: eps must be positive, given {eps}")
    if input.ndim < 2 and input.size:
        raise ValueError(f"batch_norm takes (N, C, ...), given {input.shape}")
    if training and input.size:
        return _with_own_statistics(input, running_mean, running_var, weight, bias, momentum, eps, relu)
    plain = training or input.ndim < 2
    y = _by_channel(input, weight, bias) if plain else _with_statistics(input, running_mean, running_var, weight, bias, eps)
    return autograd.relu(y) if relu else y


def _with_own_statistics(
    x: Tensor, running_mean: Any, running_var: Any, weight: Any, bias: Any, momentum: float, eps: float, relu: bool
) -> Tensor:
    if x.size == x.shape[1]:
        raise ValueError(f"batch_norm in training needs more than one value a channel, given {x.shape}")
    scale, shift = _affine(x, weight, bias)
    operation = autograd.batch_norm_relu_statistics if relu else autograd.batch_norm_statistics
    out, mean, var = operation(x, scale, shift, eps)
    if running_mean is not None:
        _track(x.size // x.shape[1], mean, var, running_mean, running_var, momentum)
    return out


def _affine(x: Tensor, weight: Any, bias: Any) -> list[Any]:
    """Scale and shift of every channel; 1 and 0 where none is given."""
    return [np.full(x.shape[1], value, x.dtype) if given is None else given for given, value in ((weight, 1), (bias, 0))]


def _with_statistics(x: Tensor, mean: Any, var: Any, weight: Any, bias: Any, eps: float) -> Tensor:
    if mean is None or var is None:
        raise ValueError("batch_norm with training=False needs running_mean and running_var")
    weight, bias = _affine(x, weight, bias)
    for name, given in (("running_mean", mean), ("running_var", var), ("weight", weight), ("bias", bias)):
        if np.shape(given) != x.shape[1:2]:
            raise ValueError(f"batch_norm: {name} {np.shape(given)} must have one entry a channel of x {x.shape}")
    return batch_norm_inference(x, mean, var, weight, bias, eps)


def _last_axes(x: Tensor, normalized_shape: int | Sequence[int], name: str) -> tuple[int, ...]:
    shape = (normalized_shape,) if isinstance(normalized_shape, int) else tuple(normalized_shape)
    if not shape or x.shape[-len(shape) :] != shape:
        raise ValueError(f"{name}: x {x.shape} must end in normalized_shape {shape}")
    return tuple(range(-len(shape), 0))


def layer_norm(input: Any, normalized_shape: int | Sequence[int], weight: Any = None, bias: Any = None, eps: float = 1e-5) -> Tensor:
    """Standardise over the last axes (Ba et al. 2016)."""
    input = autograd.as_tensor(input)
    axes = _last_axes(input, normalized_shape, "layer_norm")
    return _scaled(standardize(input, axes, eps), weight, bias)


def rms_norm(input: Any, normalized_shape: int | Sequence[int], weight: Any = None, eps: float | None = None) -> Tensor:
    """x / sqrt(mean(x²) + eps) over the last axes (Zhang and Sennrich 2019); eps defaults to the dtype's."""
    input = autograd.as_tensor(input)
    axes = _last_axes(input, normalized_shape, "rms_norm")
    eps = float(np.finfo(input.dtype).eps) if eps is None else eps
    return _scaled(input / autograd.sqrt(autograd.mean(input * input, axis=axes, keepdims=True) + eps), weight, None)


def group_norm(input: Any, num_groups: int, weight: Any = None, bias: Any = None, eps: float = 1e-5) -> Tensor:
    """Standardise groups of channels (axis 1) of each sample (Wu and He 2018)."""
    input = autograd.as_tensor(input)
    if input.ndim < 2 or num_groups < 1 or input.shape[1] % num_groups:
        raise ValueError(f"group_norm: x {input.shape} must be (N, C, ...) with C a multiple of {num_groups} groups")
    if not input.size:
        return _by_channel(input, weight, bias)
    groups = input.reshape((input.shape[0], num_groups, -1))
    return _by_channel(standardize(groups, (2,), eps).reshape(input.shape), weight, bias)


def instance_norm(
    input: Any, running_mean: Any = None, running_var: Any = None, weight: Any = None, bias: Any = None,
    use_input_stats: bool = True, momentum: float = 0.1, eps: float = 1e-5,
) -> Tensor:  # fmt: skip
    """Standardise every channel of every sample over its own axes (Ulyanov et al. 2016)."""
    input = autograd.as_tensor(input)
    axes = tuple(range(2, input.ndim))
    if not use_input_stats:
        return _with_statistics(input, running_mean, running_var, weight, bias, eps)
    if prod(input.shape[2:]) <= 1:
        raise ValueError(f"instance_norm in training needs more than one value a channel, given {input.shape}")
    if running_mean is not None:
        count = prod(input.shape[2:])
        _update(running_mean, input.data.mean(axis=axes).mean(axis=0), momentum)
        _update(running_var, input.data.var(axis=axes).mean(axis=0) * (count / (count - 1)), momentum)
    return _by_channel(standardize(input, axes, eps), weight, bias)


def local_response_norm(input: Any, size: int, alpha: float = 1e-4, beta: float = 0.75, k: float = 1.0) -> Tensor:
    """x / (k + α mean(x²) over `size` neighbouring channels)^β (Krizhevsky et al. 2012)."""
    input = autograd.as_tensor(input)
    if input.ndim < 3:
        raise ValueError(f"local_response_norm takes (N, C, *sizes), given {input.shape}")
    before = size // 2
    squares = autograd.pad(input * input, [(0, 0), (before, size - 1 - before)] + [(0, 0)] * (input.ndim - 2))
    channels = input.shape[1]
    total = sum((squares[:, i : i + channels] for i in range(1, size)), start=squares[:, :channels])
    return input / (total * (alpha / size) + k) ** beta

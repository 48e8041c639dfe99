"""A batch norm in evaluation is an affine map: folded into the layer before it, it costs nothing."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np

from nn.module import Module, Parameter


def fuse_conv_bn_eval(conv: Any, bn: Any, transpose: bool = False) -> Any:
    """A convolution that does what this one and the batch norm behind it do in evaluation; both stay as they are.

    Parameters
    ----------
    conv, bn : Module
        In eval mode.
    transpose : bool
        The convolution is a transposed one, whose outputs are the weight's second axis.

    Raises
    ------
    ValueError
        In training, or where the norm does not fit the convolution.

    Examples
    --------
    >>> import numpy as np, nn
    >>> conv, norm = nn.Conv2d(3, 4, 3).eval(), nn.BatchNorm2d(4).eval()
    >>> x = np.ones((1, 3, 5, 5), np.float32)
    >>> bool(np.allclose(nn.utils.fuse_conv_bn_eval(conv, norm)(x).data, norm(conv(x)).data, atol=1e-6))
    True
    """
    return _folded(conv, bn, 1 if transpose else 0, getattr(conv, "groups", 1))


def fuse_linear_bn_eval(linear: Any, bn: Any) -> Any:
    """The same for a linear layer and the batch norm behind it."""
    return _folded(linear, bn, 0, 1)


def _folded(layer: Any, norm: Any, axis: int, groups: int) -> Module:
    title = f"folding {type(norm).__name__} into {type(layer).__name__}"
    if layer.training or norm.training or norm.running_mean is None:
        raise ValueError(f"{title}: both are in eval mode, with running statistics; call .eval() first")
    outputs = layer.weight.shape[axis] * (groups if axis else 1)
    if norm.running_mean.shape != (outputs,):
        raise ValueError(f"{title}: the layer has {outputs} outputs, the norm {norm.running_mean.shape[0]}")
    made, dtype = copy.deepcopy(layer), layer.weight.dtype
    scale = 1.0 / np.sqrt(norm.running_var.data + norm.eps)
    scale = scale if norm.weight is None else scale * norm.weight.data
    bias = 0.0 if layer.bias is None else layer.bias.data
    shift = 0.0 if norm.bias is None else norm.bias.data
    made.weight.data = np.asarray(_scaled(layer.weight.data, scale, axis, groups), dtype)
    made.bias = Parameter((bias - norm.running_mean.data) * scale + shift, dtype=dtype)
    return made  # type: ignore[no-any-return]


def _scaled(weight: Any, scale: Any, axis: int, groups: int) -> Any:
    """Each output's weights times its scale; of a transposed convolution they lie group by group along the first axis."""
    if not axis:
        return weight * scale.reshape(-1, *[1] * (weight.ndim - 1))
    parts = weight.reshape(groups, -1, *weight.shape[1:])
    return (parts * scale.reshape(groups, 1, -1, *[1] * (weight.ndim - 2))).reshape(weight.shape)

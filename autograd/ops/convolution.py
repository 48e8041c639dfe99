"""Convolution and pooling. What differentiates into each other stands together, so that any order works."""

from __future__ import annotations

from typing import Any

from autograd import kernels
from autograd.declare import op

CONV = ("bilinear", "conv")
POOL = ("pool",)


def _input(y: Any, w: Any, input_shape: Any, stride: Any = 1, padding: Any = 0, dilation: Any = 1, groups: int = 1) -> Any:
    return kernels.convolve_input(y, w, input_shape, stride, padding, dilation, groups)


def _weight(y: Any, x: Any, weight_shape: Any, stride: Any = 1, padding: Any = 0, dilation: Any = 1, groups: int = 1) -> Any:
    return kernels.convolve_weight(y, x, weight_shape, stride, padding, dilation, groups)


# One trilinear form <y, conv(x, w)>, each of the three with another argument left out.
conv = op(
    kernels.convolve,
    name="conv",
    tags=CONV,
    symbol="conv({x})",
    x=lambda g, w, x_shape, stride, padding, dilation, groups: conv_input(g, w, x_shape, stride, padding, dilation, groups),
    w=lambda g, x, w_shape, stride, padding, dilation, groups: conv_weight(g, x, w_shape, stride, padding, dilation, groups),
)
conv_input = op(
    _input,
    name="conv_input",
    tags=CONV,
    symbol="convᵀ({y})",
    y=lambda g, w, stride, padding, dilation, groups: conv(g, w, stride, padding, dilation, groups),
    w=lambda g, y, w_shape, stride, padding, dilation, groups: conv_weight(y, g, w_shape, stride, padding, dilation, groups),
    doc="The adjoint of `conv` in its images: a transposed convolution.",
)
conv_weight = op(
    _weight,
    name="conv_weight",
    tags=CONV,
    y=lambda g, x, stride, padding, dilation, groups: conv(x, g, stride, padding, dilation, groups),
    x=lambda g, y, x_shape, stride, padding, dilation, groups: conv_input(y, g, x_shape, stride, padding, dilation, groups),
    doc="The adjoint of `conv` in its kernels.",
)

# Given where the maxima lie, max-pooling is linear: its derivative and that one's adjoint take x as data.
max_pool = op(
    kernels.max_pool,
    name="max_pool",
    tags=POOL,
    analytic=False,
    kinks="ties in a window: the gradient is shared evenly",
    symbol="maxpool({x})",
    x=lambda g, x, kernel, stride, padding, dilation, ceil_mode: max_pool_input(
        g, x, kernel, stride, padding, dilation, ceil_mode
    ),
)
max_pool_input = op(
    kernels.max_pool_input,
    name="max_pool_input",
    tags=POOL,
    analytic=False,
    g=lambda g, x, kernel, stride, padding, dilation, ceil_mode: max_pool_output(
        g, x, kernel, stride, padding, dilation, ceil_mode
    ),
)
max_pool_output = op(
    kernels.max_pool_output,
    name="max_pool_output",
    tags=POOL,
    analytic=False,
    v=lambda g, x, kernel, stride, padding, dilation, ceil_mode: max_pool_input(
        g, x, kernel, stride, padding, dilation, ceil_mode
    ),
)
average_pool = op(
    kernels.average_pool,
    name="average_pool",
    tags=("linear", *POOL),
    symbol="avgpool({x})",
    x=lambda g, x_shape, kernel, stride, padding, ceil_mode, count_include_pad, divisor_override: average_pool_input(
        g, x_shape, kernel, stride, padding, ceil_mode, count_include_pad, divisor_override
    ),
)
average_pool_input = op(
    kernels.average_pool_input,
    name="average_pool_input",
    tags=("linear", *POOL),
    g=lambda g, kernel, stride, padding, ceil_mode, count_include_pad, divisor_override: average_pool(
        g, kernel, stride, padding, ceil_mode, count_include_pad, divisor_override
    ),
)
adaptive_average_pool = op(
    kernels.adaptive_average_pool,
    name="adaptive_average_pool",
    tags=("linear", *POOL),
    symbol="avgpool({x})",
    x=lambda g, x_shape: adaptive_average_pool_input(g, x_shape),
)
adaptive_average_pool_input = op(
    kernels.adaptive_average_pool_input,
    name="adaptive_average_pool_input",
    tags=("linear", *POOL),
    g=lambda g, g_shape: adaptive_average_pool(g, tuple(g_shape[2:])),
)
adaptive_max_pool = op(
    kernels.adaptive_max_pool,
    name="adaptive_max_pool",
    tags=POOL,
    analytic=False,
    kinks="ties in a cell: the gradient is shared evenly",
    symbol="maxpool({x})",
    x=lambda g, x: adaptive_max_pool_input(g, x),
)
adaptive_max_pool_input = op(
    kernels.adaptive_max_pool_input,
    name="adaptive_max_pool_input",
    tags=POOL,
    analytic=False,
    g=lambda g, x, g_shape: adaptive_max_pool_output(g, x, tuple(g_shape[2:])),
)
adaptive_max_pool_output = op(
    kernels.adaptive_max_pool_output,
    name="adaptive_max_pool_output",
    tags=POOL,
    analytic=False,
    v=lambda g, x: adaptive_max_pool_input(g, x),
)

# Patches as columns, and columns summed back: each the other's adjoint.
im2col = op(
    kernels.unfold,
    name="im2col",
    tags=("linear", "shape"),
    x=lambda g, x_shape, kernel, dilation, padding, stride: col2im(g, tuple(x_shape[2:]), kernel, dilation, padding, stride),
)
col2im = op(
    kernels.fold,
    name="col2im",
    tags=("linear", "shape"),
    columns=lambda g, kernel, dilation, padding, stride: im2col(g, kernel, dilation, padding, stride),
)

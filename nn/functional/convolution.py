"""Convolution and its transpose, under PyTorch's names and arguments."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import autograd
from autograd import Tensor
from autograd.kernels import per_axis, sliding, transposed_size

Numbers = int | Sequence[int]


def _checked(name: str, x: Any, weight: Any, axes: int) -> tuple[Tensor, Tensor, bool]:
    """Images with a batch axis, the kernels, and whether the batch axis was added."""
    x, weight = autograd.as_tensor(x), autograd.as_tensor(weight)
    if x.ndim not in (axes + 1, axes + 2):
        raise ValueError(f"{name} takes (N, C, *size) or (C, *size) with {axes} spatial axes, given {x.shape}")
    if weight.ndim != axes + 2:
        raise ValueError(f"{name}: weight has {axes + 2} axes, given {weight.shape}")
    if x.dtype.kind == "f" and weight.dtype.kind != "f":
        raise TypeError(f"{name}: input {x.dtype} and weight {weight.dtype} should both be floating; convert with .astype")
    alone = x.ndim == axes + 1
    return (autograd.expand_dims(x, 0) if alone else x), weight, alone


def _finished(out: Any, bias: Any, alone: bool, name: str) -> Any:
    if bias is not None:
        bias = autograd.as_tensor(bias)
        if bias.dtype.kind != out.dtype.kind:
            raise TypeError(f"{name}: bias {bias.dtype} does not go with an output of {out.dtype}; convert with .astype")
        if bias.shape != out.shape[1:2]:
            raise ValueError(f"{name}: bias {bias.shape} must have one entry a channel of the output, {out.shape[1]}")
        out = out + autograd.reshape(bias, (-1,) + (1,) * (out.ndim - 2))
    return out[0] if alone else out


def _padding(padding: Any, stride: Numbers, axes: int) -> Any:
    if padding == "same" and any(n != 1 for n in per_axis(stride, axes, "stride")):
        raise ValueError("padding='same' is for stride 1: with a larger stride there is no such size")
    return padding


def _convolution(axes: int, name: str) -> Any:
    def convolution(
        input: Any, weight: Any, bias: Any = None, stride: Numbers = 1, padding: Numbers | str = 0,
        dilation: Numbers = 1, groups: int = 1,
    ) -> Tensor:  # fmt: skip
        x, w, alone = _checked(name, input, weight, axes)
        out = autograd.conv(x, w, stride, _padding(padding, stride, axes), dilation, groups)  # type: ignore[attr-defined]
        return _finished(out, bias, alone, name)  # type: ignore[no-any-return]

    convolution.__name__ = convolution.__qualname__ = name
    convolution.__doc__ = f"""Cross-correlate images with kernels along {axes} spatial {"axis" if axes == 1 else "axes"}.

    Parameters
    ----------
    input : array_like, shape (N, C, *size) or (C, *size)
    weight : array_like, shape (O, C / groups, *kernel)
    bias : array_like, shape (O,), optional
    stride, dilation : int or one int a spatial axis
    padding : int, one int a spatial axis, "same" or "valid"
    groups : int
    """
    return convolution


conv1d = _convolution(1, "conv1d")
conv2d = _convolution(2, "conv2d")
conv3d = _convolution(3, "conv3d")


def _widened(x: Any, sizes: Sequence[int]) -> Any:
    """Zeros after the images, where an output padding beyond the stride leaves room for further windows."""
    extra = [(0, n - m) for n, m in zip(sizes, x.shape[2:], strict=True)]
    return autograd.pad(x, [(0, 0), (0, 0), *extra]) if any(after for _, after in extra) else x


def _transposed(axes: int, name: str) -> Any:
    def transposed(
        input: Any, weight: Any, bias: Any = None, stride: Numbers = 1, padding: Numbers = 0,
        output_padding: Numbers = 0, groups: int = 1, dilation: Numbers = 1,
    ) -> Tensor:  # fmt: skip
        x, w, alone = _checked(name, input, weight, axes)
        if x.shape[1] != w.shape[0]:
            raise ValueError(f"{name}: input has {x.shape[1]} channels, weight {w.shape} takes {w.shape[0]}")
        kernel = w.shape[2:]
        size = transposed_size(x.shape[2:], kernel, stride, padding, output_padding, dilation)
        x = _widened(x, sliding(size, kernel, stride, padding, dilation).output)
        shape = (x.shape[0], w.shape[1] * groups, *size)
        out = autograd.conv_input(x, w, shape, stride, padding, dilation, groups)  # type: ignore[attr-defined]
        return _finished(out, bias, alone, name)  # type: ignore[no-any-return]

    transposed.__name__ = transposed.__qualname__ = name
    transposed.__doc__ = f"""The transpose of a convolution along {axes} spatial {"axis" if axes == 1 else "axes"}.

    Parameters
    ----------
    input : array_like, shape (N, C, *size) or (C, *size)
    weight : array_like, shape (C, O / groups, *kernel)
    bias : array_like, shape (O,), optional
    stride, padding, dilation : int or one int a spatial axis, of the convolution that is transposed
    output_padding : int or one int a spatial axis, added to one side of the result
    """
    return transposed


conv_transpose1d = _transposed(1, "conv_transpose1d")
conv_transpose2d = _transposed(2, "conv_transpose2d")
conv_transpose3d = _transposed(3, "conv_transpose3d")


def unfold(input: Any, kernel_size: Numbers, dilation: Numbers = 1, padding: Numbers = 0, stride: Numbers = 1) -> Tensor:
    """Patches as columns: (N, C, H, W) becomes (N, C·taps, windows), (C, H, W) becomes (C·taps, windows)."""
    x = autograd.as_tensor(input)
    if x.ndim not in (3, 4, 5):
        raise ValueError(f"unfold takes (N, C, H, W) or (C, H, W), given {x.shape}")
    alone = x.ndim == 3
    out = autograd.im2col(autograd.expand_dims(x, 0) if alone else x, kernel_size, dilation, padding, stride)  # type: ignore[attr-defined]
    return out[0] if alone else out  # type: ignore[no-any-return]


def fold(
    input: Any, output_size: Numbers, kernel_size: Numbers, dilation: Numbers = 1, padding: Numbers = 0,
    stride: Numbers = 1,
) -> Tensor:  # fmt: skip
    """Columns (N, C·taps, windows) or (C·taps, windows) added back to the places they came from, in images of `output_size`."""
    x = autograd.as_tensor(input)
    if x.ndim not in (2, 3):
        raise ValueError(f"fold takes (N, C·taps, windows) or (C·taps, windows), given {x.shape}")
    size = (output_size, output_size) if isinstance(output_size, int) else tuple(output_size)
    alone = x.ndim == 2
    out = autograd.col2im(autograd.expand_dims(x, 0) if alone else x, size, kernel_size, dilation, padding, stride)  # type: ignore[attr-defined]
    return out[0] if alone else out  # type: ignore[no-any-return]

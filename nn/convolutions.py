"""Convolution layers, under PyTorch's names, arguments, first values and state names."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any

import numpy as np

from autograd.kernels import per_axis, transposed_size
from nn import functional as F
from nn import init
from nn.module import Module, Parameter

Numbers = int | Sequence[int]
MODES = ("zeros", "reflect", "replicate", "circular")


class _Convolution(Module):
    """What all share; the subclasses say along how many axes, and whether transposed."""

    axes = 2
    transposed = False

    def __init__(
        self, in_channels: int, out_channels: int, kernel_size: Numbers, stride: Numbers = 1, padding: Any = 0,
        dilation: Numbers = 1, groups: int = 1, bias: bool = True, padding_mode: str = "zeros", dtype: Any = np.float32,
        generator: Any = None,
    ) -> None:  # fmt: skip
        if padding_mode not in MODES or (self.transposed and padding_mode != "zeros"):
            raise ValueError(f"padding_mode is one of {', '.join(MODES)} ('zeros' where transposed), given {padding_mode!r}")
        self.padding_mode = padding_mode
        if groups < 1 or in_channels % groups or out_channels % groups:
            raise ValueError(f"groups={groups} must divide in_channels={in_channels} and out_channels={out_channels}")
        self.in_channels, self.out_channels, self.groups = in_channels, out_channels, groups
        self.kernel_size = per_axis(kernel_size, self.axes, "kernel size")
        self.stride, self.dilation = per_axis(stride, self.axes, "stride"), per_axis(dilation, self.axes, "dilation")
        self.padding = padding if isinstance(padding, str) else per_axis(padding, self.axes, "padding", least=0)
        outer, inner = (in_channels, out_channels) if self.transposed else (out_channels, in_channels)
        self.weight = Parameter(np.empty((outer, inner // groups, *self.kernel_size), dtype), dtype=dtype)
        self.bias = Parameter(np.empty(out_channels, dtype), dtype=dtype) if bias else None
        self.reset_parameters(generator)

    def reset_parameters(self, generator: Any = None) -> None:
        """Uniform on ±1/√fan_in, weight and bias, as in PyTorch."""
        init.default_(self.weight, self.bias, generator)

    @property
    def fan_in(self) -> int:
        """How many numbers each output is made of."""
        return prod(self.weight.shape[1:])

    def forward(self, input: Any) -> Any:
        function = getattr(F, f"conv{self.axes}d")
        padding: Any = self.padding
        if self.padding_mode != "zeros":
            input, padding = F.pad(input, self._around(), self.padding_mode), 0
        return function(input, self.weight, self.bias, self.stride, padding, self.dilation, self.groups)

    def _around(self) -> list[int]:
        """The padding as `F.pad` takes it, the last axis first; "same" leaves the odd one behind."""
        if self.padding == "same":
            whole = [d * (k - 1) for d, k in zip(self.dilation, self.kernel_size, strict=True)]
            return [n for total in reversed(whole) for n in (total // 2, total - total // 2)]
        pairs: Any = (0,) * self.axes if self.padding == "valid" else self.padding
        return [n for n in reversed(pairs) for _ in range(2)]

    def extra_repr(self) -> str:
        shown = [f"{self.in_channels}, {self.out_channels}, kernel_size={self.kernel_size}, stride={self.stride}"]
        for name, default in (("padding", (0,) * self.axes), ("dilation", (1,) * self.axes), ("groups", 1), ("padding_mode", "zeros")):
            if getattr(self, name) != default:
                shown.append(f"{name}={getattr(self, name)}")
        return ", ".join(shown + ([] if self.bias is not None else ["bias=False"]))


class Conv1d(_Convolution):
    """Convolution of signals (N, C, L)."""

    axes = 1


class Conv2d(_Convolution):
    """Convolution of images (N, C, H, W).

    Parameters
    ----------
    in_channels, out_channels : int
    kernel_size, stride, dilation : int or (int, int)
    padding : int, (int, int), "same" or "valid"
    groups : int
    bias : bool
    padding_mode : {"zeros", "reflect", "replicate", "circular"}

    Examples
    --------
    >>> import numpy as np, nn
    >>> nn.Conv2d(3, 8, 3, stride=2, padding=1)(np.zeros((2, 3, 9, 9), np.float32)).shape
    (2, 8, 5, 5)
    """


class Conv3d(_Convolution):
    """Convolution of volumes (N, C, D, H, W)."""

    axes = 3


class _ConvTranspose(_Convolution):
    transposed = True

    def __init__(
        self, in_channels: int, out_channels: int, kernel_size: Numbers, stride: Numbers = 1, padding: Numbers = 0,
        output_padding: Numbers = 0, groups: int = 1, bias: bool = True, dilation: Numbers = 1, padding_mode: str = "zeros",
        dtype: Any = np.float32, generator: Any = None,
    ) -> None:  # fmt: skip
        self.output_padding = per_axis(output_padding, self.axes, "output_padding", least=0)
        super().__init__(in_channels, out_channels, kernel_size, stride, padding, dilation, groups, bias, padding_mode, dtype, generator)

    def forward(self, input: Any, output_size: Sequence[int] | None = None) -> Any:
        """`output_size`, of the spatial axes or of all, is reached by an output padding of its own, below the stride."""
        function = getattr(F, f"conv_transpose{self.axes}d")
        extra = self.output_padding if output_size is None else self._reaching(np.shape(input), tuple(output_size))
        return function(input, self.weight, self.bias, self.stride, self.padding, extra, self.groups, self.dilation)

    def _reaching(self, shape: tuple[int, ...], output_size: tuple[int, ...]) -> tuple[int, ...]:
        """The output padding that gives that size."""
        if len(output_size) not in (self.axes, len(shape)):
            raise ValueError(f"output_size has {self.axes} numbers, or one an axis of the input, {len(shape)}; given {output_size}")
        least = transposed_size(shape[-self.axes :], self.kernel_size, self.stride, self.padding, 0, self.dilation)
        extra = tuple(wanted - size for wanted, size in zip(output_size[-self.axes :], least))
        if any(not 0 <= more < stride for more, stride in zip(extra, self.stride)):
            largest = tuple(size + stride - 1 for size, stride in zip(least, self.stride))
            raise ValueError(f"output_size lies between {least} and {largest} for an input of shape {shape}, given {output_size}")
        return extra


class ConvTranspose1d(_ConvTranspose):
    """The transpose of `Conv1d`."""

    axes = 1


class ConvTranspose2d(_ConvTranspose):
    """The transpose of `Conv2d`: with stride 2 it doubles the size of images."""


class ConvTranspose3d(_ConvTranspose):
    """The transpose of `Conv3d`."""

    axes = 3


class Unfold(Module):
    """Patches of images as columns."""

    def __init__(self, kernel_size: Numbers, dilation: Numbers = 1, padding: Numbers = 0, stride: Numbers = 1) -> None:
        self.kernel_size, self.dilation, self.padding, self.stride = kernel_size, dilation, padding, stride

    def forward(self, input: Any) -> Any:
        return F.unfold(input, self.kernel_size, self.dilation, self.padding, self.stride)

    def extra_repr(self) -> str:
        return f"kernel_size={self.kernel_size}, dilation={self.dilation}, padding={self.padding}, stride={self.stride}"


class Fold(Unfold):
    """Columns added back to the places they came from, in images of `output_size`."""

    def __init__(
        self, output_size: Numbers, kernel_size: Numbers, dilation: Numbers = 1, padding: Numbers = 0, stride: Numbers = 1
    ) -> None:
        super().__init__(kernel_size, dilation, padding, stride)
        self.output_size = output_size

    def forward(self, input: Any) -> Any:
        return F.fold(input, self.output_size, self.kernel_size, self.dilation, self.padding, self.stride)

    def extra_repr(self) -> str:
        return f"output_size={self.output_size}, {super().extra_repr()}"

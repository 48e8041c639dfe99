"""Pooling layers, under PyTorch's names and arguments."""

from __future__ import annotations

from typing import Any

from nn import functional as F
from nn.configured import Configured
from nn.module import Module
from nn.randomness import generator_or_shared


class _MaxPool(Configured):
    options = ("kernel_size", "stride", "padding", "dilation", "ceil_mode", "return_indices")
    shown = options[:-1]

    def __init__(
        self, kernel_size: Any, stride: Any = None, padding: Any = 0, dilation: Any = 1, return_indices: bool = False,
        ceil_mode: bool = False,
    ) -> None:  # fmt: skip
        self.kernel_size, self.stride, self.padding = kernel_size, kernel_size if stride is None else stride, padding
        self.dilation, self.return_indices, self.ceil_mode = dilation, return_indices, ceil_mode


class MaxPool1d(_MaxPool):
    """The largest value of every window."""

    function = staticmethod(F.max_pool1d)


class MaxPool2d(_MaxPool):
    """The largest value of every window; equal values share the gradient evenly."""

    function = staticmethod(F.max_pool2d)


class MaxPool3d(_MaxPool):
    """The largest value of every window."""

    function = staticmethod(F.max_pool3d)


class AvgPool1d(Configured):
    """The mean of every window."""

    function = staticmethod(F.avg_pool1d)
    options: tuple[str, ...] = ("kernel_size", "stride", "padding", "ceil_mode", "count_include_pad")
    shown = ("kernel_size", "stride", "padding")

    def __init__(
        self, kernel_size: Any, stride: Any = None, padding: Any = 0, ceil_mode: bool = False,
        count_include_pad: bool = True,
    ) -> None:  # fmt: skip
        self.kernel_size, self.stride, self.padding = kernel_size, kernel_size if stride is None else stride, padding
        self.ceil_mode, self.count_include_pad = ceil_mode, count_include_pad


class AvgPool2d(AvgPool1d):
    """The mean of every window."""

    function = staticmethod(F.avg_pool2d)
    options = (*AvgPool1d.options, "divisor_override")

    def __init__(
        self, kernel_size: Any, stride: Any = None, padding: Any = 0, ceil_mode: bool = False,
        count_include_pad: bool = True, divisor_override: int | None = None,
    ) -> None:  # fmt: skip
        super().__init__(kernel_size, stride, padding, ceil_mode, count_include_pad)
        self.divisor_override = divisor_override


class AvgPool3d(AvgPool2d):
    """The mean of every window."""

    function = staticmethod(F.avg_pool3d)


class LPPool1d(Configured):
    """The p-norm of every window, without absolute values, as PyTorch's."""

    function = staticmethod(F.lp_pool1d)

    options = ("norm_type", "kernel_size", "stride", "ceil_mode")

    def __init__(self, norm_type: float, kernel_size: Any, stride: Any = None, ceil_mode: bool = False) -> None:
        self.norm_type, self.kernel_size, self.stride, self.ceil_mode = norm_type, kernel_size, stride, ceil_mode


class LPPool2d(LPPool1d):
    """The p-norm of every window, without absolute values, as PyTorch's."""

    function = staticmethod(F.lp_pool2d)


class LPPool3d(LPPool1d):
    """The p-norm of every window, without absolute values, as PyTorch's."""

    function = staticmethod(F.lp_pool3d)


class _Adaptive(Configured):
    options = ("output_size",)

    def __init__(self, output_size: Any) -> None:
        self.output_size = output_size


class AdaptiveAvgPool1d(_Adaptive):
    """Means over as many cells as asked."""

    function = staticmethod(F.adaptive_avg_pool1d)


class AdaptiveAvgPool2d(_Adaptive):
    """Means over as many cells as asked; 1 is the global average of a residual network's end."""

    function = staticmethod(F.adaptive_avg_pool2d)


class AdaptiveAvgPool3d(_Adaptive):
    """Means over as many cells as asked."""

    function = staticmethod(F.adaptive_avg_pool3d)


class _AdaptiveMax(Configured):
    options = ("output_size", "return_indices")
    shown = ("output_size",)

    def __init__(self, output_size: Any, return_indices: bool = False) -> None:
        self.output_size, self.return_indices = output_size, return_indices


class AdaptiveMaxPool1d(_AdaptiveMax):
    """The largest value of each cell."""

    function = staticmethod(F.adaptive_max_pool1d)


class AdaptiveMaxPool2d(_AdaptiveMax):
    """The largest value of each cell."""

    function = staticmethod(F.adaptive_max_pool2d)


class AdaptiveMaxPool3d(_AdaptiveMax):
    """The largest value of each cell."""

    function = staticmethod(F.adaptive_max_pool3d)


class _FractionalMaxPool(Configured):
    options = ("kernel_size", "output_size", "output_ratio", "return_indices")
    _random_samples: Any

    def __init__(
        self, kernel_size: Any, output_size: Any = None, output_ratio: Any = None, return_indices: bool = False,
        _random_samples: Any = None, generator: Any = None,
    ) -> None:  # fmt: skip
        if (output_size is None) == (output_ratio is None):
            raise ValueError(f"{type(self).__name__} takes output_size or output_ratio, one of them")
        self.kernel_size, self.output_size, self.output_ratio = kernel_size, output_size, output_ratio
        self.return_indices = return_indices
        self.generator = generator if generator is None else generator_or_shared(generator)
        self.register_buffer("_random_samples", _random_samples)

    def forward(self, input: Any) -> Any:
        more = {"_random_samples": self._random_samples, "generator": self.generator}
        return type(self).function(input, **self._options(), **more)


class FractionalMaxPool2d(_FractionalMaxPool):
    """The largest value of windows that lie at random: see `nn.functional.fractional_max_pool2d`."""

    function = staticmethod(F.fractional_max_pool2d)


class FractionalMaxPool3d(_FractionalMaxPool):
    """The largest value of windows that lie at random: see `nn.functional.fractional_max_pool3d`."""

    function = staticmethod(F.fractional_max_pool3d)


class _MaxUnpool(Module):
    """Values back to where max-pooling found them, as the indices say that it returned."""

    function: str

    def __init__(self, kernel_size: Any, stride: Any = None, padding: Any = 0) -> None:
        self.kernel_size, self.stride, self.padding = kernel_size, kernel_size if stride is None else stride, padding

    def forward(self, input: Any, indices: Any, output_size: Any = None) -> Any:
        return getattr(F, self.function)(input, indices, self.kernel_size, self.stride, self.padding, output_size)

    def extra_repr(self) -> str:
        return f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}"


class MaxUnpool1d(_MaxUnpool):
    """`MaxPool1d` undone."""

    function = "max_unpool1d"


class MaxUnpool2d(_MaxUnpool):
    """`MaxPool2d` undone."""

    function = "max_unpool2d"


class MaxUnpool3d(_MaxUnpool):
    """`MaxPool3d` undone."""

    function = "max_unpool3d"

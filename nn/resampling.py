"""Padding, scaling and shuffling layers, under PyTorch's names."""

from __future__ import annotations

from typing import Any

import numpy as np

from nn import functional as F
from nn.module import Module


class Upsample(Module):
    """(N, C, *sizes) at another size; see `nn.functional.interpolate`."""

    def __init__(
        self, size: Any = None, scale_factor: Any = None, mode: str = "nearest", align_corners: bool | None = None,
        recompute_scale_factor: bool | None = None,
    ) -> None:  # fmt: skip
        self.size, self.scale_factor, self.mode = size, scale_factor, mode
        self.align_corners, self.recompute_scale_factor = align_corners, recompute_scale_factor

    def forward(self, input: Any) -> Any:
        how = self.mode, self.align_corners, self.recompute_scale_factor
        return F.interpolate(input, self.size, self.scale_factor, *how)

    def extra_repr(self) -> str:
        given = f"size={self.size}" if self.size is not None else f"scale_factor={self.scale_factor}"
        return f"{given}, mode={self.mode!r}"


class UpsamplingNearest2d(Upsample):
    """Upsample with mode nearest."""

    def __init__(self, size: Any = None, scale_factor: Any = None) -> None:
        super().__init__(size, scale_factor, "nearest")


class UpsamplingBilinear2d(Upsample):
    """Upsample with mode bilinear and aligned corners."""

    def __init__(self, size: Any = None, scale_factor: Any = None) -> None:
        super().__init__(size, scale_factor, "bilinear", True)


class PixelShuffle(Module):
    """(..., C r², H, W) as (..., C, H r, W r) (Shi et al. 2016)."""

    def __init__(self, upscale_factor: int) -> None:
        self.upscale_factor = upscale_factor

    def forward(self, input: Any) -> Any:
        return F.pixel_shuffle(input, self.upscale_factor)

    def extra_repr(self) -> str:
        return f"upscale_factor={self.upscale_factor}"


class PixelUnshuffle(Module):
    """(..., C, H r, W r) as (..., C r², H, W)."""

    def __init__(self, downscale_factor: int) -> None:
        self.downscale_factor = downscale_factor

    def forward(self, input: Any) -> Any:
        return F.pixel_unshuffle(input, self.downscale_factor)

    def extra_repr(self) -> str:
        return f"downscale_factor={self.downscale_factor}"


class ChannelShuffle(Module):
    """Channels of the groups taken in turn (Zhang et al. 2017)."""

    def __init__(self, groups: int) -> None:
        self.groups = groups

    def forward(self, input: Any) -> Any:
        return F.channel_shuffle(input, self.groups)

    def extra_repr(self) -> str:
        return f"groups={self.groups}"


class _Pad(Module):
    axes: int
    mode: str
    value: float | None = None

    def __init__(self, padding: Any) -> None:
        self.padding = (padding,) * (2 * self.axes) if isinstance(padding, int) else tuple(padding)

    def forward(self, input: Any) -> Any:
        if self.mode != "constant" and np.ndim(input) not in (self.axes + 1, self.axes + 2):
            raise ValueError(f"{type(self).__name__} takes (N, C, *sizes) or (C, *sizes) with {self.axes} sizes, given {np.shape(input)}")
        return F.pad(input, self.padding, self.mode, self.value)

    def extra_repr(self) -> str:
        return f"{self.padding}" if self.value is None else f"padding={self.padding}, value={self.value}"


class _ConstantPad(_Pad):
    mode = "constant"

    def __init__(self, padding: Any, value: float) -> None:
        super().__init__(padding)
        self.value = value


def _padding(mode: str, axes: int, base: type[_Pad] = _Pad) -> Any:
    """A class for one mode and number of axes: ``ReflectionPad2d`` and its like."""
    kind = {"reflect": "Reflection", "replicate": "Replication", "circular": "Circular"}
    name = f"{kind.get(mode, 'Constant' if base is _ConstantPad else 'Zero')}Pad{axes}d"
    doc = f"Padding of the last {axes} axes, mode {mode}: ``(left, right, top, bottom, ...)`` or one number."
    return type(name, (base,), {"axes": axes, "mode": mode, "__module__": __name__, "__doc__": doc})


ZeroPad1d, ZeroPad2d, ZeroPad3d = (_padding("constant", axes) for axes in (1, 2, 3))
ConstantPad1d, ConstantPad2d, ConstantPad3d = (_padding("constant", axes, _ConstantPad) for axes in (1, 2, 3))
ReflectionPad1d, ReflectionPad2d, ReflectionPad3d = (_padding("reflect", axes) for axes in (1, 2, 3))
ReplicationPad1d, ReplicationPad2d, ReplicationPad3d = (_padding("replicate", axes) for axes in (1, 2, 3))
CircularPad1d, CircularPad2d, CircularPad3d = (_padding("circular", axes) for axes in (1, 2, 3))

"""Padding, scaling, and moving pixels between channels and places, of (N, C, *sizes)."""

# autograd's functions are made from declarations, so mypy sees Any where they return tensors.
# mypy: disable-error-code="no-any-return"

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import floor, prod
from typing import Any

import numpy as np

import autograd
from autograd import Tensor

Matrix = np.ndarray[Any, Any]
MODES = {"constant": "constant", "reflect": "reflect", "replicate": "edge", "circular": "wrap"}


def pad(input: Any, pad: Sequence[int], mode: str = "constant", value: float | None = None) -> Tensor:
    """Padding from the last axis backwards: ``(left, right, top, bottom, ...)``; negative amounts cut off.

    Parameters
    ----------
    mode : str
        ``"constant"`` (with `value`), ``"reflect"``, ``"replicate"`` or ``"circular"``.
    """
    input, amounts = autograd.as_tensor(input), tuple(pad)
    if len(amounts) % 2 or len(amounts) > 2 * input.ndim:
        raise ValueError(f"pad takes pairs for the last axes, at most {input.ndim} of them, given {amounts}")
    if mode not in MODES:
        raise ValueError(f"pad: mode is one of {', '.join(MODES)}, given {mode!r}")
    widths = [(0, 0)] * (input.ndim - len(amounts) // 2) + list(zip(amounts[-2::-2], amounts[::-2], strict=True))
    _refuse_padding(input, widths, mode)
    if mode == "replicate":
        return _replicated(input, widths)
    input = input[tuple(slice(max(-a, 0), n - max(-b, 0)) for (a, b), n in zip(widths, input.shape, strict=True))]
    grown = [(max(a, 0), max(b, 0)) for a, b in widths]
    options = {"constant_values": 0.0 if value is None else value} if mode == "constant" else {}
    return autograd.pad(input, grown, mode=MODES[mode], **options)


def _replicated(x: Tensor, widths: list[tuple[int, int]]) -> Tensor:
    """Edges repeated; places that are cut off and asked for again from the other side show the edge as well."""
    for axis, (before, after) in enumerate(widths):
        if (before, after) != (0, 0):
            x = autograd.take(x, np.clip(np.arange(-before, x.shape[axis] + after), 0, x.shape[axis] - 1), axis)
    return x


def _refuse_padding(x: Tensor, widths: list[tuple[int, int]], mode: str) -> None:
    """Reflected and circular padding has only so many values to show."""
    most = {"reflect": -1, "circular": 0}
    for (before, after), size in zip(widths, x.shape, strict=True):
        if size + min(before, 0) + min(after, 0) < 0:
            raise ValueError(f"pad: cutting {before} and {after} off an axis of {size} leaves nothing")
        if mode in most and max(before, after) > max(size + most[mode], 0):
            raise ValueError(f"pad: mode {mode!r} of an axis of {size} takes at most {size + most[mode]}, given {(before, after)}")


# ------------------------------------------------------------------------------------------------------------- scaling
#
# Every mode is linear and works on one axis after the other: a matrix (output size, input size) an axis says it all, and any
# order of derivative follows from the product's.


def _rows(size: int, out: int, places: Matrix, weights: Matrix, dtype: Any) -> Matrix:
    """The matrix whose row o holds weights[o] at the input places[o], places outside held at the edge."""
    matrix = np.zeros((out, size), dtype)
    np.add.at(matrix, (np.arange(out)[:, None], np.clip(places, 0, size - 1)), weights)
    return matrix


def _sources(size: int, out: int, scale: float | None, corners: bool) -> Matrix:
    """Where each output lies among the inputs."""
    o = np.arange(out)
    if corners:
        return o * ((size - 1) / (out - 1) if out > 1 else 0.0)
    return (o + 0.5) * (1.0 / scale if scale else size / out) - 0.5


def _nearest(size: int, out: int, scale: float | None, corners: bool, dtype: Any) -> Matrix:
    step = 1.0 / scale if scale else size / out
    return _rows(size, out, np.floor(np.arange(out) * step).astype(int)[:, None], np.ones((out, 1)), dtype)


def _nearest_exact(size: int, out: int, scale: float | None, corners: bool, dtype: Any) -> Matrix:
    step = 1.0 / scale if scale else size / out
    return _rows(size, out, np.floor((np.arange(out) + 0.5) * step).astype(int)[:, None], np.ones((out, 1)), dtype)


def _linear(size: int, out: int, scale: float | None, corners: bool, dtype: Any) -> Matrix:
    source = np.maximum(_sources(size, out, scale, corners), 0.0)
    left = np.floor(source).astype(int)
    part = source - left
    return _rows(size, out, np.stack([left, left + 1], 1), np.stack([1 - part, part], 1), dtype)


def _cubic(size: int, out: int, scale: float | None, corners: bool, dtype: Any) -> Matrix:
    """Keys 1981 with a = -3/4."""
    source = _sources(size, out, scale, corners)
    left = np.floor(source).astype(int)
    places = left[:, None] + np.arange(-1, 3)
    return _rows(size, out, places, _keys(np.abs(source[:, None] - places)), dtype)


def _keys(t: Matrix, a: float = -0.75) -> Matrix:
    near = ((a + 2) * t - (a + 3)) * t * t + 1
    far = ((t - 5) * t + 8) * t * a - 4 * a
    return np.where(t <= 1, near, np.where(t < 2, far, 0.0))


def _area(size: int, out: int, scale: float | None, corners: bool, dtype: Any) -> Matrix:
    """The mean of the inputs that each output covers, as adaptive average pooling has it."""
    matrix = np.zeros((out, size), dtype)
    for o in range(out):
        start, stop = o * size // out, -(-(o + 1) * size // out)
        matrix[o, start:stop] = 1.0 / (stop - start)
    return matrix


SCALERS: dict[str, tuple[Callable[..., Matrix], tuple[int, ...]]] = {
    "nearest": (_nearest, (1, 2, 3)), "nearest-exact": (_nearest_exact, (1, 2, 3)), "area": (_area, (1, 2, 3)),
    "linear": (_linear, (1,)), "bilinear": (_linear, (2,)), "trilinear": (_linear, (3,)), "bicubic": (_cubic, (2,)),
}  # fmt: skip


def _per_axis(value: Any, axes: int, name: str) -> list[Any]:
    values = list(value) if isinstance(value, (tuple, list)) else [value] * axes
    if len(values) != axes:
        raise ValueError(f"interpolate: {name} needs {axes} numbers, given {value}")
    return values


def _sizes(x: Tensor, size: Any, scale_factor: Any, recompute: bool) -> tuple[list[int], list[float | None]]:
    axes = x.ndim - 2
    if (size is None) == (scale_factor is None):
        raise ValueError("interpolate takes either size or scale_factor")
    if size is not None:
        return [int(n) for n in _per_axis(size, axes, "size")], [None] * axes
    scales = [float(s) for s in _per_axis(scale_factor, axes, "scale_factor")]
    sizes = [floor(n * s) for n, s in zip(x.shape[2:], scales, strict=True)]
    return sizes, [None] * axes if recompute else list(scales)


def interpolate(
    input: Any, size: Any = None, scale_factor: Any = None, mode: str = "nearest", align_corners: bool | None = None,
    recompute_scale_factor: bool | None = None,
) -> Tensor:  # fmt: skip
    """x (N, C, *sizes) at another size: nearest, nearest-exact, linear, bilinear, trilinear, bicubic or area."""
    input = autograd.as_tensor(input)
    scaler, axes = SCALERS.get(mode, (None, ()))
    if scaler is None or input.ndim - 2 not in axes:
        raise ValueError(f"interpolate: mode {mode!r} does not fit shape {input.shape}; modes: {', '.join(SCALERS)}")
    if align_corners is not None and "linear" not in mode and mode != "bicubic":
        raise ValueError(f"interpolate: align_corners has no meaning for mode {mode!r}")
    sizes, scales = _sizes(input, size, scale_factor, bool(recompute_scale_factor))
    if min((*sizes, *input.shape[2:])) < 1:
        raise ValueError(f"interpolate: from {input.shape[2:]} to {tuple(sizes)}: every size must be at least 1")
    for axis, (out, scale) in enumerate(zip(sizes, scales, strict=True), start=2):
        matrix = scaler(input.shape[axis], out, scale, bool(align_corners), input.dtype)
        input = autograd.moveaxis(autograd.moveaxis(input, axis, -1) @ matrix.T, -1, axis)
    return input


def upsample(
    input: Any, size: Any = None, scale_factor: Any = None, mode: str = "nearest", align_corners: bool | None = None
) -> Tensor:
    """`interpolate` under its older name."""
    return interpolate(input, size, scale_factor, mode, align_corners)


def upsample_nearest(input: Any, size: Any = None, scale_factor: Any = None) -> Tensor:
    """`interpolate` with mode "nearest"."""
    return interpolate(input, size, scale_factor)


def upsample_bilinear(input: Any, size: Any = None, scale_factor: Any = None) -> Tensor:
    """`interpolate` with mode "bilinear" and aligned corners."""
    return interpolate(input, size, scale_factor, "bilinear", align_corners=True)


# --------------------------------------------------------------------------------------------------- moving of channels


def pixel_shuffle(input: Any, upscale_factor: int) -> Tensor:
    """(..., C r², H, W) as (..., C, H r, W r) (Shi et al. 2016)."""
    input, r = autograd.as_tensor(input), upscale_factor
    if input.ndim < 3 or r < 1 or input.shape[-3] % (r * r):
        raise ValueError(f"pixel_shuffle: {input.shape} needs a number of channels divisible by {r}²")
    *lead, c, h, w = input.shape
    split = input.reshape((prod(lead), c // r**2, r, r, h, w)).transpose((0, 1, 4, 2, 5, 3))
    return split.reshape((*lead, c // r**2, h * r, w * r))


def pixel_unshuffle(input: Any, downscale_factor: int) -> Tensor:
    """(..., C, H r, W r) as (..., C r², H, W)."""
    input, r = autograd.as_tensor(input), downscale_factor
    if input.ndim < 3 or r < 1 or input.shape[-1] % r or input.shape[-2] % r:
        raise ValueError(f"pixel_unshuffle: height and width of {input.shape} must be divisible by {r}")
    *lead, c, h, w = input.shape
    split = input.reshape((prod(lead), c, h // r, r, w // r, r)).transpose((0, 1, 3, 5, 2, 4))
    return split.reshape((*lead, c * r**2, h // r, w // r))


def channel_shuffle(input: Any, groups: int) -> Tensor:
    """Channels (axis 1) of the groups taken in turn (Zhang et al. 2017)."""
    input = autograd.as_tensor(input)
    if input.ndim < 3 or groups < 1 or input.shape[1] % groups:
        raise ValueError(f"channel_shuffle: {input.shape} needs a number of channels divisible by {groups}")
    n, c, *sizes = input.shape
    return input.reshape((n, groups, c // groups, prod(sizes))).swapaxes(1, 2).reshape(input.shape)

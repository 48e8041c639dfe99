"""The compiled kernels as functions of padded arrays: they prepare tables and spans, and hand out the work.

Each returns False, or None, where it does not serve a case; NumPy does then.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from autograd.kernels import parallel
from autograd.kernels.compiled import build
from autograd.kernels.compiled.vector import INNER_COLUMNS, INNER_ROWS, LANES, ROWS, WIDTH
from autograd.kernels.geometry import Sizes
from autograd.kernels.layout import SLACK, Layout, Padded, clear_padding, empty_like_layout, valid_row
from autograd.kernels.windows import Array

if TYPE_CHECKING:
    from autograd.kernels.flat import Plane

assert max(WIDTH, LANES) <= SLACK

load: Callable[[], Any] = build.functions


def products(sources: list[Padded], planes: list[Plane], kernels: list[Array], out: Padded) -> bool:
    """Write the sum over planes of the stride-1 convolutions to `out`; kernels are (groups, rows, inner, *kernel)."""
    groups, rows, inner = kernels[0].shape[:3]
    if rows % ROWS:
        return False
    for number, (source, plane, kernel) in enumerate(zip(sources, planes, kernels, strict=True)):
        taps = _tap_offsets(source.layout, inner, plane.before, plane.kernel, plane.dilation)
        weights = _strided_offsets(kernel.shape[2:], _element_strides(kernel)[2:])
        for group in range(groups):
            _convolve(
                source.buffer[group * inner : (group + 1) * inner],
                kernel[group],
                weights,
                taps,
                out.buffer[group * rows : (group + 1) * rows],
                out.layout,
                number > 0,
            )
    clear_padding(out)
    return True


def _convolve(x: Array, kernel: Array, weights: Array, taps: Array, out: Array, of: Layout, add: bool) -> None:
    address, stride = kernel.ctypes.data, _element_strides(kernel)[0]

    def work(pixels: parallel.Span) -> None:
        load().convolve(x, address, stride, weights, taps, out, pixels, add)

    parallel.over(_pixels(of), WIDTH, out.size * len(taps), work)


def weight_products(sources: list[Padded], planes: list[Plane], g: Padded, groups: int) -> list[Array] | None:
    """For each plane, the products of the pixels of g with every tap: (O, inner * taps)."""
    rows = g.shape[1] // groups
    if rows % INNER_ROWS:
        return None
    return [_weight_products(source, plane, g, groups, rows) for source, plane in zip(sources, planes, strict=True)]


def _weight_products(source: Padded, plane: Plane, g: Padded, groups: int, rows: int) -> Array:
    inner = source.shape[1] // groups
    taps = _tap_offsets(source.layout, inner, plane.before, plane.kernel, plane.dilation)
    columns = -(-len(taps) // INNER_COLUMNS) * INNER_COLUMNS
    taps = np.concatenate([taps, np.repeat(taps[:1], columns - len(taps))])
    w = np.zeros((groups * rows, columns), np.float32)
    for group in range(groups):
        pixels = g.buffer[group * rows : (group + 1) * rows]
        x, out = source.buffer[group * inner : (group + 1) * inner], w[group * rows : (group + 1) * rows]

        def work(part: parallel.Span, pixels: Array = pixels, x: Array = x, out: Array = out) -> None:
            load().convolve_weight(pixels, x, taps, out, _pixels(source.layout), part)

        parallel.over((0, rows), INNER_ROWS, pixels.size * columns, work)
    return w[:, : inner * plane.kernel[0] * plane.kernel[1]]


def _pixels(of: Layout) -> parallel.Span:
    return of.lead, of.lead + of.used


def _element_strides(array: Array) -> Sizes:
    return tuple(stride // array.itemsize for stride in array.strides)


@lru_cache(maxsize=512)
def _strided_offsets(shape: Sizes, strides: Sizes) -> Array:
    """Where each element of a strided array lies, in row-major order, counted in elements from the first."""
    return np.sum([index * s for index, s in zip(np.indices(shape), strides, strict=True)], axis=0, dtype=np.int64).ravel()


@lru_cache(maxsize=512)
def _tap_offsets(of: Layout, inner: int, before: Sizes, kernel: Sizes, dilation: Sizes) -> Array:
    """Where (channel, *tap) of a pixel lies in the buffer, from the pixel."""
    strides = of.length, dilation[0] * of.pitch, dilation[1]
    first = before[0] * of.pitch + before[1]
    return _strided_offsets((inner, *kernel), strides) - first


# ------------------------------------------------------------------------------------------------ pixel by pixel


def batch_norm(x: Padded, weight: Array, bias: Array, eps: float, relu: bool) -> tuple[Padded, Array, Array]:
    """As `norm.batch_norm`."""
    out = empty_like_layout(x)
    mean, variance = np.empty((2, x.shape[1]), x.dtype)
    count, floor = _count(x), 0.0 if relu else -np.inf
    valid, weight, bias = valid_row(x.layout), np.array(weight), np.array(bias)

    def work(channels: parallel.Span) -> None:
        load().batch_norm(x.buffer, valid, weight, bias, eps, count, floor, out.buffer, mean, variance, channels)

    parallel.over((0, x.shape[1]), 1, x.size, work)
    return out, mean, variance


def normalise(x: Padded, scale: Array, shift: Array, relu: bool) -> Padded:
    """Every channel scaled and shifted."""
    out, valid, floor = empty_like_layout(x), valid_row(x.layout), 0.0 if relu else -np.inf

    def work(channels: parallel.Span) -> None:
        load().normalise(x.buffer, valid, scale, shift, floor, out.buffer, channels)

    parallel.over((0, x.shape[1]), 1, x.size, work)
    return out


def batch_norm_gradients(arrays: list[Padded], mean: Array, inverse: Array, weight: Array) -> tuple[Padded, Array, Array]:
    """As `norm.batch_norm_gradients`, for x, g and perhaps out, of one layout."""
    x, g, *out = arrays
    dx, valid, count = empty_like_layout(x), valid_row(x.layout), _count(x)
    by_weight, by_bias = np.empty((2, x.shape[1]), x.dtype)
    passing = out[0].buffer if out else valid[None]
    weight = np.array(weight)  # Numba tells read-only arrays apart

    def work(channels: parallel.Span) -> None:
        load().batch_norm_gradients(
            g.buffer, x.buffer, passing, valid, mean, inverse, weight, count, dx.buffer, by_weight, by_bias, channels
        )

    parallel.over((0, x.shape[1]), 1, x.size, work)
    return dx, by_weight, by_bias


def relu(x: Padded) -> Padded:
    """As `elementwise.relu`."""
    out = empty_like_layout(x)
    _flatwise(load().relu, x, out)
    return out


def relu_input(g: Padded, out: Padded) -> Padded:
    """As `elementwise.relu_input`, for arrays of one layout."""
    dx = empty_like_layout(g)
    _flatwise(load().relu_input, g, out, dx)
    return dx


def _flatwise(loop: Callable[..., None], *arrays: Padded) -> None:
    rows = [array.buffer.reshape(-1) for array in arrays]
    parallel.over((0, rows[0].size), LANES, rows[0].size, lambda part: loop(*(row[part[0] : part[1]] for row in rows)))


def _count(x: Padded) -> float:
    """Pixels in a channel."""
    return float(x.size // x.shape[1])

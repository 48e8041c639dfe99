"""Convolution on the padded flat layout, for windows that keep the image's size: any kernel, dilation and groups.

A tap is the flat buffer shifted by one number, so the columns of a tile of pixels are `taps` contiguous copies, made
into scratch that stays in the cache, followed by one matrix product. Pixels and padding are treated alike, and what
the product wrote on the padding is cleared at the end: a few percent more arithmetic, no case for any edge.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from autograd.kernels.geometry import Window
from autograd.kernels.layout import Padded, clear_padding, empty, layout, to_padded
from autograd.kernels.scratch import scratch
from autograd.kernels.windows import Array

TILE_ELEMENTS = 1 << 17
"""Columns of a tile: half a megabyte of float32, which the second-level cache holds."""
LEAST_PIXELS = 256
"""A tile has this many pixels or more: below it the matrix product is too thin."""


def fits(window: Window) -> bool:
    """Whether a window is one of this file's: two axes, stride 1, as many windows as pixels."""
    return len(window.size) == 2 and window.stride == (1, 1) and window.output == window.size


def convolve(x: Array, w: Array, window: Window, groups: int) -> Padded:
    """(N, C, H, W) with (O, C / groups, *kernel): (N, O, H, W)."""
    source = to_padded(x, _margin(window))
    batch, _, height, width = x.shape
    out = empty(layout(batch, len(w), height, width, source.layout.margin), np.result_type(x, w))
    weights = w.reshape(groups, len(w) // groups, -1)
    results = _by_group(out.buffer, groups)
    for columns, start, stop in _columns(source, window, groups):
        np.matmul(weights, columns, out=results[:, :, start:stop])
    clear_padding(out)
    return out


def convolve_input(g: Array, w: Array, window: Window, groups: int) -> Padded:
    """The adjoint by input: a convolution with the kernels turned round, from the other side."""
    after = [
        (d * (k - 1) - before, before)
        for (before, _), k, d in zip(window.padding, window.kernel, window.dilation, strict=True)
    ]
    outer, inner = len(w) // groups, w.shape[1]
    turned = w.reshape(groups, outer, inner, *window.kernel).swapaxes(1, 2)[..., ::-1, ::-1]
    return convolve(
        g,
        turned.reshape(groups * inner, outer, *window.kernel),
        window._replace(padding=tuple(after)),
        groups,
    )


def convolve_weight(g: Array, x: Array, window: Window, groups: int) -> Array:
    """The adjoint by weight: the columns of x with the pixels of g, tile by tile."""
    source, pixels = _alike(x, g, _margin(window))
    gradients = _by_group(pixels.buffer, groups).swapaxes(1, 2)
    inner, outer = x.shape[1] // groups, g.shape[1] // groups
    w = np.zeros((groups, inner * window.taps, outer), np.result_type(g, x))
    for columns, start, stop in _columns(source, window, groups):
        w += columns @ gradients[:, start:stop]
    return w.swapaxes(1, 2).reshape(g.shape[1], inner, *window.kernel)


def _margin(window: Window) -> int:
    """Zeros that the taps need around an image."""
    pairs = zip(window.padding, window.kernel, window.dilation, strict=True)
    return max(max(before, d * (k - 1) - before) for (before, _), k, d in pairs)


def _alike(x: Array, g: Array, margin: int) -> tuple[Padded, Padded]:
    """Both in layouts of one margin, so that a pixel has the same place in both."""
    source, pixels = to_padded(x, margin), to_padded(g, margin)
    margin = max(source.layout.margin, pixels.layout.margin)
    return to_padded(source, margin), to_padded(pixels, margin)


def _by_group(buffer: Array, groups: int) -> Array:
    return buffer.reshape(groups, len(buffer) // groups, -1)


def _columns(source: Padded, window: Window, groups: int) -> Iterator[tuple[Array, int, int]]:
    """Tile by tile: (groups, C / groups * taps, pixels), and where the tile lies in a row of the buffer."""
    of = source.layout
    if window.taps == 1:
        yield _by_group(source.buffer, groups), 0, of.length
        return
    channels = len(source.buffer)
    step = max(TILE_ELEMENTS // (channels * window.taps), LEAST_PIXELS)
    for start in range(of.lead, of.lead + of.used, step):
        stop = min(start + step, of.lead + of.used)
        columns = scratch("columns", (channels, *window.kernel, stop - start), source.dtype)
        np.copyto(columns, _taps(source, window, start, stop))
        yield columns.reshape(groups, -1, stop - start), start, stop


def _taps(source: Padded, window: Window, start: int, stop: int) -> Array:
    """The buffer from start to stop as every tap sees it: (C, *kernel, stop - start), no copy."""
    size, pitch = source.itemsize, source.layout.pitch
    (above, _), (left, _) = window.padding
    strides = (source.layout.length, window.dilation[0] * pitch, window.dilation[1], 1)
    return np.ndarray(
        (len(source.buffer), *window.kernel, stop - start),
        source.dtype,
        source.buffer,
        (start - above * pitch - left) * size,
        tuple(s * size for s in strides),
    )

"""3×3 convolution by Winograd's tiles, F(2×2, 3×3): the sums of the taps, scratch, and spans for threads.

Its rounding is as good as the plain sum's (a long sum in 16 parts), but a tile mixes pixels that a result should not see. That
shows where they are infinite or NaN, or overflow: then a result is not finite, and the caller takes the plain way.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from autograd.kernels import parallel
from autograd.kernels.compiled import build
from autograd.kernels.compiled.vector import INNER_COLUMNS, INNER_ROWS, LANES, ROWS, WIDTH
from autograd.kernels.compiled.winograd_loops import LANE_STRIDE, PLANE_GAP, TOGETHER
from autograd.kernels.layout import Layout, Padded, valid_row
from autograd.kernels.memory import scratch
from autograd.kernels.windows import Array

if TYPE_CHECKING:
    from autograd.kernels.flat import Plane

FEWEST = 8
"""Channels on both sides from which on the saved products outweigh the sums."""
STRIP_FLOATS = 1 << 14
"""Of one of the sums of a strip's pixels: with those of the gradient and all four, half a megabyte."""

_ALONG = np.array([[1, 0, 0], [0.5, 0.5, 0.5], [0.5, -0.5, 0.5], [0, 0, 1]], np.float32)
SUMS = np.kron(_ALONG, _ALONG)
"""(16, 9): the sums of the taps."""


def suits(planes: Sequence[Plane], groups: int, outputs: int, inputs: int) -> bool:
    """Whether a convolution is one of this file's."""
    plane = planes[0]
    return len(planes) == groups == 1 and plane.kernel == (3, 3) and plane.dilation == (1, 1) and min(outputs, inputs) >= FEWEST


def convolve(source: Padded, plane: Plane, kernel: Array, out: Padded) -> bool:
    """Write the convolution with a kernel (O, C, 3, 3) to `out`; False where the result is not finite."""
    of, (outputs, channels) = source.layout, kernel.shape[:2]
    rows = -(-outputs // ROWS) * ROWS
    weights = scratch("taps", (16, rows * channels + PLANE_GAP), np.float32)
    strides = np.array(kernel.strides) // kernel.itemsize
    build.functions().tap_sums(kernel.ctypes.data, strides, weights, outputs, channels)
    tables = _steps(channels, 1), _steps(channels, LANE_STRIDE)
    checks = []

    def work(blocks: parallel.Span) -> None:
        v, m = (scratch(name, (16 * (n * LANE_STRIDE + PLANE_GAP),), np.float32) for name, n in (("spread", channels), ("sums", rows)))
        checks.append(check := np.zeros(LANES, np.float32))
        build.functions().winograd(
            source.memory, _first(of, plane), of.length, weights, rows, *tables, valid_row(out.layout), out.buffer, of.pitch,
            of.shape[2], v, m, check, blocks,
        )  # fmt: skip

    parallel.over((0, -(-_tiles(of) // WIDTH)), 1, out.size * channels, work)
    return not any(np.isnan(check).any() for check in checks)


def convolve_weight(source: Padded, plane: Plane, g: Padded) -> Array | None:
    """The products of the pixels of g with every tap, (O, C * 9); None where they are not finite."""
    of, outputs, channels = source.layout, g.shape[1], source.shape[1]
    if outputs % INNER_ROWS or channels % INNER_COLUMNS:
        return None
    strip = min(STRIP_FLOATS // min(TOGETHER, max(outputs, channels)), _tiles(of) + LANES - 1) // LANES * LANES
    sums, columns = np.zeros((16, outputs, channels), np.float32), _steps(channels, strip + LANES)

    def work(rows: parallel.Span) -> None:
        v, t = (scratch(name, (4 * (TOGETHER * (strip + LANES) + PLANE_GAP),), np.float32) for name in ("spread", "sums"))
        build.functions().winograd_weight(
            source.memory, _first(of, plane), of.length, g.memory, g.layout.gap, g.layout.length, sums.reshape(-1), outputs, channels,
            of.pitch, of.shape[2], v, t, columns, strip, rows,
        )  # fmt: skip

    parallel.over((0, outputs), INNER_ROWS, g.size * channels, work, shares=1)  # each sums the pixels anew
    w: Array = (SUMS.T @ sums.reshape(16, -1)).reshape(9, outputs, channels).transpose(1, 2, 0).reshape(outputs, -1)
    return w if np.isfinite(w).all() else None


def _first(of: Layout, plane: Plane) -> int:
    """Where the first tap of the first pixel lies in the memory."""
    return of.gap - plane.before[0] * of.pitch - plane.before[1]


def _tiles(of: Layout) -> int:
    return -(-of.pitch // 2) * -(-of.shape[2] // 2)


@lru_cache(maxsize=256)
def _steps(count: int, step: int) -> Array:
    return np.arange(count) * step

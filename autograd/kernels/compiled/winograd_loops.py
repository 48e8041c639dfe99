"""Convolution with 3×3 kernels by Winograd's tiles: blocks of tiles small enough for the cache, through three steps.

A line of pixels, padding and all, is one row of tiles; two lines make a pair. Tiles are counted through all pairs, and a
block of them, which may begin in one pair and end in another, is summed (`spread`), multiplied (`correlate` or `inner`)
and summed back (`gather`).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd.kernels.compiled.loops import Matrix, Row, Span, helper, kernel
from autograd.kernels.compiled.tiles import gather, spread, turn
from autograd.kernels.compiled.vector import INNER_COLUMNS, INNER_ROWS, LANES, ROWS, WIDTH, correlate, inner, number

SOURCES = "4e693cb1c31583af"
"""Digest of tiles.py and vector.py. Numba's cache on disk notices changes of this file only; a test holds them together."""

LANE_STRIDE = WIDTH + LANES  # floats of a row of sums: the last vector may stick out
TOGETHER = 64  # channels, and outputs, whose tiles are multiplied by each other
PLANE_GAP = 16  # floats between planes, which would otherwise lie a multiple of a page apart and push each other out of the cache


@helper
def _spread_lines(x: int, pitch: int, last: int, row: int, count: int, out: int, out_stride: int) -> None:
    """One of the four sums down the columns, from four lines at x; the fourth is not further than `last` lines."""
    if row == 0:
        spread(x, x + 8 * pitch, -1, count, out, out_stride)
    elif row == 1:
        spread(x + 4 * pitch, x + 8 * pitch, 1, count, out, out_stride)
    elif row == 2:
        spread(x + 8 * pitch, x + 4 * pitch, -1, count, out, out_stride)
    else:
        spread(x + 4 * pitch, x + 4 * last * pitch, -1, count, out, out_stride)


@helper
def _run(tile: int, stop: int, tiles: int, pitch: int, lines: int) -> tuple[int, int, int, int]:
    """The tiles from `tile` to `stop` that lie in one pair of lines: their first pixel, their number, pixels in the upper line
    and in the lower, of which there is none below the last."""
    pair, column = tile // tiles, tile % tiles
    count = min(tiles - column, stop - tile)
    upper = min(2 * count, pitch - 2 * column)
    return 2 * (pair * pitch + column), count, upper, upper if 2 * pair + 2 <= lines else 0


@helper
def _four(a: Any, b: Any, c: Any) -> Any:
    """The sums of three taps."""
    half = np.float32(0.5)
    return a, half * (a + c + b), half * (a + c - b), c


@helper
def _column(w: int, line: int) -> Any:
    """Those of a column of taps at an address."""
    return _four(number(w, 0), number(w, line), number(w, 2 * line))


@kernel("int64 I M int64 int64")
def tap_sums(w: int, strides: Row, sums: Matrix, outputs: int, channels: int) -> None:
    """sums[k, o * channels + c]: the 16 sums of each kernel's taps. `w` is an address, strides are of (O, C, 3, 3)."""
    for o in range(outputs):
        for c in range(channels):
            place, line, column = w + 4 * (o * strides[0] + c * strides[1]), strides[2], 4 * strides[3]
            left, middle, right = _column(place, line), _column(place + column, line), _column(place + 2 * column, line)
            for row in range(4):
                a, b, d, e = _four(left[row], middle[row], right[row])
                k, at = 4 * row, o * channels + c
                sums[k, at], sums[k + 1, at], sums[k + 2, at], sums[k + 3, at] = a, b, d, e


@kernel("R int64 int64 M int64 I I R M int64 int64 R R R S")
def winograd(
    x: Row, first: int, length: int, u: Matrix, outputs: int, u_offsets: Row, v_offsets: Row, valid: Row, out: Matrix, pitch: int,
    lines: int, v: Row, m: Row, check: Row, blocks: Span,
) -> None:  # fmt: skip
    """out[o, pixel] = sum over channels and taps; the first tap of pixel 0 is x[first], a channel is `length` long.

    u: sums of taps (see `tap_sums`), of `outputs`, a multiple of ROWS; v and m: scratch for the 16 sums of WIDTH tiles of each
    channel and output.
    """
    channels, tiles, stop = len(v_offsets), (pitch + 1) // 2, (pitch + 1) // 2 * ((lines + 1) // 2)
    v_plane, m_plane = channels * LANE_STRIDE + PLANE_GAP, outputs * LANE_STRIDE + PLANE_GAP
    for block in range(blocks[0], blocks[1]):
        begin, end = block * WIDTH, min(block * WIDTH + WIDTH, stop)
        tile = begin
        while tile < end:
            place, count, _, lower = _run(tile, end, tiles, pitch, lines)
            for c in range(channels):
                source, target = x.ctypes.data + 4 * (first + c * length + place), v.ctypes.data + 4 * (c * LANE_STRIDE + tile - begin)
                for row in range(4):
                    _spread_lines(source, pitch, 3 if lower else 2, row, count, target + 16 * row * v_plane, v_plane)
            tile += count
        for k in range(16):
            right = v.ctypes.data + 4 * k * v_plane
            for o in range(0, outputs, ROWS):
                left, target = u.ctypes.data + 4 * (k * u.shape[1] + o * channels), m.ctypes.data + 4 * (k * m_plane + o * LANE_STRIDE)
                correlate(left, channels, u_offsets.ctypes.data, right, v_offsets.ctypes.data, channels, target, LANE_STRIDE)
        tile = begin
        while tile < end:
            place, count, upper, lower = _run(tile, end, tiles, pitch, lines)
            for o in range(out.shape[0]):
                source, target = m.ctypes.data + 4 * (o * LANE_STRIDE + tile - begin), out.ctypes.data + 4 * (o * out.shape[1] + place)
                gather(source, m_plane, count, target, valid.ctypes.data + 4 * place, pitch, upper, lower, check.ctypes.data)
            tile += count


@helper
def _clear_lanes(sums: Row, plane: int, stride: int, rows: int, first: int, last: int) -> None:
    """Zeros behind the tiles of a strip."""
    for k in range(4):
        for row in range(rows):
            sums[k * plane + row * stride + first : k * plane + row * stride + last] = 0


@kernel("R int64 int64 R int64 int64 R int64 int64 int64 int64 R R I int64 S")
def winograd_weight(
    x: Row, first: int, length: int, g: Row, g_first: int, g_length: int, sums: Row, outputs: int, channels: int, pitch: int, lines: int,
    v: Row, t: Row, v_offsets: Row, strip: int, rows: Span,
) -> None:  # fmt: skip
    """sums[k, o, c] += sum over tiles of the 16 sums of g's tile times those of x's, for some outputs o.

    A strip of tiles at a time, of at most TOGETHER channels and outputs, and for one of the four sums down the columns: the
    scratch v and t holds no more.
    """
    tiles, stop, stride = (pitch + 1) // 2, (pitch + 1) // 2 * ((lines + 1) // 2), strip + LANES
    plane = TOGETHER * stride + PLANE_GAP
    for o_first in range(rows[0], rows[1], TOGETHER):
        o_count = min(TOGETHER, rows[1] - o_first)
        for c_first in range(0, channels, TOGETHER):
            c_count = min(TOGETHER, channels - c_first)
            for part in range(4 * ((stop + strip - 1) // strip)):
                row, begin = part % 4, part // 4 * strip
                end = min(begin + strip, stop)
                tile = begin
                while tile < end:
                    place, count, upper, lower = _run(tile, end, tiles, pitch, lines)
                    for c in range(c_count):
                        source = x.ctypes.data + 4 * (first + (c_first + c) * length + place)
                        target = v.ctypes.data + 4 * (c * stride + tile - begin)
                        _spread_lines(source, pitch, 3 if lower else 2, row, count, target, plane)
                    for o in range(o_count):
                        source = g.ctypes.data + 4 * (g_first + (o_first + o) * g_length + place)
                        target = t.ctypes.data + 4 * (o * stride + tile - begin)
                        turn(source, source + 4 * pitch, row < 3, (row > 0) - 2 * (row > 1), upper, count, target, plane)
                    tile += count
                lanes = (end - begin + LANES - 1) // LANES * LANES
                _clear_lanes(t, plane, stride, o_count, end - begin, lanes)
                _clear_lanes(v, plane, stride, c_count, end - begin, lanes)
                for k in range(4):
                    for o in range(0, o_count, INNER_ROWS):
                        left, right = t.ctypes.data + 4 * (k * plane + o * stride), v.ctypes.data + 4 * k * plane
                        target = sums.ctypes.data + 4 * (((4 * row + k) * outputs + o_first + o) * channels + c_first)
                        for c in range(0, c_count, INNER_COLUMNS):
                            inner(left, stride, right, v_offsets.ctypes.data + 8 * c, lanes, target + 4 * c, channels)

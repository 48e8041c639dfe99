"""The compiled kernels: plain loops for Numba over the flat buffers of the padded layout, float32.

`valid` is a row of ones on pixels and zeros on padding: multiplying by it keeps the padding zero in the same pass.
Every function works on a `span` (first, last) of channels, rows, or pixels, releases the interpreter lock and
writes only inside its span, so that spans can run in different threads.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import numba
import numpy as np

from autograd.kernels.compiled.vector import INNER_COLUMNS, INNER_ROWS, LANES, ROWS, WIDTH, correlate, inner

Row = Any
Matrix = Any
Span = Any
Pair = Any
Place = Any  # of pixels in a row: the first, from image to image, from line to line
Loop = TypeVar("Loop", bound=Callable[..., None])

VECTOR_SOURCE = "54dc48a17ae72759"
"""Digest of vector.py. Numba's cache on disk notices changes of this file only; a test holds the two together."""

CACHED_BYTES = 1 << 17
"""Pixels of all channels that are finished before the next are begun: they stay in the second-level cache."""

FAST = frozenset({"reassoc", "contract", "nsz"})
"""What LLVM may do with floats: sums in any order, so that they become vectors; NaN and infinity keep their meaning."""

sources: dict[str, tuple[Any, str]] = {}
"""Name: (function, signature) of everything to be compiled."""

exact: set[str] = set()
"""Names of what gives NumPy's bits: compiled without `FAST`."""


def kernel(arguments: str) -> Callable[[Loop], Loop]:
    """Mark a function for compilation: `arguments` are its types, M a matrix, R a row of float32, I one of
    int64, S a pair, P a triple of int64."""
    names = {"M": "float32[:,::1]", "R": "float32[::1]", "I": "int64[::1]", "S": "UniTuple(int64,2)", "P": "UniTuple(int64,3)"}

    def register(function: Loop) -> Loop:
        types = ", ".join(names.get(name, name) for name in arguments.split())
        sources[function.__name__] = function, f"void({types})"
        return function

    return register


# Indices are unsigned because Numba checks signed ones for being negative, and such a loop does not become vectors.

unsigned = np.uint64


def helper(function: Callable[..., Any]) -> Any:
    """A part of a kernel."""
    return numba.njit(error_model="numpy")(function)


@helper
def _clear(row: Row, valid: Row) -> None:
    """Zeros where valid is zero."""
    for p in range(len(row)):
        row[p] = row[p] if valid[p] > 0 else np.float32(0)


@kernel("M R int64 int64 I I M int64 S")
def convolve(
    x: Matrix, valid: Row, w: int, w_stride: int, w_offsets: Row, x_offsets: Row, out: Matrix, pitch: int, pixels: Span
) -> None:  # fmt: skip
    """out[o, p] = sum over k of w[o * w_stride + w_offsets[k]] * x[x_offsets[k] + p].

    `w` is an address. Some images at a time, down all their lines, so that the lines that taps reach are in the cache;
    padding is set to zero while it is there.
    """
    length, channels = out.shape[1], x.shape[0]
    strips = max((4 * channels * pitch + CACHED_BYTES // 2) // CACHED_BYTES, 1)
    strip = max((pitch + strips - 1) // strips, WIDTH)
    for left in range(0, pitch, strip):
        for line in range(pixels[0] // pitch * pitch, pixels[1], pitch):
            first = max(_block(line + left), pixels[0])
            last = min(_block(line + min(left + strip, pitch)), _block(pixels[1]))
            for row in range(0, out.shape[0], ROWS):
                weights = w + 4 * row * w_stride
                for pixel in range(first, last, WIDTH):
                    right, target = x.ctypes.data + 4 * pixel, out.ctypes.data + 4 * (row * length + pixel)
                    correlate(weights, w_stride, w_offsets.ctypes.data, right, x_offsets.ctypes.data, len(x_offsets), target, length)
                for i in range(row, row + ROWS):
                    _clear(out[i][first:last], valid[first:last])


@helper
def _block(pixel: int) -> int:
    """The beginning of the first block of WIDTH that does not begin before a pixel."""
    return (pixel + WIDTH - 1) // WIDTH * WIDTH


@kernel("M M I M int64 S")
def convolve_weight(g: Matrix, x: Matrix, x_offsets: Row, w: Matrix, pixels: int, rows: Span) -> None:
    """w[o, k] += sum over p of g[o, p] * x[x_offsets[k] + p]. Reads up to LANES - 1 pixels more, where g is zero."""
    length, tile = g.shape[1], 4096
    for first in range(0, pixels, tile):
        count = (min(first + tile, pixels) - first + LANES - 1) // LANES * LANES
        for row in range(rows[0], rows[1], INNER_ROWS):
            left = g.ctypes.data + 4 * (row * length + first)
            for column in range(0, len(x_offsets), INNER_COLUMNS):
                target = w.ctypes.data + 4 * (row * w.shape[1] + column)
                offsets = x_offsets.ctypes.data + 8 * column
                inner(left, length, x.ctypes.data + 4 * first, offsets, count, target, w.shape[1])


@helper
def _statistics(row: Row, valid: Row, count: float) -> tuple[Any, Any]:
    """Mean and variance of a row's pixels."""
    total, squares = np.float32(0), np.float32(0)
    for p in range(len(valid)):
        total += row[p]
    centre = total / count
    for p in range(len(valid)):
        deviation = row[p] - centre if valid[p] > 0 else np.float32(0)
        squares += deviation * deviation
    return centre, squares / count


@helper
def _scaled(value: float, centre: float, scale: float, shift: float) -> float:
    """The one expression of a normalised value: the gradient asks again where it was positive."""
    return (value - centre) * scale + shift


@kernel("M R R R float32 float32 float32 M R R S")
def batch_norm(
    x: Matrix, valid: Row, weight: Row, bias: Row, eps: float, count: float, floor: float, out: Matrix, mean: Row, variance: Row,
    channels: Span,
) -> None:  # fmt: skip
    """Statistics of each row and the row normalised, scaled, and raised to `floor`."""
    for c in range(channels[0], channels[1]):
        centre, mean_square = _statistics(x[c], valid, count)
        mean[c], variance[c] = centre, mean_square
        scale = weight[c] * (np.float32(1) / np.sqrt(mean_square + eps))
        for p in range(len(valid)):
            y = _scaled(x[c, p], centre, scale, bias[c])
            out[c, p] = (floor if y <= floor else y) if valid[p] > 0 else np.float32(0)


@kernel("M R R R float32 M S")
def normalise(x: Matrix, valid: Row, scale: Row, shift: Row, floor: float, out: Matrix, channels: Span) -> None:
    """Each row scaled, shifted, and raised to `floor`."""
    for c in range(channels[0], channels[1]):
        for p in range(len(valid)):
            y = x[c, p] * scale[c] + shift[c]
            out[c, p] = (floor if y <= floor else y) if valid[p] > 0 else np.float32(0)


@kernel("M M R R R float32 float32 float32 M R R S")
def batch_norm_gradients(
    g: Matrix, x: Matrix, valid: Row, weight: Row, bias: Row, eps: float, count: float, floor: float, dx: Matrix, by_weight: Row,
    by_bias: Row, channels: Span,
) -> None:  # fmt: skip
    """The gradients by x, weight and bias, where g passes if the result was above `floor`."""
    for c in range(channels[0], channels[1]):
        centre, mean_square = _statistics(x[c], valid, count)
        inverse = np.float32(1) / np.sqrt(mean_square + eps)
        scale = weight[c] * inverse
        straight, along = np.float32(0), np.float32(0)
        for p in range(len(valid)):
            arriving = np.float32(0) if _scaled(x[c, p], centre, scale, bias[c]) <= floor else g[c, p]
            straight += arriving
            along += arriving * (x[c, p] - centre)
        by_bias[c], by_weight[c] = straight, along * inverse
        slope, level = scale * inverse * by_weight[c] / count, scale * straight / count
        for p in range(len(valid)):
            arriving = np.float32(0) if _scaled(x[c, p], centre, scale, bias[c]) <= floor else g[c, p]
            value = arriving * scale - (x[c, p] - centre) * slope - level
            dx[c, p] = value if valid[p] > 0 else np.float32(0)


@kernel("R R")
def relu(x: Row, out: Row) -> None:
    """max(x, 0); NaN stays."""
    for p in range(len(x)):
        out[p] = np.float32(0) if x[p] <= 0 else x[p]


@kernel("R R R")
def relu_input(g: Row, out: Row, dx: Row) -> None:
    """g where out is positive."""
    for p in range(len(g)):
        dx[p] = g[p] * (np.float32(1) if out[p] > 0 else np.float32(0))


@kernel("R R float32")
def descend(values: Row, step: Row, rate: float) -> None:
    """values -= rate * step, with both roundings: how parameters are put together for a step must not change it."""
    for p in range(len(values)):
        values[p] -= rate * step[p]


exact.add("descend")


# ------------------------------------------------------------------------------------------------------ line by line


@kernel("M P S M P S S int64 S")
def copy_lines(
    source: Matrix, source_at: Place, source_steps: Pair, target: Matrix, target_at: Place, target_steps: Pair, shape: Pair,
    batch: int, channels: Span,
) -> None:  # fmt: skip
    """Copy `shape` (lines, pixels) of every image, with steps from line to line and from pixel to pixel on both sides."""
    for c in range(channels[0], channels[1]):
        given, wanted = source[c], target[c]
        for line in range(batch * shape[0]):
            i, image = line // batch, line % batch
            start = source_at[0] + image * source_at[1] + i * source_at[2] * source_steps[0]
            to = target_at[0] + image * target_at[1] + i * target_at[2] * target_steps[0]
            for j in range(shape[1]):
                wanted[unsigned(to + j * target_steps[1])] = given[unsigned(start + j * source_steps[1])]


@helper
def _inside(start: int, stride: int, size: int, count: int) -> tuple[int, int]:
    """The first and the last + 1 of `count` windows whose tap, at start + window * stride, lies in [0, size)."""
    first = min(max(0, (stride - 1 - start) // stride), count)
    return first, max(min(count, (size - 1 - start) // stride + 1), first)


@helper
def _raise(best: Row, first: int, last: int, values: Row, start: int, stride: int) -> None:
    """best[j] = max(best[j], values[start + j * stride]); NaN wins."""
    for j in range(first, last):
        value = values[unsigned(start + j * stride)]
        kept = best[unsigned(j)]
        best[unsigned(j)] = kept if value <= kept or kept != kept else value


@helper
def _count(count: Row, first: int, last: int, best: Row, values: Row, start: int, stride: int) -> None:
    """Count the taps that equal their window's maximum."""
    for j in range(first, last):
        hit = values[unsigned(start + j * stride)] == best[unsigned(j)]
        count[unsigned(j)] += np.float32(1) if hit else np.float32(0)


@helper
def _spread(share: Row, first: int, last: int, best: Row, values: Row, gradient: Row, start: int, stride: int) -> None:
    """Give each of these taps its share; a share of NaN reaches all."""
    for j in range(first, last):
        hit = values[unsigned(start + j * stride)] == best[unsigned(j)]
        gradient[unsigned(start + j * stride)] += share[unsigned(j)] * (np.float32(1) if hit else np.float32(0))


@kernel("M P S S S S S M P S int64 S")
def max_pool(
    x: Matrix, x_at: Place, size: Pair, kernel: Pair, stride: Pair, before: Pair, dilation: Pair, out: Matrix, out_at: Place,
    output: Pair, batch: int, channels: Span,
) -> None:  # fmt: skip
    """The largest tap of each window, a line of windows at a time: first down the columns, then along the line."""
    tallest = np.empty(size[1], np.float32)
    for c in range(channels[0], channels[1]):
        for line in range(batch * output[0]):
            i, image = line // batch, line % batch
            tallest[:] = -np.inf
            for row in range(kernel[0]):
                place = i * stride[0] - before[0] + row * dilation[0]
                if 0 <= place < size[0]:
                    _raise(tallest, 0, size[1], x[c], x_at[0] + image * x_at[1] + place * x_at[2], 1)
            best = out[c][out_at[0] + image * out_at[1] + i * out_at[2] :][: output[1]]
            best[:] = -np.inf
            for column in range(kernel[1]):
                start = column * dilation[1] - before[1]
                first, last = _inside(start, stride[1], size[1], output[1])
                _raise(best, first, last, tallest, start, stride[1])


@kernel("M M M P S S S S S M P S int64 S")
def max_pool_input(
    g: Matrix, out: Matrix, x: Matrix, x_at: Place, size: Pair, kernel: Pair, stride: Pair, before: Pair, dilation: Pair,
    dx: Matrix, out_at: Place, output: Pair, batch: int, channels: Span,
) -> None:  # fmt: skip
    """Each window's g, shared evenly by the taps that equal its maximum: they are counted, then served."""
    share = np.empty(output[1], np.float32)
    for c in range(channels[0], channels[1]):
        for line in range(batch * output[0]):
            i, image = line // batch, line % batch
            start = out_at[0] + image * out_at[1] + i * out_at[2]
            best, arriving = out[c][start:][: output[1]], g[c][start:][: output[1]]
            share[:] = 0
            for tap in range(2 * kernel[0] * kernel[1]):
                row, column = tap // kernel[1] % kernel[0], tap % kernel[1]
                if tap == kernel[0] * kernel[1]:
                    for j in range(output[1]):
                        share[j] = arriving[j] / share[j] if best[j] == best[j] else np.float32(np.nan)
                place = i * stride[0] - before[0] + row * dilation[0]
                if 0 <= place < size[0]:
                    shift = column * dilation[1] - before[1]
                    first, last = _inside(shift, stride[1], size[1], output[1])
                    at = x_at[0] + image * x_at[1] + place * x_at[2] + shift
                    if tap < kernel[0] * kernel[1]:
                        _count(share, first, last, best, x[c], at, stride[1])
                    else:
                        _spread(share, first, last, best, x[c], dx[c], at, stride[1])

"""The compiled kernels as functions of padded arrays: they prepare tables and spans, and hand out the work."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from autograd.kernels import parallel
from autograd.kernels.compiled import build, winograd
from autograd.kernels.compiled.vector import INNER_COLUMNS, INNER_ROWS, LANES, ROWS, WIDTH
from autograd.kernels.geometry import Sizes, Window
from autograd.kernels.layout import SLACK, Layout, Padded, clear_padding, empty_like_layout, valid_row
from autograd.kernels.memory import scratch
from autograd.kernels.windows import Array

if TYPE_CHECKING:
    from autograd.kernels.flat import Plane

assert max(WIDTH, LANES) <= SLACK

load: Callable[[], Any] = build.functions


def products(sources: list[Padded], planes: Sequence[Plane], kernels: list[Array], out: Padded) -> None:
    """Write the sum over planes of the stride-1 convolutions to `out`; kernels are (groups, rows, inner, *kernel)."""
    groups, rows, inner = kernels[0].shape[:3]
    if winograd.suits(planes, groups, rows, inner) and winograd.convolve(sources[0], planes[0], kernels[0][0], out):
        return
    whole = _round_up(rows, ROWS)
    if whole > rows:
        kernels = [_with_rows(np.concatenate([kernel.reshape(groups, rows, -1) for kernel in kernels], axis=2), whole)]
    places = _together([_taps(source, plane, inner) for source, plane in zip(sources, planes, strict=True)], sources)
    weights = _together([_strided_offsets(kernel.shape[2:], _element_strides(kernel)[2:]) for kernel in kernels], kernels)
    for group in range(groups):
        wanted = out.buffer[group * rows : (group + 1) * rows]
        target = wanted if whole == rows else scratch("rows", (whole, wanted.shape[1]), wanted.dtype)
        _convolve(_group(sources[0], inner, group), kernels[0][group], weights, places, target, out.layout)
        if target is not wanted:
            wanted[:, : out.layout.used] = target[:rows, : out.layout.used]


def _together(offsets: list[Array], arrays: list[Any]) -> Array:
    """Offsets into several arrays, all counted from the first: so a sum over phases is one sum."""
    if len(arrays) == 1:
        return offsets[0]
    places = [array.ctypes.data for array in arrays]
    return np.concatenate([own + (place - places[0]) // 4 for own, place in zip(offsets, places, strict=True)])


def _convolve(x: Array, kernel: Array, weights: Array, places: Array, out: Array, of: Layout) -> None:
    stride, valid, address = _element_strides(kernel)[0], valid_row(of), kernel.ctypes.data

    def work(pixels: parallel.Span) -> None:
        load().convolve(x, valid, address, stride, weights, places, out, of.pitch, pixels)

    parallel.over((0, of.used), WIDTH, out.size * len(places), work)


def weight_products(sources: list[Padded], planes: Sequence[Plane], g: Padded, groups: int) -> list[Array]:
    """For each plane, the products of the pixels of g with every tap: (O, inner * taps)."""
    if winograd.suits(planes, groups, g.shape[1], sources[0].shape[1]):
        w = winograd.convolve_weight(sources[0], planes[0], g)
        if w is not None:
            return [w]
    by_group, inner = g.buffer.reshape(groups, len(g.buffer) // groups, -1), sources[0].shape[1] // groups
    taps = [_taps(source, plane, inner) for source, plane in zip(sources, planes, strict=True)]
    products = _weight_products(_together(taps, sources), sources[0], by_group, inner)
    return np.split(products, np.cumsum([len(own) for own in taps])[:-1], axis=1)


def _weight_products(places: Array, source: Padded, g: Array, inner: int) -> Array:
    rows, wanted, columns = g.shape[1], len(places), _round_up(len(places), INNER_COLUMNS)
    g, places = _with_rows(g, _round_up(rows, INNER_ROWS)), np.pad(places, (0, columns - wanted), mode="edge")
    w = np.zeros((*g.shape[:2], columns), np.float32)
    for group in range(len(g)):

        def work(part: parallel.Span, group: int = group) -> None:
            load().convolve_weight(g[group], _group(source, inner, group), places, w[group], source.layout.used, part)

        parallel.over((0, g.shape[1]), INNER_ROWS, g[group].size * columns, work, shares=1)
    return w[:, :rows, :wanted].reshape(len(g) * rows, -1)


def _round_up(number: int, step: int) -> int:
    return -(-number // step) * step


def _with_rows(array: Array, rows: int) -> Array:
    """The array (groups, rows, ...) with rows of zeros added: the innermost loops take several rows at once."""
    if array.shape[1] == rows:
        return array
    whole = np.zeros((len(array), rows, *array.shape[2:]), array.dtype)
    whole[:, : array.shape[1]] = array
    return whole


def _group(source: Padded, inner: int, group: int) -> Array:
    return source.buffer[group * inner : (group + 1) * inner]


def _taps(source: Padded, plane: Plane, inner: int) -> Array:
    return _tap_offsets(source.layout, inner, plane.before, plane.kernel, plane.dilation)


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
    valid = _valid(x)
    weight, bias = _own(weight, bias)

    def work(channels: parallel.Span) -> None:
        load().batch_norm(x.buffer, valid, weight, bias, eps, count, floor, out.buffer, mean, variance, channels)

    parallel.over((0, x.shape[1]), 1, parallel.TOUCHED * x.size, work)
    return out, mean, variance


def normalise(x: Padded, scale: Array, shift: Array, relu: bool) -> Padded:
    """Every channel scaled and shifted."""
    scale, shift = _own(scale, shift)
    out, valid, floor = empty_like_layout(x), _valid(x), 0.0 if relu else -np.inf

    def work(channels: parallel.Span) -> None:
        load().normalise(x.buffer, valid, scale, shift, floor, out.buffer, channels)

    parallel.over((0, x.shape[1]), 1, parallel.TOUCHED * x.size, work)
    return out


def batch_norm_gradients(x: Padded, g: Padded, weight: Array, bias: Array, eps: float, relu: bool) -> tuple[Padded, Array, Array]:
    """As `norm.batch_norm_gradients`, for arrays of one layout."""
    dx, valid, count, floor = empty_like_layout(x), _valid(x), _count(x), 0.0 if relu else -np.inf
    by_weight, by_bias = np.empty((2, x.shape[1]), x.dtype)
    weight, bias = _own(weight, bias)

    def work(channels: parallel.Span) -> None:
        load().batch_norm_gradients(
            g.buffer, x.buffer, valid, weight, bias, eps, count, floor, dx.buffer, by_weight, by_bias, channels
        )  # fmt: skip

    parallel.over((0, x.shape[1]), 1, parallel.TOUCHED * x.size, work)
    return dx, by_weight, by_bias


def relu(x: Array, out: Array) -> None:
    """As `elementwise.relu`, of rows."""
    _flatwise(load().relu, x, out)


def relu_input(g: Array, out: Array, dx: Array) -> None:
    """As `elementwise.relu_input`, of rows."""
    _flatwise(load().relu_input, g, out, dx)


def descend(values: Array, step: Array, rate: float) -> None:
    """As `elementwise.descend`, of rows."""
    _flatwise(lambda *rows: load().descend(*rows, rate), values, step)


def take(x: Padded, planes: Sequence[Plane], phases: list[Padded]) -> None:
    """Write the pixels of each plane to its phase, zeros where that has a line or column more."""
    if (order := _quarters(planes)) is not None:
        buffers, place, lines = [phases[i].buffer for i in order], _place(phases[0]), phases[0].shape[2]

        def work(channels: parallel.Span) -> None:
            load().take_phases(x.buffer, _place(x), x.shape[2:], *buffers, place, lines, len(x), channels)

        parallel.over((0, x.shape[1]), 1, parallel.TOUCHED * x.size, work)
        return
    for plane, phase in zip(planes, phases, strict=True):
        phase.buffer[:] = 0
        first, steps, shape = _part(x, plane.pixels)
        _copy_lines(x, first, steps, phase, _place(phase), (1, 1), shape)


def put(phases: list[Padded], planes: Sequence[Plane], out: Padded) -> None:
    """Write each phase to the pixels of its plane, and zeros to those of none."""
    if (order := _quarters(planes)) is not None:
        buffers, place = [phases[i].buffer for i in order], _place(phases[0])

        def work(channels: parallel.Span) -> None:
            load().put_phases(*buffers, place, out.buffer, _place(out), out.shape[2:], len(out), channels)

        parallel.over((0, out.shape[1]), 1, parallel.TOUCHED * out.size, work)
        return
    out.buffer[:] = 0
    for plane, phase in zip(planes, phases, strict=True):
        first, steps, shape = _part(out, plane.pixels)
        _copy_lines(phase, _place(phase), (1, 1), out, first, steps, shape)


def _quarters(planes: Sequence[Plane]) -> list[int] | None:
    """Where the planes of even lines' even and odd pixels and odd lines' are, if these four are all."""
    first = [(lines.start, pixels.start) for lines, pixels in (plane.pixels for plane in planes)]
    steps = {part.step for plane in planes for part in plane.pixels}
    return [first.index(corner) for corner in ((0, 0), (0, 1), (1, 0), (1, 1))] if len(first) == 4 and steps == {2} else None


def _part(x: Padded, pixels: tuple[slice, slice]) -> tuple[Any, ...]:
    """The place of the first pixel, the steps, and the number of lines and columns."""
    ranges = [range(*part.indices(size)) for part, size in zip(pixels, x.shape[2:], strict=True)]
    _, image, pitch = _place(x)
    lines, columns = ranges
    return (lines.start * pitch + columns.start, image, pitch), (lines.step, columns.step), (len(lines), len(columns))


def _copy_lines(
    x: Padded, x_at: tuple[int, int, int], x_steps: Sizes, out: Padded, out_at: tuple[int, int, int], out_steps: Sizes, shape: Sizes
) -> None:
    def work(channels: parallel.Span) -> None:
        load().copy_lines(x.buffer, x_at, x_steps, out.buffer, out_at, out_steps, shape, len(x), channels)

    parallel.over((0, x.shape[1]), 1, parallel.TOUCHED * x.size, work)


def max_pool(x: Padded, window: Window, out: Padded) -> None:
    """As `pooling.max_pool`, into `out`."""

    def work(channels: parallel.Span) -> None:
        load().max_pool(x.buffer, *_window(x, window), out.buffer, _place(out), window.output, len(x), channels)

    parallel.over((0, x.shape[1]), 1, out.size * window.taps, work)
    clear_padding(out)


def max_pool_input(g: Padded, x: Padded, window: Window) -> Padded:
    """As `pooling.max_pool_input`."""
    out = empty_like_layout(g)
    max_pool(x, window, out)
    dx = empty_like_layout(x)
    dx.buffer[:] = 0

    def work(channels: parallel.Span) -> None:
        load().max_pool_input(g.buffer, out.buffer, x.buffer, *_window(x, window), dx.buffer, _place(out), window.output, len(x), channels)

    parallel.over((0, x.shape[1]), 1, out.size * window.taps, work)
    return dx


def _window(x: Padded, window: Window) -> tuple[Any, ...]:
    before = tuple(first for first, _ in window.padding)
    return _place(x), window.size, window.kernel, window.stride, before, window.dilation


def _place(x: Padded) -> tuple[int, int, int]:
    return 0, x.layout.image, x.layout.pitch


def _flatwise(loop: Callable[..., None], *rows: Array) -> None:
    parallel.over((0, rows[0].size), LANES, parallel.TOUCHED * rows[0].size, lambda part: loop(*(row[part[0] : part[1]] for row in rows)))


def _own(*rows: Array) -> list[Array]:
    """Copies of a few numbers: to Numba a read-only or strided array is another type."""
    return [np.array(row) for row in rows]


def _valid(x: Padded) -> Array:
    return valid_row(x.layout)[: x.layout.used]


def _count(x: Padded) -> float:
    """Pixels in a channel."""
    return float(x.size // x.shape[1])

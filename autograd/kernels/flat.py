"""Convolution on the padded flat layout: any kernel, stride and groups, where the output is input size / stride.

A tap is the flat buffer shifted by one number, so the columns of a tile of pixels are contiguous copies, one for
each tap, made into scratch that stays in the cache; one matrix product follows. Pixels and padding are treated
alike, and what the product wrote on the padding is cleared at the end: a few percent more arithmetic, and no case
for any edge.

A convolution of stride s is a sum of convolutions of stride 1: `x[:, :, a::s, b::s]` meets the taps that fall on
phase (a, b). Each phase is a `Plane`; stride 1 has one.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from autograd.kernels import general
from autograd.kernels.choice import compiled_for
from autograd.kernels.geometry import Sizes, Window
from autograd.kernels.layout import Padded, clear_padding, empty, layout_of, padded, plain, to_padded
from autograd.kernels.memory import scratch
from autograd.kernels.windows import Array

TILE_ELEMENTS = 1 << 19
"""Columns of a tile: two megabytes of float32. Less fits nearer caches, but matrix products want many pixels."""
LEAST_PIXELS = 256

Index = tuple[slice, slice]


class Plane(NamedTuple):
    """Pixels and taps that meet at stride 1: `pixels` and `taps` index the spatial axes of the input and the kernel."""

    pixels: Index
    taps: Index
    before: Sizes  # how far the first tap lies before the pixel, on each axis
    kernel: Sizes
    dilation: Sizes

    @property
    def margin(self) -> int:
        """Zeros that the taps need around an image."""
        axes = zip(self.before, self.kernel, self.dilation, strict=True)
        return max(max(before, d * (k - 1) - before) for before, k, d in axes)

    def turned(self) -> Plane:
        """The same taps seen from the pixels of the output."""
        axes = zip(self.before, self.kernel, self.dilation, strict=True)
        return self._replace(before=tuple(d * (k - 1) - before for before, k, d in axes))


@lru_cache(maxsize=1024)
def fits(window: Window) -> bool:
    """Whether a window is one of this file's."""
    strided = max(window.stride) > 1
    whole = all(o == -(-n // s) for o, n, s in zip(window.output, window.size, window.stride, strict=True))
    return len(window.size) == 2 and whole and not (strided and max(window.dilation) > 1)


def convolve(x: Array, w: Array, window: Window, groups: int) -> Padded:
    """(N, C, *size) with (O, C / groups, *kernel): (N, O, *output)."""
    planes = _planes(window)
    sources = _sources(x, planes, window)
    out = empty(layout_of((len(x), len(w), *window.output), _margin(sources)), np.result_type(x, w))
    kernels = [_by_group(w, groups)[(..., *plane.taps)] for plane in planes]
    _products(sources, planes, kernels, out)
    return out


def convolve_input(g: Array, w: Array, window: Window, groups: int) -> Padded:
    """The adjoint by input: a convolution with the kernels turned round, for each phase of the input."""
    planes = _planes(window)
    source = to_padded(g, _widest(window))
    channels = w.shape[1] * groups
    x = empty(layout_of((len(g), channels, *window.size), _margin([source])), np.result_type(g, w))
    kernels = _by_group(w, groups).swapaxes(1, 2)
    if max(window.stride) == 1:
        _products([source], [planes[0].turned()], [kernels[..., ::-1, ::-1]], x)
        return x
    phases = [empty(layout_of((len(g), channels, *window.output), source.layout.margin), x.dtype) for _ in planes]
    for plane, phase in zip(planes, phases, strict=True):
        _products([source], [plane.turned()], [kernels[(..., *plane.taps)][..., ::-1, ::-1]], phase)
    _put(phases, planes, x)
    return x


def convolve_weight(g: Array, x: Array, window: Window, groups: int) -> Array:
    """The adjoint by weight: the columns of x with the pixels of g, tile by tile."""
    planes = _planes(window)
    sources = _sources(x, planes, window)
    pixels = to_padded(g, _margin(sources))
    if pixels.layout.margin > _margin(sources):  # a pixel must have one place in both
        sources = [to_padded(source, pixels.layout.margin) for source in sources]
    fast = compiled_for(pixels, *sources)
    weight_products = fast.weight_products if fast else _weight_products
    products = weight_products(sources, planes, pixels, groups)
    w = _gather(products, planes, (g.shape[1], x.shape[1] // groups, *window.kernel))
    return w if _finite(w) else general.convolve_weight(plain(g), plain(x), window, groups)


def _finite(w: Array) -> bool:
    """Whether all is finite; quick, and wrong only about numbers whose squares overflow.

    The zeros of the padding are multiplied like pixels, and 0 times infinity is NaN: a pixel at an edge that is not finite
    would reach taps that never meet it. So whatever is not finite is computed again without such products.
    """
    row = w.reshape(-1)
    with np.errstate(all="ignore"):
        return bool(np.isfinite(np.vdot(row, row)))


def _products(sources: list[Padded], planes: Sequence[Plane], kernels: list[Array], out: Padded) -> None:
    """Write the sum over planes of the stride-1 convolutions; kernels are (groups, rows, inner, *kernel)."""
    fast = compiled_for(out, *sources, *kernels)
    write = fast.products if fast else _matrix_products
    write(sources, planes, kernels, out)


def _matrix_products(sources: list[Padded], planes: Sequence[Plane], kernels: list[Array], out: Padded) -> None:
    groups, rows = kernels[0].shape[:2]
    weights = np.concatenate([kernel.reshape(groups, rows, -1) for kernel in kernels], axis=2)
    results = _by_group(out.buffer, groups)
    for columns, start, stop in _columns(sources, planes, groups):
        np.matmul(weights, columns, out=results[:, :, start:stop])
    clear_padding(out)


def _weight_products(sources: list[Padded], planes: Sequence[Plane], g: Padded, groups: int) -> list[Array]:
    """For each plane, the products of the pixels of g with every tap: (O, inner * taps)."""
    gradients = _by_group(g.buffer, groups).swapaxes(1, 2)
    inner = sources[0].shape[1] // groups
    total = np.zeros((groups, _rows(planes, inner), gradients.shape[2]), np.result_type(g, *sources))
    for columns, start, stop in _columns(sources, planes, groups):
        total += columns @ gradients[:, start:stop]
    by_output = total.swapaxes(1, 2).reshape(g.shape[1], -1)
    return np.split(by_output, np.cumsum([_rows([plane], inner) for plane in planes])[:-1], axis=1)


# ----------------------------------------------------------------------------------------------- planes and columns


@lru_cache(maxsize=1024)
def _planes(window: Window) -> tuple[Plane, ...]:
    """One for each phase that has taps."""
    axes = [_phases(*axis) for axis in zip(window.kernel, window.stride, window.padding, window.dilation, strict=True)]
    return tuple(Plane(*zip(*pair, strict=True)) for pair in itertools.product(*axes))


@lru_cache(maxsize=1024)
def _widest(window: Window) -> int:
    """The zeros that all taps need around an image."""
    return max(1, *(plane.margin for plane in _planes(window)))


def _phases(kernel: int, stride: int, padding: tuple[int, int], dilation: int) -> list[tuple[slice, slice, int, int, int]]:
    """Along one axis: pixels, taps, before, kernel, dilation of each phase."""
    if stride == 1:
        return [(slice(None), slice(None), padding[0], kernel, dilation)]
    phases = []
    for first in range(min(stride, kernel)):
        step, phase = divmod(first - padding[0], stride)
        phases.append((slice(phase, None, stride), slice(first, None, stride), -step, len(range(first, kernel, stride)), 1))
    return phases


def _sources(x: Array, planes: Sequence[Plane], window: Window) -> list[Padded]:
    """The pixels of every plane in layouts of one margin."""
    margin = _widest(window)
    if max(window.stride) == 1:
        return [to_padded(x, margin)]
    phases = [empty(layout_of((*x.shape[:2], *window.output), margin), x.dtype) for _ in planes]
    whole = padded(x)
    fast = compiled_for(x) if whole is not None else None
    if fast:
        fast.take(whole, planes, phases)
    else:
        for phase, plane in zip(phases, planes, strict=True):
            phase.buffer[:] = 0
            part = x[(..., *plane.pixels)]
            plain(phase)[:, :, : part.shape[2], : part.shape[3]] = part
    return phases


def _put(phases: list[Padded], planes: Sequence[Plane], out: Padded) -> None:
    """Write each plane's images to its pixels of `out`, and zeros to those of none; images may have a line or column more."""
    fast = compiled_for(out, *phases)
    if fast:
        fast.put(phases, planes, out)
    else:
        out.buffer[:] = 0
        for phase, plane in zip(phases, planes, strict=True):
            part = plain(out)[(..., *plane.pixels)]
            part[...] = plain(phase)[:, :, : part.shape[2], : part.shape[3]]


def _margin(sources: list[Padded]) -> int:
    return max(source.layout.margin for source in sources)


def _columns(sources: list[Padded], planes: Sequence[Plane], groups: int) -> Iterator[tuple[Array, int, int]]:
    """Tile by tile: (groups, rows, pixels), and where the tile lies in a row of the buffers."""
    of = sources[0].layout
    if len(planes) == 1 and planes[0].kernel == (1, 1) and planes[0].before == (0, 0):
        yield _by_group(sources[0].buffer[:, : of.used], groups), 0, of.used
        return
    step = max(TILE_ELEMENTS // (groups * _rows(planes, of.shape[1] // groups)), LEAST_PIXELS)
    for start in range(0, of.used, step):
        stop = min(start + step, of.used)
        yield _tile(sources, planes, groups, start, stop), start, stop


def _tile(sources: list[Padded], planes: Sequence[Plane], groups: int, start: int, stop: int) -> Array:
    """The pixels from start to stop as every tap of every plane sees them, copied to scratch."""
    inner = sources[0].shape[1] // groups
    columns = scratch("columns", (groups, _rows(planes, inner), stop - start), sources[0].dtype)
    row = 0
    for source, plane in zip(sources, planes, strict=True):
        part = columns[:, row : row + _rows([plane], inner)]
        np.copyto(part.reshape(groups, inner, *plane.kernel, stop - start), _taps(source, plane, groups, start, stop))
        row += part.shape[1]
    return columns


def _taps(source: Padded, plane: Plane, groups: int, start: int, stop: int) -> Array:
    """The buffer from start to stop as every tap sees it: (groups, C / groups, *kernel, stop - start), no copy."""
    of, size = source.layout, source.itemsize
    inner = of.shape[1] // groups
    strides = (inner * of.length, of.length, plane.dilation[0] * of.pitch, plane.dilation[1], 1)
    return np.ndarray(
        (groups, inner, *plane.kernel, stop - start),
        source.dtype,
        source.memory,
        (of.gap + start - plane.before[0] * of.pitch - plane.before[1]) * size,
        tuple(s * size for s in strides),
    )


def _rows(planes: Sequence[Plane], inner: int) -> int:
    return sum(inner * plane.kernel[0] * plane.kernel[1] for plane in planes)


def _by_group(rows: Array, groups: int) -> Array:
    return rows.reshape(groups, len(rows) // groups, *rows.shape[1:])


def _gather(products: list[Array], planes: Sequence[Plane], shape: Sizes) -> Array:
    """A weight from (O, inner * taps) of every plane."""
    w = np.zeros(shape, products[0].dtype)
    for plane, part in zip(planes, products, strict=True):
        w[(..., *plane.taps)] = part.reshape(*shape[:2], *plane.kernel)
    return w

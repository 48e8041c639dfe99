"""Arrays seen through a sliding window: pad, view, fold back. Every general kernel is a few lines on these.

Axes are (batch, channel, *spatial). `view` shows an array of spatial lengths `window.reach` as
(batch, channel, *kernel, *output) without copying; a *tap* is one kernel position of that view, an array of
the output's shape.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import as_strided

from autograd.kernels.geometry import Padding, Sizes, Window, sliding

Array = np.ndarray[tuple[Any, ...], np.dtype[Any]]
DType = np.dtype[Any]


def pad(x: Array, window: Window, fill: complex = 0) -> Array:
    """`x`, its spatial axes brought to `window.reach`: filled up, or cut where the last stride falls short.

    A view of `x` where nothing is to be added.
    """
    if all(before == 0 and after <= 0 for before, after in window.margins):
        return x[_inside(window)]
    padded = np.full(x.shape[:2] + window.reach, fill, x.dtype)
    padded[_inside(window, shifted=True)] = x[_inside(window)]
    return padded


def unpad(padded: Array, window: Window) -> Array:
    """The adjoint of `pad` with fill 0: what lies on the input, zeros where no window came."""
    if all(before >= 0 and after >= 0 for before, after in window.margins):
        return padded[_inside(window, shifted=True)]
    x = np.zeros(padded.shape[:2] + window.size, padded.dtype)
    x[_inside(window)] = padded[_inside(window, shifted=True)]
    return x


def _inside(window: Window, shifted: bool = False) -> tuple[slice, ...]:
    """Index of the part that input and padded input share: in the input, or (shifted) in the padded one."""
    starts = [before if shifted else 0 for before, _ in window.margins]
    shared = [n + min(after, 0) for n, (_, after) in zip(window.size, window.margins, strict=True)]
    return (slice(None), slice(None), *(slice(a, a + max(n, 0)) for a, n in zip(starts, shared, strict=True)))


def view(padded: Array, window: Window) -> Array:
    """All windows of a padded array at once: shape (batch, channel, *kernel, *output), no copy, writable."""
    outer, inner = padded.strides[:2], padded.strides[2:]
    between = tuple(s * n for s, n in zip(window.dilation, inner, strict=True))
    steps = tuple(s * n for s, n in zip(window.stride, inner, strict=True))
    shape = padded.shape[:2] + window.kernel + window.output
    return as_strided(padded, shape, outer + between + steps)


def taps(padded: Array, window: Window) -> Iterator[Array]:
    """The view's kernel positions one after the other, in row-major order, each of the output's shape."""
    windows = view(padded, window)
    return (windows[tap] for tap in tap_indices(window))


def tap_indices(window: Window) -> Iterator[tuple[slice | int, ...]]:
    """The index of each tap in a view."""
    positions = itertools.product(*map(range, window.kernel))
    return ((slice(None), slice(None), *position) for position in positions)


def scatter(columns: Array, window: Window) -> Array:
    """The adjoint of pad-and-view: add (batch, channel, *kernel, *output) back to (batch, channel, *size)."""
    padded = np.zeros(columns.shape[:2] + window.reach, columns.dtype)
    windows = view(padded, window)
    for tap in tap_indices(window):
        windows[tap] += columns[tap]
    return unpad(padded, window)


def unfold(x: Array, kernel: int | Sizes, dilation: int | Sizes = 1, padding: Padding = 0, stride: int | Sizes = 1) -> Array:
    """Every window as a column (im2col): (N, C, *size) becomes (N, C * taps, windows), as torch's `unfold`.

    >>> unfold(np.arange(6.0).reshape(1, 1, 2, 3), 2)[0].tolist()
    [[0.0, 1.0], [1.0, 2.0], [3.0, 4.0], [4.0, 5.0]]
    """
    window = sliding(x.shape[2:], kernel, stride, padding, dilation)
    return view(pad(x, window), window).reshape(*_column_shape(x.shape[0], x.shape[1], window))


def fold(
    columns: Array, output_size: Sizes, kernel: int | Sizes, dilation: int | Sizes = 1, padding: Padding = 0, stride: int | Sizes = 1
) -> Array:
    """Add columns back to the places they came from (col2im): the adjoint of `unfold`.

    >>> fold(np.ones((1, 4, 2)), (2, 3), 2)[0, 0].tolist()
    [[1.0, 2.0, 1.0], [1.0, 2.0, 1.0]]
    """
    window = sliding(output_size, kernel, stride, padding, dilation)
    batch, rows = columns.shape[:2]
    expected = _column_shape(batch, rows // window.taps, window)
    if columns.shape != expected:
        raise ValueError(
            f"fold: columns of shape {columns.shape} do not fit; a kernel of {window.kernel} over "
            f"{window.size} gives (batch, a multiple of {window.taps}, {expected[-1]})"
        )
    return scatter(columns.reshape(batch, -1, *window.kernel, *window.output), window)


def _column_shape(batch: int, channels: int, window: Window) -> Sizes:
    return batch, channels * window.taps, int(np.prod(window.output))

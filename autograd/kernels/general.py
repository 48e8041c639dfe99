"""Convolution for every geometry, in any number of dimensions: windows as columns, then matrix products.

Written to be right for all sizes, dtypes (complex too) and memory orders; `flat.py` has what can be done faster.
`g` is always an array of the convolution's output shape, whatever it means to the caller. Inside, channels come
first: (C, N, *size), so that a matrix product serves several images at once, and so does the memory of the results.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from autograd.kernels.geometry import Window
from autograd.kernels.windows import Array, pad, scatter, view

COLUMN_ELEMENTS = 1 << 18
"""Images are taken in groups whose columns stay below this, so that they stay in the cache."""


def convolve(x: Array, w: Array, window: Window, groups: int, out: Array) -> Array:
    """(N, C, *size) with (O, C / groups, *kernel): written to `out`, (N, O, *output)."""
    x, target = x.swapaxes(0, 1), out.swapaxes(0, 1)
    weights = _weights(w, groups)
    for part in _parts(x, window):
        product = weights @ _columns(x[:, part], window, groups)
        target[:, part] = product.reshape(len(w), -1, *window.output)
    return out


def convolve_input(g: Array, w: Array, window: Window, groups: int, out: Array) -> Array:
    """The adjoint by input: written to `out`, (N, C, *size)."""
    g, target = g.swapaxes(0, 1), out.swapaxes(0, 1)
    weights = _weights(w, groups).swapaxes(1, 2)
    for part in _parts(target, window):
        columns = weights @ _by_group(g[:, part], groups)
        by_tap = columns.reshape(len(target), *window.kernel, -1, *window.output)
        target[:, part] = scatter(np.moveaxis(by_tap, len(window.kernel) + 1, 1), window)
    return out


def convolve_weight(g: Array, x: Array, window: Window, groups: int) -> Array:
    """The adjoint by weight: (O, C / groups, *kernel)."""
    x, g = x.swapaxes(0, 1), g.swapaxes(0, 1)
    inner = len(x) // groups
    w = np.zeros((groups, inner * window.taps, len(g) // groups), np.result_type(g, x))
    for part in _parts(x, window):
        w += _columns(x[:, part], window, groups) @ _by_group(g[:, part], groups).swapaxes(1, 2)
    return w.swapaxes(1, 2).reshape(len(g), inner, *window.kernel)


def _parts(x: Array, window: Window) -> Iterator[slice]:
    """The batch, in groups of images."""
    an_image = len(x) * window.taps * int(np.prod(window.output))
    images = max(1, COLUMN_ELEMENTS // max(an_image, 1))
    return (slice(start, start + images) for start in range(0, x.shape[1], images))


def _weights(w: Array, groups: int) -> Array:
    return w.reshape(groups, len(w) // groups, -1)


def _columns(x: Array, window: Window, groups: int) -> Array:
    """(groups, C / groups * taps, images * windows)."""
    windows = np.moveaxis(view(pad(x, window), window), 1, len(window.kernel) + 1)
    return windows.reshape(groups, len(x) // groups * window.taps, x.shape[1] * int(np.prod(window.output)))


def _by_group(g: Array, groups: int) -> Array:
    return g.reshape(groups, len(g) // groups, int(np.prod(g.shape[1:])))

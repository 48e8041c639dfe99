"""Convolution for every geometry, in any number of dimensions: windows as columns, then matrix products.

Written to be right for all sizes, dtypes (complex too) and memory orders; `flat.py` is what is fast for the
common ones. `g` is always an array of the convolution's output shape, whatever it means to the caller.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from autograd.kernels.geometry import Sizes, Window
from autograd.kernels.windows import Array, pad, scatter, view

COLUMN_ELEMENTS = 1 << 20
"""Images are taken in groups whose columns stay below this, so that scratch does not grow with the batch."""


def convolve(x: Array, w: Array, window: Window, groups: int) -> Array:
    """(N, C, *size) with (O, C / groups, *kernel): (N, O, *output)."""
    out = np.empty((len(x), len(w), *window.output), np.result_type(x, w))
    weights = _weights(w, groups)
    for part in _parts(x, window):
        product = weights @ _columns(x[part], window, groups)
        out[part] = product.reshape(-1, *out.shape[1:])
    return out


def convolve_input(g: Array, w: Array, window: Window, groups: int) -> Array:
    """The adjoint by input: (N, O, *output) with (O, C / groups, *kernel): (N, C, *size)."""
    channels = w.shape[1] * groups
    x = np.empty((len(g), channels, *window.size), np.result_type(g, w))
    weights = _weights(w, groups).swapaxes(1, 2)
    for part in _parts(x, window):
        columns = weights @ _by_group(g[part], groups)
        x[part] = scatter(columns.reshape(-1, channels, *window.kernel, *window.output), window)
    return x


def convolve_weight(g: Array, x: Array, window: Window, groups: int) -> Array:
    """The adjoint by weight: (N, O, *output) with (N, C, *size): (O, C / groups, *kernel)."""
    rows, columns = g.shape[1] // groups, x.shape[1] // groups * window.taps
    w = np.zeros((groups, rows, columns), np.result_type(g, x))
    for part in _parts(x, window):
        w += (_by_group(g[part], groups) @ _columns(x[part], window, groups).swapaxes(2, 3)).sum(axis=0)
    return w.reshape(g.shape[1], x.shape[1] // groups, *window.kernel)


def _parts(x: Array, window: Window) -> Iterator[slice]:
    """The batch, in groups of images."""
    an_image = x.shape[1] * window.taps * int(np.prod(window.output))
    images = max(1, COLUMN_ELEMENTS // max(an_image, 1))
    return (slice(start, start + images) for start in range(0, len(x), images))


def _weights(w: Array, groups: int) -> Array:
    return w.reshape(groups, w.shape[0] // groups, -1)


def _columns(x: Array, window: Window, groups: int) -> Array:
    """(N, groups, C / groups * taps, windows)."""
    rows = x.shape[1] // groups * window.taps
    return view(pad(x, window), window).reshape(len(x), groups, rows, int(np.prod(window.output)))


def _by_group(g: Array, groups: int) -> Array:
    spatial: Sizes = g.shape[2:]
    return g.reshape(len(g), groups, g.shape[1] // groups, int(np.prod(spatial)))

"""Max and average pooling in any number of dimensions, with the linear maps of their derivatives.

Given where the maxima lie, max pooling is linear, as average pooling is always; so each has a pair of adjoint
maps: `..._input` spreads a gradient of the output over the input, the other gathers from the input's shape.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from functools import reduce
from typing import Any

import numpy as np

from autograd.kernels.choice import compiled_for
from autograd.kernels.geometry import Numbers, Padding, Window, sliding
from autograd.kernels.layout import images, padded, plain
from autograd.kernels.windows import Array, DType, pad, taps, unpad


def max_pool(
    x: Array, kernel: Numbers, stride: Numbers | None = None, padding: Padding = 0, dilation: Numbers = 1, ceil_mode: bool = False
) -> Array:
    """The largest element of every window; padding never wins, NaN does.

    >>> max_pool(np.array([[[1.0, 3.0, 2.0, 5.0]]]), 2).tolist()
    [[[3.0, 5.0]]]
    """
    window = pool_window(x.shape, kernel, stride, padding, dilation, ceil_mode)
    out = images(x, (*x.shape[:2], *window.output), x.dtype)
    source, target = padded(x), padded(out)
    fast = compiled_for(x) if source is not None and target is not None else None
    if fast:
        fast.max_pool(source, window, target)
        return out
    for c in _blocks(x):
        plain(out)[:, c] = _largest(x[:, c], window)
    return out


def max_pool_indices(
    x: Array, kernel: Numbers, stride: Numbers | None = None, padding: Padding = 0, dilation: Numbers = 1, ceil_mode: bool = False
) -> np.ndarray[Any, np.dtype[np.intp]]:
    """Where each maximum lies, as an index into the flattened spatial axes; of equals the first, as PyTorch.

    >>> max_pool_indices(np.array([[[1.0, 3.0, 5.0, 5.0]]]), 2).tolist()
    [[[1, 2]]]
    """
    window = pool_window(x.shape, kernel, stride, padding, dilation, ceil_mode)
    numbers = np.arange(math.prod(window.size), dtype=np.intp).reshape(1, 1, *window.size)
    places = list(taps(pad(numbers, window, -1), window))
    values = list(taps(pad(x, window, _lowest(x.dtype)), window))
    best, index = values[0].copy(), np.broadcast_to(places[0], values[0].shape).copy()
    for value, place in zip(values[1:], places[1:], strict=True):
        better = (place >= 0) & ((index < 0) | (value > best) | (value != value))
        np.copyto(best, value, where=better)
        np.copyto(index, place, where=better)
    return index


def max_pool_input(
    g: Array, x: Array, kernel: Numbers, stride: Numbers | None = None, padding: Padding = 0, dilation: Numbers = 1, ceil_mode: bool = False
) -> Array:
    """The gradient of sum(g * max_pool(x)) by x; equal maxima share evenly. Linear in g.

    >>> max_pool_input(np.array([[[1.0, 1.0]]]), np.array([[[1.0, 3.0, 5.0, 5.0]]]), 2).tolist()
    [[[0.0, 1.0, 0.5, 0.5]]]
    """
    window = pool_window(x.shape, kernel, stride, padding, dilation, ceil_mode)
    source, arriving = padded(x), padded(g)
    fast = compiled_for(x, g) if source is not None and arriving is not None else None
    if fast:
        result: Array = fast.max_pool_input(arriving, source, window)
        return result
    dx = images(x, x.shape, g.dtype)
    for c in _blocks(x):
        plain(dx)[:, c] = _spread_maxima(g[:, c], x[:, c], window)
    return dx


def max_pool_output(
    v: Array, x: Array, kernel: Numbers, stride: Numbers | None = None, padding: Padding = 0, dilation: Numbers = 1, ceil_mode: bool = False
) -> Array:
    """The adjoint of `max_pool_input` in g: the mean of v over each window's maxima.

    >>> max_pool_output(np.array([[[0.0, 7.0, 2.0, 4.0]]]), np.array([[[1.0, 3.0, 5.0, 5.0]]]), 2).tolist()
    [[[7.0, 3.0]]]
    """
    window = pool_window(x.shape, kernel, stride, padding, dilation, ceil_mode)
    hits, count = _hits(x, window, v.dtype)
    picked = (tap * hit for tap, hit in zip(taps(pad(v, window), window), hits, strict=True))
    output: Array = reduce(np.add, picked) / count
    return output


BLOCK_ELEMENTS = 1 << 17
"""Channels are taken in groups of this many elements, so that their windows stay in the cache."""


def _blocks(x: Array) -> Iterator[slice]:
    step = max(1, BLOCK_ELEMENTS * x.shape[1] // max(x.size, 1))
    return (slice(start, start + step) for start in range(0, x.shape[1], step))


def _largest(x: Array, window: Window) -> Array:
    first, *rest = taps(pad(x, window, _lowest(x.dtype)), window)
    out = first.copy()
    for tap in rest:
        np.maximum(out, tap, out=out)
    return out


def _spread_maxima(g: Array, x: Array, window: Window) -> Array:
    hits, count = _hits(x, window, g.dtype)
    share = g / count
    spread = np.zeros(x.shape[:2] + window.reach, share.dtype)
    for tap, hit in zip(taps(spread, window), hits, strict=True):
        tap += share * hit
    return unpad(spread, window)


def _hits(x: Array, window: Window, dtype: DType) -> tuple[list[np.ndarray[Any, np.dtype[np.bool_]]], Array]:
    """For each tap, where it equals the window's maximum; and how many share each maximum.

    Padding is NaN here, which equals nothing. The count is NaN where the maximum is: so is the gradient.
    """
    largest = _largest(x, window)
    hits = [tap == largest for tap in taps(pad(x, window, np.nan), window)]
    count = reduce(np.add, hits, np.zeros(largest.shape, dtype))
    count[count == 0] = 1  # a dilated window may hold nothing but padding
    count[largest != largest] = np.nan
    return hits, count


def _lowest(dtype: DType) -> complex:
    return -np.inf if np.issubdtype(dtype, np.inexact) else np.iinfo(dtype).min


def average_pool(
    x: Array,
    kernel: Numbers,
    stride: Numbers | None = None,
    padding: Padding = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
    divisor_override: int | None = None,
) -> Array:
    """The mean of every window, divided as PyTorch's options say.

    >>> average_pool(np.array([[[1.0, 3.0, 2.0, 6.0]]]), 2).tolist()
    [[[2.0, 4.0]]]
    """
    window = pool_window(x.shape, kernel, stride, padding, 1, ceil_mode)
    divisor = _divisor(window, x.dtype, count_include_pad, divisor_override)
    out = images(x, (*x.shape[:2], *window.output), np.result_type(x, divisor))
    for c in _blocks(x):
        plain(out)[:, c] = reduce(np.add, taps(pad(x[:, c], window), window)) / divisor
    return out


def average_pool_input(
    g: Array,
    input_shape: Sequence[int],
    kernel: Numbers,
    stride: Numbers | None = None,
    padding: Padding = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
    divisor_override: int | None = None,
) -> Array:
    """The adjoint of `average_pool`: every window spreads its g evenly over an array of shape `input_shape`.

    >>> average_pool_input(np.array([[[2.0, 4.0]]]), (1, 1, 4), 2).tolist()
    [[[1.0, 1.0, 2.0, 2.0]]]
    """
    window = pool_window(input_shape, kernel, stride, padding, 1, ceil_mode)
    divisor = _divisor(window, g.dtype, count_include_pad, divisor_override)
    dx = images(g, input_shape, np.result_type(g, divisor))
    for c in _blocks(dx):
        plain(dx)[:, c] = _spread(g[:, c] / divisor, window)
    return dx


def _spread(share: Array, window: Window) -> Array:
    spread = np.zeros(share.shape[:2] + window.reach, share.dtype)
    for tap in taps(spread, window):
        tap += share
    return unpad(spread, window)


def _divisor(window: Window, dtype: DType, include_pad: bool, override: int | None) -> Array:
    if override is not None:
        if override == 0:
            raise ValueError("divisor_override=0: the divisor must not be zero")
        return np.asarray(override, dtype)
    counts = [_elements(window, axis, include_pad) for axis in range(len(window.size))]
    return reduce(np.multiply.outer, counts).astype(dtype)


def _elements(window: Window, axis: int, include_pad: bool) -> np.ndarray[Any, np.dtype[np.intp]]:
    """How many elements of the input (and its padding) each window covers along an axis."""
    before, after = window.padding[axis] if include_pad else (0, 0)
    start = np.arange(window.output[axis]) * window.stride[axis] - window.padding[axis][0]
    end = np.minimum(start + window.kernel[axis], window.size[axis] + after)
    return end - np.maximum(start, -before)


def pool_window(
    x_shape: Sequence[int],
    kernel: Numbers,
    stride: Numbers | None = None,
    padding: Padding = 0,
    dilation: Numbers = 1,
    ceil_mode: bool = False,
) -> Window:
    """The window of a pooling; `stride` None means the kernel's size.

    Raises
    ------
    ValueError
        If padding is more than half of the (dilated) kernel: a window could hold nothing but padding.
    """
    window = sliding(x_shape[2:], kernel, kernel if stride is None else stride, padding, dilation, ceil_mode)
    reaches = [d * (k - 1) + 1 for d, k in zip(window.dilation, window.kernel, strict=True)]
    if any(max(pair) > reach // 2 for pair, reach in zip(window.padding, reaches, strict=True)):
        raise ValueError(f"padding={padding!r} must be at most half of the kernel {window.kernel}, dilation included")
    return window

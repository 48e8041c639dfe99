"""Fractional max-pooling: windows that lie at random, so that sizes may shrink by any factor (Graham 2014)."""

from __future__ import annotations

from typing import Any

import numpy as np

import autograd
from autograd import Tensor
from nn.randomness import generator_or_shared


def _each(value: Any, axes: int, name: str) -> tuple[Any, ...]:
    values = tuple(value) if isinstance(value, (tuple, list)) else (value,) * axes
    if len(values) != axes:
        raise ValueError(f"{name} has {axes} numbers, given {value}")
    return values


def _sizes(given: tuple[int, ...], kernel: tuple[int, ...], output_size: Any, output_ratio: Any, name: str) -> tuple[int, ...]:
    """Of the output; each window must lie in the input, wherever chance puts it."""
    if (output_size is None) == (output_ratio is None):
        raise ValueError(f"{name} takes output_size or output_ratio, one of them; given {output_size} and {output_ratio}")
    if output_size is not None:
        sizes = _each(output_size, len(given), "output_size")
    else:
        ratios = _each(output_ratio, len(given), "output_ratio")
        if not all(0 < ratio < 1 for ratio in ratios):
            raise ValueError(f"{name}: output_ratio lies between 0 and 1, given {output_ratio}")
        sizes = tuple(int(size * ratio) for size, ratio in zip(given, ratios, strict=True))
    if any(out < 1 or out + window - 1 > size for size, window, out in zip(given, kernel, sizes, strict=True)):
        raise ValueError(f"{name}: {sizes} windows of {kernel} do not fit into {given}")
    return sizes


def _starts(sample: Any, size: int, window: int, count: int) -> Any:
    """Where windows begin, (..., count): a pseudorandom sequence of steps, the last window at the end (section 2)."""
    whole = np.arange(count)
    alpha = (size - window) / (count - 1) if count > 1 else 0.0
    sample = np.asarray(sample, float)[..., None]
    starts = ((whole + sample) * alpha).astype(int) - (sample * alpha).astype(int)
    starts[..., -1] = size - window
    return starts


def _pooling(axes: int) -> Any:
    name = f"fractional_max_pool{axes}d"

    def pool(
        input: Any, kernel_size: Any, output_size: Any = None, output_ratio: Any = None, return_indices: bool = False,
        _random_samples: Any = None, generator: Any = None,
    ) -> Any:  # fmt: skip
        x = autograd.as_tensor(input)
        if x.ndim not in (axes + 1, axes + 2) or 0 in x.shape[-axes - 1 :]:
            raise ValueError(f"{name} takes (N, C, *size) or (C, *size) with {axes} spatial axes, given {x.shape}")
        alone = x.ndim == axes + 1
        x = x[None] if alone else x
        kernel = _each(kernel_size, axes, "kernel_size")
        sizes = _sizes(x.shape[2:], kernel, output_size, output_ratio, name)
        out, places = _pooled(x, kernel, sizes, _drawn(_random_samples, (*x.shape[:2], axes), name, generator))
        out, places = (out[0], places[0]) if alone else (out, places)
        return (out, places) if return_indices else out

    pool.__name__ = pool.__qualname__ = name
    pool.__doc__ = (
        "The largest value of windows that lie at random (Graham 2014); equal values share the gradient evenly.\n\n"
        "`output_size`, or `output_ratio` of the input's. `_random_samples` of shape (N, C, axes), between 0 and 1, say where "
        "the windows lie; without them they are drawn from `generator`."
    )
    return pool


def _drawn(samples: Any, shape: tuple[int, ...], name: str, generator: Any) -> Any:
    if samples is None:
        return generator_or_shared(generator).random(shape)
    given = np.asarray(samples.data if isinstance(samples, Tensor) else samples)
    if given.ndim != 3 or given.shape[1:] != shape[1:] or len(given) < shape[0]:
        raise ValueError(f"{name}: _random_samples has shape {shape}, given {given.shape}")
    return given[: shape[0]]


def _pooled(x: Tensor, kernel: tuple[int, ...], sizes: tuple[int, ...], samples: Any) -> tuple[Any, Any]:
    """Values, and where they lie in the flattened input."""
    axes = len(kernel)
    # Samples of two axes are told from the last axis to the first, of three from the first to the last, as PyTorch reads them.
    order = range(axes) if axes == 3 else reversed(range(axes))
    starts = {}
    for column, axis in enumerate(order):
        starts[axis] = _starts(samples[..., column], x.shape[2 + axis], kernel[axis], sizes[axis])
    flat: Any = 0
    for axis in range(axes):
        at = starts[axis][..., None] + np.arange(kernel[axis])
        shape = [*x.shape[:2], *(1,) * (2 * axes)]
        shape[2 + axis], shape[2 + axes + axis] = sizes[axis], kernel[axis]
        flat = flat * x.shape[2 + axis] + at.reshape(shape)
    flat = flat.reshape(*x.shape[:2], *sizes, -1)
    rows = flat.reshape(*x.shape[:2], -1)
    windows = autograd.take_along_axis(x.reshape(*x.shape[:2], -1), rows, -1).reshape(flat.shape)  # type: ignore[attr-defined]
    best = windows.data.argmax(-1)
    return windows.max(axis=-1), np.take_along_axis(flat, best[..., None], -1)[..., 0]


fractional_max_pool2d, fractional_max_pool3d = _pooling(2), _pooling(3)

"""Pooling, under PyTorch's names and arguments."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any, cast

import numpy as np

import autograd
from autograd import Tensor, kernels

Numbers = int | Sequence[int]


def _batched(name: str, x: Any, axes: int) -> tuple[Tensor, bool]:
    x = autograd.as_tensor(x)
    if x.ndim not in (axes + 1, axes + 2):
        raise ValueError(f"{name} takes (N, C, *size) or (C, *size) with {axes} spatial axes, given {x.shape}")
    if 0 in x.shape[-axes - 1 :]:
        raise ValueError(f"{name}: nothing but the batch may be empty, given {x.shape}")
    return (autograd.expand_dims(x, 0), True) if x.ndim == axes + 1 else (x, False)


def _max(axes: int) -> Any:
    name = f"max_pool{axes}d"

    def pool(
        input: Any, kernel_size: Numbers, stride: Numbers | None = None, padding: Numbers = 0, dilation: Numbers = 1,
        ceil_mode: bool = False, return_indices: bool = False,
    ) -> Any:  # fmt: skip
        x, alone = _batched(name, input, axes)
        out = autograd.max_pool(x, kernel_size, stride, padding, dilation, ceil_mode)  # type: ignore[attr-defined]
        if not return_indices:
            return out[0] if alone else out
        places = kernels.max_pool_indices(x.data, kernel_size, stride, padding, dilation, ceil_mode)
        return (out[0], places[0]) if alone else (out, places)

    pool.__name__ = pool.__qualname__ = name
    pool.__doc__ = "The largest value of every window; with `return_indices` also where it lies, as plain integers."
    return pool


def _average(axes: int) -> Any:
    name = f"avg_pool{axes}d"

    def pool(
        input: Any, kernel_size: Numbers, stride: Numbers | None = None, padding: Numbers = 0, ceil_mode: bool = False,
        count_include_pad: bool = True, divisor_override: int | None = None,
    ) -> Any:  # fmt: skip
        x, alone = _batched(name, input, axes)
        stride = stride if np.size(stride) else None  # type: ignore[arg-type]
        out = autograd.average_pool(x, kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override)  # type: ignore[attr-defined]
        return out[0] if alone else out

    pool.__name__ = pool.__qualname__ = name
    pool.__doc__ = "The mean of every window."
    return pool


def _output(x: Tensor, output_size: Any, axes: int) -> tuple[int, ...]:
    """None stands for the input's size."""
    wanted = (output_size,) * axes if output_size is None or isinstance(output_size, int) else tuple(output_size)
    if len(wanted) != axes:
        raise ValueError(f"output_size has {axes} numbers, given {output_size}")
    return tuple(n if m is None else m for n, m in zip(x.shape[2:], wanted, strict=True))


def _adaptive_average(axes: int) -> Any:
    name = f"adaptive_avg_pool{axes}d"

    def pool(input: Any, output_size: Any) -> Any:
        x, alone = _batched(name, input, axes)
        size = _output(x, output_size, axes)
        whole = tuple(range(2, axes + 2))
        if all(n == 1 for n in size) and x.size:  # the common global pool is a mean
            out = autograd.mean(x, axis=whole, keepdims=True)  # type: ignore[attr-defined]
        else:
            out = autograd.adaptive_average_pool(x, size)  # type: ignore[attr-defined]
        return out[0] if alone else out

    pool.__name__ = pool.__qualname__ = name
    pool.__doc__ = "Means over as many cells as the output has."
    return pool


def _adaptive_max(axes: int) -> Any:
    name = f"adaptive_max_pool{axes}d"

    def pool(input: Any, output_size: Any, return_indices: bool = False) -> Any:
        x, alone = _batched(name, input, axes)
        size = _output(x, output_size, axes)
        out = autograd.adaptive_max_pool(x, size)  # type: ignore[attr-defined]
        if not return_indices:
            return out[0] if alone else out
        places = kernels.adaptive_max_pool_indices(x.data, size)
        return (out[0], places[0]) if alone else (out, places)

    pool.__name__ = pool.__qualname__ = name
    pool.__doc__ = "The largest value of each cell; with `return_indices` also where it lies, as plain integers."
    return pool


def _power_average(axes: int) -> Any:
    name = f"lp_pool{axes}d"
    average = _average(axes)

    def pool(input: Any, norm_type: float, kernel_size: Numbers, stride: Numbers | None = None, ceil_mode: bool = False) -> Tensor:
        if not norm_type:
            raise ValueError(f"{name}: norm_type must not be 0")
        window = prod((kernel_size,) * axes if isinstance(kernel_size, int) else kernel_size)
        means = average(autograd.as_tensor(input) ** norm_type, kernel_size, stride, 0, ceil_mode)
        # A window of zeros has no slope: its root is taken of 1 instead, and it stays 0.
        full = means.data != 0
        root = autograd.where(full, means * window, np.ones_like(means.data)) ** (1.0 / norm_type)  # type: ignore[attr-defined]
        return cast(Tensor, root * full.astype(means.dtype))

    pool.__name__ = pool.__qualname__ = name
    pool.__doc__ = "(Σ xᵖ)^(1/p) of every window, p = `norm_type`; a sum below 0 has no root and gives nan."
    return pool


max_pool1d, max_pool2d, max_pool3d = _max(1), _max(2), _max(3)
lp_pool1d, lp_pool2d, lp_pool3d = map(_power_average, (1, 2, 3))
avg_pool1d, avg_pool2d, avg_pool3d = _average(1), _average(2), _average(3)
adaptive_avg_pool1d, adaptive_avg_pool2d, adaptive_avg_pool3d = map(_adaptive_average, (1, 2, 3))
adaptive_max_pool1d, adaptive_max_pool2d, adaptive_max_pool3d = map(_adaptive_max, (1, 2, 3))

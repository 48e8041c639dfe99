"""Images read at any places: grid_sample, the grid of an affine map, and max-pooling undone."""

# autograd's functions are made from declarations, so mypy sees Any where they return tensors.
# mypy: disable-error-code="no-any-return"

from __future__ import annotations

import itertools
from collections.abc import Sequence
from math import prod
from typing import Any

import numpy as np

import autograd
from autograd import Tensor
from autograd.kernels import per_axis

Numbers = int | Sequence[int]
Axes = list[Tensor]  # one array of places for every spatial axis, the first axis first


def _pixels(grid: Tensor, sizes: Sequence[int], corners: bool) -> Axes:
    """Coordinates in [-1, 1], the last axis first, as places between pixels."""
    last = len(sizes) - 1
    found = []
    for axis, size in enumerate(sizes):
        at = grid[..., last - axis]
        found.append((at + 1.0) * (0.5 * (size - 1)) if corners else ((at + 1.0) * size - 1.0) * 0.5)
    return found


def _held(x: Tensor, size: int) -> Tensor:
    """Places outside moved to the edge; there, and at the edge itself, flat as in PyTorch."""
    inside = (x.data > 0) & (x.data < size - 1)
    return autograd.where(inside, x, np.clip(x.data, 0, size - 1))


def _reflected(x: Tensor, size: int, corners: bool) -> Tensor:
    """Places outside mirrored in the edge, at the outer pixels' middle or at their border."""
    low, span = (0.0, size - 1.0) if corners else (-0.5, float(size))
    if not span:
        return 0.0 * x
    away = autograd.abs(x - low)
    turns = np.floor(away.data / span)
    rest = away - (turns * span).astype(x.dtype)
    return _held(autograd.where(turns % 2 == 0, rest + low, span - rest + low), size)


def _padded(places: Axes, sizes: Sequence[int], mode: str, corners: bool) -> Axes:
    if mode == "zeros":
        return places
    if mode == "border":
        return [_held(x, size) for x, size in zip(places, sizes, strict=True)]
    return [_reflected(x, size, corners) for x, size in zip(places, sizes, strict=True)]


def _read(flat: Tensor, places: Sequence[Any], sizes: Sequence[int]) -> Tensor:
    """The pixels (N, C, P) at whole places (N, P), 0 outside."""
    inside = np.all([(p >= 0) & (p < n) for p, n in zip(places, sizes, strict=True)], axis=0)
    index = np.ravel_multi_index([np.clip(p, 0, n - 1) for p, n in zip(places, sizes, strict=True)], tuple(sizes))
    pixels = autograd.take_along_axis(flat, index[:, None, :], 2)
    return autograd.where(inside[:, None, :], pixels, np.zeros((), flat.dtype))


def _whole(x: Any, size: int) -> Any:
    """Integers; what is far outside, or no number, is just outside."""
    return np.clip(np.nan_to_num(x, nan=-2.0), -9, size + 9).astype(int)


def _nearest(flat: Tensor, places: Axes, sizes: Sequence[int]) -> Tensor:
    return _read(flat, [_whole(np.round(x.data), n) for x, n in zip(places, sizes, strict=True)], sizes)


def _linear(flat: Tensor, places: Axes, sizes: Sequence[int]) -> Tensor:
    """The pixels around, each weighted by how near it is along every axis."""
    lows = [np.floor(x.data) for x in places]
    parts = [x - low for x, low in zip(places, lows, strict=True)]
    total: Any = 0.0
    for corner in itertools.product((0, 1), repeat=len(sizes)):
        weight: Any = prod((part if up else 1.0 - part for part, up in zip(parts, corner, strict=True)), start=1.0)  # type: ignore[call-overload]
        at = [_whole(low + up, n) for low, up, n in zip(lows, corner, sizes, strict=True)]
        total = total + _read(flat, at, sizes) * autograd.expand_dims(weight, 1)
    return total


def _keys(t: Any, a: float = -0.75) -> list[Any]:
    """The weights of four neighbours in a row, t behind the second (Keys 1981)."""

    def near(s: Any) -> Any:
        return ((a + 2.0) * s - (a + 3.0)) * s * s + 1.0

    def far(s: Any) -> Any:
        return ((s - 5.0) * s + 8.0) * s * a - 4.0 * a

    return [far(t + 1.0), near(t), near(1.0 - t), far(2.0 - t)]


def _cubic(flat: Tensor, places: Axes, sizes: Sequence[int], mode: str, corners: bool) -> Tensor:
    """Sixteen pixels around; padding is about them, not about the place between."""
    lows = [np.floor(x.data) for x in places]
    weights = [_keys(x - low) for x, low in zip(places, lows, strict=True)]
    total: Any = 0.0
    for i, j in itertools.product(range(4), repeat=2):
        steps = [autograd.as_tensor(low + k - 1) for low, k in zip(lows, (i, j), strict=True)]
        at = [_whole(x.data, n) for x, n in zip(_padded(steps, sizes, mode, corners), sizes, strict=True)]
        total = total + _read(flat, at, sizes) * autograd.expand_dims(weights[0][i] * weights[1][j], 1)
    return total


def _check_grid(x: Tensor, grid: Tensor, mode: str, padding_mode: str) -> None:
    if mode not in ("bilinear", "nearest", "bicubic") or padding_mode not in ("zeros", "border", "reflection"):
        raise ValueError(
            "grid_sample: mode is 'bilinear', 'nearest' or 'bicubic', padding_mode 'zeros', 'border' or 'reflection'; "
            f"given {mode!r} and {padding_mode!r}"
        )
    axes = x.ndim - 2
    if axes not in (2, 3) or (mode == "bicubic" and axes != 2) or grid.ndim != x.ndim or grid.shape[-1] != axes:
        raise ValueError(f"grid_sample: images {x.shape} need a grid (N, *size, {max(axes, 2)}), given {grid.shape}, mode {mode!r}")
    if grid.shape[0] != x.shape[0] or 0 in x.shape[2:]:
        raise ValueError(f"grid_sample: images {x.shape}, none of them empty, and grid {grid.shape} are of one batch")


def grid_sample(
    input: Any, grid: Any, mode: str = "bilinear", padding_mode: str = "zeros", align_corners: bool | None = None
) -> Tensor:
    """Images read at the places of a grid (Jaderberg et al. 2015, spatial transformers), differentiable in both.

    Parameters
    ----------
    input : array_like, shape (N, C, H, W) or (N, C, D, H, W)
    grid : array_like, shape (N, *size, 2) or (N, *size, 3)
        Places (x, y) or (x, y, z), -1 and 1 at the edges of the image.
    mode : {"bilinear", "nearest", "bicubic"}
    padding_mode : {"zeros", "border", "reflection"}
        What is read outside.
    align_corners : bool
        Whether -1 and 1 are the middles of the outer pixels, or their outer borders (the default).

    Returns
    -------
    Tensor, shape (N, C, *size)
    """
    x, grid = autograd.as_tensor(input), autograd.as_tensor(grid)
    _check_grid(x, grid, mode, padding_mode)
    sizes, corners = x.shape[2:], bool(align_corners)
    flat = x.reshape((*x.shape[:2], prod(sizes)))
    places = _pixels(grid.reshape((grid.shape[0], -1, len(sizes))), sizes, corners)
    if mode == "bicubic":
        out = _cubic(flat, places, sizes, padding_mode, corners)
    else:
        out = (_linear if mode == "bilinear" else _nearest)(flat, _padded(places, sizes, padding_mode, corners), sizes)
    return out.reshape((*x.shape[:2], *grid.shape[1:-1]))


def affine_grid(theta: Any, size: Sequence[int], align_corners: bool | None = None) -> Tensor:
    """The grid for `grid_sample` that maps the places of an image of shape `size` (N, C, *sizes) by theta (N, axes, axes + 1)."""
    theta = autograd.as_tensor(theta)
    axes = len(size) - 2
    if axes not in (2, 3) or theta.shape != (size[0], axes, axes + 1):
        raise ValueError(f"affine_grid: for size {tuple(size)} theta has shape {(size[0], axes, axes + 1)}, given {theta.shape}")
    lines = [_line(n, bool(align_corners)) for n in size[2:]]
    places = np.stack([*reversed(np.meshgrid(*lines, indexing="ij")), np.ones(tuple(size[2:]))], axis=-1).astype(theta.dtype)
    moved = autograd.matmul(places.reshape(-1, axes + 1), autograd.swapaxes(theta, 1, 2))
    return moved.reshape((*(size[0], *size[2:]), axes))


def _line(n: int, corners: bool) -> np.ndarray[Any, Any]:
    ends = np.linspace(-1.0, 1.0, n) if n > 1 else np.zeros(n)
    return ends if corners else ends * ((n - 1) / n)


# ------------------------------------------------------------------------------------------------------------ unpooling


def _unpooled_size(x: Tensor, kernel: Any, stride: Any, padding: Any, output_size: Any, axes: int) -> tuple[int, ...]:
    """The size that was pooled; several fit, and `output_size` says which."""
    k = per_axis(kernel, axes, "kernel_size")
    s, p = per_axis(kernel if stride is None else stride, axes, "stride"), per_axis(padding, axes, "padding", 0)
    usual = [(n - 1) * s[i] - 2 * p[i] + k[i] for i, n in enumerate(x.shape[-axes:])]
    if output_size is None:
        return tuple(usual)
    wanted = tuple(output_size)[-axes:]
    if len(wanted) != axes or any(abs(n - m) >= s[i] for i, (n, m) in enumerate(zip(wanted, usual, strict=True))):
        raise ValueError(f"max_unpool: output_size within one stride of {tuple(usual)} is needed, given {output_size}")
    return wanted


def _unpool(axes: int) -> Any:
    name = f"max_unpool{axes}d"

    def unpool(
        input: Any, indices: Any, kernel_size: Numbers, stride: Numbers | None = None, padding: Numbers = 0, output_size: Any = None
    ) -> Tensor:
        x, index = autograd.as_tensor(input), np.asarray(indices.data if isinstance(indices, Tensor) else indices)
        if x.ndim not in (axes + 1, axes + 2) or index.shape != x.shape or index.dtype.kind not in "iu":
            raise ValueError(f"{name} takes (N, C, *size) or (C, *size) and integers of its shape, given {x.shape} and {index.shape}")
        size = _unpooled_size(x, kernel_size, stride, padding, output_size, axes)
        lead = x.shape[:-axes]
        flat = np.zeros((*lead, prod(size)), x.dtype)
        index, values = index.reshape((*lead, -1)), x.reshape((*lead, -1))
        written = autograd.scatter(flat, -1, index, values.detach())
        slope = autograd.scatter_add(flat, -1, index, values)  # of every value, also those for one place: as PyTorch's
        return (written + (slope - slope.detach())).reshape((*lead, *size))

    unpool.__name__ = unpool.__qualname__ = name
    unpool.__doc__ = """Each value back to where max-pooling found it, as its `indices` say, zeros elsewhere.

    Values for the same place are one maximum, found by windows that overlap: each has the place's gradient, as in PyTorch.
    """
    return unpool


max_unpool1d, max_unpool2d, max_unpool3d = _unpool(1), _unpool(2), _unpool(3)

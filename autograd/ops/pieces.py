"""Pieces, new axes and diagonals under PyTorch's names, order and `dim`; NumPy's own are in `shape`."""

from __future__ import annotations

import itertools
import operator
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_index

from autograd.declare import composite
from autograd.ops.arithmetic import divide, multiply, subtract
from autograd.ops.indexing import get, put_at, repeat, take
from autograd.ops.reduction import sum as sum_
from autograd.ops.selection import clip, sign, trunc, where
from autograd.ops.shape import array_split, as_floats, broadcast_to, concatenate, expand_dims, meshgrid, moveaxis, reshape, split, transpose

# -------------------------------------------------------------------------------------------------------------- pieces


@composite()
def cat(tensors: Sequence[Any], dim: int = 0) -> Any:
    """np.concatenate under PyTorch's name, which leaves out empty rows, whatever the others' shapes."""
    kept = [t for t in tensors if np.shape(t) != (0,)]
    return concatenate(kept or tensors, dim)


@composite()
def repeat_interleave(input: Any, repeats: Any, dim: int | None = None) -> Any:
    """np.repeat under PyTorch's name."""
    input = input if np.ndim(input) or dim is None else reshape(input, (1,))
    return repeat(input, repeats, dim)


@composite()
def chunk(input: Any, chunks: int, dim: int = 0) -> list[Any]:
    """At most `chunks` pieces along `dim`, all but the last of equal size."""
    if chunks < 1:
        raise ValueError(f"chunk: the number of chunks is 1 or more, given {chunks}")
    size = np.shape(input)[normalize_axis_index(dim, np.ndim(input))]
    each = -(-size // chunks)
    return split(input, list(range(each, size, each)), axis=dim) if size else [input] * chunks


@composite()
def split_with_sizes(input: Any, split_sizes: Sequence[int], dim: int = 0) -> list[Any]:
    """Pieces of the given sizes along `dim`, which together make up the axis."""
    size = np.shape(input)[normalize_axis_index(dim, np.ndim(input))]
    if builtin_sum(split_sizes) != size or any(n < 0 for n in split_sizes):
        raise ValueError(f"split_with_sizes: {list(split_sizes)} must add up to the size of axis {dim}, {size}")
    return split(input, np.cumsum(split_sizes)[:-1].tolist(), axis=dim)


builtin_sum = sum


@composite()
def tensor_split(input: Any, indices_or_sections: Any, dim: int = 0) -> list[Any]:
    """np.array_split under PyTorch's name."""
    return array_split(input, indices_or_sections, axis=dim)


@composite()
def unbind(input: Any, dim: int = 0) -> list[Any]:
    """The slices along `dim`."""
    size = np.shape(input)[normalize_axis_index(dim, np.ndim(input))]
    return [moveaxis(input, dim, 0)[i] for i in range(size)]


@composite()
def narrow(input: Any, dim: int, start: int, length: int) -> Any:
    """`length` slices from `start` along `dim`."""
    axis = normalize_axis_index(dim, np.ndim(input))
    size, start = np.shape(input)[axis], operator.index(start)
    if not -size <= start <= size or length < 0 or start + size * (start < 0) + length > size:
        raise ValueError(f"narrow: {length} slices from {start} do not lie in axis {dim} of size {size}")
    start += size * (start < 0)
    return get(input, (slice(None),) * axis + (slice(start, start + length),))


@composite()
def unfold(input: Any, dimension: int, size: int, step: int = 1) -> Any:
    """Windows of `size` values, every `step` along `dimension`, in a new last axis (Tensor.unfold in PyTorch)."""
    shape = np.shape(input)
    input = input if shape else reshape(input, (1,))
    axis = normalize_axis_index(dimension, np.ndim(input))
    if step < 1 or not 0 <= size <= np.shape(input)[axis]:
        raise ValueError(f"windows of {size}, every {step}, do not lie along axis {dimension} of shape {shape}")
    starts = np.arange(0, np.shape(input)[axis] - size + 1, step)
    windows = moveaxis(take(input, starts[:, None] + np.arange(size), axis), axis + 1, -1)
    return windows if shape else reshape(windows, (-1,))


# ---------------------------------------------------------------------------------------------------------------- axes


@composite()
def unsqueeze(input: Any, dim: int) -> Any:
    """A new axis of size 1 at `dim`."""
    return expand_dims(input, dim)


@composite()
def permute(input: Any, dims: Sequence[int]) -> Any:
    """Axes in another order, each named once."""
    return transpose(input, tuple(dims))


@composite()
def movedim(input: Any, source: Any, destination: Any) -> Any:
    """Axes moved to other places, as np.moveaxis."""
    return moveaxis(input, source, destination)


@composite()
def flatten(input: Any, start_dim: int = 0, end_dim: int = -1) -> Any:
    """The axes from `start_dim` to `end_dim`, both included, as one."""
    if not np.ndim(input):
        return reshape(input, (1,))
    first, last = (normalize_axis_index(n, np.ndim(input)) for n in (start_dim, end_dim))
    if first > last:
        raise ValueError(f"flatten: start_dim {start_dim} lies behind end_dim {end_dim} of shape {np.shape(input)}")
    shape = np.shape(input)
    return reshape(input, (*shape[:first], int(np.prod(shape[first : last + 1])), *shape[last + 1 :]))


@composite()
def unflatten(input: Any, dim: int, sizes: Sequence[int]) -> Any:
    """One axis as several; one of `sizes` may be -1."""
    axis, shape = normalize_axis_index(dim, np.ndim(input)), np.shape(input)
    known = -int(np.prod(sizes)) if -1 in sizes else int(np.prod(sizes))
    if (shape[axis] % known if known and -1 in sizes else shape[axis] != known):
        raise ValueError(f"unflatten: sizes {tuple(sizes)} do not make up axis {dim} of size {shape[axis]}")
    sizes = [shape[axis] // known if n == -1 and known else n for n in sizes]
    return reshape(input, (*shape[:axis], *sizes, *shape[axis + 1 :]))


@composite()
def expand(input: Any, *sizes: Any) -> Any:
    """`input` repeated (as a view) to the given sizes, -1 for those that stay."""
    wanted = tuple(sizes[0]) if len(sizes) == 1 and np.ndim(sizes[0]) else sizes
    lead = len(wanted) - np.ndim(input)
    if lead < 0 or any(n == -1 for n in wanted[:lead]):
        raise ValueError(f"expand: {wanted} must name every axis of {np.shape(input)}, and sizes of new ones")
    return broadcast_to(input, tuple(np.shape(input)[i - lead] if n == -1 else n for i, n in enumerate(wanted)))


@composite()
def sum_to_size(input: Any, *size: Any) -> Any:
    """Sums over the axes that broadcasting from `size` would have added: the adjoint of `expand`."""
    wanted = tuple(size[0]) if len(size) == 1 and np.ndim(size[0]) else size
    shape = np.shape(input)
    lead = len(shape) - len(wanted)
    if lead < 0 or np.broadcast_shapes(wanted, shape) != shape:
        raise ValueError(f"sum_to_size: {wanted} does not broadcast to {shape}")
    axes = tuple(range(lead)) + tuple(i + lead for i, n in enumerate(wanted) if n == 1 and shape[i + lead] != 1)
    return reshape(sum_(input, axis=axes), wanted) if axes else input


# ----------------------------------------------------------------------------------------------------------- diagonals


@composite()
def diag_embed(input: Any, offset: int = 0, dim1: int = -2, dim2: int = -1) -> Any:
    """The last axis as the diagonal of matrices in the plane of two new axes."""
    ndim = np.ndim(input) + 1
    first, second = (normalize_axis_index(n, ndim) for n in (dim1, dim2))
    if first == second:
        raise ValueError(f"diag_embed: dim1 and dim2 are two axes, given {dim1} and {dim2}")
    n = np.shape(input)[-1]
    size, at = n + abs(offset), np.arange(n)
    index = (..., at - min_(offset, 0), at + max_(offset, 0))
    matrices = put_at(input, index, (*np.shape(input)[:-1], size, size))
    return moveaxis(matrices, (-2, -1), (first, second))


min_, max_ = min, max


@composite(np.diagflat)
def diagflat(v: Any, k: int = 0) -> Any:
    """The flattened values as the diagonal of a matrix."""
    return diag_embed(reshape(v, (-1,)), k)


@composite()
def block_diag(*tensors: Any) -> Any:
    """Matrices beside and below each other, zeros elsewhere; a vector is a row."""
    blocks = [reshape(t, (1, -1)) if np.ndim(t) < 2 else t for t in tensors]
    if any(np.ndim(t) > 2 for t in blocks):
        raise ValueError(f"block_diag takes at most two axes, given {[np.shape(t) for t in tensors]}")
    width = builtin_sum(np.shape(t)[1] for t in blocks)
    ends = itertools.accumulate(np.shape(t)[1] for t in blocks)
    places = [(slice(None), slice(end - np.shape(t)[1], end)) for t, end in zip(blocks, ends, strict=True)]
    rows = [put_at(t, place, (np.shape(t)[0], width)) for t, place in zip(blocks, places, strict=True)]
    return concatenate(rows, 0) if rows else np.zeros((1, 0))


@composite()
def cartesian_prod(*tensors: Any) -> Any:
    """All combinations of one value of each row, one a row of the result."""
    if any(np.ndim(t) != 1 for t in tensors):
        raise ValueError(f"cartesian_prod takes rows of values, given {[np.shape(t) for t in tensors]}")
    if len(tensors) == 1:
        return tensors[0]
    return concatenate([reshape(t, (-1, 1)) for t in meshgrid(*tensors, indexing="ij")], 1)


@composite()
def combinations(input: Any, r: int = 2, with_replacement: bool = False) -> Any:
    """All combinations of r values of a row, one a row of the result."""
    if np.ndim(input) != 1 or r < 0:
        raise ValueError(f"combinations takes a row of values and r >= 0, given {np.shape(input)} and {r}")
    choose = itertools.combinations_with_replacement if with_replacement else itertools.combinations
    return take(input, np.array(list(choose(range(np.shape(input)[0]), r)), np.intp).reshape(-1, r)) if r else input[:0]


# --------------------------------------------------------------------------------------------------- elementwise names


@composite()
def clamp(input: Any, min: Any = None, max: Any = None) -> Any:
    """`input` limited to [min, max], numbers or arrays: NumPy's clip."""
    if min is None and max is None:
        raise ValueError("clamp takes min, max or both")
    return clip(input, min, max)


@composite()
def clamp_min(input: Any, min: Any) -> Any:
    """`input`, and `min` where it is smaller."""
    return clip(input, min, None)


@composite()
def clamp_max(input: Any, max: Any) -> Any:
    """`input`, and `max` where it is larger."""
    return clip(input, None, max)


@composite()
def frac(input: Any) -> Any:
    """What lies behind the point, with the sign of the number."""
    return subtract(input, trunc(input))


@composite()
def div(input: Any, other: Any, *, rounding_mode: str | None = None) -> Any:
    """input / other; ``rounding_mode="trunc"`` or ``"floor"`` rounds the quotient (flat: gradient 0)."""
    from autograd.ops.selection import floor_divide

    if rounding_mode not in (None, "trunc", "floor"):
        raise ValueError(f"div: rounding_mode is None, 'trunc' or 'floor', given {rounding_mode!r}")
    if rounding_mode == "floor":
        return floor_divide(input, other)
    return divide(input, other) if rounding_mode is None else trunc(divide(input, other))


@composite()
def rsub(input: Any, other: Any, *, alpha: float = 1) -> Any:
    """other - alpha · input."""
    return subtract(other, input if alpha == 1 else multiply(input, alpha))


@composite()
def sgn(input: Any) -> Any:
    """-1, 0 or 1 (flat: gradient 0)."""
    return sign(input)


@composite(np.angle)
def angle(z: Any, deg: bool = False) -> Any:
    """The angle of a real number: 0, or π where it is negative (flat: gradient 0)."""
    straight = 180.0 if deg else np.pi
    z = as_floats(z)
    return 0.0 * sign(z) + where(np.isnan(z), z, np.where(np.less(z, 0), straight, 0.0).astype(z.dtype))

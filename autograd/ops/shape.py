"""What moves, repeats or joins values without changing them."""

from __future__ import annotations

import itertools
import math
import operator
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_index

from autograd.declare import composite, op
from autograd.ops.arithmetic import ANY
from autograd.tensor import Tensor, arrayed

SHAPE = ("linear", "shape")


def _read(a: Any, order: str) -> str:
    """The order to read in. "A" and "K" ask how values lie in memory, which a gradient cannot know later: where that differs, refused."""
    if order not in ("A", "K"):
        return order
    if np.ndim(a) > 1 and not np.asarray(a).flags.c_contiguous:
        raise ValueError(f"order={order!r} of an array whose memory is not in order: say which one is meant, 'C' (rows first) or 'F'")
    return "C"


def _reshape_back(g: Any, a_shape: Any, order: str) -> Any:
    return np.reshape(g, a_shape, "C" if order in ("A", "K") else order)


def _reshape(a: Any, shape: Any = None, order: str = "C", *, copy: bool | None = None) -> Any:
    order = _read(a, order)
    return np.reshape(a, shape, order=order) if copy is None else np.reshape(a, shape, order=order, copy=copy)


reshape = op(_reshape, name="reshape", numpy=(np.reshape,), tags=SHAPE, domain=ANY,
             a=_reshape_back, doc="`a` with another shape, as np.reshape.")


def _ravel(a: Any, order: str = "C") -> Any:
    return np.ravel(a, _read(a, order))


ravel = op(_ravel, name="ravel", numpy=(np.ravel,), tags=SHAPE, domain=ANY,
           a=_reshape_back, doc="`a` as one row of numbers.")


def _transpose(a: Any, axes: Sequence[int] | None = None) -> Any:
    return np.transpose(a, axes)


def _inverse(axes: Sequence[int] | None, ndim: int) -> Any:
    return None if axes is None else tuple(np.argsort([n % ndim for n in axes]).tolist())


transpose = op(_transpose, name="transpose", numpy=(np.transpose, np.permute_dims), tags=SHAPE, domain=ANY,
               a=lambda g, a_shape, axes: np.transpose(g, _inverse(axes, len(a_shape))), doc="Axes permuted, as np.transpose.")
permute_dims = transpose
swapaxes = op(lambda a, axis1, axis2: np.swapaxes(a, axis1, axis2), name="swapaxes", numpy=(np.swapaxes,), tags=SHAPE,
              a=lambda g, axis1, axis2: np.swapaxes(g, axis1, axis2), doc="Two axes interchanged.")
moveaxis = op(lambda a, source, destination: np.moveaxis(a, source, destination), name="moveaxis", numpy=(np.moveaxis,),
              tags=SHAPE, a=lambda g, source, destination: np.moveaxis(g, destination, source), doc="Axes moved, as np.moveaxis.")
squeeze = op(lambda a, axis=None: np.squeeze(a, axis), name="squeeze", numpy=(np.squeeze,), tags=SHAPE, domain=ANY,
             a=lambda g, a_shape: np.reshape(g, a_shape), doc="Axes of size 1 removed.")
expand_dims = op(lambda a, axis: np.expand_dims(a, axis), name="expand_dims", numpy=(np.expand_dims,), tags=SHAPE,
                 a=lambda g, a_shape: np.reshape(g, a_shape), doc="New axes of size 1, as np.expand_dims.")
broadcast_to = op(lambda array, shape: np.broadcast_to(array, shape), name="broadcast_to", numpy=(np.broadcast_to,),
                  tags=SHAPE, array=lambda g: g, doc="`array` repeated (as a view) to `shape`.")
flip = op(lambda m, axis=None: np.flip(m, axis), name="flip", numpy=(np.flip,), tags=SHAPE, domain=ANY,
          m=lambda g, axis: np.flip(g, axis), doc="Reversed along `axis`.")


def _roll(a: Any, shift: Any, axis: Any = None) -> Any:
    return np.roll(a, shift, axis)


roll = op(_roll, name="roll", numpy=(np.roll,), tags=SHAPE,
          a=lambda g, shift, axis: np.roll(g, tuple(-s for s in shift) if isinstance(shift, tuple) else -shift, axis),
          doc="Values moved along `axis`, the last ones coming first.")
copy = op(lambda a, order="K": np.array(a, order=order), name="copy", numpy=(np.copy,), tags=SHAPE, domain=ANY, a=lambda g: g,
          doc="A copy in the graph.")


def _astype(x: Any, dtype: Any) -> Any:
    return np.asarray(x).astype(dtype)


cast = op(_astype, name="cast", tags=SHAPE, x=lambda g: g, doc="Another floating dtype; the gradient returns in the input's.")


def as_floats(a: Any) -> Any:
    """What is no tensor as an array, and whole numbers as float64, for what has no result among them."""
    a = arrayed(a)
    return a if a.dtype.kind in "fc" else cast(a, np.float64)


def astype(x: Any, dtype: Any, copy: bool = True) -> Any:
    """`x` in another dtype; between floating dtypes the gradient passes, integers and booleans have none."""
    kind = np.dtype(dtype)
    if kind.kind == "f" or not isinstance(x, Tensor):
        return cast(x, kind)
    return Tensor(x.detach().data.astype(kind))


def _concatenate(arrays: Any, axis: int | None = 0, *, dtype: Any = None) -> Any:
    return np.concatenate(arrays, axis=axis, dtype=dtype)


def _piece(g: Any, index: int, shapes: list[tuple[int, ...]], axis: int | None) -> Any:
    """The part of g that came from the array at `index`."""
    sizes = [math.prod(shape) if axis is None else shape[axis] for shape in shapes]
    start = int(np.sum(sizes[:index]))
    along = slice(start, start + sizes[index])
    if axis is None:
        return np.reshape(g[along], shapes[index])
    return g[(slice(None),) * (axis % len(shapes[0])) + (along,)]


concatenate = op(_concatenate, name="concatenate", numpy=(np.concatenate,), tags=("linear", "shape", "join"),
                 each=lambda g, index, arrays_shape, axis: _piece(g, index, arrays_shape, axis),
                 doc="Arrays joined along an existing axis.")
concat = concatenate


def _stack(arrays: Any, axis: int = 0, *, dtype: Any = None) -> Any:
    return np.stack(arrays, axis=axis, dtype=dtype)


stack = op(_stack, name="stack", numpy=(np.stack,), tags=("linear", "shape", "join"),
           each=lambda g, index, axis: g[(slice(None),) * (axis % np.ndim(g)) + (index,)], doc="Arrays joined along a new axis.")


def _each(one: Any, arys: tuple[Any, ...]) -> Any:
    """One array of one, a tuple of several."""
    return one(arys[0]) if len(arys) == 1 else tuple(map(one, arys))


def _with_axis(a: Any) -> Any:
    return a if np.ndim(a) else reshape(a, (1,))


def _with_row(a: Any) -> Any:
    return a if np.ndim(a) > 1 else reshape(a, (1, -1))


def _with_depth(a: Any) -> Any:
    if np.ndim(a) < 2:
        return reshape(a, (1, -1, 1))
    return expand_dims(a, 2) if np.ndim(a) == 2 else a


@composite(np.atleast_1d)
def atleast_1d(*arys: Any) -> Any:
    """Arrays with at least one axis."""
    return _each(_with_axis, arys)


@composite(np.atleast_2d)
def atleast_2d(*arys: Any) -> Any:
    """Arrays with at least two axes, new ones first."""
    return _each(_with_row, arys)


@composite(np.atleast_3d)
def atleast_3d(*arys: Any) -> Any:
    """Arrays with at least three axes, as np.atleast_3d."""
    return _each(_with_depth, arys)


@composite(np.vstack)
def vstack(tup: Sequence[Any], *, dtype: Any = None) -> Any:
    """Rows below each other."""
    return concatenate([_with_row(a) for a in tup], 0, dtype=dtype)


@composite(np.hstack)
def hstack(tup: Sequence[Any], *, dtype: Any = None) -> Any:
    """Columns beside each other."""
    parts = [_with_axis(a) for a in tup]
    return concatenate(parts, 0 if np.ndim(parts[0]) == 1 else 1, dtype=dtype)


@composite(np.dstack)
def dstack(tup: Sequence[Any]) -> Any:
    """Along the third axis."""
    return concatenate([_with_depth(a) for a in tup], 2)


@composite(np.column_stack)
def column_stack(tup: Sequence[Any]) -> Any:
    """1-D arrays as the columns of a matrix."""
    return concatenate([a if np.ndim(a) > 1 else reshape(a, (-1, 1)) for a in tup], 1)


def _cuts(size: int, sections: Any) -> list[int]:
    if np.ndim(sections):
        return [0, *[min(max(n + size if n < 0 else n, 0), size) for n in np.asarray(sections).tolist()], size]
    sections = operator.index(sections)
    if sections <= 0:
        raise ValueError(f"an array is split into one section or more, given {sections}")
    each, extra = divmod(size, sections)
    return np.cumsum([0] + [each + 1] * extra + [each] * (sections - extra)).tolist()


@composite(np.array_split)
def array_split(ary: Any, indices_or_sections: Any, axis: int = 0) -> list[Any]:
    """Pieces along `axis`, of nearly equal size or cut at the given places."""
    ary, cuts = arrayed(ary), _cuts(np.shape(ary)[axis], indices_or_sections)
    lead = (slice(None),) * normalize_axis_index(axis, np.ndim(ary))
    return [ary[(*lead, slice(a, max(a, b)))] for a, b in itertools.pairwise(cuts)]


@composite(np.split)
def split(ary: Any, indices_or_sections: Any, axis: int = 0) -> list[Any]:
    """Pieces along `axis`; a number of sections must divide its size."""
    if not np.ndim(indices_or_sections) and indices_or_sections > 0 and np.shape(ary)[axis] % indices_or_sections:
        raise ValueError(
            f"{indices_or_sections} sections do not divide axis {axis} of size {np.shape(ary)[axis]}; use array_split"
        )
    return array_split(ary, indices_or_sections, axis)


@composite(np.hsplit)
def hsplit(ary: Any, indices_or_sections: Any) -> list[Any]:
    """Pieces side by side."""
    return split(ary, indices_or_sections, 0 if np.ndim(ary) == 1 else 1)


@composite(np.vsplit)
def vsplit(ary: Any, indices_or_sections: Any) -> list[Any]:
    """Pieces below each other."""
    return split(ary, indices_or_sections, 0)


@composite(np.dsplit)
def dsplit(ary: Any, indices_or_sections: Any) -> list[Any]:
    """Pieces along the third axis."""
    if np.ndim(ary) < 3:
        raise ValueError(f"dsplit takes three or more axes, given shape {np.shape(ary)}")
    return split(ary, indices_or_sections, 2)


@composite(np.unstack)
def unstack(x: Any, axis: int = 0) -> tuple[Any, ...]:
    """The slices along `axis`."""
    return tuple(moveaxis(x, axis, 0)[i] for i in range(np.shape(x)[axis]))


@composite(np.meshgrid)
def meshgrid(*xi: Any, indexing: str = "xy", sparse: bool = False, copy: bool = True) -> tuple[Any, ...]:
    """Coordinates along every axis of a grid, as np.meshgrid."""
    if indexing not in ("xy", "ij"):
        raise ValueError(f"meshgrid's indexing is 'xy' or 'ij', given {indexing!r}")
    places = [1, 0, *range(2, len(xi))] if indexing == "xy" and len(xi) > 1 else list(range(len(xi)))
    rows = [reshape(x, tuple(-1 if i == place else 1 for i in range(len(xi)))) for x, place in zip(xi, places, strict=True)]
    return tuple(rows) if sparse else broadcast_arrays(*rows)


@composite(np.fliplr)
def fliplr(m: Any) -> Any:
    """Left and right exchanged."""
    return flip(m, 1)


@composite(np.flipud)
def flipud(m: Any) -> Any:
    """Up and down exchanged."""
    return flip(m, 0)


@composite(np.rot90)
def rot90(m: Any, k: int = 1, axes: Sequence[int] = (0, 1)) -> Any:
    """Turned by k quarter turns in the plane of `axes`."""
    (first, second), k = axes, operator.index(k)
    if normalize_axis_index(first, np.ndim(m)) == normalize_axis_index(second, np.ndim(m)):
        raise ValueError(f"rot90 turns in the plane of two axes, given {tuple(axes)} for shape {np.shape(m)}")
    if k % 4 == 0:
        return m
    if k % 4 == 2:
        return flip(m, (first, second))
    turned = swapaxes(m, first, second)
    return flip(turned, first) if k % 4 == 1 else flip(turned, second)


@composite(np.broadcast_arrays)
def broadcast_arrays(*args: Any) -> tuple[Any, ...]:
    """All arguments at their common shape."""
    shape = np.broadcast_shapes(*[np.shape(a) for a in args])
    return tuple(broadcast_to(a, shape) for a in args)


@composite(np.rollaxis)
def rollaxis(a: Any, axis: int, start: int = 0) -> Any:
    """One axis rolled back to `start`, as np.rollaxis."""
    axis = normalize_axis_index(axis, np.ndim(a))
    start = start + np.ndim(a) if start < 0 else start
    return moveaxis(a, axis, start - (axis < start))


@composite(np.append)
def append(arr: Any, values: Any, axis: int | None = None) -> Any:
    """`values` after `arr`."""
    return concatenate([arr, values], axis)

"""Operators that move, cut, repeat and index, and those that know shapes."""

from __future__ import annotations

from typing import Any

import numpy as np

import autograd
from nn.onnx.operators.registry import Attributes, numbers, operator, plain


@operator("Transpose")
def transpose(attributes: Attributes, x: Any) -> Any:
    return autograd.transpose(x, attributes.get("perm"))


@operator("Reshape")
def reshape(attributes: Attributes, x: Any, shape: Any = None) -> Any:
    """A 0 stands for the size that is there, unless allowzero."""
    wanted = list(attributes.get("shape")) if shape is None else numbers(shape)
    if not attributes.get("allowzero", 0):
        wanted = [x.shape[place] if n == 0 else n for place, n in enumerate(wanted)]
    return autograd.reshape(x, tuple(wanted))


@operator("Flatten")
def flatten(attributes: Attributes, x: Any) -> Any:
    axis = attributes.get("axis", 1)
    axis = axis + x.ndim if axis < 0 else axis
    return autograd.reshape(x, (int(np.prod(x.shape[:axis])), int(np.prod(x.shape[axis:]))))


def _axes(attributes: Attributes, axes: Any) -> tuple[int, ...] | None:
    given = attributes.get("axes") if axes is None else numbers(axes)
    return None if given is None else tuple(given)


@operator("Squeeze")
def squeeze(attributes: Attributes, x: Any, axes: Any = None) -> Any:
    return autograd.squeeze(x, _axes(attributes, axes))


@operator("Unsqueeze")
def unsqueeze(attributes: Attributes, x: Any, axes: Any = None) -> Any:
    return autograd.expand_dims(x, _axes(attributes, axes) or ())


@operator("Slice")
def cut(attributes: Attributes, x: Any, starts: Any = None, ends: Any = None, axes: Any = None, steps: Any = None) -> Any:
    first = list(attributes.get("starts")) if starts is None else numbers(starts)
    last = list(attributes.get("ends")) if ends is None else numbers(ends)
    along = _axes(attributes, axes) or range(len(first))
    pace = [1] * len(first) if steps is None else numbers(steps)
    index = [slice(None)] * x.ndim
    for axis, start, stop, step in zip(along, first, last, pace, strict=True):
        index[axis] = slice(start, _stop(stop, step, x.shape[axis]), step)
    return x[tuple(index)]


def _stop(stop: int, step: int, size: int) -> int | None:
    """Going back, an end at or before -size is before the first element, which Python cannot say as a number."""
    return None if step < 0 and stop < -size else stop


@operator("Gather")
def gather(attributes: Attributes, x: Any, indices: Any) -> Any:
    return autograd.take(x, plain(indices), axis=attributes.get("axis", 0))


@operator("GatherElements")
def gather_elements(attributes: Attributes, x: Any, indices: Any) -> Any:
    """Other axes may be longer than the indices': what is beyond them is not read."""
    axis, index = attributes.get("axis", 0) % x.ndim, plain(indices)
    return x[_along(index, axis, x.shape[axis])]


def _along(index: Any, axis: int, size: int) -> tuple[Any, ...]:
    """Index arrays that run along every axis but one, where `index` says the place."""
    places = list(np.ix_(*(np.arange(n) for n in index.shape)))
    places[axis] = np.where(index < 0, index + size, index)
    return tuple(np.broadcast_arrays(*places))


@operator("ScatterElements", "Scatter")
def scatter_elements(attributes: Attributes, x: Any, indices: Any, updates: Any) -> Any:
    axis, index = attributes.get("axis", 0) % x.ndim, plain(indices)
    return _updated(attributes, x, _along(index, axis, x.shape[axis]), updates)


@operator("GatherND")
def gather_nd(attributes: Attributes, x: Any, indices: Any) -> Any:
    index, lead = plain(indices), attributes.get("batch_dims", 0)
    places = tuple(np.moveaxis(index, -1, 0))
    batch = np.ix_(*(np.arange(n) for n in index.shape[:lead]))
    wide = tuple(np.reshape(each, each.shape + (1,) * (index.ndim - 1 - lead)) for each in batch)
    return x[(*wide, *places)]


@operator("ScatterND")
def scatter_nd(attributes: Attributes, x: Any, indices: Any, updates: Any) -> Any:
    return _updated(attributes, x, tuple(np.moveaxis(plain(indices), -1, 0)), updates)


def _updated(attributes: Attributes, x: Any, index: Any, updates: Any) -> Any:
    """Set, or combined with what is there; a place that is named again has its turn in a later round."""
    name = {"none": "set", "add": "add", "mul": "multiply", "max": "max", "min": "min"}[attributes.get("reduction", "none")]
    x = autograd.as_tensor(x)
    rounds = np.zeros(index[0].shape, int) if name in ("set", "add") else _occurrences(index, x.shape)
    for turn in range(int(rounds.max(initial=-1)) + 1):
        chosen = rounds == turn
        x = getattr(x.at[tuple(place[chosen] for place in index)], name)(updates[chosen])
    return x


def _occurrences(index: Any, shape: tuple[int, ...]) -> Any:
    """How often each place was named before."""
    places = np.ravel_multi_index(index, shape[: len(index)], mode="wrap").reshape(-1)
    order = np.argsort(places, kind="stable")
    ranked = places[order]
    first = np.searchsorted(ranked, ranked)
    counts = np.empty_like(order)
    counts[order] = np.arange(order.size) - first
    return counts.reshape(index[0].shape)


@operator("Compress")
def compress(attributes: Attributes, x: Any, condition: Any) -> Any:
    axis, chosen = attributes.get("axis"), np.flatnonzero(plain(condition))
    return autograd.take(autograd.ravel(x) if axis is None else x, chosen, axis=0 if axis is None else axis)


@operator("Expand")
def expand(attributes: Attributes, x: Any, shape: Any) -> Any:
    return autograd.broadcast_to(x, np.broadcast_shapes(x.shape, tuple(numbers(shape))))


@operator("Tile")
def tile(attributes: Attributes, x: Any, repeats: Any) -> Any:
    return autograd.tile(x, tuple(numbers(repeats)))


PADS = {"constant": "constant", "reflect": "reflect", "edge": "edge", "wrap": "wrap"}


@operator("Pad")
def pad(attributes: Attributes, x: Any, pads: Any = None, value: Any = None, axes: Any = None) -> Any:
    """Negative amounts cut off."""
    given = list(attributes.get("pads")) if pads is None else numbers(pads)
    along = range(x.ndim) if axes is None else numbers(axes)
    widths = [(0, 0)] * x.ndim
    for place, axis in enumerate(along):
        widths[axis] = (given[place], given[place + len(given) // 2])
    x = x[tuple(slice(max(-a, 0), n - max(-b, 0)) for (a, b), n in zip(widths, x.shape, strict=True))]
    grown = [(max(a, 0), max(b, 0)) for a, b in widths]
    mode = attributes.get("mode", "constant")
    if mode != "constant":
        return autograd.pad(x, grown, mode=PADS[mode])
    fill = attributes.get("value", 0.0) if value is None else plain(value).item()
    return autograd.pad(x, grown, constant_values=fill)


@operator("DepthToSpace")
def depth_to_space(attributes: Attributes, x: Any) -> Any:
    n, c, h, w = x.shape
    b = attributes.get("blocksize")
    if attributes.get("mode", "DCR") == "DCR":
        split, order = (n, b, b, c // (b * b), h, w), (0, 3, 4, 1, 5, 2)
    else:
        split, order = (n, c // (b * b), b, b, h, w), (0, 1, 4, 2, 5, 3)
    return autograd.reshape(autograd.transpose(autograd.reshape(x, split), order), (n, c // (b * b), h * b, w * b))


@operator("SpaceToDepth")
def space_to_depth(attributes: Attributes, x: Any) -> Any:
    n, c, h, w = x.shape
    b = attributes.get("blocksize")
    split = autograd.reshape(x, (n, c, h // b, b, w // b, b))
    order = (0, 3, 5, 1, 2, 4) if attributes.get("mode", "DCR") == "DCR" else (0, 1, 3, 5, 2, 4)
    return autograd.reshape(autograd.transpose(split, order), (n, c * b * b, h // b, w // b))


@operator("Trilu")
def triangle(attributes: Attributes, x: Any, k: Any = None) -> Any:
    diagonal = 0 if k is None else int(plain(k).reshape(()))
    mask = (np.triu if attributes.get("upper", 1) else np.tril)(np.ones(x.shape[-2:], bool), diagonal)
    return autograd.where(mask, x, np.zeros((), x.dtype))


@operator("ReverseSequence")
def reverse_sequence(attributes: Attributes, x: Any, lengths: Any) -> Any:
    """The first so many steps of each sample, backwards."""
    time = attributes.get("time_axis", 0)  # and the batch's is the other of the first two
    steps, count = np.arange(x.shape[time])[:, None], plain(lengths)[None, :]
    places = np.where(steps < count, count - 1 - steps, steps)
    places = places if time == 0 else places.T
    return autograd.take_along_axis(x, places.reshape(places.shape + (1,) * (x.ndim - 2)), axis=time)


# ------------------------------------------------------------------------------------------------------------ about shapes


@operator("Shape")
def shape_of(attributes: Attributes, x: Any) -> Any:
    return np.array(x.shape[attributes.get("start", 0) : attributes.get("end")], np.int64)


@operator("Size")
def size_of(attributes: Attributes, x: Any) -> Any:
    return np.array(plain(x).size, np.int64)


@operator("Constant")
def constant(attributes: Attributes) -> Any:
    if "value" in attributes.values:
        return attributes.get("value")
    kinds = {"value_float": np.float32, "value_floats": np.float32, "value_int": np.int64, "value_ints": np.int64}
    for name, dtype in kinds.items():
        if name in attributes.values:
            return np.array(attributes.get(name), dtype)
    raise attributes.refuse(f"{', '.join(attributes.values)}")


@operator("ConstantOfShape")
def filled(attributes: Attributes, shape: Any) -> Any:
    value = attributes.get("value", np.zeros(1, np.float32))
    return np.full(tuple(numbers(shape)), value.reshape(()), value.dtype)


@operator("Range")
def span(attributes: Attributes, start: Any, limit: Any, delta: Any) -> Any:
    first, last, step = (plain(each).reshape(()) for each in (start, limit, delta))
    count = max(int(np.ceil((last - first) / step)), 0)
    return (first + np.arange(count, dtype=first.dtype) * step).astype(first.dtype)


@operator("EyeLike")
def eye_like(attributes: Attributes, x: Any) -> Any:
    from onnx import helper

    number = attributes.get("dtype")
    dtype = plain(x).dtype if number is None else helper.tensor_dtype_to_np_dtype(number)
    rows, columns = x.shape
    return np.eye(rows, columns, attributes.get("k", 0), np.dtype(dtype))


@operator("NonZero")
def non_zero(attributes: Attributes, x: Any) -> Any:
    return np.array(np.nonzero(plain(x)), np.int64)


@operator("OneHot")
def one_hot(attributes: Attributes, indices: Any, depth: Any, values: Any) -> Any:
    count, axis = int(plain(depth).reshape(())), attributes.get("axis", -1)
    index = plain(indices)
    places = np.arange(count).reshape((-1,) + (1,) * index.ndim) == np.mod(index, count).astype(np.int64)[None]
    off, on = plain(values)
    return np.moveaxis(np.where(places, on, off).astype(plain(values).dtype), 0, axis)

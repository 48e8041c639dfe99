"""Operations that move, repeat or join values, and products."""

from __future__ import annotations

from typing import Any

import numpy as np

from nn.onnx.graph import Graph, NeedsSize, Unsupported, input_shape, normal_axes, rank
from nn.onnx.integers import Derived
from nn.onnx.recorded import Call
from nn.onnx.table import TRANSLATIONS, simple, translation

TRANSLATIONS["matmul"] = simple("MatMul")


@translation("reshape", "ravel", "squeeze", "expand_dims")
def reshape(graph: Graph, call: Call, x: str) -> Any:
    """All that matters is the result's shape."""
    if call.options.get("order", "C") != "C":
        raise Unsupported(f"{call}: ONNX reshapes in C order alone, given order={call.options['order']!r}")
    return graph.reshaped(x, call.shape)


def permuted(graph: Graph, x: str, axes: list[int]) -> Any:
    return graph.add("Transpose", x, perm=axes) if axes else x


@translation("transpose")
def transpose(graph: Graph, call: Call, x: str) -> Any:
    axes = call.options["axes"]
    ndim = rank(call)
    return permuted(graph, x, list(range(ndim))[::-1] if axes is None else [int(axis) % ndim for axis in axes])


@translation("swapaxes")
def swapaxes(graph: Graph, call: Call, x: str) -> Any:
    axes = list(range(rank(call)))
    one, two = call.options["axis1"], call.options["axis2"]
    axes[one], axes[two] = axes[two], axes[one]
    return permuted(graph, x, axes)


@translation("moveaxis")
def moveaxis(graph: Graph, call: Call, x: str) -> Any:
    """NumPy's own rule, on an array with as many axes."""
    axes = np.moveaxis(np.empty(range(rank(call)), bool), call.options["source"], call.options["destination"]).shape
    return permuted(graph, x, list(axes))


@translation("broadcast_to")
def broadcast_to(graph: Graph, call: Call, x: str) -> Any:
    """Expand broadcasts against its shape: 1 keeps a size, the batch's too."""
    given = (1,) * (len(call.shape) - rank(call)) + input_shape(call)
    if any(wide is None and narrow is not None for wide, narrow in zip(call.shape, given, strict=True)):
        raise NeedsSize
    return graph.add("Expand", x, graph.integers([1 if n is None else n for n in call.shape]))


@translation("flip")
def flip(graph: Graph, call: Call, x: str) -> Any:
    axes = normal_axes(call.options["axis"], rank(call))
    low = np.iinfo(np.int64).min
    return sliced(graph, x, [-1] * len(axes), [low] * len(axes), axes, [-1] * len(axes))


def sliced(graph: Graph, x: str, starts: list[int], ends: list[int], axes: list[int], steps: list[int]) -> Any:
    return graph.add("Slice", x, *map(graph.integers, (starts, ends, axes, steps)))


@translation("roll")
def roll(graph: Graph, call: Call, x: str) -> Any:
    """The end before the beginning, axis by axis."""
    shift, axis = call.options["shift"], call.options["axis"]
    if axis is None:
        raise Unsupported(f"{call}: only with an axis")
    pairs = np.broadcast(shift, axis)
    for places, along in pairs:
        size = input_shape(call)[int(along)]
        if size is None:
            raise NeedsSize
        cut = (size - int(places)) % size if size else 0
        parts = [sliced(graph, x, [a], [b], [int(along) % rank(call)], [1]) for a, b in ((cut, size), (0, cut))]
        x = graph.add("Concat", *parts, axis=int(along) % rank(call))
    return x


@translation("concatenate")
def concatenate(graph: Graph, call: Call, *arrays: str) -> Any:
    axis = call.options["axis"]
    if axis is None:
        arrays, axis = tuple(graph.reshaped(each, (-1,)) for each in arrays), 0
    return graph.add("Concat", *arrays, axis=int(axis))


@translation("stack")
def stack(graph: Graph, call: Call, *arrays: str) -> Any:
    axis = int(call.options["axis"]) % len(call.shape)
    wider = [graph.add("Unsqueeze", each, graph.integers([axis])) for each in arrays]
    return graph.add("Concat", *wider, axis=axis)


@translation("pad_constant")
def pad_constant(graph: Graph, call: Call, x: str) -> Any:
    widths = np.asarray(call.options["widths"])
    value = graph.constant(np.asarray(call.options["value"], call.dtype).reshape(()))
    return graph.add("Pad", x, graph.integers([*widths[:, 0], *widths[:, 1]]), value, mode="constant")


@translation("take")
def take(graph: Graph, call: Call, x: str) -> Any:
    axis, mode = call.options["axis"], call.options["mode"]
    if axis is None:
        x, axis = graph.reshaped(x, (-1,)), 0
    indices = call.options["indices"]
    if isinstance(indices, Derived):
        return graph.add("Gather", x, graph.given(indices), axis=int(axis))
    indices = np.asarray(indices, np.int64)
    if mode != "raise" and (np.any(indices < 0) or None in input_shape(call) or np.any(indices >= input_shape(call)[axis])):
        raise Unsupported(f"{call}: mode={mode!r} with indices outside")
    return graph.add("Gather", x, graph.constant(indices), axis=int(axis))


@translation("getitem")
def getitem(graph: Graph, call: Call, x: str) -> Any:
    """Slices, integers, new axes, and one array of integers."""
    index = call.options["index"]
    places = list(index) if isinstance(index, tuple) else [index]
    if _is_rows(places):
        return graph.add("Gather", x, graph.given(places[0]), axis=0)
    arrays = [place for place in places if isinstance(place, (np.ndarray, list, Derived))]
    if len(arrays) > 1 or any(isinstance(each, Derived) or np.asarray(each).dtype.kind not in "iu" for each in arrays):
        raise Unsupported(f"{call}: of arrays as indices ONNX has one of integers, given {index!r}")
    axes = _spread(places, rank(call))
    x = _cut(graph, x, axes)
    for axis, place in axes:
        if not isinstance(place, slice):
            # An integer stays as a size of 1 for now: axes after it keep their numbers.
            wanted = np.asarray(place, np.int64)
            if wanted.ndim > 1 or (wanted.ndim and axis != axes[0][0] and any(isinstance(p, (int, np.integer)) for _, p in axes)):
                raise Unsupported(f"{call}: an array of several axes as an index, or one beside integers")
            x = graph.add("Gather", x, graph.constant(np.atleast_1d(wanted)), axis=axis)
    return graph.reshaped(x, call.shape)


def _is_rows(places: list[Any]) -> bool:
    """One array of integers, for the first axis."""
    first = places[0]
    integers = isinstance(first, Derived) or (isinstance(first, np.ndarray) and first.dtype.kind in "iu")
    return integers and all(isinstance(place, slice) and place == slice(None) for place in places[1:])


def _spread(places: list[Any], ndim: int) -> list[tuple[int, Any]]:
    """What stands for each axis; new axes are left to the final reshape."""
    real = [place for place in places if place is not None]
    if not any(place is Ellipsis for place in real):
        real.append(Ellipsis)
    before = next(number for number, place in enumerate(real) if place is Ellipsis)
    after = len(real) - before - 1
    front = list(enumerate(real[:before]))
    return front + [(ndim - after + number, place) for number, place in enumerate(real[before + 1 :])]


def _cut(graph: Graph, x: str, axes: list[tuple[int, Any]]) -> Any:
    cuts = [(axis, place) for axis, place in axes if isinstance(place, slice) and place != slice(None)]
    if not cuts:
        return x
    starts, ends, steps = [], [], []
    for _, cut in cuts:
        step = 1 if cut.step is None else int(cut.step)
        first, last = (0, np.iinfo(np.int64).max) if step > 0 else (np.iinfo(np.int64).max, np.iinfo(np.int64).min)
        starts.append(first if cut.start is None else int(cut.start))
        ends.append(last if cut.stop is None else int(cut.stop))
        steps.append(step)
    return sliced(graph, x, starts, ends, [axis for axis, _ in cuts], steps)


@translation("einsum")
def einsum(graph: Graph, call: Call, *operands: str) -> Any:
    return graph.add("Einsum", *operands, equation=",".join(call.options["terms"]) + "->" + call.options["output"])


@translation("linear")
def linear(graph: Graph, call: Call, x: str, weight: str, bias: str | None) -> Any:
    """Gemm for rows, a product and a sum otherwise."""
    if rank(call) == 2:
        return graph.add("Gemm", x, weight, bias, transB=1) if bias else graph.add("Gemm", x, weight, transB=1)
    product = graph.add("MatMul", x, permuted(graph, weight, [1, 0]))
    return graph.add("Add", product, bias) if bias else product

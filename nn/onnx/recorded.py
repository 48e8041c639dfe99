"""What a function did with its inputs: every recorded operation with all of its arguments, in order.

The function runs twice, on other values and, where it lets itself, on another number of samples. What both runs share is the
graph; sizes that differ are left open; anything else that differs was computed from the inputs beside the graph, and would be
frozen in a file as it was for the example: that is refused.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

import autograd
from autograd import Tensor
from nn.onnx.integers import Derived, explained

Made = Callable[[Any, Any], Derived | None]
Array = np.ndarray[Any, Any]
Shape = tuple[int | None, ...]  # None: left open


class Differs(ValueError):
    """The two runs are not the same graph."""


@dataclass(eq=False)
class Value:
    """One argument of a call: a value of the graph (its number), or an array, or a function of an integer input."""

    number: int | None
    array: Any
    shape: Shape
    dtype: Any


@dataclass(eq=False)
class Call:
    """One operation: what it was given, and what came out."""

    op: str
    inputs: list[Value | None]
    options: dict[str, Any]
    number: int
    shape: Shape
    dtype: Any
    where: str

    def __str__(self) -> str:
        return f"{self.op!r}" + (f" in {self.where!r}" if self.where else "")


@dataclass(eq=False)
class Recorded:
    """A run: its inputs' and outputs' numbers, the calls, and the leaves that are neither."""

    inputs: list[int]
    calls: list[Call]
    leaves: dict[int, Array]
    outputs: list[int]
    shapes: dict[int, Shape]
    results: list[Array]
    names: dict[int, str] = field(default_factory=dict)
    integers: dict[int, Array] = field(default_factory=dict)  # inputs that the run took as they are


class Recorder:
    """Gives every node a number and writes down the calls as they are told."""

    def __init__(self) -> None:
        self.numbers: dict[Any, int] = {}
        self.calls: list[Call] = []
        self.leaves: dict[int, Array] = {}
        self.shapes: dict[int, Shape] = {}
        self.names: dict[int, str] = {}

    def number(self, node: Any) -> int:
        return self.numbers.setdefault(node, len(self.numbers))

    def told(self, node: Any, values: Any, options: dict[str, Any]) -> None:
        """What `autograd.keeping` calls."""
        inputs = [self._value(parent, value) for parent, value in zip(node.parents, values, strict=True)]
        where = node.scope.path if node.scope is not None else ""
        number = self.number(node)
        if node.op.name == "getitem":
            options = {"index": whole_axes(options["index"], np.shape(values[0]))}
        self.shapes[number] = node.shape
        self.calls.append(Call(node.op.name, inputs, dict(options), number, node.shape, node.dtype, where))

    def _value(self, parent: Any, value: Any) -> Value | None:
        if parent is None:
            return None if value is None else Value(None, value, np.shape(value), getattr(value, "dtype", None))
        number = self.number(parent)
        if parent.op is None and number not in self.leaves:
            self.leaves[number], self.shapes[number] = np.array(value), np.shape(value)
            self.names[number] = parent.name or ""
        return Value(number, None, parent.shape, parent.dtype)


def whole_axes(index: Any, shape: Shape) -> Any:
    """The index, with ``:`` for slices that take a whole axis by naming its size, which may be the batch's."""
    places = list(index) if isinstance(index, tuple) else [index]
    if any(np.asarray(place).dtype.kind == "b" for place in places if isinstance(place, (np.ndarray, list, bool))):
        return index  # a mask takes as many axes as it has
    used = sum(place is not None and place is not Ellipsis for place in places)
    axis, made = 0, []
    for place in places:
        if place is Ellipsis:
            axis += len(shape) - used
        elif place is not None:
            if isinstance(place, slice) and place.indices(shape[axis] or 0) == (0, shape[axis], 1):
                place = slice(None)
            axis += 1
        made.append(place)
    return tuple(made)


def record(function: Callable[..., Any], arrays: Sequence[Array], names: Mapping[Any, str]) -> Recorded:
    """Run the function on arrays and write down what it did; `names` are those of tensors it holds."""
    recorder = Recorder()
    tensors = [Tensor(array, requires_grad=True) if array.dtype.kind == "f" else array.copy() for array in arrays]
    inputs = [recorder.number(tensor.node if isinstance(tensor, Tensor) else f"input {place}") for place, tensor in enumerate(tensors)]
    with autograd.enable_grad(), autograd.keeping(into=recorder.told):
        results = list(outputs_of(function(*tensors)))
    _refuse_foreign(results, recorder)
    for number, array in zip(inputs, arrays, strict=True):
        recorder.leaves.pop(number, None)
        recorder.shapes[number] = array.shape
    numbers = [recorder.number(result.node) for result in results]
    known = {number: names.get(node) or recorder.names.get(number, "") for node, number in recorder.numbers.items()}
    values = [np.array(result.data) for result in results]
    integers = {number: array for number, array in zip(inputs, arrays, strict=True) if array.dtype.kind != "f"}
    return Recorded(inputs, _needed(recorder.calls, numbers), recorder.leaves, numbers, recorder.shapes, values, known, integers)


def outputs_of(result: Any) -> Iterable[Tensor]:
    """A tensor, or tensors in lists, tuples and dictionaries; one level each."""
    if isinstance(result, Mapping):
        result = list(result.values())
    for item in result if isinstance(result, (list, tuple)) else [result]:
        if item is None:
            continue
        if not isinstance(item, Tensor):
            raise TypeError(f"an exported function returns a Tensor or a list, tuple or dict of such; this one gave {type(item).__name__}")
        yield item


def _refuse_foreign(results: Sequence[Tensor], recorder: Recorder) -> None:
    if not results:
        raise TypeError("an exported function returns at least one Tensor; this one gave none")
    for place, result in enumerate(results):
        if result.node is None or result.node not in recorder.numbers:
            raise ValueError(f"output {place} does not depend on the inputs: there is no graph to export")


def _needed(calls: Sequence[Call], outputs: Iterable[int]) -> list[Call]:
    """The calls on the way to the outputs, in order."""
    wanted, kept = set(outputs), []
    for call in reversed(calls):
        if call.number in wanted:
            kept.append(call)
            wanted.update(value.number for value in call.inputs if value is not None and value.number is not None)
    return kept[::-1]


# -------------------------------------------------------------------------------------------------------- two runs as one

# Options that may be functions of an integer input.
OF_INTEGERS = {"getitem": "index", "take": "indices", "where": "condition"}
SPECIAL = " (an example of integers holds every value that is special, such as padding)"
# Options that only say a shape again, which the translation takes from the result's.
SHAPES = {"reshape": {"shape"}, "broadcast_to": {"shape"}, "conv_input": {"input_shape"}, "adaptive_average_pool": {"output_size"}}


def merged(one: Recorded, two: Recorded) -> Recorded:
    """The first run, with None for every size that is left open; raises `Differs` where they are not one graph."""
    if [call.op for call in one.calls] != [call.op for call in two.calls] or one.outputs != two.outputs:
        raise Differs("it runs other operations on other inputs, so that no one graph says what it does")

    def made(x: Any, y: Any) -> Derived | None:
        """Of integers, if it is."""
        arrays = isinstance(x, np.ndarray) and isinstance(y, np.ndarray) and x.ndim == y.ndim
        found = explained(x, y, (one.integers, two.integers), one.leaves) if arrays else None
        return None if found is None else replace(found, shape=_common(x.shape, y.shape, "an array made of integers"))

    for a, b in zip(one.calls, two.calls, strict=True):
        _merge(a, b, made)
    for number, shape in one.shapes.items():
        if shape is not None and number in two.shapes:
            one.shapes[number] = _common(shape, two.shapes[number], "a value")
    return one


def _merge(a: Call, b: Call, made: Made) -> None:
    if a.number != b.number or len(a.inputs) != len(b.inputs):
        raise Differs(f"{a}: its arguments come from other operations on other inputs")
    for x, y in zip(a.inputs, b.inputs, strict=True):
        _merge_values(a, x, y, made)
    for name, value in a.options.items():
        if name not in SHAPES.get(a.op, ()) and not same(value, b.options[name]):
            a.options[name] = _merged_option(a, name, b.options[name], made)
    if a.shape is not None:
        a.shape = _common(a.shape, b.shape, str(a))


def _merged_option(call: Call, name: str, other: Any, made: Made) -> Any:
    value = call.options[name]
    if OF_INTEGERS.get(call.op) == name:
        one, two = (each if isinstance(each, tuple) else (each,) for each in (value, other))
        parts = [x if same(x, y) else made(x, y) for x, y in zip(one, two, strict=False)]
        if len(one) == len(two) and all(part is not None or x is None for part, x in zip(parts, one, strict=True)):
            return tuple(parts) if isinstance(value, tuple) else parts[0]
    hint = SPECIAL if OF_INTEGERS.get(call.op) == name else ""
    raise Differs(f"{call}: its argument {name} is {_brief(value)} for one input and {_brief(other)} for another{hint}")


def _merge_values(call: Call, x: Value | None, y: Value | None, made: Made) -> None:
    if x is None or y is None or x.number != y.number:
        if x is not y:
            raise Differs(f"{call}: an argument comes from elsewhere on another input")
        return
    if x.number is None and not same(x.array, y.array):
        derived = made(x.array, y.array)
        if derived is None:
            raise Differs(
                f"{call}: an array it is given was computed from the inputs beside the graph (it differs between two inputs): "
                f"compute it with recorded operations, or make it an input{SPECIAL}"
            )
        x.array = derived
    if x.shape is not None:
        x.shape = _common(x.shape, y.shape, str(call))


def _common(one: Shape, two: Shape, what: str) -> Shape:
    if len(one) != len(two):
        raise Differs(f"{what} has {len(one)} axes for one input and {len(two)} for another")
    return tuple(n if n == m else None for n, m in zip(one, two, strict=True))


def same(one: Any, two: Any) -> bool:
    """Equal, arrays inside included."""
    if isinstance(one, (tuple, list)) and isinstance(two, (tuple, list)):
        return len(one) == len(two) and all(map(same, one, two))
    if isinstance(one, np.ndarray) or isinstance(two, np.ndarray):
        a, b = np.asarray(one), np.asarray(two)
        return a.shape == b.shape and a.dtype == b.dtype and bool(np.array_equal(a, b, equal_nan=a.dtype.kind == "f"))
    return bool(one == two) or (one != one and two != two)


def _brief(value: Any) -> str:
    text = " ".join(repr(value).split())
    return text if len(text) < 60 else text[:57] + "..."

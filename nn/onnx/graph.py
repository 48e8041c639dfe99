"""An ONNX graph being written: nodes, constants by value, names nobody else has."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from nn.onnx.integers import Derived
from nn.onnx.recorded import Array, Call, Shape, Value

OPSET, IR = 18, 9  # both read by ONNX Runtime from 1.16 on


class Unsupported(NotImplementedError):
    """A recorded operation that this exporter cannot write, or not with these arguments."""


class NeedsSize(Exception):
    """A size that was left open where ONNX wants a number: the export is tried again with the example's sizes."""


class Graph:
    """What translations write into."""

    def __init__(self) -> None:
        self.nodes: list[Any] = []
        self.initializers: dict[str, Array] = {}
        self._taken: set[str] = set()
        self._constants: dict[Any, str] = {}
        self.where = ""
        self.derive: Callable[[Derived], str] = lambda value: ""  # set by who knows the inputs' names

    def given(self, value: Any, dtype: Any = None) -> str:
        """An array, or what a model made of integers."""
        if not isinstance(value, Derived):
            return self.constant(value, dtype)
        name = self.derive(value)
        return name if dtype is None else self.cast(name, dtype)

    def fresh(self, wanted: str) -> str:
        """`wanted`, or with a number behind it where that is taken."""
        name, count = wanted, 1
        while name in self._taken:
            count += 1
            name = f"{wanted}_{count}"
        self._taken.add(name)
        return name

    def add(self, operator: str, *inputs: str | None, outputs: int = 1, **attributes: Any) -> Any:
        """A node; returns the name of its output, or a list of them."""
        from onnx import helper

        label = self.fresh("/".join(filter(None, [self.where, operator])))
        results = [self.fresh(f"{label}:{place}") for place in range(outputs)]
        given = {name: value for name, value in attributes.items() if value is not None}
        self.nodes.append(helper.make_node(operator, [name or "" for name in inputs], results, name=label, **given))
        return results[0] if outputs == 1 else results

    def initializer(self, name: str, array: Array) -> str:
        """Named values: weights."""
        name = self.fresh(name)
        self.initializers[name] = array
        return name

    def constant(self, value: Any, dtype: Any = None) -> str:
        """Unnamed values, each distinct one once."""
        array = np.asarray(value, dtype)
        key = (array.shape, array.dtype.str, array.tobytes())
        if key not in self._constants:
            self._constants[key] = self.initializer("constant", np.array(array, array.dtype.newbyteorder("="), order="C"))
        return self._constants[key]

    def integers(self, values: Sequence[int]) -> str:
        """Axes, shapes, pads: ONNX wants them as int64."""
        return self.constant(np.asarray(values, np.int64).reshape(-1))

    def cast(self, name: str, dtype: Any) -> str:
        return str(self.add("Cast", name, to=tensor_type(dtype)))

    def reshaped(self, name: str, shape: Shape) -> str:
        """To a shape of which one size may be open."""
        if shape.count(None) > 1:
            raise NeedsSize
        if 0 in shape:
            return str(self.add("Reshape", name, self.integers([-1 if n is None else n for n in shape]), allowzero=1))
        return str(self.add("Reshape", name, self.integers([-1 if n is None else n for n in shape])))


def tensor_type(dtype: Any) -> int:
    """ONNX's number for a dtype."""
    from onnx import helper

    try:
        return int(helper.np_dtype_to_tensor_dtype(np.dtype(dtype)))
    except (KeyError, ValueError):
        raise Unsupported(f"ONNX has no {np.dtype(dtype)}") from None


def input_shape(call: Call, place: int = 0) -> Shape:
    """The shape of an argument."""
    value: Value | None = call.inputs[place]
    assert value is not None
    return value.shape


def fixed(shape: Shape) -> tuple[int, ...]:
    """A shape without open sizes."""
    if None in shape:
        raise NeedsSize
    return tuple(n for n in shape if n is not None)


def rank(call: Call, place: int = 0) -> int:
    return len(input_shape(call, place))


def normal_axes(axis: Any, ndim: int) -> list[int]:
    """None, one axis or several, as a list of axes from the front."""
    if axis is None:
        return list(range(ndim))
    several = axis if isinstance(axis, (tuple, list)) else (axis,)
    return sorted(int(a) % ndim for a in several)

"""From what was recorded to an ONNX model."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

import autograd
from nn.onnx.graph import IR, OPSET, Graph, Unsupported, tensor_type
from nn.onnx.integers import Derived
from nn.onnx.recorded import Array, Call, Recorded, Value
from nn.onnx.table import TRANSLATIONS

Runs = Sequence[tuple[list[Array], list[Array]]]  # inputs and results of both


def model_proto(graph: Graph, recorded: Recorded, runs: Runs, input_names: Any, output_names: Any) -> Any:
    """The model, unchecked."""
    from onnx import helper

    _refuse_unknown(recorded.calls)
    ins = _names(input_names, "input", len(recorded.inputs))
    outs = _names(output_names, "output", len(recorded.outputs))
    for name in (*ins, *outs):
        if graph.fresh(name) != name:
            raise ValueError(f"the names of inputs and outputs are distinct, given {name!r} twice")
    values: dict[int, Any] = dict(zip(recorded.inputs, ins, strict=True))
    graph.derive = lambda made: _derived(graph, recorded, values, made)
    for call in recorded.calls:
        values[call.number] = _translate(graph, recorded, values, call)
    for number, name in zip(recorded.outputs, outs, strict=True):
        graph.where = ""
        graph.nodes.append(helper.make_node("Identity", [_known(graph, recorded, values, number)], [name], name=f"to {name}"))
    sizes: dict[tuple[int, int], str] = {}
    (one, two) = runs
    infos = [
        [_info(name, a, b, sizes) for name, a, b in zip(names, one[side], two[side], strict=True)] for side, names in enumerate((ins, outs))
    ]
    return _model(graph, *infos)


def _refuse_unknown(calls: Sequence[Call]) -> None:
    """All of them are named, before anything is translated."""
    unknown = dict.fromkeys(str(call) for call in calls if call.op not in TRANSLATIONS and call.op != "pick")
    if unknown:
        raise Unsupported(
            f"no translation to ONNX of {', '.join(unknown)}: nn.onnx.translation adds one, and nn.onnx.TRANSLATIONS lists those that are"
        )


def _names(given: Sequence[str] | None, word: str, count: int) -> list[str]:
    names = list(given) if given is not None else [word] if count == 1 else [f"{word}_{place}" for place in range(count)]
    if len(names) != count or not all(isinstance(name, str) and name for name in names):
        raise ValueError(f"{count} names of {word}s are needed, given {names}")
    return names


def _translate(graph: Graph, recorded: Recorded, values: dict[int, Any], call: Call) -> Any:
    if call.op == "pick":
        (whole,) = call.inputs
        assert whole is not None and whole.number is not None
        return values[whole.number][call.options["index"]]
    graph.where = call.where.replace(".", "/")
    names = [_used(graph, recorded, values, call, value) for value in call.inputs]
    return TRANSLATIONS[call.op](graph, call, *names)


def _used(graph: Graph, recorded: Recorded, values: dict[int, Any], call: Call, value: Value | None) -> str | None:
    """The name of an argument, brought to the result's dtype: NumPy promotes, ONNX does not."""
    if value is None:
        return None
    wanted = call.dtype if call.op != "cast" else value.dtype
    if value.number is None:
        return graph.given(value.array, wanted)
    name = _known(graph, recorded, values, value.number)
    return name if wanted is None or np.dtype(wanted) == np.dtype(value.dtype) else graph.cast(name, wanted)


def _derived(graph: Graph, recorded: Recorded, values: dict[int, Any], made: Derived) -> str:
    """What a model made of integers, from the input on."""
    name = made.written(graph, values[made.place], lambda number: _known(graph, recorded, values, number))
    return graph.reshaped(name, made.shape)


def _known(graph: Graph, recorded: Recorded, values: dict[int, Any], number: int) -> str:
    """A result's or input's name; a leaf becomes an initializer when it is first used."""
    if number not in values:
        if number not in recorded.leaves:
            raise Unsupported("an operation that is not declared stands in the graph (a checkpointed segment): export without it")
        values[number] = graph.initializer(recorded.names.get(number) or "value", recorded.leaves[number])
    return str(values[number])


def _info(name: str, one: Array, two: Array, sizes: dict[tuple[int, int], str]) -> Any:
    """A size that differs between the runs is open, and has one name wherever it is the same in both."""
    from onnx import helper

    shape: list[int | str] = []
    for axis, (n, m) in enumerate(zip(one.shape, two.shape, strict=True)):
        shape.append(n if n == m else sizes.setdefault((n, m), "batch" if not axis else f"{name}_{axis}"))
    return helper.make_tensor_value_info(name, tensor_type(one.dtype), shape)


def _model(graph: Graph, inputs: list[Any], outputs: list[Any]) -> Any:
    from onnx import helper, numpy_helper

    weights = [
        numpy_helper.from_array(np.ascontiguousarray(array).reshape(array.shape), name) for name, array in graph.initializers.items()
    ]
    made = helper.make_graph(graph.nodes, "gradroutes", inputs, outputs, weights)
    version = autograd.__version__
    opsets = [helper.make_opsetid("", OPSET)]
    return helper.make_model(made, opset_imports=opsets, ir_version=IR, producer_name="gradroutes", producer_version=version)

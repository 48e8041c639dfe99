"""`load`: an ONNX file as a module that runs on our tensors, and is differentiable."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np

import autograd
from autograd import Tensor
from nn.module import Module, Parameter


class OnnxModel(Module):
    """A graph read from an ONNX file. Its floating initializers are parameters, under the names that they have there.

    Call it with the inputs in the file's order, arrays or tensors. It returns one value, or a tuple of them: floating ones as
    tensors, through which gradients flow to the inputs and parameters, others as arrays.
    """

    def __init__(self, proto: Any) -> None:
        self._plan = _Plan(proto.graph, _opset(proto))
        self._held: dict[str, str] = {}
        self._constants: dict[str, Any] = {}
        for name, array in self._plan.initializers.items():
            if array.dtype.kind == "f":
                self._held[name] = name if not hasattr(self, name) else f"{name}_"
                setattr(self, self._held[name], Parameter(array, dtype=array.dtype, name=name))
            else:
                self._constants[name] = array

    @property
    def input_names(self) -> list[str]:
        return self._plan.inputs

    @property
    def output_names(self) -> list[str]:
        return self._plan.outputs

    def forward(self, *inputs: Any) -> Any:
        if len(inputs) > len(self.input_names):
            raise TypeError(f"this graph takes {len(self.input_names)} inputs ({', '.join(self.input_names)}), given {len(inputs)}")
        held = {name: getattr(self, attribute) for name, attribute in self._held.items()}
        values = {**held, **self._constants, **dict(zip(self.input_names, map(_given, inputs)))}
        results = [_shown(value) for value in self._plan.run(values)]
        return results[0] if len(results) == 1 else tuple(results)


def _given(value: Any) -> Any:
    """Tensors stay; what has no gradient anyway is an array to the operators."""
    if isinstance(value, Tensor):
        return value if value.requires_grad or value.dtype.kind == "f" else value.data
    array = np.asarray(value)
    return autograd.as_tensor(array) if array.dtype.kind == "f" else array


def _shown(value: Any) -> Any:
    return autograd.as_tensor(value) if not isinstance(value, Tensor) and np.asarray(value).dtype.kind == "f" else value


class _Plan:
    """Steps in order: an operator's function, its attributes, the names of what goes in and comes out."""

    def __init__(self, graph: Any, opset: int) -> None:
        from onnx import numpy_helper

        self.initializers = {each.name: np.array(numpy_helper.to_array(each)) for each in graph.initializer}
        self.inputs = [each.name for each in graph.input if each.name not in self.initializers]
        self.outputs = [each.name for each in graph.output]
        self.steps = [_step(node, opset) for node in graph.node]

    def run(self, values: dict[str, Any]) -> list[Any]:
        for function, attributes, inputs, outputs in self.steps:
            made = function(_inside(attributes, values), *[_found(values, name) for name in inputs])
            for name, value in zip(outputs, made if isinstance(made, (tuple, list)) else (made,)):
                if name:
                    values[name] = value
        return [_found(values, name) for name in self.outputs]


def _opset(proto: Any) -> int:
    return next((entry.version for entry in proto.opset_import if entry.domain in ("", "ai.onnx")), 1)


def _inside(attributes: Any, values: dict[str, Any]) -> Any:
    """Attributes that are graphs, as functions that see the values around them."""
    graphs = {name: plan for name, plan in attributes.values.items() if isinstance(plan, _Plan)}
    if not graphs:
        return attributes

    def function(plan: _Plan) -> Any:
        return lambda *inputs: plan.run({**values, **plan.initializers, **dict(zip(plan.inputs, inputs))})

    ready = {**attributes.values, **{name: function(plan) for name, plan in graphs.items()}}
    return type(attributes)(attributes.operator, ready, attributes.opset, attributes.outputs)


def _found(values: dict[str, Any], name: str) -> Any:
    if name and name not in values:
        raise TypeError(f"the input {name!r} of this graph was not given")
    return values[name] if name else None


def _step(node: Any, opset: int) -> Any:
    from nn.onnx.operators import OPERATORS, Attributes, Unsupported

    if node.domain not in ("", "ai.onnx") or node.op_type not in OPERATORS:
        where = f" of {node.domain}" if node.domain else ""
        raise Unsupported(f"the operator {node.op_type}{where} ({node.name or 'unnamed'}) is not supported; nn.onnx.operator adds one")
    values = {attribute.name: _attribute(attribute, opset) for attribute in node.attribute}
    attributes = Attributes(node.op_type, values, opset, len(node.output))
    return OPERATORS[node.op_type], attributes, list(node.input), list(node.output)


def _attribute(attribute: Any, opset: int) -> Any:
    from onnx import AttributeProto, helper, numpy_helper

    value = helper.get_attribute_value(attribute)
    if attribute.type == AttributeProto.TENSOR:
        return numpy_helper.to_array(value)
    if attribute.type == AttributeProto.GRAPH:
        return _Plan(value, opset)
    if attribute.type == AttributeProto.STRING:
        return value.decode()
    if attribute.type == AttributeProto.STRINGS:
        return [each.decode() for each in value]
    return list(value) if attribute.type in (AttributeProto.INTS, AttributeProto.FLOATS) else value


def load(path: str | os.PathLike[str]) -> OnnxModel:
    """Read an ONNX file as a module.

    Parameters
    ----------
    path : path

    Returns
    -------
    OnnxModel
        Called with arrays or tensors, as any module; differentiable by its inputs and by its floating initializers.

    Raises
    ------
    ModuleNotFoundError
        Without onnx: ``pip install 'gradroutes[onnx]'``.
    NotImplementedError
        The graph has an operator that is not here; it is named.
    ValueError
        The file is damaged or no ONNX file.
    """
    from nn.onnx.exporting import require_onnx

    require_onnx()
    import onnx

    try:
        proto = onnx.load_from_string(Path(path).read_bytes())
        onnx.checker.check_model(proto)
    except OSError:
        raise
    # What damaged bytes make protobuf and the checker raise has no common base.
    except Exception as error:
        raise ValueError(f"{os.fspath(path)}: damaged, or no ONNX file: {error}") from error
    return OnnxModel(proto)

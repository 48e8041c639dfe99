"""ONNX's operators on our tensors: a function for each, chapter by chapter, found by its name in `OPERATORS`."""

from __future__ import annotations

from nn.onnx.operators import attending, branching, elementwise, filters, joining, recurrent, reductions, resizing, shapes
from nn.onnx.operators.registry import OPERATORS, Attributes, Unsupported, operator

__all__ = [
    "OPERATORS", "Attributes", "Unsupported", "attending", "branching", "elementwise", "filters", "joining", "operator", "recurrent",
    "reductions", "resizing", "shapes",
]  # fmt: skip

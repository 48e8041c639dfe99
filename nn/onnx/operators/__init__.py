"""ONNX's operators on our tensors: a function for each, chapter by chapter, found by its name in `OPERATORS`."""

from __future__ import annotations

from nn.onnx.operators import elementwise, filters, joining, reductions, shapes
from nn.onnx.operators.registry import OPERATORS, Attributes, Unsupported, operator

__all__ = ["OPERATORS", "Attributes", "Unsupported", "elementwise", "filters", "joining", "operator", "reductions", "shapes"]

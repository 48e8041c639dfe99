"""Graphs to and from ONNX, the exchange format of networks (``pip install 'gradroutes[onnx]'``).

    nn.onnx.export(model, example, "model.onnx")
    model = nn.onnx.load("model.onnx")

This is gradroutes' room of the name; the library `onnx` itself is imported when something is written or read.
"""

from typing import TYPE_CHECKING, Any

from nn.onnx.exporting import export
from nn.onnx.reading import OnnxModel, load
from nn.onnx.table import TRANSLATIONS, translation

if TYPE_CHECKING:
    from nn.onnx.operators import OPERATORS, operator

__all__ = ["OPERATORS", "TRANSLATIONS", "OnnxModel", "export", "load", "operator", "translation"]


def __getattr__(name: str) -> Any:
    """The table of operators is read when a file is, or when it is asked for."""
    if name in ("OPERATORS", "operator"):
        from nn.onnx import operators

        return getattr(operators, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

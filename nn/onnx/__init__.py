"""Graphs to and from ONNX, the exchange format of networks (``pip install 'gradroutes[onnx]'``).

    import nn.onnx
    nn.onnx.export(model, example, "model.onnx")

This is gradroutes' room of the name; the library `onnx` itself is imported when something is written or read.
"""

from nn.onnx.exporting import export
from nn.onnx.table import TRANSLATIONS, translation

__all__ = ["TRANSLATIONS", "export", "translation"]

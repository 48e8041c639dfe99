"""An ONNX model run by others, and its results beside ours."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from nn.onnx.recorded import Array

# Of the largest value: other orders of summation, in nets of a hundred layers. A wrong option changes the first digit.
CLOSE = {"float16": 2e-2, "float32": 1e-3, "float64": 1e-8}


def runner(proto: Any) -> Callable[[Sequence[Array]], list[Array]]:
    """ONNX Runtime where it is there and knows the dtypes, else ONNX's own evaluator."""
    names = [value.name for value in proto.graph.input]
    session = _session(proto)

    def run(inputs: Sequence[Array]) -> list[Array]:
        return list(session.run(None, dict(zip(names, inputs, strict=True))))

    return run


def _session(proto: Any) -> Any:
    try:
        import onnxruntime
    except ModuleNotFoundError:
        return _evaluator(proto)
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    try:
        return onnxruntime.InferenceSession(proto.SerializeToString(), options, providers=["CPUExecutionProvider"])
    except onnxruntime.capi.onnxruntime_pybind11_state.NotImplemented:  # float64 convolutions, for one
        return _evaluator(proto)


def _evaluator(proto: Any) -> Any:
    from onnx.reference import ReferenceEvaluator

    return ReferenceEvaluator(proto)


def refuse_differences(proto: Any, runs: Sequence[tuple[list[Array], list[Array]]]) -> None:
    """The graph's results beside the model's, on every input there is."""
    run = runner(proto)
    for inputs, expected in runs:
        for place, (got, wanted) in enumerate(zip(run(inputs), expected, strict=True)):
            off = difference(np.asarray(got), wanted)
            if not off <= CLOSE.get(wanted.dtype.name, 0.0):
                shapes = ", ".join(str(array.shape) for array in inputs)
                raise ValueError(
                    f"the exported graph gives another output {place} than the model for inputs of shape {shapes}: {off:.2g} of the "
                    "largest value; nothing was written. Where an operation is at its edge (a tie, a pole), pass verify=False"
                )


def difference(got: Array, wanted: Array) -> float:
    """The largest difference by the largest value; infinite where shapes, dtypes, or what is not finite differ."""
    if got.shape != wanted.shape or got.dtype != wanted.dtype:
        return float("inf")
    finite = np.isfinite(wanted)
    if not np.array_equal(got[~finite], wanted[~finite], equal_nan=True):
        return float("inf")
    if not finite.any():
        return 0.0
    scale = float(np.abs(wanted[finite]).max()) or 1.0
    return float(np.abs(got[finite].astype(np.float64) - wanted[finite]).max()) / scale

"""Reductions, convolution, pooling, normalisation."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from autograd.kernels import padding_pairs, per_axis, sliding
from nn.onnx.elementwise import number
from nn.onnx.graph import Graph, Unsupported, fixed, input_shape, normal_axes, rank
from nn.onnx.recorded import Call
from nn.onnx.shapes import sliced
from nn.onnx.table import translation

REDUCTIONS = {"sum": "ReduceSum", "mean": "ReduceMean", "max": "ReduceMax", "min": "ReduceMin", "prod": "ReduceProd",
              "logsumexp": "ReduceLogSumExp", "length": "ReduceL2"}  # fmt: skip


@translation(*REDUCTIONS)
def reduction(graph: Graph, call: Call, x: str) -> Any:
    if call.options.get("where", True) is not True and not np.all(call.options["where"]):
        raise Unsupported(f"{call}: where= is not translated; multiply by the mask first")
    axes = normal_axes(call.options["axis"], rank(call))
    keepdims = bool(call.options["keepdims"])
    if not axes:
        return graph.add("Identity", x)
    return graph.add(REDUCTIONS[call.op], x, graph.integers(axes), keepdims=int(keepdims))


@translation("var", "std")
def variance(graph: Graph, call: Call, x: str) -> Any:
    """The mean square of what is left without the mean; with ddof, times n / (n - ddof)."""
    axes, keep = normal_axes(call.options["axis"], rank(call)), int(bool(call.options["keepdims"]))
    centred = graph.add("Sub", x, graph.add("ReduceMean", x, graph.integers(axes), keepdims=1))
    found = graph.add("ReduceMean", graph.add("Mul", centred, centred), graph.integers(axes), keepdims=keep)
    if ddof := call.options["ddof"]:
        count = int(np.prod(fixed(tuple(input_shape(call)[axis] for axis in axes))))
        found = graph.add("Mul", found, number(graph, call, count / (count - ddof)))
    return graph.add("Sqrt", found) if call.op == "std" else found


@translation("cumsum")
def cumsum(graph: Graph, call: Call, x: str) -> Any:
    axis = call.options["axis"]
    if axis is None:
        x, axis = graph.reshaped(x, (-1,)), 0
    return graph.add("CumSum", x, graph.constant(np.array(axis, np.int64)))


@translation("softmax", "log_softmax")
def softmax(graph: Graph, call: Call, x: str) -> Any:
    return graph.add("Softmax" if call.op == "softmax" else "LogSoftmax", x, axis=int(call.options["axis"]))


# ------------------------------------------------------------------------------------------------- convolution and pooling


class Sliding(NamedTuple):
    """What ONNX wants to know of a sliding window, axis by axis."""

    kernel: tuple[int, ...]
    strides: tuple[int, ...]
    dilations: tuple[int, ...]
    padding: tuple[tuple[int, int], ...]

    @property
    def pads(self) -> list[int]:
        """All that come before, then all that come after."""
        return [before for before, _ in self.padding] + [after for _, after in self.padding]


def sliding_of(call: Call, kernel: Any) -> Sliding:
    options, axes = call.options, rank(call) - 2
    kernel = per_axis(kernel, axes, "kernel size")
    strides = per_axis(options["stride"] if options["stride"] is not None else kernel, axes, "stride")
    dilations = per_axis(options.get("dilation", 1), axes, "dilation")
    return Sliding(kernel, strides, dilations, padding_pairs(options["padding"], kernel, strides, dilations))


@translation("conv")
def conv(graph: Graph, call: Call, x: str, w: str) -> Any:
    window = sliding_of(call, fixed(input_shape(call, 1)[2:]))
    return graph.add(
        "Conv", x, w, kernel_shape=window.kernel, strides=window.strides, dilations=window.dilations, pads=window.pads,
        group=int(call.options["groups"]),
    )  # fmt: skip


@translation("conv_input")
def conv_input(graph: Graph, call: Call, y: str, w: str) -> Any:
    """A transposed convolution; what the strides do not reach is its output_padding."""
    window = sliding_of(call, fixed(input_shape(call, 1)[2:]))
    reach = sliding(fixed(call.shape[2:]), window.kernel, window.strides, window.padding, window.dilations).reach
    extra = [n + before + after - m for n, (before, after), m in zip(fixed(call.shape[2:]), window.padding, reach, strict=True)]
    return graph.add(
        "ConvTranspose", y, w, kernel_shape=window.kernel, strides=window.strides, dilations=window.dilations, pads=window.pads,
        output_padding=extra, group=int(call.options["groups"]),
    )  # fmt: skip


@translation("max_pool")
def max_pool(graph: Graph, call: Call, x: str) -> Any:
    window = sliding_of(call, call.options["kernel"])
    return graph.add(
        "MaxPool", x, kernel_shape=window.kernel, strides=window.strides, dilations=window.dilations, pads=window.pads,
        ceil_mode=int(bool(call.options["ceil_mode"])),
    )  # fmt: skip


@translation("average_pool")
def average_pool(graph: Graph, call: Call, x: str) -> Any:
    options = call.options
    window = sliding_of(call, options["kernel"])
    if options["divisor_override"] is not None:
        raise Unsupported(f"{call}: ONNX has no divisor_override")
    return graph.add(
        "AveragePool", x, kernel_shape=window.kernel, strides=window.strides, pads=window.pads,
        ceil_mode=int(bool(options["ceil_mode"])), count_include_pad=int(bool(options["count_include_pad"])),
    )  # fmt: skip


@translation("adaptive_average_pool", "adaptive_max_pool")
def adaptive_pool(graph: Graph, call: Call, x: str) -> Any:
    """To one pixel: global. Cells of one size: an ordinary pooling. Others: cut out, axis by axis."""
    kind = "Average" if call.op == "adaptive_average_pool" else "Max"
    if all(n == 1 for n in call.shape[2:]):
        return graph.add(f"Global{kind}Pool", x)
    size, out = fixed(input_shape(call)[2:]), fixed(call.shape[2:])
    if not any(n % m for n, m in zip(size, out, strict=True)):
        kernel = [n // m for n, m in zip(size, out, strict=True)]
        return graph.add(f"{kind}Pool", x, kernel_shape=kernel, strides=kernel)
    for axis, (n, m) in enumerate(zip(size, out, strict=True), 2):
        cells = [sliced(graph, x, [o * n // m], [-(-(o + 1) * n // m)], [axis], [1]) for o in range(m)]
        operator = "ReduceMean" if kind == "Average" else "ReduceMax"
        x = graph.add("Concat", *(graph.add(operator, cell, graph.integers([axis]), keepdims=1) for cell in cells), axis=axis)
    return x


# ------------------------------------------------------------------------------------------------------------ normalisation


@translation("batch_norm_inference")
def batch_norm(graph: Graph, call: Call, x: str, mean: str, var: str, weight: str, bias: str) -> Any:
    return graph.add("BatchNormalization", x, weight, bias, mean, var, epsilon=float(call.options["eps"]))


@translation("standardize")
def standardize(graph: Graph, call: Call, x: str) -> Any:
    """(x - mean) / sqrt(variance + eps) over any axes."""
    axes = graph.integers(normal_axes(call.options["axis"], rank(call)))
    centred = graph.add("Sub", x, graph.add("ReduceMean", x, axes, keepdims=1))
    variance = graph.add("ReduceMean", graph.add("Mul", centred, centred), axes, keepdims=1)
    return graph.add("Div", centred, graph.add("Sqrt", graph.add("Add", variance, number(graph, call, call.options["eps"]))))


def refuse_training(graph: Graph, call: Call, *_: Any) -> Any:
    raise Unsupported(f"{call} is of training: export after model.eval()")


translation("batch_norm_statistics", "batch_norm_relu_statistics", "dropout")(refuse_training)

"""Operations that treat each element by itself."""

from __future__ import annotations

import math
from typing import Any

from nn.onnx.graph import Graph, input_shape
from nn.onnx.recorded import Call
from nn.onnx.table import TRANSLATIONS, simple, translation

for ours, theirs in {
    "negative": "Neg", "reciprocal": "Reciprocal", "sqrt": "Sqrt", "exp": "Exp", "log": "Log", "erf": "Erf", "absolute": "Abs",
    "fabs": "Abs", "sign": "Sign", "floor": "Floor", "ceil": "Ceil", "rint": "Round", "sin": "Sin", "cos": "Cos", "tan": "Tan",
    "arcsin": "Asin", "arccos": "Acos", "arctan": "Atan", "sinh": "Sinh", "cosh": "Cosh", "tanh": "Tanh", "arcsinh": "Asinh",
    "arccosh": "Acosh", "arctanh": "Atanh", "relu": "Relu", "sigmoid": "Sigmoid", "softplus": "Softplus", "positive": "Identity",
    "copy": "Identity", "add": "Add", "subtract": "Sub", "multiply": "Mul", "divide": "Div", "power": "Pow", "float_power": "Pow",
    "maximum": "Max", "minimum": "Min",
}.items():  # fmt: skip
    TRANSLATIONS[ours] = simple(theirs)


def number(graph: Graph, call: Call, value: float) -> str:
    """A number of the result's dtype."""
    return graph.constant(value, call.dtype)


def scaled(factor: float) -> Any:
    """x · factor."""
    return lambda graph, call, x: graph.add("Mul", x, number(graph, call, factor))


def log_to(base: float) -> Any:
    return lambda graph, call, x: graph.add("Mul", graph.add("Log", x), number(graph, call, 1 / math.log(base)))


TRANSLATIONS |= {
    "deg2rad": scaled(math.pi / 180), "rad2deg": scaled(180 / math.pi), "log2": log_to(2.0), "log10": log_to(10.0),
    "exp2": lambda graph, call, x: graph.add("Pow", number(graph, call, 2.0), x),
    "square": lambda graph, call, x: graph.add("Mul", x, x),
    "rsqrt": lambda graph, call, x: graph.add("Reciprocal", graph.add("Sqrt", x)),
    "expm1": lambda graph, call, x: graph.add("Sub", graph.add("Exp", x), number(graph, call, 1.0)),
    "log1p": lambda graph, call, x: graph.add("Log", graph.add("Add", x, number(graph, call, 1.0))),
    "erfc": lambda graph, call, x: graph.add("Sub", number(graph, call, 1.0), graph.add("Erf", x)),
    "fmod": lambda graph, call, x, y: graph.add("Mod", x, y, fmod=1),
    "floor_divide": lambda graph, call, x, y: graph.add("Floor", graph.add("Div", x, y)),
    "trunc": lambda graph, call, x: graph.add("Mul", graph.add("Sign", x), graph.add("Floor", graph.add("Abs", x))),
    "silu": lambda graph, call, x: graph.add("Mul", x, graph.add("Sigmoid", x)),
    "logsigmoid": lambda graph, call, x: graph.add("Neg", graph.add("Softplus", graph.add("Neg", x))),
}  # fmt: skip


@translation("remainder")
def remainder(graph: Graph, call: Call, x: str, y: str) -> Any:
    """x - floor(x / y)·y."""
    return graph.add("Sub", x, graph.add("Mul", graph.add("Floor", graph.add("Div", x, y)), y))


@translation("cbrt")
def cbrt(graph: Graph, call: Call, x: str) -> Any:
    return graph.add("Mul", graph.add("Sign", x), graph.add("Pow", graph.add("Abs", x), number(graph, call, 1 / 3)))


@translation("hypot")
def hypot(graph: Graph, call: Call, x: str, y: str) -> Any:
    return graph.add("Sqrt", graph.add("Add", graph.add("Mul", x, x), graph.add("Mul", y, y)))


@translation("logaddexp")
def logaddexp(graph: Graph, call: Call, x: str, y: str) -> Any:
    """max + log(exp(x - max) + exp(y - max)): nothing overflows."""
    top = graph.add("Max", x, y)
    low = [graph.add("Exp", graph.add("Sub", each, top)) for each in (x, y)]
    return graph.add("Add", top, graph.add("Log", graph.add("Add", *low)))


@translation("gelu")
def gelu(graph: Graph, call: Call, x: str) -> Any:
    """½·x·(1 + erf(x / √2)), or the approximation by tanh."""
    if call.options["approximate"] == "tanh":
        cubed = graph.add("Mul", number(graph, call, 0.044715), graph.add("Mul", x, graph.add("Mul", x, x)))
        inner = graph.add("Tanh", graph.add("Mul", number(graph, call, math.sqrt(2 / math.pi)), graph.add("Add", x, cubed)))
    else:
        inner = graph.add("Erf", graph.add("Mul", x, number(graph, call, math.sqrt(0.5))))
    return graph.add("Mul", graph.add("Mul", x, number(graph, call, 0.5)), graph.add("Add", inner, number(graph, call, 1.0)))


@translation("where")
def where(graph: Graph, call: Call, x: str, y: str) -> Any:
    """The condition is data, the same for every input, or made of integers."""
    return graph.add("Where", graph.given(call.options["condition"], bool), x, y)


@translation("clip")
def clip(graph: Graph, call: Call, x: str, low: str | None, high: str | None) -> Any:
    """Bounds may be arrays, which ONNX's own Clip does not take."""
    for bound, operator in ((low, "Max"), (high, "Min")):
        x = x if bound is None else graph.add(operator, x, bound)
    return x


@translation("leaky_relu")
def leaky_relu(graph: Graph, call: Call, x: str) -> Any:
    return graph.add("LeakyRelu", x, alpha=float(call.options["negative_slope"]))


@translation("prelu")
def prelu(graph: Graph, call: Call, x: str, slope: str) -> Any:
    """ONNX stretches the slope to x alone, not x to the slope."""
    if call.shape == input_shape(call):
        return graph.add("PRelu", x, slope)
    zero = number(graph, call, 0.0)
    return graph.add("Add", graph.add("Max", x, zero), graph.add("Mul", slope, graph.add("Min", x, zero)))


@translation("elu")
def elu(graph: Graph, call: Call, x: str) -> Any:
    """Elu of the usual form; Celu and others piece by piece."""
    alpha, inner = float(call.options["alpha"]), float(call.options["inner"])
    if inner == 1:
        return graph.add("Elu", x, alpha=alpha)
    zero = number(graph, call, 0.0)
    low = graph.add("Exp", graph.add("Mul", graph.add("Min", x, zero), number(graph, call, inner)))
    below = graph.add("Mul", graph.add("Sub", low, number(graph, call, 1.0)), number(graph, call, alpha))
    return graph.add("Where", graph.add("Greater", x, zero), x, below)


@translation("hardtanh")
def hardtanh(graph: Graph, call: Call, x: str) -> Any:
    low, high = (number(graph, call, call.options[name]) for name in ("low", "high"))
    return graph.add("Min", graph.add("Max", x, low), high)


@translation("hardshrink", "softshrink")
def shrink(graph: Graph, call: Call, x: str) -> Any:
    limit = float(call.options["lambd"])
    return graph.add("Shrink", x, lambd=limit, bias=limit if call.op == "softshrink" else 0.0)


@translation("threshold")
def threshold(graph: Graph, call: Call, x: str) -> Any:
    above = graph.add("Greater", x, number(graph, call, call.options["threshold"]))
    return graph.add("Where", above, x, number(graph, call, call.options["value"]))


@translation("cast")
def cast(graph: Graph, call: Call, x: str) -> Any:
    return graph.cast(x, call.dtype)


@translation("watched")
def watched(graph: Graph, call: Call, x: str) -> Any:
    """A hook's place in the graph."""
    return x

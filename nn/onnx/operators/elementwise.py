"""Operators that treat each element by itself, comparisons among them."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np

import autograd
from autograd import Tensor
from nn import functional as F
from nn.onnx.operators.registry import OPERATORS, Attributes, is_float, operator, plain

SAME = {
    "Add": "add", "Sub": "subtract", "Mul": "multiply", "Neg": "negative", "Abs": "absolute", "Sqrt": "sqrt", "Exp": "exp",
    "Log": "log", "Sign": "sign", "Floor": "floor", "Ceil": "ceil", "Round": "rint", "Sin": "sin", "Cos": "cos", "Tan": "tan",
    "Asin": "arcsin", "Acos": "arccos", "Atan": "arctan", "Sinh": "sinh", "Cosh": "cosh", "Tanh": "tanh", "Asinh": "arcsinh",
    "Acosh": "arccosh", "Atanh": "arctanh", "Erf": "erf", "Relu": "relu", "Sigmoid": "sigmoid", "Softplus": "softplus",
    "Reciprocal": "reciprocal",
}  # fmt: skip
ACTIVATIONS = {"Softsign": F.softsign, "HardSwish": F.hardswish, "Mish": F.mish}
COMPARISONS: dict[str, Any] = {
    "Equal": np.equal, "Greater": np.greater, "GreaterOrEqual": np.greater_equal, "Less": np.less, "LessOrEqual": np.less_equal,
    "And": np.logical_and, "Or": np.logical_or, "Xor": np.logical_xor, "Not": np.logical_not, "IsNaN": np.isnan,
    "BitwiseAnd": np.bitwise_and, "BitwiseOr": np.bitwise_or, "BitwiseXor": np.bitwise_xor, "BitwiseNot": np.bitwise_not,
}  # fmt: skip


def kept(function: Any) -> Any:
    """The function of the inputs, in their dtype."""
    return lambda attributes, *inputs: in_dtype(function(*inputs), inputs[0].dtype)


def in_dtype(value: Any, dtype: Any) -> Any:
    return value if value.dtype == dtype else value.astype(dtype)


OPERATORS |= {name: kept(getattr(autograd, ours)) for name, ours in SAME.items()}
OPERATORS |= {name: kept(function) for name, function in ACTIVATIONS.items()}
OPERATORS |= {name: lambda attributes, *inputs, function=function: function(*map(plain, inputs)) for name, function in COMPARISONS.items()}


@operator("Div")
def divide(attributes: Attributes, x: Any, y: Any) -> Any:
    """Of integers: towards zero."""
    if is_float(x):
        return autograd.divide(x, y)
    a, b = plain(x), plain(y)
    quotient = a // b
    return quotient + ((a % b != 0) & ((a < 0) != (b < 0))).astype(a.dtype)


@operator("Mod")
def modulo(attributes: Attributes, x: Any, y: Any) -> Any:
    return in_dtype((autograd.fmod if attributes.get("fmod", 0) else autograd.remainder)(x, y), x.dtype)


@operator("Pow")
def power(attributes: Attributes, x: Any, y: Any) -> Any:
    """In the dtype of the base."""
    return in_dtype(autograd.power(x, y), x.dtype)


@operator("Sum", "Max", "Min")
def together(attributes: Attributes, *inputs: Any) -> Any:
    function = {"Sum": autograd.add, "Max": autograd.maximum, "Min": autograd.minimum}[attributes.operator]
    return functools.reduce(function, inputs)


@operator("Mean")
def mean(attributes: Attributes, *inputs: Any) -> Any:
    return functools.reduce(autograd.add, inputs) / float(len(inputs))


@operator("Identity", "Dropout")
def identity(attributes: Attributes, x: Any, *_: Any) -> Any:
    """Dropout as at inference: nothing is dropped, and the mask says so."""
    if attributes.operator == "Dropout" and len(_) > 1 and _[1] is not None and bool(plain(_[1])):
        raise attributes.refuse("training_mode")
    return (x, np.ones(x.shape, bool)) if attributes.outputs > 1 else x


@operator("Clip")
def clip(attributes: Attributes, x: Any, low: Any = None, high: Any = None) -> Any:
    low, high = (attributes.get(name) if bound is None else bound for name, bound in (("min", low), ("max", high)))
    for bound, function in ((low, autograd.maximum), (high, autograd.minimum)):
        x = x if bound is None else in_dtype(function(x, bound), x.dtype)
    return x


@operator("Where")
def where(attributes: Attributes, condition: Any, x: Any, y: Any) -> Any:
    return autograd.where(plain(condition), x, y)


@operator("IsInf")
def is_infinite(attributes: Attributes, x: Any) -> Any:
    values = plain(x)
    signs = (attributes.get("detect_positive", 1), np.isposinf), (attributes.get("detect_negative", 1), np.isneginf)
    return functools.reduce(np.logical_or, [test(values) for wanted, test in signs if wanted], np.zeros(values.shape, bool))


@operator("BitShift")
def shift(attributes: Attributes, x: Any, y: Any) -> Any:
    return (np.left_shift if attributes.get("direction") == "LEFT" else np.right_shift)(plain(x), plain(y))


@operator("Cast", "CastLike")
def cast(attributes: Attributes, x: Any, like: Any = None) -> Any:
    if like is not None:
        return converted(attributes, x, plain(like).dtype)
    from onnx import helper

    try:
        wanted = np.dtype(helper.tensor_dtype_to_np_dtype(attributes.get("to")))
    except (KeyError, ValueError, TypeError):
        raise attributes.refuse(f"the type {attributes.get('to')}") from None
    return converted(attributes, x, wanted)


def converted(attributes: Attributes, x: Any, wanted: Any) -> Any:
    """Between NumPy's own numbers and booleans; text and eighths of bytes are not here."""
    if wanted.kind not in "biuf" or plain(x).dtype.kind not in "biuf":
        raise attributes.refuse(f"{plain(x).dtype} to {wanted}")
    return x.astype(wanted) if wanted.kind == "f" else plain(x).astype(wanted)


# ------------------------------------------------------------------------------------------------------------- activations


@operator("Elu", "Celu")
def elu(attributes: Attributes, x: Any) -> Any:
    return (F.elu if attributes.operator == "Elu" else F.celu)(x, attributes.get("alpha", 1.0))


@operator("Selu")
def selu(attributes: Attributes, x: Any) -> Any:
    alpha, gamma = attributes.get("alpha", 1.67326319217681884765625), attributes.get("gamma", 1.05070102214813232421875)
    return F.elu(x, alpha) * gamma


@operator("LeakyRelu")
def leaky_relu(attributes: Attributes, x: Any) -> Any:
    return F.leaky_relu(x, attributes.get("alpha", 0.01))


@operator("PRelu")
def prelu(attributes: Attributes, x: Any, slope: Any) -> Any:
    return autograd.where(plain(x) >= 0, x, slope * x)


@operator("ThresholdedRelu")
def thresholded(attributes: Attributes, x: Any) -> Any:
    return F.threshold(x, attributes.get("alpha", 1.0), 0.0)


@operator("HardSigmoid")
def hard_sigmoid(attributes: Attributes, x: Any) -> Any:
    return autograd.clip(x * attributes.get("alpha", 0.2) + attributes.get("beta", 0.5), 0.0, 1.0)


@operator("Gelu")
def gelu(attributes: Attributes, x: Any) -> Any:
    return F.gelu(x, approximate=attributes.get("approximate", "none"))


@operator("Swish")
def swish(attributes: Attributes, x: Any) -> Any:
    return x * autograd.sigmoid(x * attributes.get("alpha", 1.0))


@operator("Shrink")
def shrink(attributes: Attributes, x: Any) -> Any:
    values, bias, limit = plain(x), attributes.get("bias", 0.0), attributes.get("lambd", 0.5)
    return autograd.where(values < -limit, x + bias, autograd.where(values > limit, x - bias, 0.0 * x)).astype(x.dtype)


def tensor(value: Any) -> Tensor:
    """For the functions of nn, which take tensors."""
    return autograd.as_tensor(value)

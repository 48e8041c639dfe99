"""Activations, each stable over the whole range of its dtype."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autograd import kernels
from autograd.declare import op
from autograd.ops.arithmetic import ANY
from autograd.ops.reduction import floating
from autograd.ops.special import _erf, erf

ACTIVATION = ("activation",)


def _relu(x: Any) -> Any:
    if isinstance(x, np.ndarray) and x.dtype.kind == "f":
        return kernels.relu(x)
    return np.maximum(x, 0.0) if not np.iscomplexobj(x) else np.where(x.real > 0, x, 0.0)


def _relu_back(g: Any, out: Any) -> Any:
    return kernels.relu_input(g, out) if isinstance(g, np.ndarray) and isinstance(out, np.ndarray) else g * (out > 0)


def _relu_number(x: float) -> float:
    return x if x > 0.0 or x != x else 0.0


relu = op(_relu, name="relu", scalar=_relu_number, tags=ACTIVATION, symbol="relu({x})", domain=ANY, analytic=False,
          kinks="0: 0", x=_relu_back, doc="max(x, 0); its derivative at 0 is 0.")


def _sigmoid(x: Any) -> Any:
    """exp of a negative number only, so nothing overflows."""
    if np.iscomplexobj(x):
        return 1.0 / (1.0 + np.exp(-x))
    small = np.exp(-np.abs(x))
    return np.where(x >= 0, 1.0, small) / (1.0 + small)


def _sigmoid_number(x: float) -> float:
    if x >= 0:
        return 1.0 / (1.0 + math.exp(-x))
    small = math.exp(x)
    return small / (1.0 + small)


sigmoid = op(_sigmoid, name="sigmoid", scalar=_sigmoid_number, tags=ACTIVATION, symbol="sigmoid({x})", domain=ANY,
             x="g * (out * (1.0 - out))", doc="1 / (1 + exp(-x)).")


def _softplus(x: Any) -> Any:
    return np.log1p(np.exp(x)) if np.iscomplexobj(x) else np.logaddexp(x, np.zeros_like(x))


softplus = op(_softplus, name="softplus", tags=ACTIVATION, domain=ANY, x=lambda g, x: g * sigmoid(x),
              doc="log(1 + exp(x)), without overflow.")
logsigmoid = op(lambda x: -_softplus(-x), name="logsigmoid", tags=ACTIVATION, domain=ANY, x=lambda g, x: g * sigmoid(-x),
                doc="log(sigmoid(x)), without overflow.")
silu = op(lambda x: x * _sigmoid(x), name="silu", tags=ACTIVATION, domain=ANY, symbol="silu({x})",
          x=lambda g, x: g * (sigmoid(x) * (1.0 + x * (1.0 - sigmoid(x)))), doc="x·sigmoid(x).")

ROOT_2 = math.sqrt(2.0)
ROOT_2_PI = math.sqrt(2.0 / math.pi)
CUBE = 0.044715


def _gelu(x: Any, approximate: str = "none") -> Any:
    if approximate == "tanh":
        return 0.5 * x * (1.0 + np.tanh(ROOT_2_PI * (x + CUBE * x * x * x)))
    if approximate != "none":
        raise ValueError(f"approximate must be 'none' or 'tanh', given {approximate!r}")
    return 0.5 * x * (1.0 + _erf(x / ROOT_2))


def _gelu_back(g: Any, x: Any, approximate: str) -> Any:
    if approximate == "tanh":
        t = np.tanh(ROOT_2_PI * (x + CUBE * x * x * x))
        return g * (0.5 * (1.0 + t) + 0.5 * x * (1.0 - t * t) * (ROOT_2_PI * (1.0 + 3.0 * CUBE * x * x)))
    return g * (0.5 * (1.0 + erf(x / ROOT_2)) + x * np.exp(-0.5 * x * x) * (0.5 * ROOT_2_PI))


gelu = op(_gelu, name="gelu", tags=ACTIVATION, domain=ANY, symbol="gelu({x})", x=_gelu_back,
          doc="x·Φ(x) with the normal distribution Φ; approximate='tanh' for the usual approximation.")


def _lowered(x: Any, axis: int) -> Any:
    """x less its maximum along `axis`: exponentials of it do not overflow."""
    x = floating(x)
    return x - np.maximum.reduce(x.real if x.dtype.kind == "c" else x, axis=axis, keepdims=True, initial=-np.inf)


def _softmax(x: Any, axis: int = -1) -> Any:
    small = np.exp(_lowered(x, axis))
    return small / np.add.reduce(small, axis=axis, keepdims=True)


softmax = op(_softmax, name="softmax", tags=ACTIVATION, symbol="softmax({x})", domain=ANY,
             x=lambda g, out, axis: out * (g - np.sum(g * out, axis=axis, keepdims=True)),
             doc="exp(x) / sum(exp(x)) along `axis`, without overflow.")


def _log_softmax(x: Any, axis: int = -1) -> Any:
    low = _lowered(x, axis)
    return low - np.log(np.add.reduce(np.exp(low), axis=axis, keepdims=True))


log_softmax = op(_log_softmax, name="log_softmax", tags=ACTIVATION, symbol="log softmax({x})", domain=ANY,
                 x=lambda g, out, axis: g - np.exp(out) * np.sum(g, axis=axis, keepdims=True),
                 doc="x - logsumexp(x) along `axis`.")

"""RNN, GRU and LSTM: a step a time, both directions, sequences of unequal length."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

import autograd
from nn import functional as F
from nn.onnx.operators.registry import Attributes, operator, plain

FUNCTIONS: dict[str, Callable[..., Any]] = {
    "relu": autograd.relu, "tanh": autograd.tanh, "sigmoid": autograd.sigmoid, "softsign": F.softsign, "softplus": F.softplus,
    "leakyrelu": lambda x, alpha=0.01, beta=0.0: F.leaky_relu(x, alpha), "elu": lambda x, alpha=1.0, beta=0.0: F.elu(x, alpha),
    "hardsigmoid": lambda x, alpha=0.2, beta=0.5: autograd.clip(x * alpha + beta, 0.0, 1.0),
    "thresholdedrelu": lambda x, alpha=1.0, beta=0.0: F.threshold(x, alpha, 0.0),
    "affine": lambda x, alpha=1.0, beta=0.0: x * alpha + beta, "scaledtanh": lambda x, alpha=1.0, beta=1.0: alpha * autograd.tanh(beta * x),
}  # fmt: skip
WITH_NUMBERS = {"leakyrelu", "elu", "hardsigmoid", "thresholdedrelu", "affine", "scaledtanh"}
GATES = {"RNN": 1, "GRU": 3, "LSTM": 4}
USUAL = {"RNN": ["Tanh"], "GRU": ["Sigmoid", "Tanh"], "LSTM": ["Sigmoid", "Tanh", "Tanh"]}
Cell = Callable[..., Any]


def _activations(attributes: Attributes) -> list[Callable[[Any], Any]]:
    """For each direction in turn; those with numbers take them in order."""
    directions = 2 if attributes.get("direction", "forward") == "bidirectional" else 1
    names = [name.lower() for name in attributes.get("activations") or USUAL[attributes.operator] * directions]
    numbers = {key: iter(attributes.get(f"activation_{key}") or []) for key in ("alpha", "beta")}
    made: list[Callable[[Any], Any]] = []
    for name in names:
        given = {key: next(left, None) for key, left in numbers.items()} if name in WITH_NUMBERS else {}
        made.append(functools.partial(FUNCTIONS[name], **{key: value for key, value in given.items() if value is not None}))
    return made


class _Layer:
    """The weights of one direction, and what one step does with them."""

    def __init__(self, attributes: Attributes, w: Any, r: Any, bias: Any, peephole: Any, functions: Any) -> None:
        self.attributes, self.w, self.r, self.peephole = attributes, w, r, peephole
        self.count, self.functions = GATES[attributes.operator], functions
        zeros = np.zeros(2 * w.shape[0], plain(w).dtype)
        self.wb, self.rb = autograd.split(zeros if bias is None else bias, 2)

    def parts(self, x: Any) -> Any:
        return autograd.split(x, self.count, axis=-1)

    def gated(self, function: Callable[[Any], Any], x: Any) -> Any:
        """Clipped where asked for, then the activation."""
        clip = self.attributes.get("clip", 0.0)
        return function(autograd.clip(x, -clip, clip) if clip else x)

    def step(self, x: Any, h: Any, c: Any) -> tuple[Any, Any]:
        return getattr(self, self.attributes.operator.lower())(self.affine(x), h, c)  # type: ignore[no-any-return]

    def affine(self, x: Any) -> Any:
        return autograd.matmul(x, self.w.T) + self.wb

    def rnn(self, x: Any, h: Any, c: Any) -> tuple[Any, Any]:
        return self.gated(self.functions[0], x + autograd.matmul(h, self.r.T) + self.rb), c

    def gru(self, x: Any, h: Any, c: Any) -> tuple[Any, Any]:
        (xz, xr, xh), (rz, rr, rh) = self.parts(x), autograd.split(self.r, 3)
        bz, br, bh = autograd.split(self.rb, 3)
        z = self.gated(self.functions[0], xz + autograd.matmul(h, rz.T) + bz)
        r = self.gated(self.functions[0], xr + autograd.matmul(h, rr.T) + br)
        if self.attributes.get("linear_before_reset", 0):
            inner = xh + r * (autograd.matmul(h, rh.T) + bh)
        else:
            inner = xh + autograd.matmul(r * h, rh.T) + bh
        new = self.gated(self.functions[1], inner)
        return (1.0 - z) * new + z * h, c

    def lstm(self, x: Any, h: Any, c: Any) -> tuple[Any, Any]:
        i, o, f, inner = self.parts(x + autograd.matmul(h, self.r.T) + self.rb)
        pi, po, pf = (0.0, 0.0, 0.0) if self.peephole is None else autograd.split(self.peephole, 3)
        first, second, third = self.functions
        i = self.gated(first, i + pi * c)
        f = 1.0 - i if self.attributes.get("input_forget", 0) else self.gated(first, f + pf * c)
        c = f * c + i * self.gated(second, inner)
        o = self.gated(first, o + po * c)
        return o * third(c), c


def _run(layer: _Layer, x: Any, h: Any, c: Any, lengths: Any, backwards: bool) -> tuple[Any, Any, Any]:
    """All steps; a sequence that has ended keeps its state, and its outputs are zero."""
    outputs: list[Any] = [None] * x.shape[0]
    for time in reversed(range(x.shape[0])) if backwards else range(x.shape[0]):
        new_h, new_c = layer.step(x[time], h, c)
        if lengths is not None:
            alive = (time < lengths)[:, None]
            outputs[time] = autograd.where(alive, new_h, 0.0 * new_h)
            new_h, new_c = autograd.where(alive, new_h, h), autograd.where(alive, new_c, c)
        else:
            outputs[time] = new_h
        h, c = new_h, new_c
    return autograd.stack(outputs), h, c


@operator("RNN", "GRU", "LSTM")
def run_through(
    attributes: Attributes, x: Any, w: Any, r: Any, bias: Any = None, lengths: Any = None, h: Any = None, c: Any = None, p: Any = None
) -> Any:
    """Y (steps, directions, batch, hidden), the last h, and LSTM's last c; with layout=1 the batch comes first."""
    swapped = bool(attributes.get("layout", 0))
    x = autograd.swapaxes(x, 0, 1) if swapped else x
    directions, hidden = w.shape[0], r.shape[-1]
    blank = np.zeros((directions, x.shape[1], hidden), plain(x).dtype)
    h, c = (blank if each is None else autograd.swapaxes(each, 0, 1) if swapped else each for each in (h, c))
    functions, found = _activations(attributes), []
    each_has = len(functions) // directions
    for place in range(directions):
        own_bias, own_p = (None if each is None else each[place] for each in (bias, p))
        layer = _Layer(attributes, w[place], r[place], own_bias, own_p, functions[place * each_has : (place + 1) * each_has])
        backwards = place == 1 or attributes.get("direction", "forward") == "reverse"
        found.append(_run(layer, x, h[place], c[place], None if lengths is None else plain(lengths), backwards))
    y, last_h, last_c = (autograd.stack(list(each), axis=axis) for each, axis in zip(zip(*found, strict=True), (1, 0, 0), strict=True))
    if swapped:
        y, last_h, last_c = autograd.transpose(y, (2, 0, 1, 3)), autograd.swapaxes(last_h, 0, 1), autograd.swapaxes(last_c, 0, 1)
    return (y, last_h, last_c)[: 3 if attributes.operator == "LSTM" else 2]

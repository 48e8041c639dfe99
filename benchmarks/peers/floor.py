"""The floor: each step written by hand in NumPy, no autograd and no special care for buffers.

What an engine that calls the same kernels cannot get under without planning its memory.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..backend import Array, Backend, Layer, NotReached, Task

Step = Callable[..., Any]


class Floor(Backend):
    """Collects the initial arrays; the layers it hands out are never called."""

    def make_parameter(self, value: Array | float) -> Array:
        return np.array(value, order="C")

    def make_linear(self, weight: Array, bias: Array) -> Layer:
        self.parameter(weight.T)
        self.parameter(bias)
        return _never

    def make_convolution(self, weight: Array, stride: int) -> Layer:
        self.parameter(weight)
        return _never

    def trainer(self, task: Task) -> Step:
        steps = STEPS if task.train else FORWARDS
        if task.workload not in steps:
            raise NotReached("not written by hand")
        return steps[task.workload](self.parameters, task.rate)

    def activation(self, name: str) -> Layer:
        return _never


def _never(x: Any) -> Any:
    raise RuntimeError("the floor's layers only collect weights")


def _ascend(values: list[Array], gradients: list[Array], rate: float) -> None:
    for value, gradient in zip(values, gradients):
        gradient *= rate
        value -= gradient


def _cross_entropy(logits: Array, labels: Array) -> tuple[Any, Array]:
    """The mean loss and its gradient by the logits."""
    rows = np.arange(len(labels))
    shifted = logits - logits.max(1, keepdims=True)
    exponentials = np.exp(shifted)
    total = exponentials.sum(1, keepdims=True)
    loss = (np.log(total[:, 0]) - shifted[rows, labels]).mean()
    gradient = exponentials / total
    gradient[rows, labels] -= 1
    gradient /= len(labels)
    return loss, gradient


def tiny_network(values: list[Array], rate: float) -> Step:
    w1, b1, w2, b2, w3, b3 = values

    def step(x: Array, y: Array) -> Any:
        h1 = np.tanh(x @ w1 + b1)
        h2 = np.tanh(h1 @ w2 + b2)
        error = h2 @ w3 + b3 - y
        loss = (error * error).mean()
        d3 = error * (2 / len(error))
        d2 = (d3 @ w3.T) * (1 - h2 * h2)
        d1 = (d2 @ w2.T) * (1 - h1 * h1)
        _ascend(values, [x.T @ d1, d1.sum(0), h1.T @ d2, d2.sum(0), h2.T @ d3, d3.sum(0)], rate)
        return loss

    return step


def classifier(values: list[Array], rate: float) -> Step:
    w1, b1, w2, b2, w3, b3 = values

    def step(x: Array, labels: Array) -> Any:
        h1 = np.maximum(x @ w1 + b1, 0)
        h2 = np.maximum(h1 @ w2 + b2, 0)
        loss, d3 = _cross_entropy(h2 @ w3 + b3, labels)
        d2 = (d3 @ w3.T) * (h2 > 0)
        d1 = (d2 @ w2.T) * (h1 > 0)
        _ascend(values, [x.T @ d1, d1.sum(0), h1.T @ d2, d2.sum(0), h2.T @ d3, d3.sum(0)], rate)
        return loss

    return step


def classifier_forward(values: list[Array], rate: float) -> Step:
    w1, b1, w2, b2, w3, b3 = values

    def forward(x: Array, labels: Array) -> Any:
        h1 = np.maximum(x @ w1 + b1, 0)
        h2 = np.maximum(h1 @ w2 + b2, 0)
        logits = h2 @ w3 + b3
        shifted = logits - logits.max(1, keepdims=True)
        return (np.log(np.exp(shifted).sum(1)) - shifted[np.arange(len(labels)), labels]).mean()

    return forward


def residual_blocks(values: list[Array], rate: float) -> Step:
    blocks = [values[i : i + 4] for i in range(0, len(values) - 2, 4)]
    w, b = values[-2:]

    def step(x: Array, labels: Array) -> Any:
        saved = []
        for w1, b1, w2, b2 in blocks:
            h1 = np.tanh(x @ w1 + b1)
            h2 = np.tanh(h1 @ w2 + b2)
            saved.append((x, h1, h2))
            x = h2 + x
        loss, d = _cross_entropy(x @ w + b, labels)
        gradients = [d.sum(0), x.T @ d]
        d = d @ w.T
        for (w1, _, w2, _), (x, h1, h2) in zip(reversed(blocks), reversed(saved)):
            d2 = d * (1 - h2 * h2)
            d1 = (d2 @ w2.T) * (1 - h1 * h1)
            gradients += [d2.sum(0), h1.T @ d2, d1.sum(0), x.T @ d1]
            d = d + d1 @ w1.T
        _ascend(values, gradients[::-1], rate)
        return loss

    return step


def elementwise(values: list[Array], rate: float) -> Step:
    w, c = values

    def step(x: Array, y: Array) -> Any:
        h = np.maximum(x * w + c, 0)
        error = h * x - y
        loss = (error * error).mean()
        dc = error * (2 / error.size) * x * (h > 0)
        _ascend(values, [dc * x, dc], rate)
        return loss

    return step


def one_convolution(values: list[Array], rate: float) -> Step:
    """im2col into fresh memory, the textbook way: (N, C·9, H·W) against (O, C·9)."""
    x, weight = values

    def step(weights: Array) -> Any:
        columns, flat = _columns(x), weight.reshape(len(weight), -1)
        y = (flat @ columns).reshape(x.shape[0], -1, *x.shape[2:])
        loss = (y * weights).mean()
        d = weights / np.float32(weights.size)
        rows = d.reshape(*d.shape[:2], -1)
        d_weight = (rows @ columns.swapaxes(1, 2)).sum(0).reshape(weight.shape)
        # The gradient by input is the same convolution of d with the weights turned over.
        turned = weight[:, :, ::-1, ::-1].swapaxes(0, 1).reshape(x.shape[1], -1)
        _ascend(values, [(turned @ _columns(d)).reshape(x.shape), d_weight], rate)
        return loss

    return step


def _columns(x: Array) -> Array:
    padded = np.pad(x, ((0, 0), (0, 0), (1, 1), (1, 1)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, (3, 3), axis=(2, 3))
    count, channels, height, width = x.shape
    return windows.transpose(0, 1, 4, 5, 2, 3).reshape(count, channels * 9, height * width)


STEPS: dict[str, Callable[[list[Array], float], Step]] = {
    "T1": tiny_network,
    "T2": classifier,
    "T3": residual_blocks,
    "T4": elementwise,
    "C1": one_convolution,
}
FORWARDS: dict[str, Callable[[list[Array], float], Step]] = {"T2": classifier_forward}

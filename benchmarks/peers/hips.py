"""PyPI's autograd (HIPS): `value_and_grad` of a pure loss over a list of arrays."""

from __future__ import annotations

from collections.abc import Callable
from importlib.metadata import version
from typing import Any

import autograd.numpy as np

from autograd import checkpoint, value_and_grad

from ..backend import Layer, Pure, Task, channel_sides, descend


class Hips(Pure):
    def __init__(self, threads: int = 1) -> None:
        super().__init__(threads)
        self.tanh, self.exp, self.mean, self.matmul = np.tanh, np.exp, np.mean, np.dot

    def relu(self, x: Any) -> Any:
        return np.maximum(x, 0.0)

    def cross_entropy(self, logits: Any, labels: Any) -> Any:
        shifted = logits - np.max(logits, axis=1, keepdims=True)
        chosen = shifted[np.arange(len(labels)), labels]
        return np.mean(np.log(np.sum(np.exp(shifted), axis=1)) - chosen)

    def convolve(self, x: Any, weight: Any, stride: int, padding: int) -> Any:
        """The taps one by one: much faster here than `autograd.scipy.signal.convolve`."""
        kernel = weight.shape[2]
        height, width = x.shape[2] // stride, x.shape[3] // stride
        padded = np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding)), "constant")
        total = 0.0
        for i in range(kernel):
            for j in range(kernel):
                tap = padded[:, :, i : i + stride * height : stride, j : j + stride * width : stride]
                total = total + np.tensordot(weight[:, :, i, j], tap, ((1,), (1,)))
        return np.swapaxes(total, 0, 1)

    def normalise(self, x: Any, gain: Any, bias: Any) -> Any:
        mean = np.mean(x, axis=(0, 2, 3), keepdims=True)
        centred = x - mean
        variance = np.mean(centred * centred, axis=(0, 2, 3), keepdims=True)
        return centred * (gain[None, :, None, None] / np.sqrt(variance + 1e-5)) + bias[None, :, None, None]

    def widen(self, inputs: int, outputs: int) -> Layer:
        return lambda x: np.pad(x[:, :, ::2, ::2], channel_sides(inputs, outputs), "constant")

    def flatten_mean(self) -> Layer:
        return lambda x: np.mean(x, axis=(2, 3))

    def checkpoint(self, f: Callable[[Any], Any], x: Any) -> Any:
        return checkpoint(f)(x)

    def trainer(self, task: Task) -> Callable[..., Any]:
        loss_of, values, state = self.pure(task.loss), list(self.initial), []
        if not task.train:
            return lambda *batch: loss_of(values, *batch)
        slope = value_and_grad(loss_of)

        def step(*batch: Any) -> Any:
            loss, gradients = slope(values, *batch)
            descend(values, gradients, state, task)
            return loss

        return step

    def versions(self) -> dict[str, str]:
        return super().versions() | {"autograd": version("autograd")}

"""MyGrad: tensors with operators, its own convolution and batch norm."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import mygrad as mg
import numpy as np
from mygrad.nnet.activations import relu
from mygrad.nnet.layers import batchnorm, conv_nd
from mygrad.nnet.losses import softmax_crossentropy

from ..backend import Array, Closures, Layer, Task, descend


class MyGrad(Closures):
    def __init__(self, threads: int = 1) -> None:
        super().__init__(threads)
        self.relu, self.tanh, self.exp, self.mean, self.matmul = relu, mg.tanh, mg.exp, mg.mean, mg.matmul
        self.cross_entropy = softmax_crossentropy

    def make_parameter(self, value: Array | float) -> mg.Tensor:
        return mg.tensor(value)

    def convolve(self, x: Any, weight: Any, stride: int, padding: int) -> Any:
        # conv_nd wants the last window to end at the last pixel: at stride 2 the last row and column, which no
        # window reaches, have to be left out.
        if stride == 1:
            return conv_nd(x, weight, stride=1, padding=padding)
        for axis in (2, 3) if padding else ():
            edge = np.zeros_like(x.data.take([0], axis))
            x = mg.concatenate([edge] * padding + [x] + [edge] * (padding - 1), axis=axis)
        return conv_nd(x if padding else x[:, :, :-1, :-1], weight, stride=stride, padding=0)

    def normalise(self, x: Any, gain: Any, bias: Any) -> Any:
        return batchnorm(x, gamma=gain, beta=bias, eps=1e-5)

    def widen(self, inputs: int, outputs: int) -> Layer:
        def run(x: Any) -> Any:
            kept = x[:, :, ::2, ::2]
            zeros = np.zeros((len(kept), (outputs - inputs) // 2, *kept.shape[2:]), np.float32)
            return mg.concatenate([zeros, kept, zeros], axis=1)

        return run

    def trainer(self, task: Task) -> Callable[..., Any]:
        if not task.train:
            return mg.no_autodiff(task.loss)
        state: list[Any] = []

        def step(*batch: Any) -> Any:
            loss = task.loss(*batch)
            loss.backward()
            values = [p.data for p in self.parameters]
            descend(values, [p.grad for p in self.parameters], state, task)
            return loss

        return step

    def versions(self) -> dict[str, str]:
        return super().versions() | {"mygrad": mg.__version__}

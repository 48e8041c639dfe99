"""Activations as modules, under PyTorch's names."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from nn import functional as F
from nn.configured import Configured, class_of
from nn.module import Module, Parameter
from nn.randomness import generator_or_shared


class Activation(Configured):
    """An elementwise function without parameters; its options are those of the function."""


def _activation(name: str, function: Callable[..., Any], shown: tuple[str, ...] | None = None) -> Any:
    return class_of(Activation, name, function, 1, shown)


ReLU = _activation("ReLU", F.relu)
ReLU6 = _activation("ReLU6", F.relu6)
LeakyReLU = _activation("LeakyReLU", F.leaky_relu)
ELU = _activation("ELU", F.elu)
CELU = _activation("CELU", F.celu)
SELU = _activation("SELU", F.selu)
GELU = _activation("GELU", F.gelu)
SiLU = _activation("SiLU", F.silu)
Mish = _activation("Mish", F.mish)
Sigmoid = _activation("Sigmoid", F.sigmoid)
Tanh = _activation("Tanh", F.tanh)
Softplus = _activation("Softplus", F.softplus)
Softsign = _activation("Softsign", F.softsign)
Softshrink = _activation("Softshrink", F.softshrink)
Hardshrink = _activation("Hardshrink", F.hardshrink)
Tanhshrink = _activation("Tanhshrink", F.tanhshrink)
Hardtanh = _activation("Hardtanh", F.hardtanh)
Hardsigmoid = _activation("Hardsigmoid", F.hardsigmoid)
Hardswish = _activation("Hardswish", F.hardswish)
LogSigmoid = _activation("LogSigmoid", F.logsigmoid)
Threshold = _activation("Threshold", F.threshold)
# These mix elements along an axis; they share the form, and nothing relies on more.
Softmax = _activation("Softmax", F.softmax, ("dim",))
Softmin = _activation("Softmin", F.softmin, ("dim",))
LogSoftmax = _activation("LogSoftmax", F.log_softmax, ("dim",))
GLU = _activation("GLU", F.glu)


class Softmax2d(Activation):
    """softmax over the channels of (N, C, H, W) or (C, H, W)."""

    def forward(self, input: Any) -> Any:
        return F.softmax(input, -3)


class RReLU(Module):
    """Leaky ReLU with random slopes in training."""

    def __init__(self, lower: float = 1 / 8, upper: float = 1 / 3, inplace: bool = False, generator: Any = None) -> None:
        self.lower, self.upper = lower, upper
        self.generator = generator if generator is None else generator_or_shared(generator)

    def forward(self, input: Any) -> Any:
        return F.rrelu(input, self.lower, self.upper, self.training, generator=self.generator)

    def extra_repr(self) -> str:
        return f"lower={self.lower}, upper={self.upper}"


class PReLU(Module):
    """Leaky ReLU with a learnt slope, one or one a channel (He et al. 2015b)."""

    def __init__(self, num_parameters: int = 1, init: float = 0.25, dtype: Any = np.float32) -> None:
        self.num_parameters = num_parameters
        self.weight = Parameter(np.full(num_parameters, init), dtype=dtype)

    def forward(self, input: Any) -> Any:
        return F.prelu(input, self.weight)

    def extra_repr(self) -> str:
        return f"num_parameters={self.num_parameters}"

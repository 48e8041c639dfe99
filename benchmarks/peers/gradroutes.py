"""This engine: nn's modules and optimisers, NumPy operators on tensors."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import autograd
import nn
from autograd.kernels import choice

from ..backend import Array, Backend, Layer, NotReached, Task


class Gradroutes(Backend):
    def __init__(self, threads: int = 1, fast: bool = False, allocator: bool = False) -> None:
        super().__init__(threads)
        _choose_kernels(fast)
        _switch("allocator", allocator)
        self.relu, self.cross_entropy = nn.functional.relu, nn.functional.cross_entropy
        self.tanh, self.exp, self.mean, self.matmul = (
            autograd.tanh,
            autograd.exp,
            autograd.mean,
            autograd.matmul,
        )

    def make_parameter(self, value: Array | float) -> Any:
        return autograd.Tensor(value, requires_grad=True)

    def own(self, module: Any, *values: Array) -> Any:
        """Give the module our initial values and train them."""
        for parameter, value in zip(module.parameters(), values, strict=True):
            parameter.data = value
            self.parameters.append(parameter)
        return module

    def make_linear(self, weight: Array, bias: Array) -> Layer:
        return self.own(nn.Linear(*weight.shape[::-1]), weight, bias)

    def make_convolution(self, weight: Array, stride: int) -> Layer:
        outputs, inputs, kernel, _ = weight.shape
        layer = nn.Conv2d(inputs, outputs, kernel, stride=stride, padding=kernel // 2, bias=False)
        return self.own(layer, weight)

    def make_batch_norm(self, gain: Array, bias: Array) -> Layer:
        return self.own(nn.BatchNorm2d(len(gain)), gain, bias)

    def sequential(self, *layers: Layer) -> Layer:
        return nn.Sequential(*layers)

    def residual(self, branch: Layer, shortcut: Layer | None = None, after: Layer | None = None) -> Layer:
        return nn.Residual(branch, shortcut=shortcut, after=after)

    def activation(self, name: str) -> Layer:
        return {"relu": nn.ReLU, "tanh": nn.Tanh}[name]()

    def flatten_mean(self) -> Layer:
        return nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten())

    def widen(self, inputs: int, outputs: int) -> Layer:
        return nn.PaddedShortcut(inputs, outputs, 2)

    def max_pool(self) -> Layer:
        return nn.MaxPool2d(3, stride=2, padding=1)

    def network(self, name: str, build: Callable[[], Layer]) -> Layer:
        """nn's own network, given the weights that `build` drew."""
        build()
        values, self.parameters = [p.data for p in self.parameters], []
        return self.own(getattr(nn, name)(), *values)

    def checkpoint(self, f: Callable[[Any], Any], x: Any) -> Any:
        return autograd.checkpoint(f, x)

    def trainer(self, task: Task) -> Callable[..., Any]:
        return self.training(task) if task.train else self.inference(task)

    def training(self, task: Task) -> Callable[..., Any]:
        optimiser = nn.optim.SGD(self.parameters, task.rate, momentum=task.momentum, weight_decay=task.decay)

        def step(*batch: Any) -> Any:
            optimiser.zero_grad()
            loss = task.loss(*batch)
            loss.backward()
            optimiser.step()
            return loss

        return step

    def inference(self, task: Task) -> Callable[..., Any]:
        def forward(*batch: Any) -> Any:
            with autograd.no_grad():
                return task.loss(*batch)

        return forward

    def number(self, loss: Any) -> float:
        return float(loss.item()) if hasattr(loss, "item") else float(loss)

    def versions(self) -> dict[str, str]:
        return {"numpy": np.__version__, "gradroutes": _version()}


def _choose_kernels(fast: bool) -> None:
    """Compiled kernels or NumPy's; never what "auto" would choose."""
    choice.use("fast" if fast else "numpy")
    if fast and choice.compiled_for(np.zeros(1, np.float32)) is None:
        raise NotReached("the extra `fast` is not installed, or does not work here")


def _switch(name: str, on: bool) -> None:
    """Set one of `autograd.config`'s switches; one that the engine does not have cannot be turned on."""
    if hasattr(autograd.config, name):
        setattr(autograd.config, name, on)
    elif on:
        raise NotReached(f"this engine has no switch `autograd.config.{name}`")


def _version() -> str:
    """The commit being measured, where there is one; the installed version says little in a checkout."""
    import subprocess
    from pathlib import Path

    command = ["git", "describe", "--always", "--dirty"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=Path(__file__).parent)
    return done.stdout.strip() or "unknown"

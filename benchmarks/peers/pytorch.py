"""PyTorch on the CPU: modules and `torch.optim`, eager (NCHW or channels_last) or compiled."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F
from torch.utils.checkpoint import checkpoint

from ..backend import Array, Backend, Layer, NotReached, Task


class Residual(nn.Module):
    def __init__(self, branch: nn.Module, shortcut: nn.Module, after: nn.Module) -> None:
        super().__init__()
        self.branch, self.shortcut, self.after = branch, shortcut, after

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.after(self.branch(x) + self.shortcut(x))


class PlainResidual(nn.Module):
    def __init__(self, branch: nn.Module) -> None:
        super().__init__()
        self.branch = branch

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.branch(x) + x


class Widen(nn.Module):
    def __init__(self, extra: int) -> None:
        super().__init__()
        self.extra = extra

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return F.pad(x[:, :, ::2, ::2], (0, 0, 0, 0, self.extra, self.extra))


class Torch(Backend):
    def __init__(self, threads: int = 1, channels_last: bool = False, compiled: bool = False) -> None:
        super().__init__(threads)
        torch.set_num_threads(threads)
        self.channels_last, self.compiled = channels_last, compiled
        self.relu, self.tanh, self.exp = torch.relu, torch.tanh, torch.exp
        self.mean, self.matmul, self.cross_entropy = torch.mean, torch.matmul, F.cross_entropy

    def make_parameter(self, value: Array | float) -> torch.Tensor:
        # Scalars are float64, as Python's are: the losses of scalar workloads can be compared closely.
        return self.ordered(
            torch.tensor(value, dtype=None if isinstance(value, np.ndarray) else torch.float64)
        ).requires_grad_()

    def ordered(self, x: torch.Tensor) -> torch.Tensor:
        wants = self.channels_last and x.ndim == 4
        return x.to(memory_format=torch.channels_last) if wants else x

    def own(self, module: nn.Module, *values: Array) -> nn.Module:
        """Give the module our initial values and train them."""
        for parameter, value in zip(module.parameters(), values, strict=True):
            parameter.data = self.ordered(torch.tensor(value))
            self.parameters.append(parameter)
        return module

    def make_linear(self, weight: Array, bias: Array) -> Layer:
        return self.own(nn.Linear(*weight.shape[::-1]), weight, bias)

    def make_convolution(self, weight: Array, stride: int) -> Layer:
        outputs, inputs, kernel, _ = weight.shape
        return self.own(nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, bias=False), weight)

    def make_batch_norm(self, gain: Array, bias: Array) -> Layer:
        return self.own(nn.BatchNorm2d(len(gain)), gain, bias)

    def sequential(self, *layers: Layer) -> Layer:
        return nn.Sequential(*layers)

    def residual(self, branch: Layer, shortcut: Layer | None = None, after: Layer | None = None) -> Layer:
        if shortcut is None and after is None:
            return PlainResidual(branch)
        return Residual(branch, shortcut or nn.Identity(), after or nn.Identity())

    def activation(self, name: str) -> Layer:
        return {"relu": nn.ReLU, "tanh": nn.Tanh}[name]()

    def flatten_mean(self) -> Layer:
        return nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten())

    def widen(self, inputs: int, outputs: int) -> Layer:
        return Widen((outputs - inputs) // 2)

    def max_pool(self) -> Layer:
        return nn.MaxPool2d(3, 2, 1)

    def checkpoint(self, f: Callable[[Any], Any], x: Any) -> Any:
        return checkpoint(f, x, use_reentrant=False)

    def constant(self, value: Any) -> Any:
        return self.ordered(torch.from_numpy(value)) if isinstance(value, np.ndarray) else value

    def trainer(self, task: Task) -> Callable[..., Any]:
        if self.compiled and task.workload in ("S1", "S2"):
            raise NotReached("compiling thousands of scalar operations takes minutes")
        loss_of = torch.compile(task.loss) if self.compiled else task.loss
        if not task.train:
            return torch.no_grad()(loss_of)
        optimiser = torch.optim.SGD(
            self.parameters, task.rate, momentum=task.momentum, weight_decay=task.decay
        )

        def step(*batch: Any) -> Any:
            optimiser.zero_grad()
            loss = loss_of(*batch)
            loss.backward()
            optimiser.step()
            return loss

        return step

    def number(self, loss: torch.Tensor) -> float:
        return loss.item()

    def versions(self) -> dict[str, str]:
        return super().versions() | {"torch": torch.__version__}

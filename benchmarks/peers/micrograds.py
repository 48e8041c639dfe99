"""micrograd: scalars only, as in its demonstration; with `collect=False` the garbage collector is off."""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable
from importlib.metadata import version
from typing import Any

from micrograd.engine import Value

from ..backend import Array, Backend, NotReached, Task


class Micrograd(Backend):
    def __init__(self, threads: int = 1, collect: bool = True) -> None:
        super().__init__(threads)
        sys.setrecursionlimit(100_000)  # its topological sort recurses to the depth of the graph
        if not collect:
            gc.disable()

    def make_parameter(self, value: Array | float) -> Value:
        if not isinstance(value, float):
            raise NotReached("scalars only")
        return Value(value)

    def make_linear(self, weight: Array, bias: Array) -> Any:
        raise NotReached("scalars only")

    make_convolution = make_batch_norm = make_linear

    def relu(self, x: Value) -> Value:
        return x.relu()

    def trainer(self, task: Task) -> Callable[..., Any]:
        def step(*batch: Any) -> Any:
            for p in self.parameters:
                p.grad = 0.0
            loss = task.loss(*batch)
            loss.backward()
            for p in self.parameters:
                p.data -= task.rate * p.grad
            return loss

        return step

    def number(self, loss: Value) -> float:
        return float(loss.data)

    def versions(self) -> dict[str, str]:
        return {"micrograd": version("micrograd")}

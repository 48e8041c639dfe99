"""JAX: one jitted training step, its state donated."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import numpy as np

from ..backend import Layer, NotReached, Pure, Task, channel_sides


def _confined(threads: int) -> set[int]:
    """Let this process see only so many cores, by which XLA sizes its pool; returns those it had."""
    cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, sorted(cores)[:threads])
    return cores


def _release(cores: set[int]) -> None:
    """Let the (now sized) pool run on any core again, as the other peers may."""
    for thread in os.listdir("/proc/self/task"):
        os.sched_setaffinity(int(thread), cores)


class Jax(Pure):
    def __init__(self, threads: int = 1) -> None:
        super().__init__(threads)
        cores = _confined(threads) if hasattr(os, "sched_setaffinity") else None
        import jax

        self.jax = jax
        jax.config.update("jax_platforms", "cpu")
        jax.config.update("jax_enable_x64", True)  # only Python floats become float64, as for the other peers
        jax.jit(lambda x: x @ x)(np.ones((512, 512), np.float32)).block_until_ready()
        if cores:
            _release(cores)
        self.relu, self.tanh, self.exp = jax.nn.relu, jax.numpy.tanh, jax.numpy.exp
        self.mean, self.matmul = jax.numpy.mean, jax.numpy.matmul

    def cross_entropy(self, logits: Any, labels: Any) -> Any:
        log_probability = self.jax.nn.log_softmax(logits)
        return -self.jax.numpy.take_along_axis(log_probability, labels[:, None], 1).mean()

    def convolve(self, x: Any, weight: Any, stride: int, padding: int) -> Any:
        return self.jax.lax.conv_general_dilated(x, weight, (stride, stride), [(padding, padding)] * 2)

    def widen(self, inputs: int, outputs: int) -> Layer:
        return lambda x: self.jax.numpy.pad(x[:, :, ::2, ::2], channel_sides(inputs, outputs))

    def max_pool(self) -> Layer:
        jax, sides = self.jax, ((0, 0), (0, 0), (1, 1), (1, 1))
        return lambda x: jax.lax.reduce_window(x, -np.inf, jax.lax.max, (1, 1, 3, 3), (1, 1, 2, 2), sides)

    def checkpoint(self, f: Callable[[Any], Any], x: Any) -> Any:
        return self.jax.checkpoint(f)(x)

    def constant(self, value: Any) -> Any:
        return self.jax.numpy.asarray(value) if isinstance(value, np.ndarray) else value

    def trainer(self, task: Task) -> Callable[..., Any]:
        if task.workload == "S1":
            raise NotReached("compiling 13,000 scalar operations takes minutes")
        if not task.train:
            return self._inference(task)
        update = self.jax.jit(self._update(task), donate_argnums=(0, 1))
        state = [self.jax.numpy.asarray(v) for v in self.initial], self._buffers(task)

        def step(*batch: Any) -> Any:
            nonlocal state
            *state, loss = update(*state, *batch)
            return loss, state[0][0]

        return step

    def _inference(self, task: Task) -> Callable[..., Any]:
        forward, values = (
            self.jax.jit(self.pure(task.loss)),
            [self.jax.numpy.asarray(v) for v in self.initial],
        )
        return lambda *batch: (forward(values, *batch), values[0])

    def _buffers(self, task: Task) -> list[Any]:
        return [self.jax.numpy.zeros_like(v) for v in self.initial] if task.momentum else []

    def _update(self, task: Task) -> Callable[..., Any]:
        slope = self.jax.value_and_grad(self.pure(task.loss))

        def update(values: list[Any], buffers: list[Any], *batch: Any) -> Any:
            loss, gradients = slope(values, *batch)
            gradients = [g + task.decay * v for g, v in zip(gradients, values)]
            if task.momentum:
                gradients = buffers = [task.momentum * b + g for b, g in zip(buffers, gradients)]
            return [v - task.rate * g for v, g in zip(values, gradients)], buffers, loss

        return update

    def number(self, loss: Any) -> float:
        return float(loss[0])

    def wait(self, loss: Any) -> None:
        self.jax.block_until_ready(loss)

    def versions(self) -> dict[str, str]:
        import jaxlib

        return super().versions() | {"jax": self.jax.__version__, "jaxlib": jaxlib.__version__}

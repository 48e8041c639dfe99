"""What a workload may ask of a peer: parameters, a few layers and functions, and a training step.

Operators are the peer's own; everything else a workload uses is here. Initial weights are drawn here, in the
order in which the workload asks for them, so that every peer starts from the same numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

Array = np.ndarray
Layer = Callable[[Any], Any]


class NotReached(Exception):
    """This peer cannot run this workload; the message says why and goes into the report."""


@dataclass
class Task:
    """A workload as one peer sees it: `loss(*batch)` and how to descend it."""

    loss: Callable[..., Any]
    batches: list[tuple[Any, ...]]  # arrays, numbers, lists of numbers
    rate: float = 0.01
    momentum: float = 0.0
    decay: float = 0.0
    train: bool = True  # False: the forward pass alone, recording off
    workload: str = ""  # its name, for steps written by hand


class Backend:
    """Base of every adapter: draws the weights; the hooks that raise are the adapter's to write."""

    def __init__(self, threads: int = 1, seed: int = 0) -> None:
        self.threads = threads
        self.random = np.random.default_rng(seed)
        self.parameters: list[Any] = []

    # Parameters

    def parameter(self, value: Array | float) -> Any:
        """A value to train; `read` gives what a loss computes with."""
        handle = self.make_parameter(value)
        self.parameters.append(handle)
        return handle

    def read(self, handle: Any) -> Any:
        """The parameter's value: the handle itself, except where a loss must be a pure function."""
        return handle

    def draw(self, *shape: int, scale: float) -> Array:
        return (self.random.standard_normal(shape) * scale).astype(np.float32)

    # Layers: what is drawn is drawn here, what is built is built by the adapter

    def linear(self, inputs: int, outputs: int, gain: float = 1.0) -> Layer:
        weight = self.draw(outputs, inputs, scale=gain / np.sqrt(inputs))
        return self.make_linear(weight, np.zeros(outputs, np.float32))

    def convolution(self, inputs: int, outputs: int, kernel: int = 3, stride: int = 1) -> Layer:
        scale = np.sqrt(2 / (inputs * kernel * kernel))
        return self.make_convolution(self.draw(outputs, inputs, kernel, kernel, scale=scale), stride)

    def batch_norm(self, channels: int) -> Layer:
        return self.make_batch_norm(np.ones(channels, np.float32), np.zeros(channels, np.float32))

    def sequential(self, *layers: Layer) -> Layer:
        def run(x: Any) -> Any:
            for layer in layers:
                x = layer(x)
            return x

        return run

    def residual(self, branch: Layer, shortcut: Layer | None = None, after: Layer | None = None) -> Layer:
        shortcut = shortcut or _same
        after = after or _same
        return lambda x: after(branch(x) + shortcut(x))

    def activation(self, name: str) -> Layer:
        return getattr(self, name)

    def flatten_mean(self) -> Layer:
        """Global average pooling: (N, C, H, W) to (N, C)."""
        return lambda x: x.mean(axis=(2, 3))

    def network(self, name: str, build: Callable[[], Layer]) -> Layer:
        """A network by its name, for a peer that has one; else what `build` makes of the layers above."""
        return build()

    # Hooks

    def make_parameter(self, value: Array | float) -> Any:
        raise NotImplementedError

    def make_linear(self, weight: Array, bias: Array) -> Layer:
        raise NotReached("no linear layer")

    def make_convolution(self, weight: Array, stride: int) -> Layer:
        raise NotReached("no convolution")

    def make_batch_norm(self, gain: Array, bias: Array) -> Layer:
        raise NotReached("no batch normalisation")

    def widen(self, inputs: int, outputs: int) -> Layer:
        """Option A: every other pixel, and zeros for the new channels, half of them on either side."""
        raise NotReached("no padding of channels")

    def max_pool(self) -> Layer:
        """3×3, stride 2, padding 1."""
        raise NotReached("no padded max pooling")

    def relu(self, x: Any) -> Any:
        raise NotReached("no relu")

    def tanh(self, x: Any) -> Any:
        raise NotReached("no tanh")

    def exp(self, x: Any) -> Any:
        raise NotReached("no exp")

    def mean(self, x: Any) -> Any:
        raise NotReached("no arrays")

    def matmul(self, x: Any, y: Any) -> Any:
        raise NotReached("no matrix product")

    def cross_entropy(self, logits: Any, labels: Any) -> Any:
        """Mean over rows of -log softmax(logits)[label]."""
        raise NotReached("no cross entropy")

    def checkpoint(self, f: Callable[[Any], Any], x: Any) -> Any:
        """f(x), computed again in the backward sweep instead of kept."""
        raise NotReached("no checkpoints")

    def constant(self, value: Array) -> Any:
        """Data in the peer's own form."""
        return value

    def trainer(self, task: Task) -> Callable[..., Any]:
        """A function of one batch that makes one step and returns its loss."""
        raise NotImplementedError

    def number(self, loss: Any) -> float:
        return float(loss)

    def wait(self, loss: Any) -> None:
        """Return when the step that gave this loss is done (a peer may compute behind our back)."""

    def versions(self) -> dict[str, str]:
        return {"numpy": np.__version__}


def _same(x: Any) -> Any:
    return x


def channel_sides(inputs: int, outputs: int) -> tuple[tuple[int, int], ...]:
    """Option A's padding of (N, C, H, W) as NumPy's `pad` takes it."""
    extra = (outputs - inputs) // 2
    return (0, 0), (extra, extra), (0, 0), (0, 0)


class Closures(Backend):
    """Layers as closures over `read(parameter)`, for peers without modules of their own."""

    def make_linear(self, weight: Array, bias: Array) -> Layer:
        weight, bias = self.parameter(np.ascontiguousarray(weight.T)), self.parameter(bias)
        return lambda x: self.matmul(x, self.read(weight)) + self.read(bias)

    def make_convolution(self, weight: Array, stride: int) -> Layer:
        handle, padding = self.parameter(weight), weight.shape[-1] // 2
        return lambda x: self.convolve(x, self.read(handle), stride, padding)

    def make_batch_norm(self, gain: Array, bias: Array) -> Layer:
        gain, bias = self.parameter(gain), self.parameter(bias)
        return lambda x: self.normalise(x, self.read(gain), self.read(bias))

    def convolve(self, x: Any, weight: Any, stride: int, padding: int) -> Any:
        raise NotReached("no convolution")

    def normalise(self, x: Any, gain: Any, bias: Any) -> Any:
        """Batch statistics per channel, eps 1e-5, in the peer's own array functions."""
        centred = x - x.mean(axis=(0, 2, 3), keepdims=True)
        variance = (centred * centred).mean(axis=(0, 2, 3), keepdims=True)
        scaled = centred * (gain.reshape(1, -1, 1, 1) / (variance + 1e-5) ** 0.5)
        return scaled + bias.reshape(1, -1, 1, 1)


class Pure(Closures):
    """The loss as a pure function of a list of values; handles are positions in the list bound for the call."""

    def __init__(self, threads: int = 1, seed: int = 0) -> None:
        super().__init__(threads, seed)
        self.initial: list[Any] = []
        self.values: Sequence[Any] = ()

    def make_parameter(self, value: Array | float) -> int:
        self.initial.append(value)
        return len(self.initial) - 1

    def read(self, handle: int) -> Any:
        return self.values[handle]

    def pure(self, loss: Callable[..., Any]) -> Callable[..., Any]:
        def bound(values: Sequence[Any], *batch: Any) -> Any:
            self.values = values
            try:
                return loss(*batch)
            finally:
                self.values = ()

        return bound


def descend(values: list[Any], gradients: Sequence[Any], state: list[Any], task: Task) -> None:
    """SGD as PyTorch defines it, in NumPy and in place, for peers that have no optimiser.

    `state` holds the momentum buffers and is empty before the first step. Python floats are replaced.
    """
    gradients = [g + task.decay * v for g, v in zip(gradients, values)] if task.decay else list(gradients)
    if task.momentum:
        gradients = state[:] = _with_momentum(state, gradients, task.momentum)
    for i, gradient in enumerate(gradients):
        values[i] -= task.rate * gradient


def _with_momentum(state: list[Any], gradients: list[Any], momentum: float) -> list[Any]:
    if not state:
        return [g.copy() for g in gradients]
    for buffer, gradient in zip(state, gradients):
        buffer *= momentum
        buffer += gradient
    return state

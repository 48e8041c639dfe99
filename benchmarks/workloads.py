"""The workloads, each written once: `NAME(backend, **sizes) -> Task`.

A workload is named with its sizes: "T3", "T3:depth=100,width=64", "C2:batch=128". Data are drawn here,
several batches each, and the steps go round them: repeating one batch would flatter branch prediction.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np

from .backend import Array, Backend, Layer, Task

BATCHES = 3


def _batches(make: Callable[[np.random.Generator], tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    random = np.random.default_rng(1)
    return [make(random) for _ in range(BATCHES)]


def _labelled(classes: int, *shape: int) -> list[tuple[Any, ...]]:
    """Batches of normal float32 inputs with random labels."""
    return _batches(lambda r: (r.standard_normal(shape, dtype=np.float32), r.integers(0, classes, shape[0])))


# Scalars, one object each


def scalar_network(b: Backend, samples: int = 20, hidden: int = 16) -> Task:
    """S1: micrograd's demonstration, a 2-16-16-1 network of scalar objects, hinge loss on two classes."""
    widths = [2, hidden, hidden, 1]
    layers = [[_neuron(b, n) for _ in range(m)] for n, m in pairwise(widths)]

    def score(x: list[Any]) -> Any:
        for layer in layers[:-1]:
            x = [b.relu(_weighted(b, neuron, x)) for neuron in layer]
        return _weighted(b, layers[-1][0], x)

    def loss(points: list[list[float]], labels: list[float]) -> Any:
        return sum(b.relu(score(x) * -y + 1.0) for x, y in zip(points, labels)) * (1 / samples)

    return Task(loss, _batches(lambda r: _two_classes(r, samples)), rate=0.1)


def _two_classes(random: np.random.Generator, samples: int) -> tuple[list[list[float]], list[float]]:
    points = random.standard_normal((samples, 2))
    return points.tolist(), np.where(points[:, 0] * points[:, 1] > 0, 1.0, -1.0).tolist()


def _neuron(b: Backend, inputs: int) -> tuple[list[Any], Any]:
    weights = b.random.standard_normal(inputs) / np.sqrt(inputs)
    return [b.parameter(float(w)) for w in weights], b.parameter(0.0)


def _weighted(b: Backend, neuron: tuple[list[Any], Any], x: list[Any]) -> Any:
    weights, bias = neuron
    total = b.read(bias)
    for w, xi in zip(weights, x):
        total = total + b.read(w) * xi
    return total


def scalar_chain(b: Backend, length: int = 1000) -> Task:
    """S2: y = y * scale + shift, `length` times (two operations each)."""
    # The factor keeps the result near 1 at every length; the rate makes a step move the loss by about 1 %.
    scale, shift = b.parameter(1 - 1 / length), b.parameter(1 / length)

    def loss(start: float) -> Any:
        a, c = b.read(scale), b.read(shift)
        y = a * start + c
        for _ in range(length - 1):
            y = y * a + c
        return y

    return Task(loss, _batches(lambda r: (float(r.uniform(0.5, 1.5)),)), rate=0.01 / length**2)


# Matrices


def tiny_network(b: Backend, batch: int = 100) -> Task:
    """T1: MLP 2-16-16-1 with tanh on `batch` points, mean squared error."""
    model = b.sequential(*_mlp(b, [2, 16, 16, 1], "tanh"))

    def loss(x: Any, y: Any) -> Any:
        error = model(x) - y
        return b.mean(error * error)

    return Task(loss, _batches(lambda r: _surface(r, batch)), rate=0.1)


def _surface(random: np.random.Generator, batch: int) -> tuple[Array, Array]:
    x = random.standard_normal((batch, 2), dtype=np.float32)
    return x, np.sin(x[:, :1]) * x[:, 1:]


def _mlp(b: Backend, widths: list[int], activation: str) -> list[Layer]:
    layers = []
    for n, m in pairwise(widths):
        layers += [b.linear(n, m, gain=1.4), b.activation(activation)]
    return layers[:-1]


def classifier(b: Backend, batch: int = 128, width: int = 256, train: bool = True) -> Task:
    """T2: MLP 784-256-256-10 with relu and cross entropy. `train=0`: its forward pass, recording off."""
    model = b.sequential(*_mlp(b, [784, width, width, 10], "relu"))
    return Task(_class_loss(b, model), _labelled(10, batch, 784), rate=0.02, train=bool(train))


def _class_loss(b: Backend, model: Layer) -> Callable[..., Any]:
    return lambda x, labels: b.cross_entropy(model(x), labels)


def residual_blocks(b: Backend, depth: int = 50, width: int = 64, batch: int = 32) -> Task:
    """T3: `depth` blocks y = x + F(x), F = tanh(W₂ tanh(W₁x + b₁) + b₂), then a classifier."""
    # F's last layer scaled by depth^-1/2: without norm, unscaled branches make the gradient grow with depth.
    blocks = [
        b.residual(
            b.sequential(
                b.linear(width, width, gain=1.0),
                b.activation("tanh"),
                b.linear(width, width, gain=depth**-0.5),
                b.activation("tanh"),
            )
        )
        for _ in range(depth)
    ]
    model = b.sequential(*blocks, b.linear(width, 10))
    return Task(_class_loss(b, model), _labelled(10, batch, width), rate=0.01)


def elementwise(b: Backend, size: int = 1_000_000) -> Task:
    """T4: x·w + c, relu, product, difference, square, mean over `size` floats; w and c are trained."""
    w, c = b.parameter(b.draw(size, scale=1.0)), b.parameter(b.draw(size, scale=1.0))

    def loss(x: Any, y: Any) -> Any:
        error = b.relu(x * b.read(w) + b.read(c)) * x - y
        return b.mean(error * error)

    data = _batches(
        lambda r: (r.standard_normal(size, dtype=np.float32), r.standard_normal(size, dtype=np.float32))
    )
    return Task(loss, data, rate=0.03 * size)


# Images, NCHW


def one_convolution(b: Backend, batch: int = 32, channels: int = 64, side: int = 32) -> Task:
    """C1: one 3×3 convolution, padding 1, of a trained input; gradients by input and by weight."""
    x = b.parameter(b.draw(batch, channels, side, side, scale=1.0))
    layer = b.convolution(channels, channels)

    def loss(weights: Any) -> Any:
        return b.mean(layer(b.read(x)) * weights)

    shape = (batch, channels, side, side)
    return Task(loss, _batches(lambda r: (1 + r.standard_normal(shape, dtype=np.float32),)), rate=1e3)


def resnet20(b: Backend, batch: int = 32) -> Task:
    """C2: ResNet-20 for 32×32 images (He et al. 2015, section 4.2; option A)."""

    def build() -> Layer:
        stem = _norm_relu(b, 3, 16)
        stages = [_stage(b, n, m, 3) for n, m in [(16, 16), (16, 32), (32, 64)]]
        return b.sequential(*stem, *stages, b.flatten_mean(), b.linear(64, 10))

    return _images(b, b.network("resnet20", build), _labelled(10, batch, 3, 32, 32))


def resnet18(b: Backend, batch: int = 8) -> Task:
    """R18: ResNet-18 for 224×224 images (He et al. 2015, table 1; option B)."""

    def build() -> Layer:
        stem = [*_norm_relu(b, 3, 64, kernel=7, stride=2), b.max_pool()]
        stages = [_stage(b, n, m, 2, project=True) for n, m in [(64, 64), (64, 128), (128, 256), (256, 512)]]
        return b.sequential(*stem, *stages, b.flatten_mean(), b.linear(512, 1000))

    return _images(b, b.network("resnet18", build), _labelled(1000, batch, 3, 224, 224))


def _images(b: Backend, model: Layer, batches: list[tuple[Any, ...]]) -> Task:
    return Task(_class_loss(b, model), batches, rate=0.02, momentum=0.9, decay=1e-4)


def _norm_relu(b: Backend, inputs: int, outputs: int, kernel: int = 3, stride: int = 1) -> list[Layer]:
    return [b.convolution(inputs, outputs, kernel, stride), b.batch_norm(outputs), b.activation("relu")]


def _stage(b: Backend, inputs: int, outputs: int, blocks: int, project: bool = False) -> Layer:
    first = _block(b, inputs, outputs, project)
    return b.sequential(first, *(_block(b, outputs, outputs, project) for _ in range(blocks - 1)))


def _block(b: Backend, inputs: int, outputs: int, project: bool) -> Layer:
    stride = 1 if inputs == outputs else 2
    branch = b.sequential(
        *_norm_relu(b, inputs, outputs, stride=stride), b.convolution(outputs, outputs), b.batch_norm(outputs)
    )
    shortcut = None
    if stride == 2 and project:
        shortcut = b.sequential(b.convolution(inputs, outputs, 1, 2), b.batch_norm(outputs))
    elif stride == 2:
        shortcut = b.widen(inputs, outputs)
    return b.residual(branch, shortcut, b.activation("relu"))


# One operation, repeated; a chain for memory


def operation(
    b: Backend, name: str = "multiply", rows: int = 16, columns: int = 16, repeat: int = 20
) -> Task:
    """`repeat` times one operation, forward and backward: the cost of an operation at a size."""
    step = OPERATIONS[name]
    rows = columns if name == "matmul" else rows
    w = b.parameter(1 + b.draw(rows, columns, scale=1e-3 if name != "matmul" else 1.0) / columns)

    def loss(x: Any) -> Any:
        value = b.read(w)
        for _ in range(repeat):
            x = step(b, x, value)
        return b.mean(x)

    # A step must move the loss for the losses to tell gradients apart; exp settles where w hardly matters.
    rate = rows * columns * (0.2 if name == "exp" else 1e-3)
    batches = _batches(lambda r: (r.uniform(0.5, 1.5, (rows, columns)).astype(np.float32),))
    return Task(loss, batches, rate)


def checkpointed_chain(b: Backend, depth: int = 64, size: int = 250_000, checkpoint: bool = True) -> Task:
    """K: `depth` times tanh(w·x), in segments of about √depth that are computed again in backward."""
    w = b.parameter(1 + b.draw(size, scale=0.1))
    segment = round(depth**0.5)
    run = b.checkpoint if checkpoint else lambda f, x: f(x)

    def several(x: Any) -> Any:
        for _ in range(segment):
            x = b.tanh(x * b.read(w))
        return x

    def loss(x: Any) -> Any:
        for _ in range(depth // segment):
            x = run(several, x)
        return b.mean(x * x)

    return Task(loss, _batches(lambda r: (r.standard_normal(size, dtype=np.float32),)), rate=0.1 * size)


OPERATIONS: dict[str, Callable[[Backend, Any, Any], Any]] = {
    "add": lambda b, x, w: x + w,
    "multiply": lambda b, x, w: x * w,
    "divide": lambda b, x, w: x / w,
    "tanh": lambda b, x, w: b.tanh(x * w),
    "exp": lambda b, x, w: b.exp(-x * w),
    "relu": lambda b, x, w: b.relu(x * w),
    "matmul": lambda b, x, w: b.matmul(x, w) * (1 / w.shape[0]),
}

WORKLOADS: dict[str, Callable[..., Task]] = {
    "S1": scalar_network,
    "S2": scalar_chain,
    "T1": tiny_network,
    "T2": classifier,
    "T3": residual_blocks,
    "T4": elementwise,
    "C1": one_convolution,
    "C2": resnet20,
    "R18": resnet18,
    "O": operation,
    "K": checkpointed_chain,
}


def parse(spec: str) -> tuple[str, dict[str, Any]]:
    """Split "C2:batch=128" into its name and sizes.

    >>> parse("T3:depth=100,width=64")
    ('T3', {'depth': 100, 'width': 64})
    """
    name, _, rest = spec.partition(":")
    if name not in WORKLOADS:
        raise ValueError(f"no workload {name!r}; there are {', '.join(WORKLOADS)}")
    pairs = (part.split("=", 1) for part in rest.split(",") if part)
    return name, {key: int(value) if value.isdigit() else value for key, value in pairs}


def build(spec: str, backend: Backend) -> Task:
    name, sizes = parse(spec)
    task = WORKLOADS[name](backend, **sizes)
    task.workload = name
    return task

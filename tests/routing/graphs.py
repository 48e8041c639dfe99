"""Random residual graphs for the tests of routes, and oracles that know nothing of how routes work."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from hypothesis import strategies as st

import autograd
from autograd import Tensor
from autograd.graph import Node, fit

WIDTH, BATCH = 4, 3
Map = Callable[[Tensor], Tensor]


scale_gradient = autograd.op(lambda x, t: x * 1.0, name="scale_gradient", tags=("linear",), x=lambda g, t: g * t)
autograd.registry.pop("scale_gradient")  # the tests of the registry walk the engine's own operations


class Weights:
    """Small random weights and masks, each of its own; with a t, every residual function passes t times its gradient."""

    def __init__(self, seed: int, t: float | None = None) -> None:
        self.generator = np.random.default_rng(seed)
        self.t = t

    def residual(self, f: Tensor) -> Tensor:
        """F(x) as it is added: the same value, whatever t is."""
        return f if self.t is None else scale_gradient(f, self.t)

    def matrix(self) -> Tensor:
        return Tensor(self.generator.normal(size=(WIDTH, WIDTH)) * 0.5, requires_grad=True)

    def mask(self) -> np.ndarray[Any, Any]:
        mask = np.full((BATCH, WIDTH), 2.0)
        mask[:, self.generator.integers(WIDTH)] = 0.0
        return mask


def dense(weights: Weights) -> Map:
    first, second = weights.matrix(), weights.matrix()
    return lambda x: autograd.tanh(autograd.tanh(x @ first) @ second)


def one_layer(weights: Weights) -> Map:
    matrix = weights.matrix()
    return lambda x: autograd.sigmoid(x @ matrix)


def linear(weights: Weights) -> Map:
    matrix = weights.matrix()
    return lambda x: x @ matrix


def nested(weights: Weights) -> Map:
    inner, matrix = dense(weights), weights.matrix()
    return lambda x: autograd.tanh((x + weights.residual(inner(x))) @ matrix)


def attention(weights: Weights) -> Map:
    q, k, v = weights.matrix(), weights.matrix(), weights.matrix()
    return lambda x: autograd.softmax((x @ q) @ (x @ k).T, axis=-1) @ (x @ v)


BRANCHES = {"dense": dense, "one layer": one_layer, "linear": linear, "nested": nested, "attention": attention}


def _gated(weights: Weights) -> Map:
    gate = weights.matrix()
    return lambda x: autograd.sigmoid(x @ gate) * x


def _dropped(weights: Weights) -> Map:
    mask = weights.mask()
    return lambda x: x * mask


def _padded(weights: Weights) -> Map:
    return lambda x: autograd.pad(x[:, ::2], ((0, 0), (1, 1)))


SKIPS: dict[str, Callable[[Weights], Map]] = {
    "identity": lambda weights: lambda x: x,
    "scaled": lambda weights: lambda x: 0.5 * x,
    "gated": _gated,
    "dropout": _dropped,
    "padded": _padded,
    "projected": linear,
}
SUMS: dict[str, Callable[[Tensor, Tensor], Tensor]] = {
    "x + f": lambda x, f: x + f,
    "f + x": lambda x, f: f + x,
    "np.add": lambda x, f: np.add(x, f),
    "x - f": lambda x, f: x - f,
    "sum of a stack": lambda x, f: autograd.stack([x, f], axis=1).sum(axis=1),
}
AFTERS: dict[str, Map] = {"nothing": lambda y: y, "mask": autograd.relu}


@dataclass
class Drawn:
    """A network of residual blocks, what its blocks were, and its loss."""

    x: Tensor
    loss: Tensor
    kinds: list[str]
    afters: list[str]
    blocks: int
    built: Callable[[float | None], tuple[Tensor, Tensor]]  # x and the loss once more, every F passing t times its gradient


EVERY_SKIP, EVERY_BRANCH = tuple(SKIPS), tuple(BRANCHES)


@st.composite
def networks(draw: Any, most: int = 4, skips: tuple[str, ...] = EVERY_SKIP, branches: tuple[str, ...] = EVERY_BRANCH) -> Drawn:
    """Residual blocks of every kind in a row, written in every way."""
    seed, plan = draw(st.integers(0, 99)), []
    for _ in range(draw(st.integers(1, most))):
        kind = draw(st.sampled_from(skips))
        branch = draw(st.sampled_from([b for b in branches if b != "linear" or kind != "projected"]))
        plan.append((kind, branch, draw(st.sampled_from(sorted(SUMS))), draw(st.sampled_from(sorted(AFTERS)))))

    def built(t: float | None = None) -> tuple[Tensor, Tensor]:
        weights = Weights(seed, t)
        x = Tensor(weights.generator.normal(size=(BATCH, WIDTH)), requires_grad=True, name="x")
        y = x
        for kind, branch, add, after in plan:
            skip, f = SKIPS[kind](weights), BRANCHES[branch](weights)
            y = AFTERS[after](SUMS[add](skip(y), weights.residual(f(y))))
        return x, (y * y * weights.generator.normal(size=y.shape)).sum()

    x, loss = built()
    return Drawn(x, loss, [kind for kind, *_ in plan], [after for *_, after in plan], len(plan), built)


# ---------------------------------------------------------------------------------------------------------- oracles


def all_paths(root: Node, x: Node) -> list[list[tuple[Node, int]]]:
    """Every path from `root` to `x`, written out edge by edge."""
    done: list[list[tuple[Node, int]]] = []
    open_paths: list[tuple[Node, list[tuple[Node, int]]]] = [(root, [])]
    while open_paths:
        node, path = open_paths.pop()
        if node is x:
            done.append(path)
            continue
        for i, parent in enumerate(node.parents):
            if parent is not None:
                open_paths.append((parent, [*path, (node, i)]))
    return done


def along(path: list[tuple[Node, int]], seed: Any) -> Any:
    """The gradient that one path carries: pull-back after pull-back, nothing added up."""
    gradient = seed
    for node, argument in path:
        only = tuple(parent if i == argument else None for i, parent in enumerate(node.parents))
        gradient = fit(node.parents[argument], node.op.pull(only, node.saved, gradient)[argument])  # type: ignore
    return gradient

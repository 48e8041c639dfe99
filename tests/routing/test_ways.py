"""One residual block in all the ways that people write it: the kind of its skip, its factor, and what lies on the trunk."""

import functools
import operator
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import autograd
from autograd import Tensor
from nn import functional as F

RANDOM = np.random.default_rng(0)
W1, W2 = (Tensor(RANDOM.normal(size=(6, 6)) * 0.4, requires_grad=True) for _ in range(2))
A, V = Tensor(0.7, requires_grad=True), Tensor(RANDOM.normal(size=6), requires_grad=True)
MASK = np.tile([2.0, 0.0], (3, 3))


def f(x: Tensor) -> Tensor:
    return autograd.tanh(autograd.tanh(x @ W1) @ W2)


def gate(x: Tensor) -> Tensor:
    return autograd.sigmoid(x @ W1)


def augmented(x: Tensor) -> Tensor:
    y = x
    y += f(x)
    return y


def highway(x: Tensor) -> Tensor:
    t = gate(x)
    return t * f(x) + (1 - t) * x


SKIPS: dict[str, tuple[Callable[[Tensor], Any], str, float | None]] = {
    "x + f": (lambda x: x + f(x), "identity", 1.0),
    "f + x": (lambda x: f(x) + x, "identity", 1.0),
    "built-in sum": (lambda x: sum([x, f(x)]), "identity", 1.0),
    "+=": (augmented, "identity", 1.0),
    "np.add": (lambda x: np.add(x, f(x)), "identity", 1.0),
    "np.subtract": (lambda x: np.subtract(x, f(x)), "identity", 1.0),
    "x - (-f)": (lambda x: x - (-f(x)), "identity", 1.0),
    "reduce": (lambda x: functools.reduce(operator.add, [x, f(x)]), "identity", 1.0),
    "sum of np.stack": (lambda x: np.stack([x, f(x)]).sum(axis=0), "identity", 1.0),
    "np.sum of a stack": (lambda x: np.sum(np.stack([x, f(x)], axis=-1), axis=-1), "identity", 1.0),
    "mean of a stack": (lambda x: np.mean(np.stack([x, f(x)]), axis=0), "scaled", 0.5),
    "einsum in F": (lambda x: x + np.einsum("ij,jk->ik", autograd.tanh(x), W1), "identity", 1.0),
    "linear F": (lambda x: x + F.linear(x, W1, V), "identity", 1.0),
    "F scaled by a learnt number": (lambda x: x + A * f(x), "identity", 1.0),
    "LayerScale": (lambda x: x + V * f(x), "identity", 1.0),
    "dropout on F": (lambda x: x + F.dropout(f(x), 0.5, generator=0), "identity", 1.0),
    "DropPath on F": (lambda x: x + F.drop_path(f(x), 0.5, training=True, generator=1), "identity", 1.0),
    "norm before F": (lambda x: x + f(F.layer_norm(x, (6,))), "identity", 1.0),
    "a bias behind the sum": (lambda x: (x + f(x)) + V, "identity", 1.0),
    "averaged": (lambda x: (x + f(x)) / 2, "identity", 1.0),
    "f - x": (lambda x: f(x) - x, "scaled", -1.0),
    "x/2 + f": (lambda x: x / 2 + f(x), "scaled", 0.5),
    "0.7 x + 0.3 f": (lambda x: 0.7 * x + 0.3 * f(x), "scaled", 0.7),
    "x twice": (lambda x: x + f(x) + x, "scaled", 2.0),
    "a learnt number on the skip": (lambda x: A * x + f(x), "scaled", 0.7),
    "a learnt vector on the skip": (lambda x: V * x + f(x), "scaled", None),
    "an exclusive gate": (highway, "gated", None),
    "a gate on the skip alone": (lambda x: f(x) + (1 - gate(x)) * x, "gated", None),
    "dropout on the skip": (lambda x: F.dropout(x, 0.5, generator=0) + f(x), "dropout", None),
    "DropPath on the skip": (lambda x: F.drop_path(x, 0.5, training=True, generator=3) + f(x), "dropout", None),
    "a mask on the skip": (lambda x: x * MASK + f(x), "dropout", None),
    "where on the skip": (lambda x: np.where(MASK > 0, x, 0.0) + f(x), "dropout", None),
    "padded": (lambda x: np.pad(x[:, :4], ((0, 0), (1, 1))) + f(x), "padded", None),
    "a projection": (lambda x: x @ W2 + f(x), "projected", None),
}  # fmt: skip


@pytest.mark.parametrize("way", SKIPS)
@pytest.mark.parametrize("leaf", [True, False], ids=["x is a leaf", "x is computed"])
def test_the_join_is_found_and_its_skip_named(way: str, leaf: bool) -> None:
    write, kind, factor = SKIPS[way]
    x = Tensor(np.random.default_rng(1).normal(size=(3, 6)), requires_grad=True)
    y = write(x if leaf else autograd.sin(x))
    (join,) = autograd.routes((y * y).sum(), x).joins
    assert (join.kind, join.skip.factor, len(join.branches)) == (kind, factor, 1)


TRUNKS: dict[str, tuple[Callable[[Tensor], Any], str]] = {
    "nothing": (lambda y: y, "nothing"),
    "relu": (autograd.relu, "mask"),
    "np.maximum": (lambda y: np.maximum(y, 0), "mask"),
    "np.maximum, other way round": (lambda y: np.maximum(0.0, y), "mask"),
    "np.clip": (lambda y: np.clip(y, 0, 6), "mask"),
    "np.where": (lambda y: np.where(y.data > 0, y, 0.0), "mask"),
    "a product with a mask": (lambda y: y * (y.data > 0), "mask"),
    "dropout": (lambda y: F.dropout(y, 0.5, generator=0), "mask"),
    "a norm": (lambda y: F.layer_norm(y, (6,)), "norm"),
    "a norm and a relu": (lambda y: autograd.relu(F.layer_norm(y, (6,))), "mask"),
    "a reshape": (lambda y: y.reshape(18).reshape(3, 6), "nothing"),
    "a half": (lambda y: y / 2, "nothing"),
}  # fmt: skip


@pytest.mark.parametrize("what", TRUNKS)
def test_what_lies_on_the_trunk(what: str) -> None:
    after, kind = TRUNKS[what]
    x = Tensor(np.random.default_rng(1).normal(size=(3, 6)), requires_grad=True)
    y = after(x + f(x))
    z = after(y + f(y))
    assert [join.trunk.kind for join in autograd.routes((z * z).sum(), x).joins] == [kind] * 2

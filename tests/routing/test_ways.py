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


def in_halves(x: Tensor) -> Tensor:
    both = np.hstack([x, f(x)])
    return both[:, 6:] + both[:, :6]


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
    "sum of an array with an axis more": (lambda x: np.concatenate([x[None], f(x)[None]]).sum(axis=0), "identity", 1.0),
    "sum of np.dstack": (lambda x: np.dstack([f(x), x]).sum(axis=2), "identity", 1.0),
    "halves of np.hstack": (in_halves, "identity", 1.0),
    "sum of np.hstack in two": (lambda x: np.hstack([x, f(x)]).reshape(3, 2, 6).sum(axis=1), "identity", 1.0),
    "mean of np.vstack": (lambda x: np.vstack([x[None], f(x)[None], f(x)[None]]).mean(axis=0), "scaled", 1 / 3),
    "einsum over a stack": (lambda x: np.einsum("nij->ij", np.stack([f(x), x])), "identity", 1.0),
    "a view of x": (lambda x: x[:] + f(x), "identity", 1.0),
    "there and back": (lambda x: x.T.reshape(18).reshape(6, 3).T + f(x), "identity", 1.0),
    "an axis more and less": (lambda x: x[:, None].squeeze(1) + f(x), "identity", 1.0),
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
    "repeated": (lambda x: np.broadcast_to(x[:1], (3, 6)) + f(x), "padded", None),
    "the same row twice": (lambda x: x[np.array([0, 0, 1])] + f(x), "padded", None),
    "a reshape": (lambda x: x.reshape(18) + f(x).reshape(18), "moved", 1.0),
    "a transpose": (lambda x: f(x).T + x.T, "moved", 1.0),
    "the other way round": (lambda x: x[:, ::-1] + f(x), "moved", 1.0),
    "less precise, and back": (lambda x: x.astype(np.float32).astype(np.float64) + f(x), "moved", 1.0),
    "more precise": (lambda x: x.astype(np.longdouble) + f(x).astype(np.longdouble), "moved", 1.0),
    "half a transpose": (lambda x: 0.5 * x.T + f(x).T, "scaled", 0.5),
    "minus minus a transpose": (lambda x: np.negative(-x.T) + f(x).T, "moved", 1.0),
    "x and its mirror image": (lambda x: x + f(x) + x[:, ::-1], "moved", None),
    "x and half its mirror image": (lambda x: x + f(x) + 0.5 * x[:, ::-1], "scaled", None),
    "a projection": (lambda x: x @ W2 + f(x), "projected", None),
}  # fmt: skip


@pytest.mark.parametrize("way", SKIPS)
@pytest.mark.parametrize("leaf", [True, False], ids=["x is a leaf", "x is computed"])
def test_the_join_is_found_and_its_skip_named(way: str, leaf: bool) -> None:
    write, kind, factor = SKIPS[way]
    x = Tensor(np.random.default_rng(1).normal(size=(3, 6)), requires_grad=True)
    y = write(x if leaf else autograd.sin(x))
    (join,) = autograd.routes((y * y).sum(), x).joins
    assert (join.kind, len(join.branches)) == (kind, 2 if "vstack" in way else 1)
    assert join.skip.factor == (factor if factor is None else pytest.approx(factor, rel=1e-15))


IDENTITIES = [way for way, (_, kind, _) in SKIPS.items() if kind == "identity"]


@pytest.mark.parametrize("way", IDENTITIES)
def test_an_identity_hands_on_the_gradient_bit_for_bit(way: str) -> None:
    x = Tensor(np.random.default_rng(1).normal(size=(3, 6)), requires_grad=True)
    routes = autograd.routes((SKIPS[way][0](x) ** 3).sum(), x)
    (join,) = routes.joins
    (skip,) = [edge.contribution for edge in routes.edges_to(x) if join.group_of((edge.child, edge.argument)) == "skip"]
    assert np.array_equal(skip, routes.gradient(join.add).data)


NO_SUMS: dict[str, Callable[[Tensor], Any]] = {
    "pieces that something else reads too": lambda x: (lambda s: s.sum(axis=0) * s[0].sum())(np.stack([x, f(x)])),
    "halves that something else reads too": lambda x: (lambda c: (c[:, 6:] + c[:, :6]) * c.mean())(np.hstack([x, f(x)])),
    "pieces cut elsewhere": lambda x: np.hstack([x, f(x)]).reshape(3, 6, 2).sum(axis=2),
    "one half twice": lambda x: (lambda c: c[:, 6:] + c[:, 6:])(np.hstack([x, f(x)])),
    "not all of the pieces": lambda x: (lambda c: c[:, :6] + c[:, 6:12])(np.hstack([x, f(x), autograd.sin(x)])),
    "a diagonal": lambda x: np.einsum("iij->ij", np.stack([x, f(x), autograd.sin(x)])),
    "along another axis": lambda x: np.stack([x, f(x)]).sum(axis=1),
}  # fmt: skip


@pytest.mark.parametrize("way", NO_SUMS)
def test_no_sum_of_whole_pieces_is_no_join(way: str) -> None:
    x = Tensor(np.random.default_rng(1).normal(size=(3, 6)), requires_grad=True)
    assert not autograd.routes((NO_SUMS[way](autograd.sin(x)) ** 2).sum(), x).joins


@pytest.mark.parametrize("way", ["padded", "a reshape", "a transpose"])
def test_an_input_of_another_shape_than_the_sum_is_no_weight(way: str) -> None:
    wide = Tensor(np.random.default_rng(1).normal(size=(3, 12)), requires_grad=True)
    w = Tensor(RANDOM.normal(size=(12, 6)), requires_grad=True)
    y = wide[:, ::2] + autograd.tanh(wide @ w) if way == "padded" else SKIPS[way][0](x := Tensor(wide.data[:, :6], requires_grad=True))
    (join,) = autograd.routes((y * y).sum()).joins
    assert join.kind == SKIPS[way][1] and join.fork is (wide if way == "padded" else x).node


def rms(y: Tensor) -> Tensor:
    return y / autograd.sqrt((y * y).mean(axis=1, keepdims=True) + 1e-5)


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
    "a norm by hand": (lambda y: (y - y.mean(axis=1, keepdims=True)) / y.std(axis=1, keepdims=True), "norm"),
    "a norm by hand, its weights, a relu": (lambda y: autograd.relu(rms(y) * V + V), "mask"),
    "a norm by hand and its weights": (lambda y: rms(y) * V + V, "norm"),
    "centred": (lambda y: y - y.mean(), "nothing"),
    "excited by what was squeezed": (lambda y: y * autograd.sigmoid(y.mean(axis=1, keepdims=True)), "nothing"),
}  # fmt: skip


@pytest.mark.parametrize("what", TRUNKS)
def test_what_lies_on_the_trunk(what: str) -> None:
    after, kind = TRUNKS[what]
    x = Tensor(np.random.default_rng(1).normal(size=(3, 6)), requires_grad=True)
    y = after(x + f(x))
    z = after(y + f(y))
    assert [join.trunk.kind for join in autograd.routes((z * z).sum(), x).joins] == [kind] * 2

"""Graphs that people write and no test of ours had thought of: what is a join there, and which, read off the definition."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import autograd
import nn
from autograd import Tensor
from nn import functional as F
from tests.routing.graphs import all_paths, along

WIDTH, BATCH = 4, 3
Graph = Callable[[Tensor], Tensor]


def matrices(count: int = 6, seed: int = 0) -> list[Tensor]:
    generator = np.random.default_rng(seed)
    return [Tensor(generator.normal(size=(WIDTH, WIDTH)) * 0.5, requires_grad=True) for _ in range(count)]


def an_input() -> Tensor:
    return Tensor(np.random.default_rng(9).normal(size=(BATCH, WIDTH)), requires_grad=True, name="x")


W = matrices()
tanh, sigmoid = autograd.tanh, autograd.sigmoid


def python_sum(x: Tensor) -> Tensor:
    return sum([x, tanh(x @ W[0]), tanh(x @ W[1])])  # type: ignore[return-value]


def gru(x: Tensor) -> Tensor:
    """Cho et al. 2014."""
    z, r = sigmoid(x @ W[0]), sigmoid(x @ W[1])
    return (1.0 - z) * tanh((r * x) @ W[2]) + z * x


def reversible(x: Tensor) -> Tensor:
    """Gomez et al. 2017: each half is the other's residual function."""
    first, second = x[:, :2], x[:, 2:]
    one = first + tanh(second @ W[0][:2, :2])
    return autograd.concatenate([one, second + tanh(one @ W[1][:2, :2])], axis=1)


def parallel_attention_and_mlp(x: Tensor) -> Tensor:
    """GPT-J: both branches read the same norm."""
    n = F.layer_norm(x, (WIDTH,))
    return x + autograd.softmax((n @ W[0]) @ n.T, axis=-1) @ n + F.gelu(n @ W[1]) @ W[2]


def attention_of_wang(x: Tensor) -> Tensor:
    """Wang et al. 2017: (1 + M) T, a mask over its own trunk."""
    return x + x * sigmoid(x)


def excited(x: Tensor) -> Tensor:
    return x + x * sigmoid(x.mean(axis=1, keepdims=True))


def mean_of_three(x: Tensor) -> Tensor:
    return autograd.stack([x, tanh(x @ W[0]), tanh(x @ W[1])]).mean(axis=0)


def halved(x: Tensor) -> Tensor:
    return (x + tanh(x @ W[0])) / np.sqrt(2.0)


def coupling(x: Tensor) -> Tensor:
    """Dinh et al. 2017: the scale is a gate."""
    return x * autograd.exp(tanh(x @ W[0])) + tanh(x @ W[1])


def sampled(x: Tensor) -> Tensor:
    """A mean and a scaled deviation from one value: the mean is the simpler arm."""
    return x @ W[0] + autograd.exp(x @ W[1]) * np.linspace(-1, 1, WIDTH)


KINDS: list[tuple[Graph, list[str], int]] = [
    (python_sum, ["identity"], 2), (gru, ["gated"], 1), (reversible, ["padded", "padded"], 1), (mean_of_three, ["scaled"], 2),
    (parallel_attention_and_mlp, ["identity"], 2), (attention_of_wang, ["identity"], 1), (excited, ["identity"], 1),
    (halved, ["identity"], 1), (coupling, ["gated"], 1), (sampled, ["projected"], 1),
]  # fmt: skip
GRAPHS = [graph for graph, _, _ in KINDS]


@pytest.mark.parametrize(("graph", "kinds", "branches"), KINDS, ids=lambda value: getattr(value, "__name__", ""))
@pytest.mark.parametrize("chosen", [True, False])
def test_joins_are_found_with_their_kinds(graph: Graph, kinds: list[str], branches: int, chosen: bool) -> None:
    x = an_input()
    joins = autograd.routes((graph(x) ** 2).sum(), x if chosen else None).joins
    assert [join.kind for join in joins] == kinds
    assert all(len(join.branches) == branches for join in joins)


@pytest.mark.parametrize("graph", GRAPHS)
def test_path_lengths_are_those_of_all_paths_written_out(graph: Graph) -> None:
    x = an_input()
    loss = (graph(x) ** 2).sum()
    routes = autograd.routes(loss, x)
    lengths = routes.path_lengths(x, parts=True, below=0.0)
    into_f = {arm.entry for join in routes.joins for arm in join.branches}
    expected: dict[int, list[Any]] = {}
    for path in all_paths(loss.node, x.node):  # type: ignore[arg-type]
        expected.setdefault(sum(step in into_f for step in path), []).append(along(path, 1.0))
    assert lengths.counts == tuple(len(expected.get(k, [])) for k in range(max(expected) + 1))
    assert lengths.parts is not None
    for k, part in enumerate(lengths.parts):
        assert np.allclose(part.data, np.sum(expected.get(k, [np.zeros(x.shape)]), axis=0), rtol=1e-9, atol=1e-12)


COS, SIN = np.cos(np.arange(4.0)), np.sin(np.arange(4.0))
NOT_JOINS: dict[str, Graph] = {
    "a value and itself": lambda h: h + h,
    "a difference of neighbours": lambda h: h - autograd.roll(h, 1, axis=1),
    "pairs turned by an angle": lambda h: h * COS + autograd.concatenate([-h[:, 2:], h[:, :2]], axis=1) * SIN,
    "a branch that was cut off": lambda h: h + tanh(h.detach() @ W[0]),
    "a choice, not a sum": lambda h: autograd.where(np.eye(3, 4) > 0, h, tanh(h @ W[0])),
    "a branch that is broadcast": lambda h: h + tanh((h @ W[0]).mean(axis=1, keepdims=True)),
    "a factor of 1 + f": lambda h: h * (1.0 + tanh(h @ W[0])),
    "positions": lambda h: h + np.ones((BATCH, WIDTH)),
}  # fmt: skip


@pytest.mark.parametrize("name", NOT_JOINS)
@pytest.mark.parametrize("inside", [True, False])
def test_what_is_no_join(name: str, inside: bool) -> None:
    """Of the input itself, and of a value further on."""
    x = an_input()
    h = tanh(x @ W[5]) if inside else x
    assert not autograd.routes((NOT_JOINS[name](h) ** 2).sum(), x).joins


def test_an_entropy_is_no_join() -> None:
    x = an_input()
    assert not autograd.routes(-(F.softmax(x, -1) * F.log_softmax(x, -1)).sum(), x).joins


def test_a_sum_alike_towards_one_leaf_is_gated_towards_another() -> None:
    """An LSTM's cell state (Hochreiter and Schmidhuber 1997): towards h both arms are gates, towards c the first is simpler."""
    h, c = an_input(), Tensor(np.ones((BATCH, WIDTH)), requires_grad=True)
    for _ in range(2):
        forget, enter, new, out = sigmoid(h @ W[0]), sigmoid(h @ W[1]), tanh(h @ W[2]), sigmoid(h @ W[3])
        c = forget * c + enter * new
        h = out * tanh(c)
    assert "gated" in [join.kind for join in autograd.routes((h * h).sum()).joins]


@pytest.mark.parametrize("chosen", [True, False])
def test_two_streams_are_residual_in_themselves(chosen: bool) -> None:
    """Gomez et al. 2017: towards the input the streams part at the start, and a + F(b) would be a sum of everything."""
    x = an_input()
    a, b = x[:, :2], x[:, 2:]
    sums = []
    for _ in range(3):
        a = a + tanh(b @ W[0][:2, :2])
        b = b + tanh(a @ W[1][:2, :2])
        sums += [a.node, b.node]
    routes = autograd.routes((a * a).sum() + (b * b).sum(), x if chosen else None)
    assert [join.kind for join in routes.joins] == ["identity"] * 4 + ["padded"] * 2
    for join, own in zip(routes.joins, reversed(sums[:4]), strict=False):
        assert join.fork is own and not join.shared
        (skip,) = [edge.contribution for edge in routes.edges_to(own) if join.group_of((edge.child, edge.argument)) == "skip"]
        assert np.array_equal(skip, routes.gradient(join.add).data)


def test_momentum_is_part_of_f() -> None:
    """Sander et al. 2021: v = γv + (1 - γ)f(x), x = x + v; γv alone does not depend on this x, v does."""
    x = an_input()
    v, y = np.zeros(x.shape), x
    for _ in range(3):
        v = 0.9 * v + 0.1 * tanh(y @ W[0])
        y = y + v
    joins = autograd.routes((y * y).sum(), x).joins
    assert [join.kind for join in joins] == ["identity"] * 3 and joins[-1].fork is x.node


def test_the_trunk_ends_where_values_are_joined() -> None:
    x = an_input()
    y = x + tanh(x @ W[0])
    z = autograd.concatenate([y, x], axis=1)
    (join,) = autograd.routes((z * z).sum(), x).joins
    assert join.trunk.kind == "nothing"


def test_a_norm_and_a_relu_on_the_trunk_are_a_mask() -> None:
    x = an_input()
    norm = nn.BatchNorm1d(WIDTH, dtype=np.float64)
    y = F.relu(norm(x + tanh(x @ W[0])))
    z = y + tanh(y @ W[1])
    later, earlier = autograd.routes((z * z).sum(), x).joins
    assert (later.trunk.kind, earlier.trunk.kind) == ("nothing", "mask")
    assert earlier.trunk.operations[-1] == "relu"


@pytest.mark.parametrize("kind", ["input added again and again", "two streams"])
def test_three_hundred_joins_of_one_fork_are_found_soon(kind: str) -> None:
    """Every join of the first kind spans all that was before it: 1 s of processor time; nodes counted in lists took 6."""
    x = an_input()
    a, b = x, x[:, ::-1]
    for _ in range(300 if kind == "input added again and again" else 150):
        if kind == "two streams":
            a = a + tanh(b @ W[0])
            b = b + tanh(a @ W[1])
        else:
            a = x + tanh(a @ W[0])
    start = time.process_time()
    assert len(autograd.routes((a * b).sum(), x, keep="scalars").joins) == 300
    assert time.process_time() - start < 3.0

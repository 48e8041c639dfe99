"""Graphs that nobody designed: operations drawn at random, values used again and again; every number against its definition."""

import numpy as np
import pytest

import autograd
from autograd import Tensor
from autograd.routing import Join, Routes

WIDTH = 3


def drawn(seed: int) -> tuple[Tensor, Tensor]:
    """An input, and a loss made of it by up to twelve operations."""
    random = np.random.default_rng(seed)
    x = Tensor(random.normal(size=(2, WIDTH)), requires_grad=True)
    values = [x]
    for _ in range(random.integers(3, 12)):
        a, b = values[random.integers(max(0, len(values) - 4), len(values))], values[random.integers(len(values))]
        values.append(one_more(random, a, b))
    return x, (values[-1] * random.normal(size=(2, WIDTH))).sum() + 0.1 * x.sum()


def one_more(random: np.random.Generator, a: Tensor, b: Tensor) -> Tensor:
    match random.integers(11):
        case 0:
            return autograd.tanh(a)
        case 1:
            return a @ (random.normal(size=(WIDTH, WIDTH)) * 0.7)
        case 2 | 3:
            return a + b
        case 4:
            return a - b
        case 5:
            return 0.5 * a
        case 6:
            return a * autograd.sigmoid(b)
        case 7:
            return autograd.stack([a, b, a][: random.integers(2, 4)]).sum(axis=0)
        case 8:
            return (lambda c: c[:, :WIDTH] + c[:, WIDTH:])(np.concatenate([a, b], axis=1))
        case 9:
            return a[:] if random.integers(2) else a[:, ::-1]
        case _:
            return autograd.relu(a)


SEEDS = range(300)
GRAPHS = [drawn(seed) for seed in SEEDS]
ROUTES = [autograd.routes(loss, x) for x, loss in GRAPHS]
JOINS = [(routes, join) for routes in ROUTES for join in routes.joins]


def test_every_kind_is_among_them() -> None:
    assert {join.kind for _, join in JOINS} >= {"identity", "moved", "scaled", "gated", "projected", "parallel"}
    assert sum(bool(join.shared) for _, join in JOINS) > 20
    assert len(JOINS) > 100


def test_shares_sum_to_one() -> None:
    for _, join in JOINS:
        assert join.cancels or not join.norm or sum(join.shares.values()) == pytest.approx(1.0, abs=1e-9)


def alone(routes: Routes, join: Join) -> np.ndarray:  # type: ignore[type-arg]
    """What comes by the skips if nothing else is differentiated: factor times the gradient at the sum."""
    return float(join.skip.factor or 0.0) * routes.gradient(join.add).data


def test_the_share_of_a_skip_is_what_it_hands_on_whoever_else_uses_its_operations() -> None:
    """x₂ of a reversible block goes to the sum and into F: one edge of the fork carries both."""
    tried = 0
    for routes, join in JOINS:
        if join.kind in ("identity", "scaled") and join.skip.factor is not None and "getitem" not in join.skip.operations:
            sent, whole = alone(routes, join), routes.gradient(join.fork).data
            assert join.norms["skip"] == pytest.approx(np.linalg.norm(sent), rel=1e-9, abs=1e-12)
            if join.norm and not join.cancels:
                assert join.shares["skip"] == pytest.approx(np.vdot(sent, whole) / np.vdot(whole, whole), rel=1e-6, abs=1e-9)
            tried += 1
    assert tried > 50


def test_an_identity_that_nobody_else_uses_hands_on_the_gradient_bit_for_bit() -> None:
    for routes, join in JOINS:
        if join.kind == "identity" and not join.shared:
            skip = [edge.contribution for edge in routes.edges_to(join.fork) if join.group_of((edge.child, edge.argument)) == "skip"]
            assert len(skip) == 1 and np.array_equal(skip[0], routes.gradient(join.add).data)


def test_the_fork_is_the_nearest_common_dominator_or_what_is_added() -> None:
    networkx = pytest.importorskip("networkx")
    for routes, (x, _) in zip(ROUTES, GRAPHS, strict=True):
        upwards = networkx.DiGraph((edge.parent, edge.child) for edge in routes.edges)
        leads = networkx.immediate_dominators(upwards, x.node) if routes.joins else {}
        for join in routes.joins:
            ends = [arm.entry[0].parents[arm.entry[1]] for arm in (*join.skips, *join.branches)]
            ways = [set(_up(end, x.node, leads)) for end in ends]
            nearest = max(set.intersection(*ways), key=lambda node: node.number)
            assert nearest is join.fork or (join.fork in ends and _depend(routes, ends, join.fork))


def _depend(routes: Routes, ends, fork) -> bool:  # type: ignore[no-untyped-def]
    """Whether all that is added depends on what one of them is: a + F(b), b = b' + G(a)."""
    reached = {fork}
    for edge in reversed(routes.edges):
        if edge.parent in reached:
            reached.add(edge.child)
    return reached.issuperset(ends)


def _up(node, x, leads):  # type: ignore[no-untyped-def]
    yield node
    while node is not x:
        node = leads[node]
        yield node


def test_a_recorder_says_the_same() -> None:
    for _, loss in GRAPHS:
        recorder, routes = autograd.Recorder(every=1), autograd.routes(loss)
        recorder.record(loss)
        for row, join in zip(recorder.rows, reversed(routes.joins), strict=True):
            told = [row.share_skip, row.share_branch, row.share_other, row.norm_skip, row.norm_branch, row.norm_other]
            assert np.allclose(told, [*join.shares.values(), *join.norms.values()], rtol=1e-9, atol=1e-12, equal_nan=True)

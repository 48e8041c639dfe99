"""Contributions sum to the gradient bit for bit, shares to one; the user's graph is left as it was."""

import gc
import tracemalloc
import weakref

import numpy as np
import pytest
from hypothesis import given

import autograd
from autograd import Tensor
from tests.routing.graphs import Drawn, networks


def small() -> tuple[Tensor, Tensor]:
    x = Tensor([1.0, -2.0, 0.5], requires_grad=True)
    return x, (x + autograd.tanh(x)).sum()


@given(networks())
def test_contributions_sum_to_the_gradient_bit_for_bit(net: Drawn) -> None:
    routes = autograd.routes(net.loss)
    expected = autograd.gradients(net.loss, net.x, retain_graph=True)
    assert np.array_equal(routes.gradient(net.x).data, expected.data)
    for edge in routes.edges:
        parts = [part.data for part in routes.contributions(edge.parent)]
        summed = parts[0]
        for part in parts[1:]:
            summed = summed + part
        assert np.array_equal(summed, routes.gradient(edge.parent).data)


@given(networks())
def test_shares_sum_to_one(net: Drawn) -> None:
    for join in autograd.routes(net.loss).joins:
        assert join.cancels or not join.norm or sum(join.shares.values()) == pytest.approx(1.0, abs=1e-9)


@given(networks(skips=("identity",)))
def test_identity_skip_hands_on_the_gradient_bit_for_bit(net: Drawn) -> None:
    routes = autograd.routes(net.loss, net.x)
    assert len(routes.joins) >= net.blocks
    for join in routes.joins:
        if join.kind == "identity":
            (entry,) = [arm.entry for arm in join.skips]
            (edge,) = [e for e in routes.edges_to(join.fork) if (e.child, e.argument) == entry]
            assert np.array_equal(edge.contribution, routes.gradient(join.add).data)


@given(networks())
def test_scalars_say_what_arrays_say(net: Drawn) -> None:
    arrays, scalars = autograd.routes(net.loss, keep="arrays"), autograd.routes(net.loss, keep="scalars")
    for a, b in zip(arrays.edges, scalars.edges, strict=True):
        assert (a.norm, a.dot) == (b.norm, b.dot)
        assert b.contribution is None
    for a, b in zip(arrays.joins, scalars.joins, strict=True):
        assert a.shares == b.shares and a.norms == b.norms


def kept_and_peak(blocks: int, rows: int, keep: str) -> tuple[int, int]:
    """Bytes that routes of a net to its input hold, and held at most, beyond the graph itself."""
    x = Tensor(np.random.default_rng(0).normal(size=(rows, 32)), requires_grad=True)
    y = x
    for _ in range(blocks):
        y = y + autograd.tanh(y * 0.5)
    loss = (y * y).mean()
    gc.collect()
    tracemalloc.start()
    try:
        routes = autograd.routes(loss, x, keep=keep)
        gc.collect()
        return tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
        del routes


def test_scalars_take_memory_by_the_edge_and_not_by_the_activation() -> None:
    activation = 4_000 * 32 * 8
    (few, low), (many, high) = (kept_and_peak(blocks, 4_000, "scalars") for blocks in (5, 45))
    assert many - few < 40 * 4 * 2_000 < activation  # four edges a block
    assert high - low < activation
    assert kept_and_peak(45, 4_000, "arrays")[0] > 40 * activation


def test_edges_are_per_argument() -> None:
    x = Tensor([3.0], requires_grad=True)
    parts = autograd.routes((x * x).sum()).contributions(x)
    assert [part.item() for part in parts] == [3.0, 3.0]


def test_x_plus_x_has_two_edges() -> None:
    x = Tensor([3.0], requires_grad=True)
    assert len(autograd.routes((x + x).sum()).contributions(x)) == 2


def test_contributions_are_read_only() -> None:
    x = Tensor([1.0, 2.0], requires_grad=True)
    y = x + autograd.tanh(x)
    routes = autograd.routes((y * y).sum())
    for lent in (*routes.contributions(x), routes.gradient(x), routes.gradient(y)):
        with pytest.raises(ValueError, match="read-only"):
            lent.data[0] = 7.0


def test_nothing_of_the_graph_changes() -> None:
    x, loss = small()
    autograd.routes(loss)
    assert x.grad is None
    loss.backward()
    assert np.array_equal(x.grad.data, 1.0 + (1.0 - np.tanh(x.data) ** 2))


def test_a_released_graph_says_when_to_ask() -> None:
    _, loss = small()
    loss.backward()
    with pytest.raises(RuntimeError, match="before backward, or retain_graph=True"):
        autograd.routes(loss)


def test_a_retained_graph_can_be_asked_again() -> None:
    x, loss = small()
    loss.backward(retain_graph=True)
    assert np.array_equal(autograd.routes(loss).gradient(x).data, x.grad.data)


def test_float32_stays() -> None:
    x = Tensor(np.ones(3, np.float32), requires_grad=True)
    routes = autograd.routes((x + autograd.tanh(x)).sum())
    assert {part.dtype for part in routes.contributions(x)} == {np.dtype(np.float32)}


def test_one_output_of_several() -> None:
    x = Tensor([[2.0, 1.0], [1.0, 3.0]], requires_grad=True)
    values, vectors = np.linalg.eigh(x)
    routes = autograd.routes(values.sum() + (vectors * vectors * [1.0, 2.0]).sum())
    assert routes.gradient(x).shape == (2, 2)


@pytest.mark.parametrize(
    ("ask", "error", "words"),
    [
        (lambda x, loss: autograd.routes(1.0), TypeError, "expected a Tensor"),
        (lambda x, loss: autograd.routes(x), RuntimeError, "one number"),
        (lambda x, loss: autograd.routes(loss, "x"), TypeError, "wrt"),
        (lambda x, loss: autograd.routes(loss, Tensor(1.0)), ValueError, "requires_grad=True"),
        (lambda x, loss: autograd.routes(loss, Tensor(1.0, requires_grad=True)), ValueError, "does not depend"),
        (lambda x, loss: autograd.routes(loss, keep="norms"), ValueError, '"arrays" or "scalars"'),
        (lambda x, loss: autograd.routes(loss, keep="scalars").contributions(x), ValueError, 'keep="arrays"'),
        (lambda x, loss: autograd.routes(loss).gradient(Tensor(1.0)), TypeError, "without a graph"),
    ],
)
def test_errors_teach(ask, error, words) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(error, match=words):
        ask(*small())


def test_no_reference_cycles() -> None:
    gc.disable()
    try:
        x, loss = small()
        routes = autograd.routes(loss)
        routes.path_lengths(x)
        alive = weakref.ref(routes)
        del routes
        assert alive() is None
    finally:
        gc.enable()


def test_a_deep_chain() -> None:
    x = Tensor([1.0], requires_grad=True)
    y = x
    for _ in range(4_000):
        y = y + 0.0001 * autograd.sin(y)
    routes = autograd.routes(y.sum(), keep="scalars")
    assert len(routes.joins) == 4_000


@pytest.mark.parametrize("keep", ["arrays", "scalars"])
@pytest.mark.parametrize("factor", [1.0, 1e-200, 1e-300, 1e160, 1e300])
def test_shares_do_not_depend_on_the_scale_of_the_loss(factor: float, keep: str) -> None:
    """Squares of such gradients underflow or overflow; a deep plain network has them."""
    (x, loss), (x_plain, plain) = small(), small()
    routes, expected = autograd.routes(loss * factor, x, keep=keep), autograd.routes(plain, x_plain, keep=keep)
    join, other = routes.joins[0], expected.joins[0]
    assert list(join.shares.values()) == pytest.approx(list(other.shares.values()), rel=1e-12)
    assert [join.norm, *join.norms.values()] == pytest.approx([factor * n for n in [other.norm, *other.norms.values()]], rel=1e-12)
    assert join.cosine == pytest.approx(other.cosine, rel=1e-12) and not join.cancels
    assert [e.cosine for e in routes.edges_to(x)] == pytest.approx([e.cosine for e in expected.edges_to(x_plain)], rel=1e-12)
    lengths, same = routes.path_lengths(x), expected.path_lengths(x_plain)
    assert lengths.shares == pytest.approx(same.shares, rel=1e-12) and lengths.norms == pytest.approx(factor * same.norms, rel=1e-12)

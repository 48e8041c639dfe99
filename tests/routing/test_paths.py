"""Path lengths: against every path written out, and against the polynomial got by scaling F by t."""

import gc
import itertools
import math
import time
import tracemalloc
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import autograd
from autograd import Tensor
from autograd.routing import measures, paths
from autograd.routing.paths import one_path
from tests.routing.graphs import Drawn, Weights, all_paths, along, dense, networks, scale_gradient


def crossings(routes) -> set:  # type: ignore[no-untyped-def, type-arg]
    return {step for join in routes.joins for step in join.crossings}


@given(networks(most=3))
def test_every_path_written_out(net: Drawn) -> None:
    routes = autograd.routes(net.loss, net.x)
    lengths = routes.path_lengths(net.x, parts=True, below=0.0)
    into_f, x = crossings(routes), net.x.node
    expected: dict[int, list[np.ndarray]] = {}
    for path in all_paths(net.loss.node, x):
        expected.setdefault(sum(step in into_f for step in path), []).append(along(path, 1.0))
    assert lengths.counts == tuple(len(expected.get(k, [])) for k in range(max(expected) + 1))
    for k, part in enumerate(lengths.parts):
        assert np.allclose(part.data, np.sum(expected.get(k, [np.zeros(x.shape)]), axis=0), rtol=1e-9, atol=1e-11)


@given(networks(most=5))
def test_parts_sum_to_the_gradient(net: Drawn) -> None:
    routes = autograd.routes(net.loss, net.x)
    lengths = routes.path_lengths(net.x, parts=True, below=0.0)
    error = np.linalg.norm(sum(part.data for part in lengths.parts) - routes.gradient(net.x).data)
    assert error <= 1e-12 * lengths.norms.sum()
    assert lengths.shares.sum() == pytest.approx(1.0, abs=1e-12 * max(1.0, lengths.cancellation))


def residual(t: float, blocks: int = 5) -> tuple[Tensor, Tensor]:
    """A dense stack whose every residual function is scaled by t where the gradient passes, but not where the values do."""
    weights = Weights(7, t)
    x = Tensor(weights.generator.normal(size=(3, 4)), requires_grad=True)
    y = x
    for _ in range(blocks):
        y = y + weights.residual(dense(weights)(y))
    return x, (y * y).sum()


@given(networks(), st.sampled_from([-1.5, 0.0, 0.5, 2.0]))
def test_scaling_every_branch_by_t_gives_the_polynomial_in_any_network(net: Drawn, t: float) -> None:
    """The oracle knows nothing of routes: the same network, its residual functions passing t times their gradient."""
    lengths = autograd.routes(net.loss, net.x).path_lengths(net.x, parts=True, below=0.0)
    scaled_x, scaled = net.built(t)
    expected = autograd.gradients(scaled, scaled_x).data
    powers = [abs(t) ** k for k in range(len(lengths.norms))]
    error = np.linalg.norm(sum(t**k * part.data for k, part in enumerate(lengths.parts)) - expected)
    assert error <= 1e-11 * np.dot(powers, lengths.norms)


@pytest.mark.parametrize("t", [0.0, 0.5, 1.0, -2.0])
def test_scaling_every_branch_by_t_gives_the_polynomial(t: float) -> None:
    x, loss = residual(1.0)
    parts = autograd.routes(loss, x).path_lengths(x, parts=True, below=0.0).parts
    scaled_x, scaled = residual(t)
    expected = autograd.gradients(scaled, scaled_x).data
    assert np.allclose(sum(t**k * part.data for k, part in enumerate(parts)), expected, rtol=1e-12)


def test_counts_of_a_stack_are_binomial() -> None:
    x, loss = residual(1.0, blocks=9)
    counts = autograd.routes(loss.sum(), x).path_lengths(x).counts
    assert counts == tuple(2 * math.comb(9, k) for k in range(10))  # y * y doubles every path


def test_a_projected_skip_does_not_count() -> None:
    w = Weights(0)
    x = Tensor(np.ones((3, 4)), requires_grad=True)
    lengths = autograd.routes((x @ w.matrix() + dense(w)(x)).sum(), x).path_lengths(x)
    assert lengths.counts == (1, 1)


def test_a_join_inside_f_counts_too() -> None:
    w = Weights(0)
    x = Tensor(np.ones((3, 4)), requires_grad=True)
    inner = x + dense(w)(x)
    lengths = autograd.routes((x + autograd.tanh(inner @ w.matrix())).sum(), x).path_lengths(x)
    assert lengths.counts == (1, 1, 1)


def test_small_parts_are_dropped_and_said_so() -> None:
    x = Tensor([1.0, 2.0], requires_grad=True)
    y = x
    for _ in range(6):
        y = y + 1e-5 * autograd.sin(y)
    routes = autograd.routes((y * y).sum())
    assert routes.path_lengths(x, below=0.0).dropped == 0
    short = routes.path_lengths(x)
    assert short.dropped > 0 and "left out" in repr(short)
    assert short.shares.sum() == pytest.approx(1.0)


def test_an_interior_tensor() -> None:
    x, w = Tensor(np.ones((3, 4)), requires_grad=True), Weights(0)
    y = x + dense(w)(x)
    z = y + dense(w)(y)
    assert autograd.routes(z.sum(), x).path_lengths(y).counts == (1, 1)


def test_a_changed_weight_is_noticed() -> None:
    x, w = Tensor(np.ones((3, 4)), requires_grad=True), Weights(0).matrix()
    routes = autograd.routes((x + autograd.tanh(x @ w)).sum())
    w.data = w.data * 2.0
    with pytest.raises(RuntimeError, match="was changed"):
        routes.path_lengths(x)


def test_after_backward_it_says_so() -> None:
    x, loss = residual(1.0)
    routes = autograd.routes(loss)
    loss.backward()
    with pytest.raises(RuntimeError, match="before backward"):
        routes.path_lengths(x)


def test_veit_is_exact_for_the_path_without_f() -> None:
    x, loss = residual(1.0)
    routes = autograd.routes(loss, x)
    assert routes.veit_norms(x)[0] == pytest.approx(routes.path_lengths(x).norms[0])
    assert len(routes.veit_norms(x)) == 6


def test_veit_counts_all_paths_of_a_length() -> None:
    """Where every F is the same multiple of the identity, all paths of one length agree and the measures coincide."""
    x = Tensor(np.ones((2, 4)), requires_grad=True)
    y = x
    for _ in range(4):
        y = y + y @ (0.5 * np.eye(4))
    routes = autograd.routes(y.sum(), x)
    assert np.allclose(routes.veit_norms(x), routes.path_lengths(x).norms)


def chosen_ways(through: set[int], blocks: int = 4) -> float:
    """‖dL/dx‖ by the path that goes through the F of `through` and past the others: no routes, only switched-off gradients."""
    weights = Weights(3)
    x = Tensor(weights.generator.normal(size=(3, 4)), requires_grad=True)
    y = x
    for i in range(blocks):
        f = dense(weights)(y)
        y = scale_gradient(y, float(i not in through)) + scale_gradient(f, float(i in through))
    return float(np.linalg.norm(autograd.gradients((y * y).sum(), x).data))


def test_veits_norms_are_means_over_real_paths() -> None:
    """Four blocks have few paths: with enough draws all of a length are met, and their mean norm is near the mean of all."""
    weights = Weights(3)
    x = Tensor(weights.generator.normal(size=(3, 4)), requires_grad=True)
    y = x
    for _ in range(4):
        y = y + dense(weights)(y)
    lengths = autograd.routes((y * y).sum(), x).path_lengths(x, veit=60)
    for k in range(5):
        every = [chosen_ways(set(through)) for through in itertools.combinations(range(4), k)]
        assert min(every) * len(every) * (1 - 1e-12) <= lengths.veit_norms[k] <= max(every) * len(every) * (1 + 1e-12)
        assert lengths.veit_norms[k] == pytest.approx(sum(every), rel=0.25 if 0 < k < 4 else 1e-12)


def test_veits_norms_are_left_out_unless_asked_for() -> None:
    x, loss = residual(1.0)
    assert autograd.routes(loss, x).path_lengths(x).veit_norms is None


def test_one_path_forbids_nothing() -> None:
    x, loss = residual(1.0)
    routes = autograd.routes(loss, x)
    node, order = routes._between(x)
    assert np.allclose(one_path(order, node, 1.0, ()), routes.gradient(x).data)


def test_54_dense_blocks_of_width_64_within_two_seconds() -> None:
    generator = np.random.default_rng(0)
    x = Tensor(generator.normal(size=(32, 64)), requires_grad=True)
    y = x
    for _ in range(54):
        first, second = (Tensor(generator.normal(size=(64, 64)) * 0.1, requires_grad=True) for _ in range(2))
        y = y + autograd.relu(autograd.relu(y @ first) @ second)
    routes = autograd.routes((y * y).mean())
    start = time.process_time()
    lengths = routes.path_lengths(x)
    assert time.process_time() - start < 2.0
    assert len(lengths.counts) == 55


def traced(call: Callable[[], object]) -> int:
    """The most memory that the call had at once."""
    gc.collect()
    tracemalloc.start()
    try:
        call()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_memory_is_bounded_by_the_parts_that_matter() -> None:
    """F of 1e-4: parts of four crossings and more are below 1e-12 of the largest, however deep the net is."""

    def routes(blocks: int) -> Callable[[], object]:
        x = Tensor(np.random.default_rng(0).normal(size=(500, 32)), requires_grad=True)
        y = x
        for _ in range(blocks):
            y = y + 1e-4 * autograd.sin(y)
        traced_once = autograd.routes(y.sum(), x, keep="scalars")
        return lambda: traced_once.path_lengths(x)

    shallow, deep = traced(routes(10)), traced(routes(60))
    assert deep < 1.5 * shallow + 60 * 5_000


def test_parts_behind_a_choice_are_as_finite_as_the_gradient() -> None:
    """0 times an infinite slope is 0 behind `where`, in path lengths and in Veit's paths as in the sweep itself."""
    x = autograd.Tensor([0.0, 1.0, 4.0], requires_grad=True, name="x")
    y = x + autograd.where(x > 0, autograd.sqrt(x), 0.0)
    routes = autograd.routes(y.sum(), x)
    paths = routes.path_lengths(x, parts=True, veit=10)
    assert paths.parts is not None
    np.testing.assert_array_equal([part.data for part in paths.parts], [[1.0, 1.0, 1.0], [0.0, 0.5, 0.25]])
    assert np.isfinite(paths.veit_norms).all()


@pytest.mark.parametrize("below", [-1.0, 1.0, float("nan")])
def test_what_cannot_be_left_out_is_refused(below: float) -> None:
    x = Tensor([0.5], requires_grad=True)
    routes = autograd.routes((x + autograd.sin(x)).sum(), x)
    with pytest.raises(ValueError, match=r"from 0 up to 1, got"):
        routes.path_lengths(x, below=below)
    with pytest.raises(ValueError, match="at least 1, got 0"):
        routes.veit_norms(x, samples=0)


def test_parts_of_zero_are_kept_where_nothing_is_to_be_dropped() -> None:
    sweep = paths.PolynomialSweep((), (), 0.0)
    assert sweep._pruned({0: np.zeros(2), 1: np.ones(2)}).keys() == {0, 1} and sweep.dropped == 0
    sweep = paths.PolynomialSweep((), (), 0.5)
    assert sweep._pruned({0: np.array([0.49]), 1: np.array([0.5]), 2: np.ones(1)}).keys() == {1, 2} and sweep.dropped == 1


def test_sizes_of_float32_are_added_up_in_float64() -> None:
    assert measures.size(np.full(3, 1e25, np.float32)) == pytest.approx(3**0.5 * 1e25)
    tenth, ones = np.full(10**5, 0.1, np.float32), np.ones(10**5, np.float32)
    assert measures.inner(tenth, ones) == pytest.approx(1e5 * float(tenth[0]), rel=1e-12)

"""Transforms against what is known by hand, on trees, and nested in each other."""

import tracemalloc
from typing import NamedTuple

import numpy as np
import pytest

import autograd
from autograd import Tensor
from autograd.testing import check_gradients

A = np.array([[2.0, 1.0, 0.0], [1.0, 3.0, 1.0], [0.0, 1.0, 4.0]])
X = np.array([1.0, -2.0, 0.5])


def quadratic(x):
    return 0.5 * (x @ A @ x)


def test_grad_of_a_quadratic_form() -> None:
    np.testing.assert_allclose(autograd.grad(quadratic)(X), A @ X)


def test_hessian_and_its_product() -> None:
    np.testing.assert_allclose(autograd.hessian(quadratic)(X), A)
    v = np.array([1.0, 0.0, -1.0])
    np.testing.assert_allclose(autograd.hvp(quadratic, X, v), A @ v)


def test_jacobian_of_a_linear_map_and_of_an_elementwise_one() -> None:
    np.testing.assert_allclose(autograd.jacobian(lambda x: A @ x)(X), A)
    np.testing.assert_allclose(autograd.jacobian(lambda x: x**2.0)(X), np.diag(2.0 * X))


def test_jacobian_shapes() -> None:
    x = np.arange(6.0).reshape(2, 3)
    assert autograd.jacobian(lambda x: np.transpose(x) * 2.0)(x).shape == (3, 2, 2, 3)
    assert autograd.jacobian(lambda a, b: a * b, argnums=1)(2.0, np.ones(2)).shape == (2, 2)
    assert autograd.jacobian(lambda x: x[:0])(x).shape == (0, 3, 2, 3)


def test_jvp_is_the_jacobian_times_the_tangent() -> None:
    def f(x, y):
        return autograd.sin(x) * y

    y, dx, dy = X + 3.0, np.array([1.0, 2.0, 3.0]), np.array([0.0, 1.0, -1.0])
    value, tangent = autograd.jvp(f, (X, y), (dx, dy))
    np.testing.assert_allclose(value, np.sin(X) * y)
    np.testing.assert_allclose(tangent, np.cos(X) * y * dx + np.sin(X) * dy)


def test_vjp_pulls_any_number_of_times() -> None:
    value, pull = autograd.vjp(lambda x: x * x, X)
    np.testing.assert_allclose(value, X * X)
    for scale in (1.0, 2.0):
        np.testing.assert_allclose(pull(scale * np.ones(3))[0], 2.0 * scale * X)


def test_grads_nest_to_any_order() -> None:
    f, expected = autograd.sin, [np.sin, np.cos, lambda x: -np.sin(x), lambda x: -np.cos(x), np.sin]
    for derivative in expected:
        assert f(0.7) == pytest.approx(derivative(0.7))
        f = autograd.grad(f)


def test_inner_and_outer_variables_are_not_confused() -> None:
    """d/dx [x · d/dy (x·y) at y = 1] = 2x: the inner derivative still depends on the outer variable."""
    assert autograd.grad(lambda x: x * autograd.grad(lambda y: x * y)(1.0))(3.0) == pytest.approx(6.0)


def test_elementwise_grad() -> None:
    np.testing.assert_allclose(autograd.elementwise_grad(autograd.tanh)(X), 1.0 - np.tanh(X) ** 2)


def test_value_and_grad_by_several_arguments() -> None:
    value, (da, db) = autograd.value_and_grad(lambda a, b, k: (a * b).sum() * k, argnums=(0, 1))(X, X + 1.0, k=2.0)
    assert value == pytest.approx(2.0 * (X * (X + 1.0)).sum())
    np.testing.assert_allclose(da, 2.0 * (X + 1.0))
    np.testing.assert_allclose(db, 2.0 * X)


class Layer(NamedTuple):
    weight: np.ndarray
    bias: np.ndarray


def test_trees_of_arguments() -> None:
    tree = {"layers": [Layer(A, X), Layer(2.0 * A, X)], "scale": 3.0}

    def loss(parameters):
        total = 0.0
        for layer in parameters["layers"]:
            total = total + (layer.weight @ layer.bias).sum()
        return total * parameters["scale"]

    found = autograd.grad(loss)(tree)
    assert isinstance(found["layers"][1], Layer)
    np.testing.assert_allclose(found["layers"][0].bias, 3.0 * A.sum(axis=0))
    np.testing.assert_allclose(found["layers"][1].weight, 3.0 * np.tile(X, (3, 1)))
    assert found["scale"] == pytest.approx(3.0 * (A @ X).sum())


def test_trees_of_results() -> None:
    value, pull = autograd.vjp(lambda x: {"sum": x.sum(), "parts": (x * 2.0, x * 3.0)}, X)
    assert set(value) == {"sum", "parts"}
    (g,) = pull({"sum": np.float64(1.0), "parts": (np.ones(3), np.zeros(3))})
    np.testing.assert_allclose(g, [3.0, 3.0, 3.0])


def test_what_has_no_influence_gets_zeros() -> None:
    _, pull = autograd.vjp(lambda x, y: x * 2.0, X, X)
    assert pull(np.ones(3))[1].tolist() == [0.0, 0.0, 0.0]


def test_gradients_at_results_and_unused_inputs() -> None:
    x, y = Tensor(2.0, requires_grad=True), Tensor(1.0, requires_grad=True)
    h = x * x
    out = h * 3.0
    at_h, at_x = autograd.gradients(out, [h, x])
    assert (at_h.item(), at_x.item()) == (3.0, 12.0) and x.grad is None
    out = x * 1.0
    with pytest.raises(RuntimeError, match="do not depend on"):
        autograd.gradients(out, y, retain_graph=True)
    assert autograd.gradients(out, y, allow_unused=True) is None


def test_grad_says_what_it_needs() -> None:
    with pytest.raises(TypeError, match=r"returned shape \(3,\); use jacobian"):
        autograd.grad(lambda x: x * 2.0)(X)
    with pytest.raises(TypeError, match="only floating-point"):
        autograd.grad(lambda x: x * 2)(3)


# --------------------------------------------------------------------------------------------------- several outputs


def _both(x):
    return np.sin(x), np.cos(x)


@pytest.fixture
def sincos():
    def rule(g, out):
        s, c = out
        of_sin, of_cos = autograd.declare.gradient_parts(g, out)
        return of_sin * c - of_cos * s

    yield autograd.op(_both, name="sincos", outputs=True, x=rule)
    del autograd.registry["sincos"]


def test_operations_with_several_outputs(sincos) -> None:
    check_gradients(lambda x: sincos(x), X, order=3)
    check_gradients(lambda x: sincos(x)[1] * x, X, order=2)  # one of them unused
    check_gradients(lambda x: sincos(x)[0] * sincos(x)[1], X)


# -------------------------------------------------------------------------------------------------------- checkpointing


def segment(weight):
    def run(h):
        return h + autograd.tanh(weight * h)

    return run


@pytest.mark.parametrize("depth", [1, 3])
def test_checkpoints_change_no_gradient(depth: int) -> None:
    weight = Tensor([0.5, -1.0, 2.0], requires_grad=True)
    x = Tensor(X, requires_grad=True)

    def gradients_with(through) -> list[np.ndarray]:
        scaled = weight * 2.0  # a result the segment closes over
        h = x * 1.0
        for _ in range(depth):
            h = through(segment(scaled), h)
        return [g.data for g in autograd.gradients((h * h).sum(), [x, weight])]

    for plain, kept in zip(gradients_with(lambda f, h: f(h)), gradients_with(autograd.checkpoint)):
        np.testing.assert_allclose(plain, kept, rtol=1e-14)


def test_checkpoints_give_closed_over_leaves_their_grad() -> None:
    weight, x = Tensor([2.0], requires_grad=True), Tensor([3.0], requires_grad=True)
    autograd.checkpoint(lambda h: h * weight, x).sum().backward()
    assert (weight.grad.tolist(), x.grad.tolist()) == ([3.0], [2.0])


def test_checkpoints_differentiate_to_any_order_and_nest() -> None:
    def inner(h):
        return autograd.sin(h) * h

    def outer(h):
        return autograd.checkpoint(inner, h) + h, h * 2.0

    check_gradients(lambda x: autograd.checkpoint(outer, x), X, order=3, mode="differences")


def test_checkpoints_keep_only_the_boundaries() -> None:
    """10 segments of 100 operations: 10 nodes stay instead of 1,000."""

    def hundred(h):
        for _ in range(100):
            h = h * 1.001
        return h

    x = Tensor(np.ones(4), requires_grad=True)
    h = x
    for _ in range(10):
        h = autograd.checkpoint(hundred, h)
    assert sum(1 for _ in autograd.graph.ancestors([h.node])) == 11
    h.sum().backward()
    np.testing.assert_allclose(x.grad.data, 1.001**1000)


def test_checkpoints_of_what_is_not_recorded() -> None:
    assert not autograd.checkpoint(lambda h: h * 2.0, Tensor(X)).requires_grad
    with autograd.no_grad():
        assert not autograd.checkpoint(lambda h: h * 2.0, Tensor(X, requires_grad=True)).requires_grad


def test_a_checkpoint_whose_argument_changed_is_refused() -> None:
    x = Tensor(X, requires_grad=True)
    y = autograd.checkpoint(lambda h: h * 2.0, x).sum()
    x.data = X + 1.0
    with pytest.raises(RuntimeError, match="was changed after 'checkpoint'"):
        y.backward()


def test_checkpointed_memory_grows_with_the_square_root_of_depth() -> None:
    """400 operations in 20 segments of 20: at most about 40 arrays live at once, not 400."""
    size, segments = 20_000, 20

    def part(h):
        for _ in range(20):
            h = autograd.tanh(h)
        return h

    x = Tensor(np.ones(size), requires_grad=True)
    tracemalloc.start()
    try:
        h = x
        for _ in range(segments):
            h = autograd.checkpoint(part, h)
        h.sum().backward()
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 55 * 8 * size

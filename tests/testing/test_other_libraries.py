"""The checks on functions of JAX and of PyTorch; each half is skipped where the library is not installed."""

import importlib
from typing import Any

import numpy as np
import pytest
from hypothesis import settings

from autograd.testing import CheckRefused, GradientError, check_gradients, gradient_test, shapes, tensors

pytestmark = pytest.mark.compare


def imported(name: str) -> Any:
    """Here, not in a test: JAX changes the environment as it is imported."""
    try:
        return importlib.import_module(name)
    except ImportError:
        return None


JAX, TORCH = imported("jax"), imported("torch")
X = np.array([[0.3, -0.7, 1.4], [0.9, 0.4, -1.2]])


# ------------------------------------------------------------------------------------------------------------------- JAX


@pytest.fixture
def jax() -> Any:
    return JAX or pytest.skip("JAX is not installed")


def wrong_square(jax: Any) -> Any:
    @jax.custom_vjp
    def square(x: Any) -> Any:
        return x * x

    square.defvjp(lambda x: (x * x, x), lambda x, g: (g * x,))
    return square


def test_jax_functions(jax: Any) -> None:
    jnp = jax.numpy
    assert check_gradients(lambda x: jnp.tanh(x) @ x.T, X, order=2, modes=("rev", "fwd")).checked == 6
    assert check_gradients(lambda x: (jnp.sin(x), x.max()), jnp.asarray(X, jnp.float32)).checked == 6
    assert check_gradients(jax.nn.relu, np.array([0.0, 1.0])).kinks == ["input 0, index (0,)"]
    check_gradients(jax.jit(lambda x, y: jnp.logaddexp(x, y)), X, X[0].copy(), backend="jax")


def test_wrong_jax_functions(jax: Any) -> None:
    with pytest.raises(GradientError, match=r"input 0, index \(0, 0\).*0\.5 times the slope"):
        check_gradients(wrong_square(jax), X)
    with pytest.raises(GradientError, match="derivative of order 2"):
        still = jax.lax.stop_gradient
        check_gradients(lambda x: still(3 * x**2) * (x - still(x)) + still(x**3), X, order=2)
    with pytest.raises(CheckRefused, match="zero everywhere"):
        check_gradients(lambda x: jax.numpy.round(x), X, backend="jax")


def test_jax_properties(jax: Any) -> None:
    @settings(max_examples=15)
    @gradient_test(x=tensors(shapes(max_dims=2)), y=tensors((), domain="positive"))
    def right(x: Any, y: Any) -> Any:
        return jax.numpy.tanh(x) * y

    right()
    assert right.gradient_coverage.examples == 15

    @gradient_test(options={"backend": "jax"}, x=tensors((2,)))
    def wrong(x: Any) -> Any:
        return wrong_square(jax)(x)

    with pytest.raises(GradientError, match=r"^x, index \(0,\)"):
        wrong()


# --------------------------------------------------------------------------------------------------------------- PyTorch


@pytest.fixture
def torch() -> Any:
    return TORCH or pytest.skip("PyTorch is not installed")


def half_square(torch: Any) -> Any:
    class Square(torch.autograd.Function):  # type: ignore[misc, name-defined]
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            ctx.save_for_backward(x)
            return x * x

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            return g * ctx.saved_tensors[0]

    return Square.apply


def test_torch_functions(torch: Any) -> None:
    assert check_gradients(lambda x: torch.tanh(x) @ x.T, X, order=2, modes=("rev", "fwd")).checked == 6
    assert check_gradients(lambda x: (torch.sin(x), x.max()), torch.tensor(X, dtype=torch.float32)).checked == 6
    assert check_gradients(torch.relu, np.array([0.0, 1.0])).kinks == ["input 0, index (0,)"]
    check_gradients(torch.logaddexp, X, X[0].copy(), backend="torch")
    layer = torch.nn.Linear(3, 2).double()
    check_gradients(layer, X)


def test_wrong_torch_functions(torch: Any) -> None:
    with pytest.raises(GradientError, match=r"input 0, index \(0, 0\).*0\.5 times the slope"):
        check_gradients(half_square(torch), X)
    with pytest.raises(GradientError, match="does not lead to input 0"):
        check_gradients(lambda x: torch.sin(x.detach()), X, backend="torch")
    with pytest.raises(GradientError, match="derivative of order 2"):
        check_gradients(lambda x: 3 * x.detach() ** 2 * (x - x.detach()) + x.detach() ** 3, torch.tensor(X), order=2)
    with pytest.raises(CheckRefused, match="does not depend on input 1"):
        check_gradients(lambda x, y: torch.sin(x), X, X.copy())
    with pytest.raises(CheckRefused, match="deterministic"):
        check_gradients(torch.nn.Dropout(0.5), X)


def test_torch_properties(torch: Any) -> None:
    @settings(max_examples=15)
    @gradient_test(x=tensors(shapes(max_dims=2)), y=tensors((), domain="positive"))
    def right(x: Any, y: Any) -> Any:
        return torch.tanh(x) * y

    right()
    assert right.gradient_coverage.examples == 15

    @gradient_test(options={"backend": "torch"}, x=tensors((2,)))
    def wrong(x: Any) -> Any:
        return half_square(torch)(x)

    with pytest.raises(GradientError, match=r"^x, index \(0,\)"):
        wrong()


def test_what_takes_the_tensors_of_both_is_checked_with_both(torch: Any) -> None:
    """Nothing tells from outside whose function it is: PyTorch's custom functions let any object through."""
    square = half_square(torch)
    check_gradients(lambda x: square(x), X, backend="autograd")
    with pytest.raises(GradientError):
        check_gradients(lambda x: square(x), X)
    assert check_gradients(lambda x: x * x, X).checked == 6


def test_ours_are_ours_beside_them() -> None:
    """Whatever else is imported."""
    import autograd

    check_gradients(lambda x: autograd.tanh(x) * x, X)
    check_gradients(lambda x: (x**2).sum(), X, gradient=lambda x: 2 * x)
    with pytest.raises(ValueError, match="backend is one of"):
        check_gradients(autograd.tanh, X, backend="tensorflow")

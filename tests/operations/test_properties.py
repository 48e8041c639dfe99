"""Properties over shapes and indices that Hypothesis draws."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import autograd
from autograd import Tensor
from autograd.testing import broadcastable_shapes, check_gradients, gradient_test, indices, shapes, tensors

BINARY = [np.add, np.subtract, np.multiply, np.divide, np.maximum, np.arctan2, np.logaddexp, np.hypot, np.power]


def grid(shape: tuple[int, ...], seed: int) -> np.ndarray:
    return np.asarray(np.random.default_rng(seed).uniform(0.4, 2.0, shape))


@pytest.mark.parametrize("operation", BINARY, ids=lambda f: f.__name__)
@given(sizes=broadcastable_shapes(2))
def test_broadcasting_backward_is_a_sum(operation: Any, sizes: Any) -> None:
    """The gradient of a broadcast argument is that of its explicit copies, summed."""
    x, y = grid(sizes[0], 0), grid(sizes[1], 1)
    out = np.broadcast_shapes(*sizes)
    seed = grid(out, 2)
    small = [Tensor(x, requires_grad=True), Tensor(y, requires_grad=True)]
    wide = [Tensor(np.broadcast_to(a, out).copy(), requires_grad=True) for a in (x, y)]
    operation(*small).backward(seed)
    operation(*wide).backward(seed)
    for narrow, full in zip(small, wide):
        lead = full.ndim - narrow.ndim
        stretched = tuple(i for i in range(full.ndim) if i < lead or narrow.shape[i - lead] != out[i])
        summed = full.grad.data.sum(axis=stretched).reshape(narrow.shape)
        np.testing.assert_allclose(narrow.grad.data, summed, rtol=1e-12)


@given(data=st.data())
def test_indexing(data: st.DataObject) -> None:
    """The gradient counts how often each element was named."""
    shape = data.draw(shapes(max_dims=3))
    index = data.draw(indices(shape))
    x = Tensor(grid(shape, 0), requires_grad=True)
    out = x[index]
    np.testing.assert_array_equal(out.data, x.data[index])
    seed = grid(out.shape, 1)
    out.backward(seed)
    expected = np.zeros(shape)
    np.add.at(expected, index, seed)
    np.testing.assert_allclose(x.grad.data, expected)


@given(data=st.data())
def test_reductions_over_any_axes(data: st.DataObject) -> None:
    shape = data.draw(shapes(max_dims=3, max_side=3))
    axes = data.draw(st.one_of(st.none(), st.sets(st.integers(0, max(len(shape) - 1, 0))).map(tuple))) if shape else None
    keepdims = data.draw(st.booleans())
    for name in ("sum", "mean", "max", "prod", "var", "logsumexp"):
        f = getattr(autograd, name)
        check_gradients(lambda x, f=f: f(x, axis=axes, keepdims=keepdims), grid(shape, 3), allow_zero=True)


@gradient_test(x=tensors(), y=tensors(()))
def test_float_tensors_of_any_layout(x: Tensor, y: Tensor) -> Any:
    return autograd.tanh(x * y) + autograd.sigmoid(x)


@gradient_test(x=tensors((2, 3), dtype=np.float32), scale=st.integers(1, 3))
def test_float32(x: Tensor, scale: int) -> Any:
    return autograd.softmax(x * scale, axis=-1)


@gradient_test(x=tensors((3,), domain=(0.5, 2.0)), order=3)
def test_third_derivatives(x: Tensor) -> Any:
    return autograd.log(x) * x


@given(x=tensors(), shape=shapes(), pair=broadcastable_shapes(3))
def test_what_the_strategies_promise(x: Tensor, shape: Any, pair: Any) -> None:
    assert x.dtype == np.float64 and bool((np.abs(x.data) < 3.0).all())
    assert len(shape) <= 3 and all(1 <= n <= 3 for n in shape)
    np.broadcast_shapes(*pair)


def test_a_gradient_test_can_fail() -> None:
    @gradient_test(x=tensors((2,)))
    def half_missing(x: Tensor) -> Any:
        return x * x.detach() + x

    with pytest.raises(AssertionError, match="the gradient is"):
        half_missing()

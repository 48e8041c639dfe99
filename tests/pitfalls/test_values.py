"""Pitfalls 1 to 12: wrong or missing numbers."""

import math

import numpy as np
import pytest

import autograd
from autograd import Tensor
from autograd.testing import CheckRefused, GradientError, check_gradients
from nn import functional as F
from tests.pitfalls import grad_of, leaf

# 1 -------------------------------------------------------------------------------------------------- backward twice


def test_01_backward_twice_is_refused_or_right() -> None:
    x = leaf(2.0)
    h = x * x
    loss = (h * 3.0).sum()
    loss.backward(retain_graph=True)
    loss.backward()
    assert x.grad.tolist() == [24.0]  # twice 12: the interior h was not counted again
    with pytest.raises(RuntimeError, match="second time"):
        loss.backward()


# 2 ------------------------------------------------------------------------------------- in-place change in a block


def test_02_inplace_addition_makes_a_new_value() -> None:
    x = leaf(1.0, -1.0)
    out = autograd.relu(x)
    relu = out
    out += x
    assert out is not relu and relu.tolist() == [1.0, 0.0]
    out.sum().backward()
    assert x.grad.tolist() == [2.0, 1.0]


def test_02_array_in_place_with_a_tensor_is_refused() -> None:
    array = np.ones(2)
    with pytest.raises(TypeError, match="array = array \\+ tensor"):
        array += leaf(1.0, 2.0)
    assert array.tolist() == [1.0, 1.0]


def test_02_a_leaf_changed_after_it_was_saved_is_refused() -> None:
    x = leaf(1.0)
    loss = (x * x).sum()
    x.data = np.array([2.0])
    with pytest.raises(RuntimeError, match="was changed after 'multiply'"):
        loss.backward()


def test_02_values_of_recording_tensors_are_read_only_through_numpy() -> None:
    with pytest.raises(ValueError, match="read-only"):
        leaf(1.0).numpy()[0] = 2.0


# 3 ------------------------------------------------------------------------------------------------ NaN and infinity


def test_03_powers_at_zero() -> None:
    assert grad_of(lambda x: x**2, 0.0) == [0.0]
    assert grad_of(lambda x: x**0, 0.0) == [0.0]
    assert grad_of(lambda x: x**1, 0.0) == [1.0]
    base, exponent = leaf(0.0, 0.0), leaf(0.0, 2.0)
    (base**exponent).sum().backward()
    assert base.grad.tolist() == [0.0, 0.0] and exponent.grad.tolist() == [0.0, 0.0]


def test_03_norms_at_zero() -> None:
    assert grad_of(lambda x: np.linalg.norm(x), 0.0, 0.0) == [0.0, 0.0]
    x, y = leaf(0.0), leaf(0.0)
    autograd.hypot(x, y).sum().backward()
    assert (x.grad.tolist(), y.grad.tolist()) == ([0.0], [0.0])


def test_03_the_branch_not_taken_passes_nothing() -> None:
    with np.errstate(all="ignore"):
        assert grad_of(lambda x: autograd.where(x.data > 0, autograd.sqrt(x), 0.0), 4.0)[0] == 0.25
    x, bad = leaf(1.0, 2.0), leaf(np.inf, np.nan)
    autograd.where([True, False], x, bad).sum().backward()
    assert x.grad.tolist() == [1.0, 0.0] and bad.grad.tolist() == [0.0, 1.0]


def test_03_products_with_zeros() -> None:
    assert grad_of(autograd.prod, 0.0, 2.0, 3.0) == [6.0, 0.0, 0.0]
    assert grad_of(autograd.prod, 0.0, 0.0, 3.0) == [0.0, 0.0, 0.0]
    assert grad_of(lambda x: autograd.cumprod(x), 2.0, 0.0, 3.0) == [1.0, 8.0, 0.0]


def test_03_logsumexp_and_softmax_at_the_limits() -> None:
    rows = Tensor([[-np.inf, -np.inf], [0.0, -np.inf], [np.inf, 0.0]], requires_grad=True)
    out = autograd.logsumexp(rows, axis=1)
    assert out.tolist() == [-np.inf, 0.0, np.inf]
    out.backward(np.ones(3))
    assert rows.grad.tolist() == [[0.0, 0.0], [1.0, 0.0], [1.0, 0.0]]
    assert autograd.softmax(Tensor([1000.0, 0.0, -1000.0])).tolist() == [1.0, 0.0, 0.0]
    assert grad_of(lambda x: autograd.log_softmax(x)[0], 1000.0, 0.0) == [0.0, 0.0]


def test_03_deviation_of_equal_values() -> None:
    assert grad_of(autograd.std, 2.0, 2.0, 2.0) == [0.0, 0.0, 0.0]


def test_03_activations_far_out() -> None:
    for name in ("sigmoid", "softplus", "logsigmoid", "silu", "gelu", "tanh"):
        x = leaf(-1e4, -50.0, 50.0, 1e4)
        out = getattr(autograd, name)(x)
        out.sum().backward()
        assert np.isfinite(out.data).all() and np.isfinite(x.grad.data).all(), name


# 4 ------------------------------------------------------------------------------------------ broadcasting in backward

SHAPES = [((2, 3), (3,)), ((2, 3), (1, 1)), ((), (2, 3)), ((4, 1, 3), (2, 1)), ((0, 3), (3,)), ((1,), (0,)), ((2, 1), (1, 0))]


@pytest.mark.parametrize("operation", [np.add, np.multiply, np.maximum, np.arctan2], ids=lambda f: f.__name__)
@pytest.mark.parametrize("shapes", SHAPES, ids=str)
def test_04_broadcasting(operation, shapes) -> None:
    rng = np.random.default_rng(0)
    x, y = (Tensor(rng.uniform(1, 2, shape), requires_grad=True) for shape in shapes)
    out = operation(x, y)
    out.backward(np.ones(out.shape))
    assert (x.grad.shape, y.grad.shape) == shapes


def test_04_broadcast_to_and_masks() -> None:
    x, y = leaf(1.0, 2.0), Tensor(3.0, requires_grad=True)
    autograd.broadcast_to(x, (4, 3, 2)).sum().backward()
    autograd.where(np.ones((5, 2), bool), x, y).sum().backward()
    autograd.sum(autograd.broadcast_to(y, (2, 2)), where=np.eye(2, dtype=bool)).backward()
    assert x.grad.tolist() == [17.0, 17.0] and y.grad.item() == 2.0


# 5 ----------------------------------------------------------------------------------------------------- float32 stays


@pytest.mark.parametrize(
    "f",
    [
        lambda x: x * 2,
        lambda x: x / 3,
        lambda x: 1 - x,
        lambda x: 2.0**x,
        lambda x: x**2,
        lambda x: x.mean(),
        lambda x: x.std(),
        lambda x: autograd.where(x.data > 0, x, 0.0),
        lambda x: autograd.clip(x, 0, 1),
        lambda x: autograd.softmax(x),
        lambda x: F.dropout(x, 0.5),
        lambda x: x * np.array(2, np.int8),
        lambda x: F.mse_loss(x, np.zeros(3, np.float32)),
        lambda x: x * np.pi,
        lambda x: autograd.gelu(x),
        lambda x: autograd.max(x),
        lambda x: x + True,
    ],
)
def test_05_float32_stays(f) -> None:
    autograd.config.strict = True
    try:
        x = leaf(0.5, 1.5, -1.0, dtype=np.float32)
        out = f(x)
        assert out.dtype == np.float32
        out.sum().backward()
        assert x.grad.dtype == np.float32
    finally:
        autograd.config.strict = False


def test_05_promotion_is_numpys() -> None:
    x = leaf(1.0, dtype=np.float32)
    for other in (np.float64(2.0), np.array(2.0), np.arange(3), np.float32(2), 2.0, 2):
        assert (x * other).dtype == (x.data * other).dtype
    assert (x * Tensor(2.0)).dtype == np.float64  # as NumPy's 0-d float64 arrays


@pytest.mark.parametrize("shape", [(), (1,), (2, 3)])
def test_05_gradients_have_the_dtype_of_their_leaf_in_mixed_company(shape) -> None:
    for combine, expected in ((np.add, (1.0, 1.0)), (np.multiply, (3.0, 2.0))):
        narrow, wide = Tensor(np.full(shape, 2.0, np.float32), requires_grad=True), Tensor(np.full(shape, 3.0), requires_grad=True)
        combine(narrow, wide).backward(np.ones(shape))
        assert (narrow.grad.dtype, wide.grad.dtype) == (np.float32, np.float64)
        assert (narrow.grad.data.ravel()[0], wide.grad.data.ravel()[0]) == expected


# 6 ---------------------------------------------------------------------------------------------------- is it supported?


@pytest.mark.parametrize(
    "call",
    [
        lambda x: np.linalg.eig(x),
        lambda x: np.nextafter(x, 9.0),
        lambda x: np.gcd(x, 1),
        lambda x: np.fft.fft(x),
    ],
)
def test_06_what_is_not_differentiable_says_so(call) -> None:
    with pytest.raises(TypeError, match=r"is not differentiable here.*\.detach\(\)"):
        call(leaf(1.0, 2.0))


# 7 ------------------------------------------------------------------------------------------------------ item assignment


def test_07_item_assignment_gives_the_recipe() -> None:
    x = leaf(1.0, 2.0)
    with pytest.raises(TypeError, match=r"x = x\.at\[index\]\.set\(value\)"):
        x[0] = 5.0
    value = Tensor(5.0, requires_grad=True)
    y = x.at[0].set(value)
    (y * np.array([10.0, 100.0])).sum().backward()
    assert y.tolist() == [5.0, 2.0] and x.grad.tolist() == [0.0, 100.0] and value.grad.item() == 10.0


# 8 ---------------------------------------------------------------------------------------------------------------- depth


def test_08_deep_graphs_need_no_stack() -> None:
    """Backward, second order and the destructor, far below any recursion limit (a million: tests/engine)."""
    x = Tensor(1.0, requires_grad=True)
    y = x
    for _ in range(50_000):
        y = y * 1.0
    (g,) = autograd.gradients(y, [x], create_graph=True)
    assert g.item() == 1.0
    del y, g


# 9 --------------------------------------------------------------------------------------------------------------- memory


def test_09_logged_losses_keep_no_arrays() -> None:
    import weakref

    x = Tensor(np.ones(1000), requires_grad=True)
    h = autograd.exp(x)
    array = weakref.ref(h.data)
    loss = h.sum()
    loss.backward()
    del h
    log = [loss]  # the classic leak: a list of losses with their graphs
    assert array() is None and log[0].item() == pytest.approx(1000 * math.e)


# 10 ------------------------------------------------------------------------------------------------------ checks that lie


def test_10_checks_refuse_what_says_nothing() -> None:
    x = np.array([1.0, 2.0])
    rng = np.random.default_rng(0)
    with pytest.raises(CheckRefused, match="deterministic"):
        check_gradients(lambda t: t * rng.random(), x)
    with pytest.raises(CheckRefused, match="does not depend on input 1"):
        check_gradients(lambda t, u: t * 2.0, x, x.copy())
    with pytest.raises(CheckRefused, match="zero everywhere"):
        check_gradients(lambda t: autograd.sign(t), x)
    with pytest.raises(CheckRefused, match="only floating-point"):
        check_gradients(lambda t: t * 2.0, np.arange(3))
    with pytest.raises(CheckRefused, match="share memory"):
        check_gradients(lambda t, u: t * u, x, x)
    with pytest.raises(CheckRefused, match="stride 0"):
        check_gradients(lambda t: t * 2.0, np.broadcast_to(1.0, 3))


def test_10_checks_find_wrong_gradients() -> None:
    x = np.array([1.0, 2.0])
    assert check_gradients(lambda a: float((a * a).sum()), x, gradient=lambda a: 2.0 * a).checked == 2
    with pytest.raises(GradientError, match=r"input 0, index \(0,\): the gradient is 2\.01.*slope 2\.0.*error estimate"):
        check_gradients(lambda a: float((a * a).sum()), x, gradient=lambda a: 2.01 * a)
    with pytest.raises(GradientError, match="2 gradients"):
        check_gradients(lambda a: float(a.sum()), x, gradient=lambda a: (a, a))
    detached = lambda t: t * t.detach()  # half of its derivative is missing
    with pytest.raises(GradientError):
        check_gradients(detached, x, mode="differences")


def test_10_kinks_are_reported_not_failed() -> None:
    report = check_gradients(autograd.relu, np.array([0.0, 1.0, -1.0]))
    assert report.kinks == ["input 0, index (0,)"] and report.checked == 2


def test_10_float32_is_checked_in_float64() -> None:
    x = np.linspace(0.1, 3.0, 5).astype(np.float32)
    assert check_gradients(lambda t: autograd.sin(t) * t, x).checked == 5


# 11 -------------------------------------------------------------------------------------------------------------- diamonds


def test_11_reuse() -> None:
    assert grad_of(lambda x: x + x, 3.0) == [2.0]
    assert grad_of(lambda x: x * x, 3.0) == [6.0]
    assert grad_of(lambda x: x * x + x * x * x, 2.0) == [16.0]
    assert grad_of(lambda x: autograd.stack([x, x, x]), 2.0) == [3.0]


def test_11_residual_blocks_share_their_input() -> None:
    w = leaf(0.5)

    def f(x):
        for _ in range(4):
            x = x + autograd.tanh(w * x)
        return x

    check_gradients(f, np.array([0.3, -1.0]), mode="differences")
    check_gradients(lambda w: f_with(w), np.array([0.5]))


def f_with(w: Tensor) -> Tensor:
    x = Tensor([0.3, -1.0])
    for _ in range(4):
        x = x + autograd.tanh(w * x)
    return x


# 12 ------------------------------------------------------------------------------------------------------------------ ties


def test_12_ties_share_evenly() -> None:
    assert grad_of(autograd.max, 1.0, 2.0, 2.0) == [0.0, 0.5, 0.5]
    assert grad_of(autograd.min, 1.0, 1.0, 2.0) == [0.5, 0.5, 0.0]
    assert grad_of(lambda x: autograd.maximum(x, x), 3.0) == [1.0]
    assert grad_of(lambda x: autograd.maximum(x, 3.0), 3.0) == [0.5]
    assert grad_of(lambda x: np.sort(x) * np.array([1.0, 3.0]), 2.0, 2.0) == [2.0, 2.0]
    assert grad_of(np.median, 1.0, 2.0, 2.0, 3.0) == [0.0, 0.5, 0.5, 0.0]


def test_12_clip_passes_the_gradient_at_its_bounds() -> None:
    assert grad_of(lambda x: autograd.clip(x, 0.0, 1.0), -1.0, 0.0, 0.5, 1.0, 2.0) == [0.0, 1.0, 1.0, 1.0, 0.0]


def test_07_updates_of_a_place_named_twice_are_not_guessed() -> None:
    x = leaf(1.0, 1.0)
    assert x.at[np.array([0, 0])].add(np.array([2.0, 3.0])).tolist() == [6.0, 1.0]
    assert x.at[np.array([1, 0])].max(np.array([5.0, 0.0])).tolist() == [1.0, 5.0]
    for update in ("multiply", "min", "max"):
        with pytest.raises(ValueError, match=rf"\.{update}: the index names a place more than once"):
            getattr(x.at[np.array([0, 0])], update)(np.array([2.0, 3.0]))

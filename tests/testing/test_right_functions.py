"""Right derivatives in bad places: kinks, ties, poles, plateaus, jumps, cancellation, scales. None may be accused."""

from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import autograd
import nn.functional as F
from autograd import linalg
from autograd.testing import check_gradients, gradient_test, shapes, tensors

X = np.array([[0.3, -0.7, 1.4], [0.9, 0.4, -1.2]])
V = np.array([0.5, -1.5, 2.0])
ZEROS = np.zeros(3)
TIES = np.array([1.0, 2.0, 2.0, -1.0, -1.0])
WHOLE = np.array([-2.0, -1.0, 0.0, 1.0, 2.0])
rng = np.random.default_rng(0)


def softplus_by_hand(x: Any) -> Any:
    return autograd.where(x > 20.0, x, autograd.log1p(autograd.exp(autograd.minimum(x, 20.0))))


def huber(x: Any) -> Any:
    return autograd.where(abs(x) <= 1.0, 0.5 * x * x, abs(x) - 0.5)


FUNCTIONS: dict[str, tuple[Any, list[Any]]] = {
    "relu at 0": (autograd.relu, [WHOLE]),
    "relu at 0 alone": (autograd.relu, [np.zeros(1)]),
    "relu near 0": (autograd.relu, [np.array([1e-3, -1e-3, 1e-6, -1e-7, 1e-9, 1.0])]),
    "abs at 0": (autograd.absolute, [np.array([0.0, 1.0, -1e-8])]),
    "leaky relu": (lambda x: F.leaky_relu(x, 0.1), [WHOLE]),
    "elu": (F.elu, [WHOLE]),
    "max of ties": (autograd.max, [TIES]),
    "max of nothing but ties": (autograd.max, [np.full((2, 3), 0.5)]),
    "min along an axis with ties": (lambda x: autograd.min(x, axis=0), [np.array([[1.0, 2.0], [1.0, 3.0]])]),
    "maximum of equals": (autograd.maximum, [V, V.copy()]),
    "maximum(x, x)": (lambda x: autograd.maximum(x, x), [V]),
    "sort with ties": (autograd.sort, [TIES]),
    "median with ties": (lambda x: autograd.median(x), [TIES]),
    "median of three ties": (lambda x: autograd.median(x), [np.array([2.0, 1.0, 2.0, 2.0, 5.0])]),
    "the two largest of three ties": (lambda x: autograd.sort(x)[-2:], [np.array([2.0, 2.0, 1.0, 2.0])]),
    "ties across inputs": (lambda x, y: autograd.sort(autograd.concatenate([x, y]))[2], [np.array([2.0, 1.0]), np.array([2.0, 2.0, 4.0])]),
    "relu next to 0": (autograd.relu, [np.array([1e-30, -1e-30, 0.0, 1.0])]),
    "two kinks side by side": (lambda x: abs(x) + abs(x - 1e-6), [np.array([0.0, 1e-6, 5e-7, 1.0])]),
    "a kink at a third": (lambda x: abs(x - 1 / 3), [np.array([1 / 3, 0.333333333, 1.0])]),
    "equal pieces of a maxout": (lambda x: autograd.max(autograd.stack([x, 2.0 * x, -x]), axis=0), [np.array([0.0, 1.0, -1.0])]),
    "kinks of both signs": (lambda x: autograd.relu(x[0]) - 0.1 * abs(x[1]), [np.zeros(2)]),
    "thirty kinks of two kinds": (lambda x: autograd.relu(x) + abs(x - 0.5), [np.where(np.arange(30) == 3, 0.5, 0.0)]),
    "a triangle wave": (lambda x: abs(x % 2.0 - 1.0), [np.array([0.0, 1.0, 2.0, 0.5])]),
    "a saturated tanh": (autograd.tanh, [np.array([0.1, -2.0, 9.0])]),
    "distances between equal points": (
        lambda x: autograd.sqrt(((x[:, None] - x[None]) ** 2).sum(-1) + 1e-12), [np.array([[0.0, 0.0], [0.0, 0.0], [1.0, 2.0]])]),
    "huge steps of a huge joint": (
        lambda x: autograd.where(abs(x) < 1e8, x * x / 2e8, abs(x) - 5e7), [np.array([1e8, -1e8, 0.0, 3e8])]),
    "max pooling of a plateau": (lambda x: F.max_pool2d(x, 2), [np.ones((1, 1, 4, 4))]),
    "clip at its bounds": (lambda x: autograd.clip(x, -1.0, 1.0), [np.array([-1.0, 1.0, 0.5, 3.0])]),
    "clip beside its bounds": (lambda x: autograd.clip(x, -1.0, 1.0), [np.array([-1.0 - 1e-10, 1.0 + 1e-10, 1.0 - 1e-10, 0.0])]),
    "floor inside, at wholes": (lambda x: x - autograd.floor(x), [np.array([0.0, 1.0, -3.0, 0.5])]),
    "remainder at its jumps": (lambda x: x % 1.0, [np.array([0.25, 1.0, 2.0])]),
    "round times x": (lambda x: autograd.round(x) * x, [np.array([0.5, 1.5, 0.2, 1.2])]),
    "sign times x": (lambda x: autograd.sign(x) * x, [V]),
    "a step and a slope": (lambda x: autograd.where(x > 0, x + 1.0, x), [np.array([0.0, 1.0, -1.0])]),
    "an isolated value": (lambda x: autograd.where(x == 0.0, 5.0, x * x), [np.array([0.0, 1.0])]),
    "norm at 0": (lambda x: linalg.norm(x), [ZEROS]),
    "norms of rows, one of them 0": (lambda x: linalg.norm(x, axis=1), [np.array([[0.0, 0.0], [3.0, 4.0]])]),
    "std of equal values": (autograd.std, [np.full(4, 2.0)]),
    "hypot at 0": (autograd.hypot, [np.array([0.0, 1.0]), np.array([0.0, 2.0])]),
    "sqrt at 0": (autograd.sqrt, [np.array([0.0, 1.0, 4.0])]),
    "sqrt near 0": (autograd.sqrt, [np.array([1e-12, 1e-6, 1e-3, 1.0])]),
    "x ** 0.5 near 0": (lambda x: x**0.5, [np.array([1e-10, 1e-8, 0.3])]),
    "x ** 1.5 at 0": (lambda x: x**1.5, [np.array([0.0, 1.0])]),
    "x ** 2 at 0": (lambda x: x**2.0, [ZEROS + np.array([0.0, 1.0, -1.0])]),
    "|x| ** 1.5 at 0": (lambda x: abs(x) ** 1.5, [np.array([0.0, 0.5, -1.0])]),
    "cbrt near 0": (autograd.cbrt, [np.array([1e-9, -1e-6, 2.0])]),
    "cbrt at 0": (autograd.cbrt, [np.array([0.0, 2.0])]),
    "log near 0": (autograd.log, [np.array([1e-300, 1e-8, 1e-3])]),
    "1/x near its pole": (lambda x: 1.0 / x, [np.array([1e-6, -1e-4, 3.0])]),
    "arcsin at its border": (autograd.arcsin, [np.array([0.5, 1.0, -1.0])]),
    "arccosh beside its border": (autograd.arccosh, [np.array([1.0 + 1e-9, 2.0])]),
    "tan near its pole": (autograd.tan, [np.array([1.57, 0.3])]),
    "gradients far apart": (lambda x: x * np.array([1e12, 1.0, 1e-12]), [V]),
    "huge values": (lambda x: x * x, [1e6 * V]),
    "very huge values": (autograd.sqrt, [np.array([1e30, 1e100, 1e200])]),
    "huge and small": (lambda x: autograd.tanh(x[0]) + x[1] ** 2, [np.array([1e-6, 1e6])]),
    "tiny values": (lambda x: x * x, [1e-6 * V]),
    "very tiny values": (lambda x: autograd.sin(x * 1e9), [1e-9 * V]),
    "a narrow bump": (lambda x: autograd.exp(-((x / 1e-6) ** 2)), [np.array([5e-7, -3e-7])]),
    "a steep tanh": (lambda x: autograd.tanh(1e5 * x), [np.array([1e-6, -3e-6, 0.0])]),
    "fast waves": (lambda x: autograd.sin(1e4 * x), [V]),
    "cancellation": (lambda x: (1.0 - autograd.cos(x)) / (x * x), [np.array([1e-4, 1e-3, 0.5])]),
    "worse cancellation": (lambda x: (autograd.exp(x) - 1.0 - x) / (x * x), [np.array([1e-5, 1e-3, 0.5])]),
    "variance as a difference": (lambda x: (x * x).mean() - x.mean() ** 2, [1e4 + V]),
    "behind a large constant": (lambda x: 1e8 + autograd.sin(x), [V]),
    "rounded to float32 inside": (lambda x: autograd.sin(x.astype(np.float32)).astype(np.float64), [V]),
    "a saturated sigmoid": (autograd.sigmoid, [np.array([-40.0, 0.0, 40.0])]),
    "softmax of large numbers": (autograd.softmax, [np.array([1000.0, 999.0, -1000.0])]),
    "logsumexp with −∞ beside it": (lambda x: autograd.logsumexp(autograd.concatenate([x, [-np.inf]])), [V]),
    "softplus by pieces": (softplus_by_hand, [np.array([-30.0, 0.0, 19.999, 25.0])]),
    "huber at its joints": (huber, [np.array([-1.0, 1.0, 0.0, 3.0])]),
    "a plateau beside a slope": (lambda x: autograd.maximum(x, 0.0) ** 2, [np.array([-1.0, 0.0, 1.0])]),
    "elements chosen by value": (lambda x: x[np.asarray(x.data) > 0.0] ** 2, [np.array([0.5, -1.0, 1e-9, 2.0])]),
    "prod with zeros": (autograd.prod, [np.array([0.0, 2.0, 3.0])]),
    "prod with two zeros": (lambda x: autograd.prod(x) + x.sum(), [np.array([0.0, 2.0, 0.0])]),
    "where beside an infinity": (lambda x: autograd.where(x > 0, autograd.log(autograd.where(x > 0, x, 1.0)), 0.0), [V]),
    "eigenvalues that cross": (lambda x: linalg.eigvalsh(x + x.T), [np.eye(2)]),
    "a determinant of a singular matrix": (linalg.det, [np.array([[1.0, 2.0], [3.0, 4.0 + 1e-12]])]),
    "cross entropy of sure logits": (lambda x: F.cross_entropy(x, np.array([0, 2])), [np.array([[50.0, 0.0, 0.0], [0.0, 0.0, 60.0]])]),
    "many elements with kinks": (lambda x: autograd.relu(x).sum() + abs(x).sum(), [rng.standard_normal((12, 15))]),
    "many elements in a dense layer": (lambda x, w: autograd.relu(x @ w), [rng.standard_normal((10, 12)), rng.standard_normal((12, 9))]),
    "a number": (lambda x: x + abs(x), [0.0]),
    "nothing": (lambda x, y: autograd.concatenate([x, y]), [np.zeros(0), V]),
    "several outputs": (lambda x: (x.max(), autograd.sort(x), x * 2.0), [TIES]),
}  # fmt: skip


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_right_gradient_is_not_accused(name: str) -> None:
    function, inputs = FUNCTIONS[name]
    check_gradients(function, *inputs)


NARROW = [name for name in FUNCTIONS if name not in {"very huge values", "log near 0", "gradients far apart", "rounded to float32 inside"}]


@pytest.mark.parametrize("name", NARROW)
def test_nor_in_float32(name: str) -> None:
    function, inputs = FUNCTIONS[name]
    check_gradients(function, *[np.asarray(x, np.float32) for x in inputs], allow_zero=True)


SMOOTHED = [
    name for name in FUNCTIONS
    if not any(word in name for word in ("eigen", "sqrt at", "1.5 at", "0.5 near", "cbrt", "border", "cancellation", "near 0", "isolated"))
]  # fmt: skip


@pytest.mark.parametrize("name", SMOOTHED)
def test_nor_in_second_order(name: str) -> None:
    function, inputs = FUNCTIONS[name]
    check_gradients(function, *inputs, order=2, allow_zero=True)


def test_kinks_are_named_as_what_they_are() -> None:
    report = check_gradients(FUNCTIONS["clip at its bounds"][0], *FUNCTIONS["clip at its bounds"][1])
    assert report.kinks == ["input 0, index (0,)", "input 0, index (1,)"] and report.checked == 2
    report = check_gradients(FUNCTIONS["floor inside, at wholes"][0], *FUNCTIONS["floor inside, at wholes"][1])
    assert len(report.jumps) == 3 and report.checked == 1
    report = check_gradients(autograd.sqrt, np.array([0.0, 1.0]))
    assert report.borders == ["input 0, index (0,)"] and report.checked == 1
    assert not check_gradients(autograd.sin, V).unsure


BY_HAND: dict[str, tuple[Any, Any, list[Any]]] = {
    "numbers for arrays": (lambda x: 3.0 * x, lambda x: 3, [1.5]),
    "elementwise": (np.sin, np.cos, [V]),
    "a Jacobian": (lambda x: np.outer([1.0, 2.0], x), lambda x: np.multiply.outer([1.0, 2.0], np.eye(3)), [V]),
    "several arguments": (lambda x, y: x @ y, lambda x, y: (y, x), [V, V + 1.0]),
    "a list": (lambda x, y: x @ y, lambda x, y: [y, x], [V, V + 1.0]),
    "relu'(0) = 1": (lambda x: np.maximum(x, 0).sum(), lambda x: 1.0 * (x >= 0), [WHOLE]),
    "relu'(0) = 0.5": (lambda x: np.maximum(x, 0).sum(), lambda x: np.heaviside(x, 0.5), [WHOLE]),
    "one of the ties takes all": (lambda x: x.max(), lambda x: np.eye(5)[1], [TIES]),
    "float32": (lambda x: (x**3).sum(), lambda x: 3 * x**2, [V.astype(np.float32)]),
    "Python's float": (lambda x: float((x**3).sum()), lambda x: 3 * x**2, [V]),
    "real parts": (lambda x: np.abs(x) * x, lambda x: 2 * np.abs(x), [V]),
    "Python's loop": (lambda x: sum(float(v) ** 2 for v in x), lambda x: 2 * x, [V]),
}  # fmt: skip


@pytest.mark.parametrize("name", BY_HAND)
def test_right_gradients_by_hand(name: str) -> None:
    function, gradient, inputs = BY_HAND[name]
    check_gradients(function, *inputs, gradient=gradient)


# --------------------------------------------------------------------------------------------------- piecewise functions


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(
    knots=st.lists(st.sampled_from([-1.0, -0.5, 0.0, 0.25, 1.0, 1e-3, -1e-5, 1e-8]), min_size=1, max_size=4),
    slopes=st.lists(st.sampled_from([0.0, 1.0, -2.0, 0.1, 30.0]), min_size=5, max_size=5),
    points=st.lists(st.sampled_from([-1.0, 0.0, 1.0, 0.25, 1e-3, 1e-8, -0.5, 0.7, 2.0]), min_size=1, max_size=4),
    scale=st.sampled_from([1.0, 1e6, 1e-6]),
)
def test_sums_of_kinks_anywhere(knots: Any, slopes: Any, points: Any, scale: float) -> None:
    """Right ones are not accused; a slope that no side has is, wherever a slope can be told."""

    def f(x: Any) -> Any:
        return scale * sum((s * abs(x - k) for s, k in zip(slopes, knots, strict=False)), start=x * 0.5)

    report = check_gradients(f, np.array(points), allow_zero=True)
    assert len(report.kinks) + report.checked + len(report.unsure) == len(points)

    def wrong(x: Any) -> Any:
        return autograd.where(x == points[0], f(x.detach()) + 777.0 * scale * (x - x.detach()), f(x))

    with pytest.raises(AssertionError):
        check_gradients(wrong, np.array(points), allow_zero=True)


@gradient_test(x=tensors(shapes(min_side=0), domain="ties"))
def test_kinks_in_a_gradient_test(x: Any) -> Any:
    return autograd.relu(x) + abs(x - 0.5)

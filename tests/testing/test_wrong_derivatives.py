"""Derivatives as people get them wrong: the check must find every one.

Half are rules of operations of the engine, half are gradients of plain NumPy functions.
"""

import itertools
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import Phase, settings

import autograd
from autograd import declare
from autograd.testing import CheckRefused, GradientError, check_gradients, gradient_test, tensors


def rule(forward: Callable[..., Any], **rules: Any) -> Any:
    """An operation that the registry forgets at once: its own tests must not see it."""
    made = autograd.op(forward, name="mistaken", **rules)
    declare.registry.pop("mistaken")
    return made


X = np.array([[0.3, -0.7, 1.4], [0.9, 0.4, -1.2]])
SQUARE = X @ X.T + np.array([[0.1, 0.7], [-0.3, 0.2]])
V = np.array([0.5, -1.5, 2.0])
WHOLE = np.array([-1.0, 0.0, 1.0])
POSITIVE = np.array([0.6, 1.7, 2.9])
rng = np.random.default_rng(0)
LARGE = rng.standard_normal((40, 50))


def at(g: Any, index: Any, value: Any) -> Any:
    """A gradient that is wrong in one place."""
    g = np.array(g)
    g[index] = value
    return g


def clever_norm(x: Any) -> Any:
    return autograd.sqrt((x * x).sum())


first_row = rule(lambda b: np.broadcast_to(b, (2, 3)) * 1.0, b=lambda g: 2.0 * np.asarray(g)[0])

RULES: dict[str, tuple[Any, list[Any]]] = {
    "sign": (rule(lambda x: np.tanh(x), x=lambda g, out: -g * (1 - out * out)), [X]),
    "factor 2": (rule(lambda x: x * x, x=lambda g, x: g * x), [X]),
    "chain rule forgotten": (rule(lambda x: np.exp(2 * x), x=lambda g, out: g * out), [X]),
    "g forgotten": (rule(lambda x: np.sin(x), x=lambda g, x: np.cos(x)), [X]),
    "value for derivative": (rule(lambda x: np.log(x), x=lambda g, x: g * np.log(x)), [POSITIVE]),
    "output taken for input": (rule(lambda x: 1 / x, x=lambda g, out: -g / (out * out)), [POSITIVE]),
    "a lost term": (rule(lambda x: x * np.sin(x), x=lambda g, x: g * np.sin(x)), [X]),
    "one operand's only": (rule(lambda x, y: x * y, x=lambda g, y: g * y, y=lambda g, y: g * y), [X, X + 1.0]),
    "operands exchanged": (rule(lambda x, y: x / y, x=lambda g, x, y: -g * x / y**2, y=lambda g, y: g / y), [POSITIVE, POSITIVE + 1]),
    "matmul not transposed": (
        rule(lambda a, b: a @ b, a=lambda g, b: g @ b, b=lambda g, a: np.swapaxes(a, 0, 1) @ g), [SQUARE, SQUARE + 1]),
    "matmul turned round": (rule(lambda a, b: a @ b, a=lambda g, b: g @ b.T, b=lambda g, a: g @ a.T), [SQUARE, SQUARE + 1]),
    "transpose not undone": (rule(lambda a: np.transpose(a, (1, 2, 0)), a=lambda g: np.transpose(g, (1, 2, 0))), [rng.random((2, 2, 2))]),
    "a sum's axis": (rule(lambda a: a.sum(0), a=lambda g, a_shape: np.broadcast_to(np.expand_dims(g, 1), a_shape)), [SQUARE]),
    "mean without 1/n": (rule(lambda a: a.mean(), a=lambda g, a_shape: np.broadcast_to(g, a_shape)), [X]),
    "mean by the wrong n": (rule(lambda a: a.mean(1), a=lambda g, a_shape: np.broadcast_to(g[:, None] / 2.0, a_shape)), [X]),
    "statistics taken as constants": (lambda x: (x - autograd.mean(x).detach()) / autograd.std(x).detach() * V, [V]),
    "softmax as if elementwise": (rule(lambda x: np.exp(x) / np.exp(x).sum(), x=lambda g, out: g * out * (1 - out)), [V]),
    "wrong below zero": (rule(lambda x: x**3, x=lambda g, x: 3 * g * x * abs(x)), [V]),
    "relu that passes everything": (rule(lambda x: np.maximum(x, 0), x=lambda g: g), [V]),
    "leaky slope forgotten": (rule(lambda x: np.where(x > 0, x, 0.1 * x), x=lambda g, x: g * (x > 0)), [V]),
    "abs without its sign": (rule(lambda x: abs(x), x=lambda g: g), [V]),
    "a tie counted twice": (rule(lambda a: a.max(), a=lambda g, a, out: g * (a == out)), [np.array([1.0, 2.0, 2.0])]),
    "a tie in maximum counted twice": (
        rule(lambda x, y: np.maximum(x, y), x=lambda g, x, y: g * (x >= y), y=lambda g, x, y: g * (x <= y)), [V, at(V, 0, 7.0)]),
    "three ties of a median, shared by halves": (
        rule(lambda a: np.median(a), a=lambda g, a, out: 0.5 * g * (a == out)), [np.array([2.0, 1.0, 2.0, 2.0, 5.0])]),
    "three ties of a median, to one and a half as much": (
        rule(lambda a: np.median(a), a=lambda g, a, out: np.array([1.5, 0.0, -0.5, 0.0, 0.0]) * g), [np.array([2.0, 1.0, 2.0, 2.0, 5.0])]),
    "square matrices alone": (
        rule(lambda a: a * 2.0, a=lambda g, a_shape: 2.0 * (np.swapaxes(g, 0, 1) if a_shape[0] == a_shape[1] else g)), [SQUARE]),
    "a size-1 axis in the middle": (
        rule(lambda x: x * 2.0, x=lambda g, x_shape: g * (2.2 if x_shape[1] == 1 else 2.0)), [rng.random((2, 1, 3))]),
    "a determinant's inverse not transposed": (
        rule(lambda a: np.linalg.det(a), a=lambda g, a, out: g * out * np.linalg.inv(a)), [SQUARE + np.array([[0.0, 1.0], [0.0, 0.0]])]),
    "off the diagonal": (rule(lambda a: np.trace(a), a=lambda g, a_shape: np.broadcast_to(g, a_shape)), [SQUARE]),
    "off by 1e-8 near 0 alone": (rule(lambda x: np.sin(x), x=lambda g, x: g * np.cos(x) * (1 + 1e-8 * (abs(x) < 0.5))), [X]),
    "a small part detached": (lambda x: x * x + 1e-3 * autograd.sin(x.detach()) * x, [X]),
    "a bias of the first row alone": (lambda x, b: x + first_row(b), [X, V]),
    "gradients of equal shapes exchanged": (
        rule(lambda x, y: x * x + 3.0 * y, x=lambda g: 3.0 * g, y=lambda g, x: 2.0 * x * g), [V, V + 1.0]),
    "one element of 5000": (
        rule(lambda x: x * x, x=lambda g, x: 2.0 * g * x * np.where(np.arange(5000) == 3777, 1.01, 1.0)), [rng.standard_normal(5000)]),
    "sort that forgets the order": (rule(lambda x: np.sort(x), x=lambda g: g), [np.array([3.0, 1.0, 2.0])]),
    "cumsum not reversed": (rule(lambda x: np.cumsum(x), x=lambda g: np.cumsum(g)), [V]),
    "repeated places overwritten": (
        rule(lambda x: x[[0, 0, 2]], x=lambda g, x_shape: at(np.zeros(x_shape), [0, 0, 2], np.asarray(g))), [V]),
    "a size-1 axis": (rule(lambda x: x / x.shape[0], x=lambda g, x_shape: g / max(x_shape[0], 2)), [V[:1]]),
    "detached gate": (lambda x: x * autograd.sigmoid(x.detach()), [X]),
    "detached altogether": (lambda x: autograd.exp(x.detach()), [X]),
    "zero": (rule(lambda x: x**2, x=lambda g, x: 0.0 * g), [X]),
    "not a number": (rule(lambda x: x**2, x=lambda g, x: g * (x + np.nan)), [X]),
    "nan at the norm of zeros": (clever_norm, [np.zeros(3)]),
    "off by 1e-6 relative": (rule(lambda x: np.sin(x), x=lambda g, x: g * np.cos(x) * (1 + 1e-6)), [X]),
    "off by 1e-6 relative, by differences": (
        rule(lambda x: abs(np.sin(x)), x=lambda g, x: g * np.cos(x) * np.sign(np.sin(x)) * (1 + 1e-6), analytic=False), [X]),
    "a constant of five digits": (rule(lambda x: np.tanh(0.7978845608 * x), x=lambda g, out: g * 0.79788 * (1 - out * out)), [X]),
    "analytic it is not": (rule(lambda x: abs(x) * x, x=lambda g, x: g * abs(x)), [V]),
    "one element of 2000": (rule(lambda x: np.sin(x), x=lambda g, x: at(g * np.cos(x), (31, 7), 0.4)), [LARGE]),
    "tiny numbers": (rule(lambda x: 1e-9 * x * x, x=lambda g, x: 1e-9 * g * x), [1e-6 * X]),
    "huge numbers": (rule(lambda x: 1e6 * x * x, x=lambda g, x: 1.999e6 * g * x), [1e6 * X]),
    "one output of two": (lambda x: (autograd.sin(x), autograd.exp(x.detach()) + x), [X]),
    "in float32 only": (
        rule(lambda x: np.sin(x), x=lambda g, x: g * np.cos(x) * (1.0 if x.dtype == np.float64 else 1.001)), [X.astype(np.float32)]),
    "tiny numbers in float32 only": (
        rule(lambda x: x * 1e-6, x=lambda g, x: g * 1e-6 * (1.0 if x.dtype == np.float64 else 2.0)), [X.astype(np.float32)]),
    "a small entry beside large ones": (
        rule(lambda x: x * np.array([1e6, 1.0, 1e-3]), x=lambda g: g * np.array([1e6, 1.0, 1.1e-3])), [V]),
}  # fmt: skip


@pytest.mark.parametrize("name", RULES)
def test_a_wrong_rule_is_found(name: str) -> None:
    function, inputs = RULES[name]
    with pytest.raises(GradientError, match="the gradient"):
        check_gradients(function, *inputs)


BY_HAND: dict[str, tuple[Any, Any, list[Any]]] = {
    "sign": (lambda x: np.cos(x).sum(), np.sin, [X]),
    "factor": (lambda x: (x**2).sum() / 2, lambda x: 2 * x, [X]),
    "transposed": (lambda x: (x * SQUARE).sum(), lambda x: SQUARE.T, [SQUARE]),
    "in reverse": (lambda x: (x * V).sum(), lambda x: V[::-1].copy(), [V]),
    "a missing broadcast sum": (lambda x, b: ((x + b) ** 2).sum(), lambda x, b: (2 * (x + b), 2 * (x + b)), [X, V]),
    "a broadcast sum of one row": (lambda x, b: ((x + b) ** 2).sum(), lambda x, b: (2 * (x + b), 2 * (x + b)[0]), [X, V]),
    "one gradient of two": (lambda x, y: (x * y).sum(), lambda x, y: y, [V, V + 1]),
    "the order of gradients": (lambda x, y: (x * y).sum(), lambda x, y: (x, y), [V, V + 1]),
    "one element": (lambda x: (x**2).sum(), lambda x: at(2 * x, (1, 2), 0.0), [X]),
    "the last element": (lambda x: (x**2).sum(), lambda x: at(2 * x, (-1, -1), 9.0), [X]),
    "only for negative values": (lambda x: (x**2).sum(), lambda x: 2 * abs(x), [X]),
    "a wide dtype": (lambda x: (x**2).sum(), lambda x: 2.0 * x.astype(np.float64), [X.astype(np.float32)]),
    "whole numbers": (lambda x: (2.0 * x).sum(), lambda x: np.full(x.shape, 2), [X]),
    "a column for a vector": (lambda x: (x**2).sum(), lambda x: 2 * x[:, None], [V]),
    "softmax and log": (lambda z: -np.log(np.exp(z[0]) / np.exp(z).sum()), lambda z: np.exp(z) / np.exp(z).sum(), [V]),
    "norm without its root": (lambda x: np.sqrt((x**2).sum()), lambda x: x / (x**2).sum(), [V]),
    "nan at a kink": (lambda x: np.sqrt((x**2).sum()), lambda x: x / np.float64(np.sqrt((x**2).sum())), [np.zeros(2)]),
    "outside the subgradients": (lambda x: abs(x).sum(), lambda x: np.where(x == 0, 1.5, np.sign(x)), [np.array([0.0, 1.0])]),
    "relu'(0) = 2": (lambda x: np.maximum(x, 0).sum(), lambda x: np.where(x == 0, 2.0, x > 0), [np.array([0.0, 1.0])]),
    "between the pieces": (lambda x: (x - np.floor(x)).sum(), lambda x: np.where(x == np.floor(x), 0.5, 1.0), [np.array([1.0, 1.5])]),
    "at 0 of a smooth function": (lambda x: (np.sin(x) + x * x).sum(), lambda x: np.where(x == 0, 1.5, np.cos(x) + 2 * x), [WHOLE]),
    "a Jacobian transposed": (lambda x: SQUARE @ x, lambda x: SQUARE.T, [V[:2]]),
    "elementwise": (np.sin, lambda x: -np.cos(x), [V]),
    "the changed input": (lambda x: (np.multiply(x, 2, out=x)).sum(), lambda x: 2 * np.ones_like(x), [V]),
    "beside a kink": (lambda x: abs(x - 1e-5).sum(), lambda x: np.sign(x - 1e-5) * 0.7, [np.zeros(1)]),
    "behind a large constant": (lambda x: 1e6 + np.sin(x).sum(), lambda x: 1.01 * np.cos(x), [V]),
}  # fmt: skip


@pytest.mark.filterwarnings("ignore:invalid value")
@pytest.mark.parametrize("name", BY_HAND)
def test_a_wrong_gradient_by_hand_is_found(name: str) -> None:
    function, gradient, inputs = BY_HAND[name]
    with pytest.raises(GradientError):
        check_gradients(function, *[x.copy() for x in inputs], gradient=gradient)


def test_a_wrong_product_with_the_jacobian_is_found() -> None:
    check_gradients(lambda x: np.outer(x, x), V, vjp=lambda g, x: g @ x + g.T @ x)
    with pytest.raises(GradientError):
        check_gradients(lambda x: np.outer(x, x), V, vjp=lambda g, x: 2 * g @ x)


SECOND: dict[str, Any] = {
    "x taken as a constant": rule(lambda x: x**3, x=lambda g, x: 3 * g * np.square(np.asarray(getattr(x, "data", x)))),
    "a rule that leaves the graph": rule(lambda x: np.tanh(x), x=lambda g, out: g * (1 - np.square(np.asarray(getattr(out, "data", out))))),
    "a small term": rule(lambda x: np.sin(x), x=lambda g, x: g * np.cos(x) * (1.0 + 1e-3 * (x - np.asarray(getattr(x, "data", x))))),
    "a norm taken as a constant": rule(
        lambda x: x / np.sqrt((x * x).sum()), x=lambda g, x, out: (g - out * np.sum(g * out)) / np.linalg.norm(getattr(x, "data", x))),
    "g is lost to the second sweep": rule(lambda x: x * x, x=lambda g, x: 2.0 * x * np.asarray(getattr(g, "data", g))),
}  # fmt: skip


@pytest.mark.parametrize("name", SECOND)
def test_wrong_in_second_order_alone(name: str) -> None:
    check_gradients(SECOND[name], POSITIVE)
    with pytest.raises(GradientError, match="derivative of order 2"):
        check_gradients(lambda x: autograd.tanh(SECOND[name](x)), POSITIVE, order=2)


def test_wrong_in_third_order_alone() -> None:
    inner = rule(lambda x: np.sin(x), x=lambda g, x: g * outer(x))
    outer = rule(lambda x: np.cos(x), x=lambda g, x: -g * np.sin(np.asarray(getattr(x, "data", x))))
    check_gradients(inner, POSITIVE, order=2)
    with pytest.raises(GradientError, match="derivative of order 3"):
        check_gradients(inner, POSITIVE, order=3)


COUNT = itertools.count(1)
MEANINGLESS: dict[str, tuple[Any, list[Any], str]] = {
    "random": (lambda x: x * np.random.default_rng().random(), [V], "deterministic"),
    "a counter": (lambda x: x * next(COUNT), [V], "deterministic"),
    "ignored": (lambda x, y: autograd.exp(x), [V, V + 1], "does not depend on input 1"),
    "times zero": (lambda x: x * 0.0, [V], "zero everywhere"),
    "saturated": (lambda x: autograd.clip(x, -1.0, 1.0), [V * 10.0], "zero everywhere"),
    "whole numbers": (lambda x: x * 2.0, [np.arange(3)], "only floating-point"),
    "complex": (lambda x: x * 2.0, [V + 1j], "only floating-point"),
    "one input twice": (lambda x, y: x * y, [V, V], "share memory"),
    "overlapping views": (lambda x, y: x * y, [V[:2], V[1:]], "share memory"),
    "stride 0": (lambda x: x * 2.0, [np.broadcast_to(V, (2, 3))], "stride 0"),
    "not finite": (lambda x: x * 2.0, [at(V, 0, np.nan)], "nan or infinity"),
    "whole numbers come out": (lambda x: autograd.as_tensor(np.arange(3)), [V], "no floating-point output"),
    "nothing but noise": (lambda x: (x + 1e13) - 1e13, [1e-3 * V], "roundings hide"),
}  # fmt: skip


@pytest.mark.parametrize("name", MEANINGLESS)
def test_a_check_that_says_nothing_is_refused(name: str) -> None:
    function, inputs, reason = MEANINGLESS[name]
    with pytest.raises(CheckRefused, match=reason):
        check_gradients(function, *inputs)


# ------------------------------------------------------------------------------------------------------- what is said


@pytest.mark.parametrize("gradient, said", [
    (lambda x: -2 * x, r"everywhere it differs \(6 places\) it has the wrong sign"),
    (lambda x: 3 * x, r"it is 1\.5 times the slope"),
    (lambda x: 0 * x, "a term or a path is lost"),
    (lambda x: 2 * np.abs(x), r"wrong sign"),
    (lambda x: at(2 * x, (0, 2), 3.0), r"^input 0, index \(0, 2\): the gradient is 3\.0, the slope 2\.8.*it is 1\.07143 times"),
    (lambda x: np.flip(2 * x), "fits in reverse order"),
    (lambda x: 2 * x + np.arange(6).reshape(2, 3) * (x < 0), r"3 of 6 elements differ \(all of them negative\)|2 of 6"),
])  # fmt: skip
def test_failures_say_what_they_have_in_common(gradient: Any, said: str) -> None:
    with pytest.raises(GradientError, match=said):
        check_gradients(lambda x: (x**2).sum(), X, gradient=gradient)


def test_a_failure_can_be_read_by_programs() -> None:
    with pytest.raises(GradientError) as raised:
        check_gradients(lambda x: (x**2).sum(), V, gradient=lambda x: at(2 * x, 1, 0.5))
    (failure,) = raised.value.failures
    assert (failure.where, failure.gradient) == ("input 0, index (1,)", 0.5)
    assert failure.slope == pytest.approx(-3.0) and failure.error < 1e-9


def test_a_failing_property_shrinks_to_its_smallest_example() -> None:
    """Wrong below zero alone: of any arrays one element is left, and the message says by which argument."""

    @settings(max_examples=200, derandomize=True, database=None, phases=[Phase.generate, Phase.shrink])
    @gradient_test(x=tensors(), bias=tensors(()))
    def absolute_bias(x, bias):  # type: ignore[no-untyped-def]
        return x + RULES["wrong below zero"][0](bias)

    with pytest.raises(GradientError) as raised:
        absolute_bias()
    text = "\n".join([str(raised.value), *raised.value.__notes__])
    assert "bias, index ()" in text and "'mistaken'" in text
    assert "bias=Tensor(-0.1)" in text and "x=Tensor(0.1)" in text, text


def test_forward_mode_and_orders() -> None:
    assert check_gradients(autograd.tanh, V, modes="forward").checked == 3
    assert check_gradients(autograd.tanh, V, modes=["rev", "differences"]).mode == "differences"
    with pytest.raises(ValueError, match="modes are of"):
        check_gradients(autograd.tanh, V, modes="sideways")
    with pytest.raises(ValueError, match="whole number from 1"):
        check_gradients(autograd.tanh, V, order=0)
    for more in ({"order": 2}, {"modes": "forward"}):
        with pytest.raises(ValueError, match="written by hand"):
            check_gradients(np.sin, V, gradient=np.cos, **more)


def test_a_rule_that_is_not_linear_in_its_cotangent_is_found() -> None:
    """Unit cotangents alone would not see it: 1 is its own cube."""
    with pytest.raises(GradientError, match="not linear in the cotangent"):
        check_gradients(rule(lambda x: x * 2.0, x=lambda g: 2.0 * g**3), V)


def test_forward_mode_is_held_to_reverse_mode() -> None:
    """Tensors take another way than arrays: that of the recorded sweep, which forward mode goes."""
    two_ways = rule(lambda x: x * 2.0, x=lambda g: g * (2.0 if isinstance(g, (np.ndarray, float)) else 3.0))
    check_gradients(two_ways, V)
    with pytest.raises(GradientError, match="forward mode along"):
        check_gradients(two_ways, V, modes=("reverse", "forward"))

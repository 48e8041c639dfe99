"""Transforms of transforms, on trees: identities that hold for every smooth function, whatever it is."""

import math
from collections import OrderedDict, defaultdict, namedtuple
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import autograd
from autograd import Tensor
from autograd.trees import flatten, unflatten

A = np.array([[0.2, -0.7, 0.4], [0.5, 0.1, -0.3], [-0.6, 0.3, 0.8]])
STEPS: dict[str, Callable[[Any], Any]] = {
    "tanh": np.tanh,
    "sine": np.sin,
    "matrix": lambda h: A @ h,
    "square": lambda h: h * h,
    "skip": lambda h: h + np.tanh(A @ h),
    "softmax": autograd.softmax,
    "outer": lambda h: np.sum(np.outer(h, np.cos(h)), axis=0),
    "cumsum": np.cumsum,
    "indexed": lambda h: h[[2, 0, 0]] * h,
    "norm": lambda h: h / np.sqrt(1.0 + np.sum(h * h)),
}
programs = st.lists(st.sampled_from(sorted(STEPS)), min_size=1, max_size=4)
vectors = st.integers(0, 2**31).map(lambda seed: np.random.default_rng(seed).uniform(-1.0, 1.0, 3))
few = settings(max_examples=25, deadline=None)


def run(program: list[str]) -> Callable[[Any], Any]:
    def f(x: Any) -> Any:
        for name in program:
            x = STEPS[name](x)
        return x

    return f


def number(program: list[str]) -> Callable[[Any], Any]:
    return lambda x: np.sum(run(program)(x) ** 2)


def close(a: Any, b: Any) -> None:
    np.testing.assert_allclose(a, b, rtol=1e-9, atol=1e-11)


@few
@given(programs, vectors, vectors, vectors)
def test_jvp_and_vjp_are_adjoint_and_agree_with_the_jacobian(program, x, v, u) -> None:
    f = run(program)
    value, pushed = autograd.jvp(f, (x,), (v,))
    again, pull = autograd.vjp(f, x)
    whole = autograd.jacobian(f)(x)
    close(value, f(x)), close(again, f(x))
    close(pushed, whole @ v)
    close(pull(u)[0], whole.T @ u)
    assert np.vdot(u, pushed) == pytest.approx(np.vdot(pull(u)[0], v), rel=1e-9, abs=1e-11)


@few
@given(programs, vectors, vectors)
def test_jvp_is_the_slope_along_its_tangent(program, x, v) -> None:
    f, h = run(program), 1e-5
    _, pushed = autograd.jvp(f, (x,), (v,))
    np.testing.assert_allclose(pushed, (f(x + h * v) - f(x - h * v)) / (2 * h), rtol=1e-4, atol=1e-6)


@few
@given(programs, vectors, vectors)
def test_six_ways_to_a_hessian_product(program, x, v) -> None:
    f = number(program)
    whole = autograd.hessian(f)(x)
    close(whole, whole.T)
    close(autograd.jacobian(autograd.grad(f))(x), whole)
    close(autograd.hvp(f, x, v), whole @ v)
    close(autograd.jvp(autograd.grad(f), (x,), (v,))[1], whole @ v)  # forward over reverse
    close(autograd.vjp(autograd.grad(f), x)[1](v)[0], whole @ v)  # reverse over reverse
    close(autograd.grad(lambda at: autograd.jvp(f, (at,), (v,))[1])(x), whole @ v)  # reverse over forward
    close(autograd.jvp(lambda at: autograd.jvp(f, (at,), (v,))[1], (x,), (v,))[1], v @ whole @ v)  # forward over forward


@few
@given(programs, vectors, vectors, vectors)
def test_gradient_of_a_jvp_of_a_vjp(program, x, v, u) -> None:
    """Three transforms deep: d/dx <J(x)ᵀu, derivative along v> = d/dx d/dv' <u, f> along v, which two gradients give."""
    f = run(program)

    def through(at: Any) -> Any:
        return np.sum(autograd.jvp(lambda x: autograd.vjp(f, x)[1](u)[0], (at,), (v,))[1])

    def plainly(at: Any) -> Any:
        slope = autograd.grad(lambda x: np.sum(f(x) * u))
        return np.sum(autograd.hvp(lambda x: np.sum(f(x) * u), at, v)) + 0.0 * np.sum(slope(at))

    close(autograd.grad(through)(x), autograd.grad(plainly)(x))


@few
@given(programs, vectors)
def test_third_derivatives_are_symmetric_in_all_their_axes(program, x) -> None:
    third = autograd.jacobian(autograd.hessian(number(program)))(x)
    assert third.shape == (3, 3, 3)
    scale = max(1.0, float(np.abs(third).max()))
    for axes in ((0, 2, 1), (1, 0, 2), (2, 1, 0)):
        np.testing.assert_allclose(third, np.transpose(third, axes), rtol=1e-8, atol=1e-10 * scale)


@few
@given(programs, vectors, vectors)
def test_checkpoints_change_no_transform(program, x, v) -> None:
    f = number(program)

    def kept(x: Any) -> Any:
        return autograd.checkpoint(f, x)

    close(autograd.grad(kept)(x), autograd.grad(f)(x))
    close(autograd.hvp(kept, x, v), autograd.hvp(f, x, v))
    close(autograd.jvp(kept, (x,), (v,))[1], autograd.jvp(f, (x,), (v,))[1])


@few
@given(programs, vectors)
def test_elementwise_gradient_is_the_diagonal_of_the_jacobian(program, x) -> None:
    smooth = run([name for name in program if name in ("tanh", "sine", "square")])
    close(autograd.elementwise_grad(smooth)(x), np.diag(autograd.jacobian(smooth)(x)))
    twice = autograd.elementwise_grad(autograd.elementwise_grad(smooth))
    close(twice(x), np.diag(autograd.jacobian(autograd.elementwise_grad(smooth))(x)))


# --------------------------------------------------------------------------------------------------------------------- trees

Pair = namedtuple("Pair", "left right")


@dataclass(frozen=True)
class Dense:
    weight: Any
    bias: Any
    sigma: str = field(default="tanh", metadata={"static": True})


leaves_strategy = st.integers(0, 2**31).map(lambda seed: np.random.default_rng(seed).uniform(0.5, 1.0, (2,)))
trees = st.recursive(
    leaves_strategy,
    lambda some: st.one_of(
        st.lists(some, max_size=3),
        st.tuples(some, some),
        st.dictionaries(st.sampled_from("abc"), some, max_size=3),
        st.builds(Pair, some, some),
        st.builds(Dense, some, some, st.sampled_from(["tanh", "relu"])),
        st.tuples(some, st.none()),
        st.dictionaries(st.sampled_from("abc"), some, max_size=2).map(OrderedDict),
    ),
    max_leaves=5,
)


def total(tree: Any) -> Any:
    """A number that couples all leaves."""
    leaves, _ = flatten(tree)
    joined = np.concatenate([leaf * (1.0 + i) for i, leaf in enumerate(leaves)]) if leaves else np.zeros(1)
    return np.sum(np.tanh(np.cumsum(joined)) ** 2)


@few
@given(trees)
def test_trees_give_what_one_long_vector_gives(tree) -> None:
    leaves, structure = flatten(tree)
    long = np.concatenate(leaves) if leaves else np.zeros(0)

    def of_vector(x: Any) -> Any:
        return total(unflatten(structure, [x[2 * i : 2 * i + 2] for i in range(len(leaves))]))

    found = autograd.grad(total)(tree)
    listed, same = flatten(found)
    assert repr(same) == repr(structure)
    close(np.concatenate(listed) if listed else np.zeros(0), autograd.grad(of_vector)(long))
    again = autograd.hvp(total, tree, tree)
    close(np.concatenate(flatten(again)[0]) if leaves else np.zeros(0), autograd.hvp(of_vector, long, long))


@few
@given(trees)
def test_a_tree_taken_apart_is_put_together_again(tree) -> None:
    leaves, structure = flatten(tree)
    rebuilt = unflatten(structure, leaves)
    assert type(rebuilt) is type(tree) and repr(rebuilt) == repr(tree)


def test_static_fields_and_default_factories_stay() -> None:
    made = autograd.grad(lambda layer: np.sum(layer.weight) * 2.0)(Dense(np.ones(2), 1.0, "relu"))
    assert made.sigma == "relu" and made.bias == 0.0 and made.weight.tolist() == [2.0, 2.0]
    found = autograd.grad(lambda d: d["a"] * 3.0)(defaultdict(list, a=1.0))
    assert found == {"a": 3.0} and found["new"] == []


def test_jacobians_of_trees_by_trees() -> None:
    def f(p: Any) -> Any:
        return {"sum": p["x"] + p["y"][0], "product": p["x"] * 2.0}

    found = autograd.jacobian(f)({"x": np.ones(2), "y": [3.0]})
    assert found["sum"]["x"].tolist() == np.eye(2).tolist()
    assert found["sum"]["y"][0].tolist() == [1.0, 1.0]
    assert found["product"]["x"].tolist() == (2 * np.eye(2)).tolist()
    assert found["product"]["y"][0].tolist() == [0.0, 0.0]


def test_jacobians_and_hessians_by_several_arguments() -> None:
    def f(x: Any, y: Any) -> Any:
        return np.sum(x * y) ** 2

    x, y = np.array([1.0, 2.0]), np.array([3.0, -1.0])
    by_x, by_y = autograd.jacobian(lambda x, y: x * y, argnums=(0, 1))(x, y)
    assert by_x.tolist() == np.diag(y).tolist() and by_y.tolist() == np.diag(x).tolist()
    (xx, xy), (yx, yy) = autograd.hessian(f, argnums=(0, 1))(x, y)
    s = float(x @ y)
    close(xx, 2 * np.outer(y, y)), close(yy, 2 * np.outer(x, x))
    close(xy, 2 * np.outer(y, x) + 2 * s * np.eye(2)), close(yx, xy.T)


def test_hessians_of_trees() -> None:
    found = autograd.hessian(lambda p: p["a"] * p["b"] ** 2)({"a": 2.0, "b": 3.0})
    assert found == {"a": {"a": 0.0, "b": 6.0}, "b": {"a": 6.0, "b": 4.0}}


def test_jvp_of_trees_with_several_outputs_one_of_them_constant() -> None:
    value, tangent = autograd.jvp(
        lambda p, s: (p["w"] * s, {"s": s * 2.0, "seven": 7.0}), ({"w": np.array([1.0, 2.0])}, 3.0), ({"w": np.array([1.0, 0.0])}, 0.5)
    )
    assert value[0].tolist() == [3.0, 6.0] and value[1] == {"s": 6.0, "seven": 7.0}
    assert tangent[0].tolist() == [3.5, 1.0] and tangent[1] == {"s": 1.0, "seven": 0.0}


def test_cotangents_of_dicts_match_by_key() -> None:
    _, pull = autograd.vjp(lambda x: {"double": 2.0 * x, "triple": 3.0 * x}, 1.0)
    assert pull({"triple": 1.0, "double": 0.0}) == (3.0,)
    assert pull({"double": 1.0, "triple": 0.0}) == (2.0,)


def test_checkpoints_take_trees_and_keywords() -> None:
    p = {"w": Tensor([2.0, 3.0], requires_grad=True), "b": [Tensor(1.0, requires_grad=True)]}
    out = autograd.checkpoint(lambda p, *, scale, more: {"y": p["w"] * scale + p["b"][0], "none": more}, p, scale=4.0, more=None)
    assert out["none"] is None
    out["y"].sum().backward()
    assert p["w"].grad.tolist() == [4.0, 4.0] and p["b"][0].grad.item() == 2.0


# ----------------------------------------------------------------------------------------------------------- what comes beside


def test_has_aux_hands_the_rest_through() -> None:
    def f(x: Any) -> Any:
        return np.sum(x**2), {"hidden": x * 3.0, "note": "seen"}

    x = np.array([1.0, 2.0])
    g, aux = autograd.grad(f, has_aux=True)(x)
    assert g.tolist() == [2.0, 4.0] and aux["note"] == "seen" and type(aux["hidden"]) is np.ndarray
    (value, aux), g = autograd.value_and_grad(f, has_aux=True)(x)
    assert value == 5.0 and aux["hidden"].tolist() == [3.0, 6.0]
    value, pull, aux = autograd.vjp(f, x, has_aux=True)
    assert pull(1.0)[0].tolist() == [2.0, 4.0] and aux["note"] == "seen"
    value, tangent, aux = autograd.jvp(f, (x,), (x,), has_aux=True)
    assert tangent == 10.0 and aux["note"] == "seen"
    whole, aux = autograd.jacobian(lambda x: (x * 2.0, "beside"), has_aux=True)(x)
    assert whole.tolist() == [[2.0, 0.0], [0.0, 2.0]] and aux == "beside"
    second, aux = autograd.hessian(f, has_aux=True)(x)
    assert second.tolist() == [[2.0, 0.0], [0.0, 2.0]] and aux["note"] == "seen"


def test_aux_inside_another_transform_still_depends() -> None:
    def outer(x: Any) -> Any:
        _, aux = autograd.grad(lambda y: (x * y, x * x), has_aux=True)(1.0)
        return aux

    assert autograd.grad(outer)(3.0) == 6.0


def test_negative_argnums_and_keywords() -> None:
    f = autograd.grad(lambda a, b, *, k: a * b**2 * k, argnums=-1)
    assert f(2.0, 3.0, k=5.0) == 60.0


def test_float32_stays_through_every_transform() -> None:
    x = np.array([0.5, -1.0, 2.0], np.float32)
    f = number(["tanh", "square"])
    results = [
        autograd.grad(f)(x), autograd.hessian(f)(x), autograd.hvp(f, x, x), autograd.jacobian(np.tanh)(x),
        autograd.vjp(np.tanh, x)[1](x)[0],
        autograd.jvp(np.tanh, (x,), (x,))[1], autograd.elementwise_grad(np.tanh)(x), autograd.value_and_grad(f)(x)[0],
        autograd.jacobian(lambda x: x[:0])(x),
    ]  # fmt: skip
    assert {np.asarray(r).dtype for r in results} == {np.dtype(np.float32)}


def test_tensors_given_give_tensors_of_the_graph() -> None:
    x = Tensor([1.0, 2.0], requires_grad=True)
    for g in (
        autograd.grad(lambda x: np.sum(x**3))(x),
        autograd.jvp(lambda x: x**3, (x,), (np.ones(2),))[1],
        autograd.vjp(lambda x: x**3, x)[1](np.ones(2))[0],
        autograd.hvp(lambda x: np.sum(x**4) / 4.0, x, np.ones(2)),
        np.diagonal(autograd.jacobian(lambda x: x**3)(x)),
    ):
        (again,) = autograd.gradients(g.sum(), [x])
        np.testing.assert_allclose(again.data, [6.0, 12.0])
    assert x.grad is None


def test_transforms_work_where_nothing_is_recorded() -> None:
    with autograd.no_grad():
        assert autograd.grad(autograd.grad(lambda x: x**3))(2.0) == 12.0
        assert autograd.jvp(lambda x: x**2, (3.0,), (1.0,)) == (9.0, 6.0)
        assert autograd.hvp(lambda x: x**3, 1.0, 2.0) == 12.0


LEFT: dict[str, Callable[[Any], Any]] = {
    "math": lambda x: math.sin(x),
    "float": lambda x: float(x) ** 2,
    "item": lambda x: x.item() * 2.0,
}


@pytest.mark.parametrize("name", LEFT)
def test_a_result_that_left_the_graph_is_told(name: str) -> None:
    for transform in (autograd.grad, autograd.jacobian):
        with pytest.warns(UserWarning, match=r"depends on no tensor, so its derivatives are 0.*np\.sin"):
            assert transform(LEFT[name])(0.5) == 0.0
    with pytest.warns(UserWarning, match="depends on no tensor"):
        autograd.vjp(LEFT[name], 0.5)


def test_a_constant_beside_other_results_is_no_reason_to_warn() -> None:
    autograd.vjp(lambda x: (x * 2.0, 7.0), 0.5)
    autograd.grad(lambda tree: 3.0)({})


# --------------------------------------------------------------------------------------------------------------- errors that teach

X = np.ones(3)
REFUSED: dict[str, tuple[Callable[[], Any], type[Exception], str]] = {
    "a number for a function": (lambda: autograd.grad(3.0), TypeError, "grad takes a function, given float"),
    "a tensor for a function": (lambda: autograd.grad(Tensor(2.0)), TypeError, r"loss.backward\(\), or autograd.gradients"),
    "a missing argument": (lambda: autograd.grad(np.sum, argnums=2)(X), ValueError, "argnums=2, but sum was given 1 positional"),
    "an argument twice": (lambda: autograd.grad(lambda x, y: x * y, argnums=(0, -2))(1.0, 1.0), ValueError, "names an argument twice"),
    "no argument": (lambda: autograd.grad(np.sum, argnums=())(X), ValueError, r"argnums=\(\)"),
    "a forgotten return": (lambda: autograd.grad(lambda x: None)(1.0), TypeError, "did you forget to return"),
    "two results": (lambda: autograd.grad(lambda x: (x, x))(1.0), TypeError, "returned a tuple of 2; has_aux=True takes"),
    "a dict of results": (lambda: autograd.grad(lambda x: {"a": x})(1.0), TypeError, "use jacobian or vjp"),
    "many numbers": (lambda: autograd.grad(lambda x: x)(X), TypeError, r"returned shape \(3,\); use jacobian"),
    "whole numbers": (lambda: autograd.grad(lambda x: 3)(1.0), TypeError, "returned int64"),
    "no aux": (lambda: autograd.grad(lambda x: x, has_aux=True)(1.0), TypeError, r"return \(value, aux\), it returned"),
    "integers inside": (lambda: autograd.grad(total)({"n": [np.arange(2)]}), TypeError, r"argument 0\['n'\]\[0\].*only floating.*argnums"),
    "text inside": (lambda: autograd.grad(total)({"w": X, "name": "b"}), TypeError, r"argument 0\['name'\] is differentiated by"),
    "loose primals": (lambda: autograd.jvp(np.sin, X, X), TypeError, r"write jvp\(f, \(x,\), \(v,\)\)"),
    "a short tangent": (lambda: autograd.jvp(np.sin, (X,), (X[:2],)), ValueError, r"tangents\[0\] has shape \(2,\).*primals\[0\], \(3,\)"),
    "a missing tangent": (lambda: autograd.jvp(np.add, (X, X), (X,)), ValueError, "tangents needs a tuple of 2, given a tuple of 1"),
    "a wrong key": (
        lambda: autograd.jvp(lambda p: p["w"], ({"w": 1.0},), ({"v": 1.0},)), ValueError, r"tangents\[0\] needs a dict with \['w'\], given",
    ),
    "a short cotangent": (lambda: autograd.vjp(np.sin, X)[1](1.0), ValueError, r"the cotangent has shape \(\).*the result, \(3,\)"),
    "a dict for a list": (lambda: autograd.jvp(sum, ([X, X],), ({"a": X, "b": X},)), ValueError, r"tangents\[0\] needs a list of 2, given"),
    "a list for a dict": (
        lambda: autograd.jvp(lambda p: p["a"] * p["b"], ({"a": X, "b": X},), ([X, X],)), ValueError, r"a dict with \['a', 'b'\], given",
    ),
    "a missing cotangent": (lambda: autograd.vjp(lambda x: (x, x), X)[1](X), ValueError, "the cotangent needs a tuple of 2, given"),
    "a complex cotangent": (lambda: autograd.vjp(np.sin, X)[1](1j * X), TypeError, "holds complex128"),
    "a v that would broadcast": (lambda: autograd.hvp(np.sum, X, 1.0), ValueError, r"v has shape \(\); it needs that of x, \(3,\)"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_errors_say_what_to_write(name: str) -> None:
    call, error, text = REFUSED[name]
    with pytest.raises(error, match=text):
        call()

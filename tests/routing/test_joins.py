"""Residual joins are found in any graph, written any way, and say what lies on their skip and trunk."""

import numpy as np
import pytest
from hypothesis import given

import autograd
from autograd import Tensor
from tests.routing.graphs import BATCH, SKIPS, SUMS, WIDTH, Drawn, Weights, dense, networks


def an_input(shape: tuple[int, ...] = (BATCH, WIDTH)) -> Tensor:
    return Tensor(np.random.default_rng(1).normal(size=shape), requires_grad=True)


def only_join(y: Tensor, wrt: Tensor | None = None):  # type: ignore[no-untyped-def]
    (join,) = autograd.routes((y * y).sum(), wrt).joins
    return join


@given(networks(branches=("dense", "one layer", "linear", "attention")))
def test_every_block_is_found_with_its_kind(net: Drawn) -> None:
    joins = autograd.routes(net.loss, net.x).joins
    assert [join.kind for join in reversed(joins)] == net.kinds
    assert [join.trunk.kind for join in reversed(joins)] == net.afters


@given(networks(branches=("dense", "one layer", "attention")))
def test_all_leaves_find_the_same_joins(net: Drawn) -> None:
    one, every = autograd.routes(net.loss, net.x).joins, autograd.routes(net.loss).joins
    assert [(a.fork, a.add, a.kind) for a in one] == [(b.fork, b.add, b.kind) for b in every]


@pytest.mark.parametrize("add", SUMS)
def test_ways_of_writing(add: str) -> None:
    x = an_input()
    join = only_join(SUMS[add](x, dense(Weights(0))(x)))
    assert join.kind == "identity" and join.fork is x.node
    assert join.shares["other"] == 0.0


def test_mean_of_a_stack_scales_by_a_half() -> None:
    x = an_input()
    join = only_join(autograd.stack([x, autograd.tanh(x)]).mean(axis=0))
    assert (join.kind, join.skip.factor) == ("scaled", 0.5)


@pytest.mark.parametrize(
    ("write", "factor"),
    [
        (lambda x: autograd.tanh(x) - x, -1.0),
        (lambda x: 0.5 * x + autograd.tanh(x), 0.5),
        (lambda x: x / 4.0 + autograd.tanh(x), 0.25),
        (lambda x: autograd.tanh(x) - 2.0 * x, -2.0),
        (lambda x: x + autograd.tanh(x) + x, 2.0),
    ],
)
def test_factors(write, factor) -> None:  # type: ignore[no-untyped-def]
    join = only_join(write(an_input()))
    assert (join.kind, join.skip.factor) == ("scaled", factor)


def test_a_learned_scale_on_the_skip() -> None:
    x, scale = an_input(), Tensor(0.7, requires_grad=True)
    join = only_join(scale * x + autograd.tanh(x))
    assert join.kind == "scaled" and join.skip.factor == pytest.approx(0.7)


def test_one_times_x_is_the_identity() -> None:
    x = an_input()
    assert only_join(1.0 * x + autograd.tanh(x)).kind == "identity"


def test_highway_gate() -> None:
    """Srivastava et al. 2015: y = T(x) H(x) + (1 - T(x)) x."""
    x, matrix, gate = an_input(), Weights(0).matrix(), Weights(1).matrix()
    t = autograd.sigmoid(x @ gate)
    join = only_join(t * autograd.tanh(x @ matrix) + (1.0 - t) * x, x)
    assert join.kind == "gated"


@pytest.mark.parametrize("kind", SKIPS)
def test_operations_on_the_skip_are_named(kind: str) -> None:
    x, weights = an_input(), Weights(3)
    join = only_join(SKIPS[kind](weights)(x) + dense(weights)(x), x)
    named = {
        "identity": (), "scaled": ("multiply",), "gated": ("multiply",), "dropout": ("multiply",),
        "padded": ("getitem", "pad_constant"), "projected": ("matmul",),
    }  # fmt: skip
    assert join.skip.operations == named[kind]


def test_several_branches_into_one_sum_are_one_join() -> None:
    x, weights = an_input(), Weights(0)
    join = only_join(x + dense(weights)(x) + dense(weights)(x))
    assert join.kind == "identity" and len(join.branches) == 2


def test_nested_joins() -> None:
    x, weights = an_input(), Weights(0)
    inner = x + dense(weights)(x)
    routes = autograd.routes((x + autograd.tanh(inner @ weights.matrix())).sum(), x)
    assert [join.kind for join in routes.joins] == ["identity", "identity"]
    assert [join.fork for join in routes.joins] == [x.node, x.node]
    assert routes.joins[1].shares["other"] != 0.0  # the outer skip is a further consumer of x


def test_long_and_short_skip_into_one_sum() -> None:
    x, weights = an_input(), Weights(0)
    h = x + dense(weights)(x)
    routes = autograd.routes((h + dense(weights)(h) + x).sum(), x)
    assert [join.kind for join in routes.joins] == ["identity"] * 3
    assert [join.fork for join in routes.joins] == [x.node, h.node, x.node]


def test_attention_block_has_two_joins() -> None:
    """Pre-norm: x + A(N(x)), then y + M(N(y))."""
    x, w = an_input(), Weights(0)

    def norm(t: Tensor) -> Tensor:
        centred = t - t.mean(axis=-1, keepdims=True)
        return centred / autograd.sqrt((centred * centred).mean(axis=-1, keepdims=True) + 1e-5)

    n = norm(x)
    attended = autograd.softmax((n @ w.matrix()) @ (n @ w.matrix()).T, axis=-1) @ (n @ w.matrix())
    with autograd.scope("encoder"):
        y = x + attended @ w.matrix()
        z = y + autograd.gelu(norm(y) @ w.matrix()) @ w.matrix()
    routes = autograd.routes((z * z).sum(), x)
    assert [join.name for join in routes.joins] == ["encoder (2)", "encoder"]
    assert [join.fork for join in routes.joins] == [y.node, x.node]


def test_parallel() -> None:
    x, w = an_input(), Weights(0)
    h = autograd.tanh(x @ w.matrix())
    (join,) = autograd.routes((autograd.tanh(h @ w.matrix()) + autograd.tanh(h @ w.matrix())).sum(), x).joins
    assert join.kind == "parallel" and join.crossings == ()
    assert join.shares["branch"] == pytest.approx(1.0)


def test_numbers_of_a_join() -> None:
    x = an_input()
    y = x + autograd.sin(x)
    join = autograd.routes((y * y).sum()).joins[0]
    g, through = 2 * y.data, 2 * y.data * np.cos(x.data)
    whole = g + through
    assert join.shares["skip"] == pytest.approx(np.vdot(g, whole) / np.vdot(whole, whole))
    assert join.norms["branch"] == pytest.approx(np.linalg.norm(through))
    assert join.cosine == pytest.approx(np.vdot(g, through) / np.linalg.norm(g) / np.linalg.norm(through))
    assert (join.norm, join.output_norm) == (pytest.approx(np.linalg.norm(whole)), pytest.approx(np.linalg.norm(g)))
    assert not join.cancels


def test_cancellation_is_named() -> None:
    x, minus = an_input(), Tensor(-np.eye(WIDTH), requires_grad=True)
    (join,) = autograd.routes((x + x @ minus).sum(), x).joins
    assert join.cancels and np.isnan(join.shares["skip"])


@pytest.mark.parametrize(("left", "cancels"), [(1e-5, False), (1e-7, True)])
def test_a_millionth_that_is_left_is_the_limit_of_shares(left: float, cancels: bool) -> None:
    """F = (left - 1) x: of skip and branch, each of norm near 1, `left` remains."""
    x = an_input()
    (join,) = autograd.routes((x + x @ Tensor((left - 1) * np.eye(WIDTH), requires_grad=True)).sum(), x).joins
    assert join.cancels is cancels
    assert join.shares["skip"] == pytest.approx(1 / left, rel=1e-6)


def test_after_add_relu_is_a_mask_on_the_trunk() -> None:
    x, w = an_input(), Weights(0)
    y = autograd.relu(x + dense(w)(x))
    z = autograd.relu(y + dense(w)(y))
    joins = autograd.routes((z * z).sum(), x).joins
    assert [(join.trunk.kind, join.trunk.operations) for join in joins] == [("mask", ("relu",))] * 2


def test_named_by_module_then_value_then_number() -> None:
    x = an_input()
    with autograd.scope("layer1"), autograd.scope("0"):
        y = x + autograd.tanh(x)
    z = y + autograd.tanh(y)
    z.name = "z"
    last = z + autograd.tanh(z)
    assert [join.name for join in autograd.routes(last.sum()).joins] == ["join 3", "z", "layer1.0"]


# ------------------------------------------------------------------------------------------------ what is not a join


def no_joins(loss: Tensor, wrt: Tensor | None = None) -> bool:
    return not autograd.routes(loss, wrt).joins


@pytest.mark.parametrize("power", ["square", "product", "absolute"])
def test_weight_penalty_is_not_a_join(power: str) -> None:
    x, w = an_input(), Weights(0).matrix()
    penalty = {"square": lambda: (w**2).sum(), "product": lambda: (w * w).sum(), "absolute": lambda: abs(w).sum()}[power]
    loss = autograd.tanh(x @ w).mean() + 0.1 * penalty()
    assert no_joins(loss) and no_joins(loss, w)


def test_sum_of_losses_is_not_a_join() -> None:
    x, w = an_input(), Weights(0)
    h = autograd.tanh(x @ w.matrix())
    assert no_joins((h @ w.matrix()).mean() + 0.3 * autograd.tanh(h).mean())
    assert no_joins(((h * h).sum(axis=1) + autograd.tanh(h).sum(axis=1)).mean())


def test_bias_is_not_a_join() -> None:
    x, bias = an_input(), Tensor(np.ones((BATCH, WIDTH)), requires_grad=True)
    assert no_joins(autograd.tanh(x @ Weights(0).matrix() + bias).sum())


def test_constant_is_not_a_join() -> None:
    assert no_joins(autograd.tanh(an_input() + np.ones((BATCH, WIDTH))).sum())


@pytest.mark.parametrize("keep", [True, False])
def test_centring_is_not_a_join(keep: bool) -> None:
    for x in (an_input(), autograd.tanh(an_input())):
        mean = x.mean(axis=1, keepdims=True)
        centred = x - (autograd.broadcast_to(mean, x.shape) if keep else mean)
        assert no_joins((centred**2).sum())


def test_shared_weight_is_not_a_join() -> None:
    w = Weights(0).matrix()
    a, b = np.ones((BATCH, WIDTH)), np.full((BATCH, WIDTH), 2.0)
    assert no_joins(autograd.tanh(a @ w + b @ w).sum()) and no_joins(autograd.tanh(a @ w + b @ w).sum(), w)
    assert no_joins((a @ w + autograd.tanh(b @ w)).sum())


def test_a_square_is_no_skip() -> None:
    h, w = autograd.tanh(an_input()), Weights(0).matrix()
    (join,) = autograd.routes((h * h + autograd.tanh(autograd.tanh(h @ w))).sum()).joins
    assert join.kind == "parallel"


def test_joins_with_one_weight_in_every_block_are_still_joins() -> None:
    x, w = an_input(), Weights(0).matrix()
    y = x @ Weights(1).matrix()
    for _ in range(3):
        y = y + autograd.tanh(y @ w)
    assert [join.kind for join in autograd.routes(y.sum()).joins] == ["identity"] * 3


def test_parameters_alone_find_the_joins() -> None:
    """As in training: the images require no gradient."""
    x, w = np.ones((BATCH, WIDTH)), Weights(0)
    y = x @ w.matrix()
    for _ in range(3):
        y = y + dense(w)(y)
    assert [join.kind for join in autograd.routes((y * y).sum()).joins] == ["identity"] * 3

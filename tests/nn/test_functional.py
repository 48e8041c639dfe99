"""The functions of networks without a second library: derivatives by differences, extremes, refusals."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

import autograd
from autograd import Tensor
from nn import functional as F

seeds = st.integers(0, 2**32 - 1)


def rows(target):
    return lambda x: F.cross_entropy(x, target)


# name: (function, shapes of its arguments); every argument is drawn away from kinks by being random.
SMOOTH = {
    "linear": (F.linear, [(2, 3), (4, 3), (4,)]),
    "linear of a vector": (F.linear, [(3,), (4, 3), (4,)]),
    "linear of a stack": (F.linear, [(2, 2, 3), (4, 3), (4,)]),
    "bilinear": (F.bilinear, [(2, 3), (2, 2), (4, 3, 2), (4,)]),
    "embedding": (lambda w: F.embedding([[0, 1, 0]], w), [(3, 2)]),
    "mse": (lambda x: F.mse_loss(x, np.ones((2, 3))), [(2, 3)]),
    "huber": (lambda x: F.huber_loss(x, np.ones((2, 3))), [(2, 3)]),
    "cross entropy": (rows([0, 2]), [(2, 3)]),
    "cross entropy of maps": (rows([[0, 2], [1, 1]]), [(2, 3, 2)]),
    "cross entropy of both": (F.cross_entropy, [(2, 3), (2, 3)]),
    "nll": (lambda x: F.nll_loss(F.log_softmax(x, 1), [0, 2]), [(2, 3)]),
    "bce": (lambda x: F.binary_cross_entropy(F.sigmoid(x), np.full((2, 3), 0.3)), [(2, 3)]),
    "bce with logits": (lambda x: F.binary_cross_entropy_with_logits(x, np.full((2, 3), 0.3)), [(2, 3)]),
    "kl": (lambda x: F.kl_div(x, np.full((2, 3), 0.3), reduction="batchmean"), [(2, 3)]),
    "layer norm": (lambda x, w, b: F.layer_norm(x, 3, w, b), [(2, 3), (3,), (3,)]),
    "rms norm": (lambda x, w: F.rms_norm(x, 3, w), [(2, 3), (3,)]),
    "batch norm": (lambda x, w, b: F.batch_norm(x, None, None, w, b, training=True), [(4, 2, 2), (2,), (2,)]),
    "group norm": (lambda x, w, b: F.group_norm(x, 2, w, b), [(2, 4, 2), (4,), (4,)]),
    "instance norm": (F.instance_norm, [(2, 2, 3)]),
    "attention": (F.scaled_dot_product_attention, [(2, 3), (4, 3), (4, 2)]),
    "bicubic": (lambda x: F.interpolate(x, 5, mode="bicubic"), [(1, 1, 3, 3)]),
    "reflected": (lambda x: F.pad(x, (1, 2), "reflect"), [(1, 1, 4)]),
    "pixel shuffle": (lambda x: F.pixel_shuffle(x, 2), [(4, 2, 3)]),
    "triplet": (F.triplet_margin_loss, [(3, 4)] * 3),
    "gelu": (F.gelu, [(3,)]),
    "mish": (F.mish, [(3,)]),
    "elu": (F.elu, [(3,)]),
    "prelu": (F.prelu, [(2, 3), (3,)]),
    "glu": (F.glu, [(2, 4)]),
}


def directional(f, arrays, directions, step):
    """The derivative of Σ f along `directions`, by central differences."""
    ahead = f(*[Tensor(a + step * d) for a, d in zip(arrays, directions, strict=True)])
    behind = f(*[Tensor(a - step * d) for a, d in zip(arrays, directions, strict=True)])
    return (ahead.data.sum() - behind.data.sum()) / (2 * step)


def gradient_norm(f):
    """x -> Σ (dΣf/dx)³: its derivative is made of f's second ones."""

    def cubes(*arrays):
        leaves = [Tensor(a.data, requires_grad=True) if a.node is None else a for a in arrays]
        parts = autograd.gradients(f(*leaves).sum(), leaves, create_graph=True, allow_unused=True)
        return sum((part**3).sum() for part in parts if part is not None)

    return cubes


@pytest.mark.parametrize("order", [1, 2])
@pytest.mark.parametrize("name", SMOOTH)
@given(seed=seeds)
def test_derivatives(name, order, seed):
    f, shapes = SMOOTH[name]
    f = f if order == 1 else gradient_norm(f)
    rng = np.random.default_rng(seed)
    arrays = [rng.normal(size=shape) for shape in shapes]
    if name == "cross entropy of both":
        arrays[1] = rng.random(shapes[1]) + 0.1
    directions = [rng.normal(size=shape) for shape in shapes]
    leaves = [Tensor(a, requires_grad=True) for a in arrays]
    total = f(*leaves).sum()
    found = autograd.gradients(total, leaves, allow_unused=True) if total.requires_grad else [None] * len(leaves)
    ours = sum((g.data * d).sum() for g, d in zip(found, directions, strict=True) if g is not None)
    theirs = directional(f, arrays, directions, 1e-5)
    scale = 1 + abs(theirs) + sum(abs(g.data * d).sum() for g, d in zip(found, directions, strict=True) if g is not None)
    assert abs(ours - theirs) < 2e-4 * scale


def test_cross_entropy_is_stable():
    for logits, loss in (([[1e4, 0.0]], 0.0), ([[0.0, 1e4]], 1e4), ([[-1e4, -1e4]], np.log(2))):
        x = Tensor(logits, requires_grad=True)
        out = F.cross_entropy(x, [0])
        out.backward()
        assert_allclose(out.item(), loss, atol=1e-12)
        assert np.isfinite(x.grad.data).all()


def test_a_masked_class_takes_no_part():
    x = Tensor([[1.0, -np.inf, 2.0]], requires_grad=True)
    out = F.cross_entropy(x, [2])
    out.backward()
    assert_allclose(out.item(), np.log1p(np.exp(-1.0)))
    assert x.grad.data[0, 1] == 0


def test_nothing_but_ignored_targets():
    x = Tensor(np.ones((2, 3)), requires_grad=True)
    out = F.cross_entropy(x, [-100, -100])
    out.backward()
    assert np.isnan(out.item())
    assert not x.grad.data.any()


def test_binary_losses_are_stable():
    x = Tensor([1e4, -1e4], requires_grad=True)
    out = F.binary_cross_entropy_with_logits(x, [1.0, 0.0])
    out.backward()
    assert out.item() == 0
    assert np.isfinite(x.grad.data).all()
    assert_allclose(F.binary_cross_entropy([0.0, 1.0], [1.0, 0.0]).item(), 100.0)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", SMOOTH)
def test_dtypes_stay(name, dtype):
    f, shapes = SMOOTH[name]
    leaves = [
        Tensor(np.linspace(0.1, 0.9, int(np.prod(shape))).reshape(shape), requires_grad=True, dtype=dtype) for shape in shapes
    ]
    out = f(*leaves)
    assert out.dtype == dtype
    out.sum().backward()
    assert all(leaf.grad.dtype == dtype for leaf in leaves)


@pytest.mark.parametrize(
    "call, words",
    [
        (lambda: F.linear(np.ones((2, 3)), np.ones((4, 2))), r"\(2, 3\).*\(4, 2\)"),
        (lambda: F.linear(np.ones(3), np.ones((4, 3)), np.ones(3)), "bias"),
        (lambda: F.mse_loss(np.ones((3, 1)), np.ones(3)), "one shape"),
        (lambda: F.cross_entropy(np.ones((2, 3)), [0, 3]), "class 3"),
        (lambda: F.cross_entropy(np.ones((2, 3)), [0]), r"\(2,\)"),
        (lambda: F.cross_entropy(np.ones((2, 3)), [0.0, 1.0]), "integers"),
        (lambda: F.cross_entropy(np.ones((2, 3)), [0, 1], weight=[1.0]), "weight"),
        (lambda: F.mse_loss([1.0], [1.0], reduction="average"), "'mean', 'sum' or 'none'"),
        (lambda: F.binary_cross_entropy([2.0], [1.0]), "with_logits"),
        (lambda: F.embedding([5], np.ones((2, 2))), r"\[0, 2\)"),
        (lambda: F.embedding([0.5], np.ones((2, 2))), "integers"),
        (lambda: F.layer_norm(np.ones((2, 3)), 4), "normalized_shape"),
        (lambda: F.group_norm(np.ones((2, 3)), 2), "groups"),
        (lambda: F.batch_norm(np.ones((1, 3)), training=True), "more than one value"),
        (lambda: F.batch_norm(np.ones((2, 3))), "running_mean"),
        (lambda: F.dropout([1.0], 1.5), "probability"),
        (lambda: F.glu(np.ones((2, 3))), "odd"),
    ],
)
def test_refusals_name_what_was_given(call, words):
    with pytest.raises((TypeError, ValueError), match=words):
        call()


@given(st.floats(0.05, 0.95), seeds)
def test_dropout_keeps_the_mean_and_masks_both_ways(p, seed):
    x = Tensor(np.ones(20_000, np.float32), requires_grad=True)
    out = F.dropout(x, p, generator=seed)
    out.sum().backward()
    assert out.dtype == np.float32
    assert_array_equal(x.grad.data, out.data)
    assert_allclose((out.data == 0).mean(), p, atol=0.02)
    assert_allclose(np.unique(out.data[out.data != 0]), [1 / (1 - p)], rtol=1e-6)


def test_dropout_off():
    x = Tensor([1.0, 2.0])
    assert_array_equal(F.dropout(x, 0.5, training=False).data, x.data)
    assert not F.dropout(x, 1.0).data.any()
    assert F.drop_path(np.ones((500, 2, 2)), 0.5, generator=0).data.mean(axis=(1, 2)).tolist().count(2.0) > 200


def test_running_statistics_follow_the_batch():
    mean, var, x = np.zeros(2), np.ones(2), np.random.default_rng(0).normal(3, 2, (50, 2, 4))
    F.batch_norm(x, mean, var, training=True, momentum=0.5)
    assert_allclose(mean, 0.5 * x.mean((0, 2)))
    assert_allclose(var, 0.5 + 0.5 * x.var((0, 2), ddof=1))


def test_an_empty_batch_has_a_gradient_of_zeros():
    weight = Tensor(np.ones((4, 3)), requires_grad=True)
    bias = Tensor(np.ones(4), requires_grad=True)
    F.linear(np.ones((0, 3)), weight, bias).sum().backward()
    assert_array_equal(weight.grad.data, np.zeros((4, 3)))
    assert_array_equal(bias.grad.data, np.zeros(4))


def test_gumbel_softmax_draws_classes_by_their_probabilities() -> None:
    logits = autograd.Tensor(np.log([[0.2, 0.3, 0.5]] * 20_000), requires_grad=True)
    hard = F.gumbel_softmax(logits, tau=0.7, hard=True, generator=np.random.default_rng(0))
    np.testing.assert_allclose(hard.data.mean(0), [0.2, 0.3, 0.5], atol=0.015)
    assert set(np.unique(hard.data.round(12))) == {0.0, 1.0}
    soft = F.gumbel_softmax(logits, tau=0.7, generator=np.random.default_rng(0))
    np.testing.assert_allclose(soft.data.sum(1), 1.0)
    np.testing.assert_array_equal(soft.data.argmax(1), hard.data.argmax(1))
    weights = np.arange(3.0)
    (straight,), (smooth,) = (autograd.gradients([(out * weights).sum()], [logits]) for out in (hard, soft))
    np.testing.assert_array_equal(straight.data, smooth.data)
    with pytest.raises(ValueError, match="tau"):
        F.gumbel_softmax(logits, tau=0.0)


@pytest.mark.parametrize("shape", [(3,), (2, 3), (5, 2, 3), (2, 4, 2, 3), (0, 3)])
def test_linear_is_a_product_for_any_number_of_leading_axes(shape):
    rng = np.random.default_rng(0)
    x, w, b = (autograd.Tensor(rng.standard_normal(s), requires_grad=True) for s in (shape, (4, 3), (4,)))
    out, g = F.linear(x, w, b), rng.standard_normal((*shape[:-1], 4))
    np.testing.assert_allclose(out.data, np.einsum("...i,oi->...o", x.data, w.data) + b.data, atol=1e-14)
    out.backward(g)
    np.testing.assert_allclose(x.grad.data, np.einsum("...o,oi->...i", g, w.data), atol=1e-14)
    np.testing.assert_allclose(w.grad.data, np.einsum("no,ni->oi", g.reshape(-1, 4), x.data.reshape(-1, 3)), atol=1e-13)
    np.testing.assert_allclose(b.grad.data, g.reshape(-1, 4).sum(0), atol=1e-13)


@pytest.mark.parametrize("padding_idx", [None, 1, -3, 3, -1])
def test_the_padding_row_of_an_embedding_gets_no_gradient_counted_from_either_end(padding_idx):
    weight = autograd.Tensor(np.arange(8.0).reshape(4, 2), requires_grad=True)
    out = F.embedding([[0, 1, 1], [3, 0, 1]], weight, padding_idx=padding_idx)
    assert out.shape == (2, 3, 2) and out.data[0, 1].tolist() == [2.0, 3.0]
    out.sum().backward()
    expected = np.array([2.0, 3.0, 0.0, 1.0])
    if padding_idx is not None:
        expected[padding_idx] = 0.0
    assert weight.grad.tolist() == np.repeat(expected[:, None], 2, 1).tolist()


def test_the_cross_entropy_of_logits_is_one_operation_and_no_join() -> None:
    """Written as a sum, (1 - t) x + softplus(-x), it would be a residual join with x as its skip."""
    x = Tensor(np.array([1000.0, -1000.0, 800.0]), requires_grad=True)
    each = F.binary_cross_entropy_with_logits(x * 1.0, np.array([1.0, 0.0, 0.0]), reduction="none")
    assert each.data.tolist() == [0.0, 0.0, 800.0]
    loss = autograd.sum(each)
    assert not autograd.routes(loss, x).joins
    loss.backward()
    assert x.grad is not None and x.grad.data.tolist() == [0.0, 0.0, 1.0]

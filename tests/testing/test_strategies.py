"""Each strategy against what it promises, by oracles that do not share its arithmetic."""

import numpy as np
import pytest
from hypothesis import Phase, find, given, settings
from hypothesis import strategies as st

import autograd
import nn.functional as F
from autograd import linalg
from autograd.testing import (
    GradientError,
    broadcastable_shapes,
    check_gradients,
    convolution_geometries,
    gradient_test,
    labels,
    near_singular,
    one_hot,
    pooling_geometries,
    residual_networks,
    tensors,
    well_conditioned,
)


def filled(shape):
    return np.random.default_rng(0).standard_normal(shape)


@settings(max_examples=300)
@given(convolution_geometries())
def test_convolutions_are_accepted_and_have_their_shape(case):
    bias = None if case.bias is None else filled(case.bias)
    convolve = getattr(F, f"conv{len(case.input) - 2}d")
    assert convolve(filled(case.input), filled(case.weight), bias, **case.options).shape == case.output
    assert min(case.output[2:]) >= 1


@pytest.mark.compare
@pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel")
@given(convolution_geometries())
def test_pytorch_accepts_the_convolutions(case):
    torch = pytest.importorskip("torch")
    bias = None if case.bias is None else torch.zeros(case.bias)
    convolve = getattr(torch.nn.functional, f"conv{len(case.input) - 2}d")
    assert convolve(torch.zeros(case.input), torch.zeros(case.weight), bias, **case.options).shape == case.output


FUNCTIONS = {"max": "max_pool", "average": "avg_pool"}


@pytest.mark.parametrize("kind", FUNCTIONS)
@settings(max_examples=300)
@given(data=st.data())
def test_poolings_are_accepted_and_have_their_shape(kind, data):
    """And no window holds padding alone: its maximum would be −∞."""
    case = data.draw(pooling_geometries(kind))
    out = getattr(F, f"{FUNCTIONS[kind]}{len(case.input) - 2}d")(filled(case.input), **case.options)
    assert out.shape == case.output and np.isfinite(out.data).all() and min(case.output[2:]) >= 1


@pytest.mark.compare
@pytest.mark.parametrize("kind", FUNCTIONS)
@given(data=st.data())
def test_pytorch_accepts_the_poolings(kind, data):
    torch = pytest.importorskip("torch")
    case = data.draw(pooling_geometries(kind))
    out = getattr(torch.nn.functional, f"{FUNCTIONS[kind]}{len(case.input) - 2}d")(torch.zeros(case.input), **case.options)
    assert out.shape == case.output and torch.isfinite(out).all()


UNUSUAL_CONVOLUTIONS = {
    "an empty batch": lambda c: c.input[0] == 0,
    "groups": lambda c: c.options["groups"] > 1,
    "an even kernel and 'same'": lambda c: c.options["padding"] == "same" and c.weight[2] % 2 == 0,
    "a stride that does not divide": lambda c: (c.input[2] - c.weight[2]) % c.options["stride"][0] > 0,
    "a stride larger than the kernel": lambda c: c.options["stride"][0] > c.weight[2],
    "dilation": lambda c: c.options["dilation"][0] > 1 and c.weight[2] > 1,
    "a kernel larger than the input": lambda c: c.weight[2] > c.input[2],
    "no bias": lambda c: c.bias is None,
}


@pytest.mark.parametrize("what", UNUSUAL_CONVOLUTIONS)
@pytest.mark.parametrize("axes", [1, 2, 3])
def test_unusual_convolutions_occur(what, axes):
    assert find(convolution_geometries(axes), UNUSUAL_CONVOLUTIONS[what])


def test_unusual_poolings_occur():
    """A window over the edge that only ceil_mode has, padding, dilation."""
    over = find(pooling_geometries(axes=1), lambda p: p.options["ceil_mode"] and (p.input[2] - 2) % p.options["stride"][0] > 0)
    assert over and find(pooling_geometries(), lambda p: max(p.options["padding"]) > 0 and max(p.options["dilation"]) > 1)
    assert find(pooling_geometries("average"), lambda p: not p.options["count_include_pad"])


@given(well_conditioned(condition=50.0), st.booleans())
def test_well_conditioned(a, _):
    values = np.linalg.svd(a.data, compute_uv=False)
    assert values[0] <= 50.0 * (1 + 1e-12) and values[-1] >= 1.0
    assert all(values[:-1] > values[1:] * 1.01)


@given(well_conditioned(symmetric=True, dtype=np.float32))
def test_symmetric_ones_are_positive_definite(a):
    assert a.dtype == np.float32 and np.array_equal(a.data, a.data.T)
    assert np.linalg.eigvalsh(a.data.astype(float)).min() > 0.99


@given(near_singular(), near_singular(3, ratio=1e-5, symmetric=True, dtype=np.float32))
def test_near_singular(a, b):
    for matrix, ratio, within in ((a, 1e-8, 1e-6), (b, 1e-5, 0.1)):
        values = np.linalg.svd(matrix.data.astype(float), compute_uv=False)
        np.testing.assert_allclose(values[[0, -1]], [1.0, ratio], rtol=within)
    assert np.array_equal(b.data, b.data.T)


def test_matrices_are_not_all_diagonal():
    for strategy in (well_conditioned(2), near_singular(2, ratio=0.1), well_conditioned(2, symmetric=True)):
        assert find(strategy, lambda a: np.abs(a.data).min() > 0.1) is not None


@given(well_conditioned(3))
def test_linear_algebra_is_checked_with_them(a):
    check_gradients(linalg.inv, a, allow_zero=True)


@given(labels((2, 3), 4, ignore_index=-100), labels(st.sampled_from([(), (0,), (2,)]), 2))
def test_labels(y, z):
    assert y.shape == (2, 3) and y.dtype == z.dtype == np.int64
    assert set(y.flat) <= {-100, 0, 1, 2, 3} and set(z.flat) <= {0, 1}


def test_every_label_occurs():
    for label in (-1, 0, 1, 2):
        assert find(labels(2, 3, ignore_index=-1), lambda y, label=label: y[1] == label) is not None


@given(one_hot((2, 2), 3), one_hot(4, 5, smoothing=0.1, dtype=np.float32))
def test_one_hot(hard, soft):
    assert hard.shape == (2, 2, 3) and ((hard.data == 0) | (hard.data == 1)).all() and (hard.data.sum(-1) == 1).all()
    assert soft.dtype == np.float32 and soft.shape == (4, 5)
    np.testing.assert_allclose(np.sort(soft.data, -1), [[0.02] * 4 + [0.92]] * 4, rtol=1e-6)


@given(residual_networks())
def test_residual_networks(network):
    """Rows in, rows out; gradients that hold, complex step and all; and every skip matters."""
    x = 0.3 * filled((2, network.width))
    assert network(x).shape == x.shape and np.isfinite(network(x).data).all()
    assert check_gradients(network, x, most=8).mode == "complex"
    assert not np.array_equal(network(x).data, network(x, residual=False).data)


@given(residual_networks(3, skips=["identity"]))
def test_their_joins_are_found(network):
    x = autograd.Tensor(0.3 * filled((2, 3)), requires_grad=True)
    assert len(autograd.routes(network(x).sum()).joins) == network.joins


def test_every_form_of_network_occurs():
    for skip in ("identity", "scaled", "gated", "projected"):
        assert find(residual_networks(), lambda net, skip=skip: any(block.skip == skip for block in net.blocks))
    assert find(residual_networks(), lambda net: any(b.inner and b.after and not b.skip_first for b in net.blocks))
    assert find(residual_networks(), lambda net: True).joins == 1


@pytest.mark.parametrize("call, message", [
    (lambda: convolution_geometries(4), "1, 2 or 3 spatial axes"),
    (lambda: pooling_geometries("min"), "kind is one of"),
    (lambda: well_conditioned(condition=1.0), "above 1"),
    (lambda: near_singular(ratio=1e-8, dtype=np.float32), "in float32, at least 1.2e-06"),
    (lambda: near_singular(1), "side is at least 2"),
    (lambda: labels(3, 0), "at least 1"),
    (lambda: one_hot(3, 2, smoothing=1.5), "from 0 to 1"),
    (lambda: residual_networks(skips=["plain"]), "skips are of"),
    (lambda: residual_networks(max_blocks=0), "max_blocks is at least 1"),
])  # fmt: skip
def test_what_cannot_be_drawn_is_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_tensors_that_belong_together_are_drawn_as_one_argument():
    """A composite strategy's tuple is opened: its tensors are checked, by names that say where they lie."""
    @st.composite
    def pairs(draw):
        first, second = draw(broadcastable_shapes(2))
        return {"x": draw(tensors(first)), "rest": (draw(tensors(second)), 3)}

    quick = settings(max_examples=10, derandomize=True, database=None, phases=[Phase.generate])
    quick(gradient_test(pair=pairs())(lambda pair: pair["x"] * pair["rest"][0] ** pair["rest"][1]))()
    with pytest.raises(GradientError, match=r"pair\['rest'\]\[0\], index .*: the gradient is 0\.0"):
        quick(gradient_test(pair=pairs())(lambda pair: pair["x"] + pair["rest"][0].detach()))()

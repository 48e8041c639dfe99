"""Convolution kernels against one-element-at-a-time loops, SciPy, and each other."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy.signal import correlate

from autograd.kernels import convolve, convolve_input, convolve_weight, sliding, transposed_size
from tests.kernels.geometries import ORDERS, SEEDS, convolutions, naive_convolve, random_array

DTYPES = st.sampled_from([np.float32, np.float64, np.complex128])


def close(actual, expected):
    assert actual.dtype == expected.dtype
    assert actual.shape == expected.shape
    tolerance = 1e-4 if actual.dtype == np.float32 else 1e-12
    assert_allclose(actual, expected, rtol=tolerance, atol=tolerance * 10)


@given(convolutions(), SEEDS, DTYPES, ORDERS, ORDERS)
def test_equals_the_naive_loop(case, seed, dtype, x_order, w_order):
    x_shape, w_shape, options = case
    x, w = random_array(seed, x_shape, dtype, x_order), random_array(seed + 1, w_shape, dtype, w_order)
    before = x.copy(), w.copy()
    close(convolve(x, w, **options), naive_convolve(x, w, **options))
    assert (x == before[0]).all() and (w == before[1]).all()


@given(st.integers(1, 3), st.data(), SEEDS)
def test_equals_scipy(axes, data, seed):
    size = data.draw(st.tuples(*[st.integers(3, 6)] * axes))
    kernel = data.draw(st.tuples(*[st.integers(1, 3)] * axes))
    x, w = random_array(seed, (2, 3, *size)), random_array(seed + 1, (4, 3, *kernel))
    expected = [[sum(correlate(c, k, "valid") for c, k in zip(n, o, strict=True)) for o in w] for n in x]
    close(convolve(x, w), np.array(expected))


@given(convolutions(), SEEDS, DTYPES, ORDERS)
def test_the_three_are_one_trilinear_form(case, seed, dtype, order):
    """sum(g * convolve(x, w)) is the same whichever argument is left out: this is what adjoint means."""
    x_shape, w_shape, options = case
    x, w = random_array(seed, x_shape, dtype), random_array(seed + 1, w_shape, dtype)
    out = convolve(x, w, **options)
    g = random_array(seed + 2, out.shape, dtype, order)
    by_input = convolve_input(g, w, x_shape, **options)
    by_weight = convolve_weight(g, x, w_shape, **options)
    assert by_input.shape == x_shape and by_weight.shape == w_shape
    assert by_input.dtype == by_weight.dtype == dtype
    tolerance = (1e-3 if dtype == np.float32 else 1e-11) * (1 + np.abs(g * out).sum())
    assert abs((g * out).sum() - (by_input * x).sum()) < tolerance
    assert abs((g * out).sum() - (by_weight * w).sum()) < tolerance


@given(convolutions(), SEEDS)
def test_gradient_by_input_holds_the_weights(case, seed):
    """A gradient of one at a single place brings back the weights that met it: adjoint, entry by entry."""
    x_shape, w_shape, options = case
    x, w = random_array(seed, x_shape), random_array(seed + 1, w_shape)
    out = convolve(x, w, **options)
    if not out.size:
        return
    place = np.unravel_index(seed % out.size, out.shape)
    g = np.zeros(out.shape)
    g[place] = 1.0
    assert_allclose((convolve_input(g, w, x_shape, **options) * x).sum(), out[place], atol=1e-11)
    assert_allclose((convolve_weight(g, x, w_shape, **options) * w).sum(), out[place], atol=1e-11)


@pytest.mark.parametrize("order", [1, 3])
def test_large_batches_go_in_parts(order):
    x, w = random_array(0, (40, 8, 32, 32)), random_array(1, (8, 8, 3, 3))
    whole = convolve(x, w, padding=order)
    close(whole[17:18], convolve(x[17:18], w, padding=order))
    parts = [convolve_weight(whole[n : n + 1], x[n : n + 1], w.shape, padding=order) for n in range(40)]
    assert_allclose(convolve_weight(whole, x, w.shape, padding=order), sum(parts), rtol=1e-10)


def test_padding_by_name():
    assert convolve(np.ones((1, 1, 5, 6)), np.ones((1, 1, 4, 3)), padding="same").shape == (1, 1, 5, 6)
    assert convolve(np.ones((1, 1, 5, 6)), np.ones((1, 1, 4, 3)), padding="valid").shape == (1, 1, 2, 4)


@given(convolutions(axes=2), st.data())
def test_transposed_size_inverts_the_output_size(case, data):
    x_shape, w_shape, options = case
    del options["groups"]
    window = sliding(x_shape[2:], w_shape[2:], **options)
    rest = [
        (n + sum(p) - (d * (k - 1) + 1)) % s
        for n, p, d, k, s in zip(window.size, window.padding, window.dilation, window.kernel, window.stride, strict=True)
    ]
    assert transposed_size(window.output, w_shape[2:], output_padding=rest, **options) == x_shape[2:]


@pytest.mark.parametrize(
    "x_shape, w_shape, options, says",
    [
        ((1, 3, 5, 5), (4, 3, 3), {}, "same number of axes"),
        ((1, 3), (4, 3), {}, "same number of axes"),
        ((1, 3, 5, 5), (4, 2, 3, 3), {}, "needs 2 channels"),
        ((1, 4, 5, 5), (3, 2, 3, 3), {"groups": 2}, "groups must divide 3"),
        ((1, 3, 5, 5), (4, 3, 6, 3), {}, "does not fit"),
        ((1, 3, 5, 5), (4, 3, 3, 3), {"stride": 0}, "at least 1"),
        ((1, 3, 5, 5), (4, 3, 3, 3), {"padding": -1}, "at least 0"),
        ((1, 3, 5, 5), (4, 3, 3, 3), {"padding": (1, 2, 3)}, "give 1 or 2"),
        ((1, 3, 5, 5), (4, 3, 3, 3), {"padding": "full"}, '"same" and "valid"'),
        ((1, 3, 5, 5), (4, 3, 3, 3), {"padding": "same", "stride": 2}, "needs stride 1"),
        ((1, 3, 5, 5), (4, 3, 3, 3), {"padding": ((1, 2, 3), (1, 1))}, "pairs"),
    ],
)
def test_refuses_what_does_not_belong_together(x_shape, w_shape, options, says):
    with pytest.raises(ValueError, match=says):
        convolve(np.zeros(x_shape), np.zeros(w_shape), **options)


def test_refuses_a_gradient_of_another_shape():
    with pytest.raises(ValueError, match="g has shape"):
        convolve_input(np.zeros((1, 4, 5, 5)), np.zeros((4, 3, 3, 3)), (1, 3, 5, 5))
    with pytest.raises(ValueError, match="g has shape"):
        convolve_weight(np.zeros((1, 4, 5, 5)), np.zeros((1, 3, 5, 5)), (4, 3, 3, 3))

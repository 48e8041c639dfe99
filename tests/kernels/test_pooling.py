"""Pooling, unfold and fold against loops over windows, and each linear map against its adjoint."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from autograd import kernels
from autograd.kernels import (
    fold,
    max_pool,
    max_pool_indices,
    max_pool_input,
    max_pool_output,
    pool_window,
    unfold,
)
from tests.kernels.geometries import ORDERS, SEEDS, elements, random_array, windows

SMALL = st.sampled_from([1, 2, 1000])


def with_ties(seed, shape, levels, order="C"):
    """Integers of few levels: many equal maxima."""
    return np.round(random_array(seed, shape, order=order) * levels)


@given(windows(half_padding=True, ceil=True), SEEDS, SMALL, ORDERS)
def test_max_pool_and_its_gradient(case, seed, levels, order):
    size, kernel, options = case
    x = with_ties(seed, (2, 2, *size), levels, order)
    out, index = max_pool(x, kernel, **options), max_pool_indices(x, kernel, **options)
    g = random_array(seed + 1, out.shape)
    expected = np.zeros(x.shape)
    for place, inside in elements(x.shape, pool_window(x.shape, kernel, **options)):
        if not inside:  # between two taps of a dilated kernel
            assert (out[(..., *place)] == -np.inf).all()
            continue
        values = np.stack([x[(..., *i)] for i in inside], -1)
        assert (out[(..., *place)] == values.max(-1)).all()
        flat = np.ravel_multi_index(np.transpose(inside), size)
        assert (index[(..., *place)] == flat[values.argmax(-1)]).all()
        hits = values == values.max(-1, keepdims=True)
        for i, hit in zip(inside, np.moveaxis(hits / hits.sum(-1, keepdims=True), -1, 0), strict=True):
            expected[(..., *i)] += g[(..., *place)] * hit
    assert_allclose(max_pool_input(g, x, kernel, **options), expected, atol=1e-12)
    v = random_array(seed + 2, x.shape)
    assert_allclose((max_pool_output(v, x, kernel, **options) * g).sum(), (v * expected).sum(), atol=1e-10)


@given(
    windows(dilated=False, half_padding=True, ceil=True),
    SEEDS,
    st.booleans(),
    st.sampled_from([None, 3, -2]),
    ORDERS,
)
def test_average_pool_and_its_adjoint(case, seed, include, override, order):
    size, kernel, options = case
    options |= {"count_include_pad": include, "divisor_override": override}
    x = random_array(seed, (2, 2, *size), order=order)
    out = kernels.average_pool(x, kernel, **options)
    window = pool_window(x.shape, kernel, options["stride"], options["padding"], 1, options["ceil_mode"])
    for place, inside in elements(x.shape, window):
        total = sum(x[(..., *i)] for i in inside)
        assert_allclose(out[(..., *place)] * divisor(window, place, len(inside), include, override), total, atol=1e-12)
    g = random_array(seed + 1, out.shape)
    spread = kernels.average_pool_input(g, x.shape, kernel, **options)
    assert_allclose((spread * x).sum(), (g * out).sum(), atol=1e-10)


def divisor(window, place, inside, include, override):
    if override is not None:
        return override
    if not include:
        return inside
    per_axis = [
        min(p * s + k, n + sum(pad)) - p * s
        for p, s, k, n, pad in zip(place, window.stride, window.kernel, window.size, window.padding, strict=True)
    ]
    return np.prod(per_axis)


@given(windows(), SEEDS, ORDERS)
def test_unfold_and_fold(case, seed, order):
    size, kernel, options = case
    x = random_array(seed, (2, 3, *size), order=order)
    columns = unfold(x, kernel, **options)
    padded = np.pad(x, [(0, 0), (0, 0), *options["padding"]])
    output = kernels.sliding(size, kernel, **options).output
    number = seed % int(np.prod(output))
    corner = [p * s for p, s in zip(np.unravel_index(number, output), options["stride"], strict=True)]
    window = tuple(slice(c, c + d * (k - 1) + 1, d) for c, d, k in zip(corner, options["dilation"], kernel, strict=True))
    assert (columns[:, :, number].reshape(2, 3, *kernel) == padded[(..., *window)]).all()
    v = random_array(seed + 1, columns.shape)
    assert_allclose((fold(v, size, kernel, **options) * x).sum(), (v * columns).sum(), atol=1e-9)


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.complex128])
def test_dtype_is_kept(dtype):
    x = random_array(0, (1, 2, 6, 6), dtype)
    g = random_array(1, (1, 2, 3, 3), dtype)
    results = [
        max_pool(x, 2),
        max_pool_input(g, x, 2),
        max_pool_output(x, x, 2),
        kernels.average_pool(x, 2),
        kernels.average_pool_input(g, x.shape, 2),
        unfold(x, 2),
        fold(unfold(x, 2), (6, 6), 2),
    ]
    assert {r.dtype for r in results} == {np.dtype(dtype)}


def test_nan_wins_and_minus_infinity_is_an_ordinary_maximum():
    x = np.array([[[np.nan, 1.0, -np.inf, -np.inf]]])
    assert np.isnan(max_pool(x, 2)[0, 0, 0])
    assert max_pool_indices(x, 2).tolist() == [[[0, 2]]]
    gradient = max_pool_input(np.ones((1, 1, 2)), x, 2)[0, 0]
    assert np.isnan(gradient[:2]).all() and gradient[2:].tolist() == [0.5, 0.5]


def test_padding_takes_no_share():
    x = np.full((1, 1, 2), -np.inf)
    assert max_pool_input(np.ones((1, 1, 2)), x, 2, stride=2, padding=1)[0, 0].tolist() == [1.0, 1.0]
    assert max_pool_indices(x, 2, stride=2, padding=1).tolist() == [[[0, 1]]]


def test_a_window_of_nothing_but_padding_changes_with_nothing():
    """Two taps, one on either side of the only element."""
    x, options = np.ones((1, 1, 1)), {"stride": 1, "padding": 1, "dilation": 2}
    assert max_pool(x, 2, **options).tolist() == [[[-np.inf]]]
    assert max_pool_input(np.ones((1, 1, 1)), x, 2, **options).tolist() == [[[0.0]]]
    assert max_pool_output(np.ones((1, 1, 1)), x, 2, **options).tolist() == [[[0.0]]]


def test_integers_pool():
    assert max_pool(np.array([[[-3, -5, -9]]]), 2, padding=1).tolist() == [[[-3, -5]]]


def test_refusals():
    with pytest.raises(ValueError, match="at most half"):
        max_pool(np.zeros((1, 1, 5)), 3, padding=2)
    with pytest.raises(ValueError, match="must not be zero"):
        kernels.average_pool(np.zeros((1, 1, 5)), 3, divisor_override=0)
    with pytest.raises(ValueError, match="columns of shape"):
        fold(np.zeros((1, 4, 3)), (2, 3), 2)

"""Convolution, pooling, batch norm and ReLU on the padded layout, with NumPy and compiled, against plain references."""

from unittest import mock

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from autograd import kernels
from autograd.kernels import convolve, convolve_input, convolve_weight, elementwise, layout
from autograd.kernels.layout import is_padded, plain, to_padded
from tests.kernels.geometries import SEEDS, convolutions, naive_convolve, random_array, windows
from tests.kernels.test_layout import assert_clean

pytestmark = pytest.mark.usefixtures("mode", "always_padded")
# The fixtures choose kernels; they hold for all examples.
per_mode = settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], deadline=None)
FORMS = st.sampled_from(["array", "padded", "wide"])
DTYPES = st.sampled_from([np.float32, np.float64, np.complex128])


def in_form(x, form):
    return x if form == "array" else to_padded(x, 1 if form == "padded" else 3)


def close(actual, expected, scale=1.0):
    if is_padded(actual):
        assert_clean(actual)
    assert actual.shape == expected.shape and actual.dtype == expected.dtype
    tolerance = (2e-5 if actual.dtype == np.float32 else 1e-12) * scale
    assert_allclose(plain(actual), expected, rtol=tolerance, atol=tolerance)


@per_mode
@given(convolutions(axes=2), SEEDS, FORMS, DTYPES)
def test_any_convolution(case, seed, form, dtype):
    x_shape, w_shape, options = case
    check_convolution(x_shape, w_shape, options, seed, form, dtype)


@st.composite
def same_size(draw):
    """The geometries that stay on the flat layout: the output is input size / stride."""
    groups, inner, outer = draw(st.sampled_from([(1, 3, 2), (1, 2, 8), (1, 8, 9), (2, 4, 8), (3, 1, 1), (4, 1, 2), (2, 3, 5)]))
    kernel = draw(st.sampled_from([(1, 1), (3, 3), (5, 5), (3, 1), (2, 2), (4, 3)]))
    stride = draw(st.sampled_from([1, 1, 2, 3]))
    dilation = draw(st.integers(1, 2)) if stride == 1 else 1
    size = draw(st.tuples(st.integers(1, 9), st.integers(1, 9)))
    padding = []
    for n, k in zip(size, kernel, strict=True):
        reach = dilation * (k - 1)
        total = max((-(-n // stride) - 1) * stride + reach + 1 - n, 0)
        before = draw(st.integers(0, total))
        padding.append((before, total - before))
    options = {"stride": stride, "padding": tuple(padding), "dilation": dilation, "groups": groups}
    return (draw(st.integers(0, 4)), inner * groups, *size), (outer * groups, inner, *kernel), options


@per_mode
@given(same_size(), SEEDS, FORMS, DTYPES)
def test_convolution_on_the_flat_layout(case, seed, form, dtype):
    x_shape, w_shape, options = case
    check_convolution(x_shape, w_shape, options, seed, form, dtype)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_phase_of_one_tap_that_lies_before_its_pixel(dtype):
    """Stride 3, padding (0, 2) and (1, 1): a 1 x 1 convolution of a phase, but shifted."""
    options = {"stride": 3, "padding": ((0, 2), (1, 1)), "dilation": 1, "groups": 1}
    check_convolution((1, 3, 1, 4), (2, 3, 3, 3), options, 0, "array", dtype)


def check_convolution(x_shape, w_shape, options, seed, form, dtype):
    x, w = random_array(seed, x_shape, dtype), random_array(seed + 1, w_shape, dtype)
    window = kernels.convolution_window(x_shape, w_shape, **options)
    full = {"stride": window.stride, "padding": window.padding, "dilation": window.dilation, "groups": options["groups"]}
    expected = naive_convolve(x, w, **full)
    result = convolve(in_form(x, form), w, **options)
    close(result, expected, 10)
    assert is_padded(result)
    g = random_array(seed + 2, expected.shape, dtype)
    gradient = convolve_input(in_form(g, "padded" if form == "wide" else form), w, x_shape, **options)
    weight = convolve_weight(in_form(g, "padded"), in_form(x, form), w_shape, **options)
    wide = dtype if dtype != np.float32 else np.float64
    form_of = (g.astype(wide) * expected.astype(wide)).sum()
    scale = (1e-4 if dtype == np.float32 else 1e-12) * (1 + np.abs(g * expected).sum() * 3)
    assert abs((plain(gradient).astype(wide) * x).sum() - form_of) < scale
    assert abs((weight.astype(wide) * w).sum() - form_of) < scale
    if is_padded(gradient):
        assert_clean(gradient)
    # entry by entry: the general kernels, on ordinary arrays
    reference = general_gradients(g, x, w, window, options["groups"])
    close(gradient, reference[0], 30)
    close(weight, reference[1], 100)


def general_gradients(g, x, w, window, groups):
    from autograd.kernels import general

    return (
        general.convolve_input(g, w, window, groups, np.empty(x.shape, g.dtype)),
        general.convolve_weight(g, x, window, groups),
    )


@per_mode
@given(SEEDS, st.sampled_from([(2, 16, 9, 11), (1, 40, 5, 7), (60, 3, 20, 3)]), st.sampled_from([1, 2]), st.sampled_from([3, 5]))
def test_several_tiles(seed, shape, stride, kernel):
    x, w = random_array(seed, shape, np.float32), random_array(seed + 1, (17, shape[1], kernel, kernel), np.float32)
    options = {"stride": stride, "padding": kernel // 2}
    narrow = [convolve(x[n : n + 1], w, **options) for n in range(len(x))]
    close(convolve(to_padded(x), w, **options), np.concatenate([plain(y) for y in narrow]), 10)


@per_mode
@given(windows(axes=2, half_padding=True, ceil=True), SEEDS, st.sampled_from([1, 1000]), FORMS, st.booleans())
def test_max_pool(case, seed, levels, form, with_nan):
    size, kernel, options = case
    x = np.round(random_array(seed, (2, 3, *size), np.float32) * levels)
    if with_nan:
        x.flat[seed % x.size] = np.nan
    out = kernels.max_pool(in_form(x, form), kernel, **options)
    wide = x.astype(np.float64)
    close(out, kernels.max_pool(wide, kernel, **options).astype(np.float32))
    g = random_array(seed + 1, out.shape, np.float32)
    dx = kernels.max_pool_input(in_form(g, form), in_form(x, form), kernel, **options)
    close(dx, plain(kernels.max_pool_input(g.astype(float), wide, kernel, **options)).astype(np.float32))


@per_mode
@given(windows(axes=2, dilated=False, half_padding=True, ceil=True), SEEDS, FORMS)
def test_average_pool(case, seed, form):
    size, kernel, options = case
    x = random_array(seed, (2, 3, *size))
    out = kernels.average_pool(in_form(x, form), kernel, **options)
    g = random_array(seed + 1, out.shape)
    dx = kernels.average_pool_input(in_form(g, form), x.shape, kernel, **options)
    for result in (out, dx):
        assert_clean(result)
    assert_allclose((plain(dx) * x).sum(), (g * plain(out)).sum(), atol=1e-10)


SHAPES = st.tuples(st.integers(1, 4), st.integers(1, 3), st.integers(2, 5), st.integers(1, 5))


def reference_norm(x, weight, bias, eps, relu):
    axes = (0, *range(2, x.ndim))
    column = (slice(None), *(None,) * (x.ndim - 2))
    mean, variance = x.mean(axis=axes), ((x - x.mean(axis=axes, keepdims=True)) ** 2).mean(axis=axes)
    y = (x - mean[column]) / np.sqrt(variance + eps)[column] * weight[column] + bias[column]
    return np.where(y.real > 0, y, 0) if relu else y, mean, variance


@per_mode
@given(SHAPES, SEEDS, FORMS, st.booleans(), st.sampled_from([np.float32, np.float64]), st.sampled_from([0.0, 100.0]))
def test_batch_norm(shape, seed, form, relu, dtype, offset):
    x = (random_array(seed, shape) + offset).astype(dtype)
    weight, bias = random_array(seed + 1, shape[1:2], dtype), random_array(seed + 2, shape[1:2], dtype)
    expected = reference_norm(x.astype(float), weight.astype(float), bias.astype(float), 1e-2, relu)
    results = kernels.batch_norm(in_form(x, form), weight, bias, 1e-2, relu)
    for result, reference in zip(results, expected, strict=True):
        close(result, reference.astype(dtype), 10 + 20 * offset)
    y = kernels.normalise(in_form(x, form), results[1], results[2], weight, bias, 1e-2, relu)
    close(y, expected[0].astype(dtype), 10 + 100 * offset)


@per_mode
@given(SHAPES, SEEDS, FORMS, st.booleans(), st.sampled_from([np.float32, np.float64]))
def test_batch_norm_gradients(shape, seed, form, relu, dtype):
    """By complex step: the derivative of sum(g * y) along random directions of x, weight and bias."""
    x, g = random_array(seed, shape), random_array(seed + 1, shape)
    weight, bias = random_array(seed + 2, shape[1:2]), random_array(seed + 3, shape[1:2])
    values = x, weight, bias
    ways = random_array(seed + 4, shape), random_array(seed + 5, shape[1:2]), random_array(seed + 6, shape[1:2])
    given_ = [v.astype(dtype) for v in values]
    gradients = kernels.batch_norm_gradients(in_form(g.astype(dtype), form), in_form(given_[0], form), *given_[1:], 1e-2, relu)
    if is_padded(gradients[0]):
        assert_clean(gradients[0])
    for number, (gradient, way) in enumerate(zip(gradients, ways, strict=True)):
        assert gradient.dtype == dtype
        step = [v + 1e-30j * way if i == number else v.astype(complex) for i, v in enumerate(values)]
        out = reference_norm(*step, 1e-2, False)[0]
        passed = np.where(out.real > 0, out, 0) if relu else out
        slope = (g * passed.imag).sum() / 1e-30
        tolerance = 2e-3 if dtype == np.float32 else 1e-9
        assert_allclose((plain(gradient) * way).sum(), slope, rtol=tolerance, atol=10 * tolerance)


@per_mode
@given(SHAPES, SEEDS, FORMS, st.sampled_from([np.float32, np.float64]))
def test_the_gradient_passes_where_the_forward_was_positive(shape, seed, form, dtype):
    """To the last bit, though the backward finds it again from x: dL/dbias counts the places."""
    x, (weight, bias) = in_form(random_array(seed, shape, dtype), form), random_array(seed + 1, (2, shape[1]), dtype)
    y = kernels.batch_norm(x, weight, bias, relu=True)[0]
    by_bias = kernels.batch_norm_gradients(in_form(np.ones(shape, dtype), form), x, weight, bias, relu=True)[2]
    assert by_bias.tolist() == (plain(y) > 0).sum((0, 2, 3)).tolist()


def test_batch_norm_of_nan_leaves_the_padding_clean():
    for value in (np.nan, np.inf):
        x = random_array(0, (2, 3, 4, 5), np.float32)
        x[0, 1, 2, 3] = value
        with np.errstate(invalid="ignore"):
            y = kernels.batch_norm(to_padded(x), np.ones(3, np.float32), np.zeros(3, np.float32))[0]
            dx = kernels.batch_norm_gradients(y, to_padded(x), np.ones(3, np.float32), np.zeros(3, np.float32))[0]
        for result in (y, dx):
            assert_clean(result)
            assert np.isnan(plain(result)[:, 1]).all() and np.isfinite(plain(result)[:, ::2]).all()


@pytest.mark.parametrize("shape", [(5, 3), (4, 3, 7), (2, 3, 2, 3, 4), (300, 2, 40, 40)])
def test_batch_norm_of_other_ranks_and_blocks(shape):
    x, weight, bias = random_array(0, shape), random_array(1, (shape[1],)), random_array(2, (shape[1],))
    for result, reference in zip(kernels.batch_norm(x, weight, bias), reference_norm(x, weight, bias, 1e-5, False), strict=True):
        assert_allclose(result, reference, atol=1e-11)


def test_batch_norm_is_analytic():
    x = random_array(0, (3, 2, 4), np.complex128)
    y, mean, _ = kernels.batch_norm(x, np.ones(2), np.zeros(2))
    assert_allclose(y, reference_norm(x, np.ones(2), np.zeros(2), 1e-5, False)[0], atol=1e-13)
    assert_allclose(mean, x.mean((0, 2)), atol=1e-14)


def test_statistics_of_many_numbers_in_float32():
    x = to_padded((random_array(0, (64, 2, 64, 64)) + [[[3.0]], [[300.0]]]).astype(np.float32))
    _, mean, variance = kernels.batch_norm(x, np.ones(2, np.float32), np.zeros(2, np.float32))
    exact = plain(x).astype(float)
    assert_allclose(mean, exact.mean((0, 2, 3)), rtol=2e-6)
    assert_allclose(variance, exact.var((0, 2, 3)), rtol=2e-5)


@per_mode
@given(SHAPES, SEEDS, FORMS, st.sampled_from([np.float32, np.float64]), st.sampled_from([1, 1 << 13]))
def test_relu(shape, seed, form, dtype, large):
    x = np.round(random_array(seed, shape, dtype))
    g = random_array(seed + 1, shape, dtype)
    with mock.patch.object(elementwise, "LARGE", large):
        out = kernels.relu(in_form(x, form))
        dx = kernels.relu_input(in_form(g, form), out)
    close(out, np.maximum(x, 0))
    close(dx, np.where(x > 0, g, 0).astype(dtype))
    for result in filter(is_padded, (out, dx)):
        assert_clean(result)


@per_mode
@given(st.integers(1, 3 * elementwise.BLOCK), SEEDS)
def test_relu_of_rows(size, seed):
    x = random_array(seed, (size,), np.float32)
    with mock.patch.object(elementwise, "LARGE", 1):
        out = kernels.relu(x)
        assert (out == np.maximum(x, 0)).all() and (kernels.relu_input(x, out) == x * (x > 0)).all()


@per_mode
@given(st.integers(1, 99), SEEDS, st.sampled_from([np.float32, np.float64]), st.sampled_from([1, 1 << 13]))
def test_a_step_downhill(size, seed, dtype, large):
    values, step = random_array(seed, (2, size), dtype)
    expected = values - 0.3 * step
    with mock.patch.object(elementwise, "LARGE", large):
        kernels.descend(values, 0.3, step)
    assert values.tobytes() == expected.tobytes()  # how large an array is decides who computes, and may decide nothing else


def test_read_only_arrays_are_read():
    x = random_array(0, (4, 1 << 13), np.float32)
    x.flags.writeable = False
    out = kernels.relu(x)
    out.flags.writeable = False
    assert (out == np.maximum(x, 0)).all() and (kernels.relu_input(x, out) == x * (x > 0)).all()
    with pytest.raises(ValueError, match="read-only"):
        kernels.descend(x, 0.5, x)


def test_relu_keeps_nan():
    x = to_padded(np.array([[[[np.nan, -1.0, 2.0]]]], np.float32))
    assert np.isnan(kernels.relu(x)[0, 0, 0, 0]) and plain(kernels.relu(x))[0, 0, 0, 1:].tolist() == [0.0, 2.0]


@pytest.mark.parametrize("value", [np.nan, np.inf])
@pytest.mark.parametrize("stride", [1, 2])
@pytest.mark.parametrize("place", [(0, 0), (0, 5), (5, 0), (5, 5), (3, 5), (3, 0), (2, 2)])
def test_a_pixel_that_is_not_finite_reaches_the_taps_that_meet_it(value, stride, place):
    """At an edge there are taps that never do: their gradients stay finite."""
    x, g = random_array(0, (2, 8, 6, 6), np.float32), random_array(1, (2, 12, 6 // stride, 6 // stride), np.float32)
    x[(1, 3, *place)] = value
    with np.errstate(invalid="ignore"):
        w = convolve_weight(to_padded(g), to_padded(x), (12, 8, 3, 3), stride=stride, padding=1)
    meets = np.zeros((8, 3, 3), bool)
    meets[3] = [[all((p + 1 - tap) % stride == 0 and 0 <= p + 1 - tap < 6 for p, tap in zip(place, taps, strict=True))
                 for taps in ((i, j) for j in range(3))] for i in range(3)]
    assert (~np.isfinite(w) == meets).all()


def test_small_images_stay_ordinary(monkeypatch):
    monkeypatch.setattr(layout, "SMALL", 4096)
    x, w = np.ones((1, 2, 4, 4)), np.ones((2, 2, 3, 3))
    assert not is_padded(convolve(x, w, padding=1))
    assert is_padded(convolve(to_padded(x), w, padding=1))
    assert is_padded(convolve(np.ones((4, 2, 32, 32)), w, padding=1))

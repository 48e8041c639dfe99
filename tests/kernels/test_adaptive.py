"""Adaptive pooling: against windows where the sizes divide, against its own adjoints, against PyTorch."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from autograd import kernels
from tests.kernels.geometries import SEEDS, random_array

SIZES = st.lists(st.tuples(st.integers(1, 6), st.integers(1, 5)), min_size=1, max_size=3)


@given(st.lists(st.tuples(st.integers(1, 3), st.integers(1, 3)), min_size=1, max_size=3), SEEDS)
def test_is_ordinary_pooling_where_sizes_divide(cells, seed):
    kernel, output = zip(*cells, strict=True)
    x = random_array(seed, (2, 2, *np.multiply(kernel, output)))
    g = random_array(seed + 1, (2, 2, *output))
    assert_allclose(kernels.adaptive_average_pool(x, output), kernels.average_pool(x, kernel), atol=1e-14)
    assert (kernels.adaptive_max_pool(x, output) == kernels.max_pool(x, kernel)).all()
    assert (kernels.adaptive_max_pool_indices(x, output) == kernels.max_pool_indices(x, kernel)).all()
    assert_allclose(kernels.adaptive_max_pool_input(g, x), kernels.max_pool_input(g, x, kernel), atol=1e-14)


@given(SIZES, SEEDS, st.sampled_from([1, 100]))
def test_adjoints(cells, seed, levels):
    size, output = zip(*cells, strict=True)
    x = np.round(random_array(seed, (2, 2, *size)) * levels)
    v, g = random_array(seed + 1, x.shape), random_array(seed + 2, (2, 2, *output))
    spread = kernels.adaptive_average_pool_input(g, x.shape)
    assert_allclose((spread * v).sum(), (g * kernels.adaptive_average_pool(v, output)).sum(), atol=1e-11)
    spread = kernels.adaptive_max_pool_input(g, x)
    assert_allclose((spread * v).sum(), (g * kernels.adaptive_max_pool_output(v, x, output)).sum(), atol=1e-11)
    assert_allclose((spread * x).sum(), (g * kernels.adaptive_max_pool(x, output)).sum(), atol=1e-9)


def test_dtype_is_kept_and_ties_share():
    x = np.ones((1, 1, 3), np.float32)
    spread = kernels.adaptive_max_pool_input(np.ones((1, 1, 2), np.float32), x)
    assert spread.dtype == np.float32 and spread.tolist() == [[[0.5, 1.0, 0.5]]]
    assert kernels.adaptive_average_pool(x, 2).dtype == np.float32


@pytest.mark.compare
@given(SIZES, SEEDS)
def test_torch(cells, seed):
    torch = pytest.importorskip("torch")
    size, output = zip(*cells, strict=True)
    x = random_array(seed, (2, 2, *size))
    functional = torch.nn.functional
    average = getattr(functional, f"adaptive_avg_pool{len(size)}d")
    largest = getattr(functional, f"adaptive_max_pool{len(size)}d")
    t = torch.from_numpy(x).requires_grad_()
    assert_allclose(kernels.adaptive_average_pool(x, output), average(t, output).detach(), atol=1e-14)
    values, index = largest(t, output, return_indices=True)
    assert (kernels.adaptive_max_pool(x, output) == values.detach().numpy()).all()
    assert (kernels.adaptive_max_pool_indices(x, output) == index.numpy()).all()
    g = random_array(seed + 1, values.shape)
    values.backward(torch.from_numpy(g))
    assert_allclose(kernels.adaptive_max_pool_input(g, x), t.grad, atol=1e-12)

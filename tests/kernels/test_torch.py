"""The same calls to PyTorch: values, gradients, and the corners of ceil_mode, padding and indices."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from autograd import kernels
from tests.kernels.geometries import SEEDS, convolutions, random_array, windows

torch = pytest.importorskip("torch")
functional = pytest.importorskip("torch.nn.functional")
pytestmark = pytest.mark.compare


averages = windows(dilated=False, half_padding=True, ceil=True)


def tensor(x):
    return torch.from_numpy(np.ascontiguousarray(x))


def even(options):
    """PyTorch pads both ends alike."""
    return options | {"padding": tuple(max(p) for p in options["padding"])}


def unless_refused(function, *args, **options):
    try:
        return function(*args, **options)
    except (ValueError, RuntimeError):
        return None


def functional_pool(kind, size):
    return getattr(functional, f"{kind}_pool{len(size)}d")


@given(convolutions(), SEEDS, st.sampled_from([np.float32, np.float64]))
def test_convolution(case, seed, dtype):
    x_shape, w_shape, options = case
    options = even(options)
    x, w = random_array(seed, x_shape, dtype), random_array(seed + 1, w_shape, dtype)
    tx, tw = tensor(x).requires_grad_(), tensor(w).requires_grad_()
    expected = getattr(functional, f"conv{len(x_shape) - 2}d")(tx, tw, None, **options)
    g = random_array(seed + 2, expected.shape, dtype)
    expected.backward(tensor(g))
    tolerance = 1e-4 if dtype == np.float32 else 1e-11
    for ours, theirs in [
        (kernels.convolve(x, w, **options), expected.detach()),
        (kernels.convolve_input(g, w, x_shape, **options), tx.grad),
        (kernels.convolve_weight(g, x, w_shape, **options), tw.grad),
    ]:
        assert_allclose(ours, theirs.numpy(), rtol=tolerance, atol=10 * tolerance)


@given(convolutions(), SEEDS, st.integers(0, 2))
def test_transposed_convolution(case, seed, extra):
    x_shape, w_shape, options = case
    options = even(options)
    g = random_array(seed, (x_shape[0] + 1, w_shape[0], *x_shape[2:]))
    w = random_array(seed + 1, w_shape)
    transpose = getattr(functional, f"conv_transpose{len(x_shape) - 2}d")
    theirs = unless_refused(transpose, tensor(g), tensor(w), output_padding=extra, **options)
    sizes = {k: v for k, v in options.items() if k != "groups"}
    size = unless_refused(kernels.transposed_size, x_shape[2:], w_shape[2:], output_padding=extra, **sizes)
    if theirs is None or size is None:
        assert theirs is None
        return
    # An output_padding of a stride or more adds windows without g.
    output = kernels.sliding(size, w_shape[2:], **sizes).output
    g = np.pad(g, [(0, 0), (0, 0), *((0, o - n) for o, n in zip(output, g.shape[2:], strict=True))])
    ours = kernels.convolve_input(g, w, (len(g), x_shape[1], *size), **options)
    assert_allclose(ours, theirs.numpy(), atol=1e-10)


@given(windows(half_padding=True, ceil=True), SEEDS)
def test_max_pool(case, seed):
    size, kernel, options = case
    options |= {"padding": tuple(min(p) for p in options["padding"])}
    x = random_array(seed, (2, 2, *size))
    tx = tensor(x).requires_grad_()
    ours = unless_refused(kernels.max_pool, x, kernel, **options)
    pair = unless_refused(functional_pool("max", size), tx, kernel, return_indices=True, **options)
    if ours is None or pair is None:
        assert pair is None  # what we refuse, PyTorch refuses
        return
    values, index = pair
    assert (ours == values.detach().numpy()).all()
    if np.isinf(ours).any():  # PyTorch names a place outside the input there
        return
    assert (kernels.max_pool_indices(x, kernel, **options) == index.numpy()).all()
    g = random_array(seed + 1, ours.shape)
    values.backward(tensor(g))
    assert_allclose(kernels.max_pool_input(g, x, kernel, **options), tx.grad.numpy(), atol=1e-12)


@given(averages, SEEDS, st.booleans(), st.sampled_from([None, 3, -2]))
def test_average_pool(case, seed, include, override):
    size, kernel, options = case
    options |= {"padding": tuple(min(p) for p in options["padding"]), "count_include_pad": include}
    further = {} if len(size) == 1 else {"divisor_override": override}
    x = random_array(seed, (2, 2, *size))
    tx = tensor(x).requires_grad_()
    ours = unless_refused(kernels.average_pool, x, kernel, **options, **further)
    theirs = unless_refused(functional_pool("avg", size), tx, kernel, **options, **further)
    if ours is None or theirs is None:
        assert theirs is None
        return
    assert_allclose(ours, theirs.detach().numpy(), atol=1e-12)
    g = random_array(seed + 1, ours.shape)
    theirs.backward(tensor(g))
    spread = kernels.average_pool_input(g, x.shape, kernel, **options, **further)
    assert_allclose(spread, tx.grad.numpy(), atol=1e-12)


@given(windows(axes=2), SEEDS)
def test_unfold_and_fold(case, seed):
    size, kernel, options = case
    options = even(options)
    x = random_array(seed, (2, 3, *size))
    columns = kernels.unfold(x, kernel, **options)
    assert (columns == functional.unfold(tensor(x), kernel, **options).numpy()).all()
    back = functional.fold(tensor(columns), size, kernel, **options).numpy()
    assert_allclose(kernels.fold(columns, size, kernel, **options), back, atol=1e-12)

"""One set of properties, every operation: an operation is right when its declaration says so in all of these."""

import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import autograd
import tests.operations  # noqa: F401  (samples of nn's operations)
from autograd import Tensor
from autograd.testing import check_gradients
from autograd.testing.registry import A, Call, Sample, all_samples, samples
from autograd.testing.strategies import LAYOUTS, lay_out

SAMPLES = all_samples()
FULL = [sample for sample in SAMPLES if all(array.size for array in sample.arrays)]
ONE_EACH = list({sample.operation.name: sample for sample in reversed(FULL)}.values())
FLAT = "flat"  # in `kinks`: the derivative is zero wherever it exists

every_sample = pytest.mark.parametrize("sample", SAMPLES, ids=repr)
every_full_sample = pytest.mark.parametrize("sample", FULL, ids=repr)
every_operation = pytest.mark.parametrize("sample", ONE_EACH, ids=lambda sample: sample.operation.name)


def leaves(sample: Sample, dtype: Any = float) -> list[Tensor]:
    return [Tensor(array.astype(dtype), requires_grad=True) for array in sample.arrays]


def outputs(sample: Sample, inputs: Any) -> list[Any]:
    out = sample.run(*inputs)
    return list(out) if sample.operation.outputs else [out]


def ones(out: Any) -> np.ndarray:
    return np.ones(out.shape, out.dtype)


def gradients_of(sample: Sample, inputs: list[Tensor], weight: Any = ones) -> list[np.ndarray]:
    outs = outputs(sample, inputs)
    return [g.data for g in autograd.gradients(outs, inputs, [weight(out) for out in outs])]


@pytest.fixture(autouse=True)
def strict() -> Iterator[None]:
    """A rule that changes the dtype of a gradient is an error here, not silently cast."""
    autograd.config.strict = True
    yield
    autograd.config.strict = False


@every_sample
def test_forward_equals_the_function_of_arrays(sample: Sample) -> None:
    expected = sample.call.fill(sample.operation.forward, sample.arrays)
    for requires_grad in (False, True):
        inputs = [Tensor(array, requires_grad=requires_grad) for array in sample.arrays]
        for out, value in zip(outputs(sample, inputs), expected if sample.operation.outputs else [expected]):
            np.testing.assert_allclose(out.data, value, rtol=1e-14, atol=1e-15)
            assert out.shape == np.shape(value) and out.dtype == np.asarray(value).dtype
            assert out.requires_grad is requires_grad


@every_full_sample
def test_gradient_is_the_slope(sample: Sample) -> None:
    check_gradients(sample.run, *sample.arrays, allow_zero=True)


@every_operation
def test_gradient_is_not_trivially_zero(sample: Sample) -> None:
    found = gradients_of(sample, leaves(sample), lambda out: np.asarray(np.random.default_rng(0).standard_normal(out.shape)))
    assert any(g.any() for g in found) is not (FLAT in sample.operation.kinks) or sample.operation.name == "heaviside"


@every_full_sample
def test_second_derivative_is_the_slope_of_the_first(sample: Sample) -> None:
    if sample.operation.orders == 1:
        pytest.skip("declared to have one derivative")
    check_gradients(sample.run, *sample.arrays, allow_zero=True, order=2)


@every_sample
def test_float32_stays(sample: Sample) -> None:
    if sample.operation.name in ("cast", "float_power"):
        pytest.skip("changes the dtype by its nature")
    inputs = leaves(sample, np.float32)
    assert {out.dtype for out in outputs(sample, inputs)} == {np.dtype(np.float32)}
    for g in gradients_of(sample, inputs):
        assert g.dtype == np.float32


@every_operation
def test_float32_gradient_is_close_to_float64(sample: Sample) -> None:
    if sample.operation.name in ("cast", "float_power"):
        pytest.skip("changes the dtype by its nature")
    for narrow, wide in zip(gradients_of(sample, leaves(sample, np.float32)), gradients_of(sample, leaves(sample))):
        np.testing.assert_allclose(narrow, wide, rtol=1e-3, atol=1e-4)


@every_sample
def test_zero_cotangent_gives_zero(sample: Sample) -> None:
    for g in gradients_of(sample, leaves(sample), lambda out: np.zeros(out.shape, out.dtype)):
        assert not g.any()


@every_sample
def test_gradients_have_the_shapes_of_their_inputs(sample: Sample) -> None:
    inputs = leaves(sample)
    assert [g.shape for g in gradients_of(sample, inputs)] == [x.shape for x in inputs]


@every_sample
def test_pull_back_is_linear_in_its_cotangent(sample: Sample) -> None:
    def drawn(out: Tensor, seed: int) -> np.ndarray:
        return np.asarray(np.random.default_rng(seed).standard_normal(out.shape))

    weights = (lambda out: drawn(out, 1), lambda out: drawn(out, 2), lambda out: drawn(out, 1) + 2.0 * drawn(out, 2))
    parts = [gradients_of(sample, leaves(sample), weight) for weight in weights]
    for of_u, of_v, of_both in zip(*parts):
        np.testing.assert_allclose(of_u + 2.0 * of_v, of_both, rtol=1e-9, atol=1e-9)


@every_operation
@pytest.mark.parametrize("layout", LAYOUTS)
def test_memory_layout_does_not_matter_and_inputs_stay(sample: Sample, layout: str) -> None:
    arrays = [lay_out(array, layout) for array in sample.arrays]
    before = [array.copy() for array in arrays]
    inputs = [autograd.as_tensor(array).detach().requires_grad_() for array in arrays]
    outs = outputs(sample, inputs)
    values = [np.array(out.data) for out in outs]
    found = autograd.gradients(outs, inputs, [ones(out) for out in outs])
    for now, old in zip(arrays + [out.data for out in outs], before + values):
        np.testing.assert_array_equal(now, old)
    for g, plain in zip(found, gradients_of(sample, leaves(sample))):
        np.testing.assert_allclose(g.data, plain, rtol=1e-12, atol=1e-14)


@every_operation
def test_gradients_do_not_share_memory_with_values(sample: Sample) -> None:
    inputs = leaves(sample)
    out = outputs(sample, inputs)[-1]
    seed = ones(out)
    out.backward(seed)
    found = [x.grad.data for x in inputs]
    for i, g in enumerate(found):
        others = [seed, out.data, *[x.data for x in inputs], *found[:i]]
        assert not any(np.shares_memory(g, other) for other in others)


@every_operation
def test_one_recorded_operation_and_nothing_without_need(sample: Sample) -> None:
    out = outputs(sample, leaves(sample))[-1]
    node = out.node.parents[0] if sample.operation.outputs else out.node
    assert node.op is sample.operation
    with autograd.no_grad():
        assert outputs(sample, leaves(sample))[-1].node is None


@every_operation
def test_arrays_give_arrays(sample: Sample) -> None:
    """A declared function is NumPy's own when no tensor is among its arguments."""
    assert not any(isinstance(out, Tensor) for out in outputs(sample, sample.arrays))


NUMPY = [
    (sample, function)
    for sample in FULL
    for function, ours in autograd.declare.implementations.items()
    if ours is sample.operation.function and not sample.operation.outputs
]


@pytest.mark.parametrize("sample, function", NUMPY, ids=lambda item: getattr(item, "__name__", repr(item)))
def test_numpy_functions_reach_the_operation(sample: Sample, function: Any) -> None:
    try:
        expected = sample.call.fill(function, sample.arrays)
    except TypeError:
        pytest.skip("a call that this name for the operation does not have")
    out = sample.call.fill(function, leaves(sample))
    assert isinstance(out, Tensor) and out.node.op is sample.operation
    np.testing.assert_allclose(out.data, expected, rtol=1e-14)


def test_an_operation_without_samples_is_refused() -> None:
    bare = autograd.op(lambda x, n: x * n, name="bare", x=lambda g, n: g * n)
    try:
        with pytest.raises(LookupError, match="no sample calls for operation 'bare'"):
            samples(bare.operation)
    finally:
        del autograd.registry["bare"]


def test_a_wrong_rule_is_found() -> None:
    """The properties above can fail."""
    wrong = autograd.op(lambda x: x * x, name="wrong", x=lambda g, x: 2.0001 * g * x, domain=(1.0, 2.0))
    try:
        with pytest.raises(AssertionError, match="the gradient is"):
            test_gradient_is_the_slope(Sample(wrong.operation, Call(A(3))))
    finally:
        del autograd.registry["wrong"]


def test_no_operation_warns() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for sample in ONE_EACH:
            gradients_of(sample, leaves(sample))

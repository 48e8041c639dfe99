"""One set of properties, every operation: an operation is right when its declaration says so in all of these."""

import warnings
from typing import Any

import numpy as np
import pytest

import autograd
import tests.operations  # noqa: F401  (samples of nn's operations)
from autograd import Tensor
from autograd.testing.properties import (
    OF_EVERY_SAMPLE,
    OF_FULL_SAMPLES,
    OF_ONE_SAMPLE,
    NotPromised,
    Property,
    gradient_is_the_slope,
    gradients_of,
    leaves,
    strict,
)
from autograd.testing.registry import A, Call, Sample, all_samples, samples

SAMPLES = all_samples()
FULL = [sample for sample in SAMPLES if all(array.size for array in sample.arrays)]
ONE_EACH = list({sample.operation.name: sample for sample in reversed(FULL)}.values())

every_operation = pytest.mark.parametrize("sample", ONE_EACH, ids=lambda sample: sample.operation.name)


def each(properties: list[Property], of: list[Sample]) -> Any:
    """Every property of every sample, each a test of its own."""
    pairs = [pytest.param(holds, sample, id=f"{holds.__name__}-{sample!r}") for holds in properties for sample in of]
    return pytest.mark.parametrize("holds, sample", pairs)


def hold(holds: Property, sample: Sample) -> None:
    try:
        with strict():
            holds(sample)
    except NotPromised as reason:
        pytest.skip(str(reason))


@each(OF_EVERY_SAMPLE, SAMPLES)
def test_every_sample(holds: Property, sample: Sample) -> None:
    hold(holds, sample)


@each(OF_FULL_SAMPLES, FULL)
def test_every_sample_with_elements(holds: Property, sample: Sample) -> None:
    hold(holds, sample)


@each(OF_ONE_SAMPLE, ONE_EACH)
def test_every_operation(holds: Property, sample: Sample) -> None:
    hold(holds, sample)


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
            gradient_is_the_slope(Sample(wrong.operation, Call(A(3))))
    finally:
        del autograd.registry["wrong"]


def test_no_operation_warns() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for sample in ONE_EACH:
            gradients_of(sample, leaves(sample))


@pytest.mark.parametrize("options, said", [
    ({"name": "my op", "x": "g"}, "name"), ({"x": "g"}, "name"), ({"name": "class", "x": "g"}, "name"),
    ({"name": "ruled", "x": 3}, "rule for x"),
])  # fmt: skip
def test_wrong_declarations_are_refused_before_their_first_call(options: Any, said: str) -> None:
    with pytest.raises((TypeError, ValueError), match=said):
        autograd.op(lambda x: x, **options)

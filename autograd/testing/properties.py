"""What every declared operation promises, and `check_operation`, which holds one to it: this project's own, or a user's."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from autograd.declare import Operation
from autograd.graph import no_grad
from autograd.switches import config
from autograd.tensor import Tensor, as_tensor
from autograd.testing.checks import check_gradients
from autograd.testing.registry import Array, Call, Sample, samples
from autograd.testing.strategies import LAYOUTS, lay_out
from autograd.transforms import gradients

Property = Callable[[Sample], None]
FLAT = "flat"  # in `kinks`: the derivative is zero wherever it exists
WIDENS = "widens"  # among the tags: the dtype of the result is another by its nature


class NotPromised(Exception):
    """The property is none of this operation's: it was declared so."""


# ------------------------------------------------------------------------------------------------------------- what they use


def leaves(sample: Sample, dtype: Any = float) -> list[Tensor]:
    """The sample's arguments as tensors that record."""
    return [Tensor(array.astype(dtype), requires_grad=True) for array in sample.arrays]


def outputs(sample: Sample, inputs: Sequence[Any]) -> list[Any]:
    out = sample.run(*inputs)
    return list(out) if sample.operation.outputs else [out]


def ones(out: Any) -> Array:
    return np.ones(out.shape, out.dtype)


def gradients_of(sample: Sample, inputs: list[Tensor], weight: Callable[[Any], Array] = ones) -> list[Array]:
    outs = outputs(sample, inputs)
    return [g.data for g in gradients(outs, inputs, [weight(out) for out in outs])]


def _drawn(out: Any, seed: int) -> Array:
    return np.asarray(np.random.default_rng(seed).standard_normal(out.shape))


def _keeps_its_dtype(sample: Sample) -> None:
    if sample.operation.name in ("cast", "float_power") or WIDENS in sample.operation.tags:
        raise NotPromised("changes the dtype by its nature")


@contextmanager
def strict() -> Iterator[None]:
    """A rule that changes the dtype of a gradient is an error here, not silently cast."""
    before, config.strict = config.strict, True
    try:
        yield
    finally:
        config.strict = before


# ------------------------------------------------------------------------------------------------------- of values and slopes


def forward_equals_the_function_of_arrays(sample: Sample) -> None:
    expected = sample.call.fill(sample.operation.forward, sample.arrays)
    for requires_grad in (False, True):
        inputs = [Tensor(array, requires_grad=requires_grad) for array in sample.arrays]
        for out, value in zip(outputs(sample, inputs), expected if sample.operation.outputs else [expected]):
            np.testing.assert_allclose(out.data, value, rtol=1e-14, atol=1e-15)
            assert out.shape == np.shape(value) and out.dtype == np.asarray(value).dtype
            assert out.requires_grad is requires_grad


def gradient_is_the_slope(sample: Sample) -> None:
    check_gradients(sample.run, *sample.arrays, allow_zero=True)


def second_derivative_is_the_slope_of_the_first(sample: Sample) -> None:
    if sample.operation.orders == 1:
        raise NotPromised("declared to have one derivative")
    check_gradients(sample.run, *sample.arrays, allow_zero=True, order=2)


def gradient_is_not_trivially_zero(sample: Sample) -> None:
    found = gradients_of(sample, leaves(sample), lambda out: _drawn(out, 0))
    assert any(g.any() for g in found) is not (FLAT in sample.operation.kinks) or sample.operation.name == "heaviside"


def pull_back_is_linear_in_its_cotangent(sample: Sample) -> None:
    weights = (lambda out: _drawn(out, 1), lambda out: _drawn(out, 2), lambda out: _drawn(out, 1) + 2.0 * _drawn(out, 2))
    parts = [gradients_of(sample, leaves(sample), weight) for weight in weights]
    for of_u, of_v, of_both in zip(*parts):
        np.testing.assert_allclose(of_u + 2.0 * of_v, of_both, rtol=1e-9, atol=1e-9)


def zero_cotangent_gives_zero(sample: Sample) -> None:
    for g in gradients_of(sample, leaves(sample), lambda out: np.zeros(out.shape, out.dtype)):
        assert not g.any()


# ---------------------------------------------------------------------------------------------------------- of shapes and dtypes


def gradients_have_the_shapes_of_their_inputs(sample: Sample) -> None:
    inputs = leaves(sample)
    assert [g.shape for g in gradients_of(sample, inputs)] == [x.shape for x in inputs]


def float32_stays(sample: Sample) -> None:
    _keeps_its_dtype(sample)
    inputs = leaves(sample, np.float32)
    assert {out.dtype for out in outputs(sample, inputs)} == {np.dtype(np.float32)}
    assert {g.dtype for g in gradients_of(sample, inputs)} == {np.dtype(np.float32)}


def float32_gradient_is_close_to_float64(sample: Sample) -> None:
    _keeps_its_dtype(sample)
    for narrow, wide in zip(gradients_of(sample, leaves(sample, np.float32)), gradients_of(sample, leaves(sample))):
        np.testing.assert_allclose(narrow, wide, rtol=1e-3, atol=1e-4)


# ------------------------------------------------------------------------------------------------------------------- of memory


def memory_layout_does_not_matter_and_inputs_stay(sample: Sample) -> None:
    for layout in LAYOUTS:
        arrays = [lay_out(array, layout) for array in sample.arrays]
        before = [array.copy() for array in arrays]
        inputs = [as_tensor(array).detach().requires_grad_() for array in arrays]
        outs = outputs(sample, inputs)
        values = [np.array(out.data) for out in outs]
        found = gradients(outs, inputs, [ones(out) for out in outs])
        for now, old in zip(arrays + [out.data for out in outs], before + values):
            np.testing.assert_array_equal(now, old, err_msg=layout)
        for g, plain in zip(found, gradients_of(sample, leaves(sample))):
            np.testing.assert_allclose(g.data, plain, rtol=1e-12, atol=1e-14, err_msg=layout)


def gradients_share_no_memory_with_values(sample: Sample) -> None:
    inputs = leaves(sample)
    out = outputs(sample, inputs)[-1]
    seed = ones(out)
    out.backward(seed)
    found = [x.grad.data for x in inputs if x.grad is not None]
    assert len(found) == len(inputs)
    for i, g in enumerate(found):
        others = [seed, out.data, *[x.data for x in inputs], *found[:i]]
        assert not any(np.shares_memory(g, other) for other in others)


# ------------------------------------------------------------------------------------------------------------------ of the graph


def one_operation_is_recorded_and_none_without_need(sample: Sample) -> None:
    out = outputs(sample, leaves(sample))[-1]
    node = out.node.parents[0] if sample.operation.outputs else out.node
    assert node.op is sample.operation
    with no_grad():
        assert outputs(sample, leaves(sample))[-1].node is None


def arrays_give_arrays(sample: Sample) -> None:
    """A declared function is NumPy's own when no tensor is among its arguments."""
    assert not any(isinstance(out, Tensor) for out in outputs(sample, sample.arrays))


OF_EVERY_SAMPLE: list[Property] = [
    forward_equals_the_function_of_arrays, pull_back_is_linear_in_its_cotangent, zero_cotangent_gives_zero,
    gradients_have_the_shapes_of_their_inputs, float32_stays,
]  # fmt: skip
OF_FULL_SAMPLES: list[Property] = [gradient_is_the_slope, second_derivative_is_the_slope_of_the_first]
OF_ONE_SAMPLE: list[Property] = [
    gradient_is_not_trivially_zero, float32_gradient_is_close_to_float64, memory_layout_does_not_matter_and_inputs_stay,
    gradients_share_no_memory_with_values, one_operation_is_recorded_and_none_without_need, arrays_give_arrays,
]  # fmt: skip


def properties_of(sample: Sample) -> list[Property]:
    """Those that say something of it: an empty sample has no slope."""
    full = all(array.size for array in sample.arrays)
    return [*OF_EVERY_SAMPLE, *(OF_FULL_SAMPLES + OF_ONE_SAMPLE if full else [])]


@dataclass
class Checked:
    """What `check_operation` looked at."""

    operation: str
    samples: list[str] = field(default_factory=list)
    properties: list[str] = field(default_factory=list)
    not_promised: list[str] = field(default_factory=list)


def check_operation(operation: Any, *calls: Call) -> Checked:
    """Hold a declared operation to what every operation here is held to.

    Values against its forward, gradients and second derivatives against slopes, linearity, shapes, dtypes, memory layouts,
    shared memory, and that one node is recorded.

    Parameters
    ----------
    operation : callable
        What `autograd.op` returned.
    *calls : Call
        How to call it: ``Call(A(2, 3), axis=0)``. Default: its arguments in the usual shapes, drawn from its ``domain``.

    Raises
    ------
    LookupError
        Neither calls nor a domain are known.
    AssertionError
        A property fails; a note names it and the call.

    Examples
    --------
    >>> import autograd
    >>> from autograd.testing import check_operation
    >>> check_operation(autograd.tanh).samples
    ['tanh(())', 'tanh((3,))', 'tanh((2,3))', 'tanh((0,))', 'tanh((2,0))']
    """
    declared: Operation = _declared(operation)
    report = Checked(declared.name)
    with strict():
        for sample in [Sample(declared, call) for call in calls] or samples(declared):
            report.samples.append(repr(sample))
            for holds in properties_of(sample):
                _hold(sample, holds, report)
    return report


def _declared(operation: Any) -> Operation:
    declared = getattr(operation, "operation", operation)
    if not isinstance(declared, Operation):
        raise TypeError(f"check_operation takes what autograd.op returned, given {operation!r}; for other functions: check_gradients")
    return declared


def _hold(sample: Sample, holds: Property, report: Checked) -> None:
    try:
        holds(sample)
    except NotPromised:
        report.not_promised.append(f"{holds.__name__}: {sample!r}")
    except Exception as error:
        error.add_note(f"{holds.__name__} does not hold for {sample!r}")
        raise
    else:
        report.properties.append(holds.__name__)


__all__ = ["Checked", "NotPromised", "Property", "check_operation", "properties_of", "strict"]

"""Random programs against an engine of thirty lines that shares no code with ours: dual numbers, forward mode."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

import autograd
from autograd import Tensor


class Dual:
    """A value and its derivative along one direction."""

    def __init__(self, value: Any, slope: Any) -> None:
        self.value, self.slope = np.asarray(value), np.asarray(slope)

    def __add__(self, other: Dual) -> Dual:
        return Dual(self.value + other.value, self.slope + other.slope)

    def __mul__(self, other: Dual) -> Dual:
        return Dual(self.value * other.value, self.slope * other.value + self.value * other.slope)

    def tanh(self) -> Dual:
        t = np.tanh(self.value)
        return Dual(t, self.slope * (1.0 - t * t))

    def sin(self) -> Dual:
        return Dual(np.sin(self.value), np.cos(self.value) * self.slope)

    def __getitem__(self, index: Any) -> Dual:
        return Dual(self.value[index], self.slope[index])

    def sum(self, axis: int, keepdims: bool) -> Dual:
        return Dual(self.value.sum(axis=axis, keepdims=keepdims), self.slope.sum(axis=axis, keepdims=keepdims))

    def swapaxes(self, a: int, b: int) -> Dual:
        return Dual(self.value.swapaxes(a, b), self.slope.swapaxes(a, b))


# What a step does to the values so far; every value stays (2, 2), or (1, 2) and (2, 1), which broadcast.
STEPS: dict[str, Any] = {
    "add": lambda a, b: a + b,
    "multiply": lambda a, b: a * b,
    "tanh": lambda a, b: a.tanh(),
    "sin of a sum": lambda a, b: (a + b).sin(),
    "reduce": lambda a, b: a.sum(axis=0, keepdims=True) * b,
    "row": lambda a, b: a[0:1] + b,
    "turned": lambda a, b: a.swapaxes(0, 1) * b,
    "gathered": lambda a, b: a[np.array([0, 0])] + b,
    "residual": lambda a, b: a + (a * b).tanh(),
    "squared": lambda a, b: a * a,
}
PROGRAMS = st.lists(st.tuples(st.sampled_from(sorted(STEPS)), st.integers(0, 99), st.integers(0, 99)), min_size=1, max_size=12)


def run(program: Any, inputs: list[Any]) -> Any:
    values = list(inputs)
    for name, first, second in program:
        a, b = values[first % len(values)], values[second % len(values)]
        values.append(STEPS[name](a, b))
    total = values[-1]
    for value in values[-4:-1]:
        total = total + value
    return total.sum(axis=0, keepdims=False).sum(axis=0, keepdims=False)


INPUTS = [np.array([[0.1, -0.4], [0.7, 0.2]]), np.array([[0.5, -0.3]]), np.array([[-0.2], [0.6]])]


@given(program=PROGRAMS, direction=st.integers(0, 2**31))
def test_programs_agree_with_dual_numbers(program: Any, direction: int) -> None:
    rng = np.random.default_rng(direction)
    slopes = [rng.standard_normal(x.shape) for x in INPUTS]
    expected = run(program, [Dual(x, slope) for x, slope in zip(INPUTS, slopes)])
    leaves = [Tensor(x, requires_grad=True) for x in INPUTS]
    out = run(program, leaves)
    np.testing.assert_allclose(out.data, expected.value, rtol=1e-12)
    found = autograd.gradients(out, leaves, allow_unused=True) if out.requires_grad else [None] * 3
    along = sum(float((g.data * slope).sum()) for g, slope in zip(found, slopes) if g is not None)
    np.testing.assert_allclose(along, float(expected.slope), rtol=1e-9, atol=1e-9 * (1.0 + abs(float(out.data))))


@given(program=PROGRAMS)
def test_a_checkpointed_program_has_the_same_gradients(program: Any) -> None:
    leaves = [Tensor(x, requires_grad=True) for x in INPUTS]
    plain = autograd.gradients(run(program, leaves), leaves, allow_unused=True)
    kept = autograd.gradients(autograd.checkpoint(lambda *xs: run(program, xs), *leaves), leaves, allow_unused=True)
    for a, b in zip(plain, kept):
        assert (a is None) == (b is None)
        if a is not None:
            np.testing.assert_allclose(a.data, b.data, rtol=1e-12, atol=1e-300)

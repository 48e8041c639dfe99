"""Random programs against the naive engine of `autograd.testing.naive`, which shares no code with ours: forward mode, no graph."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import find, given, settings
from hypothesis import strategies as st

import autograd
from autograd import Tensor
from autograd.testing import Program, check_gradients, naive_gradients, programs
from autograd.testing.naive import STEPS


def leaves(program: Program) -> list[Tensor]:
    return [Tensor(x, requires_grad=True) for x in program.inputs]


@settings(max_examples=100)
@given(program=programs())
def test_programs_agree_with_the_naive_engine(program: Program) -> None:
    value, expected = naive_gradients(program)
    inputs = leaves(program)
    out = program(*inputs)
    np.testing.assert_allclose(out.data, value, rtol=1e-11, atol=1e-12)
    out.backward(retain_graph=True)
    for x, g in zip(inputs, expected):
        found = np.zeros(x.shape) if x.grad is None else x.grad.data
        np.testing.assert_allclose(found, g, rtol=1e-8, atol=1e-9 * (1.0 + abs(value)))


@given(program=programs(max_steps=6), side=st.just(3))
def test_a_sweep_to_one_input_is_the_sweep_to_all(program: Program, side: int) -> None:
    inputs = leaves(program)
    out = program(*inputs)
    together = autograd.gradients(out, inputs, retain_graph=True, allow_unused=True)
    for x, g in zip(inputs, together):
        (alone,) = autograd.gradients(out, [x], retain_graph=True, allow_unused=True)
        assert (alone is None) == (g is None)
        if g is not None:
            np.testing.assert_array_equal(alone.data, g.data)


@settings(max_examples=8)
@given(program=programs(max_steps=5))
def test_second_derivatives_of_programs(program: Program) -> None:
    """The naive engine differentiates our gradient's own arithmetic no further: here slopes do."""
    check_gradients(program, *program.inputs, order=2, allow_zero=True, most=4)


@given(program=programs())
def test_a_checkpointed_program_has_the_same_gradients(program: Program) -> None:
    inputs = leaves(program)
    plain = autograd.gradients(program(*inputs), inputs, allow_unused=True)
    kept = autograd.gradients(autograd.checkpoint(lambda *xs: program(*xs), *inputs), inputs, allow_unused=True)
    for a, b in zip(plain, kept):
        assert (a is None) == (b is None)
        if a is not None:
            np.testing.assert_allclose(a.data, b.data, rtol=1e-12, atol=1e-300)


def test_every_step_occurs_and_the_naive_engine_is_right() -> None:
    """By differences, which know neither engine."""
    inputs = find(programs(), lambda p: True).inputs
    for name in STEPS:
        program = Program(inputs, ((name, 0, 1), (name, 3, 2)))
        check_gradients(lambda *xs, p=program: naive_gradients(p, xs)[0], *inputs, mode="differences", allow_zero=True, most=1,
                        gradient=lambda *xs, p=program: tuple(naive_gradients(p, xs)[1]))  # fmt: skip


def test_a_program_is_of_one_step_at_least() -> None:
    with pytest.raises(ValueError, match="at least 1"):
        programs(max_steps=0)

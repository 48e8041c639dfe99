"""A session as users have them, in any order: recording, backward, keeping graphs, no_grad, updates, deletion.

Beside every tensor stands its derivative by every leaf, as a plain matrix carried forward: an engine of a few lines which
keeps no graph, so that nothing of ours can be wrong in both.
"""

from __future__ import annotations

import gc
import weakref
from typing import Any

import numpy as np
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, precondition, rule

import autograd
from autograd import Tensor

SIZE = 3


class Naive:
    """A value, and its Jacobian by each leaf as that leaf was when it was used."""

    def __init__(self, value: Any, jacobians: dict[int, Any]) -> None:
        self.value, self.jacobians = np.array(value), jacobians

    def through(self, value: Any, slope: Any) -> Naive:
        return Naive(value, {leaf: slope[:, None] * j for leaf, j in self.jacobians.items()})

    def plus(self, other: Naive, value: Any, mine: Any, its: Any) -> Naive:
        jacobians = {leaf: np.zeros((SIZE, SIZE)) for leaf in self.jacobians | other.jacobians}
        for weight, part in ((mine, self), (its, other)):
            for leaf, j in part.jacobians.items():
                jacobians[leaf] = jacobians[leaf] + weight[:, None] * j
        return Naive(value, jacobians)


ONES = np.ones(SIZE)
UNARY: dict[str, Any] = {
    "tanh": (autograd.tanh, lambda a: a.through(np.tanh(a.value), 1.0 - np.tanh(a.value) ** 2)),
    "sin": (autograd.sin, lambda a: a.through(np.sin(a.value), np.cos(a.value))),
    "residual": (lambda x: x + autograd.tanh(x), lambda a: a.through(a.value + np.tanh(a.value), 2.0 - np.tanh(a.value) ** 2)),
}
BINARY: dict[str, Any] = {
    "add": (lambda x, y: x + y, lambda a, b: a.plus(b, a.value + b.value, ONES, ONES)),
    "subtract": (lambda x, y: x - y, lambda a, b: a.plus(b, a.value - b.value, ONES, -ONES)),
    "multiply by tanh": (
        lambda x, y: x * autograd.tanh(y),
        lambda a, b: a.plus(b, a.value * np.tanh(b.value), np.tanh(b.value), a.value * (1.0 - np.tanh(b.value) ** 2)),
    ),
}  # fmt: skip
VALUES = st.lists(st.sampled_from([-1.5, -0.5, 0.25, 1.0, 2.0]), min_size=SIZE, max_size=SIZE).map(np.array)


class Held:
    """One of our tensors with its naive twin."""

    def __init__(self, tensor: Tensor, naive: Naive) -> None:
        self.tensor, self.naive = tensor, naive


class Session(RuleBasedStateMachine):
    """What users do with tensors; after every step the gradients are those of the twin."""

    held = Bundle("held")

    def __init__(self) -> None:
        super().__init__()
        self.leaves: dict[int, Tensor] = {}
        self.expected: dict[int, Any] = {}
        self.spent = False  # a sweep has released values, which later ones may or may not meet

    @rule(target=held, values=VALUES)
    def leaf(self, values: Any) -> Held:
        key = len(self.leaves)
        self.leaves[key] = Tensor(values, requires_grad=True)
        return Held(self.leaves[key], Naive(values, {key: np.eye(SIZE)}))

    @rule(target=held, a=held, name=st.sampled_from(sorted(UNARY)))
    def one(self, a: Held, name: str) -> Held:
        ours, theirs = UNARY[name]
        return self._new(ours(a.tensor), theirs(a.naive))

    @rule(target=held, a=held, b=held, name=st.sampled_from(sorted(BINARY)))
    def two(self, a: Held, b: Held, name: str) -> Held:
        ours, theirs = BINARY[name]
        return self._new(ours(a.tensor, b.tensor), theirs(a.naive, b.naive))

    @rule(target=held, a=held, name=st.sampled_from(sorted(UNARY)))
    def unrecorded(self, a: Held, name: str) -> Held:
        with autograd.no_grad():
            out = UNARY[name][0](a.tensor)
        assert not out.requires_grad and out.node is None
        return Held(out, Naive(UNARY[name][1](a.naive).value, {}))

    @rule(target=held, a=held)
    def detached(self, a: Held) -> Held:
        return Held(a.tensor.detach(), Naive(a.naive.value, {}))

    def _new(self, tensor: Tensor, naive: Naive) -> Held:
        assert tensor.requires_grad is bool(naive.jacobians)
        return Held(tensor, naive)

    @rule(a=held, cotangent=VALUES)
    def backward_and_keep(self, a: Held, cotangent: Any) -> None:
        self._backward(a, cotangent, True)

    @rule(a=consumes(held), cotangent=VALUES)
    def backward(self, a: Held, cotangent: Any) -> None:
        self._backward(a, cotangent, False)

    def _backward(self, a: Held, cotangent: Any, retain: bool) -> None:
        if not a.naive.jacobians:
            with pytest.raises(RuntimeError):
                a.tensor.backward(cotangent)
            return
        try:
            a.tensor.backward(cotangent, retain_graph=retain)
        except RuntimeError as error:  # then no gradient may have changed, which `gradients_are_those_of_the_twin` sees
            assert self.spent and "released" in str(error)
            return
        self.spent = self.spent or not retain
        for leaf, j in a.naive.jacobians.items():
            self.expected[leaf] = self.expected.get(leaf, 0.0) + cotangent @ j

    @rule(a=held, cotangent=VALUES)
    def gradients_aside(self, a: Held, cotangent: Any) -> None:
        if not a.naive.jacobians or self.spent:
            return
        wanted = [self.leaves[leaf] for leaf in a.naive.jacobians]
        found = autograd.gradients(a.tensor, wanted, cotangent, retain_graph=True)
        for g, j in zip(found, a.naive.jacobians.values()):
            np.testing.assert_allclose(g.data, cotangent @ j, rtol=1e-9, atol=1e-9)

    @precondition(lambda self: self.leaves)
    @rule(which=st.integers(0, 99))
    def forget_gradient(self, which: int) -> None:
        key = which % len(self.leaves)
        self.leaves[key].grad = None
        self.expected.pop(key, None)

    @rule(a=consumes(held))
    def delete(self, a: Held) -> None:
        del a

    @invariant()
    def gradients_are_those_of_the_twin(self) -> None:
        for key, leaf in self.leaves.items():
            if key in self.expected:
                np.testing.assert_allclose(leaf.grad.data, self.expected[key], rtol=1e-9, atol=1e-9)
            else:
                assert leaf.grad is None

    @invariant()
    def recording_is_on(self) -> None:
        assert autograd.is_recording()

    def teardown(self) -> None:
        for key, leaf in self.leaves.items():
            assert leaf.is_leaf and leaf.shape == (SIZE,), key


TestSession = Session.TestCase
TestSession.settings = settings(max_examples=60, stateful_step_count=25)


def test_a_graph_goes_with_its_last_tensor() -> None:
    """Without the garbage collector: a graph has no cycles."""
    gc.disable()
    try:
        x = Tensor(np.ones(SIZE), requires_grad=True)
        y = autograd.tanh(x)
        middle = weakref.ref(y.data)  # which the node of tanh keeps
        z = y * x
        z.backward(np.ones(SIZE), retain_graph=True)
        del y
        assert middle() is not None
        del z
        assert middle() is None
    finally:
        gc.enable()

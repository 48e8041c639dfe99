"""What is refused, and the words: each names what was given, and mostly what to write instead."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import autograd
import nn
from autograd import Tensor

X = np.arange(6.0).reshape(2, 3)


def leaf() -> Tensor:
    return Tensor(X, requires_grad=True)


def result() -> Tensor:
    return leaf() * 2.0


OF_TENSORS: dict[str, tuple[Callable[[], Any], type[Exception], str]] = {
    "another shape for data": (lambda: setattr(leaf(), "data", np.zeros(3)), ValueError, "keeps shape and dtype"),
    "data of a result": (lambda: setattr(result(), "data", X), RuntimeError, "only a leaf's"),
    "requires_grad of a result": (lambda: setattr(result(), "requires_grad", False), RuntimeError, "use .detach()"),
    "grad of a result": (lambda: setattr(result(), "grad", X), RuntimeError, "only leaves"),
    "grad of another shape": (lambda: setattr(leaf(), "grad", np.zeros(2)), ValueError, "has the tensor's shape and dtype"),
    "a copy of a result": (lambda: copy.deepcopy(result()), TypeError, "only leaves can be deep-copied"),
    "a pickle of a result": (lambda: pickle.dumps(result()), TypeError, "only leaves can be pickled"),
    "an index that is a float": (lambda: range(3)[Tensor(1.0)], TypeError, "integer tensor can be an index"),
    "more cotangents than outputs": (lambda: autograd.gradients([x := leaf()], [x], [X, X]), ValueError, "outputs? needs? .*2"),
    "parameters of whole numbers": (lambda: nn.Linear(2, 2).to(np.int64), TypeError, "floating-point numbers"),
    "an item of many": (lambda: leaf().item(), ValueError, "exactly one element"),
    "length of a number": (lambda: len(Tensor(1.0)), TypeError, "0-d"),
    "a walk through a number": (lambda: list(Tensor(1.0)), TypeError, "0-d"),
}  # fmt: skip


@pytest.mark.parametrize("name", OF_TENSORS)
def test_of_tensors(name: str) -> None:
    call, kind, words = OF_TENSORS[name]
    with pytest.raises(kind, match=words):
        call()


OF_OPERATIONS: list[tuple[Callable[[Any], Any], str]] = [
    (lambda x: autograd.scatter(x, 0, np.array([0]), x), "as many axes"),
    (lambda x: autograd.scatter(x, 0, np.zeros((2, 4), int), 1.0), "is longer than the input"),
    (lambda x: autograd.scatter(x, 0, np.zeros((2, 3), int), np.zeros((1, 1))), "at least as large as index"),
    (lambda x: autograd.scatter_reduce(x, 0, np.zeros((2, 3), int), x, "median"), "reduce is one of"),
    (lambda x: autograd.index_add(x, 0, np.zeros((2, 2), int), x), "a row of integers"),
    (lambda x: autograd.index_add(x, 0, np.array([0]), np.zeros((2, 3))), "need a source of shape"),
    (lambda x: autograd.index_reduce(x, 0, np.array([0]), np.zeros((1, 3)), "median"), "reduce is one of"),
    (lambda x: autograd.masked_scatter(x, x.data > 1, np.zeros(2)), "source has 2 values"),
    (lambda x: autograd.average(x, weights=np.ones(2)), "need an axis"),
    (lambda x: autograd.average(x, axis=1, weights=np.ones(2)), "do not fit axis 1"),
    (lambda x: autograd.cov(autograd.reshape(x, (1, 2, 3))), "at most two axes"),
    (lambda x: autograd.cov(x, fweights=np.array([1, 2])), "fweights are 3 whole numbers"),
    (lambda x: autograd.cov(x, aweights=np.array([-1.0, 1.0, 1.0])), "aweights are 3 numbers"),
    (lambda x: autograd.narrow(x, 1, 2, 5), "do not lie in axis 1"),
    (lambda x: autograd.flatten(x, 1, 0), "lies behind end_dim"),
    (lambda x: autograd.unflatten(x, 1, (2, 2)), "do not make up axis"),
    (lambda x: autograd.block_diag(autograd.reshape(x, (1, 2, 3))), "at most two axes"),
    (lambda x: autograd.div(x, x, rounding_mode="up"), "'trunc' or 'floor'"),
]


@pytest.mark.parametrize("place", range(len(OF_OPERATIONS)))
def test_of_operations(place: int) -> None:
    call, words = OF_OPERATIONS[place]
    with pytest.raises((ValueError, TypeError, IndexError), match=words):
        call(leaf())


def test_what_is_small() -> None:
    x = leaf()
    assert (x.itemsize, x.nbytes, Tensor(1.0).nbytes) == (8, 48, 8)
    assert "operation tanh" in repr(autograd.registry["tanh"])
    x.data = 2.0 * X
    np.testing.assert_array_equal(x.data, 2.0 * X)
    assert autograd.as_tensor(result(), np.float32).dtype == np.float32
    assert range(9)[Tensor(3)] == 3 and int(Tensor(2.0)) == 2


def test_interp_with_a_period() -> None:
    at, xp, fp = np.array([-180.0, 370.0]), np.array([190.0, -190.0, 350.0, -350.0]), np.array([5.0, 10.0, 3.0, 4.0])
    found = autograd.interp(at, xp, Tensor(fp, requires_grad=True), period=360)
    np.testing.assert_allclose(found.data, np.interp(at, xp, fp, period=360))


def test_cumulative_sums_from_a_start() -> None:
    x = leaf()
    first = autograd.diff(x, prepend=0.0)
    np.testing.assert_allclose(first.data, np.diff(X, prepend=0.0))

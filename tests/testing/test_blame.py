"""The operation that a failed check names."""

import numpy as np
import pytest

import autograd
from autograd import declare
from autograd.testing import GradientError, check_gradients
from autograd.testing.blame import first_difference
from autograd.testing.differences import element
from autograd.testing.subjects import Recorded

X = np.array([[0.3, -0.7], [0.9, 0.4]])


@pytest.fixture
def wrong_cube():
    operation = autograd.op(lambda x: x**3, name="wrong_cube", x=lambda g, x: 2.0 * g * x**2)
    yield operation
    declare.registry.pop("wrong_cube", None)


def deep(cube):
    return lambda x: autograd.sin(autograd.tanh(cube(autograd.exp(x) * 0.5)) @ x + x.sum(axis=0))


def test_the_wrong_rule_is_named(wrong_cube):
    with pytest.raises(GradientError, match=r"first differ at 'wrong_cube' of shape \(2, 2\): it sends back"):
        check_gradients(deep(wrong_cube), X)


def test_a_detached_value_is_named_where_it_is_used():
    """The product's argument moves, and the graph does not know."""
    with pytest.raises(GradientError, match="first differ at 'multiply'"):
        check_gradients(lambda x: autograd.tanh(x * autograd.exp(x).detach()), X)


def test_right_rules_are_not_named():
    function = Recorded(deep(lambda x: x**3))
    assert first_difference(function.of, element([X], 0, (0, 1)), [np.ones((2, 2))]) == ""

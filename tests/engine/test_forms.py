"""`pull` and `spread` are generated from the same rules: what one returns is what the other gives away."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import numpy as np
import pytest

import autograd
import tests.operations  # noqa: F401  (samples of nn's operations)
from autograd.graph import PENDING, Node, fit
from autograd.testing.registry import Sample, all_samples

SAMPLES = [sample for sample in all_samples() if all(array.size for array in sample.arrays)]


def spread(node: Node, gradient: Any) -> dict[Node, Any]:
    """What arrives at each parent when the node gives its contributions away."""
    parents = {parent for parent in node.parents if parent is not None}
    for parent in parents:
        parent.slot = PENDING
    node.op.spread(node, node.saved, gradient)  # type: ignore[union-attr]
    arrived = {parent: parent.slot for parent in parents}
    for parent in parents:
        parent.slot = None
    return arrived


def pulled(node: Node, gradient: Any) -> dict[Node, Any]:
    """The contributions that the node returns, summed in order."""
    sums: dict[Node, Any] = defaultdict(lambda: PENDING)
    contributions = node.op.pull(node.parents, node.saved, gradient)  # type: ignore[union-attr]
    for parent, contribution in zip(node.parents, contributions, strict=True):
        if parent is not None and contribution is not None:
            fitted = fit(parent, contribution)
            sums[parent] = fitted if sums[parent] is PENDING else sums[parent] + fitted
    return sums


@pytest.mark.parametrize("sample", SAMPLES, ids=repr)
def test_both_forms_give_the_same_contributions(sample: Sample) -> None:
    inputs = [autograd.Tensor(array, requires_grad=True) for array in sample.arrays]
    out = sample.run(*inputs)
    for result in out if isinstance(out, tuple) else [out]:
        node = result.node
        gradient = np.random.default_rng(0).standard_normal(node.shape)
        gradient = float(gradient) if node.shape == () and node.dtype == np.float64 else gradient.astype(node.dtype)
        given, returned = spread(node, gradient), pulled(node, gradient)
        for parent, arrived in given.items():
            if arrived is PENDING or not isinstance(arrived, (float, np.ndarray, np.generic)):  # several outputs: parts
                assert (returned[parent] is PENDING) == (arrived is PENDING)
            else:
                np.testing.assert_array_equal(arrived, returned[parent])


def test_a_leaf_used_twice_by_one_operation_gets_both() -> None:
    x = autograd.Tensor(3.0, requires_grad=True)
    product = x * x
    assert x.node is not None and product.node is not None
    assert spread(product.node, 1.0) == {x.node: 6.0}


def test_a_rule_may_be_text() -> None:
    twice = autograd.op(lambda x, y: x * y + y, name="twice_text", x="g * y", y="g * (x + 1.0)")
    try:
        x, y = (autograd.Tensor(v, requires_grad=True) for v in (2.0, 5.0))
        assert autograd.gradients(twice(x, y), [x, y]) == [5.0, 3.0]
        assert "c = g * (s_x + 1.0)" in autograd.registry["twice_text"].source
        assert autograd.grad(autograd.grad(lambda x: twice(x * x, x)))(2.0) == 12.0
    finally:
        del autograd.registry["twice_text"]


def test_a_rule_as_text_may_name_only_what_is_kept() -> None:
    with pytest.raises(TypeError, match="names 'z'"):
        autograd.op(lambda x: x, name="bad_text", x="g * z")

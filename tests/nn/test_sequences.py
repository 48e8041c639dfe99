"""CTC, fractional pooling and the adaptive softmax against what they say they are, counted out; PyTorch's in test_torch_modules."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

import autograd
import nn
from autograd.testing import check_gradients
from nn import functional as F


def read(way, blank):
    """What a way says: repetitions once, blanks not at all."""
    return [label for label, _ in itertools.groupby(way) if label != blank]


@settings(max_examples=25, deadline=None)
@given(
    seed=st.integers(0, 999), steps=st.integers(1, 5), blank=st.integers(0, 2),
    target=st.lists(st.integers(0, 2), max_size=3), padding=st.integers(0, 2),
)  # fmt: skip
def test_ctc_is_the_sum_over_all_ways(seed, steps, blank, target, padding):
    target = [label for label in target if label != blank]
    scores = np.random.default_rng(seed).normal(size=(steps + padding, 2, 3))
    logs = F.log_softmax(scores, dim=-1)
    probabilities = np.exp(logs.data[:steps, 0])
    ways = itertools.product(range(3), repeat=steps)
    total = sum(np.prod(probabilities[np.arange(steps), way]) for way in ways if read(way, blank) == target)
    rows, lengths = np.array([target + [7] * padding, [blank] * (len(target) + padding)]), ([steps, 0], [len(target), 0])
    rows[rows == 7] = blank
    found, empty = F.ctc_loss(logs, rows, *lengths, blank=blank, reduction="none").data
    assert empty == 0.0
    assert_allclose(np.exp(-found), total, 1e-10)
    assert found < np.inf or total == 0


def test_ctc_gradients_and_curvature():
    scores = np.random.default_rng(0).normal(size=(4, 2, 3))
    for order in (1, 2):
        check_gradients(
            lambda s: F.ctc_loss(F.log_softmax(s, dim=2), [[1, 1], [2, 0]], [4, 3], [2, 1], reduction="sum"), scores, order=order, most=12
        )


def test_ctc_where_nothing_fits():
    logs = autograd.Tensor(np.log(np.full((2, 2, 3), 1 / 3)), requires_grad=True)
    arguments = ([[1, 1], [1, 2]], [2, 2], [2, 2])
    assert_array_equal(F.ctc_loss(logs, *arguments, reduction="none").data == np.inf, [True, False])
    loss = F.ctc_loss(logs, *arguments, reduction="none", zero_infinity=True)
    assert loss.data[0] == 0 < loss.data[1]
    loss.sum().backward()
    assert not logs.grad.data[:, 0].any() and logs.grad.data[:, 1].any()


def test_ctc_of_impossible_classes_and_in_float32():
    scores = np.array([[0.0, 1.0, -np.inf], [0.0, 1.0, -np.inf], [1.0, 0.0, -np.inf]], np.float32)
    x = autograd.Tensor(scores[:, None], requires_grad=True)
    loss = F.ctc_loss(F.log_softmax(x, dim=2), [[1]], [3], [1])
    loss.backward()
    assert loss.dtype == x.grad.dtype == np.float32 and np.isfinite(x.grad.data).all()
    assert_allclose(F.ctc_loss(F.log_softmax(scores, dim=1), [1], 3, 1).item(), loss.item(), 1e-6)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"input_lengths": [5, 4]}, "4 steps"),
        ({"input_lengths": [4]}, "one for each"),
        ({"input_lengths": [1.0, 2.0]}, "whole numbers"),
        ({"target_lengths": [3, 1]}, "do not hold"),
        ({"targets": [[1, 3], [1, 2]]}, "not among 3 classes"),
        ({"blank": 3}, "blank is one of 3"),
        ({"reduction": "max"}, "reduction"),
    ],
)
def test_ctc_refuses(change, said):
    usual = {"targets": [[1, 2], [1, 2]], "input_lengths": [4, 4], "target_lengths": [2, 1]}
    with pytest.raises(ValueError, match=said):
        F.ctc_loss(np.zeros((4, 2, 3)), **{**usual, **change})


# Fractional pooling.


@pytest.mark.parametrize(("axes", "order"), [(2, [1, 0]), (3, [0, 1, 2])])
def test_fractional_windows_lie_where_their_samples_say(axes, order):
    rng = np.random.default_rng(0)
    size, kernel, out = (9, 8, 7)[:axes], (3, 2, 2)[:axes], (4, 5, 3)[:axes]
    x, samples = rng.normal(size=(2, 3, *size)), rng.random((2, 3, axes))
    found, places = getattr(F, f"fractional_max_pool{axes}d")(x, kernel, out, return_indices=True, _random_samples=samples)
    for n, c, *cell in np.ndindex(*found.shape):
        window = []
        for axis, column in enumerate(order):
            alpha, u = (size[axis] - kernel[axis]) / (out[axis] - 1), samples[n, c, column]
            last = cell[axis] == out[axis] - 1
            start = size[axis] - kernel[axis] if last else int((cell[axis] + u) * alpha) - int(u * alpha)
            window.append(slice(start, start + kernel[axis]))
        at = (n, c, *cell)
        assert found.data[at] == x[(n, c, *window)].max() == x[n, c].ravel()[places[at]]


def test_fractional_pooling_draws_anew_and_by_its_generator():
    x = np.random.default_rng(0).normal(size=(2, 3, 17, 17))
    pool = nn.FractionalMaxPool2d(2, output_ratio=0.7, generator=0)
    one, two = pool(x).data, pool(x).data
    assert one.shape == (2, 3, 11, 11) and (one != two).any()
    assert_array_equal(nn.FractionalMaxPool2d(2, output_ratio=0.7, generator=0)(x).data, one)
    samples = np.full((2, 3, 2), 0.4)
    check_gradients(lambda x: F.fractional_max_pool2d(x, 2, 5, _random_samples=samples), x[:, :, :7, :8])


@pytest.mark.parametrize(
    ("options", "said"),
    [({}, "one of them"), ({"output_size": 3, "output_ratio": 0.5}, "one of them"), ({"output_ratio": 1.5}, "between 0 and 1"),
     ({"output_size": 7}, "do not fit"), ({"output_size": 3, "_random_samples": np.zeros((1, 2, 3))}, "_random_samples")],
)  # fmt: skip
def test_fractional_pooling_refuses(options, said):
    with pytest.raises(ValueError, match=said):
        F.fractional_max_pool2d(np.zeros((1, 2, 7, 7)), 2, **options)


# The adaptive softmax.


def test_adaptive_softmax_is_a_distribution_and_its_loss():
    layer = nn.AdaptiveLogSoftmaxWithLoss(8, 20, [5, 10], div_value=2.0, head_bias=True, generator=0).double()
    rng = np.random.default_rng(0)
    x, target = rng.normal(size=(6, 8)), np.array([0, 4, 5, 9, 10, 19])
    logs = layer.log_prob(x).data
    assert_allclose(np.exp(logs).sum(1), 1.0)
    output, loss = layer(x, target)
    assert_allclose(output.data, logs[np.arange(6), target], 1e-12)
    assert_allclose(loss.item(), -output.data.mean())
    assert_allclose(layer(x[3], 9).output.data, output.data[3], 1e-12)
    assert_array_equal(layer.predict(x), logs.argmax(1))
    tails = [f"tail.{cluster}.{part}.weight" for cluster in (0, 1) for part in (0, 1)]
    assert list(layer.state_dict()) == ["head.weight", "head.bias", *tails]
    check_gradients(lambda x: layer(x, target).loss, x)


@pytest.mark.parametrize("cutoffs", [[], [5, 5], [10, 5], [0, 5], [5, 20]])
def test_adaptive_cutoffs_rise(cutoffs):
    with pytest.raises(ValueError, match="rising"):
        nn.AdaptiveLogSoftmaxWithLoss(8, 20, cutoffs)


@pytest.mark.parametrize(("x", "target"), [((3, 8), [0, 1]), ((3, 8), [0, 1, 20]), ((3, 8), [0.0, 1.0, 2.0]), ((8,), [1])])
def test_adaptive_targets(x, target):
    with pytest.raises(ValueError, match=r"whole numbers|targets lie"):
        nn.AdaptiveLogSoftmaxWithLoss(8, 20, [5])(np.zeros(x, np.float32), np.array(target))

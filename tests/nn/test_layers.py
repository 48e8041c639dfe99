"""Layers and first values, without a second library."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

import nn
from nn import init


def test_batch_norm_in_training_and_evaluation():
    norm, x = nn.BatchNorm1d(2), np.random.default_rng(0).normal(5, 3, (40, 2)).astype(np.float32)
    out = norm(x)
    assert_allclose(out.data.mean(0), 0, atol=1e-5)
    assert_allclose(out.data.std(0), 1, atol=1e-4)
    assert_allclose(norm.running_mean.data, 0.1 * x.mean(0), rtol=1e-5)
    assert norm.num_batches_tracked.item() == 1
    norm.eval()
    assert_allclose(norm(x[:1]).data, (x[:1] - norm.running_mean.data) / np.sqrt(norm.running_var.data + 1e-5), rtol=1e-4)
    assert norm.num_batches_tracked.item() == 1, "evaluation changes nothing"
    norm.reset_running_stats()
    assert not norm.running_mean.data.any()


def test_batch_norm_without_momentum_is_the_mean_of_all_batches():
    norm, rng = nn.BatchNorm1d(1, momentum=None), np.random.default_rng(0)
    batches = rng.normal(size=(5, 8, 1)).astype(np.float32)
    for batch in batches:
        norm(batch)
    assert_allclose(norm.running_mean.data, batches.mean((0, 1)), rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize(
    "layer, shape",
    [(nn.BatchNorm1d(3), (2, 3, 4, 4)), (nn.BatchNorm2d(3), (2, 3)), (nn.BatchNorm2d(3), (2, 4, 4, 4))],
)
def test_norms_refuse_other_shapes(layer, shape):
    with pytest.raises(ValueError, match=r"takes|channels"):
        layer(np.ones(shape, np.float32))


@pytest.mark.parametrize(
    "layer, shape",
    [
        (nn.LayerNorm((2, 3)), (4, 2, 3)), (nn.RMSNorm(3), (4, 3)), (nn.GroupNorm(2, 4), (2, 4, 3)),
        (nn.InstanceNorm2d(3), (2, 3, 4, 4)), (nn.InstanceNorm1d(3, affine=True, track_running_stats=True), (2, 3, 4)),
        (nn.InstanceNorm1d(3), (3, 4)), (nn.PReLU(3), (2, 3)), (nn.Embedding(5, 2), None), (nn.Flatten(), (2, 3, 4)),
        (nn.Unflatten(1, (2, 3)), (4, 6)), (nn.Bilinear(3, 3, 2), (4, 3)), (nn.Softmax2d(), (2, 3, 4, 4)),
    ],
)  # fmt: skip
def test_gradients_reach_every_parameter(layer, shape):
    rng = np.random.default_rng(0)
    x = rng.integers(0, 5, (4,)) if shape is None else rng.normal(size=shape).astype(np.float32)
    out = layer(x, x) if isinstance(layer, nn.Bilinear) else layer(x)
    assert out.dtype == np.float32
    if list(layer.parameters()):
        (out * out * out).sum().backward()
        assert all(p.grad is not None and p.grad.data.any() for p in layer.parameters())


def test_dropout_layers():
    x = np.ones((50, 4, 5), np.float32)
    layer = nn.Dropout1d(0.5, generator=np.random.default_rng(0))
    out = layer(x).data
    assert set(np.unique(out)) == {0.0, 2.0}
    assert (out == out[:, :, :1]).all(), "whole channels"
    assert not np.array_equal(layer(x).data, out), "the next mask is another"
    assert_array_equal(layer.eval()(x).data, x)
    seeded = nn.Dropout(0.5, generator=3)
    assert not np.array_equal(seeded(x).data, seeded(x).data), "a seed starts a sequence, it is not one mask"
    assert_array_equal(nn.Dropout(0.5, generator=3)(x).data, nn.Dropout(0.5, generator=3)(x).data)
    with pytest.raises(ValueError, match="probability"):
        nn.Dropout(2)


def test_rrelu_draws_in_training_only():
    layer, x = nn.RReLU(generator=0), -np.ones(200, np.float32)
    slopes = -layer(x).data
    assert slopes.min() >= 1 / 8
    assert slopes.max() <= 1 / 3
    assert len(np.unique(slopes)) > 100
    assert_allclose(layer.eval()(x).data, -(1 / 8 + 1 / 3) / 2, rtol=1e-6)


def test_a_padding_row_is_zero_and_stays():
    table = nn.Embedding(3, 2, padding_idx=-1)
    table([0, 2, 2]).sum().backward()
    assert not table.weight.data[2].any()
    assert not table.weight.grad.data[2].any()
    assert table.weight.grad.data[0].all()


def test_losses_as_modules():
    x, y = np.eye(3, dtype=np.float32), np.arange(3)
    assert nn.CrossEntropyLoss(label_smoothing=0.1)(x, y).item() > nn.CrossEntropyLoss()(x, y).item()
    weighted = nn.CrossEntropyLoss(weight=[1.0, 2.0, 3.0])
    assert [name for name, _ in weighted.named_buffers()] == ["weight"]
    assert weighted(x, y).dtype == np.float32
    assert nn.MSELoss(reduction="sum")(x, x + 1).item() == 9
    with pytest.raises(TypeError):
        nn.MSELoss(reduce_by="sum")


# ------------------------------------------------------------------------------------------------------- first values

VARIANCES = {
    "kaiming_normal_": (init.kaiming_normal_, 2 / 300),
    "kaiming_uniform_": (init.kaiming_uniform_, 2 / 300),
    "xavier_normal_": (init.xavier_normal_, 2 / 500),
    "xavier_uniform_": (init.xavier_uniform_, 2 / 500),
    "fan_out": (lambda w, generator: init.kaiming_normal_(w, mode="fan_out", generator=generator), 2 / 200),
    "orthogonal_": (init.orthogonal_, 1 / 300),
}


@pytest.mark.parametrize("name", VARIANCES)
def test_variances(name):
    draw, variance = VARIANCES[name]
    weight = nn.Parameter(np.zeros((200, 300)))
    draw(weight, generator=0)
    assert_allclose(weight.data.var(), variance, rtol=0.03)
    assert_allclose(weight.data.mean(), 0, atol=1e-3)
    again = nn.Parameter(np.zeros((200, 300)))
    draw(again, generator=np.random.default_rng(0))
    assert_array_equal(again.data, weight.data)


def test_convolution_weights_count_their_kernel():
    assert init.fans(nn.Parameter(np.zeros((8, 4, 3, 3)))) == (36, 72)
    with pytest.raises(ValueError, match="fan"):
        init.kaiming_normal_(nn.Parameter(np.zeros(3)))


def test_he_keeps_the_variance_through_relu_layers():
    x = np.random.default_rng(0).normal(size=(200, 256)).astype(np.float32)
    for seed in range(10):
        layer = nn.Linear(256, 256, bias=False)
        init.kaiming_normal_(layer.weight, generator=seed)
        x = np.maximum(layer(x).data, 0)
    assert 0.3 < (x**2).mean() < 3


def test_truncated_normal_stays_inside():
    weight = init.trunc_normal_(nn.Parameter(np.zeros(2000)), std=2.0, a=-1.0, b=2.0, generator=0)
    assert weight.data.min() >= -1
    assert weight.data.max() <= 2


def test_default_first_values_are_pytorchs():
    layer = nn.Linear(100, 400, generator=0)
    for parameter in layer.parameters():
        assert 0.095 < np.abs(parameter.data).max() <= 0.1
    assert_array_equal(init.eye_(nn.Parameter(np.zeros((2, 3)))).data, np.eye(2, 3))

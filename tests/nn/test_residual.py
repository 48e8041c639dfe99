"""Residual around any module, its switches, and the starts that are refused."""

import numpy as np
import pytest

import autograd
import nn
from autograd import Tensor
from nn import functional as F

X = np.arange(6, dtype=np.float32).reshape(2, 3)


def test_the_sum_and_its_parts():
    block = nn.Residual(nn.Linear(3, 3), after=nn.ReLU())
    np.testing.assert_allclose(block(X).data, np.maximum(block.branch(X).data + X, 0))
    projected = nn.Residual(nn.Linear(3, 5), shortcut=nn.Linear(3, 5, bias=False))
    np.testing.assert_allclose(projected(X).data, projected.branch(X).data + projected.shortcut(X).data)


def test_switches():
    block = nn.Residual(nn.Linear(3, 3))
    net = nn.Sequential(block, nn.ResidualBlock(3, residual=False))
    with nn.without_skips(net):
        np.testing.assert_array_equal(block(X).data, block.branch(X).data)
        assert [each.residual for each in nn.residual_blocks(net)] == [False, False]
    assert [each.residual for each in nn.residual_blocks(net)] == [True, False], "each goes back to what it was"
    with nn.without_branch(block):
        np.testing.assert_array_equal(block(X).data, X)
    assert block.active
    with pytest.raises(TypeError, match="residual block"), nn.without_branch(nn.ReLU()):
        pass


def test_switches_go_back_after_an_error():
    block = nn.ResidualBlock(3)
    with pytest.raises(KeyError), nn.without_skips(block):
        raise KeyError
    assert block.residual


def test_shapes_that_do_not_meet_are_refused_and_explained():
    with pytest.raises(ValueError, match=r"\(2, 1\).*\(2, 3\).*shortcut="):
        nn.Residual(nn.Linear(3, 1))(X)


def test_intermediate_tensors_bear_the_notes_names():
    y = nn.ResidualBlock(3, sigma="tanh")(Tensor(X, requires_grad=True))
    names, stack = set(), [y.node]
    while stack:
        node = stack.pop()
        names.add(node.name)
        stack += [parent for parent in node.parents if parent is not None]
    assert names == {"y", "h₂", "z₂", "h₁", "z₁", "W₁", "b₁", "W₂", "b₂", None}


def test_the_twin_has_the_same_weights():
    block = nn.ResidualBlock(3, generator=0)
    twin = nn.ResidualBlock(3, generator=0, residual=False)
    np.testing.assert_allclose(block(X).data, twin(X).data + X)


def test_zero_last_under_a_trailing_relu_is_refused_with_the_reason():
    with pytest.raises(ValueError, match=r"dead for ever.*depth"):
        nn.ResidualBlock(3, zero_last=True)
    nn.ResidualBlock(3, sigma="tanh", zero_last=True)
    nn.ResidualBlock(3, trailing=False, zero_last=True)


def test_what_is_refused_is_dead_indeed():
    """The check of the check: with W₂ = b₂ = 0 under ReLU, no gradient reaches any parameter; under tanh it does."""
    for sigma, alive in (("relu", False), ("tanh", True)):
        block = nn.ResidualBlock(3, sigma=sigma)
        nn.init.zeros_(block.W2)
        block(X).sum().backward()
        assert block.W2.grad.data.any() == alive


def test_zero_and_scaled_last_layers_of_any_branch():
    branch = nn.Sequential(nn.Linear(3, 3), nn.ReLU(), nn.Linear(3, 3))
    before = branch[2].weight.data.copy()
    nn.init.scale_last_(branch, 4)
    np.testing.assert_allclose(branch[2].weight.data, before / 2)
    nn.init.zero_last_(branch)
    np.testing.assert_array_equal(nn.Residual(branch)(X).data, X)
    with pytest.raises(ValueError, match="ReLU"):
        nn.init.zero_last_(nn.Sequential(nn.Linear(3, 3), nn.ReLU()))
    with pytest.raises(ValueError, match="no parameters"):
        nn.init.zero_last_(nn.ReLU())


def test_unknown_sigma():
    with pytest.raises(ValueError, match="relu"):
        nn.ResidualBlock(3, sigma="unknown")


def test_a_deep_stack_trains():
    """Thirty blocks of the note, every one of them alive."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(60, 8)).astype(np.float32)
    y = (x[:, 0] * x[:, 1] > 0).astype(int)
    blocks = [nn.ResidualBlock(16, depth=30, generator=i) for i in range(30)]
    net = nn.Sequential(nn.Linear(8, 16, generator=0), *blocks, nn.Linear(16, 2, generator=1))
    optimizer = nn.optim.Adam(net.parameters(), lr=3e-3)
    for _ in range(40):
        optimizer.zero_grad()
        loss = F.cross_entropy(net(x), y)
        loss.backward()
        optimizer.step()
    assert loss.item() < 0.2
    assert all(block.W2.grad.data.any() for block in blocks)
    with autograd.no_grad():
        assert not net(x).requires_grad


def test_an_encoder_layer_has_two_joins_and_a_twin():
    layer = nn.TransformerEncoderLayer(4, 2, 8, dropout=0.0, norm_first=True, batch_first=True, generator=0)
    x = np.random.default_rng(0).normal(size=(2, 3, 4)).astype(np.float32)
    first, second = layer.self_attn(*[layer.norm1(x)] * 3)[0], layer._feed_forward
    middle = x + first
    np.testing.assert_allclose(layer(x).data, (middle + second(layer.norm2(middle))).data, rtol=1e-5)
    with nn.without_skips(layer):
        np.testing.assert_allclose(layer(x).data, second(layer.norm2(first)).data, rtol=1e-5)
    with nn.without_branch(layer):
        np.testing.assert_array_equal(layer(x).data, x)

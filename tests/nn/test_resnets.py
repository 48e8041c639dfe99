"""The residual networks: published parameter counts, torchvision's state names, twins, shapes, joins."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import autograd
import nn

CIFAR_A = {20: 269_722, 32: 464_154, 44: 658_586, 56: 853_018, 110: 1_727_962}
CIFAR_B = {20: 272_474, 32: 466_906, 44: 661_338, 56: 855_770, 110: 1_730_714}
IMAGENET = {18: 11_689_512, 34: 21_797_672, 50: 25_557_032, 101: 44_549_160, 152: 60_192_808}
# torchvision's own figures for its models of these names.
WIDE = {"wide_resnet50_2": 68_883_240, "resnext50_32x4d": 25_028_904}


def count(model: Any) -> int:
    return sum(parameter.size for parameter in model.parameters())


@pytest.mark.parametrize(("depth", "shortcut", "number"), [(d, s, n) for s, t in (("A", CIFAR_A), ("B", CIFAR_B)) for d, n in t.items()])
def test_cifar_counts(depth: int, shortcut: str, number: int) -> None:
    assert count(getattr(nn, f"resnet{depth}")(shortcut=shortcut)) == number


@pytest.mark.parametrize(("depth", "number"), IMAGENET.items())
def test_imagenet_counts(depth: int, number: int) -> None:
    assert count(getattr(nn, f"resnet{depth}")()) == number


@pytest.mark.parametrize(("name", "number"), WIDE.items())
def test_wide_and_grouped_counts(name: str, number: int) -> None:
    assert count(getattr(nn, name)()) == number


def test_squeeze_excitation_weighs_channels() -> None:
    block, x = nn.SqueezeExcitation(6, 2), np.random.default_rng(0).normal(size=(2, 6, 4, 4)).astype(np.float32)
    assert list(block.state_dict()) == ["fc1.weight", "fc1.bias", "fc2.weight", "fc2.bias"]
    weights = {name: value.data.reshape(value.shape[:2]) for name, value in block.state_dict().items() if "weight" in name}
    hidden = np.maximum(x.mean(axis=(2, 3)) @ weights["fc1.weight"].T + block.fc1.bias.data, 0)
    gates = 1 / (1 + np.exp(-(hidden @ weights["fc2.weight"].T + block.fc2.bias.data)))
    assert np.allclose(block(x).data, x * gates[:, :, None, None], atol=1e-6)


def test_a_scale_of_zero_starts_as_the_identity_and_learns() -> None:
    block, x = nn.Residual(nn.Linear(3, 3), scale=0.0), np.ones((2, 3), np.float32)
    out = block(x)
    assert np.array_equal(out.data, x)
    out.sum().backward()
    assert np.allclose(block.scale.grad, block.branch(x).data.sum(), rtol=1e-5)
    assert not np.any(block.branch.weight.grad)
    assert [name for name, _ in nn.Residual(nn.Linear(3, 3)).named_parameters()] == ["branch.weight", "branch.bias"]


def test_state_names_are_torchvisions() -> None:
    names = list(nn.resnet18().state_dict())
    assert len(names) == 122
    assert names[:6] == [
        "conv1.weight", "bn1.weight", "bn1.bias", "bn1.running_mean", "bn1.running_var", "bn1.num_batches_tracked",
    ]  # fmt: skip
    assert {"layer1.0.conv1.weight", "layer2.0.downsample.0.weight", "layer2.0.downsample.1.running_var", "fc.bias"} <= set(names)
    assert "layer4.2.conv3.weight" in nn.resnet50().state_dict()


def test_the_twin_has_the_same_weights_and_no_skip() -> None:
    x = np.random.default_rng(0).normal(size=(2, 3, 16, 16)).astype(np.float32)
    model, twin = nn.resnet20(generator=0).eval(), nn.resnet20(generator=0, residual=False).eval()
    assert all(np.array_equal(a.data, b.data) for a, b in zip(model.parameters(), twin.parameters(), strict=True))
    assert not np.allclose(model(x).data, twin(x).data)
    with nn.without_skips(model):
        assert np.array_equal(model(x).data, twin(x).data)


@pytest.mark.parametrize(("shortcut", "kinds"), [("A", ["padded"] * 2), ("B", ["projected"] * 2), ("C", ["projected"] * 9)])
def test_every_join_is_found(shortcut: str, kinds: list[str]) -> None:
    x = autograd.Tensor(np.random.default_rng(1).normal(size=(2, 3, 8, 8)).astype(np.float32), requires_grad=True)
    loss = nn.functional.cross_entropy(nn.resnet20(shortcut=shortcut, generator=0)(x), np.array([1, 2]))
    joins = autograd.routes(loss, x).joins
    assert len(joins) == 9
    assert [join.kind for join in joins if join.kind != "identity"] == kinds
    assert {join.trunk.kind for join in joins} == {"mask"}


def test_a_wrong_shortcut_is_refused() -> None:
    with pytest.raises(ValueError, match="shortcut is 'A'"):
        nn.resnet20(shortcut="D")

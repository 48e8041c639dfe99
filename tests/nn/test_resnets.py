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
# The figures of the implementations that are in use; the papers give 11.0, 8.9, 36.5, 28.1, 1.7, 1.7 and 10.2 million.
OTHERS = {
    "wide_resnet16_8": 10_961_370, "wide_resnet40_4": 8_949_210, "wide_resnet28_10": 36_479_194, "se_resnet18": 11_778_592,
    "se_resnet50": 28_088_024, "preact_resnet110": 1_727_962, "preact_resnet164": 1_703_258, "preact_resnet1001": 10_327_706,
}  # fmt: skip


def count(model: Any) -> int:
    return sum(parameter.size for parameter in model.parameters())


@pytest.mark.parametrize(("depth", "shortcut", "number"), [(d, s, n) for s, t in (("A", CIFAR_A), ("B", CIFAR_B)) for d, n in t.items()])
def test_cifar_counts(depth: int, shortcut: str, number: int) -> None:
    assert count(getattr(nn, f"resnet{depth}")(shortcut=shortcut)) == number


@pytest.mark.parametrize(("depth", "number"), IMAGENET.items())
def test_imagenet_counts(depth: int, number: int) -> None:
    assert count(getattr(nn, f"resnet{depth}")()) == number


@pytest.mark.parametrize(("name", "number"), [*WIDE.items(), *OTHERS.items()])
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


# The variants of He et al. 2016, and of others.

X = np.random.default_rng(2).normal(size=(2, 3, 8, 8)).astype(np.float32)
PLANES = np.random.default_rng(3).normal(size=(2, 4, 5, 5)).astype(np.float32)


@pytest.mark.parametrize(
    ("block", "options", "kind", "trunk"),
    [
        ("BasicBlock", {}, "identity", "mask"),
        ("BasicBlock", {"squeeze": 4}, "identity", "mask"),
        ("ScaledBlock", {}, "scaled", "mask"),
        ("ScaledBlock", {"branch_factor": 1.0}, "scaled", "mask"),
        ("GatedBlock", {}, "gated", "mask"),
        ("GatedBlock", {"exclusive": False, "gate_bias": 0.0}, "gated", "mask"),
        ("DropoutSkipBlock", {"p": 0.3}, "dropout", "mask"),
        ("NormAfterAddBlock", {}, "identity", "mask"),
        ("ReLUBeforeAddBlock", {}, "identity", "nothing"),
        ("ReLUOnlyBlock", {}, "identity", "nothing"),
        ("PreActivationBlock", {"dropout": 0.3}, "identity", "nothing"),
        ("PreActivationBottleneck", {}, "identity", "nothing"),
    ],
)
@pytest.mark.parametrize("shortcut", ["A", "B"])
def test_every_variant_has_its_joins_its_twin_and_its_shortcuts(block: str, options: Any, kind: str, trunk: str, shortcut: str) -> None:
    model = nn.CifarResNet(2, shortcut, 5, block=block, generator=0, **options)
    x = autograd.Tensor(X, requires_grad=True)
    out = model(x)
    assert out.shape == (2, 5)
    loss = nn.functional.cross_entropy(out, np.array([1, 2]))
    joins = [join for join in autograd.routes(loss, x).joins if join.name.partition(".")[0] in ("layer1", "layer2", "layer3")]
    inner = [join for join in joins if join.name.startswith("layer1.1")] or joins
    assert len(joins) == 6 and {join.kind for join in inner if join.kind != "projected"} == {kind}
    if shortcut == "A":  # a pre-activated projection forks behind the norm and ReLU
        assert inner[0].trunk.kind == trunk
    loss.backward()
    assert all(parameter.grad is not None for parameter in model.parameters())
    with nn.without_skips(model):
        assert not np.allclose(model.eval()(X).data, 0)


def through(block: Any, x: Any) -> Any:
    """The block in evaluation, where its norms are at their start and dropout is the identity."""
    return block.eval()(x).data


def test_the_formulas_of_the_variants() -> None:
    basic = nn.BasicBlock(4, 4).eval()
    state = basic.state_dict()
    fx = basic.function(PLANES).data

    def alike(block: Any) -> Any:
        block.load_state_dict({**block.state_dict(), **state})
        return block

    def relu(x: Any) -> Any:
        return np.maximum(x, 0)

    scaled = alike(nn.ScaledBlock(4, 4, skip_factor=0.3, branch_factor=0.7))
    np.testing.assert_allclose(through(scaled, PLANES), relu(0.7 * fx + 0.3 * PLANES), atol=1e-5)
    gated = alike(nn.GatedBlock(4, 4, gate_bias=-1.0))
    g = gated.gate(PLANES).data
    np.testing.assert_allclose(through(gated, PLANES), relu(g * fx + (1 - g) * PLANES), atol=1e-5)
    gated.exclusive = False
    np.testing.assert_allclose(through(gated, PLANES), relu(fx + (1 - g) * PLANES), atol=1e-5)
    np.testing.assert_allclose(through(alike(nn.DropoutSkipBlock(4, 4)), PLANES), relu(fx + PLANES), atol=1e-5)
    np.testing.assert_allclose(through(alike(nn.ReLUBeforeAddBlock(4, 4)), PLANES), relu(fx) + PLANES, atol=1e-5)
    only = alike(nn.ReLUOnlyBlock(4, 4))
    np.testing.assert_allclose(through(only, PLANES), basic.function(relu(PLANES)).data + PLANES, atol=1e-5)
    after = alike(nn.NormAfterAddBlock(4, 4))
    inner = basic.conv2(basic.bn1(basic.conv1(PLANES)).relu()).data + PLANES
    np.testing.assert_allclose(through(after, PLANES), relu(basic.bn2(inner).data), atol=1e-5)


def test_a_projection_of_a_pre_activated_block_takes_the_normed_input() -> None:
    block = nn.PreActivationBlock(4, 6, 2, nn.Conv2d(4, 6, 1, 2, bias=False))
    block.bn1.load_state_dict({**block.bn1.state_dict(), "running_mean": np.full(4, 0.5), "running_var": np.full(4, 2.0)})
    block.eval()
    h = np.maximum(block.bn1(PLANES).data, 0)
    expected = block.downsample(h).data + block.conv2(block.bn2(block.conv1(h)).relu()).data
    np.testing.assert_allclose(block(PLANES).data, expected, atol=1e-5)


def test_stochastic_depth_leaves_out_whole_branches_more_often_deeper() -> None:
    model = nn.stochastic_depth_(nn.CifarResNet(2, generator=0), 0.5, generator=1)
    shares = [block.drop_path.p for block in nn.residual_blocks(model)]
    np.testing.assert_allclose(shares, np.arange(1, 7) / 12)
    block = nn.BasicBlock(4, 4)
    nn.stochastic_depth_(block, 0.5, generator=1)
    x = np.abs(np.random.default_rng(0).normal(size=(200, 4, 2, 2))).astype(np.float32)
    fx = block.function(x).data
    out = block(x).data
    left_out = np.array([np.array_equal(a, b) for a, b in zip(out, x, strict=True)])
    assert 0.4 < left_out.mean() < 0.6
    np.testing.assert_allclose(out[~left_out], np.maximum(2 * fx + x, 0)[~left_out], rtol=1e-4, atol=1e-4)
    model.eval()
    plain = nn.CifarResNet(2, generator=0).eval()
    plain.load_state_dict(model.state_dict())
    np.testing.assert_array_equal(model(X).data, plain(X).data)
    assert nn.residual_blocks(nn.stochastic_depth_(model, 0.0))[0].drop_path is None
    with pytest.raises(ValueError, match="below 1"):
        nn.stochastic_depth_(model, 1.0)


def test_unknown_blocks_are_refused() -> None:
    with pytest.raises(ValueError, match="GatedBlock"):
        nn.resnet20(block="Gatedblock")
    assert isinstance(nn.resnet20(block="GatedBlock", gate_bias=-2.0).layer1[0], nn.GatedBlock)

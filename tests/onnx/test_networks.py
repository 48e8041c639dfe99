"""Whole networks in ONNX Runtime: residual nets of every kind, attention, the sharpener; and what export leaves as it was."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import autograd
import nn

onnx = pytest.importorskip("onnx")
onnxruntime = pytest.importorskip("onnxruntime")
import nn.onnx  # noqa: E402


def dense() -> nn.Module:
    return nn.Sequential(nn.Linear(12, 8), *[nn.ResidualBlock(8, sigma="tanh", depth=3) for _ in range(3)], nn.Linear(8, 4))


def preactivation(option: str) -> nn.Module:
    return nn.CifarResNet(1, option, block=nn.PreActivationBlock)


def mixed() -> nn.Module:
    return nn.Sequential(
        nn.Conv2d(2, 4, (4, 2), padding="same"), nn.GroupNorm(2, 4), nn.GELU(), nn.AvgPool2d(3, 2, padding=1),
        nn.SqueezeExcitation(4, 2), nn.ConvTranspose2d(4, 3, 3, 2, padding=1, output_padding=1),
        nn.Upsample(scale_factor=2, mode="bilinear"), nn.PixelUnshuffle(2), nn.LayerNorm((8, 8)), nn.Dropout(0.5), nn.Softmax(1),
    )  # fmt: skip


CIFAR = (3, 32, 32)
NETS: dict[str, tuple[Any, tuple[int, ...]]] = {
    "resnet20, A": (nn.resnet20, CIFAR), "resnet20, B": (lambda: nn.resnet20("B"), CIFAR),
    "resnet20, C": (lambda: nn.resnet20("C"), CIFAR), "plain twin": (lambda: nn.resnet20(residual=False), CIFAR),
    "pre-activation, A": (lambda: preactivation("A"), CIFAR), "pre-activation, B": (lambda: preactivation("B"), CIFAR),
    "dense": (dense, (12,)), "sharpener": (lambda: nn.VDSR(6, 8, last=1.0), (1, 16, 16)), "mixed": (mixed, (2, 8, 8)),
    "attention": (lambda: nn.TransformerEncoderLayer(8, 2, 16, batch_first=True), (5, 8)),
}  # fmt: skip
LARGE = {"resnet18": (nn.resnet18, (3, 65, 80)), "resnet50": (nn.resnet50, (3, 64, 64)), "resnet110": (nn.resnet110, CIFAR)}


def lively(make: Any) -> nn.Module:
    """With running statistics and scales as after some training: a fresh net's are ones and zeros, and hide mistakes."""
    nn.manual_seed(0)
    net, random = make(), np.random.default_rng(1)
    for module in net.modules():
        if isinstance(module, nn.BatchNorm2d):
            for tensor, low, high in ((module.running_mean, -0.2, 0.2), (module.running_var, 0.7, 1.5), (module.bias, -0.2, 0.2)):
                tensor.data[...] = random.uniform(low, high, tensor.shape)
    return net


def runs_as_ours(net: nn.Module, shape: tuple[int, ...], path: Path) -> None:
    random = np.random.default_rng(2)
    before = {name: tensor.data.copy() for name, tensor in net.state_dict().items()}
    nn.onnx.export(net, random.standard_normal((2, *shape), np.float32), path)
    assert all(module.training for module in net.modules())
    assert all((tensor.data == before[name]).all() for name, tensor in net.state_dict().items())
    session = onnxruntime.InferenceSession(path.read_bytes(), providers=["CPUExecutionProvider"])
    net.eval()
    for samples in (1, 4):
        x = random.standard_normal((samples, *shape), np.float32)
        with autograd.no_grad():
            expected = net(x).data
        (got,) = session.run(None, {"input": x})
        assert got.shape == expected.shape and got.dtype == np.float32
        np.testing.assert_allclose(got, expected, rtol=0, atol=2e-5 * max(1.0, np.abs(expected).max()))


@pytest.mark.parametrize("name", NETS)
def test_onnx_runtime_gives_the_same(name: str, tmp_path: Path) -> None:
    """With batches that it was not exported with."""
    make, shape = NETS[name]
    runs_as_ours(lively(make), shape, tmp_path / "net.onnx")


@pytest.mark.slow
@pytest.mark.parametrize("name", LARGE)
def test_large_nets_too(name: str, tmp_path: Path) -> None:
    make, shape = LARGE[name]
    runs_as_ours(lively(make), shape, tmp_path / "net.onnx")


@pytest.mark.parametrize("name", ["resnet20, B", "attention", "sharpener", "dense"])
def test_weights_have_their_names(name: str, tmp_path: Path) -> None:
    """Every initializer is a tensor of the state, under its name, or a constant."""
    make, shape = NETS[name]
    net = lively(make)
    nn.onnx.export(net, np.ones((2, *shape), np.float32), tmp_path / "net.onnx")
    stored = {each.name: onnx.numpy_helper.to_array(each) for each in onnx.load(tmp_path / "net.onnx").graph.initializer}
    named = {key: value for key, value in stored.items() if not key.startswith("constant")}
    state = net.state_dict()
    assert named.keys() == {key for key in state if not key.endswith("num_batches_tracked")}
    for key, value in named.items():
        np.testing.assert_array_equal(value, state[key].data)


def test_shared_and_frozen_weights(tmp_path: Path) -> None:
    """One initializer for what is shared; what was frozen, or in eval mode, is so afterwards."""
    shared = nn.Linear(3, 3)
    net = nn.Sequential(shared, nn.Tanh(), shared, nn.BatchNorm1d(3))
    shared.weight.requires_grad = False
    net[3].eval()
    nn.onnx.export(net, np.ones((2, 3), np.float32), tmp_path / "net.onnx")
    names = [each.name for each in onnx.load(tmp_path / "net.onnx").graph.initializer]
    assert sorted(name for name in names if not name.startswith("constant")) == [
        "0.bias", "0.weight", "3.bias", "3.running_mean", "3.running_var", "3.weight",
    ]  # fmt: skip
    assert not shared.weight.requires_grad and not net[3].running_mean.requires_grad
    assert shared.bias.requires_grad and not net[3].training and net.training


def test_a_failure_too_leaves_the_model_as_it_was(tmp_path: Path) -> None:
    net = nn.Sequential(nn.Linear(3, 3), nn.BatchNorm1d(3), nn.Lambda(lambda x: x.data))
    with pytest.raises(TypeError):
        nn.onnx.export(net, np.ones((2, 3), np.float32), tmp_path / "net.onnx")
    assert net.training and not net[1].running_mean.requires_grad


def test_scopes_name_the_nodes(tmp_path: Path) -> None:
    nn.onnx.export(nn.resnet20(), np.ones((1, 3, 32, 32), np.float32), tmp_path / "net.onnx")
    names = [node.name for node in onnx.load(tmp_path / "net.onnx").graph.node]
    assert "layer1/0/conv1/Conv" in names and "layer3/2/Add" in names


ROWS, IMAGES = (3, 8), (2, 4, 6, 6)
PIECES = """CELU ELU GELU GLU Hardshrink Hardsigmoid Hardswish Hardtanh LeakyReLU LogSigmoid Mish PReLU ReLU6 RReLU SELU SiLU
Softmin Softplus Softshrink Softsign Tanhshrink""".split()
PADS = "CircularPad2d ReflectionPad2d ReplicationPad2d ZeroPad2d".split()
MODULES: dict[str, tuple[Any, tuple[int, ...]]] = {
    **{name: (getattr(nn, name), ROWS) for name in PIECES}, "Threshold": (lambda: nn.Threshold(0.1, 0.2), ROWS),
    **{name: (lambda name=name: getattr(nn, name)(1), IMAGES) for name in PADS},
    "AdaptiveMaxPool2d": (lambda: nn.AdaptiveMaxPool2d(4), IMAGES),
    "InstanceNorm2d": (lambda: nn.InstanceNorm2d(4, affine=True), IMAGES), "RMSNorm": (lambda: nn.RMSNorm(6), IMAGES),
    "LocalResponseNorm": (lambda: nn.LocalResponseNorm(3), IMAGES), "ChannelShuffle": (lambda: nn.ChannelShuffle(2), IMAGES),
    "Bicubic": (lambda: nn.Upsample(scale_factor=2, mode="bicubic"), IMAGES), "DropPath": (lambda: nn.DropPath(0.5), IMAGES),
}  # fmt: skip


@pytest.mark.parametrize("name", MODULES)
def test_layers_one_by_one(name: str, tmp_path: Path) -> None:
    """`export` itself runs each with two numbers of samples."""
    make, shape = MODULES[name]
    x = 2 * np.random.default_rng(3).standard_normal(shape, np.float32)
    nn.onnx.export(make(), x, tmp_path / "layer.onnx", dynamic=(0,))

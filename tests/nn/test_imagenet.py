"""Weights under torchvision's names give PyTorch's logits, and photographs become inputs as torchvision makes them."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import autograd
import nn
from nn.data import imagenet_input

# --------------------------------------------------------------------------------------------- torchvision's nets, from PyTorch's parts


def torch_block(torch: Any, bottleneck: bool, inplanes: int, planes: int, stride: int) -> Any:
    """torchvision's BasicBlock or Bottleneck (v1.5): the same attributes, hence the same state names."""
    layers, out = torch.nn, planes * (4 if bottleneck else 1)

    class Block(layers.Module):
        def __init__(self) -> None:
            super().__init__()
            sizes = [(inplanes, planes, 1, 1), (planes, planes, 3, stride), (planes, out, 1, 1)] if bottleneck else [
                (inplanes, planes, 3, stride), (planes, planes, 3, 1)]  # fmt: skip
            self.count = len(sizes)
            for number, (before, after, kernel, step) in enumerate(sizes, 1):
                setattr(self, f"conv{number}", layers.Conv2d(before, after, kernel, step, kernel // 2, bias=False))
                setattr(self, f"bn{number}", layers.BatchNorm2d(after))
            self.downsample = None
            if stride != 1 or inplanes != out:
                self.downsample = layers.Sequential(layers.Conv2d(inplanes, out, 1, stride, bias=False), layers.BatchNorm2d(out))

        def forward(self, x: Any) -> Any:
            y = x
            for number in range(1, self.count + 1):
                y = getattr(self, f"bn{number}")(getattr(self, f"conv{number}")(y))
                y = torch.relu(y) if number < self.count else y
            return torch.relu(y + (x if self.downsample is None else self.downsample(x)))

    return Block()


def torch_resnet(torch: Any, bottleneck: bool, depths: tuple[int, ...]) -> Any:
    layers = torch.nn

    class ResNet(layers.Module):
        def __init__(self) -> None:
            super().__init__()
            self.conv1, self.bn1 = layers.Conv2d(3, 64, 7, 2, 3, bias=False), layers.BatchNorm2d(64)
            inplanes = 64
            for number, (planes, depth) in enumerate(zip((64, 128, 256, 512), depths), 1):
                blocks = []
                for place in range(depth):
                    blocks.append(torch_block(torch, bottleneck, inplanes, planes, 2 if number > 1 and place == 0 else 1))
                    inplanes = planes * (4 if bottleneck else 1)
                setattr(self, f"layer{number}", layers.Sequential(*blocks))
            self.fc = layers.Linear(inplanes, 1000)

        def forward(self, x: Any) -> Any:
            x = torch.max_pool2d(torch.relu(self.bn1(self.conv1(x))), 3, 2, 1)
            x = self.layer4(self.layer3(self.layer2(self.layer1(x))))
            return self.fc(x.mean((2, 3)))

    return ResNet()


NETS = {"resnet18": (False, (2, 2, 2, 2)), "resnet34": (False, (3, 4, 6, 3)), "resnet50": (True, (3, 4, 6, 3))}


@pytest.mark.compare
@pytest.mark.parametrize("suffix", [".pth", ".safetensors"])
@pytest.mark.parametrize("name", NETS)
def test_foreign_weights_give_pytorchs_logits(name: str, suffix: str, tmp_path: Path) -> None:
    """All of them, running statistics too, as after some training; in eval mode and float32."""
    torch = pytest.importorskip("torch")
    torch.manual_seed(0)
    theirs, ours = torch_resnet(torch, *NETS[name]), getattr(nn, name)(generator=1)
    for module in theirs.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            for tensor, low, high in ((module.running_mean, -0.2, 0.2), (module.running_var, 0.7, 1.5), (module.bias.data, -0.2, 0.2)):
                tensor.uniform_(low, high)
    state = theirs.state_dict()
    path = tmp_path / f"weights{suffix}"
    if suffix == ".pth":
        torch.save(state, path)
    else:
        nn.save(path, {key: value.numpy() for key, value in state.items()})
    assert not any(nn.load_into(ours, path))
    x = np.random.default_rng(0).standard_normal((2, 3, 96, 96), np.float32)
    with torch.no_grad(), autograd.no_grad():
        expected, got = theirs.eval()(torch.from_numpy(x)).numpy(), ours.eval()(x).data
    np.testing.assert_allclose(got, expected, rtol=0, atol=2e-5 * np.abs(expected).max())


# ---------------------------------------------------------------------------------------------------------------- photographs


def by_torchvisions_steps(pixels: Any, size: int, resize: int) -> Any:
    """Resize, CenterCrop, ToTensor, Normalize, each as its documentation says."""
    from PIL import Image

    image = Image.fromarray(pixels)
    width, height = image.size
    wanted = (resize, int(resize * height / width)) if width <= height else (int(resize * width / height), resize)
    image = image.resize(wanted, Image.Resampling.BILINEAR)
    left, top = round((image.width - size) / 2.0), round((image.height - size) / 2.0)
    cut = np.asarray(image.crop((left, top, left + size, top + size)), np.float64) / 255
    return ((cut - [0.485, 0.456, 0.406]) / [0.229, 0.224, 0.225]).transpose(2, 0, 1)


@pytest.mark.parametrize("shape", [(300, 401, 3), (401, 300, 3), (30, 31, 3), (64, 64, 3)])
@pytest.mark.parametrize(("size", "resize"), [(224, 256), (33, 40), (7, 7)])
def test_a_photograph_becomes_an_input(shape: tuple[int, ...], size: int, resize: int, tmp_path: Path) -> None:
    """From an array either way round, and from a file."""
    image = pytest.importorskip("PIL.Image")
    pixels = np.random.default_rng(0).integers(0, 256, shape, np.uint8)
    expected = by_torchvisions_steps(pixels, size, resize)
    made = imagenet_input(pixels, size, resize)
    assert made.dtype == np.float32 and made.shape == (3, size, size)
    np.testing.assert_allclose(made, expected, atol=1e-5)
    np.testing.assert_array_equal(imagenet_input(pixels.transpose(2, 0, 1), size, resize), made)
    image.fromarray(pixels).save(tmp_path / "a.png")
    np.testing.assert_array_equal(imagenet_input(tmp_path / "a.png", size, resize), made)


def test_what_is_no_photograph_is_refused(tmp_path: Path) -> None:
    pytest.importorskip("PIL")
    with pytest.raises(TypeError, match="uint8"):
        imagenet_input(np.zeros((4, 4, 3)))
    for shape in ((4, 4), (4, 4, 4), (0, 4, 3)):
        with pytest.raises(ValueError, match=r"\(H, W, 3\)"):
            imagenet_input(np.zeros(shape, np.uint8))
    with pytest.raises(ValueError, match="from 1 to resize"):
        imagenet_input(np.zeros((4, 4, 3), np.uint8), 300)
    (tmp_path / "a.png").write_bytes(b"no")
    with pytest.raises(ValueError, match=r"a\.png"):
        imagenet_input(tmp_path / "a.png")

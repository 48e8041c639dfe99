"""Residual networks: CIFAR's (He et al. 2015, section 4.2) and ImageNet's (table 1), each with its plain twin."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import autograd
from nn import init
from nn.blocks import BasicBlock, Bottleneck, shortcut_module
from nn.containers import Sequential
from nn.convolutions import Conv2d
from nn.dense import Linear
from nn.module import Module
from nn.norms import BatchNorm2d, norm_relu
from nn.poolings import AdaptiveAvgPool2d, MaxPool2d
from nn.randomness import generator_or_shared
from nn.residual import residual_blocks

Block = Callable[..., Any]


def _stage(block: Any, inplanes: int, planes: int, blocks: int, stride: int, option: str, **more: Any) -> Sequential:
    out = planes * block.expansion
    sizes = [(inplanes, stride)] + [(out, 1)] * (blocks - 1)
    return Sequential(*[
        block(before, planes, step, shortcut_module(option, before, out, step), **more) for before, step in sizes
    ])  # fmt: skip


def _initialise(model: Module, residual: bool, generator: Any) -> None:
    """He's normal by fan-out for convolutions (He et al. 2015b), PyTorch's default for the last layer."""
    random = generator_or_shared(generator)
    for module in model.modules():
        if isinstance(module, Conv2d):
            init.kaiming_normal_(module.weight, mode="fan_out", generator=random)
        elif isinstance(module, Linear):
            module.reset_parameters(random)
    for block in residual_blocks(model):
        block.residual = residual


class CifarResNet(Module):
    """3×3 convolutions in three stages of 16, 32 and 64 channels, n blocks each: 6n + 2 layers.

    Parameters
    ----------
    blocks : int
        n.
    shortcut : {"A", "B", "C"}
        Zero padding, projections where shapes change, projections everywhere.
    num_classes : int
    residual : bool
        False: the plain twin; same F, same weights, no skip.
    generator : numpy Generator or seed, optional
    """

    def __init__(
        self, blocks: int, shortcut: str = "A", num_classes: int = 10, residual: bool = True, block: Any = BasicBlock,
        generator: Any = None,
    ) -> None:  # fmt: skip
        if shortcut not in ("A", "B", "C"):
            raise ValueError(f"shortcut is 'A' (zero padding), 'B' (projections where shapes change) or 'C'; given {shortcut!r}")
        self.conv1, self.bn1 = Conv2d(3, 16, 3, padding=1, bias=False), BatchNorm2d(16)
        self.layer1 = _stage(block, 16, 16, blocks, 1, shortcut)
        self.layer2 = _stage(block, 16 * block.expansion, 32, blocks, 2, shortcut)
        self.layer3 = _stage(block, 32 * block.expansion, 64, blocks, 2, shortcut)
        self.avgpool = AdaptiveAvgPool2d(1)
        self.fc = Linear(64 * block.expansion, num_classes)
        _initialise(self, residual, generator)

    def forward(self, x: Any) -> Any:
        x = norm_relu(self.bn1, self.conv1(autograd.as_tensor(x)))
        x = self.layer3(self.layer2(self.layer1(x)))
        x = self.avgpool(x)
        return self.fc(x.reshape(x.shape[0], -1))


class ResNet(Module):
    """The ImageNet networks, with torchvision's state names (v1.5: stride on the 3×3 of a bottleneck)."""

    def __init__(
        self, block: Any, layers: Sequence[int], num_classes: int = 1000, residual: bool = True, groups: int = 1,
        width_per_group: int = 64, generator: Any = None,
    ) -> None:  # fmt: skip
        more = {"groups": groups, "base_width": width_per_group} if block is Bottleneck else {}
        self.conv1, self.bn1 = Conv2d(3, 64, 7, 2, padding=3, bias=False), BatchNorm2d(64)
        self.maxpool = MaxPool2d(3, 2, padding=1)
        self.layer1 = _stage(block, 64, 64, layers[0], 1, "B", **more)
        self.layer2 = _stage(block, 64 * block.expansion, 128, layers[1], 2, "B", **more)
        self.layer3 = _stage(block, 128 * block.expansion, 256, layers[2], 2, "B", **more)
        self.layer4 = _stage(block, 256 * block.expansion, 512, layers[3], 2, "B", **more)
        self.avgpool = AdaptiveAvgPool2d(1)
        self.fc = Linear(512 * block.expansion, num_classes)
        _initialise(self, residual, generator)

    def forward(self, x: Any) -> Any:
        x = self.maxpool(norm_relu(self.bn1, self.conv1(autograd.as_tensor(x))))
        x = self.layer4(self.layer3(self.layer2(self.layer1(x))))
        x = self.avgpool(x)
        return self.fc(x.reshape(x.shape[0], -1))


def _cifar(depth: int) -> Callable[..., CifarResNet]:
    def build(shortcut: str = "A", num_classes: int = 10, residual: bool = True, generator: Any = None) -> CifarResNet:
        return CifarResNet((depth - 2) // 6, shortcut, num_classes, residual, generator=generator)

    build.__name__ = build.__qualname__ = f"resnet{depth}"
    build.__doc__ = f"The {depth}-layer network for 32×32 images of He et al. 2015, section 4.2."
    return build


def _imagenet(name: str, block: Any, layers: Sequence[int], source: str = "He et al. 2015, table 1", **more: Any) -> Callable[..., ResNet]:
    def build(num_classes: int = 1000, residual: bool = True, generator: Any = None) -> ResNet:
        return ResNet(block, layers, num_classes, residual, generator=generator, **more)

    build.__name__ = build.__qualname__ = name
    build.__doc__ = f"The network {name} for 224×224 images of {source}."
    return build


resnet20, resnet32, resnet44, resnet56, resnet110 = map(_cifar, (20, 32, 44, 56, 110))
resnet18 = _imagenet("resnet18", BasicBlock, (2, 2, 2, 2))
resnet34 = _imagenet("resnet34", BasicBlock, (3, 4, 6, 3))
resnet50 = _imagenet("resnet50", Bottleneck, (3, 4, 6, 3))
resnet101 = _imagenet("resnet101", Bottleneck, (3, 4, 23, 3))
resnet152 = _imagenet("resnet152", Bottleneck, (3, 8, 36, 3))

WIDE, RESNEXT = "Zagoruyko and Komodakis 2016", "Xie et al. 2017"
wide_resnet50_2 = _imagenet("wide_resnet50_2", Bottleneck, (3, 4, 6, 3), WIDE, width_per_group=128)
wide_resnet101_2 = _imagenet("wide_resnet101_2", Bottleneck, (3, 4, 23, 3), WIDE, width_per_group=128)
resnext50_32x4d = _imagenet("resnext50_32x4d", Bottleneck, (3, 4, 6, 3), RESNEXT, groups=32, width_per_group=4)
resnext101_32x8d = _imagenet("resnext101_32x8d", Bottleneck, (3, 4, 23, 3), RESNEXT, groups=32, width_per_group=8)
resnext101_64x4d = _imagenet("resnext101_64x4d", Bottleneck, (3, 4, 23, 3), RESNEXT, groups=64, width_per_group=4)

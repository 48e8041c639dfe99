"""Residual networks: CIFAR's (He et al. 2015, section 4.2) and ImageNet's (table 1), each with its plain twin."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import autograd
from nn import init
from nn.blocks import BasicBlock, Bottleneck, PreActivationBlock, PreActivationBottleneck, shortcut_module
from nn.containers import Sequential
from nn.convolutions import Conv2d
from nn.dense import Linear
from nn.module import Module
from nn.norms import BatchNorm2d, norm_relu
from nn.poolings import AdaptiveAvgPool2d, MaxPool2d
from nn.randomness import generator_or_shared
from nn.residual import residual_blocks
from nn.variants import DropoutSkipBlock, GatedBlock, NormAfterAddBlock, ReLUBeforeAddBlock, ReLUOnlyBlock, ScaledBlock

Block = Callable[..., Any]


def _stage(block: Any, inplanes: int, planes: int, blocks: int, stride: int, option: str, **more: Any) -> Sequential:
    if not hasattr(block, "expansion"):
        raise TypeError(f"a ResNet is built of a class of blocks, such as nn.BasicBlock or nn.Bottleneck; given {block!r}")
    out = planes * block.expansion
    sizes = [(inplanes, stride)] + [(out, 1)] * (blocks - 1)
    return Sequential(*[
        block(before, planes, step, shortcut_module(option, before, out, step, block.preactivated), **more) for before, step in sizes
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
    block : class, or its name
        `BasicBlock`, `Bottleneck`, `PreActivationBlock`, `PreActivationBottleneck`, or another of He et al. 2016 (`nn.variants`).
        With a pre-activated one the first norm and ReLU are those of the first block, and the last ones follow the last block.
    widen : int
        Times as many channels in every stage (Zagoruyko and Komodakis 2016).
    generator : numpy Generator or seed, optional
    **options
        Of every block: ``squeeze=16``, ``dropout=0.3``, ``gate_bias=-6.0``.
    """

    def __init__(
        self, blocks: int, shortcut: str = "A", num_classes: int = 10, residual: bool = True, block: Any = BasicBlock,
        generator: Any = None, widen: int = 1, **options: Any,
    ) -> None:  # fmt: skip
        if shortcut not in ("A", "B", "C"):
            raise ValueError(f"shortcut is 'A' (zero padding), 'B' (projections where shapes change) or 'C'; given {shortcut!r}")
        block = _block_named(block)
        narrow, middle, wide = (channels * widen for channels in (16, 32, 64))
        self.preactivated = block.preactivated
        self.conv1, self.bn1 = Conv2d(3, 16, 3, padding=1, bias=False), BatchNorm2d(wide * block.expansion if self.preactivated else 16)
        self.layer1 = _stage(block, 16, narrow, blocks, 1, shortcut, **options)
        self.layer2 = _stage(block, narrow * block.expansion, middle, blocks, 2, shortcut, **options)
        self.layer3 = _stage(block, middle * block.expansion, wide, blocks, 2, shortcut, **options)
        self.avgpool = AdaptiveAvgPool2d(1)
        self.fc = Linear(wide * block.expansion, num_classes)
        _initialise(self, residual, generator)

    def forward(self, x: Any) -> Any:
        x = self.conv1(autograd.as_tensor(x))
        x = x if self.preactivated else norm_relu(self.bn1, x)
        x = self.layer3(self.layer2(self.layer1(x)))
        x = norm_relu(self.bn1, x) if self.preactivated else x
        x = self.avgpool(x)
        return self.fc(x.reshape(x.shape[0], -1))


BLOCKS: dict[str, Any] = {
    block.__name__: block
    for block in (BasicBlock, Bottleneck, PreActivationBlock, PreActivationBottleneck, ScaledBlock, GatedBlock, DropoutSkipBlock,
                  NormAfterAddBlock, ReLUBeforeAddBlock, ReLUOnlyBlock)
}  # fmt: skip


def _block_named(block: Any) -> Any:
    """A block's class, or the class of a name."""
    if isinstance(block, str) and block not in BLOCKS:
        raise ValueError(f"block is a class or one of {', '.join(BLOCKS)}; given {block!r}")
    return BLOCKS[block] if isinstance(block, str) else block


class ResNet(Module):
    """The ImageNet networks, with torchvision's state names (v1.5: stride on the 3×3 of a bottleneck)."""

    def __init__(
        self, block: Any, layers: Sequence[int], num_classes: int = 1000, residual: bool = True, groups: int = 1,
        width_per_group: int = 64, generator: Any = None, **options: Any,
    ) -> None:  # fmt: skip
        more = options | ({"groups": groups, "base_width": width_per_group} if block is Bottleneck else {})
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


def _cifar(name: str, blocks: int, source: str, option: str = "A", **more: Any) -> Callable[..., CifarResNet]:
    def build(
        shortcut: str = option, num_classes: int = 10, residual: bool = True, generator: Any = None, **options: Any
    ) -> CifarResNet:
        return CifarResNet(blocks, shortcut, num_classes, residual, generator=generator, **{**more, **options})

    build.__name__ = build.__qualname__ = name
    build.__doc__ = f"The network {name} for 32×32 images of {source}; `options` are `CifarResNet`'s and its blocks'."
    return build


def _imagenet(name: str, block: Any, layers: Sequence[int], source: str = "He et al. 2015, table 1", **more: Any) -> Callable[..., ResNet]:
    def build(num_classes: int = 1000, residual: bool = True, generator: Any = None, **options: Any) -> ResNet:
        return ResNet(block, layers, num_classes, residual, generator=generator, **{**more, **options})

    build.__name__ = build.__qualname__ = name
    build.__doc__ = f"The network {name} for 224×224 images of {source}."
    return build


HE2015, HE2016 = "He et al. 2015, section 4.2", "He et al. 2016"
resnet20, resnet32, resnet44, resnet56, resnet110 = (
    _cifar(f"resnet{depth}", (depth - 2) // 6, HE2015) for depth in (20, 32, 44, 56, 110)
)
preact_resnet20, preact_resnet56, preact_resnet110 = (
    _cifar(f"preact_resnet{depth}", (depth - 2) // 6, HE2016, block=PreActivationBlock) for depth in (20, 56, 110)
)
preact_resnet164, preact_resnet1001 = (
    _cifar(f"preact_resnet{depth}", (depth - 2) // 9, HE2016, "B", block=PreActivationBottleneck) for depth in (164, 1001)
)
resnet18 = _imagenet("resnet18", BasicBlock, (2, 2, 2, 2))
resnet34 = _imagenet("resnet34", BasicBlock, (3, 4, 6, 3))
resnet50 = _imagenet("resnet50", Bottleneck, (3, 4, 6, 3))
resnet101 = _imagenet("resnet101", Bottleneck, (3, 4, 23, 3))
resnet152 = _imagenet("resnet152", Bottleneck, (3, 8, 36, 3))

WIDE, RESNEXT, SQUEEZED = "Zagoruyko and Komodakis 2016", "Xie et al. 2017", "Hu et al. 2018"
wide_resnet16_8, wide_resnet28_10, wide_resnet40_4 = (
    _cifar(f"wide_resnet{depth}_{wide}", (depth - 4) // 6, WIDE, "B", block=PreActivationBlock, widen=wide)
    for depth, wide in ((16, 8), (28, 10), (40, 4))
)
se_resnet18 = _imagenet("se_resnet18", BasicBlock, (2, 2, 2, 2), SQUEEZED, squeeze=16)
se_resnet50 = _imagenet("se_resnet50", Bottleneck, (3, 4, 6, 3), SQUEEZED, squeeze=16)
wide_resnet50_2 = _imagenet("wide_resnet50_2", Bottleneck, (3, 4, 6, 3), WIDE, width_per_group=128)
wide_resnet101_2 = _imagenet("wide_resnet101_2", Bottleneck, (3, 4, 23, 3), WIDE, width_per_group=128)
resnext50_32x4d = _imagenet("resnext50_32x4d", Bottleneck, (3, 4, 6, 3), RESNEXT, groups=32, width_per_group=4)
resnext101_32x8d = _imagenet("resnext101_32x8d", Bottleneck, (3, 4, 23, 3), RESNEXT, groups=32, width_per_group=8)
resnext101_64x4d = _imagenet("resnext101_64x4d", Bottleneck, (3, 4, 23, 3), RESNEXT, groups=64, width_per_group=4)

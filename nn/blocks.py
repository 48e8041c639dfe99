"""The convolutional residual blocks of He et al. 2015 and 2016, with torchvision's state names."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import autograd
from nn import functional as F
from nn.activations import ReLU, Sigmoid
from nn.containers import Sequential
from nn.convolutions import Conv2d
from nn.dropouts import Dropout
from nn.module import Module
from nn.norms import BatchNorm2d, norm_relu
from nn.poolings import AdaptiveAvgPool2d
from nn.residual import Switchable


def _conv3x3(in_planes: int, planes: int, stride: int = 1, groups: int = 1) -> Conv2d:
    return Conv2d(in_planes, planes, 3, stride, padding=1, groups=groups, bias=False)


def _conv1x1(in_planes: int, planes: int, stride: int = 1) -> Conv2d:
    return Conv2d(in_planes, planes, 1, stride, bias=False)


class PaddedShortcut(Module):
    """Option A (He et al. 2015, section 3.3): every `stride`-th pixel, and zeros for the new channels. No parameters."""

    def __init__(self, in_planes: int, planes: int, stride: int) -> None:
        self.extra, self.stride = planes - in_planes, stride

    def forward(self, x: Any) -> Any:
        if self.stride != 1:
            x = x[:, :, :: self.stride, :: self.stride]
        before = self.extra // 2
        return autograd.pad(x, [(0, 0), (before, self.extra - before), (0, 0), (0, 0)]) if self.extra else x

    def extra_repr(self) -> str:
        return f"channels=+{self.extra}, stride={self.stride}"


def shortcut_module(option: str, in_planes: int, planes: int, stride: int, preactivated: bool = False) -> Module | None:
    """The shortcut of options A, B and C; None is the identity. A pre-activated one has its norm before it, with the block's F."""
    changes = stride != 1 or in_planes != planes
    if option == "A":
        return PaddedShortcut(in_planes, planes, stride) if changes else None
    if option == "B" and not changes:
        return None
    conv = _conv1x1(in_planes, planes, stride)
    return conv if preactivated else Sequential(conv, BatchNorm2d(planes))


class SqueezeExcitation(Module):
    """Channels weighed by what all of them hold: x · sigmoid(fc2(relu(fc1(mean x)))) (Hu et al. 2018), torchvision's names.

    Parameters
    ----------
    input_channels, squeeze_channels : int
        Channels, and those between the two 1×1 convolutions.
    activation, scale_activation : callable
        Make the modules after the first and the second.

    Examples
    --------
    >>> import numpy as np, nn
    >>> nn.SqueezeExcitation(8, 2)(np.ones((1, 8, 4, 4), np.float32)).shape
    (1, 8, 4, 4)
    """

    def __init__(
        self, input_channels: int, squeeze_channels: int, activation: Callable[[], Module] = ReLU,
        scale_activation: Callable[[], Module] = Sigmoid,
    ) -> None:  # fmt: skip
        self.avgpool = AdaptiveAvgPool2d(1)
        self.fc1, self.fc2 = Conv2d(input_channels, squeeze_channels, 1), Conv2d(squeeze_channels, input_channels, 1)
        self.activation, self.scale_activation = activation(), scale_activation()

    def forward(self, input: Any) -> Any:
        x = autograd.as_tensor(input)
        return self.scale_activation(self.fc2(self.activation(self.fc1(self.avgpool(x))))) * x


def squeezed(channels: int, reduction: int | None) -> SqueezeExcitation | None:
    """Squeeze-excitation of so many channels, or none."""
    return None if reduction is None else SqueezeExcitation(channels, channels // reduction)


class BasicBlock(Switchable):
    """y = relu(F(x) + x), F = bn₂(conv₂(relu(bn₁(conv₁ x)))): He et al. 2015, figure 5 left.

    Parameters
    ----------
    inplanes, planes, stride : int
    downsample : Module, optional
        The shortcut where shapes change.
    squeeze : int, optional
        Weigh F's channels by squeeze-excitation with so many times fewer in the middle (Hu et al. 2018: 16).
    """

    expansion = 1
    preactivated = False

    def __init__(
        self, inplanes: int, planes: int, stride: int = 1, downsample: Module | None = None, groups: int = 1,
        squeeze: int | None = None,
    ) -> None:  # fmt: skip
        self.conv1, self.bn1 = _conv3x3(inplanes, planes, stride), BatchNorm2d(planes)
        self.conv2, self.bn2 = _conv3x3(planes, planes), BatchNorm2d(planes)
        self.se = squeezed(planes, squeeze)
        self.downsample = downsample
        self.stride = stride

    def function(self, x: Any) -> Any:
        """F(x)."""
        out = self.bn2(self.conv2(norm_relu(self.bn1, self.conv1(x))))
        return out if self.se is None else self.se(out)

    def forward(self, x: Any) -> Any:
        return F.relu(self.join(x, self.function, self.downsample))


class Bottleneck(Switchable):
    """y = relu(F(x) + x), F a 1×1, a 3×3 and a 1×1 convolution: He et al. 2015, figure 5 right; stride on the 3×3.

    `groups` and `base_width` make it the block of ResNeXt (Xie et al. 2017) and of wide ResNets, `squeeze` that of SE-ResNets.
    """

    expansion = 4
    preactivated = False

    def __init__(
        self, inplanes: int, planes: int, stride: int = 1, downsample: Module | None = None, groups: int = 1,
        base_width: int = 64, squeeze: int | None = None,
    ) -> None:  # fmt: skip
        width = planes * base_width // 64 * groups
        self.conv1, self.bn1 = _conv1x1(inplanes, width), BatchNorm2d(width)
        self.conv2, self.bn2 = _conv3x3(width, width, stride, groups), BatchNorm2d(width)
        self.conv3, self.bn3 = _conv1x1(width, planes * self.expansion), BatchNorm2d(planes * self.expansion)
        self.se = squeezed(planes * self.expansion, squeeze)
        self.downsample = downsample
        self.stride = stride

    def function(self, x: Any) -> Any:
        """F(x)."""
        h1 = norm_relu(self.bn1, self.conv1(x))
        h2 = norm_relu(self.bn2, self.conv2(h1))
        out = self.bn3(self.conv3(h2))
        return out if self.se is None else self.se(out)

    def forward(self, x: Any) -> Any:
        return F.relu(self.join(x, self.function, self.downsample))


class _PreActivated(Switchable):
    """Norm and ReLU come before each convolution; a projection takes x behind the first of them, as F does."""

    preactivated = True
    bn1: BatchNorm2d
    downsample: Module | None

    def after_first(self, h: Any) -> Any:
        """F(x) from h = relu(bn₁ x)."""
        raise NotImplementedError

    def function(self, x: Any) -> Any:
        """F(x)."""
        return self.after_first(norm_relu(self.bn1, x))

    def forward(self, x: Any) -> Any:
        if isinstance(self.downsample, Conv2d):
            return self.join(norm_relu(self.bn1, x), self.after_first, self.downsample)
        return self.join(x, self.function, self.downsample)


class PreActivationBlock(_PreActivated):
    """y = F(x) + x, F = conv₂(relu(bn₂(conv₁(relu(bn₁ x))))): He et al. 2016, figure 1b. Nothing lies on the highway.

    `dropout` zeroes that part of the elements before the second convolution, as wide ResNets do (Zagoruyko and Komodakis 2016).
    """

    expansion = 1

    def __init__(
        self, inplanes: int, planes: int, stride: int = 1, downsample: Module | None = None, groups: int = 1, dropout: float = 0.0,
    ) -> None:  # fmt: skip
        self.bn1, self.conv1 = BatchNorm2d(inplanes), _conv3x3(inplanes, planes, stride)
        self.bn2, self.conv2 = BatchNorm2d(planes), _conv3x3(planes, planes)
        self.dropout = Dropout(dropout) if dropout else None
        self.downsample = downsample
        self.stride = stride

    def after_first(self, h: Any) -> Any:
        h2 = norm_relu(self.bn2, self.conv1(h))
        return self.conv2(h2 if self.dropout is None else self.dropout(h2))


class PreActivationBottleneck(_PreActivated):
    """y = F(x) + x, F a 1×1, a 3×3 and a 1×1 convolution, norm and ReLU before each: the block of ResNet-164 and ResNet-1001."""

    expansion = 4

    def __init__(self, inplanes: int, planes: int, stride: int = 1, downsample: Module | None = None, groups: int = 1) -> None:
        self.bn1, self.conv1 = BatchNorm2d(inplanes), _conv1x1(inplanes, planes)
        self.bn2, self.conv2 = BatchNorm2d(planes), _conv3x3(planes, planes, stride, groups)
        self.bn3, self.conv3 = BatchNorm2d(planes), _conv1x1(planes, planes * self.expansion)
        self.downsample = downsample
        self.stride = stride

    def after_first(self, h: Any) -> Any:
        h2 = norm_relu(self.bn2, self.conv1(h))
        return self.conv3(norm_relu(self.bn3, self.conv2(h2)))

"""The blocks of He et al. 2016, "Identity mappings in deep residual networks": other skips (table 1), other orders (table 2).

Each takes `BasicBlock`'s place: ``nn.resnet110(block=nn.GatedBlock, gate_bias=-6.0)``. Table 1's 1×1 convolution is
``shortcut="C"``, its plain net ``residual=False``. Where shapes change, the variant acts on what the shortcut gives.
"""

from __future__ import annotations

from typing import Any

import autograd
from nn import functional as F
from nn import init
from nn.blocks import BasicBlock
from nn.convolutions import Conv2d
from nn.dropouts import Dropout
from nn.module import Module
from nn.norms import norm_relu


class Gate(Module):
    """g(x) = σ(W x + b), one number an element: a linear layer, or a 1×1 convolution."""

    def __init__(self, layer: Any) -> None:
        self.layer = layer

    def forward(self, x: Any) -> Any:
        return autograd.sigmoid(self.layer(x))


class _OwnSkip(BasicBlock):
    """A basic block whose skip does something of its own."""

    def skip(self, x: Any) -> Any:
        """What is added to F(x)."""
        return x if self.downsample is None else self.downsample(x)

    def forward(self, x: Any) -> Any:
        return F.relu(self.join(x, self.function, self.skip))


class ScaledBlock(_OwnSkip):
    """y = relu(branch · F(x) + skip · x), both factors constant (section 3.1; ``branch=1`` is its first row).

    Parameters
    ----------
    inplanes, planes, stride, downsample, groups
        As `BasicBlock`.
    skip_factor, branch_factor : float
    """

    def __init__(self, *args: Any, skip_factor: float = 0.5, branch_factor: float = 0.5, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.skip_factor, self.branch_factor = skip_factor, branch_factor

    def function(self, x: Any) -> Any:
        return super().function(x) * self.branch_factor

    def skip(self, x: Any) -> Any:
        return super().skip(x) * self.skip_factor


class GatedBlock(_OwnSkip):
    """y = relu(g ⊙ F(x) + (1 − g) ⊙ x), g a gate of x: the highway block (Srivastava et al. 2015; sections 3.1 and 3.2).

    Parameters
    ----------
    inplanes, planes, stride, downsample, groups
        As `BasicBlock`.
    exclusive : bool
        False: y = relu(F(x) + (1 − g) ⊙ x), the shortcut-only gate.
    gate_bias : float
        The gate's first b: the more below 0, the nearer the skip is to the identity.
    """

    def __init__(self, inplanes: int, planes: int, stride: int = 1, *args: Any, exclusive: bool = True, gate_bias: float = -6.0,
                 **kwargs: Any) -> None:  # fmt: skip
        super().__init__(inplanes, planes, stride, *args, **kwargs)
        self.exclusive = exclusive
        self.gate = Gate(Conv2d(inplanes, planes, 1, stride))
        init.constant_(self.gate.layer.bias, gate_bias)

    def forward(self, x: Any) -> Any:
        if not self.residual:
            return F.relu(self.function(x))
        g = self.gate(x)
        branch = (lambda x: g * self.function(x)) if self.exclusive else self.function
        return F.relu(self.join(x, branch, lambda x: (1.0 - g) * self.skip(x)))


class DropoutSkipBlock(_OwnSkip):
    """y = relu(F(x) + dropout(x)) (section 3.4)."""

    def __init__(self, *args: Any, p: float = 0.5, generator: Any = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.dropout = Dropout(p, generator=generator)

    def skip(self, x: Any) -> Any:
        return self.dropout(super().skip(x))


class NormAfterAddBlock(BasicBlock):
    """y = relu(bn₂(F(x) + x)), F = conv₂(relu(bn₁(conv₁ x))): figure 4b."""

    def function(self, x: Any) -> Any:
        return self.conv2(norm_relu(self.bn1, self.conv1(x)))

    def forward(self, x: Any) -> Any:
        return norm_relu(self.bn2, self.join(x, self.function, self.downsample))


class ReLUBeforeAddBlock(BasicBlock):
    """y = F(x) + x, F = relu(bn₂(conv₂(relu(bn₁(conv₁ x))))): figure 4c. F can only add."""

    def function(self, x: Any) -> Any:
        return norm_relu(self.bn2, self.conv2(norm_relu(self.bn1, self.conv1(x))))

    def forward(self, x: Any) -> Any:
        return self.join(x, self.function, self.downsample)


class ReLUOnlyBlock(BasicBlock):
    """y = F(x) + x, F = bn₂(conv₂(relu(bn₁(conv₁(relu x))))): figure 4d, ReLU-only pre-activation."""

    def function(self, x: Any) -> Any:
        return super().function(F.relu(x))

    def forward(self, x: Any) -> Any:
        return self.join(x, self.function, self.downsample)

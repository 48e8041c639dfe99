"""The blocks of He et al. 2016, "Identity mappings in deep residual networks": other skips, and other orders of its parts."""

from __future__ import annotations

from collections.abc import Callable
from math import sqrt
from typing import Any

import numpy as np

import nn
from nn.variants import Gate

# Figure 4: F, and what follows the sum. w is a weight layer, n batch norm, r ReLU.
ORDERS = {
    "original": ("w n r w n", "r"),
    "norm_after_add": ("w n r w", "n r"),
    "relu_before_add": ("w n r w n r", ""),
    "relu_only": ("r w n r w n", ""),
    "full": ("n r w n r w", ""),
}
# Table 1.
SKIPS = ("identity", "none", "scaled_skip", "scaled", "exclusive_gate", "shortcut_gate", "conv", "dropout")
GATED = ("exclusive_gate", "shortcut_gate")


class ClosingSkip(nn.Module):
    """(1 - g(x)) ⊙ x."""

    def __init__(self, gate: Gate) -> None:
        self.gate = gate

    def forward(self, x: Any) -> Any:
        return (1.0 - self.gate(x)) * x


class ExclusivelyGated(nn.Residual):
    """y = after(g ⊙ F(x) + (1 - g) ⊙ x), the highway block of Srivastava et al. 2015."""

    def __init__(self, branch: nn.Module, gate: Gate, after: nn.Module) -> None:
        super().__init__(branch, after=after)
        self.gate = gate

    def function(self, x: Any) -> Any:
        """g(x) ⊙ F(x): what is added."""
        return self.gate(x) * self.branch(x)

    def forward(self, x: Any) -> Any:
        g = self.gate(x)
        y = self.join(x, lambda x: g * self.branch(x), lambda x: (1.0 - g) * x)
        return self.after(y)  # type: ignore[misc]


class Parts:
    """The layers that blocks of one width are made of, dense or convolutional, at He's initialisation.

    To be trained they are of float32 and keep running statistics; to be measured of float64 and without.
    """

    def __init__(self, width: int, conv: bool, norm: bool, random: np.random.Generator, trained: bool = False) -> None:
        self.width, self.conv, self.norm, self.random = width, conv, norm, random
        self.tracking, self.dtype = trained, np.float32 if trained else np.float64

    def weight(self, size: int = 3, bias: bool = False) -> Any:
        if self.conv:
            layer: Any = nn.Conv2d(self.width, self.width, size, padding=size // 2, bias=bias, dtype=self.dtype)
        else:
            layer = nn.Linear(self.width, self.width, bias=bias, dtype=self.dtype)
        nn.init.kaiming_normal_(layer.weight, generator=self.random)
        return layer

    def normed(self) -> nn.Module:
        if not self.norm:
            return nn.Identity()
        kind = nn.BatchNorm2d if self.conv else nn.BatchNorm1d
        return kind(self.width, track_running_stats=self.tracking, dtype=self.dtype)

    def spelled(self, letters: str) -> nn.Module:
        """The layers that these letters stand for."""
        made: dict[str, Callable[[], nn.Module]] = {"w": self.weight, "n": self.normed, "r": nn.ReLU}
        return nn.Sequential(*[made[letter]() for letter in letters.split()])

    def gate(self, bias: float) -> Gate:
        layer = self.weight(1, bias=True)
        nn.init.normal_(layer.weight, 0.0, 1e-2 / sqrt(self.width), self.random)
        nn.init.constant_(layer.bias, bias)
        return Gate(layer)


def variant_block(parts: Parts, skip: str, order: str, gate_bias: float) -> Any:
    """One block; its gate, if it has one, starts near σ(gate_bias)."""
    before, behind = ORDERS[order]
    branch, after = parts.spelled(before), parts.spelled(behind)
    if skip == "exclusive_gate":
        return ExclusivelyGated(branch, parts.gate(gate_bias), after)
    if skip == "scaled":
        branch = nn.Sequential(branch, nn.Lambda(_half))
    return nn.Residual(branch, _shortcut(parts, skip, gate_bias), after, residual=skip != "none")


def _half(x: Any) -> Any:
    return 0.5 * x


def _shortcut(parts: Parts, skip: str, gate_bias: float) -> nn.Module | None:
    if skip in ("scaled_skip", "scaled"):
        return nn.Lambda(_half)
    if skip == "shortcut_gate":
        return ClosingSkip(parts.gate(gate_bias))
    if skip == "dropout":
        return nn.Dropout(0.5, generator=parts.random)
    return parts.weight(1) if skip == "conv" else None

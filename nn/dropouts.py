"""Dropout layers: random in training, the identity in evaluation."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from nn import functional as F
from nn.module import Module
from nn.randomness import generator_or_shared


class Dropout(Module):
    """Each element zeroed with probability p, the others scaled by 1 / (1 - p) (Srivastava et al. 2014).

    Parameters
    ----------
    p : float
    generator : numpy Generator or seed, optional
        Where the masks come from; by default the generator that `nn.manual_seed` sets.
    """

    function: Callable[..., Any] = staticmethod(F.dropout)

    def __init__(self, p: float = 0.5, inplace: bool = False, generator: Any = None) -> None:
        if not 0 <= p <= 1:
            raise ValueError(f"{type(self).__name__}: p is a probability between 0 and 1, given {p}")
        self.p, self.generator = p, generator if generator is None else generator_or_shared(generator)

    def forward(self, input: Any) -> Any:
        return type(self).function(input, self.p, training=self.training, generator=self.generator)

    def extra_repr(self) -> str:
        return f"p={self.p}"


class Dropout1d(Dropout):
    """Whole channels of (N, C, L) dropped."""

    function = staticmethod(F.dropout1d)


class Dropout2d(Dropout):
    """Whole channels of (N, C, H, W) dropped."""

    function = staticmethod(F.dropout2d)


class Dropout3d(Dropout):
    """Whole channels of (N, C, D, H, W) dropped."""

    function = staticmethod(F.dropout3d)


class AlphaDropout(Dropout):
    """Dropout that keeps mean and variance of selu's outputs (Klambauer et al. 2017)."""

    function = staticmethod(F.alpha_dropout)


class FeatureAlphaDropout(Dropout):
    """AlphaDropout of whole channels of (N, C, ...)."""

    function = staticmethod(F.feature_alpha_dropout)


class DropPath(Dropout):
    """Whole samples dropped: on a branch F, stochastic depth (Huang et al. 2016)."""

    function = staticmethod(F.drop_path)

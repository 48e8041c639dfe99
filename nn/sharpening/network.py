"""VDSR (Kim et al. 2016): 3×3 convolutions that compute what a photograph's soft copy lacks, and one skip around them all."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import autograd
from nn import functional as F
from nn import init
from nn.containers import ModuleList
from nn.convolutions import Conv2d
from nn.randomness import generator_or_shared
from nn.residual import Switchable


class VDSR(Switchable):
    """y = F(x) + x, F a chain of 3×3 convolutions with ReLU between them: the "residual image" of Kim et al. 2016, section 3.2.

    Parameters
    ----------
    depth, width : int
        Convolutions, and channels between them; 20 and 64 in the paper.
    channels : int
        Of the images: 1 is luminance alone, as in the paper.
    residual : bool
        False: the twin without the skip, y = F(x), which has to learn the whole photograph.
    generator : numpy Generator or seed, optional
    last : float
        How much of He's start the last layer gets. With the skip none is right: the net starts as y = x, and no step is spent
        on getting back there.

    Examples
    --------
    >>> import numpy as np, nn
    >>> net = nn.VDSR(depth=6, width=32, generator=0)
    >>> x = np.ones((1, 1, 8, 8), np.float32)
    >>> bool((net(x).data == net.function(x).data + x).all())
    True
    """

    def __init__(
        self, depth: int = 20, width: int = 64, channels: int = 1, residual: bool = True, generator: Any = None, last: float = 0.0
    ) -> None:
        if depth < 2 or width < 1 or channels < 1:
            raise ValueError(f"VDSR: depth is at least 2, width and channels at least 1; given {depth}, {width}, {channels}")
        sizes = [channels, *[width] * (depth - 1), channels]
        self.layers = ModuleList([Conv2d(a, b, 3, padding=1) for a, b in pairwise(sizes)])
        self.residual = residual
        self._initialise(generator, last)

    def _initialise(self, generator: Any, last: float) -> None:
        random = generator_or_shared(generator)
        for layer in self.layers:
            init.kaiming_normal_(layer.weight, generator=random)
            init.zeros_(layer.bias)
        self.layers[-1].weight.data *= last

    @property
    def depth(self) -> int:
        """How many convolutions, and how many pixels away an output still sees."""
        return len(self.layers)

    def function(self, x: Any) -> Any:
        """F(x), the residual image."""
        x = autograd.as_tensor(x)
        for layer in list(self.layers)[:-1]:
            x = F.relu(layer(x))
        return self.layers[-1](x)

    def forward(self, x: Any) -> Any:
        return self.join(autograd.as_tensor(x), self.function)

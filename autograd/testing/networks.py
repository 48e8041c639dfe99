"""A Hypothesis strategy of random residual networks, made of operations alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from autograd.declare import registry
from autograd.tensor import Tensor, as_tensor
from autograd.testing.strategies import _strategies

Array = np.ndarray[Any, Any]
SKIPS = ("identity", "scaled", "gated", "projected")
SIGMAS = ("tanh", "sin", "arctan")  # smooth: the complex step applies, and no check meets a kink


@dataclass(frozen=True)
class ResidualPart:
    """y = skip(x) + W₂ σ(W₁ x); with `inner` it is y = skip(x) + W₂ inner(σ(W₁ x)), and `after` puts σ behind the sum."""

    skip: str
    sigma: str
    W1: Array
    W2: Array
    shortcut: Array
    skip_first: bool  # which operand of the sum
    after: bool = False
    inner: ResidualPart | None = None

    def __call__(self, x: Any, residual: bool = True) -> Any:
        sigma = registry[self.sigma].function
        h = sigma(x @ self.W1.T)
        f = (h if self.inner is None else self.inner(h, residual)) @ self.W2.T
        skip = self.skipped(x)
        y = f if not residual else skip + f if self.skip_first else f + skip
        return sigma(y) if self.after else y

    def skipped(self, x: Any) -> Any:
        """What goes around F (He et al. 2016, table 1): x, x times a number, x times a gate of its own, or W x."""
        if self.skip == "scaled":
            return x * self.shortcut[0, 0]
        if self.skip == "gated":
            return x * (0.5 + 0.5 * registry["tanh"].function(x @ self.shortcut.T))
        return x @ self.shortcut.T if self.skip == "projected" else x

    @property
    def joins(self) -> int:
        return 1 + (0 if self.inner is None else self.inner.joins)


@dataclass(frozen=True)
class ResidualNetwork:
    """Blocks one after the other: rows of `width` numbers in, rows of `width` numbers out.

    `network(x)` takes a tensor or array; `network(x, residual=False)` is the plain twin, with the same F and no skip.
    """

    width: int
    blocks: tuple[ResidualPart, ...]

    def __call__(self, x: Any, residual: bool = True) -> Tensor:
        y: Any = as_tensor(x)
        for block in self.blocks:
            y = block(y, residual)
        return as_tensor(y)

    @property
    def joins(self) -> int:
        """How many sums of a skip and a branch there are, those inside of branches too."""
        return sum(block.joins for block in self.blocks)


def residual_networks(width: int | None = None, *, max_blocks: int = 4, skips: Any = SKIPS, nested: bool = True) -> Any:
    """A strategy of `ResidualNetwork`.

    Skips of every kind in `skips`, on either side of the sum, σ before and behind it, blocks inside of branches. Failures shrink
    to one block with an identity skip.

    Parameters
    ----------
    width : int, optional
        1 to 4 where left out.
    max_blocks : int
    skips : sequence of str
        Of "identity", "scaled", "gated", "projected".
    nested : bool
        Some branches hold a block of their own.

    Examples
    --------
    >>> from hypothesis import find
    >>> from autograd.testing import residual_networks
    >>> network = find(residual_networks(2), lambda net: net.joins == 2)
    >>> len(network.blocks), network([[1.0, 2.0]]).shape
    (2, (1, 2))
    """
    if unknown := set(skips) - set(SKIPS):
        raise ValueError(f"skips are of {SKIPS}, given {sorted(unknown)}")
    if max_blocks < 1:
        raise ValueError(f"max_blocks is at least 1, given {max_blocks}")
    st = _strategies()
    widths = st.integers(1, 4) if width is None else st.just(width)

    def drawn(draw: Any) -> ResidualNetwork:
        n = draw(widths)
        number = draw(st.integers(1, max_blocks))
        return ResidualNetwork(n, tuple(_part(draw, n, skips, nested) for _ in range(number)))

    return st.composite(drawn)()


def _part(draw: Any, n: int, skips: Any, nested: bool) -> ResidualPart:
    st = _strategies()
    skip, sigma = draw(st.sampled_from(skips)), draw(st.sampled_from(SIGMAS))
    inner = _part(draw, n, skips, False) if nested and draw(st.booleans()) else None
    rng = np.random.default_rng(draw(st.integers(0, 2**16)))
    W1, W2, shortcut = rng.uniform(0.2, 0.8, (3, n, n)) * rng.choice([-1.0, 1.0], (3, n, n)) / np.sqrt(n)
    return ResidualPart(skip, sigma, W1, W2, shortcut, not draw(st.booleans()), draw(st.booleans()), inner)

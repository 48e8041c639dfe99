"""Patches of photographs and of their soft copies, and the training on them."""

# NumPy's arithmetic of arrays of any dtype is Any to mypy.
# mypy: disable-error-code="no-any-return"

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from nn import functional as F
from nn.module import Module
from nn.optim import Adam, CosineAnnealingLR
from nn.sharpening.pixels import Array, blurred

RATE, BATCH, SIDE = 2e-3, 16, 32


def patches(photographs: Sequence[Array], steps: int, seed: int = 0, batch: int = BATCH, side: int = SIDE) -> Iterator[tuple[Array, Array]]:
    """Soft and sharp patches (batch, 1, side, side), cut out anywhere, turned and mirrored (Kim et al. 2016, section 4.1).

    Parameters
    ----------
    photographs : sequence of array (H, W)
        Luminance from 0 to 1; a larger one is chosen more often.
    steps : int
        How many batches.
    seed : int
        Decides all of them.

    Raises
    ------
    ValueError
        When a photograph is smaller than a patch.
    """
    for each in photographs:
        if min(each.shape) < side:
            raise ValueError(f"patches of {side}×{side} do not fit into a photograph of shape {each.shape}")
    random = np.random.default_rng(seed)
    pairs = [np.stack([blurred(each), each]) for each in photographs]
    areas = np.array([pair[0].size for pair in pairs], float)
    for _ in range(steps):
        chosen = random.choice(len(pairs), size=batch, p=areas / areas.sum())
        cut = np.stack([_turned(_patch(pairs[index], side, random), random) for index in chosen], 1)
        yield cut[0][:, None], cut[1][:, None]


def _patch(pair: Array, side: int, random: np.random.Generator) -> Array:
    top, left = (int(random.integers(size - side + 1)) for size in pair.shape[1:])
    return pair[:, top : top + side, left : left + side]


def _turned(pair: Array, random: np.random.Generator) -> Array:
    """One of the eight positions of a square."""
    quarter, mirrored = int(random.integers(4)), random.integers(2)
    turned = np.rot90(pair, quarter, axes=(1, 2))
    return turned[:, :, ::-1] if mirrored else turned


def train(net: Module, photographs: Sequence[Array], steps: int = 500, seed: int = 0, rate: float = RATE) -> Iterator[float]:
    """Adam down half a cosine, on the mean squared difference; gives the loss of each step as it is taken."""
    optimizer = Adam(net.parameters(), lr=rate)
    schedule = CosineAnnealingLR(optimizer, steps)
    for soft, sharp in patches(photographs, steps, seed):
        loss = F.mse_loss(net(soft), sharp)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
        yield loss.item()

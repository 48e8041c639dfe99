"""A small training of the variants of He et al. 2016, to set beside what they do to the gradient before it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

import autograd
import nn
from nn import functional as F
from nn.experiments.probes import checked_choice, checked_count
from nn.experiments.skips import label_of
from nn.experiments.variants import GATED, ORDERS, SKIPS, Parts, variant_block

WARM_UP = 20  # steps; the paper's deep nets start at a tenth of the rate too
Array = np.ndarray[Any, np.dtype[Any]]


@dataclass(frozen=True)
class Training:
    """How one variant trained.

    Attributes
    ----------
    label : str
        As `VariantProfile.label`.
    losses : tuple of float
        Of every step; fewer than there were to be where the training diverged.
    accuracy : float
        The share of the held-out images that are recognised, after the last step.
    """

    label: str
    losses: tuple[float, ...]
    accuracy: float


def train_variant(
    data: Any, skip: str = "identity", order: str = "original", *, gate_bias: float = 0.0, conv: bool = False, norm: bool = True,
    blocks: int = 18, width: int | None = None, epochs: int = 4, batch: int = 64, rate: float = 0.03, seed: int = 0,
) -> Training:  # fmt: skip
    """Train a net of these blocks on small images, by SGD with momentum 0.9, weight decay 10⁻⁴ and half a cosine.

    Parameters
    ----------
    data : four arrays
        Training images (rows of pixels, square), their labels from 0 on, then the same held out: `nn.digits.load_digits()`.
    skip, order, gate_bias, conv, norm, blocks, width, seed
        As for `gradient_by_variant`.
    epochs, batch : int
    rate : float
        The step size, after a warm-up of 20 steps; the paper's 0.1 makes more of these variants diverge.

    Returns
    -------
    Training

    Raises
    ------
    ValueError
        On an unknown name, a size below 1, or images that are no squares.

    Notes
    -----
    The net is small and the images easy: what is comparable with tables 1 and 2 is which variants train at all. Where the
    loss is no longer finite, the training ends there.

    Examples
    --------
    >>> import numpy as np
    >>> from nn.experiments import train_variant
    >>> images, labels = np.eye(4, dtype=np.float32), np.arange(4)
    >>> len(train_variant((images, labels, images, labels), blocks=2, width=8, epochs=3, batch=4).losses)
    3
    """
    checked_choice("skip", skip, SKIPS)
    checked_choice("order", order, ORDERS)
    width = (16 if conv else 64) if width is None else width
    checked_count(blocks=blocks, width=width, epochs=epochs, batch=batch)
    images, labels, held_out, answers = (np.asarray(each) for each in data)
    random = np.random.default_rng(seed)
    net = _net(Parts(width, conv, norm, random, trained=True), skip, order, gate_bias, blocks, images.shape[1], int(labels.max()) + 1)
    with np.errstate(over="ignore", invalid="ignore"):  # who diverges is stopped, and says so by its losses
        losses = tuple(_steps(net, images, labels, epochs, batch, rate, random))
        net.train(False)
        return Training(label_of(skip, order, gate_bias if skip in GATED else None), losses, _accuracy(net, held_out, answers))


def _net(parts: Parts, skip: str, order: str, gate_bias: float, blocks: int, entries: int, classes: int) -> Any:
    """Entry, blocks, and a linear readout; behind pre-activation blocks first the norm and the ReLU that they left out."""
    stack = [variant_block(parts, skip, order, gate_bias) for _ in range(blocks)]
    end = parts.spelled("n r") if order in ("relu_only", "full") else nn.Identity()
    readout = nn.Linear(parts.width, classes, generator=parts.random)
    return nn.Sequential(*_entry(parts, entries), *stack, end, *_pooled(parts), readout)


def _entry(parts: Parts, entries: int) -> list[nn.Module]:
    if not parts.conv:
        return [nn.Linear(entries, parts.width, generator=parts.random), parts.normed(), nn.ReLU()]
    side = int(entries**0.5)
    if side * side != entries:
        raise ValueError(f"convolutions need square images; given rows of {entries} pixels")
    first = nn.Conv2d(1, parts.width, 3, padding=1, bias=False, generator=parts.random)
    return [nn.Unflatten(1, (1, side, side)), first, parts.normed(), nn.ReLU()]


def _pooled(parts: Parts) -> list[nn.Module]:
    return [nn.AdaptiveAvgPool2d(1), nn.Flatten()] if parts.conv else []


def _steps(net: Any, images: Array, labels: Array, epochs: int, batch: int, rate: float, random: np.random.Generator) -> Iterator[float]:
    """The loss of each step, as it is taken."""
    steps = epochs * -(-len(labels) // batch)
    optimizer = nn.optim.SGD(net.parameters(), lr=rate, momentum=0.9, weight_decay=1e-4)
    schedule = nn.optim.LambdaLR(optimizer, lambda step: min(1.0, (step + 1) / WARM_UP) * (1 + np.cos(np.pi * step / steps)) / 2)
    for _ in range(epochs):
        order = random.permutation(len(labels))
        for chosen in np.split(order, range(batch, len(order), batch)):
            loss = F.cross_entropy(net(images[chosen]), labels[chosen])
            if not np.isfinite(loss.item()):
                return
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
            yield loss.item()


def _accuracy(net: Any, images: Array, labels: Array) -> float:
    with autograd.no_grad():
        logits = autograd.as_tensor(net(images)).numpy()
    return float((logits.argmax(1) == labels).mean())

"""The three networks of the demo and how they are trained: the same data, order of batches, optimiser and rate for all."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

import autograd
import nn
from nn import functional as F
from nn.digits import Array, Digits

WIDTH, BATCH = 64, 64
RATE, DECAY, SMOOTHING, WARM_UP = 1e-3, 0.1, 0.1, 50

KINDS = ("residual", "twin", "twin-in-own-init")

# What trained best of identity, orthogonal and He's (Xavier's for tanh), 60 plain layers, three seeds. With relu the best
# start of a plain net is W = 1: the +1, written into the weights.
OWN = {"relu": "identity", "leaky_relu": "identity", "elu": "identity", "identity": "identity"}


def network(kind: str, blocks: int, sigma: str, seed: int) -> nn.Sequential:
    """64 pixels, `blocks` blocks of the note, 10 logits. The twin has the weights of the residual net of the same seed."""
    random = np.random.default_rng(seed)
    layers: dict[str, nn.Module] = {"entry": nn.Linear(64, WIDTH, generator=random)}
    for index in range(blocks):
        layers[f"block{index + 1}"] = nn.ResidualBlock(WIDTH, sigma=sigma, depth=blocks, residual=kind == "residual", generator=random)
    layers["exit"] = nn.Linear(WIDTH, 10, generator=random)
    net = nn.Sequential(layers)
    if kind == "twin-in-own-init":
        _start_as_plain(net, sigma, random)
    return net


def own_start(sigma: str) -> str:
    """What the plain twin's own initialisation is called."""
    return OWN.get(sigma, f"orthogonal × {_gain(sigma)}")


def _gain(sigma: str) -> float:
    return 1.1 if sigma == "tanh" else 1.4


def _start_as_plain(net: nn.Sequential, sigma: str, random: np.random.Generator) -> None:
    for block in blocks_of(net):
        for weight in (block.W1, block.W2):
            if sigma in OWN:
                nn.init.eye_(weight)
            else:
                nn.init.orthogonal_(weight, gain=_gain(sigma), generator=random)


def blocks_of(net: nn.Sequential) -> list[Any]:
    """The blocks, from x to L."""
    return nn.residual_blocks(net)


def loss_of(logits: Any, labels: Array) -> autograd.Tensor:
    """Cross entropy on labels smoothed by a tenth (Szegedy et al. 2016), which keeps every block's gradient alive to the end."""
    return F.cross_entropy(logits, labels, label_smoothing=SMOOTHING)


def batches(digits: Digits, epochs: int, seed: int) -> Iterator[tuple[Array, Array]]:
    """Every training image once an epoch, in an order that the seed decides."""
    random = np.random.default_rng(seed)
    for _ in range(epochs):
        order = random.permutation(len(digits.train_labels))
        for start in range(0, len(order), BATCH):
            chosen = order[start : start + BATCH]
            yield digits.train_images[chosen], digits.train_labels[chosen]


def steps_in(digits: Digits, epochs: int) -> int:
    """How many batches `batches` gives."""
    return epochs * -(-len(digits.train_labels) // BATCH)


def train(net: nn.Sequential, digits: Digits, epochs: int, seed: int) -> Iterator[float]:
    """AdamW with a warm-up and half a cosine; gives the loss of each step as it is taken."""
    steps = steps_in(digits, epochs)
    optimizer = nn.optim.AdamW(net.parameters(), lr=RATE, weight_decay=DECAY)
    half_cosine = [(1 + np.cos(np.pi * step / steps)) / 2 for step in range(steps + 1)]
    schedule = nn.optim.LambdaLR(optimizer, lambda step: float(min(1, (step + 1) / WARM_UP) * half_cosine[step]))
    for images, labels in batches(digits, epochs, seed):
        loss = loss_of(net(images), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
        yield loss.item()


def accuracy(net: nn.Sequential, digits: Digits) -> float:
    """Share of the held-out images that are recognised."""
    with autograd.no_grad():
        logits = autograd.as_tensor(net(digits.test_images)).numpy()
    return float((logits.argmax(1) == digits.test_labels).mean())

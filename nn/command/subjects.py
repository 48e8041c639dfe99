"""What a command is asked to look at: `nn.NAME`, a network of ours with an example input, or MODULE:FUNCTION, the user's own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

import autograd
import nn
from nn import functional as F
from nn.command.choices import build_model
from nn.command.functions import found
from nn.command.refusal import Refusal
from nn.experiments.probes import unit_loss

CIFAR, IMAGENET = (2, 3, 32, 32), (1, 3, 64, 64)  # ImageNet's networks take any size; a small one is quick

# The blocks that a name alone does not make: what with, and the shape of an example x.
BLOCKS: dict[str, tuple[Callable[[], Any], tuple[int, ...]]] = {
    "ResidualBlock": (lambda: nn.ResidualBlock(16, sigma="tanh"), (8, 16)),
    "BasicBlock": (lambda: nn.BasicBlock(16, 16), (2, 16, 8, 8)),
    "PreActivationBlock": (lambda: nn.PreActivationBlock(16, 16), (2, 16, 8, 8)),
    "Bottleneck": (lambda: nn.Bottleneck(64, 16), (2, 64, 8, 8)),
    "TransformerEncoderLayer": (lambda: nn.TransformerEncoderLayer(16, 4, 32, 0.0, batch_first=True), (2, 6, 16)),
}


@dataclass(frozen=True)
class Subject:
    """A loss to follow back, the x to follow it to where it is known, and how to run the same net without its skips."""

    loss: autograd.Tensor
    x: autograd.Tensor | None
    plain: Callable[[], autograd.Tensor] | None


def subject_of(name: str, seed: int = 0) -> Subject:
    """What `name` means, run once."""
    if ":" not in name:
        if not name.startswith("nn."):
            raise Refusal(f"takes nn.NAME, as nn.resnet20, or MODULE:FUNCTION, as mynet:loss for loss() in mynet.py; given {name!r}")
        return _run(*_ours(name.removeprefix("nn."), seed))
    made = found(name)()
    if isinstance(made, autograd.Tensor):
        return Subject(made, None, None)
    if isinstance(made, tuple) and len(made) == 2 and isinstance(made[0], nn.Module):
        return _run(made[0], np.asarray(made[1]))
    given = type(made).__name__
    raise Refusal(f"{name}() returned {given}; return the loss, a Tensor, or a pair: the network and its input x")


def _ours(text: str, seed: int) -> tuple[Any, Any]:
    """A block with fitting sizes, or a network of images, its arguments in brackets where it has any."""
    nn.manual_seed(seed)
    if text in BLOCKS:
        build, shape = BLOCKS[text]
        return build(), _example(shape, seed)
    try:
        net = build_model(f"nn.{text}", 10, seed)
    except Refusal as refusal:
        raise Refusal(f"{str(refusal).removeprefix('--model ')}; also {', '.join(f'nn.{name}' for name in BLOCKS)}") from None
    if not isinstance(net, (nn.CifarResNet, nn.ResNet)):
        raise Refusal(f"nn.{text}: no example input is known; write a function that returns the network and its input, and name it")
    return net, _example(CIFAR if isinstance(net, nn.CifarResNet) else IMAGENET, seed)


def _example(shape: tuple[int, ...], seed: int) -> Any:
    return np.random.default_rng(seed).normal(size=shape).astype(np.float32)


def _run(net: Any, x: Any) -> Subject:
    first = autograd.Tensor(x, requires_grad=True, name="x")

    def plain() -> autograd.Tensor:
        with nn.without_skips(net):
            return _loss(net, autograd.Tensor(x, requires_grad=True, name="x"))

    return Subject(_loss(net, first), first, plain if nn.residual_blocks(net) else None)


def _loss(net: Any, x: autograd.Tensor) -> autograd.Tensor:
    """Of a network of images the cross entropy against 0, 1, 2, ...; of anything else Σ c ⊙ y with a random c of norm 1.

    Not a sum of squares: behind a last norm it is constant, and its gradient rounding alone.
    """
    y = autograd.as_tensor(net(x))
    classifies = isinstance(net, (nn.CifarResNet, nn.ResNet))
    loss = F.cross_entropy(y, np.arange(len(y)) % y.shape[1]) if classifies else unit_loss(y, np.random.default_rng(0))
    loss.name = "L"
    return loss

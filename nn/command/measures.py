"""What the demo measures on a network: gradients by depth, and each residual block's part in them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

import autograd
import nn
from nn.command.training import accuracy, blocks_of, loss_of
from nn.digits import Array, Digits

IMAGES = 256  # training images that every gradient here is measured on, the same for all networks


@dataclass(frozen=True)
class Trace:
    """One recorded pass: the trunk's values, from the first block's x to the last block's y, and the loss."""

    trunk: list[Any]
    loss: autograd.Tensor


@dataclass(frozen=True)
class BlockReport:
    """One residual block of a trained net. Norms are Frobenius norms over the batch; `response` is ‖F(x)‖/‖x‖."""

    block: int
    gradient_W2: float
    response: float
    share_skip: float
    share_branch: float
    cosine: float
    accuracy_without: float

    @property
    def alive(self) -> bool:
        return self.gradient_W2 > 0 and self.response > 0


def traced(net: nn.Sequential, digits: Digits) -> Trace:
    """Run the net on the measuring batch, and record."""
    layers = list(net)
    trunk = [layers[0](digits.train_images[:IMAGES])]
    trunk[0].name = "x"
    for layer in layers[1:-1]:
        trunk.append(layer(trunk[-1]))
    loss = loss_of(layers[-1](trunk[-1]), digits.train_labels[:IMAGES])
    loss.name = "L"
    return Trace(trunk, loss)


def norm(values: Any) -> float:
    """Frobenius norm, in float64 so that small gradients do not underflow when squared."""
    return float(np.linalg.norm(np.asarray(values, np.float64)))


def gradient_by_depth(net: nn.Sequential, digits: Digits) -> list[float]:
    """‖dL/dx‖ at each block's input, and last at the last block's output."""
    trace = traced(net, digits)
    return [norm(gradient.numpy()) for gradient in autograd.gradients(trace.loss, trace.trunk)]


def block_reports(net: nn.Sequential, digits: Digits) -> list[BlockReport]:
    """Every block of a residual net, from x to L."""
    blocks = blocks_of(net)
    trace = traced(net, digits)
    gradients = autograd.gradients(trace.loss, [block.W2 for block in blocks], retain_graph=True)
    joins = list(autograd.routes(trace.loss, trace.trunk[0]).joins)[::-1]
    return [
        BlockReport(
            index + 1, norm(gradient.numpy()), _response(block, trace.trunk[index].numpy()),
            join.shares["skip"], join.shares["branch"], join.cosine, _accuracy_without(net, block, digits),
        )
        for index, (block, gradient, join) in enumerate(zip(blocks, gradients, joins, strict=True))
    ]  # fmt: skip


def _response(block: nn.ResidualBlock, x: Array) -> float:
    with autograd.no_grad():
        return norm(autograd.as_tensor(block.function(x)).numpy()) / norm(x)


def _accuracy_without(net: nn.Sequential, block: nn.ResidualBlock, digits: Digits) -> float:
    with nn.without_branch(block):
        return accuracy(net, digits)

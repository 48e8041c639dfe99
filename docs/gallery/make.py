"""Draws every picture of this gallery from real graphs: `python docs/gallery/make.py [OUT]`."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

import autograd
import nn
from autograd import Tensor
from nn import functional as F

HERE = Path(__file__).parent
Drawn = Iterator[tuple[str, Any]]  # a file name, and a picture


def rows(width: int = 16, count: int = 32, name: str = "x") -> Tensor:
    values = np.random.default_rng(0).normal(size=(count, width))
    return Tensor(values.astype(np.float32), requires_grad=True, name=name)


def weight(width: int, seed: int, name: str, scale: float = 0.5) -> Tensor:
    values = np.random.default_rng(seed).normal(size=(width, width)) * scale / width**0.5
    return Tensor(values.astype(np.float32), requires_grad=True, name=name)


def labels(count: int = 32) -> Any:
    return np.arange(count) % 3


def dense(blocks: int, residual: bool = True, sigma: str = "tanh", depth: int | None = None) -> nn.Module:
    generator = np.random.default_rng(0)
    parts = [nn.ResidualBlock(16, sigma=sigma, depth=depth or blocks, residual=residual, generator=generator) for _ in range(blocks)]
    return nn.Sequential(*parts, nn.Linear(16, 3, generator=np.random.default_rng(1)))


def loss_of(net: nn.Module, x: Tensor) -> Tensor:
    return F.cross_entropy(net(x), labels(len(x.data)))


def scalar() -> Drawn:
    with autograd.keeping():
        a, b, c, f = (Tensor(v, requires_grad=True, name=n) for n, v in (("a", 2.0), ("b", -3.0), ("c", 10.0), ("f", -2.0)))
        e = a * b
        e.name = "e"
        d = e + c
        d.name = "d"
        loss = d * f
    yield "scalar", autograd.draw(loss)


def one_block() -> Drawn:
    x = rows()
    block = nn.ResidualBlock(16, sigma="tanh", generator=np.random.default_rng(0))
    loss = (block(x) ** 2).mean()
    yield "block", autograd.routes(loss).draw()
    yield "block_dark", autograd.routes(loss).draw(theme="dark")
    yield "block_ops", autograd.routes(loss).draw("ops")
    yield "without_gradients", autograd.draw(block(x))


class Attention(nn.Module):
    """Self-attention over the rows of x, pre-norm."""

    def __init__(self, width: int) -> None:
        generator = np.random.default_rng(2)
        self.norm = nn.LayerNorm(width)
        self.q, self.k, self.v, self.out = (nn.Linear(width, width, generator=generator) for _ in range(4))

    def forward(self, x: Tensor) -> Tensor:
        n = self.norm(x)
        q, k, v = self.q(n), self.k(n), self.v(n)
        weights = autograd.softmax(q @ k.T / 4.0, axis=-1)
        return self.out(weights @ v)


def attention() -> Drawn:
    x = rows(16, 12)
    generator = np.random.default_rng(3)
    mlp = nn.Sequential(nn.LayerNorm(16), nn.Linear(16, 32, generator=generator), nn.GELU(), nn.Linear(32, 16, generator=generator))
    net = nn.Sequential(nn.Residual(Attention(16)), nn.Residual(mlp))
    yield "attention", autograd.routes((net(x) ** 2).mean(), x).draw()


def nested() -> Drawn:
    x, w = rows(), weight(16, 1, "W")
    h = autograd.tanh(x @ w)
    u = h + 0.5 * autograd.tanh(h @ w)
    y = x + autograd.tanh(u @ w)
    y.name = "y"
    yield "nested", autograd.routes((y**2).mean(), x).draw()


def skips() -> Drawn:
    """Scaled, gated, dropped, projected, padded: one block each, in one stack."""
    x, w = rows(), [weight(16, seed, f"W{seed}") for seed in range(9)]
    keep = np.random.default_rng(5).random((32, 16)) < 0.8
    y = 0.5 * x + autograd.tanh(x @ w[0])
    gate = autograd.sigmoid(y @ w[1])
    y = gate * y + autograd.tanh(y @ w[2])
    y = y * Tensor((keep / 0.8).astype(np.float32)) + autograd.tanh(y @ w[3])
    y = y @ w[4] + autograd.tanh(autograd.tanh(y @ w[5]) @ w[6])
    y = autograd.pad(y[:, ::2], [(0, 0), (0, 8)]) + autograd.tanh(y @ w[7])
    yield "skips", autograd.routes((y**2).mean(), x).draw()
    y = 0.5 * x + autograd.tanh(x @ w[0])
    yield "scaled", autograd.routes((y**2).mean(), x).draw()
    y = x @ w[4] + autograd.tanh(autograd.tanh(x @ w[5]) @ w[6])
    yield "projected", autograd.routes((y**2).mean(), x).draw()


def opposed() -> Drawn:
    """F(x) = −x/2 opposes the skip; F(x) = −x cancels it; an infinite gradient."""
    x = rows()
    y = x + autograd.tanh(x) * -0.4
    y.name = "y"
    yield "negative", autograd.routes((y**2).mean(), x).draw()
    y = x + autograd.negative(autograd.tanh(x * 1.0) * 0.0 + x)
    yield "cancel", autograd.routes((y * 3.0).sum(), x).draw()
    with np.errstate(all="ignore"):
        z = x + autograd.sqrt(autograd.square(x) * 0.0)
        yield "not_finite", autograd.routes((z**2).mean(), x).draw()


def masked() -> Drawn:
    """After-add ReLU (He et al. 2015) beside pre-activation (2016)."""
    image = Tensor(np.random.default_rng(0).normal(size=(2, 8, 8, 8)).astype(np.float32), requires_grad=True, name="x")
    for name, block in (("masked", nn.BasicBlock), ("preactivation", nn.PreActivationBlock)):
        net = nn.Sequential(*[block(8, 8) for _ in range(4)])
        yield name, autograd.routes((net(image) ** 2).mean(), image).draw()
    net = nn.Sequential(nn.BasicBlock(8, 8))
    yield "masked_block", autograd.routes((net(image) ** 2).mean(), image).draw()


def stacks() -> Drawn:
    x = rows()
    routes = autograd.routes(loss_of(dense(10), x), x)
    yield "stack", routes.draw()
    yield "stack_twin", routes.draw(twin=loss_of(dense(10, residual=False), rows()))
    yield "stack_twin_dark", routes.draw(twin=loss_of(dense(10, residual=False), rows()), theme="dark")
    yield "growth", autograd.routes(loss_of(dense(10, sigma="relu", depth=1), x), x).draw(
        twin=loss_of(dense(10, residual=False, sigma="relu", depth=1), rows()))  # fmt: skip


def deep() -> Drawn:
    x = rows()
    routes = autograd.routes(loss_of(dense(54), x), x)
    twin = loss_of(dense(54, residual=False), rows())
    yield "rolled", routes.draw(twin=twin)
    yield "rolled_dark", routes.draw(twin=twin, theme="dark")


def resnets() -> Drawn:
    image = Tensor(np.random.default_rng(0).normal(size=(2, 3, 32, 32)).astype(np.float32), requires_grad=True, name="image")
    for name, net in (("resnet20", nn.resnet20()), ("resnet110", nn.resnet110(shortcut="B"))):
        loss = F.cross_entropy(net(image), np.array([0, 1]))
        yield name, autograd.routes(loss, image).draw()


CHAPTERS: tuple[Callable[[], Drawn], ...] = (
    scalar, one_block, attention, nested, skips, opposed, masked, stacks, deep, resnets,
)  # fmt: skip


def main(out: Path, suffix: str = ".svg", only: str = "") -> None:
    for chapter in CHAPTERS:
        if only in chapter.__name__:
            nn.manual_seed(0)
            for name, picture in chapter():
                print(picture.save(out / f"{name}{suffix}"), "-", picture)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else HERE, *sys.argv[2:])

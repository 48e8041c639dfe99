"""Draws every picture of this gallery from real graphs: `python docs/gallery/make.py [OUT]`."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))  # this checkout, installed or not

import numpy as np

import autograd
import nn
from autograd import Tensor
from autograd.pictures.numerals import subscript
from nn import functional as F

HERE = Path(__file__).parent
Drawn = Iterator[tuple[str, Any]]  # a file name, and a picture


def rows(width: int = 16, count: int = 32, name: str = "x") -> Tensor:
    values = np.random.default_rng(0).normal(size=(count, width))
    return Tensor(values, requires_grad=True, name=name)


def weight(width: int, seed: int, name: str, scale: float = 0.5) -> Tensor:
    values = np.random.default_rng(seed).normal(size=(width, width)) * scale / width**0.5
    return Tensor(values, requires_grad=True, name=name)


def labels(count: int = 32) -> Any:
    return np.arange(count) % 3


def dense(blocks: int, residual: bool = True, sigma: str = "tanh", depth: float | None = None) -> nn.Module:
    generator = np.random.default_rng(0)
    parts = [nn.ResidualBlock(16, sigma=sigma, depth=depth or blocks, residual=residual, generator=generator, dtype=np.float64)
             for _ in range(blocks)]  # fmt: skip
    return nn.Sequential(*parts, nn.Linear(16, 3, generator=np.random.default_rng(1), dtype=np.float64))


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
    with autograd.keeping():
        values = {"x₁": 2.0, "x₂": 0.0, "w₁": -3.0, "w₂": 1.0, "b": 6.8813735870195432}
        x1, x2, w1, w2, b = (Tensor(v, requires_grad=True, name=n) for n, v in values.items())
        n = x1 * w1 + x2 * w2 + b
        n.name = "n"
        o = autograd.tanh(n)
        o.name = "o"
    yield "neuron", autograd.draw(o)


def block(residual: bool = True) -> nn.Module:
    return nn.ResidualBlock(16, sigma="tanh", residual=residual, generator=np.random.default_rng(0), dtype=np.float64)


def one_block() -> Drawn:
    x = rows()
    loss, twin = ((block(residual)(x) ** 2).sum() / 32.0 for residual in (True, False))
    routes = autograd.routes(loss)
    yield "block", routes.draw()
    yield "block_dark", routes.draw(theme="dark")
    yield "block_twin", routes.draw(twin=twin)
    yield "block_column", routes.draw(rankdir="TB")
    yield "block_ops", routes.draw("ops")
    yield "without_gradients", autograd.draw(block()(x))


class Attention(nn.Module):
    """Self-attention over the rows of x, pre-norm."""

    def __init__(self, width: int) -> None:
        generator = np.random.default_rng(2)
        self.norm = nn.LayerNorm(width, dtype=np.float64)
        self.q, self.k, self.v, self.out = (nn.Linear(width, width, generator=generator, dtype=np.float64) for _ in range(4))

    def forward(self, x: Tensor) -> Tensor:
        n = self.norm(x)
        q, k, v = self.q(n), self.k(n), self.v(n)
        weights = autograd.softmax(q @ k.T / 4.0, axis=-1)
        return self.out(weights @ v)


def attention() -> Drawn:
    x = rows(16, 12)
    generator = np.random.default_rng(3)
    mlp = nn.Sequential(nn.LayerNorm(16, dtype=np.float64), nn.Linear(16, 32, generator=generator, dtype=np.float64), nn.GELU(),
                        nn.Linear(32, 16, generator=generator, dtype=np.float64))  # fmt: skip
    net = nn.Sequential(nn.Residual(Attention(16)), nn.Residual(mlp))
    yield "attention", autograd.routes((net(x) ** 2).mean(), x).draw()
    tokens = Tensor(np.random.default_rng(4).normal(size=(2, 6, 16)).astype(np.float32), requires_grad=True, name="tokens")
    layers = nn.Sequential(*[nn.TransformerEncoderLayer(16, 4, 32, dropout=0.0, batch_first=True) for _ in range(4)])
    yield "transformer", autograd.routes(F.cross_entropy(layers(tokens).mean(1), labels(2)), tokens).draw()


def nested() -> Drawn:
    x, w = rows(), weight(16, 1, "W", 1.0)
    h = autograd.tanh(x @ w)
    u = h + 0.5 * autograd.tanh(h @ w)
    y = x + autograd.tanh(u @ w)
    y.name = "y"
    yield "nested", autograd.routes((y**2).mean(), x).draw()


def skips() -> Drawn:
    """Scaled, gated, dropped, projected, padded: one block each, in one stack."""
    x, w = rows(), [weight(16, seed, f"W{subscript(seed)}") for seed in range(9)]
    keep = np.random.default_rng(5).random((32, 16)) < 0.8
    y = 0.5 * x + autograd.tanh(x @ w[0])
    gate = autograd.sigmoid(y @ w[1])
    y = gate * y + autograd.tanh(y @ w[2])
    y = y * Tensor(keep / 0.8) + autograd.tanh(y @ w[3])
    y = y @ w[4] + autograd.tanh(autograd.tanh(y @ w[5]) @ w[6])
    y = autograd.pad(y[:, ::2], [(0, 0), (0, 8)]) + autograd.tanh(y @ w[7])
    yield "skips", autograd.routes((y**2).mean(), x).draw()
    y = 0.5 * x + autograd.tanh(x @ w[0])
    yield "scaled", autograd.routes((y**2).mean(), x).draw()
    y = x @ w[4] + autograd.tanh(autograd.tanh(x @ w[5]) @ w[6])
    yield "projected", autograd.routes((y**2).mean(), x).draw()
    y = x + 0.5 * x + autograd.tanh(x @ w[0]) + autograd.sin(x @ w[1])
    yield "several", autograd.routes((y**2).mean(), x).draw()


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


def towers() -> Drawn:
    """Two towers of three blocks over one x; two inputs through one network."""
    x, w = rows(8), [weight(8, seed, f"W{subscript(seed)}", 1.0) for seed in range(6)]
    a = b = x
    for i in range(3):
        a, b = a + autograd.tanh(a @ w[i]), b + autograd.sin(b @ w[i + 3])
    yield "towers", autograd.routes((a * b).mean(), x).draw()
    generator = np.random.default_rng(6)
    inner = nn.Sequential(nn.Linear(8, 8, generator=generator, dtype=np.float64), nn.Tanh())
    net = nn.Sequential(nn.Linear(8, 8, generator=generator, dtype=np.float64), nn.Residual(inner))
    left, right = rows(8, 4, "a"), Tensor(np.random.default_rng(7).normal(size=(4, 8)), requires_grad=True, name="b")
    yield "siamese", autograd.routes(((net(left) - net(right)) ** 2).mean(), [left, right]).draw()


def without_joins() -> Drawn:
    """Concatenations hand gradients on, but add nothing up: a dense net, a U-net; a recurrent chain."""
    x = h = rows(16, 8)
    for i in range(3):
        w = Tensor(np.random.default_rng(i).normal(size=(h.shape[1], 8)) * 0.2, requires_grad=True, name=f"W{subscript(i)}")
        h = autograd.concatenate([h, autograd.tanh(h @ w)], axis=1)
    yield "densenet", autograd.routes((h**2).mean(), x).draw()
    image = Tensor(np.random.default_rng(0).normal(size=(1, 4, 16, 16)).astype(np.float32), requires_grad=True, name="x")
    down, middle, up = (nn.Sequential(nn.Conv2d(i, o, 3, padding=1), nn.ReLU()) for i, o in ((4, 8), (8, 8), (16, 4)))
    first = down(image)
    lower = F.interpolate(middle(F.max_pool2d(first, 2)), scale_factor=2)
    yield "unet", autograd.routes((up(autograd.concatenate([lower, first], axis=1)) ** 2).mean(), image).draw()
    state, w, u = rows(8, 2, "h₀"), weight(8, 1, "W", 1.0), weight(8, 2, "U", 1.0)
    for t in range(4):
        state = autograd.tanh(state @ w + rows(8, 2, f"x{subscript(t)}") @ u)
    yield "recurrent", autograd.routes((state**2).mean()).draw()


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
    routes, twin = autograd.routes(loss_of(dense(10, depth=4), x), x), loss_of(dense(10, residual=False, depth=4), rows())
    yield "stack", routes.draw()
    yield "stack_twin", routes.draw(twin=twin)
    yield "stack_twin_dark", routes.draw(twin=twin, theme="dark")
    yield "stack_column", autograd.routes(loss_of(dense(4), x), x).draw(rankdir="TB", twin=loss_of(dense(4, residual=False), rows()))
    yield "growth", autograd.routes(loss_of(dense(10, sigma="relu", depth=1), x), x).draw(
        twin=loss_of(dense(10, residual=False, sigma="relu", depth=1), rows()))  # fmt: skip


def deep() -> Drawn:
    x = rows()
    routes, twin = autograd.routes(loss_of(dense(54, depth=8), x), x), loss_of(dense(54, residual=False, depth=8), rows())
    yield "rolled", routes.draw(twin=twin)
    yield "rolled_dark", routes.draw(twin=twin, theme="dark")


def resnets() -> Drawn:
    image = Tensor(np.random.default_rng(0).normal(size=(2, 3, 32, 32)).astype(np.float32), requires_grad=True, name="image")
    for name, net in (("resnet20", nn.resnet20()), ("resnet56", nn.resnet56()), ("resnet110", nn.resnet110(shortcut="B"))):
        loss = F.cross_entropy(net(image), np.array([0, 1]))
        yield name, autograd.routes(loss, image).draw()
    larger = Tensor(np.random.default_rng(0).normal(size=(1, 3, 64, 64)).astype(np.float32), requires_grad=True, name="image")
    for name, net in (("resnet18", nn.resnet18()), ("resnet50", nn.resnet50())):
        yield name, autograd.routes(F.cross_entropy(net(larger), np.array([0])), larger).draw()


CHAPTERS: tuple[Callable[[], Drawn], ...] = (
    scalar, one_block, attention, nested, skips, opposed, towers, without_joins, masked, stacks, deep, resnets,
)  # fmt: skip


def main(out: Path, suffix: str = ".svg", only: str = "") -> None:
    for chapter in CHAPTERS:
        if only in chapter.__name__:
            nn.manual_seed(0)
            for name, picture in chapter():
                print(picture.save(out / f"{name}{suffix}"), "-", picture)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else HERE, *sys.argv[2:])

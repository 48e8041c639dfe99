"""A user's program, as `mypy --strict` reads it: many names, each with the type that an editor shows."""

from typing import Any

import numpy as np

import autograd
import nn
from autograd import Tensor, linalg
from autograd.typing import ArrayLike, TensorLike


def energy(x: TensorLike) -> Tensor:
    t = autograd.as_tensor(x)
    return autograd.sum(autograd.exp(t) * x)


def functions(x: Tensor) -> Tensor:
    rows: Tensor = autograd.stack([x, x], axis=0)
    columns: Tensor = autograd.concatenate([x, np.ones((2, 2))])
    chosen: Tensor = autograd.where(x > 0, x, 0.0)
    product: Tensor = autograd.einsum("ij,jk->ik", x, np.ones((2, 2)))
    sign, log = linalg.slogdet(x)
    q, r = autograd.qr(x)
    only: Tensor = autograd.qr(x, "r")
    u, s, vh = autograd.svd(x, full_matrices=False)
    values, places = autograd.topk(x, 1, dim=0)
    smooth: Tensor = autograd.softmax(x, axis=-1) + autograd.norm(x, ord="fro", axis=(0, 1))
    parts: list[Tensor] = autograd.split(x, 2)
    places.astype(int)
    whole = [rows, columns, chosen, product, sign, log, q, r, only, u, s, vh, values, smooth, *parts]
    return autograd.stack([part.sum() for part in whole]).sum()


def methods(x: Tensor) -> Tensor:
    y: Tensor = (x + 1) * 2 / x - x**2 + (-x) @ x.T % 3
    y = 1.0 - y
    z: Tensor = y.sum(axis=(0, 1), keepdims=True).reshape(1, -1).mean()
    w: Tensor = x.clip(None, 1.0) + x.at[0].set(3.0) + x[0, ::2] + x.mT
    first, second = x
    return z + w.std(axis=0, ddof=1).sum() + (first * second).max()


def transforms() -> float:
    both = autograd.value_and_grad(energy, argnums=(0,))
    value, (slope,) = both(np.ones(3))
    second = autograd.hessian(energy)(np.ones(2))
    out, tangent = autograd.jvp(energy, (np.ones(2),), (np.ones(2),))
    return float(value + slope.sum() + second.sum() + out + tangent)


def networks(x: Tensor) -> None:
    net = nn.Sequential(nn.Linear(2, 3), nn.ReLU(), nn.ResidualBlock(3, depth=1))
    optimizer = nn.optim.Adam(net.parameters(), lr=1e-3)
    loss = nn.functional.mse_loss(net(x), np.zeros((2, 3)))
    loss.backward()
    optimizer.step()


def _cube(x: ArrayLike) -> Any:
    return np.asarray(x) ** 3


def main() -> None:
    x = Tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True, name="x")
    with autograd.scope("all"), autograd.keeping():
        z = functions(x) + methods(x)
    routes = autograd.routes(z, x)
    text: str = autograd.draw(z, level="ops").dot
    z.backward()
    gradient: Tensor | None = x.grad
    assert gradient is not None and routes.joins is not None and text
    cube = autograd.op(_cube, name="programs_cube", x=lambda g, x: 3 * g * x**2)
    cube(x).sum().backward()
    with autograd.no_grad():
        autograd.config.strict = False
        transforms()
        autograd.exp([1.0, 2.0])
    networks(x)

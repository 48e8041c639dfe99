"""What every experiment on an untrained stack of blocks measures: gradients along the trunk, answers of F, shares."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

import autograd
import nn


def forward(layers: Iterable[Any], first: Any) -> list[Any]:
    """The trunk: x of every block, and last what the last block gives."""
    trunk = [autograd.Tensor(first, requires_grad=True, name="x")]
    for block in layers:
        trunk.append(block(trunk[-1]))
    return trunk


def unit_loss(y: Any, random: np.random.Generator) -> Any:
    """Σ c ⊙ y with a random c of norm 1: the gradient at y has norm 1, and nothing but the blocks changes it."""
    direction = random.normal(size=y.shape)
    return (y * (direction / np.linalg.norm(direction)).astype(y.dtype)).sum()


def norm_of(values: Any) -> float:
    """The Frobenius norm, of a tensor or an array."""
    return float(np.linalg.norm(values.numpy() if isinstance(values, autograd.Tensor) else values))


def gradient_norms(loss: Any, trunk: Sequence[Any]) -> tuple[float, ...]:
    """‖dL/dx‖ at every place of the trunk; the graph stays."""
    return tuple(norm_of(g) for g in autograd.gradients(loss, list(trunk), retain_graph=True))


def response(block: Any, x: Any) -> float:
    """‖F(x)‖/‖x‖ (He et al. 2015, figure 7, relative to x); 0 where x itself has died out: then F(x) has too."""
    size = norm_of(x)
    with autograd.no_grad():
        return norm_of(autograd.as_tensor(block.function(x.detach()))) / size if size else 0.0


def routes_of(loss: Any, x: Any, layers: Sequence[Any]) -> Any:
    """The routes to `x`, of a net that has one join a block."""
    routes = autograd.routes(loss, x, keep="scalars")
    expected = sum(block.residual for block in layers)
    if len(routes.joins) != expected:
        raise RuntimeError(f"{expected} blocks with a skip, but {len(routes.joins)} residual joins were found in the graph")
    return routes


def skip_shares(routes: Any) -> tuple[float, ...]:
    """From the input on, the exact share of dL/dx that came by the skip; empty for a plain net."""
    return tuple(join.shares["skip"] for join in routes.joins[::-1])


def checked_choice(what: str, given: Any, known: Iterable[str]) -> None:
    """Refuse a name that is none of the known ones."""
    if given not in tuple(known):
        raise ValueError(f"{what} is one of {', '.join(known)}; given {given!r}")


def checked_count(**counts: int) -> None:
    """Refuse what does not count from 1."""
    for name, count in counts.items():
        if isinstance(count, bool) or not isinstance(count, int) or count < 1:
            raise ValueError(f"{name} counts from 1; given {count!r}")


def weights_of(module: nn.Module) -> list[Any]:
    """The weights of the linear and convolutional layers, first to last."""
    return [each.weight for each in module.modules() if isinstance(each, (nn.Linear, nn.Conv2d))]

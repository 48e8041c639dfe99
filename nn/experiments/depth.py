"""Gradient norm and response by depth, in untrained dense nets of four kinds of block."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

import nn
from nn.experiments.probes import checked_choice, checked_count, forward, gradient_norms, response, routes_of, skip_shares, unit_loss

KINDS = ("plain", "residual", "after_add_relu", "pre_activation")


def _he(branch: nn.Module, blocks: int, random: Any) -> None:
    _weights(branch, nn.init.kaiming_normal_, generator=random)


def _he_scaled(branch: nn.Module, blocks: int, random: Any) -> None:
    _he(branch, blocks, random)
    nn.init.scale_last_(_last_linear(branch), blocks)


def _zero_last(branch: nn.Module, blocks: int, random: Any) -> None:
    _he(branch, blocks, random)
    nn.init.zeros_(_last_linear(branch).weight)


# name: (branch F, how many blocks there are, generator)
INITIALISATIONS: dict[str, Callable[[nn.Module, int, Any], None]] = {
    "he": _he,
    "he_scaled": _he_scaled,
    "xavier": lambda branch, blocks, random: _weights(branch, nn.init.xavier_normal_, generator=random),
    "orthogonal": lambda branch, blocks, random: _weights(branch, nn.init.orthogonal_, generator=random),
    "identity": lambda branch, blocks, random: _weights(branch, nn.init.eye_),
    "zero_last": _zero_last,
}


@dataclass(frozen=True)
class DepthProfile:
    """One net at its first values. Norms are Frobenius norms over the batch.

    Attributes
    ----------
    kind, initialisation, norm
        As `gradient_by_depth` was asked.
    gradients : tuple of float
        ‖dL/dx‖ at every block's input, and last at the last block's output, where it is 1.
    responses : tuple of float
        ‖F(x)‖/‖x‖ of every block (He et al. 2015, figure 7, relative to x).
    skip_shares : tuple of float
        The exact share of dL/dx that came by the skip, of every block; empty for a plain net.
    """

    kind: str
    initialisation: str
    norm: bool
    gradients: tuple[float, ...]
    responses: tuple[float, ...]
    skip_shares: tuple[float, ...]

    def draw(self, theme: str = "light") -> Any:
        """A Matplotlib figure; see `plots.depth_figure` for several in one."""
        from nn.experiments.plots import depth_figure

        return depth_figure([self], theme)

    @property
    def rate(self) -> float:
        """The factor by which one block changes ‖dL/dx‖ on its way down: the geometric mean; 0 where nothing arrives."""
        return float((self.gradients[0] / self.gradients[-1]) ** (1 / len(self.responses)))


def gradient_by_depth(
    kind: str, initialisation: str = "he", *, norm: bool = False, blocks: int = 30, width: int = 64,
    sigma: str = "relu", batch: int = 128, x: Any = None, seed: int = 0,
) -> DepthProfile:  # fmt: skip
    """How the gradient's norm changes from block to block before any training, and how much each F answers.

    The net is `blocks` blocks of two linear layers in float64, without biases. L = Σ c ⊙ y with a random c of norm 1,
    so that the gradient at the last block's output has norm 1 and nothing but the blocks changes it.

    Parameters
    ----------
    kind : str
        plain: y = σ(W₂σ(W₁x)), the twin of after_add_relu. residual: y = σ(W₂σ(W₁x)) + x, the derivation's block.
        after_add_relu: y = σ(W₂σ(W₁x) + x) (He et al. 2015, equation 2). pre_activation: y = W₂σ(W₁σ(x)) + x (He et al.
        2016, equation 6).
    initialisation : str
        he, he_scaled (the last layer of F times blocks^-½), xavier, orthogonal, identity, or zero_last.
    norm : bool
        Batch norm: after each linear layer, or in pre_activation before each σ. With zero_last it leaves F at 0.
    blocks, width, batch : int
    sigma : str
        A name of `nn.residual.SIGMAS`.
    x : array_like, shape (N, width), optional
        The batch; by default `batch` rows of standard normals.
    seed : int

    Returns
    -------
    DepthProfile

    Raises
    ------
    ValueError
        On an unknown name, or an x of another shape or without values.

    Examples
    --------
    >>> from nn.experiments import gradient_by_depth
    >>> round(gradient_by_depth("residual", "zero_last", blocks=3, width=8, sigma="tanh").gradients[0], 12)
    1.0
    """
    _refuse_unknown(kind, initialisation, blocks)
    random = np.random.default_rng(seed)
    layers = [_block(kind, width, sigma, norm) for _ in range(blocks)]
    for block in layers:
        INITIALISATIONS[initialisation](block.branch, blocks, random)
    first = random.normal(size=(batch, width)) if x is None else _checked(x, width)
    trunk = forward(layers, first)
    loss = unit_loss(trunk[-1], random)
    responses = tuple(response(block, x) for block, x in zip(layers, trunk[:-1], strict=True))
    shares = skip_shares(routes_of(loss, trunk[0], layers))
    return DepthProfile(kind, initialisation, norm, gradient_norms(loss, trunk), responses, shares)


def compare_depths(
    kinds: Iterable[str] = KINDS, initialisations: Iterable[str] = ("he", "he_scaled", "xavier", "orthogonal"),
    norms: Iterable[bool] = (False, True), **options: Any,
) -> list[DepthProfile]:  # fmt: skip
    """`gradient_by_depth` of every combination, with the same options and the same x.

    Examples
    --------
    >>> from nn.experiments import compare_depths
    >>> len(compare_depths(["plain", "residual"], ["he"], blocks=2, width=4))
    4
    """
    wanted = [(kind, start, norm) for norm in norms for start in initialisations for kind in kinds]
    return [gradient_by_depth(kind, start, norm=norm, **options) for kind, start, norm in wanted]


def _refuse_unknown(kind: str, initialisation: str, blocks: int) -> None:
    checked_choice("kind", kind, KINDS)
    checked_choice("initialisation", initialisation, INITIALISATIONS)
    checked_count(blocks=blocks)


def _checked(x: Any, width: int) -> Any:
    values = np.asarray(x, np.float64)
    if values.ndim != 2 or values.shape[1] != width or not np.any(values):
        raise ValueError(f"x is rows of {width} values that are not all 0 (width={width}), given shape {values.shape}")
    return values


def _linears(branch: nn.Module) -> list[nn.Linear]:
    return [each for each in branch.modules() if isinstance(each, nn.Linear)]


def _last_linear(branch: nn.Module) -> nn.Linear:
    return _linears(branch)[-1]


def _weights(branch: nn.Module, draw: Callable[..., Any], **options: Any) -> None:
    for layer in _linears(branch):
        draw(layer.weight, **options)


def _block(kind: str, width: int, sigma: str, norm: bool) -> nn.Residual:
    def linear() -> nn.Module:
        return nn.Linear(width, width, bias=False, dtype=np.float64)

    def normed() -> list[nn.Module]:
        return [nn.BatchNorm1d(width, track_running_stats=False, dtype=np.float64)] if norm else []

    activation = nn.Lambda(nn.residual.sigma_named(sigma))
    if kind == "pre_activation":
        return nn.Residual(nn.Sequential(*normed(), activation, linear(), *normed(), activation, linear()))
    layers = [linear(), *normed(), activation, linear(), *normed()]
    if kind == "residual":
        return nn.Residual(nn.Sequential(*layers, activation))
    return nn.Residual(nn.Sequential(*layers), after=activation, residual=kind != "plain")

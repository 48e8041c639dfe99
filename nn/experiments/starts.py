"""Blocks whose last layer starts at 0 (Fixup, ReZero, SkipInit, zero γ) and what they are measured against, over the first steps."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

import nn
from nn import functional as F
from nn.experiments.probes import checked_choice, checked_count, gradient_norms, norm_of, response, routes_of, skip_shares, weights_of
from nn.experiments.variants import ORDERS, Parts

CLASSES = 10
Numbers = tuple[float, ...]


@dataclass(frozen=True)
class StartProfile:
    """One start over the first steps of a training: every sequence is indexed by step; 0 is before the first.

    Attributes
    ----------
    start : str
    losses : tuple of float
        Fewer than were asked for where the training diverged: the last is then infinite or nan.
    gradients : tuple of tuple of float
        ‖dL/dx‖ at every block's input, and last at the last block's output.
    responses : tuple of tuple of float
        ‖F(x)‖/‖x‖ of every block.
    skip_shares : tuple of tuple of float
        The exact share of dL/dx that came by the skip, of every block.
    weight_gradients : tuple of tuple of float
        ‖dL/dW₁‖ of every block: 0 at the start where everything behind W₁ is 0.
    """

    start: str
    losses: Numbers
    gradients: tuple[Numbers, ...]
    responses: tuple[Numbers, ...]
    skip_shares: tuple[Numbers, ...]
    weight_gradients: tuple[Numbers, ...]

    @property
    def growth(self) -> float:
        """‖dL/dx‖ at the first block over that at the last block's output, before the first step."""
        return self.gradients[0][0] / self.gradients[0][-1]

    def draw(self, theme: str = "light") -> Any:
        """A Matplotlib figure; see `start_figure` for several side by side."""
        from nn.experiments.panels import start_figure

        return start_figure([self], theme=theme)


class _Added(nn.Module):
    """x + b, with one b for all of x: the biases of Fixup."""

    def __init__(self) -> None:
        self.bias = nn.Parameter(np.zeros(1), dtype=np.float64)

    def forward(self, x: Any) -> Any:
        return x + self.bias


class _Multiplied(nn.Module):
    """a x, with one a for all of x."""

    def __init__(self) -> None:
        self.factor = nn.Parameter(np.ones(1), dtype=np.float64)

    def forward(self, x: Any) -> Any:
        return self.factor * x


def _ordered(order: str, scale: float | None = None) -> Callable[[Parts, int], Any]:
    def block(parts: Parts, blocks: int) -> Any:
        before, behind = ORDERS[order]
        return nn.Residual(parts.spelled(before), after=parts.spelled(behind), scale=scale)

    return block


def _scaled_down(parts: Parts, blocks: int) -> Any:
    block = _ordered("full")(parts, blocks)
    nn.init.scale_last_(_last(block), blocks)
    return block


def _zero_gamma(parts: Parts, blocks: int) -> Any:
    block = _ordered("original")(parts, blocks)
    nn.init.zeros_(block.branch[-1].weight)
    return block


def _fixup(parts: Parts, blocks: int) -> Any:
    """W₁ times blocks^(-1/(2m - 2)) with m = 2 layers, W₂ = 0, a scalar bias before each layer and each ReLU, one factor."""
    first, last = parts.weight(), parts.weight()
    first.weight.data = first.weight.data * blocks**-0.5
    nn.init.zeros_(last.weight)
    branch = nn.Sequential(_Added(), first, _Added(), nn.ReLU(), _Added(), last, _Multiplied(), _Added())
    return nn.Residual(branch, after=nn.ReLU())


# name: (batch norm, block)
STARTS: dict[str, tuple[bool, Callable[[Parts, int], Any]]] = {
    "he": (False, _ordered("full")),
    "he_scaled": (False, _scaled_down),
    "batch_norm": (True, _ordered("original")),
    "zero_gamma": (True, _zero_gamma),
    "fixup": (False, _fixup),
    "skipinit": (False, _ordered("full", scale=0.0)),
    "rezero": (False, _ordered("relu_before_add", scale=0.0)),
}


def first_steps(
    start: str, data: Any = None, *, steps: int = 30, blocks: int = 30, width: int = 64, batch: int = 128, rate: float = 0.05,
    seed: int = 0,
) -> StartProfile:  # fmt: skip
    """Gradient, response and shares of a residual net before training and over its first steps, for one way to start.

    A linear entry, `blocks` dense blocks of two layers, a linear readout, all in float64; cross entropy on one batch, by
    gradient descent with momentum 0.9.

    Parameters
    ----------
    start : str
        he: y = W₂σ(W₁σ(x)) + x at He's initialisation, without a norm. he_scaled: W₂ times blocks^-½. batch_norm: He et al. 2015's
        block. zero_gamma: the same with the last γ = 0 (Goyal et al. 2017, section 5.1). fixup (Zhang et al. 2019, the rules of
        section 3): no norm, W₁ times blocks^-½, W₂ = 0, scalar biases and one factor; but no readout of 0, which would hide every
        gradient of the first step. skipinit (De and Smith 2020, section 3): y =
        αW₂σ(W₁σ(x)) + x with a learnt α = 0. rezero (Bachlechner et al. 2020, equation 1): y = ασ(W₂σ(W₁x)) + x, α = 0.
    data : pair of arrays, optional
        Rows of values and their labels from 0 to 9; by default `batch` rows about ten random centres.
    steps, blocks, width, batch : int
    rate : float
    seed : int

    Returns
    -------
    StartProfile

    Raises
    ------
    ValueError
        On an unknown start, a size below 1, or data that are no rows with a label each.

    Examples
    --------
    >>> from nn.experiments import first_steps
    >>> found = first_steps("skipinit", steps=1, blocks=3, width=8, batch=8)
    >>> found.responses[0], found.skip_shares[0], found.weight_gradients[0]
    ((0.0, 0.0, 0.0), (1.0, 1.0, 1.0), (0.0, 0.0, 0.0))
    """
    checked_choice("start", start, STARTS)
    checked_count(steps=steps, blocks=blocks, width=width, batch=batch)
    random = np.random.default_rng(seed)
    values, labels = _clusters(batch, width, random) if data is None else _rows(data)
    net = _Net(start, blocks, values.shape[1], width, random)
    optimizer = nn.optim.SGD(net.parameters(), lr=rate, momentum=0.9)
    found: list[tuple[Any, ...]] = []
    with np.errstate(over="ignore", invalid="ignore"):  # who diverges is stopped, and says so by its last loss
        while len(found) <= steps and (not found or np.isfinite(found[-1][0])):
            found.append(net.measured(values, labels))
            optimizer.step()
            optimizer.zero_grad()
    return StartProfile(start, *map(tuple, zip(*found, strict=True)))  # type: ignore[arg-type]


def compare_starts(starts: Iterable[str] = tuple(STARTS), **options: Any) -> list[StartProfile]:
    """`first_steps` of every start, with the same options and the same data.

    Examples
    --------
    >>> from nn.experiments import compare_starts
    >>> [each.start for each in compare_starts(["fixup", "rezero"], steps=1, blocks=2, width=4, batch=8)]
    ['fixup', 'rezero']
    """
    return [first_steps(start, **options) for start in starts]


class _Net(nn.Module):
    def __init__(self, start: str, blocks: int, entries: int, width: int, random: np.random.Generator) -> None:
        norm, block = STARTS[start]
        parts = Parts(width, False, norm, random)
        self.entry = nn.Linear(entries, width, dtype=np.float64, generator=random)
        self.readout = nn.Linear(width, CLASSES, dtype=np.float64, generator=random)
        self.blocks = nn.ModuleList([block(parts, blocks) for _ in range(blocks)])

    def measured(self, values: Any, labels: Any) -> tuple[float, Numbers, Numbers, Numbers, Numbers]:
        """The loss and the measures at these weights; `.grad` of every parameter is set."""
        trunk = [self.entry(values)]
        for block in self.blocks:
            trunk.append(block(trunk[-1]))
        loss = F.cross_entropy(self.readout(trunk[-1]), labels)
        layers = list(self.blocks)
        gradients, shares = gradient_norms(loss, trunk), skip_shares(routes_of(loss, trunk[0], layers))
        loss.backward()
        weights = tuple(norm_of(weights_of(block)[0].grad) for block in layers)
        return loss.item(), gradients, tuple(map(response, layers, trunk)), shares, weights


def _last(block: Any) -> Any:
    *_, last = (each for each in block.modules() if isinstance(each, nn.Linear))
    return last


def _clusters(batch: int, width: int, random: np.random.Generator) -> tuple[Any, Any]:
    labels = np.arange(batch) % CLASSES
    return random.normal(size=(CLASSES, width))[labels] + random.normal(size=(batch, width)), labels


def _rows(data: Any) -> tuple[Any, Any]:
    values, labels = np.asarray(data[0], np.float64), np.asarray(data[1])
    fits = values.ndim == 2 and labels.shape == values.shape[:1] and labels.dtype.kind in "iu" and values.size > 0
    if not fits or labels.min() < 0 or labels.max() >= CLASSES:
        raise ValueError(
            f"data are rows of values and a label from 0 to {CLASSES - 1} for each; given shapes {values.shape} and {labels.shape}"
        )
    return values, labels

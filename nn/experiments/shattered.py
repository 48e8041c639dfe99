"""Shattered gradients (Balduzzi et al. 2017): how alike the gradients of a rectifier net are at different inputs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Any

import numpy as np

import autograd

Array = np.ndarray[Any, np.dtype[np.float64]]
NETS = ("plain", "residual", "scaled")
DEPTHS = (1, 2, 4, 8, 16, 32)
SPAN = 2.0  # the grid runs from -SPAN to SPAN


@dataclass(frozen=True)
class Shattering:
    """The measures of one kind of net, each a mean over several draws of its weights.

    Attributes
    ----------
    net : str
    beta : float
        What F is multiplied by.
    depths : tuple of int
        Layers of each net measured.
    correlation : tuple of float
        At each depth, between the gradients at two distinct inputs.
    errors : tuple of float
        The standard errors of these means, from their spread over the draws; nan for a single draw.
    reference : tuple of float
        What the paper's theorem gives for it.
    autocorrelation : tuple of tuple of float
        At each depth, of the gradient along the one-dimensional grid, at lags 0, 1, 2, ...
    """

    net: str
    beta: float
    depths: tuple[int, ...]
    correlation: tuple[float, ...]
    errors: tuple[float, ...]
    reference: tuple[float, ...]
    autocorrelation: tuple[tuple[float, ...], ...]

    def draw(self, theme: str = "light") -> Any:
        """A Matplotlib figure; see `plots.shattering_figure` for several in one."""
        from nn.experiments.plots import shattering_figure

        return shattering_figure([self], theme)

    @property
    def rate(self) -> float:
        """r of the fit r^L to the correlations by least squares on their logarithms, weighted by their errors; nan if all is noise."""
        return float(np.exp(self._slope(np.asarray(self.depths, np.float64))))

    @property
    def exponent(self) -> float:
        """p of the fit (β²L + 1)^p, done likewise; the paper's is -1/2 for the scaled net."""
        return self._slope(np.log(self.beta**2 * np.asarray(self.depths) + 1))

    def _slope(self, against: Array) -> float:
        values, errors = np.asarray(self.correlation), np.asarray(self.errors)
        # What is within the noise has no logarithm worth fitting; a single draw cannot tell its noise.
        seen = values > 3 * np.nan_to_num(errors)
        if seen.sum() < 2:
            return float("nan")
        weights = values[seen] / errors[seen] if (errors > 0).all() else np.ones(seen.sum())
        return float(np.polyfit(against[seen], np.log(values[seen]), 1, w=weights)[0])


def shattered_gradients(
    net: str, depths: Sequence[int] = DEPTHS, *, beta: float = 0.1, width: int = 200, inputs: int = 64, grid: int = 256,
    lags: int = 30, draws: int = 8, seed: int = 0,
) -> Shattering:  # fmt: skip
    """Correlation of the gradient between distinct inputs, and its autocorrelation along a line, by depth.

    A layer is x ↦ W relu(x̂) + skip with W ~ N(0, 2/width); a linear readout follows. x̂ standardises each neuron over the
    inputs; the gradient takes those statistics as constants, so that it is that of a fixed function of one input.

    Between distinct inputs: x ~ N(0, I) of `width` entries, the gradient by x, C = mean of gᵢ·gⱼ over i ≠ j divided by the
    mean of gᵢ·gᵢ. Along the line: a scalar input on a uniform grid from -2 to 2 enters `width` rectifiers by w x + b, whose
    kinks -b/w lie evenly at random over the grid (the biases); they are the first of the layers. The usual
    autocorrelation of the gradient minus its mean.

    Parameters
    ----------
    net : str
        plain: no skip, x̂ centred. residual: y = F(x) + x, x̂ centred. scaled: y = βF(x) + x, x̂ centred and divided by its
        standard deviation (batch norm).
    depths : sequence of int
        Layers, at least 1.
    beta : float
        For the scaled net alone.
    width, inputs, grid, lags : int
    draws : int
        How many nets each number is the mean of.
    seed : int

    Returns
    -------
    Shattering

    Raises
    ------
    ValueError
        On an unknown net, a depth below 1, no draws, a β of 0 or below, fewer than two inputs, or lags beyond the grid.

    Notes
    -----
    References (Balduzzi et al. 2017, theorems 1 to 3): plain 2^-L, residual (3/4)^L, scaled ∏ (v + β²/2)/(v + β²) over
    v = 1 + β²l, l < L: the variance that the layers below have gathered. The last is close to (β²L + 1)^-½, for large L the
    paper's 1/(β√L).

    Examples
    --------
    >>> from nn.experiments import shattered_gradients
    >>> found = shattered_gradients("plain", [1, 2], width=100, inputs=16, grid=64, draws=2)
    >>> found.reference
    (0.5, 0.25)
    >>> found.correlation[1] < found.correlation[0]
    True
    """
    _refuse(net, depths, beta, inputs, grid, lags, draws)
    beta = beta if net == "scaled" else 1.0
    random = np.random.default_rng(seed)
    line = np.linspace(-SPAN, SPAN, grid)

    def over_draws(measure: Callable[[int], Any]) -> Array:
        return np.array([[measure(depth) for _ in range(draws)] for depth in depths])

    between = over_draws(lambda depth: correlation(_at_points(net, beta, depth, width, inputs, random)))
    along = over_draws(lambda depth: autocorrelation(_along(net, beta, depth, width, line, random), lags)).mean(1)
    return Shattering(
        net, beta, tuple(depths), tuple(between.mean(1).tolist()), tuple(_standard_errors(between)),
        tuple(reference(net, depth, beta) for depth in depths), tuple(map(tuple, along.tolist())),
    )  # fmt: skip


def _standard_errors(values: Array) -> list[float]:
    count = values.shape[1]
    if count == 1:
        return [float("nan")] * len(values)
    return [float(error) for error in values.std(1, ddof=1) / sqrt(count)]


def reference(net: str, depth: int, beta: float = 1.0) -> float:
    """The paper's correlation between distinct inputs after `depth` layers."""
    if net != "scaled":
        return float({"plain": 0.5, "residual": 0.75}[net] ** depth)
    gathered = 1 + beta**2 * np.arange(depth)
    return float(np.prod((gathered + beta**2 / 2) / (gathered + beta**2)))


def correlation(gradients: Array) -> float:
    """Mean of gᵢ·gⱼ over i ≠ j by the mean of gᵢ·gᵢ, for rows g: their mean over draws of the weights is 0."""
    count = len(gradients)
    own = float(np.sum(gradients**2))
    across = float(np.sum(gradients.sum(0) ** 2)) - own
    return across / (count - 1) / own if own else float("nan")


def autocorrelation(series: Array, lags: int) -> Array:
    """Of a series minus its mean, at lags 0 to `lags`: Σ zₜzₜ₊ₖ / Σ zₜ²; 1 throughout for a constant one."""
    z = series - series.mean()
    if not np.any(z):
        return np.ones(lags + 1)
    found: Array = np.array([z[: len(z) - k] @ z[k:] for k in range(lags + 1)]) / (z @ z)
    return found


def _refuse(net: str, depths: Sequence[int], beta: float, inputs: int, grid: int, lags: int, draws: int) -> None:
    if net not in NETS:
        raise ValueError(f"net is one of {', '.join(NETS)}; given {net!r}")
    if not depths or min(depths) < 1 or draws < 1:
        raise ValueError(f"depths and draws count from 1; given depths {list(depths)}, draws {draws}")
    if not beta > 0:
        raise ValueError(f"beta scales F and is above 0; given {beta}")
    if inputs < 2 or not 0 <= lags < grid:
        raise ValueError(f"a correlation needs two inputs, and lags from 0 to grid - 1; given {inputs} inputs, lags {lags}, grid {grid}")


def _standardised(x: Any, divide: bool) -> Any:
    values = x.numpy()
    centred = x - values.mean(0)
    return centred / np.sqrt(values.var(0) + 1e-12) if divide else centred


def _layers(net: str, beta: float, depth: int, x: Any, random: np.random.Generator) -> Any:
    width = x.shape[1]
    for _ in range(depth):
        weight = random.normal(0.0, sqrt(2 / width), (width, width))
        branch = autograd.relu(_standardised(x, net == "scaled")) @ weight
        x = branch if net == "plain" else x + beta * branch
    return x @ random.normal(0.0, sqrt(1 / width), width)


def _at_points(net: str, beta: float, depth: int, width: int, inputs: int, random: np.random.Generator) -> Array:
    x = autograd.Tensor(random.normal(size=(inputs, width)), requires_grad=True)
    return _gradient(_layers(net, beta, depth, x, random), x)


def _along(net: str, beta: float, depth: int, width: int, line: Array, random: np.random.Generator) -> Array:
    """The entry is a layer without a skip: a number has no place in a sum with `width` of them."""
    x = autograd.Tensor(line[:, None], requires_grad=True)
    slopes, kinks = random.normal(size=width), random.uniform(-SPAN, SPAN, width)
    entered = autograd.relu((x - kinks) * slopes) @ random.normal(0.0, sqrt(2 / width), (width, width))
    return _gradient(_layers(net, beta, depth - 1, entered, random), x)[:, 0]


def _gradient(outputs: Any, x: Any) -> Array:
    """Each row's output depends on that row alone, so the sum's gradient holds every row's."""
    found: Array = autograd.gradients(outputs.sum(), [x])[0].numpy()
    return found

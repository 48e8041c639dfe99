"""How long the ways are that a gradient takes through a residual net (Veit et al. 2016, section 4.3 and figure 6), and exactly."""

from __future__ import annotations

from dataclasses import dataclass
from math import comb
from typing import Any

import numpy as np

import autograd
from nn.experiments.probes import checked_count


@dataclass(frozen=True)
class LengthProfile:
    """A gradient by the number k of residual functions crossed; every sequence is indexed by k.

    Attributes
    ----------
    counts : tuple of int
        Choices of k among the net's joins: how many paths there are, as Veit et al. count them.
    path_norms : tuple of float
        The mean norm of a random path of length k (their figure 6b).
    norms, shares : tuple of float
        ‖G_k‖ of the part that crossed exactly k, all its paths added up, and its share of the gradient.
    """

    counts: tuple[int, ...]
    path_norms: tuple[float, ...]
    norms: tuple[float, ...]
    shares: tuple[float, ...]

    @property
    def veit_norms(self) -> tuple[float, ...]:
        """Count times norm, as if paths never cancelled (their figure 6c)."""
        return tuple(count * norm for count, norm in zip(self.counts, self.path_norms, strict=True))

    @property
    def mean_length(self) -> float:
        """The mean k, weighed by ‖G_k‖."""
        return float(np.average(range(len(self.norms)), weights=self.norms))

    @property
    def veit_mean_length(self) -> float:
        """The same by Veit et al.'s measure."""
        return float(np.average(range(len(self.norms)), weights=self.veit_norms))

    def draw(self, theme: str = "light") -> Any:
        """A Matplotlib figure; see `panels.length_figure` for several side by side."""
        from nn.experiments.panels import length_figure

        return length_figure({"": self}, theme)


def gradient_by_length(loss: Any, x: Any, *, samples: int = 4, seed: int = 0) -> LengthProfile:
    """Divide dL/dx by path length, exactly and by Veit et al.'s measure.

    Parameters
    ----------
    loss : Tensor
        One number, whose graph is still whole.
    x : Tensor
        Where to: the input, or any tensor on the way to it. Every join on the way counts, also one inside an F.
    samples : int
        Random paths of each length.
    seed : int

    Returns
    -------
    LengthProfile

    Raises
    ------
    ValueError
        Without a residual join on the way, or samples below 1.

    Examples
    --------
    >>> import autograd, numpy as np
    >>> from nn.experiments import gradient_by_length
    >>> x, W = autograd.Tensor([0.5, 1.0], requires_grad=True), np.eye(2) / 2
    >>> y = x + x @ W
    >>> found = gradient_by_length((y + y @ W).sum(), x)
    >>> found.counts, [round(norm, 3) for norm in found.norms]
    ((1, 2, 1), [1.414, 1.414, 0.354])
    """
    checked_count(samples=samples)
    routes = autograd.routes(loss, x, keep="scalars")
    if not any(join.crossings for join in routes.joins):
        raise ValueError("no residual join lies between x and the loss: every path crosses no residual function")
    lengths, veit = routes.path_lengths(x), routes.veit_norms(x, samples, seed)
    count = max(len(lengths.norms), len(veit))
    counts = [comb(len(veit) - 1, k) for k in range(count)]
    padded = np.zeros((3, count))
    for row, values in zip(padded, (veit, lengths.norms, lengths.shares), strict=True):
        row[: len(values)] = values
    path_norms = [norm / max(paths, 1) for norm, paths in zip(padded[0].tolist(), counts, strict=True)]
    return LengthProfile(tuple(counts), tuple(path_norms), tuple(padded[1].tolist()), tuple(padded[2].tolist()))

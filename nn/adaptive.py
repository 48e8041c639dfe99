"""Adaptive softmax: frequent classes dearly, rare ones cheaply."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

import autograd
from nn import functional as F
from nn.containers import ModuleList, Sequential
from nn.dense import Linear
from nn.module import Module
from nn.randomness import generator_or_shared


class AdaptiveOutput(NamedTuple):
    """The log-probability of each sample's target, and their negative mean."""

    output: Any
    loss: Any


class AdaptiveLogSoftmaxWithLoss(Module):
    """A softmax over many classes, in a head and clusters of ever fewer features (Grave et al. 2016).

    Parameters
    ----------
    in_features, n_classes : int
        Classes are numbered by falling frequency.
    cutoffs : sequence of int
        Where the head's classes end, and each cluster's but the last one's.
    div_value : float
        The i-th cluster has in_features / div_valueⁱ features.
    head_bias : bool

    Examples
    --------
    >>> import numpy as np, nn
    >>> layer = nn.AdaptiveLogSoftmaxWithLoss(8, 20, [5, 10], div_value=2.0, generator=0)
    >>> x = np.ones((3, 8), np.float32)
    >>> np.exp(layer.log_prob(x).data).sum(1).round(5).tolist()
    [1.0, 1.0, 1.0]
    """

    def __init__(
        self, in_features: int, n_classes: int, cutoffs: Sequence[int], div_value: float = 4.0, head_bias: bool = False,
        dtype: Any = np.float32, generator: Any = None,
    ) -> None:  # fmt: skip
        cutoffs = list(cutoffs)
        if not cutoffs or cutoffs != sorted(set(cutoffs)) or cutoffs[0] <= 0 or cutoffs[-1] >= n_classes:
            raise ValueError(f"cutoffs are rising whole numbers from 1 to {n_classes - 1}, given {cutoffs}")
        random = generator_or_shared(generator)
        self.in_features, self.n_classes, self.div_value, self.head_bias = in_features, n_classes, div_value, head_bias
        self.cutoffs = [*cutoffs, n_classes]
        self.shortlist_size, self.n_clusters = cutoffs[0], len(cutoffs)
        self.head_size = self.shortlist_size + self.n_clusters
        self.head = Linear(in_features, self.head_size, head_bias, dtype, random)
        self.tail = ModuleList()
        for number, (start, stop) in enumerate(self._spans(), 1):
            features = int(in_features // div_value**number)
            inner = Linear(in_features, features, False, dtype, random), Linear(features, stop - start, False, dtype, random)
            self.tail.append(Sequential(*inner))

    def reset_parameters(self, generator: Any = None) -> None:
        """Draw the first values again."""
        random = generator_or_shared(generator)
        for layer in [self.head, *(layer for cluster in self.tail for layer in cluster)]:
            layer.reset_parameters(random)

    def _spans(self) -> list[tuple[int, int]]:
        """The classes of each cluster."""
        return list(zip(self.cutoffs, self.cutoffs[1:], strict=False))

    def forward(self, input: Any, target: Any) -> AdaptiveOutput:
        """Only clusters with a target among the samples are computed."""
        x, target = autograd.as_tensor(input), np.asarray(getattr(target, "data", target))
        self._check(x, target)
        alone = target.ndim == 0
        x, target = (x[None], target[None]) if alone else (x, target)
        head = F.log_softmax(self.head(x), dim=1)
        chosen = np.where(target < self.shortlist_size, target, self.shortlist_size - 1 + np.searchsorted(self.cutoffs, target, "right"))
        output = head[np.arange(len(target)), chosen]
        for cluster, (start, stop) in zip(self.tail, self._spans(), strict=True):
            rows = np.flatnonzero((start <= target) & (target < stop))
            if rows.size:
                inner = F.log_softmax(cluster(x[rows]), dim=1)
                output = output.at[rows].add(inner[np.arange(len(rows)), target[rows] - start])
        loss = -output.mean()
        return AdaptiveOutput(output[0] if alone else output, loss)

    def _check(self, x: Any, target: Any) -> None:
        if target.ndim > 1 or target.shape != x.shape[:-1] or target.dtype.kind not in "iu":
            raise ValueError(f"input (N, {self.in_features}) and whole numbers (N,), or one of each, given {x.shape} and {target.shape}")
        if target.size and not 0 <= target.min() <= target.max() < self.n_classes:
            raise ValueError(f"targets lie in [0, {self.n_classes - 1}], given {target.min()} to {target.max()}")

    def log_prob(self, input: Any) -> Any:
        """Log-probabilities of all classes, (N, n_classes)."""
        x = autograd.as_tensor(input)
        head = F.log_softmax(self.head(x), dim=1)
        tails = [F.log_softmax(cluster(x), dim=1) + head[:, self.shortlist_size + i, None] for i, cluster in enumerate(self.tail)]
        return autograd.concatenate([head[:, : self.shortlist_size], *tails], axis=1)

    def predict(self, input: Any) -> Any:
        """The likeliest class of each sample, as plain integers."""
        with autograd.no_grad():
            return autograd.as_tensor(self.log_prob(input)).data.argmax(1)

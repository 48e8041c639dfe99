"""How many residual functions a gradient crossed: dL/dx as the sum of G_0, G_1, ..., exactly, in one sweep.

Every pull-back is linear in the gradient, so it applies to each part by itself; an edge into a join's F raises k by one. With
every such edge scaled by t the gradient is the polynomial G_0 + t G_1 + t² G_2 + ...: that is what is computed here.
"""

from __future__ import annotations

from collections.abc import Container, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from autograd.graph import Node, contributions, fit
from autograd.routing.arms import Step
from autograd.routing.measures import ratio, share_of, size, total
from autograd.tensor import Tensor, wrap

SMALL = 1e-12
Polynomial = dict[int, Any]  # k -> G_k


@dataclass(frozen=True)
class PathLengths:
    """dL/dx by the number k of residual functions its paths cross; every sequence is indexed by k.

    Attributes
    ----------
    shares, norms : ndarray
        <G_k, g> / <g, g> and ‖G_k‖.
    counts : tuple of int
        How many paths of the recorded graph cross k residual functions.
    parts : tuple of Tensor or None
        The G_k themselves, where asked for.
    dropped : int
        How many parts, on the way, were smaller than `below` times the largest beside them, and were left out.
    cancellation : float
        Sum of ‖G_k‖ over ‖g‖: 1 where all paths agree, large where they cancel.
    veit_norms : ndarray or None
        Veit et al. 2016's measure, where asked for: another number than `norms`, see `Routes.veit_norms`.
    """

    shares: np.ndarray[Any, np.dtype[np.float64]]
    norms: np.ndarray[Any, np.dtype[np.float64]]
    counts: tuple[int, ...]
    parts: tuple[Tensor, ...] | None
    dropped: int
    below: float
    cancellation: float
    veit_norms: np.ndarray[Any, np.dtype[np.float64]] | None = None

    def __repr__(self) -> str:
        left = f", {self.dropped} parts below {self.below:g} of the largest left out" if self.dropped else ""
        return f"<PathLengths 0..{len(self.counts) - 1}, {sum(self.counts)} paths{left}>"


def inside(order: Sequence[Node]) -> list[tuple[Node, tuple[Node | None, ...]]]:
    """Each node of `order` with its parents, None for those that lead nowhere."""
    members = frozenset(order)
    return [(node, tuple(p if p in members else None for p in node.parents)) for node in order]


def count_paths(order: Sequence[Node], x: Node, crossings: Container[Step]) -> tuple[int, ...]:
    """How many paths from the newest node to `x` take k edges of `crossings`; exact integers, by dynamic programming."""
    counts: dict[Node, list[int]] = {node: [] for node in order}
    counts[order[0]] = [1]
    for node, parents in inside(order):
        have = counts.pop(node) if node is not x else []
        for i, parent in enumerate(parents):
            if parent is not None:
                counts[parent] = _added(counts[parent], [0, *have] if (node, i) in crossings else have)
    return tuple(counts[x])


def _added(a: list[int], b: list[int]) -> list[int]:
    longer, shorter = (a, b) if len(a) >= len(b) else (b, a)
    return [n + (shorter[k] if k < len(shorter) else 0) for k, n in enumerate(longer)]


class PolynomialSweep:
    """A reverse sweep whose gradients are polynomials; marks nothing on the graph."""

    def __init__(self, crossings: Container[Step], forks: Container[Node], below: float) -> None:
        self.crossings = crossings
        self.forks = forks
        self.below = below
        self.dropped = 0
        self.slots: dict[Node, Polynomial] = {}
        self.behind: set[Node | None] = set()

    def run(self, order: Sequence[Node], seed: Any, x: Node) -> Polynomial:
        self.slots = {order[0]: {0: seed}}
        for node, parents in inside(order):
            if node is x:
                continue
            parts = self.slots.pop(node, {})
            self._pull(node, parents, self._pruned(parts) if node in self.forks else parts)
        return self.slots.pop(x, {})

    def _pull(self, node: Node, parents: tuple[Node | None, ...], parts: Polynomial) -> None:
        steps = [1 if (node, i) in self.crossings else 0 for i in range(len(parents))]
        for k, gradient in parts.items():
            sent = contributions(node, parents, node.saved, gradient, self.behind)
            for parent, step, contribution in zip(parents, steps, sent, strict=True):
                if parent is not None and contribution is not None:
                    self._add(parent, k + step, fit(parent, contribution))

    def _add(self, parent: Node, length: int, fitted: Any) -> None:
        slot = self.slots.setdefault(parent, {})
        slot[length] = slot[length] + fitted if length in slot else fitted

    def _pruned(self, parts: Polynomial) -> Polynomial:
        """Without the parts that no longer matter: what keeps memory bounded in deep networks."""
        sizes = {k: size(part) for k, part in parts.items()}
        least = self.below * max(sizes.values(), default=0.0)
        kept = {k: part for k, part in parts.items() if not sizes[k] < least}
        self.dropped += len(parts) - len(kept)
        return kept


def path_lengths(
    order: Sequence[Node], x: Node, seed: Any, crossings: Container[Step], forks: Container[Node], parts: bool, below: float
) -> PathLengths:
    """Divide dL/dx by path length; see `Routes.path_lengths`."""
    if not 0 <= below < 1:
        raise ValueError(f"below: a part is left out where it is smaller than this times the largest: from 0 up to 1, got {below!r}")
    counts = count_paths(order, x, crossings)
    sweep = PolynomialSweep(crossings, forks, below)
    found = sweep.run(order, seed, x)
    whole = total(found[k] for k in sorted(found))
    lengths = range(len(counts))
    norms = np.array([size(found[k]) if k in found else 0.0 for k in lengths])
    shares = np.array([share_of(found[k], whole) if k in found else 0.0 for k in lengths])
    blank = np.zeros(x.shape, x.dtype)
    kept = tuple(wrap(found.get(k, blank)) for k in lengths) if parts else None
    return PathLengths(shares, norms, counts, kept, sweep.dropped, below, ratio(float(norms.sum()), size(whole) if found else 0.0))


# ------------------------------------------------------------------------------------------- Veit et al.'s measure


def one_path(order: Sequence[Node], x: Node, seed: Any, forbidden: Container[Step]) -> Any:
    """The gradient at `x` by all ways but the forbidden edges."""
    slots: dict[Node, Any] = {order[0]: seed}
    behind: set[Node | None] = set()
    for node, parents in inside(order):
        if node is x or node not in slots:
            continue
        allowed = tuple(None if (node, i) in forbidden else parent for i, parent in enumerate(parents))
        sent = contributions(node, allowed, node.saved, slots.pop(node), behind)
        for parent, contribution in zip(allowed, sent, strict=True):
            if parent is not None and contribution is not None:
                fitted = fit(parent, contribution)
                slots[parent] = slots[parent] + fitted if parent in slots else fitted
    return slots.get(x)

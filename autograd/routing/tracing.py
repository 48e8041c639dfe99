"""The sweep that remembers: every edge's contribution, kept as an array or as three numbers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from autograd.graph import RELEASED, Emit, Node, accumulate, ancestors, describe, fit, sweep_to
from autograd.routing.measures import pair


class Edge:
    """One argument of one operation, and the gradient that came back through it.

    ``child`` used ``parent`` as argument number ``argument``; ``norm`` of the contribution, its dot product with the parent's
    whole gradient (``dot``) and their ``cosine`` are computed when asked for, or before the arrays go (keep="scalars").
    """

    __slots__ = ("_numbers", "argument", "child", "contribution", "parent", "whole")

    def __init__(self, child: Node, argument: int, parent: Node, contribution: Any) -> None:
        self.child = child
        self.argument = argument
        self.parent = parent
        self.contribution = contribution
        self.whole: Any = None
        self._numbers: tuple[float, float, float] | None = None

    def _measured(self) -> tuple[float, float, float]:
        if self._numbers is None:
            self._numbers = pair(self.contribution, self.whole)
        return self._numbers

    @property
    def norm(self) -> float:
        return self._measured()[0]

    @property
    def dot(self) -> float:
        return self._measured()[1]

    @property
    def cosine(self) -> float:
        return self._measured()[2]

    def forget(self) -> None:
        """Keep the numbers, drop the arrays."""
        self._measured()
        self.contribution = self.whole = None

    def __repr__(self) -> str:
        return f"<Edge {describe(self.parent)} -> {describe(self.child)}, argument {self.argument}>"


def borrowed(gradient: Any) -> Any:
    """The same array, read-only: what is kept is shared with the sweep."""
    if not isinstance(gradient, np.ndarray):
        return gradient
    view = gradient.view(np.ndarray)
    view.flags.writeable = False
    return view


def refuse_released(order: Sequence[Node]) -> None:
    """Routes need what the rules saved."""
    for node in order:
        if node.saved is RELEASED:
            raise RuntimeError(
                f"the graph was released by an earlier backward (at {describe(node)}): ask for routes before backward, or retain_graph=True"
            )


def leading_to(root: Node, targets: Sequence[Node]) -> list[Node]:
    """The nodes between `root` and `targets`, newest first."""
    order = list(ancestors([root]))
    leads = set(targets)
    for node in reversed(order):
        if not leads.isdisjoint(node.parents):
            leads.add(node)
    return [node for node in order if node in leads]


class Tracer:
    """Follows one sweep: collects the edges of every node and hands each finished node to `finished`."""

    def __init__(self, finished: Callable[[Node, Any, list[Edge]], None], drop: bool) -> None:
        self.edges: dict[Node, list[Edge]] = {}
        self.gradients: dict[Node, Any] = {}
        self.finished = finished
        self.drop = drop

    def run(self, root: Node, seed: Any, targets: Sequence[Node]) -> None:
        found = sweep_to([(root, seed)], targets, retain=True, lift=False, watch=self._watch)
        for node, gradient in found.items():
            if node not in self.edges or not self._done(node):
                self._finish(node, gradient)
            self.gradients[node] = borrowed(gradient)

    def _done(self, node: Node) -> bool:
        return all(edge.whole is not None or edge.contribution is None for edge in self.edges[node])

    def _watch(self, node: Node, parents: tuple[Node | None, ...], gradient: Any) -> Emit:
        self._finish(node, gradient)
        arguments = iter([i for i, parent in enumerate(parents) if parent is not None])
        return self._emitter(node, arguments)

    def _emitter(self, child: Node, arguments: Iterator[int]) -> Emit:
        edges = self.edges

        def emit(parent: Node, gradient: Any) -> None:
            argument = next(arguments)
            if gradient is None:
                return
            fitted = fit(parent, gradient)
            edges.setdefault(parent, []).append(Edge(child, argument, parent, borrowed(fitted)))
            accumulate(parent, fitted)

        return emit

    def _finish(self, node: Node, gradient: Any) -> None:
        whole = borrowed(gradient)
        edges = self.edges.setdefault(node, [])
        for edge in edges:
            edge.whole = whole
        self.finished(node, whole, edges)
        if self.drop:
            for edge in edges:
                edge.forget()
        else:
            self.gradients[node] = whole

"""`Routes`: where the gradient of one loss went."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from autograd.graph import Node, ancestors, refuse_changed
from autograd.routing.joins import Join, joins_of
from autograd.routing.measures import measure, size, told_apart
from autograd.routing.paths import SMALL, PathLengths, one_path, path_lengths
from autograd.routing.tracing import Edge, Tracer, leading_to, refuse_released
from autograd.tensor import Tensor, wrap

KEEP = ("arrays", "scalars")
Painter = Callable[..., Any]  # pictures stand above routes: who draws is handed in


class Routes:
    """Where the gradient of `loss` went: the contribution of every edge, and every residual join.

    Made by `autograd.routes`. Nothing of the graph is changed: no `.grad` is touched, nothing is released.

    Attributes
    ----------
    loss : Tensor
    joins : list of Join
        Residual joins, from the loss to the input.
    edges : list of Edge
        Every edge that carried gradient, in the order of the sweep.

    Examples
    --------
    >>> import autograd
    >>> x = autograd.Tensor([1.0, 2.0], requires_grad=True)
    >>> routes = autograd.routes((x + autograd.sin(x)).sum())
    >>> routes.joins[0].kind
    'identity'
    >>> routes.contributions(x)[0]
    Tensor([1., 1.])
    """

    def __init__(self, loss: Tensor, targets: Sequence[Node], chosen: bool, keep: str, painter: Painter | None) -> None:
        self.loss = loss
        self.keep = keep
        self._painter = painter
        self._targets = tuple(targets)
        self._root, self._seed = loss._seed(None, False)
        self._order = leading_to(self._root, targets)
        refuse_released(self._order)
        self.joins = joins_of(self._order, targets, chosen)
        self._measure()

    def _measure(self) -> None:
        at_fork, at_add = _by(self.joins, "fork"), _by(self.joins, "add")
        apart: dict[Join, list[tuple[str, Any]]] = {}

        def finished(node: Node, gradient: Any, edges: list[Edge]) -> None:
            for join in at_add.get(node, ()):
                join.output_norm = size(gradient)
                if join.shared:
                    apart[join] = told_apart([(join.way_of(steps[-1]), steps) for steps in join.shared], gradient)
            for join in at_fork.get(node, ()):
                measure(join, gradient, edges, apart.pop(join, ()))

        tracer = Tracer(finished, drop=self.keep == "scalars")
        tracer.run(self._root, self._seed, self._targets)
        self._edges, self._gradients = tracer.edges, tracer.gradients

    @property
    def edges(self) -> list[Edge]:
        return [edge for node in self._order for edge in self._edges.get(node, ())]

    # ------------------------------------------------------------------------------------------------ one tensor

    def _node(self, t: Tensor | Node) -> Node:
        node = t if isinstance(t, Node) else t.node if isinstance(t, Tensor) else None
        if node is None:
            raise TypeError(f"expected a Tensor that records, got {type(t).__name__} without a graph")
        if node not in self._edges and node not in self._gradients:
            raise ValueError(f"no gradient of this loss passed {node!r} on its way to `wrt`")
        return node

    def gradient(self, t: Tensor | Node) -> Tensor:
        """dL/dt, for any tensor of the graph (keep="scalars": for `wrt` alone); read-only, shared with this object."""
        node = self._node(t)
        if node not in self._gradients:
            raise ValueError('keep="scalars" kept the gradients of `wrt` alone; ask with keep="arrays"')
        return wrap(self._gradients[node])

    def contributions(self, t: Tensor | Node) -> list[Tensor]:
        """The parts that sum, in this order and bit for bit, to dL/dt; one an edge; read-only, shared with this object."""
        if self.keep == "scalars":
            raise ValueError('keep="scalars" kept norms only (see `.edges`); ask with keep="arrays"')
        return [wrap(edge.contribution) for edge in self._edges[self._node(t)]]

    def edges_to(self, t: Tensor | Node) -> list[Edge]:
        """The edges whose contributions sum to dL/dt, in stored order."""
        return list(self._edges[self._node(t)])

    # ---------------------------------------------------------------------------------------------------- paths

    def _between(self, x: Tensor | Node) -> tuple[Node, list[Node]]:
        """`x`'s node and the graph between it and the loss, still as it was recorded."""
        node = self._node(x)
        members = frozenset(leading_to(self._root, [node]))
        order = [other for other in self._order if other in members]
        refuse_released(order)
        refuse_changed(order)
        return node, order

    def path_lengths(self, x: Tensor | Node, parts: bool = False, below: float = SMALL, veit: int = 0) -> PathLengths:
        """dL/dx divided by how many residual functions its paths cross, exactly and in one sweep.

        Parameters
        ----------
        x : Tensor
            Any tensor that the gradient passed.
        parts : bool
            Keep the parts G_k themselves.
        below : float
            At each fork, parts smaller than this times the largest are dropped (and counted); 0 drops nothing.
        veit : int
            How many random paths of each length `.veit_norms` is measured on; 0 leaves it out.

        Returns
        -------
        PathLengths
            `.shares`, `.norms`, `.counts`, `.parts`, `.veit_norms`, indexed by k. A projected skip does not raise k, a join inside
            F does; a "parallel" join has no F; an `autograd.checkpoint` is one operation, and joins in it are not seen.

        Examples
        --------
        >>> import autograd
        >>> x = autograd.Tensor([0.5], requires_grad=True)
        >>> y = x + 2.0 * autograd.sin(x)
        >>> autograd.routes((y + autograd.sin(y)).sum(), x).path_lengths(x).counts
        (1, 2, 1)
        """
        node, order = self._between(x)
        crossings = {step for join in self.joins for step in join.crossings}
        forks = {join.fork for join in self.joins}
        found = path_lengths(order, node, self._seed, crossings, forks, parts, below)
        return replace(found, veit_norms=self.veit_norms(x, veit)) if veit else found

    def veit_norms(self, x: Tensor | Node, samples: int = 4, seed: int = 0) -> np.ndarray[Any, np.dtype[np.float64]]:
        """Veit et al. 2016's measure: the mean norm of a random path of length k, times how many there are.

        It counts paths as if they never cancelled; `path_lengths` is exact. A path chooses, at every join on the way to `x`,
        the skip or F; `samples` paths are drawn for each k.
        """
        node, order = self._between(x)
        members = frozenset(order)
        joins = [join for join in self.joins if join.crossings and {join.add, join.fork} <= members]
        generator = np.random.default_rng(seed)
        if samples < 1:
            raise ValueError(f"how many paths of each length are drawn: at least 1, got {samples}")

        def random_path(k: int) -> float:
            through = set(generator.permutation(len(joins))[:k].tolist())
            part = one_path(order, node, self._seed, _forbidden(joins, through))
            return 0.0 if part is None else size(part)

        lengths = range(len(joins) + 1)
        return np.array([math.comb(len(joins), k) * np.mean([random_path(k) for _ in range(samples)]) for k in lengths])

    # -------------------------------------------------------------------------------------------------- display

    def draw(self, level: str | None = None, theme: str = "auto", twin: Any = None, **options: Any) -> Any:
        """The routes as a picture: levels "block", "stack", "rolled", "ops", by size unless named; see `autograd.pictures`."""
        if self._painter is None:
            raise RuntimeError("these routes were traced without pictures: use autograd.routes(loss)")
        return self._painter(self, level, theme, twin=twin, **options)

    def __repr__(self) -> str:
        return f"<Routes of {self._root!r}: {len(self.joins)} joins, {len(self.edges)} edges>"


def _by(joins: Iterable[Join], place: str) -> dict[Node, list[Join]]:
    found: dict[Node, list[Join]] = {}
    for join in joins:
        found.setdefault(getattr(join, place), []).append(join)
    return found


def _forbidden(joins: Iterable[Join], through: set[int]) -> set[tuple[Node, int]]:
    """What a path must not take: the skips of the joins it goes through, the branches of the others."""
    return {arm.entry for i, join in enumerate(joins) for arm in (join.skips if i in through else join.branches)}


# ------------------------------------------------------------------------------------------------------------ the entry


def _targets(order: Sequence[Node], wrt: Any) -> Sequence[Node]:
    if wrt is None:
        return [node for node in reversed(order) if node.is_leaf]
    reached = set(order)
    return [_target(t, reached) for t in (wrt if isinstance(wrt, (list, tuple)) else [wrt])]


def _target(t: Any, reached: set[Node]) -> Node:
    if not isinstance(t, Tensor):
        raise TypeError(f"wrt: expected a Tensor or a list of Tensors, got {type(t).__name__}")
    if t.node is None:
        raise ValueError("wrt: this tensor does not require a gradient; make it with requires_grad=True before the forward")
    if t.node not in reached:
        raise ValueError(f"wrt: the loss does not depend on {t.node!r}")
    return t.node


def trace(loss: Tensor, wrt: Any = None, keep: str = "arrays", painter: Painter | None = None) -> Routes:
    """`autograd.routes`, which says what it takes; `painter(routes, level, theme, twin=twin)` is what `Routes.draw` calls."""
    if not isinstance(loss, Tensor):
        raise TypeError(f"loss: expected a Tensor, got {type(loss).__name__}")
    if keep not in KEEP:
        raise ValueError(f'keep is "arrays" or "scalars", got {keep!r}')
    loss._seed(None, False)
    root = loss.node
    assert root is not None
    return Routes(loss, _targets(list(ancestors([root])), wrt), wrt is not None, keep, painter)

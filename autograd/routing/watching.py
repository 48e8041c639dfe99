"""The joins of a graph measured in one ordinary sweep: found once for each structure, then known by their positions.

Training records the same graph at every step, in new nodes. Finding joins and keeping every edge costs many backwards;
keeping only what arrives at the forks costs little more than the sweep itself.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Any

from autograd.graph import PENDING, Emit, Node, accumulate, ancestors, fit, sweep_to
from autograd.routing.arms import Step
from autograd.routing.joins import Join, joins_of
from autograd.routing.measures import Division, divide, told_apart
from autograd.routing.sums import pieces_of
from autograd.routing.tracing import refuse_released

MOST = 16  # structures kept: a smaller last batch or a few lengths; stochastic depth has too many to keep
OP, SHAPE, DTYPE, FIRST, SECOND, MORE = map(attrgetter, ("op", "shape", "dtype", "first", "second", "more"))
Key = tuple[int, int]  # a consumer's place in the order, and the argument by which it used the fork


@dataclass(frozen=True, slots=True)
class Place:
    """A join without its nodes: the fork's and the sum's place in the order, and by which way each consumer of the fork is."""

    name: str
    fork: int
    add: int
    label: list[str | None]
    ways: dict[Key, str]
    shared: tuple[tuple[str, tuple[Key, ...]], ...]  # skips to be told apart: the way of their edge at the fork, and their steps


def _label(node: Node) -> list[str | None]:
    """What a join is named after: the value's name and those of the scopes around it."""
    names, scope = [node.name], node.scope
    while scope is not None:
        names.append(scope.name)
        scope = scope.parent
    return names


def _signature(order: Sequence[Node]) -> list[Any]:
    """All of a graph that decides where its joins and their arms are; two graphs of one signature have the same."""
    places: dict[Node | None, int] = dict(zip(order, range(len(order))))
    places[None] = -1
    flat: list[Any] = [*map(OP, order), *map(SHAPE, order), *map(DTYPE, order)]  # a tuple for each node would set off the garbage collector
    flat += map(places.__getitem__, map(FIRST, order))
    flat += map(places.__getitem__, map(SECOND, order))
    for more in filter(None, map(MORE, order)):
        flat.append(len(more))
        flat += map(places.__getitem__, more)
    if any(op is not None and "join" in op.tags for op in set(flat[: len(order)])):  # where pieces lie is no part of the rest
        flat += [way for node in order for way in _places_of_pieces(node, places)]
    return flat


def _places_of_pieces(node: Node, places: dict[Node | None, int]) -> list[list[Key]]:
    return [[(places[child], i) for child, i in way] for way in pieces_of(node)]


def _places(order: Sequence[Node]) -> tuple[Place, ...]:
    """The joins of a graph, from the input to the loss."""
    refuse_released(order)
    joins = joins_of(order, [node for node in reversed(order) if node.is_leaf], False)
    places = {node: i for i, node in enumerate(order)}
    return tuple(
        Place(join.name, places[join.fork], places[join.add], _label(join.add), _ways(join, order), _shared(join, places))
        for join in reversed(joins)
    )


def _shared(join: Join, places: Mapping[Node, int]) -> tuple[tuple[str, tuple[Key, ...]], ...]:
    return tuple((join.way_of(steps[-1]), tuple((places[node], i) for node, i in steps)) for steps in join.shared)


def _ways(join: Join, order: Sequence[Node]) -> dict[Key, str]:
    return {
        (place, i): join.way_of((node, i))
        for place, node in enumerate(order)
        for i, parent in enumerate(node.parents)
        if parent is join.fork
    }


class Structures:
    """The joins of every structure met lately; `searches` counts how often they had to be looked for."""

    def __init__(self) -> None:
        self.searches = 0
        self._known: list[tuple[list[Any], tuple[Place, ...]]] = []  # the one met last at the end

    def joins_in(self, order: Sequence[Node]) -> tuple[Place, ...]:
        """The joins of the graph with these nodes, newest first."""
        signature = _signature(order)
        found = self._taken(signature)
        if found is None or any(place.label != _label(order[place.add]) for place in found):
            self.searches += 1
            found = _places(order)
        self._known = [*self._known[1 - MOST :], (signature, found)]
        return found

    def _taken(self, signature: list[Any]) -> tuple[Place, ...] | None:
        """Compared, not hashed: most of it is the same objects as in the step before."""
        for i in range(len(self._known) - 1, -1, -1):
            if self._known[i][0] == signature:
                return self._known.pop(i)[1]
        return None


class Forks:
    """Watches one sweep: keeps what arrives at the forks until they are complete, and divides it."""

    def __init__(self, structures: Structures) -> None:
        self.joins: Sequence[Place] = ()
        self.divisions: list[Division | None] = []
        self.nodes: dict[Node, list[int]] = {}
        self._structures = structures
        self._arrived: dict[Node, list[tuple[Key, Any]]] = {}
        self._consumers: dict[Node, list[tuple[Node, Key]]] = {}  # what uses forks: which, and by which of its arguments
        self._aside: list[tuple[Node, Any, Key]] = []
        self._sums: dict[Node, list[tuple[int, list[tuple[str, list[Step]]]]]] = {}  # whose skips are told apart: join and steps
        self._apart: dict[int, list[tuple[str, Any]]] = {}

    def prepare(self, order: Sequence[Node]) -> None:
        """Find the joins among all nodes that the loss depends on, newest first."""
        self.joins = self._structures.joins_in(order)
        self.divisions = [None] * len(self.joins)
        for index, join in enumerate(self.joins):
            if join.shared:
                steps = [(way, [(order[place], i) for place, i in each]) for way, each in join.shared]
                self._sums.setdefault(order[join.add], []).append((index, steps))
            at_fork = self.nodes.setdefault(order[join.fork], [])
            at_fork.append(index)
            if len(at_fork) == 1:
                for key in join.ways:
                    self._consumers.setdefault(order[key[0]], []).append((order[join.fork], key))

    def run(self, root: Node, seed: Any) -> None:
        """A sweep to the forks and no further."""
        self.prepare(list(ancestors([root])))
        found = sweep_to([(root, seed)], list(self.nodes), retain=True, lift=False, watch=self.watch, settled=self.settled)
        for node, gradient in found.items():
            self._finish(node, gradient)  # a sweep does not go on from here, so nobody told of it

    def received(self, receive: Callable[[Node, Any], None]) -> Callable[[Node, Any], None]:
        """`receive`, told of forks that are leaves first."""

        def told(leaf: Node, gradient: Any) -> None:
            if leaf in self.nodes:
                self._finish(leaf, gradient)
            receive(leaf, gradient)

        return told

    def watch(self, node: Node, parents: tuple[Node | None, ...], gradient: Any) -> Emit | None:
        """What a sweep calls before each operation: where it used a fork, what the fork has so far is set aside."""
        if node in self.nodes:
            self._finish(node, gradient)
        for index, steps in self._sums.get(node, ()):
            self._apart[index] = told_apart(steps, gradient)
        used = self._consumers.get(node)
        if used is None:
            return None
        if len(used) > 1 and len({fork for fork, _ in used}) < len(used):
            return self._emitter(used)  # the same fork twice
        for fork, key in used:
            self._aside.append((fork, fork.slot, key))
            fork.slot = PENDING
        return None

    def settled(self) -> None:
        """And what it calls after each: what lies at the fork now is this operation's contribution; then all is added up."""
        while self._aside:
            fork, before, key = self._aside.pop()
            contribution = fork.slot
            if contribution is PENDING:
                fork.slot = before
            else:
                self._arrived.setdefault(fork, []).append((key, contribution))
                fork.slot = contribution if before is PENDING else before + contribution

    def _emitter(self, used: Sequence[tuple[Node, Key]]) -> Emit:
        keys, arrived = iter(sorted(key for _, key in used)), self._arrived

        def emit(parent: Node, gradient: Any) -> None:
            if parent in self.nodes:
                key = next(keys)
                if gradient is not None:
                    gradient = fit(parent, gradient)
                    arrived.setdefault(parent, []).append((key, gradient))
            accumulate(parent, gradient)

        return emit

    def _finish(self, node: Node, gradient: Any) -> None:
        arrived = self._arrived.pop(node, None)
        for index in self.nodes[node] if arrived is not None else ():
            ways = self.joins[index].ways
            parts = [(ways[key], part) for key, part in arrived]  # type: ignore[union-attr]
            self.divisions[index] = divide(gradient, parts + self._apart.pop(index, []))

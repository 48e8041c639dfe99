"""From a recorded graph to the level `ops`: every operation, every edge, modules as nested clusters."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence

from autograd.graph import RELEASED, Node, Scope, ancestors
from autograd.pictures.labels import shortened
from autograd.pictures.names import (
    SIGNS,
    bare_formula,
    expression,
    formula,
    given_name,
    legend_of,
    operation_name,
    shares_of,
    skip_of,
    value_text,
)
from autograd.pictures.numerals import subscript
from autograd.pictures.parameters import parameters_of, size_of
from autograd.pictures.scene import Add, Flow, Loss, Module, Operation, Parameter, Part, Road, Value, Way, columns_of
from autograd.routing import Edge, Join, Routes
from autograd.routing.joins import joins_of

FORMULAS_UP_TO = 24  # operations; beyond, a box says its operation alone
ARCS_UP_TO = 150  # operations; beyond, a skip is one curve


class Sizes:
    """The gradient's size at every node, from the edges of routes; without routes, from the leaves' `.grad`."""

    def __init__(self, nodes: Iterable[Node], routes: Routes | None) -> None:
        self.edges: dict[tuple[Node, int], Edge] = {}
        self.at: dict[Node, float] = {}
        if routes is None:
            self._from_leaves(nodes)
            return
        squares: dict[Node, float] = {}
        for edge in routes.edges:
            self.edges[edge.child, edge.argument] = edge
            squares[edge.parent] = squares.get(edge.parent, 0.0) + edge.dot
        self.at = {node: math.sqrt(square) if square > 0 else square for node, square in squares.items()}
        assert routes.loss.node is not None
        self.at[routes.loss.node] = 1.0

    def _from_leaves(self, nodes: Iterable[Node]) -> None:
        for node in nodes:
            grad = node.saved.grad if node.is_leaf else None
            if grad is not None:
                self.at[node] = math.sqrt(float((abs(grad.data.astype(float)) ** 2).sum()))

    def of(self, node: Node) -> float | None:
        return self.at.get(node)


def ops_flow(root: Node, routes: Routes | None, loss_value: float | None = None) -> Flow:
    """Every operation recorded below `root`.

    Parameters
    ----------
    root : Node
        The node of the tensor drawn.
    routes : Routes or None
        None draws data alone.
    """
    reading = _Reading(root, routes)
    parts = [reading.part(node) for node in reading.nodes if node not in reading.weights]
    roads = list(reading.roads())
    if root.op is not None and root.shape == () and routes:
        parts.append(Loss("L", shortened(root.name or "L", 6), loss_value))
        roads.append(Road(reading.keys[root], "L", 1.0, "before"))
    return Flow(
        title=reading.title(), parts=tuple(parts), roads=tuple(roads), modules=_modules(reading.nodes, reading.keys),
        note=_note(routes, reading.sizes), blocks=reading.blocks(),
        derivative=legend_of(reading.joins.values()) if reading.joins and routes else (), parameters=size_of(routes) if routes else 0,
    )  # fmt: skip


class _Reading:
    """A graph while it is read: keys, names, sizes."""

    def __init__(self, root: Node, routes: Routes | None) -> None:
        self.root = root
        self.nodes = list(ancestors([root]))[::-1]
        self.routes = routes
        self.sizes = Sizes(self.nodes, routes)
        self.keys = {node: f"n{i}" for i, node in enumerate(self.nodes)}
        self.joins = {join.add: join for join in (routes.joins if routes else _joins_in(self.nodes))}
        self.signed = _signed(routes) if routes else {}
        self.weights = parameters_of(self.nodes, _data(routes))
        self.count = sum(node.op is not None for node in self.nodes)
        self.many = self.count > FORMULAS_UP_TO
        self.ways = _ways(self.joins.values())
        self.names = self._names()

    def _names(self) -> dict[Node, str]:
        """Leaves and values without a name are v₁, v₂, ..., as in an evaluation trace, where a formula needs them."""
        taken = {node.name for node in self.nodes}
        free = (name for i in itertools.count(1) if (name := f"v{subscript(i)}") not in taken)
        used = {parent for node in self.nodes for parent in node.parents}
        names: dict[Node, str] = {}
        for node in self.nodes:
            names[node] = given_name(node) or (next(free) if node in used and not self.many else "")
        return names

    def title(self) -> str:
        """A short expression says itself; the rest is counted."""
        if self.root.op is None:
            return f"{given_name(self.root) or 'a leaf'}: no operation yet"
        written = expression(self.root, self.names) if not self.many and not self.joins and self.root.shape == () else ""
        if written:
            return f"{given_name(self.root) or 'L'} = {written}"
        joins = f", {len(self.joins)} residual join{'s' * (len(self.joins) != 1)}" if self.joins else ""
        return f"{self.count} operation{'s' * (self.count != 1)}{joins}"

    def part(self, node: Node) -> Part:
        gradient = self.signed.get(node, self.sizes.of(node))
        kept = getattr(node, "value", None)
        text = value_text(kept) if kept is not None else ""
        if node.op is None:
            forks = [join for join in self.joins.values() if join.fork is node]
            shares = shares_of(forks[-1]) if forks and self.routes else None
            return Value(self.keys[node], self.names[node] or "leaf", node.shape, gradient, shares=shares, text=text)
        if node in self.joins:
            sign = SIGNS.get(node.op.name, "+")
            return Add(self.keys[node], sign, self.joins[node].name, gradient, "" if self.many else self.names[node])
        shape = node.shape if isinstance(node.shape, tuple) else ()
        return Operation(self.keys[node], self._written(node), self._parameters(node), shape=shape, text=text, gradient=gradient,
                         way=self._way(node), name=operation_name(node))  # fmt: skip

    def _written(self, node: Node) -> str:
        if self.many:
            return bare_formula(node)
        written = formula(node, lambda n: self.names[n])
        return f"{self.names[node]} = {written}" if self.names[node] else written

    def _parameters(self, node: Node) -> tuple[Parameter, ...]:
        """None where there are no gradients: the formula says their names."""
        if not self.sizes.at:
            return ()
        weights = [parent for parent in node.parents if parent in self.weights]
        return tuple(Parameter(self.names[w] or "w", self.sizes.of(w), w.shape) for w in weights if w is not None)

    def _way(self, node: Node) -> Way:
        return next((way for i in range(len(node.parents)) if (way := self.ways.get((node, i)))), "before")

    def roads(self) -> Iterator[Road]:
        """One road an argument: `x + x` has two."""
        for node in self.nodes:
            for index, parent in enumerate(node.parents):
                if parent is not None and parent not in self.weights:
                    yield self._road(node, index, parent)

    def _road(self, node: Node, index: int, parent: Node) -> Road:
        edge = self.sizes.edges.get((node, index))
        way, join = self.ways.get((node, index), "before"), self.joins.get(node)
        if join is None or way != "skip" or join.fork is not parent:
            return Road(self.keys[parent], self.keys[node], edge.norm if edge else None, way)
        beside = self._beside(join) if self.count <= ARCS_UP_TO else ()
        label = self.names[parent] or "x"
        return Road(self.keys[parent], self.keys[node], edge.norm if edge else None, way, skip_of(join), label, beside=beside,
                    block=self._number(join))  # fmt: skip

    def _beside(self, join: Join) -> tuple[str, ...]:
        return columns_of([self.keys[node] for node in join.branch_nodes if node not in self.joins])

    def _number(self, join: Join) -> int:
        return list(reversed(self.joins.values())).index(join) + 1

    def blocks(self) -> dict[str, int]:
        """The number of the innermost join whose F holds a part."""
        numbered = {} if self.count > ARCS_UP_TO else {join: self._number(join) for join in self.joins.values()}
        found: dict[str, int] = {}
        for join, number in sorted(numbered.items(), key=lambda item: len(item[0].branch_nodes)):
            for node in (join.add, *join.branch_nodes):
                found.setdefault(self.keys[node], number)
        return found


def _joins_in(nodes: Sequence[Node]) -> list[Join]:
    """The joins of a graph without gradients, oldest node first; after its release nobody can say what lies on a skip."""
    if any(node.saved is RELEASED for node in nodes):
        return []
    return joins_of(nodes[::-1], [node for node in nodes if node.op is None], False)


def _data(routes: Routes | None) -> set[Node]:
    if routes is None:
        return set()
    return {join.fork for join in routes.joins} | (set(routes._targets) if len(routes._targets) == 1 else set())


def _note(routes: Routes | None, sizes: Sizes) -> str:
    if routes is not None:
        return "thin line: data, to the right; ribbon: the gradient, back to the left, its width √|gradient|"
    if sizes.at:
        return "gradients of the leaves only; draw autograd.routes(loss) before backward for the way they took"
    return "no gradients here: autograd.routes(loss).draw() shows them"


def _signed(routes: Routes) -> dict[Node, float]:
    """Gradients of single numbers keep their sign: dL/da = −3 says more than its size."""
    if routes.keep != "arrays":
        return {}
    nodes = {edge.parent for edge in routes.edges if edge.parent.shape == ()}
    return {node: float(routes.gradient(node).data) for node in nodes}


def _ways(joins: Iterable[Join]) -> dict[tuple[Node, int], Way]:
    """Orange along the skips, blue inside F; an inner join's skip stays orange inside the outer F."""
    ways: dict[tuple[Node, int], Way] = {}
    for join in sorted(joins, key=lambda join: join.fork.number - join.add.number):
        for nodes, arms, way in ((join.branch_nodes, join.branches, "branch"), (join.skip_nodes, join.skips, "skip")):
            for node in nodes:
                ways.update({(node, i): way for i in range(len(node.parents))})  # type: ignore[misc]
            for arm in arms:
                ways.update(dict.fromkeys(arm.way, way))  # type: ignore[arg-type]
    return ways


def _modules(nodes: Iterable[Node], keys: Mapping[Node, str]) -> tuple[Module, ...]:
    """Clusters from scopes; a scope entered twice is two clusters. Built from the inside out, without recursion."""
    parts: dict[Scope, list[str]] = {}
    for node in nodes:
        if node.scope is not None and node.op is not None:
            for scope in node.scope.chain():
                parts.setdefault(scope, [])
            parts[node.scope].append(keys[node])
    made: dict[Scope | None, list[Module]] = {}
    order = {scope: i for i, scope in enumerate(parts)}
    for scope in sorted(parts, key=lambda scope: len(scope.chain()), reverse=True):
        module = Module(f"s{order[scope]}", _label(scope), tuple(parts[scope]), tuple(made.pop(scope, [])))
        made.setdefault(scope.parent, []).append(module)
    return tuple(made.get(None, ()))


def _label(scope: Scope) -> str:
    return "  ".join(filter(None, (scope.name, scope.module)))

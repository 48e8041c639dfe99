"""From a recorded graph to the level `ops`: every operation, every edge, modules as nested clusters."""

from __future__ import annotations

import math
from collections.abc import Container, Iterable, Mapping, Sequence

from autograd.graph import Node, Scope, ancestors
from autograd.pictures.labels import shortened
from autograd.pictures.names import bare_formula, formula, operation_name, skip_of, tags, value_text
from autograd.pictures.scene import Add, Flow, Loss, Module, Operation, Part, Road, Value, Way
from autograd.routing import Edge, Join, Routes

_WEIGHING = frozenset({"product", "conv", "additive", "bilinear", "norm"})
FORMULAS_UP_TO = 60  # operations; beyond, a box says its operation alone


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
    nodes = list(ancestors([root]))[::-1]
    sizes = Sizes(nodes, routes)
    keys = {node: f"n{i}" for i, node in enumerate(nodes)}
    joins = {join.add: join for join in routes.joins} if routes else {}
    signed = _signed(routes) if routes else {}
    weights = parameters_of(nodes, _data(routes))
    names = {node: _name(node, i) for i, node in enumerate(nodes)}
    many = sum(node.op is not None for node in nodes) > FORMULAS_UP_TO
    parts: list[Part] = [_part(node, keys, names, sizes, joins, many, weights, signed) for node in nodes]
    if root.op is not None and root.shape == () and routes:
        parts[-1] = Loss(keys[root], shortened(root.name or "L", 6), loss_value, formula(root, lambda n: names[n]))
    return Flow(
        title=_title(nodes, routes), parts=tuple(parts), roads=tuple(_roads(nodes, keys, sizes, joins, weights)),
        modules=_modules(nodes, keys), note=_note(routes, sizes),
    )  # fmt: skip


def _data(routes: Routes | None) -> set[Node]:
    if routes is None:
        return set()
    return {join.fork for join in routes.joins} | (set(routes._targets) if len(routes._targets) == 1 else set())


def _title(nodes: Sequence[Node], routes: Routes | None) -> str:
    count = sum(node.op is not None for node in nodes)
    joins = f", {len(routes.joins)} residual join{'s' * (len(routes.joins) != 1)}" if routes and routes.joins else ""
    return f"{count} operation{'s' * (count != 1)}{joins}"


def _note(routes: Routes | None, sizes: Sizes) -> str:
    if routes is not None:
        return "thin line: data, to the right; ribbon: the gradient, back to the left, its width √|gradient|"
    if sizes.at:
        return "gradients of the leaves only; draw autograd.routes(loss) before backward for the way they took"
    return "no gradients here: autograd.routes(loss).draw() shows them"


def _name(node: Node, index: int) -> str:
    return node.name or (f"v{index}" if node.op is None else "")


def _part(node: Node, keys: Mapping[Node, str], names: Mapping[Node, str], sizes: Sizes, joins: Mapping[Node, Join],
          many: bool, weights: Container[Node], signed: Mapping[Node, float]) -> Part:  # fmt: skip
    gradient = signed.get(node, sizes.of(node))
    kept = getattr(node, "value", None)
    text = value_text(kept) if kept is not None else ""
    if node.op is None:
        way: Way = "parameter" if node in weights else "before"
        return Value(keys[node], names[node], node.shape, gradient, way, text=text)
    if node in joins:
        return Add(keys[node], "−" if node.op.name == "subtract" else "+", joins[node].name, gradient)
    shape = node.shape if isinstance(node.shape, tuple) else ()
    written = bare_formula(node) if many else formula(node, lambda n: names[n])
    if node.name and not many:
        written = f"{node.name} = {written}"
    return Operation(keys[node], written, shape=shape, text=text, gradient=gradient, way="before", name=operation_name(node))


def parameters_of(nodes: Iterable[Node], data: Container[Node]) -> set[Node]:
    """Leaves that only weigh: every use, reshaped or not, is as a later argument of a product, norm or sum.

    Numbers (0-d leaves) are never parameters, nor is what `data` holds: forks, and the one tensor asked for.
    """
    uses: dict[Node, bool] = {}
    for node in reversed(list(nodes)):  # consumers first
        for index, parent in enumerate(node.parents):
            if parent is not None:
                bare = len(node.parents) == 1 and tags(node) <= {"linear", "shape"}
                weighs = uses.get(node, False) if bare else index > 0 and bool(tags(node) & _WEIGHING)
                uses[parent] = uses.get(parent, True) and weighs
    return {node for node, weighs in uses.items() if weighs and node.op is None and node.shape and node not in data}


def _signed(routes: Routes) -> dict[Node, float]:
    """Gradients of single numbers keep their sign: dL/da = −3 says more than its size."""
    if routes.keep != "arrays":
        return {}
    nodes = {edge.parent for edge in routes.edges if edge.parent.shape == ()}
    return {node: float(routes.gradient(node).data) for node in nodes}


def _roads(nodes: Iterable[Node], keys: Mapping[Node, str], sizes: Sizes, joins: Mapping[Node, Join],
           weights: Container[Node]) -> Iterable[Road]:  # fmt: skip
    """One road an argument: `x + x` has two."""
    ways = _ways(joins.values())
    for node in nodes:
        for index, parent in enumerate(node.parents):
            if parent is not None:
                edge = sizes.edges.get((node, index))
                way = "parameter" if parent in weights else ways.get((node, index), "before")
                straight = node in joins and joins[node].fork is parent and way == "skip"
                skip = skip_of(joins[node]) if straight else None
                yield Road(keys[parent], keys[node], edge.norm if edge else None, way, skip)


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

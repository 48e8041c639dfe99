"""From `Routes` to the level `block`: modules open, operations fused by layer, F as a cluster."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from autograd.graph import Node
from autograd.pictures.from_graph import Sizes
from autograd.pictures.from_routes import chain
from autograd.pictures.labels import shortened
from autograd.pictures.names import SIGNS, bare_formula, formula, shares_of, skip_of, tags
from autograd.pictures.numerals import subscript
from autograd.pictures.scene import Add, Card, Flow, Loss, Module, Operation, Parameter, Part, Road, Value, Way
from autograd.routing import Join, Routes

VALUES_UP_TO = 12  # layers; beyond, the named values between them would stretch the picture: boxes carry the gradients
_FOLLOWS = frozenset({"activation", "norm", "shape", "mask"})
_ENDS = frozenset({"loss", "reduction", "quotient", "shape", "linear"})


@dataclass(eq=False)
class Layer:
    """Operations drawn as one box, oldest first."""

    nodes: list[Node] = field(default_factory=list)

    @property
    def last(self) -> Node:
        return self.nodes[-1]


class Fusion:
    """Which operations share a box: a product with its bias, norm and activation; the tail of the loss with the loss."""

    def __init__(self, routes: Routes) -> None:
        self.routes = routes
        self.order = [node for node in reversed(routes._order) if node.op is not None]
        self.known = set(self.order)
        self.root = routes.loss.node
        self.joins = {join.add: join for join in routes.joins}
        self.forks = {join.fork for join in routes.joins}
        self.consumers: dict[Node, list[Node]] = defaultdict(list)
        for node in self.order:
            for parent in node.parents:
                if parent is not None:
                    self.consumers[parent].append(node)
        self.tail = self._tail()
        self.masks = {node for join in routes.joins for node in join.trunk.nodes}
        self.layers: dict[Node, Layer] = {}
        for node in self.order:
            if node not in self.tail and node not in self.joins and node not in self.masks:
                self._place(node)

    def _tail(self) -> set[Node]:
        """From the loss back while one value feeds one operation that only compares or gathers."""
        found: set[Node] = set()
        node = self.root
        while node is not None and node.op is not None and node not in self.joins and node not in self.forks | found:
            inputs = [parent for parent in node.parents if parent in self.known]
            if node is not self.root and (node.name or not tags(node) & _ENDS or tags(node) & {"product", "conv"}):
                break
            found.add(node)
            node = inputs[0] if len(inputs) == 1 and len(self.consumers[inputs[0]]) == 1 else None
        return found

    def _place(self, node: Node) -> None:
        inputs = [parent for parent in node.parents if parent is not None and parent.op is not None]
        before = self.layers.get(inputs[0]) if len(inputs) == 1 else None
        if before is not None and before.last is inputs[0] and self._joins_layer(node, inputs[0], before):
            before.nodes.append(node)
        else:
            before = Layer([node])
        self.layers[node] = before

    def _joins_layer(self, node: Node, before: Node, layer: Layer) -> bool:
        if before in self.forks or len(self.consumers[before]) != 1:
            return False
        if any("activation" in tags(one) for one in layer.nodes):
            return False
        biased = "additive" in tags(node)  # with one interior input: the other is a leaf or a constant
        return biased or bool(tags(node) & _FOLLOWS)


def block_flow(routes: Routes) -> Flow:
    """One or a few joins with their functions open."""
    return _Scene(routes).flow()


class _Scene:
    """Keys, parts and roads of one picture."""

    def __init__(self, routes: Routes) -> None:
        self.routes = routes
        self.fusion = Fusion(routes)
        self.sizes = Sizes((), routes)
        self.outer = chain(routes.joins)
        self.parts: dict[str, Part] = {}
        self.key_of: dict[Node, str] = {}
        self.roads: list[Road] = []
        self.ways = _ways_of(routes.joins)
        self.names = self._names()
        self.values_shown = len(set(self.fusion.layers.values())) <= VALUES_UP_TO
        self._make_parts()
        self._make_roads()

    def flow(self) -> Flow:
        joins = self.outer
        count = len(joins)
        title = "Residual block" if len(self.routes.joins) == 1 else f"{len(self.routes.joins)} residual joins"
        x, y = self._letters(joins[0])
        single = count == 1 and len(self.routes.joins) == 1
        return Flow(
            title, tuple(self.parts.values()), tuple(self.roads), self._modules(),
            equation=_equation(joins[0], x, y) if single else "",
            derivative=_derivative(joins[0], x, y) if single else (),
            note="" if single else "thin line: data; ribbon: the gradient, back to the left, its width √|gradient|",
            blocks=self._blocks(),
        )  # fmt: skip

    # ------------------------------------------------------------------------------------------------------ parts

    def _make_parts(self) -> None:
        fusion = self.fusion
        forks = fusion.forks | set(self.routes._targets)
        for leaf in sorted({p for n in fusion.order for p in n.parents if p is not None and p.op is None}, key=_number):
            if leaf in forks and (leaf in fusion.forks or len(self.routes._targets) == 1):
                self._value(leaf)
        for node in fusion.order:
            if node in fusion.tail:
                continue
            if node in fusion.joins:
                self._add(node, fusion.joins[node])
            elif node in fusion.masks:
                self._part(node, Card(self._key(node), bare_formula(node)))
            elif fusion.layers[node].last is node:
                self._layer(fusion.layers[node])
            if node in fusion.forks or self._shows(node):
                self._value(node)
        self._loss()

    def _names(self) -> dict[Node, str]:
        """What the user named; forks without a name are x, x₁, x₂, ..."""
        forks = sorted(self.fusion.forks, key=_number)
        names = {node: node.name or (f"x{subscript(i)}" if i else "x") for i, node in enumerate(forks)}
        return names | {node: node.name for node in self.routes._order if node.name}

    def _name(self, node: Node) -> str:
        return self.names.get(node) or ("w" if node.op is None else "…")

    def _shows(self, node: Node) -> bool:
        """Values that stand as cards: sums, and what the user named, at the end of a layer."""
        if node in self.fusion.tail or node in self.fusion.masks:
            return False
        layer = self.fusion.layers.get(node)
        at_end = layer is None or layer.last is node
        return at_end and bool(node.name) and (node in self.fusion.joins or self.values_shown)

    def _key(self, node: Node) -> str:
        return f"n{node.number - self.fusion.order[0].number}".replace("-", "m")

    def _part(self, node: Node, part: Part) -> None:
        self.parts[part.key] = part
        self.key_of[node] = part.key

    def _add(self, node: Node, join: Join) -> None:
        sign = SIGNS.get(node.op.name, "+") if node.op is not None else "+"
        self._part(node, Add(self._key(node), sign, join.name, join.output_norm))

    def _layer(self, layer: Layer) -> None:
        last = layer.last
        written = _composed(layer, self._name)
        own = None if self._shows(last) or last in self.fusion.forks else self.sizes.of(last)
        parameters = tuple(
            Parameter(parent.name or "w", self.sizes.of(parent), parent.shape)
            for node in layer.nodes for parent in node.parents
            if parent is not None and parent.op is None and parent not in self.key_of
        )  # fmt: skip
        way = self.ways.get(last, "before")
        self._part(last, Operation(self._key(last), shortened(written, 40), parameters, gradient=own, way=way))
        self.key_of.update(dict.fromkeys(layer.nodes, self.key_of[last]))

    def _value(self, node: Node) -> None:
        """A card behind the operation that made it: what consumes the value starts there."""
        join = self._join_at(node)
        way = self.ways.get(node, "before")
        card = Value(
            self._key(node) + "v", self._name(node), node.shape, self.sizes.of(node), way, shares_of(join) if join else None
        )
        before = self.key_of.get(node)
        self._part(node, card)
        if before:
            self._road(before, card.key, self.sizes.of(node), way)

    def _join_at(self, fork: Node) -> Join | None:
        """The outermost join of a fork: its shares stand under x."""
        joins = [join for join in self.routes.joins if join.fork is fork]
        return max(joins, key=lambda join: join.add.number, default=None)

    def _loss(self) -> None:
        root = self.fusion.root
        assert root is not None
        told = ", ".join(bare_formula(node) for node in self.fusion.order if node in self.fusion.tail)
        self.parts["L"] = Loss("L", shortened(root.name or "L", 6), float(self.routes.loss.data), told)
        self.key_of.update(dict.fromkeys(self.fusion.tail, "L"))
        if root not in self.fusion.tail:
            self._road(self.key_of[root], "L", 1.0, "before")
            self.key_of[root] = "L"

    # ------------------------------------------------------------------------------------------------------ roads

    def _road(self, tail: str, head: str, size: float | None, way: Way, **named: object) -> None:
        self.roads.append(Road(tail, head, size, way, **named))  # type: ignore[arg-type]

    def _make_roads(self) -> None:
        makers = {part.key.removesuffix("v"): part for part in self.parts.values()}
        for node in self.fusion.order:
            head = "L" if node in self.fusion.tail else self._maker(node, makers)
            for index, parent in enumerate(node.parents):
                tail = self.key_of.get(parent) if parent is not None else None
                if tail is None or tail in (head, f"{head}v") or self._same_layer(node, parent):
                    continue
                edge = self.sizes.edges.get((node, index))
                self._edge(tail, head, edge.norm if edge else None, node, index)

    def _maker(self, node: Node, makers: Mapping[str, Part]) -> str:
        """The part that consumes for `node`: its box, not the card of its value."""
        layer = self.fusion.layers.get(node)
        return self._key(layer.last if layer else node)

    def _same_layer(self, node: Node, parent: Node | None) -> bool:
        layer = self.fusion.layers.get(node)
        return layer is not None and parent in layer.nodes

    def _edge(self, tail: str, head: str, size: float | None, node: Node, index: int) -> None:
        join = self.fusion.joins.get(node)
        if join is not None and node.parents[index] is join.fork and any(arm.entry[1] == index for arm in join.skips):
            self._road(tail, head, size, "skip", skip=skip_of(join), label=self._name(join.fork), beside=self._middle(join),
                       within=self._outside(join), block=self._number(join))  # fmt: skip
            return
        way = self.ways.get((node, index)) or self.ways.get(node, "before")
        self._road(tail, head, size, way, block=self._number(join) if join else 0)

    def _middle(self, join: Join) -> str:
        """The box in whose column the arcs' signs stand: the middle one of F."""
        boxes = list(dict.fromkeys(self._maker(node, {}) for node in join.branch_nodes if node in self.fusion.layers))
        return boxes[len(boxes) // 2] if boxes else ""

    def _outside(self, join: Join) -> str:
        """The module of the smallest join around this one, whose cluster holds the arcs too."""
        around = [other for other in self.routes.joins if join.add in other.branch_nodes]
        smallest = min(around, key=lambda other: len(other.branch_nodes), default=None)
        return f"F{self._number(smallest)}" if smallest else ""

    def _number(self, join: Join) -> int:
        return sorted(j.add.number for j in self.routes.joins).index(join.add.number) + 1

    # ---------------------------------------------------------------------------------------------------- modules

    def _modules(self) -> tuple[Module, ...]:
        """F of every join as a cluster, inner joins inside; innermost first, so that each finds its own made."""
        made: dict[Join, Module] = {}
        taken: set[str] = set()
        for join in sorted(self.routes.joins, key=lambda join: len(join.branch_nodes)):
            inside = set(join.branch_nodes)
            inner = tuple(made.pop(other) for other in list(made) if other.add in inside)
            keys = [key for key in self._keys_of(join) if key not in taken]
            taken.update(keys)
            made[join] = Module(f"F{self._number(join)}", self._label(join), tuple(keys), inner, join.norms["branch"])
        return tuple(made.values())

    def _keys_of(self, join: Join) -> list[str]:
        keys = [key for node in join.branch_nodes for key in (self._maker(node, {}), self._key(node) + "v")]
        return list(dict.fromkeys(key for key in keys if key in self.parts))

    def _label(self, join: Join) -> str:
        several = len(self.routes.joins) > 1
        told = "" if join.name.isdigit() or join.name.startswith("join ") or not several else f"   {join.name}"
        return f"F{subscript(self._number(join)) if several else ''}({self._name(join.fork)}){told}"

    def _blocks(self) -> dict[str, int]:
        blocks: dict[str, int] = {}
        for join in self.routes.joins:
            for key in self._keys_of(join):
                blocks.setdefault(key, self._number(join))
        return blocks

    def _letters(self, join: Join) -> tuple[str, str]:
        return self._name(join.fork), join.add.name or "y"


def _number(node: Node) -> int:
    return node.number


def _composed(layer: Layer, name: Callable[[Node], str]) -> str:
    """The layer's operations as one formula, from the inside out."""
    written: dict[Node, str] = {}
    for node in layer.nodes:
        written[node] = formula(node, lambda parent: written.get(parent) or name(parent))
    return written[layer.last]


def _ways_of(joins: Sequence[Join]) -> dict[object, Way]:
    """Blue for what belongs to an F, nodes and edges; the edges of skips are orange."""
    ways: dict[object, Way] = {}
    for join in joins:
        ways.update(dict.fromkeys(join.branch_nodes, "branch"))
        for arm in join.branches:
            ways.update(dict.fromkeys(arm.way, "branch"))
    for join in joins:
        for node in join.skip_nodes:
            ways[node] = "skip"
        for arm in join.skips:
            ways.update(dict.fromkeys(arm.way, "skip"))
    return ways


def _equation(join: Join, x: str, y: str) -> str:
    skip = {"identity": x, "scaled": f"{_times(join)}{x}"}.get(join.kind, f"s({x})")
    return f"{y} = F({x}) + {skip}"


def _derivative(join: Join, x: str, y: str) -> tuple[tuple[str, Way], ...]:
    factor = {"identity": "1", "scaled": _times(join).strip(" ·") or "c"}.get(join.kind, f"∂s/∂{x}")
    return ((f"∂L/∂{x} = ", "other"), (f"∂L/∂{y} · {factor}", "skip"), (" + ", "other"), (f"∂L/∂{y} · ∂F/∂{x}", "branch"))


def _times(join: Join) -> str:
    return f"{join.skip.factor:g} · " if join.skip.factor is not None else "c · "

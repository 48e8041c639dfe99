"""From `Routes` to the level `block`: modules open, operations fused by layer, F as a cluster."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

from autograd.graph import Node
from autograd.pictures.from_graph import Sizes
from autograd.pictures.from_routes import chain, residual_of, twin_of
from autograd.pictures.fusion import Fusion, Layer
from autograd.pictures.hover import told_of
from autograd.pictures.labels import shortened
from autograd.pictures.names import SIGNS, bare_formula, bracketed, formula, legend_of, moves, shares_of, skip_of, tags
from autograd.pictures.naming import Naming, transposed
from autograd.pictures.numerals import subscript
from autograd.pictures.parameters import size_of
from autograd.pictures.scene import Add, Card, Flow, Loss, Module, Operation, Parameter, Part, Road, Value, Way, columns_of
from autograd.routing import Join, Routes

LETTERS = 12  # of a name in the title's equation
_NUMBERED = re.compile(r"\d+( \(\d+\))?")  # a module's place says nothing beside the number of its F

VALUES_UP_TO = 12  # layers; beyond, the named values between them would stretch the picture: boxes carry the gradients


def block_flow(routes: Routes, twin: Any = None) -> Flow:
    """One or a few joins with their functions open; `twin` as in `from_routes.highway`."""
    return _Scene(routes).flow(twin)


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
        self.names = Naming(self.fusion, self.outer)
        self.values_shown = len(set(self.fusion.layers.values())) <= VALUES_UP_TO
        self._make_parts()
        self._make_roads()

    def flow(self, twin: Any) -> Flow:
        title, equation, derivative, note = self._legend()
        return Flow(
            title, tuple(self.parts.values()), tuple(self.roads), self._modules(), equation, derivative, note, self._blocks(),
            twin=None if twin is None or not self.outer else twin_of(twin, self.outer), columns=self._columns(),
            parameters=size_of(self.routes),
        )  # fmt: skip

    def _legend(self) -> tuple[str, str, tuple[tuple[str, Way], ...], str]:
        """Title, equation, its derivative in colours, and a note: of one block, of several, of a network without any."""
        lanes = "thin line: data; ribbon: the gradient, back to the left, its width √|gradient|"
        count = len(self.routes.joins)
        if not count:
            return f"{len(set(self.fusion.layers.values()))} layers, no residual join", "", (), lanes
        if count > 1:
            return f"{count} residual joins", "", legend_of(self.routes.joins), f"at every +; {lanes}"
        join, (x, y) = self.outer[0], self._letters(self.outer[0])
        if join.kind == "parallel":
            return "Parallel branches, none simpler", f"{y} = F({x})", ((f"∂L/∂{x} = ", "other"), (f"∂L/∂{y} · ∂F/∂{x}", "branch")), lanes
        return "Residual block", _equation(join, x, y), _derivative(join, x, y), ""

    def _columns(self) -> tuple[str, ...]:
        """The parts in whose columns a twin's x and functions stand."""
        beside = [self._beside(join) for join in self.outer]
        source = [self.key_of.get(join.fork, "") for join in self.outer[:1]]
        return (*source, *(columns[len(columns) // 2] if columns else "" for columns in beside))

    # ------------------------------------------------------------------------------------------------------ parts

    def _make_parts(self) -> None:
        for leaf in self._leaves():
            self._value(leaf)
        for node in self.fusion.order:
            if node not in self.fusion.tail and node not in self.fusion.hidden:
                self._of_node(node)
        self._loss()

    def _leaves(self) -> list[Node]:
        """Inputs that stand as cards: forks, and what was asked for and carries data."""
        fusion, targets = self.fusion, set(self.routes._targets)
        parents = {parent for node in (*fusion.order, *fusion.absorbed, *fusion.moved) for parent in node.parents}
        leaves = [p for p in parents if p is not None and p.op is None]
        return sorted((p for p in leaves if p in fusion.forks or (p in targets and p not in fusion.weights)), key=_number)

    def _of_node(self, node: Node) -> None:
        fusion = self.fusion
        if node in fusion.joins:
            self._add(node, fusion.joins[node])
        elif node in fusion.masks:
            self._mask(node)
        elif fusion.layers[node].last is node:
            self._layer(fusion.layers[node])
        if node in fusion.forks or self._shows(node):
            self._value(node)

    def _mask(self, node: Node) -> None:
        """One card for a norm with its scale and shift."""
        first = self.fusion.masks[node]
        if first is node:
            named = f"{self._name(node)} = " if self.names.has(node) and node not in self.fusion.forks else ""
            self._part(node, Card(self._key(node), named + bare_formula(node)))
        self.key_of[node] = self.key_of[first]

    def _name(self, node: Node) -> str:
        return self.names.of(node)

    def _shows(self, node: Node) -> bool:
        """Values that stand as cards: sums, and what has a name, at the end of a layer."""
        if node in self.fusion.tail or node in self.fusion.masks or node in self.fusion.hidden:
            return False
        layer = self.fusion.layers.get(node)
        at_end = layer is None or layer.last is node
        return at_end and (self.names.has(node) if node in self.fusion.joins else bool(node.name) and self.values_shown)

    def _key(self, node: Node) -> str:
        return f"n{node.number - self.fusion.order[0].number}".replace("-", "m")

    def _part(self, node: Node, part: Part) -> None:
        self.parts[part.key] = part
        self.key_of[node] = part.key

    def _add(self, node: Node, join: Join) -> None:
        sign = SIGNS.get(node.op.name, "+") if node.op is not None else "+"
        self._part(node, Add(self._key(node), sign, join.name, join.output_norm))
        self.key_of.update({other: self.key_of[node] for other, add in self.fusion.absorbed.items() if add is node})

    def _layer(self, layer: Layer) -> None:
        last = layer.last
        written = self._written(layer)
        own = None if self._shows(last) or last in self.fusion.forks else self.sizes.of(last)
        parameters = tuple(
            Parameter(self.names.weight(leaf, _normed(layer.nodes[: i + 1])), self.sizes.of(leaf), leaf.shape)
            for i, node in enumerate(layer.nodes) for leaf in self._weights_of(node)
        )  # fmt: skip
        way = self.ways.get(last, "before")
        self._part(last, Operation(self._key(last), shortened(written, 40), parameters, self._new_shape(layer), gradient=own, way=way))
        self.key_of.update(dict.fromkeys(layer.nodes, self.key_of[last]))

    def _new_shape(self, layer: Layer) -> tuple[int, ...]:
        """The shape of what a layer gives, where it differs from all that it takes and no card says it."""
        last = layer.last
        taken = [node.shape for one in layer.nodes for node in self.fusion.inputs(one) if node not in layer.nodes]
        several = not isinstance(last.shape, tuple)  # outputs, which are picked one by one
        return () if several or last.shape in taken or self._shows(last) or last in self.fusion.forks else last.shape

    def _written(self, layer: Layer) -> str:
        """The formula, and before it the name by which later formulas call it, where no card shows that name."""
        text, name = _composed(layer, self._name, self.fusion), self._name(layer.last).rstrip("ᵀ")
        told = not self.names.has(layer.last) or self._shows(layer.last) or layer.last in self.fusion.forks or text.startswith(name)
        return text if told else f"{name} = {text}"

    def _weights_of(self, node: Node) -> list[Node]:
        leaves = [self.fusion.dressed.get(parent, parent) for parent in node.parents if parent is not None]
        return [leaf for leaf in leaves if leaf.op is None and leaf in self.fusion.weights]

    def _value(self, node: Node) -> None:
        """A card behind the operation that made it: what consumes the value starts there."""
        join = self._join_at(node)
        way = self.ways.get(node, "before")
        shares, told = (shares_of(join), self._told(join)) if join else (None, "")
        card = Value(self._key(node) + "v", self._name(node), node.shape, self.sizes.of(node), way, shares, told=told)
        before = self.key_of.get(node)
        self._part(node, card)
        if before:
            self._road(before, card.key, self.sizes.of(node), way)

    def _told(self, join: Join) -> str:
        return told_of(residual_of(self._number(join), join, [join], self.routes))

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
        for node in self.fusion.order:
            if node not in self.fusion.hidden:
                self._roads_into(node, "L" if node in self.fusion.tail else self._maker(node))

    def _roads_into(self, node: Node, head: str) -> None:
        join = self.fusion.joins.get(node)
        if join is not None and self._straight(join):
            self._skip(join, head)
        for child, index in self.fusion.steps(node):
            parent = child.parents[index]
            if parent is None or (join is not None and self._straight(join) and self._by_skip(join, child, index)):
                continue
            parent = self.fusion.real(parent)
            tail = self.key_of[join.fork] if join is not None and parent in self.fusion.hidden else self.key_of.get(parent)
            if tail is None or tail in (head, f"{head}v") or self._same_layer(node, parent):
                continue
            edge = self.sizes.edges.get((child, index))
            way = self.ways.get((child, index)) or self.ways.get(node, "before")
            self._road(tail, head, edge.norm if edge else None, way, block=self._number(join) if join else 0)

    def _maker(self, node: Node) -> str:
        """The part that consumes for `node`: its box, not the card of its value."""
        layer = self.fusion.layers.get(node)
        return self._key(layer.last if layer else self.fusion.masks.get(node, node))

    def _same_layer(self, node: Node, parent: Node | None) -> bool:
        layer = self.fusion.layers.get(node)
        return layer is not None and parent in layer.nodes

    def _skip(self, join: Join, head: str) -> None:
        self._road(self.key_of[join.fork], head, join.norms["skip"], "skip", skip=skip_of(join), label=self._name(join.fork),
                   told=self._told(join), beside=self._beside(join), within=self._outside(join), block=self._number(join))  # fmt: skip

    def _straight(self, join: Join) -> bool:
        """Whether one pair of arcs can stand for all skips of a join: nothing but hidden operations lies on them."""
        return bool(join.skips) and all(node in self.fusion.hidden for arm in join.skips for node, _ in arm.path)

    def _by_skip(self, join: Join, child: Node, index: int) -> bool:
        return any(arm.entry == (child, index) for arm in join.skips)

    def _beside(self, join: Join) -> tuple[str, ...]:
        """The parts of F in whose columns the arcs around it bend."""
        return columns_of(self._keys_of(join))

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
        keys = [key for node in join.branch_nodes for key in (self._maker(node), self._key(node) + "v")]
        return list(dict.fromkeys(key for key in keys if key in self.parts))

    def _label(self, join: Join) -> str:
        several = len(self.routes.joins) > 1
        plain = _NUMBERED.fullmatch(join.name) or join.name.startswith("join ") or join.name == join.add.name
        told = "" if plain or not several else f"   {shortened(join.name, 24)}"
        return f"F{subscript(self._number(join)) if several else ''}({self._name(join.fork)}){told}"

    def _blocks(self) -> dict[str, int]:
        blocks: dict[str, int] = {}
        for join in self.routes.joins:
            for key in self._keys_of(join):
                blocks.setdefault(key, self._number(join))
        return blocks

    def _letters(self, join: Join) -> tuple[str, str]:
        return shortened(self._name(join.fork), LETTERS), shortened(join.add.name or "y", LETTERS)


def _number(node: Node) -> int:
    return node.number


def _normed(nodes: Sequence[Node]) -> bool:
    return any("norm" in tags(node) for node in nodes)


def _composed(layer: Layer, name: Callable[[Node], str], fusion: Fusion) -> str:
    """The layer's operations as one formula, from the inside out. A norm's own scale and shift go without saying."""
    written: dict[Node, str] = {}

    def called(node: Node) -> str:
        real = fusion.real(node)
        sign = transposed(node)
        return bracketed(written[real], 3 if sign else 0) + sign if real in written else name(node)

    for i, node in enumerate(layer.nodes):
        inner = [written[parent] for parent in fusion.inputs(node) if parent in written]
        if inner and (moves(node) or (_normed(layer.nodes[:i]) and tags(node) & {"additive", "bilinear"})):
            written[node] = inner[0]
        else:
            written[node] = formula(node, called)
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
    if _taken_away(join):
        return f"{y} = {skip} − F({x})"
    return f"{y} = F({x}) − {x}" if join.skip.factor == -1 else f"{y} = F({x}) + {skip}"


def _taken_away(join: Join) -> bool:
    """Whether the sum is skip − F."""
    add = join.add
    return add.op is not None and add.op.name == "subtract" and all(arm.way[0] == (add, 1) for arm in join.branches)


def _derivative(join: Join, x: str, y: str) -> tuple[tuple[str, Way], ...]:
    factor = {"identity": "1", "scaled": _times(join).strip(" ·") or "c"}.get(join.kind, f"∂s/∂{x}")
    sign = " − " if _taken_away(join) else " + "
    return ((f"∂L/∂{x} = ", "other"), (f"∂L/∂{y} · {factor}", "skip"), (sign, "other"), (f"∂L/∂{y} · ∂F/∂{x}", "branch"))


def _times(join: Join) -> str:
    return f"{join.skip.factor:g} · " if join.skip.factor is not None else "c · "

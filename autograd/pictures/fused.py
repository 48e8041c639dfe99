"""From `Routes` to the level `block`: modules open, operations fused by layer, F as a cluster."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from autograd.graph import Node
from autograd.pictures.from_graph import Sizes, parameters_of
from autograd.pictures.from_routes import chain
from autograd.pictures.labels import shortened
from autograd.pictures.names import SIGNS, bare_formula, formula, shares_of, skip_of, tags
from autograd.pictures.numerals import subscript
from autograd.pictures.scene import Add, Card, Flow, Loss, Module, Operation, Parameter, Part, Road, Value, Way
from autograd.routing import Join, Routes

VALUES_UP_TO = 12  # layers; beyond, the named values between them would stretch the picture: boxes carry the gradients
_GENERIC = {"weight": "W", "bias": "b"}
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
        self.weights = parameters_of(self.order, self.forks | (set(routes._targets) if len(routes._targets) == 1 else set()))
        self.dressed = self._dressed()
        self.order = [node for node in self.order if node not in self.dressed]
        self.hidden = {node for join in routes.joins for node in join.skip_nodes if node not in self.joins}
        self.tail = self._tail()
        self.masks = {node for join in routes.joins for node in join.trunk.nodes}
        self.layers: dict[Node, Layer] = {}
        for node in self.order:
            if node not in self.tail | self.hidden | self.masks and node not in self.joins:
                self._place(node)

    def _dressed(self) -> dict[Node, Node]:
        """Weights reshaped for a broadcast, and the weights they are: no operations worth a box."""
        found: dict[Node, Node] = {}
        for node in self.order:
            if len(node.parents) == 1 and tags(node) <= {"linear", "shape"}:
                parent = node.parents[0]
                leaf = found.get(parent, parent) if parent is not None else None
                if leaf is not None and leaf in self.weights:
                    found[node] = leaf
        return found

    def inputs(self, node: Node) -> list[Node]:
        """The arguments that carry data: no weights, no constants."""
        carried = [p for p in node.parents if p is not None and p not in self.dressed and p not in self.weights]
        return [p for p in carried if p.op is not None or p in self.forks or p in self.routes._targets]

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
        inputs = self.inputs(node)
        before = self.layers.get(inputs[0]) if len(inputs) == 1 else None
        if before is not None and before.last is inputs[0] and self._joins_layer(node, inputs[0], before):
            before.nodes.append(node)
        else:
            before = Layer([node])
        self.layers[node] = before

    def _joins_layer(self, node: Node, before: Node, layer: Layer) -> bool:
        if before in self.forks or len(self.consumers[before]) != 1 or tags(node) & {"product", "conv"}:
            return False
        if tags(node) & {"additive", "bilinear", "quotient"} or tags(node) <= {"linear", "shape"}:
            return True  # a bias, a scale, a change of shape: with one input that carries data
        return bool(tags(node) & _FOLLOWS) and not any("activation" in tags(one) for one in layer.nodes)


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
            if node in fusion.tail or node in fusion.hidden:
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
        """Forks without a name are x, x₁, x₂, ...; what a named module returns has its name."""
        forks = sorted(self.fusion.forks, key=_number)
        names = {node: (f"x{subscript(i)}" if i else "x") for i, node in enumerate(forks)}
        for node in self.fusion.order:
            scope = node.scope.name if node.scope is not None else ""
            if scope.isidentifier() and self._leaves_scope(node):
                names.setdefault(node, scope)
            elif len(node.parents) == 1 and node.parents[0] in names and tags(node) <= {"linear", "shape"}:
                names.setdefault(node, names[node.parents[0]] + _transposed(node))
        return names

    def _leaves_scope(self, node: Node) -> bool:
        """Whether only operations outside the module that made this value use it."""
        users = self.fusion.consumers[node]
        return all(user.scope is None or node.scope not in user.scope.chain() for user in users)

    def _name(self, node: Node) -> str:
        node = self.fusion.dressed.get(node, node)
        if node.name in _GENERIC:
            return _GENERIC[node.name]
        return node.name or self.names.get(node) or ("w" if node.op is None else "…")

    def _shows(self, node: Node) -> bool:
        """Values that stand as cards: sums, and what the user named, at the end of a layer."""
        if node in self.fusion.tail | self.fusion.masks | self.fusion.hidden:
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
        written = self._written(layer)
        own = None if self._shows(last) or last in self.fusion.forks else self.sizes.of(last)
        parameters = tuple(
            Parameter(self._name(leaf), self.sizes.of(leaf), leaf.shape)
            for node in layer.nodes for leaf in self._weights_of(node)
        )  # fmt: skip
        way = self.ways.get(last, "before")
        self._part(last, Operation(self._key(last), shortened(written, 40), parameters, gradient=own, way=way))
        self.key_of.update(dict.fromkeys(layer.nodes, self.key_of[last]))

    def _written(self, layer: Layer) -> str:
        """The formula, and before it the name by which later formulas call it, where no card shows that name."""
        text, name = _composed(layer, self._name, self.fusion.inputs), self._name(layer.last).rstrip("ᵀ")
        told = name == "…" or self._shows(layer.last) or layer.last in self.fusion.forks or text.startswith(name)
        return text if told else f"{name} = {text}"

    def _weights_of(self, node: Node) -> list[Node]:
        leaves = [self.fusion.dressed.get(parent, parent) for parent in node.parents if parent is not None]
        return [leaf for leaf in leaves if leaf.op is None and leaf not in self.key_of]

    def _value(self, node: Node) -> None:
        """A card behind the operation that made it: what consumes the value starts there."""
        join = self._join_at(node)
        way = self.ways.get(node, "before")
        card = Value(self._key(node) + "v", self._name(node), node.shape, self.sizes.of(node), way, shares_of(join) if join else None)
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
        for node in self.fusion.order:
            if node in self.fusion.hidden:
                continue
            head = "L" if node in self.fusion.tail else self._maker(node)
            for index, parent in enumerate(node.parents):
                tail = self._tail_of(node, index, parent)
                if tail is None or tail in (head, f"{head}v") or self._same_layer(node, parent):
                    continue
                edge = self.sizes.edges.get((node, index))
                self._edge(tail, head, edge.norm if edge else None, node, index)

    def _tail_of(self, node: Node, index: int, parent: Node | None) -> str | None:
        """Where a road begins; one whose operations lie hidden on a skip begins at the fork."""
        join = self.fusion.joins.get(node)
        if join is not None and parent in self.fusion.hidden:
            return self.key_of[join.fork]
        return self.key_of.get(parent) if parent is not None else None

    def _maker(self, node: Node) -> str:
        """The part that consumes for `node`: its box, not the card of its value."""
        layer = self.fusion.layers.get(node)
        return self._key(layer.last if layer else node)

    def _same_layer(self, node: Node, parent: Node | None) -> bool:
        layer = self.fusion.layers.get(node)
        return layer is not None and parent in layer.nodes

    def _edge(self, tail: str, head: str, size: float | None, node: Node, index: int) -> None:
        join = self.fusion.joins.get(node)
        if join is not None and self._by_skip(join, index):
            self._road(tail, head, join.norms["skip"], "skip", skip=skip_of(join), label=self._name(join.fork), beside=self._middle(join),
                       within=self._outside(join), block=self._number(join))  # fmt: skip
            return
        way = self.ways.get((node, index)) or self.ways.get(node, "before")
        self._road(tail, head, size, way, block=self._number(join) if join else 0)

    def _by_skip(self, join: Join, index: int) -> bool:
        parent = join.add.parents[index]
        return (parent is join.fork or parent in self.fusion.hidden) and any((join.add, index) in arm.way for arm in join.skips)

    def _middle(self, join: Join) -> str:
        """The box in whose column the arcs' signs stand: the middle one of F."""
        boxes = list(dict.fromkeys(self._maker(node) for node in join.branch_nodes if node in self.fusion.layers))
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
        keys = [key for node in join.branch_nodes for key in (self._maker(node), self._key(node) + "v")]
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


def _composed(layer: Layer, name: Callable[[Node], str], carried: Callable[[Node], list[Node]]) -> str:
    """The layer's operations as one formula, from the inside out. A norm's own scale and shift go without saying."""
    written: dict[Node, str] = {}
    normed = False
    for node in layer.nodes:
        normed = normed or "norm" in tags(node)
        inner = [written[parent] for parent in carried(node) if parent in written]
        if inner and tags(node) <= {"linear", "shape"}:
            turned = _transposed(node) if name(node) == "…" else ""  # a name carries its own ᵀ
            written[node] = f"({inner[0]}){turned}" if turned else inner[0]
        elif inner and normed and tags(node) & {"additive", "bilinear"}:
            written[node] = inner[0]
        else:
            written[node] = formula(node, lambda parent: written.get(parent) or name(parent))
    return written[layer.last]


def _transposed(node: Node) -> str:
    return "ᵀ" if node.op is not None and node.op.name in ("transpose", "swapaxes") else ""


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

"""Which operations share a box at level `block`: a product with its bias, norm and activation; a loss with its means."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from autograd.graph import Node, ancestors
from autograd.pictures.names import moves, rearranges, tags
from autograd.pictures.parameters import parameters_of
from autograd.routing import Routes

_FOLLOWS = frozenset({"activation", "norm", "shape", "mask"})
_ENDS = frozenset({"loss", "reduction", "quotient", "shape", "linear"})
_AFFINE = frozenset({"additive", "bilinear", "quotient"})


@dataclass(eq=False)
class Layer:
    """Operations drawn as one box, oldest first."""

    nodes: list[Node] = field(default_factory=list)

    @property
    def last(self) -> Node:
        return self.nodes[-1]


class Fusion:
    """Every operation of some routes has its place: in a layer, in a join, on a skip, on a trunk, in the loss, or nowhere.

    Attributes
    ----------
    order : list of Node
        Operations that lead to a target, oldest first, without `moved`, `absorbed` and those that dress a weight.
    joins, forks, masks : by node
        `masks` maps what lies on a trunk, a norm's scale and shift too, to the operation whose card stands for it.
    absorbed : dict
        Sums of one fork that feed nothing else, and the join they belong to: x + f + g is one join.
    moved : dict
        Operations that change nothing but the shape, and what they move.
    hidden, tail : set of Node
        What lies on skips; the operations that only compare or gather, from the loss back.
    """

    def __init__(self, routes: Routes) -> None:
        self.routes = routes
        self.root = routes.loss.node
        assert self.root is not None
        everything = list(ancestors([self.root]))[::-1]
        operations = [node for node in reversed(routes._order) if node.op is not None]
        self.known = set(operations)
        self.joins = {join.add: join for join in routes.joins}
        self.forks = {join.fork for join in routes.joins}
        data = self.forks | (set(routes._targets) if len(routes._targets) == 1 else set())
        self.weights = parameters_of(everything, data)
        self.dressed = self._dressed(everything)
        self.absorbed = self._absorbed()
        self.hidden = {node for join in routes.joins for node in join.skip_nodes} - self.joins.keys() - self.absorbed.keys()
        self.moved = self._moved(operations)
        self.order = [n for n in operations if n not in self.dressed and n not in self.moved and n not in self.absorbed]
        self.consumers: dict[Node, list[Node]] = defaultdict(list)
        for node in self.order:
            for parent in self.parents(node):
                self.consumers[parent].append(node)
        self.tail = self._tail()
        self.masks = self._masks()
        self.layers: dict[Node, Layer] = {}
        for node in self.order:
            if node not in self.tail | self.hidden | self.masks.keys() and node not in self.joins:
                self._place(node)

    def real(self, node: Node) -> Node:
        """The value itself, where only its shape was changed."""
        while node in self.moved:
            node = self.moved[node]
        return node

    def steps(self, node: Node) -> list[tuple[Node, int]]:
        """The edges into a node: a join's arms, whatever sums they go through, else its arguments."""
        join = self.joins.get(node)
        if join is not None:
            return [arm.entry for arm in (*join.skips, *join.branches)]
        return [(node, index) for index in range(len(node.parents))]

    def parents(self, node: Node) -> list[Node]:
        """What the edges lead to."""
        found = [child.parents[index] for child, index in self.steps(node)]
        return [self.real(parent) for parent in found if parent is not None]

    def inputs(self, node: Node) -> list[Node]:
        """The arguments that carry data: no weights, no constants."""
        carried = [p for p in self.parents(node) if p not in self.dressed and p not in self.weights]
        return [p for p in carried if p in self.known or p in self.forks or p in self.routes._targets]

    def _dressed(self, everything: Sequence[Node]) -> dict[Node, Node]:
        """Weights reshaped for a broadcast, or cut from a larger one, and the weights they are: no operations worth a box."""
        found: dict[Node, Node] = {}
        for node in everything:
            if len(node.parents) == 1 and node.parents[0] is not None and rearranges(node):
                leaf = found.get(node.parents[0], node.parents[0])
                if leaf in self.weights:
                    found[node] = leaf
        return found

    def _absorbed(self) -> dict[Node, Node]:
        ways = [(join.add, arm.way) for join in self.routes.joins for arm in (*join.skips, *join.branches)]
        return {node: add for add, way in ways for node, _ in way if node is not add}

    def _moved(self, operations: Sequence[Node]) -> dict[Node, Node]:
        kept = self.forks | self.joins.keys() | self.hidden | set(self.routes._targets)
        return {
            node: node.parents[0] for node in operations
            if len(node.parents) == 1 and moves(node) and node not in kept and not node.name and node.parents[0] is not None
        }  # fmt: skip

    def _tail(self) -> set[Node]:
        """From the loss back while one value feeds one operation that only compares or gathers."""
        found: set[Node] = set()
        node = self.root
        while node is not None and node.op is not None and node not in self.joins and node not in self.forks | found:
            inputs = [parent for parent in self.parents(node) if parent in self.known]
            if node is not self.root and (node.name or not tags(node) & _ENDS or tags(node) & {"product", "conv"}):
                break
            found.add(node)
            node = inputs[0] if len(inputs) == 1 and len(self.consumers[inputs[0]]) == 1 else None
        return found

    def _masks(self) -> dict[Node, Node]:
        found = {node: node for join in self.routes.joins for node in join.trunk.nodes}
        for node in self.order:
            inputs = self.inputs(node) if tags(node) & _AFFINE and node not in self.joins else []
            if len(inputs) == 1 and inputs[0] in found and "norm" in tags(found[inputs[0]]) and len(node.parents) > 1:
                found.setdefault(node, found[inputs[0]])
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
        if tags(node) & _AFFINE or moves(node):
            return True  # a bias, a scale, a change of shape: with one input that carries data
        return bool(tags(node) & _FOLLOWS) and not any("activation" in tags(one) for one in layer.nodes)

"""Which leaves of a graph are parameters: a muted line in the box of the operation that uses them, no node of their own."""

from __future__ import annotations

import math
from collections.abc import Container, Iterable

from autograd.graph import Node, ancestors
from autograd.pictures.names import rearranges, tags
from autograd.routing import Routes

_WEIGHING = frozenset({"product", "conv", "additive", "bilinear", "norm"})


def parameters_of(nodes: Iterable[Node], data: Container[Node]) -> set[Node]:
    """Leaves that only weigh: every use, reshaped or not, is as a later argument of a product, norm or sum, or as W in W @ x.

    Numbers (0-d leaves) are never parameters, nor is what `data` holds: forks, and the one tensor asked for.
    """
    uses: dict[Node, bool] = {}
    for node in reversed(list(nodes)):  # consumers first
        for index, parent in enumerate(node.parents):
            if parent is not None:
                weighs = uses.get(node, False) if len(node.parents) == 1 and rearranges(node) else _weighs(node, index)
                uses[parent] = uses.get(parent, True) and weighs
    return {node for node, weighs in uses.items() if weighs and node.op is None and node.shape and node not in data}


def size_of(routes: Routes) -> int:
    """How many numbers the parameters are that a loss depends on, used once or often."""
    assert routes.loss.node is not None
    data = {join.fork for join in routes.joins} | (set(routes._targets) if len(routes._targets) == 1 else set())
    return sum(math.prod(leaf.shape) for leaf in parameters_of(list(ancestors([routes.loss.node]))[::-1], data))


def _weighs(node: Node, index: int) -> bool:
    """Usually the later argument weighs; where the first is called W and the second is not, the first does."""
    if not tags(node) & _WEIGHING:
        return False
    named = [_called_weight(parent) for parent in node.parents]
    return index == 0 if len(named) == 2 and named == [True, False] and "product" in tags(node) else index > 0


def _called_weight(node: Node | None) -> bool:
    return node is not None and node.op is None and (node.name or "")[:1] in ("W", "w")

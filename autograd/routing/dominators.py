"""Where ways through the graph meet again: immediate dominators towards one node.

On the way from a node down to `target`, a dominator is a node that no way avoids. Numbers are a topological order, so one pass
upwards settles every immediate dominator (Cooper, Harvey and Kennedy 2001, "A simple, fast dominance algorithm"; on a graph
without cycles their iteration ends after its first round).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import reduce

from autograd.graph import Node


def meet(dominator: Mapping[Node, Node], nodes: Iterable[Node]) -> Node:
    """The nearest common dominator of `nodes` (each counts as a dominator of itself)."""
    return reduce(lambda a, b: _meet_two(dominator, a, b), nodes)


def _meet_two(dominator: Mapping[Node, Node], a: Node, b: Node) -> Node:
    while a is not b:
        if a.number > b.number:
            a = dominator[a]
        else:
            b = dominator[b]
    return a


def immediate_dominators(ascending: Iterable[Node], target: Node) -> dict[Node, Node]:
    """The immediate dominator towards `target` of every node that leads to it; `ascending` has the oldest first."""
    dominator = {target: target}
    for node in ascending:
        if node is target:
            continue
        below = [parent for parent in node.parents if parent in dominator]
        if below:
            dominator[node] = meet(dominator, below)  # type: ignore[arg-type]
    return dominator

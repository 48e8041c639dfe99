"""The arms of a sum: what lies between a fork and the sum that closes it, and which arm is the simple one.

An arm's cost is the least over its ways of (nonlinear operations, products and norms, gates, sums nested in it). A product of two
things that are both linear in the fork is a square, hence nonlinear; where the other factor is itself nonlinear it is a gate,
and the way through it costs less than any product, but more than none: of x + x σ(x) the skip is x.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, cast

import numpy as np

from autograd.graph import Node, fit
from autograd.routing.marks import all_once, in_order, marks_of
from autograd.tensor import payload

Step = tuple[Node, int]  # from a node to its argument of that index
Cost = tuple[int, int, int, int]
FREE: Cost = (0, 0, 0, 0)
LINEAR = frozenset({"additive", "linear", "shape", "mask", "pool"})
PRODUCT = frozenset({"bilinear", "product", "conv"})
HEAVY = frozenset({"product", "conv", "norm"})
PASSING = frozenset({"pick", "copy", "positive"})  # operations that leave values as they are


@dataclass(frozen=True, slots=True)
class Arm:
    """One input of a sum: how it enters (`way`, from the sum down), and its cheapest way on to the fork."""

    way: tuple[Step, ...]
    path: tuple[Step, ...]
    cost: Cost

    @property
    def entry(self) -> Step:
        """The edge that this arm has for itself."""
        return self.way[-1]

    @property
    def operations(self) -> tuple[str, ...]:
        """What lies on the cheapest way, from the fork to the sum."""
        return tuple(name_of(node) for node, _ in reversed(self.path) if name_of(node) not in PASSING)

    @property
    def steps(self) -> tuple[Step, ...]:
        """From the sum all the way to the fork."""
        return (*self.way, *self.path)

    def carries(self, tag: str) -> bool:
        return any(tag in tags_of(node) for node, _ in self.path)


@dataclass(frozen=True, slots=True)
class Skip:
    """What lies on the skip of a join.

    ``kind`` is "identity", "moved" (every value once, in another place, shape or dtype: a reshape, a transpose, a cast), "scaled",
    "dropout", "gated", "padded" (padded, subsampled or repeated), "projected" (a product or norm) or "parallel" (no arm is
    simpler); ``factor`` is the coefficient where there is one number for all values.
    """

    kind: str
    factor: float | None
    operations: tuple[str, ...]


def tags_of(node: Node) -> frozenset[str]:
    return node.op.tags if node.op is not None else frozenset()


def name_of(node: Node) -> str:
    return node.op.name if node.op is not None else "leaf"


def destination(step: Step) -> Node:
    return cast(Node, step[0].parents[step[1]])


def between(starts: Iterable[Node], fork: Node, leads: Container[Node]) -> list[Node]:
    """The nodes from `starts` down to `fork`, without it, oldest first."""
    found: set[Node] = set()
    stack = [node for node in starts if node is not fork]
    while stack:
        node = stack.pop()
        if node not in found:
            found.add(node)
            stack += [p for p in node.parents if p is not None and p is not fork and p in leads]
    return sorted(found, key=lambda node: node.number)


def _own_cost(node: Node, argument: int, costs: Sequence[Cost | None]) -> Cost:
    """What crossing `node` to one argument adds; `costs` has one entry an argument, None where it does not lead to the fork."""
    tags = tags_of(node)
    others = [cost for i, cost in enumerate(costs) if i != argument and cost is not None]
    if "additive" in tags or "join" in tags:
        return (0, 0, 0, 1 if others else 0)
    heavy = 1 if tags & HEAVY else 0
    if tags & PRODUCT:
        squares = any(cost[0] == 0 for cost in others)
        return (1, heavy, 0, 0) if squares else (0, heavy, 1 if others else 0, 0)
    if "quotient" in tags:
        return (argument, 1 if others else 0, 0, 0)
    return (0 if tags & LINEAR or heavy else 1, heavy, 0, 0)


def cheapest(region: Sequence[Node], fork: Node) -> tuple[dict[Node, Cost], dict[Node, int]]:
    """The cost of every node of `region` (oldest first), and the argument by which its cheapest way goes."""
    costs: dict[Node, Cost] = {fork: FREE}
    onward: dict[Node, int] = {}
    for node in region:
        below = [costs.get(parent) if parent is not None else None for parent in node.parents]
        ways = [(_sum(cost, _own_cost(node, i, below)), i) for i, cost in enumerate(below) if cost is not None]
        costs[node], onward[node] = ways[0] if len(ways) == 1 else min(ways)
    return costs, onward


def _sum(a: Cost, b: Cost) -> Cost:
    return a[0] + b[0], a[1] + b[1], a[2] + b[2], a[3] + b[3]


def arms_of(ways: Sequence[tuple[Step, ...]], region: Sequence[Node], fork: Node) -> list[Arm]:
    """The arms of a sum that is entered by `ways`."""
    costs, onward = cheapest(region, fork)
    starts = [destination(way[-1]) for way in ways]
    return [Arm(way, tuple(_path(start, fork, onward)), costs[start]) for way, start in zip(ways, starts)]


def _path(node: Node, fork: Node, onward: dict[Node, int]) -> Iterator[Step]:
    while node is not fork:
        step = node, onward[node]
        yield step
        node = destination(step)


# ---------------------------------------------------------------------------------------------------- what a skip is


def slope(step: Step, given: Any = None) -> Any:
    """The pull-back of `given`; of ones, by default: the derivative of an elementwise operation by one argument."""
    node, argument = step
    parents = tuple(p if i == argument else None for i, p in enumerate(node.parents))
    array = np.ones(node.shape, node.dtype) if given is None else given
    return np.asarray(node.op.pull(parents, node.saved, payload(array))[argument])  # type: ignore[union-attr]


def carried(steps: Iterable[Step], gradient: Any) -> Any:
    """What arrives at the end of a way of one operation after another, and by no other way."""
    for step in steps:
        gradient = fit(destination(step), slope(step, gradient))
    return gradient


def _is_gate(step: Step, region: Container[Node]) -> bool:
    """Whether the other factor is computed: from the fork itself, or as an array of its own."""
    node, argument = step
    others = [p for i, p in enumerate(node.parents) if i != argument and p is not None]
    return any(p in region or (not p.is_leaf and math.prod(p.shape) > 1) for p in others)


def _kind_of_step(step: Step, region: Container[Node]) -> tuple[str, float | None]:
    """The kind of one operation on the skip, and its factor where there is one."""
    node, _ = step
    tags = tags_of(node)
    if tags & HEAVY:
        return "projected", None
    if node.op.name in PASSING and node.dtype == destination(step).dtype:  # type: ignore[union-attr]
        return "identity", 1.0
    if node.shape != destination(step).shape or tags & {"shape", "pool", "pad", "conv"}:
        return "padded", None
    if "additive" not in tags and _is_gate(step, region):
        return "gated", None
    return _kind_of_slope(slope(step))


def _kind_of_slope(values: Any) -> tuple[str, float | None]:
    if not values.size:
        return "identity", 1.0
    first = values.flat[0]
    if np.all(values == first):
        return ("identity" if first == 1 else "scaled"), float(first)
    kept = values[values != 0]
    return ("dropout" if kept.size < values.size and np.all(kept == kept[0]) else "scaled"), None


STRENGTH = ("identity", "moved", "scaled", "dropout", "gated", "padded", "projected", "parallel")


Found = tuple[str, float | None]  # a kind, and its factor where there is one


def _together(found: Sequence[Found], combine: Callable[[list[float]], float]) -> Found:
    """The strongest kind; the factors combined if all are known."""
    factors = [factor for _, factor in found if factor is not None]
    kind = max((kind for kind, _ in found), key=STRENGTH.index)
    return kind, combine(factors) if len(factors) == len(found) else None


def _of_sum(step: Step) -> tuple[str, float | None]:
    """How the sum itself takes an arm: +1, -1, or 1/n of a mean; a stack, or what takes it apart, only hands over."""
    return ("identity", 1.0) if "shape" in tags_of(step[0]) else _kind_of_slope(slope(step))


def _place(arm: Arm) -> str:
    """Where an arm's values arrive: all where they were ("identity"), elsewhere ("moved"), or not each of them once ("padded")."""
    add, fork = arm.way[0][0], destination(arm.steps[-1])
    if math.prod(fork.shape) != math.prod(add.shape):
        return "padded"
    marks = sent = marks_of(add.shape)
    for step in arm.steps:
        moves = step in arm.way or "shape" in tags_of(step[0])
        sent = slope(step, sent) if moves else sent
        if sent.shape != destination(step).shape:
            return "padded"
    if not all_once(sent, marks):
        return "padded"
    same = all(destination(step).dtype == add.dtype for step in arm.path)
    return "identity" if same and in_order(sent, marks) else "moved"


def _moves(arm: Arm) -> bool:
    steps = [node for node, _ in arm.steps if name_of(node) not in PASSING]
    return any("shape" in tags_of(node) for node in steps) and not any(tags_of(node) & HEAVY for node in steps)


def _kind_of_arm(arm: Arm, region: Container[Node]) -> tuple[str, float | None]:
    if arm.cost[0] or arm.cost[3]:
        return "parallel", None
    found = [_of_sum(step) for step in arm.way] + [_kind_of_step(step, region) for step in arm.path]
    place = _place(arm) if _moves(arm) else "identity"
    if place != "padded":
        found = [(place, 1.0), *(one for one in found if one[0] != "padded")]
    kind, factor = _together(found, math.prod)
    return (place if kind == "scaled" and factor == 1 else kind), factor


def classify(skips: Sequence[Arm], region: Iterable[Node]) -> Skip:
    """Say what lies on the skip; several skips into one sum add up."""
    inside = frozenset(region)
    kind, factor = _together([_kind_of_arm(arm, inside) for arm in skips], math.fsum)
    if len(skips) > 1 and any(_moves(arm) and _place(arm) == "moved" for arm in skips):
        kind, factor = max("moved", kind, key=STRENGTH.index), None  # they meet in other places: no one number says it
    if kind == "identity" and factor != 1:
        kind = "scaled"
    return Skip(kind, factor, tuple(name for arm in skips for name in arm.operations))

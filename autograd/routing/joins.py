"""Residual joins: sums whose inputs part at one fork, one of them by a simpler way.

Found from the recorded graph alone, without marks. What is not a join: a sum of losses, a weight penalty, a bias,
``x - mean(x)``, two uses of one weight.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import reduce
from operator import and_

from autograd.graph import Node
from autograd.routing.arms import HEAVY, Arm, Skip, Step, arms_of, between, classify, destination, tags_of
from autograd.routing.dominators import immediate_dominators, meet
from autograd.routing.sums import Way, ways_into
from autograd.routing.trunks import Trunk, trunk_of

MOVING = frozenset({"shape", "pool", "pad"})


@dataclass(slots=True, eq=False)
class Join:
    """One residual join and how the gradient divides at its fork.

    Attributes
    ----------
    kind, name : str
        `skip.kind`; the path of the module around the sum, else the value's name, else "join N", counted from the input.
    skip, trunk : Skip, Trunk
        What lies from the fork to the sum on the simple arm, and from the sum to the next fork.
    shares, norms : dict
        Of the contributions at the fork that came by "skip", "branch" (all edges of F) and "other" (further consumers):
        <part, g> / <g, g> and the Frobenius norm.
    cosine : float
        Between what came by the skip and what came through F.
    cancels : bool
        The norms add to more than 10⁶ times the norm of the sum: shares mean nothing.
    norm, output_norm : float
        Of the gradient at the fork and at the sum's output.
    fork, add : Node
        Where the ways part and where they meet.
    branch_nodes, skip_nodes : tuple of Node
        What lies on the arms, oldest first; what both use counts as the branch's.
    shared : tuple
        The skips, from the sum to the fork, if something else uses an operation on them too, as F does in ``(h := x / 2) + f(h, x)``:
        one edge then carries both, and shares tell what came from this sum by the skip from the rest.
    """

    name: str
    skip: Skip
    trunk: Trunk
    fork: Node
    add: Node
    skips: tuple[Arm, ...]
    branches: tuple[Arm, ...]
    skip_nodes: tuple[Node, ...]
    branch_nodes: tuple[Node, ...]
    shared: tuple[tuple[Step, ...], ...] = ()
    shares: dict[str, float] = field(default_factory=dict)
    norms: dict[str, float] = field(default_factory=dict)
    cosine: float = float("nan")
    cancels: bool = False
    norm: float = float("nan")
    output_norm: float = float("nan")
    _ways: tuple[dict[Node, str], dict[Step, str]] | None = field(default=None, repr=False)  # made at the first question

    @property
    def kind(self) -> str:
        return self.skip.kind

    @property
    def crossings(self) -> tuple[Step, ...]:
        """The edges into F; none where no arm is the simple one."""
        return () if self.kind == "parallel" else tuple(arm.entry for arm in self.branches)

    def group_of(self, step: Step) -> str:
        """By which way a contribution reached the fork: "skip", "branch" or "other"."""
        if self._ways is None:
            self._ways = _by_node(self.skip_nodes, self.branch_nodes), _by_entry(self.skips, self.branches)
        nodes, entries = self._ways
        return entries.get(step) or nodes.get(step[0], "other")

    def way_of(self, step: Step) -> str:
        """`group_of`, where the skip is measured by itself: what else came by its edges is no part of it."""
        way = self.group_of(step)
        return "other" if way == "skip" and self.shared else way

    def __repr__(self) -> str:
        shares = ", ".join(f"{name} {share:.1%}" for name, share in self.shares.items() if share)
        return f"<Join {self.name!r}: {self.kind}, {'cancel' if self.cancels else shares}>"


def _by_node(skip: Iterable[Node], branch: Iterable[Node]) -> dict[Node, str]:
    return dict.fromkeys(skip, "skip") | dict.fromkeys(branch, "branch")


def _by_entry(skips: Iterable[Arm], branches: Iterable[Arm]) -> dict[Step, str]:
    return {arm.entry: "skip" for arm in skips} | {arm.entry: "branch" for arm in branches}


# ---------------------------------------------------------------------------------------------------- the search


class Search:
    """The joins of one graph towards its targets; `order` has the newest node first and only what leads to a target."""

    def __init__(self, order: Sequence[Node], targets: Sequence[Node], chosen: bool) -> None:
        self.ascending = order[::-1]
        self.targets = targets
        self.chosen = frozenset(targets) if chosen else frozenset()
        self.consumers = _consumers(order)
        reached = _reach(self.ascending, targets)
        self.ways = {node: ways for node in self.ascending if (ways := ways_into(node, self.consumers))}
        self.sums = {node: common for node, ways in self.ways.items() if (common := _common(reached, _ends(ways)))}
        self.tried: set[tuple[Node, Node]] = set()
        self.found: dict[Node, Join] = {}

    def run(self) -> list[Join]:
        """Target by target, those that most sums depend on first: for a network that is its input, or its first weight.

        A sum whose arms are alike towards one target may have a simpler one towards another: the state of a recurrent cell.
        """
        counts = [sum(bits >> i & 1 for bits in self.sums.values()) for i in range(len(self.targets))]
        for index in sorted(range(len(self.targets)), key=lambda i: (-counts[i], i)):
            left = [node for node, bits in self.sums.items() if bits >> index & 1 and self._open(node)]
            if left:
                self._towards(self.targets[index], left)
        joins = sorted(self.found.values(), key=lambda join: join.add.number, reverse=True)
        _name(joins)
        forks = {join.fork for join in joins}
        for join in joins:
            join.trunk = trunk_of(join.add, forks, self.consumers)
        return joins

    def _open(self, add: Node) -> bool:
        return add not in self.found or self.found[add].kind == "parallel"

    def _towards(self, target: Node, sums: Sequence[Node]) -> None:
        leads = immediate_dominators(self.ascending, target)
        forks = {node: meet(leads, _ends(self.ways[node])) for node in sums}
        absorbed: set[Node] = set()
        for node in reversed(sums):
            if node not in absorbed and (node, forks[node]) not in self.tried:
                self.tried.add((node, forks[node]))
                inner: set[Node] = set()
                ways = self._flattened(node, forks, inner)
                absorbed |= inner
                if self._judge(node, forks[node], ways, leads):
                    for one in inner & self.found.keys():
                        del self.found[one]

    def _flattened(self, add: Node, forks: Mapping[Node, Node], absorbed: set[Node]) -> list[tuple[Step, ...]]:
        """The ways into a sum, through sums of the same fork that feed nothing else: x + f + g is one join."""
        ways, done = list(self.ways[add]), []
        while ways:
            way = ways.pop(0)
            inner = destination(way[-1])
            if forks.get(inner) is forks[add] and inner is not forks[add] and len(self.consumers[inner]) == 1:
                absorbed.add(inner)
                ways = [way + more for more in self.ways[inner]] + ways
            else:
                done.append(way)
        return done

    def _judge(self, add: Node, fork: Node, ways: Sequence[tuple[Step, ...]], leads: Mapping[Node, Node]) -> bool:
        """Whether this is a join, and a new one."""
        if add.shape == () and fork.shape != ():
            return False  # losses, added up
        fork, leads, ways = self._nearer(add, ways, fork) or (fork, leads, ways)
        region, skips, branches = _arms(ways, fork, leads)
        if self._is_weight(fork, add, skips):
            return False
        if not _is_join(skips, branches, fork, add, region) or (not skips and add in self.found):
            return False
        skip = classify(skips, region) if skips else Skip("parallel", None, ())
        inner = tuple(between((destination(arm.entry) for arm in branches), fork, leads))
        used = frozenset(inner)
        outer = tuple(node for node in region if node not in used)
        exclusive = all(len(self.consumers[node]) == 1 for arm in skips for node, _ in arm.path)
        shared = () if exclusive else tuple(arm.steps for arm in skips)
        self.found[add] = Join("", skip, Trunk(), fork, add, tuple(skips), tuple(branches), outer, inner, shared)
        return True

    def _nearer(self, add: Node, ways: Sequence[Way], fork: Node) -> tuple[Node, Mapping[Node, Node], Sequence[Way]] | None:
        """A sum that is added, as the fork, if all else depends on it: a + F(b), where b = b' + G(a), is residual in a.

        Towards an input such streams part long before, and every arm passes sums that are joins themselves.
        """
        for taken in (ways, self.ways[add]):  # through the sums that feed this one alone, or not
            ends = _ends(taken)
            for end in ends if fork not in ends else ():
                leads = self._since(end, add) if end in self.ways else {}
                if leads.keys() >= set(ends):
                    return end, leads, taken
        return None

    def _since(self, end: Node, add: Node) -> Mapping[Node, Node]:
        """Dominators towards `end`, of what was recorded until `add`."""
        first, last = (bisect_left(self.ascending, node.number, key=_number) for node in (end, add))
        return immediate_dominators(self.ascending[first:last], end)

    def _is_weight(self, fork: Node, add: Node, skips: Sequence[Arm]) -> bool:
        """Whether the fork is a leaf that nobody asked about, of another shape than the sum: unless a skip cuts, pads or moves it."""
        if not fork.is_leaf or fork.shape == add.shape or fork in self.chosen:
            return False
        return not skips or not all(tags_of(node) & MOVING for arm in skips for node, _ in arm.path)


def _number(node: Node) -> int:
    return node.number


def _arms(ways: Sequence[Way], fork: Node, leads: Mapping[Node, Node]) -> tuple[list[Node], Sequence[Arm], Sequence[Arm]]:
    """What lies between a sum and a fork, the skips and the branches."""
    region = between(_ends(ways), fork, leads)
    return region, *_divided(arms_of(ways, region, fork))


def _divided(arms: Sequence[Arm]) -> tuple[Sequence[Arm], Sequence[Arm]]:
    """The skips (the cheapest arms, if they are linear and others are not as cheap), and the branches."""
    least = min(arm.cost for arm in arms)
    branches = [arm for arm in arms if arm.cost != least]
    if least[0] or not branches:
        return [], arms
    return [arm for arm in arms if arm.cost == least], branches


def _is_join(skips: Sequence[Arm], branches: Sequence[Arm], fork: Node, add: Node, region: Sequence[Node]) -> bool:
    if not skips and fork.is_leaf:
        return False  # a shared weight: nothing tells it from an input that is used twice
    shrinks = len(add.shape) < len(fork.shape)
    if shrinks and all(arm.carries("reduction") for arm in skips or branches):
        return False  # losses of each sample, added up
    inside = {fork, *region}
    return not all(_combines(node, inside) for node in region)


def _combines(node: Node, inside: Container[Node]) -> bool:
    """Whether it only moves, scales or adds up: x - mean(x), 2h, a rotation of pairs have no function beside the skip."""
    tags = tags_of(node)
    if tags & HEAVY or tags & {"pool", "mask"}:
        return False
    return bool(tags & {"additive", "linear", "shape"}) or ("bilinear" in tags and sum(p in inside for p in node.parents) == 1)


def _consumers(order: Iterable[Node]) -> dict[Node, list[Step]]:
    found: dict[Node, list[Step]] = {}
    for node in order:
        found.setdefault(node, [])
        for i, parent in enumerate(node.parents):
            if parent is not None:
                found.setdefault(parent, []).append((node, i))
    return found


def _reach(ascending: Iterable[Node], targets: Sequence[Node]) -> dict[Node, int]:
    """Which targets each node depends on, a bit a target."""
    reached = {target: 1 << i for i, target in enumerate(targets)}
    for node in ascending:
        bits = reached.get(node, 0)
        for parent in node.parents:
            bits |= reached.get(parent, 0)  # type: ignore[arg-type]
        reached[node] = bits
    return reached


def _ends(ways: Iterable[Way]) -> list[Node]:
    """What is added up."""
    return [destination(way[-1]) for way in ways]


def _common(reached: Mapping[Node, int], nodes: Sequence[Node]) -> int:
    return reduce(and_, [reached.get(node, 0) for node in nodes])


# ------------------------------------------------------------------------------------------------ names, all joins


def _name(joins: Sequence[Join]) -> None:
    """Module paths; a second join of one module gets a number."""
    seen: dict[str, int] = {}
    for count, join in enumerate(reversed(joins), 1):
        scope = join.add.scope.path if join.add.scope is not None else ""
        name = scope or join.add.name or f"join {count}"
        seen[name] = seen.get(name, 0) + 1
        join.name = name if seen[name] == 1 else f"{name} ({seen[name]})"


def joins_of(order: Sequence[Node], targets: Sequence[Node], chosen: bool) -> list[Join]:
    """Every residual join among `order` (newest first, only nodes that lead to a target), from loss to input."""
    return Search(order, targets, chosen).run()

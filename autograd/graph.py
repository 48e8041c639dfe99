"""The recorded graph and the reverse sweep over it.

An operation that sees a recording tensor leaves a `Node`. Edges point from a node to the nodes of its arguments, never to
interior tensors, so dropping a value frees its array and nothing ever points forward (no reference cycles). Every node takes
a number from one counter: arguments exist before results, so falling numbers are a valid order for the sweep, and nothing
in this file recurses.
"""

from __future__ import annotations

import operator
import threading
from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from contextlib import nullcontext
from typing import Any

import numpy as np

from autograd.accumulation import accumulate as accumulate
from autograd.accumulation import fit as fit
from autograd.accumulation import sum_to as sum_to
from autograd.nodes import FLOAT64 as FLOAT64
from autograd.nodes import PENDING as PENDING
from autograd.nodes import RELEASED as RELEASED
from autograd.nodes import Leaf as Leaf
from autograd.nodes import Links as Links
from autograd.nodes import Narrowed as Narrowed
from autograd.nodes import Node as Node
from autograd.nodes import Parts as Parts
from autograd.nodes import describe as describe
from autograd.nodes import leaf as leaf
from autograd.nodes import next_number as next_number
from autograd.recording import Scope as Scope
from autograd.recording import State as State
from autograd.recording import current as current
from autograd.recording import enable_grad as enable_grad
from autograd.recording import is_recording as is_recording
from autograd.recording import keeping as keeping
from autograd.recording import no_grad as no_grad
from autograd.recording import scope as scope
from autograd.switches import config as config

_lock = threading.RLock()
_running: list[list[Node]] = []  # the orders of the sweeps in progress: more than one only while a rule sweeps in turn
_number_of = operator.attrgetter("number")

Emit = Callable[[Node, Any], None]
Pull = Callable[[Sequence["Node | None"], Any, Any], Sequence[Any]]
Watch = Callable[[Node, tuple["Node | None", ...], Any], Emit | None]
Spread = Callable[[Links, Any, Any], None]


def collect(roots: Iterable[Node], order: list[Node], since: int = 0) -> None:
    """Put every node that `roots` depend on into `order`, newest first, each marked as pending.

    The list is its own queue: what is found is put at its end, and looked into when its turn comes. It does not go behind nodes
    older than number `since`.
    """
    keep = order.append
    for root in roots:
        if root.slot is None:
            root.slot = PENDING
            keep(root)
    for node in order:
        if node.saved is RELEASED:
            _refuse_released(node)
        if node.number < since:
            continue
        more = node.more
        for parent in (node.first, node.second) if more is None else more:
            if parent is not None and parent.slot is None:
                parent.slot = PENDING
                keep(parent)
    order.sort(key=_number_of, reverse=True)
    refuse_changed(order)


def _refuse_released(node: Node) -> None:
    raise RuntimeError(
        f"backward a second time through {describe(node)}: its saved values were released by an earlier backward. "
        "Pass retain_graph=True to the first one, or record the graph again"
    )


_last_change = 0


def changed(leaf: Node) -> None:
    """A leaf's value is another from now on: what was recorded before must not be swept as if it were not."""
    global _last_change
    leaf.saved.version = _last_change = next_number()


def refuse_changed(order: Sequence[Node]) -> None:
    """A leaf whose value was replaced after an operation saved it would give the gradient of another function."""
    for node in reversed(order):
        if node.number > _last_change:
            return  # the usual case, seen at the oldest operation: no leaf at all was changed since it was recorded
        if node.op is None:
            continue
        for index, parent in enumerate(node.parents):
            if parent is not None and parent.op is None and parent.saved.version > node.number and index in node.op.keeps:  # type: ignore[union-attr]
                raise RuntimeError(
                    f"{describe(parent)} was changed after {describe(node)} saved it. "
                    "Call backward before the update, or record the graph again after it"
                )


class _Sweeping:
    """Marks set on entry are cleared on exit whatever happens; a sweep inside a rule sets the outer marks aside."""

    __slots__ = ("aside", "order", "roots", "since")

    def __init__(self, roots: Iterable[Node], since: int = 0) -> None:
        self.roots = roots
        self.since = since
        self.order: list[Node] = []

    def __enter__(self) -> list[Node]:
        _lock.acquire()
        self.aside = [(node, node.slot) for order in _running for node in order]
        _running.append(self.order)
        try:
            for node, _ in self.aside:
                node.slot = None
            collect(self.roots, self.order, self.since)
        except BaseException as error:
            self.__exit__(error)
            raise
        return self.order

    def __exit__(self, error: object, *rest: object) -> None:
        _running.remove(self.order)
        if not _running:
            _behind.clear()
        if error is not None:  # else the sweep has passed, and cleared, every node
            for node in self.order:
                node.slot = None
        for node, slot in self.aside:
            node.slot = slot
        _lock.release()


def _run(
    order: Iterable[Node], receive: Callable[[Node, Any], None], retain: bool, lift: bool,
    narrowed: Callable[[Node], Links | None] | None = None, wanted: Container[Node] = (), watch: Watch | None = None,
    settled: Callable[[], None] | None = None,
) -> None:  # fmt: skip
    """The sweep itself: each node's gradient, complete when its turn comes, goes through its rules to its parents.

    `receive` gets the gradients of leaves and of what is `wanted`; `narrowed` may leave out parents that need none.
    """
    for node in order:
        gradient = node.slot
        node.slot = None
        if gradient is PENDING:
            continue
        op = node.op
        if op is None or node in wanted:
            receive(node, gradient)
        if op is None:
            continue
        links = node if narrowed is None else narrowed(node)
        if links is None:
            continue
        saved = op.lift(node) if lift else node.saved
        emit = None if watch is None else watch(node, links.parents, gradient)
        if emit is None and not (_behind and node in _behind):
            op.spread(links, saved, gradient)
        else:
            _give_away(links.parents, contributions(node, links.parents, saved, gradient, _behind), emit or accumulate)
        if settled is not None:
            settled()
        if not retain:
            node.saved = RELEASED


_behind: set[Node | None] = set()  # in the sweeps in progress: what a choice among values was made from


def choosing(spread: Spread) -> Spread:
    """Of an operation that chooses among values: the zeros in its contributions are to stay zeros on their way."""

    def remember(links: Links, saved: Any, g: Any) -> None:
        _behind.update(links.parents)
        spread(links, saved, g)

    return remember


def _give_away(parents: Sequence[Node | None], sent: Sequence[Any], emit: Emit) -> None:
    for parent, contribution in zip(parents, sent, strict=True):
        if parent is not None and contribution is not None:
            emit(parent, contribution)


def contributions(node: Node, parents: Sequence[Node | None], saved: Any, gradient: Any, behind: set[Node | None]) -> Sequence[Any]:
    """What an operation sends to each parent, None for a parent that is None.

    Behind a choice, what was not chosen has a gradient of 0, and 0 times an infinite slope is 0: ``where(x > 0, log(x), 0)`` at
    x = 0. `behind` holds the nodes of which that is true in this sweep, and is added to.
    """
    op = node.op
    assert op is not None
    careful = node in behind
    if careful or op.choosing:
        behind.update(parents)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore") if careful else nullcontext():
        sent: Sequence[Any] = op.pull(parents, saved, gradient)
    return [_zeros_kept(gradient, c) for c in sent] if careful and op.elementwise else sent


def _zeros_kept(gradient: Any, contribution: Any) -> Any:
    """The contribution, 0 instead of NaN where the gradient is 0."""
    if contribution is None or not np.size(contribution):
        return contribution
    value, g = (given._data if hasattr(given, "_data") else given for given in (contribution, gradient))
    if not np.isnan(np.min(value)):
        return contribution
    return np.where(np.equal(g, 0), 0.0, contribution) if np.ndim(value) else contribution if g else 0.0 * g


def spreading(pull: Pull, absent: bool = False) -> Spread:
    """A pull-back that gives its contributions away at once, from one that returns them; with `absent` some may be None."""

    def spread(links: Links, saved: Any, g: Any) -> None:
        parents = links.parents
        for parent, contribution in zip(parents, pull(parents, saved, g), strict=True):
            if parent is not None and not (absent and contribution is None):
                accumulate(parent, contribution)

    return spread


def sweep(
    seeds: Sequence[tuple[Node, Any]], receive: Callable[[Node, Any], None], *, retain: bool, lift: bool, watch: Watch | None = None,
    settled: Callable[[], None] | None = None, prepare: Callable[[Sequence[Node]], None] | None = None,
) -> None:  # fmt: skip
    """Send each seed's gradient from its node to every leaf; `receive` gets the sums as the leaves are reached.

    `prepare` is told of all nodes, newest first; `watch`: see `sweep_to`; `settled` is called when an operation's contributions
    lie in its parents' slots.
    """
    with _Sweeping([node for node, _ in seeds]) as order:
        if prepare is not None:
            prepare(order)
        for node, seed in seeds:
            accumulate(node, seed)
        _run(order, receive, retain, lift, watch=watch, settled=settled)


def sweep_to(
    seeds: Sequence[tuple[Node, Any]], targets: Sequence[Node], *, retain: bool, lift: bool, watch: Watch | None = None, since: int = 0,
    settled: Callable[[], None] | None = None,
) -> dict[Node, Any]:  # fmt: skip
    """The gradients at `targets` (any nodes), visiting only what leads to them. Touches no `.grad`.

    `watch(node, parents, gradient)` may give another way to emit a node's contributions (None: the usual one): routes keep them so.
    The sweep ends at nodes older than number `since`.
    """
    found: dict[Node, Any] = {}
    with _Sweeping([node for node, _ in seeds], since) as order:
        needed = _needed(order, targets)
        order[:] = _kept(order, needed)
        for node, seed in seeds:
            if node in needed:
                accumulate(node, seed)

        def narrowed(node: Node) -> Links | None:
            """The parents that lead to a target; None where none does, and where the sweep ends."""
            parents = node.parents
            leading = tuple([parent if parent in needed else None for parent in parents])
            if not any(leading) or node.number < since:
                return None
            return node if leading == parents else Narrowed(node, leading)

        wanted = set(targets)
        _run(order, found.__setitem__, retain, lift, narrowed, wanted, watch, settled)
    return {node: gradient for node, gradient in found.items() if node in wanted}


def _needed(order: list[Node], targets: Sequence[Node]) -> set[Node]:
    """The nodes of `order` through which some target is reached, the targets included."""
    needed = set(targets)
    for node in reversed(order):
        if not needed.isdisjoint(node.parents):
            needed.add(node)
    return needed


def _kept(order: list[Node], needed: set[Node]) -> list[Node]:
    for node in order:
        if node not in needed:
            node.slot = None
    return [node for node in order if node in needed]


def ancestors(roots: Iterable[Node]) -> Iterator[Node]:
    """Every node that `roots` depend on, newest first, without marking anything (safe on released graphs)."""
    seen: set[Node] = set()
    stack = list(roots)
    while stack:
        node = stack.pop()
        if node not in seen:
            seen.add(node)
            stack += [parent for parent in node.parents if parent is not None]
    return iter(sorted(seen, key=_number_of, reverse=True))

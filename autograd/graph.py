"""The recorded graph and the reverse sweep over it.

An operation that sees a recording tensor leaves a `Node`. Edges point from a node to the nodes of its arguments, never to
interior tensors, so dropping a value frees its array and nothing ever points forward (no reference cycles). Every node takes
a number from one counter: arguments exist before results, so falling numbers are a valid order for the sweep, and nothing
in this file recurses.
"""

from __future__ import annotations

import functools
import itertools
import operator
import sys
import threading
from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

import numpy as np

from autograd.recording import Scope as Scope
from autograd.recording import State as State
from autograd.recording import current as current
from autograd.recording import enable_grad as enable_grad
from autograd.recording import is_recording as is_recording
from autograd.recording import keeping as keeping
from autograd.recording import no_grad as no_grad
from autograd.recording import scope as scope
from autograd.switches import config as config

if TYPE_CHECKING:
    from autograd.declare import Operation

FLOAT64 = np.dtype(np.float64)
next_number = itertools.count(1).__next__


class _Sentinel:
    __slots__ = ("text",)

    def __init__(self, text: str) -> None:
        self.text = text

    def __repr__(self) -> str:
        return self.text


PENDING = _Sentinel("<in this sweep, no contribution yet>")
RELEASED = _Sentinel("<released by an earlier backward>")


# --------------------------------------------------------------------------------------------------------------- nodes


class Node:
    """One recorded operation: what it was, where its arguments came from, and what its rules asked to keep.

    One or two parents lie in `first` and `second` and not in a tuple: every object more that Python's garbage collector has to
    walk, again and again, costs a long graph more than the operation itself. `parents` is the same as a tuple, for all else.
    """

    __slots__ = ("_name", "dtype", "first", "more", "number", "op", "saved", "scope", "second", "shape", "slot", "value")

    op: Operation | None
    first: Node | None
    second: Node | None
    more: tuple[Node | None, ...] | None  # all parents of operations with other than one or two arguments
    saved: Any
    number: int
    shape: Any
    dtype: Any
    scope: Scope | None
    slot: Any
    value: Any  # only under `keeping`

    @property
    def parents(self) -> tuple[Node | None, ...]:
        """The node of each argument, None where it needs no gradient."""
        if self.more is not None:
            return self.more
        return (self.first,) if self.op.arity == 1 else (self.first, self.second)  # type: ignore[union-attr]

    @parents.setter
    def parents(self, parents: tuple[Node | None, ...]) -> None:
        self.first = self.second = None
        self.more = parents

    @property
    def is_leaf(self) -> bool:
        """Whether this is a tensor that asked for a gradient, and not the result of an operation."""
        return self.op is None

    @property
    def name(self) -> str | None:
        """The name the user gave to the value, if any."""
        return getattr(self, "_name", None)

    @name.setter
    def name(self, name: str | None) -> None:
        self._name = name

    def __repr__(self) -> str:
        what = self.op.name if self.op is not None else "leaf"
        named = f" {self.name!r}" if self.name else ""
        where = f" in {self.scope.path!r}" if self.scope is not None else ""
        return f"<{what}{named} #{self.number}, shape {self.shape}, {self.dtype}{where}>"


class Leaf:
    """What a leaf has besides its node, whose `saved` it is: its gradient, its hooks, and when its value was last replaced."""

    __slots__ = ("grad", "hooks", "version")

    def __init__(self) -> None:
        self.grad: Any = None
        self.hooks: list[Callable[[Any], Any]] = []
        self.version = 0  # the number of the counter when the value last changed behind the graph


def leaf(shape: tuple[int, ...], dtype: np.dtype[Any], name: str | None = None) -> Node:
    """The node of a tensor that asked for a gradient; `.grad` lives there, so that edges are uniformly nodes.

    Uniformly of one class, too: Python reads the attributes of objects of one class several times faster.
    """
    node = Node()
    node.op = node.slot = None
    node.parents = ()
    node.saved = Leaf()
    node.number = next_number()
    node.shape, node.dtype = shape, dtype
    node.scope = current().scope
    if name is not None:
        node._name = name
    return node


def describe(node: Node) -> str:
    """A node in words, for error messages."""
    what = f"'{node.op.name}'" if node.op is not None else "a leaf"
    called = f" named {node.name!r}" if node.name else ""
    where = f" in scope {node.scope.path!r}" if node.scope is not None else ""
    return f"{what}{called} of shape {node.shape}{where}"


class Parts:
    """The gradient of an operation with several outputs: one entry an output, None where nothing arrived."""

    __slots__ = ("items",)
    shape = None  # equal to the shape and dtype of a node with several outputs, so that accumulation needs no case for it
    dtype = None

    def __init__(self, items: list[Any]) -> None:
        self.items = items

    @classmethod
    def single(cls, count: int, index: int, part: Any) -> Parts:
        return cls([part if i == index else None for i in range(count)])

    def __add__(self, other: Parts) -> Parts:
        pairs = zip(self.items, other.items, strict=True)
        return Parts([b if a is None else a if b is None else a + b for a, b in pairs])


# ----------------------------------------------------------------------------------------- fitting and adding gradients


ROWS = 4096  # up to here rows are summed as a product with ones: three times faster to start, and no less exact


@functools.lru_cache(maxsize=256)
def _ones(count: int, dtype: np.dtype[Any]) -> np.ndarray[Any, Any]:
    return np.ones(count, dtype)


def _are_rows(gradient: Any, shape: tuple[int, ...]) -> bool:
    return type(gradient) is np.ndarray and gradient.ndim == 2 and shape == gradient.shape[1:] and gradient.dtype.char in "fd"


def sum_to(gradient: Any, shape: tuple[int, ...]) -> Any:
    """Undo broadcasting: sum `gradient` (array or tensor) down to `shape`."""
    if _are_rows(gradient, shape):
        return _ones(len(gradient), gradient.dtype).dot(gradient) if len(gradient) <= ROWS else gradient.sum(axis=0)
    lead = gradient.ndim - len(shape)
    stretched = tuple(lead + i for i, n in enumerate(shape) if n == 1 and gradient.shape[lead + i] != 1)
    summed = gradient.sum(axis=tuple(range(lead)) + stretched)
    return summed if np.shape(summed) == shape else np.reshape(summed, shape)


def _cast(gradient: Any, dtype: np.dtype[Any]) -> Any:
    if config.strict:
        raise TypeError(f"a rule returned a gradient of dtype {gradient.dtype} for an input of dtype {dtype}")
    return gradient.astype(dtype)


def _broadcast_from(shape: tuple[int, ...], wide: tuple[int, ...]) -> bool:
    """Whether broadcasting `shape` can have given `wide`."""
    lead = len(wide) - len(shape)
    return lead >= 0 and all(n == m or n == 1 for n, m in zip(shape, wide[lead:], strict=True))


def fit(parent: Node, gradient: Any) -> Any:
    """Bring a contribution to its input's shape and dtype: broadcasting and promotion undone, once for all rules."""
    if type(gradient) is float or type(gradient) is int:
        gradient = np.float64(gradient) if parent.shape == () else np.asarray(gradient, parent.dtype)
    if gradient.shape != parent.shape:
        if not (_are_rows(gradient, parent.shape) or _broadcast_from(parent.shape, gradient.shape)):
            raise ValueError(f"a rule returned a gradient of shape {gradient.shape} for {describe(parent)}")
        gradient = sum_to(gradient, parent.shape)
    if gradient.dtype != parent.dtype:
        gradient = _cast(gradient, parent.dtype)
    return float(gradient) if type(gradient) is np.float64 else gradient


def accumulate(parent: Node, gradient: Any) -> None:
    """Add one contribution to a node's slot. The first is borrowed, the second allocates, later ones add in place."""
    if type(gradient) is float:
        if parent.dtype is not FLOAT64 or parent.shape:
            gradient = fit(parent, gradient)
    elif gradient is None:
        return
    elif gradient.shape != parent.shape or gradient.dtype is not parent.dtype:
        gradient = fit(parent, gradient)
    have = parent.slot
    if have is PENDING:
        parent.slot = gradient
    elif type(have) is np.ndarray and sys.getrefcount(have) <= _EXCLUSIVE and have.base is None:
        np.add(have, gradient, out=have)  # nobody else holds it: ours since the second contribution
    else:
        parent.slot = have + gradient


def _calibrate() -> int:
    """The reference count `accumulate` sees for an array that only the slot holds (it differs between Pythons)."""
    probe = leaf((1,), FLOAT64)
    probe.slot = np.zeros(1)
    have = probe.slot
    return sys.getrefcount(have)


_EXCLUSIVE = _calibrate()


# ----------------------------------------------------------------------------------------------------------- the sweep

_lock = threading.RLock()
_running: list[list[Node]] = []  # the orders of the sweeps in progress: more than one only while a rule sweeps in turn
_number_of = operator.attrgetter("number")

Emit = Callable[[Node, Any], None]
Pull = Callable[[Sequence["Node | None"], Any, Any], Sequence[Any]]
Watch = Callable[[Node, tuple["Node | None", ...], Any], Emit | None]


class Narrowed:
    """A node's parents with those left out that need no gradient; `first`, `second` and `more` as a node has them."""

    __slots__ = ("first", "more", "parents", "second")

    def __init__(self, node: Node, parents: tuple[Node | None, ...]) -> None:
        self.parents = parents
        self.more = None if node.more is None else parents
        self.first, self.second = (*parents, None)[:2] if self.more is None else (None, None)


Links = Node | Narrowed
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
            _give_away(links.parents, _unspoilt(op, node, links.parents, saved, gradient), emit or accumulate)
        if not retain:
            node.saved = RELEASED


_behind: set[Node | None] = set()  # in the sweeps in progress: what a choice among values was made from


def choosing(spread: Spread) -> Spread:
    """Of an operation that chooses among values: the zeros in its contributions are to stay zeros on their way."""

    def remember(links: Links, saved: Any, g: Any) -> None:
        _behind.update(links.parents)
        spread(links, saved, g)

    return remember


def _give_away(parents: Sequence[Node | None], contributions: Sequence[Any], emit: Emit) -> None:
    for parent, contribution in zip(parents, contributions, strict=True):
        if parent is not None:
            emit(parent, contribution)


def _unspoilt(op: Operation, node: Node, parents: Sequence[Node | None], saved: Any, gradient: Any) -> Sequence[Any]:
    """An operation's contributions. Behind a choice, what was not chosen has a gradient of 0, and 0 times an infinite slope is 0:
    ``where(x > 0, log(x), 0)`` at x = 0."""
    careful = node in _behind
    if careful or op.choosing:
        _behind.update(parents)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore") if careful else nullcontext():
        contributions: Sequence[Any] = op.pull(parents, saved, gradient)
    return [_zeros_kept(gradient, c) for c in contributions] if careful and op.elementwise else contributions


def _zeros_kept(gradient: Any, contribution: Any) -> Any:
    """The contribution, 0 instead of NaN where the gradient is 0."""
    if contribution is None or not np.size(contribution):
        return contribution
    value, g = (given._data if hasattr(given, "_data") else given for given in (contribution, gradient))
    if not np.isnan(np.min(value)):
        return contribution
    return np.where(np.equal(g, 0), 0.0, contribution) if np.ndim(value) else contribution if g else 0.0 * g


def spreading(pull: Pull) -> Spread:
    """A pull-back that gives its contributions away at once, from one that returns them."""

    def spread(links: Links, saved: Any, g: Any) -> None:
        parents = links.parents
        for parent, contribution in zip(parents, pull(parents, saved, g), strict=True):
            if parent is not None:
                accumulate(parent, contribution)

    return spread


def sweep(
    seeds: Sequence[tuple[Node, Any]], receive: Callable[[Node, Any], None], *, retain: bool, lift: bool, watch: Watch | None = None
) -> None:
    """Send each seed's gradient from its node to every leaf; `receive` gets the sums as leaves are reached (`watch`: see `sweep_to`)."""
    with _Sweeping([node for node, _ in seeds]) as order:
        for node, seed in seeds:
            accumulate(node, seed)
        _run(order, receive, retain, lift, watch=watch)


def sweep_to(
    seeds: Sequence[tuple[Node, Any]], targets: Sequence[Node], *, retain: bool, lift: bool, watch: Watch | None = None, since: int = 0
) -> dict[Node, Any]:
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
        _run(order, found.__setitem__, retain, lift, narrowed, wanted, watch)
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

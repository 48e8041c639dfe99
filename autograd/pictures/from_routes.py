"""From `Routes` to the levels `stack` and `rolled`: the chain of outermost joins as a highway."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import reduce
from itertools import accumulate
from operator import or_
from typing import Any

from autograd.graph import Node, ancestors
from autograd.pictures.from_graph import Sizes
from autograd.pictures.names import moves, operation_name, rearranges, said, shares_of, skip_of, tags
from autograd.pictures.numerals import subscript
from autograd.pictures.parameters import parameters_of, size_of
from autograd.pictures.scene import Highway, Paths, Residual, Twin
from autograd.routing import Join, Routes
from autograd.routing.report import trace
from autograd.routing.tracing import leading_to
from autograd.tensor import Tensor

PATHS_UP_TO = 400  # joins; the exact sweep carries a gradient for every length


def towers(joins: Sequence[Join]) -> list[list[Join]]:
    """The outermost joins as chains, each join behind the one it follows; the longest first.

    Two towers side by side are two chains; what follows both belongs to the longer.
    """
    outer = _outermost(joins)
    reached = _reached([join.add for join in outer])
    found: list[list[int]] = []
    for i, join in enumerate(outer):
        before = [one for one in found if reached[join.fork] >> one[-1] & 1]
        if before:
            max(before, key=len).append(i)
        else:
            found.append([i])
    return sorted(([outer[i] for i in one] for one in found), key=len, reverse=True)


def _outermost(joins: Sequence[Join]) -> list[Join]:
    """Those inside no other, from the input to the loss."""
    inner = {node for join in joins for node in (*join.branch_nodes, *join.skip_nodes)}
    return sorted((join for join in joins if join.add not in inner), key=lambda join: join.add.number)


def _reached(adds: Sequence[Node]) -> dict[Node, int]:
    """Which of `adds` each value depends on, itself included: a bit an add."""
    own = {add: 1 << i for i, add in enumerate(adds)}
    found: dict[Node, int] = {}
    for node in list(ancestors(adds))[::-1]:
        found[node] = reduce(or_, (found[parent] for parent in node.parents if parent is not None), own.get(node, 0))
    return found


def chain(joins: Sequence[Join]) -> list[Join]:
    """The longest chain of outermost joins, from the input to the loss."""
    return next(iter(towers(joins)), [])


def highway(routes: Routes, twin: Any = None) -> Highway:
    """The routes' outermost joins, collapsed to cards.

    Parameters
    ----------
    twin : Routes, Tensor or sequence of float, optional
        The same network without skips: its routes or loss (blocks are matched by the names of their modules), or the
        gradient's size at each block's input, x first, and at the last block's output.
    """
    first, *others = towers(routes.joins)
    source = _source(routes, first[0])
    counts = accumulate((len(joins) for joins in (first, *others)), initial=1)
    tower, *more = (_tower(routes, joins, source, count) for joins, count in zip((first, *others), counts))
    return replace(
        tower, towers=tuple(more), loss_value=float(routes.loss.data), exit=_exit(routes, first[-1]),
        paths=_paths(routes, source), parameters=size_of(routes), twin=None if twin is None else twin_of(twin, first),
    )  # fmt: skip


def _tower(routes: Routes, joins: Sequence[Join], first: Node, count: int) -> Highway:
    """One chain, from the source of all, where it depends on it, or from its own."""
    shared = first in set(ancestors([joins[0].fork]))
    source = first if shared else _source(routes, joins[0])
    return Highway(
        blocks=tuple(residual_of(i, join, joins, routes) for i, join in enumerate(joins, count)),
        gradient=Sizes((), routes).at.get(source, joins[0].norm), source=source.name or "x", loss=routes.loss.name or "L",
        entry=_between(joins[0].fork, source), shared=shared,
    )  # fmt: skip


def _source(routes: Routes, first: Join) -> Node:
    """The one input asked for that lies before the first fork; else the fork itself."""
    below = list(ancestors([first.fork]))
    asked = set(routes._targets) & routes._edges.keys()
    weights = parameters_of(below, {first.fork, *(asked if len(asked) == 1 else ())})
    inputs = [node for node in below if node in asked and node not in weights]
    return inputs[0] if len(inputs) == 1 else first.fork


def residual_of(number: int, join: Join, joins: Sequence[Join], routes: Routes) -> Residual:
    """A join as a card; `joins` are those of its chain."""
    inside = set(join.branch_nodes)
    return Residual(
        label=f"F{subscript(number)}", shares=shares_of(join), skip_size=join.norms["skip"], branch_size=join.norms["branch"],
        fork=join.norm, output=join.output_norm, name=join.name, formula=_told(join), cosine=_finite(join.cosine),
        skip=skip_of(join), trunk=", ".join(map(said, join.trunk.operations)),
        inside=len(inside & {other.add for other in routes.joins}) if len(routes.joins) > len(joins) else 0,
        stage=_stage(join, joins), title=f"block {number}",
    )  # fmt: skip


def _finite(number: float) -> float | None:
    return number if math.isfinite(number) else None


def _told(join: Join) -> str:
    names = [operation_name(node) for node in join.branch_nodes if not moves(node)]
    more = f" … {len(names)} operations" if len(names) > 6 else ""
    return "F: " + ", ".join(names[:6]) + more


def _stage(join: Join, joins: Sequence[Join]) -> str:
    """The module above the block, where it differs along the chain."""
    own = join.name.rpartition(".")[0]
    return own if joins[0].name.rpartition(".")[0] != joins[-1].name.rpartition(".")[0] else ""


def _between(end: Node, start: Node) -> str:
    """What lies from `start` to `end`, in two or three words; nothing where they are one."""
    if end is start:
        return ""
    between = [node for node in ancestors([end]) if node.op is not None and node.number > start.number]
    found = [node for node in between if not moves(node)] or between  # where nothing else happens, how values move
    return _words(operation_name(node) for node in reversed(found)) or "…"


def _exit(routes: Routes, last: Join) -> str:
    root = routes.loss.node
    assert root is not None
    skipped = {node for join in routes.joins for node in (join.add, *join.trunk.nodes, *join.branch_nodes, *join.skip_nodes)}
    after = [node for node in leading_to(root, [last.add]) if node.op is not None and node not in skipped]
    names = [operation_name(node) for node in after if not moves(node) and not tags(node) & {"reduction", "quotient"} and not _affine(node)]
    return _words(reversed(names))


def _affine(node: Node) -> bool:
    """A norm's scale or shift: every other argument is a parameter."""
    others = sum(parent is not None and parent.op is not None and not rearranges(parent) for parent in node.parents)
    return bool(tags(node) & {"additive", "bilinear"}) and len(node.parents) > 1 and others == 1


def _words(names: Iterable[str]) -> str:
    """The first and the last of many.

    >>> _words(["conv", "batch norm", "relu"])
    'conv … relu'
    """
    kept = list(names)
    return ", ".join(kept) if len(kept) < 3 else f"{kept[0]} … {kept[-1]}"


def _paths(routes: Routes, source: Node) -> Paths | None:
    if len(routes.joins) > PATHS_UP_TO:
        return None
    lengths = routes.path_lengths(source)
    shares = tuple(float(share) for share in lengths.shares)
    if not all(map(math.isfinite, shares)):
        return Paths(shares, lengths.counts, "0 or not finite")
    return Paths(shares, lengths.counts, "cancel" if lengths.cancellation > 1e6 else "")


# ------------------------------------------------------------------------------------------------------------- twin


def twin_of(twin: Any, joins: Sequence[Join]) -> Twin:
    """The gradient's sizes in the network without skips; see `highway`."""
    if isinstance(twin, Tensor):
        twin = trace(twin)
    if not isinstance(twin, Routes):
        return _given(twin, len(joins))
    sizes = Sizes((), twin)
    ends = [_ends(twin, join, sizes) for join in joins]
    if len(joins) == 1 and ends[0] is None:
        ends = [_ends_by_name(twin, joins[0], sizes)]
    missing = next((join.name for join, found in zip(joins, ends, strict=True) if found is None), None)
    if missing is not None:
        raise ValueError(f"twin: it has no module named {missing!r}; blocks are matched by the names of their modules. "
                         "Pass the gradient sizes instead, one a block")  # fmt: skip
    inputs, outputs = zip(*filter(None, ends), strict=True)
    return Twin(tuple(inputs), outputs[-1])


def _given(sizes: Any, count: int) -> Twin:
    numbers = [float(size) for size in sizes]
    if len(numbers) not in (count, count + 1):
        raise ValueError(f"twin: expected {count} gradient sizes, one a block's input with x first (and one more, at the last "
                         f"block's output), got {len(numbers)}")  # fmt: skip
    return Twin(tuple(numbers[:count]), numbers[-1])


def _ends(twin: Routes, join: Join, sizes: Sizes) -> tuple[float, float] | None:
    """The gradient's size where the module of `join` begins in the twin's graph, and where it ends."""
    path = join.add.scope.path if join.add.scope is not None else ""
    inside = [node for node in twin._order if node.op is not None and path and _within(node, path)]
    if not inside:
        return None
    members = set(inside)
    feeding = [p for node in inside for p in node.parents if p is not None and p not in members and not _weight(p)]
    start = min(feeding, key=lambda node: node.number, default=None)
    return sizes.at.get(start, math.nan) if start is not None else math.nan, sizes.at.get(inside[0], math.nan)


def _ends_by_name(twin: Routes, join: Join, sizes: Sizes) -> tuple[float, float] | None:
    """The same for a block on its own: between the values that have the names of its fork and of its sum."""
    named = {node.name: node for node in twin._order if node.name}
    start, end = named.get(join.fork.name or ""), named.get(join.add.name or "")
    return (sizes.at.get(start, math.nan), sizes.at.get(end, math.nan)) if start is not None and end is not None else None


def _within(node: Node, path: str) -> bool:
    own = node.scope.path if node.scope is not None else ""
    return own == path or own.startswith(path + ".")


def _weight(node: Node) -> bool:
    """A leaf older than any operation's input: parameters are made before the forward."""
    return node.is_leaf and node.name not in ("x", "input", None)

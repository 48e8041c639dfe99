"""Tens of thousands of parts: operations in a row, each the only user of the one before, share a box that says how many."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

from autograd.pictures.numerals import percent
from autograd.pictures.scene import Flow, Module, Operation, Part, Road

FOLD_ABOVE = 6_000  # parts
MOST = 40_000  # parts that are left: minutes for a renderer, and nothing for an eye


def folded(flow: Flow) -> Flow:
    """The same flow, rows of operations folded where there are too many parts.

    Raises
    ------
    ValueError
        Where too many are left; it says what to draw instead.
    """
    if len(flow.parts) <= FOLD_ABOVE:
        return flow
    into = _rows(flow)
    counts = Counter(into.values())
    parts = tuple(_named(part, counts[part.key]) for part in flow.parts if into[part.key] == part.key)
    if len(parts) > MOST:
        raise ValueError(f"{len(flow.parts)} parts are too many for one picture: draw level='rolled' where there are residual joins, "
                         "or the graph of a smaller piece (fewer steps, one module)")  # fmt: skip
    roads = tuple(_moved(flow.roads, into))
    told = f"operations in a row share a box: {percent(1 - len(parts) / len(flow.parts))} % of the parts are folded"
    return replace(flow, parts=parts, roads=roads, modules=tuple(_kept(module, into) for module in flow.modules),
                   note="; ".join(filter(None, (flow.note, told))))  # fmt: skip


def _rows(flow: Flow) -> dict[str, str]:
    """The key of the first operation of the row that each part belongs to; its own, where it is in none."""
    leaving, arriving = (Counter(getattr(road, end) for road in flow.roads) for end in ("tail", "head"))
    room = {key: module for module, keys in _rooms(flow.modules) for key in keys}
    operations = {part.key for part in flow.parts if isinstance(part, Operation)}
    before = {road.head: road.tail for road in flow.roads if {road.tail, road.head} <= operations
              and leaving[road.tail] == arriving[road.head] == 1 and room.get(road.tail) == room.get(road.head)}  # fmt: skip
    into: dict[str, str] = {}
    for part in flow.parts:  # what is used comes before what uses it
        first = before.get(part.key)
        into[part.key] = part.key if first is None else into.get(first, part.key)
    return into


def _rooms(modules: tuple[Module, ...]) -> Iterator[tuple[str, tuple[str, ...]]]:
    todo = list(modules)
    while todo:
        module = todo.pop()
        yield module.key, module.parts
        todo += module.inner


def _named(part: Part, count: int) -> Part:
    if count == 1 or not isinstance(part, Operation):
        return part
    return replace(part, formula=f"{part.formula} … {count} operations", parameters=())


def _moved(roads: tuple[Road, ...], into: dict[str, str]) -> Iterator[Road]:
    """A row's gradient is that of its first operation, and leaves where its last one is used."""
    for road in roads:
        tail, head = into[road.tail], into[road.head]
        if tail != head:
            yield replace(road, tail=tail, head=head)


def _kept(module: Module, into: dict[str, str]) -> Module:
    """The module without what was folded; an explicit stack, for users nest modules as deep as they like."""
    made: dict[int, Module] = {}
    todo = [(module, False)]
    while todo:
        one, ready = todo.pop()
        if ready:
            inner = tuple(made.pop(id(other)) for other in one.inner)
            made[id(one)] = replace(one, parts=tuple(key for key in one.parts if into.get(key) == key), inner=inner)
        else:
            todo += [(one, True), *((other, False) for other in one.inner)]
    return made[id(module)]

"""What a sum is, and the ways into it: an additive operation, or what adds up the pieces of one array that they were put into.

``np.stack([x, f]).sum(0)``, ``np.concatenate([x[None], f[None]]).mean(0)`` and ``c[:, :n] + c[:, n:]`` of ``c = np.hstack([x, f])`` are
ways to write x + f. Which element goes where is not read off indices and axes: numbered elements are sent back.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import chain
from typing import Any

from autograd.graph import Node
from autograd.routing.arms import Step, destination, name_of, slope, tags_of
from autograd.routing.marks import all_once, marks_of

Way = tuple[Step, ...]  # from the sum down to the edge that an input has for itself
REDUCTIONS = ("sum", "mean", "einsum")


def ways_into(node: Node, consumers: Mapping[Node, Sequence[Step]]) -> list[Way]:
    """The ways into a sum, one an input, all of the sum's dtype; nothing if `node` is no sum of several tensors."""
    ways = pieces_of(node)
    if ways and not _shared(ways, consumers):
        return ways if all(destination(way[-1]).dtype == node.dtype for way in ways) else []
    return _arguments(node)


def _arguments(node: Node) -> list[Way]:
    if "additive" not in tags_of(node) or not all(_alike(parent, node) for parent in node.parents):
        return []
    return [((node, i),) for i in range(len(node.parents))] if len(node.parents) > 1 else []


def _alike(parent: Node | None, node: Node) -> bool:
    return parent is not None and parent.shape == node.shape and parent.dtype == node.dtype


def _shared(ways: Sequence[Way], consumers: Mapping[Node, Sequence[Step]]) -> bool:
    """Whether something else reads the pieces as well: their edges then carry more than this sum's gradient."""
    own = frozenset(chain.from_iterable(ways))
    return any(not own.issuperset(consumers[node]) for way in ways for node, _ in way[1:])


# ---------------------------------------------------------------------------------------- the pieces of one array


def pieces_of(node: Node) -> list[Way]:
    """The ways through one array whose pieces `node` adds up; nothing if that is not what it does."""
    if "additive" not in tags_of(node) and (name_of(node) not in REDUCTIONS or len(node.parents) != 1):
        return []
    down = [_down((node, i)) for i in range(len(node.parents))]
    boxes = {destination(way[-1]) if way else None for way in down}
    box = boxes.pop() if len(boxes) == 1 else None
    if box is None or box.op is None or any(parent is None for parent in box.parents):
        return []
    return _divided(box, [way for way in down if way], marks_of(node.shape))


def _down(step: Step) -> Way | None:
    """On through operations that only move, to an array that others were put into."""
    way = [step]
    while (node := step[0].parents[step[1]]) is not None and "shape" in tags_of(node):
        if "join" in tags_of(node):
            return tuple(way)
        step = node, 0
        way.append(step)
    return None


def _divided(box: Node, down: Sequence[Way], marks: Any) -> list[Way]:
    """Each piece with the way that delivers it, if every piece is delivered once and as a whole."""
    found: dict[int, Way] = {}
    for way in down:
        sent = marks
        for step in way:
            sent = slope(step, sent)
        for index in range(len(box.parents)):
            piece = slope((box, index), sent)
            if piece.any():
                if index in found or not all_once(piece, marks):
                    return []
                found[index] = (*way, (box, index))
    return [found[index] for index in sorted(found)] if len(found) == len(box.parents) > 1 else []

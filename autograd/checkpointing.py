"""Recording a segment as one node that computes its inside again in the backward sweep (Chen et al. 2016)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextvars import copy_context
from typing import Any

import numpy as np

from autograd.declare import Operation, pick
from autograd.generate import Several
from autograd.graph import Node, Parts, current, is_recording, next_number, spreading, sweep_to
from autograd.tensor import Tensor, wrap
from autograd.trees import flatten, unflatten

Function = Callable[..., Any]


def run(f: Function, args: Sequence[Any]) -> Any:
    """``f(*args)``, whose operations are forgotten at once; see `autograd.checkpoint`.

    The segment is recorded a first time to learn what it depends on: every node that existed before it began, whether it
    came as an argument or from a closure. Those become the parents of the one node that stays.
    """
    if not is_recording():
        return f(*args)
    start = next_number()
    leaves, structure = flatten(f(*args))
    inside = [place for place, leaf in enumerate(leaves) if isinstance(leaf, Tensor) and leaf.node is not None]
    parents = _boundary([leaves[place].node for place in inside], start)
    if not parents:
        return unflatten(structure, leaves)
    results = _segment([leaves[place]._data for place in inside], parents, (f, tuple(args), copy_context(), inside))
    for place, result in zip(inside, results, strict=True):
        leaves[place] = result
    return unflatten(structure, leaves)


def _boundary(roots: Sequence[Node], start: int) -> tuple[Node, ...]:
    """The nodes from before `start` that the segment's results depend on."""
    found: dict[Node, None] = {}
    seen: set[Node] = set()
    stack = list(roots)
    while stack:
        node = stack.pop()
        if node in seen:
            continue
        seen.add(node)
        if node.number < start:
            found[node] = None
        else:
            stack += [parent for parent in node.parents if parent is not None]
    return tuple(found)


def _segment(values: list[Any], parents: tuple[Node, ...], call: Any) -> list[Tensor]:
    """The results as outputs of one node: a single one is the node's value, several are picked from it."""
    single = len(values) == 1
    value = values[0] if single else Several(values)
    node = Node()
    node.op, node.parents, node.saved, node.slot = OPERATION, parents, call, None
    node.number, node.scope = next_number(), current().scope
    node.shape = np.shape(value) if single else None
    node.dtype = np.asarray(value).dtype if single else None
    if current().keeping:
        node.value = value
    whole = wrap(value, node)
    return [whole] if single else [pick(whole, index, len(values)) for index in range(len(values))]


def _pull(parents: Sequence[Node | None], saved: Any, g: Any) -> list[Any]:
    """Record the segment again and sweep through it, no further than to where it began."""
    f, args, context, inside = saved
    start = next_number()
    leaves, _ = flatten(context.copy().run(f, *args))  # in the scopes and the recording state of the first time
    given = g.items if isinstance(g, Parts) else [g]
    seeds = [(_again(leaves, place), part) for place, part in zip(inside, given, strict=True) if part is not None]
    lift = any(isinstance(part, Tensor) for part in given)
    wanted = [parent for parent in parents if parent is not None]
    found = sweep_to(seeds, wanted, retain=lift, lift=lift, since=start)
    return [None if parent is None else found.get(parent) for parent in parents]


def _again(leaves: list[Any], place: int) -> Node:
    leaf = leaves[place] if place < len(leaves) else None
    if not isinstance(leaf, Tensor) or leaf.node is None:
        raise RuntimeError("a checkpointed function must do the same each time: run again, it returned other results")
    return leaf.node


OPERATION = Operation("checkpoint", run, [], None, {}, pull=_pull, spread=spreading(_pull, absent=True), saved_names=("call",))
OPERATION.keeps = frozenset(range(10_000))  # the function reads its arguments again: none may change before the sweep

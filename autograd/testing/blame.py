"""Which operation of a graph gave a wrong gradient, found by an identity that every correct rule satisfies alone.

Along a line through the inputs a value moves by its tangent. What an operation sends back to its arguments, against their
tangents, equals what it received against its own: Σ ⟨contribution, argument's tangent⟩ = ⟨gradient, output's tangent⟩.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from autograd.graph import Node, ancestors, describe, fit, keeping, sweep_to
from autograd.graph import accumulate as add
from autograd.tensor import Tensor
from autograd.testing.differences import Line

STEP = 1e-3
OFF = 1e-6
NUMBERS = (np.ndarray, np.floating, float)
Recorded = Callable[[Sequence[Tensor]], list[Tensor]]


def _run(recorded: Recorded, arrays: Sequence[Any]) -> tuple[list[Tensor], list[Tensor], list[Node]]:
    leaves = [Tensor(x, requires_grad=True) for x in arrays]
    with keeping():
        outs = recorded(leaves)
    return leaves, outs, list(ancestors([out.node for out in outs if out.node is not None]))


def _tangents(recorded: Recorded, line: Line, nodes: Sequence[Node]) -> dict[Node, Any]:
    """How each interior value moves along the line, by a difference of fourth order; nothing where the graph itself changes."""
    h = STEP * line.scale
    runs = [_run(recorded, line.at(t * h))[2] for t in (2, 1, -1, -2)]
    if any([n.op for n in run] != [n.op for n in nodes] for run in runs):
        return {}
    moved = zip(nodes, *runs, strict=True)
    return {n: (8 * (b.value - c.value) - (a.value - d.value)) / (12 * h) for n, a, b, c, d in moved if isinstance(b.value, NUMBERS)}


def first_difference(recorded: Recorded, line: Line, seed: Sequence[Any]) -> str:
    """The operation nearest to the output whose contributions do not fit how its values move; empty when none stands out."""
    leaves, outs, nodes = _run(recorded, line.inputs)
    with np.errstate(all="ignore"):
        tangents = _tangents(recorded, line, nodes)
    tangents |= {leaf.node: d for leaf, d in zip(leaves, line.direction, strict=True) if leaf.node is not None and tangents}
    sent: dict[Node, float] = {}
    received: dict[Node, float] = {}

    def watch(node: Node, parents: tuple[Node | None, ...], gradient: Any) -> Any:
        if node not in tangents or any(p is not None and p not in tangents for p in parents):
            return add
        received[node], sent[node] = float(np.vdot(gradient, tangents[node])), 0.0

        def emit(parent: Node, contribution: Any) -> None:
            if contribution is not None:
                sent[node] += float(np.vdot(fit(parent, contribution), tangents[parent]))
            add(parent, contribution)

        return emit

    seeds = [(out.node, np.asarray(s)) for out, s in zip(outs, seed, strict=True) if out.node is not None]
    sweep_to(seeds, [leaf.node for leaf in leaves if leaf.node is not None], retain=True, lift=False, watch=watch)
    return _named(sent, received)


def _named(sent: dict[Node, float], received: dict[Node, float]) -> str:
    largest = max([abs(got) for got in received.values()], default=0.0)
    for node, got in received.items():
        if abs(got - sent[node]) > OFF * max(abs(got), abs(sent[node]), 1e-3 * largest):
            return f"the contributions first differ at {describe(node)}: it sends back {sent[node]:.6g} where {got:.6g} arrived"
    return ""

"""What lies on the trunk: between a join and the next fork, every path passes it."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass

from autograd.graph import Node
from autograd.routing.arms import Step, name_of, slope, tags_of

NOT_A_MASK = frozenset({"softmax", "log_softmax"})  # activations over an axis: the head of a network, no mask on its trunk
AFFINE = frozenset({"additive", "linear", "reduction", "quotient", "bilinear", "shape"})
SPREADS = frozenset({"var", "std", "length", "sqrt", "rsqrt", "power", "square"})  # what a norm written by hand divides by
MOST = 32  # operations of a norm written by hand

Consumers = Mapping[Node, Sequence[Step]]


@dataclass(frozen=True, slots=True)
class Trunk:
    """What lies between a join and the next fork: "nothing", a "mask" (the after-add ReLU of He et al. 2015) or a "norm".

    ``nodes`` are the masks and norms of one operation; a norm written by hand, ``(y - y.mean()) / y.std()``, has none of its own.
    """

    kind: str = "nothing"
    operations: tuple[str, ...] = ()
    nodes: tuple[Node, ...] = ()


def trunk_of(add: Node, forks: Container[Node], consumers: Consumers) -> Trunk:
    """Follow the value of a sum as long as one operation, or one norm, takes it whole."""
    node, found = add, list[tuple[str, Node | None]]()
    while node not in forks and (onward := _onward(node, consumers)) is not None:
        node, kind, acting = onward
        if kind != "nothing":
            found.append((kind, acting))
    kind = next((kind for kind in ("mask", "norm") if any(kind == one for one, _ in found)), "nothing")
    names = tuple("norm" if acting is None else name_of(acting) for _, acting in found)
    return Trunk(kind, names, tuple(acting for _, acting in found if acting is not None))


def _onward(node: Node, consumers: Consumers) -> tuple[Node, str, Node | None] | None:
    """Where a value goes, what that does to it, and the operation that does it."""
    if len(consumers[node]) != 1:
        return _by_hand(node, consumers)
    step = consumers[node][0]
    kind = _acts(step)
    return None if kind is None else (step[0], kind, step[0])


def _acts(step: Step) -> str | None:
    """What an operation on the trunk does to what passes: "mask", "norm", "nothing"; None where it is not on the trunk at all."""
    node, tags = step[0], tags_of(step[0])
    if "join" in tags or node.op is None or name_of(node) in NOT_A_MASK:
        return None
    if tags & {"activation", "mask"} or (node.op.choosing and "shape" not in tags and _by_constants(node)):
        return "mask"
    if tags & {"additive", "bilinear", "quotient"} and "product" not in tags and _by_constants(node):
        return "mask" if not _by_weights(node) and not slope(step).all() else "nothing"
    return "norm" if "norm" in tags else "nothing" if "shape" in tags else None


def _by_constants(node: Node) -> bool:
    """Elementwise, of one value that is on the way and of constants or weights."""
    arguments = [parent for parent in node.parents if parent is not None and not parent.is_leaf]
    return len(arguments) == 1 and arguments[0].shape == node.shape


def _by_weights(node: Node) -> bool:
    return any(parent is not None and parent.is_leaf for parent in node.parents)


# --------------------------------------------------------------------------------------------- norms written by hand


def _by_hand(node: Node, consumers: Consumers) -> tuple[Node, str, None] | None:
    """A norm of many operations, or the centring before it: the value's mean and spread, and the value, meet again."""
    between = _until_one(node, consumers)
    end = between[-1] if between else node
    centres = any("reduction" in tags_of(one) for one in between) and end.shape == node.shape
    if not centres or not all(_in_a_norm(one) for one in between):
        return None
    return end, "norm" if any(name_of(one) in SPREADS for one in between) else "nothing", None


def _in_a_norm(node: Node) -> bool:
    tags = tags_of(node)
    return "product" not in tags and bool(tags & AFFINE or name_of(node) in SPREADS)


def _until_one(node: Node, consumers: Consumers) -> list[Node]:
    """What a value goes through, oldest first, until all its ways have met in one operation; nothing if they do not."""
    waiting, passed = {child for child, _ in consumers[node]}, list[Node]()
    while len(waiting) > 1 and len(passed) < MOST:
        first = min(waiting, key=lambda one: one.number)
        waiting.remove(first)
        passed.append(first)
        waiting.update(child for child, _ in consumers[first])
    return [*passed, waiting.pop()] if len(waiting) == 1 else []

"""`Node`: what an operation leaves behind. Edges point to the nodes of its arguments; a tensor that asked for a gradient is a leaf."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from autograd.recording import Scope, current

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


class Narrowed:
    """A node's parents with those left out that need no gradient; `first`, `second` and `more` as a node has them."""

    __slots__ = ("first", "more", "parents", "second")

    def __init__(self, node: Node, parents: tuple[Node | None, ...]) -> None:
        self.parents = parents
        self.more = None if node.more is None else parents
        self.first, self.second = (*parents, None)[:2] if self.more is None else (None, None)


Links = Node | Narrowed

"""What a picture shows, as plain values: no tensors, no graph, nothing to compute but formatting.

`from_routes` and `from_graph` make scenes, the levels turn them into DOT. Everything reads left to right, from x to L,
while gradients travel from right to left.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

Way = Literal["before", "skip", "branch", "other"]
Stroke = Literal["solid", "dashed", "hollow"]


@dataclass(frozen=True)
class Shares:
    """How a gradient divides between the ways it came by; the three sum to 1. `word` replaces them where they do not."""

    skip: float = 0.0
    branch: float = 0.0
    other: float = 0.0
    word: str = ""
    skip_name: str = "+1"


@dataclass(frozen=True)
class Skip:
    """What lies on a skip: solid for the identity, dashed with its factor, hollow with its operation."""

    stroke: Stroke = "solid"
    label: str = "+1"


@dataclass(frozen=True)
class Residual:
    """One join, collapsed to a card: `fork` and `output` are the gradient's size where x forks and after the add."""

    label: str
    shares: Shares
    skip_size: float
    branch_size: float
    fork: float
    output: float
    name: str = ""
    formula: str = ""
    cosine: float | None = None
    skip: Skip = Skip()
    trunk: str = ""
    inside: int = 0
    stage: str = ""
    title: str = ""  # "block 4"


@dataclass(frozen=True)
class Paths:
    """Shares of dL/dx by how many residual functions its paths cross: `shares[k]` for k; `counts[k]` paths each."""

    shares: tuple[float, ...]
    counts: tuple[int, ...] = ()
    word: str = ""


@dataclass(frozen=True)
class Twin:
    """The same functions without skips: the gradient's size at each block's input, and at the loss' end."""

    sizes: tuple[float, ...]
    output: float
    label: str = "without"


@dataclass(frozen=True)
class Highway:
    """A stack of residual joins, from x (first) to L (last); `towers` are others beside it, `shared` where they begin at its x."""

    blocks: tuple[Residual, ...]
    gradient: float
    source: str = "x"
    loss: str = "L"
    loss_value: float | None = None
    entry: str = ""
    exit: str = ""
    paths: Paths | None = None
    twin: Twin | None = None
    towers: tuple["Highway", ...] = ()
    shared: bool = False
    parameters: int = 0  # numbers in all of them


@dataclass(frozen=True)
class Parameter:
    """A muted line in an operation's box."""

    name: str
    gradient: float | None = None
    shape: tuple[int, ...] = ()


@dataclass(frozen=True)
class Value:
    """A tensor: a card with its name, shape, gradient; the x of a join also carries the share bar."""

    key: str
    name: str
    shape: tuple[int, ...] = ()
    gradient: float | None = None
    way: Way = "before"
    shares: Shares | None = None
    text: str = ""
    of: str = ""
    told: str = ""  # a fork's hover card


@dataclass(frozen=True)
class Operation:
    """A box with the formula as people write it."""

    key: str
    formula: str
    parameters: tuple[Parameter, ...] = ()
    shape: tuple[int, ...] = ()
    text: str = ""
    gradient: float | None = None
    way: Way = "branch"
    name: str = ""


@dataclass(frozen=True)
class Add:
    """A join: the small circle where two ways meet."""

    key: str
    symbol: str = "+"
    name: str = ""
    gradient: float | None = None
    value: str = ""  # the name by which formulas call the sum


@dataclass(frozen=True)
class Card:
    """A small grey card: a mask or a norm on the trunk."""

    key: str
    text: str


@dataclass(frozen=True)
class Loss:
    """The violet disc where the gradient starts."""

    key: str
    name: str = "L"
    value: float | None = None
    text: str = ""


Part = Value | Operation | Add | Card | Loss


@dataclass(frozen=True)
class Road:
    """Two lanes between a part and the part that consumes it: data goes over, `gradient` comes back.

    A road with `skip` is a pair of arcs; `beside` names the parts in whose columns they bend and their signs stand (the
    first, the middle and the last of F), `within` the module that holds them.
    """

    tail: str
    head: str
    gradient: float | None = None
    way: Way = "branch"
    skip: Skip | None = None
    label: str = ""
    told: str = ""
    beside: tuple[str, ...] = ()
    within: str = ""
    block: int = 0


@dataclass(frozen=True)
class Module:
    """A filled cluster around parts and inner modules."""

    key: str
    label: str
    parts: tuple[str, ...]
    inner: tuple["Module", ...] = ()
    gradient: float | None = None


@dataclass(frozen=True)
class Flow:
    """An open picture: every part and road, with modules as nested clusters."""

    title: str
    parts: tuple[Part, ...]
    roads: tuple[Road, ...]
    modules: tuple[Module, ...] = ()
    equation: str = ""
    derivative: tuple[tuple[str, Way], ...] = ()
    note: str = ""
    blocks: Mapping[str, int] = field(default_factory=dict)
    twin: Twin | None = None
    columns: tuple[str, ...] = ()
    parameters: int = 0


def columns_of(boxes: Sequence[str]) -> tuple[str, ...]:
    """Where arcs around `boxes` bend: in the columns of the first, the middle and the last.

    >>> columns_of(["a", "b", "c", "d"]), columns_of(["a", "b"])
    (('a', 'c', 'd'), ('a', 'b'))
    """
    if len(boxes) < 3:
        return tuple(boxes)
    return boxes[0], boxes[len(boxes) // 2], boxes[-1]

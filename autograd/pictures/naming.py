"""What the values of level `block` are called: by the user, by their module, else x at forks and h₁, h₂ where a formula needs them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from autograd.graph import Node
from autograd.pictures.fusion import Fusion
from autograd.pictures.names import given_name, moves
from autograd.pictures.numerals import subscript
from autograd.routing import Join

LONGEST = 8  # letters of a module's name that may stand in formulas
_NORMED = {"weight": "γ", "bias": "β"}


class Naming:
    """Names by node; `of` answers for any node, "…" where nothing needs a name."""

    def __init__(self, fusion: Fusion, outer: Sequence[Join]) -> None:
        self.fusion = fusion
        taken = {parent.name for node in fusion.order for parent in (node, *node.parents) if parent is not None}
        self.taken = {name for name in taken if name}
        self.found: dict[Node, str] = {}
        self.counts: dict[str, int] = {}  # the next number to try, by letter
        for node in sorted(fusion.forks, key=lambda node: node.number):
            if not node.name:
                self.found[node] = self._free("x")
        for node in fusion.order:
            self._by_module(node)
        if outer and len(outer) == 1 and outer[0].add not in fusion.tail:
            self._give(outer[0].add, "y")
        for node in self._mentioned():
            self._give(node, "h", from_one=True)

    def of(self, node: Node) -> str:
        turned = ""
        while not self.has(node) and node in self.fusion.moved and node not in self.fusion.dressed:
            turned += transposed(node)
            node = self.fusion.moved[node]
        return self._called(self.fusion.dressed.get(node, node)) + turned

    def _called(self, node: Node) -> str:
        return given_name(node) or self.found.get(node) or ("w" if node.op is None else "…")

    def weight(self, node: Node, normed: bool) -> str:
        """A parameter in its box: W and b, but γ and β of a norm."""
        node = self.fusion.dressed.get(node, node)
        return _NORMED.get(node.name or "", self.of(node)) if normed else self.of(node)

    def has(self, node: Node) -> bool:
        return bool(node.name) or node in self.found

    def _give(self, node: Node, letter: str, from_one: bool = False) -> None:
        if not self.has(node):
            self.found[node] = self._free(letter, from_one)

    def _free(self, letter: str, from_one: bool = False) -> str:
        count = self.counts.get(letter, 1 if from_one else 0)
        while (name := letter + (subscript(count) if count else "")) in self.taken:
            count += 1
        self.taken.add(name)
        self.counts[letter] = count + 1
        return name

    def _by_module(self, node: Node) -> None:
        """What a named module returns has its name."""
        scope = node.scope.name if node.scope is not None else ""
        users = self.fusion.consumers[node]
        leaves = all(user.scope is None or node.scope not in user.scope.chain() for user in users)
        if scope.isidentifier() and len(scope) <= LONGEST and leaves and node not in self.fusion.joins and scope not in self.taken:
            self.found.setdefault(node, scope)
            self.taken.add(scope)

    def _mentioned(self) -> Iterator[Node]:
        """Values that another box's formula speaks of."""
        for node in self.fusion.order:
            layer = self.fusion.layers.get(node)
            for parent in self.fusion.inputs(node) if layer else ():
                if parent.op is not None and parent not in layer.nodes:  # type: ignore[union-attr]
                    yield self.fusion.masks.get(parent, parent)


def transposed(node: Node) -> str:
    """The sign of an operation that exchanges the last two axes."""
    if not moves(node) or node.op is None or node.op.name not in ("transpose", "swapaxes") or node.parents[0] is None:
        return ""
    before, after = node.parents[0].shape, node.shape
    return "ᵀ" if after == (*before[:-2], *before[:-3:-1]) else ""

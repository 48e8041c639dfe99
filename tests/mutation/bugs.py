"""Bugs that a text can have: one small change each, made on its syntax tree."""

from __future__ import annotations

import ast
import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

COMPARISONS: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Eq: ast.NotEq, ast.NotEq: ast.Eq, ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt,
    ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.In: ast.NotIn, ast.NotIn: ast.In,
}  # fmt: skip
OPERATORS: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult, ast.FloorDiv: ast.Mult, ast.Mod: ast.Mult,
    ast.Pow: ast.Mult, ast.BitOr: ast.BitAnd, ast.BitAnd: ast.BitOr, ast.LShift: ast.RShift, ast.MatMult: ast.Mult,
}  # fmt: skip


@dataclass(frozen=True)
class Bug:
    """Which part of a text reads how instead."""

    original: str
    start: int
    end: int
    after: str

    @property
    def line(self) -> int:
        return self.original.count("\n", 0, self.start) + 1

    @property
    def before(self) -> str:
        return " ".join(self.original[self.start : self.end].split())

    @property
    def text(self) -> str:
        """The whole text with the bug in it."""
        expression = not self.before[0].isdigit() and not self.after.startswith(("pass", "return"))
        return self.original[: self.start] + (f"({self.after})" if expression else self.after) + self.original[self.end :]


def bugs(text: str) -> Iterator[Bug]:
    """Every bug of a text, in the order of its lines. What only type checkers and readers see is left alone."""
    tree = ast.parse(text)
    skipped = _unseen(tree)
    starts = [0, *itertools.accumulate(len(line) for line in text.splitlines(keepends=True))]
    lines = text.splitlines(keepends=True)
    for node in ast.walk(tree):
        if node in skipped or not hasattr(node, "lineno"):
            continue
        for other in _changes(node):
            place: ast.AST = node.test if isinstance(node, ast.If | ast.While) else node
            start, end = (starts[n - 1] + len(lines[n - 1].encode()[:column].decode()) for n, column in _ends(place))
            bug = Bug(text, start, end, other if isinstance(other, str) else ast.unparse(other))
            if bug.before != bug.after:
                yield bug


def _ends(node: Any) -> tuple[tuple[int, int], tuple[int, int]]:
    """Line and column, in bytes, of a node's begin and end."""
    return (node.lineno, node.col_offset), (node.end_lineno, node.end_col_offset)


def _unseen(tree: ast.Module) -> set[ast.AST]:
    """Annotations, `if TYPE_CHECKING`, `__slots__`, `__all__`, messages of errors, and docstrings."""
    unseen: set[ast.AST] = set()
    for node in ast.walk(tree):
        parts: list[ast.AST | None] = []
        if isinstance(node, ast.arg | ast.AnnAssign):
            parts.append(node.annotation)
        if isinstance(node, ast.FunctionDef):
            parts.append(node.returns)
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            parts.append(node)
        if isinstance(node, ast.Raise | ast.JoinedStr):
            parts.append(node)
        if isinstance(node, ast.keyword) and node.arg == "strict":  # of zip: what cannot happen is an error if it does
            parts.append(node)
        if isinstance(node, ast.Assign) and any(name in ast.unparse(node.targets[0]) for name in ("__slots__", "__all__")):
            parts.append(node)
        for part in parts:
            unseen.update(ast.walk(part) if part is not None else ())
        if isinstance(node, ast.Raise):
            unseen.discard(node)  # leaving it out is a bug; another message is none
    return unseen


def _changes(node: ast.AST) -> Iterator[ast.AST | str]:
    """What may stand in the place of a node."""
    if isinstance(node, ast.Compare) and len(node.ops) == 1:
        yield ast.Compare(node.left, [COMPARISONS[type(node.ops[0])]()], node.comparators)
    elif isinstance(node, ast.BoolOp):
        yield ast.BoolOp(ast.Or() if isinstance(node.op, ast.And) else ast.And(), node.values)
        yield from (ast.BoolOp(node.op, node.values[:i] + node.values[i + 1 :]) for i in range(len(node.values)))
    elif isinstance(node, ast.UnaryOp):
        yield node.operand
    elif isinstance(node, ast.BinOp) and type(node.op) in OPERATORS:
        yield ast.BinOp(node.left, OPERATORS[type(node.op)](), node.right)
        if isinstance(node.op, ast.MatMult | ast.Div | ast.Sub):
            yield ast.BinOp(node.right, node.op, node.left)
    elif isinstance(node, ast.IfExp):
        yield from (node.body, node.orelse)
    elif isinstance(node, ast.Constant):
        yield from _constants(node)
    elif isinstance(node, ast.If | ast.While):
        yield from _conditions(node)
    elif isinstance(node, ast.stmt):
        yield from _statements(node)


def _constants(node: ast.Constant) -> Iterator[ast.AST]:
    if isinstance(node.value, bool):
        yield ast.Constant(not node.value)
    elif isinstance(node.value, int | float):
        yield ast.Constant(node.value + 1)


def _conditions(node: ast.If | ast.While) -> Iterator[str]:
    """Of the condition alone."""
    yield "False"
    if isinstance(node, ast.If):
        yield "True"


def _statements(node: ast.stmt) -> Iterator[ast.AST]:
    """A statement left out, where Python would not say so at once."""
    stored = isinstance(node, ast.Assign) and all(isinstance(target, ast.Attribute | ast.Subscript) for target in node.targets)
    effect = isinstance(node, ast.Expr) and not isinstance(node.value, ast.Constant | ast.Yield | ast.YieldFrom)
    if stored or effect or isinstance(node, ast.AugAssign | ast.Raise | ast.Delete | ast.Continue | ast.Break):
        yield ast.Pass()
    elif isinstance(node, ast.Return) and node.value is not None and not isinstance(node.value, ast.Constant):
        yield ast.Return(ast.Constant(None))

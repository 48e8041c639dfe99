"""How recorded operations are named: formulas as people write them, shapes, values. Reads the graph, computes nothing."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from autograd.declare import registry
from autograd.graph import RELEASED, Node
from autograd.pictures.labels import shortened
from autograd.pictures.numerals import superscript, three_significant
from autograd.pictures.scene import Shares, Skip
from autograd.routing import Join

_POWER = re.compile(r"\^(\d+)\b")
SIGNS = {"add": "+", "subtract": "−", "multiply": "·", "divide": "/", "matmul": "@"}


def operation_name(node: Node) -> str:
    return node.op.name.replace("_", " ") if node.op is not None else "leaf"


def tags(node: Node) -> frozenset[str]:
    return node.op.tags if node.op is not None else frozenset()


def formula(node: Node, argument: Callable[[Node], str]) -> str:
    """The operation with its arguments' names, "σ(W₁x + b₁)"; `argument` names a parent."""
    assert node.op is not None
    named = {name: _argument(node, i, name, argument) for i, name in enumerate(node.op.rules)}
    if not all(named.values()):  # an argument without a name: the operation says enough
        return bare_formula(node)
    if not node.op.symbol:
        return f"{operation_name(node)}({', '.join(text for text in named.values() if text != '…')})"
    symbol = node.op.symbol
    if any(len(text) > 3 and text.isalpha() for text in named.values()):
        symbol = symbol.replace("}{", "} {")  # "x weightᵀ", but "xW₁ᵀ"
    try:
        return _POWER.sub(lambda found: superscript(int(found.group(1))), symbol.format(**named))
    except (KeyError, IndexError):
        return operation_name(node)


def bare_formula(node: Node) -> str:
    """The operation alone, for graphs too large for formulas: its sign or its name."""
    if node.op is None:
        return "leaf"
    symbol = node.op.symbol
    short = SIGNS.get(node.op.name) or (symbol.split("{")[0].rstrip(" (") if symbol else "")
    return short or operation_name(node)


def _argument(node: Node, index: int, name: str, argument: Callable[[Node], str]) -> str:
    parent = node.parents[index] if index < len(node.parents) else None
    return argument(parent) if parent is not None else _constant(node, name)


def _constant(node: Node, name: str) -> str:
    """A number that the operation saved, or a placeholder: arrays, what was not saved and what was released have no name."""
    names = node.op.saved_names  # type: ignore[union-attr]
    if name not in names or node.saved is None or node.saved is RELEASED:
        return "…"
    saved = node.saved if len(names) == 1 else node.saved[names.index(name)]
    return number(saved) if np.ndim(saved) == 0 and isinstance(saved, (int, float, np.number, np.ndarray)) else "…"


def number(value: Any) -> str:
    """A constant as it was written, at most four digits of it."""
    value = float(value)
    plain = value == 0 or 1e-3 <= abs(value) < 1e4
    return f"{value:.4g}".replace("-", "−") if plain else three_significant(value)


def value_text(value: Any) -> str:
    """A kept value: a number, a few numbers, or the range of an array; nothing for several outputs, which are picked one by one."""
    array = np.asarray(None if isinstance(value, tuple) else value)
    if array.dtype.kind not in "fiub" or array.size == 0:
        return ""
    if array.size <= 4:
        inner = "  ".join(three_significant(float(one)) for one in array.flat)
        return inner if array.ndim == 0 else f"[{inner}]"
    return f"{three_significant(float(array.min()))} … {three_significant(float(array.max()))}"


def skip_of(join: Join) -> Skip:
    """How a join's skip is drawn: solid, dashed with its factor, or hollow with its operation."""
    skip = join.skip
    told = shortened(", ".join(dict.fromkeys(name.replace("_", " ") for name in _telling(skip.operations))), 40)
    match skip.kind:
        case "identity":
            return Skip()
        case "scaled":
            return Skip("dashed", f"× {number(skip.factor)}" if skip.factor is not None else "scaled")
        case "padded":
            return Skip("hollow", "padded")
        case "dropout" | "gated":
            return Skip("dashed", {"dropout": "dropout", "gated": "gate"}[skip.kind])
        case _:
            return Skip("hollow", told or skip.kind)


def _telling(operations: Iterable[str]) -> list[str]:
    """Of a projection the products and norms; of anything else all."""
    kept = [name for name in operations if registry[name].tags & {"product", "conv", "norm", "pool"}]
    return kept or list(operations)


def shares_of(join: Join) -> Shares:
    """Shares, or the word for why there are none."""
    sizes = [join.norm, *join.norms.values()]
    if not np.all(np.isfinite(sizes)):
        return Shares(word="not finite")
    if join.cancels:
        return Shares(word="cancel")
    if join.norm == 0:
        return Shares(word="0")
    name = "+1" if join.kind == "identity" else "skip"
    return Shares(join.shares["skip"], join.shares["branch"], join.shares.get("other", 0.0), skip_name=name)

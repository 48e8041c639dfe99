"""How recorded operations are named: formulas as people write them, shapes, values. Reads the graph, computes nothing."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from autograd.declare import registry
from autograd.graph import RELEASED, Node, ancestors
from autograd.pictures.labels import shortened
from autograd.pictures.numerals import superscript, three_significant
from autograd.pictures.scene import Shares, Skip, Way
from autograd.routing import Join

_POWER = re.compile(r"\^(−?\d+)\b")
SIGNS = {"add": "+", "subtract": "−", "multiply": "·", "divide": "/", "matmul": "@"}
GENERIC = {"weight": "W", "bias": "b"}  # what modules call their parameters, and what formulas do
_RECURRENT = re.compile(r"(weight|bias)_([a-z]{2})_l\d+(?:_reverse)?")  # PyTorch's: weight_hh_l0 is W_hh
LONGEST = 20  # letters of a name in formulas and titles
_SAID = {
    **dict.fromkeys(("standardize", "batch_norm_statistics", "batch_norm_inference"), "norm"),
    "batch_norm_relu_statistics": "norm, relu", "softmax_cross_entropy": "cross entropy", "pad_constant": "pad",
}  # fmt: skip
_MOVED = {  # what a skip is called that hands values on in another shape, order or type
    **dict.fromkeys(("reshape", "ravel", "squeeze", "expand_dims", "fold", "unfold"), "reshaped"),
    **dict.fromkeys(("transpose", "swapaxes", "moveaxis"), "transposed"), **dict.fromkeys(("getitem", "take"), "sliced"),
    "broadcast_to": "broadcast", "flip": "flipped", "roll": "shifted",
}  # fmt: skip

# How tightly an argument must hold together to stand without brackets: 1 for sums, 2 for products, 3 for what is one piece.
_NEEDS = {
    "add": (1, 1), "subtract": (1, 2), "multiply": (2, 2), "divide": (2, 3), "matmul": (2, 3), "linear": (3, 3, 1), "power": (3, 3),
    "ldexp": (2, 3), "negative": (2,), "reciprocal": (3,), "exp2": (3,),
    **dict.fromkeys(("square", "sum", "mean", "sqrt", "cbrt", "rsqrt", "getitem"), (3,)),
}  # fmt: skip


def operation_name(node: Node) -> str:
    return said(node.op.name) if node.op is not None else "leaf"


def said(name: str) -> str:
    """An operation's name as people say it."""
    return _SAID.get(name) or name.replace("_", " ")


def legend_of(joins: Iterable[Join]) -> tuple[tuple[str, Way], ...]:
    """What happens at each of several sums, in the colours of the ways."""
    skip = "1" if all(join.kind == "identity" for join in joins) else "∂s/∂x"
    return ("∂L/∂x = ", "other"), (f"∂L/∂y · {skip}", "skip"), (" + ", "other"), ("∂L/∂y · ∂F/∂x", "branch")


def given_name(node: Node) -> str:
    """What the user or the module called a value, short enough for a formula; a leaf's "weight" and "in_proj_bias" are W and b."""
    recurrent = _RECURRENT.fullmatch(node.name or "") if node.op is None else None
    if recurrent:
        return f"{GENERIC[recurrent.group(1)]}_{recurrent.group(2)}"
    kind = (node.name or "").rpartition("_")[2]
    return GENERIC[kind] if node.op is None and kind in GENERIC else shortened(node.name or "", LONGEST)


def tags(node: Node) -> frozenset[str]:
    return node.op.tags if node.op is not None else frozenset()


def rearranges(node: Node) -> bool:
    """Whether an operation only hands on values in another shape or order, all or some."""
    return "shape" in tags(node) and tags(node) <= {"linear", "shape"}


def moves(node: Node) -> bool:
    """Whether an operation changes nothing but the shape. What picks elements has a sign of its own."""
    return rearranges(node) and not node.op.symbol  # type: ignore[union-attr]


def formula(node: Node, argument: Callable[[Node], str]) -> str:
    """The operation with its arguments' names, "σ(W₁x + b₁)"; `argument` names a parent."""
    assert node.op is not None
    if "join" in tags(node):
        return f"{operation_name(node)}({', '.join(argument(parent) for parent in node.parents if parent is not None)})"
    needs = _NEEDS.get(node.op.name, ())
    texts = [_argument(node, i, name, argument) for i, name in enumerate(node.op.rules)]
    if not all(texts):  # an argument without a name: the operation says enough
        return bare_formula(node)
    if not node.op.symbol:
        return f"{operation_name(node)}({', '.join(text for text in texts if text != '…')})"
    named = {name: bracketed(text, needs[i] if i < len(needs) else 0) for i, (name, text) in enumerate(zip(node.op.rules, texts))}
    symbol = node.op.symbol
    if any(len(re.findall("[A-Za-z]", text)) > 2 for text in named.values()):
        symbol = symbol.replace("}{", "} {")  # "norm Wᵀ", but "xW₁ᵀ"
    try:
        return _POWER.sub(lambda found: superscript(int(found.group(1).replace("−", "-"))), symbol.format(**named))
    except (KeyError, IndexError):
        return operation_name(node)


def expression(root: Node, names: Mapping[Node, str], longest: int = 56) -> str:
    """All below `root` as one formula of its leaves, where that stays short; else nothing."""
    written: dict[Node, str] = {}
    for node in list(ancestors([root]))[::-1]:
        written[node] = formula(node, lambda parent: written[parent]) if node.op is not None else names[node]
        if len(written[node]) > longest or (node.op is not None and node.op.name == written[node]):
            return ""
    return written[root]


def bracketed(text: str, needed: int) -> str:
    """`text`, in brackets where its loosest sign holds it together less than `needed`.

    >>> bracketed("a + b", 2), bracketed("a · b", 2), bracketed("tanh(a + b)", 3)
    ('(a + b)', 'a · b', 'tanh(a + b)')
    """
    outside, depth = "", 0
    for character in text:
        depth += (character in "([") - (character in ")]")
        outside += character if depth == 0 else ""
    signs = (1, (" + ", " − ")), (2, (" · ", " / ", " @ "))
    held = next((level for level, loose in signs if any(sign in outside for sign in loose)), 3)
    held = min(held, 2) if outside.startswith("−") else held
    return f"({text})" if held < needed else text


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
    told = shortened(", ".join(dict.fromkeys(said(name) for name in _telling(skip.operations))), 40)
    match skip.kind:
        case "identity":
            return Skip()
        case "scaled":
            return Skip("dashed", f"× {number(skip.factor)}" if skip.factor is not None else "scaled")
        case "padded":
            return Skip("hollow", _moved(skip.operations))
        case "dropout" | "gated":
            return Skip("dashed", {"dropout": "dropout", "gated": "gate"}[skip.kind])
        case _:
            return Skip("hollow", told or skip.kind)


def _moved(operations: Sequence[str]) -> str:
    """Padding says what a skip of option A is; else what moves the values."""
    if any("pad" in registry[name].tags for name in operations):
        return "padded"
    words = ("pooled" if "pool" in registry[name].tags else _MOVED.get(name, said(name)) for name in operations)
    return shortened(", ".join(dict.fromkeys(words)), 40)


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

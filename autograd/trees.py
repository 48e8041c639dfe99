"""Trees of arguments: dicts, lists, tuples, named tuples and dataclasses with arrays or tensors at the leaves.

None is a tree without leaves. A field of a dataclass that is no array says so: ``field(metadata={"static": True})``.
"""

from __future__ import annotations

from collections import OrderedDict, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, is_dataclass
from typing import Any

Structure = Any  # a Branch, or None for a leaf


@dataclass(frozen=True, eq=False, slots=True)
class Branch:
    """A tree without its leaves: its kind, and the parts by key, index or field name."""

    kind: type
    parts: dict[Any, Structure]
    fixed: Any = None  # a dataclass's static fields, a defaultdict's factory


def flatten(tree: Any) -> tuple[list[Any], Structure]:
    """The leaves in a fixed order, and what is needed to put others in their places."""
    leaves: list[Any] = []
    return leaves, _grown(tree, leaves)


def _grown(tree: Any, leaves: list[Any]) -> Structure:
    opened = _opened(tree)
    if opened is None:
        leaves.append(tree)
        return None
    return Branch(type(tree), {key: _grown(part, leaves) for key, part in opened.items()}, _fixed(tree))


def _opened(tree: Any) -> dict[Any, Any] | None:
    """The parts of a tree's root by key; None for a leaf."""
    if tree is None:
        return {}
    if isinstance(tree, dict):
        return tree
    if isinstance(tree, (list, tuple)):
        return dict(zip(getattr(tree, "_fields", range(len(tree))), tree, strict=True))
    if is_dataclass(tree) and not isinstance(tree, type):
        return {field.name: getattr(tree, field.name) for field in fields(tree) if not field.metadata.get("static")}
    return None


def _fixed(tree: Any) -> Any:
    if isinstance(tree, defaultdict):
        return tree.default_factory
    if is_dataclass(tree):
        return {field.name: getattr(tree, field.name) for field in fields(tree) if field.metadata.get("static")}
    return None


def unflatten(structure: Structure, leaves: Sequence[Any]) -> Any:
    """The tree again, with these leaves."""
    return _built(structure, iter(leaves))


def _built(structure: Structure, leaves: Iterator[Any]) -> Any:
    if structure is None:
        return next(leaves)
    kind, fixed = structure.kind, structure.fixed
    parts = {key: _built(part, leaves) for key, part in structure.parts.items()}
    if issubclass(kind, defaultdict):
        return defaultdict(fixed, parts)
    if issubclass(kind, dict):
        return OrderedDict(parts) if issubclass(kind, OrderedDict) else parts
    if issubclass(kind, (list, tuple)):
        return kind(*parts.values()) if hasattr(kind, "_fields") else kind(parts.values())
    return None if kind is type(None) else _remade(kind, parts | fixed)


def _remade(kind: type, values: dict[str, Any]) -> Any:
    """A dataclass with these fields: its ``__init__`` may check what tensors in place of arrays do not fulfil."""
    made: Any = object.__new__(kind)
    for name, value in values.items():
        object.__setattr__(made, name, value)
    return made


def matched(structure: Structure, tree: Any, what: str) -> list[Any]:
    """The leaves of a tree of this structure, in its order; where the structure has a leaf, anything may stand.

    Raises
    ------
    ValueError
        Other keys, or another length, than the structure's; the error says where.
    """
    if structure is None:
        return [tree]
    opened = _opened(tree)
    _check_keys(structure, opened, tree, what)
    assert opened is not None
    parts = [(key, part, opened[given]) for (key, part), given in zip(structure.parts.items(), _order(structure, opened), strict=True)]
    return [leaf for key, part, given in parts for leaf in matched(part, given, what + step(structure, key))]


def _order(structure: Branch, opened: dict[Any, Any]) -> Sequence[Any]:
    """The given keys as the structure orders its own: dicts match by key, sequences by place."""
    return list(structure.parts) if set(opened) == set(structure.parts) else list(opened)


def _check_keys(structure: Branch, opened: dict[Any, Any] | None, tree: Any, what: str) -> None:
    mine = list(structure.parts)
    sequences = issubclass(structure.kind, (list, tuple)) and isinstance(tree, (list, tuple))
    if opened is None or (len(opened) != len(mine) if sequences else set(opened) != set(mine)):
        raise ValueError(f"{what} needs {_outline(structure.kind, mine)}, given {_outline(type(tree), list(opened or []), tree)}")


def _outline(kind: type, keys: list[Any], tree: Any = ()) -> str:
    if issubclass(kind, (list, tuple)):
        return f"a {kind.__name__} of {len(keys)}"
    if kind is type(None):
        return "None"
    return f"a {kind.__name__} with {keys}" if keys or isinstance(tree, dict) else f"a {kind.__name__}"


def step(structure: Branch, key: Any) -> str:
    """How one writes the way from a tree's root to its part `key`."""
    named = not issubclass(structure.kind, (dict, list)) and isinstance(key, str)
    return f".{key}" if named else f"[{key!r}]"


def places(structure: Structure, root: str) -> list[str]:
    """How one writes the way to every leaf, for errors: ``x['layers'][0].weight``."""
    if structure is None:
        return [root]
    return [place for key, part in structure.parts.items() for place in places(part, root + step(structure, key))]

"""Trees of arguments: dicts, lists, tuples and named tuples with arrays or tensors at the leaves."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

Structure = Any


def flatten(tree: Any) -> tuple[list[Any], Structure]:
    """The leaves in a fixed order, and what is needed to put others in their places."""
    if isinstance(tree, dict):
        keys = list(tree)
        parts = [flatten(tree[key]) for key in keys]
        return [leaf for leaves, _ in parts for leaf in leaves], (dict, keys, [structure for _, structure in parts])
    if isinstance(tree, (list, tuple)):
        parts = [flatten(item) for item in tree]
        return [leaf for leaves, _ in parts for leaf in leaves], (type(tree), None, [structure for _, structure in parts])
    return [tree], None


def unflatten(structure: Structure, leaves: list[Any]) -> Any:
    """The tree again, with these leaves."""
    return _build(structure, iter(leaves))


def _build(structure: Structure, leaves: Iterator[Any]) -> Any:
    if structure is None:
        return next(leaves)
    kind, keys, parts = structure
    items = [_build(part, leaves) for part in parts]
    if kind is dict:
        return dict(zip(keys, items, strict=True))
    return kind(*items) if hasattr(kind, "_fields") else kind(items)

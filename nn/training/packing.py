"""Nested states as named arrays and one text, for a file of arrays."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import numpy as np

PLAIN = (str, int, float, bool, type(None))


def packed(state: Any) -> tuple[dict[str, np.ndarray[Any, Any]], str]:
    """Arrays by their place in `state`, and everything else as JSON.

    Raises
    ------
    TypeError
        For a value that is no number, text, array, list, tuple or mapping; its place is named.
    """
    arrays: dict[str, np.ndarray[Any, Any]] = {}
    return arrays, json.dumps(_packed(state, "", arrays))


def _packed(value: Any, place: str, arrays: dict[str, np.ndarray[Any, Any]]) -> Any:
    if isinstance(value, (np.ndarray, np.generic)):
        arrays[place] = np.asarray(value)
        return {"scalar" if isinstance(value, np.generic) else "array": place}
    if isinstance(value, Mapping):
        return {"entries": [[key, _packed(item, f"{place}.{key}" if place else str(key), arrays)] for key, item in value.items()]}
    if isinstance(value, (list, tuple)):
        kind = "list" if isinstance(value, list) else "tuple"
        return {kind: [_packed(item, f"{place}.{index}", arrays) for index, item in enumerate(value)]}
    if not isinstance(value, PLAIN):
        raise TypeError(f"{place or 'the state'} is a {type(value).__name__}, which a checkpoint cannot hold")
    return value


def unpacked(arrays: Mapping[str, np.ndarray[Any, Any]], text: str) -> Any:
    """What was packed."""
    return _unpacked(json.loads(text), arrays)


def _unpacked(value: Any, arrays: Mapping[str, np.ndarray[Any, Any]]) -> Any:
    if not isinstance(value, dict):
        return value
    ((kind, content),) = value.items()
    if kind in ("array", "scalar"):
        return arrays[content] if kind == "array" else arrays[content][()]
    if kind == "entries":
        return {key: _unpacked(item, arrays) for key, item in content}
    items = [_unpacked(item, arrays) for item in content]
    return items if kind == "list" else tuple(items)

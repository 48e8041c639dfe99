"""Numbered elements: what an operation that moves values does is seen by sending them back through it.

Marks lie from 1 up to 2: one that is missing leaves a 0, two that are added make more than 2, so neither goes unseen.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np


def marks_of(shape: tuple[int, ...]) -> Any:
    """An array of this shape, no two elements alike."""
    size = math.prod(shape)
    return (1.0 + np.arange(size) / max(size, 1)).reshape(shape)


def all_once(sent: Any, marks: Any) -> bool:
    """Whether every mark arrived once, in any order, all times the same factor."""
    return sent.size == marks.size and in_order(np.sort(np.abs(sent), axis=None), marks.ravel())


def in_order(sent: Any, marks: Any) -> bool:
    """Whether the marks arrived where they were, all times the same factor."""
    if sent.shape != marks.shape:
        return False
    if not sent.size:
        return True
    factor = sent.flat[0]
    return bool(factor) and np.allclose(sent / factor, marks, rtol=0.0, atol=0.1 / sent.size)

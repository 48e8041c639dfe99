"""Memory that kernels write and forget, kept for the next call: fresh memory costs more than the arithmetic on it."""

from __future__ import annotations

import math
import threading
from functools import lru_cache
from typing import Any

import numpy as np

from autograd.kernels.geometry import Sizes
from autograd.kernels.windows import Array, DType

_kept = threading.local()


def scratch(name: str, shape: Sizes, dtype: DType | type[Any]) -> Array:
    """An uninitialised array, this thread's own; valid until the thread asks for the same name again."""
    memory: dict[str, Array] = _kept.__dict__
    size = math.prod(shape) * np.dtype(dtype).itemsize
    if name not in memory or memory[name].size < size:
        memory[name] = np.empty(size, np.uint8)
    return memory[name][:size].view(dtype).reshape(shape)


def constant_row(value: float, like: Array) -> Array:
    """A row (1, like.shape[1]) of one value: NumPy's maximum with an array takes a quarter of the time with a number."""
    return _constant_row(value, like.shape[1], like.dtype)


@lru_cache(maxsize=16)
def _constant_row(value: float, length: int, dtype: DType) -> Array:
    row = np.full((1, length), value, dtype)
    row.flags.writeable = False
    return row

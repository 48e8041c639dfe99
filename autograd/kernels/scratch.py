"""Memory that kernels write and forget, kept for the next call: fresh memory costs more than the arithmetic on it."""

from __future__ import annotations

import math
import threading
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

"""Memory that is kept for the next call: fresh memory costs more than the arithmetic on it.

A page that the system hands out is cleared and mapped first, and a training step asks for the same hundreds of
megabytes again and again. So results take `fresh` memory from blocks that were results before and that nobody holds
any more, and what kernels write and forget is `scratch`.

A block never has two owners: it is given out only while its reference count says that this pool alone knows it. Every
array, view or export made of it holds a reference, directly or through its base.
"""

from __future__ import annotations

import math
import os
import sys
import threading
import time
from functools import lru_cache
from typing import Any

import numpy as np

from autograd.kernels.geometry import Sizes
from autograd.kernels.windows import Array, DType

ALIGN = 64  # bytes: a cache line, and the widest vector
LEAST, MOST = 1 << 16, 1 << 30  # bytes of the blocks that are kept: the system's own are quick below, and rare above
SEARCHED = 64  # blocks of a size that are looked at, from both ends, before a new one is made
FORGOTTEN = 20.0  # seconds after which an idle block goes back to the system

_kept = threading.local()


class Block:
    """Bytes that arrays are made of, and what they were last used for."""

    __slots__ = ("last", "memory", "start", "used")

    def __init__(self, size: int) -> None:
        self.memory = np.empty(size + ALIGN, np.uint8)
        self.start = -self.memory.ctypes.data % ALIGN
        self.last: Any = None
        self.used = 0.0

    def idle(self) -> bool:
        """Whether nobody but this object holds the memory."""
        return sys.getrefcount(self.memory) <= _ALONE


_ALONE = sys.maxsize
_ALONE = next(n for n in range(1, 9) for b in [Block(1)] if sys.getrefcount(b.memory) <= n)  # differs between Pythons


class Pool:
    """Blocks by size. `take` and `clear` are safe in threads."""

    def __init__(self) -> None:
        self.blocks: dict[int, list[Block]] = {}
        self.lock = threading.RLock()  # a finaliser may ask for memory while we do
        self.enough: dict[int, int] = {}
        self.swept = 0.0

    def take(self, size: int) -> tuple[Array, Block]:
        """The bytes of a block that nobody else holds, `size` of them from `start` on at least, and the block."""
        size = _rounded(size)
        with self.lock:
            blocks = self.blocks.setdefault(size, [])
            block = self._found(blocks) or self._gathered(size, blocks)
            if block is None:
                block, blocks = self._larger(size) or (Block(size), blocks)
            blocks.append(block)
            block.used = time.monotonic()
            if block.used > self.swept + FORGOTTEN:
                self.clear(block.used - FORGOTTEN)
            memory = block.memory
        return memory, block

    def _found(self, blocks: list[Block]) -> Block | None:
        """An idle one, taken off the list. Gradients take what was given last, the next step what was given first."""
        count = len(blocks)
        for near in range(min((count + 1) // 2, SEARCHED)):
            for index in (count - 1 - near, near):
                if blocks[index].idle():
                    return blocks.pop(index)
        return None

    def _gathered(self, size: int, blocks: list[Block]) -> Block | None:
        """One from the middle, where nobody looks until there are twice as many as were in use: idle ones go to the end."""
        if len(blocks) < self.enough.get(size, 2 * SEARCHED):
            return None
        idle = [block for block in blocks if block.idle()]
        kept = set(map(id, idle))
        blocks[:] = [block for block in blocks if id(block) not in kept] + idle
        self.enough[size] = max(2 * SEARCHED, 2 * (len(blocks) - len(idle)))
        del idle[:]
        return self._found(blocks)

    def _larger(self, size: int) -> tuple[Block, list[Block]] | None:
        """An idle block of at most four times the size, and the list that it belongs to: better in part used than another one made."""
        for other in sorted(other for other in self.blocks if size < other <= 4 * size):
            block = self._found(self.blocks[other])
            if block is not None:
                return block, self.blocks[other]
        return None

    def clear(self, before: float = math.inf) -> None:
        """Give idle blocks back to the system that were last given out before a time."""
        with self.lock:
            self.swept = time.monotonic()
            for size, blocks in self.blocks.items():
                self.blocks[size] = [b for b in blocks if b.used >= before or not b.idle()]


pool = Pool()
_exact = getattr(sys, "_is_gil_enabled", lambda: True)()
"""Whether reference counts can be trusted; without a global lock they are kept apart by thread."""

if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=lambda: setattr(pool, "lock", threading.RLock()))


def _rounded(size: int) -> int:
    """Up to an eighth more, so that sizes that differ little share blocks; what is not touched takes no memory."""
    step = 1 << max(size.bit_length() - 4, 12)
    return -(-size // step) * step


def fresh(size: int, dtype: DType) -> Array:
    """An uninitialised row, the caller's own."""
    return marked(size, dtype, None)[0]


def marked(size: int, dtype: DType, mark: Any) -> tuple[Array, bool]:
    """The same; and whether the last who took the memory left it with this `mark`."""
    dtype = np.dtype(dtype)
    length = size * dtype.itemsize
    if not (LEAST <= length <= MOST and _exact) or dtype.hasobject:
        return np.empty(size, dtype), False
    memory, block = pool.take(length)
    known = mark is not None and block.last == mark
    block.last = mark
    return memory[block.start : block.start + length].view(dtype), known


def scratch(name: str, shape: Sizes, dtype: DType | type[Any]) -> Array:
    """An uninitialised array, this thread's own; valid until the thread asks for the same name again."""
    memory: dict[str, Array] = _kept.__dict__
    size = math.prod(shape) * np.dtype(dtype).itemsize
    if name not in memory or memory[name].size < size:
        block = Block(size)
        memory[name] = block.memory[block.start :]
    return memory[name][:size].view(dtype).reshape(shape)


def constant_row(value: float, like: Array) -> Array:
    """A row (1, like.shape[1]) of one value: NumPy's maximum with an array takes a quarter of the time with a number."""
    return _constant_row(value, like.shape[1], like.dtype)


@lru_cache(maxsize=16)
def _constant_row(value: float, length: int, dtype: DType) -> Array:
    row = np.full((1, length), value, dtype)
    row.flags.writeable = False
    return row

"""Spans of work for several threads. Kernels release the interpreter lock, so threads are enough."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from contextvars import copy_context
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from concurrent.futures import ThreadPoolExecutor

Span = tuple[int, int]


def _cores() -> int:
    """What the variables that numerical libraries read ask for, else the processors this process may use."""
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        if os.environ.get(name, "").isdigit():
            return max(int(os.environ[name]), 1)
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


_lock = threading.Lock()
_threads = _cores()
_pool: ThreadPoolExecutor | None = None


def set_threads(count: int) -> int:
    """Let the compiled kernels use `count` threads; returns the number until now.

    The default is OMP_NUM_THREADS (or OPENBLAS_NUM_THREADS, MKL_NUM_THREADS) if set, else the number of processors.
    """
    global _threads, _pool
    if count < 1:
        raise ValueError(f"set_threads({count}): at least one thread is needed")
    with _lock:
        before, _threads, _pool = _threads, count, None
    return before


WORTH_SHARING = 1 << 21
"""Operations below which handing work to another thread costs more than it saves."""
TOUCHED = 4
"""What it costs to read or write a number, in such operations."""


def over(span: Span, step: int, operations: int, work: Callable[[Span], object]) -> None:
    """Call `work` with parts of `span`, whose lengths are multiples of `step` (but the last), side by side."""
    if _threads == 1 or operations < WORTH_SHARING:
        work(span)
        return
    parts = _parts(span, step, _threads)
    others = [_executor().submit(copy_context().run, work, part) for part in parts[1:]]  # np.errstate holds there too
    try:
        work(parts[0])
    finally:
        for other in others:
            other.result()


def _parts(span: Span, step: int, count: int) -> list[Span]:
    first, last = span
    length = max(-(-(last - first) // (step * count)), 1) * step
    return [(start, min(start + length, last)) for start in range(first, last, length)] or [span]


def _executor() -> ThreadPoolExecutor:
    global _pool
    from concurrent.futures import ThreadPoolExecutor  # not needed to import the package

    with _lock:
        if _pool is None:
            _pool = ThreadPoolExecutor(_threads - 1, thread_name_prefix="autograd-kernels")
        return _pool


def _forget_pool() -> None:
    """A forked child has none of its parent's threads."""
    global _pool, _lock
    _pool, _lock = None, threading.Lock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_pool)

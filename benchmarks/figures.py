"""What the machine does for NumPy, so that a reader can tell its figures from another's."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np


def figures() -> dict[str, float]:
    """Processor time of what a step is made of, the best of several repetitions."""
    wide, small = np.ones((1024, 1024), np.float32), np.ones((16, 16), np.float32)
    long, out = np.ones(1_000_000, np.float32), np.empty(1_000_000, np.float32)
    return {
        "sgemm 1024, GFLOP/s": 2 * 1.024**3 / _seconds(lambda: wide @ wide, 3),
        "empty Python call, ns": _seconds(_nothing, 20_000) * 1e9,
        "add of 16 floats, ns": _seconds(lambda: np.add(small[0], small[0]), 5_000) * 1e9,
        "16×16 product by dot, ns": _seconds(lambda: np.dot(small, small), 5_000) * 1e9,
        "add of 10⁶ floats into kept memory, µs": _seconds(lambda: np.add(long, long, out=out), 5) * 1e6,
        # Eight at a time, for the allocator hands a single one out again.
        "add of 10⁶ floats into fresh memory, µs": _seconds(lambda: [long + long for _ in range(8)], 1)
        / 8e-6,
    }


def _nothing() -> None:
    pass


def _seconds(call: Callable[[], object], count: int, repetitions: int = 7) -> float:
    return min(_once(call, count) for _ in range(repetitions))


def _once(call: Callable[[], object], count: int) -> float:
    begin = time.process_time()
    for _ in range(count):
        call()
    return (time.process_time() - begin) / count

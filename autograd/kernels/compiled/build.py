"""Compiles the loops, once: the machine code is kept on disk by Numba and loaded the next time."""

from __future__ import annotations

import sys
import threading
from types import SimpleNamespace
from typing import Any

import numba

from autograd.kernels.compiled import loops, phase_loops, winograd_loops  # noqa: F401  (they add their loops to the sources)

_lock = threading.Lock()
_built = SimpleNamespace()


def functions() -> Any:
    """The compiled loops, as attributes; built by the first call."""
    if not vars(_built):
        with _lock:
            if not vars(_built):
                vars(_built).update(_build())
    return _built


def _build() -> dict[str, Any]:
    built: dict[str, Any] = {}
    fresh = False
    for name, (function, signature) in loops.sources.items():
        built[name] = _compile(function, signature, set() if name in loops.exact else set(loops.FAST))
        fresh = fresh or sum(built[name].stats.cache_misses.values()) > 0
        if fresh:
            _progress(len(built), len(loops.sources))
    return built


def _compile(function: Any, signature: str, fastmath: set[str]) -> Any:
    options: dict[str, Any] = {"nogil": True, "fastmath": fastmath or False, "error_model": "numpy"}
    try:
        return numba.njit(signature, cache=True, **options)(function)
    except RuntimeError:  # no folder that the cache may write to
        return numba.njit(signature, **options)(function)


def _progress(done: int, of: int) -> None:
    """A line that grows, on the terminal; anywhere else one line at the end."""
    text = f"autograd: compiling fast kernels, once: {done} of {of}"
    if sys.stderr.isatty():
        print(f"\r{text}", end="\n" if done == of else "", file=sys.stderr, flush=True)
    elif done == of:
        print(text, file=sys.stderr)

"""NumPy or compiled: which kernels work. Results are the same to rounding.

What is fast, and why
---------------------
NumPy alone: images lie in the padded flat layout (`layout`), so a convolution is contiguous copies and one matrix
product a tile (`flat`), and everything else is one pass over flat memory, in blocks that stay in the cache (`norm`).
Memory is used again (`memory`): fresh pages cost as much as the work on them.

With the extra `fast`: a convolution copies nothing at all, because the innermost loop reads every tap from the buffer
itself and keeps its results in registers (`compiled.vector`); a 3×3 one does less than half of the products
(`compiled.winograd`), which no matrix product can; batch norm, ReLU and pooling are one or two passes in vector
instructions (`compiled.loops`). Only float32 is served, and images in the padded layout; all else is NumPy's.
"""

from __future__ import annotations

import threading
from types import ModuleType

import numpy as np

from autograd.kernels.windows import Array

MODES = ("auto", "fast", "numpy")
WORTH_LOADING = 1 << 17
"""Elements of the first array for which "auto" loads the compiled kernels, which takes a second (ten, once)."""

_lock = threading.Lock()
_mode = "auto"
_kernels: ModuleType | None = None
_failed = False


def use(mode: str) -> str:
    """Choose the kernels: "numpy"; "fast" (compiled); or "auto", the default: compiled when it pays and Numba is there.

    Returns the mode until now. Where Numba is absent or broken, "fast" and "auto" mean "numpy", with one line of log.

    >>> before = use("numpy")
    >>> use(before)
    'numpy'
    """
    global _mode
    if mode not in MODES:
        raise ValueError(f"use({mode!r}): the kernels are {', '.join(MODES)}")
    before, _mode = _mode, mode
    return before


def compiled_for(array: Array, *others: Array) -> ModuleType | None:
    """The compiled kernels (`compiled.calls`) where they are to serve these arrays, else None."""
    if _mode == "numpy" or _failed or array.dtype != np.float32 or any(x.dtype != np.float32 for x in others):
        return None
    if _kernels is None and _mode == "auto" and array.size < WORTH_LOADING:
        return None
    return _kernels or _load()


def _load() -> ModuleType | None:
    global _kernels, _failed
    with _lock:
        if _kernels is None and not _failed:
            try:
                from autograd.kernels.compiled import calls

                calls.load()
                _kernels = calls
            except Exception as error:  # whatever is broken in an optional package, NumPy is there
                _failed = True
                _report(error)
    return _kernels


def _report(error: Exception) -> None:
    """One line of log. Not having installed an extra is no fault, unless it was asked for."""
    import logging  # here, as it is a tenth of our import time and most programs never come here

    absent = isinstance(error, ModuleNotFoundError) and _mode == "auto"
    level = logging.INFO if absent else logging.WARNING
    logging.getLogger("autograd").log(level, "kernels: NumPy only, the extra `fast` is not usable: %s", error)

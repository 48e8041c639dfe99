"""`autograd.config`: the engine's switches."""

from __future__ import annotations

KEPT, DEFAULT = 32 << 20, 128 << 10
"""Bytes: the largest block that glibc lets the heap serve, and its own first threshold."""
TRIM_THRESHOLD, MMAP_THRESHOLD = -1, -3
"""Numbers of the parameters in glibc's malloc.h."""


class Config:
    """Switches of the engine, all of them off at first.

    Attributes
    ----------
    strict : bool
        A rule whose gradient has another dtype than its input raises, instead of being cast. For tests.
    allocator : bool
        Let the C library keep freed memory of arrays up to 32 MiB for the next ones, instead of giving it back to the system and
        fetching it, page by page, a moment later. Elementwise work on arrays of megabytes takes about half the time. It holds for
        the whole process, whose memory then does not shrink. Switched off, the C library's thresholds are its first ones again.

    Examples
    --------
    >>> import autograd
    >>> autograd.config.allocator
    False
    """

    def __init__(self) -> None:
        self.strict = False
        self._allocator = False

    @property
    def allocator(self) -> bool:
        return self._allocator

    @allocator.setter
    def allocator(self, on: bool) -> None:
        if bool(on) != self._allocator:
            _keep_freed_memory(KEPT if on else DEFAULT)
            self._allocator = bool(on)


def _keep_freed_memory(threshold: int) -> None:
    import ctypes
    import platform

    if platform.libc_ver()[0] != "glibc":
        raise RuntimeError(
            "autograd.config.allocator sets a switch of glibc's malloc, and this Python runs on another C library; leave it off. "
            "Nothing was changed"
        )
    mallopt = ctypes.CDLL(None).mallopt
    # Between two steps all arrays of a step are free at once: any bound that a step exceeds would give everything back.
    trim = 2**31 - 1 if threshold == KEPT else threshold
    if not (mallopt(MMAP_THRESHOLD, threshold) and mallopt(TRIM_THRESHOLD, trim)):
        raise RuntimeError("glibc's mallopt refused; leave autograd.config.allocator off")


config = Config()

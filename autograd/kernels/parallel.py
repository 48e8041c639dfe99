"""Spans of work for several threads. Kernels release the interpreter lock, so threads are enough."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from contextvars import Context, copy_context
from queue import SimpleQueue

Span = tuple[int, int]
Work = Callable[[Span], object]


def _cores() -> int:
    """What the variables that numerical libraries read ask for, else the processors this process may use."""
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        if os.environ.get(name, "").isdigit():
            return max(int(os.environ[name]), 1)
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


_lock = threading.Lock()
_threads = _cores()
_crew: Crew | None = None


def set_threads(count: int) -> int:
    """Let the compiled kernels use `count` threads; returns the number until now.

    The default is OMP_NUM_THREADS (or OPENBLAS_NUM_THREADS, MKL_NUM_THREADS) if set, else the number of processors.
    """
    global _threads
    if count < 1:
        raise ValueError(f"set_threads({count}): at least one thread is needed")
    with _lock:
        before, _threads = _threads, count
        _dismiss()
    return before


WORTH_SHARING = 1 << 20
"""Operations below which handing work to another thread costs more than it saves."""
TOUCHED = 4
"""What it costs to read or write a number, in such operations."""
SHARES = 2
"""Parts a thread: where the machine holds one up, the others take over what it has not begun."""


def over(span: Span, step: int, operations: int, work: Work, shares: int = SHARES) -> None:
    """Call `work` with parts of `span`, whose lengths are multiples of `step` (but the last), side by side.

    Where every part has to do something of the whole's once more, `shares`, parts a thread, is 1.
    """
    if _threads == 1 or operations < WORTH_SHARING:
        work(span)
        return
    job = Job(work, _parts(span, step, _threads * shares))
    _hired().help_with(job)
    job.run()
    job.wait()


def _parts(span: Span, step: int, count: int) -> list[Span]:
    first, last = span
    length = max(-(-(last - first) // (step * count)), 1) * step
    return [(start, min(start + length, last)) for start in range(first, last, length)] or [span]


class Job:
    """Parts of one work; whoever runs it takes the next one until none is left."""

    def __init__(self, work: Work, parts: list[Span]) -> None:
        self.work, self.parts, self.left = work, parts, len(parts)
        self.error: BaseException | None = None
        self.lock, self.done = threading.Lock(), threading.Lock()
        self.done.acquire()

    def run(self) -> None:
        while True:
            try:
                part = self.parts.pop()
            except IndexError:
                return
            try:
                self.work(part)
            except BaseException as error:  # in another thread nobody would see it
                self.error = error
            with self.lock:
                self.left -= 1
                if not self.left:
                    self.done.release()

    def wait(self) -> None:
        """Until every part is done, by whomever; raises what one of them raised."""
        self.done.acquire()
        error, self.error = self.error, None
        try:
            if error is not None:
                raise error
        finally:
            del error  # its traceback holds this frame, and would keep the arrays of the work in a cycle


class Crew:
    """Threads that wait for jobs: quicker to start than an executor's, which makes a future of each."""

    def __init__(self, count: int) -> None:
        self.count = count
        self.jobs: SimpleQueue[tuple[Context, Job] | None] = SimpleQueue()
        for _ in range(count):
            threading.Thread(target=self._serve, name="autograd-kernels", daemon=True).start()

    def help_with(self, job: Job) -> None:
        for _ in range(min(self.count, len(job.parts) - 1)):
            self.jobs.put((copy_context(), job))  # np.errstate holds there too

    def _serve(self) -> None:
        while (given := self.jobs.get()) is not None:
            context, job = given
            context.run(job.run)
            del given, context, job  # else the arrays of the last job would live until the next

    def dismiss(self) -> None:
        for _ in range(self.count):
            self.jobs.put(None)


def _hired() -> Crew:
    global _crew
    crew = _crew
    if crew is None or crew.count != _threads - 1:
        with _lock:
            _dismiss()
            crew = _crew = Crew(_threads - 1)
    return crew


def _dismiss() -> None:
    global _crew
    if _crew is not None:
        _crew.dismiss()
    _crew = None


def _forget_crew() -> None:
    """A forked child has none of its parent's threads."""
    global _crew, _lock
    _crew, _lock = None, threading.Lock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_crew)

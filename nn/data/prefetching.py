"""One thread that works ahead of whoever consumes an iterator."""

from __future__ import annotations

import contextvars
import threading
from collections.abc import Iterable, Iterator
from queue import SimpleQueue
from typing import NamedTuple, TypeVar

Item = TypeVar("Item")


class _Failure(NamedTuple):
    error: BaseException


class _End:
    pass


class _Ahead:
    """The worker's side. It knows nothing of the consumer, so a consumer that is dropped is collected, and closes."""

    def __init__(self, count: int) -> None:
        self.results: SimpleQueue[object] = SimpleQueue()
        self.places = threading.Semaphore(count)
        self.stopped = False

    def work(self, items: Iterable[object]) -> None:
        try:
            self._fill(iter(items))
            self.results.put(_End())
        except BaseException as error:  # whatever it is, without it the consumer would wait for ever
            self.results.put(_Failure(error))

    def _fill(self, items: Iterator[object]) -> None:
        end = _End()
        while self._has_place() and (item := next(items, end)) is not end:
            self.results.put(item)

    def _has_place(self) -> bool:
        self.places.acquire()
        return not self.stopped

    def take(self) -> object:
        result = self.results.get()
        self.places.release()
        return result

    def stop(self) -> None:
        self.stopped = True
        self.places.release()


def prefetched(items: Iterable[Item], count: int) -> Iterator[Item]:
    """The same items in the same order, made by a thread that is at most `count` ahead.

    An exception in the thread is raised here, after the items before it. Closing the iterator, or dropping it, stops the
    thread and waits for the item it is at.
    """
    ahead = _Ahead(count)
    # A copied context: np.errstate and its like hold in the thread as they do here.
    work = contextvars.copy_context().run
    thread = threading.Thread(target=work, args=(ahead.work, items), name="nn.data prefetch", daemon=True)
    thread.start()
    try:
        yield from _taken(ahead)
    finally:
        ahead.stop()
        thread.join()


def _taken(ahead: _Ahead) -> Iterator[Item]:  # type: ignore[type-var]
    while not isinstance(result := ahead.take(), _End):
        if isinstance(result, _Failure):
            raise result.error
        yield result  # type: ignore[misc]

"""One run at a time in a folder, by a lock that the system lets go of when its process ends, however it ends."""

from __future__ import annotations

import contextlib
import errno
import os
import sys
from collections.abc import Iterator
from pathlib import Path

from nn.command.refusal import Refusal
from nn.command.tables import writable

NAME = ".lock"
BUSY = {errno.EACCES, errno.EAGAIN, errno.EDEADLK}
BYTE = 1 << 20  # what Windows locks nobody else can read, so it lies far behind the number that is written


@contextlib.contextmanager
def alone_in(folder: Path) -> Iterator[None]:
    """Hold the folder, made if need be, against other runs; a folder that stays empty is removed again.

    Raises
    ------
    Refusal
        When another run holds it; that one's process is named. What a killed one left is taken over.
    """
    made = [each for each in (folder, *folder.parents) if not each.exists()]
    descriptor = _held(folder)
    try:
        yield
    finally:
        _let_go(descriptor, folder / NAME)
        for each in made:
            with contextlib.suppress(OSError):
                each.rmdir()


def _held(folder: Path) -> int:
    """The open lock of this process. A file that is gone by then, or another one, was that of a run that ended meanwhile."""
    while True:
        writable(folder, NAME)
        with contextlib.suppress(FileNotFoundError):
            descriptor = os.open(folder / NAME, os.O_RDWR | os.O_CREAT)
            _try(folder, descriptor)
            if _same(descriptor, folder / NAME):
                os.truncate(descriptor, 0)
                os.write(descriptor, str(os.getpid()).encode())
                return descriptor
            os.close(descriptor)


def _try(folder: Path, descriptor: int) -> None:
    try:
        _lock(descriptor)
    except OSError as error:
        if error.errno in BUSY:
            raise Refusal(_busy(folder, descriptor)) from None  # other errors: a disk that knows no locks


def _lock(descriptor: int) -> None:
    if sys.platform == "win32":
        import msvcrt

        os.lseek(descriptor, BYTE, os.SEEK_SET)
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        os.lseek(descriptor, 0, os.SEEK_SET)
    else:
        import fcntl

        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


def _busy(folder: Path, descriptor: int) -> str:
    holder = os.read(descriptor, 20).decode("ascii", "replace")
    os.close(descriptor)
    process = f"process {holder}" if holder else "another process"
    return f"--out {folder}: {process} trains there at this moment; wait for its end, stop it, or choose another --out"


def _same(descriptor: int, path: Path) -> bool:
    with contextlib.suppress(FileNotFoundError):
        return os.path.samestat(os.fstat(descriptor), path.stat())
    return False


def _let_go(descriptor: int, path: Path) -> None:
    """Where open files can be removed the name goes first, so that nobody takes a lock that is about to lose it."""
    with contextlib.suppress(OSError):
        path.unlink()
    os.close(descriptor)
    with contextlib.suppress(OSError):
        if sys.platform == "win32":
            path.unlink()

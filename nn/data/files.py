"""Opening files that may be damaged: whatever goes wrong inside one is a ValueError that names it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import numpy as np

from nn.data.datasets import Array

_CHUNK = 1 << 20


@contextmanager
def naming(path: str | os.PathLike[str]) -> Iterator[None]:
    """Turn every error that reading a file's contents can raise into a ValueError that begins with its name.

    That the file is missing or may not be read is no damage, and stays what it is.
    """
    try:
        yield
    except (FileNotFoundError, PermissionError, IsADirectoryError, NotADirectoryError, ModuleNotFoundError):
        raise
    except Exception as error:
        raise ValueError(f"{os.fspath(path)}: {str(error) or type(error).__name__}") from error


@contextmanager
def opened(path: str | os.PathLike[str]) -> Iterator[IO[bytes]]:
    """The file's bytes, unpacked when they begin as gzip does, whatever the name says."""
    import gzip

    with open(path, "rb") as plain:
        packed = plain.read(2) == b"\x1f\x8b"
        plain.seek(0)
        if not packed:
            yield plain
            return
        with gzip.GzipFile(fileobj=plain) as unpacked:
            yield unpacked  # type: ignore[misc]


def exactly(stream: IO[bytes], count: int, what: str) -> bytes:
    """The rest of the stream, which must be `count` bytes.

    Read in pieces: a count from a damaged header must not be allocated before the bytes are there. Reading past the end
    is what makes gzip compare its checksum.
    """
    parts: list[bytes] = []
    got = 0
    while got <= count and (part := stream.read(_CHUNK)):
        parts.append(part)
        got += len(part)
    if got != count:
        raise ValueError(f"{what} takes {count:,} bytes, and the file has {'more' if got > count else f'{got:,}'}")
    return b"".join(parts)


def drain(stream: IO[bytes]) -> None:
    """Read what is left and forget it."""
    while stream.read(_CHUNK):
        pass


def checked_labels(labels: Any, classes: int) -> Array:
    """The labels as int64, every one of them below `classes`."""
    array = np.asarray(labels)
    if array.dtype.kind not in "iu" or array.ndim != 1:
        raise ValueError(f"labels are a row of integers, found {array.dtype} of shape {array.shape}")
    if array.size and not 0 <= array.min() <= array.max() < classes:
        raise ValueError(f"labels run from 0 to {classes - 1}, found {array.min()} to {array.max()}")
    return array.astype(np.int64)


def first_existing(folder: str | os.PathLike[str], names: tuple[str, ...]) -> Path:
    """The first of the names that the folder has."""
    found = next((path for name in names if (path := Path(folder, name)).is_file()), None)
    if found is None:
        raise FileNotFoundError(f"{os.fspath(folder)} has none of {', '.join(names)}")
    return found

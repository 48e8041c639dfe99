"""A file is replaced by a complete one, or stays as it was: whatever stops the program, and whenever."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def write_atomically(path: str | os.PathLike[str], data: bytes) -> None:
    """Write beside the file, on its own disk, and rename: the one step that the system does wholly or not at all."""
    from pathlib import Path  # imported here: `import nn` is quicker without it

    # A link is followed: the file it leads to is replaced, not the link.
    target = Path(os.path.realpath(path))
    if not target.parent.is_dir():
        raise FileNotFoundError(f"{os.fspath(path)}: there is no folder {target.parent}")
    with _beside(target) as new, _naming(target):
        with new.open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        if target.exists():
            new.chmod(target.stat().st_mode & 0o7777)
        os.replace(new, target)
    _sync_folder(target.parent)


@contextlib.contextmanager
def _beside(target: Path) -> Iterator[Path]:
    """Not `tempfile`: its files are for their owner alone, whatever the umask says."""
    new = target.with_name(f".{target.name[:100]}.{os.urandom(6).hex()}.tmp")
    try:
        yield new
    finally:
        new.unlink(missing_ok=True)


@contextlib.contextmanager
def _naming(target: Path) -> Iterator[None]:
    """A disk that is full says so without a name."""
    try:
        yield
    except OSError as error:
        if error.filename2 is None:
            error.filename = os.fspath(target)  # and not that of the file beside it
        raise


def _sync_folder(folder: Path) -> None:
    """The new name outlives a loss of power too, where folders can be opened (not on Windows)."""
    if hasattr(os, "O_DIRECTORY"):
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

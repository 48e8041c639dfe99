"""A table that grows while a training runs, and that a resumed training cuts back to where its checkpoint stands."""

from __future__ import annotations

import csv
import io
import os
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Any


class Log:
    """A CSV file, a row at a time; its state is the length and the checksum of what was written.

    Parameters
    ----------
    path : path
    header : sequence of str

    Examples
    --------
    >>> import tempfile, pathlib
    >>> from nn.training import Log
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder, "log.csv")
    ...     log = Log(path, ["step", "loss"])
    ...     log.write([1, 0.5])
    ...     state = log.state_dict()
    ...     log.write([2, 0.4])
    ...     log.load_state_dict(state)
    ...     log.write([2, 0.3])
    ...     log.close()
    ...     path.read_text().split()
    ['step,loss', '1,0.5', '2,0.3']
    """

    def __init__(self, path: str | os.PathLike[str], header: Sequence[str]) -> None:
        self.path, self.header = Path(path), list(header)
        self._file: IO[bytes] | None = None
        self._length = self._checksum = 0

    def write(self, row: Sequence[Any]) -> None:
        """Append one row; it is out of the process when this returns. The first one brings the header."""
        if self._file is None:
            self._file = self.path.open("wb")
            self._append(self.header)
        self._append(row)
        self._file.flush()

    def _append(self, row: Sequence[Any]) -> None:
        text = io.StringIO()
        csv.writer(text, lineterminator="\n").writerow(row)
        line = text.getvalue().encode()
        self._file.write(line)  # type: ignore[union-attr]
        self._length, self._checksum = self._length + len(line), zlib.crc32(line, self._checksum)

    def state_dict(self) -> dict[str, int]:
        """How far the log goes now; what is before is on the disk."""
        if self._file is not None:
            self._file.flush()
            os.fsync(self._file.fileno())
        return {"length": self._length, "checksum": self._checksum}

    def load_state_dict(self, state: dict[str, int]) -> None:
        """Forget the rows after the state, and go on behind it.

        Raises
        ------
        ValueError
            When the file does not begin with what the state was taken of; the file stays as it is.
        """
        self.close()
        length, checksum = state["length"], state["checksum"]
        if length:
            self._check(length, checksum)
            self._file = self.path.open("r+b")
            self._file.truncate(length)
            self._file.seek(length)
        self._length, self._checksum = length, checksum

    def _check(self, length: int, checksum: int) -> None:
        before = self.path.read_bytes()[:length] if self.path.exists() else b""
        if len(before) < length or zlib.crc32(before) != checksum:
            found = f"{len(before):,} bytes, or others" if before else "none"
            raise ValueError(f"{self.path} is not the log that the checkpoint goes on with: it had {length:,} bytes, there are {found}")

    def close(self) -> None:
        """Close the file; nothing is lost without it."""
        if self._file is not None:
            self._file.close()
            self._file = None

"""The rows of a `Recorder` in files: CSV, JSON lines, and TensorBoard's event files."""

from __future__ import annotations

import math
from collections.abc import Iterable
from pathlib import Path
from typing import IO, Any, NamedTuple

ENDINGS = (".csv", ".jsonl")


class Row(NamedTuple):
    """One join at one step: the columns of the files. Shares and norms as in `Join`; nan where no gradient arrived."""

    step: int
    join: str
    share_skip: float
    share_branch: float
    share_other: float
    norm: float
    norm_skip: float
    norm_branch: float
    norm_other: float
    cosine: float
    cancels: bool


MEASURES = Row._fields[2:-1]


def checked_ending(path: str | Path) -> Path:
    """A path that rows can be written to."""
    path = Path(path)
    if path.suffix not in ENDINGS:
        raise ValueError(f"a recorder writes {' or '.join(ENDINGS)}, by the file's ending; given {str(path)!r}")
    return path


def write_rows(path: Path, rows: Iterable[Row], mode: str) -> None:
    """Begin the file anew (mode "w") or add to it ("a")."""
    with path.open(mode, newline="", encoding="utf-8") as file:
        (_write_csv if path.suffix == ".csv" else _write_lines)(file, rows, mode == "w")


def _write_csv(file: IO[str], rows: Iterable[Row], header: bool) -> None:
    import csv

    writer = csv.writer(file, lineterminator="\n")
    if header:
        writer.writerow(Row._fields)
    writer.writerows((*row[:-1], int(row.cancels)) for row in rows)


def _write_lines(file: IO[str], rows: Iterable[Row], header: bool) -> None:
    """What is not finite is null: JSON has no nan."""
    import json

    for row in rows:
        finite = {k: v if not isinstance(v, float) or math.isfinite(v) else None for k, v in row._asdict().items()}
        file.write(json.dumps(finite, ensure_ascii=False) + "\n")


class EventFile:
    """TensorBoard's scalars, one a join and measure: ``layer1.0/share_skip`` (``pip install 'gradroutes[tensorboard]'``)."""

    def __init__(self, folder: str | Path) -> None:
        try:
            from tensorboard.summary.writer.event_file_writer import EventFileWriter
        except ImportError as missing:
            raise ImportError("event files need TensorBoard: pip install 'gradroutes[tensorboard]'", name=missing.name) from missing
        self._writer = EventFileWriter(str(folder))

    def write(self, rows: Iterable[Row]) -> None:
        """Add rows and hand them to the disk. What is not finite is left out: a gap in the curve."""
        import time

        from tensorboard.compat.proto.event_pb2 import Event

        for row in rows:
            event: Any = Event(wall_time=time.time(), step=row.step)
            for measure in MEASURES:
                if math.isfinite(value := getattr(row, measure)):
                    event.summary.value.add(tag=f"{row.join}/{measure}", simple_value=value)
            self._writer.add_event(event)
        self._writer.flush()

    def close(self) -> None:
        self._writer.close()

"""`Recorder`: every join's shares and norms, kept while a network trains."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, NamedTuple

import numpy as np

from autograd.graph import Node, ancestors, sweep
from autograd.tensor import Tensor, receive

if TYPE_CHECKING:  # routing is imported by who uses it: `import autograd` stays quick
    from autograd.routing.measures import Division
    from autograd.routing.watching import Forks, Place

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


def _row(step: int, join: Place, division: Division | None) -> Row:
    if division is None:
        nan = math.nan
        return Row(step, join.name, nan, nan, nan, nan, nan, nan, nan, nan, False)
    (skip, branch, other), norms = division.shares.values(), division.norms
    return Row(
        step, join.name, skip, branch, other, division.norm, norms["skip"], norms["branch"], norms["other"],
        division.cosine, division.cancels,
    )  # fmt: skip


class Recorder:
    """Keeps the shares and norms of every residual join at every n-th step of a training.

    The joins are looked for once for each structure of the graph (again when it changes); after that a recorded step costs
    little more than its own backward, and the others nothing.

    Parameters
    ----------
    every : int
        Record the steps that this number divides, from 0 on.
    out : path, optional
        A file begun anew and added to at every recorded step, by its ending: ``.csv`` or ``.jsonl`` (a JSON object a line).

    Attributes
    ----------
    rows : list of Row
        What was recorded: a row for each join, from the input to the loss, at each recorded step.
    searches : int
        How often joins had to be looked for.

    Examples
    --------
    >>> import autograd
    >>> x = autograd.Tensor([1.0, 2.0], requires_grad=True)
    >>> recorder = autograd.Recorder(every=2)
    >>> for _ in range(4):
    ...     recorder.backward((x + 0.5 * x * x).sum())  # in place of loss.backward()
    >>> [(row.step, round(row.share_skip, 2)) for row in recorder.rows]
    [(0, 0.38), (2, 0.38)]
    """

    def __init__(self, every: int = 10, out: str | Path | None = None) -> None:
        from autograd.routing.watching import Structures

        if isinstance(every, bool) or not isinstance(every, int) or every < 1:
            raise ValueError(f"every: expected a whole number from 1 on, got {every!r}")
        self.every = every
        self.rows: list[Row] = []
        self._out = None if out is None else self.save(out)
        self._next = 0
        self._structures = Structures()

    @property
    def searches(self) -> int:
        return self._structures.searches

    # -------------------------------------------------------------------------------------------------- recording

    def backward(self, loss: Tensor, step: int | None = None, *, retain_graph: bool = False) -> None:
        """``loss.backward()``, recorded when it is this step's turn; `step` is counted where it is not given."""
        if not self._is_due(loss, step):
            loss.backward(retain_graph=retain_graph)
        else:
            root, seed = loss._seed(None, False)
            joins, forks = self._watched(root)
            sweep([(root, seed)], forks.received(receive), retain=retain_graph, lift=False, watch=forks.watch)
            self._keep(joins, forks)
        self._next += 1

    def record(self, loss: Tensor, step: int | None = None) -> bool:
        """Record alone, before a backward that somebody else calls; says whether it was this step's turn.

        Costs a sweep of its own, without the weights; `backward` does both in one.
        """
        due = self._is_due(loss, step)
        if due:
            root, seed = loss._seed(None, False)
            joins, forks = self._watched(root)
            forks.run(root, seed)
            self._keep(joins, forks)
        self._next += 1
        return due

    def _is_due(self, loss: Tensor, step: int | None) -> bool:
        if not isinstance(loss, Tensor):
            raise TypeError(f"loss: expected a Tensor, got {type(loss).__name__}")
        if step is not None:
            self._next = step
        return self._next % self.every == 0

    def _watched(self, root: Node) -> tuple[Sequence[Place], Forks]:
        from autograd.routing.watching import Forks

        order = list(ancestors([root]))
        joins = self._structures.joins_in(order)
        return joins, Forks(order, joins)

    def _keep(self, joins: Sequence[Place], forks: Forks) -> None:
        rows = [_row(self._next, join, division) for join, division in zip(joins, forks.divisions, strict=True)]
        self.rows += rows
        if self._out is not None:
            _write(self._out, rows, "a")

    # ------------------------------------------------------------------------------------------------ what was kept

    def table(self, measure: str = "share_skip") -> tuple[list[int], list[str], np.ndarray[Any, np.dtype[np.float64]]]:
        """Steps, names of joins, and one measure as an array (joins, steps); nan where a join was not there."""
        if measure not in MEASURES:
            raise ValueError(f"measure is one of {', '.join(MEASURES)}; given {measure!r}")
        steps = list(dict.fromkeys(row.step for row in self.rows))
        joins = list(dict.fromkeys(row.join for row in self.rows))
        across, down = {step: i for i, step in enumerate(steps)}, {join: i for i, join in enumerate(joins)}
        values = np.full((len(joins), len(steps)), np.nan)
        for row in self.rows:
            values[down[row.join], across[row.step]] = getattr(row, measure)
        return steps, joins, values

    def heatmap(self, measure: str = "share_skip") -> Any:
        """One measure of every join over time, as a Matplotlib figure (``.savefig(path)``)."""
        from autograd.pictures.heat import heatmap_of

        steps, joins, values = self.table(measure)
        if not steps:
            raise ValueError("nothing is recorded yet: call recorder.backward(loss) in place of loss.backward()")
        return heatmap_of(steps, joins, values, measure)

    def save(self, path: str | Path) -> Path:
        """Write all rows, by the file's ending: ``.csv`` or ``.jsonl``."""
        path = Path(path)
        if path.suffix not in ENDINGS:
            raise ValueError(f"a recorder writes {' or '.join(ENDINGS)}, by the file's ending; given {str(path)!r}")
        _write(path, self.rows, "w")
        return path

    def __repr__(self) -> str:
        return f"<Recorder of every {self.every} steps: {len(self.rows)} rows>"


# ------------------------------------------------------------------------------------------------------------ files


def _write(path: Path, rows: Iterable[Row], mode: str) -> None:
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

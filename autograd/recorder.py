"""`Recorder`: every join's shares and norms, kept while a network trains."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from autograd.graph import Node, sweep
from autograd.logfiles import MEASURES, EventFile, Row, checked_ending, write_rows
from autograd.recording import observer
from autograd.tensor import Tensor, receive

if TYPE_CHECKING:  # routing and pictures are imported by who uses them: `import autograd` stays quick
    from autograd.pictures.heat import HeatMap
    from autograd.routing.measures import Division
    from autograd.routing.watching import Forks, Place


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

    Inside ``with recorder:`` every ``loss.backward()`` of the thread counts as a step; elsewhere call ``recorder.backward(loss)``
    in its place. Gradients are the same to the last bit, recorded or not. The joins are looked for once for each structure of
    the graph (again when it changes); after that a recorded step costs little more than its own backward, and the others nothing.

    Parameters
    ----------
    every : int
        Record the steps that this number divides, from 0 on.
    out : path, optional
        A file begun anew and added to at every recorded step, by its ending: ``.csv`` or ``.jsonl`` (a JSON object a line).
    tensorboard : path, optional
        A folder for TensorBoard's event files: one scalar for each join and measure (``pip install 'gradroutes[tensorboard]'``).

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
    >>> with recorder:
    ...     for _ in range(4):
    ...         (x + 0.5 * x * x).sum().backward()
    >>> [(row.step, round(row.share_skip, 2)) for row in recorder.rows]
    [(0, 0.38), (2, 0.38)]
    """

    def __init__(self, every: int = 10, out: str | Path | None = None, tensorboard: str | Path | None = None) -> None:
        from autograd.routing.watching import Structures

        if isinstance(every, bool) or not isinstance(every, int) or every < 1:
            raise ValueError(f"every: expected a whole number from 1 on, got {every!r}")
        self.every = every
        self.rows: list[Row] = []
        self._events = None if tensorboard is None else EventFile(tensorboard)
        self._out = None if out is None else self.save(out)
        self._entered: list[Any] = []
        self._next = 0
        self._structures = Structures()

    @property
    def searches(self) -> int:
        return self._structures.searches

    # -------------------------------------------------------------------------------------------------- recording

    def __enter__(self) -> Recorder:
        self._entered.append(observer.set(self._observed))
        return self

    def __exit__(self, *error: object) -> None:
        observer.reset(self._entered.pop())

    def _observed(self, root: Node, seed: Any, retain: bool) -> bool:
        """Sweep in a backward's place where it is this step's turn; say whether."""
        due = self._next % self.every == 0
        if due:
            self._recorded(root, seed, retain)
        self._next += 1
        return due

    def backward(self, loss: Tensor, step: int | None = None, *, retain_graph: bool = False) -> None:
        """``loss.backward()``, recorded when it is this step's turn; `step` is counted where it is not given."""
        self._count(loss, step)
        root, seed = loss._seed(None, False)
        if not self._observed(root, seed, retain_graph):
            sweep([(root, seed)], receive, retain=retain_graph, lift=False)

    def record(self, loss: Tensor, step: int | None = None) -> bool:
        """Record alone, before a backward that somebody else calls; says whether it was this step's turn.

        Costs a sweep of its own, without the weights; `backward` does both in one.
        """
        from autograd.routing.watching import Forks

        self._count(loss, step)
        due = self._next % self.every == 0
        if due:
            root, seed = loss._seed(None, False)
            forks = Forks(self._structures)
            forks.run(root, seed)
            self._keep(forks)
        self._next += 1
        return due

    def _count(self, loss: Tensor, step: int | None) -> None:
        if not isinstance(loss, Tensor):
            raise TypeError(f"loss: expected a Tensor, got {type(loss).__name__}")
        if step is not None:
            self._next = step

    def _recorded(self, root: Node, seed: Any, retain: bool) -> None:
        from autograd.routing.watching import Forks

        forks = Forks(self._structures)
        sweep(
            [(root, seed)], forks.received(receive), retain=retain, lift=False,
            watch=forks.watch, settled=forks.settled, prepare=forks.prepare,
        )  # fmt: skip
        self._keep(forks)

    def _keep(self, forks: Forks) -> None:
        rows = [_row(self._next, join, division) for join, division in zip(forks.joins, forks.divisions, strict=True)]
        self.rows += rows
        if self._out is not None:
            write_rows(self._out, rows, "a")
        if self._events is not None:
            self._events.write(rows)

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

    def heatmap(self, measure: str = "share_skip", theme: str = "light") -> HeatMap:
        """One measure of every join over time: shows itself in a notebook, ``.save(path)`` writes .svg, .png or .pdf.

        Parameters
        ----------
        measure : str
            share_skip, share_branch, share_other, norm, norm_skip, norm_branch, norm_other or cosine.
        theme : str
            light or dark.
        """
        from autograd.pictures.heat import HeatMap

        steps, joins, values = self.table(measure)
        if not steps:
            raise ValueError("nothing is recorded yet: call loss.backward() inside `with recorder:`, or recorder.backward(loss)")
        return HeatMap(steps, joins, values, measure, theme)

    def save(self, path: str | Path) -> Path:
        """Write all rows, by the file's ending: ``.csv`` or ``.jsonl``."""
        path = checked_ending(path)
        write_rows(path, self.rows, "w")
        return path

    def close(self) -> None:
        """Close TensorBoard's event file; the others are closed after every step."""
        if self._events is not None:
            self._events.close()

    def __repr__(self) -> str:
        return f"<Recorder of every {self.every} steps: {len(self.rows)} rows>"

"""Slopes of functions of arrays, computed without any graph: the complex step, and extrapolated central differences."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]
Scalar = Callable[[Sequence[Array]], Any]  # of all inputs, one number

IMAGINARY = 1e-30
STEP = 4e-3
LEVELS = 4
NARROW = 1e-6


@dataclass(frozen=True)
class Slope:
    """A derivative and how far it may be off."""

    value: float
    error: float = 0.0


@dataclass(frozen=True)
class Line:
    """The way through the inputs along which a slope is taken: one element of one input, or a direction through all."""

    inputs: Sequence[Array]
    direction: Sequence[Array]

    def at(self, t: complex) -> list[Array]:
        return [x + t * d for x, d in zip(self.inputs, self.direction, strict=True)]

    @property
    def scale(self) -> float:
        """How far a step may go: relative to the values that move."""
        moving = [np.abs(x[d != 0]).max(initial=1.0) for x, d in zip(self.inputs, self.direction, strict=True)]
        return float(max(moving, default=1.0))


def element(inputs: Sequence[Array], which: int, index: tuple[int, ...]) -> Line:
    """The line along which one element alone moves."""
    direction = [np.zeros_like(x) for x in inputs]
    direction[which][index] = 1.0
    return Line(inputs, direction)


def complex_step(f: Scalar, line: Line) -> Slope:
    """Im f(x + ih) / h: exact to rounding for analytic f, there is no subtraction (Squire and Trapp 1998)."""
    return Slope(float(np.imag(f(line.at(1j * IMAGINARY)))) / IMAGINARY)


def central(f: Scalar, line: Line) -> Slope:
    """Central differences at halved steps, extrapolated to none (Richardson 1911; the error estimate is Ridders' 1982)."""
    steps = [STEP * line.scale / 2**level for level in range(LEVELS)]
    row: list[float] = []
    best = Slope(float("nan"), float("inf"))
    for h in steps:
        row, previous = _extrapolated(_centred(f, line, h), row), row
        for place, older in enumerate(previous):
            error = max(abs(row[place + 1] - row[place]), abs(row[place + 1] - older))
            if error < best.error:
                best = Slope(row[place + 1], error)
    return best


def _centred(f: Scalar, line: Line, h: float) -> float:
    return float(f(line.at(h)) - f(line.at(-h))) / (2.0 * h)


def _extrapolated(first: float, previous: list[float]) -> list[float]:
    """The next row of the table: each entry removes one more even power of the step."""
    row = [first]
    for order, older in enumerate(previous, start=1):
        row.append((4.0**order * row[-1] - older) / (4.0**order - 1.0))
    return row


def one_sided(f: Scalar, line: Line) -> tuple[float, float]:
    """The slopes just before and just after a point; they disagree at a kink."""
    h = NARROW * line.scale
    here = float(f(line.at(0.0)))
    return (here - float(f(line.at(-h)))) / h, (float(f(line.at(h))) - here) / h

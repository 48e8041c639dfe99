"""Slopes of functions of arrays, computed without any graph: the complex step, and extrapolated central differences."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]
Values = Callable[[Sequence[Array]], Array]  # of all inputs: the outputs one after the other

EPS = float(np.finfo(float).eps)
IMAGINARY = 1e-30
STEP = 4e-3
LEVELS = 4
FINEST = 2.0**-46  # a step of 64 roundings: below it the inputs themselves would not move evenly
MOST_STEPS = 100
TAIL = 10  # so many of the finest steps tell the noise


@dataclass(frozen=True)
class Line:
    """The way through the inputs along which a slope is taken: one element of one input, or a direction through all."""

    inputs: Sequence[Array]
    direction: Sequence[Array]
    where: str = "a direction"

    def at(self, t: complex) -> list[Array]:
        return [x + t * d for x, d in zip(self.inputs, self.direction, strict=True)]

    def along(self, gradients: Sequence[Any]) -> float:
        """What gradients say about the slope along this line; None stands for zeros."""
        pairs = [(g, d, d != 0) for g, d in zip(gradients, self.direction, strict=True) if g is not None]
        return float(sum(np.vdot(g[moves], d[moves]) for g, d, moves in pairs))

    @property
    def size(self) -> float:
        """The largest value that moves."""
        return float(max([np.abs(x[d != 0]).max(initial=0.0) for x, d in zip(self.inputs, self.direction, strict=True)]))

    @property
    def scale(self) -> float:
        """How far a step may go: relative to the values that move."""
        return max(self.size, 0.05) if self.size else 1.0


def element(inputs: Sequence[Array], which: int, index: tuple[int, ...], name: str | None = None) -> Line:
    """The line along which one element alone moves."""
    direction = [np.zeros_like(x) for x in inputs]
    direction[which][index] = 1.0
    return Line(inputs, direction, f"{name or f'input {which}'}, index {index}")


@dataclass(frozen=True)
class Slope:
    """Derivatives, one an output, and how far each may be off."""

    value: Array
    error: Array


def complex_step(f: Values, line: Line) -> Slope:
    """Im f(x + ih) / h: exact to rounding for analytic f, there is no subtraction (Squire and Trapp 1998)."""
    with np.errstate(all="ignore"):
        value = np.imag(f(line.at(1j * IMAGINARY))) / IMAGINARY
    return Slope(value, np.zeros_like(value))


# ------------------------------------------------------------------------------------------------ values on either side


@dataclass(frozen=True)
class Walk:
    """Values of a function at steps of falling size to both sides of a point: (steps, outputs) each; nan where it has none."""

    steps: Array
    before: Array
    after: Array
    here: Array
    value: Callable[[float], Array]  # at any step
    eps: float = EPS  # the roundings of the outputs' dtype
    size: float = 0.0  # of the largest value that moves

    @classmethod
    def along(cls, f: Values, line: Line, steps: Iterable[float], eps: float = EPS) -> Walk:
        """Where the function refuses a value, or warns of it, it has none there: only the point itself must be in its domain."""
        listed = np.array(list(steps))
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            here = f(line.at(0.0))
            sides = [np.array([_value(f, line.at(side * h), here) for h in listed]) for side in (-1.0, 1.0)]
        return cls(listed, sides[0], sides[1], here, lambda t: _value(f, line.at(t), here), eps, line.size)

    @classmethod
    def short(cls, f: Values, line: Line, eps: float) -> Walk:
        """A few steps: enough for most functions at most points."""
        return cls.along(f, line, [STEP * line.scale / 2**level for level in range(LEVELS)], eps)

    @classmethod
    def long(cls, f: Values, line: Line, eps: float) -> Walk:
        """From a quarter of the scale down to the roundings of the values that move, however small these are."""
        widest = int(np.floor(np.log2(0.25 * max(1.0, line.size))))  # powers of 2, which add to most numbers without rounding
        finest = int(np.log2(FINEST) + np.floor(np.log2(min(1.0, line.size or 1.0))))
        return cls.along(f, line, np.exp2(np.arange(min(widest, finest + MOST_STEPS), finest - 1.0, -1.0)), eps)

    def output(self, index: int) -> Walk:
        """One output alone; the arrays have one axis left."""
        before, after = self.before[:, index], self.after[:, index]
        return Walk(self.steps, before, after, self.here[index], lambda t: self.value(t)[index], self.eps, self.size)

    @property
    def magnitude(self) -> Any:
        """The largest value met, which roundings are relative to."""
        both = np.abs(np.concatenate([self.before, self.after, self.here[None]]))
        return np.max(np.where(np.isfinite(both), both, 0.0), axis=0)

    @property
    def _reached(self) -> Any:
        """The same by steps: the largest value met no further away than each."""
        both = np.maximum(np.abs(self.before), np.abs(self.after))
        both = np.maximum(np.where(np.isfinite(both), both, 0.0), np.where(np.isfinite(self.here), np.abs(self.here), 0.0))
        return np.maximum.accumulate(both[::-1])[::-1]

    def column(self, values: Array) -> Array:
        """The steps in the shape of the values."""
        return self.steps.reshape(-1, *[1] * (values.ndim - 1))

    @property
    def bend(self) -> Array:
        """(f(x + h) − 2 f(x) + f(x − h)) / h: falls with h where f is smooth, stays where its slope jumps."""
        return (self.after - 2.0 * self.here + self.before) / self.column(self.after)

    def central(self, noise: Any = 0.0) -> tuple[list[Array], list[Array]]:
        """Columns of slopes and of their errors, extrapolated to no step (Richardson 1911; errors as in Ridders 1982)."""
        first = (self.after - self.before) / (2.0 * self.column(self.after))
        return self._extrapolated(first, 4.0, noise)

    def one_sided(self, side: Array, noise: Any = 0.0) -> tuple[list[Array], list[Array]]:
        """The same by values on one side only, the point itself left out: f may jump there."""
        h = self.column(side)
        return self._extrapolated((side[:-1] - side[1:]) / (h[:-1] - h[1:]), 2.0, 2.0 * noise)

    def _extrapolated(self, first: Array, base: float, noise: Any) -> tuple[list[Array], list[Array]]:
        columns, errors = [first], []
        for order in range(1, LEVELS):
            old = columns[-1]
            if len(old) < 2:
                break
            new = (base**order * old[1:] - old[:-1]) / (base**order - 1.0)
            moved = 4.0 * self.eps * self._reached[: len(new)] + EPS * self.size * np.abs(new) + noise
            rounding = moved / self.column(new)[len(self.steps) - len(new) :]
            errors.append(np.fmax(np.abs(new - old[1:]), np.abs(new - old[:-1])) + rounding)
            columns.append(new)
        return columns[1:], errors


def _value(f: Values, at: Sequence[Array], like: Array) -> Array:
    try:
        value = f(at)
    except (ArithmeticError, ValueError, RuntimeError):
        return np.full_like(like, np.nan)
    return value if value.shape == like.shape else np.full_like(like, np.nan)  # a selection by value changes its size


def most_certain(columns: Sequence[Array], errors: Sequence[Array]) -> Slope:
    """Of all estimates, for each output the one with the least error."""
    values, bounds = np.concatenate(list(columns)), np.concatenate(list(errors))
    bounds = np.where(np.isfinite(values) & np.isfinite(bounds), bounds, np.inf)
    best = np.argmin(bounds, axis=0)[None]
    return Slope(np.take_along_axis(values, best, 0)[0], np.take_along_axis(bounds, best, 0)[0])

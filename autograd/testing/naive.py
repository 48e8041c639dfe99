"""Random programs, and an engine of a few lines that shares no code with the one under test.

A program is a list of steps on what was computed before: diamonds, reuse and fan-out come by themselves. It runs on anything
that has NumPy's operators and the methods `tanh`, `sin`, `sum` and `swapaxes`: tensors, the naive engine, another engine.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from autograd.testing.refusals import Array
from autograd.testing.strategies import _strategies

# What a step makes of two values; (n, n), (1, n) and (n, 1) values stay one of these.
STEPS: dict[str, Callable[[Any, Any], Any]] = {
    "add": lambda a, b: a + b,
    "subtract": lambda a, b: a - b,
    "multiply": lambda a, b: a * b,
    "divide": lambda a, b: a / (b * b + 1.0),
    "square": lambda a, b: a * a,
    "tanh": lambda a, b: a.tanh(),
    "sin of a sum": lambda a, b: (a + b).sin(),
    "residual": lambda a, b: a + (a * b).tanh(),
    "rows summed": lambda a, b: a.sum(axis=0, keepdims=True) * b,
    "columns summed": lambda a, b: b + a.sum(axis=1, keepdims=True),
    "matrix product": lambda a, b: (a + 0.0 * b) @ (b + 0.0 * a) if a.shape != b.shape else a @ a.swapaxes(0, 1),
    "a row": lambda a, b: a[0:1] + b,
    "a column": lambda a, b: a[:, -1:] * b,
    "a row twice": lambda a, b: a[np.array([0, 0])] + b if a.shape[0] == 2 else a + b,
    "in reverse": lambda a, b: a[::-1] * b,
    "turned": lambda a, b: a.swapaxes(0, 1) + b,
}  # fmt: skip


@dataclass(frozen=True)
class Program:
    """Steps (name, first operand, second operand) on `inputs`; called with other values in their places it gives one number."""

    inputs: tuple[Array, ...]
    steps: tuple[tuple[str, int, int], ...]

    def __call__(self, *values: Any) -> Any:
        made = list(values)
        for name, first, second in self.steps:
            made.append(STEPS[name](made[first % len(made)], made[second % len(made)]))
        total = made[-1]
        for value in made[:-1][-4:]:  # several results, so that some are used in and behind the graph
            total = total + value
        return total.sum(axis=0, keepdims=True).sum(axis=1, keepdims=True)[0, 0]


def programs(max_steps: int = 12, side: int = 2) -> Any:
    """A strategy of `Program`, with inputs of shapes (side, side), (1, side) and (side, 1).

    Failures shrink to few steps.

    Examples
    --------
    >>> from hypothesis import find
    >>> from autograd.testing import naive_gradients, programs
    >>> program = find(programs(), lambda p: True)
    >>> program.steps, len(naive_gradients(program)[1])
    ((('add', 0, 0),), 3)
    """
    if max_steps < 1 or side < 1:
        raise ValueError(f"max_steps and side are at least 1, given {max_steps} and {side}")
    st = _strategies()
    step = st.tuples(st.sampled_from(list(STEPS)), st.integers(0, 99), st.integers(0, 99))
    steps = st.lists(step, min_size=1, max_size=max_steps).map(tuple)
    return st.builds(Program, st.integers(0, 2**16).map(lambda seed: _inputs(seed, side)), steps)


def _inputs(seed: int, side: int) -> tuple[Array, ...]:
    rng = np.random.default_rng(seed)
    return tuple(rng.uniform(-0.7, 0.7, shape) for shape in ((side, side), (1, side), (side, 1)))


# -------------------------------------------------------------------------------------------------------- the naive engine


class Naive:
    """A value and its derivative by one number, carried along as the value is computed: forward mode, no graph, no tape."""

    def __init__(self, value: Any, slope: Any) -> None:
        self.value, self.slope = np.asarray(value), np.asarray(slope)

    @property
    def shape(self) -> tuple[int, ...]:
        return self.value.shape

    def __add__(self, other: Any) -> Naive:
        o = _naive(other)
        return Naive(self.value + o.value, self.slope + o.slope)

    def __sub__(self, other: Naive) -> Naive:
        return Naive(self.value - other.value, self.slope - other.slope)

    def __mul__(self, other: Any) -> Naive:
        o = _naive(other)
        return Naive(self.value * o.value, self.slope * o.value + self.value * o.slope)

    def __rmul__(self, other: float) -> Naive:
        return Naive(other * self.value, other * self.slope)

    def __truediv__(self, other: Naive) -> Naive:
        ratio = self.value / other.value
        return Naive(ratio, (self.slope - ratio * other.slope) / other.value)

    def __matmul__(self, other: Naive) -> Naive:
        return Naive(self.value @ other.value, self.slope @ other.value + self.value @ other.slope)

    def __getitem__(self, index: Any) -> Naive:
        return Naive(self.value[index], self.slope[index])

    def tanh(self) -> Naive:
        t = np.tanh(self.value)
        return Naive(t, (1.0 - t * t) * self.slope)

    def sin(self) -> Naive:
        return Naive(np.sin(self.value), np.cos(self.value) * self.slope)

    def sum(self, axis: int, keepdims: bool) -> Naive:
        return Naive(self.value.sum(axis=axis, keepdims=keepdims), self.slope.sum(axis=axis, keepdims=keepdims))

    def swapaxes(self, a: int, b: int) -> Naive:
        return Naive(self.value.swapaxes(a, b), self.slope.swapaxes(a, b))


def _naive(value: Any) -> Naive:
    return value if isinstance(value, Naive) else Naive(value, 0.0)


def naive_gradients(f: Callable[..., Any], inputs: Sequence[Array] | None = None) -> tuple[float, list[Array]]:
    """The value of `f` and its gradient at every input, one element at a time, by `Naive`; of a `Program` at its own inputs.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd.testing import naive_gradients
    >>> value, (gradient,) = naive_gradients(lambda x: (x * x).sum(axis=0, keepdims=False), [np.array([1.0, 2.0])])
    >>> value, gradient.tolist()
    (5.0, [2.0, 4.0])
    """
    at = [np.asarray(x, float) for x in (f.inputs if inputs is None and isinstance(f, Program) else inputs or ())]
    value = float(f(*[Naive(x, np.zeros_like(x)) for x in at]).value)
    return value, [_by_elements(f, at, which) for which in range(len(at))]


def _by_elements(f: Callable[..., Any], at: Sequence[Array], which: int) -> Array:
    gradient = np.zeros_like(at[which])
    for index in np.ndindex(gradient.shape):
        units = [np.zeros_like(x) for x in at]
        units[which][index] = 1.0
        gradient[index] = f(*map(Naive, at, units)).slope
    return gradient

"""Mutants: one operation's pull-back, wrong in one way; and what became of them."""

from __future__ import annotations

import random
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np

import autograd
import tests.operations  # noqa: F401  (samples of nn's operations)
from autograd.declare import Operation
from autograd.graph import spreading, sum_to
from autograd.tensor import Tensor
from autograd.testing import check_gradients
from autograd.testing.registry import A, Call, Sample, samples

SEVERAL = {"pick": "eigh"}  # operation: the one by whose samples it is checked
CHANGES_DTYPE = {"cast", "float_power"}  # by their nature, so a float32 run says nothing of them



class Beside(Sample):
    """The projection beside the columns of a matrix: the same for every basis that the full factors may have."""

    def run(self, *values: Any) -> Any:
        basis = autograd.svd(values[0], full_matrices=True)[0][:, 2:]
        return basis @ basis.T


COMPOSED: dict[str, Callable[[Operation], Sample]] = {"basis_beside": lambda operation: Beside(operation, Call(A(4, 2)))}

# --------------------------------------------------------------------------------------------------- ways to be wrong


def _first(g: Any, shape: tuple[int, ...]) -> Any:
    """The first of the repeated elements in place of their sum."""
    while np.ndim(g) > len(shape):
        g = g[0]
    for axis, (n, m) in enumerate(zip(np.shape(g), shape)):
        if n != m:
            g = g[(slice(None),) * axis + (slice(0, 1),)]
    return g


def _widened(g: Any, shape: tuple[int, ...]) -> Any:
    narrow = not isinstance(g, Tensor) and getattr(g, "dtype", None) == np.float32
    return np.asarray(g, np.float64) if narrow else g


def _turned(g: Any, shape: tuple[int, ...]) -> Any:
    """The elements in reverse, as a wrong transposition of a square would have them."""
    return np.flip(g) if np.size(g) > 1 else g


RESULTS: dict[str, Callable[[Any, tuple[int, ...]], Any]] = {
    "sign": lambda g, shape: -g,
    "factor 2": lambda g, shape: g * 2.0,
    "factor 1.01": lambda g, shape: g * 1.01,
    "lost": lambda g, shape: g * 0.0,
    "extra term": lambda g, shape: g + 1.0,
    "turned": _turned,
    "unsummed": _first,
    "widened": _widened,
}
OPERANDS: dict[str, Callable[[Any], Any]] = {
    "lost factor": lambda value: np.ones_like(_plain(value)),
    "transposed": lambda value: np.swapaxes(value, -1, -2) if np.ndim(value) > 1 else value,
}


@dataclass(frozen=True)
class Mutant:
    """One operation, the argument whose gradient (or the kept value which) is changed, and how."""

    operation: Operation
    target: str
    kind: str

    def __str__(self) -> str:
        return f"{self.operation.name}: {self.target}, {self.kind}"


def built(operation: Operation) -> Operation:
    """The operation with its pull-back in place, which is written at the first call."""
    for sample in checks(operation):
        sample.run(*[Tensor(array, requires_grad=True) for array in sample.arrays])
    return operation


def checks(operation: Operation) -> list[Sample]:
    """The samples that look at the values of this operation's gradients."""
    if operation.name in COMPOSED:
        return [COMPOSED[operation.name](operation)]
    chosen = autograd.registry[SEVERAL.get(operation.name, operation.name)]
    return [sample for sample in samples(chosen) if all(array.size for array in sample.arrays)]


def mutants_of(operation: Operation) -> Iterator[Mutant]:
    built(operation)
    for argument in operation.rules or operation.names[:1]:
        yield from (Mutant(operation, argument, kind) for kind in RESULTS)
    for name in operation.saved_names:
        if not name.endswith(("_shape", "_dtype")):
            yield from (Mutant(operation, name, kind) for kind in OPERANDS)


def all_mutants() -> list[Mutant]:
    return [mutant for operation in list(autograd.registry.values()) for mutant in mutants_of(operation)]


# ---------------------------------------------------------------------------------------------------------- in process


def _plain(value: Any) -> Any:
    return value.data if isinstance(value, Tensor) else value


def _same(a: Any, b: Any) -> bool:
    a, b = np.asarray(_plain(a)), np.asarray(_plain(b))
    return a.dtype == b.dtype and np.array_equal(a, b, equal_nan=True)


class Broken:
    """Stands in place of an operation's pull-back. `changed`: whether it ever gave something else than the right one."""

    def __init__(self, mutant: Mutant) -> None:
        self.mutant, self.right, self.called, self.changed = mutant, mutant.operation.pull, False, False
        self.order = list(mutant.operation.rules)

    def __call__(self, parents: Any, saved: Any, g: Any) -> Any:
        self.called = True
        if self.mutant.kind in OPERANDS:
            return self.right(parents, self._operands(saved), g)
        if self.mutant.operation.name in SEVERAL:  # its gradient is a part of several: what it is made from is changed
            return self.right(parents, saved, self._result(g, np.shape(g)))
        contributions = self.right(parents, saved, g)
        return [
            self._result(c, parents[i].shape) if c is not None and (not self.order or self.order[i] == self.mutant.target) else c
            for i, c in enumerate(contributions)
        ]

    def _result(self, c: Any, shape: tuple[int, ...]) -> Any:
        wrong = RESULTS[self.mutant.kind](c, shape)
        self.changed = self.changed or not _same(sum_to(np.asarray(_plain(c)), shape), sum_to(np.asarray(_plain(wrong)), shape))
        return wrong

    def _operands(self, saved: Any) -> Any:
        names = self.mutant.operation.saved_names
        values = [saved] if len(names) == 1 else list(saved)
        place = names.index(self.mutant.target)
        values[place] = self._operand(values[place])
        return values[0] if len(names) == 1 else tuple(values)

    def _operand(self, value: Any) -> Any:
        if type(value) is list:
            return [self._operand(item) for item in value]
        if getattr(value, "dtype", np.dtype(type(value) if type(value) is float else object)).kind != "f":
            return value
        wrong = OPERANDS[self.mutant.kind](value)
        self.changed = self.changed or not _same(value, wrong)
        return wrong


@contextmanager
def installed(mutant: Mutant) -> Iterator[Broken]:
    broken = Broken(mutant)
    spread = mutant.operation.spread
    mutant.operation.pull, mutant.operation.spread = broken, spreading(broken)
    autograd.config.strict = True
    try:
        yield broken
    finally:
        mutant.operation.pull, mutant.operation.spread = broken.right, spread
        autograd.config.strict = False


def examine(sample: Sample) -> None:
    """What the suite asks of a sample's gradient: that it is the slope, and in float32 stays float32."""
    check_gradients(sample.run, *sample.arrays, allow_zero=True)
    if sample.operation.name in CHANGES_DTYPE:
        return
    inputs = [Tensor(array.astype(np.float32), requires_grad=True) for array in sample.arrays]
    outs = sample.run(*inputs)
    listed = list(outs) if isinstance(outs, tuple) else [outs]
    autograd.gradients(listed, inputs, [np.ones(out.shape, out.dtype) for out in listed])


def fate(mutant: Mutant) -> str:
    """"killed", "survived", or "idle": it gave nothing wrong in any sample, as a transposed scalar does."""
    with installed(mutant) as broken, warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        for sample in checks(mutant.operation):
            try:
                examine(sample)
            except Exception:  # whatever a wrong rule brings about, it is seen
                return "killed"
    return "idle" if broken.called and not broken.changed else "survived"


def drawn(count: int, seed: int) -> list[Mutant]:
    """Some mutants, the same for the same seed."""
    return random.Random(seed).sample(all_mutants(), count)

"""Integer inputs: a graph is recorded from floating numbers, so what a model does with integers is read off the arrays it made of them.

An array that differs between the two runs and is, in both, one simple function of an integer input, is that function: the integers
themselves, rows of a table, ones at their places, or one value where they are some number and another elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]


@dataclass(frozen=True)
class Derived:
    """A function of one integer input, whose result is `shape`."""

    place: int  # which of the inputs
    shape: Any

    def of(self, integers: Array, leaves: Mapping[int, Array]) -> Array:
        """The values, in the order in which the integers lie."""
        return integers

    def written(self, graph: Any, name: str, leaf: Any) -> str:
        """As nodes of a graph; `leaf` gives the name of a leaf."""
        return str(graph.cast(name, np.int64))


@dataclass(frozen=True)
class Rows(Derived):
    """Of a leaf."""

    leaf: int

    def of(self, integers: Array, leaves: Mapping[int, Array]) -> Array:
        return leaves[self.leaf][integers]

    def written(self, graph: Any, name: str, leaf: Any) -> str:
        return str(graph.add("Gather", leaf(self.leaf), name, axis=0))


@dataclass(frozen=True)
class OneHot(Derived):
    """Ones at the integers' places."""

    classes: int
    dtype: Any

    def of(self, integers: Array, leaves: Mapping[int, Array]) -> Array:
        return np.asarray(integers[..., None] == np.arange(self.classes)).astype(self.dtype)

    def written(self, graph: Any, name: str, leaf: Any) -> str:
        # ONNX Runtime has no one-hot of truth values.
        dtype = np.dtype(np.int64 if self.dtype == bool else self.dtype)
        depth, values = graph.constant(np.asarray(self.classes, np.int64)), graph.constant(np.asarray([0, 1], dtype))
        ones = str(graph.add("OneHot", graph.cast(name, np.int64), depth, values))
        return graph.cast(ones, bool) if self.dtype == bool else ones  # type: ignore[no-any-return]


@dataclass(frozen=True)
class Choice(Derived):
    """One value where the integers are `number`, another elsewhere."""

    number: int
    there: Any
    elsewhere: Any
    dtype: Any

    def of(self, integers: Array, leaves: Mapping[int, Array]) -> Array:
        return np.asarray(np.where(integers == self.number, self.there, self.elsewhere), self.dtype)

    def written(self, graph: Any, name: str, leaf: Any) -> str:
        equal = graph.add("Equal", graph.cast(name, np.int64), graph.constant(np.asarray(self.number, np.int64)))
        if self.dtype == bool:  # ONNX Runtime chooses among numbers alone
            return str(equal if self.there else graph.add("Not", equal))
        return str(graph.add("Where", equal, *(graph.constant(np.asarray(each, self.dtype)) for each in (self.there, self.elsewhere))))


def explained(one: Array, two: Array, integers: Sequence[Mapping[int, Array]], leaves: Mapping[int, Array]) -> Derived | None:
    """What makes the first array of the first run's integers and the second of the second's."""
    for place, first in integers[0].items():
        for candidate in _candidates(one, place, first, leaves):
            if _is(two, candidate.of(integers[1][place], leaves)):
                return candidate
    return None


def _is(array: Array, made: Array) -> bool:
    return array.size == made.size and array.dtype == made.dtype and np.array_equal(array.ravel(), made.ravel())


def _candidates(array: Array, place: int, integers: Array, leaves: Mapping[int, Array]) -> Iterator[Derived]:
    if array.size % integers.size or not _varies(array.reshape(integers.size, -1)):
        return  # the same for all integers: nobody can tell what it would be for others
    if array.size == integers.size and array.dtype.kind in "iu" and np.array_equal(array.ravel(), integers.ravel()):
        yield Derived(place, array.shape)
    tables = [number for number, leaf in leaves.items() if leaf.ndim and prod(leaf.shape[1:]) * integers.size == array.size]
    makers: list[Derived] = [Rows(place, array.shape, number) for number in tables if integers.max() < len(leaves[number])]
    if array.size == integers.size:
        makers += _choices(array, place, integers)
    if array.ndim and array.shape[-1] * integers.size == array.size:
        makers.append(OneHot(place, array.shape, array.shape[-1], array.dtype))
    yield from (maker for maker in makers if _is(array, maker.of(integers, leaves)))


def _varies(rows: Array) -> bool:
    return not np.array_equal(rows, np.broadcast_to(rows[:1], rows.shape))


def _choices(array: Array, place: int, integers: Array) -> list[Derived]:
    """Of every number that occurs, but not alone."""
    flat, made = array.ravel(), []
    for number in np.unique(integers):
        where = (integers == number).ravel()
        if not where.all():
            made.append(Choice(place, array.shape, int(number), flat[where][0], flat[~where][0], array.dtype))
    return [each for each in made if each.there != each.elsewhere]


def mixed(array: Array, shape: tuple[int, ...], random: np.random.Generator) -> Array:
    """Other integers of the same kind: the example's own, for others may be none that the model knows.

    Raises
    ------
    ValueError
        When they are all the same: what is made of them could not be told from a constant.
    """
    values, count = np.unique(array), prod(shape)
    if len(values) < 2 or count < 2:
        raise ValueError(
            f"an integer example holds two different values at least, better all that mean something of their own (padding); given {values}"
        )
    while True:
        made = np.resize(random.permutation(array.ravel()), count)
        if len(np.unique(made)) > 1 and not np.array_equal(made[: array.size], array.ravel()[:count]):
            return made.reshape(shape)

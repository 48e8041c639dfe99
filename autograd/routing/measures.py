"""Sizes of gradients, whatever holds them: arrays, plain numbers, or the parts of an operation with several outputs."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import reduce
from operator import add
from typing import Any, NamedTuple

import numpy as np

from autograd.graph import FLOAT64, Parts
from autograd.routing.arms import Step, carried
from autograd.routing.joins import Join

TOO_MUCH = 1e6  # where norms add to more than this times the norm of the sum, shares mean nothing
CLOSE = 0.01
NOTHING = {"skip": 0.0, "branch": 0.0, "other": 0.0}
SMALLEST, LARGEST = 1e-280, 1e280  # beyond these, squares lose digits or overflow: of gradients below 1e-140 or above 1e140
AT_ONCE = 1 << 16  # elements up to which a copy in float64 pays: it serves several products


def inner(a: Any, b: Any) -> float:
    """<a, b>, added up in float64; infinite, without a warning, where that is too small."""
    with np.errstate(over="ignore"):
        return _inner(a, b)


def _inner(a: Any, b: Any) -> float:
    if not isinstance(a, Parts):
        return _dot(a, b)
    return sum(_dot(x, y) for x, y in zip(a.items, b.items, strict=True) if x is not None and y is not None)


def _dot(a: Any, b: Any) -> float:
    if getattr(a, "dtype", FLOAT64) is FLOAT64:
        return float(np.vdot(a, b))
    return float(np.add.reduce(np.multiply(a, b, dtype=np.float64), axis=None))


def size(a: Any) -> float:
    """The Frobenius norm, over the whole tensor; squares that float64 cannot hold are taken of a multiple."""
    square = inner(a, a)
    if SMALLEST < square < LARGEST or isinstance(a, Parts):
        return math.sqrt(square)
    top = _top(a)
    return top * math.sqrt(inner(a / top, a / top)) if 0 < top < math.inf else top


def pair(a: Any, b: Any) -> tuple[float, float, float]:
    """‖a‖, <a, b>, and their cosine; nan where one of them is 0."""
    (square,), (dot, other) = products([a, b])
    if (SMALLEST < square < LARGEST and SMALLEST < other < LARGEST) or isinstance(a, Parts):
        return math.sqrt(square), dot, ratio(dot, math.sqrt(square) * math.sqrt(other))
    mine, whole = size(a), size(b)
    cosine = inner(a / mine, b / whole) if 0 < mine < math.inf and 0 < whole < math.inf else math.nan
    return mine, dot, cosine


def share_of(part: Any, whole: Any) -> float:
    """<part, whole> / <whole, whole>; nan where the whole is 0."""
    square = inner(whole, whole)
    if SMALLEST < square < LARGEST or isinstance(whole, Parts):
        return ratio(inner(part, whole), square)
    norm = size(whole)
    return inner(part / norm, whole / norm) if 0 < norm < math.inf else math.nan


def _top(a: Any) -> float:
    """The largest magnitude; nan if one is nan."""
    return float(np.max(np.abs(a), initial=0.0))


def products(vectors: Sequence[Any]) -> list[list[float]]:
    """<a, b> of every pair, the lower triangle of their matrix; added up in float64."""
    dot: Callable[[Any, Any], Any] = _inner
    if all(type(vector) is np.ndarray and vector.size <= AT_ONCE for vector in vectors):
        vectors, dot = [np.asarray(vector, FLOAT64).ravel() for vector in vectors], np.ndarray.dot
    with np.errstate(over="ignore"):
        return [[float(dot(vector, other)) for other in vectors[: i + 1]] for i, vector in enumerate(vectors)]


def ratio(a: float, b: float) -> float:
    """a / b, and nan where b is 0."""
    return a / b if b else math.nan


def total(parts: Iterable[Any]) -> Any:
    """The sum in the order given; None of nothing."""
    given = list(parts)
    return reduce(add, given) if given else None


class Division(NamedTuple):
    """A gradient divided by the ways it came; see `Join`."""

    norm: float
    norms: dict[str, float]
    shares: dict[str, float]
    cosine: float
    cancels: bool


def divide(gradient: Any, contributions: Iterable[tuple[str, Any]]) -> Division:
    """Divide a gradient into its contributions, each given with the way it came by."""
    sums: dict[str, Any] = {}
    for way, contribution in contributions:
        sums[way] = sums[way] + contribution if way in sums else contribution
    division = _division(sums, gradient)
    if SMALLEST < division.norm**2 < LARGEST or isinstance(gradient, Parts) or not 0 < (top := _top(gradient)) < math.inf:
        return division
    return _times(top, _division({way: part / top for way, part in sums.items()}, gradient / top))


def _division(sums: Mapping[str, Any], gradient: Any) -> Division:
    """From the products of the parts: <part, g> is the sum of a row of them, <g, g> of all."""
    table = products(list(sums.values()))
    lengths, against = [row[-1] for row in table], list(map(sum, table))
    for row in table:
        for i, product in enumerate(row[:-1]):
            against[i] += product
    whole = sum(against)
    if not whole > CLOSE * sum(lengths):  # so much cancels that rounding would show: from the gradient itself
        *against, whole = products([*sums.values(), gradient])[-1]
    norm, norms, shares = math.sqrt(whole), dict(NOTHING), dict(NOTHING)
    for way, length, product in zip(sums, lengths, against):
        norms[way], shares[way] = math.sqrt(length), ratio(product, whole)
    cosine = ratio(_between(sums, table), norms["skip"] * norms["branch"])
    return Division(norm, norms, shares, cosine, sum(norms.values()) > TOO_MUCH * norm)


def _between(sums: Iterable[str], table: Sequence[Sequence[float]]) -> float:
    """<skip, branch>; 0 where one of them is not there."""
    places = [i for i, way in enumerate(sums) if way != "other"]
    return table[places[1]][places[0]] if len(places) == 2 else 0.0


def _times(factor: float, division: Division) -> Division:
    return division._replace(norm=factor * division.norm, norms={way: factor * norm for way, norm in division.norms.items()})


def told_apart(steps: Sequence[tuple[str, Sequence[Step]]], gradient: Any) -> list[tuple[str, Any]]:
    """What came from a sum by each of its skips, and is taken from the edge that carried it: the way of that edge is given."""
    alone = [(way, carried(each, gradient)) for way, each in steps]
    return [part for way, sent in alone for part in (("skip", sent), (way, -sent))]


def measure(join: Join, gradient: Any, edges: Iterable[Any], apart: Sequence[tuple[str, Any]] = ()) -> None:
    """Divide the gradient at a join's fork by the ways it came."""
    parts = [(join.way_of((edge.child, edge.argument)), edge.contribution) for edge in edges]
    parts += apart
    join.norm, join.norms, join.shares, join.cosine, join.cancels = divide(gradient, parts)

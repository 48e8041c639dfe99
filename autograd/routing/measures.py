"""Sizes of gradients, whatever holds them: arrays, plain numbers, or the parts of an operation with several outputs."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from functools import reduce
from operator import add
from typing import Any, NamedTuple

import numpy as np

from autograd.graph import FLOAT64, Parts
from autograd.routing.joins import Join

TOO_MUCH = 1e6  # where norms add to more than this times the norm of the sum, shares mean nothing
WAYS = ("skip", "branch", "other")


def inner(a: Any, b: Any) -> float:
    """<a, b>, added up in float64."""
    if not isinstance(a, Parts):
        return _dot(a, b)
    return sum(_dot(x, y) for x, y in zip(a.items, b.items, strict=True) if x is not None and y is not None)


def _dot(a: Any, b: Any) -> float:
    if getattr(a, "dtype", FLOAT64) is FLOAT64:
        return float(np.vdot(a, b))
    return float(np.add.reduce(np.multiply(a, b, dtype=np.float64), axis=None))


def size(a: Any) -> float:
    """The Frobenius norm, over the whole tensor."""
    return math.sqrt(inner(a, a))


def widened(a: Any) -> Any:
    """In float64, once for several products; whatever is as wide already stays itself."""
    return Parts([_wide(item) for item in a.items]) if isinstance(a, Parts) else _wide(a)


def _wide(a: Any) -> Any:
    return a.astype(FLOAT64) if isinstance(a, np.ndarray) and a.dtype.itemsize < FLOAT64.itemsize else a


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
    groups: dict[str, list[Any]] = {way: [] for way in WAYS}
    for way, contribution in contributions:
        groups[way].append(contribution)
    sums = {way: widened(total(parts)) for way, parts in groups.items()}
    gradient = widened(gradient)
    whole = inner(gradient, gradient)
    norm = math.sqrt(whole)
    norms = {way: 0.0 if part is None else size(part) for way, part in sums.items()}
    shares = {way: 0.0 if part is None else ratio(inner(part, gradient), whole) for way, part in sums.items()}
    return Division(norm, norms, shares, _cosine(sums, norms), sum(norms.values()) > TOO_MUCH * norm)


def _cosine(sums: Mapping[str, Any], norms: Mapping[str, float]) -> float:
    if sums["skip"] is None or sums["branch"] is None:
        return math.nan
    return ratio(inner(sums["skip"], sums["branch"]), norms["skip"] * norms["branch"])


def measure(join: Join, gradient: Any, edges: Iterable[Any]) -> None:
    """Divide the gradient at a join's fork by the ways it came."""
    parts = [(join.group_of((edge.child, edge.argument)), edge.contribution) for edge in edges]
    join.norm, join.norms, join.shares, join.cosine, join.cancels = divide(gradient, parts)

"""Sizes of gradients, whatever holds them: arrays, plain numbers, or the parts of an operation with several outputs."""

from __future__ import annotations

import math
from collections.abc import Iterable
from functools import reduce
from operator import add
from typing import Any

import numpy as np

from autograd.graph import Parts
from autograd.routing.joins import Join

TOO_MUCH = 1e6  # where norms add to more than this times the norm of the sum, shares mean nothing
WAYS = ("skip", "branch", "other")


def inner(a: Any, b: Any) -> float:
    """<a, b>, added up in float64."""
    pairs = zip(a.items, b.items) if isinstance(a, Parts) else [(a, b)]
    return sum(_dot(x, y) for x, y in pairs if x is not None and y is not None)


def _dot(a: Any, b: Any) -> float:
    if getattr(a, "dtype", np.float64) == np.float64:
        return float(np.vdot(a, b))
    return float(np.add.reduce(np.multiply(a, b, dtype=np.float64), axis=None))


def size(a: Any) -> float:
    """The Frobenius norm, over the whole tensor."""
    return math.sqrt(inner(a, a))


def ratio(a: float, b: float) -> float:
    """a / b, and nan where b is 0."""
    return a / b if b else math.nan


def total(parts: Iterable[Any]) -> Any:
    """The sum in the order given; None of nothing."""
    given = list(parts)
    return reduce(add, given) if given else None


def measure(join: Join, gradient: Any, edges: Iterable[Any]) -> None:
    """Divide the gradient at a join's fork by the ways it came."""
    groups: dict[str, list[Any]] = {way: [] for way in WAYS}
    for edge in edges:
        groups[join.group_of((edge.child, edge.argument))].append(edge.contribution)
    sums = {way: total(parts) for way, parts in groups.items()}
    whole = inner(gradient, gradient)
    join.norm = math.sqrt(whole)
    join.norms = {way: 0.0 if part is None else size(part) for way, part in sums.items()}
    join.shares = {way: 0.0 if part is None else ratio(inner(part, gradient), whole) for way, part in sums.items()}
    join.cancels = sum(join.norms.values()) > TOO_MUCH * join.norm
    if sums["skip"] is not None and sums["branch"] is not None:
        join.cosine = ratio(inner(sums["skip"], sums["branch"]), join.norms["skip"] * join.norms["branch"])

"""A failed check in words: the numbers of one place, what all failures have in common, and where in the graph it began."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from autograd.testing.blame import first_difference
from autograd.testing.comparison import Failure, Problem
from autograd.testing.refusals import Array
from autograd.testing.subjects import Recorded

ALIKE = 1e-4


def explained(problem: Problem, failures: Sequence[Failure], mode: str, order: int) -> str:
    """The message: the worst failure first, then the pattern of all."""
    first = failures[0]
    parts = [_numbers(first, mode, order, len(problem.outs)), _blamed(problem, first, order), _pattern(problem, failures)]
    return "; ".join(part for part in parts if part)


def _numbers(failure: Failure, mode: str, order: int, outputs: int) -> str:
    of = "" if failure.output in (None, ()) else f", of output {failure.output}" if outputs == 1 else _numbered(failure.output)
    what = "gradient" if order == 1 else f"derivative of order {order}"
    return (f"{failure.where}{of}: the {what} is {failure.gradient!r}, the slope {failure.slope!r} "
            f"(by {mode}, error estimate {failure.error:.1e})")  # fmt: skip


def _numbered(output: tuple[int, ...]) -> str:
    return f", of output {output[0]}" + (f" at {output[1:]}" if output[1:] else "")


def _blamed(problem: Problem, failure: Failure, order: int) -> str:
    """Where in the graph it went wrong; a second derivative's graph is made of rules and would name none of the user's."""
    if not isinstance(problem.subject, Recorded) or order > 1:
        return ""
    return first_difference(problem.subject.of, failure.line, failure.seed)


# --------------------------------------------------------------------------------------------------- what they have in common


def _pattern(problem: Problem, failures: Sequence[Failure]) -> str:
    unreached = [name for name, g in zip(problem.names, problem.found[0], strict=True) if g is None]
    if unreached:
        return f"the graph does not lead to {', '.join(unreached)}: look for detach(), .data or no_grad"
    got, slopes = (np.array([getattr(f, name) for f in failures]) for name in ("gradient", "slope"))
    return _sum_of(problem, failures) or _in_common(got, slopes) or _some(problem, failures)


def _in_common(got: Array, slopes: Array) -> str:
    if not np.isfinite(got).all():
        return "the gradient is not a number, the function is"
    if (got == 0).all():
        return "the gradient is 0 where the function moves: a term or a path is lost"
    if (np.abs(slopes) <= 1e-9 * np.abs(got)).all():
        return "the function does not move there"
    ratios = got / np.where(slopes == 0, np.nan, slopes)
    if not np.isfinite(ratios).all() or np.ptp(ratios) > ALIKE * abs(ratios[0]):
        return ""
    if abs(ratios[0] + 1.0) < ALIKE:
        return f"everywhere it differs ({len(got)} places) it has the wrong sign"
    return f"everywhere it differs ({len(got)} places) it is {ratios[0]:.6g} times the slope" if len(got) > 1 else _ratio(float(ratios[0]))


def _ratio(ratio: float) -> str:
    return f"it is {ratio:.6g} times the slope"


def _sum_of(problem: Problem, failures: Sequence[Failure]) -> str:
    """Square inputs: whether the gradient is the right one with its axes exchanged, or in reverse."""
    for which, x in enumerate(problem.inputs):
        places = _filled(problem, failures, which)
        if places is None or x.size < 3:
            continue
        got, right = places
        ways = {"transposed": right.T if x.ndim == 2 and x.shape[0] == x.shape[1] else None, "in reverse order": np.flip(right)}
        for text, other in ways.items():
            if other is not None and np.allclose(got, other, rtol=ALIKE, atol=0) and not np.allclose(right, other, rtol=ALIKE, atol=0):
                return f"the gradient of {problem.names[which]} fits {text}"
    return ""


def _filled(problem: Problem, failures: Sequence[Failure], which: int) -> tuple[Array, Array] | None:
    """By one output, what the gradient of an input is and what it should be; None if that output did not fail there."""
    if problem.inputs[which].size > problem.most:
        return None
    seed = failures[0].seed
    mine = [f for f in failures if f.seed is seed and f.line.direction[which].any() and np.count_nonzero(f.line.direction[which]) == 1]
    probe = next(i for i, s in enumerate(problem.seeds) if s is seed)
    g = problem.found[probe][which]
    if not mine or g is None:
        return None
    right = np.array(g, float)
    for failure in mine:
        right[failure.line.direction[which] != 0] = failure.slope
    return np.asarray(g, float), right


def _some(problem: Problem, failures: Sequence[Failure]) -> str:
    """Which elements: one of many, or those below zero."""
    total = sum(min(x.size, problem.most) for x in problem.inputs)
    wheres = list(dict.fromkeys(failure.where for failure in failures if "index" in failure.where))
    if not wheres or total < 2:
        return ""
    negative = " (all of them negative)" if _all_negative(problem, failures) else ""
    return f"{len(wheres)} of {total} elements differ{negative}"


def _all_negative(problem: Problem, failures: Sequence[Failure]) -> bool:
    lines = [failure.line for failure in failures if "index" in failure.where]
    values: list[Any] = [x[d != 0] for line in lines for x, d in zip(line.inputs, line.direction, strict=True)]
    moved = np.concatenate(values)
    return bool((moved < 0).all()) and any((x > 0).any() for x in problem.inputs)

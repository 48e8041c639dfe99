"""What a function does near one point, from values on both sides of it, and whether a gradient fits that.

A function may be smooth there, have a kink (one-sided slopes that differ), a jump, or the border of its domain. Each is told
from how differences behave as the step falls, not from one step: noise, curvature and a kink close by look the same at one.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from autograd.testing.differences import TAIL, Array, Slope, Walk

FITS, WRONG, KINK, JUMP, BORDER, UNSURE = "fits", "wrong", "kink", "jump", "border", "unsure"
QUANTUM = 4e-7  # a function that rounds to float32 inside moves in jumps of so much of its value
NOISE = 8.0  # a difference is one when it is so many times the noise
SLACK = 1e-6
FIRM = 10.0  # a gradient is wrong when it is off by more than so many error estimates
VAGUE = 1e-3  # a slope known no better than this says too little


@dataclass(frozen=True)
class Bounds:
    """How far a gradient may be from the slope: relative, absolute, and the size that the other entries have."""

    rtol: float
    atol: float
    scale: float = 0.0

    def of(self, slope: Any) -> Any:
        return self.rtol * np.abs(slope) + self.atol + 1e-12 * self.scale


@dataclass(frozen=True)
class Verdict:
    """The kind of place, and the slope there with its error."""

    kind: str
    slope: float = float("nan")
    error: float = 0.0


def judge(walk: Walk, got: float, bounds: Bounds, exact: float | None, jitter: Callable[[], float]) -> Verdict:
    """Whether `got` is the slope of one output. `exact` is the complex step's answer, `jitter` how much roundings move `got`."""
    if not np.isfinite(walk.here):
        return Verdict(BORDER)
    missing = [not np.isfinite(side[-TAIL:]).all() for side in (walk.before, walk.after)]
    if any(missing):
        return Verdict(BORDER) if all(missing) else _at_border(walk, walk.before if missing[1] else walk.after, got, bounds)
    if _jumps(walk, walk.before) or _jumps(walk, walk.after):
        return _between(JUMP, walk, got, len(walk.steps) - 1)
    noise = _noise(walk)
    kink = _kink(walk, noise)
    if kink is not None:
        return _between(KINK, walk, got, kink)
    return _smooth(walk, got, bounds, noise, exact, jitter)


# ------------------------------------------------------------------------------------------------------ what it is like


def _noise(walk: Walk) -> float:
    """How much values scatter that should all but agree; for a function that climbs in small stairs, their height."""
    after, before = walk.after[-TAIL:], walk.before[-TAIL:]
    even, odd = after + before - 2.0 * walk.here, after - before
    scatter = max(float(np.abs(even).max()), 0.5 * float(np.abs(odd[:-1] - 2.0 * odd[1:]).max()))
    return max(scatter, _stair(walk, walk.after, 1.0), _stair(walk, walk.before, -1.0))


def _stair(walk: Walk, side: Array, sign: float) -> float:
    """The height of a stair: the function is level about here, and level again where it has left this level."""
    moved = np.abs(side - walk.here)
    left = np.flatnonzero(moved > 0)
    if not left.size or moved[-1] > 0:
        return 0.0
    first = int(left[-1])
    level = all(walk.value(sign * walk.steps[first] * more) == side[first] for more in (1.0 + 1.0 / 64.0, 1.0 + 1.0 / 32.0))
    many = np.unique(moved[left]).size >= 5 or moved[first] <= QUANTUM * walk.magnitude
    return float(moved[first]) if level and many else 0.0


def _jumps(walk: Walk, side: Array) -> bool:
    """The value does not come back however small the step, and always by as much."""
    d = side[-TAIL:] - walk.here
    return bool(np.abs(d.mean()) > 64.0 * walk.eps * walk.magnitude and np.ptp(d) <= 0.1 * np.abs(d.mean()))


def _kink(walk: Walk, noise: float) -> int | None:
    """The finest step at which the bend stands out of the noise, if the bend does not fall towards it."""
    bend = walk.bend
    seen = np.flatnonzero(np.isfinite(bend) & (np.abs(bend) * walk.steps >= NOISE * noise) & (bend != 0))
    if not seen.size or seen[-1] < 4:
        return None
    last = int(seen[-1])
    recent = bend[last - 4 : last + 1]
    steady = np.isfinite(recent).all() and np.ptp(np.sign(recent)) == 0 and np.abs(recent).min() >= 0.75 * np.abs(recent).max()
    steepest = max(abs(side[last] - walk.here) / walk.steps[last] for side in (walk.before, walk.after))
    return last if steady and abs(bend[last]) > SLACK * steepest else None


# ------------------------------------------------------------------------------------------------------- whether it fits


def _side(walk: Walk, side: Array, noise: float, last: int | None = None) -> Slope:
    """The slope on one side; with `last`, by the steps just above that one."""
    columns, errors = walk.one_sided(side, noise)
    if last is not None:
        columns, errors = ([c[max(0, last - TAIL) : last] for c in these] for these in (columns, errors))
    values, bounds = np.concatenate(columns), np.concatenate(errors)
    bounds = np.where(np.isfinite(values + bounds), bounds, np.inf)
    best = int(np.argmin(bounds))
    return Slope(values[best], bounds[best])


def _between(kind: str, walk: Walk, got: float, last: int) -> Verdict:
    """At a kink any number between the one-sided slopes is a gradient; what is outside is none."""
    noise = 0.0 if kind == JUMP else _noise(walk)
    left = _side(walk, -walk.before, noise, last)
    right = _side(walk, walk.after, noise, last)
    low, high = sorted([float(left.value), float(right.value)])
    error = float(left.error + right.error)
    slack = FIRM * error + SLACK * max(abs(low), abs(high))
    if not np.isfinite(slack):
        return Verdict(kind, 0.5 * (low + high), error)
    inside = low - slack <= got <= high + slack
    return Verdict(kind if inside else WRONG, low if got < low else high, error)


def _at_border(walk: Walk, side: Array, got: float, bounds: Bounds) -> Verdict:
    """The function has values on one side alone: their slope counts, unless it has no end, as that of sqrt at 0."""
    signed = side if side is walk.after else -side
    found = _side(walk, signed, _edge_noise(walk, side))
    value, error = float(found.value), float(found.error)
    if not np.isfinite(error) or error > VAGUE * abs(value) + bounds.of(value):
        return Verdict(BORDER, value, error)
    off = abs(got - value)
    return Verdict(FITS if off <= bounds.of(value) + FIRM * error + SLACK * abs(value) else WRONG, value, error)


def _edge_noise(walk: Walk, side: Array) -> float:
    """Second differences of the finest steps on one side."""
    d = side[-TAIL:] - walk.here
    return float(np.abs(d[:-1] - 2.0 * d[1:]).min())


def _smooth(walk: Walk, got: float, bounds: Bounds, noise: float, exact: float | None, jitter: Callable[[], float]) -> Verdict:
    """The finest steps that can tell the slope are right, or the next ones where these see no more than roundings do."""
    found = _plateaus(walk, NOISE * noise)
    if len(found) > 2:
        rough = max(abs(a.value - b.value) * a.extent for a, b in itertools.pairwise(found))
        found = [min(_plateaus(walk, NOISE * (noise + rough)), key=lambda plateau: plateau.error)]
    verdicts = [_against(plateau, walk, got, bounds, noise, exact, jitter) for plateau in found if plateau is found[0] or plateau.clear]
    return next((verdict for verdict in verdicts if verdict.kind != WRONG), verdicts[0])


def _against(found: Plateau, walk: Walk, got: float, bounds: Bounds, noise: float, exact: float | None,
             jitter: Callable[[], float]) -> Verdict:  # fmt: skip
    value, error = found.value, found.error
    if exact is not None and abs(exact - value) <= FIRM * error + SLACK * abs(value):
        value, error = exact, 0.0
    if np.isfinite(got) and not abs(got - value) <= bounds.of(value) + FIRM * error:
        error += jitter()
    if not abs(got - value) <= bounds.of(value) + FIRM * error:
        return Verdict(UNSURE if _steepens(walk, noise) else WRONG, value, error)
    sure = error <= VAGUE * max(abs(value), VAGUE * bounds.scale) + bounds.of(value) + 1e-9 * walk.magnitude
    return Verdict(FITS if sure else UNSURE, value, error)


@dataclass(frozen=True)
class Plateau:
    """Steps up to `extent` that say the same about the slope."""

    value: float
    error: float
    extent: float = 0.0

    @property
    def clear(self) -> bool:
        return self.error <= VAGUE * abs(self.value)


def _plateaus(walk: Walk, noise: float) -> list[Plateau]:
    """From the finest steps to wider ones, for as long as these say the same.

    A wide step may see another part of the function, and be very sure of it; a fine one may see roundings.
    """
    columns, errors = walk.central(noise)
    found, least = [], 1e-6 * (walk.size or 1.0)
    now = Plateau(float("nan"), float("inf"))
    for place in range(len(errors[0]) - 1, -1, -1):
        value, bound = min(((c[place], e[place]) for c, e in zip(columns, errors) if place < len(c)), key=_certainty)
        if not np.isfinite(value + bound):
            continue
        if np.isfinite(now.error) and abs(value - now.value) > FIRM * (now.error + bound):
            found.append(now)
            if now.extent >= least:
                return found
            now = Plateau(float(value), float(bound), walk.steps[place])
        else:
            best = (value, bound) if bound < now.error else (now.value, now.error)
            now = Plateau(float(best[0]), float(best[1]), walk.steps[place])
    return [*found, now]


def _certainty(estimate: tuple[float, float]) -> float:
    return estimate[1] if np.isfinite(estimate[0] + estimate[1]) else float("inf")


def _steepens(walk: Walk, noise: float) -> bool:
    """The slope has no end on either side of the point, as that of √|x| at 0; by the finest steps that stand out of the noise."""
    moved = np.max(np.abs(np.array([walk.before, walk.after]) - walk.here), axis=0)
    steep = (moved / walk.steps)[np.isfinite(moved) & (moved > NOISE * noise) & (moved > 0)]
    tail = steep[-2 * TAIL :: TAIL // 2]
    return bool(tail.size > 3 and (tail[1:] > 1.5 * tail[:-1]).all())

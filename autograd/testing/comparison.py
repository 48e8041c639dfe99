"""A gradient against slopes: along which lines, by which outputs, and what is found at each place."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from autograd.testing.differences import EPS, Array, Line, Slope, Walk, complex_step, element, most_certain
from autograd.testing.refusals import GradientError
from autograd.testing.subjects import HandWritten, Subject, weights
from autograd.testing.verdicts import BORDER, FITS, JUMP, KINK, UNSURE, WRONG, Bounds, Verdict, judge

FULL = 24  # up to so many outputs the Jacobian is checked row by row, beyond it by weighted sums of rows
PERTURBED = 5
MANY = 200  # kinks at one point, beyond which they are not looked at together
JITTERS = (8 * EPS, 1e-12, 1e-10, 1e-8)


@dataclass
class Report:
    """What a passed check looked at.

    Attributes
    ----------
    mode : str
        "complex" or "differences": how slopes were taken.
    checked : int
        Places (elements, or directions through all of them) whose gradient is the slope.
    kinks, jumps, borders, unsure : list of str
        Places where one-sided slopes differ, where the value jumps, where there is no value on a side or a slope without end,
        and where the slope could not be told from noise. At kinks and jumps the gradient lay between the slopes of both sides.
    worst : float
        The largest difference found, relative to the slope or 1.
    gradients : dict
        For every input that has elements, by name, whether its gradient has an entry that is not zero.
    """

    mode: str
    checked: int = 0
    kinks: list[str] = field(default_factory=list)
    jumps: list[str] = field(default_factory=list)
    borders: list[str] = field(default_factory=list)
    unsure: list[str] = field(default_factory=list)
    worst: float = 0.0
    gradients: dict[str, bool] = field(default_factory=dict)

    def add(self, where: str, kinds: set[str]) -> None:
        """Put a place where it belongs; the worst kind that any output met there counts."""
        lists = {KINK: self.kinks, JUMP: self.jumps, BORDER: self.borders, UNSURE: self.unsure}
        for kind, places in lists.items():
            if kind in kinds:
                places.append(where)
                return
        self.checked += 1


@dataclass(frozen=True)
class Failure:
    """One place where the gradient is not the slope. `output` is the index of the output, None for a weighted sum of them."""

    where: str
    output: Any
    gradient: float
    slope: float
    error: float
    line: Line
    seed: list[Array]


@dataclass
class Problem:
    """One function at one point: its outputs, cotangents of them (probes), and the gradients these give."""

    subject: Subject
    inputs: list[Array]
    names: Sequence[str]
    bounds: Bounds
    most: int
    seed: int

    def __post_init__(self) -> None:
        self.outs = self.subject.outputs(self.inputs)
        self.eps = max(float(np.finfo(out.dtype).eps) for out in self.outs)
        self._probe(self.count <= FULL and not self.sums_only)
        if self.full and not all(np.isfinite(g).all() for found in self.found for g in found if g is not None):
            self._probe(False)  # 0 times the infinite slope of another output is nobody's mistake

    def _probe(self, full: bool) -> None:
        self.full = full  # whether each probe is one output
        self.seeds = self._seeds()
        self.matrix = np.array([np.concatenate([np.ravel(part) for part in seed]) for seed in self.seeds], float)
        self.found = self.subject.pulls(self.inputs, self.seeds)

    @property
    def count(self) -> int:
        return sum(out.size for out in self.outs)

    @property
    def sums_only(self) -> bool:
        return isinstance(self.subject, HandWritten) and self.subject.sums_only(self.inputs)

    def _seeds(self) -> list[list[Array]]:
        if self.sums_only:
            return [[np.ones(out.shape, out.dtype) for out in self.outs]]
        if self.full:
            return [self._split(unit) for unit in np.eye(self.count)] or [self.outs]
        signs = np.random.default_rng(self.seed + 1).choice([-1.0, 1.0], self.count)
        positive = weights(self.outs, self.seed)
        return [positive, self._split(np.concatenate([np.ravel(w) for w in positive]) * signs)]

    def _split(self, flat: Array) -> list[Array]:
        parts = np.split(flat, np.cumsum([out.size for out in self.outs])[:-1])
        return [part.reshape(out.shape).astype(out.dtype) for part, out in zip(parts, self.outs, strict=True)]

    def probed(self, arrays: Sequence[Array]) -> Array:
        """The outputs against every probe, one number each."""
        flat = np.concatenate([np.ravel(out) for out in self.subject.outputs(arrays)])
        if flat.size != self.matrix.shape[1]:
            raise ValueError("the outputs have another size here")
        return flat if self.full else self.matrix @ flat

    def gradient(self, line: Line) -> Array:
        return np.array([line.along(found) for found in self.found])

    def output(self, probe: int) -> Any:
        """The index of a probe's output."""
        if not self.full:
            return None
        for number, out in enumerate(self.outs):
            if probe < out.size:
                index = tuple(int(n) for n in np.unravel_index(probe, out.shape))
                return index if len(self.outs) == 1 else (number, *index)
            probe -= out.size
        return None

    # ----------------------------------------------------------------------------------------------------------- lines

    def lines(self) -> Iterator[Line]:
        """Every element of small inputs, a sample of large ones, and directions through everything."""
        rng = np.random.default_rng(self.seed)
        for which, (name, x) in enumerate(zip(self.names, self.inputs, strict=True)):
            flat = np.arange(x.size) if x.size <= self.most else np.sort(rng.choice(x.size, self.most, replace=False))
            for place in flat:
                yield element(self.inputs, which, tuple(int(n) for n in np.unravel_index(place, x.shape)), name)
        if sum(x.size for x in self.inputs) > self.most:
            for text in ("a direction through all inputs", "another direction through all inputs"):
                yield self.dense(rng, text)

    def dense(self, rng: np.random.Generator, text: str) -> Line:
        return Line(self.inputs, [np.asarray(rng.choice([-1.0, 1.0], x.shape) * rng.uniform(0.5, 1.5, x.shape)) for x in self.inputs], text)

    def along_ties(self, kinked: Sequence[Line]) -> list[Line]:
        """Ways that leave ties tied, and zeros zero: what shares a gradient out wrongly is seen there."""
        mask = [np.sum([line.direction[i] != 0 for line in kinked], axis=0) > 0 for i in range(len(self.inputs))]
        together = [m.astype(float) for m in mask]
        scaled = [np.where(m, x, 0.0) for m, x in zip(mask, self.inputs, strict=True)]
        ways = {"all ties moved together": together, "all ties scaled together": scaled}
        return [Line(self.inputs, way, text) for text, way in ways.items() if any(d.any() for d in way)]

    def tied(self, line: Line) -> list[Line]:
        """The lines of all elements that have the value of this line's one; of few, for it is looked at each."""
        moving = [x[d != 0] for x, d in zip(self.inputs, line.direction, strict=True)]
        values = np.concatenate(moving)
        if values.size != 1:
            return []
        places = [(which, tuple(map(int, at))) for which, x in enumerate(self.inputs) for at in np.argwhere(x == values[0])]
        return [element(self.inputs, which, at) for which, at in places[: self.most]]

    # ----------------------------------------------------------------------------------------------------------- noise

    def jitter(self, line: Line, probe: int) -> float:
        """How far small moves of the inputs scatter the gradient about a straight line: its noise where terms cancel."""
        rng = np.random.default_rng(self.seed)
        way = [(np.abs(x) + line.size) * rng.uniform(0.5, 1.0, x.shape) for x in self.inputs]
        scatter = 0.0
        for step in JITTERS:
            for side in (1.0, -1.0):
                a, b, c = (self._moved(line, probe, way, side * times * step) for times in (1.0, 2.0, 3.0))
                scatter = np.fmax(scatter, abs(a - 2.0 * b + c))
        return float(scatter) if np.isfinite(scatter) else 0.0

    def _moved(self, line: Line, probe: int, way: Sequence[Array], step: float) -> float:
        return line.along(self.subject.pulls([x + step * w for x, w in zip(self.inputs, way, strict=True)], [self.seeds[probe]])[0])


# ------------------------------------------------------------------------------------------------------------- comparing


def is_analytic(problem: Problem) -> bool:
    """Whether the complex step applies: nothing says otherwise, values stay what they were, and it agrees with differences."""
    if not problem.subject.maybe_analytic(problem.inputs) or not sum(x.size for x in problem.inputs):
        return False
    line = problem.dense(np.random.default_rng(problem.seed), "")
    try:
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("error")
            value = problem.probed([x.astype(complex) for x in problem.inputs])
            slope = complex_step(problem.probed, line).value
    except (TypeError, ValueError, ArithmeticError, Warning):
        return False
    here = problem.probed(problem.inputs)
    return np.iscomplexobj(value) and bool(np.allclose(value.real, here, rtol=1e-9, equal_nan=True)) and _agrees(problem, line, slope)


def _agrees(problem: Problem, line: Line, slope: Array) -> bool:
    """A function that takes absolute values or real parts on its way has complex steps, and they are wrong."""
    central = most_certain(*Walk.short(problem.probed, line, problem.eps).central())
    with np.errstate(invalid="ignore"):
        off = np.abs(central.value - slope) > 1e-5 * np.abs(slope) + 10.0 * central.error
    return not bool(np.any(off & np.isfinite(central.error)))


def compare(problem: Problem, report: Report) -> list[Failure]:
    """Judge every place; what is wrong is returned, the rest goes into the report."""
    lines = list(problem.lines())
    got = [problem.gradient(line) for line in lines]
    scale = np.max(np.abs(np.nan_to_num(got, posinf=0.0, neginf=0.0)), axis=0, initial=0.0) if got else np.zeros(len(problem.seeds))
    failures: list[Failure] = []
    kinked = [line for line, g in zip(lines, got, strict=True) if KINK in _place(problem, line, g, scale, report, failures)]
    aside = Report(report.mode)
    together: list[Failure] = []
    for line in problem.along_ties(kinked) if kinked else []:
        _place(problem, line, problem.gradient(line), scale, aside, together)
    failures += [failure for failure in together if not _apart(problem, failure)]
    return _without_ties(problem, report, failures)


def _without_ties(problem: Problem, report: Report, failures: list[Failure]) -> list[Failure]:
    """The second largest of three equal numbers moves with none of them alone, and with all together: that is a kink, too."""
    left = [failure for failure in failures if not _shared(problem, failure)]
    wrong = {failure.where for failure in left}
    report.kinks += dict.fromkeys(failure.where for failure in failures if failure.where not in wrong)
    return left


def _shared(problem: Problem, failure: Failure) -> bool:
    """Whether slopes do not add up among the elements that tie with this one, and the gradient is one that lies between them."""
    lines = problem.tied(failure.line)
    if len(lines) < 2:
        return False
    slopes = [_along(problem, line, failure.seed) for line in lines]
    together = Line(problem.inputs, [np.sum(ways, axis=0) for ways in zip(*[line.direction for line in lines])])
    whole = _along(problem, together, failure.seed)
    given = together.along(problem.subject.pulls(problem.inputs, [failure.seed])[0])
    slack = 1e-6 * max(abs(whole.value), *[abs(slope.value) for slope in slopes]) + 10.0 * (whole.error + sum(s.error for s in slopes))
    adds_up = abs(whole.value - sum(slope.value for slope in slopes)) <= slack
    low, high = sorted([failure.slope, float(whole.value)])
    return bool(not adds_up and abs(given - whole.value) <= slack and low - slack <= failure.gradient <= high + slack)


def _apart(problem: Problem, failure: Failure) -> bool:
    """Whether the kinks met together have nothing to do with each other: on each side slopes add up, and each was judged alone."""
    lines = [Line(problem.inputs, way) for way in _single(failure.line.direction)]
    if len(lines) > MANY:
        return True
    whole, *each = [_sides(problem, line, failure.seed) for line in [failure.line, *lines]]
    for side in (0, 1):
        error = sum(slopes[side].error for slopes in [whole, *each])
        largest = max(abs(slopes[side].value) for slopes in [whole, *each])
        if not abs(whole[side].value - sum(slopes[side].value for slopes in each)) <= 1e-5 * largest + 10.0 * error:
            return False
    return True


def _single(direction: Sequence[Array]) -> Iterator[list[Array]]:
    """The parts of a direction that move one element each."""
    for which, d in enumerate(direction):
        for place in np.argwhere(d != 0):
            way = [np.zeros_like(other) for other in direction]
            way[which][tuple(place)] = d[tuple(place)]
            yield way


def _sides(problem: Problem, line: Line, seed: Sequence[Array]) -> list[Any]:
    """The slopes before and after a point."""
    walk = _walk(problem, line, seed)
    found = [most_certain(*walk.one_sided(side)) for side in (-walk.before, walk.after)]
    return [Slope(slope.value[0], slope.error[0]) for slope in found]


def _along(problem: Problem, line: Line, seed: Sequence[Array]) -> Any:
    """The slope of one weighted sum of the outputs."""
    found = most_certain(*_walk(problem, line, seed).central())
    return Slope(found.value[0], found.error[0])


def _walk(problem: Problem, line: Line, seed: Sequence[Array]) -> Walk:
    def weighed(arrays: Sequence[Array]) -> Array:
        return np.array([sum(np.vdot(s, out) for s, out in zip(seed, problem.subject.outputs(arrays), strict=True))])

    return Walk.short(weighed, line, problem.eps)


def _place(problem: Problem, line: Line, got: Array, scale: Array, report: Report, failures: list[Failure]) -> set[str]:
    """The kinds of place that this line is for the outputs."""
    exact, walk = None, None
    if report.mode == "complex":
        exact = complex_step(problem.probed, line)
    else:
        walk = Walk.short(problem.probed, line, problem.eps)
    fits, slope = _quickly(problem, line, got, scale, exact, walk)
    report.worst = max([report.worst, *(np.abs(got - slope.value) / np.maximum(np.abs(slope.value), 1.0))[fits]])
    kinds = {FITS}
    if not fits.all():
        longer = Walk.long(problem.probed, line, problem.eps)
        for probe in map(int, np.flatnonzero(~fits)):
            verdict = _judged(problem, line, longer.output(probe), probe, got[probe], scale[probe], exact)
            kinds.add(verdict.kind)
            if verdict.kind == WRONG:
                failures.append(_failure(problem, line, probe, got[probe], verdict))
    if WRONG not in kinds:
        report.add(line.where, kinds)
    return kinds


def _quickly(problem: Problem, line: Line, got: Array, scale: Array, exact: Slope | None, walk: Walk | None) -> tuple[Any, Slope]:
    """Which outputs' gradients fit at first sight, with nothing that looks like a kink."""
    bounds = Bounds(problem.bounds.rtol, problem.bounds.atol, scale)  # type: ignore[arg-type]
    if walk is None:
        assert exact is not None
        return np.abs(got - exact.value) <= bounds.of(exact.value), exact
    slope = most_certain(*walk.central())
    bend = np.abs(walk.bend)
    with np.errstate(invalid="ignore"):
        flat = bend[-1] <= np.maximum(0.25 * bend[0], 1e-7 * np.abs(slope.value) + 1e-9 * scale)
        fits = (np.abs(got - slope.value) <= bounds.of(slope.value) + slope.error) & (slope.error <= bounds.of(slope.value) + 1e-7 * scale)
    return fits & flat, slope


def _judged(problem: Problem, line: Line, walk: Walk, probe: int, got: float, scale: float, exact: Slope | None) -> Verdict:
    bounds = Bounds(problem.bounds.rtol, problem.bounds.atol, float(scale))
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        known = None if exact is None or not np.isfinite(exact.value[probe]) else float(exact.value[probe])
        return judge(walk, float(got), bounds, known, lambda: problem.jitter(line, probe))


def _failure(problem: Problem, line: Line, probe: int, got: float, verdict: Verdict) -> Failure:
    return Failure(line.where, problem.output(probe), float(got), verdict.slope, verdict.error, line, problem.seeds[probe])


# ------------------------------------------------------------------------------------------------------------ precisions

LOOSE = {np.dtype(np.float64): 1e-6, np.dtype(np.float32): 2e-4, np.dtype(np.float16): 5e-2}


def same_values(narrow: Sequence[Array], wide: Sequence[Array]) -> bool:
    """Whether a function computes the same in another precision; where terms cancel, it may be another function altogether."""
    pairs = [(a.astype(float), b) for a, b in zip(narrow, wide, strict=True) if a.size and a.dtype in LOOSE]
    return all(np.max(np.nan_to_num(np.abs(a - b), posinf=0.0)) <= 1e-2 * np.max(np.abs(b)) for a, b in pairs)


def compare_precisions(problem: Problem, arrays: Sequence[Array], narrow: Sequence[Sequence[Any]]) -> None:
    """Gradients in float32 against those of the same function in float64: differences in float32 would only show noise."""
    for found, wide, seed in zip(narrow, problem.found, problem.seeds, strict=True):
        for which, (got, g) in enumerate(zip(found, wide, strict=True)):
            if got is not None and g is not None and got.size:
                _same_in_both(problem, arrays, which, seed, got, g)


def _same_in_both(problem: Problem, arrays: Sequence[Array], which: int, seed: list[Array], got: Array, g: Array) -> None:
    largest = float(np.finfo(got.dtype).max)
    kept = np.isfinite(g) & (np.abs(g) < largest)
    off = np.where(kept, np.abs(got.astype(float) - np.where(kept, g, 0.0)), 0.0)
    bound = LOOSE[got.dtype] * float(np.abs(g[kept]).max(initial=0.0)) + problem.bounds.atol + _roundings(problem, which, got.dtype)
    if bool((off <= bound).all()) or bool((off <= bound + 10.0 * _spread(problem, arrays, which, seed)).all()):
        return
    at = tuple(int(n) for n in np.unravel_index(int(np.argmax(off)), off.shape))
    name = problem.names[which]
    raise GradientError(f"{name}, index {at}: the gradient in {got.dtype} is {got[at]!s}, in float64 {g[at]!s}")


def _roundings(problem: Problem, which: int, dtype: np.dtype[Any]) -> float:
    """What the outputs' own roundings may put on a gradient that is next to nothing beside others, as 1 - tanh² in saturation."""
    largest = max((float(np.nanmax(np.abs(out), initial=0.0)) for out in problem.outs if out.size), default=0.0)
    moved = float(np.abs(problem.inputs[which]).max(initial=0.0))
    slope = largest / moved if moved else 0.0
    return 8.0 * float(np.finfo(dtype).eps) * slope if np.isfinite(slope) else 0.0


def _spread(problem: Problem, arrays: Sequence[Array], which: int, seed: list[Array]) -> Array:
    """How far roundings move the gradient in its own precision."""
    rng = np.random.default_rng(problem.seed)
    runs = []
    for _ in range(PERTURBED):
        moved = [np.asarray(x * (1 + 2 * np.finfo(x.dtype).eps * rng.uniform(-1.0, 1.0, x.shape))).astype(x.dtype) for x in arrays]
        dtyped = [np.asarray(s).astype(out.dtype) for s, out in zip(seed, problem.subject.outputs(moved), strict=True)]
        runs.append(problem.subject.pulls(moved, [dtyped])[0][which].astype(float))
    return np.asarray(np.nan_to_num(np.ptp(runs, axis=0), nan=0.0, posinf=0.0))

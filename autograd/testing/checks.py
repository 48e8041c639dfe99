"""`check_gradients`: a gradient against slopes that know nothing of it."""

from __future__ import annotations

import itertools
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from autograd.graph import ancestors, no_grad
from autograd.tensor import Tensor, as_tensor
from autograd.testing.blame import first_difference
from autograd.testing.differences import Array, Line, Scalar, Slope, central, complex_step, element, one_sided
from autograd.transforms import gradients

LOOSE = {np.dtype(np.float64): 1e-6, np.dtype(np.float32): 2e-4, np.dtype(np.float16): 5e-2}
MODES = ("auto", "complex", "differences")


class GradientError(AssertionError):
    """A gradient that is not the slope."""


class CheckRefused(ValueError):
    """A check that would say nothing, whatever the gradient is."""


@dataclass
class Report:
    """What a passed check looked at."""

    mode: str
    checked: int = 0
    kinks: list[str] = field(default_factory=list)
    worst: float = 0.0  # the largest difference found, relative to the slope or 1


# ------------------------------------------------------------------------------------------------ the function checked


@dataclass
class Subject:
    """The function as one number: its outputs against fixed cotangents, and the gradient of that."""

    f: Callable[..., Any]
    hand_written: Callable[..., Any] | None = None
    seed: int = 0
    second: bool = False  # its value is made of gradients, so its inputs must be leaves and real

    def value(self, inputs: Sequence[Array]) -> Any:
        """Σ cotangent · output."""
        if self.hand_written is not None:
            return np.asarray(self.f(*inputs))[()]
        if self.second:
            return self.recorded(self.leaves(inputs)).data[()]
        with no_grad():
            return self.recorded([Tensor(x) for x in inputs]).data[()]

    def leaves(self, inputs: Sequence[Array]) -> list[Tensor]:
        return [Tensor(x, requires_grad=True) for x in inputs]

    def recorded(self, tensors: Sequence[Tensor]) -> Tensor:
        rng = np.random.default_rng(self.seed)
        first, *rest = [_against(out, rng) for out in self.outputs(tensors)]
        for part in rest:
            first = first + part
        return as_tensor(first)

    def outputs(self, tensors: Sequence[Tensor]) -> list[Tensor]:
        outputs = self.f(*tensors)
        listed = [as_tensor(out) for out in (outputs if isinstance(outputs, (tuple, list)) else [outputs])]
        floating = [out for out in listed if out.dtype.kind in "fc"]
        if not floating:
            raise CheckRefused("the function returned no floating-point output")
        return floating

    def gradient(self, inputs: Sequence[Array]) -> list[Array]:
        if self.hand_written is not None:
            found = self.hand_written(*inputs)
            return [np.asarray(g) for g in (found if isinstance(found, (tuple, list)) else [found])]
        leaves = self.leaves(inputs)
        outs = self.outputs(leaves)
        rng = np.random.default_rng(self.seed)
        # Not by `recorded`: a wrong rule of its product or its sum would be met twice, and two wrong signs are a right one.
        found = gradients(outs, leaves, [_weights(out, rng) for out in outs], allow_unused=True)
        return [_ignored(x, self.second, i) if g is None else g.data for i, (g, x) in enumerate(zip(found, inputs, strict=True))]


def _against(out: Tensor, rng: np.random.Generator) -> Any:
    """Positive weights, none of them equal: no contribution cancels or hides behind another."""
    return (out * _weights(out, rng)).sum()  # type: ignore[attr-defined,operator]


def _weights(out: Tensor, rng: np.random.Generator) -> Array:
    return np.asarray(rng.uniform(0.5, 1.5, out.shape)).astype(out.dtype if out.dtype.kind == "f" else float)


def _ignored(x: Array, allowed: bool, index: int) -> Array:
    if not allowed:
        raise CheckRefused(f"the output does not depend on input {index}: there is nothing to check. Leave it out of the inputs")
    return np.zeros_like(x)


def _derivative(subject: Subject, seed: int) -> Subject:
    """The function whose value is the gradient of `subject` along fixed directions."""

    def gradient_along(*tensors: Tensor) -> Any:
        out = subject.recorded(tensors)
        found = [] if out.node is None else gradients(out, list(tensors), create_graph=True, allow_unused=True)
        rng = np.random.default_rng(seed)
        parts = [_against(g, rng) for g in found if g is not None]
        zero: Any = Tensor(np.zeros((), tensors[0].dtype))
        return sum(parts, zero)

    return Subject(gradient_along, seed=seed, second=True)


# ------------------------------------------------------------------------------------------------------------ refusals


def _arrays(inputs: Sequence[Any]) -> list[Array]:
    """The inputs as arrays; refuses those whose elements cannot move alone."""
    if not inputs:
        raise CheckRefused("no inputs to differentiate by")
    arrays = [x.data if isinstance(x, Tensor) else np.asarray(x) for x in inputs]
    for index, x in enumerate(arrays):
        if x.dtype.kind != "f":
            raise CheckRefused(f"input {index} is {x.dtype}: only floating-point inputs have gradients; pass x.astype(float)")
        if x.size and any(stride == 0 and n > 1 for stride, n in zip(x.strides, x.shape, strict=True)):
            raise CheckRefused(f"input {index} of shape {x.shape} repeats one value by stride 0; pass x.copy()")
    for (i, a), (j, b) in itertools.combinations(enumerate(arrays), 2):
        if np.shares_memory(a, b):
            raise CheckRefused(f"inputs {i} and {j} share memory, so neither moves alone; pass a copy of one")
    return arrays


def _refuse_random(subject: Subject, inputs: Sequence[Array]) -> None:
    first, second = subject.value(inputs), subject.value(inputs)
    if not np.array_equal(first, second, equal_nan=True):
        raise CheckRefused(f"two runs with the same inputs gave {first} and {second}: make the function deterministic")
    if np.ndim(first):
        raise CheckRefused(f"a hand-written gradient is checked for one number, the function returned shape {np.shape(first)}")


def _refuse_zero(found: Sequence[Array]) -> None:
    for index, g in enumerate(found):
        if g.size and not g.any():
            raise CheckRefused(f"the gradient at input {index} is zero everywhere, which most wrong gradients are too; "
                               "move the input, or pass allow_zero=True if it must be so")  # fmt: skip


def _refuse_shapes(found: Sequence[Array], inputs: Sequence[Array]) -> None:
    if len(found) != len(inputs):
        raise GradientError(f"{len(inputs)} inputs, but {len(found)} gradients")
    for index, (g, x) in enumerate(zip(found, inputs, strict=True)):
        if g.shape != x.shape or g.dtype != x.dtype:
            raise GradientError(f"input {index} is {x.shape} {x.dtype}, its gradient {g.shape} {g.dtype}")


# ---------------------------------------------------------------------------------------------------------- comparison


def _is_analytic(subject: Subject, inputs: Sequence[Array]) -> bool:
    """Whether the complex step applies: every operation says so, and the real part stays what it was."""
    if subject.second or subject.hand_written is not None:
        return False
    node = subject.recorded(subject.leaves(inputs)).node
    if node is None or not all(n.op.analytic for n in ancestors([node]) if n.op is not None):
        return False
    try:
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("error")
            value = subject.value([x.astype(complex) for x in inputs])
    except (TypeError, ValueError, Warning):
        return False
    return np.iscomplexobj(value) and bool(np.isclose(value.real, subject.value(inputs), rtol=1e-9, equal_nan=True))


def _places(inputs: Sequence[Array], most: int, rng: np.random.Generator) -> Iterator[tuple[str, Line]]:
    """Every element of small inputs, a sample of large ones, and a direction through everything."""
    for which, x in enumerate(inputs):
        flat = np.arange(x.size) if x.size <= most else np.sort(rng.choice(x.size, most, replace=False))
        for place in flat:
            index = tuple(int(n) for n in np.unravel_index(place, x.shape))
            yield f"input {which}, index {index}", element(inputs, which, index)
    if sum(x.size for x in inputs) > most:
        yield "a direction through all inputs", Line(inputs, [np.asarray(rng.standard_normal(x.shape)) for x in inputs])


def _along(found: Sequence[Array], line: Line) -> float:
    return float(sum(np.vdot(g, d) for g, d in zip(found, line.direction, strict=True)))


def _fits(got: float, slope: Slope, rtol: float, atol: float) -> bool:
    return abs(got - slope.value) <= atol + rtol * abs(slope.value)


def _sure(slope: Slope, rtol: float, atol: float) -> bool:
    return slope.error <= atol + rtol * abs(slope.value)


def _is_kink(f: Scalar, line: Line, got: float) -> bool:
    """One-sided slopes disagree, and the gradient is one of those that lie between them."""
    before, after = one_sided(f, line)
    size = max(abs(before), abs(after), 1.0)
    between = min(before, after) - 1e-3 * size <= got <= max(before, after) + 1e-3 * size
    return abs(before - after) > 1e-3 * size and between


def _compare(subject: Subject, inputs: Sequence[Array], found: Sequence[Array], report: Report, rtol: float, atol: float,
             most: int) -> None:  # fmt: skip
    slope_of = complex_step if report.mode == "complex" else central
    for where, line in _places(inputs, most, np.random.default_rng(subject.seed)):
        got, slope = _along(found, line), slope_of(subject.value, line)
        if report.mode != "complex" and _is_kink(subject.value, line, got):  # first: |x| at 0 has a central slope, too
            report.kinks.append(where)
        elif _fits(got, slope, rtol, atol) and _sure(slope, rtol, atol):
            report.checked += 1
            report.worst = max(report.worst, abs(got - slope.value) / max(abs(slope.value), 1.0))
        else:
            raise GradientError(_difference(where, got, slope, report.mode) + _blamed(subject, line))


def _difference(where: str, got: float, slope: Slope, mode: str) -> str:
    return f"{where}: the gradient is {got!r}, the slope {slope.value!r} (by {mode}, error estimate {slope.error:.1e})"


def _blamed(subject: Subject, line: Line) -> str:
    """Where in the graph it went wrong; a second derivative's graph is made of rules and would name none of the user's."""
    return "" if subject.hand_written is not None or subject.second else first_difference(subject.recorded, line)


def _compare_precisions(subject: Subject, inputs: Sequence[Array], wide: Sequence[Array]) -> None:
    """Gradients in float32 against those of the same function in float64: differences in float32 would only show noise."""
    narrow = subject.gradient(inputs)
    _refuse_shapes(narrow, inputs)
    for index, (got, g) in enumerate(zip(narrow, wide, strict=True)):
        bound = LOOSE[got.dtype] * max(float(np.abs(g).max(initial=0.0)), 1.0)
        off = np.abs(got.astype(float) - g)
        if not bool((off <= bound).all()):
            at = tuple(int(n) for n in np.unravel_index(int(np.argmax(off)), off.shape))
            raise GradientError(f"input {index}, index {at}: the gradient in {got.dtype} is {got[at]!r}, in float64 {g[at]!r}")


def check_gradients(
    f: Callable[..., Any],
    *inputs: Any,
    order: int = 1,
    gradient: Callable[..., Any] | None = None,
    mode: str = "auto",
    rtol: float = 1e-6,
    atol: float = 1e-7,
    allow_zero: bool = False,
    most: int = 60,
    seed: int = 0,
) -> Report:
    """Compare the gradient of `f` at `inputs` with its slopes.

    Parameters
    ----------
    f : callable
        Of tensors; returns a tensor or several, of any shape. With `gradient`, of arrays, and returns one number.
    *inputs : array_like
        Floating point. For float32 and float16 the slopes are taken of a float64 run, and the two gradients compared.
    order : int
        Check derivatives up to this one.
    gradient : callable, optional
        A hand-written gradient: ``gradient(*inputs)`` gives one array an input.
    mode : {"auto", "complex", "differences"}
        The complex step needs an analytic function; "auto" takes it where every recorded operation is.
    rtol, atol : float
        Allowed difference from the slope.
    allow_zero : bool
        Accept a gradient that is zero everywhere.
    most : int
        Inputs with more elements are checked at a sample of this many, and along a direction.

    Raises
    ------
    GradientError
        An AssertionError: the input, the index, both numbers, the error estimate, and the operation in the graph where the
        contributions first differ from how its values move.
    CheckRefused
        A ValueError: the check would be meaningless, and why.

    Examples
    --------
    >>> import numpy as np, autograd
    >>> from autograd.testing import check_gradients
    >>> check_gradients(lambda x: autograd.tanh(x) * x, np.array([0.5, -1.0])).mode
    'complex'
    >>> check_gradients(lambda x: x @ x, np.ones(2), gradient=lambda x: 3.0 * x)
    Traceback (most recent call last):
    autograd.testing.checks.GradientError: input 0, index (0,): the gradient is 3.0, the slope 2.0... (by differences, ...)
    """
    if mode not in MODES:
        raise ValueError(f"mode is one of {MODES}, given {mode!r}")
    arrays = _arrays(inputs)
    wide = [np.array(x, np.float64) for x in arrays]
    before = [x.copy() for x in arrays]
    subject = Subject(f, gradient, seed)
    _refuse_random(subject, wide)
    report = Report(_mode(mode, subject, wide))
    found = _check_order(subject, wide, report, (rtol, atol), allow_zero, most)
    if any(x.dtype != np.float64 for x in arrays):
        _compare_precisions(subject, arrays, found)
    for _ in range(1, order):
        subject = _derivative(subject, seed + 1)
        _check_order(subject, wide, Report("differences"), (max(rtol, 1e-5), max(atol, 1e-6)), True, most)
    _refuse_changed_inputs(arrays, before)
    return report


def _mode(mode: str, subject: Subject, inputs: Sequence[Array]) -> str:
    if mode == "auto":
        return "complex" if _is_analytic(subject, inputs) else "differences"
    return mode


def _check_order(subject: Subject, inputs: Sequence[Array], report: Report, bounds: tuple[float, float], allow_zero: bool,
                 most: int) -> list[Array]:  # fmt: skip
    found = subject.gradient(inputs)
    _refuse_shapes(found, inputs)
    if not allow_zero:
        _refuse_zero(found)
    _compare(subject, inputs, found, report, *bounds, most)
    if not report.checked and report.kinks:
        raise CheckRefused(f"there is a kink at every point: {', '.join(report.kinks[:5])}. Move the inputs off it")
    return found


def _refuse_changed_inputs(arrays: Sequence[Array], before: Sequence[Array]) -> None:
    for index, (x, old) in enumerate(zip(arrays, before, strict=True)):
        if not np.array_equal(x, old, equal_nan=True):
            raise GradientError(f"the function changed input {index}")

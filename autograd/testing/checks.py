"""`check_gradients`: a gradient against slopes that know nothing of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from autograd.testing.comparison import Problem, Report, compare, compare_precisions, is_analytic, same_values
from autograd.testing.explanation import explained
from autograd.testing.foreign import chosen, plain
from autograd.testing.refusals import Array, CheckRefused, GradientError, refuse_inputs, refuse_random, refuse_shapes, refuse_zero
from autograd.testing.subjects import Recorded, Subject, weights
from autograd.testing.verdicts import Bounds

SLOPES = ("auto", "complex", "differences")
PRODUCTS = {"reverse": "reverse", "rev": "reverse", "forward": "forward", "fwd": "forward"}
RTOL = {"complex": 1e-9, "differences": 1e-7}


def check_gradients(
    f: Callable[..., Any],
    *inputs: Any,
    order: int = 1,
    gradient: Callable[..., Any] | None = None,
    vjp: Callable[..., Any] | None = None,
    mode: str = "auto",
    modes: str | Sequence[str] = ("reverse",),
    backend: str | None = None,
    rtol: float | None = None,
    atol: float = 1e-15,
    allow_zero: bool = False,
    most: int = 60,
    seed: int = 0,
    names: Sequence[str] | None = None,
) -> Report:
    """Compare the gradient of `f` at `inputs` with its slopes.

    Every element of every input is moved (inputs of more than `most` elements: a sample, and directions through all of them),
    and every output looked at (more than 24: weighted sums of them). Where the gradient and the slope differ, the function is
    looked at again with a hundred steps, which tell a kink, a jump, the border of a domain and noise from a wrong gradient.

    Parameters
    ----------
    f : callable
        Of tensors; returns a tensor or several, of any shape. Or a function of JAX arrays or PyTorch tensors, when these are
        installed. Or, with `gradient` or `vjp`, a function of arrays.
    *inputs : array_like
        Floating point. For float32 and float16 the slopes are taken of a float64 run, and the two gradients compared.
    order : int
        Check derivatives up to this one.
    gradient : callable, optional
        A hand-written gradient: ``gradient(*inputs)`` gives one array an input. If `f` returns an array, that is the Jacobian,
        of shape ``out.shape + input.shape``, or else the gradient of the sum of the output.
    vjp : callable, optional
        A hand-written product with the Jacobian: ``vjp(cotangent, *inputs)`` gives one array an input.
    mode : {"auto", "complex", "differences"}
        How slopes are taken. The complex step needs an analytic function; "auto" takes it where every recorded operation is,
        and where it agrees with differences.
    modes : sequence of {"reverse", "forward"}
        Which products with the Jacobian are checked ("rev" and "fwd" will do, too); the names of `mode` may stand here as well.
    backend : {"autograd", "jax", "torch"}, optional
        Whose function it is; by default as the inputs say, or else as the function takes them.
    rtol, atol : float
        Allowed difference from the slope, beyond the error that is estimated; by default 1e-9 of it by the complex step, and
        1e-7 by differences.
    allow_zero : bool
        Accept a gradient that is zero everywhere, and inputs that the output does not depend on.
    most : int
        Inputs with more elements are checked at a sample of this many, and along directions.
    seed : int
        Of the sample and of the directions.
    names : sequence of str, optional
        What the inputs are called in messages.

    Raises
    ------
    GradientError
        An AssertionError: the input, the index, both numbers, the error estimate, the operation in the graph where the
        contributions first differ from how its values move, and what the failures have in common.
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
    autograd.testing.refusals.GradientError: input 0, index (0,): the gradient is 3.0, the slope 2.0 (by complex, ...)...
    """
    __tracebackhide__ = True
    slopes, products = _modes(mode, modes)
    if not (isinstance(order, int) and order >= 1):
        raise ValueError(f"order is a whole number from 1 on, given {order!r}")
    arrays = [plain(x) for x in inputs]
    called = list(names or [f"input {i}" for i in range(len(arrays))])
    refuse_inputs(arrays, called)
    asked = Asked(order, slopes, products, rtol, atol, allow_zero, most, seed)
    subjects = chosen(f, inputs, backend, gradient, vjp)
    with np.errstate(all="ignore"):
        reports = [_checked(subject, arrays, called, asked) for subject in subjects or [Recorded(f)]]
    return reports[0]


@dataclass(frozen=True)
class Asked:
    """The options of one call."""

    order: int
    slopes: str
    products: set[str]
    rtol: float | None
    atol: float
    allow_zero: bool
    most: int
    seed: int


def _checked(subject: Subject, arrays: Sequence[Array], names: Sequence[str], asked: Asked) -> Report:
    __tracebackhide__ = True
    wide = [np.array(x, np.float64) for x in arrays]
    _refuse_changes(subject, wide, names)
    problem = _problem(subject, wide, names, asked)
    _refuse_random(problem)
    if problem.count:
        _check_linear(problem)
    report = _check_order(problem, asked.slopes, asked.rtol, asked.allow_zero, 1)
    if "forward" in asked.products:
        _check_forward(problem)
    if any(x.dtype != np.float64 for x in arrays):
        _check_narrow(problem, arrays, report)
    for number in range(2, asked.order + 1):
        subject = subject.derivative(asked.seed + number)
        _check_order(_problem(subject, wide, names, asked), "differences", asked.rtol, True, number)
    return report


def _problem(subject: Subject, wide: list[Array], names: Sequence[str], asked: Asked) -> Problem:
    return Problem(subject, wide, names, Bounds(0.0, asked.atol), asked.most, asked.seed)


def _modes(mode: str, modes: str | Sequence[str]) -> tuple[str, set[str]]:
    """How slopes are taken, and which products are checked."""
    given = [modes] if isinstance(modes, str) else list(modes)
    if unknown := {mode, *given} - {*SLOPES, *PRODUCTS}:
        raise ValueError(f"mode is one of {SLOPES}, modes are of {tuple(PRODUCTS)}; given {sorted(unknown)}")
    slopes = [name for name in [*given, mode] if name in SLOPES]
    return slopes[0], {PRODUCTS[name] for name in given if name in PRODUCTS} or {"reverse"}


def _refuse_changes(subject: Subject, arrays: Sequence[Array], names: Sequence[str]) -> None:
    """A function that writes into its inputs would be another at every step."""
    given = [x.copy() for x in arrays]
    outs = subject.outputs(given)
    subject.pulls(given, [[np.ones_like(out) for out in outs]])
    for name, x, old in zip(names, given, arrays, strict=True):
        if not np.array_equal(x, old, equal_nan=True):
            raise GradientError(f"the function changed {name}")


def _refuse_random(problem: Problem) -> None:
    refuse_random(problem.outs, problem.subject.outputs(problem.inputs), "values")
    again = problem.subject.pulls(problem.inputs, problem.seeds[:1])[0]
    refuse_shapes(problem.found[0], problem.inputs, problem.names)
    refuse_random(problem.found[0], again, "gradients")


def _check_linear(problem: Problem) -> None:
    """A pull-back is linear in its cotangent; probes of one size would not see one that is not. Times -2, nothing rounds anew."""
    drawn = weights(problem.outs, problem.seed)
    once, more = problem.subject.pulls(problem.inputs, [drawn, [-2.0 * w for w in drawn]])
    for name, g, h in zip(problem.names, once, more, strict=True):
        if g is not None and not np.allclose(h, -2.0 * g, rtol=1e-9, atol=1e-300, equal_nan=True):
            raise GradientError(f"the gradient at {name} is not linear in the cotangent: -2 times as much of it gave another gradient")


def _check_order(problem: Problem, slopes: str, rtol: float | None, allow_zero: bool, order: int) -> Report:
    __tracebackhide__ = True
    if slopes == "auto":
        slopes = "complex" if is_analytic(problem) else "differences"
    problem.bounds = Bounds(RTOL[slopes] if rtol is None else rtol, problem.bounds.atol)
    report = Report(slopes)
    failures = compare(problem, report)
    if failures:
        raise GradientError(explained(problem, failures, slopes, order), failures)
    report.gradients = _moving(problem, report)
    for name, found in zip(problem.names, problem.found[0], strict=True):
        if not (allow_zero or order > 1 or report.gradients.get(name, True)):
            refuse_zero(name, found is None)
    if report.unsure and not (report.checked or report.kinks or report.jumps or report.borders):
        raise CheckRefused("roundings hide the slope at every point: move the inputs, or write the function so that less cancels")
    return report


def _moving(problem: Problem, report: Report) -> dict[str, bool]:
    """For every input that has elements, whether its gradient says anything: at a kink zero does."""
    singular = [place.partition(", index")[0] for place in report.kinks + report.borders]
    return {
        name: name in singular or any(found[which] is not None and bool(found[which].any()) for found in problem.found)
        for which, (name, x) in enumerate(zip(problem.names, problem.inputs, strict=True))
        if x.size
    }


def _check_narrow(problem: Problem, arrays: Sequence[Array], report: Report) -> None:
    outs = problem.subject.outputs(arrays)
    if not same_values(outs, problem.outs):
        report.unsure.append(f"the values in {arrays[0].dtype}, which are others than in float64")
        return
    seeds = [[np.asarray(s).astype(out.dtype) for s, out in zip(seed, outs, strict=True)] for seed in problem.seeds]
    narrow = problem.subject.pulls(arrays, seeds)
    for found in narrow:
        refuse_shapes(found, arrays, problem.names)
    compare_precisions(problem, arrays, narrow)


def _check_forward(problem: Problem) -> None:
    """Forward against reverse, which the slopes have proved: ⟨seed, J v⟩ = ⟨Jᵀ seed, v⟩ for every seed."""
    line = problem.dense(np.random.default_rng(problem.seed), "a direction through all inputs")
    moved = np.concatenate([np.ravel(out) for out in problem.subject.push(problem.inputs, line.direction)])
    pushed, pulled = problem.matrix @ moved, problem.gradient(line)
    bound = 1e-9 * max(float(np.abs(pulled).max(initial=0.0)), 1.0)
    if not np.allclose(pushed, pulled, rtol=1e-7, atol=bound):
        worst = int(np.argmax(np.abs(pushed - pulled)))
        raise GradientError(f"forward mode along {line.where} gives {pushed[worst]!s}, reverse mode {pulled[worst]!s}")

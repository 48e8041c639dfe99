"""Hypothesis strategies for tensors, shapes that broadcast and indices; `gradient_test` makes a property of a function."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from itertools import compress
from typing import Any

import numpy as np

from autograd.tensor import as_tensor
from autograd.testing.checks import check_gradients
from autograd.testing.coverage import Coverage
from autograd.trees import flatten, places, unflatten

LAYOUTS = ("contiguous", "strided", "fortran", "readonly", "reversed")
Shape = tuple[int, ...]


def _strategies() -> Any:
    """Hypothesis, imported when it is needed: the package works without it."""
    try:
        from hypothesis import strategies
    except ImportError as error:
        raise ImportError("autograd.testing's strategies need Hypothesis: pip install hypothesis") from error
    return strategies


def shapes(max_dims: int = 3, max_side: int = 3, min_side: int = 1) -> Any:
    """Shapes of up to `max_dims` axes; ``min_side=0`` gives empty arrays too."""
    st = _strategies()
    return st.lists(st.integers(min_side, max_side), max_size=max_dims).map(tuple)


def broadcastable_shapes(number: int = 2, max_dims: int = 3, max_side: int = 3) -> Any:
    """Tuples of `number` shapes that broadcast with each other: leading axes left out, sizes replaced by 1."""
    st = _strategies()

    def variants(full: Shape) -> Any:
        drop = st.integers(0, len(full))
        ones = st.lists(st.booleans(), min_size=len(full), max_size=len(full))
        one = st.tuples(drop, ones).map(lambda how: _narrowed(full, *how))
        return st.tuples(*[one] * number)

    return shapes(max_dims, max_side).flatmap(variants)


def _narrowed(full: Shape, drop: int, ones: Sequence[bool]) -> Shape:
    return tuple(1 if one else n for n, one in zip(full, ones, strict=True))[drop:]


def indices(shape: Shape) -> Any:
    """Valid indices of an array of `shape`: integers, slices, new axes, ellipses, integer arrays, masks."""
    st = _strategies()
    basic = _basic(shape)
    if not shape or not shape[0]:
        return basic
    rows = st.lists(st.integers(-shape[0], shape[0] - 1), min_size=1, max_size=4).map(np.array)
    masks = st.lists(st.booleans(), min_size=shape[0], max_size=shape[0]).map(np.array)
    return st.one_of(basic, rows, masks)


def _basic(shape: Shape) -> Any:
    from hypothesis.extra import numpy as arrays

    return arrays.basic_indices(shape, allow_newaxis=True)


def lay_out(array: np.ndarray[Any, Any], layout: str) -> np.ndarray[Any, Any]:
    """The same values in another arrangement of memory."""
    if layout == "fortran":
        return np.asfortranarray(array) if array.ndim else array
    if layout == "strided":
        return np.repeat(array, 2, axis=-1)[..., ::2] if array.ndim else array
    if layout == "reversed":
        return np.ascontiguousarray(array[::-1])[::-1] if array.ndim else array
    fresh = np.array(array)
    fresh.flags.writeable = layout != "readonly"
    return fresh


DOMAINS: dict[str, tuple[float, float]] = {"any": (-3.0, 3.0), "positive": (0.0, 3.0), "unit": (0.0, 1.0), "nonzero": (0.25, 3.0)}
TIED = (0.0, 1.0, -1.0, 0.5, -0.5, 2.0)  # where kinks like to be
EXTREMES = (0.0, 1e6, -1e6, 1e-6, -1e-6, 1e12, -1e-12, 1e30, -1e30, 1e-30)


def tensors(
    shape: Any = None,
    *,
    dtype: Any = np.float64,
    domain: tuple[float, float] | str = "any",
    layouts: Sequence[str] = LAYOUTS,
    requires_grad: bool = False,
) -> Any:
    """A strategy of tensors.

    Parameters
    ----------
    shape : tuple of int or strategy, optional
        Default: any shape of up to three axes.
    dtype : dtype or strategy of dtypes
        Floating point.
    domain : (float, float) or str
        Values lie in between, off the wholes, halves and quarters, where kinks like to be; failures shrink to the values of
        fewest digits nearest to zero. By name: "any" (−3 to 3), "positive" (0 to 3), "unit" (0 to 1), "nonzero" (0.25 to 3, of
        either sign), "ties" (a few wholes and halves, many of them equal: kinks), "extremes" (10⁻³⁰ to 10³⁰, and 0).
    layouts : sequence of str
        Of "contiguous", "strided", "fortran", "readonly", "reversed".
    requires_grad : bool
        Ask for gradients (the memory then is a copy, and contiguous).

    Examples
    --------
    >>> from hypothesis import find
    >>> from autograd.testing import tensors
    >>> find(tensors((2,)), lambda x: True)
    Tensor([0.1, 0.1])
    >>> find(tensors((2,), domain="ties"), lambda x: x.data[0] > 0)
    Tensor([1., 0.])
    """
    if unknown := set(layouts) - set(LAYOUTS):
        raise ValueError(f"layouts are of {LAYOUTS}, given {sorted(unknown)}")
    st = _strategies()
    sizes = shapes() if shape is None else st.just(tuple(shape)) if isinstance(shape, (tuple, list)) else shape
    dtypes = dtype if hasattr(dtype, "flatmap") else st.just(dtype)
    one = st.sampled_from(_values(domain))
    parts = sizes.flatmap(lambda size: st.tuples(_filled(size, one), dtypes, st.sampled_from(layouts)))

    def made(drawn: tuple[Any, Any, str]) -> Any:
        tensor = as_tensor(lay_out(drawn[0].astype(drawn[1]), drawn[2]))
        return tensor.requires_grad_() if requires_grad else tensor

    return parts.map(made)


def _filled(shape: Shape, one: Any) -> Any:
    count = int(np.prod(shape))
    return _strategies().lists(one, min_size=count, max_size=count).map(lambda drawn: np.array(drawn, float).reshape(shape))


@functools.cache
def _values(domain: tuple[float, float] | str) -> list[float]:
    """The values of a domain, simplest first: few digits, near zero, positive."""
    if isinstance(domain, str):
        if domain not in (*DOMAINS, "ties", "extremes"):
            raise ValueError(f"domain is (low, high) or one of {(*DOMAINS, 'ties', 'extremes')}, given {domain!r}")
        if domain not in DOMAINS:
            return list(TIED if domain == "ties" else EXTREMES)
    low, high = DOMAINS[domain] if isinstance(domain, str) else domain
    if not low < high:
        raise ValueError(f"a domain is (low, high) with low < high, given {domain!r}")
    found = _decimals(low, high)
    return [sign * v for v in found for sign in (1.0, -1.0)] if domain == "nonzero" else found


def _decimals(low: float, high: float) -> list[float]:
    """Decimal numbers strictly between, some hundreds, none a multiple of a quarter of their leading unit."""
    digits = 2 - int(np.floor(np.log10(high - low)))
    unit = 10.0**-digits
    drawn = [n for n in range(int(np.ceil(low / unit)), int(np.floor(high / unit)) + 1) if n % 25 and low < n * unit < high]
    rounded = [round(n * unit, digits) if digits >= 0 else n * unit for n in sorted(drawn, key=lambda n: (n % 10 != 0, abs(n), n < 0))]
    return rounded or [low + (high - low) * place for place in (0.4, 0.3, 0.6, 0.7)]


def gradient_test(*, order: int = 1, options: dict[str, Any] | None = None, **strategies: Any) -> Any:
    """Make a property test of a function that returns what it computes from its arguments.

    Parameters
    ----------
    order : int
        Check derivatives up to this one.
    options : dict, optional
        For `check_gradients`.
    **strategies
        One an argument; the floating tensors drawn are the inputs that are checked, those in tuples, lists, dicts and
        dataclasses too: a composite strategy may draw tensors that belong together.

    A gradient may be zero in an example, but not in all of them: such a test fails, unless `options` hold ``allow_zero=True``.
    Under pytest ``--gradient-examples=N`` sets how many examples are drawn, and the end of the run says what they covered; the
    counts stay on the test as `gradient_coverage`, a `Coverage`.

    Examples
    --------
    >>> import autograd
    >>> from autograd.testing import gradient_test, tensors
    >>> @gradient_test(x=tensors((2,)))
    ... def test_square(x):
    ...     return x * x
    >>> test_square()
    """
    from hypothesis import Phase, given
    from hypothesis import settings as plan

    settings = {"allow_zero": True, "order": order, **(options or {})}

    def decorate(function: Callable[..., Any]) -> Any:
        coverage = Coverage(allow_zero=bool((options or {}).get("allow_zero")))

        def test(**drawn: Any) -> None:
            _check_drawn(function, drawn, settings, coverage)

        # A lambda's name is no name: Hypothesis could not write the failing call.
        named = function.__name__ if function.__name__.isidentifier() else test.__name__
        test.__name__, test.__doc__, test.__module__ = named, function.__doc__, function.__module__
        checked: Any = given(**strategies)(test)
        # Hypothesis's own explanation names lines of NumPy; the message of the check says more. Not by its decorator, which
        # is for the user: it can be applied once. A check that takes its time, on a busy machine, is no failure.
        phases = [phase for phase in plan().phases if phase is not Phase.explain]
        checked._hypothesis_internal_use_settings = plan(phases=phases, deadline=None)
        checked.gradient_coverage = coverage
        return checked

    return decorate


def _check_drawn(function: Callable[..., Any], drawn: dict[str, Any], settings: dict[str, Any], coverage: Coverage) -> None:
    __tracebackhide__ = True
    trees = {name: _opened(value) for name, value in drawn.items()}
    leaves = [leaf for values, _ in trees.values() for leaf in values]
    named = [place for name, (_, structure) in trees.items() for place in places(structure, name)]
    moving = [_moves(leaf) for leaf in leaves]

    def of_moving(*values: Any) -> Any:
        moved = iter(values)
        now = iter([next(moved) if moves else leaf for leaf, moves in zip(leaves, moving, strict=True)])
        return function(**{name: unflatten(structure, [next(now) for _ in own]) for name, (own, structure) in trees.items()})

    inputs = [*compress(leaves, moving)]
    coverage.add(inputs)
    report = check_gradients(functools.wraps(function)(of_moving), *inputs, **{"names": [*compress(named, moving)], **settings})
    coverage.finish(report)


def _moves(value: Any) -> bool:
    return getattr(getattr(value, "dtype", None), "kind", "") == "f"


def _opened(value: Any) -> tuple[list[Any], Any]:
    """A drawn argument's leaves and structure; what holds no floating tensor stays whole."""
    leaves, structure = flatten(value)
    return (leaves, structure) if any(map(_moves, leaves)) else ([value], None)

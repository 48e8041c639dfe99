"""Hypothesis strategies for tensors, shapes that broadcast and indices; `gradient_test` makes a property of a function."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from autograd.tensor import as_tensor
from autograd.testing.checks import check_gradients
from autograd.testing.coverage import Coverage

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


def tensors(
    shape: Any = None,
    *,
    dtype: Any = np.float64,
    domain: tuple[float, float] = (-3.0, 3.0),
    layouts: Sequence[str] = LAYOUTS,
    requires_grad: bool = False,
) -> Any:
    """A strategy of tensors.

    Parameters
    ----------
    shape : tuple of int or strategy, optional
        Default: any shape of up to three axes.
    dtype : dtype
        Floating point.
    domain : (float, float)
        Values lie in between, on a grid that is off the integers and halves, where kinks like to be.
    layouts : sequence of str
        Of "contiguous", "strided", "fortran", "readonly", "reversed".
    requires_grad : bool
        Ask for gradients (the memory then is a copy, and contiguous).

    Examples
    --------
    >>> from hypothesis import find
    >>> from autograd.testing import tensors
    >>> find(tensors((2,)), lambda x: True).shape
    (2,)
    """
    st = _strategies()
    sizes = shapes() if shape is None else st.just(tuple(shape)) if isinstance(shape, (tuple, list)) else shape
    parts = sizes.flatmap(lambda size: st.tuples(_values(size, domain), st.sampled_from(layouts)))

    def made(drawn: tuple[Any, str]) -> Any:
        tensor = as_tensor(lay_out(drawn[0].astype(dtype), drawn[1]))
        return tensor.requires_grad_() if requires_grad else tensor

    return parts.map(made)


GRID = 997  # prime: its multiples miss the integers and halves of the usual domains


def _values(shape: Shape, domain: tuple[float, float]) -> Any:
    st = _strategies()
    low, high = domain
    count = int(np.prod(shape))
    places = st.lists(st.integers(1, GRID - 1), min_size=count, max_size=count)
    return places.map(lambda drawn: (low + (high - low) * np.array(drawn, float) / GRID).reshape(shape))


def gradient_test(*, order: int = 1, options: dict[str, Any] | None = None, **strategies: Any) -> Any:
    """Make a property test of a function that returns what it computes from its arguments.

    Parameters
    ----------
    order : int
        Check derivatives up to this one.
    options : dict, optional
        For `check_gradients`.
    **strategies
        One an argument; the floating tensors drawn are the inputs that are checked.

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
    from hypothesis import given

    settings = {"allow_zero": True, "order": order, **(options or {})}

    def decorate(function: Callable[..., Any]) -> Any:
        coverage = Coverage()

        def test(**drawn: Any) -> None:
            _check_drawn(function, drawn, settings, coverage)

        test.__name__, test.__doc__, test.__module__ = function.__name__, function.__doc__, function.__module__
        checked: Any = given(**strategies)(test)
        checked.gradient_coverage = coverage
        return checked

    return decorate


def _check_drawn(function: Callable[..., Any], drawn: dict[str, Any], settings: dict[str, Any], coverage: Coverage) -> None:
    moving = [name for name, value in drawn.items() if getattr(getattr(value, "dtype", None), "kind", "") == "f"]
    still = {name: value for name, value in drawn.items() if name not in moving}

    def of_moving(*values: Any) -> Any:
        return function(**dict(zip(moving, values, strict=True)), **still)

    inputs = [drawn[name] for name in moving]
    coverage.add(inputs)
    report = check_gradients(functools.wraps(function)(of_moving), *inputs, **settings)
    coverage.kinky += bool(report.kinks)

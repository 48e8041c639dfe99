"""What a check raises: `GradientError` for a wrong gradient, `CheckRefused` for a check that would say nothing."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]


class GradientError(AssertionError):
    """A gradient that is not the slope.

    Attributes
    ----------
    failures : list of Failure
        Every place looked at where they differ, with `where`, `output`, `gradient`, `slope` and `error`; empty where a shape, a
        dtype or a changed input is what is wrong.
    """

    def __init__(self, message: str, failures: Sequence[Any] = ()) -> None:
        super().__init__(message)
        self.failures = list(failures)


class CheckRefused(ValueError):
    """A check that would say nothing, whatever the gradient is."""


def refuse_inputs(arrays: Sequence[Array], names: Sequence[str]) -> None:
    """Refuses inputs whose elements cannot move alone."""
    if not arrays:
        raise CheckRefused("no inputs to differentiate by")
    for name, x in zip(names, arrays, strict=True):
        if x.dtype.kind != "f":
            raise CheckRefused(f"{name} is {x.dtype}: only floating-point inputs have gradients; pass x.astype(float)")
        if x.size and any(stride == 0 and n > 1 for stride, n in zip(x.strides, x.shape, strict=True)):
            raise CheckRefused(f"{name} of shape {x.shape} repeats one value by stride 0; pass x.copy()")
        if not np.isfinite(x).all():
            raise CheckRefused(f"{name} holds nan or infinity, from which no step can be taken")
    for (a, x), (b, y) in itertools.combinations(zip(names, arrays, strict=True), 2):
        if np.shares_memory(x, y):
            raise CheckRefused(f"{a} and {b} share memory, so neither moves alone; pass a copy of one")


def refuse_random(first: Sequence[Array], second: Sequence[Array], what: str) -> None:
    same = len(first) == len(second) and all(map(_equal, first, second))
    if not same:
        shown = [", ".join(np.array2string(np.asarray(x), threshold=6) for x in run) for run in (first, second)]
        raise CheckRefused(f"two runs with the same inputs gave the {what} {shown[0]} and {shown[1]}: make the function deterministic")


def _equal(a: Any, b: Any) -> bool:
    return (a is None) == (b is None) and (a is None or np.array_equal(a, b, equal_nan=True))


def refuse_zero(name: str, unreached: bool) -> None:
    if unreached:
        raise CheckRefused(f"the output does not depend on {name}: there is nothing to check. Leave it out of the inputs")
    raise CheckRefused(f"the gradient at {name} is zero everywhere, which most wrong gradients are too; "
                       "move the input, or pass allow_zero=True if it must be so")  # fmt: skip


def refuse_shapes(found: Sequence[Any], inputs: Sequence[Array], names: Sequence[str]) -> None:
    """A gradient has the shape and the dtype of its input."""
    if len(found) != len(inputs):
        raise GradientError(f"{len(inputs)} inputs, but {len(found)} gradients")
    for name, g, x in zip(names, found, inputs, strict=True):
        if g is not None and (g.shape != x.shape or g.dtype != x.dtype):
            raise GradientError(f"{name} is {x.shape} {x.dtype}, its gradient {g.shape} {g.dtype}")

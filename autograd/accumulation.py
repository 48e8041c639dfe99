"""Bringing a contribution to its input's shape and dtype, and adding it to what is there: once for all rules."""

from __future__ import annotations

import functools
import sys
from typing import Any

import numpy as np

from autograd.nodes import FLOAT64, PENDING, Node, describe, leaf
from autograd.switches import config

ROWS = 4096  # up to here rows are summed as a product with ones: three times faster to start, and no less exact


@functools.lru_cache(maxsize=256)
def _ones(count: int, dtype: np.dtype[Any]) -> np.ndarray[Any, Any]:
    return np.ones(count, dtype)


def _are_rows(gradient: Any, shape: tuple[int, ...]) -> bool:
    return type(gradient) is np.ndarray and gradient.ndim == 2 and shape == gradient.shape[1:] and gradient.dtype.char in "fd"


def sum_to(gradient: Any, shape: tuple[int, ...]) -> Any:
    """Undo broadcasting: sum `gradient` (array or tensor) down to `shape`."""
    if _are_rows(gradient, shape):
        return _ones(len(gradient), gradient.dtype).dot(gradient) if len(gradient) <= ROWS else gradient.sum(axis=0)
    lead = gradient.ndim - len(shape)
    stretched = tuple(lead + i for i, n in enumerate(shape) if n == 1 and gradient.shape[lead + i] != 1)
    summed = gradient.sum(axis=tuple(range(lead)) + stretched)
    return summed if np.shape(summed) == shape else np.reshape(summed, shape)


def _cast(gradient: Any, dtype: np.dtype[Any]) -> Any:
    if gradient.dtype.kind == "c" and dtype.kind != "c":
        raise TypeError(
            f"a gradient of dtype {gradient.dtype} arrives at a {dtype} tensor: complex numbers are not differentiated here. "
            "Compute with the real and the imaginary part as two tensors"
        )
    if config.strict:
        raise TypeError(f"a rule returned a gradient of dtype {gradient.dtype} for an input of dtype {dtype}")
    return gradient.astype(dtype)


def _broadcast_from(shape: tuple[int, ...], wide: tuple[int, ...]) -> bool:
    """Whether broadcasting `shape` can have given `wide`."""
    lead = len(wide) - len(shape)
    return lead >= 0 and all(n == m or n == 1 for n, m in zip(shape, wide[lead:], strict=True))


def _number(parent: Node, gradient: Any) -> float | int:
    """A rule's contribution that is no array; None is a `return` that was forgotten, and no gradient of 0."""
    if type(gradient) is not float and type(gradient) is not int:
        raise TypeError(
            f"a rule returned {'None' if gradient is None else type(gradient).__name__} as the gradient of {describe(parent)}; "
            f"it returns an array of shape {parent.shape}"
        )
    return gradient


def fit(parent: Node, gradient: Any) -> Any:
    """Bring a contribution to its input's shape and dtype: broadcasting and promotion undone, once for all rules."""
    if not hasattr(gradient, "shape"):
        gradient = _number(parent, gradient)
        gradient = np.float64(gradient) if parent.shape == () else np.asarray(gradient, parent.dtype)
    if gradient.shape != parent.shape:
        if not (_are_rows(gradient, parent.shape) or _broadcast_from(parent.shape, gradient.shape)):
            raise ValueError(f"a rule returned a gradient of shape {gradient.shape} for {describe(parent)}")
        gradient = sum_to(gradient, parent.shape)
    if gradient.dtype != parent.dtype:
        gradient = _cast(gradient, parent.dtype)
    return float(gradient) if type(gradient) is np.float64 else gradient


def accumulate(parent: Node, gradient: Any) -> None:
    """Add one contribution to a node's slot. The first is borrowed, the second allocates, later ones add in place."""
    if type(gradient) is float:
        if parent.dtype is not FLOAT64 or parent.shape:
            gradient = fit(parent, gradient)
    else:
        try:
            fits = gradient.shape == parent.shape and gradient.dtype is parent.dtype
        except AttributeError:  # no array
            fits = False
        if not fits:
            gradient = fit(parent, gradient)
    have = parent.slot
    if have is PENDING:
        parent.slot = gradient
    elif type(have) is np.ndarray and sys.getrefcount(have) <= _EXCLUSIVE and have.base is None:
        np.add(have, gradient, out=have)  # nobody else holds it: ours since the second contribution
    else:
        parent.slot = have + gradient


def _calibrate() -> int:
    """The reference count `accumulate` sees for an array that only the slot holds (it differs between Pythons)."""
    probe = leaf((1,), FLOAT64)
    probe.slot = np.zeros(1)
    have = probe.slot
    return sys.getrefcount(have)


_EXCLUSIVE = _calibrate()

"""Functions that NumPy lacks but SciPy and PyTorch have, each with its own word for an axis: both are taken."""

from __future__ import annotations

from typing import Any

from autograd.declare import composite
from autograd.ops import activation, calculus, reduction


def _one(name: str, axis: Any, dim: Any, default: Any) -> Any:
    """The axis, by whichever word it was given."""
    if axis is not None and dim is not None:
        raise TypeError(f"{name} takes axis or dim: they are the same, and both were given")
    found = dim if axis is None else axis
    found = default if found is None else found
    return tuple(found) if isinstance(found, list) else found


@composite()
def softmax(x: Any, axis: int | None = None, *, dim: int | None = None) -> Any:
    """exp(x) / sum(exp(x)) along `axis` (PyTorch's `dim`; the last by default), without overflow."""
    return activation.softmax(x, _one("softmax", axis, dim, -1))


@composite()
def log_softmax(x: Any, axis: int | None = None, *, dim: int | None = None) -> Any:
    """x - logsumexp(x) along `axis` (PyTorch's `dim`; the last by default)."""
    return activation.log_softmax(x, _one("log_softmax", axis, dim, -1))


@composite()
def logsumexp(a: Any, axis: Any = None, keepdims: bool = False, *, dim: Any = None, keepdim: bool = False) -> Any:
    """log(sum(exp(a))) over `axis` (PyTorch's `dim`; all by default), without overflow; -inf for rows of -inf."""
    return reduction.logsumexp(a, _one("logsumexp", axis, dim, None), keepdims or keepdim)


@composite()
def logcumsumexp(a: Any, axis: int | None = None, *, dim: int | None = None) -> Any:
    """log(cumsum(exp(a))) along `axis` (PyTorch's `dim`; the last by default), without overflow."""
    return calculus.logcumsumexp(a, _one("logcumsumexp", axis, dim, -1))

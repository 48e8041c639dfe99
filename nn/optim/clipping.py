"""Gradients held within bounds, before a step."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from autograd import Tensor


def _gradients(parameters: Any) -> list[Tensor]:
    listed: Iterable[Tensor] = [parameters] if isinstance(parameters, Tensor) else parameters
    return [p.grad for p in listed if p.grad is not None]


def _set(gradient: Tensor, values: Any) -> None:
    gradient.data = np.asarray(values, gradient.dtype)


def clip_grad_norm_(parameters: Any, max_norm: float, norm_type: float = 2.0, error_if_nonfinite: bool = False) -> float:
    """Scale all gradients together so that their common norm is at most `max_norm`; return the norm before.

    Raises
    ------
    RuntimeError
        With `error_if_nonfinite`, when the norm is not finite; the gradients are as before.
    """
    gradients = _gradients(parameters)
    norms = [np.linalg.norm(gradient.data.ravel(), norm_type) for gradient in gradients]
    total = float(np.linalg.norm(norms, norm_type)) if norms else 0.0
    if error_if_nonfinite and not np.isfinite(total):
        raise RuntimeError(f"the norm of the gradients is {total}, so they cannot be clipped")
    scale = min(1.0, max_norm / (total + 1e-6))
    for gradient in gradients if scale != 1.0 else []:
        _set(gradient, gradient.data * scale)
    return total


def clip_grad_value_(parameters: Any, clip_value: float) -> None:
    """Limit every element of every gradient to ±clip_value."""
    for gradient in _gradients(parameters):
        _set(gradient, np.clip(gradient.data, -clip_value, clip_value))

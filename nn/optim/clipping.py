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


def get_total_norm(tensors: Any, norm_type: float = 2.0, error_if_nonfinite: bool = False) -> float:
    """The norm of all tensors' elements together.

    Raises
    ------
    RuntimeError
        With `error_if_nonfinite`, when the norm is not finite.
    """
    listed = [tensors] if isinstance(tensors, Tensor) else list(tensors)
    norms = [np.linalg.norm(tensor.data.ravel(), norm_type) for tensor in listed]
    total = float(np.linalg.norm(norms, norm_type)) if norms else 0.0
    if error_if_nonfinite and not np.isfinite(total):
        raise RuntimeError(f"the norm of the gradients is {total}, so they cannot be clipped")
    return total


def clip_grads_with_norm_(parameters: Any, max_norm: float, total_norm: float) -> None:
    """Scale all gradients by what brings `total_norm` down to `max_norm`, if it is above."""
    scale = min(1.0, max_norm / (total_norm + 1e-6))
    for gradient in _gradients(parameters) if scale != 1.0 else []:
        _set(gradient, gradient.data * scale)


def clip_grad_norm_(parameters: Any, max_norm: float, norm_type: float = 2.0, error_if_nonfinite: bool = False) -> float:
    """Scale all gradients together so that their common norm is at most `max_norm`; return the norm before.

    Raises
    ------
    RuntimeError
        With `error_if_nonfinite`, when the norm is not finite; the gradients are as before.
    """
    listed = [parameters] if isinstance(parameters, Tensor) else list(parameters)
    total = get_total_norm(_gradients(listed), norm_type, error_if_nonfinite)
    clip_grads_with_norm_(listed, max_norm, total)
    return total


def clip_grad_value_(parameters: Any, clip_value: float) -> None:
    """Limit every element of every gradient to ±clip_value."""
    for gradient in _gradients(parameters):
        _set(gradient, np.clip(gradient.data, -clip_value, clip_value))

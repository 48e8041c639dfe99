"""Dropout: random masks that are scaled so that the mean stays."""

# autograd's functions are made from declarations, so mypy sees Any where they return tensors.
# mypy: disable-error-code="no-any-return"

from __future__ import annotations

from typing import Any

import numpy as np

import autograd
from autograd import Tensor
from nn.randomness import generator_or_shared


def _masked(x: Any, mask: Any) -> Any:
    return x * mask


masked = autograd.op(
    _masked,
    name="dropout",
    tags=("mask", "dropout"),
    symbol="dropout({x})",
    x=lambda g, mask: g * mask,
    domain=(-3.0, 3.0),
    doc="x times a constant mask of the same dtype.",
)


def _drop(x: Any, p: float, training: bool, shape: Any, generator: Any) -> Tensor:
    x = autograd.as_tensor(x)
    if not 0 <= p <= 1:
        raise ValueError(f"dropout: p is a probability between 0 and 1, given {p}")
    if not training or not p:
        return x
    kept = generator_or_shared(generator).random(shape(x), dtype=np.float32) >= p
    mask = kept.astype(x.dtype)
    if p < 1:
        mask *= x.dtype.type(1 / (1 - p))
    return masked(x, mask)


def dropout(input: Any, p: float = 0.5, training: bool = True, inplace: bool = False, generator: Any = None) -> Tensor:
    """Zero each element with probability p and scale the others by 1 / (1 - p) (Srivastava et al. 2014).

    Examples
    --------
    >>> from nn import functional as F
    >>> F.dropout([1.0, 2.0], training=False)
    Tensor([1., 2.])
    """
    return _drop(input, p, training, lambda t: t.shape, generator)


def _channels(x: Tensor) -> tuple[int, ...]:
    return x.shape[:2] + (1,) * (x.ndim - 2)


def dropout1d(input: Any, p: float = 0.5, training: bool = True, inplace: bool = False, generator: Any = None) -> Tensor:
    """Dropout of whole channels of (N, C, L)."""
    return _drop(input, p, training, _channels, generator)


dropout2d = dropout3d = dropout1d


def drop_path(input: Any, p: float = 0.5, training: bool = True, generator: Any = None) -> Tensor:
    """Dropout of whole samples: stochastic depth, when applied to F(x) (Huang et al. 2016)."""
    return _drop(input, p, training, lambda t: t.shape[:1] + (1,) * (t.ndim - 1), generator)


ALPHA_PRIME = -1.7580993408473766  # selu's value at minus infinity: what alpha dropout puts in place of a dropped element


def alpha_dropout(input: Any, p: float = 0.5, training: bool = False, inplace: bool = False, generator: Any = None) -> Tensor:
    """Dropout that keeps mean and variance of selu's outputs (Klambauer et al. 2017)."""
    return _alpha(input, p, training, lambda t: t.shape, generator)


def feature_alpha_dropout(
    input: Any, p: float = 0.5, training: bool = False, inplace: bool = False, generator: Any = None
) -> Tensor:
    """alpha_dropout of whole channels of (N, C, ...)."""
    return _alpha(input, p, training, _channels, generator)


def _alpha(x: Any, p: float, training: bool, shape: Any, generator: Any) -> Tensor:
    x = autograd.as_tensor(x)
    if not 0 <= p <= 1:
        raise ValueError(f"dropout: p is a probability between 0 and 1, given {p}")
    if not training or not p:
        return x
    kept = (generator_or_shared(generator).random(shape(x), dtype=np.float32) >= p).astype(x.dtype)
    if p >= 1:
        return masked(x, kept)
    scale = ((1 - p) * (1 + p * ALPHA_PRIME**2)) ** -0.5
    shift = scale * ALPHA_PRIME * (1.0 - kept) - scale * p * ALPHA_PRIME
    return masked(x, kept * x.dtype.type(scale)) + shift.astype(x.dtype)

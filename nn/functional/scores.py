"""Attention: values averaged by how well their keys fit a query."""

# autograd's functions are made from declarations, so mypy sees Any where they return tensors.
# mypy: disable-error-code="no-any-return"

from __future__ import annotations

from math import sqrt
from typing import Any

import numpy as np

import autograd
from autograd import Tensor
from nn.functional.masks import dropout


def added_mask(mask: Any, dtype: Any) -> Tensor:
    """A mask as what is added to the scores: a boolean one says where attention is allowed."""
    mask = autograd.as_tensor(mask)
    if mask.dtype != bool:
        return mask if mask.requires_grad else autograd.as_tensor(mask.data.astype(dtype))
    return autograd.as_tensor(np.where(mask.data, 0.0, -np.inf).astype(dtype))


def attention_weights(query: Tensor, key: Tensor, mask: Any = None, scale: float | None = None) -> Tensor:
    """softmax(query keyᵀ / √d + mask), shape (..., queries, keys)."""
    scale = 1.0 / sqrt(query.shape[-1]) if scale is None else scale
    scores = (query * scale) @ autograd.swapaxes(key, -1, -2)
    return autograd.softmax(scores if mask is None else scores + added_mask(mask, scores.dtype), -1)


def scaled_dot_product_attention(
    query: Any, key: Any, value: Any, attn_mask: Any = None, dropout_p: float = 0.0, is_causal: bool = False,
    scale: float | None = None, generator: Any = None,
) -> Tensor:  # fmt: skip
    """softmax(query keyᵀ / √d) value (Vaswani et al. 2017, equation 1).

    Parameters
    ----------
    query : array_like, shape (..., queries, d)
    key, value : array_like, shapes (..., keys, d) and (..., keys, e)
    attn_mask : array_like, optional
        Added to the scores; a boolean one is True where attention is allowed.
    is_causal : bool
        Query i sees keys up to i.
    """
    query, key, value = (autograd.as_tensor(each) for each in (query, key, value))
    if query.shape[-1] != key.shape[-1] or key.shape[-2] != value.shape[-2]:
        raise ValueError(f"attention: query {query.shape}, key {key.shape} and value {value.shape} do not fit together")
    if is_causal and attn_mask is not None:
        raise ValueError("attention takes attn_mask or is_causal, not both")
    if is_causal:
        attn_mask = np.tri(query.shape[-2], key.shape[-2], dtype=bool)
    weights = attention_weights(query, key, attn_mask, scale)
    return dropout(weights, dropout_p, training=dropout_p > 0, generator=generator) @ value

"""Distances, and losses that ask for a margin."""

# autograd's functions are made from declarations, so mypy sees Any where they return tensors.
# mypy: disable-error-code="no-any-return"

from __future__ import annotations

from math import log, pi
from typing import Any

import numpy as np

import autograd
from autograd import Tensor
from nn.functional.dense import cosine_similarity
from nn.functional.losses import cast_like, one_rank, one_shape, reduced


def pairwise_distance(x1: Any, x2: Any, p: float = 2.0, eps: float = 1e-6, keepdim: bool = False) -> Tensor:
    """‖x1 - x2 + eps‖ₚ along the last axis."""
    difference = autograd.as_tensor(x1) - autograd.as_tensor(x2) + eps
    if p == 2:
        return autograd.sqrt(autograd.sum(difference * difference, axis=-1, keepdims=keepdim))
    return autograd.sum(autograd.abs(difference) ** p, axis=-1, keepdims=keepdim) ** (1.0 / p)


def cosine_embedding_loss(input1: Any, input2: Any, target: Any, margin: float = 0.0, reduction: str = "mean") -> Tensor:
    """1 - cos where the target is 1, max(0, cos - margin) where it is -1 (and, as in PyTorch, 0 for any other target)."""
    input1, input2 = one_rank("cosine_embedding_loss", input1, input2)
    cosine, signs = cosine_similarity(input1, input2, dim=-1), _values(target)
    if signs.shape != cosine.shape:
        raise ValueError(f"cosine_embedding_loss: vectors {input1.shape} need targets of shape {cosine.shape}, given {signs.shape}")
    nothing = np.zeros_like(cosine.data)
    alike = autograd.where(signs == 1, 1.0 - cosine, nothing)
    return reduced(alike + autograd.where(signs == -1, autograd.relu(cosine - margin), nothing), reduction)


def triplet_margin_loss(
    anchor: Any, positive: Any, negative: Any, margin: float = 1.0, p: float = 2.0, eps: float = 1e-6,
    swap: bool = False, reduction: str = "mean",
) -> Tensor:  # fmt: skip
    """max(0, d(anchor, positive) - d(anchor, negative) + margin)."""
    if margin <= 0:
        raise ValueError(f"triplet_margin_loss: margin must be positive, given {margin}")
    anchor, positive, negative = one_rank("triplet_margin_loss", anchor, positive, negative)
    far = pairwise_distance(anchor, negative, p, eps)
    if swap:
        far = autograd.minimum(far, pairwise_distance(positive, negative, p, eps))
    return reduced(autograd.relu(pairwise_distance(anchor, positive, p, eps) - far + margin), reduction)


def triplet_margin_with_distance_loss(
    anchor: Any, positive: Any, negative: Any, *, distance_function: Any = None, margin: float = 1.0, swap: bool = False,
    reduction: str = "mean",
) -> Tensor:  # fmt: skip
    """triplet_margin_loss with a distance of your own, the Euclidean one by default."""
    if margin <= 0:
        raise ValueError(f"triplet_margin_with_distance_loss: margin must be positive, given {margin}")
    anchor, positive, negative = one_rank("triplet_margin_with_distance_loss", anchor, positive, negative)
    distance = distance_function or pairwise_distance
    far = distance(anchor, negative)
    far = autograd.minimum(far, distance(positive, negative)) if swap else far
    return reduced(autograd.relu(distance(anchor, positive) - far + margin), reduction)


def _values(target: Any) -> np.ndarray[Any, Any]:
    return target.data if isinstance(target, Tensor) else np.asarray(target)


def multi_margin_loss(input: Any, target: Any, p: int = 1, margin: float = 1.0, weight: Any = None, reduction: str = "mean") -> Tensor:
    """Σ over other classes of max(0, margin - x[target] + x)ᵖ, divided by the number of classes."""
    if p not in (1, 2):
        raise ValueError(f"multi_margin_loss: p is 1 or 2, given {p}")
    input = autograd.as_tensor(input)
    input = input if input.ndim else input.reshape((1,))
    index = np.expand_dims(_one_class_a_row(input, _values(target)), -1)
    others = np.arange(input.shape[-1]) != index
    gap = autograd.relu(margin - autograd.take_along_axis(input, index, -1) + input) ** p * others.astype(input.dtype)
    if weight is not None:
        gap = gap * _values(weight).astype(input.dtype)[index]
    return reduced(autograd.sum(gap, axis=-1) / input.shape[-1], reduction)


def _one_class_a_row(x: Tensor, target: Any) -> np.ndarray[Any, Any]:
    rows = x.shape[:-1]
    if x.ndim > 2 or target.dtype.kind not in "iu" or (target.shape != rows and (rows or target.size != 1)):
        raise ValueError(f"multi_margin_loss: scores {x.shape} need integer targets of shape {rows}, given {target.dtype} {target.shape}")
    if target.size and not 0 <= target.min() <= target.max() < x.shape[-1]:
        raise ValueError(f"multi_margin_loss: classes lie in [0, {x.shape[-1]}), given {target.min()} to {target.max()}")
    return target.reshape(rows)


def multilabel_soft_margin_loss(input: Any, target: Any, weight: Any = None, reduction: str = "mean") -> Tensor:
    """The mean over classes of the binary cross entropy of logits."""
    input, target = one_shape(input, target, "multilabel_soft_margin_loss")
    if not input.ndim:
        raise ValueError("multilabel_soft_margin_loss takes scores of shape (C,) or (N, C), given a single number")
    each = autograd.softplus(-input) + (1.0 - target) * input
    each = each if weight is None else each * cast_like(autograd.as_tensor(weight), input)
    return reduced(autograd.mean(each, axis=-1), reduction)


def gaussian_nll_loss(input: Any, target: Any, var: Any, full: bool = False, eps: float = 1e-6, reduction: str = "mean") -> Tensor:
    """½ (log var + (x - target)² / var), var held at eps; `full` adds ½ log 2π."""
    input = autograd.as_tensor(input)
    target, var = (cast_like(autograd.as_tensor(each), input) for each in (target, var))
    if var.size and var.data.min() < 0:
        raise ValueError("gaussian_nll_loss: a variance is negative")
    var = _beside(var, input)
    # As PyTorch: held at eps in value, its own gradient as if it were not.
    var = var + (np.maximum(var.data, eps) - var.data)
    each = 0.5 * (autograd.log(var) + (input - target) ** 2 / var)
    return reduced(each + 0.5 * log(2 * pi) if full else each, reduction)


def _beside(var: Tensor, x: Tensor) -> Tensor:
    """One variance a value, one a row (the last axis left out), or one along an axis, which then has length 1."""
    if x.ndim and var.shape == x.shape[:-1]:
        return var.reshape((*var.shape, 1))
    differing = [have for have, wanted in zip(var.shape, x.shape) if have != wanted]
    if var.ndim and (var.ndim != x.ndim or differing not in ([], [1])):
        raise ValueError(f"gaussian_nll_loss: x {x.shape} takes a variance of its shape, an axis maybe 1, or of {x.shape[:-1]}")
    return var


def multilabel_margin_loss(input: Any, target: Any, reduction: str = "mean") -> Tensor:
    """Σ max(0, 1 - (x[right] - x[wrong])) over right and wrong classes, divided by the number of classes.

    Parameters
    ----------
    input : array_like, shape (C,) or (N, C)
    target : array_like of integers, x's shape
        The right classes of each row, ended by -1.
    """
    input, index = autograd.as_tensor(input), _values(target)
    input, index = (input, index) if input.ndim else (input.reshape((1,)), index.reshape(1))
    if index.shape != input.shape or input.ndim not in (1, 2) or index.dtype.kind not in "iu":
        raise ValueError(f"multilabel_margin_loss: x {input.shape} needs integer targets of its shape, given {index.dtype} {index.shape}")
    listed = np.cumprod(index >= 0, axis=-1).astype(bool)
    if (index[listed] >= input.shape[-1]).any():
        raise ValueError(f"multilabel_margin_loss: class {index[listed].max()} is not in [0, {input.shape[-1]})")
    places = np.where(listed, index, 0)
    right = (listed[..., None] & (places[..., None] == np.arange(input.shape[-1]))).any(axis=-2)
    gap = autograd.relu(1.0 - autograd.expand_dims(autograd.take_along_axis(input, places, -1), -1) + autograd.expand_dims(input, -2))
    counted = listed[..., None] & ~right[..., None, :]
    return reduced(autograd.sum(gap * counted.astype(input.dtype), axis=(-2, -1)) / input.shape[-1], reduction)

"""Affine maps and look-ups."""

# autograd's functions are made from declarations, so mypy sees Any where they return tensors.
# mypy: disable-error-code="no-any-return"

from __future__ import annotations

from typing import Any

import numpy as np

import autograd
from autograd import Tensor


def _linear(x: Any, weight: Any, bias: Any = None) -> Any:
    if weight.ndim != 2 or not isinstance(x, np.ndarray) or x.shape[-1:] != weight.shape[1:]:
        raise ValueError(f"x {np.shape(x)} must end in the number of columns of weight {weight.shape} (out, in)")
    # dot starts sooner than matmul; beyond two axes it would go row by row
    out = x.dot(weight.T) if x.ndim <= 2 else np.matmul(x, weight.T)
    if bias is None:
        return out
    if bias.shape != out.shape[-1:]:
        raise ValueError(f"bias {bias.shape} must have one entry a row of weight {weight.shape}")
    return out + bias if out.dtype != bias.dtype else np.add(out, bias, out=out)


def _weight_gradient(g: Any, x: Any) -> Any:
    """δᵀx over all rows: leading axes are one batch."""
    if g.ndim == 2:
        return np.dot(g.T, x)
    return g.reshape(-1, g.shape[-1]).T @ x.reshape(-1, x.shape[-1])


def _input_gradient(g: Any, weight: Any) -> Any:
    return np.dot(g, weight) if g.ndim == 2 else g @ weight


linear = autograd.op(
    _linear,
    name="linear",
    tags=("linear", "product"),
    symbol="{x}{weight}ᵀ + {bias}",
    domain={"x": (-3.0, 3.0), "weight": (-3.0, 3.0), "bias": (-3.0, 3.0)},
    x=_input_gradient,
    weight=_weight_gradient,
    bias=lambda g: g,
    doc="""x @ weight.T + bias, one recorded operation.

    Parameters
    ----------
    x : array_like, shape (..., in)
    weight : array_like, shape (out, in)
    bias : array_like, shape (out,), optional

    Examples
    --------
    >>> import autograd
    >>> from nn import functional as F
    >>> F.linear(autograd.Tensor([1.0, 2.0]), [[3.0, 4.0]], [0.5])
    Tensor([11.5])
    """,
)


def bilinear(x1: Any, x2: Any, weight: Any, bias: Any = None) -> Tensor:
    """x1ᵀ W x2 for each output: x1 (..., in1), x2 (..., in2), weight (out, in1, in2)."""
    x1, x2, weight = (autograd.as_tensor(each) for each in (x1, x2, weight))
    out = autograd.einsum("...i,oij,...j->...o", x1, weight, x2)
    return out if bias is None else out + autograd.as_tensor(bias)


def _shorten(weight: Tensor, index: Any, max_norm: float, norm_type: float) -> None:
    """Rows that are looked up and longer than `max_norm`, scaled to it in place, as PyTorch does."""
    rows = np.unique(index)
    lengths = np.linalg.norm(weight.data[rows], norm_type, axis=1)
    scale = np.where(lengths > max_norm, max_norm / (lengths + 1e-7), 1.0)
    if (scale < 1).any():
        values = weight.data.copy()
        values[rows] *= scale[:, None].astype(values.dtype)
        weight.data[...] = values


def embedding(
    x: Any, weight: Any, padding_idx: int | None = None, max_norm: float | None = None, norm_type: float = 2.0,
    scale_grad_by_freq: bool = False,
) -> Tensor:  # fmt: skip
    """Rows of `weight` (entries, features) at the integers x.

    Parameters
    ----------
    x : array_like of integers
    weight : array_like, shape (entries, features)
    padding_idx : int, optional
        This row gets no gradient.
    max_norm, norm_type : float
        Rows that are used and longer than `max_norm` are shortened to it first, in `weight` itself.
    scale_grad_by_freq : bool
        A row's gradient is divided by how often the row occurs in x.
    """
    index = np.asarray(x.data if isinstance(x, Tensor) else x)
    weight = autograd.as_tensor(weight)
    if index.dtype.kind not in "iu":
        raise TypeError(f"embedding takes integers as indices, given {index.dtype}")
    if index.size and (index.min() < 0 or index.max() >= weight.shape[0]):
        raise ValueError(f"embedding: indices must lie in [0, {weight.shape[0]}), given {index.min()} to {index.max()}")
    if max_norm is not None:
        _shorten(weight, index, max_norm, norm_type)
    rows = weight[index]
    if scale_grad_by_freq:
        share = (1.0 / np.bincount(index.ravel(), minlength=1)[index])[..., None].astype(weight.dtype)
        rows = rows * share + weight.data[index] * (1 - share)
    if padding_idx is None:
        return rows
    padding = index == padding_idx % weight.shape[0]
    return autograd.where(padding[..., None], weight.data[index], rows)


def one_hot(x: Any, num_classes: int = -1) -> Tensor:
    """Integers as rows of zeros with a one."""
    index = np.asarray(x.data if isinstance(x, Tensor) else x)
    classes = int(index.max()) + 1 if num_classes < 0 else num_classes
    return autograd.as_tensor((index[..., None] == np.arange(classes)).astype(np.int64))


def normalize(x: Any, p: float = 2.0, dim: int = 1, eps: float = 1e-12) -> Tensor:
    """x / max(‖x‖ₚ, eps) along `dim`."""
    x = autograd.as_tensor(x)
    length = autograd.sum(autograd.abs(x) ** p, axis=dim, keepdims=True)
    safe = autograd.where(length.data > eps**p, length, np.full_like(length.data, eps**p))
    return x / safe ** (1.0 / p)


def cosine_similarity(x1: Any, x2: Any, dim: int = 1, eps: float = 1e-8) -> Tensor:
    """x1·x2 / (‖x1‖ ‖x2‖) along `dim`."""
    product = normalize(x1, dim=dim, eps=eps) * normalize(x2, dim=dim, eps=eps)
    return autograd.sum(product, axis=dim)

"""Affine maps and look-ups."""

# autograd's functions are made from declarations, so mypy sees Any where they return tensors.
# mypy: disable-error-code="no-any-return"

from __future__ import annotations

from typing import Any, Protocol

import numpy as np

import autograd
from autograd import Tensor


def _linear(input: Any, weight: Any, bias: Any = None) -> Any:
    if weight.ndim != 2 or not isinstance(input, np.ndarray) or input.shape[-1:] != weight.shape[1:]:
        raise ValueError(f"input {np.shape(input)} must end in the number of columns of weight {weight.shape} (out, in)")
    # dot starts sooner than matmul; beyond two axes it would go row by row
    out = input.dot(weight.T) if input.ndim <= 2 else np.matmul(input, weight.T)
    if bias is None:
        return out
    if bias.ndim != 1 or len(bias) != len(weight):
        raise ValueError(f"bias {bias.shape} must have one entry a row of weight {weight.shape}")
    return np.add(out, bias, out=out if out.dtype is bias.dtype else None)


def _weight_gradient(g: Any, input: Any) -> Any:
    """δᵀx over all rows: leading axes are one batch."""
    if g.ndim == 2:
        return np.dot(g.T, input)
    return g.reshape(-1, g.shape[-1]).T @ input.reshape(-1, input.shape[-1])


def _input_gradient(g: Any, weight: Any) -> Any:
    return np.dot(g, weight) if g.ndim == 2 else g @ weight


class Linear(Protocol):
    """What type checkers know of `linear`."""

    def __call__(self, input: Any, weight: Any, bias: Any = None) -> Tensor: ...


linear: Linear = autograd.op(
    _linear,
    name="linear",
    tags=("linear", "product"),
    symbol="{input}{weight}ᵀ + {bias}",
    domain={"input": (-3.0, 3.0), "weight": (-3.0, 3.0), "bias": (-3.0, 3.0)},
    input=_input_gradient,
    weight=_weight_gradient,
    bias=lambda g: g,
    doc="""input @ weight.T + bias, one recorded operation.

    Parameters
    ----------
    input : array_like, shape (..., in)
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


def bilinear(input1: Any, input2: Any, weight: Any, bias: Any = None) -> Tensor:
    """x1ᵀ W x2 for each output: x1 (..., in1), x2 (..., in2), weight (out, in1, in2)."""
    input1, input2, weight = (autograd.as_tensor(each) for each in (input1, input2, weight))
    out = autograd.einsum("...i,oij,...j->...o", input1, weight, input2)
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
    input: Any, weight: Any, padding_idx: int | None = None, max_norm: float | None = None, norm_type: float = 2.0,
    scale_grad_by_freq: bool = False,
) -> Tensor:  # fmt: skip
    """Rows of `weight` (entries, features) at the integers x.

    Parameters
    ----------
    input : array_like of integers
    weight : array_like, shape (entries, features)
    padding_idx : int, optional
        This row gets no gradient.
    max_norm, norm_type : float
        Rows that are used and longer than `max_norm` are shortened to it first, in `weight` itself.
    scale_grad_by_freq : bool
        A row's gradient is divided by how often the row occurs in x.
    """
    index = np.asarray(input.data if isinstance(input, Tensor) else input)
    weight = autograd.as_tensor(weight)
    if weight.ndim != 2:
        raise ValueError(f"embedding: weight is (entries, features), given shape {weight.shape}")
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


def one_hot(tensor: Any, num_classes: int = -1) -> Tensor:
    """Integers as rows of zeros with a one."""
    index = np.asarray(tensor.data if isinstance(tensor, Tensor) else tensor)
    if index.dtype.kind not in "iu":
        raise TypeError(f"one_hot takes integers, given {index.dtype}")
    classes = int(index.max()) + 1 if num_classes < 0 else num_classes
    if index.size and (index.min() < 0 or index.max() >= classes):
        raise ValueError(f"one_hot: classes lie in [0, {classes}), given {index.min()} to {index.max()}")
    return autograd.as_tensor((index[..., None] == np.arange(classes)).astype(np.int64))


def normalize(input: Any, p: float = 2.0, dim: int = 1, eps: float = 1e-12) -> Tensor:
    """x / max(‖x‖ₚ, eps) along `dim`."""
    input = autograd.as_tensor(input)
    return input / autograd.clip(autograd.vector_norm(input, axis=dim, keepdims=True, ord=p), eps)


def cosine_similarity(x1: Any, x2: Any, dim: int = 1, eps: float = 1e-8) -> Tensor:
    """x1·x2 / (‖x1‖ ‖x2‖) along `dim`."""
    x1, x2 = autograd.broadcast_arrays(autograd.as_tensor(x1), autograd.as_tensor(x2))
    product = normalize(x1, dim=dim, eps=eps) * normalize(x2, dim=dim, eps=eps)
    return autograd.sum(product, axis=dim)


def embedding_bag(
    input: Any, weight: Any, offsets: Any = None, max_norm: float | None = None, norm_type: float = 2.0,
    scale_grad_by_freq: bool = False, mode: str = "mean", sparse: bool = False, per_sample_weights: Any = None,
    include_last_offset: bool = False, padding_idx: int | None = None,
) -> Tensor:  # fmt: skip
    """The mean, sum or maximum of the rows of `weight` in each bag; zeros for an empty bag.

    Parameters
    ----------
    input : array_like of integers, shape (bags, n), or (n,) with `offsets`
    weight : array_like, shape (entries, features)
    offsets : array_like of integers, shape (bags,)
        Where each bag begins in a one-dimensional `input`; with `include_last_offset` one more, where the last one ends.
    per_sample_weights : array_like, the input's shape
        Factors of the rows, for ``mode="sum"`` only.
    padding_idx : int, optional
        Entries that count for nothing.
    """
    index, bag, bags = _bags(input, offsets, include_last_offset)
    if mode not in ("mean", "sum", "max") or (per_sample_weights is not None and mode != "sum"):
        raise ValueError(f"embedding_bag: mode is 'mean', 'sum' or 'max' (with per_sample_weights 'sum'), given {mode!r}")
    weight = autograd.as_tensor(weight)
    rows = embedding(index, weight, None, max_norm, norm_type, scale_grad_by_freq)
    if per_sample_weights is not None:
        rows = rows * autograd.as_tensor(per_sample_weights).reshape((-1, 1))
    kept = np.arange(index.size) if padding_idx is None else np.flatnonzero(index != padding_idx % weight.shape[0])
    nothing = np.zeros((bags, weight.shape[1]), weight.dtype)
    if mode == "sum":
        return autograd.index_add(nothing, 0, bag[kept], rows[kept])
    return autograd.index_reduce(nothing, 0, bag[kept], rows[kept], {"mean": "mean", "max": "amax"}[mode], include_self=False)


def _bags(input: Any, offsets: Any, include_last: bool) -> tuple[Any, Any, int]:
    """The indices in one row, the bag that each belongs to, and the number of bags."""
    index = np.asarray(input.data if isinstance(input, Tensor) else input)
    if index.ndim == 2 and offsets is None:
        return index.ravel(), np.repeat(np.arange(len(index)), index.shape[1]), len(index)
    starts = np.asarray(offsets.data if isinstance(offsets, Tensor) else offsets)
    if index.ndim != 1 or offsets is None or starts.ndim != 1 or (starts.size and (starts[0] or np.any(np.diff(starts) < 0))):
        raise ValueError(
            f"embedding_bag takes indices (bags, n), or (n,) and rising offsets from 0; given {index.shape} and {offsets}"
        )
    starts = starts[:-1] if include_last else starts
    return index, np.searchsorted(starts, np.arange(index.size), side="right") - 1, len(starts)

"""Products with more to them, under PyTorch's names: alpha and beta, matrices and stacks by name, distances."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_index

from autograd.declare import composite
from autograd.ops.linear_algebra import matmul, outer
from autograd.ops.norms import length, norm, vector_norm
from autograd.ops.reduction import sum as sum_
from autograd.ops.shape import expand_dims, reshape


def _ranks(name: str, *given: tuple[Any, int]) -> None:
    """Refuse what another product would accept: here a vector is a vector, a matrix a matrix, a stack a stack."""
    if any(np.ndim(x) != rank for x, rank in given):
        wanted = ", ".join(f"{rank} axes" for _, rank in given)
        raise ValueError(f"{name} takes arrays of {wanted}, given {', '.join(str(np.shape(x)) for x, _ in given)}")


@composite()
def mm(input: Any, mat2: Any) -> Any:
    """The product of two matrices, and of nothing else."""
    _ranks("mm", (input, 2), (mat2, 2))
    return matmul(input, mat2)


@composite()
def mv(input: Any, vec: Any) -> Any:
    """A matrix times a vector."""
    _ranks("mv", (input, 2), (vec, 1))
    return matmul(input, vec)


@composite()
def bmm(input: Any, mat2: Any) -> Any:
    """The products of two stacks of as many matrices, one by one."""
    _ranks("bmm", (input, 3), (mat2, 3))
    if np.shape(input)[0] != np.shape(mat2)[0]:
        raise ValueError(f"bmm takes stacks of one length, given {np.shape(input)} and {np.shape(mat2)}")
    return matmul(input, mat2)


def _sum_of(input: Any, product: Any, beta: float, alpha: float, name: str) -> Any:
    """beta · input + alpha · product, of the product's shape; with beta = 0 the input's values are never looked at."""
    if np.broadcast_shapes(np.shape(input), np.shape(product)) != np.shape(product):
        raise ValueError(f"{name}: input {np.shape(input)} must broadcast to the product's shape {np.shape(product)}")
    scaled = product if alpha == 1 else product * alpha
    return scaled + (input if beta == 1 else input * beta if beta else np.zeros((), np.result_type(input)))


@composite()
def addmm(input: Any, mat1: Any, mat2: Any, *, beta: float = 1.0, alpha: float = 1.0) -> Any:
    """beta · input + alpha · mat1 @ mat2, for matrices."""
    return _sum_of(input, mm(mat1, mat2), beta, alpha, "addmm")


@composite()
def addmv(input: Any, mat: Any, vec: Any, *, beta: float = 1.0, alpha: float = 1.0) -> Any:
    """beta · input + alpha · mat @ vec."""
    return _sum_of(input, mv(mat, vec), beta, alpha, "addmv")


@composite()
def addr(input: Any, vec1: Any, vec2: Any, *, beta: float = 1.0, alpha: float = 1.0) -> Any:
    """beta · input + alpha · the outer product of two vectors."""
    _ranks("addr", (vec1, 1), (vec2, 1))
    return _sum_of(input, outer(vec1, vec2), beta, alpha, "addr")


@composite()
def baddbmm(input: Any, batch1: Any, batch2: Any, *, beta: float = 1.0, alpha: float = 1.0) -> Any:
    """beta · input + alpha · batch1 @ batch2, for stacks of matrices."""
    return _sum_of(input, bmm(batch1, batch2), beta, alpha, "baddbmm")


@composite()
def addbmm(input: Any, batch1: Any, batch2: Any, *, beta: float = 1.0, alpha: float = 1.0) -> Any:
    """beta · input + alpha · the sum of batch1 @ batch2 over the stack."""
    return _sum_of(input, sum_(bmm(batch1, batch2), axis=0), beta, alpha, "addbmm")


@composite()
def addcmul(input: Any, tensor1: Any, tensor2: Any, *, value: float = 1.0) -> Any:
    """input + value · tensor1 · tensor2, elementwise."""
    return input + value * (tensor1 * tensor2)


@composite()
def addcdiv(input: Any, tensor1: Any, tensor2: Any, *, value: float = 1.0) -> Any:
    """input + value · tensor1 / tensor2, elementwise."""
    return input + value * (tensor1 / tensor2)


@composite()
def lerp(input: Any, end: Any, weight: Any) -> Any:
    """input + weight · (end - input)."""
    return input + weight * (end - input)


@composite()
def cdist(x1: Any, x2: Any, p: float = 2.0, compute_mode: str | None = None) -> Any:
    """Distances between every row of x1 and every row of x2; 0 between equal rows, with subgradient 0.

    `compute_mode` chooses PyTorch's kernel and changes nothing here.
    """
    if np.ndim(x1) < 2 or np.ndim(x2) < 2 or np.shape(x1)[-1] != np.shape(x2)[-1]:
        raise ValueError(f"cdist takes rows of one length, given {np.shape(x1)} and {np.shape(x2)}")
    if p < 0:
        raise ValueError(f"cdist: p is not negative, given {p}")
    difference = expand_dims(x1, -2) - expand_dims(x2, -3)
    return length(difference, -1) if p == 2 else norm(difference, p, -1)


@composite()
def pdist(input: Any, p: float = 2.0) -> Any:
    """Distances between every two rows of a matrix, (0, 1), (0, 2), ..., (1, 2), ... in one row."""
    _ranks("pdist", (input, 2))
    first, second = np.triu_indices(np.shape(input)[0], 1)
    return norm(input[first] - input[second], p, -1)


@composite()
def dist(input: Any, other: Any, p: float = 2.0) -> Any:
    """The p-norm of input - other, all values in one row."""
    return norm(reshape(input - other, (-1,)), p)


@composite()
def renorm(input: Any, p: float, dim: int, maxnorm: float) -> Any:
    """Slices along `dim` that are longer than `maxnorm` shortened to it, as PyTorch does (with 1e-7 beside the length)."""
    from autograd.ops.selection import where

    if np.ndim(input) < 2:
        raise ValueError(f"renorm takes two or more axes, given shape {np.shape(input)}")
    others = tuple(n for n in range(np.ndim(input)) if n != normalize_axis_index(dim, np.ndim(input)))
    size = vector_norm(input, axis=others, keepdims=True, ord=p)
    return where(size.data > maxnorm, input * (maxnorm / (size + 1e-7)), input)

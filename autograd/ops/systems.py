"""Systems of equations by a factor that is at hand, LU, least squares, and the exponential of a matrix."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd.declare import composite, op
from autograd.ops.arithmetic import power
from autograd.ops.factorisation import LINALG, _eye, _t, pinv, slogdet, solve, svdvals
from autograd.ops.indexing import take_along_axis
from autograd.ops.linear_algebra import matmul, tril, triu
from autograd.ops.padding import pad_constant
from autograd.ops.reduction import sum as sum_
from autograd.ops.selection import where
from autograd.ops.shape import as_floats, concatenate, expand_dims, swapaxes
from autograd.tensor import array_of, arrayed


def _square(a: Any, name: str) -> None:
    if np.ndim(a) < 2 or np.shape(a)[-1] != np.shape(a)[-2]:
        raise ValueError(f"{name} takes square matrices, given shape {np.shape(a)}")


# ------------------------------------------------------------------------------------------------- triangles at hand


@composite()
def solve_triangular(
    a: Any, b: Any, lower: bool = False, trans: bool = False, unit_diagonal: bool = False, *,
    upper: bool | None = None, left: bool = True, unitriangular: bool = False,
) -> Any:  # fmt: skip
    """x with a @ x = b (or x @ a = b), reading one triangle of a; SciPy's arguments, or PyTorch's `upper`, `left`, `unitriangular`."""
    _square(a, "solve_triangular")
    lower = lower if upper is None else not upper
    triangle = tril(a) if lower else triu(a)
    if unit_diagonal or unitriangular:
        triangle = (tril(a, -1) if lower else triu(a, 1)) + _eye(a)
    triangle = swapaxes(triangle, -1, -2) if trans else triangle
    return solve(triangle, b) if left else swapaxes(solve(swapaxes(triangle, -1, -2), swapaxes(b, -1, -2)), -1, -2)


@composite()
def cholesky_solve(input: Any, L: Any, upper: bool = False) -> Any:
    """x with A @ x = input, from the Cholesky factor of A: L @ Lᵀ, or, with `upper`, Lᵀ @ L."""
    _square(L, "cholesky_solve")
    lower = swapaxes(L, -1, -2) if upper else L
    return solve_triangular(lower, solve_triangular(lower, input, lower=True), lower=True, trans=True)


@composite()
def cholesky_inverse(L: Any, upper: bool = False) -> Any:
    """The inverse of A, from its Cholesky factor."""
    _square(L, "cholesky_inverse")
    return cholesky_solve(np.broadcast_to(_eye(L), np.shape(L)), L, upper)


# ------------------------------------------------------------------------------------------------------------------ LU


def _eliminated(a: Any) -> tuple[Any, Any]:
    """Rows of one matrix in the order in which partial pivoting takes them, and the pivots."""
    work, order = np.array(a, float), np.arange(a.shape[0])
    pivots = np.arange(min(a.shape))
    for k in range(min(a.shape)):
        pivots[k] = best = k + np.argmax(np.abs(work[k:, k]))
        pair = np.array([k, best])
        work[pair], order[pair] = work[pair[::-1]], order[pair[::-1]]
        if work[k, k]:
            work[k + 1 :, k] /= work[k, k]
            work[k + 1 :, k + 1 :] -= np.outer(work[k + 1 :, k], work[k, k + 1 :])
    return order, pivots


def _orders(a: Any) -> tuple[Any, Any]:
    """The same for a stack."""
    rows, columns = a.shape[-2:]
    found = [_eliminated(matrix) for matrix in a.reshape(-1, rows, columns)] if a.size else []
    shape = a.shape[:-2]
    if not found:
        return tuple(np.broadcast_to(np.arange(n), (*shape, n)) for n in (rows, min(rows, columns)))  # type: ignore[return-value]
    return np.stack([f[0] for f in found]).reshape(*shape, rows), np.stack([f[1] for f in found]).reshape(*shape, -1)


def _factors(a: Any) -> tuple[Any, Any]:
    """L and U of square matrices that need no pivoting."""
    work = np.array(a)
    for k in range(a.shape[-1] - 1):
        work[..., k + 1 :, k] /= work[..., k, k, None]
        work[..., k + 1 :, k + 1 :] -= work[..., k + 1 :, k, None] * work[..., k, None, k + 1 :]
    return np.tril(work, -1) + _eye(work), np.triu(work)


def _factors_back(g: Any, out: Any) -> Any:
    """d(LU) = dL·U + L·dU; L's part lies below the diagonal, U's on and above it."""
    lower, upper = out
    by_lower, by_upper = ((0.0 * part if item is None else item) for item, part in zip(g.items, out, strict=True))
    inner = np.tril(_t(lower) @ by_lower, -1) + np.triu(by_upper @ _t(upper))
    return np.linalg.solve(_t(lower), _t(np.linalg.solve(upper, _t(inner))))


square_lu = op(_factors, name="square_lu", outputs=True, tags=LINALG, a=_factors_back, analytic=False,
               doc="L and U with L @ U = a, for matrices that need no pivoting.")


def _lu(a: Any, order: Any) -> tuple[Any, Any]:
    """L and U of the rows in `order`, of any shape: what is beyond the square follows from it."""
    rows, columns = np.shape(a)[-2:]
    n = min(rows, columns)
    sorted_rows = take_along_axis(a, order[..., None], -2)
    lower, upper = square_lu(sorted_rows[..., :n, :n])
    if columns > n:
        upper = concatenate([upper, solve_triangular(lower, sorted_rows[..., n:], lower=True, unit_diagonal=True)], -1)
    if rows > n:
        lower = concatenate([lower, solve_triangular(upper, sorted_rows[..., n:, :], left=False)], -2)
    return lower, upper


@composite()
def lu(a: Any) -> tuple[Any, Any, Any]:
    """P, L, U with P @ L @ U = a, rows exchanged for the largest pivots; P is constant where no two pivots tie."""
    order, _ = _orders(array_of(a))
    permutation = np.swapaxes(np.eye(np.shape(a)[-2], dtype=np.result_type(a))[order], -1, -2)
    return permutation, *_lu(a, order)


@composite()
def lu_factor(a: Any) -> tuple[Any, Any]:
    """L (its ones left out) and U in one matrix, and which row each was exchanged with, counted from 1."""
    order, pivots = _orders(array_of(a))
    lower, upper = _lu(a, order)
    *_, rows, columns = np.shape(a)
    widths = [(0, 0)] * (np.ndim(a) - 2)
    below = pad_constant(tril(lower, -1), [*widths, (0, 0), (0, max(columns - rows, 0))], 0.0)
    return below + pad_constant(upper, [*widths, (0, max(rows - columns, 0)), (0, 0)], 0.0), (pivots + 1).astype(np.int32)


def _permutation(pivots: Any, n: int) -> Any:
    """The order of rows that a sequence of exchanges ends in."""
    flat = np.reshape(pivots, (int(np.prod(np.shape(pivots)[:-1])), np.shape(pivots)[-1])) - 1
    orders = np.broadcast_to(np.arange(n), (len(flat), n)).copy()
    rows = np.arange(len(flat))
    for k in range(flat.shape[-1]):
        orders[rows, k], orders[rows, flat[:, k]] = orders[rows, flat[:, k]].copy(), orders[rows, k].copy()
    return orders.reshape(*np.shape(pivots)[:-1], n)


@composite()
def lu_solve(LU: Any, pivots: Any, B: Any, *, left: bool = True, adjoint: bool = False) -> Any:
    """x with A @ x = B (x @ A = B without `left`, Aᵀ with `adjoint`), from what `lu_factor` gave."""
    _square(LU, "lu_solve")
    n = np.shape(LU)[-1]
    order = _permutation(array_of(pivots), n)
    exchange = np.eye(n, dtype=np.result_type(LU))[order]
    lower, upper = tril(LU, -1) + _eye(LU), triu(LU)
    a = matmul(np.swapaxes(exchange, -1, -2), matmul(lower, upper))
    a = a if adjoint is False else swapaxes(a, -1, -2)
    return solve(a, B) if left else swapaxes(solve(swapaxes(a, -1, -2), swapaxes(B, -1, -2)), -1, -2)


# ------------------------------------------------------------------------------------------------- least squares, powers


@composite()
def logdet(a: Any) -> Any:
    """The logarithm of the determinant: -inf where it is 0, NaN where it is negative."""
    sign, size = slogdet(a)
    return where(array_of(sign) < 0, np.nan, size)


@composite(np.linalg.lstsq)
def lstsq(a: Any, b: Any, rcond: float | None = None) -> tuple[Any, Any, int, Any]:
    """The x of least length among those with the least ‖a @ x - b‖, the squared residuals, the rank, the singular values."""
    a = as_floats(a)
    rows, columns = np.shape(a)[-2:]
    rcond = float(np.finfo(np.result_type(a)).eps) * max(rows, columns) if rcond is None else rcond
    x = matmul(pinv(a, rcond=rcond), b)
    values = svdvals(a)
    rank = int(np.sum(array_of(values) > rcond * np.max(array_of(values), initial=0.0)))
    away = matmul(a, x) - b
    residuals = sum_(away * away, axis=0)
    if rank < columns or rows <= columns:
        return x, np.zeros(0, np.result_type(a)), rank, values
    return x, residuals if np.ndim(b) > 1 else expand_dims(residuals, 0), rank, values


def matrix_rank(A: Any, tol: Any = None, hermitian: bool = False, *, rtol: Any = None) -> Any:
    """How many singular values count as more than 0, as plain integers."""
    return np.linalg.matrix_rank(array_of(A), tol, hermitian, rtol=rtol)


@composite(np.vander)
def vander(x: Any, N: int | None = None, increasing: bool = False) -> Any:
    """The powers of each value as a row, falling unless `increasing`."""
    x = arrayed(x)
    if np.ndim(x) != 1:
        raise ValueError(f"vander takes a row of values, given shape {np.shape(x)}")
    number = np.shape(x)[0] if N is None else N
    powers = np.arange(number) if increasing else np.arange(number)[::-1]
    return power(expand_dims(x, -1), powers.astype(np.result_type(x)))


TAYLOR = 18  # of a matrix of norm 1/2 at most this leaves less than rounding


def _matrix_exp(a: Any) -> Any:
    """Scaling and squaring: exp(a) = exp(a / 2ˢ)^(2ˢ), the small one by Taylor's series (Moler and Van Loan 2003, method 3)."""
    _square(a, "matrix_exp")
    largest = np.max(np.sum(np.abs(a), axis=-2), initial=0.0)
    squarings = int(max(0, np.ceil(np.log2(largest)) + 1)) if 0 < largest < np.inf else 0
    small = a / np.array(2.0**squarings, a.dtype)
    result = term = np.broadcast_to(_eye(a), a.shape)
    for k in range(1, TAYLOR + 1):
        term = term @ small / np.array(k, a.dtype)
        result = result + term
    for _ in range(squarings):
        result = result @ result
    return result


def _matrix_exp_back(g: Any, a: Any) -> Any:
    """Fréchet's derivative is a corner of the exponential of a matrix twice as large (Higham 2008, section 3.2)."""
    n = a.shape[-1]
    top = np.concatenate([_t(a), g], axis=-1)
    bottom = np.concatenate([0.0 * g, _t(a)], axis=-1)
    return matrix_exp(np.concatenate([top, bottom], axis=-2))[..., :n, n:]


matrix_exp = op(_matrix_exp, name="matrix_exp", tags=LINALG, a=_matrix_exp_back, doc="The exponential of square matrices, Σ aᵏ / k!.")


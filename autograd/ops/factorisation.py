"""numpy.linalg: inverses, systems, determinants, factorisations, norms. Stacks of matrices as in NumPy."""

from __future__ import annotations

import math
from typing import Any, Generic, NamedTuple, TypeVar

import numpy as np

from autograd.declare import composite, gradient_parts, op
from autograd.ops.linear_algebra import matmul
from autograd.ops.shape import as_floats, concatenate, moveaxis, reshape, swapaxes
from autograd.tensor import array_of, arrayed

LINALG = ("linalg",)
T = TypeVar("T")


# What NumPy's factorisations return, by NumPy's names.
class SlogdetResult(NamedTuple, Generic[T]):
    """The sign and the logarithm of the determinant's size."""

    sign: T
    logabsdet: T


class EighResult(NamedTuple, Generic[T]):
    """Eigenvalues and eigenvectors."""

    eigenvalues: T
    eigenvectors: T


class QRResult(NamedTuple, Generic[T]):
    """q and r with q @ r the matrix."""

    Q: T
    R: T


class SVDResult(NamedTuple, Generic[T]):
    """U, the singular values, and V transposed."""

    U: T
    S: T
    Vh: T


def _t(a: Any) -> Any:
    return np.swapaxes(a, -1, -2)


def _eye(a: Any) -> Any:
    return np.eye(a.shape[-1], dtype=a.dtype)


def _low(a: Any) -> Any:
    """The lower triangle with half of the diagonal: what a triangular factor takes of a symmetric change."""
    return np.tril(a) - 0.5 * a * _eye(a)


inv = op(np.linalg.inv, "a", name="inv", tags=LINALG, a=lambda g, out: -_t(out) @ g @ _t(out), doc="The inverse.")


def _solve(a: Any, b: Any) -> Any:
    return np.linalg.solve(a, b)


def _solve_a(g: Any, a: Any, b_shape: Any, out: Any) -> Any:
    back = np.linalg.solve(_t(a), g)
    return -back[..., :, None] * out[..., None, :] if len(b_shape) == 1 else -back @ _t(out)


solve = op(_solve, name="solve", numpy=(np.linalg.solve,), tags=LINALG, a=_solve_a, b=lambda g, a: np.linalg.solve(_t(a), g),
           doc="x with a @ x = b.")
det = op(np.linalg.det, "a", name="det", tags=LINALG, kinks="singular matrices raise in backward",
         a=lambda g, a, out: np.expand_dims(g * out, (-1, -2)) * _t(np.linalg.inv(a)), doc="The determinant.")


def _slogdet_back(g: Any, a: Any, out: Any) -> Any:
    return np.expand_dims(gradient_parts(g, out)[1], (-1, -2)) * _t(np.linalg.inv(a))


slogdet = op(lambda a: SlogdetResult(*np.linalg.slogdet(a)), name="slogdet", numpy=(np.linalg.slogdet,), outputs=SlogdetResult, tags=LINALG,
             a=_slogdet_back, analytic=False, doc="The sign and the logarithm of the determinant's size.")


def _cholesky_back(g: Any, out: Any) -> Any:
    inverse = np.linalg.inv(out)
    inner = _t(inverse) @ _low(_t(out) @ g) @ inverse
    return 0.5 * (inner + _t(inner))


lower_cholesky = op(lambda a: np.linalg.cholesky(a), name="lower_cholesky", tags=LINALG, a=_cholesky_back, analytic=False,
                    doc="L with L @ L.T = a, for symmetric positive definite a.")


@composite(np.linalg.cholesky)
def cholesky(a: Any, *, upper: bool = False) -> Any:
    """L with L @ Lᵀ = a, for symmetric positive definite a, of whose lower triangle it is made; with `upper` Lᵀ, of the upper one."""
    return swapaxes(lower_cholesky(swapaxes(a, -1, -2)), -1, -2) if upper else lower_cholesky(a)


def _gaps(w: Any) -> Any:
    """1 / (w_j - w_i), 0 on the diagonal."""
    gaps = w[..., None, :] - w[..., :, None] + _eye(w)
    return (1.0 - _eye(w)) / gaps


def _eigh_back(g: Any, out: Any) -> Any:
    w, v = out
    gw, gv = gradient_parts(g, out)
    if g.items[1] is None:  # values alone have a gradient where they are equal too
        return (v * gw[..., None, :]) @ _t(v)
    turn = _t(v) @ gv
    inner = gw[..., None, :] * _eye(w) + 0.5 * (turn - _t(turn)) * _gaps(w)  # symmetric, as a is
    return v @ inner @ _t(v)


eigh = op(lambda a, UPLO="L": EighResult(*np.linalg.eigh(a, UPLO)), name="eigh", numpy=(np.linalg.eigh,), outputs=EighResult, tags=LINALG,
          a=_eigh_back, analytic=False, kinks="equal eigenvalues: infinite",
          doc="Eigenvalues and eigenvectors of symmetric matrices; the gradient is that by symmetric changes.")


def _svd_back(g: Any, out: Any) -> Any:
    """Giles 2008, section 3.4, for the reduced factors."""
    u, s, vh = out
    gu, gs, gvh = gradient_parts(g, out)
    if g.items[0] is None and g.items[2] is None:  # values alone have a gradient where they are equal too
        return (u * gs[..., None, :]) @ vh
    v, gv = _t(vh), _t(gvh)
    gaps = _gaps(s * s)
    row, column = s[..., None, :], s[..., :, None]
    inner = (gaps * (_t(u) @ gu - _t(gu) @ u)) * row + column * (gaps * (_t(v) @ gv - _t(gv) @ v)) + gs[..., None, :] * _eye(s)
    back = u @ inner @ vh
    rows, columns = u.shape[-2], v.shape[-2]
    if rows > s.shape[-1]:
        back = back + (gu / row - u @ (_t(u) @ (gu / row))) @ vh
    if columns > s.shape[-1]:
        back = back + u @ (_t(gv / row) - (_t(gv / row) @ v) @ vh)
    return back


reduced_svd = op(lambda a: tuple(np.linalg.svd(a, full_matrices=False)), name="reduced_svd", outputs=True,
                 tags=LINALG, a=_svd_back, analytic=False, kinks="equal singular values: infinite")


def _beside_back(g: Any, u: Any, out: Any) -> Any:
    """A basis of what u leaves turns with u: d(out) = -u·d(u)ᵀ·out, and by a rotation of its own, on which no loss may depend."""
    if not math.prod(np.shape(u)):
        return 0.0 * u
    inner = _t(out) @ g
    turn = array_of(inner)
    if not np.allclose(turn, _t(turn), rtol=1e-6, atol=np.sqrt(np.finfo(turn.dtype).eps) * (1.0 + np.max(np.abs(turn), initial=0.0))):
        raise ValueError(
            "svd with full_matrices=True: the loss depends on which basis of the null space was returned, so it has no "
            "gradient; use full_matrices=False, or only what is the same for every basis (b @ b.T)"
        )
    return -out @ (_t(g) @ u)


basis_beside = op(lambda u, basis: basis, name="basis_beside", tags=LINALG, u=_beside_back, analytic=False,
                  doc="`basis` of the space that the orthonormal columns of u leave, to be differentiated by u.")


@composite(np.linalg.svd)
def svd(a: Any, full_matrices: bool = True, compute_uv: bool = True, hermitian: bool = False) -> Any:
    """The singular value decomposition u, s, vh, with full or reduced factors, or the singular values alone.

    The further columns of a full factor are any basis of the space that is left: a loss that depends on which one raises
    in backward.
    """
    if not compute_uv:
        return reduced_svd(a)[1]
    u, s, vh = reduced_svd(a)
    rows, columns = np.shape(a)[-2:]
    if not full_matrices or rows == columns:
        return SVDResult(u, s, vh)
    full_u, _, full_vh = np.linalg.svd(array_of(a))
    if rows > columns:
        return SVDResult(concatenate([u, basis_beside(u, full_u[..., columns:])], -1), s, vh)
    return SVDResult(u, s, swapaxes(concatenate([_t(vh), basis_beside(_t(vh), _t(full_vh)[..., rows:])], -1), -1, -2))


@composite(np.linalg.svdvals)
def svdvals(x: Any) -> Any:
    """The singular values."""
    return reduced_svd(x)[1]


@composite(np.linalg.eigvalsh)
def eigvalsh(a: Any, UPLO: str = "L") -> Any:
    """The eigenvalues of symmetric matrices."""
    return eigh(a, UPLO)[0]


def _qr_back(g: Any, out: Any) -> Any:
    q, r = out
    gq, gr = gradient_parts(g, out)
    inner = r @ _t(gr) - _t(gq) @ q
    symmetric = np.tril(inner) + _t(np.tril(inner, -1))
    return _t(np.linalg.solve(r, _t(gq + q @ symmetric)))


reduced_qr = op(lambda a: tuple(np.linalg.qr(a)), name="reduced_qr", outputs=True, tags=LINALG, a=_qr_back, analytic=False)


@composite(np.linalg.qr)
def qr(a: Any, mode: str = "reduced") -> Any:
    """q and r with q @ r = a; with mode "complete" q is square (further columns are any basis of what is left)."""
    if mode not in ("reduced", "complete", "r"):
        raise TypeError(f"qr mode {mode!r} is not differentiable; use 'reduced', 'complete' or 'r'")
    a = as_floats(a)
    rows, columns = np.shape(a)[-2:]
    if rows >= columns:
        q, r = reduced_qr(a)
        if mode == "complete":
            q, r = _completed(array_of(a), q, r)
    else:  # the columns beyond the square have no part in q
        q, r = reduced_qr(a[..., :rows])
        r = concatenate([r, matmul(_t(q), a[..., rows:])], -1)
    return r if mode == "r" else QRResult(q, r)


def _completed(a: Any, q: Any, r: Any) -> tuple[Any, Any]:
    """q with a basis of what it leaves beside it, r with as many rows of zeros."""
    columns = a.shape[-1]
    beside = np.linalg.qr(a, "complete")[0][..., columns:]
    zeros = np.zeros((*a.shape[:-2], a.shape[-2] - columns, columns), a.dtype)
    return concatenate([q, basis_beside(q, beside)], -1), concatenate([r, zeros], -2)


def _pinv_back(g: Any, a: Any, out: Any) -> Any:
    """Golub and Pereyra 1973, equation 4.12, transposed."""
    p, gt = out, _t(g)
    left = np.eye(a.shape[-2], dtype=a.dtype) - a @ p
    right = np.eye(a.shape[-1], dtype=a.dtype) - p @ a
    return -_t(p) @ g @ _t(p) + left @ gt @ p @ _t(p) + _t(p) @ p @ gt @ right


def _pinv(a: Any, rcond: Any = None, hermitian: bool = False) -> Any:
    """What rounding leaves of a zero counts as 0: NumPy's own default of 1e-15 is below that in float32, and in large matrices."""
    rcond = max(a.shape[-2:]) * float(np.finfo(a.dtype).eps) if rcond is None else rcond
    return np.linalg.pinv(a, rcond, hermitian)


pseudo_inverse = op(_pinv, name="pseudo_inverse", tags=LINALG, a=_pinv_back, analytic=False, doc="The pseudo-inverse.")


@composite(np.linalg.pinv)
def pinv(a: Any, rcond: Any = None, hermitian: bool = False, *, rtol: Any = None) -> Any:
    """The pseudo-inverse; singular values below `rcond` (or `rtol`) times the largest count as 0."""
    if rcond is not None and rtol is not None:
        raise ValueError("pinv takes rcond or rtol, which are the same, not both")
    return pseudo_inverse(as_floats(a), rtol if rcond is None else rcond, hermitian)


@composite(np.linalg.tensorsolve)
def tensorsolve(a: Any, b: Any, axes: Any = None) -> Any:
    """x with tensordot(a, x, x.ndim) = b; `axes` of a are moved last before."""
    if axes is not None:
        a = moveaxis(a, axes, range(-len(axes), 0))
    shape = np.shape(a)[np.ndim(b) :]
    return reshape(solve(reshape(a, (np.size(b), -1)), reshape(b, (-1,))), shape)


@composite(np.linalg.tensorinv)
def tensorinv(a: Any, ind: int = 2) -> Any:
    """The inverse of tensordot(a, x, ind)."""
    if ind < 1:
        raise ValueError(f"tensorinv's ind is 1 or more, given {ind}")
    first, rest = np.shape(a)[:ind], np.shape(a)[ind:]
    return reshape(inv(reshape(a, (int(np.prod(first)), -1))), rest + first)


@composite(np.linalg.matrix_power)
def matrix_power(a: Any, n: int) -> Any:
    """a @ a @ ... n times; negative powers of the inverse."""
    a = arrayed(a)
    if n < 0:
        return matrix_power(inv(a), -n)
    result, square = None, a
    while n:
        if n & 1:
            result = square if result is None else matmul(result, square)
        n >>= 1
        square = matmul(square, square) if n else square
    return np.broadcast_to(_eye(a), np.shape(a)) + 0 * a if result is None else result

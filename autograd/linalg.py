"""`autograd.linalg`: numpy.linalg's names for tensors."""

from autograd.ops.assembly import last_diagonal as diagonal
from autograd.ops.assembly import last_trace as trace
from autograd.ops.factorisation import (
    cholesky,
    det,
    eigh,
    eigvalsh,
    inv,
    matrix_power,
    pinv,
    qr,
    slogdet,
    solve,
    svd,
    svdvals,
    tensorinv,
    tensorsolve,
)
from autograd.ops.linear_algebra import cross, matmul, matrix_transpose, multi_dot, outer, tensordot, vecdot
from autograd.ops.norms import cond, matrix_norm, norm, vector_norm
from autograd.ops.systems import logdet, lstsq, lu, lu_factor, lu_solve, matrix_exp, matrix_rank, solve_triangular, vander

__all__ = [
    "cholesky", "cond", "cross", "det", "diagonal", "eigh", "eigvalsh", "inv", "logdet", "lstsq", "lu", "lu_factor",
    "lu_solve", "matmul", "matrix_exp", "matrix_norm", "matrix_power", "matrix_rank", "matrix_transpose", "multi_dot",
    "norm", "outer", "pinv", "qr", "slogdet", "solve", "solve_triangular", "svd", "svdvals", "tensordot",
    "tensorinv", "tensorsolve", "trace", "vander", "vecdot", "vector_norm",
]  # fmt: skip

"""`autograd.linalg`: numpy.linalg's names for tensors."""

from autograd.ops.factorisation import (
    cholesky,
    cond,
    det,
    eigh,
    eigvalsh,
    inv,
    logdet,
    matrix_norm,
    matrix_power,
    norm,
    pinv,
    qr,
    slogdet,
    solve,
    solve_triangular,
    svd,
    svdvals,
    tensorinv,
    tensorsolve,
    vector_norm,
)
from autograd.ops.linear_algebra import cross, matmul, matrix_transpose, multi_dot, outer, tensordot, vecdot

__all__ = [
    "cholesky", "cond", "cross", "det", "eigh", "eigvalsh", "inv", "logdet", "matmul", "matrix_norm", "matrix_power",
    "matrix_transpose", "multi_dot", "norm", "outer", "pinv", "qr", "slogdet",
    "solve", "solve_triangular", "svd", "svdvals", "tensordot", "tensorinv",
    "tensorsolve", "vecdot", "vector_norm",
]  # fmt: skip

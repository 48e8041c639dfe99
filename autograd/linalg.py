"""`autograd.linalg`: numpy.linalg's names for tensors."""

from autograd.ops.factorisation import (
    cholesky,
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
    vector_norm,
)

__all__ = [
    "cholesky", "det", "eigh", "eigvalsh", "inv", "logdet", "matrix_norm", "matrix_power", "norm", "pinv", "qr", "slogdet",
    "solve", "solve_triangular", "svd", "svdvals", "vector_norm",
]  # fmt: skip

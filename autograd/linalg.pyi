"""numpy.linalg's names for tensors.

Written from the registry by `python -m autograd.support`.
"""

from typing import overload
from autograd.tensor import Tensor
from autograd.typing import ArrayLike, FromNumPy, TensorLike
from autograd import cholesky as cholesky
from autograd import cond as cond
from autograd import cross as cross
from autograd import det as det
from autograd import eigh as eigh
from autograd import eigvalsh as eigvalsh
from autograd import inv as inv
from autograd import matmul as matmul
from autograd import matrix_norm as matrix_norm
from autograd import matrix_power as matrix_power
from autograd import matrix_transpose as matrix_transpose
from autograd import multi_dot as multi_dot
from autograd import norm as norm
from autograd import outer as outer
from autograd import pinv as pinv
from autograd import qr as qr
from autograd import slogdet as slogdet
from autograd import solve as solve
from autograd import svd as svd
from autograd import svdvals as svdvals
from autograd import tensordot as tensordot
from autograd import tensorinv as tensorinv
from autograd import tensorsolve as tensorsolve
from autograd import vecdot as vecdot
from autograd import vector_norm as vector_norm

__all__ = ["cholesky", "cond", "cross", "det", "eigh", "eigvalsh", "inv", "logdet", "matmul", "matrix_norm", "matrix_power", "matrix_transpose", "multi_dot", "norm", "outer", "pinv", "qr", "slogdet", "solve", "solve_triangular", "svd", "svdvals", "tensordot", "tensorinv", "tensorsolve", "vecdot", "vector_norm"]

@overload
def logdet(a: Tensor) -> Tensor:
    """The logarithm of the determinant of symmetric positive definite matrices."""
@overload
def logdet(a: ArrayLike) -> FromNumPy: ...

@overload
def solve_triangular(
    a: ArrayLike,
    b: ArrayLike,
    lower: bool = False,
    trans: bool = False,
    unit_diagonal: bool = False,
) -> FromNumPy:
    """x with a @ x = b, reading one triangle of a (SciPy's name)."""
@overload
def solve_triangular(a: TensorLike, b: TensorLike, lower: bool = False, trans: bool = False, unit_diagonal: bool = False) -> Tensor: ...

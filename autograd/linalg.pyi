"""numpy.linalg's names for tensors.

Written from the registry by `python -m autograd.support`.
"""

from typing import overload
from numpy.typing import DTypeLike
from autograd.tensor import Tensor
from autograd.typing import ArrayLike, FromNumPy
from autograd import cholesky as cholesky
from autograd import cond as cond
from autograd import cross as cross
from autograd import det as det
from autograd import eigh as eigh
from autograd import eigvalsh as eigvalsh
from autograd import inv as inv
from autograd import logdet as logdet
from autograd import lstsq as lstsq
from autograd import lu as lu
from autograd import lu_factor as lu_factor
from autograd import lu_solve as lu_solve
from autograd import matmul as matmul
from autograd import matrix_exp as matrix_exp
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
from autograd import solve_triangular as solve_triangular
from autograd import svd as svd
from autograd import svdvals as svdvals
from autograd import tensordot as tensordot
from autograd import tensorinv as tensorinv
from autograd import tensorsolve as tensorsolve
from autograd import vander as vander
from autograd import vecdot as vecdot
from autograd import vector_norm as vector_norm

__all__ = ["cholesky", "cond", "cross", "det", "diagonal", "eigh", "eigvalsh", "inv", "logdet", "lstsq", "lu", "lu_factor", "lu_solve", "matmul", "matrix_exp", "matrix_norm", "matrix_power", "matrix_rank", "matrix_transpose", "multi_dot", "norm", "outer", "pinv", "qr", "slogdet", "solve", "solve_triangular", "svd", "svdvals", "tensordot", "tensorinv", "tensorsolve", "trace", "vander", "vecdot", "vector_norm"]

@overload
def diagonal(x: Tensor, /, *, offset: int = 0) -> Tensor:
    """The diagonals of the last two axes (np.linalg.diagonal)."""
@overload
def diagonal(x: ArrayLike, /, *, offset: int = 0) -> FromNumPy: ...

@overload
def matrix_rank(A: Tensor, tol: float | None = None, hermitian: bool = False, *, rtol: float | None = None) -> Tensor:
    """How many singular values count as more than 0, as plain integers."""
@overload
def matrix_rank(A: ArrayLike, tol: float | None = None, hermitian: bool = False, *, rtol: float | None = None) -> FromNumPy: ...

@overload
def trace(x: Tensor, /, *, offset: int = 0, dtype: DTypeLike | None = None) -> Tensor:
    """The sums of the diagonals of the last two axes (np.linalg.trace)."""
@overload
def trace(x: ArrayLike, /, *, offset: int = 0, dtype: DTypeLike | None = None) -> FromNumPy: ...

"""The methods and operators of `Tensor` that the declared operations give it.

Written from the registry by `python -m autograd.support`.
"""

from collections.abc import Sequence
from typing import Any
from numpy.typing import DTypeLike
from autograd.ops.indexing import At
from autograd.tensor import Tensor
from autograd.typing import Array, ArrayLike, Axis, Shape, TensorLike

class Methods:
    T: Tensor
    mT: Tensor
    @property
    def at(self) -> At:
        """Functional updates: ``x.at[i].set(v)``, also `add`, `multiply`, `min` and `max`."""
    def __add__(self, other: TensorLike) -> Tensor: ...
    def __radd__(self, other: TensorLike) -> Tensor: ...
    def __sub__(self, other: TensorLike) -> Tensor: ...
    def __rsub__(self, other: TensorLike) -> Tensor: ...
    def __mul__(self, other: TensorLike) -> Tensor: ...
    def __rmul__(self, other: TensorLike) -> Tensor: ...
    def __truediv__(self, other: TensorLike) -> Tensor: ...
    def __rtruediv__(self, other: TensorLike) -> Tensor: ...
    def __pow__(self, other: TensorLike) -> Tensor: ...
    def __rpow__(self, other: TensorLike) -> Tensor: ...
    def __matmul__(self, other: TensorLike) -> Tensor: ...
    def __rmatmul__(self, other: TensorLike) -> Tensor: ...
    def __mod__(self, other: TensorLike) -> Tensor: ...
    def __rmod__(self, other: TensorLike) -> Tensor: ...
    def __floordiv__(self, other: TensorLike) -> Tensor: ...
    def __rfloordiv__(self, other: TensorLike) -> Tensor: ...
    def __eq__(self, other: object) -> Any: ...
    def __ne__(self, other: object) -> Any: ...
    def __lt__(self, other: TensorLike) -> Any: ...
    def __le__(self, other: TensorLike) -> Any: ...
    def __gt__(self, other: TensorLike) -> Any: ...
    def __ge__(self, other: TensorLike) -> Any: ...
    def __neg__(self) -> Tensor:
        """Numerical negative, element-wise."""
    def __pos__(self) -> Tensor:
        """Numerical positive, element-wise."""
    def __abs__(self) -> Tensor:
        """Calculate the absolute value element-wise."""
    def __getitem__(self, index: Any) -> Tensor:
        """``a[index]`` for every kind of index that NumPy has."""
    def __round__(self, decimals: int = 0) -> Tensor:
        """Evenly round to the given number of decimals."""
    def sum(
        self,
        axis: Axis = None,
        dtype: DTypeLike | None = None,
        keepdims: bool = False,
        where: ArrayLike = True,
        initial: float | None = None,
    ) -> Tensor:
        """The sum over `axis` (all axes by default), as np.sum."""
    def mean(self, axis: Axis = None, dtype: DTypeLike | None = None, keepdims: bool = False, where: ArrayLike = True) -> Tensor:
        """The mean over `axis`, as np.mean."""
    def prod(
        self,
        axis: Axis = None,
        dtype: DTypeLike | None = None,
        keepdims: bool = False,
        initial: float | None = None,
        where: ArrayLike = True,
    ) -> Tensor:
        """The product over `axis`; its gradient is exact with any number of zeros."""
    def var(
        self,
        axis: Axis = None,
        dtype: DTypeLike | None = None,
        ddof: float = 0,
        keepdims: bool = False,
        *,
        where: ArrayLike = True,
        correction: float | None = None,
    ) -> Tensor:
        """The variance, as np.var."""
    def std(
        self,
        axis: Axis = None,
        dtype: DTypeLike | None = None,
        ddof: float = 0,
        keepdims: bool = False,
        *,
        where: ArrayLike = True,
        correction: float | None = None,
    ) -> Tensor:
        """The standard deviation, as np.std."""
    def max(self, axis: Axis = None, keepdims: bool = False, initial: float | None = None, where: ArrayLike = True) -> Tensor:
        """The largest value over `axis`; equal values share the gradient evenly."""
    def min(self, axis: Axis = None, keepdims: bool = False, initial: float | None = None, where: ArrayLike = True) -> Tensor:
        """The smallest value over `axis`; equal values share the gradient evenly."""
    def cumsum(self, axis: int | None = None, dtype: DTypeLike | None = None) -> Tensor:
        """The running sum along `axis` (of the flattened array by default)."""
    def cumprod(self, axis: int | None = None, dtype: DTypeLike | None = None) -> Tensor:
        """The running product along `axis`; its gradient is exact with zeros."""
    def ravel(self, order: str = "C") -> Tensor:
        """`a` as one row of numbers."""
    def swapaxes(self, axis1: int, axis2: int) -> Tensor:
        """Two axes interchanged."""
    def squeeze(self, axis: Axis = None) -> Tensor:
        """Axes of size 1 removed."""
    def repeat(self, repeats: ArrayLike, axis: int | None = None) -> Tensor:
        """Each value `repeats` times along `axis`, as np.repeat."""
    def take(self, indices: ArrayLike, axis: int | None = None, mode: str = "raise") -> Tensor:
        """Values at `indices`, as np.take."""
    def dot(self, b: TensorLike) -> Tensor:
        """np.dot: inner product, matrix product, or the sum over a's last and b's second to last axis."""
    def diagonal(self, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Tensor:
        """The diagonal of the plane of two axes, moved last."""
    def trace(self, offset: int = 0, axis1: int = 0, axis2: int = 1, dtype: DTypeLike | None = None) -> Tensor:
        """The sum of a diagonal."""
    def clip(
        self,
        a_min: TensorLike | None = None,
        a_max: TensorLike | None = None,
        *,
        min: TensorLike | None = None,
        max: TensorLike | None = None,
    ) -> Tensor:
        """`a` limited to [a_min, a_max] (or min and max, NumPy's newer names); passes the gradient inside and at the bounds."""
    def sort(self, axis: int | None = -1, kind: str | None = None, order: None = None, *, stable: bool | None = None) -> Tensor:
        """Values in rising order along `axis`."""
    def round(self, decimals: int = 0) -> Tensor:
        """Evenly round to the given number of decimals."""
    def astype(self, dtype: DTypeLike, copy: bool = True) -> Tensor:
        """`x` in another dtype; between floating dtypes the gradient passes, integers and booleans have none."""
    def copy(self, order: str = "K") -> Tensor:
        """A copy in the graph."""
    def matmul(self, other: TensorLike) -> Tensor: ...
    def abs(self) -> Tensor:
        """Calculate the absolute value element-wise."""
    def exp(self) -> Tensor:
        """Calculate the exponential of all elements in the input array."""
    def log(self) -> Tensor:
        """Natural logarithm, element-wise."""
    def sqrt(self) -> Tensor:
        """Return the non-negative square-root of an array, element-wise."""
    def sin(self) -> Tensor:
        """Trigonometric sine, element-wise."""
    def cos(self) -> Tensor:
        """Cosine element-wise."""
    def tanh(self) -> Tensor:
        """Compute hyperbolic tangent element-wise."""
    def sigmoid(self) -> Tensor:
        """1 / (1 + exp(-x))."""
    def relu(self) -> Tensor:
        """max(x, 0); its derivative at 0 is 0."""
    def logsumexp(self, axis: Axis = None, keepdims: bool = False) -> Tensor:
        """log(sum(exp(a))) over `axis`, without overflow; -inf for rows of -inf."""
    def softmax(self, axis: int = -1) -> Tensor:
        """exp(x) / sum(exp(x)) along `axis`, without overflow."""
    def choose(self, choices: Sequence[TensorLike] | Tensor, mode: str = "raise") -> Tensor:
        """At each place the value of the choice that `a` names, all broadcast together."""
    def conj(self) -> Tensor:
        """Real numbers, as they are."""
    def conjugate(self) -> Tensor:
        """Real numbers, as they are."""
    def broadcast_to(self, shape: Shape) -> Tensor:
        """`array` repeated (as a view) to `shape`."""
    def moveaxis(self, source: Shape, destination: Shape) -> Tensor:
        """Axes moved, as np.moveaxis."""
    def expand_dims(self, axis: Shape) -> Tensor:
        """New axes of size 1, as np.expand_dims."""
    def flip(self, axis: Axis = None) -> Tensor:
        """Reversed along `axis`."""
    def unfold(self, dimension: int, size: int, step: int = 1) -> Tensor:
        """Windows of `size` values, every `step` along `dimension`, in a new last axis (Tensor.unfold in PyTorch)."""
    def all(self, *args: TensorLike, **kwargs: Any) -> Any:
        """``ndarray.all`` of the values, as plain numbers."""
    def any(self, *args: TensorLike, **kwargs: Any) -> Any:
        """``ndarray.any`` of the values, as plain numbers."""
    def argpartition(self, *args: TensorLike, **kwargs: Any) -> Array:
        """``ndarray.argpartition`` of the values, as plain numbers."""
    def nonzero(self, *args: TensorLike, **kwargs: Any) -> tuple[Array, ...]:
        """``ndarray.nonzero`` of the values, as plain numbers."""
    def searchsorted(self, *args: TensorLike, **kwargs: Any) -> Array:
        """``ndarray.searchsorted`` of the values, as plain numbers."""
    def reshape(self, *new_shape: Shape, order: str = "C") -> Tensor:
        """The tensor with another shape: ``t.reshape(2, -1)`` or ``t.reshape((2, -1))``."""
    def transpose(self, *axes: Any) -> Tensor:
        """Axes permuted: ``t.transpose()``, ``t.transpose(1, 0)`` or ``t.transpose((1, 0))``."""
    def flatten(self, order: str = "C") -> Tensor:
        """The tensor as one row of numbers."""
    def argmax(self, axis: int | None = None, out: None = None, *, keepdims: bool = False) -> Any:
        """Where the largest value is, as plain integers; the first of equal ones."""
    def argmin(self, axis: int | None = None, out: None = None, *, keepdims: bool = False) -> Any:
        """Where the smallest value is, as plain integers; the first of equal ones."""
    def argsort(self, axis: int | None = -1, kind: str | None = None, order: None = None, *, stable: bool | None = None) -> Array:
        """The places of the values in rising order, as plain integers."""
    def __dlpack__(self, *args: Any, **kwargs: Any) -> Any: ...
    def __dlpack_device__(self, *args: Any, **kwargs: Any) -> Any: ...
    def compress(self, condition: ArrayLike, axis: Axis = None) -> Tensor: ...

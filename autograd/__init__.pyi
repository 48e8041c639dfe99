"""What `autograd` offers, for editors and type checkers.

Written from the registry by `python -m autograd.support`.
"""

from collections.abc import Callable, Sequence
from typing import Any, Literal, overload
from numpy.typing import DTypeLike
from autograd.ops.factorisation import EighResult, QRResult, SVDResult, SlogdetResult
from autograd.pictures.picture import Picture
from autograd.routing.report import Routes
from autograd.typing import Array, ArrayLike, Axis, FromNumPy, Norm, Padding, Shape, TensorLike
from autograd import linalg as linalg
from autograd.declare import gradient_parts as gradient_parts
from autograd.declare import op as op
from autograd.declare import registry as registry
from autograd.exchange import from_dlpack as from_dlpack
from autograd.products import gradients as gradients
from autograd.products import jvp as jvp
from autograd.products import vjp as vjp
from autograd.recorder import Recorder as Recorder
from autograd.recording import enable_grad as enable_grad
from autograd.recording import is_recording as is_recording
from autograd.recording import keeping as keeping
from autograd.recording import no_grad as no_grad
from autograd.recording import scope as scope
from autograd.switches import config as config
from autograd.tensor import Tensor as Tensor
from autograd.tensor import as_tensor as as_tensor
from autograd.transforms import checkpoint as checkpoint
from autograd.transforms import elementwise_grad as elementwise_grad
from autograd.transforms import grad as grad
from autograd.transforms import hessian as hessian
from autograd.transforms import hvp as hvp
from autograd.transforms import jacobian as jacobian
from autograd.transforms import value_and_grad as value_and_grad

__version__: str
__all__ = ["Recorder", "Tensor", "as_tensor", "checkpoint", "config", "draw", "elementwise_grad", "enable_grad", "from_dlpack", "grad", "gradient_parts", "gradients", "hessian", "hvp", "is_recording", "jacobian", "jvp", "keeping", "linalg", "no_grad", "op", "routes", "scope", "value_and_grad", "vjp"]

def draw(tensor: Tensor, level: str | None = None, theme: str = "auto", **options: Any) -> Picture:
    """The graph of a tensor as a picture, with or without gradients; see `autograd.pictures`."""

def routes(loss: Tensor, wrt: Any = None, keep: str = "arrays") -> Routes:
    """Where the gradient of `loss` went: every edge's contribution and every residual join.

    A sweep of its own: no `.grad` is touched, nothing of the graph is changed or released. Ask before `backward`.

    Parameters
    ----------
    loss : Tensor
        One number that records.
    wrt : Tensor or list of Tensor, optional
        Where to; default: every leaf that requires a gradient. With the network's input alone, weights are not visited.
    keep : {"arrays", "scalars"}
        Keep every edge's contribution, or only its norm, dot product and cosine: memory then grows with edges.

    Returns
    -------
    Routes
        `.joins` (kind, shares, norms, cosine), `.contributions(x)`, `.gradient(x)`, `.edges`, `.path_lengths(x)`, `.draw()`.

    Raises
    ------
    RuntimeError
        Without a graph, for more than one number, or on a graph that an earlier backward released.
    ValueError, TypeError
        If `wrt` is no tensor that the loss depends on, or `keep` is another word.

    Notes
    -----
    What lies inside a `checkpoint` is one operation here: joins in it are not seen.

    Examples
    --------
    >>> import numpy as np, autograd
    >>> x = autograd.Tensor([0.5, -1.0], requires_grad=True)
    >>> found = autograd.routes((x + np.sin(x)).sum(), x)
    >>> found.joins
    [<Join 'join 1': identity, skip 58.0%, branch 42.0%>]
    >>> skip, branch = found.contributions(x)
    >>> skip, branch
    (Tensor([1., 1.]), Tensor([0.87758256, 0.54030231]))
    """

@overload
def abs(x: Tensor, /) -> Tensor:
    """Calculate the absolute value element-wise."""
@overload
def abs(x: ArrayLike, /) -> FromNumPy: ...

@overload
def absolute(x: Tensor, /) -> Tensor:
    """Calculate the absolute value element-wise."""
@overload
def absolute(x: ArrayLike, /) -> FromNumPy: ...

@overload
def acos(x: Tensor, /) -> Tensor:
    """Trigonometric inverse cosine, element-wise."""
@overload
def acos(x: ArrayLike, /) -> FromNumPy: ...

@overload
def acosh(x: Tensor, /) -> Tensor:
    """Inverse hyperbolic cosine, element-wise."""
@overload
def acosh(x: ArrayLike, /) -> FromNumPy: ...

@overload
def adaptive_average_pool(x: Tensor, output_size: Shape) -> Tensor:
    """The mean of every cell: (N, C, *size) becomes (N, C, *output_size)."""
@overload
def adaptive_average_pool(x: ArrayLike, output_size: Shape) -> FromNumPy: ...

@overload
def adaptive_average_pool_input(g: Tensor, input_shape: Sequence[int]) -> Tensor:
    """The adjoint of `adaptive_average_pool`: every cell spreads its g evenly."""
@overload
def adaptive_average_pool_input(g: ArrayLike, input_shape: Sequence[int]) -> FromNumPy: ...

@overload
def adaptive_max_pool(x: Tensor, output_size: Shape) -> Tensor:
    """The largest element of every cell."""
@overload
def adaptive_max_pool(x: ArrayLike, output_size: Shape) -> FromNumPy: ...

@overload
def adaptive_max_pool_input(g: Tensor, x: ArrayLike) -> Tensor:
    """The gradient of sum(g * adaptive_max_pool(x)) by x; equal maxima share evenly. Linear in g."""
@overload
def adaptive_max_pool_input(g: ArrayLike, x: ArrayLike) -> FromNumPy: ...

@overload
def adaptive_max_pool_output(v: Tensor, x: ArrayLike, output_size: Shape) -> Tensor:
    """The adjoint of `adaptive_max_pool_input` in g: the mean of v over each cell's maxima."""
@overload
def adaptive_max_pool_output(v: ArrayLike, x: ArrayLike, output_size: Shape) -> FromNumPy: ...

@overload
def add(x: ArrayLike, y: ArrayLike, /) -> FromNumPy:
    """Add arguments element-wise."""
@overload
def add(x: TensorLike, y: TensorLike, /) -> Tensor: ...

@overload
def addbmm(input: ArrayLike, batch1: ArrayLike, batch2: ArrayLike, *, beta: float = 1.0, alpha: float = 1.0) -> FromNumPy:
    """beta · input + alpha · the sum of batch1 @ batch2 over the stack."""
@overload
def addbmm(input: TensorLike, batch1: TensorLike, batch2: TensorLike, *, beta: float = 1.0, alpha: float = 1.0) -> Tensor: ...

@overload
def addcdiv(input: ArrayLike, tensor1: ArrayLike, tensor2: ArrayLike, *, value: float = 1.0) -> FromNumPy:
    """input + value · tensor1 / tensor2, elementwise."""
@overload
def addcdiv(input: TensorLike, tensor1: TensorLike, tensor2: TensorLike, *, value: float = 1.0) -> Tensor: ...

@overload
def addcmul(input: ArrayLike, tensor1: ArrayLike, tensor2: ArrayLike, *, value: float = 1.0) -> FromNumPy:
    """input + value · tensor1 · tensor2, elementwise."""
@overload
def addcmul(input: TensorLike, tensor1: TensorLike, tensor2: TensorLike, *, value: float = 1.0) -> Tensor: ...

@overload
def addmm(input: ArrayLike, mat1: ArrayLike, mat2: ArrayLike, *, beta: float = 1.0, alpha: float = 1.0) -> FromNumPy:
    """beta · input + alpha · mat1 @ mat2, for matrices."""
@overload
def addmm(input: TensorLike, mat1: TensorLike, mat2: TensorLike, *, beta: float = 1.0, alpha: float = 1.0) -> Tensor: ...

@overload
def addmv(input: ArrayLike, mat: ArrayLike, vec: ArrayLike, *, beta: float = 1.0, alpha: float = 1.0) -> FromNumPy:
    """beta · input + alpha · mat @ vec."""
@overload
def addmv(input: TensorLike, mat: TensorLike, vec: TensorLike, *, beta: float = 1.0, alpha: float = 1.0) -> Tensor: ...

@overload
def addr(input: ArrayLike, vec1: ArrayLike, vec2: ArrayLike, *, beta: float = 1.0, alpha: float = 1.0) -> FromNumPy:
    """beta · input + alpha · the outer product of two vectors."""
@overload
def addr(input: TensorLike, vec1: TensorLike, vec2: TensorLike, *, beta: float = 1.0, alpha: float = 1.0) -> Tensor: ...

@overload
def amax(a: Tensor, axis: Axis = None, keepdims: bool = False, initial: float | None = None, where: ArrayLike = True) -> Tensor:
    """The largest value over `axis`; equal values share the gradient evenly."""
@overload
def amax(
    a: ArrayLike,
    axis: Axis = None,
    keepdims: bool = False,
    initial: float | None = None,
    where: ArrayLike = True,
) -> FromNumPy: ...

@overload
def amin(a: Tensor, axis: Axis = None, keepdims: bool = False, initial: float | None = None, where: ArrayLike = True) -> Tensor:
    """The smallest value over `axis`; equal values share the gradient evenly."""
@overload
def amin(
    a: ArrayLike,
    axis: Axis = None,
    keepdims: bool = False,
    initial: float | None = None,
    where: ArrayLike = True,
) -> FromNumPy: ...

@overload
def aminmax(input: Tensor, *, dim: int | None = None, keepdim: bool = False) -> tuple[Tensor, Tensor]:
    """The smallest and the largest value, of all or along `dim`; ties share the gradient evenly."""
@overload
def aminmax(input: ArrayLike, *, dim: int | None = None, keepdim: bool = False) -> tuple[FromNumPy, FromNumPy]: ...

@overload
def angle(z: Tensor, deg: bool = False) -> Tensor:
    """The angle of a real number: 0, or π where it is negative (flat: gradient 0)."""
@overload
def angle(z: ArrayLike, deg: bool = False) -> FromNumPy: ...

@overload
def append(arr: ArrayLike, values: ArrayLike, axis: int | None = None) -> FromNumPy:
    """`values` after `arr`."""
@overload
def append(arr: TensorLike, values: TensorLike, axis: int | None = None) -> Tensor: ...

@overload
def apply_along_axis(func1d: Callable[..., Any], axis: int, arr: ArrayLike, *args: ArrayLike, **kwargs: Any) -> FromNumPy:
    """`func1d` of every row along `axis`, the results in the row's place."""
@overload
def apply_along_axis(func1d: Callable[..., Any], axis: int, arr: TensorLike, *args: TensorLike, **kwargs: Any) -> Tensor: ...

@overload
def apply_over_axes(func: Callable[..., Any], a: Tensor, axes: Axis) -> Tensor:
    """`func(a, axis)` for one axis after the other, reduced axes kept with size 1."""
@overload
def apply_over_axes(func: Callable[..., Any], a: ArrayLike, axes: Axis) -> FromNumPy: ...

@overload
def arccos(x: Tensor, /) -> Tensor:
    """Trigonometric inverse cosine, element-wise."""
@overload
def arccos(x: ArrayLike, /) -> FromNumPy: ...

@overload
def arccosh(x: Tensor, /) -> Tensor:
    """Inverse hyperbolic cosine, element-wise."""
@overload
def arccosh(x: ArrayLike, /) -> FromNumPy: ...

@overload
def arcsin(x: Tensor, /) -> Tensor:
    """Inverse sine, element-wise."""
@overload
def arcsin(x: ArrayLike, /) -> FromNumPy: ...

@overload
def arcsinh(x: Tensor, /) -> Tensor:
    """Inverse hyperbolic sine element-wise."""
@overload
def arcsinh(x: ArrayLike, /) -> FromNumPy: ...

@overload
def arctan(x: Tensor, /) -> Tensor:
    """Trigonometric inverse tangent, element-wise."""
@overload
def arctan(x: ArrayLike, /) -> FromNumPy: ...

@overload
def arctan2(x: ArrayLike, y: ArrayLike, /) -> FromNumPy:
    """Element-wise arc tangent of ``x1/x2`` choosing the quadrant correctly."""
@overload
def arctan2(x: TensorLike, y: TensorLike, /) -> Tensor: ...

@overload
def arctanh(x: Tensor, /) -> Tensor:
    """Inverse hyperbolic tangent element-wise."""
@overload
def arctanh(x: ArrayLike, /) -> FromNumPy: ...

@overload
def argmax(a: Tensor, axis: int | None = None, out: None = None, *, keepdims: bool = False) -> Any:
    """Where the largest value is, as plain integers; the first of equal ones."""
@overload
def argmax(a: ArrayLike, axis: int | None = None, out: None = None, *, keepdims: bool = False) -> Any: ...

@overload
def argmin(a: Tensor, axis: int | None = None, out: None = None, *, keepdims: bool = False) -> Any:
    """Where the smallest value is, as plain integers; the first of equal ones."""
@overload
def argmin(a: ArrayLike, axis: int | None = None, out: None = None, *, keepdims: bool = False) -> Any: ...

@overload
def argsort(a: Tensor, axis: int | None = -1, kind: str | None = None, order: None = None, *, stable: bool | None = None) -> Array:
    """The places of the values in rising order, as plain integers."""
@overload
def argsort(
    a: ArrayLike,
    axis: int | None = -1,
    kind: str | None = None,
    order: None = None,
    *,
    stable: bool | None = None,
) -> Array: ...

@overload
def around(a: Tensor, decimals: int = 0) -> Tensor:
    """Evenly round to the given number of decimals."""
@overload
def around(a: ArrayLike, decimals: int = 0) -> FromNumPy: ...

@overload
def array_split(ary: Tensor, indices_or_sections: ArrayLike, axis: int = 0) -> list[Tensor]:
    """Pieces along `axis`, of nearly equal size or cut at the given places."""
@overload
def array_split(ary: ArrayLike, indices_or_sections: ArrayLike, axis: int = 0) -> list[FromNumPy]: ...

@overload
def asin(x: Tensor, /) -> Tensor:
    """Inverse sine, element-wise."""
@overload
def asin(x: ArrayLike, /) -> FromNumPy: ...

@overload
def asinh(x: Tensor, /) -> Tensor:
    """Inverse hyperbolic sine element-wise."""
@overload
def asinh(x: ArrayLike, /) -> FromNumPy: ...

@overload
def astype(x: Tensor, dtype: DTypeLike, copy: bool = True) -> Tensor:
    """`x` in another dtype; between floating dtypes the gradient passes, integers and booleans have none."""
@overload
def astype(x: ArrayLike, dtype: DTypeLike, copy: bool = True) -> FromNumPy: ...

@overload
def atan(x: Tensor, /) -> Tensor:
    """Trigonometric inverse tangent, element-wise."""
@overload
def atan(x: ArrayLike, /) -> FromNumPy: ...

@overload
def atan2(x: ArrayLike, y: ArrayLike, /) -> FromNumPy:
    """Element-wise arc tangent of ``x1/x2`` choosing the quadrant correctly."""
@overload
def atan2(x: TensorLike, y: TensorLike, /) -> Tensor: ...

@overload
def atanh(x: Tensor, /) -> Tensor:
    """Inverse hyperbolic tangent element-wise."""
@overload
def atanh(x: ArrayLike, /) -> FromNumPy: ...

@overload
def atleast_1d(*arys: ArrayLike) -> FromNumPy:
    """Arrays with at least one axis."""
@overload
def atleast_1d(*arys: TensorLike) -> Tensor: ...

@overload
def atleast_2d(*arys: ArrayLike) -> FromNumPy:
    """Arrays with at least two axes, new ones first."""
@overload
def atleast_2d(*arys: TensorLike) -> Tensor: ...

@overload
def atleast_3d(*arys: ArrayLike) -> FromNumPy:
    """Arrays with at least three axes, as np.atleast_3d."""
@overload
def atleast_3d(*arys: TensorLike) -> Tensor: ...

@overload
def average(
    a: ArrayLike,
    axis: Axis = None,
    weights: ArrayLike | None = None,
    returned: bool = False,
    *,
    keepdims: bool = False,
) -> FromNumPy:
    """The weighted mean, and, with `returned`, the sum of the weights beside it."""
@overload
def average(
    a: TensorLike,
    axis: Axis = None,
    weights: TensorLike | None = None,
    returned: bool = False,
    *,
    keepdims: bool = False,
) -> Tensor: ...

@overload
def average_pool(
    x: Tensor,
    kernel: Shape,
    stride: Shape | None = None,
    padding: Padding = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
    divisor_override: int | None = None,
) -> Tensor:
    """The mean of every window, divided as PyTorch's options say."""
@overload
def average_pool(
    x: ArrayLike,
    kernel: Shape,
    stride: Shape | None = None,
    padding: Padding = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
    divisor_override: int | None = None,
) -> FromNumPy: ...

@overload
def average_pool_input(
    g: Tensor,
    input_shape: Sequence[int],
    kernel: Shape,
    stride: Shape | None = None,
    padding: Padding = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
    divisor_override: int | None = None,
) -> Tensor:
    """The adjoint of `average_pool`: every window spreads its g evenly over an array of shape `input_shape`."""
@overload
def average_pool_input(
    g: ArrayLike,
    input_shape: Sequence[int],
    kernel: Shape,
    stride: Shape | None = None,
    padding: Padding = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
    divisor_override: int | None = None,
) -> FromNumPy: ...

@overload
def baddbmm(input: ArrayLike, batch1: ArrayLike, batch2: ArrayLike, *, beta: float = 1.0, alpha: float = 1.0) -> FromNumPy:
    """beta · input + alpha · batch1 @ batch2, for stacks of matrices."""
@overload
def baddbmm(input: TensorLike, batch1: TensorLike, batch2: TensorLike, *, beta: float = 1.0, alpha: float = 1.0) -> Tensor: ...

@overload
def batch_norm_relu_statistics(
    x: ArrayLike,
    weight: ArrayLike,
    bias: ArrayLike,
    eps: float = 1e-05,
) -> tuple[FromNumPy, FromNumPy, FromNumPy]:
    """The same with a ReLU behind it, in one pass. Only the two of them: a residual sum in between stays a node of its own."""
@overload
def batch_norm_relu_statistics(
    x: TensorLike,
    weight: TensorLike,
    bias: TensorLike,
    eps: float = 1e-05,
) -> tuple[Tensor, Tensor, Tensor]: ...

@overload
def batch_norm_statistics(
    x: ArrayLike,
    weight: ArrayLike,
    bias: ArrayLike,
    eps: float = 1e-05,
) -> tuple[FromNumPy, FromNumPy, FromNumPy]:
    """x normalised over all axes but the channels', times weight plus bias; and the batch's mean and variance."""
@overload
def batch_norm_statistics(x: TensorLike, weight: TensorLike, bias: TensorLike, eps: float = 1e-05) -> tuple[Tensor, Tensor, Tensor]: ...

@overload
def block(arrays: Sequence[ArrayLike] | Array) -> FromNumPy:
    """Nested lists of arrays joined along the last axes, the innermost list along the last, as np.block."""
@overload
def block(arrays: Sequence[TensorLike] | Tensor) -> Tensor: ...

@overload
def block_diag(*tensors: ArrayLike) -> FromNumPy:
    """Matrices beside and below each other, zeros elsewhere; a vector is a row."""
@overload
def block_diag(*tensors: TensorLike) -> Tensor: ...

@overload
def bmm(input: ArrayLike, mat2: ArrayLike) -> FromNumPy:
    """The products of two stacks of as many matrices, one by one."""
@overload
def bmm(input: TensorLike, mat2: TensorLike) -> Tensor: ...

@overload
def broadcast_arrays(*args: ArrayLike) -> tuple[FromNumPy, ...]:
    """All arguments at their common shape."""
@overload
def broadcast_arrays(*args: TensorLike) -> tuple[Tensor, ...]: ...

@overload
def broadcast_to(array: Tensor, shape: Shape) -> Tensor:
    """`array` repeated (as a view) to `shape`."""
@overload
def broadcast_to(array: ArrayLike, shape: Shape) -> FromNumPy: ...

@overload
def cartesian_prod(*tensors: ArrayLike) -> FromNumPy:
    """All combinations of one value of each row, one a row of the result."""
@overload
def cartesian_prod(*tensors: TensorLike) -> Tensor: ...

@overload
def cat(tensors: Sequence[ArrayLike] | Array, dim: int = 0) -> FromNumPy:
    """np.concatenate under PyTorch's name, which leaves out empty rows, whatever the others' shapes."""
@overload
def cat(tensors: Sequence[TensorLike] | Tensor, dim: int = 0) -> Tensor: ...

@overload
def cbrt(x: Tensor, /) -> Tensor:
    """Return the cube-root of an array, element-wise."""
@overload
def cbrt(x: ArrayLike, /) -> FromNumPy: ...

@overload
def cdist(x1: ArrayLike, x2: ArrayLike, p: float = 2.0, compute_mode: str | None = None) -> FromNumPy:
    """Distances between every row of x1 and every row of x2; 0 between equal rows, with subgradient 0.

    `compute_mode` chooses PyTorch's kernel and changes nothing here.
    """
@overload
def cdist(x1: TensorLike, x2: TensorLike, p: float = 2.0, compute_mode: str | None = None) -> Tensor: ...

@overload
def ceil(x: Tensor, /) -> Tensor:
    """Return the ceiling of the input, element-wise."""
@overload
def ceil(x: ArrayLike, /) -> FromNumPy: ...

@overload
def cholesky(a: Tensor, *, upper: bool = False) -> Tensor:
    """L with L @ Lᵀ = a, for symmetric positive definite a, of whose lower triangle it is made; with `upper` Lᵀ, of the upper one."""
@overload
def cholesky(a: ArrayLike, *, upper: bool = False) -> FromNumPy: ...

@overload
def cholesky_inverse(L: Tensor, upper: bool = False) -> Tensor:
    """The inverse of A, from its Cholesky factor."""
@overload
def cholesky_inverse(L: ArrayLike, upper: bool = False) -> FromNumPy: ...

@overload
def cholesky_solve(input: ArrayLike, L: ArrayLike, upper: bool = False) -> FromNumPy:
    """x with A @ x = input, from the Cholesky factor of A: L @ Lᵀ, or, with `upper`, Lᵀ @ L."""
@overload
def cholesky_solve(input: TensorLike, L: TensorLike, upper: bool = False) -> Tensor: ...

@overload
def choose(a: ArrayLike, choices: Sequence[ArrayLike] | Array, mode: str = "raise") -> FromNumPy:
    """At each place the value of the choice that `a` names, all broadcast together."""
@overload
def choose(a: TensorLike, choices: Sequence[TensorLike] | Tensor, mode: str = "raise") -> Tensor: ...

@overload
def chunk(input: Tensor, chunks: int, dim: int = 0) -> list[Tensor]:
    """At most `chunks` pieces along `dim`, all but the last of equal size."""
@overload
def chunk(input: ArrayLike, chunks: int, dim: int = 0) -> list[FromNumPy]: ...

@overload
def clamp(input: ArrayLike, min: ArrayLike | None = None, max: ArrayLike | None = None) -> FromNumPy:
    """`input` limited to [min, max], numbers or arrays: NumPy's clip."""
@overload
def clamp(input: TensorLike, min: TensorLike | None = None, max: TensorLike | None = None) -> Tensor: ...

@overload
def clamp_max(input: ArrayLike, max: ArrayLike) -> FromNumPy:
    """`input`, and `max` where it is larger."""
@overload
def clamp_max(input: TensorLike, max: TensorLike) -> Tensor: ...

@overload
def clamp_min(input: ArrayLike, min: ArrayLike) -> FromNumPy:
    """`input`, and `min` where it is smaller."""
@overload
def clamp_min(input: TensorLike, min: TensorLike) -> Tensor: ...

@overload
def clip(
    a: ArrayLike,
    a_min: ArrayLike | None = None,
    a_max: ArrayLike | None = None,
    *,
    min: ArrayLike | None = None,
    max: ArrayLike | None = None,
) -> FromNumPy:
    """`a` limited to [a_min, a_max] (or min and max, NumPy's newer names); passes the gradient inside and at the bounds."""
@overload
def clip(
    a: TensorLike,
    a_min: TensorLike | None = None,
    a_max: TensorLike | None = None,
    *,
    min: TensorLike | None = None,
    max: TensorLike | None = None,
) -> Tensor: ...

@overload
def clone(a: Tensor, order: str = "K") -> Tensor:
    """A copy in the graph."""
@overload
def clone(a: ArrayLike, order: str = "K") -> FromNumPy: ...

@overload
def col2im(
    columns: Tensor,
    output_size: Sequence[int],
    kernel: Shape,
    dilation: Shape = 1,
    padding: Padding = 0,
    stride: Shape = 1,
) -> Tensor:
    """Add columns back to the places they came from (col2im): the adjoint of `unfold`."""
@overload
def col2im(
    columns: ArrayLike,
    output_size: Sequence[int],
    kernel: Shape,
    dilation: Shape = 1,
    padding: Padding = 0,
    stride: Shape = 1,
) -> FromNumPy: ...

@overload
def column_stack(tup: Sequence[ArrayLike] | Array) -> FromNumPy:
    """1-D arrays as the columns of a matrix."""
@overload
def column_stack(tup: Sequence[TensorLike] | Tensor) -> Tensor: ...

@overload
def combinations(input: Tensor, r: int = 2, with_replacement: bool = False) -> Tensor:
    """All combinations of r values of a row, one a row of the result."""
@overload
def combinations(input: ArrayLike, r: int = 2, with_replacement: bool = False) -> FromNumPy: ...

@overload
def compress(condition: ArrayLike, a: Tensor, axis: int | None = None) -> Tensor:
    """The slices where a row of conditions holds."""
@overload
def compress(condition: ArrayLike, a: ArrayLike, axis: int | None = None) -> FromNumPy: ...

@overload
def concat(arrays: Sequence[ArrayLike] | Array, axis: int | None = 0, *, dtype: DTypeLike | None = None) -> FromNumPy:
    """Arrays joined along an existing axis."""
@overload
def concat(arrays: Sequence[TensorLike] | Tensor, axis: int | None = 0, *, dtype: DTypeLike | None = None) -> Tensor: ...

@overload
def concatenate(arrays: Sequence[ArrayLike] | Array, axis: int | None = 0, *, dtype: DTypeLike | None = None) -> FromNumPy:
    """Arrays joined along an existing axis."""
@overload
def concatenate(arrays: Sequence[TensorLike] | Tensor, axis: int | None = 0, *, dtype: DTypeLike | None = None) -> Tensor: ...

@overload
def cond(x: Tensor, p: Norm = None) -> Tensor:
    """The condition number: the norm of x times that of its inverse."""
@overload
def cond(x: ArrayLike, p: Norm = None) -> FromNumPy: ...

@overload
def conj(val: Tensor) -> Tensor:
    """Real numbers, as they are."""
@overload
def conj(val: ArrayLike) -> FromNumPy: ...

@overload
def conjugate(val: Tensor) -> Tensor:
    """Real numbers, as they are."""
@overload
def conjugate(val: ArrayLike) -> FromNumPy: ...

@overload
def conv(x: ArrayLike, w: ArrayLike, stride: Shape = 1, padding: Padding = 0, dilation: Shape = 1, groups: int = 1) -> FromNumPy:
    """Cross-correlate images with kernels."""
@overload
def conv(x: TensorLike, w: TensorLike, stride: Shape = 1, padding: Padding = 0, dilation: Shape = 1, groups: int = 1) -> Tensor: ...

@overload
def conv_input(
    y: ArrayLike,
    w: ArrayLike,
    input_shape: Shape,
    stride: Shape = 1,
    padding: Padding = 0,
    dilation: Shape = 1,
    groups: int = 1,
) -> FromNumPy:
    """The adjoint of `conv` in its images: a transposed convolution."""
@overload
def conv_input(
    y: TensorLike,
    w: TensorLike,
    input_shape: Shape,
    stride: Shape = 1,
    padding: Padding = 0,
    dilation: Shape = 1,
    groups: int = 1,
) -> Tensor: ...

@overload
def conv_weight(
    y: ArrayLike,
    x: ArrayLike,
    weight_shape: Shape,
    stride: Shape = 1,
    padding: Padding = 0,
    dilation: Shape = 1,
    groups: int = 1,
) -> FromNumPy:
    """The adjoint of `conv` in its kernels."""
@overload
def conv_weight(
    y: TensorLike,
    x: TensorLike,
    weight_shape: Shape,
    stride: Shape = 1,
    padding: Padding = 0,
    dilation: Shape = 1,
    groups: int = 1,
) -> Tensor: ...

@overload
def convolve(a: ArrayLike, v: ArrayLike, mode: str = "full") -> FromNumPy:
    """The convolution of two sequences, as np.convolve."""
@overload
def convolve(a: TensorLike, v: TensorLike, mode: str = "full") -> Tensor: ...

@overload
def copy(a: Tensor, order: str = "K") -> Tensor:
    """A copy in the graph."""
@overload
def copy(a: ArrayLike, order: str = "K") -> FromNumPy: ...

@overload
def copysign(x: ArrayLike, y: ArrayLike, /) -> FromNumPy:
    """Change the sign of x1 to that of x2, element-wise."""
@overload
def copysign(x: TensorLike, y: TensorLike, /) -> Tensor: ...

@overload
def corrcoef(x: ArrayLike, y: ArrayLike | None = None, rowvar: bool = True, *, dtype: DTypeLike | None = None) -> FromNumPy:
    """The correlations of variables: covariances divided by both deviations, held in [-1, 1]."""
@overload
def corrcoef(x: TensorLike, y: TensorLike | None = None, rowvar: bool = True, *, dtype: DTypeLike | None = None) -> Tensor: ...

@overload
def correlate(a: ArrayLike, v: ArrayLike, mode: str = "valid") -> FromNumPy:
    """The cross-correlation of two sequences, as np.correlate."""
@overload
def correlate(a: TensorLike, v: TensorLike, mode: str = "valid") -> Tensor: ...

@overload
def cos(x: Tensor, /) -> Tensor:
    """Cosine element-wise."""
@overload
def cos(x: ArrayLike, /) -> FromNumPy: ...

@overload
def cosh(x: Tensor, /) -> Tensor:
    """Hyperbolic cosine, element-wise."""
@overload
def cosh(x: ArrayLike, /) -> FromNumPy: ...

@overload
def cov(
    m: ArrayLike,
    y: ArrayLike | None = None,
    rowvar: bool = True,
    bias: bool = False,
    ddof: int | None = None,
    fweights: ArrayLike | None = None,
    aweights: ArrayLike | None = None,
    *,
    dtype: DTypeLike | None = None,
    correction: int | None = None,
) -> FromNumPy:
    """The covariances of variables, as np.cov; `correction` is PyTorch's name for `ddof`."""
@overload
def cov(
    m: TensorLike,
    y: TensorLike | None = None,
    rowvar: bool = True,
    bias: bool = False,
    ddof: int | None = None,
    fweights: ArrayLike | None = None,
    aweights: TensorLike | None = None,
    *,
    dtype: DTypeLike | None = None,
    correction: int | None = None,
) -> Tensor: ...

@overload
def cross(a: ArrayLike, b: ArrayLike, axisa: int = -1, axisb: int = -1, axisc: int = -1, axis: int | None = None) -> FromNumPy:
    """The cross product of vectors of three components."""
@overload
def cross(a: TensorLike, b: TensorLike, axisa: int = -1, axisb: int = -1, axisc: int = -1, axis: int | None = None) -> Tensor: ...

@overload
def cummax(input: Tensor, dim: int = -1) -> tuple[Tensor, Array]:
    """The running maximum along `dim` and where it is; the gradient goes to those places, the last of equal values."""
@overload
def cummax(input: ArrayLike, dim: int = -1) -> tuple[FromNumPy, Array]: ...

@overload
def cummin(input: Tensor, dim: int = -1) -> tuple[Tensor, Array]:
    """The running minimum along `dim` and where it is; the gradient goes to those places, the last of equal values."""
@overload
def cummin(input: ArrayLike, dim: int = -1) -> tuple[FromNumPy, Array]: ...

@overload
def cumprod(a: Tensor, axis: int | None = None, dtype: DTypeLike | None = None) -> Tensor:
    """The running product along `axis`; its gradient is exact with zeros."""
@overload
def cumprod(a: ArrayLike, axis: int | None = None, dtype: DTypeLike | None = None) -> FromNumPy: ...

@overload
def cumsum(a: Tensor, axis: int | None = None, dtype: DTypeLike | None = None) -> Tensor:
    """The running sum along `axis` (of the flattened array by default)."""
@overload
def cumsum(a: ArrayLike, axis: int | None = None, dtype: DTypeLike | None = None) -> FromNumPy: ...

@overload
def cumulative_prod(
    x: Tensor,
    /,
    *,
    axis: int | None = None,
    dtype: DTypeLike | None = None,
    include_initial: bool = False,
) -> Tensor:
    """The running product along `axis`, with a 1 before it if wanted."""
@overload
def cumulative_prod(
    x: ArrayLike,
    /,
    *,
    axis: int | None = None,
    dtype: DTypeLike | None = None,
    include_initial: bool = False,
) -> FromNumPy: ...

@overload
def cumulative_sum(
    x: Tensor,
    /,
    *,
    axis: int | None = None,
    dtype: DTypeLike | None = None,
    include_initial: bool = False,
) -> Tensor:
    """The running sum along `axis`, with a 0 before it if wanted."""
@overload
def cumulative_sum(
    x: ArrayLike,
    /,
    *,
    axis: int | None = None,
    dtype: DTypeLike | None = None,
    include_initial: bool = False,
) -> FromNumPy: ...

@overload
def cumulative_trapezoid(y: ArrayLike, x: ArrayLike | None = None, *, dx: float = 1.0, dim: int = -1) -> FromNumPy:
    """The running integral by the trapezoidal rule, one value fewer than y has along `dim`."""
@overload
def cumulative_trapezoid(y: TensorLike, x: TensorLike | None = None, *, dx: float = 1.0, dim: int = -1) -> Tensor: ...

@overload
def deg2rad(x: Tensor, /) -> Tensor:
    """Convert angles from degrees to radians."""
@overload
def deg2rad(x: ArrayLike, /) -> FromNumPy: ...

@overload
def degrees(x: Tensor, /) -> Tensor:
    """Convert angles from radians to degrees."""
@overload
def degrees(x: ArrayLike, /) -> FromNumPy: ...

@overload
def delete(arr: Tensor, obj: ArrayLike, axis: int | None = None) -> Tensor:
    """Without the slices at `obj`."""
@overload
def delete(arr: ArrayLike, obj: ArrayLike, axis: int | None = None) -> FromNumPy: ...

@overload
def det(a: Tensor) -> Tensor:
    """The determinant."""
@overload
def det(a: ArrayLike) -> FromNumPy: ...

@overload
def diag(v: Tensor, k: int = 0) -> Tensor:
    """A vector as a diagonal matrix, or a matrix's diagonal."""
@overload
def diag(v: ArrayLike, k: int = 0) -> FromNumPy: ...

@overload
def diag_embed(input: Tensor, offset: int = 0, dim1: int = -2, dim2: int = -1) -> Tensor:
    """The last axis as the diagonal of matrices in the plane of two new axes."""
@overload
def diag_embed(input: ArrayLike, offset: int = 0, dim1: int = -2, dim2: int = -1) -> FromNumPy: ...

@overload
def diagflat(v: Tensor, k: int = 0) -> Tensor:
    """The flattened values as the diagonal of a matrix."""
@overload
def diagflat(v: ArrayLike, k: int = 0) -> FromNumPy: ...

@overload
def diagonal(a: Tensor, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Tensor:
    """The diagonal of the plane of two axes, moved last."""
@overload
def diagonal(a: ArrayLike, offset: int = 0, axis1: int = 0, axis2: int = 1) -> FromNumPy: ...

@overload
def diagonal_scatter(input: ArrayLike, src: ArrayLike, offset: int = 0, dim1: int = 0, dim2: int = 1) -> FromNumPy:
    """`input` with `src` as the diagonal of the plane of two axes."""
@overload
def diagonal_scatter(input: TensorLike, src: TensorLike, offset: int = 0, dim1: int = 0, dim2: int = 1) -> Tensor: ...

@overload
def diff(a: ArrayLike, n: int = 1, axis: int = -1, prepend: ArrayLike | None = None, append: ArrayLike | None = None) -> FromNumPy:
    """Differences of neighbours, n times."""
@overload
def diff(a: TensorLike, n: int = 1, axis: int = -1, prepend: TensorLike | None = None, append: TensorLike | None = None) -> Tensor: ...

@overload
def digamma(x: Tensor) -> Tensor:
    """The derivative of lgamma, elementwise."""
@overload
def digamma(x: ArrayLike) -> FromNumPy: ...

@overload
def dist(input: ArrayLike, other: ArrayLike, p: float = 2.0) -> FromNumPy:
    """The p-norm of input - other, all values in one row."""
@overload
def dist(input: TensorLike, other: TensorLike, p: float = 2.0) -> Tensor: ...

@overload
def div(input: ArrayLike, other: ArrayLike, *, rounding_mode: str | None = None) -> FromNumPy:
    """input / other; ``rounding_mode="trunc"`` or ``"floor"`` rounds the quotient (flat: gradient 0)."""
@overload
def div(input: TensorLike, other: TensorLike, *, rounding_mode: str | None = None) -> Tensor: ...

@overload
def divide(x: ArrayLike, y: ArrayLike, /) -> FromNumPy:
    """Divide arguments element-wise."""
@overload
def divide(x: TensorLike, y: TensorLike, /) -> Tensor: ...

@overload
def divmod(x1: ArrayLike, x2: ArrayLike) -> tuple[FromNumPy, FromNumPy]:
    """The floor of the quotient (flat: gradient 0) and the remainder."""
@overload
def divmod(x1: TensorLike, x2: TensorLike) -> tuple[Tensor, Tensor]: ...

@overload
def dot(a: ArrayLike, b: ArrayLike) -> FromNumPy:
    """np.dot: inner product, matrix product, or the sum over a's last and b's second to last axis."""
@overload
def dot(a: TensorLike, b: TensorLike) -> Tensor: ...

@overload
def dsplit(ary: Tensor, indices_or_sections: ArrayLike) -> list[Tensor]:
    """Pieces along the third axis."""
@overload
def dsplit(ary: ArrayLike, indices_or_sections: ArrayLike) -> list[FromNumPy]: ...

@overload
def dstack(tup: Sequence[ArrayLike] | Array) -> FromNumPy:
    """Along the third axis."""
@overload
def dstack(tup: Sequence[TensorLike] | Tensor) -> Tensor: ...

@overload
def ediff1d(ary: ArrayLike, to_end: ArrayLike | None = None, to_begin: ArrayLike | None = None) -> FromNumPy:
    """Differences of neighbours of the flattened array, with values set before and after them, in its dtype."""
@overload
def ediff1d(ary: TensorLike, to_end: TensorLike | None = None, to_begin: TensorLike | None = None) -> Tensor: ...

@overload
def eigh(a: Tensor, UPLO: str = "L") -> EighResult[Tensor]:
    """Eigenvalues and eigenvectors of symmetric matrices; the gradient is that by symmetric changes."""
@overload
def eigh(a: ArrayLike, UPLO: str = "L") -> EighResult[FromNumPy]: ...

@overload
def eigvalsh(a: Tensor, UPLO: str = "L") -> Tensor:
    """The eigenvalues of symmetric matrices."""
@overload
def eigvalsh(a: ArrayLike, UPLO: str = "L") -> FromNumPy: ...

@overload
def einsum(
    subscripts: str, /, *operands: ArrayLike, optimize: bool | str | Sequence[Any] = True, dtype: DTypeLike | None = None
) -> FromNumPy:
    """Einstein summation, as np.einsum: repeated indices, ellipsis, several operands, both call forms.

    Examples
    --------
    >>> import numpy as np, autograd
    >>> A = autograd.Tensor(np.arange(4.0).reshape(2, 2), requires_grad=True)
    >>> autograd.einsum("ii->", A).backward()
    >>> A.grad.data.tolist()
    [[1.0, 0.0], [0.0, 1.0]]
    """

@overload
def einsum(
    subscripts: str, /, *operands: TensorLike, optimize: bool | str | Sequence[Any] = True, dtype: DTypeLike | None = None
) -> Tensor: ...
@overload
def einsum(
    *operands_and_sublists: TensorLike, optimize: bool | str | Sequence[Any] = True, dtype: DTypeLike | None = None
) -> Any: ...

@overload
def entr(x: Tensor) -> Tensor:
    """-x·log(x), 0 at 0 and -inf below, elementwise."""
@overload
def entr(x: ArrayLike) -> FromNumPy: ...

@overload
def erf(x: Tensor) -> Tensor:
    """The error function, elementwise."""
@overload
def erf(x: ArrayLike) -> FromNumPy: ...

@overload
def erfc(x: Tensor) -> Tensor:
    """1 - erf(x), elementwise, exact in the tail."""
@overload
def erfc(x: ArrayLike) -> FromNumPy: ...

@overload
def erfcx(x: Tensor) -> Tensor:
    """exp(x²)·erfc(x), elementwise, without underflow."""
@overload
def erfcx(x: ArrayLike) -> FromNumPy: ...

@overload
def erfinv(x: Tensor) -> Tensor:
    """The inverse of erf, elementwise; infinite at ±1."""
@overload
def erfinv(x: ArrayLike) -> FromNumPy: ...

@overload
def exp(x: Tensor, /) -> Tensor:
    """Calculate the exponential of all elements in the input array."""
@overload
def exp(x: ArrayLike, /) -> FromNumPy: ...

@overload
def exp2(x: Tensor, /) -> Tensor:
    """Calculate `2**p` for all `p` in the input array."""
@overload
def exp2(x: ArrayLike, /) -> FromNumPy: ...

@overload
def expand(input: ArrayLike, *sizes: Shape) -> FromNumPy:
    """`input` repeated (as a view) to the given sizes, -1 for those that stay."""
@overload
def expand(input: TensorLike, *sizes: Shape) -> Tensor: ...

@overload
def expand_dims(a: Tensor, axis: Shape) -> Tensor:
    """New axes of size 1, as np.expand_dims."""
@overload
def expand_dims(a: ArrayLike, axis: Shape) -> FromNumPy: ...

@overload
def expm1(x: Tensor, /) -> Tensor:
    """Calculate ``exp(x) - 1`` for all elements in the array."""
@overload
def expm1(x: ArrayLike, /) -> FromNumPy: ...

@overload
def extract(condition: ArrayLike, arr: Tensor) -> Tensor:
    """The values where the condition holds, both flattened."""
@overload
def extract(condition: ArrayLike, arr: ArrayLike) -> FromNumPy: ...

@overload
def fabs(x: Tensor, /) -> Tensor:
    """Compute the absolute values element-wise."""
@overload
def fabs(x: ArrayLike, /) -> FromNumPy: ...

@overload
def fftshift(x: Tensor, axes: Axis = None) -> Tensor:
    """Each axis moved round by half its size, as np.fft.fftshift."""
@overload
def fftshift(x: ArrayLike, axes: Axis = None) -> FromNumPy: ...

@overload
def fix(x: Tensor, /) -> Tensor:
    """Return the truncated value of the input, element-wise."""
@overload
def fix(x: ArrayLike, /) -> FromNumPy: ...

@overload
def flatten(input: Tensor, start_dim: int = 0, end_dim: int = -1) -> Tensor:
    """The axes from `start_dim` to `end_dim`, both included, as one."""
@overload
def flatten(input: ArrayLike, start_dim: int = 0, end_dim: int = -1) -> FromNumPy: ...

@overload
def flip(m: Tensor, axis: Axis = None) -> Tensor:
    """Reversed along `axis`."""
@overload
def flip(m: ArrayLike, axis: Axis = None) -> FromNumPy: ...

@overload
def fliplr(m: Tensor) -> Tensor:
    """Left and right exchanged."""
@overload
def fliplr(m: ArrayLike) -> FromNumPy: ...

@overload
def flipud(m: Tensor) -> Tensor:
    """Up and down exchanged."""
@overload
def flipud(m: ArrayLike) -> FromNumPy: ...

@overload
def float_power(x: ArrayLike, y: ArrayLike, /) -> FromNumPy:
    """First array elements raised to powers from second array, element-wise."""
@overload
def float_power(x: TensorLike, y: TensorLike, /) -> Tensor: ...

@overload
def floor(x: Tensor, /) -> Tensor:
    """Return the floor of the input, element-wise."""
@overload
def floor(x: ArrayLike, /) -> FromNumPy: ...

@overload
def floor_divide(x: ArrayLike, y: ArrayLike, /) -> FromNumPy:
    """Return the largest integer smaller or equal to the division of the inputs.
    It is equivalent to the Python ``//`` operator and pairs with the
    Python ``%`` (`remainder`), function so that ``a = a % b + b * (a // b)``
    up to roundoff.
    """
@overload
def floor_divide(x: TensorLike, y: TensorLike, /) -> Tensor: ...

@overload
def fmax(x: ArrayLike, y: ArrayLike, /) -> FromNumPy:
    """Element-wise maximum of array elements."""
@overload
def fmax(x: TensorLike, y: TensorLike, /) -> Tensor: ...

@overload
def fmin(x: ArrayLike, y: ArrayLike, /) -> FromNumPy:
    """Element-wise minimum of array elements."""
@overload
def fmin(x: TensorLike, y: TensorLike, /) -> Tensor: ...

@overload
def fmod(x: ArrayLike, y: ArrayLike, /) -> FromNumPy:
    """Returns the element-wise remainder of division."""
@overload
def fmod(x: TensorLike, y: TensorLike, /) -> Tensor: ...

@overload
def fold(
    columns: Tensor,
    output_size: Sequence[int],
    kernel: Shape,
    dilation: Shape = 1,
    padding: Padding = 0,
    stride: Shape = 1,
) -> Tensor:
    """Add columns back to the places they came from (col2im): the adjoint of `unfold`."""
@overload
def fold(
    columns: ArrayLike,
    output_size: Sequence[int],
    kernel: Shape,
    dilation: Shape = 1,
    padding: Padding = 0,
    stride: Shape = 1,
) -> FromNumPy: ...

@overload
def frac(input: Tensor) -> Tensor:
    """What lies behind the point, with the sign of the number."""
@overload
def frac(input: ArrayLike) -> FromNumPy: ...

@overload
def frexp(x: Tensor) -> tuple[Tensor, Array]:
    """Mantissa and exponent: x = mantissa · 2^exponent; the exponent is flat, and plain integers."""
@overload
def frexp(x: ArrayLike) -> tuple[FromNumPy, Array]: ...

@overload
def gather(input: Tensor, dim: int, index: ArrayLike) -> Tensor:
    """Values at `index` along `dim`; the index may be smaller than the input along the other axes."""
@overload
def gather(input: ArrayLike, dim: int, index: ArrayLike) -> FromNumPy: ...

@overload
def gelu(x: Tensor, approximate: str = "none") -> Tensor:
    """x·Φ(x) with the normal distribution Φ; approximate='tanh' for the usual approximation."""
@overload
def gelu(x: ArrayLike, approximate: str = "none") -> FromNumPy: ...

@overload
def geomspace(
    start: ArrayLike,
    stop: ArrayLike,
    num: int = 50,
    endpoint: bool = True,
    dtype: DTypeLike | None = None,
    axis: int = 0,
) -> FromNumPy:
    """`num` values in equal ratios from start to stop, which have one sign."""
@overload
def geomspace(
    start: TensorLike,
    stop: TensorLike,
    num: int = 50,
    endpoint: bool = True,
    dtype: DTypeLike | None = None,
    axis: int = 0,
) -> Tensor: ...

@overload
def getitem(a: Tensor, index: Any) -> Tensor:
    """``a[index]`` for every kind of index that NumPy has."""
@overload
def getitem(a: ArrayLike, index: Any) -> FromNumPy: ...

@overload
def gradient(f: ArrayLike, *varargs: ArrayLike, axis: Axis = None, edge_order: int = 1) -> Any:
    """Slopes of second order inside, of first or second order at the ends, as np.gradient.

    `varargs` are none (spacing 1), one spacing for all axes, or for every axis a spacing or the coordinates.
    """
@overload
def gradient(f: TensorLike, *varargs: TensorLike, axis: Axis = None, edge_order: int = 1) -> Any: ...

@overload
def heaviside(x: ArrayLike, y: ArrayLike, /) -> FromNumPy:
    """Compute the Heaviside step function."""
@overload
def heaviside(x: TensorLike, y: TensorLike, /) -> Tensor: ...

@overload
def hsplit(ary: Tensor, indices_or_sections: ArrayLike) -> list[Tensor]:
    """Pieces side by side."""
@overload
def hsplit(ary: ArrayLike, indices_or_sections: ArrayLike) -> list[FromNumPy]: ...

@overload
def hstack(tup: Sequence[ArrayLike] | Array, *, dtype: DTypeLike | None = None) -> FromNumPy:
    """Columns beside each other."""
@overload
def hstack(tup: Sequence[TensorLike] | Tensor, *, dtype: DTypeLike | None = None) -> Tensor: ...

@overload
def hypot(x: ArrayLike, y: ArrayLike, /) -> FromNumPy:
    """Given the "legs" of a right triangle, return its hypotenuse."""
@overload
def hypot(x: TensorLike, y: TensorLike, /) -> Tensor: ...

@overload
def i0(x: Tensor) -> Tensor:
    """The modified Bessel function of order 0, elementwise."""
@overload
def i0(x: ArrayLike) -> FromNumPy: ...

@overload
def i0e(x: Tensor) -> Tensor:
    """exp(-|x|)·i0(x), elementwise."""
@overload
def i0e(x: ArrayLike) -> FromNumPy: ...

@overload
def i1(x: Tensor) -> Tensor:
    """The modified Bessel function of order 1, elementwise."""
@overload
def i1(x: ArrayLike) -> FromNumPy: ...

@overload
def i1e(x: Tensor) -> Tensor:
    """exp(-|x|)·i1(x), elementwise."""
@overload
def i1e(x: ArrayLike) -> FromNumPy: ...

@overload
def ifftshift(x: Tensor, axes: Axis = None) -> Tensor:
    """fftshift undone."""
@overload
def ifftshift(x: ArrayLike, axes: Axis = None) -> FromNumPy: ...

@overload
def im2col(x: Tensor, kernel: Shape, dilation: Shape = 1, padding: Padding = 0, stride: Shape = 1) -> Tensor:
    """Every window as a column (im2col): (N, C, *size) becomes (N, C * taps, windows), as torch's `unfold`."""
@overload
def im2col(x: ArrayLike, kernel: Shape, dilation: Shape = 1, padding: Padding = 0, stride: Shape = 1) -> FromNumPy: ...

@overload
def imag(val: Tensor) -> Tensor:
    """0: tensors that record are real."""
@overload
def imag(val: ArrayLike) -> FromNumPy: ...

@overload
def index_add(input: Tensor, dim: int, index: ArrayLike, source: Axis, *, alpha: float = 1.0) -> Tensor:
    """`input` with `alpha` times the slices of `source` added at `index`."""
@overload
def index_add(input: ArrayLike, dim: int, index: ArrayLike, source: Axis, *, alpha: float = 1.0) -> FromNumPy: ...

@overload
def index_copy(input: Tensor, dim: int, index: ArrayLike, source: Axis) -> Tensor:
    """`input` with the slices of `source` written at `index`."""
@overload
def index_copy(input: ArrayLike, dim: int, index: ArrayLike, source: Axis) -> FromNumPy: ...

@overload
def index_fill(input: ArrayLike, dim: int, index: ArrayLike, value: ArrayLike) -> FromNumPy:
    """`input` with one number written in the slices at `index`."""
@overload
def index_fill(input: TensorLike, dim: int, index: ArrayLike, value: TensorLike) -> Tensor: ...

@overload
def index_put(input: ArrayLike, indices: ArrayLike, values: ArrayLike, accumulate: bool = False) -> FromNumPy:
    """`input` with `values` written (or added) at a tuple of indices, one an axis."""
@overload
def index_put(input: TensorLike, indices: ArrayLike, values: TensorLike, accumulate: bool = False) -> Tensor: ...

@overload
def index_reduce(input: Tensor, dim: int, index: ArrayLike, source: Axis, reduce: str, *, include_self: bool = True) -> Tensor:
    """`input` reduced with the slices of `source` at `index`: "prod", "mean", "amax" or "amin"."""
@overload
def index_reduce(
    input: ArrayLike,
    dim: int,
    index: ArrayLike,
    source: Axis,
    reduce: str,
    *,
    include_self: bool = True,
) -> FromNumPy: ...

@overload
def index_select(input: Tensor, dim: int, index: ArrayLike) -> Tensor:
    """The slices at `index` along `dim`."""
@overload
def index_select(input: ArrayLike, dim: int, index: ArrayLike) -> FromNumPy: ...

@overload
def inner(a: ArrayLike, b: ArrayLike) -> FromNumPy:
    """Sum of products over the last axes."""
@overload
def inner(a: TensorLike, b: TensorLike) -> Tensor: ...

@overload
def insert(arr: ArrayLike, obj: ArrayLike, values: ArrayLike, axis: int | None = None) -> FromNumPy:
    """With `values` before the places `obj` (a number or a list of numbers) along `axis`."""
@overload
def insert(arr: TensorLike, obj: ArrayLike, values: TensorLike, axis: int | None = None) -> Tensor: ...

@overload
def interp(
    x: ArrayLike,
    xp: ArrayLike,
    fp: ArrayLike,
    left: ArrayLike | None = None,
    right: ArrayLike | None = None,
    period: float | None = None,
) -> FromNumPy:
    """Linear interpolation between points, constant beyond them (or `left` and `right`); differentiable in all three."""
@overload
def interp(
    x: TensorLike,
    xp: TensorLike,
    fp: TensorLike,
    left: TensorLike | None = None,
    right: TensorLike | None = None,
    period: float | None = None,
) -> Tensor: ...

@overload
def inv(a: Tensor) -> Tensor:
    """The inverse."""
@overload
def inv(a: ArrayLike) -> FromNumPy: ...

@overload
def kron(a: ArrayLike, b: ArrayLike) -> FromNumPy:
    """The Kronecker product."""
@overload
def kron(a: TensorLike, b: TensorLike) -> Tensor: ...

@overload
def kthvalue(input: Tensor, k: int, dim: int = -1, keepdim: bool = False) -> tuple[Tensor, Array]:
    """The k-th smallest value along `dim` (counted from 1) and where it is; the gradient goes to that place, also among equal values."""
@overload
def kthvalue(input: ArrayLike, k: int, dim: int = -1, keepdim: bool = False) -> tuple[FromNumPy, Array]: ...

@overload
def last_diagonal(x: Tensor, /, *, offset: int = 0) -> Tensor:
    """The diagonals of the last two axes (np.linalg.diagonal)."""
@overload
def last_diagonal(x: ArrayLike, /, *, offset: int = 0) -> FromNumPy: ...

@overload
def last_trace(x: Tensor, /, *, offset: int = 0, dtype: DTypeLike | None = None) -> Tensor:
    """The sums of the diagonals of the last two axes (np.linalg.trace)."""
@overload
def last_trace(x: ArrayLike, /, *, offset: int = 0, dtype: DTypeLike | None = None) -> FromNumPy: ...

@overload
def ldexp(x: Tensor, y: ArrayLike, /) -> Tensor:
    """Returns x1 * 2**x2, element-wise."""
@overload
def ldexp(x: ArrayLike, y: ArrayLike, /) -> FromNumPy: ...

@overload
def length(x: Tensor, axis: Axis = None, keepdims: bool = False) -> Tensor:
    """The Euclidean norm over `axis`."""
@overload
def length(x: ArrayLike, axis: Axis = None, keepdims: bool = False) -> FromNumPy: ...

@overload
def lerp(input: ArrayLike, end: ArrayLike, weight: ArrayLike) -> FromNumPy:
    """input + weight · (end - input)."""
@overload
def lerp(input: TensorLike, end: TensorLike, weight: TensorLike) -> Tensor: ...

@overload
def lgamma(x: Tensor) -> Tensor:
    """log|Γ(x)|, elementwise; infinite at 0, -1, -2, ..."""
@overload
def lgamma(x: ArrayLike) -> FromNumPy: ...

@overload
def linspace(
    start: ArrayLike,
    stop: ArrayLike,
    num: int = 50,
    endpoint: bool = True,
    retstep: bool = False,
    dtype: DTypeLike | None = None,
    axis: int = 0,
) -> FromNumPy:
    """`num` values in equal steps from start to stop, both differentiable."""
@overload
def linspace(
    start: TensorLike,
    stop: TensorLike,
    num: int = 50,
    endpoint: bool = True,
    retstep: bool = False,
    dtype: DTypeLike | None = None,
    axis: int = 0,
) -> Tensor: ...

@overload
def log(x: Tensor, /) -> Tensor:
    """Natural logarithm, element-wise."""
@overload
def log(x: ArrayLike, /) -> FromNumPy: ...

@overload
def log10(x: Tensor, /) -> Tensor:
    """Return the base 10 logarithm of the input array, element-wise."""
@overload
def log10(x: ArrayLike, /) -> FromNumPy: ...

@overload
def log1p(x: Tensor, /) -> Tensor:
    """Return the natural logarithm of one plus the input array, element-wise."""
@overload
def log1p(x: ArrayLike, /) -> FromNumPy: ...

@overload
def log2(x: Tensor, /) -> Tensor:
    """Base-2 logarithm of `x`."""
@overload
def log2(x: ArrayLike, /) -> FromNumPy: ...

@overload
def log_ndtr(x: Tensor) -> Tensor:
    """log(ndtr(x)), exact in the left tail."""
@overload
def log_ndtr(x: ArrayLike) -> FromNumPy: ...

@overload
def log_softmax(x: Tensor, axis: int | None = None, *, dim: int | None = None) -> Tensor:
    """x - logsumexp(x) along `axis` (PyTorch's `dim`; the last by default)."""
@overload
def log_softmax(x: ArrayLike, axis: int | None = None, *, dim: int | None = None) -> FromNumPy: ...

@overload
def logaddexp(x: ArrayLike, y: ArrayLike, /) -> FromNumPy:
    """Logarithm of the sum of exponentiations of the inputs."""
@overload
def logaddexp(x: TensorLike, y: TensorLike, /) -> Tensor: ...

@overload
def logaddexp2(x: ArrayLike, y: ArrayLike, /) -> FromNumPy:
    """Logarithm of the sum of exponentiations of the inputs in base-2."""
@overload
def logaddexp2(x: TensorLike, y: TensorLike, /) -> Tensor: ...

@overload
def logcumsumexp(a: Tensor, axis: int | None = None, *, dim: int | None = None) -> Tensor:
    """log(cumsum(exp(a))) along `axis` (PyTorch's `dim`; the last by default), without overflow."""
@overload
def logcumsumexp(a: ArrayLike, axis: int | None = None, *, dim: int | None = None) -> FromNumPy: ...

@overload
def logdet(a: Tensor) -> Tensor:
    """The logarithm of the determinant: -inf where it is 0, NaN where it is negative."""
@overload
def logdet(a: ArrayLike) -> FromNumPy: ...

@overload
def logit(x: Tensor, eps: float | None = None) -> Tensor:
    """log(x / (1 - x)), elementwise; with `eps`, of x held in [eps, 1 - eps], flat outside."""
@overload
def logit(x: ArrayLike, eps: float | None = None) -> FromNumPy: ...

@overload
def logsigmoid(x: Tensor) -> Tensor:
    """log(sigmoid(x)), without overflow."""
@overload
def logsigmoid(x: ArrayLike) -> FromNumPy: ...

@overload
def logspace(
    start: ArrayLike,
    stop: ArrayLike,
    num: int = 50,
    endpoint: bool = True,
    base: float = 10.0,
    dtype: DTypeLike | None = None,
    axis: int = 0,
) -> FromNumPy:
    """Powers of `base` with exponents in equal steps."""
@overload
def logspace(
    start: TensorLike,
    stop: TensorLike,
    num: int = 50,
    endpoint: bool = True,
    base: float = 10.0,
    dtype: DTypeLike | None = None,
    axis: int = 0,
) -> Tensor: ...

@overload
def logsumexp(a: Tensor, axis: Axis = None, keepdims: bool = False, *, dim: Axis = None, keepdim: bool = False) -> Tensor:
    """log(sum(exp(a))) over `axis` (PyTorch's `dim`; all by default), without overflow; -inf for rows of -inf."""
@overload
def logsumexp(a: ArrayLike, axis: Axis = None, keepdims: bool = False, *, dim: Axis = None, keepdim: bool = False) -> FromNumPy: ...

@overload
def lower_cholesky(a: Tensor) -> Tensor:
    """L with L @ L.T = a, for symmetric positive definite a."""
@overload
def lower_cholesky(a: ArrayLike) -> FromNumPy: ...

@overload
def lstsq(a: ArrayLike, b: ArrayLike, rcond: float | None = None) -> tuple[FromNumPy, FromNumPy, int, FromNumPy]:
    """The x of least length among those with the least ‖a @ x - b‖, the squared residuals, the rank, the singular values."""
@overload
def lstsq(a: TensorLike, b: TensorLike, rcond: float | None = None) -> tuple[Tensor, Tensor, int, Tensor]: ...

@overload
def lu(a: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """P, L, U with P @ L @ U = a, rows exchanged for the largest pivots; P is constant where no two pivots tie."""
@overload
def lu(a: ArrayLike) -> tuple[FromNumPy, FromNumPy, FromNumPy]: ...

@overload
def lu_factor(a: Tensor) -> tuple[Tensor, Array]:
    """L (its ones left out) and U in one matrix, and which row each was exchanged with, counted from 1."""
@overload
def lu_factor(a: ArrayLike) -> tuple[FromNumPy, Array]: ...

@overload
def lu_solve(LU: ArrayLike, pivots: ArrayLike, B: ArrayLike, *, left: bool = True, adjoint: bool = False) -> FromNumPy:
    """x with A @ x = B (x @ A = B without `left`, Aᵀ with `adjoint`), from what `lu_factor` gave."""
@overload
def lu_solve(LU: TensorLike, pivots: ArrayLike, B: TensorLike, *, left: bool = True, adjoint: bool = False) -> Tensor: ...

@overload
def masked_fill(input: ArrayLike, mask: ArrayLike, value: ArrayLike) -> FromNumPy:
    """One number where the mask holds, else `input`."""
@overload
def masked_fill(input: TensorLike, mask: ArrayLike, value: TensorLike) -> Tensor: ...

@overload
def masked_scatter(input: Tensor, mask: ArrayLike, source: Axis) -> Tensor:
    """`input` with the first values of `source`, in order, where the mask holds."""
@overload
def masked_scatter(input: ArrayLike, mask: ArrayLike, source: Axis) -> FromNumPy: ...

@overload
def masked_select(input: Tensor, mask: ArrayLike) -> Tensor:
    """The values where the mask holds, as one row."""
@overload
def masked_select(input: ArrayLike, mask: ArrayLike) -> FromNumPy: ...

@overload
def matmul(x1: ArrayLike, x2: ArrayLike) -> FromNumPy:
    """The matrix product, in every rank combination of np.matmul."""
@overload
def matmul(x1: TensorLike, x2: TensorLike) -> Tensor: ...

@overload
def matrix_exp(a: Tensor) -> Tensor:
    """The exponential of square matrices, Σ aᵏ / k!."""
@overload
def matrix_exp(a: ArrayLike) -> FromNumPy: ...

@overload
def matrix_norm(x: Tensor, keepdims: bool = False, ord: Norm = "fro") -> Tensor:
    """A matrix norm over the last two axes."""
@overload
def matrix_norm(x: ArrayLike, keepdims: bool = False, ord: Norm = "fro") -> FromNumPy: ...

@overload
def matrix_power(a: Tensor, n: int) -> Tensor:
    """a @ a @ ... n times; negative powers of the inverse."""
@overload
def matrix_power(a: ArrayLike, n: int) -> FromNumPy: ...

@overload
def matrix_transpose(x: Tensor) -> Tensor:
    """The last two axes interchanged."""
@overload
def matrix_transpose(x: ArrayLike) -> FromNumPy: ...

@overload
def matvec(x1: ArrayLike, x2: ArrayLike) -> FromNumPy:
    """Matrices times vectors, both in stacks that broadcast."""
@overload
def matvec(x1: TensorLike, x2: TensorLike) -> Tensor: ...

@overload
def max(a: Tensor, axis: Axis = None, keepdims: bool = False, initial: float | None = None, where: ArrayLike = True) -> Tensor:
    """The largest value over `axis`; equal values share the gradient evenly."""
@overload
def max(
    a: ArrayLike,
    axis: Axis = None,
    keepdims: bool = False,
    initial: float | None = None,
    where: ArrayLike = True,
) -> FromNumPy: ...

@overload
def max_pool(
    x: Tensor,
    kernel: Shape,
    stride: Shape | None = None,
    padding: Padding = 0,
    dilation: Shape = 1,
    ceil_mode: bool = False,
) -> Tensor:
    """The largest element of every window; padding never wins, NaN does."""
@overload
def max_pool(
    x: ArrayLike,
    kernel: Shape,
    stride: Shape | None = None,
    padding: Padding = 0,
    dilation: Shape = 1,
    ceil_mode: bool = False,
) -> FromNumPy: ...

@overload
def max_pool_input(
    g: Tensor,
    x: ArrayLike,
    kernel: Shape,
    stride: Shape | None = None,
    padding: Padding = 0,
    dilation: Shape = 1,
    ceil_mode: bool = False,
) -> Tensor:
    """The gradient of sum(g * max_pool(x)) by x; equal maxima share evenly. Linear in g."""
@overload
def max_pool_input(
    g: ArrayLike,
    x: ArrayLike,
    kernel: Shape,
    stride: Shape | None = None,
    padding: Padding = 0,
    dilation: Shape = 1,
    ceil_mode: bool = False,
) -> FromNumPy: ...

@overload
def max_pool_output(
    v: Tensor,
    x: ArrayLike,
    kernel: Shape,
    stride: Shape | None = None,
    padding: Padding = 0,
    dilation: Shape = 1,
    ceil_mode: bool = False,
) -> Tensor:
    """The adjoint of `max_pool_input` in g: the mean of v over each window's maxima."""
@overload
def max_pool_output(
    v: ArrayLike,
    x: ArrayLike,
    kernel: Shape,
    stride: Shape | None = None,
    padding: Padding = 0,
    dilation: Shape = 1,
    ceil_mode: bool = False,
) -> FromNumPy: ...

@overload
def maximum(x: ArrayLike, y: ArrayLike, /) -> FromNumPy:
    """Element-wise maximum of array elements."""
@overload
def maximum(x: TensorLike, y: TensorLike, /) -> Tensor: ...

@overload
def mean(a: Tensor, axis: Axis = None, dtype: DTypeLike | None = None, keepdims: bool = False, where: ArrayLike = True) -> Tensor:
    """The mean over `axis`, as np.mean."""
@overload
def mean(
    a: ArrayLike,
    axis: Axis = None,
    dtype: DTypeLike | None = None,
    keepdims: bool = False,
    where: ArrayLike = True,
) -> FromNumPy: ...

@overload
def median(a: Tensor, axis: Axis = None, keepdims: bool = False) -> Tensor:
    """The middle value, or the mean of the two in the middle; equal values share the gradient evenly."""
@overload
def median(a: ArrayLike, axis: Axis = None, keepdims: bool = False) -> FromNumPy: ...

@overload
def meshgrid(*xi: ArrayLike, indexing: str = "xy", sparse: bool = False, copy: bool = True) -> tuple[FromNumPy, ...]:
    """Coordinates along every axis of a grid, as np.meshgrid."""
@overload
def meshgrid(*xi: TensorLike, indexing: str = "xy", sparse: bool = False, copy: bool = True) -> tuple[Tensor, ...]: ...

@overload
def min(a: Tensor, axis: Axis = None, keepdims: bool = False, initial: float | None = None, where: ArrayLike = True) -> Tensor:
    """The smallest value over `axis`; equal values share the gradient evenly."""
@overload
def min(
    a: ArrayLike,
    axis: Axis = None,
    keepdims: bool = False,
    initial: float | None = None,
    where: ArrayLike = True,
) -> FromNumPy: ...

@overload
def minimum(x: ArrayLike, y: ArrayLike, /) -> FromNumPy:
    """Element-wise minimum of array elements."""
@overload
def minimum(x: TensorLike, y: TensorLike, /) -> Tensor: ...

@overload
def mm(input: ArrayLike, mat2: ArrayLike) -> FromNumPy:
    """The product of two matrices, and of nothing else."""
@overload
def mm(input: TensorLike, mat2: TensorLike) -> Tensor: ...

@overload
def mod(x: ArrayLike, y: ArrayLike, /) -> FromNumPy:
    """Returns the element-wise remainder of division."""
@overload
def mod(x: TensorLike, y: TensorLike, /) -> Tensor: ...

@overload
def mode(input: Tensor, dim: int = -1, keepdim: bool = False) -> tuple[Tensor, Array]:
    """The value that occurs most often along `dim` (of several the smallest) and where it occurs last: there the gradient goes."""
@overload
def mode(input: ArrayLike, dim: int = -1, keepdim: bool = False) -> tuple[FromNumPy, Array]: ...

@overload
def modf(x: Tensor) -> tuple[Tensor, Tensor]:
    """The fractional part, and the whole part (flat: gradient 0)."""
@overload
def modf(x: ArrayLike) -> tuple[FromNumPy, FromNumPy]: ...

@overload
def moveaxis(a: Tensor, source: Shape, destination: Shape) -> Tensor:
    """Axes moved, as np.moveaxis."""
@overload
def moveaxis(a: ArrayLike, source: Shape, destination: Shape) -> FromNumPy: ...

@overload
def movedim(input: Tensor, source: Axis, destination: Axis) -> Tensor:
    """Axes moved to other places, as np.moveaxis."""
@overload
def movedim(input: ArrayLike, source: Axis, destination: Axis) -> FromNumPy: ...

@overload
def mul(x: ArrayLike, y: ArrayLike, /) -> FromNumPy:
    """Multiply arguments element-wise."""
@overload
def mul(x: TensorLike, y: TensorLike, /) -> Tensor: ...

@overload
def multi_dot(arrays: Sequence[ArrayLike] | Array) -> FromNumPy:
    """The product of several matrices, in the order that needs the fewest multiplications."""
@overload
def multi_dot(arrays: Sequence[TensorLike] | Tensor) -> Tensor: ...

@overload
def multiply(x: ArrayLike, y: ArrayLike, /) -> FromNumPy:
    """Multiply arguments element-wise."""
@overload
def multiply(x: TensorLike, y: TensorLike, /) -> Tensor: ...

@overload
def mv(input: ArrayLike, vec: ArrayLike) -> FromNumPy:
    """A matrix times a vector."""
@overload
def mv(input: TensorLike, vec: TensorLike) -> Tensor: ...

@overload
def mvlgamma(input: Tensor, p: int) -> Tensor:
    """The logarithm of the multivariate gamma function of dimension p."""
@overload
def mvlgamma(input: ArrayLike, p: int) -> FromNumPy: ...

@overload
def nan_to_num(x: Tensor, copy: bool = True, nan: float = 0.0, posinf: float | None = None, neginf: float | None = None) -> Tensor:
    """Replace NaN with zero and infinity with large finite numbers (default
    behaviour) or with the numbers defined by the user using the `nan`,
    `posinf` and/or `neginf` keywords.
    """
@overload
def nan_to_num(
    x: ArrayLike,
    copy: bool = True,
    nan: float = 0.0,
    posinf: float | None = None,
    neginf: float | None = None,
) -> FromNumPy: ...

@overload
def nancumprod(a: Tensor, axis: int | None = None, dtype: DTypeLike | None = None) -> Tensor:
    """The running product with NaN taken as 1."""
@overload
def nancumprod(a: ArrayLike, axis: int | None = None, dtype: DTypeLike | None = None) -> FromNumPy: ...

@overload
def nancumsum(a: Tensor, axis: int | None = None, dtype: DTypeLike | None = None) -> Tensor:
    """The running sum with NaN taken as 0."""
@overload
def nancumsum(a: ArrayLike, axis: int | None = None, dtype: DTypeLike | None = None) -> FromNumPy: ...

@overload
def nanmax(a: Tensor, axis: Axis = None, keepdims: bool = False, initial: float | None = None, where: ArrayLike = True) -> Tensor:
    """The largest value that is not NaN; ties share the gradient evenly."""
@overload
def nanmax(
    a: ArrayLike,
    axis: Axis = None,
    keepdims: bool = False,
    initial: float | None = None,
    where: ArrayLike = True,
) -> FromNumPy: ...

@overload
def nanmean(
    a: Tensor,
    axis: Axis = None,
    dtype: DTypeLike | None = None,
    keepdims: bool = False,
    *,
    where: ArrayLike = True,
) -> Tensor:
    """The mean of what is not NaN."""
@overload
def nanmean(
    a: ArrayLike,
    axis: Axis = None,
    dtype: DTypeLike | None = None,
    keepdims: bool = False,
    *,
    where: ArrayLike = True,
) -> FromNumPy: ...

@overload
def nanmedian(a: Tensor, axis: Axis = None, keepdims: bool = False) -> Tensor:
    """The middle of what is not NaN; equal values share the gradient evenly."""
@overload
def nanmedian(a: ArrayLike, axis: Axis = None, keepdims: bool = False) -> FromNumPy: ...

@overload
def nanmin(a: Tensor, axis: Axis = None, keepdims: bool = False, initial: float | None = None, where: ArrayLike = True) -> Tensor:
    """The smallest value that is not NaN; ties share the gradient evenly."""
@overload
def nanmin(
    a: ArrayLike,
    axis: Axis = None,
    keepdims: bool = False,
    initial: float | None = None,
    where: ArrayLike = True,
) -> FromNumPy: ...

@overload
def nanpercentile(a: Tensor, q: ArrayLike, axis: Axis = None, keepdims: bool = False, method: str = "linear") -> Tensor:
    """Quantiles in percent of what is not NaN; equal values share the gradient evenly."""
@overload
def nanpercentile(a: ArrayLike, q: ArrayLike, axis: Axis = None, keepdims: bool = False, method: str = "linear") -> FromNumPy: ...

@overload
def nanprod(
    a: Tensor,
    axis: Axis = None,
    dtype: DTypeLike | None = None,
    keepdims: bool = False,
    initial: float | None = None,
    where: ArrayLike = True,
) -> Tensor:
    """The product with NaN taken as 1."""
@overload
def nanprod(
    a: ArrayLike,
    axis: Axis = None,
    dtype: DTypeLike | None = None,
    keepdims: bool = False,
    initial: float | None = None,
    where: ArrayLike = True,
) -> FromNumPy: ...

@overload
def nanquantile(a: Tensor, q: ArrayLike, axis: Axis = None, keepdims: bool = False, method: str = "linear") -> Tensor:
    """Quantiles of what is not NaN; equal values share the gradient evenly."""
@overload
def nanquantile(a: ArrayLike, q: ArrayLike, axis: Axis = None, keepdims: bool = False, method: str = "linear") -> FromNumPy: ...

@overload
def nanstd(
    a: Tensor,
    axis: Axis = None,
    dtype: DTypeLike | None = None,
    ddof: float = 0,
    keepdims: bool = False,
    *,
    where: ArrayLike = True,
    correction: float | None = None,
) -> Tensor:
    """The standard deviation of what is not NaN; equal values have the subgradient 0."""
@overload
def nanstd(
    a: ArrayLike,
    axis: Axis = None,
    dtype: DTypeLike | None = None,
    ddof: float = 0,
    keepdims: bool = False,
    *,
    where: ArrayLike = True,
    correction: float | None = None,
) -> FromNumPy: ...

@overload
def nansum(
    a: Tensor,
    axis: Axis = None,
    dtype: DTypeLike | None = None,
    keepdims: bool = False,
    initial: float | None = None,
    where: ArrayLike = True,
) -> Tensor:
    """The sum with NaN taken as 0."""
@overload
def nansum(
    a: ArrayLike,
    axis: Axis = None,
    dtype: DTypeLike | None = None,
    keepdims: bool = False,
    initial: float | None = None,
    where: ArrayLike = True,
) -> FromNumPy: ...

@overload
def nanvar(
    a: Tensor,
    axis: Axis = None,
    dtype: DTypeLike | None = None,
    ddof: float = 0,
    keepdims: bool = False,
    *,
    where: ArrayLike = True,
    correction: float | None = None,
) -> Tensor:
    """The variance of what is not NaN."""
@overload
def nanvar(
    a: ArrayLike,
    axis: Axis = None,
    dtype: DTypeLike | None = None,
    ddof: float = 0,
    keepdims: bool = False,
    *,
    where: ArrayLike = True,
    correction: float | None = None,
) -> FromNumPy: ...

@overload
def narrow(input: Tensor, dim: int, start: int, length: int) -> Tensor:
    """`length` slices from `start` along `dim`."""
@overload
def narrow(input: ArrayLike, dim: int, start: int, length: int) -> FromNumPy: ...

@overload
def ndtr(x: Tensor) -> Tensor:
    """The standard normal distribution's mass below x, elementwise."""
@overload
def ndtr(x: ArrayLike) -> FromNumPy: ...

@overload
def ndtri(x: Tensor) -> Tensor:
    """The quantile of the standard normal distribution, elementwise."""
@overload
def ndtri(x: ArrayLike) -> FromNumPy: ...

@overload
def neg(x: Tensor, /) -> Tensor:
    """Numerical negative, element-wise."""
@overload
def neg(x: ArrayLike, /) -> FromNumPy: ...

@overload
def negative(x: Tensor, /) -> Tensor:
    """Numerical negative, element-wise."""
@overload
def negative(x: ArrayLike, /) -> FromNumPy: ...

@overload
def norm(x: Tensor, ord: Norm = None, axis: Axis = None, keepdims: bool = False) -> Tensor:
    """Vector and matrix norms of every order, as np.linalg.norm; 0 has the subgradient 0."""
@overload
def norm(x: ArrayLike, ord: Norm = None, axis: Axis = None, keepdims: bool = False) -> FromNumPy: ...

@overload
def outer(a: ArrayLike, b: ArrayLike) -> FromNumPy:
    """The product of every pair."""
@overload
def outer(a: TensorLike, b: TensorLike) -> Tensor: ...

@overload
def pad(array: Tensor, pad_width: ArrayLike, mode: str = "constant", **options: Any) -> Tensor:
    """`array` with borders, in NumPy's modes (a mode given as a function is not differentiable)."""
@overload
def pad(array: ArrayLike, pad_width: ArrayLike, mode: str = "constant", **options: Any) -> FromNumPy: ...

@overload
def partition(a: Tensor, kth: ArrayLike, axis: int | None = -1, kind: str | None = "introselect", order: None = None) -> Tensor:
    """Values in an order that puts those at `kth` where sorting would; each keeps its own gradient."""
@overload
def partition(
    a: ArrayLike,
    kth: ArrayLike,
    axis: int | None = -1,
    kind: str | None = "introselect",
    order: None = None,
) -> FromNumPy: ...

@overload
def pdist(input: Tensor, p: float = 2.0) -> Tensor:
    """Distances between every two rows of a matrix, (0, 1), (0, 2), ..., (1, 2), ... in one row."""
@overload
def pdist(input: ArrayLike, p: float = 2.0) -> FromNumPy: ...

@overload
def percentile(a: Tensor, q: ArrayLike, axis: Axis = None, keepdims: bool = False, method: str = "linear") -> Tensor:
    """Quantiles in percent; equal values share the gradient evenly."""
@overload
def percentile(a: ArrayLike, q: ArrayLike, axis: Axis = None, keepdims: bool = False, method: str = "linear") -> FromNumPy: ...

@overload
def permute(input: Tensor, dims: Sequence[int]) -> Tensor:
    """Axes in another order, each named once."""
@overload
def permute(input: ArrayLike, dims: Sequence[int]) -> FromNumPy: ...

@overload
def permute_dims(a: Tensor, axes: Sequence[int] | None = None) -> Tensor:
    """Axes permuted, as np.transpose."""
@overload
def permute_dims(a: ArrayLike, axes: Sequence[int] | None = None) -> FromNumPy: ...

@overload
def piecewise(x: ArrayLike, condlist: Sequence[ArrayLike], funclist: Sequence[Any], *args: ArrayLike, **kwargs: Any) -> FromNumPy:
    """For each condition its function's value (or its number); the last condition that holds counts, and a spare function elsewhere."""
@overload
def piecewise(x: TensorLike, condlist: Sequence[ArrayLike], funclist: Sequence[Any], *args: TensorLike, **kwargs: Any) -> Tensor: ...

@overload
def pinv(a: Tensor, rcond: float | None = None, hermitian: bool = False, *, rtol: float | None = None) -> Tensor:
    """The pseudo-inverse; singular values below `rcond` (or `rtol`) times the largest count as 0."""
@overload
def pinv(a: ArrayLike, rcond: float | None = None, hermitian: bool = False, *, rtol: float | None = None) -> FromNumPy: ...

@overload
def pinverse(a: Tensor, rcond: float | None = None, hermitian: bool = False, *, rtol: float | None = None) -> Tensor:
    """The pseudo-inverse; singular values below `rcond` (or `rtol`) times the largest count as 0."""
@overload
def pinverse(a: ArrayLike, rcond: float | None = None, hermitian: bool = False, *, rtol: float | None = None) -> FromNumPy: ...

@overload
def poly(seq_of_zeros: Tensor) -> Tensor:
    """The coefficients of the polynomial with the given zeros."""
@overload
def poly(seq_of_zeros: ArrayLike) -> FromNumPy: ...

@overload
def polyadd(a1: ArrayLike, a2: ArrayLike) -> FromNumPy:
    """The sum of two polynomials."""
@overload
def polyadd(a1: TensorLike, a2: TensorLike) -> Tensor: ...

@overload
def polyder(p: Tensor, m: int = 1) -> Tensor:
    """The coefficients of the m-th derivative."""
@overload
def polyder(p: ArrayLike, m: int = 1) -> FromNumPy: ...

@overload
def polyfit(x: ArrayLike, y: ArrayLike, deg: int, rcond: float | None = None, *, w: ArrayLike | None = None) -> FromNumPy:
    """The coefficients of the polynomial of degree `deg` that is nearest y at x (weighted by w), highest power first."""
@overload
def polyfit(x: TensorLike, y: TensorLike, deg: int, rcond: float | None = None, *, w: TensorLike | None = None) -> Tensor: ...

@overload
def polygamma(n: int, x: Tensor) -> Tensor:
    """The n-th derivative of digamma, elementwise."""
@overload
def polygamma(n: int, x: ArrayLike) -> FromNumPy: ...

@overload
def polyint(p: ArrayLike, m: int = 1, k: ArrayLike | None = None) -> FromNumPy:
    """The coefficients of the m-th integral; `k` are its constants, one or m of them, 0 by default."""
@overload
def polyint(p: TensorLike, m: int = 1, k: TensorLike | None = None) -> Tensor: ...

@overload
def polymul(a1: ArrayLike, a2: ArrayLike) -> FromNumPy:
    """The product of two polynomials."""
@overload
def polymul(a1: TensorLike, a2: TensorLike) -> Tensor: ...

@overload
def polysub(a1: ArrayLike, a2: ArrayLike) -> FromNumPy:
    """The difference of two polynomials."""
@overload
def polysub(a1: TensorLike, a2: TensorLike) -> Tensor: ...

@overload
def polyval(p: ArrayLike, x: ArrayLike) -> FromNumPy:
    """A polynomial with coefficients p, highest power first."""
@overload
def polyval(p: TensorLike, x: TensorLike) -> Tensor: ...

@overload
def positive(x: Tensor, /) -> Tensor:
    """Numerical positive, element-wise."""
@overload
def positive(x: ArrayLike, /) -> FromNumPy: ...

@overload
def pow(x: ArrayLike, y: ArrayLike, /) -> FromNumPy:
    """First array elements raised to powers from second array, element-wise."""
@overload
def pow(x: TensorLike, y: TensorLike, /) -> Tensor: ...

@overload
def power(x: ArrayLike, y: ArrayLike, /) -> FromNumPy:
    """First array elements raised to powers from second array, element-wise."""
@overload
def power(x: TensorLike, y: TensorLike, /) -> Tensor: ...

@overload
def prod(
    a: Tensor,
    axis: Axis = None,
    dtype: DTypeLike | None = None,
    keepdims: bool = False,
    initial: float | None = None,
    where: ArrayLike = True,
) -> Tensor:
    """The product over `axis`; its gradient is exact with any number of zeros."""
@overload
def prod(
    a: ArrayLike,
    axis: Axis = None,
    dtype: DTypeLike | None = None,
    keepdims: bool = False,
    initial: float | None = None,
    where: ArrayLike = True,
) -> FromNumPy: ...

@overload
def pseudo_inverse(a: Tensor, rcond: float | None = None, hermitian: bool = False) -> Tensor:
    """The pseudo-inverse."""
@overload
def pseudo_inverse(a: ArrayLike, rcond: float | None = None, hermitian: bool = False) -> FromNumPy: ...

@overload
def ptp(a: Tensor, axis: Axis = None, keepdims: bool = False) -> Tensor:
    """Largest minus smallest; equal values share the gradient evenly."""
@overload
def ptp(a: ArrayLike, axis: Axis = None, keepdims: bool = False) -> FromNumPy: ...

@overload
def put(input: Tensor, index: ArrayLike, source: Axis, accumulate: bool = False) -> Tensor:
    """`input` with `source` written (or added) at places of the flattened input."""
@overload
def put(input: ArrayLike, index: ArrayLike, source: Axis, accumulate: bool = False) -> FromNumPy: ...

@overload
def qr(a: Tensor, mode: Literal["reduced", "complete"] = "reduced") -> QRResult[Tensor]:
    """q and r with q @ r = a; with mode "complete" q is square (further columns are any basis of what is left)."""

@overload
def qr(a: Tensor, mode: Literal["r"]) -> Tensor: ...
@overload
def qr(a: TensorLike, mode: str = "reduced") -> Any: ...

@overload
def quantile(a: Tensor, q: ArrayLike, axis: Axis = None, keepdims: bool = False, method: str = "linear") -> Tensor:
    """Quantiles by NumPy's methods, of one or several axes; q is a number or an array, with a gradient as well; equal values
    share theirs evenly.
    """
@overload
def quantile(a: ArrayLike, q: ArrayLike, axis: Axis = None, keepdims: bool = False, method: str = "linear") -> FromNumPy: ...

@overload
def rad2deg(x: Tensor, /) -> Tensor:
    """Convert angles from radians to degrees."""
@overload
def rad2deg(x: ArrayLike, /) -> FromNumPy: ...

@overload
def radians(x: Tensor, /) -> Tensor:
    """Convert angles from degrees to radians."""
@overload
def radians(x: ArrayLike, /) -> FromNumPy: ...

@overload
def ravel(a: Tensor, order: str = "C") -> Tensor:
    """`a` as one row of numbers."""
@overload
def ravel(a: ArrayLike, order: str = "C") -> FromNumPy: ...

@overload
def real(val: Tensor) -> Tensor:
    """Real numbers, as they are."""
@overload
def real(val: ArrayLike) -> FromNumPy: ...

@overload
def real_if_close(val: Tensor) -> Tensor:
    """Real numbers, as they are."""
@overload
def real_if_close(val: ArrayLike) -> FromNumPy: ...

@overload
def reciprocal(x: Tensor, /) -> Tensor:
    """Return the reciprocal of the argument, element-wise."""
@overload
def reciprocal(x: ArrayLike, /) -> FromNumPy: ...

@overload
def reduced_qr(a: Tensor) -> tuple[Tensor, Tensor]: ...
@overload
def reduced_qr(a: ArrayLike) -> tuple[FromNumPy, FromNumPy]: ...

@overload
def reduced_svd(a: Tensor) -> tuple[Tensor, Tensor, Tensor]: ...
@overload
def reduced_svd(a: ArrayLike) -> tuple[FromNumPy, FromNumPy, FromNumPy]: ...

@overload
def relu(x: Tensor) -> Tensor:
    """max(x, 0); its derivative at 0 is 0."""
@overload
def relu(x: ArrayLike) -> FromNumPy: ...

@overload
def remainder(x: ArrayLike, y: ArrayLike, /) -> FromNumPy:
    """Returns the element-wise remainder of division."""
@overload
def remainder(x: TensorLike, y: TensorLike, /) -> Tensor: ...

@overload
def renorm(input: Tensor, p: float, dim: int, maxnorm: float) -> Tensor:
    """Slices along `dim` that are longer than `maxnorm` shortened to it, as PyTorch does (with 1e-7 beside the length)."""
@overload
def renorm(input: ArrayLike, p: float, dim: int, maxnorm: float) -> FromNumPy: ...

@overload
def repeat(a: Tensor, repeats: ArrayLike, axis: int | None = None) -> Tensor:
    """Each value `repeats` times along `axis`, as np.repeat."""
@overload
def repeat(a: ArrayLike, repeats: ArrayLike, axis: int | None = None) -> FromNumPy: ...

@overload
def repeat_interleave(input: Tensor, repeats: ArrayLike, dim: int | None = None) -> Tensor:
    """np.repeat under PyTorch's name."""
@overload
def repeat_interleave(input: ArrayLike, repeats: ArrayLike, dim: int | None = None) -> FromNumPy: ...

@overload
def reshape(a: Tensor, shape: Shape | None = None, order: str = "C", *, copy: bool | None = None) -> Tensor:
    """`a` with another shape, as np.reshape."""
@overload
def reshape(a: ArrayLike, shape: Shape | None = None, order: str = "C", *, copy: bool | None = None) -> FromNumPy: ...

@overload
def resize(a: Tensor, new_shape: Shape) -> Tensor:
    """The values again and again until they fill the new shape."""
@overload
def resize(a: ArrayLike, new_shape: Shape) -> FromNumPy: ...

@overload
def rint(x: Tensor, /) -> Tensor:
    """Round elements of the array to the nearest integer."""
@overload
def rint(x: ArrayLike, /) -> FromNumPy: ...

@overload
def roll(a: Tensor, shift: Shape, axis: Axis = None) -> Tensor:
    """Values moved along `axis`, the last ones coming first."""
@overload
def roll(a: ArrayLike, shift: Shape, axis: Axis = None) -> FromNumPy: ...

@overload
def rollaxis(a: Tensor, axis: int, start: int = 0) -> Tensor:
    """One axis rolled back to `start`, as np.rollaxis."""
@overload
def rollaxis(a: ArrayLike, axis: int, start: int = 0) -> FromNumPy: ...

@overload
def rot90(m: Tensor, k: int = 1, axes: Sequence[int] = (0, 1)) -> Tensor:
    """Turned by k quarter turns in the plane of `axes`."""
@overload
def rot90(m: ArrayLike, k: int = 1, axes: Sequence[int] = (0, 1)) -> FromNumPy: ...

@overload
def round(a: Tensor, decimals: int = 0) -> Tensor:
    """Evenly round to the given number of decimals."""
@overload
def round(a: ArrayLike, decimals: int = 0) -> FromNumPy: ...

@overload
def rsqrt(x: Tensor) -> Tensor:
    """1 / sqrt(x), elementwise."""
@overload
def rsqrt(x: ArrayLike) -> FromNumPy: ...

@overload
def rsub(input: ArrayLike, other: ArrayLike, *, alpha: float = 1) -> FromNumPy:
    """other - alpha · input."""
@overload
def rsub(input: TensorLike, other: TensorLike, *, alpha: float = 1) -> Tensor: ...

@overload
def scatter(input: ArrayLike, dim: int, index: ArrayLike, src: ArrayLike, *, reduce: str | None = None) -> FromNumPy:
    """`input` with `src` written at `index` along `dim`; with `reduce` "add" or "multiply", added or multiplied."""
@overload
def scatter(input: TensorLike, dim: int, index: ArrayLike, src: TensorLike, *, reduce: str | None = None) -> Tensor: ...

@overload
def scatter_add(input: ArrayLike, dim: int, index: ArrayLike, src: ArrayLike) -> FromNumPy:
    """`input` with `src` added at `index` along `dim`; repeated places add up."""
@overload
def scatter_add(input: TensorLike, dim: int, index: ArrayLike, src: TensorLike) -> Tensor: ...

@overload
def scatter_reduce(
    input: ArrayLike,
    dim: int,
    index: ArrayLike,
    src: ArrayLike,
    reduce: str,
    *,
    include_self: bool = True,
) -> FromNumPy:
    """`input` reduced with what `src` has for each place: "sum", "prod", "mean", "amax" or "amin".

    Without `include_self` the values of `input` count only where nothing arrives. Ties of extremes share the gradient evenly.
    """
@overload
def scatter_reduce(
    input: TensorLike,
    dim: int,
    index: ArrayLike,
    src: TensorLike,
    reduce: str,
    *,
    include_self: bool = True,
) -> Tensor: ...

@overload
def select(condlist: Sequence[ArrayLike], choicelist: Sequence[ArrayLike] | Array, default: ArrayLike = 0) -> FromNumPy:
    """The first choice whose condition holds, else the default, as np.select."""
@overload
def select(condlist: Sequence[ArrayLike], choicelist: Sequence[TensorLike] | Tensor, default: TensorLike = 0) -> Tensor: ...

@overload
def select_scatter(input: ArrayLike, src: ArrayLike, dim: int, index: int) -> FromNumPy:
    """`input` with `src` as its slice at `index` along `dim`."""
@overload
def select_scatter(input: TensorLike, src: TensorLike, dim: int, index: int) -> Tensor: ...

@overload
def sgn(input: Tensor) -> Tensor:
    """-1, 0 or 1 (flat: gradient 0)."""
@overload
def sgn(input: ArrayLike) -> FromNumPy: ...

@overload
def sigmoid(x: Tensor) -> Tensor:
    """1 / (1 + exp(-x))."""
@overload
def sigmoid(x: ArrayLike) -> FromNumPy: ...

@overload
def sign(x: Tensor, /) -> Tensor:
    """Returns an element-wise indication of the sign of a number."""
@overload
def sign(x: ArrayLike, /) -> FromNumPy: ...

@overload
def silu(x: Tensor) -> Tensor:
    """x·sigmoid(x)."""
@overload
def silu(x: ArrayLike) -> FromNumPy: ...

@overload
def sin(x: Tensor, /) -> Tensor:
    """Trigonometric sine, element-wise."""
@overload
def sin(x: ArrayLike, /) -> FromNumPy: ...

@overload
def sinc(x: Tensor) -> Tensor:
    """sin(πx)/(πx), 1 at 0: NumPy's normalised sinc."""
@overload
def sinc(x: ArrayLike) -> FromNumPy: ...

@overload
def sinh(x: Tensor, /) -> Tensor:
    """Hyperbolic sine, element-wise."""
@overload
def sinh(x: ArrayLike, /) -> FromNumPy: ...

@overload
def slice_scatter(
    input: ArrayLike,
    src: ArrayLike,
    dim: int = 0,
    start: int | None = None,
    end: int | None = None,
    step: int = 1,
) -> FromNumPy:
    """`input` with `src` as its slice start:end:step along `dim`."""
@overload
def slice_scatter(
    input: TensorLike,
    src: TensorLike,
    dim: int = 0,
    start: int | None = None,
    end: int | None = None,
    step: int = 1,
) -> Tensor: ...

@overload
def sliding_window_view(x: Tensor, window_shape: Shape, axis: Axis = None) -> Tensor:
    """All windows of a shape, the windows' own axes last, as NumPy's function in lib.stride_tricks."""
@overload
def sliding_window_view(x: ArrayLike, window_shape: Shape, axis: Axis = None) -> FromNumPy: ...

@overload
def slogdet(a: Tensor) -> SlogdetResult[Tensor]:
    """The sign and the logarithm of the determinant's size."""
@overload
def slogdet(a: ArrayLike) -> SlogdetResult[FromNumPy]: ...

@overload
def softmax(x: Tensor, axis: int | None = None, *, dim: int | None = None) -> Tensor:
    """exp(x) / sum(exp(x)) along `axis` (PyTorch's `dim`; the last by default), without overflow."""
@overload
def softmax(x: ArrayLike, axis: int | None = None, *, dim: int | None = None) -> FromNumPy: ...

@overload
def softplus(x: Tensor) -> Tensor:
    """log(1 + exp(x)), without overflow."""
@overload
def softplus(x: ArrayLike) -> FromNumPy: ...

@overload
def solve(a: ArrayLike, b: ArrayLike) -> FromNumPy:
    """x with a @ x = b."""
@overload
def solve(a: TensorLike, b: TensorLike) -> Tensor: ...

@overload
def solve_triangular(
    a: ArrayLike,
    b: ArrayLike,
    lower: bool = False,
    trans: bool = False,
    unit_diagonal: bool = False,
    *,
    upper: bool | None = None,
    left: bool = True,
    unitriangular: bool = False,
) -> FromNumPy:
    """x with a @ x = b (or x @ a = b), reading one triangle of a; SciPy's arguments, or PyTorch's `upper`, `left`, `unitriangular`."""
@overload
def solve_triangular(
    a: TensorLike,
    b: TensorLike,
    lower: bool = False,
    trans: bool = False,
    unit_diagonal: bool = False,
    *,
    upper: bool | None = None,
    left: bool = True,
    unitriangular: bool = False,
) -> Tensor: ...

@overload
def sort(a: Tensor, axis: int | None = -1, kind: str | None = None, order: None = None, *, stable: bool | None = None) -> Tensor:
    """Values in rising order along `axis`."""
@overload
def sort(
    a: ArrayLike,
    axis: int | None = -1,
    kind: str | None = None,
    order: None = None,
    *,
    stable: bool | None = None,
) -> FromNumPy: ...

@overload
def split(ary: Tensor, indices_or_sections: ArrayLike, axis: int = 0) -> list[Tensor]:
    """Pieces along `axis`; a number of sections must divide its size."""
@overload
def split(ary: ArrayLike, indices_or_sections: ArrayLike, axis: int = 0) -> list[FromNumPy]: ...

@overload
def split_with_sizes(input: Tensor, split_sizes: Sequence[int], dim: int = 0) -> list[Tensor]:
    """Pieces of the given sizes along `dim`, which together make up the axis."""
@overload
def split_with_sizes(input: ArrayLike, split_sizes: Sequence[int], dim: int = 0) -> list[FromNumPy]: ...

@overload
def sqrt(x: Tensor, /) -> Tensor:
    """Return the non-negative square-root of an array, element-wise."""
@overload
def sqrt(x: ArrayLike, /) -> FromNumPy: ...

@overload
def square(x: Tensor, /) -> Tensor:
    """Return the element-wise square of the input."""
@overload
def square(x: ArrayLike, /) -> FromNumPy: ...

@overload
def squeeze(a: Tensor, axis: Axis = None) -> Tensor:
    """Axes of size 1 removed."""
@overload
def squeeze(a: ArrayLike, axis: Axis = None) -> FromNumPy: ...

@overload
def stack(arrays: Sequence[ArrayLike] | Array, axis: int = 0, *, dtype: DTypeLike | None = None) -> FromNumPy:
    """Arrays joined along a new axis."""
@overload
def stack(arrays: Sequence[TensorLike] | Tensor, axis: int = 0, *, dtype: DTypeLike | None = None) -> Tensor: ...

@overload
def std(
    a: Tensor,
    axis: Axis = None,
    dtype: DTypeLike | None = None,
    ddof: float = 0,
    keepdims: bool = False,
    *,
    where: ArrayLike = True,
    correction: float | None = None,
) -> Tensor:
    """The standard deviation, as np.std."""
@overload
def std(
    a: ArrayLike,
    axis: Axis = None,
    dtype: DTypeLike | None = None,
    ddof: float = 0,
    keepdims: bool = False,
    *,
    where: ArrayLike = True,
    correction: float | None = None,
) -> FromNumPy: ...

@overload
def sub(x: ArrayLike, y: ArrayLike, /) -> FromNumPy:
    """Subtract arguments, element-wise."""
@overload
def sub(x: TensorLike, y: TensorLike, /) -> Tensor: ...

@overload
def subtract(x: ArrayLike, y: ArrayLike, /) -> FromNumPy:
    """Subtract arguments, element-wise."""
@overload
def subtract(x: TensorLike, y: TensorLike, /) -> Tensor: ...

@overload
def sum(
    a: Tensor,
    axis: Axis = None,
    dtype: DTypeLike | None = None,
    keepdims: bool = False,
    where: ArrayLike = True,
    initial: float | None = None,
) -> Tensor:
    """The sum over `axis` (all axes by default), as np.sum."""
@overload
def sum(
    a: ArrayLike,
    axis: Axis = None,
    dtype: DTypeLike | None = None,
    keepdims: bool = False,
    where: ArrayLike = True,
    initial: float | None = None,
) -> FromNumPy: ...

@overload
def sum_to_size(input: ArrayLike, *size: Shape) -> FromNumPy:
    """Sums over the axes that broadcasting from `size` would have added: the adjoint of `expand`."""
@overload
def sum_to_size(input: TensorLike, *size: Shape) -> Tensor: ...

@overload
def svd(
    a: Tensor, full_matrices: bool = True, compute_uv: Literal[True] = True, hermitian: bool = False
) -> SVDResult[Tensor]:
    """The singular value decomposition u, s, vh, with full or reduced factors, or the singular values alone.

    The further columns of a full factor are any basis of the space that is left: a loss that depends on which one raises
    in backward.
    """

@overload
def svd(a: Tensor, full_matrices: bool = True, *, compute_uv: Literal[False], hermitian: bool = False) -> Tensor: ...
@overload
def svd(a: TensorLike, full_matrices: bool = True, compute_uv: bool = True, hermitian: bool = False) -> Any: ...

@overload
def svdvals(x: Tensor) -> Tensor:
    """The singular values."""
@overload
def svdvals(x: ArrayLike) -> FromNumPy: ...

@overload
def swapaxes(a: Tensor, axis1: int, axis2: int) -> Tensor:
    """Two axes interchanged."""
@overload
def swapaxes(a: ArrayLike, axis1: int, axis2: int) -> FromNumPy: ...

@overload
def take(a: Tensor, indices: ArrayLike, axis: int | None = None, mode: str = "raise") -> Tensor:
    """Values at `indices`, as np.take."""
@overload
def take(a: ArrayLike, indices: ArrayLike, axis: int | None = None, mode: str = "raise") -> FromNumPy: ...

@overload
def take_along_axis(arr: Tensor, indices: ArrayLike, axis: int | None = -1) -> Tensor:
    """Values matched to `indices` along `axis`, as np.take_along_axis."""
@overload
def take_along_axis(arr: ArrayLike, indices: ArrayLike, axis: int | None = -1) -> FromNumPy: ...

@overload
def take_along_dim(input: Tensor, indices: ArrayLike, dim: int | None = None) -> Tensor:
    """np.take_along_axis under PyTorch's name, which without `dim` flattens the indices as well."""
@overload
def take_along_dim(input: ArrayLike, indices: ArrayLike, dim: int | None = None) -> FromNumPy: ...

@overload
def tan(x: Tensor, /) -> Tensor:
    """Compute tangent element-wise."""
@overload
def tan(x: ArrayLike, /) -> FromNumPy: ...

@overload
def tanh(x: Tensor, /) -> Tensor:
    """Compute hyperbolic tangent element-wise."""
@overload
def tanh(x: ArrayLike, /) -> FromNumPy: ...

@overload
def tensor_split(input: Tensor, indices_or_sections: ArrayLike, dim: int = 0) -> list[Tensor]:
    """np.array_split under PyTorch's name."""
@overload
def tensor_split(input: ArrayLike, indices_or_sections: ArrayLike, dim: int = 0) -> list[FromNumPy]: ...

@overload
def tensordot(a: ArrayLike, b: ArrayLike, axes: Any = 2) -> FromNumPy:
    """Sum of products over the given axes, as np.tensordot."""
@overload
def tensordot(a: TensorLike, b: TensorLike, axes: Any = 2) -> Tensor: ...

@overload
def tensorinv(a: Tensor, ind: int = 2) -> Tensor:
    """The inverse of tensordot(a, x, ind)."""
@overload
def tensorinv(a: ArrayLike, ind: int = 2) -> FromNumPy: ...

@overload
def tensorsolve(a: ArrayLike, b: ArrayLike, axes: Sequence[int] | None = None) -> FromNumPy:
    """x with tensordot(a, x, x.ndim) = b; `axes` of a are moved last before."""
@overload
def tensorsolve(a: TensorLike, b: TensorLike, axes: Sequence[int] | None = None) -> Tensor: ...

@overload
def tie_mean(g: Tensor, ordered: ArrayLike) -> Tensor:
    """Along the last axis, every g replaced by the mean over the places where `ordered` has the same value."""
@overload
def tie_mean(g: ArrayLike, ordered: ArrayLike) -> FromNumPy: ...

@overload
def tile(A: Tensor, reps: Shape) -> Tensor:
    """`A` repeated as a whole, as np.tile."""
@overload
def tile(A: ArrayLike, reps: Shape) -> FromNumPy: ...

@overload
def topk(input: Tensor, k: int, dim: int = -1, largest: bool = True, sorted: bool = True) -> tuple[Tensor, Array]:
    """The k largest (or smallest) values along `dim` and where they are; the gradient goes to those places, also among equal values."""
@overload
def topk(input: ArrayLike, k: int, dim: int = -1, largest: bool = True, sorted: bool = True) -> tuple[FromNumPy, Array]: ...

@overload
def trace(a: Tensor, offset: int = 0, axis1: int = 0, axis2: int = 1, dtype: DTypeLike | None = None) -> Tensor:
    """The sum of a diagonal."""
@overload
def trace(a: ArrayLike, offset: int = 0, axis1: int = 0, axis2: int = 1, dtype: DTypeLike | None = None) -> FromNumPy: ...

@overload
def transpose(a: Tensor, axes: Any = None) -> Tensor:
    """Axes permuted, as np.transpose."""
@overload
def transpose(a: ArrayLike, axes: Any = None) -> FromNumPy: ...

@overload
def trapezoid(y: ArrayLike, x: ArrayLike | None = None, dx: float = 1.0, axis: int = -1) -> FromNumPy:
    """The integral by the trapezoidal rule."""
@overload
def trapezoid(y: TensorLike, x: TensorLike | None = None, dx: float = 1.0, axis: int = -1) -> Tensor: ...

@overload
def trapz(y: ArrayLike, x: ArrayLike | None = None, dx: float = 1.0, axis: int = -1) -> FromNumPy:
    """The integral by the trapezoidal rule."""
@overload
def trapz(y: TensorLike, x: TensorLike | None = None, dx: float = 1.0, axis: int = -1) -> Tensor: ...

@overload
def tril(m: Tensor, k: int = 0) -> Tensor:
    """Zero above the k-th diagonal."""
@overload
def tril(m: ArrayLike, k: int = 0) -> FromNumPy: ...

@overload
def triu(m: Tensor, k: int = 0) -> Tensor:
    """Zero below the k-th diagonal."""
@overload
def triu(m: ArrayLike, k: int = 0) -> FromNumPy: ...

@overload
def true_divide(x: ArrayLike, y: ArrayLike, /) -> FromNumPy:
    """Divide arguments element-wise."""
@overload
def true_divide(x: TensorLike, y: TensorLike, /) -> Tensor: ...

@overload
def trunc(x: Tensor, /) -> Tensor:
    """Return the truncated value of the input, element-wise."""
@overload
def trunc(x: ArrayLike, /) -> FromNumPy: ...

@overload
def unbind(input: Tensor, dim: int = 0) -> list[Tensor]:
    """The slices along `dim`."""
@overload
def unbind(input: ArrayLike, dim: int = 0) -> list[FromNumPy]: ...

@overload
def unflatten(input: Tensor, dim: int, sizes: Sequence[int]) -> Tensor:
    """One axis as several; one of `sizes` may be -1."""
@overload
def unflatten(input: ArrayLike, dim: int, sizes: Sequence[int]) -> FromNumPy: ...

@overload
def unfold(input: Tensor, dimension: int, size: int, step: int = 1) -> Tensor:
    """Windows of `size` values, every `step` along `dimension`, in a new last axis (Tensor.unfold in PyTorch)."""
@overload
def unfold(input: ArrayLike, dimension: int, size: int, step: int = 1) -> FromNumPy: ...

@overload
def unfold_windows(input: Tensor, dimension: int, size: int, step: int = 1) -> Tensor:
    """Windows of `size` values, every `step` along `dimension`, in a new last axis (Tensor.unfold in PyTorch)."""
@overload
def unfold_windows(input: ArrayLike, dimension: int, size: int, step: int = 1) -> FromNumPy: ...

@overload
def unsqueeze(input: Tensor, dim: int) -> Tensor:
    """A new axis of size 1 at `dim`."""
@overload
def unsqueeze(input: ArrayLike, dim: int) -> FromNumPy: ...

@overload
def unstack(x: Tensor, axis: int = 0) -> tuple[Tensor, ...]:
    """The slices along `axis`."""
@overload
def unstack(x: ArrayLike, axis: int = 0) -> tuple[FromNumPy, ...]: ...

@overload
def unwrap(p: Tensor, discont: float | None = None, axis: int = -1, *, period: float = 6.283185307179586) -> Tensor:
    """Jumps of more than half a period taken out, as np.unwrap: whole periods are added, the slope is 1."""
@overload
def unwrap(p: ArrayLike, discont: float | None = None, axis: int = -1, *, period: float = 6.283185307179586) -> FromNumPy: ...

@overload
def vander(x: Tensor, N: int | None = None, increasing: bool = False) -> Tensor:
    """The powers of each value as a row, falling unless `increasing`."""
@overload
def vander(x: ArrayLike, N: int | None = None, increasing: bool = False) -> FromNumPy: ...

@overload
def var(
    a: Tensor,
    axis: Axis = None,
    dtype: DTypeLike | None = None,
    ddof: float = 0,
    keepdims: bool = False,
    *,
    where: ArrayLike = True,
    correction: float | None = None,
) -> Tensor:
    """The variance, as np.var."""
@overload
def var(
    a: ArrayLike,
    axis: Axis = None,
    dtype: DTypeLike | None = None,
    ddof: float = 0,
    keepdims: bool = False,
    *,
    where: ArrayLike = True,
    correction: float | None = None,
) -> FromNumPy: ...

@overload
def vdot(a: ArrayLike, b: ArrayLike) -> FromNumPy:
    """The inner product of the flattened arguments (real)."""
@overload
def vdot(a: TensorLike, b: TensorLike) -> Tensor: ...

@overload
def vecdot(x1: ArrayLike, x2: ArrayLike, axis: int = -1) -> FromNumPy:
    """Inner products of the vectors along one axis (real)."""
@overload
def vecdot(x1: TensorLike, x2: TensorLike, axis: int = -1) -> Tensor: ...

@overload
def vecmat(x1: ArrayLike, x2: ArrayLike) -> FromNumPy:
    """Vectors (real) times matrices, both in stacks that broadcast."""
@overload
def vecmat(x1: TensorLike, x2: TensorLike) -> Tensor: ...

@overload
def vector_norm(x: Tensor, axis: Axis = None, keepdims: bool = False, ord: Norm = 2) -> Tensor:
    """A vector norm over any axes."""
@overload
def vector_norm(x: ArrayLike, axis: Axis = None, keepdims: bool = False, ord: Norm = 2) -> FromNumPy: ...

@overload
def vsplit(ary: Tensor, indices_or_sections: ArrayLike) -> list[Tensor]:
    """Pieces below each other."""
@overload
def vsplit(ary: ArrayLike, indices_or_sections: ArrayLike) -> list[FromNumPy]: ...

@overload
def vstack(tup: Sequence[ArrayLike] | Array, *, dtype: DTypeLike | None = None) -> FromNumPy:
    """Rows below each other."""
@overload
def vstack(tup: Sequence[TensorLike] | Tensor, *, dtype: DTypeLike | None = None) -> Tensor: ...

@overload
def where(condition: ArrayLike, x: ArrayLike, y: ArrayLike) -> FromNumPy:
    """x where the condition holds, else y; the branch not taken passes no gradient, whatever its value."""
@overload
def where(condition: ArrayLike, x: TensorLike, y: TensorLike) -> Tensor: ...

@overload
def xlog1py(x: ArrayLike, y: ArrayLike) -> FromNumPy:
    """x·log(1 + y), and 0 where x = 0 whatever y is."""
@overload
def xlog1py(x: TensorLike, y: TensorLike) -> Tensor: ...

@overload
def xlogy(x: ArrayLike, y: ArrayLike) -> FromNumPy:
    """x·log(y), and 0 where x = 0 whatever y is."""
@overload
def xlogy(x: TensorLike, y: TensorLike) -> Tensor: ...

"""Where PyTorch's operations are found here: by their own name, or as this table says.

Array functions have NumPy's names and meaning, so where the two differ (sections and sizes in `split`, the lower of two
medians) the entry says how NumPy writes it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import autograd
from autograd import linalg
from nn import functional as F

A: Any = autograd


def _reduced(reduce: Any, by: Any) -> Any:
    """max(x, dim) gives values and places."""

    def pair(x: Any, dim: Any = None, keepdim: bool = False) -> Any:
        if dim is None:
            return reduce(x)
        if isinstance(dim, A.Tensor):
            return {A.max: A.maximum, A.min: A.minimum}[reduce](x, dim)
        return reduce(x, axis=dim if x.ndim else None, keepdims=keepdim), by(x.data, axis=dim if x.ndim else None, keepdims=keepdim)

    return pair


def _norm(x: Any, p: Any = "fro", dim: Any = None, keepdim: bool = False, dtype: Any = None) -> Any:
    dim = tuple(dim) if isinstance(dim, list) else dim
    if p == "nuc":
        return linalg.norm(x, "nuc", dim if dim is not None else (0, 1), keepdim)
    return linalg.vector_norm(x, axis=dim, keepdims=keepdim, ord=2 if p in ("fro", None) else p)


def _moments(name: str) -> Any:
    def both(x: Any, dim: Any = None, unbiased: Any = None, correction: Any = None, keepdim: bool = False) -> Any:
        if isinstance(dim, bool):
            dim, unbiased = None, dim
        ddof = (1 if correction is None else correction) if unbiased is None else int(unbiased)
        axis = tuple(dim) if isinstance(dim, list) else dim
        axis = None if axis == () else axis
        return getattr(A, name)(x, axis=axis, ddof=ddof, keepdims=keepdim)

    return both


def _with_mean(name: str) -> Any:
    def both(x: Any, dim: Any = None, **options: Any) -> Any:
        axis = tuple(dim) if isinstance(dim, list) else None if isinstance(dim, bool) or dim == () else dim
        return _moments(name)(x, dim, **options), A.mean(x, axis=axis, keepdims=options.get("keepdim", False))

    return both


def _axes(function: Any) -> Any:
    """A reduction over a list of axes; none of them, in a list, means all."""

    def reduce(x: Any, dim: Any = None, keepdim: bool = False, **options: Any) -> Any:
        axis = tuple(dim) if isinstance(dim, list) else dim
        return function(x, axis=None if axis == () else axis, keepdims=keepdim, **options)

    return reduce


def _middle(x: Any, dim: Any = None, keepdim: bool = False) -> Any:
    """The lower of the two in the middle of what is not NaN; NumPy's median is their mean."""
    if dim is None:
        return _middle(A.ravel(x), 0)[0]
    order = np.argsort(x.data, axis=dim, kind="stable") if x.ndim else np.zeros((), int)
    there = np.sum(~np.isnan(x.data), axis=dim, keepdims=True) if x.ndim else np.ones((), int)
    places = np.take_along_axis(order, np.maximum(there - 1, 0) // 2, dim) if x.ndim else order
    values = A.gather(x, dim, places)
    return (values, places) if keepdim or not x.ndim else (A.squeeze(values, dim), np.squeeze(places, dim))


def _swapped(x: Any, first: int, second: int) -> Any:
    return A.swapaxes(x, first, second) if x.ndim else A.copy(x)


def _solved(a: Any, b: Any, left: bool = True) -> Any:
    """A stack of vectors is told from one of matrices by its shape; NumPy asks for the axis of size 1."""
    if b.ndim == 1 or (a.ndim - 1 == b.ndim and a.shape[:-1] == b.shape):
        return A.solve(a, b[..., None])[..., 0]
    return A.solve(a, b) if left else A.solve(a.mT, b.mT).mT


def _pivoted(function: Any) -> Any:
    """LU here always takes the largest pivot."""
    return lambda x, pivot=True, check_errors=False: function(x)


def _informed(function: Any) -> Any:
    """Beside the result, that all went well."""

    def inform(x: Any, *args: Any, check_errors: bool = False, **options: Any) -> Any:
        found = function(x, *args, **options)
        return (*(found if isinstance(found, tuple) else (found,)), np.zeros(x.shape[:-2], np.int32))

    return inform


def _least(a: Any, b: Any, driver: Any = None) -> Any:
    """PyTorch's for stacks; NumPy's for one system is tested beside SciPy."""
    return A.pinv(a) @ b


def _triplets(given: Any, options: Any) -> Any:
    """PyTorch's distances are for its tensors: its default, under ours."""
    return F.triplet_margin_with_distance_loss(*given, **options)


def _vander(x: Any, N: Any = None) -> Any:
    """PyTorch's takes stacks of rows."""
    x = A.atleast_1d(x)
    if x.ndim == 1:
        return A.vander(x, N, increasing=True)
    rows = A.reshape(x, (-1, x.shape[-1]))
    found = [A.vander(row, N, increasing=True) for row in rows]
    size = x.shape[-1] if N is None else N
    return A.reshape(A.stack(found), (*x.shape, size)) if found else np.zeros((*x.shape, size))


def _listed(name: str) -> Any:
    return lambda x: getattr(A, name)(*x) if isinstance(x, list | tuple) else getattr(A, name)(x)


CALLS: dict[str, str | Callable[..., Any]] = {
    "nn.functional.triplet_margin_with_distance_loss": lambda *given, distance_function=None, **options: _triplets(given, options),
    "__getitem__": "getitem",
    "__radd__": "add",
    "__rmul__": "multiply",
    "__rdiv__": lambda x, y: A.divide(y, x),
    "__rmatmul__": lambda x, y: A.matmul(y, x),
    "__rmod__": lambda x, y: A.remainder(y, x),
    "__rpow__": lambda x, y: A.power(y, x),
    "rsub": lambda x, y, alpha=1: A.subtract(y, alpha * x),
    "add": lambda x, y, alpha=1: A.add(x, y if alpha == 1 else alpha * y),
    "sub": lambda x, y, alpha=1: A.subtract(x, y if alpha == 1 else alpha * y),
    "mul": "multiply",
    "div": "div",
    "clone": "copy",
    "contiguous": "copy",
    "alias_copy": "copy",
    "permute_copy": "permute",
    "narrow_copy": "narrow",
    "__rsub__": "rsub",
    "t": "transpose",
    "t_copy": "transpose",
    "T": "transpose",
    "mT": lambda x: x.mT,
    "adjoint": lambda x: x.mT,
    "unsqueeze_copy": "unsqueeze",
    "squeeze": lambda x, dim=None: A.squeeze(
        x, tuple(d for d in (dim if isinstance(dim, tuple | list) else (dim,)) if x.ndim and x.shape[d] == 1) if dim is not None else None
    ),
    "view": lambda x, *shape: A.reshape(x, shape[0] if len(shape) == 1 else shape),
    "view_copy": lambda x, *shape: A.reshape(x, shape[0] if len(shape) == 1 else shape),
    "reshape_as": lambda x, y: A.reshape(x, y.shape),
    "view_as": lambda x, y: A.reshape(x, y.shape),
    "broadcast_tensors": lambda *xs: A.broadcast_arrays(*xs),
    "expand_as": lambda x, y: A.broadcast_to(x, y.shape),
    "max": _reduced(A.max, np.argmax),
    "min": _reduced(A.min, np.argmin),
    "amax": _axes(A.max),
    "amin": _axes(A.min),
    "sum": _axes(A.sum),
    "nansum": _axes(A.nansum),
    "nanmean": _axes(A.nanmean),
    "prod": _axes(A.prod),
    "logsumexp": lambda x, dim, keepdim=False: A.logsumexp(x, tuple(dim) if isinstance(dim, list) else dim, keepdim),
    "var": _moments("var"),
    "std": _moments("std"),
    "var_mean": _with_mean("var"),
    "std_mean": _with_mean("std"),
    "norm": _norm,
    "dist": lambda x, y, p=2: linalg.vector_norm(A.subtract(x, y), ord=p),
    "sort": lambda x, dim=-1, descending=False, stable=None: _sorted(x, dim, descending),
    "msort": lambda x: A.sort(x, axis=0),
    "split": lambda x, n, dim=0: (
        A.split_with_sizes(x, n, dim) if isinstance(n, list | tuple) else A.split(x, list(range(n, x.shape[dim], n)), axis=dim)
    ),
    "unsafe_split": lambda x, n, dim=0: A.split(x, list(range(n, x.shape[dim], n)), axis=dim),
    "unsafe_chunk": "chunk",
    "split_with_sizes": lambda x, sizes, dim=0: A.split(x, np.cumsum(sizes)[:-1].tolist(), axis=dim),
    "split_with_sizes_copy": lambda x, sizes, dim=0: A.split(x, np.cumsum(sizes)[:-1].tolist(), axis=dim),
    "tensor_split": lambda x, n, dim=0: A.array_split(
        x, n.data if isinstance(n, A.Tensor) and n.ndim else int(n) if isinstance(n, A.Tensor) else n, axis=dim
    ),
    "repeat_interleave": lambda x, repeats, dim=None, output_size=None: A.repeat_interleave(x, repeats, dim),
    "repeat": lambda x, *reps: A.tile(x, reps[0] if len(reps) == 1 else reps),
    "roll": lambda x, shifts, dims=None: A.roll(
        x, tuple(shifts) if isinstance(shifts, list) else shifts, tuple(dims) if isinstance(dims, list) else dims
    ),
    "rot90": lambda x, k=1, dims=(0, 1): A.rot90(x, k, dims),
    "tensordot": lambda x, y, dims=2: A.tensordot(x, y, dims),
    "cross": lambda x, y, dim=-1: A.cross(x, y, axis=dim),
    "linalg.cross": lambda x, y, dim=-1: A.cross(x, y, axis=dim),
    "diagonal_copy": lambda x, offset=0, dim1=0, dim2=1: A.diagonal(x, offset, dim1, dim2),
    "diagonal": lambda x, offset=0, dim1=0, dim2=1: A.diagonal(x, offset, dim1, dim2),
    "linalg.diagonal": lambda x, offset=0, dim1=-2, dim2=-1: A.diagonal(x, offset, dim1, dim2),
    "select": lambda x, dim, index: A.take(x, index, axis=dim),
    "trapz": "trapezoid",
    "pinverse": "pinv",
    "unbind_copy": "unbind",
    "einsum": lambda operands, text: A.einsum(text, *operands),
    "index_select": "index_select",
    "logaddexp2": "logaddexp2",
    "resolve_conj": "copy",
    "conj": "copy",
    "resolve_neg": "copy",
    "conj_physical": "copy",
    "real": "copy",
    "linalg.vector_norm": lambda x, ord=2, dim=None, keepdim=False: linalg.vector_norm(
        x, axis=tuple(dim) if isinstance(dim, list) else dim, keepdims=keepdim, ord=ord
    ),
    "linalg.matrix_norm": lambda x, ord="fro", dim=(-2, -1), keepdim=False: linalg.norm(x, ord, tuple(dim), keepdim),
    "linalg.norm": lambda x, ord=None, dim=None, keepdim=False: linalg.norm(x, ord, tuple(dim) if isinstance(dim, list) else dim, keepdim),
    "linalg.vecdot": lambda x, y, dim=-1: A.vecdot(x, y, axis=dim),
    "nn.functional.upsample_bilinear": lambda x, size=None, scale_factor=None: F.interpolate(
        x, size, scale_factor, "bilinear", align_corners=True
    ),
    "nn.functional.upsample_nearest": lambda x, size=None, scale_factor=None: F.interpolate(x, size, scale_factor, "nearest"),
    "softmax": lambda x, dim, dtype=None: A.softmax(x if dtype is None else A.astype(x, dtype), axis=dim),
    "log_softmax": lambda x, dim, dtype=None: A.log_softmax(x if dtype is None else A.astype(x, dtype), axis=dim),
    "double": lambda x, **_: A.astype(x, np.float64),
    "float": lambda x, **_: A.astype(x, np.float32),
    "half": lambda x, **_: A.astype(x, np.float16),
    "linalg.svd": lambda x, full_matrices=True: A.svd(x, full_matrices),
    "constant_pad_nd": lambda x, pad, value=0: F.pad(x, pad, value=value),
    "linalg.matrix_power": "matrix_power",
    "linalg.multi_dot": "multi_dot",
    "atan2": "arctan2",
    "split_list": "split",
    "meshgrid": lambda x, *xs, indexing="ij": A.meshgrid(*(x if isinstance(x, list | tuple) else (x, *xs)), indexing=indexing),
    "hstack": lambda x, *xs: A.hstack(x),
    "cumulative_trapezoid": "cumulative_trapezoid",
    "__matmul__": "matmul",
    "svd": lambda x, some=True, compute_uv=True: _svd(x, some, compute_uv),
    "float_power": "float_power",
    "quantile": lambda x, q, dim=None, keepdim=False, interpolation="linear": A.quantile(
        x, q, axis=dim if x.ndim else None, keepdims=keepdim, method=interpolation
    ),
    "nanquantile": lambda x, q, dim=None, keepdim=False, interpolation="linear": A.nanquantile(
        x, q, axis=dim if x.ndim else None, keepdims=keepdim, method=interpolation
    ),
    "gradient": lambda x, spacing=None, dim=None, edge_order=1: _gradient(x, spacing, dim, edge_order),
    "ldexp": lambda x, y: A.multiply(x, A.exp2(y)),
    "where": lambda x, condition, y: A.where(condition, x, y),
    "unfold_copy": "unfold",
    "nn.functional.embedding": lambda weight, x, **k: F.embedding(x, weight, **k),
    "diagflat": lambda x, offset=0: A.diagflat(x, offset),
    "mean": lambda x, dim=None, **k: _axes(A.mean)(x, dim if x.ndim else None, **k),
    "median": _middle,
    "nanmedian": _middle,
    "cumsum": lambda x, dim, dtype=None: A.reshape(A.cumsum(x, dim, dtype), x.shape),
    "cumprod": lambda x, dim, dtype=None: A.reshape(A.cumprod(x, dim, dtype), x.shape),
    "transpose": _swapped,
    "transpose_copy": _swapped,
    "linalg.solve": _solved,
    "linalg.pinv": lambda x, y=None, *, rtol=None, hermitian=False: A.pinv(x if y is None else x @ y.mT, rtol=rtol, hermitian=hermitian),
    "linalg.lstsq": _least,
    "expand_copy": "expand",
    "squeeze_copy": lambda x, dim=None: CALLS["squeeze"](x, dim),
    "linalg.vander": _vander,
    "linalg.lu": _pivoted(A.lu),
    "linalg.lu_factor": _pivoted(A.lu_factor),
    "linalg.lu_factor_ex": _informed(_pivoted(A.lu_factor)),
    "linalg.inv_ex": _informed(A.inv),
    "linalg.cholesky_ex": _informed(A.cholesky),
    "linalg.solve_ex": _informed(_solved),
    "linalg.lu_solve": "lu_solve",
    "lu_solve": lambda B, LU, pivots: A.lu_solve(LU, pivots, B),
    "lu": lambda x, pivot=True, get_infos=False: (*A.lu_factor(x), *((np.zeros(x.shape[:-2], np.int32),) if get_infos else ())),
    "polygamma": lambda x, n: A.polygamma(n, x),
    "special.polygamma": lambda x, n: A.polygamma(n, x),
    "special.log_ndtr": "log_ndtr",
    "slice": lambda x, dim=0, start=None, end=None, step=1: A.getitem(x, (slice(None),) * (dim % x.ndim) + (slice(start, end, step),)),
    "nn.functional.embedding_bag": lambda weight, x, *a, **k: F.embedding_bag(x, weight, *a, **k),
    "atleast_1d": _listed("atleast_1d"),
    "atleast_2d": _listed("atleast_2d"),
    "atleast_3d": _listed("atleast_3d"),
    "masked_logaddexp": "logaddexp",
    "qr": lambda x, some=True: A.qr(x),
    "round": lambda x, decimals=0: A.round(x, decimals),
}


def _gradient(x: Any, spacing: Any, dim: Any, edge_order: int) -> Any:
    axis = tuple(dim) if isinstance(dim, list) else dim
    steps = () if spacing is None else tuple(spacing) if isinstance(spacing, list | tuple) else (spacing,)
    return A.gradient(x, *steps, axis=axis, edge_order=edge_order)


def _svd(x: Any, some: bool, compute_uv: bool) -> Any:
    u, s, vh = A.svd(x, full_matrices=not some)
    return u, s, vh.mT


def _sorted(x: Any, dim: int, descending: bool) -> Any:
    places = np.argsort(-x.data if descending else x.data, axis=dim, kind="stable") if x.ndim else np.zeros((), int)
    values = A.sort(x, axis=dim) if x.ndim else x
    return (A.flip(values, dim) if descending and x.ndim else values), places


def _without_basis(parts: Any) -> Any:
    """Of factors whose columns may have either sign, and further ones any basis, what does not depend on it."""
    u, s, vh = parts
    k = s.shape[-1]
    return u[..., :k] * u[..., :k], s, vh[..., :k, :] * vh[..., :k, :]


def settled(name: str, function: Any) -> Any:
    """The function, its free signs taken out."""
    if name == "linalg.svd":
        return lambda *args, **options: _without_basis(function(*args, **options))
    if name == "svd":
        return lambda *args, **options: _reduced_squares(function(*args, **options))
    if name == "linalg.eigh":
        return lambda *args, **options: _squared(function(*args, **options))
    return function


def _reduced_squares(parts: Any) -> Any:
    u, s, v = parts
    k = s.shape[-1]
    return u[..., :k] * u[..., :k], s, v[..., :k] * v[..., :k]


def _squared(parts: Any) -> Any:
    w, v = parts
    return w, v * v


def find(name: str) -> Callable[..., Any] | None:
    """Our function for PyTorch's operation."""
    entry = CALLS.get(name, name)
    if not isinstance(entry, str):
        return entry
    last = entry.split(".")[-1]
    rooms = (F, A) if name.startswith("nn.functional") else (linalg, A, F) if name.startswith("linalg") else (A, F, linalg)
    return next((getattr(room, last) for room in rooms if callable(getattr(room, last, None))), None)

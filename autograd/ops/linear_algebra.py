"""Products of vectors, matrices and more."""

from __future__ import annotations

import string
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_tuple

from autograd.declare import composite, op
from autograd.ops.arithmetic import ANY, multiply
from autograd.ops.reduction import sum as sum_
from autograd.ops.shape import astype, concatenate, expand_dims, moveaxis, reshape, swapaxes
from autograd.tensor import arrayed


def _swap(a: Any) -> Any:
    return np.swapaxes(a, -1, -2)


def _matmul(x1: Any, x2: Any) -> Any:
    if getattr(x1, "ndim", 0) == 2 == getattr(x2, "ndim", 0):
        return x1.dot(x2)  # starts faster than matmul on small matrices
    return np.matmul(x1, x2)


def _matmul_first(g: Any, x1_shape: Any, x2: Any) -> Any:
    if len(x1_shape) == 2 == np.ndim(x2):
        return np.dot(g, x2.T)
    if np.ndim(x2) == 1:
        return g[..., None] * x2 if np.ndim(g) else g * x2
    if len(x1_shape) == 1:
        return np.matmul(x2, g[..., None])[..., 0]
    return np.matmul(g, _swap(x2))


def _matmul_second(g: Any, x1: Any, x2_shape: Any) -> Any:
    if np.ndim(x1) == 2 == len(x2_shape):
        return np.dot(x1.T, g)
    if np.ndim(x1) == 1:
        return g * x1 if len(x2_shape) == 1 else x1[:, None] * g[..., None, :]
    if len(x2_shape) == 1:
        return np.matmul(_swap(x1), g[..., None])[..., 0]
    return np.matmul(_swap(x1), g)


matmul = op(_matmul, name="matmul", numpy=(np.matmul, np.linalg.matmul), tags=("bilinear", "product"), symbol="{x1} @ {x2}", domain=ANY,
            x1=_matmul_first, x2=_matmul_second, doc="The matrix product, in every rank combination of np.matmul.")


# ------------------------------------------------------------------------------------------------------------- einsum


def _letters(given: Sequence[Any]) -> tuple[str, list[Any]]:
    """The subscripts and operands; NumPy's interleaved form is brought to text."""
    if isinstance(given[0], str):
        return given[0].replace(" ", ""), list(given[1:])
    pairs, rest = list(given[: len(given) // 2 * 2]), given[len(given) // 2 * 2 :]
    text = ",".join(_from_numbers(numbers) for numbers in pairs[1::2])
    return text + ("->" + _from_numbers(rest[0]) if rest else ""), pairs[0::2]


def _from_numbers(numbers: Sequence[Any]) -> str:
    return "".join("..." if n is Ellipsis else string.ascii_letters[n] for n in numbers)


def _explicit(text: str, ranks: Sequence[int]) -> tuple[list[str], str]:
    """Subscripts without ellipsis and with the output written out."""
    inputs, arrow, output = text.partition("->")
    terms = inputs.split(",")
    if len(terms) != len(ranks):
        raise ValueError(f"einsum {text!r} names {len(terms)} operands, {len(ranks)} were given")
    free = [c for c in string.ascii_letters if c not in text]
    extra = [rank - len(term.replace("...", "")) for term, rank in zip(terms, ranks, strict=True)]
    bad = [i for i, (n, term) in enumerate(zip(extra, terms, strict=True)) if n < 0 or (n and "..." not in term)]
    if bad:
        raise ValueError(f"einsum {text!r}: operand {bad[0]} has {ranks[bad[0]]} axes, its subscripts are {terms[bad[0]]!r}")
    widest = free[: max(extra, default=0)]
    dots = "".join(widest)
    full = [term.replace("...", dots[len(dots) - n :]) for term, n in zip(terms, extra, strict=True)]
    if not arrow:
        once = sorted(c for c in set(inputs) - {",", "."} if inputs.count(c) == 1)
        output = ("..." if "..." in inputs else "") + "".join(once)
    return full, output.replace("...", dots)


PLANNED = 4096  # values: from here on choosing an order, and BLAS with it, pays


def _einsum(operands: Any, terms: list[str], output: str) -> Any:
    big = len(operands) > 2 or (len(operands) == 2 and sum(np.size(a) for a in operands) > PLANNED)
    return np.einsum(",".join(terms) + "->" + output, *operands, optimize=big)


def _einsum_back(g: Any, index: int, operands: Any, terms: list[str], output: str) -> Any:
    """Swap g and the operand; axes it alone has are repeated, repeated letters go back to the diagonal."""
    term, shape = terms[index], np.shape(operands[index])
    parts, subscripts = [g], [output]
    for i, other in enumerate(operands):
        if i != index:
            parts.append(other)
            subscripts.append(terms[i])
    wanted, free = "", [c for c in string.ascii_letters if c not in "".join(terms) + output]
    for letter, size in zip(term, shape, strict=True):
        if letter in wanted:
            fresh = free.pop()
            parts.append(np.eye(size, dtype=g.dtype if hasattr(g, "dtype") else None))
            subscripts.append(letter + fresh)
            letter = fresh
        elif not any(letter in s for s in subscripts):
            parts.append(np.ones(size, g.dtype if hasattr(g, "dtype") else None))
            subscripts.append(letter)
        wanted += letter
    return contract(parts, subscripts, wanted)


contract = op(_einsum, name="einsum", tags=("product",), symbol="einsum", each=_einsum_back)


@composite(np.einsum)
def einsum(*given: Any, optimize: Any = True, dtype: Any = None) -> Any:
    """Einstein summation, as np.einsum: repeated indices, ellipsis, several operands, both call forms.

    Examples
    --------
    >>> import numpy as np, autograd
    >>> A = autograd.Tensor(np.arange(4.0).reshape(2, 2), requires_grad=True)
    >>> autograd.einsum("ii->", A).backward()
    >>> A.grad.data.tolist()
    [[1.0, 0.0], [0.0, 1.0]]
    """
    text, operands = _letters(given)
    terms, output = _explicit(text, [np.ndim(a) for a in operands])
    return contract(operands if dtype is None else [astype(a, dtype) for a in operands], terms, output)


# ----------------------------------------------------------------------------------------------- products built on them


@composite(np.dot)
def dot(a: Any, b: Any) -> Any:
    """np.dot: inner product, matrix product, or the sum over a's last and b's second to last axis."""
    if not np.ndim(a) or not np.ndim(b):
        return multiply(a, b)
    if np.ndim(b) <= 2:
        return matmul(a, b)
    return tensordot(a, b, ((-1,), (-2,)))


@composite(np.linalg.tensordot, np.tensordot)
def tensordot(a: Any, b: Any, axes: Any = 2) -> Any:
    """Sum of products over the given axes, as np.tensordot."""
    first, second = _contracted(axes, np.ndim(a), np.ndim(b))
    letters_a = list(string.ascii_lowercase[: np.ndim(a)])
    letters_b = list(string.ascii_uppercase[: np.ndim(b)])
    for i, j in zip(first, second, strict=True):
        letters_b[j] = letters_a[i]
    out = [c for i, c in enumerate(letters_a) if i not in first] + [c for j, c in enumerate(letters_b) if j not in second]
    _check_contraction(np.shape(a), np.shape(b), first, second)
    return einsum("".join(letters_a) + "," + "".join(letters_b) + "->" + "".join(out), a, b)


def _contracted(axes: Any, ndim_a: int, ndim_b: int) -> tuple[list[int], list[int]]:
    if isinstance(axes, int):
        if not 0 <= axes <= ndim_a or axes > ndim_b:
            raise ValueError(f"tensordot over {axes} axes, of arrays with {ndim_a} and {ndim_b}")
        return list(range(ndim_a - axes, ndim_a)), list(range(axes))
    first, second = [normalize_axis_tuple(each, ndim) for each, ndim in zip(axes, (ndim_a, ndim_b), strict=True)]
    if len(first) != len(second):
        raise ValueError(f"tensordot pairs one axis with one, given {axes}")
    return list(first), list(second)


def _check_contraction(shape_a: Any, shape_b: Any, first: list[int], second: list[int]) -> None:
    sizes = [(shape_a[i], shape_b[j]) for i, j in zip(first, second, strict=True)]
    if any(m != n for m, n in sizes):
        raise ValueError(f"shape-mismatch for sum: {shape_a} over axes {first} with {shape_b} over axes {second}")


@composite(np.linalg.outer, np.outer)
def outer(a: Any, b: Any) -> Any:
    """The product of every pair."""
    return multiply(reshape(a, (-1, 1)), reshape(b, (1, -1)))


@composite(np.inner)
def inner(a: Any, b: Any) -> Any:
    """Sum of products over the last axes."""
    if not np.ndim(a) or not np.ndim(b):
        return multiply(a, b)
    return tensordot(a, b, ((-1,), (-1,)))


@composite(np.vdot)
def vdot(a: Any, b: Any) -> Any:
    """The inner product of the flattened arguments (real)."""
    return matmul(reshape(a, (-1,)), reshape(b, (-1,)))


@composite(np.linalg.vecdot, np.vecdot)
def vecdot(x1: Any, x2: Any, axis: int = -1) -> Any:
    """Inner products of the vectors along one axis (real)."""
    return sum_(multiply(moveaxis(x1, axis, -1), moveaxis(x2, axis, -1)), axis=-1)


@composite(np.matvec)
def matvec(x1: Any, x2: Any) -> Any:
    """Matrices times vectors, both in stacks that broadcast."""
    return matmul(x1, expand_dims(x2, -1))[..., 0]


@composite(np.vecmat)
def vecmat(x1: Any, x2: Any) -> Any:
    """Vectors (real) times matrices, both in stacks that broadcast."""
    return matmul(expand_dims(x1, -2), x2)[..., 0, :]


@composite(np.linalg.multi_dot)
def multi_dot(arrays: Sequence[Any]) -> Any:
    """The product of several matrices, in the order that needs the fewest multiplications."""
    if len(arrays) < 2:
        raise ValueError(f"multi_dot takes two or more arrays, given {len(arrays)}")
    ranks = [np.ndim(a) for a in arrays]
    if {*ranks[1:-1]} - {2} or {ranks[0], ranks[-1]} - {1, 2}:
        raise ValueError(f"multi_dot takes matrices, the first and the last may be vectors; given {[np.shape(a) for a in arrays]}")
    missing = {0} if ranks[0] == 1 else set()
    missing |= {len(arrays)} if ranks[-1] == 1 else set()
    axes = [[n for n in (i, i + 1) if n not in missing] for i in range(len(arrays))]
    pairs = [item for pair in zip(arrays, axes, strict=True) for item in pair]
    return einsum(*pairs, [n for n in (0, len(arrays)) if n not in missing])


@composite(np.kron)
def kron(a: Any, b: Any) -> Any:
    """The Kronecker product."""
    n = max(np.ndim(a), np.ndim(b))
    wide = (1,) * (n - np.ndim(a)) + np.shape(a), (1,) * (n - np.ndim(b)) + np.shape(b)
    left = reshape(a, [m for size in wide[0] for m in (size, 1)])
    right = reshape(b, [m for size in wide[1] for m in (1, size)])
    return reshape(multiply(left, right), [p * q for p, q in zip(*wide, strict=True)])


@composite(np.diagonal)
def diagonal(a: Any, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Any:
    """The diagonal of the plane of two axes, moved last."""
    moved = moveaxis(a, (axis1, axis2), (-2, -1))
    rows, columns = np.shape(moved)[-2:]
    i = np.arange(max(min(rows + min(offset, 0), columns - max(offset, 0)), 0))
    return moved[..., i - min(offset, 0), i + max(offset, 0)]


@composite(np.diag)
def diag(v: Any, k: int = 0) -> Any:
    """A vector as a diagonal matrix, or a matrix's diagonal."""
    v = arrayed(v)
    if np.ndim(v) == 2:
        return diagonal(v, k)
    if np.ndim(v) != 1:
        raise ValueError(f"diag takes one or two axes, given shape {np.shape(v)}")
    size = np.shape(v)[0] + abs(k)
    return multiply(np.eye(size, k=k, dtype=v.dtype), _placed(v, k))


def _placed(v: Any, k: int) -> Any:
    """v as a row, shifted right for k > 0 so that column j holds the value of the diagonal there."""
    zeros = np.zeros(abs(k), v.dtype)
    return reshape(concatenate([zeros, v] if k > 0 else [v, zeros]), (1, -1))


@composite(np.trace)
def trace(a: Any, offset: int = 0, axis1: int = 0, axis2: int = 1, dtype: Any = None) -> Any:
    """The sum of a diagonal."""
    return sum_(diagonal(a, offset, axis1, axis2), axis=-1, dtype=dtype)


@composite(np.tril)
def tril(m: Any, k: int = 0) -> Any:
    """Zero above the k-th diagonal."""
    return _triangle(m, np.tri(*np.shape(m)[-2:], k=k, dtype=bool))


@composite(np.triu)
def triu(m: Any, k: int = 0) -> Any:
    """Zero below the k-th diagonal."""
    return _triangle(m, ~np.tri(*np.shape(m)[-2:], k=k - 1, dtype=bool))


def _triangle(m: Any, mask: Any) -> Any:
    from autograd.ops.selection import where

    return where(mask, m, 0)  # whole numbers stay such


@composite(np.linalg.cross, np.cross)
def cross(a: Any, b: Any, axisa: int = -1, axisb: int = -1, axisc: int = -1, axis: int | None = None) -> Any:
    """The cross product of vectors of three components."""
    axisa, axisb, axisc = (axis, axis, axis) if axis is not None else (axisa, axisb, axisc)
    a, b = moveaxis(a, axisa, -1), moveaxis(b, axisb, -1)
    if np.shape(a)[-1] != 3 or np.shape(b)[-1] != 3:
        raise ValueError(f"cross takes vectors of 3 components, given {np.shape(a)} and {np.shape(b)}")
    after, before = np.array([1, 2, 0]), np.array([2, 0, 1])
    product = a[..., after] * b[..., before] - a[..., before] * b[..., after]
    return moveaxis(product, -1, axisc)


@composite(np.linalg.matrix_transpose, np.matrix_transpose)
def matrix_transpose(x: Any) -> Any:
    """The last two axes interchanged."""
    return swapaxes(x, -1, -2)

"""Hypothesis strategies of matrices by their condition, and of labels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from autograd.tensor import as_tensor
from autograd.testing.strategies import Shape, _strategies

Array = np.ndarray[Any, Any]


def well_conditioned(side: int | None = None, *, condition: float = 10.0, symmetric: bool = False, dtype: Any = np.float64) -> Any:
    """A strategy of square matrices whose condition number is at most `condition`.

    Singular values differ (no ties for svd and eigh) and lie between 1 and `condition`. Failures shrink to diagonal matrices.

    Parameters
    ----------
    side : int, optional
        Rows and columns; 1 to 4 where left out.
    condition : float
        More than 1.
    symmetric : bool
        Symmetric positive definite ones.
    dtype : dtype
        Floating point.

    Examples
    --------
    >>> import numpy as np
    >>> from hypothesis import find
    >>> from autograd.testing import well_conditioned
    >>> bool(np.linalg.cond(find(well_conditioned(3), lambda a: True).data) <= 10)
    True
    """
    if not condition > 1.0:
        raise ValueError(f"condition is a number above 1, given {condition!r}")
    st = _strategies()
    ratios = st.integers(1, 9).map(lambda tenth: 1.0 / condition ** (tenth / 10.0))  # never the bound: rounding must not pass it
    return _by_ratio(side, 1, ratios, condition, symmetric, dtype)


def near_singular(side: int | None = None, *, ratio: float = 1e-8, symmetric: bool = False, dtype: Any = np.float64) -> Any:
    """A strategy of square matrices whose smallest singular value is `ratio` of the largest, which is 1.

    Parameters
    ----------
    side : int, optional
        Rows and columns, at least 2; 2 to 4 where left out.
    ratio : float
        Smaller than 1, and more than 10 roundings of `dtype`: below that the matrix would hold noise.
    symmetric : bool
        Symmetric positive definite ones.
    dtype : dtype
        Floating point.

    Examples
    --------
    >>> import numpy as np
    >>> from hypothesis import find
    >>> from autograd.testing import near_singular
    >>> round(float(np.log10(np.linalg.cond(find(near_singular(3), lambda a: True).data))))
    8
    """
    least = 10.0 * float(np.finfo(dtype).eps)
    if not least <= ratio < 1.0:
        raise ValueError(f"ratio is below 1 and, in {np.dtype(dtype)}, at least {least:.1e}; given {ratio!r}")
    return _by_ratio(side, 2, _strategies().just(ratio), 1.0, symmetric, dtype)


def _by_ratio(side: int | None, least: int, ratios: Any, largest: float, symmetric: bool, dtype: Any) -> Any:
    if side is not None and side < least:
        raise ValueError(f"side is at least {least}, given {side}")
    st = _strategies()
    sides = st.integers(least, 4) if side is None else st.just(side)

    def drawn(draw: Any) -> Any:
        n = draw(sides)
        left = _rotation(draw, n)
        right = left if symmetric else _rotation(draw, n)
        values = np.geomspace(largest, largest * draw(ratios), n)
        matrix = (left * values) @ right.T
        return as_tensor((0.5 * (matrix + matrix.T) if symmetric else matrix).astype(dtype))

    return st.composite(drawn)()


def _rotation(draw: Any, n: int) -> Array:
    """An orthogonal matrix as a product of reflections (Householder 1958) at small whole vectors; none is the identity."""
    st = _strategies()
    out = np.eye(n)
    for vector in draw(st.lists(st.lists(st.integers(-3, 3), min_size=n, max_size=n), max_size=3)):
        v = np.array(vector, float)
        out = out - 2.0 * np.outer(out @ v, v) / max(v @ v, 1.0)
    return out


def labels(shape: Any, classes: int, *, ignore_index: int | None = None) -> Any:
    """A strategy of int64 arrays of class numbers from 0 on.

    Parameters
    ----------
    shape : int, tuple of int or strategy
        Of the labels: (N,), or (N, H, W) for pictures.
    classes : int
    ignore_index : int, optional
        Occurs among the labels, too.

    Examples
    --------
    >>> from hypothesis import find
    >>> from autograd.testing import labels
    >>> find(labels(3, classes=5), lambda y: y[1] == 4)
    array([0, 4, 0])
    """
    if classes < 1:
        raise ValueError(f"classes is at least 1, given {classes}")
    st = _strategies()
    one = st.integers(0, classes - 1)
    one = one if ignore_index is None else st.one_of(one, st.just(ignore_index))
    sizes = st.just((shape,)) if isinstance(shape, int) else st.just(tuple(shape)) if isinstance(shape, Sequence) else shape
    return sizes.flatmap(lambda size: _filled(size, one))


def _filled(size: Shape, one: Any) -> Any:
    count = int(np.prod(size))
    return _strategies().lists(one, min_size=count, max_size=count).map(lambda drawn: np.array(drawn, np.int64).reshape(size))


def one_hot(shape: Any, classes: int, *, smoothing: float = 0.0, dtype: Any = np.float64) -> Any:
    """A strategy of tensors of targets: `shape` of labels, and a last axis of `classes` that sums to 1.

    A `gradient_test` differentiates by them, too, as it does by every floating tensor; draw `labels` to leave them still.

    Parameters
    ----------
    shape, classes
        As in `labels`.
    smoothing : float
        From 0 to 1: so much of each target is spread evenly over all classes (Szegedy et al. 2016, section 7).
    dtype : dtype
        Floating point.

    Examples
    --------
    >>> from hypothesis import find
    >>> from autograd.testing import one_hot
    >>> find(one_hot(2, classes=3), lambda y: y.data[1, 2] == 1)
    Tensor([[1., 0., 0.],
            [0., 0., 1.]])
    """
    if not 0.0 <= smoothing <= 1.0:
        raise ValueError(f"smoothing is from 0 to 1, given {smoothing!r}")
    rows = ((1.0 - smoothing) * np.eye(classes) + smoothing / classes).astype(dtype)
    return labels(shape, classes).map(lambda drawn: as_tensor(rows[drawn]))

"""Batch normalisation over everything but the channel axis, with or without a ReLU behind it.

The work is done on rows, one a channel: the buffer of a padded array, or a (C, pixels) copy of any other. A block of
rows small enough for the cache goes through all passes before the next one is touched, so that memory is read once
and written once. The ReLU is a pass over a block that is still there.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np

from autograd.kernels.choice import compiled_for
from autograd.kernels.layout import Padded, empty_like_layout, padded, to_padded
from autograd.kernels.memory import constant_row, scratch
from autograd.kernels.windows import Array

BLOCK_ELEMENTS = 1 << 17
"""Elements of a block of rows: half a megabyte of float32."""

Normalised = tuple[Array, Array, Array]
Gradients = tuple[Array, Array, Array]


def batch_norm(x: Array, weight: Array, bias: Array, eps: float = 1e-5, relu: bool = False) -> Normalised:
    """Normalise every channel by its own mean and variance (Ioffe & Szegedy 2015, algorithm 1).

    Parameters
    ----------
    x : (N, C, *size)
    weight, bias : (C,)
    relu : bool
        Return max(y, 0) instead of y.

    Returns
    -------
    y : (N, C, *size)
    mean, variance : (C,)
        Of the batch; the variance is the biased one, which normalises.

    Examples
    --------
    >>> y, mean, variance = batch_norm(np.array([[1.0], [3.0]]), np.ones(1), np.zeros(1), eps=0.0)
    >>> y.tolist(), mean.tolist(), variance.tolist()
    ([[-1.0], [1.0]], [2.0], [1.0])
    """
    (whole,) = _one_layout([x]) or (None,)
    fast = compiled_for(whole, weight, bias) if whole is not None else None
    if fast:
        result: Normalised = fast.batch_norm(whole, weight, bias, eps, relu)
        return result
    (source,), target, out = _rows([x])
    mean, variance = np.empty((2, x.shape[1]), x.dtype)
    for c in _blocks(source):
        mean[c], variance[c] = _statistics(source[c], target[c], out)
        _scale_and_shift(target[c], weight[c] * (1 / np.sqrt(variance[c] + eps)), bias[c])
        if relu:
            np.maximum(target[c], constant_row(0, target), out=target[c])
        _clear(target[c], out)
    return out, mean, variance


def normalise(x: Array, mean: Array, variance: Array, weight: Array, bias: Array, eps: float = 1e-5, relu: bool = False) -> Array:
    """The same with a given mean and variance: batch normalisation in evaluation.

    >>> normalise(np.array([[1.0], [3.0]]), np.ones(1), np.ones(1), np.full(1, 2.0), np.zeros(1), eps=0.0).tolist()
    [[0.0], [4.0]]
    """
    scale = weight / np.sqrt(variance + eps)
    shift = bias - mean * scale
    (whole,) = _one_layout([x]) or (None,)
    fast = compiled_for(whole, scale, shift) if whole is not None else None
    if fast:
        result: Array = fast.normalise(whole, scale, shift, relu)
        return result
    (source,), target, out = _rows([x])
    for c in _blocks(source):
        np.copyto(target[c], source[c])
        _scale_and_shift(target[c], scale[c], shift[c])
        if relu:
            np.maximum(target[c], constant_row(0, target), out=target[c])
        _clear(target[c], out)
    return out


def batch_norm_gradients(g: Array, x: Array, weight: Array, bias: Array, eps: float = 1e-5, relu: bool = False) -> Gradients:
    """The gradients of sum(g * batch_norm(x, weight, bias, eps, relu)[0]) by x, weight and bias.

    Mean, variance and where the result was positive are found again from x: as cheap as to read them, and nothing but x
    has to be kept.

    >>> x, one = np.array([[1.0], [3.0]]), np.ones(1)
    >>> dx, by_weight, by_bias = batch_norm_gradients(np.array([[1.0], [0.0]]), x, one, one, eps=0.0)
    >>> dx.tolist(), by_weight.tolist(), by_bias.tolist()
    ([[0.0], [0.0]], [-1.0], [1.0])
    """
    same = _one_layout([x, g]) or []
    fast = compiled_for(*same, weight, bias) if same else None
    if fast:
        result: Gradients = fast.batch_norm_gradients(*same, weight, bias, eps, relu)
        return result
    (source, passed), target, dx = _rows([x, g])
    by_weight, by_bias = np.empty((2, x.shape[1]), dx.dtype)
    for c in _blocks(source):
        deviation = scratch("deviation", source[c].shape, dx.dtype)
        _, variance = _statistics(source[c], deviation, dx)
        inverse = 1 / np.sqrt(variance + eps)
        arriving = _where_positive(passed[c], deviation, weight[c] * inverse, bias[c]) if relu else passed[c]
        by_bias[c], by_weight[c] = _sums(arriving), _dot(arriving, deviation) * inverse
        means = by_bias[c] * (x.shape[1] / x.size), by_weight[c] * (x.shape[1] / x.size)
        _gradient(target[c], arriving, deviation, inverse, weight[c], means)
        _clear(target[c], dx)
    return dx, by_weight, by_bias


def _statistics(rows: Array, deviation: Array, of: Array) -> tuple[Array, Array]:
    """Mean and variance of rows of `of`, and in `deviation` the rows without their mean."""
    count = of.size // of.shape[1]
    mean = _sums(rows) / count
    np.subtract(rows, mean[:, None], out=deviation)
    _clear(deviation, of)
    return mean, _dot(deviation, deviation) / count


def _gradient(dx: Array, arriving: Array, deviation: Array, inverse: Array, weight: Array, means: tuple[Array, Array]) -> None:
    """weight * inverse * (arriving - its mean - normalised * the mean of arriving * normalised). Overwrites deviation."""
    straight, along = means
    scale = inverse * weight
    deviation *= (scale * inverse * along)[:, None]
    np.multiply(arriving, scale[:, None], out=dx)
    dx -= deviation
    dx -= (scale * straight)[:, None]


def _where_positive(g: Array, deviation: Array, scale: Array, bias: Array) -> Array:
    """g where deviation * scale + bias, which is computed as the forward did, is positive."""
    y = np.multiply(deviation, scale[:, None], out=scratch("arriving", g.shape, g.dtype))
    y += bias[:, None]
    return np.multiply(g, np.greater(y, 0, out=scratch("mask", y.shape, np.bool_)), out=y)


def _scale_and_shift(rows: Array, scale: Array, shift: Array) -> None:
    rows *= scale[:, None]
    rows += shift[:, None]


# ---------------------------------------------------------------------------------------------------------- rows


def _rows(arrays: list[Array]) -> tuple[list[Array], Array, Array]:
    """Matrices (C, pixels) of all arrays in one layout, an empty one for a result, and the result they belong to."""
    dtype = np.result_type(*arrays)
    same = _one_layout(arrays)
    if same:
        result = empty_like_layout(same[0], dtype)
        return [_used(x) for x in same], _used(result), result
    channels_first = [x.swapaxes(0, 1) for x in arrays]
    target = np.empty(channels_first[0].shape, dtype)
    matrices = [x.reshape(len(x), math.prod(x.shape[1:])) for x in (*channels_first, target)]
    return matrices[:-1], matrices[-1], target.swapaxes(0, 1)


def _one_layout(arrays: Sequence[Array]) -> list[Padded] | None:
    """All of them padded alike, if any is padded."""
    margins = [whole.layout.margin for whole in map(padded, arrays) if whole is not None]
    return [to_padded(x, max(margins)) for x in arrays] if margins else None


def _used(x: Padded) -> Array:
    return x.buffer[:, : x.layout.used]


def _blocks(matrix: Array) -> Iterator[slice]:
    """The channels, in groups whose rows fit the cache."""
    rows = max(1, BLOCK_ELEMENTS // max(matrix.shape[1], 1))
    return (slice(start, start + rows) for start in range(0, len(matrix), rows))


def _clear(rows: Array, of: Array) -> None:
    """Zeros on the padding, if these are rows of a padded array."""
    if isinstance(of, Padded):
        rows.reshape(len(rows), -1, of.layout.image)[:, :, of.shape[3] :] = 0


def _sums(rows: Array) -> Array:
    """Sums along rows, by BLAS: twice as quick as `sum`."""
    return _dot(rows, constant_row(1, rows))


def _dot(a: Array, b: Array) -> Array:
    """Products summed along rows. `vecdot` is for the two types that BLAS knows; it would conjugate the others."""
    sums: Array = np.vecdot(a, b) if a.dtype.char in "fd" else (a * b).sum(axis=1)
    return sums

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
from autograd.kernels.layout import Padded, clear_padding, empty_like_layout, padded, to_padded
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
    count = x.size // x.shape[1]
    mean, variance = np.empty((2, x.shape[1]), x.dtype)
    for c in _blocks(source):
        mean[c] = _sums(source[c]) / count
        deviation = np.subtract(source[c], mean[c, None], out=target[c])
        _clear(out, c)
        variance[c] = _dot(deviation, deviation) / count
        _scale_and_shift(deviation, weight[c] / np.sqrt(variance[c] + eps), bias[c], relu)
        _clear(out, c)
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
        _scale_and_shift(target[c], scale[c], shift[c], relu)
        _clear(out, c)
    return out


def batch_norm_gradients(
    g: Array, x: Array, mean: Array, variance: Array, weight: Array, eps: float = 1e-5, out: Array | None = None
) -> Gradients:
    """The gradients of sum(g * batch_norm(x, weight, bias)) by x, weight and bias; the statistics depend on x.

    `out` is the result of the forward where a ReLU followed: g passes where it is positive.

    >>> x, one = np.array([[1.0], [3.0]]), np.ones(1)
    >>> dx, by_weight, by_bias = batch_norm_gradients(np.array([[1.0], [0.0]]), x, 2 * one, one, one, eps=0.0)
    >>> dx.tolist(), by_weight.tolist(), by_bias.tolist()
    ([[0.0], [0.0]], [-1.0], [1.0])
    """
    inverse = 1 / np.sqrt(variance + eps)
    given = [x, g] if out is None else [x, g, out]
    same = _one_layout(given)
    fast = compiled_for(*same, mean, inverse, weight) if same else None
    if fast:
        result: Gradients = fast.batch_norm_gradients(same, mean, inverse, weight)
        return result
    (source, passed, *positive), target, dx = _rows(given)
    by_weight, by_bias = np.empty((2, x.shape[1]), dx.dtype)
    for c in _blocks(source):
        arriving = _where_positive(passed[c], positive[0][c]) if positive else passed[c]
        deviation = np.subtract(source[c], mean[c, None], out=scratch("deviation", arriving.shape, dx.dtype))
        by_bias[c], by_weight[c] = _sums(arriving), _dot(arriving, deviation) * inverse[c]
        means = by_bias[c] * (x.shape[1] / x.size), by_weight[c] * (x.shape[1] / x.size)
        _gradient(target[c], arriving, deviation, inverse[c], weight[c], means)
        _clear(dx, c)
    return dx, by_weight, by_bias


def _gradient(dx: Array, arriving: Array, deviation: Array, inverse: Array, weight: Array, means: tuple[Array, Array]) -> None:
    """weight * inverse * (arriving - its mean - normalised * the mean of arriving * normalised). Overwrites deviation."""
    straight, along = means
    scale = inverse * weight
    deviation *= (scale * inverse * along)[:, None]
    np.multiply(arriving, scale[:, None], out=dx)
    dx -= deviation
    dx -= (scale * straight)[:, None]


def _where_positive(g: Array, out: Array) -> Array:
    mask = np.greater(out, 0, out=scratch("mask", out.shape, np.bool_))
    return np.multiply(g, mask, out=scratch("arriving", out.shape, g.dtype))


def _scale_and_shift(rows: Array, scale: Array, shift: Array, relu: bool) -> None:
    rows *= scale[:, None]
    rows += shift[:, None]
    if relu:
        np.maximum(rows, constant_row(0, rows), out=rows)


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


def _clear(x: Array, channels: slice) -> None:
    if isinstance(x, Padded):
        clear_padding(x, channels)


def _sums(rows: Array) -> Array:
    """Sums along rows, by BLAS: twice as quick as `sum`."""
    return _dot(rows, constant_row(1, rows))


def _dot(a: Array, b: Array) -> Array:
    """Products summed along rows. `vecdot` is for the two types that BLAS knows; it would conjugate the others."""
    sums: Array = np.vecdot(a, b) if a.dtype.char in "fd" else (a * b).sum(axis=1)
    return sums

"""Shapes, axes and options that are wrong raise at once: nothing is computed that was not asked for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import autograd
from autograd import Tensor, linalg

A: Any = autograd
M = np.arange(6.0).reshape(2, 3)
C = np.ones((2, 2, 2))
ONES = [np.ones(n) for n in range(9)]
BAD: dict[str, list[Callable[[Any], Any]]] = {
    "an axis that is not there": [
        lambda x: np.sum(x, axis=5),
        lambda x: A.quantile(x, 0.5, axis=3),
        lambda x: linalg.norm(x, axis=(0, 5)),
        lambda x: A.roll(x, 1, axis=4),
        lambda x: linalg.vector_norm(x, axis=7),
        lambda x: A.moveaxis(x, 0, 5),
        lambda x: A.cumsum(x, axis=4),
        lambda x: A.diff(x, axis=3),
        lambda x: A.gradient(x, axis=5),
        lambda x: A.tensordot(x, x, ((0, 5), (0, 1))),
        lambda x: A.unstack(x, axis=4),
        lambda x: A.flip(x, 4),
        lambda x: A.softmax(x, 5),
        lambda x: A.logsumexp(x, 5),
        lambda x: A.sort(x, axis=3),
        lambda x: A.cummax(x, 5),
        lambda x: A.unsqueeze(x, 5),
        lambda x: A.take_along_axis(x, np.zeros((2, 3), int), 4),
        lambda x: A.chunk(x, 2, 7),
        lambda x: A.median(x, axis=9),
        lambda x: A.average(x, axis=3, weights=ONES[3]),
        lambda x: A.expand_dims(x, 7),
        lambda x: A.narrow(x, 5, 0, 1),
    ],
    "an axis named twice": [
        lambda x: A.permute(x, (0, 0)),
        lambda x: A.diagonal(x, axis1=0, axis2=0),
        lambda x: A.rot90(x, 1, (1, 1)),
        lambda x: A.sum(x, axis=(0, 0)),
        lambda x: A.diag_embed(x, 0, 0, 0),
        lambda x: A.gradient(x, axis=(1, 1)),
        lambda x: A.quantile(x, 0.5, axis=(0, 0)),
    ],
    "shapes that do not go together": [
        lambda x: A.tensordot(x, x, 5),
        lambda x: A.convolve(x, x),
        lambda x: A.interp(ONES[1], ONES[2], ONES[3]),
        lambda x: A.vander(x),
        lambda x: A.concatenate([x, np.ones((3, 2))]),
        lambda x: A.inner(x, ONES[4]),
        lambda x: A.vdot(x, ONES[4]),
        lambda x: A.dot(x, x),
        lambda x: A.trapezoid(x, x=ONES[5]),
        lambda x: A.average(x, weights=ONES[3]),
        lambda x: A.block([[x], [x, x]]),
        lambda x: A.mm(x, x),
        lambda x: A.addmm(x, x, x),
        lambda x: A.baddbmm(x, x, x),
        lambda x: A.bmm(x, x),
        lambda x: A.mv(x, x),
        lambda x: A.cdist(x, np.ones((2, 4))),
        lambda x: A.combinations(x),
        lambda x: A.expand(x, 5, 5),
        lambda x: A.sum_to_size(x, 3, 3),
        lambda x: A.unflatten(x, 1, (2, 2)),
        lambda x: A.index_add(x, 0, [0], M),
        lambda x: A.masked_scatter(x, M > 1, ONES[1]),
        lambda x: A.masked_fill(x, M > 1, ONES[3]),
        lambda x: A.scatter(x, 0, [[0]], ONES[3]),
        lambda x: A.gather(x, 0, [0, 1]),
        lambda x: A.polyfit(ONES[3], ONES[4] * x[0, 0], 1),
        lambda x: A.cov(C * x[0, 0]),
        lambda x: A.select([True], [x, x]),
        lambda x: A.sliding_window_view(x, (5, 5)),
        lambda x: A.renorm(x[0], 2, 0, 1.0),
        lambda x: A.select_scatter(x, ONES[2], 0, 0),
        lambda x: A.diagonal_scatter(x, ONES[3]),
        lambda x: A.cartesian_prod(x),
        lambda x: A.pdist(x[0]),
    ],
    "places that are not there": [
        lambda x: A.take(x, [7]),
        lambda x: A.take(x, 7, axis=1),
        lambda x: A.gather(x, 0, [[9]]),
        lambda x: A.gather(x, 0, [[-1]]),
        lambda x: A.index_select(x, 0, [2]),
        lambda x: A.put(x, [99], [1.0]),
        lambda x: A.choose([5], [x, x]),
        lambda x: A.topk(x, 9),
        lambda x: A.kthvalue(x, 0),
        lambda x: A.narrow(x, 0, 0, 9),
        lambda x: A.delete(x, 9, axis=0),
        lambda x: A.partition(x, 7),
    ],
    "numbers of another kind": [
        lambda x: A.index_select(x, 0, [0.5]),
        lambda x: A.masked_select(x, M),
        lambda x: A.tile(x, 1.5),
        lambda x: A.rot90(x, 1.5),
        lambda x: A.sum(x, dtype=int),
        lambda x: A.mean(x, dtype=np.int64),
        lambda x: A.cumsum(x, 0, int),
        lambda x: A.linspace(x, 1.0, 2.5),
        lambda x: A.polygamma(1.5, x),
        lambda x: A.polygamma(-1, x),
        lambda x: A.masked_fill(x, M > 1, 1j),
        lambda x: A.clip(x, "a"),
        lambda x: A.scatter(x, 0, [[0]], Tensor(np.ones((1, 1), np.float32))),
        lambda x: A.narrow(x, 0, True * 0.5, 1),
    ],
    "options nobody knows": [
        lambda x: linalg.norm(x, "abc"),
        lambda x: linalg.norm(x, 5),
        lambda x: A.scatter_reduce(x, 0, [[0]], x, "foo"),
        lambda x: A.pad(x, 1, "foo"),
        lambda x: A.div(x, x, rounding_mode="up"),
        lambda x: A.convolve(x[0], x[0], "most"),
        lambda x: A.qr(x, "raw"),
        lambda x: A.chunk(x, 0),
        lambda x: A.clip(x, 0.0, 1.0, min=0.5),
        lambda x: A.var(x, ddof=1, correction=1),
        lambda x: A.clamp(x),
        lambda x: A.cdist(x, x, -1.0),
        lambda x: A.mvlgamma(x, 0),
        lambda x: A.softmax(x, 0, dim=0),
        lambda x: A.piecewise(x, [M > 1], [1, 2, 3]),
        lambda x: A.linspace(x, 1.0, -2),
    ],
    "matrices that are not square": [
        lambda x: linalg.inv(x),
        lambda x: linalg.solve(x, x),
        lambda x: linalg.cholesky(x),
        lambda x: linalg.eigh(x),
        lambda x: A.matrix_exp(x),
        lambda x: linalg.matrix_power(x, 2),
        lambda x: A.logdet(x),
        lambda x: A.solve_triangular(x, x),
        lambda x: A.lu_solve(x, [1, 2], x),
        lambda x: A.cholesky_solve(x, x),
        lambda x: A.cholesky_inverse(x),
    ],
}
CASES = [pytest.param(call, id=f"{what} {n}") for what, calls in BAD.items() for n, call in enumerate(calls)]


@pytest.mark.parametrize("call", CASES)
def test_is_refused(call: Callable[[Any], Any]) -> None:
    with pytest.raises((TypeError, ValueError, IndexError)):  # AxisError and LinAlgError are of these
        call(Tensor(M, requires_grad=True))


def test_an_update_keeps_the_dtype() -> None:
    x = Tensor(M.astype(np.float32), requires_grad=True)
    wide = Tensor([7.0, 8.0, 9.0], requires_grad=True)
    for value in (2.0, np.float64(2.0), ONES[3], wide):
        for update in (x.at[0].set, x.at[0].add, x.at[0].multiply, x.at[0].max, x.at[0].min):
            assert update(value).dtype == np.float32
    (by_x, by_wide) = autograd.gradients(x.at[0].set(wide).sum(), [x, wide])
    assert by_x.dtype == np.float32 and by_wide.tolist() == [1.0, 1.0, 1.0] and by_wide.dtype == np.float64

"""What else one gives to NumPy's functions: lists, whole numbers, float32 beside plain numbers. Values and dtypes are NumPy's."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest

import autograd
from autograd import Tensor
from autograd.testing import check_gradients

r = np.random.default_rng(0)
GIVEN = {"v": r.normal(size=5) * 3, "m": r.normal(size=(3, 4)) * 3, "q": r.normal(size=(3, 3)) * 3 + 9 * np.eye(3)}

# Each once gave another value, another dtype, or an error that had nothing to do with it, for one of the kinds below.
CALLS = """
median(m) | median(m, 0) | quantile(m, [0.1, 0.5], axis=0) | percentile(m, 30) | nanmedian(m, 1) | nanquantile(m, 0.3)
nansum(m, 0) | nanprod(v) | nancumsum(m, 1) | nanmax(m, 0) | nanmin(m) | nanmean(m) | nanvar(m, 0, ddof=1) | nanstd(m)
average(m) | average(m, 0, [1, 2, 3], True) | cumulative_sum(m, axis=1, include_initial=True) | unwrap(4 * v) | ediff1d(v, 5, [1, 2])
cov(m) | corrcoef(m) | diag(v) | vander(v, 3) | split(v, np.int64(5)) | array_split(v, [1, -1]) | matvec(m, m[0]) | vecmat(m[:, 0], m)
pad(m, 1, "mean") | pad(m, 2, "linear_ramp", end_values=5) | pad(m, 1, "reflect", reflect_type="odd") | pad(3.0, 1) | pad(m, 1, "median")
sinc(v) | imag(v) | angle(v) | modf(v) | tril(q) | triu(q, 1) | select([m > 0, m < -1], [m, -m]) | insert(m, 1, 5.0)
insert(v, [1, 2], [7.0, 8.0]) | gradient(m)
linspace(v, 3.0, 4) | linspace(1, v, 3, retstep=True) | logspace(v / 9, 2, 3) | gradient(v, np.arange(5.0) ** 2)
polyval(v, m) | polyadd(v, v[1:]) | polyder(v, 2) | polyint(v) | polyint(v, 2, [1.0, 2.0]) | poly(v)
linalg.norm(m) | linalg.norm(v, 1) | linalg.norm(m, 2) | linalg.norm(m, axis=0) | linalg.vector_norm(m, ord=3) | linalg.matrix_norm(m)
linalg.pinv(m) | linalg.matrix_power(q, 0) | linalg.trace(q) | linalg.diagonal(q, offset=1) | linalg.matrix_rank(q) | linalg.cond(q)
linalg.svd(m).S | linalg.qr(m.T, "complete").R | linalg.qr(q).Q | linalg.eigh(q @ q.T).eigenvalues | linalg.slogdet(q).logabsdet
reshape(m, (4, 3), copy=True) | copy(m, order="F") | partition(v, 2, kind="introselect") | einsum("ij->i", m, dtype="f8") | trace(q)
fix(v) | conj(v) | quantile(m, 0.37, axis=1, method="inverted_cdf") | quantile(m, 0.5, axis=1, method="averaged_inverted_cdf")
"""
CALLS = [call.strip() for line in CALLS.strip().split("\n") for call in line.split("|")]  # type: ignore[assignment]
# NumPy makes float64 of float32, which stays here, or keeps whole numbers.
WIDE = re.compile(r"^(cov|corrcoef|vander|poly|quantile\(m, \[|quantile.*inverted)")


def flat(value: Any) -> list[np.ndarray[Any, Any]]:
    several = isinstance(value, (tuple, list))
    return [part for item in value for part in flat(item)] if several else [np.asarray(getattr(value, "data", value))]


def agree(call: str, found: Any, wanted: Any, rtol: float) -> None:
    assert len(flat(found)) == len(flat(wanted))
    for ours, theirs in zip(flat(found), flat(wanted), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=rtol, atol=rtol)
        assert WIDE.match(call) or ours.dtype == theirs.dtype


KINDS = {"float64": lambda a: a, "float32": lambda a: a.astype(np.float32), "whole": lambda a: a.astype(int)}


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("kind", KINDS)
def test_values_and_dtypes_are_numpys(call: str, kind: str) -> None:
    given = {name: KINDS[kind](a) for name, a in GIVEN.items()}
    code = compile("space." + call, call, "eval")
    with np.errstate(all="ignore"):
        wanted = eval(code, {"space": np, "np": np, **given})
        for space, values in ((np, {name: Tensor(a) for name, a in given.items()}), (autograd, given)):
            found = eval(code, {"space": space, "np": np, **values})
            agree(call, found, wanted, 1e-11 if kind in ("float64", "whole") else 1e-4)


@pytest.mark.parametrize("call", [call for call in CALLS if not re.search(r"[vmq] [-@*/<>]|[-*] [vmq]|\[1?:|[mv]\[|\.T", call)])
def test_lists_of_numbers_are_arrays(call: str) -> None:
    code = compile("space." + call, call, "eval")
    found, wanted = (eval(code, {"space": autograd, "np": np, **given}) for given in ({n: a.tolist() for n, a in GIVEN.items()}, GIVEN))
    agree(call, found, wanted, 1e-12)


def test_the_squares_of_small_whole_numbers_do_not_overflow() -> None:
    assert np.linalg.norm(Tensor(np.array([100, 100], np.int8))).item() == pytest.approx(np.hypot(100, 100))


def test_memory_order_is_refused_where_it_would_matter() -> None:
    """How values lie in memory is nothing that a gradient could be sent back by."""
    x = Tensor(np.asfortranarray(np.arange(6.0).reshape(2, 3)), requires_grad=True)
    for order in "AK":
        with pytest.raises(ValueError, match="memory"):
            np.ravel(x, order=order)
        check_gradients(lambda t, order=order: np.ravel(t, order=order) ** 2, np.arange(1.0, 7.0).reshape(2, 3))


def test_many_factors_are_contracted_in_a_good_order_on_the_way_back_too() -> None:
    """Without one these are 30⁶ multiplications, half a minute."""
    factors = [Tensor(r.normal(size=(30, 30)) / 5, requires_grad=True) for _ in range(5)]
    autograd.einsum("ab,bc,cd,de,ef->af", *factors).sum().backward()
    ones, (a, b, _, d, e) = np.ones((30, 30)), [t.data for t in factors]
    np.testing.assert_allclose(factors[2].grad.data, (a @ b).T @ ones @ (d @ e).T)


def test_a_complete_factor_has_a_gradient_where_its_basis_does_not_matter() -> None:
    check_gradients(lambda a: (lambda q, r_: (q @ q.T, q[:, :2], r_))(*np.linalg.qr(a, "complete"))[1:], r.normal(size=(4, 2)))
    x = Tensor(r.normal(size=(4, 2)), requires_grad=True)
    with pytest.raises(ValueError, match="basis"):
        np.linalg.qr(x, "complete").Q[:, 3].sum().backward()


EMPTY = np.zeros((0, 3))
BORDERS = """
diff(e) | diff(e, 2) | diff(e, 5, axis=0) | resize(e, (2, 2)) | linalg.norm(e, np.inf) | linalg.norm(e, 2) | linalg.norm(e, 1)
linalg.norm(e, -0.5, axis=0) | linalg.norm(i, -1) | polyval(e[:, 0], v) | logspace(0, v / 9, 3, base=[2.0, 3.0, 4.0, 5.0, 6.0])
apply_along_axis(np.sum, 0, e) | sort(e) | cumsum(e, 0) | max(e, 1) | var(e, 1)
"""


@pytest.mark.parametrize("call", [call.strip() for line in BORDERS.strip().split("\n") for call in line.split("|")])
def test_nothing_and_infinity_are_numpys(call: str) -> None:
    given = {"e": EMPTY, "i": np.array([np.inf, np.inf]), "v": GIVEN["v"]}
    code = compile("np." + call, call, "eval")
    with np.errstate(all="ignore"):
        agree(call, eval(code, {"np": np, **{n: Tensor(a) for n, a in given.items()}}), eval(code, {"np": np, **given}), 1e-12)


@pytest.mark.parametrize("name", ["median", "nanmedian"])
@pytest.mark.filterwarnings("ignore:Mean of empty slice", "ignore:invalid value")
def test_the_median_of_nothing_is_nan(name: str) -> None:
    assert np.isnan(getattr(np, name)(Tensor(EMPTY), axis=0).data).all()


@pytest.mark.parametrize("call", [
    lambda x: np.pad(x[:0], 1, "mean"), lambda x: np.average(x, weights=[1.0, -1.0]), lambda x: np.ma.array([1.0, 2.0], mask=[0, 1]) + x,
    lambda x: np.ma.array([1.0, 2.0]) / x, lambda x: np.matrix([[1.0, 2.0], [3.0, 4.0]]) * x,
])  # fmt: skip
@pytest.mark.filterwarnings("ignore:the matrix subclass")
def test_what_would_be_something_else_is_refused(call: Any) -> None:
    """A masked array took the values past the graph; a matrix's * means another product than a tensor's."""
    with pytest.raises((TypeError, ValueError, ZeroDivisionError), match=r"empty|no values|sum to 0|mask|matrix"):
        call(Tensor([1.0, 2.0], requires_grad=True))

"""Special functions over their whole range, tails and poles too, against SciPy's."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import autograd
from autograd import Tensor

special: Any = pytest.importorskip("scipy.special")

LINE = np.concatenate([np.linspace(-6.0, 6.0, 241), [1e-8, -1e-8, 1e-300, 27.0, -27.0, 40.0, -40.0, np.inf, -np.inf, np.nan]])
POSITIVE = np.concatenate([np.geomspace(1e-6, 1e6, 121), [0.5, 1.0, 2.0, 3.0, np.nan]])
LEFT = -np.linspace(0.05, 9.95, 100)
UNIT = np.concatenate([np.linspace(0.001, 0.999, 99), [1e-300, 1e-12, 1.0 - 1e-12, 0.0, 1.0]])
BESSEL = np.concatenate([np.linspace(-60.0, 60.0, 241), [1e-8, 0.0, 300.0, -300.0, 700.0]])

CASES: dict[str, tuple[np.ndarray, float]] = {
    "erf": (LINE, 1e-13),
    "erfc": (LINE, 1e-12),
    "erfcx": (LINE[np.isfinite(LINE)], 1e-12),
    "ndtr": (LINE, 1e-12),
    "log_ndtr": (LINE, 1e-12),
    "erfinv": (2.0 * UNIT - 1.0, 1e-12),
    "ndtri": (UNIT, 1e-12),
    "entr": (np.concatenate([UNIT, [-1.0]]), 1e-14),
    "i0": (BESSEL, 1e-13),
    "i1": (BESSEL, 1e-13),
    "i0e": (np.concatenate([BESSEL, [1e5, -1e5]]), 1e-13),
    "i1e": (np.concatenate([BESSEL, [1e5, -1e5]]), 1e-13),
}


@pytest.mark.parametrize("name", CASES)
def test_is_scipys(name: str) -> None:
    x, rtol = CASES[name]
    with np.errstate(all="ignore"):
        found, expected = getattr(autograd, name)(Tensor(x)).data, getattr(special, name)(x)
    np.testing.assert_allclose(found, expected, rtol=rtol, atol=1e-300)
    assert getattr(autograd, name)(Tensor(np.float32(0.25))).dtype == np.float32


@pytest.mark.parametrize("x", [POSITIVE, LEFT], ids=["positive", "negative"])
def test_gamma_family(x: np.ndarray) -> None:
    found = autograd.lgamma(Tensor(x)).data
    np.testing.assert_allclose(found, special.gammaln(x), rtol=1e-12, atol=1e-13)
    np.testing.assert_allclose(autograd.digamma(Tensor(x)).data, special.digamma(x), rtol=1e-11, atol=1e-12)
    if x is POSITIVE:
        for n in range(6):
            np.testing.assert_allclose(autograd.polygamma(n, Tensor(x)).data, special.polygamma(n, x), rtol=1e-11, atol=1e-12)


def test_poles() -> None:
    poles = Tensor([0.0, -1.0, -2.0])
    assert np.all(autograd.lgamma(poles).data == np.inf)
    np.testing.assert_array_equal(autograd.digamma(poles).data, [-np.inf, np.nan, np.nan])
    assert autograd.erfinv(Tensor([-1.0, 1.0])).tolist() == [-np.inf, np.inf]
    assert np.isnan(autograd.erfinv(Tensor([1.5])).data).all()


@pytest.mark.parametrize("name", ["xlogy", "xlog1py"])
def test_logarithms_that_meet_zero(name: str) -> None:
    x, y = np.array([0.0, 0.0, 0.0, 2.0, 0.0]), np.array([0.0, -3.0, 1.5, 1.5, np.nan])
    a, b = Tensor(x, requires_grad=True), Tensor(y, requires_grad=True)
    found = getattr(autograd, name)(a, b)
    with np.errstate(all="ignore"):
        np.testing.assert_allclose(found.data, getattr(special, name)(x, y))
        by_x, by_y = autograd.gradients(found[:4].sum(), [a, b])
    assert by_x.data[0] == by_x.data[1] == 0.0 and np.all(np.isfinite(by_x.data[:4]))
    assert np.all(np.nan_to_num(by_y.data[:3]) == 0.0)

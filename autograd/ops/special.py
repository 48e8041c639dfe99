"""The error function, the normal distribution, and logarithms that meet 0, without SciPy; names as torch.special has them."""

from __future__ import annotations

import functools
import math
from typing import Any

import numpy as np

from autograd.declare import op
from autograd.ops.arithmetic import ANY, POSITIVE

ROOT_PI = math.sqrt(math.pi)
ROOT_2 = math.sqrt(2.0)
ROOT_2_PI = math.sqrt(2.0 * math.pi)
TAIL = 2.5  # from here the continued fraction converges quickly; below it the series does


def _wide(x: Any) -> Any:
    """At least double precision, for the sums."""
    x = np.asarray(x)
    return x.astype(np.complex128 if x.dtype.kind == "c" else np.float64)


def _back(value: Any, x: Any) -> Any:
    dtype = np.asarray(x).dtype
    return value.astype(dtype if dtype.kind in "fc" else np.float64)


def _series(x: Any) -> Any:
    """erf near 0 (Abramowitz and Stegun 7.1.6)."""
    term = total = x
    for n in range(1, 60):
        term = term * (2.0 * x * x) / (2 * n + 1)
        total = total + term
    return 2.0 / ROOT_PI * np.exp(-x * x) * total


def _fraction(x: Any) -> Any:
    """exp(x²)·erfc(x) for x >= TAIL (Abramowitz and Stegun 7.1.14)."""
    fraction = x
    for n in range(60, 0, -1):
        fraction = x + (n / 2.0) / fraction
    return np.where(np.isinf(x), 0.0, 1.0 / (ROOT_PI * fraction))


def _tail(x: Any) -> Any:
    """erfc for x >= TAIL."""
    return np.where(np.isinf(x), 0.0, np.exp(-x * x) * _fraction(x))


def _parts(x: Any) -> tuple[Any, Any, Any, Any]:
    """x in double precision, where it is near 0, x there, and |x| elsewhere."""
    wide = _wide(x)
    near = np.abs(wide) < TAIL
    outer = np.where(near, 3.0, np.where(wide.real < 0, -wide, wide))
    return wide, near, np.where(near, wide, 0.0), outer


def _erf(x: Any) -> Any:
    wide, near, inner, outer = _parts(x)
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        tail = np.where(wide.real < 0, -1.0, 1.0) * (1.0 - _tail(outer))
        return _back(np.where(near, _series(inner), tail), x)


def _erfc(x: Any) -> Any:
    """In the right tail not as a difference from 1, which would leave nothing."""
    wide, near, inner, outer = _parts(x)
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        tail = np.where(wide.real < 0, 2.0 - _tail(outer), _tail(outer))
        return _back(np.where(near, 1.0 - _series(inner), tail), x)


def _erfcx(x: Any) -> Any:
    wide, near, inner, outer = _parts(x)
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        tail = np.where(wide.real < 0, 2.0 * np.exp(wide * wide) - _fraction(outer), _fraction(outer))
        return _back(np.where(near, np.exp(inner * inner) * (1.0 - _series(inner)), tail), x)


erf = op(_erf, name="erf", scalar=math.erf, domain=ANY, x=lambda g, x: g * (2.0 / ROOT_PI) * np.exp(-x * x),
         doc="The error function, elementwise.")
erfc = op(_erfc, name="erfc", scalar=math.erfc, domain=ANY, x=lambda g, x: g * (-2.0 / ROOT_PI) * np.exp(-x * x),
          doc="1 - erf(x), elementwise, exact in the tail.")
erfcx = op(_erfcx, name="erfcx", domain=ANY, x=lambda g, x, out: g * (2.0 * x * out - 2.0 / ROOT_PI),
           doc="exp(x²)·erfc(x), elementwise, without underflow.")


# ---------------------------------------------------------------------------------------------- the normal distribution


@functools.cache
def _quantiles() -> Any:
    from statistics import NormalDist  # imported here: it is a tenth of what `import autograd` takes

    inverse = NormalDist().inv_cdf
    return np.frompyfunc(lambda p: inverse(p) if 0.0 < p < 1.0 else {0.0: -math.inf, 1.0: math.inf}.get(p, math.nan), 1, 1)


def _ndtri(x: Any) -> Any:
    return _back(np.asarray(_quantiles()(_wide(x)), float), x)


def _erfinv(x: Any) -> Any:
    """From the nearer tail, so that nothing is lost near ±1; near 0 with a step of Newton, for there the quantile's p is rounded."""
    y = _wide(x)
    with np.errstate(invalid="ignore", over="ignore"):
        far = -np.sign(y) * _ndtri((1.0 - np.abs(y)) / 2.0) / ROOT_2
        near = np.where(np.abs(y) < 0.5, far, 0.0)
        near = near - (_erf(near) - y) * (ROOT_PI / 2.0) * np.exp(near * near)
        return _back(np.where(np.abs(y) < 0.5, near, far), x)


erfinv = op(_erfinv, name="erfinv", tags=("elementwise",), domain=(-0.9, 0.9), analytic=False,
            x=lambda g, out: g * (ROOT_PI / 2.0) * np.exp(out * out),
            doc="The inverse of erf, elementwise; infinite at ±1.")
ndtri = op(_ndtri, name="ndtri", tags=("elementwise",), domain=(0.1, 0.9), analytic=False,
            x=lambda g, out: g * ROOT_2_PI * np.exp(0.5 * out * out),
           doc="The quantile of the standard normal distribution, elementwise.")
ndtr = op(lambda x: 0.5 * _erfc(-x / ROOT_2), name="ndtr", domain=ANY, x=lambda g, x: g * np.exp(-0.5 * x * x) / ROOT_2_PI,
          doc="The standard normal distribution's mass below x, elementwise.")


def _log_ndtr(x: Any) -> Any:
    z = x / ROOT_2
    low = np.less(np.real(x), -1.0)
    with np.errstate(over="ignore", divide="ignore"):
        tail = np.log(0.5 * _erfcx(np.where(low, -z, 1.0))) - z * z
        return np.where(low, tail, np.log1p(-0.5 * _erfc(np.where(low, 0.0, z))))


log_ndtr = op(_log_ndtr, name="log_ndtr", domain=ANY,
              x=lambda g, x: g * (2.0 / ROOT_2_PI) / erfcx(-x / ROOT_2), doc="log(ndtr(x)), exact in the left tail.")


# ----------------------------------------------------------------------------------------------- logarithms that meet 0


def _xlogy(x: Any, y: Any) -> Any:
    zero = np.equal(x, 0) & ~np.isnan(y)
    return np.where(zero, np.zeros_like(x * y), x * np.log(np.where(zero, np.ones_like(y), y)))


xlogy = op(_xlogy, name="xlogy", tags=("elementwise",), domain=(ANY, POSITIVE),
           x=lambda g, x, y: g * np.log(np.where(np.equal(x, 0) & np.less_equal(y, 0), 1.0, y)),
           y=lambda g, x, y: g * x / y, doc="x·log(y), and 0 where x = 0 whatever y is.")


def _xlog1py(x: Any, y: Any) -> Any:
    zero = np.equal(x, 0) & ~np.isnan(y)
    return np.where(zero, np.zeros_like(x * y), x * np.log1p(np.where(zero, np.ones_like(y), y)))


xlog1py = op(_xlog1py, name="xlog1py", domain=(ANY, POSITIVE),
             x=lambda g, x, y: g * np.log1p(np.where(np.equal(x, 0) & np.less_equal(y, -1), 0.0, y)),
             y=lambda g, x, y: g * x / (1.0 + y), doc="x·log(1 + y), and 0 where x = 0 whatever y is.")


def _entr(x: Any) -> Any:
    with np.errstate(divide="ignore", invalid="ignore"):
        value = np.where(np.less(np.real(x), 0), -np.inf, -x * np.log(np.where(np.equal(x, 0), 1.0, x)))
    return _back(np.asarray(value), x)


entr = op(_entr, name="entr", domain=POSITIVE, x=lambda g, x: -g * (np.log(x) + 1.0),
          doc="-x·log(x), 0 at 0 and -inf below, elementwise.")


def _held(x: Any, eps: Any) -> Any:
    return x if eps is None else np.clip(x, eps, 1.0 - eps)


def _logit(x: Any, eps: float | None = None) -> Any:
    x = _held(x, eps)
    return np.log(x / (1.0 - x))


def _logit_back(g: Any, x: Any, eps: float | None) -> Any:
    slope = g / (x * (1.0 - x))
    return slope if eps is None else np.where(np.logical_and(np.greater_equal(x, eps), np.less_equal(x, 1.0 - eps)), slope, 0.0)


logit = op(_logit, name="logit", tags=("elementwise",), domain=(0.1, 0.9), x=_logit_back,
           doc="log(x / (1 - x)), elementwise; with `eps`, of x held in [eps, 1 - eps], flat outside.")

"""Exponentials and logarithms."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autograd.declare import op
from autograd.ops.arithmetic import ANY, POSITIVE

LN2 = math.log(2.0)
LN10 = math.log(10.0)

exp = op(np.exp, scalar=math.exp, domain=ANY, symbol="exp({x})", x="g * out")
exp2 = op(np.exp2, domain=ANY, analytic=False, symbol="2^{x}", x=lambda g, out: g * (out * LN2))
expm1 = op(np.expm1, scalar=math.expm1, domain=ANY, x="g * (out + 1.0)")
log = op(np.log, scalar=math.log, domain=POSITIVE, symbol="log({x})", x="g / x")
log2 = op(np.log2, domain=POSITIVE, x=lambda g, x: g / (x * LN2))
log10 = op(np.log10, domain=POSITIVE, x=lambda g, x: g / (x * LN10))
log1p = op(np.log1p, domain=POSITIVE, x=lambda g, x: g / (1.0 + x))


def _weight(first: Any, out: Any) -> Any:
    """exp(first - out), where both may be the same infinity: a share of 1 at +inf, of 0 at -inf."""
    same = np.logical_and(np.equal(first, out), np.isinf(out))
    return np.where(np.logical_and(same, np.less(out, 0)), 0.0, np.exp(np.where(same, 0.0, first) - np.where(same, 0.0, out)))


logaddexp = op(np.logaddexp, domain=ANY, analytic=False, x=lambda g, x, out: g * _weight(x, out),
               y=lambda g, y, out: g * _weight(y, out))
logaddexp2 = op(np.logaddexp2, domain=ANY, analytic=False, x=lambda g, x, out: g * np.exp2(x - out),
                y=lambda g, y, out: g * np.exp2(y - out))


def _erf(x: Any) -> Any:
    """The error function: the series of Abramowitz and Stegun 7.1.6 near 0, the continued fraction of 7.1.14 in the tails."""
    x = np.asarray(x)
    wide = x.astype(np.complex128 if x.dtype.kind == "c" else np.float64)
    small = np.abs(wide) < 2.5
    inner, outer = np.where(small, wide, 0.0), np.where(small, 3.0, wide)
    outer = np.where(outer.real < 0, -outer, outer)
    sign = np.where(wide.real < 0, -1.0, 1.0)
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        out = np.where(small, _erf_series(inner), sign * (1.0 - _erfc_fraction(outer)))
    return out.astype(x.dtype if x.dtype.kind in "fc" else np.float64)


def _erf_series(x: Any) -> Any:
    term = total = x
    for n in range(1, 60):
        term = term * (2.0 * x * x) / (2 * n + 1)
        total = total + term
    return 2.0 / math.sqrt(math.pi) * np.exp(-x * x) * total


def _erfc_fraction(x: Any) -> Any:
    fraction = x
    for n in range(60, 0, -1):
        fraction = x + (n / 2.0) / fraction
    return np.where(np.isinf(x), 0.0, np.exp(-x * x) / (math.sqrt(math.pi) * fraction))


erf = op(_erf, name="erf", scalar=math.erf, domain=ANY, x=lambda g, x: g * (2.0 / math.sqrt(math.pi)) * np.exp(-x * x),
         doc="The error function, elementwise.")
erfc = op(lambda x: 1.0 - _erf(x), name="erfc", scalar=math.erfc, domain=ANY,
          x=lambda g, x: g * (-2.0 / math.sqrt(math.pi)) * np.exp(-x * x), doc="1 - erf(x), elementwise.")


def _xlogy(x: Any, y: Any) -> Any:
    zero = np.equal(x, 0)
    return np.where(zero, np.zeros_like(x * y), x * np.log(np.where(zero, np.ones_like(y), y)))


xlogy = op(_xlogy, name="xlogy", domain=(ANY, POSITIVE), x=lambda g, y: g * np.log(y), y=lambda g, x, y: g * x / y,
           doc="x·log(y), and 0 where x = 0 whatever y is.")


def _logit(x: Any) -> Any:
    return np.log(x / (1.0 - x))


logit = op(_logit, name="logit", domain=(0.1, 0.9), x=lambda g, x: g / (x * (1.0 - x)), doc="log(x / (1 - x)), elementwise.")

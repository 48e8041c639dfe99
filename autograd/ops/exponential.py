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

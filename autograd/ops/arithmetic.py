"""Arithmetic and powers."""

from __future__ import annotations

import math
import operator
from typing import Any

import numpy as np

from autograd.declare import op

# Where tests draw inputs: an interval an argument, or a set of such by name (see autograd.testing.registry).
ANY = (-3.0, 3.0)
POSITIVE = (0.3, 3.0)
NOT_ZERO = (0.3, 3.0)


add = op(np.add, scalar=operator.add, tags=("additive", "linear"), symbol="{x} + {y}", domain=ANY,
         x="g", y="g")
subtract = op(np.subtract, scalar=operator.sub, tags=("additive", "linear"), symbol="{x} − {y}", domain=ANY,
              x="g", y="-g")
multiply = op(np.multiply, scalar=operator.mul, tags=("bilinear",), symbol="{x} · {y}", domain=ANY,
              x="g * y", y="g * x")
divide = op(np.divide, scalar=operator.truediv, tags=("quotient",), symbol="{x} / {y}", domain=(ANY, NOT_ZERO),
            x="g / y", y="-g * x / (y * y)")
negative = op(np.negative, scalar=operator.neg, tags=("linear",), symbol="−{x}", domain=ANY, x="-g")
positive = op(np.positive, tags=("linear",), symbol="{x}", domain=ANY, x="g")
reciprocal = op(np.reciprocal, domain=NOT_ZERO, symbol="1 / {x}", x=lambda g, out: -g * out * out)
square = op(np.square, domain=ANY, symbol="{x}²", x="2.0 * g * x")


def _power_x(g: Any, x: Any, y: Any) -> Any:
    """y·x^(y-1), and 0 where y = 0 (x⁰ is 1 everywhere, at x = 0 too)."""
    if isinstance(y, (int, float)):
        if not y:
            return 0.0 * g
        slope = x ** (y - 1.0)
        return g * (float(y) * (math.nan if isinstance(slope, complex) and not np.iscomplexobj(x) else slope))
    return g * y * np.power(x, np.where(np.equal(y, 0), 0.0 * y + 1.0, y - 1.0))


def _power_y(g: Any, x: Any, y: Any, out: Any) -> Any:
    """x^y·log x, and its limit 0 at x = 0 for y >= 0 (log is never asked for a value it does not have)."""
    at_zero = np.logical_and(np.equal(x, 0), np.greater_equal(y, 0))
    return g * out * np.log(np.where(at_zero, np.ones_like(out), x))  # ones of out's dtype: x may be a plain number


power = op(np.power, scalar=operator.pow, symbol="{x}^{y}", domain=(POSITIVE, ANY), x=_power_x, y=_power_y)
float_power = op(np.float_power, domain=(POSITIVE, ANY), x=_power_x, y=_power_y)


sqrt = op(np.sqrt, symbol="√{x}", domain=POSITIVE, x="g * 0.5 / out")
cbrt = op(np.cbrt, symbol="∛{x}", domain=POSITIVE, analytic=False, x=lambda g, out: g / (3.0 * out * out))


def _rsqrt(x: Any) -> Any:
    return 1.0 / np.sqrt(x)


rsqrt = op(_rsqrt, name="rsqrt", domain=POSITIVE, tags=("elementwise",), symbol="1 / √{x}", x=lambda g, x, out: -0.5 * g * out / x,
           doc="1 / sqrt(x), elementwise.")

remainder = op(np.remainder, domain=(ANY, NOT_ZERO), analytic=False, kinks="where x / y is whole: slope of the piece above",
               numpy=(np.mod,), x=lambda g: g, y=lambda g, x, y: -g * np.floor_divide(x, y))
ldexp = op(np.ldexp, domain=ANY, analytic=False, symbol="{x} · 2^{y}", x=lambda g, y: np.ldexp(g, y))
fmod = op(np.fmod, domain=(ANY, NOT_ZERO), analytic=False, kinks="where x / y is whole", x=lambda g: g,
          y=lambda g, x, y: -g * np.trunc(x / y))

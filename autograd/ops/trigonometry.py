"""Trigonometric and hyperbolic functions, angles, sinc."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autograd.declare import op
from autograd.ops.arithmetic import ANY, NOT_ZERO

UNIT = (-0.9, 0.9)

sin = op(np.sin, scalar=math.sin, domain=ANY, x=lambda g, x: g * np.cos(x))
cos = op(np.cos, scalar=math.cos, domain=ANY, x=lambda g, x: -g * np.sin(x))
tan = op(np.tan, scalar=math.tan, domain=(-1.2, 1.2), x="g * (1.0 + out * out)")
arcsin = op(np.arcsin, domain=UNIT, x=lambda g, x: g / np.sqrt(1.0 - x * x))
arccos = op(np.arccos, domain=UNIT, x=lambda g, x: -g / np.sqrt(1.0 - x * x))
arctan = op(np.arctan, scalar=math.atan, domain=ANY, x=lambda g, x: g / (1.0 + x * x))
arctan2 = op(np.arctan2, domain=(ANY, NOT_ZERO), analytic=False, x=lambda g, x, y: g * y / (x * x + y * y),
             y=lambda g, x, y: -g * x / (x * x + y * y))


def _over(x: Any, out: Any) -> Any:
    """x / hypot, 0 where both are 0: the subgradient of a norm at the origin."""
    zero = np.equal(out, 0)
    return np.where(zero, 0.0, x) / np.where(zero, 1.0, out)


hypot = op(np.hypot, domain=NOT_ZERO, analytic=False, kinks="(0, 0): 0", x=lambda g, x, out: g * _over(x, out),
           y=lambda g, y, out: g * _over(y, out))
sinh = op(np.sinh, scalar=math.sinh, domain=ANY, x=lambda g, x: g * np.cosh(x))
cosh = op(np.cosh, scalar=math.cosh, domain=ANY, x=lambda g, x: g * np.sinh(x))
tanh = op(np.tanh, scalar=math.tanh, tags=("activation",), symbol="tanh({x})", domain=ANY,
          x="g * (1.0 - out * out)")
arcsinh = op(np.arcsinh, domain=ANY, x=lambda g, x: g / np.sqrt(x * x + 1.0))
arccosh = op(np.arccosh, domain=(1.2, 3.0), x=lambda g, x: g / np.sqrt(x * x - 1.0))
arctanh = op(np.arctanh, domain=UNIT, x=lambda g, x: g / (1.0 - x * x))
deg2rad = op(np.deg2rad, domain=ANY, analytic=False, numpy=(np.radians,), tags=("linear",), x=lambda g: g * (math.pi / 180.0))
rad2deg = op(np.rad2deg, domain=ANY, analytic=False, numpy=(np.degrees,), tags=("linear",), x=lambda g: g * (180.0 / math.pi))


def _sinc(x: Any) -> Any:
    x = np.asarray(x)
    turn = np.where(np.equal(x, 0), 1.0, math.pi * x)
    return np.where(np.equal(x, 0), 1.0, np.sin(turn) / turn).astype(np.result_type(x, np.float16))


def _sinc_slope(g: Any, x: Any) -> Any:
    """(cos πx - sinc x) / x; near 0, where that cancels, the series of the derivative."""
    near = np.less(np.abs(x), 1e-2)
    away = np.where(near, 1.0, x)
    direct = (np.cos(math.pi * away) - np.sinc(away)) / away
    t = math.pi**2 * x * x
    series = math.pi**2 * x * (-1.0 / 3.0 + t * (1.0 / 30.0 - t * (1.0 / 840.0 - t / 45360.0)))
    return g * np.where(near, series, direct)


sinc = op(_sinc, name="sinc", numpy=(np.sinc,), domain=NOT_ZERO, analytic=False, x=_sinc_slope,
          doc="sin(πx)/(πx), 1 at 0: NumPy's normalised sinc.")

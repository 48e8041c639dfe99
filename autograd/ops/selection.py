"""Choosing between values: maximum, where, clip, abs, sign, rounding. Ties share the gradient evenly."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd.declare import composite, op, plain
from autograd.ops.arithmetic import ANY


def _share(g: Any, mine: Any, other: Any, better: Any) -> Any:
    """All of g where mine is better, half of it at a tie."""
    return np.where(better(mine, other), g, np.where(np.equal(mine, other), 0.5 * g, 0.0 * g))


def _nan_wins(g: Any, mine: Any, other: Any, better: Any) -> Any:
    return np.where(np.isnan(mine), g, np.where(np.isnan(other), 0.0 * g, _share(g, mine, other, better)))


def _nan_loses(g: Any, mine: Any, other: Any, better: Any) -> Any:
    return np.where(np.isnan(other), g, np.where(np.isnan(mine), 0.0 * g, _share(g, mine, other, better)))


TIE = "x = y: the gradient is shared evenly"
maximum = op(np.maximum, domain=ANY, analytic=False, tags=("choice",), kinks=TIE, x=lambda g, x, y: _nan_wins(g, x, y, np.greater),
             y=lambda g, x, y: _nan_wins(g, y, x, np.greater))
minimum = op(np.minimum, domain=ANY, analytic=False, tags=("choice",), kinks=TIE, x=lambda g, x, y: _nan_wins(g, x, y, np.less),
             y=lambda g, x, y: _nan_wins(g, y, x, np.less))
fmax = op(np.fmax, domain=ANY, analytic=False, tags=("choice",), kinks=TIE, x=lambda g, x, y: _nan_loses(g, x, y, np.greater),
          y=lambda g, x, y: _nan_loses(g, y, x, np.greater))
fmin = op(np.fmin, domain=ANY, analytic=False, tags=("choice",), kinks=TIE, x=lambda g, x, y: _nan_loses(g, x, y, np.less),
          y=lambda g, x, y: _nan_loses(g, y, x, np.less))
absolute = op(np.absolute, domain=ANY, analytic=False, kinks="0: 0", symbol="|{x}|", numpy=(np.abs,),
              x=lambda g, x: g * np.sign(x))
abs = absolute
fabs = op(np.fabs, domain=ANY, analytic=False, kinks="0: 0", x=lambda g, x: g * np.sign(x))
copysign = op(np.copysign, domain=ANY, analytic=False, kinks="x = 0: 0",
              x=lambda g, x, y: g * np.sign(x) * np.copysign(1.0, y), y=lambda g: 0.0 * g)

STEP = "flat: 0 everywhere"
sign = op(np.sign, domain=ANY, analytic=False, kinks=STEP, x=lambda g: 0.0 * g)
floor = op(np.floor, domain=ANY, analytic=False, kinks=STEP, x=lambda g: 0.0 * g)
ceil = op(np.ceil, domain=ANY, analytic=False, kinks=STEP, x=lambda g: 0.0 * g)
trunc = op(np.trunc, domain=ANY, analytic=False, kinks=STEP, x=lambda g: 0.0 * g, numpy=(np.fix,))
rint = op(np.rint, domain=ANY, analytic=False, kinks=STEP, x=lambda g: 0.0 * g)
round = op(np.round, "a, decimals=0", domain=ANY, analytic=False, kinks=STEP, a=lambda g: 0.0 * g, numpy=(np.around,))
floor_divide = op(np.floor_divide, domain=(ANY, (0.3, 3.0)), analytic=False, kinks=STEP, x=lambda g: 0.0 * g,
                  y=lambda g: 0.0 * g)
heaviside = op(np.heaviside, domain=ANY, analytic=False, kinks=STEP, x=lambda g: 0.0 * g,
               y=lambda g, x: np.where(np.equal(x, 0), g, 0.0 * g))
nan_to_num = op(np.nan_to_num, "x, copy=True, nan=0.0, posinf=None, neginf=None", domain=ANY, analytic=False, tags=("choice",),
                x=lambda g, x: np.where(np.isfinite(x), g, 0.0 * g))


def _where(condition: Any, x: Any, y: Any) -> Any:
    return np.where(condition, x, y)


where = op(_where, name="where", numpy=(np.where,), domain=ANY, tags=("mask", "choice"), symbol="where({x}, {y})",
           x=lambda g, condition: np.where(condition, g, 0.0), y=lambda g, condition: np.where(condition, 0.0, g),
           doc="x where the condition holds, else y; the branch not taken passes no gradient, whatever its value.")


def _clip(a: Any, a_min: Any = None, a_max: Any = None) -> Any:
    return np.clip(a, a_min, a_max)


def _inside(a: Any, a_min: Any, a_max: Any) -> Any:
    above = True if a_min is None else np.greater_equal(a, a_min)
    return above if a_max is None else np.logical_and(above, np.less_equal(a, a_max))


def _below(a: Any, a_min: Any, a_max: Any) -> Any:
    low = np.less(a, a_min)
    return low if a_max is None else np.logical_and(low, np.less_equal(a_min, a_max))


def _beyond(a: Any, a_min: Any, a_max: Any) -> Any:
    """Where NumPy's clip returns a_max: above it, and everywhere where the bounds cross."""
    high = np.greater(a, a_max)
    return high if a_min is None else np.logical_or(high, np.greater(a_min, a_max))


limited = op(_clip, name="clip", numpy=(np.clip,), domain=ANY, analytic=False, tags=("choice",), kinks="at its bounds: passes the gradient",
          a=lambda g, a, a_min, a_max: np.where(_inside(a, a_min, a_max), g, 0.0),
          a_min=lambda g, a, a_min, a_max: np.where(_below(a, a_min, a_max), g, 0.0),
          a_max=lambda g, a, a_min, a_max: np.where(_beyond(a, a_min, a_max), g, 0.0),
          doc="a limited to [a_min, a_max]; passes the gradient inside and at the bounds.")


@composite(np.clip)
def clip(a: Any, a_min: Any = None, a_max: Any = None, *, min: Any = None, max: Any = None) -> Any:
    """`a` limited to [a_min, a_max] (or min and max, NumPy's newer names); passes the gradient inside and at the bounds."""
    if (a_min is not None and min is not None) or (a_max is not None and max is not None):
        raise TypeError("clip takes a_min or min, a_max or max: they are the same")
    return limited(a, min if a_min is None else a_min, max if a_max is None else a_max)


plain |= {
    np.argpartition, np.lexsort, np.isreal, np.iscomplex, np.tril_indices_from, np.triu_indices_from, np.diag_indices_from,
    np.linalg.matrix_rank,
    np.equal, np.not_equal, np.less, np.less_equal, np.greater, np.greater_equal, np.isnan, np.isinf, np.isfinite, np.signbit,
    np.logical_and, np.logical_or, np.logical_not, np.logical_xor, np.isclose, np.allclose, np.array_equal, np.argmax,
    np.argmin, np.argsort, np.nonzero, np.flatnonzero, np.count_nonzero, np.all, np.any, np.shape, np.ndim, np.size,
    np.result_type, np.zeros_like, np.ones_like, np.empty_like, np.full_like, np.argwhere, np.searchsorted, np.array_equiv,
    np.iscomplexobj, np.isrealobj, np.can_cast, np.min_scalar_type, np.shares_memory, np.may_share_memory, np.nanargmax,
    np.nanargmin, np.isneginf, np.isposinf, np.digitize, np.bincount, np.histogram, np.unravel_index, np.spacing,
    np.array_repr, np.array_str, np.array2string, np.unique, np.isin,
}

"""The gamma function's logarithm and its derivatives, and the modified Bessel functions, without SciPy."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autograd.declare import composite, op
from autograd.ops.arithmetic import ANY, POSITIVE
from autograd.ops.special import _back, _wide
from autograd.tensor import array_of

# --------------------------------------------------------------------------------------------------------------- gamma


def _log_gamma(x: float) -> float:
    try:
        return math.lgamma(x)
    except ValueError:  # the poles, 0, -1, -2, ...
        return math.inf


_log_gammas = np.frompyfunc(_log_gamma, 1, 1)
LARGE = 15.0  # from here the asymptotic series gives every digit
BERNOULLI = [1 / 6, -1 / 30, 1 / 42, -1 / 30, 5 / 66, -691 / 2730, 7 / 6, -3617 / 510]  # B2, B4, ...


def _asymptotic(n: int, x: Any) -> Any:
    """ψ⁽ⁿ⁾ for large x (Abramowitz and Stegun 6.3.18 and 6.4.11)."""
    if not n:
        return np.log(x) - 0.5 / x - sum(b / (2 * k * x ** (2 * k)) for k, b in enumerate(BERNOULLI, 1))
    total = math.factorial(n - 1) / x**n + math.factorial(n) / (2.0 * x ** (n + 1))
    for k, b in enumerate(BERNOULLI, 1):
        total = total + b * (math.factorial(2 * k + n - 1) / math.factorial(2 * k)) / x ** (2 * k + n)
    return (-1.0) ** (n + 1) * total


def _reflected(n: int, x: Any) -> tuple[Any, Any, Any]:
    """ψ(x) = ψ(1 - x) - π/tan(πx): the digamma left of 0 from that right of it; other orders go up step by step."""
    below = x < 0 if not n else np.zeros(np.shape(x), bool)
    with np.errstate(divide="ignore", invalid="ignore"):
        turn = np.where(below, -math.pi / np.tan(math.pi * (x - np.round(x))), 0.0)
    return below, turn, np.where(below, 1.0 - x, x)


def _polygamma(n: int, x: Any) -> Any:
    """Recurrence up to LARGE + n, and there the asymptotic series."""
    if n < 0 or n != int(n):
        raise ValueError(f"polygamma takes n = 0, 1, 2, ..., given {n}")
    _, turn, at = _reflected(n, _wide(x))
    pole = (_wide(x) <= 0) & (_wide(x) == np.floor(_wide(x)))
    total = np.zeros_like(at)
    factor = (-1.0) ** (n + 1) * math.factorial(n)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        while np.any(small := (at < LARGE + n)):
            total = total + np.where(small, factor / at ** (n + 1), 0.0)
            at = np.where(small, at + 1.0, at)
        found = total + _asymptotic(n, at) + turn
    return _back(np.where(pole, np.where(np.equal(_wide(x), 0) & (n == 0), -np.inf, np.nan if not n else np.inf), found), x)


lgamma = op(lambda x: _back(np.asarray(_log_gammas(_wide(x)), float), x), name="lgamma", domain=POSITIVE, analytic=False,
            x=lambda g, x: g * digamma(x), doc="log|Γ(x)|, elementwise; infinite at 0, -1, -2, ...")
digamma = op(lambda x: _polygamma(0, x), name="digamma", domain=POSITIVE, analytic=False, x=lambda g, x: g * polygamma(1, x),
             doc="The derivative of lgamma, elementwise.")
polygamma = op(_polygamma, name="polygamma", analytic=False, x=lambda g, n, x: g * polygamma(n + 1, x),
               doc="The n-th derivative of digamma, elementwise.")


@composite()
def mvlgamma(input: Any, p: int) -> Any:
    """The logarithm of the multivariate gamma function of dimension p."""
    values = array_of(input)
    if p < 1 or (values.size and values.min() <= (p - 1) / 2):
        raise ValueError(f"mvlgamma takes p >= 1 and values above (p - 1)/2, given p={p} and values from {values.min(initial=np.inf)}")
    return sum((lgamma(input - j / 2.0) for j in range(p)), start=p * (p - 1) / 4.0 * math.log(math.pi))


# ------------------------------------------------------------------------------------------- modified Bessel functions

FAR = 30.0  # both series give every digit here


def _rising(order: int, x: Any) -> Any:
    """The power series; all terms have one sign."""
    term = total = (x / 2.0) ** order
    for k in range(1, 90):
        term = term * (x * x / 4.0) / (k * (k + order))
        total = total + term
    return total


def _falling(order: int, x: Any) -> Any:
    """exp(-x)·I(x) for large x (Abramowitz and Stegun 9.7.1)."""
    term = total = np.ones_like(x)
    for k in range(1, 40):
        term = term * -(4.0 * order**2 - (2 * k - 1) ** 2) / (k * 8.0 * x)
        total = total + term
    return total / np.sqrt(2.0 * math.pi * x)


def _bessel(order: int, x: Any, scaled: bool) -> Any:
    wide = _wide(x)
    size = np.abs(wide)
    near = size <= FAR
    inner, outer = np.where(near, wide, 0.0), np.where(near, FAR, size)
    with np.errstate(over="ignore"):
        far = _falling(order, outer) * (1.0 if scaled else np.exp(outer)) * np.where(wide < 0, (-1.0) ** order, 1.0)
        value = np.where(near, _rising(order, inner) * (np.exp(-np.abs(inner)) if scaled else 1.0), far)
    return _back(np.where(np.isnan(wide), np.nan, value), x)


def _over(value: Any, x: Any) -> Any:
    """I1(x) / x, a half at 0."""
    zero = np.equal(x, 0)
    return np.where(zero, 0.5, value / np.where(zero, 1.0, x))


i0 = op(lambda x: _bessel(0, x, False), name="i0", numpy=(np.i0,), domain=ANY, analytic=False, x=lambda g, x: g * i1(x),
        doc="The modified Bessel function of order 0, elementwise.")
i1 = op(lambda x: _bessel(1, x, False), name="i1", domain=ANY, analytic=False, x=lambda g, x, out: g * (i0(x) - _over(out, x)),
        doc="The modified Bessel function of order 1, elementwise.")
i0e = op(lambda x: _bessel(0, x, True), name="i0e", domain=ANY, analytic=False, x=lambda g, x, out: g * (i1e(x) - np.sign(x) * out),
         doc="exp(-|x|)·i0(x), elementwise.")
i1e = op(lambda x: _bessel(1, x, True), name="i1e", domain=ANY, analytic=False,
         x=lambda g, x, out: g * (i0e(x) - np.sign(x) * out - _over(out, x)), doc="exp(-|x|)·i1(x), elementwise.")

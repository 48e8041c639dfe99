"""Activations made of pieces, one operation each: which piece an element is on is the operation's own affair, so that a graph
shows, and a file holds, what it is.
"""

from __future__ import annotations

from typing import Any

import numpy as np

import autograd

ACTIVATION = ("activation",)
DOMAIN = (-3.0, 3.0)


def _only_where(mask: Any, g: Any) -> Any:
    return np.where(mask, g, np.zeros_like(g))


def _beyond(x: Any, lambd: Any) -> Any:
    return (x > lambd) | (x < -lambd)


def _below(x: Any) -> Any:
    """x where negative, else 0: exp of it is never large."""
    return np.where(x > 0, np.zeros_like(x), x)


leaky_relu = autograd.op(
    lambda x, negative_slope=0.01: np.where(x > 0, x, x * negative_slope), name="leaky_relu", tags=ACTIVATION,
    symbol="leaky relu({x})", analytic=False, kinks="0: the slope below", domain=DOMAIN,
    x=lambda g, x, negative_slope: np.where(x > 0, g, g * negative_slope), doc="x where positive, else slope · x.",
)  # fmt: skip
prelu = autograd.op(
    lambda x, weight: np.where(x > 0, x, x * weight), name="prelu", tags=ACTIVATION, symbol="prelu({x})", analytic=False,
    kinks="0: the slope below", domain=(DOMAIN, DOMAIN), x=lambda g, x, weight: np.where(x > 0, g, g * weight),
    weight=lambda g, x: np.where(x > 0, np.zeros_like(g), g * x), doc="x where positive, else weight · x.",
)  # fmt: skip
elu = autograd.op(
    lambda x, alpha=1.0, inner=1.0: np.where(x > 0, x, alpha * np.expm1(_below(x) * inner)), name="elu", tags=ACTIVATION,
    symbol="elu({x})", analytic=False, kinks="0: the slope below", domain=DOMAIN,
    x=lambda g, x, alpha, inner: np.where(x > 0, g, g * (alpha * inner) * np.exp(_below(x) * inner)),
    doc="x where positive, else α(exp(inner · x) - 1).",
)  # fmt: skip
hardtanh = autograd.op(
    lambda x, low, high: np.clip(x, low, high), name="hardtanh", tags=ACTIVATION, symbol="hardtanh({x})", analytic=False,
    kinks="the bounds: 0", x=lambda g, x, low, high: _only_where((x > low) & (x < high), g), doc="x limited to [low, high].",
)  # fmt: skip
hardshrink = autograd.op(
    lambda x, lambd: np.where(np.abs(x) > lambd, x, np.zeros_like(x)), name="hardshrink", tags=ACTIVATION,
    symbol="hardshrink({x})", analytic=False, kinks="±λ: 0", x=lambda g, x, lambd: _only_where(_beyond(x, lambd), g),
    doc="x where |x| > λ, else 0.",
)  # fmt: skip
softshrink = autograd.op(
    lambda x, lambd: np.where(np.abs(x) > lambd, x - np.sign(x) * lambd, np.zeros_like(x)), name="softshrink", tags=ACTIVATION,
    symbol="softshrink({x})", analytic=False, kinks="±λ: 0", x=lambda g, x, lambd: _only_where(_beyond(x, lambd), g),
    doc="x moved towards 0 by λ, and 0 between -λ and λ.",
)  # fmt: skip
threshold = autograd.op(
    lambda x, threshold, value: np.where(x > threshold, x, np.full_like(x, value)), name="threshold", tags=ACTIVATION,
    symbol="threshold({x})", analytic=False, kinks="the threshold: 0", x=lambda g, x, threshold: _only_where(x > threshold, g),
    doc="x where x > threshold, else value.",
)  # fmt: skip

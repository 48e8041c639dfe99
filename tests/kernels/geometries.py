"""Hypothesis strategies and slow, obvious references for the kernel tests."""

from __future__ import annotations

import itertools

import numpy as np
from hypothesis import assume
from hypothesis import strategies as st

from autograd.kernels import sliding

SEEDS = st.integers(0, 2**32 - 1)


def random_array(seed, shape, dtype=np.float64, order="C"):
    """Normal numbers, in one of several memory orders."""
    rng = np.random.default_rng(seed)
    x = rng.standard_normal(shape)
    if np.issubdtype(dtype, np.complexfloating):
        x = x + 1j * rng.standard_normal(shape)
    x = x.astype(dtype)
    if order == "F":
        return np.asfortranarray(x)
    if order == "strided":
        return np.repeat(x, 2, axis=-1)[..., ::2]
    if order == "reversed":
        return x[..., ::-1].copy()[..., ::-1]
    if order == "readonly":
        x.flags.writeable = False
    return x


ORDERS = st.sampled_from(["C", "F", "strided", "reversed", "readonly"])


@st.composite
def windows(draw, axes=None, dilated=True, half_padding=False, ceil=False):
    """Keyword arguments of a sliding window that fits, and the spatial size."""
    axes = axes or draw(st.integers(1, 3))
    top = {1: 9, 2: 6, 3: 4}[axes]

    def per_axis(low, high):
        return tuple(draw(st.integers(low, high)) for _ in range(axes))

    size, kernel, stride = per_axis(1, top), per_axis(1, 4), per_axis(1, 3)
    dilation = per_axis(1, 2) if dilated else (1,) * axes
    reach = [d * (k - 1) + 1 for d, k in zip(dilation, kernel, strict=True)]
    most = [r // 2 if half_padding else 4 for r in reach]
    padding = tuple((draw(st.integers(0, m)), draw(st.integers(0, m))) for m in most)
    assume(all(n + sum(p) >= r for n, p, r in zip(size, padding, reach, strict=True)))
    options = {"stride": stride, "padding": padding}
    options |= {"dilation": dilation} if dilated else {}
    options |= {"ceil_mode": draw(st.booleans())} if ceil else {}
    return size, kernel, options


@st.composite
def convolutions(draw, axes=None):
    """Input shape, weight shape and options of a convolution."""
    size, kernel, options = draw(windows(axes))
    groups = draw(st.integers(1, 3))
    inner, outer, batch = (draw(st.integers(low, 3)) for low in (1, 1, 0))
    options["groups"] = groups
    return (batch, inner * groups, *size), (outer * groups, inner, *kernel), options


def naive_convolve(x, w, stride, padding, dilation, groups):
    """One output element at a time."""
    padded = np.pad(x, [(0, 0), (0, 0), *padding])
    output = sliding(x.shape[2:], w.shape[2:], stride, padding, dilation).output
    out = np.zeros((len(x), len(w), *output), np.result_type(x, w))
    inner, outer = w.shape[1], len(w) // groups
    for n, o, *place in itertools.product(*map(range, out.shape)):
        for c, *tap in itertools.product(*map(range, w.shape[1:])):
            where = [p * s + t * d for p, s, t, d in zip(place, stride, tap, dilation, strict=True)]
            out[(n, o, *place)] += w[(o, c, *tap)] * padded[(n, o // outer * inner + c, *where)]
    return out


def elements(x_shape, window):
    """For every output place: the input indices (inside the input only) that its window covers."""
    for place in itertools.product(*map(range, window.output)):
        axes = [
            [index for tap in range(k) if 0 <= (index := p * s - pad[0] + tap * d) < n]
            for p, s, pad, k, d, n in zip(place, window.stride, window.padding, window.kernel, window.dilation, window.size, strict=True)
        ]
        yield place, list(itertools.product(*axes))

"""ReLU and its gradient. (Sums, products and the like keep the padded layout by themselves: see `layout.Padded`.)"""

from __future__ import annotations

import numpy as np

from autograd.kernels.choice import compiled_for
from autograd.kernels.layout import empty_like_layout, padded
from autograd.kernels.memory import constant_row
from autograd.kernels.windows import Array


def relu(x: Array) -> Array:
    """max(x, 0), NaN where x is.

    >>> relu(np.array([-1.0, 0.0, 2.0])).tolist()
    [0.0, 0.0, 2.0]
    """
    whole = padded(x)
    if whole is None:
        return np.maximum(x, 0)
    fast = compiled_for(whole)
    if fast:
        result: Array = fast.relu(whole)
        return result
    out = empty_like_layout(whole)
    np.maximum(whole.buffer, constant_row(0, whole.buffer), out=out.buffer)
    return out


def relu_input(g: Array, out: Array) -> Array:
    """The gradient of sum(g * relu(x)) by x, from out = relu(x): g where out is positive, 0 elsewhere.

    >>> relu_input(np.array([5.0, 6.0, 7.0]), np.array([0.0, 0.0, 2.0])).tolist()
    [0.0, 0.0, 7.0]
    """
    arriving, passing = padded(g), padded(out)
    if arriving is not None and passing is not None and arriving.layout is passing.layout:
        fast = compiled_for(arriving, passing)
        if fast:
            dx: Array = fast.relu_input(arriving, passing)
            return dx
    return np.multiply(g, out > 0)

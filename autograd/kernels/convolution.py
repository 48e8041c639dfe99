"""Convolution, its gradient by input and its gradient by weight: three functions, each other's derivatives.

With c = convolve(x, w), the three are the one trilinear form sum(g * c) with a different argument left out,
so each is linear in both of its arrays, and the derivative of any of them is one of the other two:

    convolve(x, w)         by x: convolve_input(g, w)      by w: convolve_weight(g, x)
    convolve_input(g, w)   by g: convolve(dx, w)           by w: convolve_weight(g, dx)
    convolve_weight(g, x)  by g: convolve(x, dw)           by x: convolve_input(g, dw)

"Convolution" is cross-correlation, as in every network library. A transposed convolution is `convolve_input`.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np

from autograd.kernels import flat, general, layout
from autograd.kernels.geometry import Numbers, Padding, Sizes, Window, hashable, sliding
from autograd.kernels.windows import Array


def convolve(x: Array, w: Array, stride: Numbers = 1, padding: Padding = 0, dilation: Numbers = 1, groups: int = 1) -> Array:
    """Cross-correlate images with kernels.

    Parameters
    ----------
    x : (N, C, *size)
        1, 2, 3 or more spatial axes.
    w : (O, C / groups, *kernel)
    stride, dilation : int or one int for each spatial axis
    padding : int, one int or one pair (before, after) for each spatial axis, "same" or "valid"

    Returns
    -------
    (N, O, *output), of the promoted dtype.

    Raises
    ------
    ValueError
        If the shapes do not belong together or the kernel does not fit.

    Examples
    --------
    >>> import numpy as np
    >>> convolve(np.arange(5.0).reshape(1, 1, 5), np.array([[[1.0, 0.0, -1.0]]])).tolist()
    [[[-2.0, -2.0, -2.0]]]
    """
    window = convolution_window(x.shape, w.shape, stride, padding, dilation, groups)
    if _in_flat_layout(x, window):
        return flat.convolve(x, w, window, groups)
    out = layout.images(x, (len(x), len(w), *window.output), np.result_type(x, w))
    return general.convolve(x, w, window, groups, out)


def convolve_input(
    g: Array, w: Array, input_shape: Sequence[int], stride: Numbers = 1, padding: Padding = 0, dilation: Numbers = 1, groups: int = 1
) -> Array:
    """The gradient of sum(g * convolve(x, w)) by x, of shape `input_shape`; also transposed convolution.

    >>> import numpy as np
    >>> convolve_input(np.ones((1, 1, 3)), np.array([[[1.0, 0.0, -1.0]]]), (1, 1, 5)).tolist()
    [[[1.0, 1.0, 0.0, -1.0, -1.0]]]
    """
    window = convolution_window(input_shape, w.shape, stride, padding, dilation, groups)
    _expect(g, input_shape, w.shape, window)
    if _in_flat_layout(g, window):
        return flat.convolve_input(g, w, window, groups)
    out = layout.images(g, input_shape, np.result_type(g, w))
    return general.convolve_input(g, w, window, groups, out)


def convolve_weight(
    g: Array, x: Array, weight_shape: Sequence[int], stride: Numbers = 1, padding: Padding = 0, dilation: Numbers = 1, groups: int = 1
) -> Array:
    """The gradient of sum(g * convolve(x, w)) by w, an array of shape `weight_shape`.

    >>> import numpy as np
    >>> convolve_weight(np.ones((1, 1, 3)), np.arange(5.0).reshape(1, 1, 5), (1, 1, 3)).tolist()
    [[[3.0, 6.0, 9.0]]]
    """
    window = convolution_window(x.shape, weight_shape, stride, padding, dilation, groups)
    _expect(g, x.shape, weight_shape, window)
    if _in_flat_layout(x, window):
        return flat.convolve_weight(g, x, window, groups)
    return general.convolve_weight(g, x, window, groups)


def _in_flat_layout(x: Array, window: Window) -> bool:
    return flat.fits(window) and (x.size >= layout.SMALL or layout.is_padded(x))


def convolution_window(
    x_shape: Sequence[int], w_shape: Sequence[int], stride: Numbers = 1, padding: Padding = 0, dilation: Numbers = 1, groups: int = 1
) -> Window:
    """The window of a convolution, after checking that the shapes belong together."""
    try:
        return _window(tuple(x_shape), tuple(w_shape), stride, padding, dilation, groups)
    except TypeError:  # lists, for one, cannot be looked up
        return _window(tuple(x_shape), tuple(w_shape), *map(hashable, (stride, padding, dilation)), groups)


@lru_cache(maxsize=1024)
def _window(x_shape: Sizes, w_shape: Sizes, stride: Numbers, padding: Padding, dilation: Numbers, groups: int) -> Window:
    if len(x_shape) != len(w_shape) or len(x_shape) < 3:
        raise ValueError(
            f"convolution of an input {x_shape} with a weight {w_shape}: both need the "
            "same number of axes, (N, C, *size) and (O, C / groups, *kernel)"
        )
    if groups < 1 or w_shape[0] % groups or x_shape[1] != w_shape[1] * groups:
        raise ValueError(
            f"convolution of an input {x_shape} with a weight {w_shape} in {groups} groups: "
            f"the input needs {w_shape[1] * groups} channels (weight.shape[1] * groups), and groups must "
            f"divide {w_shape[0]}"
        )
    return sliding(x_shape[2:], w_shape[2:], stride, padding, dilation)


def _expect(g: Array, x_shape: Sequence[int], w_shape: Sequence[int], window: Window) -> None:
    expected = (x_shape[0], w_shape[0], *window.output)
    if g.shape != expected:
        raise ValueError(
            f"g has shape {g.shape}, but the convolution of an input {tuple(x_shape)} with a weight {tuple(w_shape)} has shape {expected}"
        )

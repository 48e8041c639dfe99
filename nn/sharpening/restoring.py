"""A trained network on whole photographs, of any size, grey or in colour."""

# NumPy's arithmetic of arrays of any dtype is Any to mypy.
# mypy: disable-error-code="no-any-return"

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

import autograd
from nn.sharpening.network import VDSR
from nn.sharpening.pixels import Array, as_floats, luminance, resized, with_luminance

ROWS = 128


def sharpener_of(weights: Mapping[str, Any]) -> VDSR:
    """The network whose `state_dict` this is: depth, width and channels are in the shapes.

    Raises
    ------
    ValueError
        When they are no such network's.
    """
    kernels = {name: np.shape(value) for name, value in weights.items() if name.endswith(".weight")}
    first = kernels.get("layers.0.weight", ())
    if len(first) != 4:
        raise ValueError(f"these are not the weights of a sharpener (layers.0.weight, ...): {', '.join(list(weights)[:5]) or 'none'}")
    net = VDSR(len(kernels), first[0], first[1])
    net.load_state_dict(weights)
    return net


def restored(net: VDSR, soft: Array, rows: int = ROWS) -> Array:
    """The network's answer to a grey image (H, W), strip by strip: the same pixels as at once, in less memory.

    Each strip brings as many rows above and below as the network sees away from a pixel.
    """
    strips = []
    for top in range(0, len(soft), rows):
        start, stop = max(0, top - net.depth), top + rows + net.depth
        with autograd.no_grad():
            strip = autograd.as_tensor(net(soft[None, None, start:stop])).data[0, 0]
        strips.append(strip[top - start : top - start + rows])
    return np.concatenate(strips)


def enlarged(net: VDSR, image: Any, scale: int = 2) -> Array:
    """A photograph (H, W), (H, W, 3) or (H, W, 4) scaled up by bicubic, and its brightness sharpened; uint8.

    Parameters
    ----------
    net : VDSR
        Of one channel.
    image : array_like
        uint8 or uint16, or floats from 0 to 1. Transparency is dropped.
    scale : int
        2 for what the network was trained on; 1 sharpens as it is what was scaled up by others.
    """
    small = as_floats(image)
    small = small if small.ndim == 2 else small[..., :3]
    large = small if scale == 1 else resized(small, small.shape[0] * scale, small.shape[1] * scale)
    bright = restored(net, luminance(large))
    sharp = bright if large.ndim == 2 else with_luminance(large, bright)
    return np.rint(np.clip(sharp, 0, 1) * 255).astype(np.uint8)

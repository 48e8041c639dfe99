"""Photographs as the networks trained on ImageNet expect them."""

from __future__ import annotations

import os
from typing import Any

import numpy as np

from nn.data.datasets import Array
from nn.data.folders import read_image

MEAN, DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)  # of red, green and blue over the training images, from 0 to 1


def imagenet_input(image: str | os.PathLike[str] | Any, size: int = 224, resize: int = 256) -> Array:
    """A photograph as an input of `nn.resnet50` and its kin with published weights.

    As torchvision's weights were trained and tested: the shorter side scaled to `resize` (bilinear, Pillow's), the square in the
    middle cut out, pixels from 0 to 1, less the data set's mean, divided by its deviation.

    Parameters
    ----------
    image : path, or uint8 array (H, W, 3) or (3, H, W)
    size : int
        Side of the square.
    resize : int
        Shorter side before it is cut; not below `size`.

    Returns
    -------
    float32 array (3, size, size)
        Stack several, or add an axis, for a batch.

    Raises
    ------
    ValueError, TypeError
        For arrays of other shapes and dtypes, and damaged files, which are named.
    ModuleNotFoundError
        Without Pillow: ``pip install 'gradroutes[train]'``.

    Examples
    --------
    >>> import numpy as np
    >>> from nn.data import imagenet_input
    >>> imagenet_input(np.zeros((300, 400, 3), np.uint8)).shape
    (3, 224, 224)
    """
    if not 1 <= size <= resize:
        raise ValueError(f"size is from 1 to resize, given size={size}, resize={resize}")
    pixels = _pixels(image)
    scaled = _scaled(pixels, resize)
    top, left = (round((n - size) / 2.0) for n in scaled.shape[:2])
    square = scaled[top : top + size, left : left + size].astype(np.float32) / np.float32(255)
    mean, deviation = np.array(MEAN, np.float32), np.array(DEVIATION, np.float32)
    return np.ascontiguousarray(((square - mean) / deviation).transpose(2, 0, 1))


def _pixels(image: Any) -> Array:
    """uint8 (H, W, 3)."""
    array: Array = read_image(image) if isinstance(image, (str, os.PathLike)) else np.asarray(image)
    if array.dtype != np.uint8:
        raise TypeError(f"an image is uint8 from 0 to 255, given {array.dtype}; write np.rint(255 * image).astype(np.uint8)")
    if array.ndim == 3 and array.shape[2] != 3 and array.shape[0] == 3:
        array = array.transpose(1, 2, 0)
    if array.ndim != 3 or array.shape[2] != 3 or 0 in array.shape:
        raise ValueError(f"an image is (H, W, 3) or (3, H, W), given {array.shape}")
    return array


def _scaled(pixels: Array, resize: int) -> Array:
    from PIL import Image

    height, width = pixels.shape[:2]
    short = min(height, width)
    across, down = int(resize * width / short), int(resize * height / short)
    return np.asarray(Image.fromarray(np.ascontiguousarray(pixels)).resize((across, down), Image.Resampling.BILINEAR))

"""The augmentation of the residual papers, on a whole batch at a time."""

from __future__ import annotations

from typing import Any

import numpy as np

from nn.data.datasets import Array
from nn.randomness import generator_or_shared


def _images(images: Any) -> Array:
    array: Array = np.asarray(images)
    if array.ndim != 4:
        raise ValueError(f"images are (samples, channels, height, width), given shape {array.shape}")
    return array


def random_crop(images: Any, padding: int = 4, generator: np.random.Generator | int | None = None) -> Array:
    """Pad every side with zeros, then cut the old size out at a place of each image's own (He et al. 2015, section 4.2).

    Parameters
    ----------
    images : array (N, C, H, W)
        Any dtype, which is kept. Centre the pixels first if zero is to be the mean, as in the paper.
    padding : int
        Pixels on each side.
    generator : numpy Generator or int, optional
        By default the one that `nn.manual_seed` sets.

    Returns
    -------
    array (N, C, H, W)
        A new one.

    Examples
    --------
    >>> import numpy as np
    >>> from nn.data import random_crop
    >>> random_crop(np.ones((2, 3, 32, 32)), generator=0).shape
    (2, 3, 32, 32)
    """
    images = _images(images)
    if padding < 0:
        raise ValueError(f"padding must be at least 0, given {padding}")
    count, _, height, width = images.shape
    padded = np.pad(images, [(0, 0), (0, 0), (padding, padding), (padding, padding)])
    top, left = generator_or_shared(generator).integers(2 * padding + 1, size=(2, count))
    rows = (top[:, None] + np.arange(height))[:, None, :, None]
    columns = (left[:, None] + np.arange(width))[:, None, None, :]
    channels = np.arange(images.shape[1])[:, None, None]
    cropped: Array = padded[np.arange(count)[:, None, None, None], channels, rows, columns]
    return cropped


def random_flip(images: Any, p: float = 0.5, generator: np.random.Generator | int | None = None) -> Array:
    """Mirror each image left to right with probability `p`; (N, C, H, W) in and out, any dtype, always a new array.

    Examples
    --------
    >>> import numpy as np
    >>> from nn.data import random_flip
    >>> random_flip(np.arange(3).reshape(1, 1, 1, 3), p=1.0, generator=0)
    array([[[[2, 1, 0]]]])
    """
    images = _images(images)
    if not 0 <= p <= 1:
        raise ValueError(f"p is a probability from 0 to 1, given {p}")
    mirrored = generator_or_shared(generator).random(len(images)) < p
    flipped: Array = np.where(mirrored[:, None, None, None], images[..., ::-1], images)
    return flipped


def crop_and_flip(images: Any, generator: np.random.Generator | int | None = None) -> Array:
    """Both, as the CIFAR networks were trained with (He et al. 2015, section 4.2): a `DataLoader`'s ``transform=``.

    Examples
    --------
    >>> import numpy as np
    >>> from nn.data import crop_and_flip
    >>> crop_and_flip(np.ones((2, 3, 32, 32), np.float32), generator=0).dtype
    dtype('float32')
    """
    generator = generator_or_shared(generator)
    return random_flip(random_crop(images, generator=generator), generator=generator)

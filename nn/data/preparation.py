"""Pixels as a network takes them: centred float32, in the shape its first layer asks for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from nn.data.datasets import Array, Dataset

SAMPLE = 2000  # images that mean and deviation are taken from, where they are not all in memory


class Preparation(NamedTuple):
    """(x · scale − mean) / std for each channel, then the shape that the network takes.

    Bytes are always brought to 0 to 1; `scale` is for other numbers. Images of one channel are repeated `repeat` times;
    with `rows` an image becomes one row.
    """

    mean: Sequence[float]
    std: Sequence[float]
    scale: float = 1.0
    repeat: int = 1
    rows: bool = False

    def __call__(self, images: Any) -> Array:
        """Bytes or numbers (N, C, H, W) or (N, features) as float32."""
        array = np.asarray(images)
        axes = (1,) * (array.ndim - 2)
        scale = 1 / 255 if array.dtype == np.uint8 else self.scale
        factor = np.array([scale / std for std in self.std], np.float32).reshape(-1, *axes)
        shift = np.array([mean / std for mean, std in zip(self.mean, self.std)], np.float32).reshape(-1, *axes)
        prepared: Array = array.astype(np.float32)
        prepared *= factor
        prepared -= shift
        return self.shaped(prepared)

    def shaped(self, images: Array) -> Array:
        """Repeated channels, or rows."""
        if self.repeat > 1:
            images = np.repeat(images, self.repeat, axis=1)
        return images.reshape(len(images), -1) if self.rows else images


def measured(data: Dataset) -> Preparation:
    """The preparation that gives each channel of a data set mean 0 and deviation 1 (rows of numbers: all of them together).

    Examples
    --------
    >>> import numpy as np
    >>> from nn.data import ArrayDataset, measured
    >>> data = ArrayDataset(np.array([[[[0, 255]]]], np.uint8), np.array([0]))
    >>> measured(data)(data.arrays[0]).ravel().tolist()
    [-1.0, 1.0]
    """
    images = data[np.linspace(0, len(data) - 1, min(SAMPLE, len(data)), dtype=int)][0]
    scale = 1 / 255 if images.dtype == np.uint8 or _like_bytes(images) else 1.0
    axes = tuple(axis for axis in range(images.ndim) if axis != 1 or images.ndim == 2)
    means = np.atleast_1d(images.mean(axes, dtype=np.float64) * scale)
    deviations = np.atleast_1d(images.std(axes, dtype=np.float64) * scale)
    return Preparation([float(m) for m in means], [float(d) if d > 1e-6 else 1.0 for d in deviations], scale)


def _like_bytes(images: Array) -> bool:
    """Numbers that were bytes once: 0 to 255, and not 0 to 1."""
    return bool(images.size and images.min() >= 0 and 2 < images.max() <= 255)


def fitted(preparation: Preparation, model: Any, shape: Sequence[int]) -> Preparation:
    """The same, with images of `shape` (C, H, W) brought to the form that the model's first layer takes.

    A first layer that is dense and as wide as an image gets rows, a first convolution over three channels grey images
    three times; everything else gets the images as they are.
    """
    first: tuple[int, ...] = next((parameter.shape for parameter in model.parameters() if parameter.ndim > 1), ())
    rows = len(first) == 2 and len(shape) == 3 and first[1] == int(np.prod(shape))
    grey_thrice = len(first) == 4 and len(shape) == 3 and shape[0] == 1 and first[1] == 3
    return preparation._replace(rows=rows, repeat=3 if grey_thrice else 1)

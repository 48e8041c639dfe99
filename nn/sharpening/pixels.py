"""What photographs go through: luminance, half the size and back, and how far two are apart."""

# NumPy's arithmetic of arrays of any dtype is Any to mypy.
# mypy: disable-error-code="no-any-return"

from __future__ import annotations

import math
from typing import Any

import numpy as np

Array = np.ndarray[Any, np.dtype[Any]]

WEIGHTS = (0.299, 0.587, 0.114)  # of red, green and blue in the luminance (ITU-R BT.601)


def as_floats(image: Any) -> Array:
    """float32; uint8 and uint16 are brought to 0..1."""
    image = np.asarray(image)
    top = np.iinfo(image.dtype).max if image.dtype.kind == "u" else 1.0
    return image.astype(np.float32) / np.float32(top)


def luminance(image: Any) -> Array:
    """Brightness of a colour image (H, W, 3 or 4), or a grey one (H, W), as float32 from 0 to 1."""
    image = as_floats(image)
    if image.ndim not in (2, 3) or (image.ndim == 3 and image.shape[2] not in (3, 4)):
        raise ValueError(f"an image is (H, W), (H, W, 3) or (H, W, 4), given {image.shape}")
    return image if image.ndim == 2 else image[..., :3] @ np.array(WEIGHTS, np.float32)


def with_luminance(image: Array, bright: Array) -> Array:
    """A colour image (H, W, 3) from 0 to 1 with another brightness: the colours' distances from it stay."""
    return image + (bright - luminance(image))[..., None]


def resized(image: Array, height: int, width: int) -> Array:
    """Bicubic (Keys 1981, a = -1/2), widened where it shrinks so that nothing is skipped: Pillow's, on float32."""
    from PIL import Image

    channels = [image] if image.ndim == 2 else list(np.moveaxis(image, 2, 0))
    small = [_float_image(each).resize((width, height), Image.Resampling.BICUBIC) for each in channels]
    arrays = [np.asarray(each, np.float32) for each in small]
    return arrays[0] if image.ndim == 2 else np.stack(arrays, 2)


def _float_image(channel: Array) -> Any:
    from PIL import Image

    return Image.fromarray(np.ascontiguousarray(channel, np.float32))


def halved(image: Array) -> Array:
    """Half as high, half as wide."""
    return resized(image, image.shape[0] // 2, image.shape[1] // 2)


def blurred(image: Array) -> Array:
    """Halved, and scaled back up: what is left of a photograph in its half-size copy."""
    return resized(halved(image), *image.shape[:2])


def psnr(image: Array, truth: Array) -> float:
    """10·log₁₀(1 / mean squared difference) in decibels, of images from 0 to 1; what lies outside is cut off as a screen would."""
    error = float(np.mean((np.clip(image, 0, 1).astype(np.float64) - truth) ** 2))
    return 10 * math.log10(1 / error) if error else math.inf

"""Half size and back, luminance and decibels, against other libraries and the formulas."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from nn import sharpening

pytest.importorskip("PIL")
sides = st.integers(1, 24)
unit = st.floats(0, 1, width=32)


@st.composite
def images(draw: st.DrawFn) -> Any:
    """Grey or in colour, float32 from 0 to 1."""
    shape = (draw(sides), draw(sides), *draw(st.sampled_from([(), (3,)])))
    return draw(arrays.arrays(np.float32, shape, elements=unit))


def keys(t: Any) -> Any:
    """Keys 1981, equation 15: a = -1/2."""
    near, far = 1.5 * t**3 - 2.5 * t**2 + 1, -0.5 * t**3 + 2.5 * t**2 - 4 * t + 2
    return np.where(t <= 1, near, np.where(t < 2, far, 0.0))


def matrix(size: int, out: int) -> Any:
    """Row o: how much of each input is in output o; a kernel as much wider as the image shrinks, cut off at the border."""
    widening = max(size / out, 1.0)
    centres = (np.arange(out) + 0.5) * size / out
    weights = keys(np.abs((np.arange(size) + 0.5 - centres[:, None]) / widening))
    return weights / weights.sum(1, keepdims=True)


@settings(deadline=None)
@given(images(), sides, sides)
def test_scaling_is_keys_formula(image: Any, height: int, width: int) -> None:
    expected = np.einsum("oh,hw...,pw->op...", matrix(image.shape[0], height), image, matrix(image.shape[1], width))
    np.testing.assert_allclose(sharpening.resized(image, height, width), expected, atol=2e-6)


def test_half_and_back_keeps_the_size_and_what_is_constant() -> None:
    flat = np.full((6, 8), 0.25, np.float32)
    np.testing.assert_allclose(sharpening.blurred(flat), flat, atol=1e-6)
    assert sharpening.halved(np.ones((6, 8, 3), np.float32)).shape == (3, 4, 3)


@given(arrays.arrays(np.float32, (11, 12), elements=unit), arrays.arrays(np.float32, (11, 12), elements=unit))
def test_decibels_are_scikit_images(image: Any, truth: Any) -> None:
    metrics = pytest.importorskip("skimage.metrics")
    if (image == truth).all():
        assert sharpening.psnr(image, truth) == np.inf
    else:
        expected = metrics.peak_signal_noise_ratio(truth.astype(float), image.astype(float), data_range=1.0)
        assert sharpening.psnr(image, truth) == pytest.approx(expected, rel=1e-6)


def test_decibels_see_what_a_screen_shows() -> None:
    truth = np.array([[0.0, 1.0]], np.float32)
    assert sharpening.psnr(np.array([[-5.0, 7.0]], np.float32), truth) == np.inf
    assert sharpening.psnr(np.array([[0.1, 1.0]], np.float32), truth) == pytest.approx(10 * np.log10(200), rel=1e-5)


@given(arrays.arrays(np.uint8, (5, 7, 3)))
def test_luminance_is_pillows(image: Any) -> None:
    from PIL import Image

    expected = np.asarray(Image.fromarray(image).convert("L"), float) / 255
    np.testing.assert_allclose(sharpening.luminance(image), expected, atol=0.6 / 255)


@given(arrays.arrays(np.float32, (4, 4, 3), elements=unit), arrays.arrays(np.float32, (4, 4), elements=unit))
def test_the_new_brightness_is_there_and_the_colours_stay(image: Any, bright: Any) -> None:
    changed = sharpening.with_luminance(image, bright)
    np.testing.assert_allclose(sharpening.luminance(changed), bright, atol=1e-5)
    np.testing.assert_allclose(changed[..., 0] - changed[..., 1], image[..., 0] - image[..., 1], atol=1e-5)


@pytest.mark.parametrize("shape", [(4,), (4, 4, 2), (4, 4, 3, 1)])
def test_what_is_no_image_is_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match=r"\(H, W, 3\)"):
        sharpening.luminance(np.zeros(shape))

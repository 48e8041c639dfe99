"""Photographs that ship inside wheels, scikit-image's and scikit-learn's: nothing is fetched."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from nn.sharpening.pixels import Array, luminance

EXTRA = "pip install 'gradroutes[images]'"


class Photographs(NamedTuple):
    """Colour or grey, uint8, by name; the two parts share none."""

    train: dict[str, Array]
    test: dict[str, Array]

    def luminances(self) -> tuple[list[Array], dict[str, Array]]:
        """What is trained on, and what is tested on by name: luminance from 0 to 1, with even sides."""
        return [even(luminance(each)) for each in self.train.values()], {name: even(luminance(each)) for name, each in self.test.items()}


def even(image: Array) -> Array:
    """Without the last row or column of an odd side: what is halved and doubled keeps its size."""
    return image[: image.shape[0] // 2 * 2, : image.shape[1] // 2 * 2]


def load_photographs() -> Photographs:
    """Eight photographs to train on, four others to test on.

    Raises
    ------
    ModuleNotFoundError
        Without scikit-image or scikit-learn: ``pip install 'gradroutes[images]'``.

    Examples
    --------
    >>> from nn.sharpening import load_photographs
    >>> sorted(load_photographs().test)
    ['camera', 'cat', 'coins', 'flower']
    """
    try:
        import skimage.data as shipped
        from sklearn.datasets import load_sample_images
    except ModuleNotFoundError as missing:
        advice = f"the photographs ship with scikit-image and scikit-learn: {EXTRA}"
        raise ModuleNotFoundError(advice, name=missing.name) from missing
    china, flower = load_sample_images().images
    train = _named(shipped, "astronaut", "coffee", "rocket", "brick", "grass", "gravel")
    train |= {"china": china, "motorcycle": _named(shipped, "stereo_motorcycle")["stereo_motorcycle"][0]}
    return Photographs(train, {**_named(shipped, "camera", "cat", "coins"), "flower": flower})


def _named(shipped: Any, *names: str) -> dict[str, Array]:
    readers: list[Callable[[], Array]] = [getattr(shipped, name) for name in names]
    return {name: read() for name, read in zip(names, readers, strict=True)}

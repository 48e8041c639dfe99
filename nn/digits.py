"""scikit-learn's handwritten digits: real images that ship inside a wheel, so that a first run needs no network."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

Array = np.ndarray[Any, np.dtype[Any]]


class Digits(NamedTuple):
    """Images as rows of 64 centred float32 pixels, labels 0 to 9."""

    train_images: Array
    train_labels: Array
    test_images: Array
    test_labels: Array


def load_digits(seed: int = 0, held_out: float = 0.2, centred: bool = True) -> Digits:
    """The 1,797 images of 8×8 pixels (Alpaydin and Kaynak 1998, test part), split with every digit in proportion.

    Parameters
    ----------
    seed : int
        Chooses the split.
    held_out : float
        The part that is not trained on.
    centred : bool
        Take the training images' mean image away.

    Returns
    -------
    Digits
        Pixels run from 0 to 1, and then lose the mean image.

    Raises
    ------
    ModuleNotFoundError
        Without scikit-learn: ``pip install 'gradroutes[demo]'``.

    Examples
    --------
    >>> from nn.digits import load_digits
    >>> digits = load_digits(seed=0)
    >>> digits.train_images.shape, digits.test_images.shape
    ((1437, 64), (360, 64))
    """
    try:
        from sklearn.datasets import load_digits as load
        from sklearn.model_selection import train_test_split
    except ModuleNotFoundError as missing:
        advice = "the digits ship with scikit-learn: pip install 'gradroutes[demo]'"
        raise ModuleNotFoundError(advice, name=missing.name) from missing
    images, labels = load(return_X_y=True)
    images = (images / 16.0).astype(np.float32)
    parts = train_test_split(images, labels, test_size=held_out, stratify=labels, random_state=seed)
    train_images, test_images, train_labels, test_labels = parts
    mean = train_images.mean(0) if centred else 0
    return Digits(train_images - mean, train_labels, test_images - mean, test_labels)

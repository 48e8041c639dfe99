"""What a loader reads from: anything with a length that an array of indices picks a batch out of."""

from __future__ import annotations

from typing import Any, Protocol, runtime_checkable

import numpy as np

Array = np.ndarray[Any, np.dtype[Any]]
Batch = tuple[Array, ...]


@runtime_checkable
class Dataset(Protocol):
    """A length, and indexing by an array of integers, which gives a batch: a tuple of arrays, samples along axis 0.

    PyTorch's datasets give one sample and leave the stacking to the loader; here a batch is one indexing, as NumPy does it.
    """

    def __len__(self) -> int: ...

    def __getitem__(self, index: Any, /) -> Batch: ...


class ArrayDataset:
    """Arrays of one length side by side, as images and labels are (PyTorch's ``TensorDataset``).

    Parameters
    ----------
    *arrays : array
        Of any shapes and dtypes, samples along axis 0. They are not copied.

    Raises
    ------
    ValueError
        Without arrays, for a 0-d one, or when the lengths differ.

    Examples
    --------
    >>> import numpy as np
    >>> from nn.data import ArrayDataset
    >>> pairs = ArrayDataset(np.arange(6.0).reshape(3, 2), np.array([7, 8, 9]))
    >>> len(pairs), pairs[np.array([2, 0])]
    (3, (array([[4., 5.],
           [0., 1.]]), array([9, 7])))
    """

    def __init__(self, *arrays: Any) -> None:
        self.arrays: Batch = tuple(np.asarray(array) for array in arrays)
        shapes = [array.shape for array in self.arrays]
        if len({shape[:1] for shape in shapes}) != 1 or shapes[0] == ():
            raise ValueError(f"ArrayDataset takes arrays with one length of axis 0, given shapes {shapes}")

    def __len__(self) -> int:
        return len(self.arrays[0])

    def __getitem__(self, index: Any) -> Batch:
        return tuple(array[index] for array in self.arrays)

    def __repr__(self) -> str:
        columns = ", ".join(f"{array.dtype}{list(array.shape)}" for array in self.arrays)
        return f"ArrayDataset({columns})"


def read_digits(train: bool = True, seed: int = 0, centred: bool = True) -> ArrayDataset:
    """scikit-learn's digits, which need no file: rows of 64 float32 pixels, centred or not, and labels (see `nn.digits`).

    Examples
    --------
    >>> from nn.data import read_digits
    >>> read_digits(train=True), read_digits(train=False)
    (ArrayDataset(float32[1437, 64], int64[1437]), ArrayDataset(float32[360, 64], int64[360]))
    """
    from nn.digits import load_digits

    digits = load_digits(seed=seed, centred=centred)
    if train:
        return ArrayDataset(digits.train_images, digits.train_labels)
    return ArrayDataset(digits.test_images, digits.test_labels)

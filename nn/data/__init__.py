"""Data: sets of arrays, a loader with seeded order and background prefetch, and a reader for MNIST's IDX files.

    from nn.data import DataLoader, read_mnist
    loader = DataLoader(read_mnist("mnist", train=True), batch_size=128, shuffle=True, generator=0, prefetch=2)
    for images, labels in loader: ...

Nothing here downloads: a reader takes the path of a file or folder that you have.
"""

from nn.data.augmentation import crop_and_flip, random_crop, random_flip
from nn.data.datasets import ArrayDataset, Dataset, read_digits
from nn.data.idx import read_idx, read_mnist
from nn.data.loader import DataLoader

__all__ = [
    "ArrayDataset", "DataLoader", "Dataset",
    "crop_and_flip", "random_crop", "random_flip",
    "read_digits", "read_idx", "read_mnist",
]  # fmt: skip

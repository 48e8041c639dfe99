"""Data: sets of arrays, a loader with seeded order and background prefetch, readers for MNIST, CIFAR, image folders and npz.

    from nn.data import DataLoader, read_cifar
    loader = DataLoader(read_cifar("cifar-10-binary.tar.gz"), batch_size=128, shuffle=True, generator=0, prefetch=2)
    for images, labels in loader: ...

Nothing here downloads: a reader takes the path of a file or folder that you have.
"""

from nn.data.archives import read_npz
from nn.data.augmentation import crop_and_flip, random_crop, random_flip
from nn.data.cifar import read_cifar
from nn.data.datasets import ArrayDataset, Dataset, read_digits
from nn.data.folders import ImageFolder, read_image
from nn.data.idx import read_idx, read_mnist
from nn.data.imagenet import imagenet_input
from nn.data.loader import DataLoader
from nn.data.preparation import Preparation, measured
from nn.data.recognition import Data, read_data

__all__ = [
    "ArrayDataset", "Data", "DataLoader", "Dataset", "ImageFolder", "Preparation",
    "crop_and_flip", "imagenet_input", "measured", "random_crop", "random_flip",
    "read_cifar", "read_data", "read_digits", "read_idx", "read_image", "read_mnist", "read_npz",
]  # fmt: skip

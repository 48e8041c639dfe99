"""What lies at a path: MNIST's files, a CIFAR archive, a folder of images or arrays, told by their names and first bytes."""

from __future__ import annotations

import os
import zlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from nn.data.archives import names_in_npz, read_npz
from nn.data.cifar import is_cifar, read_cifar_whole
from nn.data.datasets import Array, ArrayDataset, Dataset, read_digits
from nn.data.files import naming
from nn.data.folders import ImageFolder
from nn.data.idx import is_mnist, read_mnist

IN_MEMORY = 1 << 29  # bytes of images that are read at once, so that a damaged one is found before the training
KNOWN = """\
digits                  scikit-learn's handwritten digits, which need no file
a folder                with MNIST's or Fashion-MNIST's four idx files, packed or not
a folder or .tar.gz     of CIFAR-10 or CIFAR-100, python or binary version
a folder                with train/CLASS/*.png and test/CLASS/*.png, or CLASS/*.png alone
a .npz                  with x_train, y_train, x_test, y_test, or x and y (or images and labels)"""


class Data(NamedTuple):
    """Samples to train on, samples to test on, and what their classes are called."""

    kind: str
    train: Dataset
    test: Dataset
    classes: list[str]

    def shape(self) -> tuple[int, ...]:
        """Of one sample."""
        return tuple(self.train[np.arange(1)][0].shape[1:])

    def fingerprint(self) -> int:
        """A checksum of the training part, where it is in memory, or of its labels and the names of its images."""
        if isinstance(self.train, ArrayDataset):
            parts = [np.ascontiguousarray(array).data.cast("B") if array.size else b"" for array in self.train.arrays]
        else:
            parts = [repr([(path.name, path.stat().st_size) for path in _paths(self.train)]).encode()]
        checksum = 0
        for part in parts:
            checksum = zlib.crc32(part, checksum)
        return checksum


class Part(Dataset):
    """Some samples of a data set."""

    def __init__(self, data: Dataset, chosen: Array) -> None:
        self.data, self.chosen = data, chosen

    def __len__(self) -> int:
        return len(self.chosen)

    def __getitem__(self, index: Any) -> Any:
        return self.data[self.chosen[index]]


def _paths(data: Any) -> list[Path]:
    return data.paths if isinstance(data, ImageFolder) else [data.data.paths[i] for i in data.chosen]


def read_data(path: str | os.PathLike[str], size: int | None = None, held_out: float = 0.1, seed: int = 0) -> Data:
    """Read what lies at a path, whatever it is of the kinds that `nn.data` knows.

    Parameters
    ----------
    path : path
        ``digits`` stands for scikit-learn's digits.
    size : int, optional
        For folders of images: scale the shorter side to this and keep the square in the middle.
    held_out : float
        The share to test on, where the data has no test part of its own; `seed` chooses it.

    Raises
    ------
    FileNotFoundError
        When there is nothing.
    ValueError
        When it is of no known kind, damaged or short; it names the file.

    Examples
    --------
    >>> from nn.data import read_data
    >>> read_data("digits").shape()
    (1, 8, 8)
    """
    if os.fspath(path) == "digits":
        return _digits(seed)
    place = Path(path)
    if not place.exists():
        raise FileNotFoundError(f"{os.fspath(path)}: no such file or folder")
    for folder in _places(place):
        for fits, read in _READERS:
            if fits(folder):
                return read(folder, size, held_out, seed)
    raise ValueError(f"{os.fspath(path)}: no data of a known kind, which are\n{KNOWN}")


def _places(place: Path) -> list[Path]:
    """The path, the folders one and two levels below (as archives unpack), and that of a file."""
    if place.is_dir():
        inside = [folder for pattern in ("*/", "*/*/") for folder in sorted(place.glob(pattern)) if folder.is_dir()]
        return [place, *(folder for folder in inside[:100] if is_mnist(folder) or is_cifar(folder))]
    return [place, place.parent] if place.suffix not in (".npz", ".gz", ".tgz", ".tar") or is_mnist(place.parent) else [place]


# ------------------------------------------------------------------------------------------------------- what each kind is


def _digits(seed: int) -> Data:
    parts = [read_digits(train, seed, centred=False).arrays for train in (True, False)]
    train, test = (ArrayDataset(images.reshape(-1, 1, 8, 8), labels) for images, labels in parts)
    return Data("digits", train, test, [str(digit) for digit in range(10)])


def _mnist(folder: Path, size: int | None, held_out: float, seed: int) -> Data:
    train = read_mnist(folder)
    classes = [str(digit) for digit in range(10)]
    if is_mnist(folder, "t10k"):
        return Data("MNIST", train, read_mnist(folder, train=False), classes)
    return _split("MNIST", train, classes, held_out, seed)


def _cifar(path: Path, size: int | None, held_out: float, seed: int) -> Data:
    train, test, names = read_cifar_whole(path)
    return Data(f"CIFAR-{len(names)}", train, test, names)


def _image_folder(folder: Path, size: int | None, held_out: float, seed: int) -> Data:
    test = next((folder / name for name in ("test", "val", "valid", "validation") if (folder / name).is_dir()), None)
    if not (folder / "train").is_dir() or test is None:
        images = ImageFolder(folder, size)
        return _split("images", _read_at_once(images), images.classes, held_out, seed)
    images, others = ImageFolder(folder / "train", size), ImageFolder(test, size)
    if images.classes != others.classes:
        raise ValueError(f"{test} has the classes {others.classes}, the training part {images.classes}")
    return Data("images", _read_at_once(images), _read_at_once(others), images.classes)


def _read_at_once(images: ImageFolder) -> Dataset:
    first = images[np.arange(1)][0]
    return ArrayDataset(*images[np.arange(len(images))]) if first.nbytes * len(images) <= IN_MEMORY else images


def _has_images(folder: Path) -> bool:
    if not folder.is_dir():
        return False
    try:
        ImageFolder(folder)
    except ValueError:
        return False
    return True


NAMES = [
    (("x_train", "y_train"), ("x_test", "y_test")), (("train_images", "train_labels"), ("test_images", "test_labels")),
    (("train_x", "train_y"), ("test_x", "test_y")), (("x", "y"),), (("images", "labels"),), (("data", "target"),),
    (("data", "labels"),), (("arr_0", "arr_1"), ("arr_2", "arr_3")), (("arr_0", "arr_1"),),
]  # fmt: skip


def _npz(path: Path, size: int | None, held_out: float, seed: int) -> Data:
    stored = {name.lower(): name for name in names_in_npz(path)}
    pairs = next((pairs for pairs in NAMES if stored.keys() >= {name for pair in pairs for name in pair}), None)
    if pairs is None:
        raise ValueError(f"{path}: has the arrays {', '.join(stored.values())}; expected x and y, or x_train, y_train, x_test, y_test")
    with naming(path):
        parts = [_labelled(*read_npz(path, *(stored[name] for name in pair)).arrays) for pair in pairs]
        classes, parts = _numbered(parts)
    if len(parts) == 2:
        return Data("arrays", ArrayDataset(*parts[0]), ArrayDataset(*parts[1]), classes)
    return _split("arrays", ArrayDataset(*parts[0]), classes, held_out, seed)


def _labelled(images: Array, labels: Array) -> tuple[Array, Array]:
    """Images channels first, or rows; labels in one row."""
    labels = labels[:, 0] if labels.ndim == 2 and labels.shape[1] == 1 else labels
    if labels.ndim != 1 or labels.dtype.kind not in "iuUS":
        raise ValueError(f"labels are one class a sample, a whole number or a name; found {labels.dtype} of shape {labels.shape}")
    if images.dtype.kind not in "iuf" or not 2 <= images.ndim <= 4:
        raise ValueError(f"images are numbers of shape (N, features), (N, H, W), (N, H, W, C) or (N, C, H, W); found {_described(images)}")
    if images.dtype.kind == "f" and not np.isfinite(images).all():
        raise ValueError("the images hold infinity or NaN")
    if images.ndim == 4 and images.shape[-1] in (1, 3) and images.shape[1] not in (1, 3):
        images = np.ascontiguousarray(images.transpose(0, 3, 1, 2))
    return (images[:, None] if images.ndim == 3 else images), labels


def _described(array: Array) -> str:
    return f"{array.dtype} of shape {array.shape}"


def _numbered(parts: Sequence[tuple[Array, Array]]) -> tuple[list[str], list[tuple[Array, Array]]]:
    """Labels as 0, 1, ...: numbers as they are, names in the order of the alphabet."""
    labels = np.concatenate([labels for _, labels in parts])
    if not labels.size:
        raise ValueError("there are no samples")
    if labels.dtype.kind in "US":
        names, numbers = np.unique(labels, return_inverse=True)
        pieces = np.split(numbers, np.cumsum([len(own) for _, own in parts])[:-1])
        return [str(name) for name in names], [(images, own) for (images, _), own in zip(parts, pieces)]
    if labels.min() < 0:
        raise ValueError(f"labels count from 0, found {labels.min()}")
    return [str(number) for number in range(int(labels.max()) + 1)], [(images, own.astype(np.int64)) for images, own in parts]


def _split(kind: str, data: Dataset, classes: list[str], held_out: float, seed: int) -> Data:
    """A part of the samples held out, by chance."""
    count = round(len(data) * held_out)
    if not 0 < count < len(data):
        raise ValueError(f"of {len(data)} samples {count} would be held out for the test; choose another share, or give more data")
    order = np.random.default_rng([seed, 1]).permutation(len(data))
    train, test = np.sort(order[count:]), np.sort(order[:count])
    if isinstance(data, ArrayDataset):
        return Data(kind, ArrayDataset(*data[train]), ArrayDataset(*data[test]), classes)
    return Data(kind, Part(data, train), Part(data, test), classes)


_Reader = Callable[[Path, "int | None", float, int], Data]
_READERS: list[tuple[Callable[[Path], bool], _Reader]] = [
    (is_mnist, _mnist),
    (is_cifar, _cifar),
    (lambda path: path.suffix.lower() == ".npz", _npz),
    (_has_images, _image_folder),
]

"""IDX, the format of MNIST (LeCun, Cortes and Burges) and Fashion-MNIST (Xiao, Rasul and Vollgraf 2017)."""

from __future__ import annotations

import math
import os
from pathlib import Path
from typing import IO

import numpy as np

from nn.data.datasets import Array, ArrayDataset
from nn.data.files import checked_labels, exactly, first_existing, naming, opened

# The third byte of a file; numbers are big-endian.
_TYPES = {0x08: "u1", 0x09: "i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}


def read_idx(path: str | os.PathLike[str]) -> Array:
    """The array in an IDX file, plain or gzipped.

    Returns
    -------
    array
        Of the shape and dtype the file states, in this machine's byte order.

    Raises
    ------
    ValueError
        When the file is not IDX, is damaged, or has fewer or more bytes than its header says; it names the file.
    FileNotFoundError
        When there is none.

    Examples
    --------
    >>> import os, tempfile
    >>> from nn.data import read_idx
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = os.path.join(folder, "labels")
    ...     with open(path, "wb") as file:
    ...         _ = file.write(bytes([0, 0, 8, 1, 0, 0, 0, 3, 7, 2, 1]))
    ...     read_idx(path)
    array([7, 2, 1], dtype=uint8)
    """
    with naming(path), opened(path) as stream:
        dtype, shape = _header(stream)
        data = exactly(stream, dtype.itemsize * math.prod(shape), f"IDX data of shape {shape}, {dtype.name}")
        return np.frombuffer(data, dtype).reshape(shape).astype(dtype.newbyteorder("="))


def _header(stream: IO[bytes]) -> tuple[np.dtype[np.generic], tuple[int, ...]]:
    magic = stream.read(4)
    if len(magic) < 4 or magic[:2] != b"\0\0" or magic[2] not in _TYPES or magic[3] == 0:
        found = magic.hex(" ") or "nothing"
        raise ValueError(f"an IDX file begins with 00 00, a type of 08 to 0e and its number of axes; this one with {found}")
    sizes = stream.read(4 * magic[3])
    if len(sizes) < 4 * magic[3]:
        raise ValueError(f"the file ends inside its header, which names {magic[3]} axes")
    return np.dtype(_TYPES[magic[2]]), tuple(np.frombuffer(sizes, ">u4").tolist())


def read_mnist(folder: str | os.PathLike[str], train: bool = True) -> ArrayDataset:
    """MNIST or Fashion-MNIST from the folder with their files, gzipped or not, under the names they are published with.

    Parameters
    ----------
    folder : path
        Has ``train-images-idx3-ubyte`` and ``train-labels-idx1-ubyte``, or ``t10k-...``, each with or without ``.gz``.
    train : bool
        The 60,000 of the training part, or the 10,000 of the test part.

    Returns
    -------
    ArrayDataset
        uint8 images (N, 1, 28, 28), and int64 labels 0 to 9.

    Raises
    ------
    ValueError
        For a damaged file, other shapes, or images and labels that differ in number; it names the file.
    FileNotFoundError
        When a file is missing.
    """
    part = "train" if train else "t10k"
    images_path, labels_path = (_published(folder, f"{part}-{what}-ubyte") for what in ("images-idx3", "labels-idx1"))
    images, labels = read_idx(images_path), read_idx(labels_path)
    with naming(images_path):
        _check_images(images)
    with naming(labels_path):
        labels = checked_labels(labels, classes=10)
        if len(labels) != len(images):
            raise ValueError(f"{len(labels)} labels for the {len(images)} images of {images_path.name}")
    return ArrayDataset(images[:, None], labels)


def is_mnist(folder: str | os.PathLike[str], part: str = "train") -> bool:
    """Whether a folder has the images of a part, under a name that they are published with."""
    try:
        _published(folder, f"{part}-images-idx3-ubyte")
    except FileNotFoundError:
        return False
    return True


def _published(folder: str | os.PathLike[str], name: str) -> Path:
    # Some tools unpack the files with a dot in place of the second dash.
    dotted = name.replace("-idx", ".idx")
    return first_existing(folder, (name, f"{name}.gz", dotted, f"{dotted}.gz"))


def _check_images(images: Array) -> None:
    if images.shape[1:] != (28, 28) or images.dtype != np.uint8:
        raise ValueError(f"MNIST's images are uint8 of shape (N, 28, 28), found {images.dtype} of shape {images.shape}")

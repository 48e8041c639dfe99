"""Arrays from an ``.npz`` file, as `numpy.savez` writes it."""

from __future__ import annotations

import io
import os
from zipfile import ZipFile

import numpy as np

from nn.data.datasets import Array, ArrayDataset
from nn.data.files import naming


def read_npz(path: str | os.PathLike[str], *names: str) -> ArrayDataset:
    """The named arrays side by side, or all of them in the order of the file.

    Objects are never unpickled, and every checksum is compared.

    Raises
    ------
    ValueError
        For a damaged file, arrays of objects, names it does not have, or arrays of different lengths; it names the file.
    FileNotFoundError
        When there is none.

    Examples
    --------
    >>> import os, tempfile
    >>> import numpy as np
    >>> from nn.data import read_npz
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = os.path.join(folder, "pairs.npz")
    ...     np.savez(path, y=np.zeros(5, np.int64), x=np.zeros((5, 3)))
    ...     read_npz(path, "x", "y")
    ArrayDataset(float64[5, 3], int64[5])
    """
    with open(path, "rb") as file, naming(path), ZipFile(file) as archive:
        members = {name.removesuffix(".npy"): name for name in archive.namelist()}
        if unknown := set(names).difference(members):
            raise ValueError(f"no array named {sorted(unknown)}; there are {sorted(members)}")
        return ArrayDataset(*(_array(archive.read(members[name])) for name in names or members))


def names_in_npz(path: str | os.PathLike[str]) -> list[str]:
    """The names of the arrays in a file."""
    with open(path, "rb") as file, naming(path), ZipFile(file) as archive:
        return [name.removesuffix(".npy") for name in archive.namelist()]


def _array(content: bytes) -> Array:
    stream = io.BytesIO(content)
    array: Array = np.lib.format.read_array(stream, allow_pickle=False)
    if stream.read(1):
        raise ValueError(f"there is more than the {array.dtype} array of shape {array.shape} that the header tells of")
    return array

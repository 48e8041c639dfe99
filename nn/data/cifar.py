"""CIFAR-10 and CIFAR-100 (Krizhevsky 2009), from the python or the binary archive, unpacked or not."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath
from typing import Any, NamedTuple

import numpy as np

from nn.data.datasets import Array, ArrayDataset
from nn.data.files import checked_labels, drain, naming, opened
from nn.data.unpickling import unpickled

_PIXELS = 3 * 32 * 32
_SMALL = 1000  # images of a file that is somebody's own small set in the format, and not one of the published cut short
_LARGEST = 1 << 28  # bytes of a file; CIFAR-100's training part has 155 MB
_Part = tuple[Array, Array]


class _Layout(NamedTuple):
    """What an archive calls its files, how many images each has, and how one is read."""

    train: tuple[str, ...]
    test: tuple[str, ...]
    each: tuple[int, int]
    classes: int
    read: Callable[[bytes, bool], _Part]

    def labels_of(self, coarse: bool) -> int:
        if coarse and self.classes != 100:
            raise ValueError("only CIFAR-100 has coarse labels")
        return 20 if coarse else self.classes


def _from_python(content: bytes, keys: tuple[bytes, bytes], coarse: bool) -> _Part:
    batch = unpickled(content)
    key = keys[coarse]
    if missing := {b"data", key}.difference(batch):
        raise ValueError(f"the batch lacks {sorted(missing)}; it has {sorted(map(repr, batch))}"[:300])
    images: Any = batch[b"data"]
    if not isinstance(images, np.ndarray) or images.dtype != np.uint8 or images.shape[1:] != (_PIXELS,):
        raise ValueError(f"images are uint8 rows of {_PIXELS} values")
    return images, np.asarray(batch[key])


def _from_binary(content: bytes, labels: int, column: int) -> _Part:
    if len(content) % (labels + _PIXELS):
        raise ValueError(f"the file has {len(content):,} bytes, which are no whole number of records of {labels + _PIXELS}")
    rows = np.frombuffer(content, np.uint8).reshape(-1, labels + _PIXELS)
    return rows[:, labels:], rows[:, column]


_TEN = tuple(f"data_batch_{number}" for number in range(1, 6))
_LAYOUTS = (
    _Layout(_TEN, ("test_batch",), (10_000, 10_000), 10, lambda content, coarse: _from_python(content, (b"labels",) * 2, coarse)),
    _Layout(
        tuple(f"{name}.bin" for name in _TEN), ("test_batch.bin",), (10_000, 10_000), 10,
        lambda content, coarse: _from_binary(content, labels=1, column=0),
    ),
    _Layout(
        ("train",), ("test",), (50_000, 10_000), 100,
        lambda content, coarse: _from_python(content, (b"fine_labels", b"coarse_labels"), coarse),
    ),
    # A record has its coarse label first.
    _Layout(
        ("train.bin",), ("test.bin",), (50_000, 10_000), 100,
        lambda content, coarse: _from_binary(content, labels=2, column=0 if coarse else 1),
    ),
)  # fmt: skip


def read_cifar(path: str | os.PathLike[str], train: bool = True, coarse: bool = False) -> ArrayDataset:
    """CIFAR-10 or CIFAR-100; which of them, and in which format, the names of the files tell.

    Parameters
    ----------
    path : path
        The archive as published (``cifar-10-python.tar.gz``, ``cifar-100-binary.tar.gz``), or the folder it unpacks to.
    train : bool
        The 50,000 of the training part, or the 10,000 of the test part.
    coarse : bool
        CIFAR-100's 20 coarse classes in place of its 100.

    Returns
    -------
    ArrayDataset
        uint8 images (N, 3, 32, 32), red, green and blue; int64 labels.

    Raises
    ------
    ValueError
        For a file that is damaged, has fewer or more images than published, or a pickle that names anything but what an
        array needs; it names the file. (Sets of at most 1,000 images a file, all alike, are read too.)
    FileNotFoundError
        When files are missing.
    """
    return _part(path, _files(path), train, coarse)


def read_cifar_whole(path: str | os.PathLike[str]) -> tuple[ArrayDataset, ArrayDataset, list[str]]:
    """The training part, the test part and what the classes are called, from an archive that is unpacked once.

    Raises
    ------
    ValueError, FileNotFoundError
        As `read_cifar` does.
    """
    files = _files(path)
    return _part(path, files, True, False), _part(path, files, False, False), _class_names(path, files)


def _files(path: str | os.PathLike[str]) -> dict[str, Any]:
    return _folder(path) if Path(path).is_dir() else _archive(path)


def _part(path: str | os.PathLike[str], files: dict[str, Any], train: bool, coarse: bool) -> ArrayDataset:
    layout = _layout_of(path, set(files), train)
    names, each = (layout.train, layout.each[0]) if train else (layout.test, layout.each[1])
    classes = layout.labels_of(coarse)
    parts: list[_Part] = []
    for name in names:
        parts.append(_checked(layout.read, files[name], Path(path, name), each, classes, coarse))
        _check_count(Path(path, name), len(parts[-1][0]), len(parts[0][0]), each)
    images, labels = (np.concatenate(column) for column in zip(*parts))
    return ArrayDataset(images.reshape(-1, 3, 32, 32), labels)


def _check_count(path: Path, count: int, first: int, published: int) -> None:
    """As many as were published; or, in a small set of someone's own, as many as in its first file."""
    if count != published and not 0 < count == first <= _SMALL:
        others = f", and the first file of this set {first:,}" if count != first else ""
        raise ValueError(f"{path}: {published:,} images were published; the file has {count:,}{others}")


_NAMES = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")


def is_cifar(path: str | os.PathLike[str]) -> bool:
    """Whether a folder has the files of a training part, or a file begins as an archive does, packed or not."""
    if Path(path).is_dir():
        return any((Path(path) / layout.train[0]).is_file() for layout in _LAYOUTS)
    with open(path, "rb") as file:
        begin = file.read(262)
    return begin[:2] == b"\x1f\x8b" or begin[257:262] == b"ustar"


def _class_names(path: str | os.PathLike[str], files: dict[str, Any]) -> list[str]:
    """CIFAR-10's by heart, CIFAR-100's as its files say, or numbers."""
    if _layout_of(path, set(files), train=True).classes == 10:
        return list(_NAMES)
    for name, read in (("meta", _pickled_names), ("fine_label_names.txt", _listed_names)):
        if name in files:
            with naming(Path(path, name)):
                return read(files[name]() if callable(files[name]) else files[name])
    return [str(number) for number in range(100)]


def _pickled_names(content: bytes) -> list[str]:
    return [str(name, "utf-8") if isinstance(name, bytes) else str(name) for name in unpickled(content)[b"fine_label_names"]]


def _listed_names(content: bytes) -> list[str]:
    return content.decode().split()


def _checked(read: Callable[[bytes, bool], _Part], content: Any, path: Path, each: int, classes: int, coarse: bool) -> _Part:
    with naming(path):
        images, labels = read(content() if callable(content) else content, coarse)
        if len(images) != len(labels):
            raise ValueError(f"{each:,} images and labels were published; the file has {len(images):,} and {len(labels):,}")
        return images, checked_labels(labels, classes)


def _layout_of(path: str | os.PathLike[str], names: set[str], train: bool) -> _Layout:
    found = [layout for layout in _LAYOUTS if names.issuperset(layout.train if train else layout.test)]
    if not found:
        known = "; ".join(", ".join(layout.train if train else layout.test) for layout in _LAYOUTS)
        raise FileNotFoundError(f"{os.fspath(path)} has no CIFAR files, which are any of: {known}")
    return found[0]


def _folder(path: str | os.PathLike[str]) -> dict[str, Any]:
    return {file.name: file.read_bytes for file in Path(path).iterdir() if file.is_file()}


def _archive(path: str | os.PathLike[str]) -> dict[str, Any]:
    with naming(path):
        return dict(_members(path))


def _members(path: str | os.PathLike[str]) -> Iterator[tuple[str, bytes]]:
    import tarfile

    wanted = {name for layout in _LAYOUTS for name in layout.train + layout.test} | {"meta", "fine_label_names.txt"}
    with opened(path) as stream:
        with tarfile.open(fileobj=stream, mode="r|") as archive:
            for member in archive:
                name = PurePosixPath(member.name).name
                if name in wanted and (file := archive.extractfile(member)) is not None:
                    if member.size > _LARGEST:
                        raise ValueError(f"{name} would take {member.size:,} bytes; none that was published does")
                    yield name, file.read()
        # tarfile stops at the last member, or silently at a damaged one; gzip compares its checksum at the very end.
        drain(stream)

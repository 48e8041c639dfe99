"""CIFAR's archives, folders of images and npz: what was written is read, and damage is a ValueError that names the file."""

import io
import pickle
import re
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nn.data import ArrayDataset, DataLoader, ImageFolder, read_cifar, read_image, read_npz
from nn.data.unpickling import unpickled

Array = np.ndarray[Any, np.dtype[Any]]
COUNT = 10_000
ROWS = np.random.default_rng(0).integers(0, 256, (COUNT, 3072)).astype("u1")
FINE = np.arange(COUNT) * 7 % 100
COARSE = FINE % 20


def python_batch(classes: int, protocol: int = 2) -> bytes:
    labels = {b"labels": (FINE % 10).tolist()} if classes == 10 else {b"fine_labels": FINE.tolist(), b"coarse_labels": COARSE.tolist()}
    return pickle.dumps({b"data": ROWS, **labels, b"batch_label": b"testing batch 1 of 1"}, protocol=protocol)


def binary_batch(classes: int) -> bytes:
    labels = [FINE % 10] if classes == 10 else [COARSE, FINE]
    return np.column_stack([*labels, ROWS]).astype("u1").tobytes()


FORMATS: dict[str, Callable[[], bytes]] = {
    "test_batch": lambda: python_batch(10),
    "test_batch.bin": lambda: binary_batch(10),
    "test": lambda: python_batch(100),
    "test.bin": lambda: binary_batch(100),
}


@pytest.mark.parametrize("name", FORMATS)
def test_cifar_round_trip(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(FORMATS[name]())
    images, labels = read_cifar(tmp_path, train=False).arrays
    np.testing.assert_array_equal(images, ROWS.reshape(-1, 3, 32, 32))
    np.testing.assert_array_equal(labels, FINE % 10 if "batch" in name else FINE)
    assert labels.dtype == np.int64
    if "batch" not in name:
        np.testing.assert_array_equal(read_cifar(tmp_path, train=False, coarse=True).arrays[1], COARSE)
    else:
        with pytest.raises(ValueError, match="coarse"):
            read_cifar(tmp_path, train=False, coarse=True)


def test_the_training_part_is_the_five_batches_in_order(tmp_path: Path) -> None:
    for number in range(1, 6):
        batch = np.full((COUNT, 3073), number, "u1")
        (tmp_path / f"data_batch_{number}.bin").write_bytes(batch.tobytes())
    images, labels = read_cifar(tmp_path).arrays
    assert images.shape == (50_000, 3, 32, 32)
    np.testing.assert_array_equal(labels, np.repeat(np.arange(1, 6), COUNT))
    np.testing.assert_array_equal(images[:, 2, 31, 31], labels)
    with pytest.raises(FileNotFoundError, match="test_batch"):
        read_cifar(tmp_path, train=False)


def packed(path: Path, name: str, content: bytes) -> Path:
    with tarfile.open(path, "w:gz", compresslevel=1) as archive:
        member = tarfile.TarInfo(f"cifar-10-batches/{name}")
        member.size = len(content)
        archive.addfile(member, io.BytesIO(content))
    return path


def test_an_archive_is_read_without_unpacking_and_refused_when_cut(tmp_path: Path) -> None:
    path = packed(tmp_path / "cifar.tar.gz", "test_batch.bin", binary_batch(10))
    assert len(read_cifar(path, train=False)) == COUNT
    whole = path.read_bytes()
    for length in [0, 1, 10, len(whole) // 2, len(whole) - 1]:
        path.write_bytes(whole[:length])
        with pytest.raises(ValueError, match=re.escape(str(path))):
            read_cifar(path, train=False)
    for position in range(20, len(whole), len(whole) // 5):
        path.write_bytes(whole[:position] + bytes([whole[position] ^ 4]) + whole[position + 1 :])
        with pytest.raises(ValueError, match=re.escape(str(path))):
            read_cifar(path, train=False)


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("cut", [1, 3073, 15_000_000])
def test_short_cifar_files_are_refused(tmp_path: Path, name: str, cut: int) -> None:
    (tmp_path / name).write_bytes(FORMATS[name]()[:-cut])
    with pytest.raises(ValueError, match=re.escape(str(tmp_path / name))):
        read_cifar(tmp_path, train=False)


def test_labels_out_of_range_are_refused(tmp_path: Path) -> None:
    content = bytearray(binary_batch(10))
    content[0] = 10
    (tmp_path / "test_batch.bin").write_bytes(content)
    with pytest.raises(ValueError, match=r"test_batch.bin.*0 to 9, found 0 to 10"):
        read_cifar(tmp_path, train=False)


class Trap:
    """A pickle that opens a door when it is read the ordinary way."""

    def __reduce__(self) -> tuple[Any, ...]:
        return Path.touch, (Path("trapped"),)


@pytest.mark.parametrize("protocol", range(6))
def test_a_pickle_that_asks_for_more_is_refused_before_it_acts(tmp_path: Path, protocol: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "test_batch").write_bytes(pickle.dumps({b"data": Trap(), b"labels": [1]}, protocol))
    with pytest.raises(ValueError, match=r"test_batch.*asks for .*only arrays"):
        read_cifar(tmp_path, train=False)
    assert not Path("trapped").exists()


@pytest.mark.parametrize("protocol", range(6))
@pytest.mark.parametrize("dtype", ["u1", ">i4", "f8"])
def test_arrays_of_every_protocol_are_unpickled(protocol: int, dtype: str) -> None:
    array = np.arange(12).reshape(3, 4).astype(dtype)
    read = unpickled(pickle.dumps({b"a": array, b"t": array.T, b"n": [1, 2]}, protocol))
    assert read[b"a"].dtype == array.dtype and read[b"n"] == [1, 2]
    np.testing.assert_array_equal(read[b"a"], array)
    np.testing.assert_array_equal(read[b"t"], array.T)


def test_what_python_2_wrote_is_read() -> None:
    """The bytes of cPickle, protocol 2: strings are SHORT_BINSTRING, the array's contents BINSTRING."""
    content = (
        b"\x80\x02}q\x01(U\x04dataq\x02cnumpy.core.multiarray\n_reconstruct\nq\x03cnumpy\nndarray\nq\x04K\x00\x85U\x01b\x87Rq\x05"
        b"(K\x01K\x02K\x03\x86cnumpy\ndtype\nq\x06U\x02u1K\x00K\x01\x87Rq\x07(K\x03U\x01|NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb"
        b"\x89T\x06\x00\x00\x00\x01\x02\x03\x04\x05\xffq\x08tbU\x06labelsq\x09]q\x0a(K\x06K\x09eu."
    )
    read = unpickled(content)
    np.testing.assert_array_equal(read[b"data"], np.array([[1, 2, 3], [4, 5, 255]], "u1"))
    assert read[b"labels"] == [6, 9]


@pytest.mark.parametrize("protocol", [2, 5])
def test_every_flipped_bit_of_a_pickle_is_an_exception_or_a_dictionary(protocol: int) -> None:
    whole = pickle.dumps({b"data": np.arange(6, dtype="u1").reshape(2, 3), b"labels": [6, 9]}, protocol)
    for bit in range(8 * len(whole)):
        damaged = bytearray(whole)
        damaged[bit // 8] ^= 1 << bit % 8
        try:
            read = unpickled(bytes(damaged))
        except Exception:
            continue
        assert isinstance(read, dict)


def test_a_memo_that_would_fill_the_memory_is_refused() -> None:
    with pytest.raises(ValueError, match="damaged"):
        unpickled(b"\x80\x02}r\xff\xff\xff\x7f.")


# Folders of images.


def write_images(folder: Path, shape: tuple[int, int] = (8, 10)) -> dict[str, Array]:
    image = pytest.importorskip("PIL.Image")
    pixels = {f"{name}/{number}.png": np.random.default_rng(number).integers(0, 256, (*shape, 3)).astype("u1")
              for name in ("cat", "dog") for number in range(3)}  # fmt: skip
    for name, array in pixels.items():
        (folder / name).parent.mkdir(exist_ok=True)
        image.fromarray(array).save(folder / name)
    (folder / "cat" / "notes.txt").write_text("passed over")
    return pixels


def test_a_folder_of_images_round_trip(tmp_path: Path) -> None:
    pixels = write_images(tmp_path)
    folder = ImageFolder(tmp_path)
    assert folder.classes == ["cat", "dog"] and len(folder) == 6
    images, labels = next(iter(DataLoader(folder, batch_size=6, prefetch=1)))
    np.testing.assert_array_equal(images, np.stack(list(pixels.values())).transpose(0, 3, 1, 2))
    np.testing.assert_array_equal(labels, [0, 0, 0, 1, 1, 1])
    one, label = folder[4]
    np.testing.assert_array_equal(one, images[4])
    assert label == 1


def test_images_of_two_sizes_need_a_size(tmp_path: Path) -> None:
    write_images(tmp_path)
    image = pytest.importorskip("PIL.Image")
    image.fromarray(np.zeros((20, 9), "u1")).save(tmp_path / "dog" / "grey.png")
    with pytest.raises(ValueError, match=r"grey.png is 9×20.*size="):
        ImageFolder(tmp_path)[np.arange(7)]
    assert ImageFolder(tmp_path, size=6)[np.arange(7)][0].shape == (7, 3, 6, 6)


def test_damaged_images_are_named(tmp_path: Path) -> None:
    write_images(tmp_path)
    path = tmp_path / "cat" / "0.png"
    whole = path.read_bytes()
    for content in [b"", b"no image", whole[: len(whole) // 2], whole[:60]]:
        path.write_bytes(content)
        with pytest.raises(ValueError, match=re.escape(str(path))):
            read_image(path)
    with pytest.raises(ValueError, match="no images"):
        ImageFolder(tmp_path / "cat")
    with pytest.raises(FileNotFoundError):
        read_image(tmp_path / "none.png")


def test_an_archive_that_unpacks_to_more_than_was_published_is_refused(tmp_path: Path) -> None:
    path, info = tmp_path / "bomb.tar", tarfile.TarInfo("data_batch_1")
    info.size = 1 << 40
    path.write_bytes(info.tobuf() + bytes(1024))
    with pytest.raises(ValueError, match=r"bomb\.tar.*1,099,511,627,776 bytes"):
        read_cifar(path)


def test_what_is_hidden_is_no_image_and_no_class(tmp_path: Path) -> None:
    write_images(tmp_path)
    whole = ImageFolder(tmp_path)
    (tmp_path / "cat" / "._0.png").write_bytes(b"a resource fork")
    (tmp_path / ".ipynb_checkpoints").mkdir()
    assert (ImageFolder(tmp_path).classes, ImageFolder(tmp_path).paths) == (whole.classes, whole.paths)


def test_grey_of_16_bits_is_not_cut_off(tmp_path: Path) -> None:
    image = pytest.importorskip("PIL.Image")
    grey = np.arange(256, dtype=np.uint16).reshape(16, 16)
    pages = {"little.png": grey * 257, "big.tif": (grey * 257).astype(">u2"), "small.png": grey.astype(np.uint8)}
    for name, values in pages.items():
        image.fromarray(values).save(tmp_path / name)
        assert (read_image(tmp_path / name) == grey).all(), name
    (tmp_path / "a.pgm").write_bytes(b"P5 16 16 65535\n" + (grey * 257).astype(">u2").tobytes())
    assert (read_image(tmp_path / "a.pgm") == grey).all()
    for name, values in {"floats.tif": grey.astype(np.float32), "whole.tif": grey.astype(np.int32)}.items():
        image.fromarray(values).save(tmp_path / name)
        with pytest.raises(ValueError, match=rf"{name}.*none is white"):
            read_image(tmp_path / name)


# npz.


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_npz_round_trip_and_every_kind_of_damage(tmp_path: Path, save: Callable[..., None]) -> None:
    path = tmp_path / "pairs.npz"
    x, y = np.arange(12.0).reshape(4, 3), np.arange(4)
    save(path, x=x, y=y)
    for read, order in [(read_npz(path), (x, y)), (read_npz(path, "y", "x"), (y, x))]:
        assert all(map(np.array_equal, read.arrays, order))
    whole = path.read_bytes()
    for position in range(len(whole)):
        damaged = bytearray(whole)
        damaged[position] ^= 0x10
        for content in (whole[:position], bytes(damaged)):
            path.write_bytes(content)
            check_same_or_refused(path, ArrayDataset(x, y), may_be_same=content is not whole[:position])


def check_same_or_refused(path: Path, expected: ArrayDataset, may_be_same: bool) -> None:
    try:
        read = read_npz(path, "x", "y")
    except ValueError as error:
        assert str(path) in str(error)
    else:
        assert may_be_same and all(map(np.array_equal, read.arrays, expected.arrays))


def test_npz_of_objects_or_without_the_name_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "objects.npz"
    np.savez(path, x=np.array([{}, []], dtype=object))
    with pytest.raises(ValueError, match=r"objects.npz.*allow_pickle"):
        read_npz(path)
    with pytest.raises(ValueError, match=r"objects.npz.*\['z'\].*\['x'\]"):
        read_npz(path, "z")
    path.write_bytes(b"\x93NUMPY")
    with pytest.raises(ValueError, match=r"objects.npz"):
        read_npz(path)

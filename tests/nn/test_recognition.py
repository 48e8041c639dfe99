"""`read_data` knows what lies at a path, and says what is wrong with it."""

import io
import pickle
import tarfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nn.data import ArrayDataset, Preparation, measured, read_data, recognition
from nn.data.preparation import fitted

Array = np.ndarray[Any, np.dtype[Any]]
RANDOM = np.random.default_rng(0)


def idx(array: Array) -> bytes:
    return bytes([0, 0, 8, array.ndim]) + b"".join(n.to_bytes(4, "big") for n in array.shape) + array.tobytes()


def write_mnist(folder: Path, count: int = 20) -> tuple[Array, Array]:
    folder.mkdir(parents=True, exist_ok=True)
    images, labels = RANDOM.integers(0, 256, (count, 28, 28)).astype("u1"), RANDOM.integers(0, 10, count).astype("u1")
    for part in ("train", "t10k"):
        (folder / f"{part}-images-idx3-ubyte").write_bytes(idx(images))
        (folder / f"{part}-labels-idx1-ubyte").write_bytes(idx(labels))
    return images, labels


def cifar_files(count: int, binary: bool = False) -> dict[str, bytes]:
    names = [*(f"data_batch_{n}" for n in range(1, 6)), "test_batch"]
    files = {}
    for name in names:
        rows, labels = RANDOM.integers(0, 256, (count, 3072)).astype("u1"), RANDOM.integers(0, 10, count)
        pickled = pickle.dumps({b"data": rows, b"labels": labels.tolist()}, 2)
        files[name + ".bin" * binary] = np.column_stack([labels, rows]).astype("u1").tobytes() if binary else pickled
    return files


def write_cifar(path: Path, files: dict[str, bytes]) -> Path:
    with tarfile.open(path, "w:gz") as archive:
        for name, content in files.items():
            member = tarfile.TarInfo(f"cifar-10-batches-py/{name}")
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return path


def write_photos(folder: Path, names: tuple[str, ...] = ("cat", "dog"), count: int = 6, side: int = 9) -> Path:
    image = pytest.importorskip("PIL.Image")
    for name in names:
        (folder / name).mkdir(parents=True)
        for number in range(count):
            image.fromarray(RANDOM.integers(0, 256, (side, side, 3)).astype("u1")).save(folder / name / f"{number}.png")
    return folder


def test_mnist_in_its_folder_above_it_or_by_a_file(tmp_path: Path) -> None:
    images, labels = write_mnist(tmp_path / "MNIST" / "raw")
    for path in (tmp_path / "MNIST" / "raw", tmp_path, tmp_path / "MNIST" / "raw" / "train-images-idx3-ubyte"):
        data = read_data(path)
        assert (data.kind, data.shape(), len(data.test), len(data.classes)) == ("MNIST", (1, 28, 28), 20, 10)
        np.testing.assert_array_equal(data.train[np.arange(20)][0][:, 0], images)
        np.testing.assert_array_equal(data.train[np.arange(20)][1], labels)


@pytest.mark.parametrize("binary", [False, True])
def test_cifar_packed_and_unpacked(tmp_path: Path, binary: bool) -> None:
    files = cifar_files(8, binary)
    archive = write_cifar(tmp_path / "cifar-10.tar.gz", files)
    folder = tmp_path / "unpacked" / "cifar-10-batches"
    folder.mkdir(parents=True)
    for name, content in files.items():
        (folder / name).write_bytes(content)
    found = [read_data(path) for path in (archive, folder, folder.parent, next(folder.iterdir()))]
    assert {data.fingerprint() for data in found} == {found[0].fingerprint()}
    for data in found:
        assert (data.kind, data.shape(), len(data.train), len(data.test)) == ("CIFAR-10", (3, 32, 32), 40, 8)
        assert data.classes[3] == "cat"


@pytest.mark.parametrize("damage", ["cut", "uneven", "missing", "label"])
def test_a_damaged_cifar_archive_is_named(tmp_path: Path, damage: str) -> None:
    files = cifar_files(8, binary=True)
    if damage == "uneven":
        files["data_batch_3.bin"] = files["data_batch_3.bin"][:-3073]
    if damage == "missing":
        del files["data_batch_3.bin"]
    if damage == "label":
        files["data_batch_3.bin"] = b"\x0b" + files["data_batch_3.bin"][1:]
    archive = write_cifar(tmp_path / "cifar-10.tar.gz", files)
    if damage == "cut":
        archive.write_bytes(archive.read_bytes()[:-3000])
    with pytest.raises((ValueError, FileNotFoundError), match=r"cifar-10\.tar\.gz"):
        read_data(archive)


def test_folders_of_images(tmp_path: Path) -> None:
    write_photos(tmp_path / "one")
    data = read_data(tmp_path / "one", held_out=0.25)
    assert (data.kind, data.classes, data.shape(), len(data.train), len(data.test)) == ("images", ["cat", "dog"], (3, 9, 9), 9, 3)
    assert read_data(tmp_path / "one", size=4).shape() == (3, 4, 4)
    write_photos(tmp_path / "two" / "train")
    write_photos(tmp_path / "two" / "val", count=2)
    data = read_data(tmp_path / "two")
    assert (len(data.train), len(data.test)) == (12, 4)
    write_photos(tmp_path / "three" / "train")
    write_photos(tmp_path / "three" / "test", ("cat", "eel"))
    with pytest.raises(ValueError, match="eel"):
        read_data(tmp_path / "three")


def test_a_damaged_image_is_found_when_the_data_is_read(tmp_path: Path) -> None:
    write_photos(tmp_path)
    path = tmp_path / "dog" / "3.png"
    path.write_bytes(path.read_bytes()[:60])
    with pytest.raises(ValueError, match=r"dog/3\.png"):
        read_data(tmp_path)


def test_a_large_folder_is_read_as_it_is_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_photos(tmp_path)
    at_once = read_data(tmp_path, held_out=0.25)
    monkeypatch.setattr(recognition, "IN_MEMORY", 0)
    data = read_data(tmp_path, held_out=0.25)
    assert not isinstance(data.train, ArrayDataset) and len(data.train) == 9
    for ours, theirs in ((data.train, at_once.train), (data.test, at_once.test)):
        every = np.arange(len(ours))
        for a, b in zip(ours[every], theirs[every], strict=True):
            np.testing.assert_array_equal(a, b)
    before = data.fingerprint()
    assert read_data(tmp_path, held_out=0.25).fingerprint() == before
    for path in (tmp_path / "cat").iterdir():
        path.write_bytes(path.read_bytes() + b" ")
    assert read_data(tmp_path, held_out=0.25).fingerprint() != before


X, Y = RANDOM.random((30, 4, 4)).astype(np.float32), RANDOM.integers(0, 3, 30)


@pytest.mark.parametrize("names", ["x_train y_train x_test y_test", "train_images train_labels test_images test_labels"])
def test_npz_in_two_parts(tmp_path: Path, names: str) -> None:
    np.savez(tmp_path / "a.npz", **dict(zip(names.split(), (X, Y[:, None], X[:7], Y[:7, None]))))
    data = read_data(tmp_path / "a.npz")
    assert (data.shape(), len(data.train), len(data.test), data.classes) == ((1, 4, 4), 30, 7, ["0", "1", "2"])


def test_npz_in_one_part_of_rows_or_colour_images_or_named_classes(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", X=X.reshape(30, 16), Y=np.array(["b", "a", "c"])[Y])
    data = read_data(tmp_path / "a.npz")
    assert (data.shape(), len(data.train), len(data.test), data.classes) == ((16,), 27, 3, ["a", "b", "c"])
    colour = RANDOM.integers(0, 256, (30, 5, 4, 3)).astype("u1")
    np.savez(tmp_path / "b.npz", colour, Y)
    data = read_data(tmp_path / "b.npz")
    assert data.shape() == (3, 5, 4)
    assert {a.tobytes() for a in data.train[np.arange(27)][0]} <= {a.tobytes() for a in colour.transpose(0, 3, 1, 2)}


@pytest.mark.parametrize(
    ("arrays", "said"),
    [
        ({"a": X}, "expected x and y"),
        ({"x": X, "y": Y[:5]}, "length"),
        ({"x": X, "y": Y - 5}, "count from 0"),
        ({"x": X, "y": Y * 0.5}, "labels are one class a sample"),
        ({"x": X * np.nan, "y": Y}, "NaN"),
        ({"x": X[:0], "y": Y[:0]}, "no samples"),
        ({"x": X[:1], "y": Y[:1]}, "held out"),
        ({"x": X.astype("U4"), "y": Y}, "images are numbers"),
    ],
)
def test_npz_that_does_not_fit(tmp_path: Path, arrays: dict[str, Array], said: str) -> None:
    np.savez(tmp_path / "a.npz", **arrays)
    with pytest.raises(ValueError, match=said):
        read_data(tmp_path / "a.npz")


def test_what_is_not_known_is_told_what_is(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("x")
    with pytest.raises(ValueError, match=r"idx files(.|\n)*CIFAR(.|\n)*npz"):
        read_data(tmp_path / "notes.txt")
    with pytest.raises(ValueError, match="npz"):
        read_data(tmp_path)
    with pytest.raises(FileNotFoundError, match="nowhere"):
        read_data(tmp_path / "nowhere")
    (tmp_path / "a.npz").write_bytes(b"PK\x03\x04 and no more")
    with pytest.raises(ValueError, match=r"a\.npz"):
        read_data(tmp_path / "a.npz")


@pytest.mark.parametrize("shape", [(50, 3, 4, 4), (50, 1, 2, 3), (50, 6)])
@pytest.mark.parametrize("kind", ["bytes", "like bytes", "unit", "any"])
def test_prepared_pixels_are_centred(shape: tuple[int, ...], kind: str) -> None:
    images = RANDOM.integers(0, 256, shape).astype("u1")
    images = {"bytes": images, "like bytes": images.astype("f8"), "unit": images / 255.0, "any": images - 300.0}[kind]
    out = measured(ArrayDataset(images, np.zeros(50)))(images)
    assert out.dtype == np.float32
    axes = tuple(i for i in range(len(shape)) if i != 1 or len(shape) == 2)
    np.testing.assert_allclose(out.mean(axes), 0, atol=1e-5)
    np.testing.assert_allclose(out.std(axes), 1, atol=1e-5)


def test_images_are_fitted_to_the_first_layer() -> None:
    import nn

    plain, grey = Preparation([0.0], [1.0]), np.ones((2, 1, 4, 4), np.float32)
    assert fitted(plain, nn.Conv2d(3, 4, 3), (1, 4, 4))(grey).shape == (2, 3, 4, 4)
    assert fitted(plain, nn.Conv2d(1, 4, 3), (1, 4, 4))(grey).shape == (2, 1, 4, 4)
    assert fitted(plain, nn.Linear(16, 4), (1, 4, 4))(grey).shape == (2, 16)
    assert fitted(plain, nn.Linear(4, 4), (1, 4, 4))(grey).shape == (2, 1, 4, 4)

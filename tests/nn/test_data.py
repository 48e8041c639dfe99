"""Loaders cover each sample once, whatever thread reads; readers give what was written, or a ValueError that names the file."""

import gzip
import itertools
import json
import re
import struct
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nn.data import ArrayDataset, DataLoader, crop_and_flip, random_crop, random_flip, read_idx, read_mnist

Array = np.ndarray[Any, np.dtype[Any]]
settings = {"samples": st.integers(0, 40), "batch_size": st.integers(1, 12), "seed": st.integers(0, 99)}


def loader_of(samples: int, batch_size: int, seed: int, **options: Any) -> DataLoader:
    numbers = np.arange(samples)
    options = {"shuffle": True, **options}
    return DataLoader(ArrayDataset(numbers, -numbers), batch_size, generator=seed, **options)


def epoch_of(loader: DataLoader) -> list[list[int]]:
    return [first.tolist() for first, _ in loader]


# The loader.


@given(**settings, prefetch=st.integers(0, 3), drop_last=st.booleans())
def test_an_epoch_has_each_sample_once(samples: int, batch_size: int, seed: int, prefetch: int, drop_last: bool) -> None:
    loader = loader_of(samples, batch_size, seed, prefetch=prefetch, drop_last=drop_last)
    for _ in range(2):
        batches = epoch_of(loader)
        seen = [sample for batch in batches for sample in batch]
        assert len(batches) == len(loader)
        assert len(set(seen)) == len(seen) == (samples - samples % batch_size if drop_last else samples)
        assert set(map(len, batches[:-1])) <= {batch_size}


@given(**settings, prefetch=st.integers(1, 3))
def test_same_seed_same_batches_with_and_without_prefetch(samples: int, batch_size: int, seed: int, prefetch: int) -> None:
    plain, ahead = loader_of(samples, batch_size, seed), loader_of(samples, batch_size, seed, prefetch=prefetch)
    assert [epoch_of(plain) for _ in range(3)] == [epoch_of(ahead) for _ in range(3)]


def test_epochs_and_seeds_differ() -> None:
    loader = loader_of(100, 10, seed=0)
    epochs = [epoch_of(loader) for _ in range(4)]
    assert all(first != second for first, second in itertools.combinations(epochs, 2))
    assert epoch_of(loader_of(100, 10, seed=0)) != epoch_of(loader_of(100, 10, seed=1))
    assert epoch_of(loader_of(5, 2, seed=0, shuffle=False)) == [[0, 1], [2, 3], [4]]


def test_columns_stay_together() -> None:
    for first, second in loader_of(50, 7, seed=3, prefetch=2):
        np.testing.assert_array_equal(first, -second)


def noisy(images: Array, generator: np.random.Generator) -> Array:
    return images + generator.random(len(images))


@given(**settings, taken=st.integers(0, 60), prefetch=st.integers(0, 2))
def test_a_state_goes_on_where_it_was_taken(samples: int, batch_size: int, seed: int, taken: int, prefetch: int) -> None:
    """Order and augmentation alike, through JSON, into a loader of another seed, while a thread was batches ahead."""
    options: dict[str, Any] = {"transform": noisy, "prefetch": prefetch}
    whole = loader_of(samples, batch_size, seed, **options)
    expected = [batch for _ in range(3) for batch in epoch_of(whole)]
    taken = min(taken, 2 * len(whole))
    stopped, resumed = (loader_of(samples, batch_size, s, **options) for s in (seed, seed + 1))
    first = take(stopped, taken)
    resumed.load_state_dict(json.loads(json.dumps(stopped.state_dict())))
    then = take(resumed, len(expected) - taken)
    assert first + then == expected


def take(loader: DataLoader, count: int) -> list[list[float]]:
    batches: list[list[float]] = []
    while len(batches) < count:
        for batch, _ in loader:
            batches.append(batch.tolist())
            if len(batches) == count:
                break
    return batches


def test_augmentation_differs_by_batch_and_by_epoch() -> None:
    def drawn(images: Array, generator: np.random.Generator) -> Array:
        return generator.random(len(images))

    loader = loader_of(12, 4, seed=0, transform=drawn)
    values = np.concatenate([batch for _ in range(2) for batch, _ in loader])
    assert len(np.unique(values)) == 24


@pytest.mark.parametrize(
    ("change", "message"),
    [({"samples": 9}, "another DataLoader"), ({"batch": 99}, "batch 99 of 4"), ({"epoch": -1}, "at least 0")],
)
def test_a_wrong_state_changes_nothing(change: dict[str, int], message: str) -> None:
    loader = loader_of(10, 3, seed=0)
    before = loader.state_dict()
    with pytest.raises(ValueError, match=message):
        loader.load_state_dict({**before, **change})
    with pytest.raises(ValueError, match="lacks"):
        loader.load_state_dict({})
    assert loader.state_dict() == before


class Failing(ArrayDataset):
    def __getitem__(self, index: Any) -> tuple[Array, ...]:
        if 7 in index:
            raise OSError("the disk is gone")
        return super().__getitem__(index)


@pytest.mark.parametrize("prefetch", [0, 1, 4])
def test_an_exception_comes_through_after_the_batches_before_it(prefetch: int) -> None:
    seen = []
    with pytest.raises(OSError, match="the disk is gone"):
        for (batch,) in DataLoader(Failing(np.arange(10)), batch_size=2, prefetch=prefetch):
            seen.append(batch.tolist())
    assert seen == [[0, 1], [2, 3], [4, 5]]
    assert not prefetching()


def prefetching() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "nn.data prefetch"]


def test_leaving_early_stops_the_thread() -> None:
    for _ in loader_of(1000, 1, seed=0, prefetch=2):
        assert len(prefetching()) == 1
        break
    assert not prefetching()
    batches = iter(loader_of(1000, 1, seed=0, prefetch=2))
    next(batches)
    del batches
    assert not prefetching()


def test_the_thread_is_never_further_ahead_than_asked() -> None:
    read: list[int] = []

    class Counting(ArrayDataset):
        def __getitem__(self, index: Any) -> tuple[Array, ...]:
            read.append(len(read))
            return super().__getitem__(index)

    for number, _ in enumerate(DataLoader(Counting(np.arange(50)), prefetch=3), 1):
        assert len(read) <= number + 3


def test_numpy_error_settings_hold_in_the_thread() -> None:
    def divide(images: Array, generator: np.random.Generator) -> Array:
        return images / np.zeros(1)

    loader = loader_of(4, 2, seed=0, prefetch=1, transform=divide)
    with np.errstate(all="raise"), pytest.raises(FloatingPointError):
        list(loader)


@pytest.mark.parametrize(
    ("options", "error"),
    [({"batch_size": 0}, ValueError), ({"batch_size": 2.5}, TypeError), ({"prefetch": -1}, ValueError), ({"generator": "a"}, TypeError)],
)
def test_bad_options_are_refused(options: dict[str, Any], error: type[Exception]) -> None:
    with pytest.raises(error, match=next(iter(options))):
        DataLoader(ArrayDataset(np.arange(3)), shuffle=True, **options)


def test_bad_datasets_are_refused() -> None:
    for wrong in (3, np.zeros((3, 2)), [(1, 2), (3, 4)]):
        with pytest.raises(TypeError, match=f"ArrayDataset.*given {type(wrong).__name__}"):
            DataLoader(wrong)  # type: ignore[arg-type]

    class Bare(ArrayDataset):
        def __getitem__(self, index: Any) -> Any:
            return self.arrays[0][index]

    with pytest.raises(TypeError, match=r"Bare gave array\(\[0\]\)"):
        next(iter(DataLoader(Bare(np.arange(3)), prefetch=1)))
    for arrays in [(), (np.zeros(3), np.zeros(2)), (np.array(1.0),)]:
        with pytest.raises(ValueError, match="shapes"):
            ArrayDataset(*arrays)


# Augmentation.


@given(seed=st.integers(0, 999), padding=st.integers(0, 4), dtype=st.sampled_from(["u1", "f4", "f8"]))
def test_a_crop_is_a_window_of_the_padded_image(seed: int, padding: int, dtype: str) -> None:
    images = np.random.default_rng(seed).integers(1, 255, (5, 2, 6, 7)).astype(dtype)
    cropped = random_crop(images, padding, generator=seed)
    assert cropped.shape == images.shape and cropped.dtype == images.dtype
    for image, result in zip(images, cropped):
        padded = np.pad(image, [(0, 0), (padding, padding), (padding, padding)])
        places = range(2 * padding + 1)
        assert any(np.array_equal(result, padded[:, y : y + 6, x : x + 7]) for y in places for x in places)


def test_crops_reach_every_place_evenly() -> None:
    image = np.zeros((1, 1, 9, 9))
    image[..., 4, 4] = 1
    cropped = random_crop(np.repeat(image, 8100, axis=0), generator=0)
    counts = cropped.sum(axis=(0, 1))
    assert counts.sum() == 8100 and abs(counts - 100).max() < 60


def test_flips_mirror_half_of_the_images() -> None:
    images = np.random.default_rng(0).random((2000, 1, 2, 3))
    flipped = random_flip(images, generator=0)
    same = (flipped == images).all(axis=(1, 2, 3))
    mirrored = (flipped == images[..., ::-1]).all(axis=(1, 2, 3))
    assert (same ^ mirrored).all() and 900 < mirrored.sum() < 1100
    assert np.array_equal(random_flip(images, p=0.0), images)


def test_augmentation_is_seeded_and_checks_its_input() -> None:
    images = np.random.default_rng(0).random((20, 3, 8, 8))
    assert np.array_equal(crop_and_flip(images, generator=5), crop_and_flip(images, generator=5))
    assert not np.array_equal(crop_and_flip(images, generator=5), crop_and_flip(images, generator=6))
    for wrong in [lambda: random_crop(images[0]), lambda: random_flip(images, p=2), lambda: random_crop(images, -1)]:
        with pytest.raises(ValueError, match="given"):
            wrong()


# IDX.

CODES = {"u1": 8, "i1": 9, "i2": 11, "i4": 12, "f4": 13, "f8": 14}


def idx_bytes(array: Array) -> bytes:
    code = CODES[array.dtype.str[1:]]
    return struct.pack(f">4B{array.ndim}I", 0, 0, code, array.ndim, *array.shape) + array.astype(array.dtype.newbyteorder(">")).tobytes()


def write(path: Path, content: bytes, packed: bool = False) -> Path:
    path.write_bytes(gzip.compress(content) if packed else content)
    return path


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("dtype", CODES)
@pytest.mark.parametrize("shape", [(0,), (5,), (3, 4, 2)])
def test_idx_round_trip(tmp_path: Path, dtype: str, shape: tuple[int, ...], packed: bool) -> None:
    array = np.random.default_rng(0).integers(0, 100, shape).astype(dtype)
    read = read_idx(write(tmp_path / "file", idx_bytes(array), packed))
    assert read.dtype == array.dtype
    np.testing.assert_array_equal(read, array)


@pytest.mark.parametrize("packed", [False, True])
def test_every_truncation_of_an_idx_file_is_refused(tmp_path: Path, packed: bool) -> None:
    path = write(tmp_path / "images", idx_bytes(np.arange(60, dtype="u1").reshape(3, 4, 5)), packed)
    whole = path.read_bytes()
    for length in range(len(whole)):
        path.write_bytes(whole[:length])
        with pytest.raises(ValueError, match=re.escape(str(path))):
            read_idx(path)
    path.write_bytes(whole + b"x")
    with pytest.raises(ValueError, match=re.escape(str(path))):
        read_idx(path)


@pytest.mark.parametrize("packed", [False, True])
def test_every_flipped_bit_is_refused_or_harmless(tmp_path: Path, packed: bool) -> None:
    """gzip has a checksum, so what is read is what was written; without one, a pixel may change, and the shape may not.

    A header may be turned into another one of the same size: 8 bits with a sign, which are as many bytes.
    """
    array = np.arange(60, dtype="u1").reshape(3, 4, 5)
    path = write(tmp_path / "images", idx_bytes(array), packed)
    whole = path.read_bytes()
    refused = 0
    for bit in range(8 * len(whole)):
        damaged = bytearray(whole)
        damaged[bit // 8] ^= 1 << bit % 8
        path.write_bytes(damaged)
        try:
            read = read_idx(path)
        except ValueError as error:
            assert str(path) in str(error)
            refused += 1
        else:
            assert read.shape == array.shape and read.nbytes == array.nbytes
            assert not packed or np.array_equal(read, array)
    assert refused > 100


def write_mnist(folder: Path, count: int = 20, labels: int = 20, size: int = 28, packed: bool = True) -> tuple[Array, Array]:
    generator = np.random.default_rng(0)
    images = generator.integers(0, 256, (count, size, size)).astype("u1")
    digits = generator.integers(0, 10, labels).astype("u1")
    suffix = ".gz" if packed else ""
    write(folder / f"t10k-images-idx3-ubyte{suffix}", idx_bytes(images), packed)
    write(folder / f"t10k-labels-idx1-ubyte{suffix}", idx_bytes(digits), packed)
    return images, digits


@pytest.mark.parametrize("packed", [False, True])
def test_mnist_round_trip(tmp_path: Path, packed: bool) -> None:
    images, labels = write_mnist(tmp_path, packed=packed)
    read = read_mnist(tmp_path, train=False)
    np.testing.assert_array_equal(read.arrays[0], images[:, None])
    np.testing.assert_array_equal(read.arrays[1], labels)
    with pytest.raises(FileNotFoundError, match="train-images-idx3-ubyte"):
        read_mnist(tmp_path)


@pytest.mark.parametrize(("sizes", "named"), [({"labels": 19}, "t10k-labels"), ({"size": 27}, "t10k-images")])
def test_mnist_files_that_do_not_fit_are_refused(tmp_path: Path, sizes: dict[str, int], named: str) -> None:
    write_mnist(tmp_path, **sizes)
    with pytest.raises(ValueError, match=named):
        read_mnist(tmp_path, train=False)

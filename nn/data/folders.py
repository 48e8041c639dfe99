"""Images in one folder per class, read when a batch asks for them."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np

from nn.data.datasets import Array, Batch
from nn.data.files import naming

_SUFFIXES = {".bmp", ".gif", ".jpeg", ".jpg", ".pgm", ".png", ".ppm", ".tif", ".tiff", ".webp"}


class ImageFolder:
    """``folder/CLASS/....png``: a data set whose classes are the subfolders, in the order of their names.

    Indexing by an array reads these images: uint8 (N, 3, height, width), red, green and blue, and int64 labels.

    Parameters
    ----------
    folder : path
        Images lie in the subfolders at any depth; files with other suffixes, and what is hidden (a dot before its name), are passed over.
    size : int, optional
        Scale the shorter side to `size` and keep the square in the middle. Without it, all images must be of one size.

    Attributes
    ----------
    classes : list of str
    paths : list of Path
    labels : int64 array

    Raises
    ------
    ValueError
        Without classes or images; from indexing, for a damaged image, which is named, or for images of different sizes.
    ModuleNotFoundError
        From indexing, without Pillow: ``pip install 'gradroutes[train]'``.
    """

    def __init__(self, folder: str | os.PathLike[str], size: int | None = None) -> None:
        if size is not None and size < 1:
            raise ValueError(f"size must be at least 1 pixel, given {size}")
        self.size = size
        folders = sorted(path for path in Path(folder).iterdir() if path.is_dir() and not _is_hidden(path))
        files = [(path, label) for label, inside in enumerate(folders) for path in sorted(inside.rglob("*")) if is_image(path)]
        if not files:
            raise ValueError(f"{os.fspath(folder)} has no images in subfolders named after their classes")
        self.classes = [path.name for path in folders]
        self.paths = [path for path, _ in files]
        self.labels: Array = np.array([label for _, label in files], np.int64)

    def __len__(self) -> int:
        return len(self.paths)

    def __getitem__(self, index: Any) -> Batch:
        chosen = np.arange(len(self))[index]
        paths = [self.paths[number] for number in chosen.flat]
        images = [read_image(path, self.size) for path in paths]
        for path, image in zip(paths, images):
            if image.shape != images[0].shape:
                raise ValueError(f"{path} is {_pixels(image)}, {paths[0]} is {_pixels(images[0])}: pass size= to make them equal")
        stacked = np.stack(images) if images else np.empty((0, 3, self.size or 0, self.size or 0), np.uint8)
        return (stacked if chosen.ndim else stacked[0]), np.asarray(self.labels[index])


def is_image(path: Path) -> bool:
    return path.suffix.lower() in _SUFFIXES and path.is_file() and not _is_hidden(path)


def _is_hidden(path: Path) -> bool:
    """What other programs leave: ``._0.png`` beside ``0.png`` is macOS's, ``.ipynb_checkpoints`` is Jupyter's."""
    return path.name.startswith(".")


def _pixels(image: Array) -> str:
    return f"{image.shape[2]}×{image.shape[1]}"


def read_image(path: str | os.PathLike[str], size: int | tuple[int, int] | None = None) -> Array:
    """One image file as uint8 (3, height, width); with `size`, its middle, scaled to that side or to (height, width).

    Raises
    ------
    ValueError
        When the file is damaged or no image; it names the file.
    ModuleNotFoundError
        Without Pillow: ``pip install 'gradroutes[train]'``.
    """
    try:
        from PIL import Image, ImageOps, UnidentifiedImageError
    except ModuleNotFoundError as missing:
        raise ModuleNotFoundError("images are read by Pillow: pip install 'gradroutes[train]'", name=missing.name) from missing
    with open(path, "rb") as file, naming(path):
        try:
            image = Image.open(file)
        except UnidentifiedImageError:
            raise ValueError("damaged, or no image of a kind that Pillow reads") from None
        upright = in_eight_bits(ImageOps.exif_transpose(image), image.format).convert("RGB")
        if size is not None:
            height, width = (size, size) if isinstance(size, int) else size
            upright = ImageOps.fit(upright, (width, height), Image.Resampling.BILINEAR)
        return np.ascontiguousarray(np.asarray(upright, np.uint8).transpose(2, 0, 1))


def in_eight_bits(image: Any, kind: str | None) -> Any:
    """A Pillow image out of a file of a kind ("PNG"), grey of 16 bits brought to 8: Pillow's own conversion cuts off at 255.

    Raises
    ------
    ValueError
        For other numbers: in TIFF, 32 bits and floats do not say which of them is white.
    """
    from PIL import Image

    if image.mode.startswith("I;16") or (image.mode == "I" and kind in ("PNG", "PPM")):
        return Image.fromarray(np.rint(np.asarray(image) / 257).astype(np.uint8))
    if image.mode in ("I", "F"):
        raise ValueError("its pixels are 32-bit numbers, of which none is white by itself: save it with 8 or 16 bits a channel")
    return image

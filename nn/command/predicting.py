"""`gradroutes predict`: the classes of images, told by a network that was trained here or elsewhere."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

import autograd
import nn
from nn import functional as F
from nn.command.choices import build_model, weights_in
from nn.command.refusal import Refusal, require
from nn.command.runs import CHECKPOINT
from nn.command.tables import write_csv
from nn.data import Preparation, imagenet_input, read_image, read_npz
from nn.data.datasets import Array
from nn.data.folders import is_image
from nn.data.imagenet import DEVIATION, MEAN
from nn.training.checkpoints import ABOUT
from nn.weights import load_metadata

BATCH = 32
IMAGENET = Preparation(list(MEAN), list(DEVIATION))
IMAGENET_SIZE, MARGIN = 224, 256 / 224  # the usual test: the shorter side is 256, the middle 224 pixels are looked at


class Predictor(NamedTuple):
    """A network, and how an image is brought to it."""

    model: nn.Module
    preparation: Preparation
    shape: tuple[int, ...]  # of one sample, before the preparation
    classes: Sequence[str]
    foreign: bool = False

    def probabilities(self, inputs: Array) -> Array:
        """A row for each sample."""
        with autograd.no_grad():
            shares: Array = F.softmax(self.model(inputs), dim=1).numpy()
        if shares.shape[1] != len(self.classes):
            raise Refusal(f"the network tells {shares.shape[1]} classes, and there are {len(self.classes)} names for them")
        return shares

    def read(self, path: Path) -> Array:
        """One file as the network takes it: its middle, grey where the network was trained on grey."""
        if len(self.shape) != 3:
            raise ValueError(f"{path}: the network takes rows of {self.shape[0]} numbers, not images; give an .npz")
        channels, height, width = self.shape
        if self.foreign:
            return imagenet_input(path, height, round(height * MARGIN))[None]
        image = read_image(path, (height, width))
        return self.preparation((_grey(image) if channels == 1 else image)[None])


def _grey(image: Array) -> Array:
    """By the weights that the eye has (ITU-R 601), as image libraries do."""
    weights = np.array([0.299, 0.587, 0.114])[:, None, None]
    grey: Array = np.rint((image * weights).sum(0, keepdims=True)).astype(np.uint8)
    return grey


def predict(options: argparse.Namespace) -> None:
    """Print a table, write it where asked; images that cannot be read are named, and the others told all the same."""
    require("train", "PIL", "safetensors")
    predictor = predictor_of(options)
    rows: list[tuple[str, Array]] = []
    failed = 0
    for name, found in _images(options.images, predictor):
        if isinstance(found, Exception):
            failed += 1
            print(f"gradroutes: {found}", file=sys.stderr)
        else:
            rows += zip(_numbered(name, len(found)), predictor.probabilities(found))
    if rows:
        print("\n".join(_table(rows, predictor.classes, options.top)))
    if options.out is not None and rows:
        _write(options.out, rows, predictor.classes)
    if failed or not rows:
        raise Refusal(f"{failed} of {failed + len(rows)} images could not be read", code=1)


def _numbered(name: str, count: int) -> list[str]:
    return [name] if count == 1 else [f"{name}[{index}]" for index in range(count)]


# ------------------------------------------------------------------------------------------------------------- the network


def predictor_of(options: argparse.Namespace) -> Predictor:
    """The network of ``--checkpoint``, and what it says of its images."""
    path = options.checkpoint / CHECKPOINT if options.checkpoint.is_dir() else options.checkpoint
    if not path.exists():
        raise Refusal(f"--checkpoint {path}: no such file")
    try:
        about = json.loads(load_metadata(path).get(ABOUT) or "null") if path.suffix == ".safetensors" else None
        arrays = weights_in(path)
        return _trained(about, arrays, options) if about else _foreign(arrays, options)
    except (OSError, ValueError) as error:
        raise Refusal(f"--checkpoint {path}: {str(error).removeprefix(f'{path}: ')}", code=1) from None


def _trained(about: dict[str, Any], arrays: dict[str, Array], options: argparse.Namespace) -> Predictor:
    classes = _class_names(options.classes) or about["classes"]
    model = build_model(options.model or about["options"]["model"], len(about["classes"]), about["options"]["seed"])
    inside = {name.removeprefix(WITHIN): array for name, array in arrays.items() if name.startswith(WITHIN)}
    model.load_state_dict(inside or arrays)
    return Predictor(model.eval(), Preparation(**about["preparation"]), tuple(about["shape"]), classes)


WITHIN = "trainer.model."  # where a checkpoint has the weights


def _foreign(arrays: dict[str, Array], options: argparse.Namespace) -> Predictor:
    """Weights that others trained: with ImageNet's preparation, and as many classes as the last layer has rows."""
    if options.model is None:
        raise Refusal(f"{options.checkpoint} does not say which network it belongs to: give --model, as in --model nn.resnet18")
    count = next((len(array) for name, array in reversed(arrays.items()) if name.endswith("weight") and array.ndim == 2), 1000)
    model = build_model(options.model, count, 0)
    model.load_state_dict(arrays)
    size = options.size or IMAGENET_SIZE
    classes = _class_names(options.classes) or [str(number) for number in range(count)]
    return Predictor(model.eval(), IMAGENET, (3, size, size), classes, foreign=True)


def _class_names(path: Path | None) -> list[str]:
    return path.read_text(encoding="utf-8").splitlines() if path is not None else []


# -------------------------------------------------------------------------------------------------------------- the images


def _images(paths: Sequence[Path], predictor: Predictor) -> Iterator[tuple[str, Array | Exception]]:
    for path in paths:
        if not path.exists():
            raise Refusal(f"{path}: no such file or folder")
        if path.suffix.lower() == ".npz":
            yield str(path), _from_npz(path, predictor)
            continue
        files = sorted(file for file in path.rglob("*") if is_image(file)) if path.is_dir() else [path]
        if not files:
            raise Refusal(f"{path} has no images")
        for file in files:
            try:
                yield str(file), predictor.read(file)
            except (OSError, ValueError) as error:
                yield str(file), error


def _from_npz(path: Path, predictor: Predictor) -> Array | Exception:
    """The first array whose samples have the network's shape."""
    try:
        arrays = [_channels_first(array) for array in read_npz(path).arrays]
    except (OSError, ValueError) as error:
        return error
    fitting = [array for array in arrays if array.shape[1:] == predictor.shape]
    shapes = ", ".join(str(array.shape) for array in arrays)
    if fitting:
        return predictor.preparation(fitting[0])
    return ValueError(f"{path}: expected images of shape (N, {str(predictor.shape)[1:]}, found {shapes}")


def _channels_first(array: Array) -> Array:
    if array.ndim == 4 and array.shape[-1] in (1, 3) and array.shape[1] not in (1, 3):
        return array.transpose(0, 3, 1, 2)
    return array[:, None] if array.ndim == 3 else array


# --------------------------------------------------------------------------------------------------------------- the table


def _table(rows: Sequence[tuple[str, Array]], classes: Sequence[str], top: int) -> list[str]:
    width = max(len("image"), *(len(name) for name, _ in rows))
    wide = max(map(len, classes))
    header = f"{'image':{width}}  {'class':{wide}}  probability"
    return [header, *(f"{name:{width}}  {_best(row, classes, wide, top)}".rstrip() for name, row in rows)]


def _best(row: Array, classes: Sequence[str], wide: int, top: int) -> str:
    order = np.argsort(-row, kind="stable")[:top]
    (first, share), *others = [(classes[index], row[index]) for index in order]
    listed = ", ".join(f"{name} {value:.3f}" for name, value in others)
    return f"{first:{wide}}  {share:.3f}" + (f"        then {listed}" if others else "")


def _write(path: Path, rows: Sequence[tuple[str, Array]], classes: Sequence[str]) -> None:
    """The class, its probability, and the probability of every class."""
    lines = [(name, classes[int(row.argmax())], f"{row.max():.6f}", *(f"{value:.6f}" for value in row)) for name, row in rows]
    try:
        print(f"wrote {write_csv(path, ['image', 'class', 'probability', *classes], lines)}")
    except OSError as error:
        raise Refusal(f"--out {path}: {error.strerror}") from None

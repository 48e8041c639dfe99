"""`gradroutes sharpen`: train a net that computes only what a soft photograph lacks, beside its twin; or sharpen a picture."""

from __future__ import annotations

import argparse
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

import nn
from nn import sharpening
from nn.command.refusal import Refusal, require
from nn.command.tables import writable, write_csv
from nn.data.folders import in_eight_bits
from nn.sharpening.pixels import Array

WIDTH = 32
WEIGHTS = "weights.safetensors"
# The twin starts with the net's weights; the third as plain nets do, with He's in the last layer too.
NETS: dict[str, dict[str, Any]] = {"with skip": {}, "twin": {"residual": False}, "twin, own start": {"residual": False, "last": 1.0}}
SKIP = next(iter(NETS))
Row = tuple[Any, ...]  # a photograph's name, bicubic's PSNR, and that of each of NETS


def sharpen(options: argparse.Namespace) -> None:
    """Apply a trained net to the user's picture where one is given, else train and compare."""
    require("images", "PIL", "safetensors", "threadpoolctl", *(() if options.image else ("skimage", "sklearn", "matplotlib", "tqdm")))
    from threadpoolctl import threadpool_limits

    # Products of these sizes gain little by a second thread, and where others use the cores, waiting for it costs ten times more.
    with threadpool_limits(1, "blas"):
        _sharpen(options)


def _sharpen(options: argparse.Namespace) -> None:
    if options.image is None:
        if options.weights is not None:
            raise Refusal("--weights is for --image: gradroutes sharpen --image my.png --weights weights.safetensors")
        _compare(options)
    else:
        _apply(options)


# --------------------------------------------------------------------------------------------------------- the comparison


def _compare(options: argparse.Namespace) -> None:
    folder = writable(options.out, "psnr.csv")
    start = time.perf_counter()
    training, testing = sharpening.load_photographs().luminances()
    print(_headline(options, training, testing))
    nets = {name: sharpening.VDSR(options.depth, WIDTH, generator=options.seed, **start) for name, start in NETS.items()}
    losses = {name: _trained(name, net, training, options) for name, net in nets.items()}
    found = {name: _restored(truth, nets) for name, truth in testing.items()}
    rows = [(name, *(sharpening.psnr(image, testing[name]) for image in images)) for name, images in found.items()]
    print("\n".join(["", *table_lines(rows), ""]))
    nn.save(folder / WEIGHTS, nets[SKIP])
    written = [folder / WEIGHTS, *_write_tables(folder, losses, rows), *_draw(folder, found, testing)]
    written.append(_draw_training(folder, losses, training, options))
    print("\n".join(f"wrote {path}" for path in written))
    print(f"{time.perf_counter() - start:.0f} s")
    print(_summary(rows, folder))


def _headline(options: argparse.Namespace, training: Sequence[Array], testing: Mapping[str, Array]) -> str:
    return (
        f"{len(training)} photographs to train on, {len(testing)} others to test on, halved and scaled back up by bicubic. "
        f"{options.depth} convolutions of {WIDTH} channels, {options.steps} steps of Adam (seed {options.seed}).\n"
        "with skip: y = F(x) + x, the layers compute the difference; twin: y = F(x), the same weights at the start and no skip; "
        "own start: as plain nets do, with He's weights in the last layer too."
    )


def _trained(name: str, net: nn.Module, training: Sequence[Array], options: argparse.Namespace) -> list[float]:
    from tqdm import tqdm

    steps, losses = sharpening.train(net, training, options.steps, options.seed), []
    with tqdm(steps, desc=f"{name:15}", total=options.steps, unit="step", mininterval=0.5) as bar:
        for loss in bar:
            losses.append(loss)
            bar.set_postfix(loss=f"{loss:.2e}", refresh=False)
    return losses


def _restored(truth: Array, nets: Mapping[str, sharpening.VDSR]) -> list[Array]:
    """The soft copy, and what each net makes of it."""
    soft = sharpening.blurred(truth)
    return [soft, *(sharpening.restored(net, soft) for net in nets.values())]


def means(rows: Sequence[Row]) -> Row:
    """The mean photograph."""
    return "mean", *np.mean([row[1:] for row in rows], axis=0).tolist()


def table_lines(rows: Sequence[Row]) -> list[str]:
    """PSNR in dB, a line for each photograph and one for their mean; in brackets the gain over bicubic."""
    lines = [f"{'PSNR, dB':12}{'bicubic':>9}" + "".join(f"{name:>18}" for name in NETS)]
    for name, bicubic, *others in [*rows, means(rows)]:
        lines.append(f"{name:12}{bicubic:>9.2f}" + "".join(f"{value:>9.2f} ({value - bicubic:+6.2f})" for value in others))
    return lines


def _write_tables(folder: Path, losses: Mapping[str, list[float]], rows: Sequence[Row]) -> list[Path]:
    steps = [(step, *all_of_it) for step, all_of_it in enumerate(zip(*losses.values(), strict=True), 1)]
    return [
        write_csv(folder / "psnr.csv", ["photograph", "bicubic", *NETS], [*rows, means(rows)]),
        write_csv(folder / "training.csv", ["step", *(f"loss {name}" for name in NETS)], steps),
    ]


def _draw(folder: Path, found: Mapping[str, Sequence[Array]], testing: Mapping[str, Array]) -> list[Path]:
    from nn.sharpening import plots

    paths = [folder / f"{name}.png" for name in found]
    for path, (name, (soft, sharp, plain, _)) in zip(paths, found.items(), strict=True):
        plots.comparison_figure(soft, sharp, plain, testing[name]).savefig(path, dpi=150)
    return paths


def _draw_training(folder: Path, losses: Mapping[str, list[float]], training: Sequence[Array], options: argparse.Namespace) -> Path:
    from nn.sharpening import plots

    errors = [np.mean((soft - sharp) ** 2) for soft, sharp in sharpening.patches(training, options.steps, options.seed)]
    plots.training_figure(losses, float(-10 * np.log10(np.mean(errors)))).savefig(folder / "training.png", dpi=150)
    return folder / "training.png"


def _summary(rows: Sequence[Row], folder: Path) -> str:
    _, bicubic, *others = means(rows)
    gains = "  ".join(f"{name} {value - bicubic:+.2f}" for name, value in zip(NETS, others, strict=True))
    return f"bicubic {bicubic:.2f} dB  {gains}  out {folder}"


# ------------------------------------------------------------------------------------------------------ a user's picture


def _apply(options: argparse.Namespace) -> None:
    weights = options.weights or options.out / WEIGHTS
    if not weights.is_file():
        raise Refusal(f"--weights {weights}: no such file; `gradroutes sharpen` trains a net and writes {WEIGHTS}")
    net = _net(weights)
    image = _read(options.image)
    target = writable(options.out, f"{options.image.stem}_sharp.png") / f"{options.image.stem}_sharp.png"
    _save(sharpening.enlarged(net, image, options.scale), target)
    print(f"wrote {target}")


def _net(path: Path) -> sharpening.VDSR:
    try:
        return sharpening.sharpener_of(nn.load(path))
    except ValueError as error:
        raise Refusal(f"--weights {path}: {error}") from None


def _read(path: Path) -> Array:
    """Upright, grey or in colour, without transparency."""
    from PIL import Image, ImageOps, UnidentifiedImageError

    try:
        with Image.open(path) as image:
            upright = ImageOps.exif_transpose(image)
            return np.asarray(upright if upright.mode in ("L", "I;16") else in_eight_bits(upright, image.format).convert("RGB"))
    except (OSError, UnidentifiedImageError, Image.DecompressionBombError, SyntaxError, ValueError) as error:
        raise Refusal(f"--image {path}: {getattr(error, 'strerror', None) or error}") from None


def _save(image: Array, target: Path) -> None:
    from PIL import Image

    Image.fromarray(image).save(target)

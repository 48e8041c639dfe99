"""Input, residual image, output and truth, with the skip and without it, as a matplotlib figure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from nn.sharpening.pixels import Array, psnr

# The palette of the route pictures: orange is the skip, violet a net without one.
SKIP, TWIN, INK, MUTED = "#B45F06", "#6B4BA1", "#1F2933", "#7B8794"

STROKES = (("#F08C00", "-"), (TWIN, "-"), (TWIN, "--"))


class Panel(NamedTuple):
    title: str
    image: Array
    below: str
    signed: bool = False
    colour: str = INK


def detailed(soft: Array, truth: Array, side: int) -> tuple[slice, slice]:
    """The square of the photograph whose soft copy lacks most."""
    side = min(side, *truth.shape)
    sums = np.pad(np.cumsum(np.cumsum((truth - soft).astype(np.float64) ** 2, 0), 1), ((1, 0), (1, 0)))
    energy = sums[side:, side:] - sums[:-side, side:] - sums[side:, :-side] + sums[:-side, :-side]
    top, left = np.unravel_index(int(energy.argmax()), energy.shape)
    return slice(int(top), int(top) + side), slice(int(left), int(left) + side)


def comparison_figure(soft: Array, sharp: Array, plain: Array, truth: Array, side: int = 120) -> Any:
    """Two rows of pictures: the network with the skip, and its twin without.

    Parameters
    ----------
    soft, sharp, plain, truth : array (H, W)
        Luminance from 0 to 1: the input, what the network with the skip and its twin made of it, the photograph.
    side : int
        Pixels of the square that is shown: the one whose soft copy lacks most.

    Returns
    -------
    matplotlib.figure.Figure
    """
    place = detailed(soft, truth, side)
    scale = float(np.quantile(np.abs((truth - soft)[place]), 0.995)) or 1.0
    return _drawn(_panels(soft, sharp, plain, truth, place), scale)


def _panels(soft: Array, sharp: Array, plain: Array, truth: Array, place: Any) -> list[list[Panel]]:
    def decibels(image: Array) -> str:
        return f"{psnr(image, truth):.2f} dB (whole photograph)"

    with_skip = [
        Panel("input x", soft[place], f"bicubic: {decibels(soft)}"),
        Panel("residual F(x)", (sharp - soft)[place], "all that the layers compute", True, SKIP),
        Panel("output F(x) + x", sharp[place], decibels(sharp), colour=SKIP),
        Panel("truth", truth[place], "the photograph"),
    ]
    without = [
        Panel("input x", soft[place], "the same"),
        Panel("output − x", (plain - soft)[place], "the layers compute the whole output", True, TWIN),
        Panel("output F(x), no skip", plain[place], decibels(plain), colour=TWIN),
        Panel("truth − x", (truth - soft)[place], "what the input lacks", True),
    ]
    return [with_skip, without]


def _drawn(rows: list[list[Panel]], scale: float) -> Any:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(2.9 * len(rows[0]), 3.35 * len(rows)), layout="constrained", facecolor="#FCFCFB")
    FigureCanvasAgg(figure)
    for line, panels in zip(figure.subplots(len(rows), len(rows[0]), squeeze=False), rows, strict=True):
        for axes, panel in zip(line, panels, strict=True):
            _draw(axes, panel, scale)
    return figure


def _draw(axes: Any, panel: Panel, scale: float) -> None:
    low, high = (-scale, scale) if panel.signed else (0.0, 1.0)
    axes.imshow(panel.image, cmap="gray", vmin=low, vmax=high, interpolation="nearest")
    axes.set_title(panel.title, color=panel.colour, fontsize=12)
    axes.set_xlabel(panel.below, color=MUTED if panel.colour == INK else panel.colour, fontsize=10)
    axes.set_xticks([])
    axes.set_yticks([])
    for side in axes.spines.values():
        side.set_color("#D5DBE1")


def training_figure(losses: Mapping[str, list[float]], bicubic: float) -> Any:
    """PSNR of the training batches, step by step, against what their soft copies have.

    Parameters
    ----------
    losses : mapping of str to list of float
        Mean squared differences by the network's name: that with the skip first, then its twins.
    bicubic : float
        PSNR of the soft copies.

    Returns
    -------
    matplotlib.figure.Figure
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7, 3.4), layout="constrained", facecolor="#FCFCFB")
    FigureCanvasAgg(figure)
    axes = figure.subplots()
    for (name, values), (colour, line) in zip(losses.items(), STROKES, strict=False):
        axes.plot(np.arange(1, len(values) + 1), _running(values), line, color=colour, label=name)
    axes.axhline(bicubic, color=MUTED, linestyle=":", label="bicubic")
    axes.set_xscale("log")
    axes.set_xlabel("steps")
    axes.set_ylabel("PSNR, dB")
    axes.legend(frameon=False)
    axes.spines[["top", "right"]].set_visible(False)
    return figure


def _running(losses: list[float], keep: float = 0.9) -> Array:
    """A running mean that forgets a tenth a step, in decibels: batches differ more than steps do."""
    means, weight, mean = [], 0.0, 0.0
    for loss in losses:
        mean, weight = keep * mean + (1 - keep) * loss, keep * weight + (1 - keep)
        means.append(mean / weight)
    decibels: Array = -10 * np.log10(np.array(means))
    return decibels

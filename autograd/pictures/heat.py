"""A measure of every join over the steps of a training, as a heat map: SVG by itself, PNG and PDF by Matplotlib."""

from __future__ import annotations

import base64
import html
import struct
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from autograd.pictures.canvas import Ink, themed_figure
from autograd.pictures.glyphs import printable
from autograd.pictures.metrics import text_width
from autograd.pictures.svg import FONTS

Array = np.ndarray[Any, Any]
SHOWN = 24  # labels along an axis, at most
# From little to much, by roles of the palette. Orange is the skip and nothing else.
RAMPS = {
    "share_skip": ("skip_pill", "skip", "skip_text"), "norm_skip": ("skip_pill", "skip", "skip_text"),
    "share_branch": ("module", "branch", "branch_text"), "norm_branch": ("module", "branch", "branch_text"),
    "share_other": ("track", "bar_other", "ink"), "norm_other": ("track", "bar_other", "ink"),
    "norm": ("before_fill", "before", "ink"), "cosine": ("branch", "paper", "skip"),
}  # fmt: skip
SAID = {
    "share_skip": "the skip's share of the gradient", "norm_skip": "|gradient| by the skip",
    "share_branch": "the share of the gradient through F", "norm_branch": "|gradient| through F",
    "share_other": "the share of the gradient by other ways", "norm_other": "|gradient| by other ways",
    "norm": "|gradient| at the fork", "cosine": "cosine between skip and F",
}  # fmt: skip
WIDTH, CELL, LINE, BAR, GAP = 560, 12, 15, 10, 14  # of the map, a row at least, a line of text, the scale, between parts


@dataclass(frozen=True)
class HeatMap:
    """Steps to the right, joins from the input (below) to the loss; norms on a logarithmic scale, nan left blank.

    Attributes
    ----------
    steps : sequence of int
    joins : sequence of str
    values : ndarray, shape (joins, steps)
    measure, theme : str
    """

    steps: Sequence[int]
    joins: Sequence[str]
    values: Array
    measure: str
    theme: str = "light"

    def __post_init__(self) -> None:
        Ink(self.theme)  # refuses another theme

    @property
    def logarithmic(self) -> bool:
        return self.measure.startswith("norm")

    @property
    def bounds(self) -> tuple[float, float]:
        """What the scale runs from and to. Shares fill it: in a deep net all are near 1."""
        if self.measure == "cosine":
            return -1.0, 1.0
        seen = self.values[np.isfinite(self.values) & ((self.values > 0) | (not self.logarithmic))]
        return (float(seen.min()), float(seen.max())) if seen.size else (0.0, 1.0)

    def levels(self) -> Array:
        """The values on the scale: 0 at its low end, 1 at its high end; nan where there is none to show."""
        low, high = self.bounds
        with np.errstate(divide="ignore", invalid="ignore"):
            scale = np.log if self.logarithmic else np.asarray
            part = (scale(self.values) - scale(low)) / ((scale(high) - scale(low)) or 1.0)
        return np.where(np.isfinite(part), part, np.nan)

    def svg(self) -> str:
        """One `<svg>` element that needs nothing from outside."""
        return _Sheet(self).svg()

    def figure(self) -> Any:
        """A Matplotlib figure (``pip install 'gradroutes[demo]'``)."""
        with themed_figure(1, 1, self.theme, (8.0, min(1.5 + 0.1 * len(self.joins), 8))) as (figure, ((axes,),), ink):
            axes.grid(False)
            from matplotlib.colors import LinearSegmentedColormap, LogNorm, Normalize

            low, high = self.bounds
            colours = LinearSegmentedColormap.from_list(self.measure, [ink(role) for role in RAMPS[self.measure]])
            scale = (LogNorm if self.logarithmic and high > low else Normalize)(low, high)
            image = axes.imshow(self.values, aspect="auto", origin="lower", interpolation="nearest", cmap=colours, norm=scale)
            figure.colorbar(image, ax=axes, label=SAID[self.measure])
            axes.set_xticks(spread(len(self.steps), 12), labels=[str(self.steps[i]) for i in spread(len(self.steps), 12)])
            axes.set_yticks(spread(len(self.joins), SHOWN), labels=[self.joins[i] for i in spread(len(self.joins), SHOWN)])
            axes.set(xlabel="step", ylabel="join, from the input up")
        return figure

    def save(self, path: str | Path) -> Path:
        """Write .svg (nothing else is needed), or what Matplotlib writes: .png, .pdf."""
        path = Path(path)
        if path.suffix == ".svg":
            path.write_text(self.svg(), encoding="utf-8")
        elif path.suffix in (".png", ".pdf"):
            self.figure().savefig(path, dpi=150)
        else:
            raise ValueError(f"a heat map is written as .svg, .png or .pdf, by the file's ending; given {str(path)!r}")
        return path

    def __str__(self) -> str:
        low, high = self.bounds
        return (f"{self.measure} of {len(self.joins)} joins over {len(self.steps)} steps, "
                f"{self.steps[0]} to {self.steps[-1]}: from {low:.3g} to {high:.3g}")  # fmt: skip

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        return {"text/html": self.svg(), "image/svg+xml": self.svg(), "text/plain": str(self)}


def spread(count: int, most: int) -> range:
    """As many places as there is room for, evenly spread."""
    return range(0, count, -(-count // most))


# ------------------------------------------------------------------------------------------------------------------ SVG


class _Sheet:
    """The measures of one drawing: names on the left, the map, its scale on the right, steps below."""

    def __init__(self, heat: HeatMap) -> None:
        self.heat, self.ink = heat, Ink(heat.theme)
        rows = len(heat.joins)
        self.height = max(CELL * rows, 90) if rows <= 60 else max(6 * rows, 720)
        self.named = spread(rows, max(1, int(self.height // LINE)))
        self.left = GAP + max(text_width(heat.joins[i], 10) for i in self.named) + 6
        self.top = 2 * LINE + 8

    def svg(self) -> str:
        sentence = html.escape(str(self.heat))
        width, height = self.left + WIDTH + GAP + BAR + 60, self.top + self.height + 3 * LINE
        body = [self._title(), self._map(), *self._names(), *self._steps(), *self._scale()]
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}" width="{width:.0f}" '
            f'height="{height:.0f}" role="img" aria-label="{sentence}" font-family="{FONTS}" font-size="10" '
            f'style="max-width:100%;height:auto"><title>{sentence}</title>'
            f'<rect width="100%" height="100%" fill="{self.ink("paper")}"/>' + "".join(body) + "</svg>"
        )

    def _text(self, x: float, y: float, words: str, anchor: str = "start", role: str = "muted", size: int = 10) -> str:
        place = f'x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="{size}"'
        return f'<text {place} fill="{self.ink(role)}">{html.escape(printable(words))}</text>'

    def _title(self) -> str:
        words = f"{SAID[self.heat.measure]}, {len(self.heat.joins)} joins from the input (below) to the loss"
        return self._text(self.left, LINE + 4, words, role="ink", size=12)

    def _map(self) -> str:
        levels = self.heat.levels()[::-1]
        return _image(self._coloured(levels), self.left, self.top, WIDTH, self.height)

    def _coloured(self, levels: Array) -> Array:
        """Red, green and blue of each level; blank is the paper."""
        stops = np.array([_rgb(self.ink(role)) for role in RAMPS[self.heat.measure]])
        places = np.linspace(0, 1, len(stops))
        mixed = np.stack([np.interp(levels, places, stops[:, i]) for i in range(3)], axis=-1)
        return np.where(np.isnan(levels)[..., None], _rgb(self.ink("paper")), mixed).round().astype(np.uint8)

    def _names(self) -> list[str]:
        tall = self.height / len(self.heat.joins)
        ends = self.top + self.height + 3.5 - tall / 2
        return [self._text(self.left - 6, ends - i * tall, self.heat.joins[i], "end") for i in self.named]

    def _steps(self) -> list[str]:
        wide, y = WIDTH / len(self.heat.steps), self.top + self.height + LINE
        marks = spread(len(self.heat.steps), 10)
        labels = [self._text(self.left + (i + 0.5) * wide, y, str(self.heat.steps[i]), "middle") for i in marks]
        return [*labels, self._text(self.left + WIDTH / 2, y + LINE, "step", "middle")]

    def _scale(self) -> list[str]:
        x, low_high = self.left + WIDTH + GAP, self.heat.bounds
        levels = np.linspace(1, 0, 64)[:, None]
        numbers = zip((self.top + self.height, self.top + 8), low_high, strict=True)
        labels = [self._text(x + BAR + 4, y, f"{number:.3g}") for y, number in numbers]
        return [_image(self._coloured(levels), x, self.top, BAR, self.height), *labels]


def _rgb(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def _image(pixels: Array, x: float, y: float, width: float, height: float) -> str:
    """Cells as one image inside the drawing, each of several pixels, so that no viewer smooths them away."""
    data = base64.b64encode(_png(pixels.repeat(_times(width, pixels.shape[1]), 1).repeat(_times(height, pixels.shape[0]), 0))).decode()
    place = f'x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}"'
    return (f'<image {place} preserveAspectRatio="none" style="image-rendering:pixelated" '
            f'href="data:image/png;base64,{data}"/>')  # fmt: skip


def _times(length: float, cells: int) -> int:
    return max(1, int(2 * length / cells))


def _png(pixels: Array) -> bytes:
    """Rows of red, green and blue as a PNG file (ISO/IEC 15948): one chunk, no filter."""
    height, width, _ = pixels.shape
    rows = np.concatenate([np.zeros((height, 1), np.uint8), pixels.reshape(height, 3 * width)], axis=1)
    chunks = [(b"IHDR", struct.pack(">2I5B", width, height, 8, 2, 0, 0, 0)), (b"IDAT", zlib.compress(rows.tobytes(), 9)), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data)) for name, data in chunks
    )

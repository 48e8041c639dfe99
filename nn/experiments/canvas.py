"""Figures in the palette of the route pictures, light and dark (``pip install 'gradroutes[demo]'`` for Matplotlib)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from autograd.pictures import palette

THEMES = ("light", "dark")
# A net by its kind: orange is the skip, violet a net without one; the others are told apart by dashes as well as by colour.
KINDS = {
    "plain": (palette.BEFORE, "-"), "residual": (palette.SKIP, "-"), "after_add_relu": (palette.SKIP, "--"),
    "pre_activation": (palette.BRANCH, "-"), "scaled": (palette.BRANCH, "-"),
}  # fmt: skip


class Ink:
    """The colours of one theme, by the palette's light hex."""

    def __init__(self, theme: str) -> None:
        if theme not in THEMES:
            raise ValueError(f"theme is light or dark; given {theme!r}")
        self.theme = theme

    def __call__(self, role: str) -> str:
        return palette.in_theme(role, self.theme)

    def kind(self, name: str) -> dict[str, Any]:
        """How the line of a kind of net looks; grey for a kind that has no colour of its own."""
        colour, dashes = KINDS.get(name, (palette.MUTED, "-"))
        return {"color": self(colour), "linestyle": dashes}

    def path(self, crossed: int) -> str:
        return self(palette.path_colour(crossed))

    def between(self, part: float) -> Any:
        """From the data's grey at 0 to the skip's orange at 1: how far a training is."""
        from matplotlib.colors import to_rgb

        low, high = (np.array(to_rgb(self(role))) for role in (palette.DATA, palette.SKIP))
        return tuple(low + (high - low) * part)


@contextmanager
def canvas(rows: int, columns: int, theme: str = "light", size: tuple[float, float] = (2.4, 2.4), **shared: Any) -> Iterator[Any]:
    """A figure of `rows` by `columns` panels, its panels and its ink; drawn in the theme's colours while the block lasts."""
    if not columns:
        raise ValueError("nothing to draw: pass what an experiment returned, in a list")
    ink = Ink(theme)
    try:
        import matplotlib
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure
    except ModuleNotFoundError as missing:
        raise ModuleNotFoundError("figures need matplotlib: pip install 'gradroutes[demo]'", name=missing.name) from missing
    with matplotlib.rc_context(_style(ink)):
        width, height = size
        figure = Figure(figsize=(max(width * columns, 5.0), height * rows + 0.5), layout="constrained")
        FigureCanvasAgg(figure)
        yield figure, figure.subplots(rows, columns, squeeze=False, **shared), ink


def _style(ink: Ink) -> Any:
    text = dict.fromkeys(("text.color", "axes.titlecolor", "axes.labelcolor"), ink(palette.INK))
    muted = dict.fromkeys(("xtick.color", "ytick.color", "axes.edgecolor"), ink(palette.MUTED))
    paper = dict.fromkeys(("figure.facecolor", "axes.facecolor", "savefig.facecolor"), ink(palette.PAPER))
    sizes = {"font.size": 9, "axes.titlesize": 9, "legend.fontsize": 9, "lines.linewidth": 1.6, "lines.solid_capstyle": "round"}
    spines = {"axes.spines.top": False, "axes.spines.right": False, "legend.frameon": False, "svg.hashsalt": "gradroutes"}
    return text | muted | paper | sizes | spines | {"axes.grid": True, "grid.color": ink(palette.TRACK), "axes.axisbelow": True}


def legend_below(figure: Any, axes: Any) -> None:
    """The lines of one panel, named under all of them."""
    handles, labels = axes.get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=min(len(labels), 8))


def positive(values: Sequence[float]) -> list[float]:
    """What a logarithmic scale can show: a gap stands for 0."""
    return [value if value > 0 else float("nan") for value in values]

"""Matplotlib figures of numbers in the palette of the pictures, light and dark (``pip install 'gradroutes[demo]'``)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from autograd.pictures import palette

THEMES = ("light", "dark")


class Ink:
    """The colours of one theme, by the palette's names of their roles: ``ink("skip")``."""

    def __init__(self, theme: str) -> None:
        if theme not in THEMES:
            raise ValueError(f"theme is light or dark; given {theme!r}")
        self.theme = theme

    def __call__(self, role: str) -> str:
        return palette.in_theme(getattr(palette, role.upper()), self.theme)

    def path(self, crossed: int) -> str:
        """Of what crossed so many residual functions."""
        return palette.in_theme(palette.path_colour(crossed), self.theme)

    def between(self, part: float, low: str = "data", high: str = "skip") -> tuple[float, ...]:
        """A mixture of two roles: `low` at 0, `high` at 1."""
        from matplotlib.colors import to_rgb

        return tuple(a + (b - a) * part for a, b in zip(to_rgb(self(low)), to_rgb(self(high)), strict=True))


@contextmanager
def themed_figure(rows: int, columns: int, theme: str = "light", size: tuple[float, float] = (2.4, 2.4), **shared: Any) -> Iterator[Any]:
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
    text = dict.fromkeys(("text.color", "axes.titlecolor", "axes.labelcolor"), ink("ink"))
    muted = dict.fromkeys(("xtick.color", "ytick.color", "axes.edgecolor"), ink("muted"))
    paper = dict.fromkeys(("figure.facecolor", "axes.facecolor", "savefig.facecolor"), ink("paper"))
    sizes = {"font.size": 9, "axes.titlesize": 9, "legend.fontsize": 9, "lines.linewidth": 1.6, "lines.solid_capstyle": "round"}
    spines = {"axes.spines.top": False, "axes.spines.right": False, "legend.frameon": False, "svg.hashsalt": "gradroutes"}
    return text | muted | paper | sizes | spines | {"axes.grid": True, "grid.color": ink("track"), "axes.axisbelow": True}


def legend_below(figure: Any, axes: Any) -> None:
    """The lines of one panel, named under all of them."""
    handles, labels = axes.get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=min(len(labels), 8))

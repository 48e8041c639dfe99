"""The experiments' numbers as matplotlib figures (``pip install 'gradroutes[demo]'``)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from nn.experiments.depth import DepthProfile
from nn.experiments.lesions import Lesions
from nn.experiments.shattered import Shattering, reference

# The palette of the route pictures: orange is the skip, violet a net without one.
COLOURS = {"plain": "#6B4BA1", "residual": "#F08C00", "after_add_relu": "#B23A48", "pre_activation": "#1B7F79", "scaled": "#1B7F79"}


def depth_figure(profiles: Sequence[DepthProfile]) -> Any:
    """‖dL/dx‖ above and ‖F(x)‖/‖x‖ below, a column for every initialisation and norm, a line for every kind of block.

    Parameters
    ----------
    profiles : sequence of DepthProfile
        As from `compare_depths`.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    ValueError
        Without a profile.
    """
    columns = list(dict.fromkeys((each.initialisation, each.norm) for each in profiles))
    figure, grid = _figure(2, len(columns), sharex="all", sharey="row")
    for above, below, (start, norm) in zip(*grid, columns, strict=True):
        for each in profiles:
            if (each.initialisation, each.norm) == (start, norm):
                _line(above, range(len(each.gradients)), each.gradients, each.kind)
                _line(below, np.arange(len(each.responses)) + 0.5, each.responses, each.kind)
        above.set_title(f"{start}, batch norm" if norm else start, fontsize=10)
        below.set_xlabel("blocks below")
        for axes in (above, below):
            axes.set_yscale("log")
    grid[0, 0].set_ylabel("‖dL/dx‖, 1 at the top")
    grid[1, 0].set_ylabel("‖F(x)‖ / ‖x‖")
    _legend_below(figure, grid[0, 0])
    return figure


def shattering_figure(found: Sequence[Shattering]) -> Any:
    """Left the correlation between distinct inputs by depth, the paper's rates dashed; right the autocorrelation of the deepest.

    Parameters
    ----------
    found : sequence of Shattering

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    ValueError
        Without a measure to draw.
    """
    if not found:
        raise ValueError("nothing to draw: pass what shattered_gradients returned, in a list")
    figure, ((left, right),) = _figure(1, 2, width=5.2, height=4.0)
    for each in found:
        _between(left, each)
        _line(right, range(len(each.autocorrelation[-1])), each.autocorrelation[-1], each.net, f"{each.net}, {each.depths[-1]} layers")
    # Below this the sampling noise is larger than what is measured.
    left.set(yscale="log", ylim=(1e-4, 1.5), xlabel="layers L", ylabel="correlation of gradients")
    left.set_title("between distinct inputs (dashed: Balduzzi et al. 2017)", fontsize=10)
    right.axhline(0, color="0.7", linewidth=0.8, zorder=0)
    right.set(xlabel="lag, points of the grid", ylabel="autocorrelation of the gradient")
    right.set_title("along a one-dimensional grid of inputs", fontsize=10)
    left.legend(frameon=False, fontsize=8, loc="upper right", bbox_to_anchor=(1, 0.9))
    right.legend(frameon=False, fontsize=8)
    return figure


def lesion_figure(studies: Mapping[str, Lesions], measure: str = "accuracy") -> Any:
    """Without each block, without several (mean, and all draws), and in other orders; a colour for every net.

    Parameters
    ----------
    studies : mapping of str to Lesions
        By the net's name.
    measure : str
        What was measured, for the axis.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    ValueError
        Without a study.
    """
    if not studies:
        raise ValueError("nothing to draw: pass what lesion_study returned, by name")
    figure, (axes,) = _figure(1, 3, sharey="all", width=4.0, height=3.8)
    for name, study in studies.items():
        colour = COLOURS.get(name.partition(",")[0], "0.3")
        axes[0].plot(range(1, len(study.without_each) + 1), study.without_each, "o", color=colour, markersize=4, label=name)
        axes[0].axhline(study.whole, color=colour, linestyle="--", linewidth=1)
        axes[1].plot(study.counts, [np.mean(draws) for draws in study.without_several], color=colour)
        spread = [(count, value) for count, draws in zip(study.counts, study.without_several, strict=True) for value in draws]
        for panel, points in ((axes[1], spread), (axes[2], study.orders)):
            panel.plot(*zip(*points, strict=True), "o", color=colour, markersize=3, alpha=0.4, markeredgewidth=0)
    axes[0].set(ylabel=measure, xlabel="block deleted (dashed: none)")
    axes[1].set_xlabel("blocks deleted at random")
    axes[2].set_xlabel("Kendall τ of a shuffled order")
    axes[2].invert_xaxis()
    _legend_below(figure, axes[0])
    return figure


def _between(axes: Any, found: Shattering) -> None:
    scaled = found.net == "scaled"
    fit = f"fit (β²L + 1)^{found.exponent:.2f}, β = {found.beta:g}" if scaled else f"fit {found.rate:.3f}^L"
    errors = np.nan_to_num(found.errors)
    colour = COLOURS[found.net]
    axes.errorbar(found.depths, found.correlation, errors, fmt="o", color=colour, markersize=4, label=f"{found.net}, {fit}")
    depths = range(1, max(found.depths) + 1)
    axes.plot(depths, [reference(found.net, depth, found.beta) for depth in depths], "--", color=colour, linewidth=1)


def _line(axes: Any, x: Any, y: Sequence[float], kind: str, label: str | None = None) -> None:
    axes.plot(x, y, color=COLOURS[kind], label=label or kind.replace("_", "-"), linewidth=1.5)


def _figure(rows: int, columns: int, width: float = 2.4, height: float = 2.4, **shared: Any) -> Any:
    if not columns:
        raise ValueError("nothing to draw: pass what gradient_by_depth returned, in a list")
    try:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure
    except ModuleNotFoundError as missing:
        raise ModuleNotFoundError("figures need matplotlib: pip install 'gradroutes[demo]'", name=missing.name) from missing
    figure = Figure(figsize=(max(width * columns, 5.0), height * rows + 0.5), layout="constrained")
    FigureCanvasAgg(figure)
    grid = figure.subplots(rows, columns, squeeze=False, **shared)
    for axes in grid.flat:
        axes.spines[["top", "right"]].set_visible(False)
    return figure, grid


def _legend_below(figure: Any, axes: Any) -> None:
    handles, labels = axes.get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=len(labels), frameon=False)

"""The experiments' numbers as matplotlib figures (``pip install 'gradroutes[demo]'``)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from autograd.pictures import Ink, legend_below, themed_figure
from nn.experiments.depth import DepthProfile
from nn.experiments.lesions import Lesions
from nn.experiments.shattered import Shattering, reference

# A net by its kind: orange is the skip, violet a net without one; the others are told apart by dashes as well as by colour.
KINDS = {
    "plain": ("before", "-"), "residual": ("skip", "-"), "after_add_relu": ("skip", "--"), "pre_activation": ("branch", "-"),
    "scaled": ("branch", "-"),
}  # fmt: skip
MARKS = (("o", "-"), ("s", "--"), ("^", ":"), ("D", "-."))  # of the nets of one figure: a second plain net has the colour of the first


def depth_figure(profiles: Sequence[DepthProfile], theme: str = "light") -> Any:
    """‖dL/dx‖ above and ‖F(x)‖/‖x‖ below, a column for every initialisation and norm, a line for every kind of block.

    Parameters
    ----------
    profiles : sequence of DepthProfile
        As from `compare_depths`.
    theme : str
        light or dark.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    ValueError
        Without a profile.
    """
    columns = list(dict.fromkeys((each.initialisation, each.norm) for each in profiles))
    with themed_figure(2, len(columns), theme, (1.9, 2.1), sharex="all", sharey="row") as (figure, grid, ink):
        for above, below, column in zip(*grid, columns, strict=True):
            chosen = [each for each in profiles if (each.initialisation, each.norm) == column]
            _depth_column(above, below, chosen, ink)
        grid[0, 0].set(yscale="log", ylabel="‖dL/dx‖, 1 at the top")
        grid[1, 0].set(yscale="log", ylabel="‖F(x)‖ / ‖x‖")
        legend_below(figure, grid[0, 0])
    return figure


def _depth_column(above: Any, below: Any, profiles: Sequence[DepthProfile], ink: Ink) -> None:
    for each in profiles:
        _line(above, range(len(each.gradients)), positive(each.gradients), each.kind, ink)
        _line(below, np.arange(len(each.responses)) + 0.5, positive(each.responses), each.kind, ink)
    start = profiles[0].initialisation.replace("_", " ")
    above.set_title(f"{start}, batch norm" if profiles[0].norm else start)
    below.set_xlabel("blocks below")


def shattering_figure(found: Sequence[Shattering], theme: str = "light") -> Any:
    """Left the correlation between distinct inputs by depth, the paper's rates dashed; right the autocorrelation of the deepest.

    Parameters
    ----------
    found : sequence of Shattering
    theme : str
        light or dark.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    ValueError
        Without a measure to draw.
    """
    with themed_figure(1, 2 if found else 0, theme, (5.0, 3.6)) as (figure, ((left, right),), ink):
        for each in found:
            _between(left, each, ink)
            label = f"{each.net}, {each.depths[-1]} layers"
            _line(right, range(len(each.autocorrelation[-1])), each.autocorrelation[-1], each.net, ink, label)
        # Below this the sampling noise is larger than what is measured.
        left.set(yscale="log", ylim=(1e-4, 1.5), xlabel="layers L", ylabel="correlation of gradients")
        left.set_title("between distinct inputs (dashed: Balduzzi et al. 2017)")
        right.axhline(0, color=ink("data"), linewidth=0.8, zorder=0)
        right.set(xlabel="lag, points of the grid", ylabel="autocorrelation of the gradient")
        right.set_title("along a one-dimensional grid of inputs")
        left.legend(loc="upper right", bbox_to_anchor=(1, 0.9))
        right.legend()
    return figure


def lesion_figure(studies: Mapping[str, Lesions], measure: str = "accuracy", theme: str = "light") -> Any:
    """Without each block, without several (mean, and all draws), and in other orders; a colour for every net.

    Parameters
    ----------
    studies : mapping of str to Lesions
        By the net's name.
    measure : str
        What was measured, for the axis.
    theme : str
        light or dark.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    ValueError
        Without a study.
    """
    with themed_figure(1, 3 if studies else 0, theme, (3.6, 3.2), sharey="all") as (figure, (axes,), ink):
        for index, (name, study) in enumerate(studies.items()):
            _cut(axes, name, study, MARKS[index % len(MARKS)], ink)
        axes[0].set(ylabel=measure, xlabel="block deleted (dashed: none)")
        axes[1].set_xlabel("blocks deleted at random")
        axes[2].set_xlabel("Kendall τ of a shuffled order")
        axes[2].invert_xaxis()
        legend_below(figure, axes[0])
    return figure


def _cut(axes: Any, name: str, study: Lesions, marks: tuple[str, str], ink: Ink) -> None:
    (mark, dashes), colour = marks, kind_of(name.partition(",")[0], ink)["color"]
    axes[0].plot(range(1, len(study.without_each) + 1), study.without_each, mark, color=colour, markersize=4, label=name)
    axes[0].axhline(study.whole, color=colour, linestyle="--", linewidth=1, alpha=0.6)
    axes[1].plot(study.counts, [np.mean(draws) for draws in study.without_several], dashes, color=colour)
    spread = [(count, value) for count, draws in zip(study.counts, study.without_several, strict=True) for value in draws]
    for panel, points in ((axes[1], spread), (axes[2], study.orders)):
        panel.plot(*zip(*points, strict=True), mark, color=colour, markersize=3, alpha=0.4, markeredgewidth=0)


def _between(axes: Any, found: Shattering, ink: Ink) -> None:
    scaled = found.net == "scaled"
    fit = f"fit (β²L + 1)^{found.exponent:.2f}, β = {found.beta:g}" if scaled else f"fit {found.rate:.3f}^L"
    errors = np.nan_to_num(found.errors)
    colour = kind_of(found.net, ink)["color"]
    axes.errorbar(found.depths, found.correlation, errors, fmt="o", color=colour, markersize=4, label=f"{found.net}, {fit}")
    depths = range(1, max(found.depths) + 1)
    axes.plot(depths, [reference(found.net, depth, found.beta) for depth in depths], "--", color=colour, linewidth=1)


def _line(axes: Any, x: Any, y: Sequence[float], kind: str, ink: Ink, label: str | None = None) -> None:
    axes.plot(x, y, label=label or kind.replace("_", "-"), **kind_of(kind, ink))


def kind_of(name: str, ink: Ink) -> dict[str, Any]:
    """How the line of a kind of net looks; grey for a kind that has no colour of its own."""
    role, dashes = KINDS.get(name, ("muted", "-"))
    return {"color": ink(role), "linestyle": dashes}


def positive(values: Sequence[float]) -> list[float]:
    """What a logarithmic scale can show: a gap stands for 0."""
    return [value if value > 0 else float("nan") for value in values]

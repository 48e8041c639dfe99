"""The plots of docs/performance.md: ratios on a log scale, and the scaling curves."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from .peers import PEERS
from .suites import CURVES, TITLES, curve_points
from .tables import ratio

COLOURS = {
    "floor": "#888888",
    "gradroutes": "#d1495b",
    "gradroutes-fast": "#7b2d8b",
    "gradroutes-allocator": "#f0a6b0",
    "torch": "#222222",
    "torch-nhwc": "#30638e",
    "torch-compile": "#00798c",
    "jax": "#edae49",
    "mygrad": "#66a182",
    "hips": "#a0793d",
    "micrograd": "#5f0f40",
    "micrograd-nogc": "#c77dbb",
}
MARKERS = {"gradroutes": "D", "gradroutes-fast": "D", "gradroutes-allocator": "D", "floor": "|"}


def draw_all(folder: Path) -> None:
    """Draw what has been recorded."""
    for name, draw in (("standard", ratios), ("scaling", curves)):
        source = folder / f"{name}.json"
        if source.exists():
            _save(draw(json.loads(source.read_text())), folder / f"{name}.svg")


def _pyplot() -> Any:
    import matplotlib

    matplotlib.use("Agg")
    # The same numbers give the same bytes, so that a redrawn plot is no change.
    matplotlib.rcParams["svg.hashsalt"] = "gradroutes"
    import matplotlib.pyplot

    return matplotlib.pyplot


def _save(figure: Any, path: Path) -> None:
    figure.savefig(path, metadata={"Date": None}, bbox_inches="tight", facecolor="white")
    _pyplot().close(figure)


def ratios(results: dict[str, Any]) -> Any:
    """A line a workload, a mark a peer; 1 is torch eager, left of it is faster."""
    rows, names = results["rows"][::-1], [n for n in PEERS if n in results["peers"] and n != "torch"]
    figure, axes = _pyplot().subplots(figsize=(9, 0.5 * len(rows) + 1.5))
    for name in names:
        points = [(ratio(row, name), y) for y, row in enumerate(rows)]
        marks = [(x, y) for x, y in points if x]
        own = name.startswith("gradroutes")
        if marks:
            style = {"s": 70 if own else 32, "zorder": 3 if own else 2, "marker": MARKERS.get(name, "o")}
            axes.scatter(*zip(*marks), color=COLOURS[name], label=PEERS[name].title, **style)
    axes.axvline(1, color=COLOURS["torch"], linewidth=1)
    axes.set_xscale("log")
    axes.set_yticks(range(len(rows)), [TITLES.get(row["workload"], row["workload"]) for row in rows])
    axes.set_xlabel("time of a training step / torch eager's (log scale; left is faster)")
    axes.grid(axis="x", which="both", color="#e5e5e5", zorder=0)
    if axes.get_legend_handles_labels()[0]:
        axes.legend(loc="center left", bbox_to_anchor=(1.01, 0.5), frameon=False)
    return figure


def curves(results: dict[str, Any]) -> Any:
    """Seconds of a step against each size, both on log scales."""
    figure, panels = _pyplot().subplots(1, len(CURVES), figsize=(4 * len(CURVES), 3.4))
    for axes, curve in zip(panels, CURVES):
        for name in results["peers"]:
            points = curve_points(results, curve, name)
            if points:
                axes.loglog(*zip(*points), "o-", color=COLOURS[name], label=PEERS[name].title)
        axes.set_xlabel({"operations": "multiply-adds in the chain", "depth": "blocks"}.get(curve, curve))
        axes.grid(which="major", color="#e5e5e5")
    panels[0].set_ylabel("seconds a step")
    if panels[-1].get_legend_handles_labels()[0]:
        panels[-1].legend(frameon=False)
    return figure

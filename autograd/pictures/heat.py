"""A measure of every join over the steps of a training, as a heat map."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

SHOWN = 24  # labels along an axis, at most


def heatmap_of(steps: Sequence[int], joins: Sequence[str], values: np.ndarray[Any, Any], measure: str) -> Any:
    """Steps to the right, joins from the input (below) to the loss; norms on a logarithmic scale."""
    try:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure
    except ImportError as error:
        raise ImportError("a heat map needs Matplotlib: pip install 'gradroutes[demo]'") from error
    figure = Figure(figsize=(8, min(2.0 + 0.16 * len(joins), 10)), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots()
    image = axes.imshow(values, aspect="auto", origin="lower", interpolation="nearest", **_colours(values, measure))
    figure.colorbar(image, ax=axes, label=measure.replace("_", " "))
    _label(axes.set_xticks, steps, 12)
    _label(axes.set_yticks, joins, SHOWN)
    axes.set_xlabel("step")
    axes.set_ylabel("join, from the input up")
    return figure


def _label(place: Any, labels: Sequence[Any], most: int) -> None:
    """As many labels as there is room for, evenly spread."""
    apart = -(-len(labels) // most)
    place(range(0, len(labels), apart), labels=[str(label) for label in labels[::apart]])


def _colours(values: np.ndarray[Any, Any], measure: str) -> dict[str, Any]:
    """Orange is the skip, as in the routes' pictures. Shares fill their scale: in a deep net all are near 1."""
    from matplotlib.colors import LogNorm

    if measure == "cosine":
        return {"cmap": "RdBu_r", "vmin": -1.0, "vmax": 1.0}
    if measure.startswith("share"):
        return {"cmap": "Oranges" if measure == "share_skip" else "Purples"}
    positive = values[np.isfinite(values) & (values > 0)]
    return {"cmap": "viridis", "norm": LogNorm(positive.min(), positive.max()) if positive.size else None}

"""The demo's pictures: the routes of the trained net beside its twin, one block opened, and the gradient by depth."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import autograd
import nn
from autograd.pictures import find_renderer
from nn.command.measures import IMAGES, Trace, traced
from nn.command.refusal import Refusal
from nn.command.tables import Depths
from nn.command.training import loss_of
from nn.digits import Digits

# The palette of the route pictures: orange is the skip and nothing else, violet is a net without one.
STROKES = {"residual": ("#F08C00", "-"), "twin": ("#6B4BA1", "-"), "twin-in-own-init": ("#6B4BA1", "--")}
ENDINGS = ("svg", "png")


def require_renderer() -> None:
    """Refuse before the training rather than after it."""
    if find_renderer() is None:
        raise Refusal("needs graphviz-pure, or Graphviz's dot on PATH, to draw: pip install 'gradroutes[demo]'", code=1)


def draw_routes(folder: Path, residual: nn.Sequential, twin: nn.Sequential, digits: Digits) -> list[Path]:
    """The whole net, and its last block by itself."""
    trace, plain = traced(residual, digits), traced(twin, digits)
    whole = autograd.routes(trace.loss, trace.trunk[0])
    pictures = {"routes": whole.draw(twin=plain.loss), "block": _last_block(residual, trace, digits).draw(level="block")}
    return [_saved(picture, folder / f"{name}.{ending}") for name, picture in pictures.items() for ending in ENDINGS]


def _last_block(net: nn.Sequential, trace: Trace, digits: Digits) -> Any:
    """The last block by itself: its x is made a leaf, so that the picture begins there."""
    *_, block, exit_layer = net
    x = autograd.Tensor(trace.trunk[-2].numpy(), requires_grad=True, name="x")
    loss = loss_of(exit_layer(block(x)), digits.train_labels[:IMAGES])
    loss.name = "L"
    return autograd.routes(loss, [x, *block.parameters()])


def _saved(picture: Any, path: Path) -> Path:
    picture.save(path)
    return path


def draw_depths(folder: Path, depths: Depths) -> list[Path]:
    """‖dL/dx‖ by depth on a logarithmic scale, for growth as well as decay: at the start, and at the end."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, 3.6), layout="constrained")
    FigureCanvasAgg(figure)
    for axes, when in zip(figure.subplots(1, 2, sharey=True), ("start", "end"), strict=True):
        _plot(axes, when, depths)
    figure.axes[0].set_ylabel("‖dL/dx‖")
    figure.axes[0].legend(frameon=False)
    paths = [folder / f"gradient_by_depth.{ending}" for ending in ENDINGS]
    for path in paths:
        figure.savefig(path, dpi=150)
    return paths


def _plot(axes: Any, when: str, depths: Depths) -> None:
    for (network, time), norms in depths.items():
        if time == when:
            colour, line = STROKES[network]
            # A zero has no logarithm: a gap says so.
            axes.plot([value if value > 0 else float("nan") for value in norms], line, color=colour, label=network)
    axes.set_yscale("log")
    axes.set_title(f"at the {when} of training")
    axes.set_xlabel("residual blocks below")
    axes.spines[["top", "right"]].set_visible(False)

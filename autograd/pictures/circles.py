"""The two circles of open pictures: a join, and the loss."""

from autograd.pictures import palette as p
from autograd.pictures.axis import Axis
from autograd.pictures.cards import with_lanes
from autograd.pictures.dotfile import Dot, html
from autograd.pictures.labels import Run, shortened
from autograd.pictures.numerals import two_decimals
from autograd.pictures.scene import Add, Loss


def circle(dot: Dot, add: Add, named: dict[str, str], axis: Axis) -> None:
    """Where two ways meet."""
    told = f"{add.name or 'add'}: the gradient is copied to every input"
    value = [Run(shortened(add.value, 4), 8, p.MUTED)] if add.value else []
    dot.node(add.key, shape="circle", fixedsize="true", width=0.5, style="filled", fillcolor=p.CARD, color=p.BEFORE, penwidth=1.8,
             label=html(with_lanes([Run(add.symbol, 15 if value else 20), *value], 18, axis)), tooltip=told, **named)  # fmt: skip


def disc(dot: Dot, loss: Loss, named: dict[str, str], axis: Axis) -> None:
    """The violet disc where gradients start."""
    lines = [Run(shortened(loss.name, 6), 16, p.INK, True)]
    if loss.value is not None:
        lines.append(Run(two_decimals(loss.value), 9, p.MUTED))
    told = loss.text or "the loss: gradients start here, at 1"
    dot.node(loss.key, shape="circle", fixedsize="true", width=0.68, style="filled", fillcolor=p.BEFORE_FILL, color=p.BEFORE,
             penwidth=1.4, label=html(with_lanes(lines, 24.5, axis)), tooltip=told, **named)  # fmt: skip

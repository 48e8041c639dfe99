"""Thousands of operations: plain boxes, and for every argument one line, the gradient's ribbon where there is one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from autograd.pictures import palette as p
from autograd.pictures.dotfile import Dot, html
from autograd.pictures.labels import Run, line, row, shortened, table
from autograd.pictures.numerals import largest_finite, three_significant, two_decimals
from autograd.pictures.ribbons import RIBBON, ribbon_style
from autograd.pictures.scene import Add, Card, Flow, Loss, Module, Operation, Part, Road, Value


def lean_dot(flow: Flow, rankdir: str = "LR") -> str:
    """The DOT text of a very large open picture, in light colours."""
    title = [line(Run(flow.title, 40, p.INK, True)), line(Run(flow.note, 24, p.MUTED))]
    dot = Dot("gradient routes", rankdir=rankdir, nodesep=0.15, ranksep=0.3, splines="true", label=html(table([row(one) for one in title])))
    dot.line(f'node [shape=box, style="rounded,filled", fillcolor="{p.BOX}", color="{p.MODULE_LINE}", fontsize=11, '
             'margin="0.08,0.04", width=0.3, height=0.25]')  # fmt: skip
    dot.line("edge [arrowsize=0.5]")
    parts = {part.key: part for part in flow.parts}
    inside: set[str] = set()
    for module in opened(dot, flow.modules):
        for key in module.parts:
            _plain(dot, parts[key])
        inside.update(module.parts)
    for key, part in parts.items():
        if key not in inside:
            _plain(dot, part)
    scale = largest_finite(road.gradient for road in flow.roads if road.gradient is not None)
    for road in flow.roads:
        _edge(dot, road, scale)
    return dot.text()


def opened(dot: Dot, modules: Iterable[Module], sized: bool = True) -> Iterator[Module]:
    """Open a cluster for each module in turn, and yield it; nested ones follow inside.

    An explicit stack: users nest modules as deep as they like. Without `sized` the gradient's size is left out of the label,
    which would lie on a lane that comes from above.
    """
    todo: list[Module | None] = list(reversed(list(modules)))
    while todo:
        module = todo.pop()
        if module is None:
            dot.close()
            continue
        label = [Run(shortened(module.label), 12, p.BRANCH_TEXT, True)]
        if module.gradient is not None and sized:
            label.append(Run("    × ∂F/∂x  ", 10, p.BRANCH_TEXT))
            label.append(Run(two_decimals(module.gradient), 10, p.BRANCH_TEXT, True))
        dot.open(f"cluster_{module.key}", label=html(line(*label)), labeljust="l", style="rounded,filled", class_="module",
                 fillcolor=p.MODULE, color=p.MODULE_LINE, penwidth=1.2, margin=14)  # fmt: skip
        yield module
        todo += [None, *reversed(module.inner)]


def _plain(dot: Dot, part: Part) -> None:
    match part:
        case Value(key=key, name=name, gradient=size) | Operation(key=key, formula=name, gradient=size):
            fill = p.CARD if isinstance(part, Value) else None
            dot.node(key, label=shortened(name, 24), fillcolor=fill, tooltip=name + ("" if size is None else f": {_size(size)}"))
        case Add(key=key, symbol=symbol, name=name):
            dot.node(key, label=symbol, shape="circle", color=p.BEFORE, fillcolor=p.CARD, tooltip=name or "add")
        case Card(key=key, text=text):
            dot.node(key, label=shortened(text, 24))
        case Loss(key=key, name=name):
            dot.node(key, label=name, shape="circle", color=p.BEFORE, fillcolor=p.BEFORE_FILL)


def _size(size: float) -> str:
    return f"|gradient| {three_significant(size)}"


def _edge(dot: Dot, road: Road, scale: float) -> None:
    if road.gradient is None:
        dot.edge(road.tail, road.head, color=p.DATA)
        return
    stroke = road.skip.stroke if road.skip else "solid"
    style = ribbon_style(road.gradient, scale, RIBBON[road.way], stroke)
    dot.edge(road.tail, road.head, class_=f"grad {road.way}", dir="back", arrowtail="normal", tooltip=_size(road.gradient), **style)

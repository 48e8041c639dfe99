"""The lane of a twin: the same functions without the skips, each in the column of its sister, on the figure's one scale."""

from collections.abc import Sequence

from autograd.pictures import palette as p
from autograd.pictures.axis import Axis
from autograd.pictures.dotfile import Dot, html
from autograd.pictures.labels import Run, card, gap, inset, line, row, shortened, stacked, table
from autograd.pictures.numerals import three_significant
from autograd.pictures.ribbons import ribbon_style
from autograd.pictures.scene import Twin

STRONG = 200  # graphviz keeps a lane of this weight straight


def twin_lane(dot: Dot, twin: Twin, names: tuple[str, Sequence[str], str], columns: Sequence[str], scale: float, axis: Axis) -> None:
    """Draw the lane.

    Parameters
    ----------
    names : tuple
        Of the source, of each function and of the loss.
    columns : sequence of str
        The parts below which x, the functions and L stand; an empty one is not aligned.
    """
    source, functions, loss = names
    _source(dot, twin, source, scale, axis)
    keys = ["x_", *(f"f{i}_" for i in range(1, len(functions) + 1)), "L_"]
    for i, (name, size) in enumerate(zip(functions, twin.sizes, strict=True), 1):
        _function(dot, i, name, size, axis)
    dot.node("L_", shape="circle", style="filled", fillcolor=p.BEFORE_FILL, color=p.BEFORE, penwidth=1.4, width=0.48, fixedsize="true",
             label=html(line(Run(shortened(loss, 4), 14, p.INK, True))), class_="loss", group="twin")  # fmt: skip
    for i, size in enumerate((*twin.sizes, twin.output)):
        tail = f"{keys[i]}:{axis.on}" if i == 0 else f"{keys[i]}:c:{axis.on}"
        head = f"{keys[i + 1]}:{axis.back}" if keys[i + 1] == "L_" else f"{keys[i + 1]}:c:{axis.back}"
        dot.edge(tail, head, weight=STRONG, class_="grad", tooltip=f"without the skip: {three_significant(size)}",
                 dir="back", arrowtail="normal", **ribbon_style(size, scale, p.BEFORE))  # fmt: skip
    for column, key in zip(columns, keys, strict=True):
        if key in ("x_", "L_"):  # these two hold the lane below
            dot.line(f"{{rank=same; edge [style=invis]; {column} -> {key}}}")
        elif column:
            dot.line(f"{{rank=same; {column}; {key}}}")


def _source(dot: Dot, twin: Twin, source: str, scale: float, axis: Axis) -> None:
    runs = (Run(twin.label, 11, p.MUTED), Run(f"|∂L/∂{shortened(source, 8)}|", 10, p.MUTED),
            Run(three_significant(twin.sizes[0]), 14, p.MUTED, True))  # fmt: skip
    dot.node("gx_", label=html(inset(stacked(*(line(run) for run in runs), align="center"), 4)), group="twin")
    name = line(Run(shortened(source, 12), 14, p.INK, True))
    dot.node("x_", label=html(card([row(inset(name, 2), pad=5)])), group="twin", class_="value")
    dot.edge(f"gx_:{axis.on}", f"x_:{axis.back}", weight=STRONG, minlen=2, dir="back", arrowtail="normal",
             **ribbon_style(twin.sizes[0], scale, p.BEFORE))  # fmt: skip


def _function(dot: Dot, number: int, name: str, size: float, axis: Axis) -> None:
    told = f"without the skip, block {number}: |gradient| at its input {three_significant(size)}"
    content = inset(line(Run(shortened(name, 14), 12, p.BRANCH_TEXT, True)), 12)
    closed = card([f'<td port="c" cellpadding="0">{content}</td>'], fill=p.MODULE, edge=p.MODULE_LINE)
    number_of = row(line(Run(three_significant(size), 10, p.MUTED)))
    rows = [gap(1, 16), row(closed), number_of] if axis.across else [gap(52, 1) + row(closed) + gap(4, 1) + number_of]
    dot.node(f"f{number}_", label=html(table(rows)), group="twin", class_=f"module b{number}", tooltip=told)

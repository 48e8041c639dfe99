"""Level `rolled` in DOT: a column a block, strips of the gradient's size by depth, a histogram of path lengths."""

import itertools
import math
from collections.abc import Callable, Sequence
from itertools import accumulate

from autograd.pictures import palette as p
from autograd.pictures.axis import axis_of
from autograd.pictures.dotfile import Dot, html
from autograd.pictures.gathering import blocks_a_column, gathered, told_of_column
from autograd.pictures.hover import told_of_source
from autograd.pictures.labels import Run, card, escaped_lines, gap, inset, line, row, shortened, stacked, swatch, table, widths_of
from autograd.pictures.numerals import largest_finite, parameters_text, percent, superscript, three_significant
from autograd.pictures.ribbons import ribbon_style
from autograd.pictures.scene import Highway, Paths, Residual, Shares
from autograd.pictures.stack import big

_HEIGHT, _STRIP = 64, 17
_DECADES = 12  # the strips' log scale reaches from the largest gradient down to 10⁻¹² of it
_BAR = 26


def rolled_dot(highway: Highway, rankdir: str = "LR") -> str:
    """The DOT text of many blocks as columns, in light colours; with "TB" the histogram stands below, not beside."""
    axis_of(rankdir)
    dot = Dot("gradient routes", nodesep=0.3, ranksep=0.4, splines="true", outputorder="edgesfirst",
              label=html(_title(highway)))  # fmt: skip
    source = line(Run(shortened(highway.source, 12), 15, p.INK, True))
    dot.node("x", class_="value", label=html(card([row(inset(source, 2), pad=6)])), tooltip=told_of_source(highway))
    dot.node("B", label=html(_columns(gathered(highway), blocks_a_column(len(highway.blocks)))), tooltip=" ")
    dot.node("L", shape="circle", style="filled", fillcolor=p.BEFORE_FILL, color=p.BEFORE, penwidth=1.4, width=0.5,
             fixedsize="true", label=html(line(Run(shortened(highway.loss, 4), 15, p.INK, True))), class_="loss",
             tooltip=f"{highway.loss}: gradients start here, at 1")  # fmt: skip
    scale = largest_finite((highway.gradient, highway.blocks[-1].output))
    back = {"dir": "back", "arrowtail": "normal"}
    dot.edge("x:e", "B:a:w", **back, **ribbon_style(highway.gradient, scale, p.SKIP))
    dot.edge("B:z:e", "L:w", **back, **ribbon_style(highway.blocks[-1].output, scale, p.BEFORE))
    if highway.paths:
        dot.node("H", label=html(_histogram(highway.paths)))
        beside = 'L -> H' if rankdir == "LR" else "{rank=same; B -> H}"
        dot.line(f"edge [style=invis] {beside}")
    return dot.text()


def _title(highway: Highway) -> str:
    head = [Run(f"{len(highway.blocks)} residual blocks", 16, p.INK, True), Run(", rolled", 16)]
    if highway.twin:
        head.append(Run(", and their twin without the skip", 16))
    if highway.parameters:
        head.append(Run("    " + parameters_text(highway.parameters), 11, p.MUTED))
    each = blocks_a_column(len(highway.blocks))
    column = "one block" if each == 1 else f"the mean of {each} blocks"
    words = ((f"one column is {column}, x left, L right: its gradient's share by ", p.MUTED), ("+1", p.SKIP_TEXT),
             (" and through ", p.MUTED), ("F", p.BRANCH_TEXT),
             (f". Strips: |gradient| there, log shade 10{superscript(-_DECADES)} … 1 of the largest", p.MUTED))  # fmt: skip
    legend = [Run(text, 11, colour, colour != p.MUTED) for text, colour in words]
    lines = [row(line(*head), align="left"), row(line(*legend), align="left")]
    if highway.towers:
        more = sum(len(tower.blocks) for tower in highway.towers)
        told = Run(f"and {more} more in {len(highway.towers)} towers beside this one: level stack draws them", 11, p.MUTED)
        lines.append(row(line(told), align="left"))
    marked = [block for block in highway.blocks if block.skip.stroke != "solid"]
    if marked:
        kinds = shortened(", ".join(dict.fromkeys(block.skip.label for block in marked)), 60)
        told = Run(f"pale columns: {len(marked)} whose skip is no identity: {kinds}", 11, p.SKIP_TEXT)
        lines.append(row(line(told), align="left"))
    return table([*lines, gap(1, 12)])


def _columns(highway: Highway, each: int) -> str:
    blocks, width = highway.blocks, _column_width(len(highway.blocks))
    sizes = [block.fork for block in blocks]
    scale = largest_finite([*sizes, *(highway.twin.sizes if highway.twin else ())])
    legend = stacked(line(Run("F", 12, p.BRANCH_TEXT, True)), line(Run("+1", 12, p.SKIP_TEXT, True)), align="right")
    rows = [_row(legend, _cells(blocks, lambda number, block: _column(block, width)), "", port="a")]
    if any(block.stage for block in blocks):
        rows.insert(0, _stages(blocks))
    rows.append(gap(1, 4))
    arrives = stacked(line(Run(f"|∂L/∂{shortened(highway.source, 8)}| ", 11, p.MUTED),
                           Run(three_significant(highway.gradient), 13, p.SKIP_TEXT, True)))  # fmt: skip
    rows.append(_row(line(Run("with +1" if highway.twin else "gradient", 11, p.MUTED)),
                     _cells(blocks, lambda number, _: _shade(sizes[number - 1], scale, p.SKIP, width)), arrives))  # fmt: skip
    if highway.twin:
        twin = highway.twin
        lost = line(Run(f"|∂L/∂{shortened(highway.source, 8)}| ", 11, p.MUTED),
                    Run(three_significant(twin.sizes[0]), 13, p.MUTED, True))  # fmt: skip
        strip = _cells(blocks, lambda number, _: _shade(twin.sizes[number - 1], scale, p.BEFORE, width))
        rows.append(_row(line(Run(twin.label, 11, p.MUTED)), strip, lost))
    rows.append(_ticks(len(blocks), width, each))
    return table(rows, 'border="0" cellborder="0" cellspacing="1" cellpadding="0"')


def _column_width(count: int) -> int:
    return max(2, min(22, 640 // count))


def _row(left: str, cells: str, right: str, port: str = "") -> str:
    label = row(table([row(left) + gap(6, 1)]), align="right", port=port)
    empty = '<td port="z" width="1" height="1"></td>'
    return label + cells + (row(table([gap(6, 1) + row(right)]), align="left") if right else empty)


def _cells(blocks: Sequence[Residual], draw: Callable[[int, Residual], str]) -> str:
    """One cell a block; its id tells the page which block it belongs to, its tooltip what is known."""
    return "".join(
        f'<td id="column{number}" tooltip="{escaped_lines(told_of_column(block))}">{draw(number, block)}</td>'
        for number, block in enumerate(blocks, 1)
    )


def _column(block: Residual, width: int) -> str:
    """From the top: F, other, the skip. Parts that oppose the sum are hatched, between the two."""
    if block.shares.word:
        return table([swatch(width, _HEIGHT, p.TRACK)])
    parts = [(share, colour) for share, colour in _parts(block.shares) if share != 0]
    heights = _heights([abs(share) for share, _ in parts])
    hollow = block.skip.stroke != "solid"
    drawn = [_part(share, colour, width, height, hollow) for (share, colour), height in zip(parts, heights, strict=True)]
    return table([*itertools.chain(*((part, gap(width, 1)) for part in drawn[:-1])), *drawn[-1:]])


def _parts(shares: Shares) -> list[tuple[float, str]]:
    return [(shares.branch, p.BAR_BRANCH), (shares.other, p.BAR_OTHER), (shares.skip, p.BAR_SKIP)]


def _heights(sizes: Sequence[float]) -> list[int]:
    """Of the parts of a column, one point less at every seam between two."""
    return widths_of(sizes, _HEIGHT - max(0, len(sizes) - 1), 1)


def _part(share: float, colour: str, width: int, height: int, hollow: bool) -> str:
    if share < 0:
        return row(_striped(width, height))
    if hollow and colour == p.BAR_SKIP and width > 4 and height > 4:
        return (f'<td width="{width}" height="{height}" fixedsize="true" border="1" color="{p.SKIP}" '
                f'bgcolor="{p.SKIP_PILL}"></td>')  # fmt: skip
    return swatch(width, height, colour)


def _striped(width: int, height: int) -> str:
    return table([swatch(width, min(2, height - top), (p.HATCH, p.TRACK)[top // 2 % 2]) for top in range(0, height, 2)])


def _shade(size: float, scale: float, colour: str, width: int) -> str:
    if not math.isfinite(size):
        return table([swatch(width, _STRIP, p.HATCH)])
    depth = math.log10(size / scale) / _DECADES if size / scale > 0 else -1.0
    return table([swatch(width, _STRIP, p.faded(colour, 1 + depth) if depth > -0.95 else p.TRACK)])


def _stages(blocks: Sequence[Residual]) -> str:
    """Names over runs of columns of one stage."""
    cells, start = [], 0
    for end in range(1, len(blocks) + 1):
        if end == len(blocks) or blocks[end].stage != blocks[start].stage:
            name = line(Run(shortened(blocks[start].stage, 3 * (end - start) + 4), 10, p.MUTED))
            cells.append(f'<td colspan="{end - start}" sides="B" border="1" color="{p.HAIRLINE}">{name}</td>')
            start = end
    return gap(1, 1) + "".join(cells)


def _ticks(count: int, width: int, each: int) -> str:
    """Numbers of blocks under the first, the last and every so-many-th column, which begins with that block."""
    step = max(1, math.ceil(26 / (width + 1)), round(count / 6))
    shown = {1, count, *range(step, count - step // 2, step)}
    cells = [row(line(Run(str(n), 9, p.MUTED))) if n in shown else gap(1, 1) for n in range(1, count + 1)]
    if width >= 11:
        return gap(1, 1) + "".join(cells)
    return gap(1, 1) + f'<td colspan="{count}">{_sparse(sorted(shown), count, width, each)}</td>'


def _sparse(shown: Sequence[int], count: int, width: int, each: int) -> str:
    """Ticks wider than their columns: a row of their own, spaced by hand."""
    cells, at = [], 0
    for number in shown:
        label = Run(str((number - 1) * each + 1), 9, p.MUTED)
        left = max(at, min((number - 1) * (width + 1) + (width - label.width) // 2, count * (width + 1) - label.width))
        cells += [gap(left - at, 1)] * (left > at) + [row(line(label))]
        at = left + label.width
    return table(["".join(cells)])


def _histogram(paths: Paths) -> str:
    told = line(Run("share of ∂L/∂x by how many F the path crosses, %", 11, p.MUTED))
    if paths.word:
        return stacked(told, line(Run(paths.word, 11, p.MUTED, True)))
    first, last = _visible(paths.shares)
    shown = range(first, last + 1)
    width = max(5, min(_BAR, 420 // len(shown)))
    tallest = max(abs(paths.shares[k]) for k in shown) or 1.0
    bars = "".join(f'<td valign="bottom">{_tower(k, paths.shares[k], tallest, width)}</td>' for k in shown)
    names = "".join(_below(k, width) for k in shown)
    size = f'fixedsize="true" width="{len(shown) * (width + 1) + 1}" height="{_HEIGHT + 32}"'
    chart = table([bars, names], f'{size} border="0" cellborder="0" cellspacing="1" cellpadding="0"')
    return stacked(told, chart, line(Run(_told_paths(paths), 10, p.MUTED)))


def _visible(shares: Sequence[float]) -> tuple[int, int]:
    """The lengths worth a bar: from the first to the last that has 0.2 %; from 0 where that is near."""
    found = [k for k, share in enumerate(shares) if abs(share) >= 2e-3] or [0]
    return (0 if found[0] < 6 else found[0]), found[-1]


def _below(crossed: int, width: int) -> str:
    step = max(1, math.ceil(18 / width))
    return row(line(Run(str(crossed), 9, p.MUTED))) if crossed % step == 0 else gap(width, 1)


def _tower(crossed: int, share: float, tallest: float, width: int) -> str:
    height = max(1, round(_HEIGHT * abs(share) / tallest))
    written = abs(share) >= 5e-3 and width >= 18
    text = line(Run(percent(share), 10, p.INK)) if written else table([gap(1, 1)])
    thick = width - max(2, width // 5)
    bar = row(_striped(thick, height)) if share < 0 else row(table([swatch(thick, height, p.path_colour(crossed))]))
    return table([gap(width, _HEIGHT - height + 1), row(text), bar])


def _told_paths(paths: Paths) -> str:
    """How few paths carry how much: the shortest that make 95 %."""
    total = sum(paths.counts)
    sums = list(accumulate(paths.shares))
    k = next((k for k, carried in enumerate(sums) if carried >= 0.95), len(sums) - 1)
    if total < 2 or len(paths.counts) <= k:
        return ""
    few = sum(paths.counts[: k + 1]) / total
    few_percent = percent(few) if few >= 5e-3 else three_significant(few * 100)
    return f"paths of at most {k} F: {few_percent} % of the {big(total)} paths, {percent(sums[k])} % of the gradient"

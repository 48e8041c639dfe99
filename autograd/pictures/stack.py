"""Level `stack` in DOT: the +1 lane runs dead straight from L to x, and each block's F rides above it as a card."""

from dataclasses import dataclass
from itertools import accumulate

from autograd.pictures import palette as p
from autograd.pictures.axis import Axis, axis_of
from autograd.pictures.beside import STRONG, twin_lane
from autograd.pictures.dotfile import Dot, html
from autograd.pictures.hover import told_of, told_of_source
from autograd.pictures.labels import (
    LEAST_MINUS,
    PLAIN,
    Run,
    card,
    gap,
    hatched,
    inset,
    line,
    row,
    share_bar,
    share_line,
    shortened,
    stacked,
    swatch,
    table,
    widths_of,
)
from autograd.pictures.numerals import (
    largest_finite,
    parameters_text,
    percent,
    superscript,
    three_significant,
    two_decimals,
)
from autograd.pictures.ribbons import ribbon_style
from autograd.pictures.scene import Highway, Paths, Residual, Shares
from autograd.pictures.wrapping import rows_of, sign

_BAR, _STRIP = 54, 420
_PARTS = 9  # of the strip of path lengths, at most, beside what is gathered
_ONE_LINE = 16  # letters of what lies on the lane
_SIGN = 13  # points: the height of what a line above the bar takes, kept free where other blocks have one


def stack_dot(highway: Highway, rankdir: str = "LR") -> str:
    """The DOT text of a stack, in light colours."""
    axis = axis_of(rankdir)
    dot = Dot("gradient routes", rankdir=rankdir, nodesep=0.22, ranksep=0.12, splines="true", newrank="true",
              outputorder="edgesfirst", label=html(_title(highway, axis)))  # fmt: skip
    scale = largest_finite(_sizes(highway))
    rows = rows_of(highway, axis)
    _ends(dot, highway, axis, scale, f"r{len(rows) - 1}lane" if len(rows) > 1 else "lane")
    if len(rows) > 1:
        _rows(dot, highway, rows, axis, scale)
        return dot.text()
    towers = (highway, *highway.towers)
    before = accumulate((len(tower.blocks) for tower in towers), initial=0)
    lanes = [_Lane(dot, tower, axis, scale, f"t{i}" if i else "", count) for i, (tower, count) in enumerate(zip(towers, before))]
    _exit(dot, highway, [(lane.draw(), tower) for lane, tower in zip(lanes, towers, strict=True)], axis, scale)
    if highway.twin:
        names = (highway.source, [block.label for block in highway.blocks], highway.loss)
        twin_lane(dot, highway.twin, names, ("x", *(f"f{i}" for i in range(1, len(highway.blocks) + 1)), "L"), scale, axis)
        dot.line("{rank=same; edge [style=invis]; gx -> gx_}")
    return dot.text()


def title_lines(highway: Highway, axis: Axis) -> str:
    """How many blocks, and the legend in its own colours."""
    count = len(highway.blocks)
    count += sum(len(tower.blocks) for tower in highway.towers)
    apart = f" in {len(highway.towers) + 1} towers" if highway.towers else ""
    head = [Run(f"{count} residual block{'s' * (count != 1)}{apart}", 16, p.INK, True)]
    if highway.twin:
        head.append(Run(", and their twin without the skip", 16))
    if highway.parameters:
        head.append(Run("    " + parameters_text(highway.parameters), 11, p.MUTED))
    scale = ", one scale for both rows" if highway.twin else ""
    legend = [Run("Bar: what arrived by ", 11, p.MUTED), Run("+1", 11, p.SKIP_TEXT, True),
              Run(" and what came through ", 11, p.MUTED), Run("F", 11, p.BRANCH_TEXT, True)]  # fmt: skip
    way = "right to left" if axis.across else "upwards"
    how = f"the gradient of {highway.loss}, travelling {way}; ribbon width √|gradient|{scale}"
    return stacked(line(*head), line(Run(how, 11, p.MUTED)), line(*legend))


def paths_strip(paths: Paths) -> str:
    """One bar: the shares of dL/dx by how many F their paths cross; the tail is gathered."""
    told = line(Run("how many F the gradient at x came through", 11, p.MUTED), Run(_all_paths(paths), 11, p.MUTED))
    if paths.word:
        return stacked(told, table([swatch(_STRIP, 20, p.TRACK, Run(paths.word, 10, p.MUTED, True))]))
    parts = _gathered(paths)
    least = [LEAST_MINUS if share < 0 else 3 for _, share, _ in parts]
    widths = widths_of([abs(share) for _, share, _ in parts], _STRIP - max(0, len(parts) - 1), least)
    cells = [_strip_cell(name, share, colour, width) for (name, share, colour), width in zip(parts, widths, strict=True)]
    return stacked(told, table([gap(1, 20).join(cells)], f'width="{_STRIP}" height="20" fixedsize="true" {PLAIN}'))


def big(number: int) -> str:
    """A count of paths as people write it: 1024, 2⁵⁴, 1.3·10¹⁵.

    >>> big(1024), big(2**54), big(3**40)
    ('1024', '2⁵⁴', '1.2·10¹⁹')
    """
    if number < 10_000:
        return str(number)
    power = number.bit_length() - 1
    return f"2{superscript(power)}" if number == 1 << power else two_decimals(float(min(number, 10**300)))


def _title(highway: Highway, axis: Axis) -> str:
    strip = row(paths_strip(highway.paths)) if highway.paths else ""
    if strip and not axis.across:
        return table([row(title_lines(highway, axis), align="left"), gap(1, 8), strip, gap(1, 14)])
    return table([row(title_lines(highway, axis)) + (gap(40, 1) + strip if strip else ""), gap(1, 14)])


def _all_paths(paths: Paths) -> str:
    total = sum(paths.counts)
    if total < 2:
        return ""
    power = f"2{superscript(total.bit_length() - 1)} = " if total & (total - 1) == 0 and total < 10_000 else ""
    return f"  (all {power}{big(total)} paths, exact)"


def _gathered(paths: Paths) -> list[tuple[str, float, str]]:
    """Parts large enough to see, in order; the small ones before them, and those after, are one part each: "1–7", "14+"."""
    shares = paths.shares
    seen = [k for k, share in enumerate(shares) if k and abs(share) >= 0.03] or [1]
    first, last = min(seen), min(max(seen), min(seen) + _PARTS - 1, len(shares) - 1)
    parts = [("0", shares[0], p.path_colour(0))]
    if first > 1:
        parts.append(("1" if first == 2 else f"1–{first - 1}", sum(shares[1:first]), p.path_colour(1)))
    parts += [(str(k), shares[k], _shade(k, first, last)) for k in range(first, last + 1)]
    parts.append((f"{last + 1}+", sum(shares[last + 1 :]), p.path_colour(99)))
    return [part for part in parts if abs(part[1]) >= 5e-4]


def _shade(crossed: int, first: int, last: int) -> str:
    """From the light blue of one F to the dark one of many, over the parts that are shown."""
    return p.path_colour(1 + round(6 * (crossed - first) / max(1, last - first + 1)) if last > first else min(crossed, 2))


def _strip_cell(name: str, share: float, colour: str, width: int) -> str:
    """A part of the strip; one that opposes the sum is hatched and says minus."""
    texts = (f"{name} · {percent(share)}%", f"{name} −" if share < 0 else name, "−" if share < 0 else "")
    runs = (Run(text, 10, p.INK if share < 0 else p.ON_BAR, True) for text in texts if text)
    fitting = next((run for run in runs if run.width + 6 <= width), None)
    return hatched(width, 20, fitting) if share < 0 else swatch(width, 20, colour, fitting)


def _sizes(highway: Highway) -> list[float]:
    sizes = [highway.gradient]
    for tower in (highway, *highway.towers):
        for block in tower.blocks:
            sizes += [block.skip_size, block.branch_size, block.output, block.fork]
    return [*sizes, *(highway.twin.sizes if highway.twin else ())]


def _rows(dot: Dot, highway: Highway, rows: list[Highway], axis: Axis, scale: float) -> None:
    """A lane a row; the gradient comes from the row below, at the right, and goes on to the row above, from the left."""
    before = list(accumulate((len(row.blocks) for row in rows), initial=0))
    lanes = [_Row(dot, row, axis, scale, f"r{i}" if i else "", count, rows[i - 1]) for i, (row, count) in enumerate(zip(rows, before))]
    ends = [lane.draw() for lane in lanes]
    for lane, end, later in zip(lanes, ends, rows[1:]):
        sign(dot, f"{lane.key}from", lane.group, "from", later.blocks[0].label)
        ribbon = _back(lane.tower.blocks[-1].output, scale, p.SKIP)
        dot.edge(f"{end}:{axis.on}", f"{lane.key}from:{axis.back}", weight=STRONG, minlen=2, **ribbon)
    forks = ["j0" if highway.entry else "x", *(f"{lane.key}j0" for lane in lanes[1:])]
    dot.line(f"{{rank=same; edge [style=invis]; {' -> '.join(forks)}}}")
    _exit(dot, highway, [(ends[-1], highway)], axis, scale, lanes[-1].group)


def _ends(dot: Dot, highway: Highway, axis: Axis, scale: float, last: str) -> None:
    runs = (Run("with +1" if highway.twin else "arrives", 11, p.MUTED), Run(f"|∂L/∂{shortened(highway.source, 8)}|", 10, p.MUTED),
            Run(three_significant(highway.gradient), 14, p.SKIP_TEXT, True))  # fmt: skip
    dot.node("gx", label=html(inset(stacked(*(line(run) for run in runs), align="center"), 4)), group="lane")
    _source(dot, "x", highway, "lane")
    dot.node("L", shape="circle", style="filled", fillcolor=p.BEFORE_FILL, color=p.BEFORE, penwidth=1.4, width=0.48, fixedsize="true",
             label=html(line(Run(shortened(highway.loss, 4), 14, p.INK, True))), class_="loss", group=last,
             tooltip=f"{highway.loss}: gradients start here, at 1")  # fmt: skip
    way = p.SKIP if not highway.entry else p.BEFORE
    dot.edge(f"gx:{axis.on}", f"x:{axis.back}", weight=STRONG, minlen=2, **_back(highway.gradient, scale, way))


def _source(dot: Dot, key: str, tower: Highway, group: str) -> None:
    label = card([row(inset(line(Run(shortened(tower.source, 12), 14, p.INK, True)), 2), pad=5)])
    dot.node(key, label=html(label), class_="value", group=group, tooltip=told_of_source(tower))


def _exit(dot: Dot, highway: Highway, ends: list[tuple[str, Highway]], axis: Axis, scale: float, group: str = "lane") -> None:
    """From the last sums, through what lies behind them, to L."""
    size = highway.blocks[-1].output
    target = "exit" if highway.exit else "L"
    for key, tower in ends:
        dot.edge(f"{key}:{axis.on}" if len(ends) == 1 else key, f"{target}:{axis.back}", weight=STRONG if tower is highway else 1,
                 minlen=2, **_back(tower.blocks[-1].output, scale, p.BEFORE))  # fmt: skip
    if highway.exit:
        _grey(dot, "exit", highway.exit, "between the last block and the loss", group)
        dot.edge(f"exit:{axis.on}", f"L:{axis.back}", weight=STRONG, minlen=2, **_back(size, scale, p.BEFORE))


@dataclass(frozen=True)
class _Lane:
    """One tower: its blocks along a straight lane. The keys and the group of its parts start with `key`."""

    dot: Dot
    tower: Highway
    axis: Axis
    scale: float
    key: str
    before: int  # how many blocks other towers have already

    def draw(self) -> str:
        """Draw it; give the part that it ends with."""
        fork = self._entry()
        signed = any(block.skip.stroke != "solid" for block in self.tower.blocks)
        stages = [block.stage for block in self.tower.blocks]
        for number, block in enumerate(self.tower.blocks, 1):
            new = stages[number - 1] if number == 1 or stages[number - 1] != stages[number - 2] else ""
            fork = self._block(number, block, fork, signed, new if any(stages) else None)
        return fork

    @property
    def group(self) -> str:
        return f"{self.key}lane"

    def _straight(self, tail: str, head: str, **named: object) -> None:
        self.dot.edge(f"{tail}:{self.axis.on}", f"{head}:{self.axis.back}", weight=STRONG, **named)

    def _entry(self) -> str:
        """From x to the first fork: the same, or through what lies between."""
        source = "x" if self.tower.shared or not self.key else f"{self.key}x"
        if source != "x":
            _source(self.dot, source, self.tower, self.group)
        if not self.tower.entry:
            return source
        _grey(self.dot, f"{self.key}entry", self.tower.entry, "between x and the first block", self.group)
        self._straight(source, f"{self.key}entry", **_plain(self.tower.gradient, self.scale, p.BEFORE))
        self._fork(f"{self.key}j0")
        self._straight(f"{self.key}entry", f"{self.key}j0", **_plain(self.tower.blocks[0].fork, self.scale, p.BEFORE))
        return f"{self.key}j0"

    def _fork(self, key: str) -> None:
        """A dot whose outline covers the seams to the ribbons: edges end a point before a node."""
        self.dot.node(key, width=0.12, label="", class_="fork", **_circle(self.group) | {"fillcolor": p.SKIP, "penwidth": 3.5})

    def _block(self, number: int, block: Residual, fork: str, signed: bool, stage: str | None) -> str:
        function, join, told = f"{self.key}f{number}", f"{self.key}j{number}", told_of(block)
        hover = f"b{number + self.before}"
        self.dot.node(function, label=html(_card(block, stage)), class_=f"module {hover}", tooltip=told)
        self.dot.node(join, width=0.25, label=html(line(Run("+", 13))), class_=f"add {hover}", tooltip=told, **_circle(self.group))
        lane = {"class_": f"grad skip {hover}", "tooltip": told, "minlen": 2, "label": html(_over_lane(block, signed, self.axis))}
        if self.key and fork == "x":
            self.dot.edge(fork, f"{join}:{self.axis.back}", **lane, **_plain(block.skip_size, self.scale, p.SKIP, block.skip.stroke))
        else:
            self._straight(fork, join, **lane, **_plain(block.skip_size, self.scale, p.SKIP, block.skip.stroke))
        branch = {"class_": f"grad branch {hover}", "tooltip": told, **_plain(block.branch_size, self.scale, p.BRANCH)}
        self.dot.edge(fork, f"{function}:c:{self.axis.back}", **branch)
        self.dot.edge(f"{function}:c:{self.axis.on}", join, **branch)
        return self._trunk(number, block, join) if block.trunk else join

    def _trunk(self, number: int, block: Residual, join: str) -> str:
        """The mask or norm between this add and the next fork: a small grey card on the lane."""
        key = f"{self.key}t{number}"
        _grey(self.dot, key, block.trunk, f"on the trunk after block {number}", self.group, number)
        self._straight(join, key, class_=f"grad b{number}", **_plain(block.output, self.scale, p.SKIP))
        return key


@dataclass(frozen=True)
class _Row(_Lane):
    """A piece of a lane; the later ones begin with a sign to the row above."""

    above: Highway

    def _entry(self) -> str:
        if not self.key:
            return super()._entry()
        fork, size = f"{self.key}j0", self.tower.blocks[0].fork
        sign(self.dot, f"{self.key}to", self.group, "to", self.above.blocks[-1].label)
        self._fork(fork)
        self._straight(f"{self.key}to", fork, minlen=2, **_back(size, self.scale, p.SKIP))
        return fork


def _card(block: Residual, stage: str | None) -> str:
    """F, closed; above it the name of a stage that begins here, or its room."""
    lines = [line(Run(shortened(block.label, 14), 12, p.BRANCH_TEXT, True))]
    if block.inside:
        lines.append(line(Run(f"{block.inside} inside", 9, p.MUTED)))
    content = inset(stacked(*lines, align="center"), 12)
    closed = card([f'<td port="c" cellpadding="0">{content}</td>'], fill=p.MODULE, edge=p.MODULE_LINE)
    if stage is None:
        return closed
    above = row(line(Run(shortened(stage, 16), 10, p.MUTED))) if stage else gap(1, _SIGN)
    return table([above, gap(1, 3), row(closed)])


def _over_lane(block: Residual, signed: bool, axis: Axis) -> str:
    """Shares and bar, and above them what lies on a skip that is no identity, or its room."""
    lines = [line(*share_line(block.shares, 10)), table([gap(1, 2)]), share_bar(_named(block), _BAR, 13, 9, brief=True)]
    if block.skip.stroke != "solid":
        lines.insert(0, line(Run(shortened(block.skip.label, 16), 10, p.SKIP_TEXT, True)))
    elif signed:
        lines.insert(0, table([gap(1, _SIGN)]))
    beside = stacked(*lines, table([gap(1, 9)]), align="center")
    return beside if axis.across else table([gap(12, 1) + row(beside)])


def _named(block: Residual) -> Shares:
    shares = block.shares
    name = shares.skip_name if block.skip.stroke == "solid" else ""
    return Shares(shares.skip, shares.branch, shares.other, shares.word, name)


def _circle(group: str) -> dict[str, object]:
    look = {"shape": "circle", "fixedsize": "true", "style": "filled", "penwidth": 1.6, "color": p.SKIP}
    return look | {"fillcolor": p.CARD, "group": group}


def _grey(dot: Dot, key: str, text: str, told: str, group: str, number: int = 0) -> None:
    lines = [text] if len(text) <= _ONE_LINE else text.split(", ")  # a long one below another keeps the lane short
    label = card([row(stacked(*(line(Run(shortened(one, 26), 9, p.MUTED)) for one in lines), align="center"), pad=4)], fill=p.BOX)
    dot.node(key, label=html(label), class_=f"trunk b{number}", tooltip=f"{told}: {text}", group=group)


def _plain(size: float, scale: float, colour: str, stroke: str = "solid") -> dict[str, object]:
    return ribbon_style(size, scale, colour, stroke) | {"dir": "none"}


def _back(size: float, scale: float, colour: str) -> dict[str, object]:
    return ribbon_style(size, scale, colour) | {"dir": "back", "arrowtail": "normal"}

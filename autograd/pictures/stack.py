"""Level `stack` in DOT: the +1 lane runs dead straight from L to x, and each block's F rides above it as a card."""

from autograd.pictures import palette as p
from autograd.pictures.dotfile import Dot, html
from autograd.pictures.labels import (
    Run,
    card,
    gap,
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
    percent,
    superscript,
    three_significant,
    two_decimals,
)
from autograd.pictures.ribbons import ribbon_style
from autograd.pictures.scene import Highway, Paths, Residual, Shares, Twin

_LANE = {"group": "lane"}  # with a high weight on its edges: graphviz keeps the lane straight
_STRONG = 200
_BAR, _STRIP = 54, 420


def stack_dot(highway: Highway) -> str:
    """The DOT text of a stack, in light colours."""
    dot = Dot("gradient routes", nodesep=0.22, ranksep=0.12, splines="true", newrank="true", outputorder="edgesfirst",
              label=html(_title(highway)))  # fmt: skip
    scale = largest_finite(_sizes(highway))
    _ends(dot, highway)
    fork = _entry(dot, highway, scale)
    for number, block in enumerate(highway.blocks, 1):
        fork = _block(dot, number, block, fork, scale)
    _exit(dot, highway, fork, scale)
    if highway.twin:
        _twin(dot, highway, highway.twin, scale)
    return dot.text()


def title_lines(highway: Highway, rest: str = "") -> str:
    """How many blocks, and the legend in its own colours."""
    count = len(highway.blocks)
    head = [Run(f"{count} residual block{'s' * (count != 1)}", 16, p.INK, True), Run(rest, 16)]
    if highway.twin:
        head.append(Run(", and their twin without the skip", 16))
    scale = ", one scale for both rows" if highway.twin else ""
    legend = [Run("Bar: what arrived by ", 11, p.MUTED), Run("+1", 11, p.SKIP_TEXT, True),
              Run(" and what came through ", 11, p.MUTED), Run("F", 11, p.BRANCH_TEXT, True)]  # fmt: skip
    how = f"the gradient of {highway.loss}, travelling right to left; ribbon width √|gradient|{scale}"
    return stacked(line(*head), line(Run(how, 11, p.MUTED)), line(*legend))


def paths_strip(paths: Paths) -> str:
    """One bar: the shares of dL/dx by how many F their paths cross; the tail is gathered."""
    told = line(Run("how many F the gradient at x came through", 11, p.MUTED), Run(_all_paths(paths), 11, p.MUTED))
    if paths.word:
        return stacked(told, table([swatch(_STRIP, 20, p.TRACK, Run(paths.word, 10, p.MUTED, True))]))
    parts = _gathered(paths)
    widths = widths_of([abs(share) for _, share, _ in parts], _STRIP, least=3)
    cells = [_strip_cell(name, share, colour, width) for (name, share, colour), width in zip(parts, widths, strict=True)]
    return stacked(told, table(["".join(cells)]))


def big(number: int) -> str:
    """A count of paths as people write it: 1024, 2⁵⁴, 1.3·10¹⁵.

    >>> big(1024), big(2**54), big(3**40)
    ('1024', '2⁵⁴', '1.2·10¹⁹')
    """
    if number < 10_000:
        return str(number)
    power = number.bit_length() - 1
    return f"2{superscript(power)}" if number == 1 << power else two_decimals(float(min(number, 10**300)))


def _title(highway: Highway) -> str:
    strip = gap(40, 1) + row(paths_strip(highway.paths)) if highway.paths else ""
    return table([row(title_lines(highway)) + strip, gap(1, 14)])


def _all_paths(paths: Paths) -> str:
    total = sum(paths.counts)
    if total < 2:
        return ""
    power = f"2{superscript(total.bit_length() - 1)} = " if total & (total - 1) == 0 and total < 10_000 else ""
    return f"  (all {power}{big(total)} paths, exact)"


def _gathered(paths: Paths) -> list[tuple[str, float, str]]:
    """Parts large enough to see, in order; from the first small one on they are one part, "4+"."""
    shown = [k for k, share in enumerate(paths.shares) if abs(share) >= 0.03]
    last = min(max(shown, default=0), 8)
    parts = [(str(k), paths.shares[k], p.path_colour(k if k < 2 else 2 * k - 2)) for k in range(last + 1)]
    rest = sum(paths.shares[last + 1 :])
    return [*parts, (f"{last + 1}+", rest, p.path_colour(99))] if abs(rest) >= 5e-4 else parts


def _strip_cell(name: str, share: float, colour: str, width: int) -> str:
    fitting = (Run(text, 10, p.INK if share < 0 else p.ON_BAR, True) for text in (f"{name} · {percent(share)}%", name))
    text = next((run for run in fitting if run.width + 6 <= width), None)
    return swatch(width, 20, p.HATCH if share < 0 else colour, text)


def _sizes(highway: Highway) -> list[float]:
    sizes = [highway.gradient]
    for block in highway.blocks:
        sizes += [block.skip_size, block.branch_size, block.output, block.fork]
    return [*sizes, *(highway.twin.sizes if highway.twin else ())]


def _ends(dot: Dot, highway: Highway) -> None:
    runs = (Run("with +1" if highway.twin else "arrives", 11, p.MUTED), Run(f"|∂L/∂{shortened(highway.source, 8)}|", 10, p.MUTED),
            Run(three_significant(highway.gradient), 14, p.SKIP_TEXT, True))  # fmt: skip
    dot.node("gx", label=html(stacked(*(line(run) for run in runs), align="center")), **_LANE)
    name = line(Run(shortened(highway.source, 12), 14, p.INK, True))
    dot.node("x", label=html(card([row(inset(name, 2), pad=5)])), class_="value", **_LANE)
    _loss(dot, "L", highway, **_LANE)


def _loss(dot: Dot, key: str, highway: Highway, **lane: object) -> None:
    dot.node(key, shape="circle", style="filled", fillcolor=p.BEFORE_FILL, color=p.BEFORE, penwidth=1.4, width=0.48,
             fixedsize="true", label=html(line(Run(shortened(highway.loss, 4), 14, p.INK, True))), class_="loss",
             tooltip=f"{highway.loss}: gradients start here, at 1", **lane)  # fmt: skip


def _entry(dot: Dot, highway: Highway, scale: float) -> str:
    first = highway.blocks[0].fork
    way = p.SKIP if not highway.entry else p.BEFORE
    dot.edge("gx", "x:w", weight=_STRONG, minlen=2, **_back(highway.gradient, scale, way))
    if not highway.entry:
        return "x"
    _grey(dot, "entry", highway.entry, "between x and the first block")
    dot.edge("x:e", "entry:w", weight=_STRONG, **_plain(highway.gradient, scale, p.BEFORE))
    _plus(dot, "j0", "", 0)
    dot.edge("entry:e", "j0:w", weight=_STRONG, **_plain(first, scale, p.BEFORE))
    return "j0"


def _block(dot: Dot, number: int, block: Residual, fork: str, scale: float) -> str:
    card_key, join = f"f{number}", f"j{number}"
    told = _told(number, block)
    dot.node(card_key, label=html(_card(block)), class_=f"module b{number}", tooltip=told)
    _plus(dot, join, told, number)
    lane = {"class_": f"grad skip b{number}", "tooltip": told, "weight": _STRONG, "minlen": 2}
    dot.edge(f"{fork}:e", f"{join}:w", label=html(_over_lane(block)), **lane,
             **_plain(block.skip_size, scale, p.SKIP, block.skip.stroke))  # fmt: skip
    branch = {"class_": f"grad branch b{number}", "tooltip": told, **_plain(block.branch_size, scale, p.BRANCH)}
    dot.edge(fork, f"{card_key}:c:w", **branch)
    dot.edge(f"{card_key}:c:e", join, **branch)
    return _trunk(dot, number, block, join, scale) if block.trunk else join


def _trunk(dot: Dot, number: int, block: Residual, join: str, scale: float) -> str:
    """The mask or norm between this add and the next fork: a small grey card on the lane."""
    key = f"t{number}"
    _grey(dot, key, block.trunk, f"on the trunk after block {number}", number)
    dot.edge(f"{join}:e", f"{key}:w", weight=_STRONG, class_=f"grad b{number}", **_plain(block.output, scale, p.SKIP))
    return key


def _exit(dot: Dot, highway: Highway, fork: str, scale: float) -> None:
    size = highway.blocks[-1].output
    if highway.exit:
        _grey(dot, "exit", highway.exit, "between the last block and the loss")
        dot.edge(f"{fork}:e", "exit:w", weight=_STRONG, minlen=2, **_back(size, scale, p.BEFORE))
        fork = "exit"
    dot.edge(f"{fork}:e", "L:w", weight=_STRONG, minlen=2, **_back(size, scale, p.BEFORE))


def _twin(dot: Dot, highway: Highway, twin: Twin, scale: float) -> None:
    """The row without skips, each card in the column of its sister."""
    sizes = (*twin.sizes, twin.output)
    runs = (Run(twin.label, 11, p.MUTED), Run(f"|∂L/∂{shortened(highway.source, 8)}|", 10, p.MUTED),
            Run(three_significant(sizes[0]), 14, p.MUTED, True))  # fmt: skip
    dot.node("gx_", label=html(stacked(*(line(run) for run in runs), align="center")), group="twin")
    dot.node("x_", label=html(card([row(inset(line(Run(shortened(highway.source, 12), 14, p.INK, True)), 2), pad=5)])),
             group="twin", class_="value")  # fmt: skip
    _loss(dot, "L_", highway, group="twin")
    dot.edge("gx_", "x_:w", weight=_STRONG, minlen=2, **_back(sizes[0], scale, p.BEFORE))
    before = "x_:e"
    for number, (block, size) in enumerate(zip(highway.blocks, twin.sizes, strict=True), 1):
        key = f"f{number}_"
        told = f"without the skip, block {number}: |gradient| at its input {three_significant(size)}"
        under = line(Run(three_significant(size), 10, p.MUTED))
        dot.node(key, label=html(table([gap(1, 16), row(_card(block, bare=True), port="m"), row(under)])), group="twin",
                 class_=f"module b{number}", tooltip=told)  # fmt: skip
        dot.edge(before, f"{key}:c:w", weight=_STRONG, class_=f"grad b{number}", tooltip=told, **_back(size, scale, p.BEFORE))
        dot.line(f"{{rank=same; f{number}; {key}}}")
        before = f"{key}:c:e"
    dot.edge(before, "L_:w", weight=_STRONG, **_back(sizes[-1], scale, p.BEFORE))
    dot.line("{rank=same; edge [style=invis]; gx -> gx_} {rank=same; x; x_} {rank=same; L; L_}")


def _card(block: Residual, bare: bool = False) -> str:
    lines = [line(Run(shortened(block.label, 14), 12, p.BRANCH_TEXT, True))]
    if block.inside and not bare:
        lines.append(line(Run(f"{block.inside} inside", 9, p.MUTED)))
    content = inset(stacked(*lines, align="center"), 12)
    return card([f'<td port="c" cellpadding="0">{content}</td>'], fill=p.MODULE, edge=p.MODULE_LINE)


def _over_lane(block: Residual) -> str:
    lines = [line(*share_line(block.shares, 10)), table([gap(1, 2)]), share_bar(_named(block), _BAR, 13, 9, brief=True)]
    if block.skip.stroke != "solid":
        lines.insert(0, line(Run(shortened(block.skip.label, 16), 10, p.SKIP_TEXT, True)))
    return stacked(*lines, table([gap(1, 9)]), align="center")


def _named(block: Residual) -> Shares:
    shares = block.shares
    name = shares.skip_name if block.skip.stroke == "solid" else ""
    return Shares(shares.skip, shares.branch, shares.other, shares.word, name)


def _plus(dot: Dot, key: str, told: str, number: int) -> None:
    look = {"shape": "circle", "fixedsize": "true", "style": "filled", "penwidth": 1.6, "color": p.SKIP, **_LANE}
    if number:
        label = html(line(Run("+", 13)))
        dot.node(key, width=0.25, fillcolor=p.CARD, label=label, class_=f"add b{number}", tooltip=told, **look)
    else:
        dot.node(key, width=0.1, label="", class_="fork", **look | {"fillcolor": p.SKIP})


def _grey(dot: Dot, key: str, text: str, told: str, number: int = 0) -> None:
    label = card([row(inset(line(Run(shortened(text, 26), 10, p.MUTED)), 2), pad=4)], fill=p.BOX)
    dot.node(key, label=html(label), class_=f"trunk b{number}", tooltip=f"{told}: {text}", **_LANE)


def _plain(size: float, scale: float, colour: str, stroke: str = "solid") -> dict[str, object]:
    return ribbon_style(size, scale, colour, stroke) | {"dir": "none"}


def _back(size: float, scale: float, colour: str) -> dict[str, object]:
    return ribbon_style(size, scale, colour) | {"dir": "back", "arrowtail": "normal"}


def _told(number: int, block: Residual) -> str:
    """The hover card: everything known about a block."""
    lines = [f"{block.name or f'block {number}'}   {block.formula}".strip()]
    lines.append(f"by the skip ({block.skip.label}): {three_significant(block.skip_size)}, {percent(block.shares.skip)} %")
    lines.append(f"through F: {three_significant(block.branch_size)}, {percent(block.shares.branch)} %")
    if block.cosine is not None:
        lines.append(f"cosine between them: {block.cosine:+.2f}")
    lines.append(f"|gradient| after the add {three_significant(block.output)}, at the fork {three_significant(block.fork)}")
    return "\n".join(lines)

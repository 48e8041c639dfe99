"""Pieces of graphviz's HTML-like labels: runs of text, lines, cards, share bars, pills. All of them return markup.

Whatever a user can name goes through `escaped`. A run of text is a cell of the width the text really has (see
`metrics`), starting at its left edge, so runs of different weight and colour stand side by side without gaps.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from autograd.pictures import palette as p
from autograd.pictures.glyphs import printable
from autograd.pictures.metrics import text_width
from autograd.pictures.numerals import percent
from autograd.pictures.scene import Shares

PLAIN = 'border="0" cellborder="0" cellspacing="0" cellpadding="0"'

_ENTITIES = (("&", "&amp;"), ("#", "&#35;"), ("\\", "\\\\"), ("<", "&lt;"), (">", "&gt;"), ('"', "&quot;"))

# Graphviz sets a lone plain run lower than a bold one; a second, blank piece makes it treat both alike.
_SPECK = '<font point-size="1"> </font>'

LEAST_MINUS = 14  # points that a minus sign on a hatched part needs

# Marks what a renderer that measures its own fonts may widen: there `render` drops this and leaves a minimum width.
EXACT = 'fixedsize="true" '


@dataclass(frozen=True)
class Run:
    """A stretch of text in one size, colour and weight."""

    text: str
    size: int = 12
    colour: str = p.INK
    bold: bool = False

    @property
    def width(self) -> int:
        return math.ceil(text_width(self.text, self.size, self.bold))

    @property
    def height(self) -> int:
        return math.ceil(self.size * 1.3)


def escaped(text: str) -> str:
    """`text` as it may stand in an HTML-like label, in any language. `#` too, so that no name can pass for a colour.

    >>> escaped('a<b & "#F08C00"')
    'a&lt;b &amp; &quot;&#35;F08C00&quot;'
    """
    text = printable(text)
    for character, entity in _ENTITIES:
        text = text.replace(character, entity)
    return text


def escaped_lines(text: str) -> str:
    """Lines as they may stand in an attribute of an HTML-like label."""
    return "&#10;".join(map(escaped, text.split("\n")))


def shortened(text: str, longest: int = 44) -> str:
    """
    >>> shortened("a" * 50, 5)
    'aaaa…'
    """
    return text if len(text) <= longest else text[: longest - 1] + "…"


def cell(run: Run, drop: int = 0) -> str:
    """The run as a table cell of its true width, lifted by `drop` points to share a larger neighbour's baseline."""
    size = f'{EXACT}width="{run.width}" height="{run.height}"'
    one = f'<td {size} valign="bottom">{_font(run)}<br align="left"/></td>'
    return f"<td>{table([one, gap(run.width, drop)])}</td>" if drop else one


def _font(run: Run) -> str:
    inner = f"<b>{escaped(run.text)}</b>" if run.bold else f"{escaped(run.text)}{_SPECK}"
    return f'<font point-size="{run.size}" color="{run.colour}">{inner}</font>'


def table(rows: Sequence[str], attributes: str = PLAIN) -> str:
    """Each row is the markup of its cells."""
    return f"<table {attributes}>{''.join(f'<tr>{row}</tr>' for row in rows)}</table>"


def line(*runs: Run) -> str:
    """Runs side by side: a table of one row that does not stretch. Empty runs are dropped."""
    shown = [run for run in runs if run.text]
    if not shown:
        return table([gap(1, 1)])
    largest = max(run.size for run in shown)
    cells = [cell(run, round(0.3 * (largest - run.size))) for run in shown]
    height = max(run.height for run in shown)
    return table(["".join(cells)], f'{EXACT}width="{line_width(*shown)}" height="{height}" {PLAIN}')


def line_width(*runs: Run) -> int:
    return sum(run.width for run in runs)


def row(content: str, *, port: str = "", align: str = "", pad: int = 0) -> str:
    """A cell around any markup. A table inside a cell is aligned by its own attribute, not the cell's."""
    named = f' port="{port}"' if port else ""
    aligned = content.replace("<table ", f'<table align="{align}" ', 1) if align else content
    return f'<td border="0" cellpadding="{pad}"{named}>{aligned}</td>'


def inset(content: str, margin: int = 7) -> str:
    """Markup with room left and right."""
    return table([gap(margin, 1) + row(content) + gap(margin, 1)])


def gap(width: int, height: int) -> str:
    """An empty cell."""
    return f'<td width="{width}" height="{height}" fixedsize="true"></td>'


def stacked(*lines: str, align: str = "left") -> str:
    """Lines above one another."""
    return table([row(one, align=align) for one in lines])


def card(rows: Sequence[str], *, fill: str = p.CARD, edge: str = p.HAIRLINE, pad: int = 6) -> str:
    """A rounded card; each row is the markup of one cell (see `row`)."""
    return table(rows, f'border="1" style="rounded" color="{edge}" bgcolor="{fill}" cellborder="0" cellspacing="0" '
                       f'cellpadding="{pad}"')  # fmt: skip


def pill(*lines: str, fill: str = p.SKIP_PILL) -> str:
    """A borderless rounded patch behind a few centred lines."""
    rows = [row(one) for one in lines]
    return table(rows, f'border="0" style="rounded" bgcolor="{fill}" cellborder="0" cellspacing="4" cellpadding="0"')


def swatch(width: int, height: int, colour: str, text: Run | None = None) -> str:
    """A filled cell; its text is centred, and left out where it would not fit."""
    fits = text and text.width + 2 <= width and text.height <= height + 5
    inside = _font(text) if text and fits else ""  # no table: an inner table that outgrows its cell stops `dot`
    return f'<td width="{width}" height="{height}" fixedsize="true" bgcolor="{colour}">{inside}</td>'


def share_bar(shares: Shares, width: int, height: int, size: int = 10, *, brief: bool = False) -> str:
    """The bar under x: what arrived by the skip, through F, by others. A word stands in for shares that mean nothing.

    Parts keep the proportion of their sizes, with a seam between them that a grey print shows too; one that opposes the sum is
    hatched grey and says minus.
    """
    if shares.word:
        return table([swatch(width, height, p.TRACK, Run(shares.word, size, p.MUTED, True))])
    parts = [(name, share, colour) for name, share, colour in _parts(shares) if share != 0]
    least = [LEAST_MINUS if share < 0 else 2 for _, share, _ in parts]
    sizes = widths_of([abs(share) for _, share, _ in parts], width - max(0, len(parts) - 1), least)
    segments = gap(1, height).join(_segment(part, w, height, size, brief) for part, w in zip(parts, sizes, strict=True))
    return table([segments], f'width="{width}" height="{height}" fixedsize="true" {PLAIN}')


def widths_of(sizes: Sequence[float], total: int, least: int | Sequence[int] = 2) -> list[int]:
    """Whole widths in proportion to `sizes` that sum to `total`; what is there gets at least `least`, one for all or one each.

    >>> widths_of([0.7, 0.3], 132), widths_of([1.0, 1e-9], 50)
    ([92, 40], [48, 2])
    """
    whole = sum(sizes) or 1.0
    leasts = [least] * len(sizes) if isinstance(least, int) else least
    widths = [max(small, round(total * size / whole)) for size, small in zip(sizes, leasts, strict=True)]
    if widths:
        widest = widths.index(max(widths))
        widths[widest] += total - sum(widths)
    return widths


def share_line(shares: Shares, size: int = 10) -> list[Run]:
    """ "85 | 15" in the colours of the two ways."""
    if shares.word:
        return [Run(shares.word, size, p.MUTED, True)]
    runs = [Run(percent(shares.skip), size, p.SKIP_TEXT, True), Run(" | ", size, p.HAIRLINE)]
    runs.append(Run(percent(shares.branch), size, p.BRANCH_TEXT, True))
    if abs(shares.other) >= 0.005:
        runs += [Run(" | ", size, p.HAIRLINE), Run(percent(shares.other), size, p.MUTED, True)]
    return runs


def _parts(shares: Shares) -> list[tuple[str, float, str]]:
    return [
        (shares.skip_name, shares.skip, p.BAR_SKIP),
        ("F", shares.branch, p.BAR_BRANCH),
        ("other", shares.other, p.BAR_OTHER),
    ]


def _segment(part: tuple[str, float, str], width: int, height: int, size: int, brief: bool) -> str:
    name, share, colour = part
    long = () if brief else (f"{name} · {percent(share)}%", f"{percent(share)}%")
    text_colour = p.INK if share < 0 else p.ON_BAR
    texts = [Run(text, size, text_colour, True) for text in (*long, "−" if share < 0 else name) if text]
    fitting = next((run for run in texts if run.width + 4 <= width), None)
    return hatched(width, height, fitting) if share < 0 else swatch(width, height, colour, fitting)


def _stripes(width: int, height: int) -> str:
    return "".join(swatch(2 if i + 2 <= width else 1, height, (p.HATCH, p.TRACK)[i // 2 % 2]) for i in range(0, width, 2))


def hatched(width: int, height: int, text: Run | None) -> str:
    """Grey and paper stripes, two points each; the text sits on a quiet patch in the middle."""
    if text is None:
        return _stripes(width, height)
    side = (width - text.width - 2) // 2
    patch = swatch(width - 2 * side, height, p.TRACK, text)
    stripes = _stripes(side, height) if side > 0 else ""
    return stripes + patch + stripes

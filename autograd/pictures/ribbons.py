"""Ribbons: the width, colour and stroke of a gradient on its way, and the colours of the ways."""

import math

from autograd.pictures import palette as p
from autograd.pictures.numerals import arrow_size, ribbon_alpha, ribbon_width

TEXT = {"before": p.BEFORE, "skip": p.SKIP_TEXT, "branch": p.BRANCH_TEXT, "other": p.MUTED}
RIBBON = {"before": p.BEFORE, "skip": p.SKIP, "branch": p.BRANCH, "other": p.BEFORE}

_STRAND = 2  # points from one strand of a line of several colours to the next


def ribbon_style(size: float, scale: float, colour: str, stroke: str = "solid") -> dict[str, object]:
    """Width, colour and stroke of a ribbon; a size that is no number is a dashed violet hairline."""
    if not math.isfinite(size):
        return {"color": p.BEFORE, "penwidth": 0.8, "style": "dashed", "arrowsize": 0.6}
    width = ribbon_width(size, scale)
    colour = p.faded(colour, ribbon_alpha(size, scale))
    if stroke == "hollow":
        return {"color": _hollow(colour, width), "penwidth": max(0.6, width / 6), "arrowsize": 0.8 + width / 10}
    dashed = "dashed" if stroke == "dashed" or size == 0 else None
    return {"color": colour, "penwidth": width, "style": dashed, "arrowsize": arrow_size(width)}


def strands_apart(colours: str) -> int:
    """How far the two seen lines of a hollow ribbon are apart, in points.

    >>> strands_apart("invis:a:invis:a:invis")
    4
    """
    return _STRAND * (len(colours.split(":")) - 3)


def _hollow(colour: str, width: float) -> str:
    """Two thin lines as far apart as the ribbon is wide; the first strand is unseen, for DOT gives the second's colour to a head."""
    between = max(0, round(width * 0.8 / _STRAND) - 1)
    return ":".join(["invis", colour, *["invis"] * between, colour, "invis"])

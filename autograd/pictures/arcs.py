"""A skip in an open picture: two arcs around F, the data's over it and the gradient's under it.

Each runs through signs that stand in columns F already has: one that speaks, and corners where the lane bends.
"""

import itertools
from collections.abc import Mapping, Sequence

from autograd.pictures import palette as p
from autograd.pictures.axis import Axis
from autograd.pictures.cards import skip_pill
from autograd.pictures.dotfile import Dot, html
from autograd.pictures.labels import Run, gap, line, shortened, swatch, table
from autograd.pictures.numerals import two_decimals
from autograd.pictures.ribbons import ribbon_style, strands_apart
from autograd.pictures.scene import Road

DATA = {"color": p.DATA, "penwidth": 1.3, "arrowhead": "vee", "arrowsize": 0.6}
BACK = {"dir": "back", "arrowtail": "normal"}
_OVER, _UNDER = "over", "under"
_PATCH = 5  # points along the lane: more than the gap between two edges at a corner


def skip_arcs(dot: Dot, road: Road, scale: float, axis: Axis) -> None:
    """The two arcs of a skip; their signs are drawn by `signs`."""
    named = {"class_": class_of("data", road), **DATA}
    over = (f"{road.tail}:{axis.over}", *_keys(road, _OVER), f"{road.head}:{axis.over}")
    _through(dot, over, axis, named | {"arrowhead": "none"}, named)
    if road.gradient is not None:
        named = {"class_": class_of("grad skip", road), "tooltip": carried(road), "dir": "none", **_style(road, scale)}
        under = (f"{road.tail}:{axis.under}", *_keys(road, _UNDER), f"{road.head}:{axis.under}")
        _through(dot, under, axis, named, named, named | BACK)
    for i, column in enumerate(road.beside):
        kept = [_keys(road, side)[i] for side in (_OVER, _UNDER) if side == _OVER or road.gradient is not None]
        dot.line(f"{{rank=same; {column}; {'; '.join(kept)}}}")


def signs(dot: Dot, road: Road, scale: float, axis: Axis) -> None:
    """The value's name on its line above, what arrives below, and the corners."""
    if road.skip is None:
        return
    identity = "  (identity)" if road.skip.stroke == "solid" and len(road.beside) > 1 else ""
    name = line(Run(f" {shortened(road.label, 16)}{identity} ", 10, p.MUTED))
    _row(dot, road, _OVER, {"label": html(name), "class_": class_of("data", road)}, _corner(DATA, axis))
    if road.gradient is not None:
        named = {"label": html(skip_pill(road)), "class_": class_of("grad skip", road), "tooltip": carried(road)}
        _row(dot, road, _UNDER, named, _corner(_style(road, scale), axis))


def class_of(name: str, road: Road) -> str:
    return f"{name} b{road.block}" if road.block else name


def carried(road: Road) -> str:
    """The hover card of a ribbon."""
    if road.told:
        return road.told
    way = {"skip": "by the skip", "branch": "through F"}.get(road.way, "gradient")
    return f"{way}: {two_decimals(road.gradient or 0.0)}"


def _row(dot: Dot, road: Road, side: str, middle: Mapping[str, object], corner: Mapping[str, object]) -> None:
    for i, key in enumerate(_keys(road, side)):
        named = middle if i == len(road.beside) // 2 else {"class_": middle["class_"], **corner}
        dot.node(key, **named, group=f"{road.tail}_{road.head}_{side}")


def _through(dot: Dot, stops: Sequence[str], axis: Axis, style: dict[str, object], last: dict[str, object],
             first: dict[str, object] | None = None) -> None:  # fmt: skip
    """Edges from stop to stop, straight between the signs."""
    final = len(stops) - 2
    for i, (start, end) in enumerate(itertools.pairwise(stops)):
        chosen = (first or style) if i == 0 else last if i == final else style
        tail, head = start if i == 0 else f"{start}:{axis.on}", end if i == final else f"{end}:{axis.back}"
        dot.edge(tail, head, **chosen | {"weight": 4 if 0 < i < final else 1})


def _keys(road: Road, side: str) -> list[str]:
    return [f"{road.tail}_{road.head}_{side}{i}" for i in range(len(road.beside))]


def _corner(style: Mapping[str, object], axis: Axis) -> dict[str, object]:
    """A patch as wide as the lane, so that it bends without a seam: edges end a point before a node."""
    width, colour = float(str(style["penwidth"])), str(style["color"])
    if colour.startswith("invis"):
        return _patch([colour.split(":")[1], "", colour.split(":")[1]], [1, strands_apart(colour) - 1, 1], axis)
    if style.get("style") is not None or width < 3:
        return _patch([colour], [max(1, round(width))], axis)
    outline = round(min(3.0, max(0.5, width - 1.44)), 2)  # no node is thinner than 1.44 points; its outline covers the seam
    sides = ("0.02", f"{max(1.44, width - outline) / 72:.4f}")
    across, along = sides if axis.across else sides[::-1]
    return {"label": "", "shape": "box", "fixedsize": "true", "width": across, "height": along, "style": "filled", "color": colour,
            "fillcolor": colour, "penwidth": outline}  # fmt: skip


def _patch(colours: Sequence[str], heights: Sequence[int], axis: Axis) -> dict[str, object]:
    """Stripes across the lane, drawn beyond a node that takes no room; a thin line's patch is no thicker than the line."""
    sizes = [(_PATCH, height) if axis.across else (height, _PATCH) for height in heights]
    cells = [swatch(*size, colour) if colour else gap(*size) for size, colour in zip(sizes, colours, strict=True)]
    label = table(cells if axis.across else ["".join(cells)])
    return {"label": html(label), "shape": "box", "fixedsize": "true", "width": "0.02", "height": "0.02", "penwidth": 0, "margin": 0}


def _style(road: Road, scale: float) -> dict[str, object]:
    assert road.skip is not None
    return ribbon_style(road.gradient or 0.0, scale, p.SKIP, road.skip.stroke)

"""An open picture in DOT: levels `block` (operations fused by layer) and `ops` (every operation) share it.

Each card has two ports a side: `v`, the data lane above, and `g`, the gradient lane below.
"""

from collections.abc import Iterable

from autograd.pictures import palette as p
from autograd.pictures.dotfile import Dot, html
from autograd.pictures.labels import (
    Run,
    card,
    gap,
    inset,
    line,
    pill,
    row,
    share_bar,
    shortened,
    stacked,
    table,
)
from autograd.pictures.lean import lean_dot, opened
from autograd.pictures.numerals import (
    largest_finite,
    percent,
    shape_text,
    two_decimals,
)
from autograd.pictures.ribbons import RIBBON, TEXT, ribbon_style
from autograd.pictures.scene import Add, Card, Flow, Loss, Module, Operation, Part, Road, Value

_DATA = {"color": p.DATA, "penwidth": 1.3, "arrowhead": "vee", "arrowsize": 0.6}
_BACK = {"dir": "back", "arrowtail": "normal"}
LEAN_ABOVE = 800  # parts
_LANE = 24  # points between the two lanes, and the height of their rows
_BAR = 132  # points; the bar is what the eye should find under x


def flow_dot(flow: Flow) -> str:
    """The DOT text of an open picture, in light colours. Very large ones become plain boxes and one line an argument."""
    if len(flow.parts) > LEAN_ABOVE:
        return lean_dot(flow)
    dot = Dot("gradient routes", nodesep=0.32, ranksep=0.55, splines="true", outputorder="edgesfirst",
              newrank="true", label=html(_title(flow)))  # fmt: skip
    parts = {part.key: part for part in flow.parts}
    inside = _modules(dot, flow.modules, parts, flow)
    for key, part in parts.items():
        if key not in inside:
            _draw(dot, part, flow)
    scale = largest_finite(r.gradient for r in flow.roads if r.gradient is not None and r.way != "parameter")
    for road in flow.roads:
        if not road.within:
            _signs(dot, road)
        _road(dot, road, parts, scale)
    return dot.text()


def _title(flow: Flow) -> str:
    head = line(Run(flow.title, 15, p.INK, True), Run("    " + flow.equation, 15) if flow.equation else Run(""))
    lines = [head]
    if flow.derivative:
        lines.append(line(*(Run(text, 13, p.INK if way == "other" else TEXT[way], way != "other")
                            for text, way in flow.derivative)))  # fmt: skip
    if flow.note:
        lines.append(line(Run(flow.note, 10, p.MUTED)))
    return table([row(one, align="left", pad=1) for one in lines] + [gap(1, 10)])


def _modules(dot: Dot, modules: Iterable[Module], parts: dict[str, Part], flow: Flow) -> set[str]:
    """Modules as nested clusters with their parts, and the signs of the arcs they hold."""
    drawn: set[str] = set()
    for module in opened(dot, modules):
        for key in module.parts:
            _draw(dot, parts[key], flow)
        for road in flow.roads:
            if road.within == module.key:
                _signs(dot, road)
        drawn.update(module.parts)
    return drawn


def _draw(dot: Dot, part: Part, flow: Flow) -> None:
    block = flow.blocks.get(part.key, 0)
    named = {"class_": f"{type(part).__name__.lower()}{f' b{block}' if block else ''}"}
    match part:
        case Value():
            dot.node(part.key, label=html(_value_card(part)), tooltip=_told(part.name, part), **named)
        case Operation():
            dot.node(part.key, label=html(_operation_box(part)), tooltip=_told(part.formula, part), **named)
        case Add():
            _circle(dot, part, named)
        case Card():
            dot.node(part.key, label=html(_small_card(part.text)), tooltip=f"on the trunk: {part.text}", **named)
        case Loss():
            _disc(dot, part, named)


def _value_card(value: Value) -> str:
    """Name, then the lane of the gradient: the share bar where there is one, so that F's ribbon runs into F's part."""
    shape = shape_text(value.shape)
    head = [Run(shortened(value.name), 15, p.INK, True), Run("  " + shape if shape else "", 9, p.MUTED)]
    rows = [_lane(line(*head), "v")]
    if value.text:
        rows.append(row(inset(line(Run(value.text, 10, p.INK))), pad=1))
    gradient = [] if value.gradient is None else [line(*_gradient_runs(value))]
    if value.shares:
        rows.append(_lane(share_bar(value.shares, _BAR, 20), "g"))
        rows += [row(one, pad=2) for one in gradient]
    else:
        rows += [_lane(one, "g") for one in gradient]
    return card(rows)


def _gradient_runs(value: Value) -> list[Run]:
    of = value.of or value.name
    return [Run(f"∂L/∂{shortened(of, 12)}  ", 10, TEXT[value.way]),
            Run(two_decimals(value.gradient or 0.0), 10, TEXT[value.way], True)]  # fmt: skip


def _operation_box(operation: Operation) -> str:
    rows = [_lane(line(Run(shortened(operation.formula), 13)), "v")]
    if operation.text or operation.shape:
        shape = shape_text(operation.shape)
        shown = [Run(operation.text, 10), Run("  " if operation.text and shape else "", 9), Run(shape, 9, p.MUTED)]
        rows.append(row(inset(line(*shown)), pad=1))
    lower = [run for parameter in operation.parameters for run in _parameter_runs(parameter.name, parameter.gradient)]
    if operation.gradient is not None:
        lower.append(Run(two_decimals(operation.gradient), 10, TEXT[operation.way], True))
    if lower:
        rows.append(_lane(line(*lower), "g"))
    return card(rows, fill=p.BOX, edge=p.MODULE_LINE)


def _parameter_runs(name: str, gradient: float | None) -> list[Run]:
    if gradient is None:
        return [Run(name + "  ", 9, p.MUTED)]
    return [Run(f"∂{name} ", 9, p.MUTED), Run(two_decimals(gradient) + "   ", 9, p.MUTED)]


def _lane(content: str, lane: str) -> str:
    """A row of fixed height, so that the two lanes run level from card to card."""
    return f'<td border="0" cellpadding="0" port="{lane}" height="{_LANE}">{inset(content)}</td>'


def _small_card(text: str) -> str:
    rows = [_lane(line(Run(shortened(text, 20), 11, p.MUTED)), "v"), _lane(table([gap(1, 1)]), "g")]
    return card(rows, fill=p.BOX)


def _circle(dot: Dot, add: Add, named: dict[str, str]) -> None:
    told = f"{add.name or 'add'}: the gradient is copied to every input"
    dot.node(add.key, shape="circle", fixedsize="true", width=0.5, style="filled", fillcolor=p.CARD, color=p.BEFORE,
             penwidth=1.8, label=html(_with_lanes(line(Run(add.symbol, 20)))), tooltip=told, **named)  # fmt: skip


def _disc(dot: Dot, loss: Loss, named: dict[str, str]) -> None:
    lines = [line(Run(shortened(loss.name, 6), 16, p.INK, True))]
    if loss.value is not None:
        lines.append(line(Run(two_decimals(loss.value), 9, p.MUTED)))
    dot.node(loss.key, shape="circle", fixedsize="true", width=0.68, style="filled", fillcolor=p.BEFORE_FILL,
             color=p.BEFORE, penwidth=1.4, label=html(_with_lanes(stacked(*lines, align="center"))),
             tooltip=loss.text or "the loss: gradients start here, at 1", **named)  # fmt: skip


def _with_lanes(content: str) -> str:
    """Empty cells left and right are the lanes' ports; the circle's outline clips whatever aims at them."""
    side = f'<td width="7" height="{_LANE - 3}" fixedsize="true" port='
    upper = f'{side}"va"></td><td rowspan="2">{content}</td>{side}"vb"></td>'
    return table([upper, f'{side}"ga"></td>{side}"gb"></td>'])


def _road(dot: Dot, road: Road, parts: dict[str, Part], scale: float) -> None:
    if road.skip is not None:
        return _skip_road(dot, road, scale)
    tail, head = parts[road.tail], parts[road.head]
    dot.edge(_port(tail, "v", "e"), _port(head, "v", "w"), class_=_class("data", road), weight=6, **_DATA)
    if road.gradient is not None:
        dot.edge(_port(tail, "g", "e"), _port(head, "g", "w"), class_=_class(f"grad {road.way}", road),
                 tooltip=_carried(road), **_BACK, **_style_of(road, scale))  # fmt: skip


def _skip_road(dot: Dot, road: Road, scale: float) -> None:
    """Two arcs around F, data above and gradient below, each through a sign that stands in a column F already has."""
    if not road.beside:
        return _bare_arcs(dot, road, scale)
    above, below = _sign_keys(road)
    named = {"class_": _class("data", road)}
    dot.edge(f"{road.tail}:n", f"{above}:w", **named, **_DATA | {"arrowhead": "none"})
    dot.edge(f"{above}:e", f"{road.head}:n", **named, **_DATA)
    if road.gradient is not None:
        assert road.skip is not None
        style = ribbon_style(road.gradient, scale, p.SKIP, road.skip.stroke)
        named = {"class_": _class("grad skip", road), "tooltip": _carried(road)}
        dot.edge(f"{road.tail}:s", f"{below}:p:w", **named, **_BACK, **style)
        dot.edge(f"{below}:p:e", f"{road.head}:s", **named, **style, dir="none")
    dot.line(f"{{rank=same; {above}; {below if road.gradient is not None else ''}; {road.beside}}}")


def _sign_keys(road: Road) -> tuple[str, str]:
    return f"{road.tail}_{road.head}_over", f"{road.tail}_{road.head}_under"


def _signs(dot: Dot, road: Road) -> None:
    """The signs that a pair of arcs goes through: the value's name above, what arrives below."""
    if road.skip is None or not road.beside:
        return
    above, below = _sign_keys(road)
    dot.node(above, label=html(line(Run(shortened(road.label, 30), 10, p.MUTED))), class_=_class("data", road))
    if road.gradient is not None:
        dot.node(below, label=html(table([gap(1, 16), row(_skip_pill(road), port="p")])),
                 class_=_class("grad skip", road), tooltip=_carried(road))  # fmt: skip


def _bare_arcs(dot: Dot, road: Road, scale: float) -> None:
    dot.edge(f"{road.tail}:v:e", f"{road.head}:va", class_=_class("data", road), **_DATA)
    if road.gradient is not None:
        assert road.skip is not None
        dot.edge(f"{road.tail}:s", f"{road.head}:s", class_=_class("grad skip", road), tooltip=_carried(road), **_BACK,
                 **ribbon_style(road.gradient, scale, p.SKIP, road.skip.stroke))  # fmt: skip


def _class(name: str, road: Road) -> str:
    return f"{name} b{road.block}" if road.block else name


def _style_of(road: Road, scale: float) -> dict[str, object]:
    """Gradients of parameters end there: thin and grey, so that the routes stay the picture; the number is in the card."""
    style = ribbon_style(road.gradient or 0.0, scale, RIBBON[road.way])
    return style | {"penwidth": 1.6, "arrowsize": 0.6} if road.way == "parameter" else style


def _skip_pill(road: Road) -> str:
    assert road.skip is not None
    label = shortened(road.skip.label, 26)
    verb = "unchanged" if road.skip.stroke == "solid" else "arrives"
    return pill(line(Run(label, 17 if len(label) < 8 else 12, p.SKIP_TEXT, True)),
                line(Run(f"{verb} ", 10, p.SKIP_TEXT), Run(_sized(road.gradient), 10, p.SKIP_TEXT, True)))  # fmt: skip


def _sized(size: float | None) -> str:
    return two_decimals(size if size is not None else 0.0)


def _carried(road: Road) -> str:
    way = {"skip": "by the skip", "branch": "through F"}.get(road.way, "gradient")
    return f"{way}: {_sized(road.gradient)}"


def _port(part: Part, lane: str, side: str) -> str:
    match part:
        case Add() | Loss():
            return f"{part.key}:{lane}{'a' if side == 'w' else 'b'}"
        case Value() | Operation() if lane == "v" or _has_gradient_row(part):
            return f"{part.key}:{lane}:{side}"
        case Card():
            return f"{part.key}:{lane}:{side}"
        case _:
            return part.key if lane == "g" else f"{part.key}:v:{side}"


def _has_gradient_row(part: Value | Operation) -> bool:
    return part.gradient is not None or (isinstance(part, Operation) and bool(part.parameters))


def _told(name: str, part: Value | Operation) -> str:
    lines = [f"{name}  {shape_text(part.shape)}".strip()]
    if part.gradient is not None:
        lines.append(f"‖∂L/∂{name}‖ = {two_decimals(part.gradient)}")
    if isinstance(part, Value) and part.shares and not part.shares.word:
        lines.append(f"by the skip {percent(part.shares.skip)} %, through F {percent(part.shares.branch)} %")
    return "\n".join(lines)

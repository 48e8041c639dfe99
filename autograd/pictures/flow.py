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
    line,
    pill,
    row,
    share_bar,
    shortened,
    stacked,
    table,
)
from autograd.pictures.numerals import (
    arrow_size,
    largest_finite,
    percent,
    ribbon_alpha,
    ribbon_width,
    shape_text,
    two_decimals,
)
from autograd.pictures.scene import Add, Card, Flow, Loss, Module, Operation, Part, Road, Value, Way

TEXT = {"before": p.BEFORE, "skip": p.SKIP_TEXT, "branch": p.BRANCH_TEXT, "other": p.MUTED, "parameter": p.MUTED}
RIBBON = {"before": p.BEFORE, "skip": p.SKIP, "branch": p.BRANCH, "other": p.BEFORE, "parameter": p.DATA}

_BAR = 132  # points; the bar is what the eye should find under x


def flow_dot(flow: Flow) -> str:
    """The DOT text of an open picture, in light colours."""
    dot = Dot("gradient routes", nodesep=0.32, ranksep=0.55, splines="true", outputorder="edgesfirst",
              newrank="true", label=html(_title(flow)))  # fmt: skip
    parts = {part.key: part for part in flow.parts}
    inside = _modules(dot, flow.modules, parts, flow)
    for key, part in parts.items():
        if key not in inside:
            _draw(dot, part, flow)
    scale = largest_finite(road.gradient for road in flow.roads if road.gradient is not None)
    for road in flow.roads:
        _road(dot, road, parts, scale)
    return dot.text()


def _title(flow: Flow) -> str:
    head = line(Run(flow.title, 15, p.INK, True), Run("    " + flow.equation, 15) if flow.equation else Run(""))
    lines = [head]
    if flow.derivative:
        lines.append(line(*(Run(text, 12.5, p.INK if way == "other" else TEXT[way], way != "other")
                            for text, way in flow.derivative)))  # fmt: skip
    if flow.note:
        lines.append(line(Run(flow.note, 10, p.MUTED)))
    return table([row(one, align="left", pad=1) for one in lines] + [gap(1, 10)])


def _modules(dot: Dot, modules: Iterable[Module], parts: dict[str, Part], flow: Flow) -> set[str]:
    """Draw modules as nested clusters, with their parts; an explicit stack, since users nest as deep as they like."""
    drawn: set[str] = set()
    todo: list[Module | None] = list(reversed(list(modules)))
    while todo:
        module = todo.pop()
        if module is None:
            dot.close()
            continue
        label = line(Run(module.label, 12, p.BRANCH_TEXT, True))
        dot.open(f"cluster_{module.key}", label=html(label), labeljust="l", style="rounded,filled", class_="module",
                 fillcolor=p.MODULE, color=p.MODULE_LINE, penwidth=1.2, margin=14)  # fmt: skip
        for key in module.parts:
            _draw(dot, parts[key], flow)
        drawn.update(module.parts)
        todo += [None, *reversed(module.inner)]
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
    shape = shape_text(value.shape)
    head = [Run(shortened(value.name), 15, p.INK, True), Run("  " + shape if shape else "", 9, p.MUTED)]
    rows = [_two_port(line(*head), "v", 4)]
    if value.text:
        rows.append(row(line(Run(value.text, 10, p.INK)), pad=1))
    if value.gradient is not None:
        rows.append(_two_port(line(*_gradient_runs(value)), "g", 3))
    if value.shares:
        rows.append(row(share_bar(value.shares, _BAR, 19), port="b", pad=6))
    return card(rows)


def _gradient_runs(value: Value) -> list[Run]:
    of = value.of or value.name
    return [Run(f"∂L/∂{shortened(of, 12)}  ", 9.5, TEXT[value.way]),
            Run(two_decimals(value.gradient or 0.0), 9.5, TEXT[value.way], True)]  # fmt: skip


def _operation_box(operation: Operation) -> str:
    rows = [_two_port(line(Run(shortened(operation.formula), 13)), "v", 5)]
    if operation.text or operation.shape:
        shown = [Run(operation.text, 10), Run(("  " if operation.text else "") + shape_text(operation.shape), 9, p.MUTED)]
        rows.append(row(line(*shown), pad=1))
    lower = [run for parameter in operation.parameters for run in _parameter_runs(parameter.name, parameter.gradient)]
    if operation.gradient is not None:
        lower.append(Run(two_decimals(operation.gradient), 9.5, TEXT[operation.way], True))
    if lower:
        rows.append(_two_port(line(*lower), "g", 4))
    return card(rows, fill=p.BOX, edge=p.MODULE_LINE)


def _parameter_runs(name: str, gradient: float | None) -> list[Run]:
    if gradient is None:
        return [Run(name + "  ", 8.5, p.MUTED)]
    return [Run(f"∂{name} ", 8.5, p.MUTED), Run(two_decimals(gradient) + "   ", 8.5, p.MUTED)]


def _two_port(content: str, port: str, pad: int) -> str:
    return row(content, port=port, pad=pad)


def _small_card(text: str) -> str:
    return card([row(line(Run(shortened(text, 20), 10.5, p.MUTED)), port="v", pad=4)], fill=p.BOX)


def _circle(dot: Dot, add: Add, named: dict[str, str]) -> None:
    """Empty cells left and right of the sign are the lanes' ports; the circle's outline clips what aims at them."""
    side, sign = gap(7, 13), row(line(Run(add.symbol, 20)))
    upper = side.replace("<td ", '<td port="va" ') + sign.replace("<td ", '<td rowspan="2" ', 1)
    upper += side.replace("<td ", '<td port="vb" ')
    lower = side.replace("<td ", '<td port="ga" ') + side.replace("<td ", '<td port="gb" ')
    told = f"{add.name or 'add'}: the gradient is copied to every input"
    dot.node(add.key, shape="circle", fixedsize="true", width=0.44, style="filled", fillcolor=p.CARD, color=p.BEFORE,
             penwidth=1.8, label=html(table([upper, lower])), tooltip=told, **named)  # fmt: skip


def _disc(dot: Dot, loss: Loss, named: dict[str, str]) -> None:
    lines = [line(Run(shortened(loss.name, 6), 16, p.INK, True))]
    if loss.value is not None:
        lines.append(line(Run(two_decimals(loss.value), 8.5, p.MUTED)))
    dot.node(loss.key, shape="circle", fixedsize="true", width=0.66, style="filled", fillcolor=p.BEFORE_FILL,
             color=p.BEFORE, penwidth=1.4, label=html(stacked(*lines, align="center")),
             tooltip=loss.text or "the loss: gradients start here, at 1", **named)  # fmt: skip


def _road(dot: Dot, road: Road, parts: dict[str, Part], scale: float) -> None:
    tail, head = parts[road.tail], parts[road.head]
    named = {"class_": f"data{f' b{road.block}' if road.block else ''}"}
    label = html(line(Run(shortened(road.label, 30), 10, p.MUTED))) if road.label else None
    arc = road.skip is not None
    start = f"{road.tail}:n" if arc else _port(tail, "v", "e")
    end = road.head if arc else _port(head, "v", "w")
    dot.edge(start, end, color=p.DATA, penwidth=1.3, arrowhead="vee", arrowsize=0.6, label=label,
             weight=None if arc else 6, **named)  # fmt: skip
    if road.gradient is not None:
        _ribbon(dot, road, tail, head, scale)


def _ribbon(dot: Dot, road: Road, tail: Part, head: Part, scale: float) -> None:
    """Written forward with dir=back, so that ranks never flip."""
    style = ribbon_style(road.gradient or 0.0, scale, RIBBON[road.way], road.skip.stroke if road.skip else "solid")
    name = f"grad {road.way}{f' b{road.block}' if road.block else ''}"
    if road.skip:
        ends, label = (f"{road.tail}:s", f"{road.head}:s"), html(_skip_pill(road))
    else:
        ends, label = (_port(tail, "g", "e"), _port(head, "g", "w")), _factor(road)
    dot.edge(*ends, class_=name, label=label, dir="back", arrowtail="normal", tooltip=_carried(road), **style)


def ribbon_style(size: float, scale: float, colour: str, stroke: str = "solid") -> dict[str, object]:
    """Width, colour and stroke of a ribbon; a size that is no number is a dashed violet hairline."""
    if size != size or size in (float("inf"), float("-inf")):
        return {"color": p.BEFORE, "penwidth": 0.8, "style": "dashed", "arrowsize": 0.6}
    width = ribbon_width(size, scale)
    colour = p.faded(colour, ribbon_alpha(size, scale))
    if stroke == "hollow":
        thin = max(0.7, width / 3)
        return {"color": f"{colour}:invis:{colour}", "penwidth": thin, "arrowsize": arrow_size(width) * 1.8}
    dashed = "dashed" if stroke == "dashed" or size == 0 else None
    return {"color": colour, "penwidth": width, "style": dashed, "arrowsize": arrow_size(width)}


def _skip_pill(road: Road) -> str:
    assert road.skip is not None
    unchanged = "unchanged" if road.skip.stroke == "solid" else "arrives"
    lines = [line(Run(shortened(road.skip.label, 26), 17 if len(road.skip.label) < 8 else 12, p.SKIP_TEXT, True)),
             line(Run(f"∂L/∂y {unchanged}  ", 9.5, p.SKIP_TEXT), Run(_sized(road.gradient), 9.5, p.SKIP_TEXT, True))]  # fmt: skip
    return table([row(pill(*lines)), gap(1, 7)])


def _factor(road: Road) -> str | None:
    if not road.factor:
        return None
    lines = [line(Run(road.factor, 11, TEXT[road.way])), line(Run(_sized(road.gradient), 9.5, TEXT[road.way], True))]
    return html(stacked(*lines, align="center"))


def _sized(size: float | None) -> str:
    return two_decimals(size if size is not None else 0.0)


def _carried(road: Road) -> str:
    way = {"skip": "by the skip", "branch": "through F"}.get(road.way, "gradient")
    return f"{way}: {_sized(road.gradient)}"


def _port(part: Part, lane: str, side: str) -> str:
    match part:
        case Add():
            return f"{part.key}:{lane}{'a' if side == 'w' else 'b'}"
        case Value() | Operation() if lane == "v" or _has_gradient_row(part):
            return f"{part.key}:{'b' if _barred(part) and lane == 'g' and side == 'e' else lane}:{side}"
        case Loss():
            return part.key
        case _:
            return part.key if lane == "g" else f"{part.key}:v:{side}"


def _has_gradient_row(part: Value | Operation) -> bool:
    return part.gradient is not None or (isinstance(part, Operation) and bool(part.parameters))


def _barred(part: Part) -> bool:
    return isinstance(part, Value) and part.shares is not None


def _told(name: str, part: Value | Operation) -> str:
    lines = [f"{name}  {shape_text(part.shape)}".strip()]
    if part.gradient is not None:
        lines.append(f"‖∂L/∂{name}‖ = {two_decimals(part.gradient)}")
    if isinstance(part, Value) and part.shares and not part.shares.word:
        lines.append(f"by the skip {percent(part.shares.skip)} %, through F {percent(part.shares.branch)} %")
    return "\n".join(lines)



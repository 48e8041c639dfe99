"""The parts of an open picture as cards with two lanes: data above and gradient below, or left and right in a column.

A card's ports are `v` (data) and `g` (gradient); in a column each has two, `vt` and `vb`. Circles have a cell where their
outline crosses each lane.
"""

from collections.abc import Sequence

from autograd.pictures import palette as p
from autograd.pictures.axis import Axis
from autograd.pictures.labels import PLAIN, Run, card, gap, inset, line, pill, row, share_bar, shortened, table
from autograd.pictures.numerals import shape_text, two_decimals
from autograd.pictures.ribbons import TEXT
from autograd.pictures.scene import Add, Loss, Operation, Part, Road, Value

LANE = 24  # points between the two lanes, and the height of their rows
_BAR = 132  # points; the bar is what the eye should find under x
_ENDS = {"v": ("va", "vb"), "g": ("ga", "gb")}


def port_of(part: Part, lane: str, side: str, axis: Axis) -> str:
    """Where a lane meets a part: on its `back` side or its `on` side."""
    end = {"back": axis.back, "on": axis.on}[side]
    if isinstance(part, Add) and part.gradient is None:  # one lane alone: through the middle
        return f"{part.key}:{end}"
    if isinstance(part, Add | Loss):
        if axis.across:
            return f"{part.key}:{_ENDS[lane][side == 'on']}:{end}"
        return f"{part.key}:{_ENDS['g' if side == 'on' else 'v'][lane == 'g']}:{end}"
    if axis.across:
        return f"{part.key}:{lane}:{end}" if lane == "v" or has_gradient_row(part) else part.key
    return f"{part.key}:{lane}{'t' if side == 'back' else 'b'}:{end}"


def has_gradient_row(part: Part) -> bool:
    if isinstance(part, Operation):
        return part.gradient is not None or bool(part.parameters)
    return not isinstance(part, Value) or part.gradient is not None


def value_card(value: Value, axis: Axis) -> str:
    """Name, then the lane of the gradient: the share bar where there is one, so that F's ribbon runs into F's part."""
    head = [Run(shortened(value.name, 24), 15, p.INK, True), *_kept(value)]
    gradient = [] if value.gradient is None else [line(*_gradient_runs(value))]
    rows = [_lane(line(*head), "v")]
    if value.shares:
        rows.append(_lane(share_bar(value.shares, _BAR, 20), "g"))
        rows += [row(one, pad=2) for one in gradient]
    else:
        rows += [_lane(one, "g") for one in gradient]
    return _laned(rows, axis)


def operation_box(operation: Operation, axis: Axis) -> str:
    """The formula; below it the parameters, muted, and the size of the gradient."""
    rows = [_lane(line(Run(shortened(operation.formula), 13), *_kept(operation)), "v")]
    lower = [run for parameter in operation.parameters for run in _parameter_runs(shortened(parameter.name, 12), parameter.gradient)]
    if operation.gradient is not None:
        lower.append(Run(two_decimals(operation.gradient), 10, TEXT[operation.way], True))
    if has_gradient_row(operation):
        rows.append(_lane(line(*lower), "g"))
    return _laned(rows, axis, fill=p.BOX, edge=p.MODULE_LINE)


def small_card(text: str, axis: Axis) -> str:
    """A mask or a norm on the trunk."""
    rows = [_lane(line(Run(shortened(text, 20), 11, p.MUTED)), "v"), _lane(table([gap(1, 1)]), "g")]
    return _laned(rows, axis, fill=p.BOX)


def skip_pill(road: Road) -> str:
    """What lies on the skip, and what arrives by it."""
    assert road.skip is not None
    label = shortened(road.skip.label, 26)
    verb = "unchanged" if road.skip.stroke == "solid" else "arrives"
    return pill(line(Run(label, 17 if len(label) < 8 else 12, p.SKIP_TEXT, True)),
                line(Run(f"{verb} ", 10, p.SKIP_TEXT), Run(two_decimals(road.gradient or 0.0), 10, p.SKIP_TEXT, True)))  # fmt: skip


def with_lanes(lines: Sequence[Run], radius: float, axis: Axis) -> str:
    """Cells where a circle's outline crosses the lanes: the lanes' ports, level with those of cards."""
    far = int((radius**2 - (LANE / 2) ** 2) ** 0.5)  # from the middle to where the outline is half a lane off
    across, tall = (2 * far, 2 * LANE) if axis.across else (LANE + 2, 2 * far)
    ends = {port: f'<td width="1" height="{tall // 2}" fixedsize="true" port="{port}"></td>' for port in ("va", "vb", "ga", "gb")}
    room = max(0, tall - sum(run.height for run in lines)) // 2
    content = table([gap(1, room), *(row(line(run)) for run in lines), gap(1, room)])
    middle = f'<td width="{across - 2}" height="{tall}" fixedsize="true" rowspan="2">{content}</td>'
    return table([ends["va"] + middle + ends["vb"], ends["ga"] + ends["gb"]])


def _laned(rows: list[str], axis: Axis, fill: str = p.CARD, edge: str = p.HAIRLINE) -> str:
    """In a column the lanes meet the card's short sides, left and right of the middle."""
    if axis.across:
        return card(rows, fill=fill, edge=edge)
    ends = [_pair("t"), *rows, _pair("b")]
    return card(ends, pad=0, fill=fill, edge=edge)


def _pair(end: str) -> str:
    cells = "".join(f'<td port="{lane}{end}" width="{LANE}" height="1" fixedsize="true"></td>' for lane in "vg")
    return row(table([cells], f'fixedsize="true" width="{2 * LANE}" height="1" {PLAIN}'))


def _lane(content: str, lane: str) -> str:
    """A row of fixed height, so that the two lanes run level from card to card."""
    return f'<td border="0" cellpadding="0" port="{lane}" height="{LANE}">{inset(content)}</td>'


def _kept(part: Value | Operation) -> list[Run]:
    """Behind a formula: what a number is, or an array's shape and, where its values were kept, their range."""
    if part.text and not part.shape:
        return [Run(f"  =  {part.text}", 13)]
    shape = shape_text(part.shape)
    return [Run(f"  {shape}" if shape else "", 9, p.MUTED), Run(f"  {part.text}" if part.text else "", 9, p.MUTED)]


def _gradient_runs(value: Value) -> list[Run]:
    return [Run(f"∂L/∂{shortened(value.of or value.name, 12)}  ", 10, TEXT[value.way]),
            Run(two_decimals(value.gradient or 0.0), 10, TEXT[value.way], True)]  # fmt: skip


def _parameter_runs(name: str, gradient: float | None) -> list[Run]:
    if gradient is None:
        return [Run(name + "  ", 9, p.MUTED)]
    return [Run(f"∂{name} ", 9, p.MUTED), Run(two_decimals(gradient) + "   ", 9, p.MUTED)]

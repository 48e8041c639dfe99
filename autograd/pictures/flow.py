"""An open picture in DOT: levels `block` (operations fused by layer) and `ops` (every operation) share it."""

from collections.abc import Iterable

from autograd.pictures import palette as p
from autograd.pictures.arcs import BACK, DATA, carried, class_of, signs, skip_arcs
from autograd.pictures.axis import Axis, axis_of
from autograd.pictures.beside import twin_lane
from autograd.pictures.cards import operation_box, port_of, small_card, value_card
from autograd.pictures.circles import circle, disc
from autograd.pictures.dotfile import Dot, html
from autograd.pictures.folding import folded
from autograd.pictures.labels import Run, gap, line, row, table
from autograd.pictures.lean import lean_dot, opened
from autograd.pictures.numerals import largest_finite, parameters_text, shape_text, subscript, two_decimals
from autograd.pictures.ribbons import RIBBON, TEXT, ribbon_style
from autograd.pictures.scene import Add, Card, Flow, Loss, Module, Operation, Part, Road, Twin, Value

LEAN_ABOVE = 800  # parts


def flow_dot(flow: Flow, rankdir: str = "LR") -> str:
    """The DOT text of an open picture, in light colours. Very large ones become plain boxes and one line an argument."""
    axis = axis_of(rankdir)
    if len(flow.parts) > LEAN_ABOVE:
        return lean_dot(folded(flow), rankdir)
    dot = Dot("gradient routes", rankdir=rankdir, nodesep=0.32, ranksep=0.55 if axis.across else 0.45, splines="true",
              outputorder="edgesfirst", newrank="true", label=html(_title(flow, axis)))  # fmt: skip
    _Drawing(dot, flow, axis).draw()
    return dot.text()


class _Drawing:
    """One open picture while it is written."""

    def __init__(self, dot: Dot, flow: Flow, axis: Axis) -> None:
        self.dot = dot
        self.flow = flow
        self.axis = axis
        self.parts = {part.key: part for part in flow.parts}
        self.scale = largest_finite([*_inner_sizes(flow, self.parts), *(flow.twin.sizes if flow.twin else ())])

    def draw(self) -> None:
        inside = self._modules(self.flow.modules)
        for key, part in self.parts.items():
            if key not in inside:
                self._part(part)
        for road in self.flow.roads:
            if not road.within:
                signs(self.dot, road, self.scale, self.axis)
            self._road(road)
        if self.flow.twin:
            self._twin(self.flow.twin)

    def _twin(self, twin: Twin) -> None:
        source, loss = self.parts.get(self.flow.columns[0]), next(part for part in self.flow.parts if isinstance(part, Loss))
        name = source.name if isinstance(source, Value) else "x"
        functions = [f"F{subscript(i)}" for i in range(1, len(twin.sizes) + 1)] if len(twin.sizes) > 1 else [f"F({name})"]
        twin_lane(self.dot, twin, (name, functions, loss.name), (*self.flow.columns, loss.key), self.scale, self.axis)

    def _modules(self, modules: Iterable[Module]) -> set[str]:
        """Modules as nested clusters with their parts, and the signs of the arcs they hold."""
        drawn: set[str] = set()
        for module in opened(self.dot, modules, sized=self.axis.across):
            for key in module.parts:
                if key in self.parts:
                    self._part(self.parts[key])
            for road in self.flow.roads:
                if road.within == module.key:
                    signs(self.dot, road, self.scale, self.axis)
            drawn.update(module.parts)
        return drawn

    def _part(self, part: Part) -> None:
        block = self.flow.blocks.get(part.key, 0)
        named = {"class_": f"{type(part).__name__.lower()}{f' b{block}' if block else ''}"}
        match part:
            case Value():
                self.dot.node(part.key, label=html(value_card(part, self.axis)), tooltip=_told(part.name, part), **named)
            case Operation():
                self.dot.node(part.key, label=html(operation_box(part, self.axis)), tooltip=_told(part.formula, part), **named)
            case Add():
                circle(self.dot, part, named, self.axis)
            case Card():
                self.dot.node(part.key, label=html(small_card(part.text, self.axis)), tooltip=f"on the trunk: {part.text}", **named)
            case Loss():
                disc(self.dot, part, named, self.axis)

    def _road(self, road: Road) -> None:
        tail, head = self.parts[road.tail], self.parts[road.head]
        if road.skip is not None and road.beside:
            skip_arcs(self.dot, road, self.scale, self.axis)
            return
        self.dot.edge(port_of(tail, "v", "on", self.axis), port_of(head, "v", "back", self.axis), class_=class_of("data", road),
                      weight=6 if road.skip is None else 1, **DATA)  # fmt: skip
        if road.gradient is not None:
            stroke = road.skip.stroke if road.skip else "solid"
            self.dot.edge(port_of(tail, "g", "on", self.axis), port_of(head, "g", "back", self.axis), tooltip=carried(road),
                          class_=class_of(f"grad {road.way}", road), **BACK,
                          **ribbon_style(road.gradient, self.scale, RIBBON[road.way], stroke))  # fmt: skip


def _inner_sizes(flow: Flow, parts: dict[str, Part]) -> list[float]:
    """The loss' own gradient is 1 whatever the rest is: it sets no scale where there is more."""
    sizes = [(road.gradient, parts[road.head]) for road in flow.roads if road.gradient is not None]
    return [size for size, head in sizes if not isinstance(head, Loss)] or [size for size, _ in sizes]


def _title(flow: Flow, axis: Axis) -> str:
    head = [Run(flow.title, 15, p.INK, True), Run(", and its twin without the skip" if flow.twin else "", 15)]
    counted = parameters_text(flow.parameters)
    lines = [line(*head, Run("    " + flow.equation if flow.equation else "", 15), Run("    " + counted if counted else "", 11, p.MUTED))]
    if flow.derivative:
        lines.append(line(*(Run(text, 13, p.INK if way == "other" else TEXT[way], way != "other")
                            for text, way in flow.derivative)))  # fmt: skip
    if flow.note:
        note = flow.note if axis.across else flow.note.replace("data, to the right", "data, down").replace("back to the left", "back up")
        lines.append(line(Run(note, 10, p.MUTED)))
    return table([row(one, align="left", pad=1) for one in lines] + [gap(1, 10)])


def _told(name: str, part: Value | Operation) -> str:
    if isinstance(part, Value) and part.told:
        return part.told
    lines = [f"{name}  {shape_text(part.shape)}".strip()]
    if isinstance(part, Operation):
        lines += [f"{one.name}  {shape_text(one.shape)}" for one in part.parameters if one.shape]
    if part.gradient is not None:
        lines.append(f"‖∂L/∂{name}‖ = {two_decimals(part.gradient)}")
    return "\n".join(lines)

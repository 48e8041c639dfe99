"""`picture_of`: from a tensor or routes to a picture at the level that suits its size."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

from autograd.graph import ancestors
from autograd.pictures.axis import axis_of
from autograd.pictures.flow import flow_dot
from autograd.pictures.from_graph import ops_flow
from autograd.pictures.from_routes import chain, highway
from autograd.pictures.fused import block_flow
from autograd.pictures.glyphs import printable
from autograd.pictures.labels import shortened
from autograd.pictures.numerals import percent, three_significant
from autograd.pictures.picture import LEVELS, Picture
from autograd.pictures.rolled import rolled_dot
from autograd.pictures.scene import Highway, Residual
from autograd.pictures.stack import stack_dot
from autograd.routing import Routes
from autograd.routing.report import trace
from autograd.tensor import Tensor

BLOCK_UP_TO, STACK_UP_TO = 2, 16  # residual joins in a row
OPEN_UP_TO = 8, 250  # joins in all, nested ones too, and operations: beyond, an open picture has more than a screen shows
OPS_UP_TO = 12  # operations of a network without joins; more are fused by layer


def picture_of(drawn: Any, level: str | None = None, theme: str = "auto", twin: Any = None,
               renderer: str | None = None, rankdir: str = "LR") -> Picture:  # fmt: skip
    """A tensor's graph, or routes, as a picture.

    Parameters
    ----------
    drawn : Tensor or Routes
        One number whose graph is still whole is traced first, so that its gradients are drawn; any other tensor is drawn as
        the graph that made it. Nothing is released, no `.grad` is touched.
    level : {"block", "stack", "rolled", "ops"}, optional
        Default: by the number of residual joins in a row: "block" up to 2 (unless many more are nested in them), "stack" up to
        16, then "rolled"; without any, "ops" up to 12 operations, then "block".
    theme : {"auto", "light", "dark"}
        "auto" holds both and follows its host.
    twin : Routes, Tensor or sequence of float, optional
        The same network without skips, for a second row: see `autograd.pictures.from_routes.highway`.
    renderer : str, optional
        A command or path; default: graphviz-pure when installed, else `dot`.
    rankdir : {"LR", "TB"}
        Left to right, or top to bottom.

    Returns
    -------
    Picture

    Raises
    ------
    TypeError, ValueError
        For something that has no graph, or a level this graph does not have.

    Examples
    --------
    >>> import autograd
    >>> x = autograd.Tensor([0.5, 1.0], requires_grad=True, name="x")
    >>> autograd.routes((x + autograd.sin(x)).sum(), x).draw()
    58 % of ∂L/∂x arrives by the skip, 42 % through F
    """
    if level is not None and level not in LEVELS:
        raise ValueError(f"level must be one of {', '.join(LEVELS)}, not {level!r}")
    axis_of(rankdir)
    routes = drawn if isinstance(drawn, Routes) else _traced(drawn)
    if routes is None or _root(routes).op is None:
        return _graph_alone(drawn if routes is None else routes.loss, level, theme, renderer, rankdir)
    return _routes_picture(routes, level, theme, twin, renderer, rankdir)


def _traced(drawn: Any) -> Routes | None:
    if not isinstance(drawn, Tensor):
        raise TypeError(f"draw: expected a Tensor or Routes, got {type(drawn).__name__}")
    if drawn.node is None:
        raise ValueError("draw: this tensor has no graph; make an input with requires_grad=True before the forward")
    if drawn.size != 1 or drawn.node.op is None:
        return None
    try:
        return trace(drawn)
    except RuntimeError:  # released by an earlier backward: topology, names and shapes are still there
        return None


def _graph_alone(tensor: Tensor, level: str | None, theme: str, renderer: str | None, rankdir: str) -> Picture:
    if level not in (None, "ops"):
        raise ValueError(f"level {level!r} shows gradients, and this graph has none: draw autograd.routes(loss) before backward, "
                         "or level='ops'")  # fmt: skip
    flow = ops_flow(tensor.node, None)  # type: ignore[arg-type]
    return Picture({"ops": lambda: flow_dot(flow, rankdir)}, "ops", theme, f"{flow.title}; no gradients were traced", renderer)


def _routes_picture(routes: Routes, level: str | None, theme: str, twin: Any, renderer: str | None,
                    rankdir: str) -> Picture:  # fmt: skip
    joins = chain(routes.joins)
    levels: dict[str, Callable[[], str]] = {
        "block": lambda: flow_dot(block_flow(routes, twin), rankdir),
        "ops": lambda: flow_dot(ops_flow(_root(routes), routes, float(routes.loss.data)), rankdir),
    }  # fmt: skip
    if not joins:
        few = sum(node.op is not None for node in ancestors([_root(routes)])) <= OPS_UP_TO
        return Picture(levels, level or ("ops" if few else "block"), theme, f"{_ops_title(routes)}; no residual join", renderer)
    scene = cache(lambda: highway(routes, twin))
    of_joins: dict[str, Callable[[], str]] = {
        "stack": lambda: stack_dot(scene(), rankdir),
        "rolled": lambda: rolled_dot(scene(), rankdir),
    }
    open_fits = _fits(routes)
    default = "block" if len(joins) <= BLOCK_UP_TO and open_fits else "stack" if len(joins) <= STACK_UP_TO else "rolled"
    shown = _shown(default, len(joins), level, open_fits)
    ordered = {key: (of_joins | levels)[key] for key in LEVELS if key in shown}
    return Picture(ordered, level or default, theme, sentence_of(scene()), renderer)


def _fits(routes: Routes) -> bool:
    """Whether a picture with all functions open is legible."""
    joins, operations = OPEN_UP_TO
    return len(routes.joins) <= joins and sum(node.op is not None for node in ancestors([_root(routes)])) <= operations


def _shown(default: str, joins: int, named: str | None, open_fits: bool) -> set[str]:
    """The levels a page offers: those that stay legible, and the one the user named."""
    fitting = {"block"} if joins <= 4 and open_fits else set()
    if joins <= 24:
        fitting.add("stack")
    return fitting | {default, "ops", "rolled" if joins > 6 else default, named or default}


def _root(routes: Routes) -> Any:
    return routes.loss.node


def _ops_title(routes: Routes) -> str:
    return ops_flow(_root(routes), routes).title


def sentence_of(scene: Highway) -> str:
    """The picture in one sentence of its numbers."""
    x = f"∂L/∂{said_name(scene.source)}"
    more = sum(len(tower.blocks) for tower in scene.towers)
    beside = f"; {more} more residual block{'s' * (more != 1)} beside" if more else ""
    if len(scene.blocks) == 1:
        return _of_one(scene.blocks[0], "the gradient at the fork" if scene.entry else x) + beside
    untouched = f"; {percent(scene.paths.shares[0])} % of it crossed no F" if scene.paths and not scene.paths.word else ""
    twin = f", without the skips {three_significant(scene.twin.sizes[0])}" if scene.twin else ""
    return f"|{x}| is {three_significant(scene.gradient)} through {len(scene.blocks)} residual blocks{twin}{untouched}{beside}"


def _of_one(block: Residual, gradient: str) -> str:
    shares = block.shares
    if shares.word:
        return f"{gradient}: the contributions by the skip and through F: {shares.word}"
    if block.skip.label == "parallel":
        return f"{gradient} arrives through parallel branches, none simpler than the others"
    other = f", {percent(shares.other)} % by other ways" if abs(shares.other) >= 0.005 else ""
    return f"{percent(shares.skip)} % of {gradient} arrives by the skip, {percent(shares.branch)} % through F{other}"


def said_name(name: str) -> str:
    """A name as a sentence can say it: one line, not too long."""
    return shortened(printable(name), 40)

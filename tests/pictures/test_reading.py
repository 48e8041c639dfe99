"""From real routes to pictures: the numbers drawn are the numbers measured, and every level of every graph draws."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest

import autograd
import nn
from autograd import Tensor
from autograd.pictures.from_graph import ops_flow
from autograd.pictures.from_routes import chain, highway
from autograd.pictures.fused import block_flow
from autograd.pictures.scene import Add, Card, Loss, Operation, Value
from nn import functional as F


def rows(width: int = 4, count: int = 3) -> Tensor:
    values = np.random.default_rng(0).normal(size=(count, width))
    return Tensor(values, requires_grad=True, name="x")


def dense(blocks: int, residual: bool = True) -> nn.Module:
    generator = np.random.default_rng(1)
    return nn.Sequential(*[
        nn.ResidualBlock(4, sigma="tanh", residual=residual, generator=generator, dtype=np.float64) for _ in range(blocks)
    ])  # fmt: skip


def loss_of(net: nn.Module, x: Tensor) -> Tensor:
    return F.mse_loss(net(x), np.ones(x.shape))


def test_a_highway_has_the_numbers_of_its_joins() -> None:
    x = rows()
    routes = autograd.routes(loss_of(dense(5), x), x)
    scene = highway(routes)
    joins = chain(routes.joins)
    assert [block.name for block in scene.blocks] == ["0", "1", "2", "3", "4"]
    for block, join in zip(scene.blocks, joins, strict=True):
        assert (block.shares.skip, block.shares.branch) == (join.shares["skip"], join.shares["branch"])
        assert (block.skip_size, block.branch_size, block.fork, block.output) == (
            join.norms["skip"], join.norms["branch"], join.norm, join.output_norm)  # fmt: skip
    assert math.isclose(scene.gradient, float(np.linalg.norm(routes.gradient(x).data)), rel_tol=1e-12)
    assert scene.paths is not None
    assert math.isclose(sum(scene.paths.shares), 1, rel_tol=1e-9)
    assert sum(scene.paths.counts) == 2**5


@pytest.mark.parametrize("keep", ["arrays", "scalars"])
def test_scalars_draw_the_same_picture(keep: str) -> None:
    x = rows()
    loss = loss_of(dense(2), x)
    kept = autograd.routes(loss, x, keep=keep)
    assert kept.draw("block").dot == autograd.routes(loss, x).draw("block").dot
    assert kept.draw("stack").dot == autograd.routes(loss, x).draw("stack").dot


def test_the_twin_is_matched_by_module_names() -> None:
    x, plain = rows(), rows()
    twin = autograd.routes(loss_of(dense(5, residual=False), plain))
    scene = highway(autograd.routes(loss_of(dense(5), x), x), twin)
    assert scene.twin is not None and len(scene.twin.sizes) == 5
    assert math.isclose(scene.twin.sizes[0], float(np.linalg.norm(twin.gradient(plain).data)), rel_tol=1e-12)
    with pytest.raises(ValueError, match="no module named '0'"):
        highway(autograd.routes(loss_of(dense(5), x), x), (plain * plain).sum())
    with pytest.raises(ValueError, match="expected 5 gradient sizes"):
        highway(autograd.routes(loss_of(dense(5), x), x), [1.0, 2.0])


def test_a_block_opens_its_function() -> None:
    x = rows()
    flow = block_flow(autograd.routes(loss_of(dense(1), x)))
    names = [part.name for part in flow.parts if isinstance(part, Value)]
    formulas = [part.formula for part in flow.parts if isinstance(part, Operation)]
    assert names == ["x", "h₁", "h₂", "y"]
    assert formulas[:2] == ["tanh(xW₁ᵀ + b₁)", "tanh(h₁W₂ᵀ + b₂)"]
    (module,) = flow.modules
    assert len(module.parts) == 4
    (skip,) = [road for road in flow.roads if road.way == "skip"]
    assert skip.skip is not None and skip.skip.label == "+1"


def test_every_argument_is_a_road_at_level_ops() -> None:
    x = Tensor(3.0, requires_grad=True, name="x")
    y = x + x
    flow = ops_flow((y * y).node, autograd.routes(y * y))  # type: ignore[arg-type]
    assert len([road for road in flow.roads if road.head == flow.roads[0].head]) == 2
    fresh = y * y
    assert len(ops_flow(fresh.node, autograd.routes(fresh)).roads) == 5  # type: ignore[arg-type]  # the fifth leads to L


def test_numbers_keep_their_sign() -> None:
    a, b = Tensor(2.0, requires_grad=True, name="a"), Tensor(-3.0, requires_grad=True, name="b")
    loss = a * b
    gradients = {part.name: part.gradient for part in ops_flow(loss.node, autograd.routes(loss)).parts if isinstance(part, Value)}  # type: ignore[arg-type]
    assert gradients == {"a": -3.0, "b": 2.0}


def test_kept_values_stand_in_the_cards() -> None:
    with autograd.keeping():
        a, b = Tensor(2.0, requires_grad=True, name="a"), Tensor(-3.0, requires_grad=True, name="b")
        c = a + b
        c.name = "c"
        loss = c * b
    flow = ops_flow(loss.node, autograd.routes(loss))  # type: ignore[arg-type]
    texts = {part.name: part.text for part in flow.parts if isinstance(part, Value)}
    assert texts == {"a": "2.00", "b": "−3.00"}
    boxes = [(part.formula, part.text) for part in flow.parts if isinstance(part, Operation)]
    assert boxes == [("c = a + b", "−1.00"), ("c · b", "3.00")]
    assert flow.title == "L = (a + b) · b"


def test_drawing_changes_nothing_and_works_after_backward() -> None:
    x = rows()
    loss = loss_of(dense(2), x)
    before = autograd.draw(loss)
    assert before.level == "block" and x.grad is None
    before.dot
    loss.backward()
    after = autograd.draw(loss)
    assert after.level == "ops"
    assert "gradients of the leaves only" in after.dot


def test_masks_are_cards_and_skips_have_their_words() -> None:
    x = rows()
    y = autograd.relu(0.5 * x + autograd.tanh(x))
    routes = autograd.routes((y * y).sum(), x)
    flow = block_flow(routes)
    assert [part.text for part in flow.parts if isinstance(part, Card)] == ["h₁ = relu"]
    (road,) = [road for road in flow.roads if road.way == "skip"]
    assert road.skip is not None and (road.skip.stroke, road.skip.label) == ("dashed", "× 0.5")
    assert highway(routes).blocks[0].trunk == "relu"


def _cancelling(x: Tensor) -> Tensor:
    return ((x + (autograd.tanh(x) * 0.0 - x)) * 3.0).sum()


def _infinite(x: Tensor) -> Tensor:
    return (x + autograd.sqrt(x * 0.0)).sum()


def _nothing(x: Tensor) -> Tensor:
    return ((x + autograd.tanh(x)) * 0.0).sum()


def _nested(x: Tensor) -> Tensor:
    h = autograd.tanh(x)
    return (x + autograd.tanh(h + autograd.sin(h))).sum()


def _attention(x: Tensor) -> Tensor:
    h = x + autograd.softmax(x @ x.T, axis=-1) @ x
    return (h + autograd.tanh(h)).sum()


def _projected(x: Tensor) -> Tensor:
    return (x @ np.ones((4, 4)) + autograd.tanh(autograd.tanh(x) @ np.ones((4, 4)))).sum()


def _padded(x: Tensor) -> Tensor:
    return (autograd.pad(x[:, ::2], [(0, 0), (0, 2)]) + autograd.tanh(x)).sum()


GRAPHS = [_cancelling, _infinite, _nothing, _nested, _attention, _projected, _padded]


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("graph", GRAPHS)
def test_every_level_of_every_graph_draws(graph: Callable[[Tensor], Tensor]) -> None:
    x = rows()
    with np.errstate(all="ignore"):
        routes = autograd.routes(graph(x), x)
    assert routes.joins
    for level in ("block", "stack", "rolled", "ops"):
        picture = routes.draw(level)
        assert picture.dot.startswith("digraph")
        assert picture.sentence


def test_levels_follow_size() -> None:
    x = rows()
    assert [autograd.routes(loss_of(dense(n), x), x).draw().level for n in (1, 2, 3, 16, 17)] == [
        "block", "block", "stack", "stack", "rolled"]  # fmt: skip
    assert autograd.draw((x * x).sum()).level == "ops"


def test_sentences_are_made_of_the_numbers() -> None:
    x = rows()
    routes = autograd.routes(loss_of(dense(1), x), x)
    share = round(routes.joins[0].shares["skip"] * 100)
    assert repr(routes.draw()) == f"{share} % of ∂L/∂x arrives by the skip, {100 - share} % through F"


def test_the_loss_is_a_disc_and_joins_are_circles() -> None:
    x = rows()
    loss = loss_of(dense(3), x)
    for flow in (block_flow(autograd.routes(loss, x)), ops_flow(loss.node, autograd.routes(loss, x))):  # type: ignore[arg-type]
        assert sum(isinstance(part, Add) for part in flow.parts) == 3
        assert sum(isinstance(part, Loss) for part in flow.parts) == 1


def test_a_graph_without_gradients_shows_its_joins() -> None:
    x = Tensor(np.ones((2, 3)), requires_grad=True, name="x")
    y = x + autograd.tanh(x)
    flow = ops_flow(y.node, None)  # type: ignore[arg-type]
    assert flow.title == "2 operations, 1 residual join" and not flow.derivative
    (skip,) = [road for road in flow.roads if road.skip]
    assert skip.gradient is None and skip.beside
    picture = autograd.draw(y)
    assert 'class="grad' not in picture.dot and "x  (identity)" not in picture.dot
    y.sum().backward()
    assert "join" not in ops_flow(y.node, None).title  # type: ignore[arg-type]  # released: nobody knows what lay on the skip


def test_layers_say_the_shape_where_it_changes() -> None:
    x, w = Tensor(np.ones((2, 8)), requires_grad=True, name="x"), Tensor(np.ones((8, 3)), requires_grad=True, name="W")
    flow = block_flow(autograd.routes((autograd.sin(autograd.tanh(x @ w)) ** 2).mean(), x))
    assert [part.shape for part in flow.parts if isinstance(part, Operation)][:2] == [(2, 3), ()]


def test_layers_of_several_outputs_have_no_shape() -> None:
    x = Tensor(np.ones((2, 4, 4, 4), np.float32), requires_grad=True, name="x")
    net = nn.Sequential(nn.Conv2d(4, 8, 3), nn.BatchNorm2d(8))
    assert "norm(conv(x)" in autograd.routes((net(x) ** 2).mean(), x).draw("block").dot


def test_boxes_have_a_row_for_the_gradient_where_there_is_one_at_all() -> None:
    """Asked towards x alone, weights have no gradient; their box keeps its lower lane."""
    x = Tensor(np.ones((2, 8), np.float32), requires_grad=True, name="x")
    picture = autograd.routes((nn.ResidualBlock(8)(x) ** 2).mean(), x).draw("block")
    heads = [line for line in picture.dot.splitlines() if 'class="grad branch' in line]
    assert heads and all(line.count(":g:") + line.count(":ga:") == 2 for line in heads)

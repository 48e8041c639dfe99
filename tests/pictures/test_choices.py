"""What the user chooses and what follows from the graph: direction, towers, twins, levels, and pictures too large to point at."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

import autograd
import nn
from autograd import Tensor
from autograd.pictures import Picture
from autograd.pictures.axis import AXES
from autograd.pictures.from_graph import ops_flow
from autograd.pictures.from_routes import highway, towers
from autograd.pictures.fused import block_flow
from autograd.pictures.page import LARGEST, html_page
from autograd.pictures.scene import Operation, Value
from autograd.pictures.wrapping import rows_of
from tests.pictures import scenes
from tests.pictures.scenes import DOTS

tanh = autograd.tanh


def an_input(name: str = "x", seed: int = 0) -> Tensor:
    return Tensor(np.random.default_rng(seed).normal(size=(3, 4)), requires_grad=True, name=name)


def two_towers(x: Tensor, blocks: int = 3) -> Tensor:
    a = b = x
    for _ in range(blocks):
        a, b = a + tanh(a), b + autograd.sin(b)
    return (a * b).sum()


# ------------------------------------------------------------------------------------------------------- direction


@pytest.mark.parametrize("level", ["block", "stack", "rolled", "ops"])
def test_every_level_runs_either_way(level: str) -> None:
    x = an_input()
    routes = autograd.routes((x + tanh(x)).sum(), x)
    across, down = (routes.draw(level, rankdir=way).dot for way in ("LR", "TB"))
    assert across != down
    assert ('rankdir="TB"' in down or "rank=same; B -> H" in down) and 'rankdir="LR"' in across


def test_another_direction_is_refused() -> None:
    x = an_input()
    with pytest.raises(ValueError, match="rankdir must be one of LR, TB, not 'BT'"):
        autograd.routes((x + tanh(x)).sum(), x).draw(rankdir="BT")


# ---------------------------------------------------------------------------------------------------------- towers


def test_joins_side_by_side_are_towers_with_all_their_blocks() -> None:
    x = an_input()
    routes = autograd.routes(two_towers(x), x)
    scene = highway(routes)
    assert [len(tower) for tower in towers(routes.joins)] == [3, 3]
    (beside,) = scene.towers
    assert [block.label for block in (*scene.blocks, *beside.blocks)] == ["F₁", "F₂", "F₃", "F₄", "F₅", "F₆"]
    assert beside.shared and scene.exit == "multiply"
    assert "3 more residual blocks beside" in repr(routes.draw())
    assert routes.draw().dot.count('class="add') == 6


def test_two_inputs_have_a_lane_each() -> None:
    net = nn.Sequential(nn.Linear(4, 4, dtype=np.float64), nn.Residual(nn.Tanh()))
    a, b = an_input("a"), an_input("b", 1)
    scene = highway(autograd.routes(((net(a) - net(b)) ** 2).sum(), [a, b]))
    (beside,) = scene.towers
    assert (scene.source, beside.source) == ("a", "b")
    assert not beside.shared and scene.entry == beside.entry == "linear"


def test_what_follows_two_towers_belongs_to_the_longer() -> None:
    x = an_input()
    a, b = x, x + tanh(x)
    for _ in range(2):
        a = a + autograd.sin(a)
    y = a * b
    z = y + tanh(y)
    assert [len(tower) for tower in towers(autograd.routes(z.sum(), x).joins)] == [3, 1]


def test_a_thousand_blocks_are_chained_in_one_pass() -> None:
    x = an_input()
    y = x
    for _ in range(1000):
        y = y + tanh(y) * 1e-3
    routes = autograd.routes(y.sum(), x)
    (tower,) = towers(routes.joins)
    assert len(tower) == 1000
    assert routes.draw().level == "rolled"


# ----------------------------------------------------------------------------------------------------------- twins


def test_a_block_has_its_twin_below() -> None:
    x, plain = an_input(), an_input()
    blocks = [nn.ResidualBlock(4, residual=residual, generator=0, dtype=np.float64) for residual in (True, False)]
    routes = autograd.routes((blocks[0](x) ** 2).sum(), x)
    twin = autograd.routes((blocks[1](plain) ** 2).sum(), plain)
    flow = block_flow(routes, twin)
    assert flow.twin is not None
    assert flow.twin.sizes == pytest.approx((np.linalg.norm(twin.gradient(plain).data),))
    picture = routes.draw(twin=twin)
    assert picture.level == "block" and "without" in picture.dot


# -------------------------------------------------------------------------------------------- names and parameters


def boxes(flow: Any) -> list[str]:
    return [part.formula for part in flow.parts if isinstance(part, Operation)]


def test_parameters_are_lines_in_boxes() -> None:
    x, w = an_input(), Tensor(np.eye(4), requires_grad=True, name="W")
    loss = tanh(tanh(x @ w) @ w).sum()
    flow = ops_flow(loss.node, autograd.routes(loss))  # type: ignore[arg-type]
    assert [part.name for part in flow.parts if isinstance(part, Value)] == ["x"]
    assert boxes(flow) == ["v₁ = x @ W", "v₂ = tanh(v₁)", "v₃ = v₂ @ W", "v₄ = tanh(v₃)", "Σ v₄"]
    products = [part for part in flow.parts if isinstance(part, Operation) and "@" in part.formula]
    assert all(part.parameters[0].name == "W" for part in products)


def test_in_w_x_the_weight_is_w() -> None:
    w, x = Tensor(np.eye(3), requires_grad=True, name="W₁"), Tensor(np.ones(3), requires_grad=True, name="x")
    flow = ops_flow(tanh(w @ x).node, None)  # type: ignore[arg-type]
    assert [part.name for part in flow.parts if isinstance(part, Value)] == ["x"]


def test_values_that_formulas_need_have_names() -> None:
    x = an_input()
    h = tanh(x) * 2.0
    y = h + tanh(autograd.sin(h) * autograd.exp(h))
    flow = block_flow(autograd.routes((y**2).sum(), x))
    assert boxes(flow) == ["tanh(x) · 2", "h₁ = sin(x₁)", "h₂ = exp(x₁)", "tanh(h₁ · h₂)", "y²"]
    assert "…" not in "".join(boxes(flow))


def test_brackets_stand_where_they_must() -> None:
    a, b, c = (Tensor(float(i), requires_grad=True, name=n) for i, n in enumerate("abc", 1))
    titles = {}
    for loss in ((a + b) * c, a - (b - c), a / (b * c), (a * b) ** 2, -(a + b), autograd.tanh(a + b)):
        titles[len(titles)] = ops_flow(loss.node, autograd.routes(loss)).title  # type: ignore[arg-type]
    assert list(titles.values()) == [
        "L = (a + b) · c", "L = a − (b − c)", "L = a / (b · c)", "L = (a · b)²", "L = −(a + b)", "L = tanh(a + b)"]  # fmt: skip


def test_a_sum_of_one_fork_is_one_circle() -> None:
    x = an_input()
    flow = block_flow(autograd.routes((x + 0.5 * x + tanh(x) + autograd.sin(x)).sum(), x))
    (road,) = [road for road in flow.roads if road.skip is not None]
    assert road.skip is not None and road.skip.label == "× 1.5"
    assert sum(type(part).__name__ == "Add" for part in flow.parts) == 1


def test_without_joins_layers_are_drawn_and_operations_offered() -> None:
    x, h = an_input(), an_input()
    for seed in range(5):
        h = tanh(h @ Tensor(np.eye(4) * seed, requires_grad=True, name="W") + np.ones(4)) * 2.0
    picture = autograd.routes((h * x).sum()).draw()
    assert picture.level == "block" and picture.levels == ("block", "ops")
    assert "layers, no residual join" in picture.dot


def test_hover_cards_say_share_norms_and_cosine() -> None:
    x = an_input()
    routes = autograd.routes((x + tanh(x)).sum(), x)
    for level in ("block", "stack", "rolled"):
        dot = routes.draw(level).dot
        assert "% of the norms" in dot and "cosine between the two" in dot and "share " in dot


def test_a_name_of_several_lines_is_said_in_one() -> None:
    x = an_input("two\nlines")
    assert "of ∂L/∂two lines arrives by the skip" in repr(autograd.routes((x + tanh(x)).sum(), x).draw())


# ------------------------------------------------------------------------------------------------- pictures too large


def test_a_picture_too_large_to_point_at_is_static() -> None:
    page = html_page({"ops": lambda: "<svg>" + "o" * LARGEST + "</svg>"}, "ops", "auto", "a sentence")
    assert '<img src="data:image/svg+xml;base64,' in page and 'alt="a sentence"' in page
    assert "too large to point at" in page and "<svg" not in page


def test_notebooks_get_large_pictures_as_images(monkeypatch: pytest.MonkeyPatch) -> None:
    picture = Picture({"ops": lambda: "digraph {}"}, "ops", sentence="large")
    monkeypatch.setattr(picture, "svg", lambda: "<svg>" + "o" * LARGEST + "</svg>")
    assert set(picture._repr_mimebundle_()) == {"image/svg+xml", "text/plain"}


@pytest.mark.parametrize("shape", [(), (2, 3)])
def test_a_leaf_alone_is_drawn_and_says_what_it_is(shape: tuple[int, ...]) -> None:
    leaf = autograd.Tensor(np.ones(shape), requires_grad=True, name="w")
    assert repr(autograd.draw(leaf)).startswith("w: no operation yet")
    if not shape:
        assert repr(autograd.routes(leaf).draw()).startswith("w: no operation yet")
    with pytest.raises(ValueError, match="level 'block' shows gradients"):
        autograd.draw(leaf, "block")


@pytest.mark.parametrize("net", [lambda: nn.resnet20(), lambda: nn.TransformerEncoderLayer(16, 4, 32, dropout=0.0, batch_first=True)])
def test_the_title_counts_the_parameters(net: Any) -> None:
    model = net()
    shape = (2, 3, 32, 32) if isinstance(model, nn.CifarResNet) else (2, 5, 16)
    x = Tensor(np.random.default_rng(0).normal(size=shape).astype(np.float32), requires_grad=True, name="x")
    picture = autograd.routes((model(x) ** 2).mean(), x).draw()
    count = sum(parameter.size for parameter in model.parameters())
    assert f"{count:,} parameters" in picture.dot


def test_shared_parameters_count_once_and_numbers_are_none() -> None:
    x, w = Tensor(np.ones((2, 4)), requires_grad=True, name="x"), Tensor(np.ones((4, 4)), requires_grad=True, name="W")
    assert block_flow(autograd.routes((autograd.tanh(x @ w) @ w).sum(), x)).parameters == 16
    assert block_flow(autograd.routes((x * Tensor(2.0, requires_grad=True)).sum(), x)).parameters == 0


def stack_of(count: int, trunk: str = "relu") -> Any:
    return replace(scenes.highway(count), blocks=tuple(replace(b, trunk=trunk) for b in scenes.highway(count).blocks))


@pytest.mark.parametrize("count", range(1, 40))
def test_rows_hold_every_block_once_in_order_and_are_nearly_even(count: int) -> None:
    for trunk in ("", "relu"):
        rows = rows_of(stack_of(count, trunk), AXES["LR"])
        assert [block.label for row in rows for block in row.blocks] == [block.label for block in stack_of(count).blocks]
        lengths = [len(row.blocks) for row in rows]
        assert max(lengths) - min(lengths) <= 1 and (max(lengths) <= 10 or len(rows) == 1)
        assert (len(rows) > 1) == (count > (7 if trunk else 10))


def test_what_has_a_twin_or_towers_or_runs_down_keeps_one_row() -> None:
    assert len(rows_of(stack_of(16), AXES["TB"])) == 1
    assert len(rows_of(scenes.highway(16, twin=True), AXES["LR"])) == 1
    assert len(rows_of(replace(stack_of(16), towers=(stack_of(3),)), AXES["LR"])) == 1


def test_rows_say_where_the_lane_goes_on() -> None:
    text = DOTS["stack_rows"]()
    for told in ("from F5", "to F4"):
        assert f'tooltip="the lane goes on: {told}"' in text
    assert text.count('class="add ') == 9 and text.count('class="loss"') == 1


@pytest.mark.parametrize("level", ["block", "ops"])
def test_a_column_says_which_way_its_lanes_run(level: str) -> None:
    x = Tensor(np.ones((2, 8)), requires_grad=True, name="x")
    y = x + autograd.tanh(x)
    loss = (y + autograd.sin(y)).sum()
    across, down = (autograd.draw(loss, level, rankdir=way).dot for way in ("LR", "TB"))
    assert "back to the left" in across and "back up" not in across
    assert "back up" in down and "to the left" not in down and "to the right" not in down


def test_many_joins_inside_a_few_are_not_opened() -> None:
    """A recurrent net is one join in another: open, it would be metres long."""
    x = Tensor(np.random.default_rng(0).normal(size=(2, 5, 4)).astype(np.float32), requires_grad=True, name="x")
    picture = autograd.draw((nn.GRU(4, 8, batch_first=True)(x)[0] ** 2).mean())
    assert picture.level == "stack" and "block" not in picture.levels
    assert autograd.draw((nn.GRU(4, 8)(x[:1])[0] ** 2).mean(), "block").level == "block"


def test_recurrent_weights_are_named_as_formulas_name_them() -> None:
    x = Tensor(np.ones((1, 1, 4), np.float32), requires_grad=True, name="x")
    text = autograd.draw((nn.RNN(4, 8)(x)[0] ** 2).mean(), "block").dot
    assert "W_ih" in text and "weight_ih" not in text

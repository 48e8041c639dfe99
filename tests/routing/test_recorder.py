"""`Recorder`: the numbers of `autograd.routes`, bit for bit, from one ordinary sweep; joins found again when the graph changes."""

import base64
import contextlib
import csv
import io
import json
import math
import re
import sys
import threading
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given

import autograd
import nn
from autograd import Recorder, Tensor
from autograd.graph import Node, ancestors
from tests.routing.graphs import Drawn, networks


def same(a: float, b: float) -> bool:
    return a == b or (math.isnan(a) and math.isnan(b))


def assert_as_routes(recorder: Recorder, joins: list[Any]) -> None:
    """Every number of the recorder's last step is the one that `routes` gives."""
    assert [row.join for row in recorder.rows] == [join.name for join in reversed(joins)]
    for row, join in zip(recorder.rows, reversed(joins), strict=True):
        for way in ("skip", "branch", "other"):
            assert same(getattr(row, f"share_{way}"), join.shares[way])
            assert same(getattr(row, f"norm_{way}"), join.norms[way])
        assert row.norm == join.norm and same(row.cosine, join.cosine) and row.cancels == join.cancels


@given(networks())
def test_numbers_are_those_of_routes(net: Drawn) -> None:
    joins = autograd.routes(net.loss).joins
    for way in ("record", "backward"):
        recorder = Recorder(every=1)
        getattr(recorder, way)(net.loss)
        assert_as_routes(recorder, joins)


def leaves_of(loss: Tensor) -> list[Any]:
    assert loss.node is not None
    return [node for node in ancestors([loss.node]) if node.op is None]


@given(networks())
def test_backward_gives_the_gradients_of_backward(net: Drawn) -> None:
    net.loss.backward(retain_graph=True)
    want = [leaf.saved.grad.numpy() for leaf in leaves_of(net.loss)]
    for leaf in leaves_of(net.loss):
        leaf.saved.grad = None
    Recorder(every=1).backward(net.loss)
    for leaf, gradient in zip(leaves_of(net.loss), want, strict=True):
        np.testing.assert_array_equal(leaf.saved.grad.numpy(), gradient)
    with pytest.raises(RuntimeError, match="released"):
        net.loss.backward()


# ------------------------------------------------------------------------------------------------------- structure


class Net(nn.Module):
    """Blocks in a row; the width of the batch and the number of blocks may change from step to step."""

    def __init__(self, blocks: int = 4) -> None:
        self.blocks = nn.Sequential(*[nn.ResidualBlock(8, sigma="tanh", generator=i) for i in range(blocks)])

    def loss(self, batch: int = 5, blocks: int | None = None, switch: float = 1.0) -> Tensor:
        y = Tensor(np.random.default_rng(batch).normal(size=(batch, 8)).astype(np.float32), requires_grad=True)
        for block in list(self.blocks)[:blocks]:
            y = block(y) * np.float32(switch) if switch != 1.0 else block(y)
        return (y * y).mean()


def test_joins_are_looked_for_once_and_again_when_the_graph_changes() -> None:
    net, recorder = Net(), Recorder(every=1)
    changes: list[dict[str, Any]] = [{}, {}, {"batch": 3}, {"blocks": 2}, {"switch": 0.5}, {}, {"batch": 3}]
    searches = []
    for options in changes:
        recorder.rows.clear()
        loss = net.loss(**options)
        joins = autograd.routes(loss).joins
        recorder.backward(loss)
        assert_as_routes(recorder, joins)
        searches.append(recorder.searches)
    assert searches == [1, 1, 2, 3, 4, 4, 4]


def test_two_graphs_of_the_same_operations_that_part_elsewhere() -> None:
    """Same operations, shapes and order; only the edges differ."""
    recorder = Recorder(every=1)
    x = Tensor([[0.3, -0.4]], requires_grad=True)
    for which in (0, 1):
        recorder.rows.clear()
        first = autograd.tanh(x)
        second = autograd.sin(first)
        loss = ((first, x)[which] + second).sum()
        joins = autograd.routes(loss).joins
        recorder.record(loss)
        assert_as_routes(recorder, joins)
    assert recorder.searches == 2


@pytest.mark.parametrize("product", [lambda h, x: h * x, lambda h, x: x * h, lambda h, x: h * h * x])
def test_an_operation_that_uses_two_forks(product: Any) -> None:
    x = Tensor([[0.3, -0.4]], requires_grad=True)
    h = x + autograd.tanh(x)
    loss = ((h + autograd.sin(h)) * product(h, x)).sum()
    joins = autograd.routes(loss).joins
    assert len(joins) == 2
    recorder = Recorder(every=1)
    recorder.record(loss)
    assert_as_routes(recorder, joins)


def test_a_fork_that_is_broadcast_elsewhere() -> None:
    x = Tensor([[0.3, -0.4]], requires_grad=True)
    loss = (x + autograd.tanh(x)).sum() + (x * np.arange(6.0).reshape(3, 2)).sum()
    joins = autograd.routes(loss).joins
    recorder = Recorder(every=1)
    recorder.record(loss)
    assert_as_routes(recorder, joins)
    assert recorder.rows[0].norm_other == pytest.approx(np.hypot(6.0, 9.0))


def test_the_structures_met_last_are_kept() -> None:
    """Seventeen lengths: the first is forgotten, the others are known."""
    recorder = Recorder(every=1)
    for count in [*range(1, 18), *range(17, 1, -1), 1]:
        x = Tensor(np.ones(count), requires_grad=True)
        recorder.record((x + autograd.tanh(x)).sum())
    assert recorder.searches == 18


def test_the_axis_of_a_stack_decides() -> None:
    recorder = Recorder(every=1)
    x = Tensor(np.array([[0.3, -0.4], [0.1, 0.2]]), requires_grad=True)
    found = []
    for axis in (0, 1):
        recorder.rows.clear()
        loss = (autograd.stack([x, autograd.tanh(x)], axis=0).sum(axis=axis) ** 2).sum()
        joins = autograd.routes(loss).joins
        recorder.record(loss)
        assert_as_routes(recorder, joins)
        found.append(len(recorder.rows))
    assert found == [1, 0]


def test_a_new_name_is_noticed() -> None:
    recorder = Recorder(every=1)
    x = Tensor([0.3], requires_grad=True)
    for name in ("first", "second"):
        with autograd.scope(name):
            y = x + autograd.tanh(x)
        recorder.record(y.sum())
    assert [row.join for row in recorder.rows] == ["first", "second"]


def test_no_node_is_kept() -> None:
    import gc

    recorder = Recorder(every=1)
    recorder.backward(Net().loss())
    gc.collect()
    reached, stack = set(), [recorder]
    while stack:
        thing: Any = stack.pop()
        if id(thing) in reached or isinstance(thing, type) or type(thing).__name__ in ("module", "function", "Operation"):
            continue
        reached.add(id(thing))
        assert not isinstance(thing, Node)
        stack += gc.get_referents(thing)


# ------------------------------------------------------------------------------------------------- which steps, files


def trained(recorder: Recorder, steps: int = 5) -> Recorder:
    net = Net()
    for _ in range(steps):
        recorder.backward(net.loss())
    return recorder


def test_every_nth_step() -> None:
    assert sorted({row.step for row in trained(Recorder(every=2)).rows}) == [0, 2, 4]
    recorder = Recorder(every=10)
    assert [recorder.record(Net().loss(), step) for step in (7, 20)] == [False, True]
    assert {row.step for row in recorder.rows} == {20}


def test_files_hold_every_row(tmp_path: Path) -> None:
    lines, table = (trained(Recorder(every=2, out=tmp_path / f"run.{ending}")) for ending in ("jsonl", "csv"))
    read = [json.loads(line) for line in (tmp_path / "run.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [(row["step"], row["join"], row["share_skip"]) for row in read] == [(row.step, row.join, row.share_skip) for row in lines.rows]
    with (tmp_path / "run.csv").open(encoding="utf-8", newline="") as file:
        written = list(csv.DictReader(file))
    assert [float(row["norm_branch"]) for row in written] == [row.norm_branch for row in table.rows]
    assert table.save(tmp_path / "again.csv").read_text("utf-8") == (tmp_path / "run.csv").read_text("utf-8")


def test_what_is_not_finite_is_null_in_json(tmp_path: Path) -> None:
    x = Tensor([1.0], requires_grad=True)
    recorder = Recorder(every=1, out=tmp_path / "run.jsonl")
    recorder.backward(((x + autograd.tanh(x)) * 0.0).sum())
    assert json.loads((tmp_path / "run.jsonl").read_text("utf-8"))["share_skip"] is None


def test_event_files_hold_every_finite_number(tmp_path: Path) -> None:
    pytest.importorskip("tensorboard")
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    recorder = trained(Recorder(every=2, tensorboard=tmp_path))
    recorder.close()
    read = EventAccumulator(str(tmp_path)).Reload()
    for row in recorder.rows:
        scalars = {each.step: each.value for each in read.Scalars(f"{row.join}/norm_branch")}
        assert scalars[row.step] == pytest.approx(row.norm_branch, rel=1e-6)


def test_without_tensorboard_it_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "tensorboard", None)
    monkeypatch.setitem(sys.modules, "tensorboard.summary.writer.event_file_writer", None)
    with pytest.raises(ImportError, match=r"pip install 'gradroutes\[tensorboard\]'"):
        Recorder(out=tmp_path / "run.csv", tensorboard=tmp_path)
    assert not (tmp_path / "run.csv").exists()


# ----------------------------------------------------------------------------------------------------- with recorder:


def weights_after(steps: int, optimizer: str, recorder: Recorder | None) -> list[np.ndarray]:
    net = Net()
    update = getattr(nn.optim, optimizer)(net.parameters(), lr=0.05)
    with recorder if recorder is not None else contextlib.nullcontext():
        for step in range(steps):
            update.zero_grad()
            net.loss(batch=5 if step % 4 else 3).backward()
            update.step()
    return [parameter.numpy() for parameter in net.parameters()]


@pytest.mark.parametrize("optimizer", ["SGD", "Adam"])
@pytest.mark.parametrize("every", [1, 3])
def test_training_is_bit_identical_with_and_without_it(optimizer: str, every: int) -> None:
    plain, recorded = weights_after(9, optimizer, None), weights_after(9, optimizer, recorder := Recorder(every=every))
    for a, b in zip(plain, recorded, strict=True):
        np.testing.assert_array_equal(a, b)
    assert sorted({row.step for row in recorder.rows}) == list(range(0, 9, every))


@given(networks())
def test_inside_the_block_backward_gives_the_same_gradients_and_routes_numbers(net: Drawn) -> None:
    joins = autograd.routes(net.loss).joins
    net.loss.backward(retain_graph=True)
    want = [leaf.saved.grad.numpy() for leaf in leaves_of(net.loss)]
    for leaf in leaves_of(net.loss):
        leaf.saved.grad = None
    with Recorder(every=1) as recorder:
        net.loss.backward()
    for leaf, gradient in zip(leaves_of(net.loss), want, strict=True):
        np.testing.assert_array_equal(leaf.saved.grad.numpy(), gradient)
    assert_as_routes(recorder, joins)


def test_outside_the_block_nothing_is_recorded_and_blocks_nest() -> None:
    outer, inner = Recorder(every=1), Recorder(every=1)
    with outer:
        Net().loss().backward()
        with inner:
            Net().loss().backward()
        Net().loss().backward()
    Net().loss().backward()
    assert [sorted({row.step for row in each.rows}) for each in (outer, inner)] == [[0, 1], [0]]


def test_the_block_ends_with_an_error_too() -> None:
    recorder = Recorder(every=1)
    with pytest.raises(ZeroDivisionError), recorder:
        raise ZeroDivisionError
    Net().loss().backward()
    assert recorder.rows == []


def test_other_threads_are_not_recorded() -> None:
    with Recorder(every=1) as recorder:
        thread = threading.Thread(target=lambda: Net().loss().backward())
        thread.start()
        thread.join()
    assert recorder.rows == []


def test_a_backward_that_is_itself_recorded_passes_by() -> None:
    x = Tensor([0.5], requires_grad=True)
    with Recorder(every=1) as recorder:
        (x + autograd.tanh(x)).sum().backward(create_graph=True)
    assert recorder.rows == [] and x.grad.requires_grad


def test_hooks_of_leaves_see_their_gradients_once() -> None:
    x = Tensor([0.5, 1.0], requires_grad=True)
    seen: list[Any] = []
    x.register_hook(lambda gradient: seen.append(gradient.numpy()))
    with Recorder(every=1):
        (x + autograd.tanh(x)).sum().backward()
    np.testing.assert_allclose(seen, [1 + 1 / np.cosh([0.5, 1.0]) ** 2])


# ---------------------------------------------------------------------------------------------------------- heat maps


def test_a_measure_as_a_table() -> None:
    steps, joins, values = trained(Recorder(every=2)).table("norm")
    assert (steps, len(joins), values.shape) == ([0, 2, 4], 4, (4, 3))


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("measure", ["share_skip", "norm", "cosine"])
def test_a_heat_map_is_svg_without_matplotlib(measure: str, theme: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    heat = trained(Recorder(every=2)).heatmap(measure, theme)
    root = ElementTree.fromstring(heat.svg())
    texts = [text.text for text in root.iter("{http://www.w3.org/2000/svg}text")]
    assert {"0", "1", "2", "3", "4", "step"} <= set(texts)
    said = {"share_skip": "the skip's share", "norm": "|gradient| at the fork", "cosine": "cosine between skip and F"}
    assert any(str(text).startswith(said[measure]) for text in texts)
    assert {"light": "#FCFCFB", "dark": "#15181E"}[theme] in heat.svg()
    assert heat._repr_mimebundle_()["text/plain"].startswith(f"{measure} of 4 joins over 3 steps, 0 to 4: from ")


def pixels_of(svg: str) -> np.ndarray:
    """The map's own pixels, read back by Pillow."""
    image = pytest.importorskip("PIL.Image")
    data = re.search(r"base64,([^\"]+)", svg)
    assert data is not None
    return np.asarray(image.open(io.BytesIO(base64.b64decode(data[1]))).convert("RGB")).astype(int)


def test_the_cells_are_the_numbers_with_the_input_below() -> None:
    """From the pill's colour at the least share to the text's at the largest; nan is the paper."""
    from autograd.pictures.heat import HeatMap

    values = np.array([[0.5, 1.0, 0.75], [np.nan, 0.5, 1.0]])
    pixels = pixels_of(HeatMap([0, 1, 2], ["first", "last"], values, "share_skip").svg())
    tall, wide = (n // m for n, m in zip(pixels.shape, values.shape, strict=False))
    cells = pixels[tall // 2 :: tall, wide // 2 :: wide]
    low, middle, high, paper = (0xFF, 0xE8, 0xC7), (0xF0, 0x8C, 0x00), (0xB4, 0x5F, 0x06), (0xFC, 0xFC, 0xFB)
    assert [[tuple(cell) for cell in row] for row in cells[::-1]] == [[low, high, middle], [paper, low, high]]


def test_norms_lie_on_a_logarithmic_scale_and_zeros_are_blank() -> None:
    from autograd.pictures.heat import HeatMap

    heat = HeatMap([0], ["a", "b", "c", "d"], np.array([[1e-4], [1e-2], [1.0], [0.0]]), "norm")
    np.testing.assert_allclose(heat.levels()[:, 0], [0.0, 0.5, 1.0, np.nan])
    assert heat.bounds == (1e-4, 1.0)


@pytest.mark.parametrize("values", [[[0.5]], [[np.nan]], [[0.0]], [[-3.0]]])
@pytest.mark.parametrize("measure", ["share_skip", "norm", "cosine"])
def test_a_map_of_one_value_or_none_is_drawn(values: list[list[float]], measure: str) -> None:
    from autograd.pictures.heat import HeatMap

    ElementTree.fromstring(HeatMap([0], ["<&>"], np.array(values), measure).svg())


def test_a_long_run_of_a_deep_net_stays_small() -> None:
    from autograd.pictures.heat import HeatMap

    values = np.random.default_rng(0).random((110, 2000))
    svg = HeatMap(range(2000), [f"layer{i}" for i in range(110)], values, "share_skip").svg()
    assert len(svg) < 1_000_000


def test_a_heat_map_is_written_by_its_ending(tmp_path: Path) -> None:
    heat = trained(Recorder(every=2)).heatmap("norm")
    assert heat.save(tmp_path / "a.svg").read_text("utf-8").startswith("<svg")
    with pytest.raises(ValueError, match=r"\.svg, \.png or \.pdf"):
        heat.save(tmp_path / "a.gif")
    pytest.importorskip("matplotlib")
    assert heat.save(tmp_path / "a.png").read_bytes()[1:4] == b"PNG"
    np.testing.assert_array_equal(heat.figure().axes[0].images[0].get_array(), heat.values)


def test_bad_input_is_named(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="whole number"):
        Recorder(every=0)
    with pytest.raises(ValueError, match=r"\.csv or \.jsonl"):
        Recorder(out=tmp_path / "run.txt")
    with pytest.raises(TypeError, match="expected a Tensor, got float"):
        Recorder().backward(1.0)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="measure is one of"):
        Recorder().table("share")
    with pytest.raises(ValueError, match="nothing is recorded"):
        Recorder().heatmap()
    with pytest.raises(ValueError, match="theme is light or dark"):
        trained(Recorder()).heatmap(theme="blue")


def test_a_refused_loss_records_nothing() -> None:
    loss = Net().loss()
    loss.backward()
    recorder = Recorder(every=1)
    with pytest.raises(RuntimeError, match="released"):
        recorder.backward(loss)
    assert recorder.rows == []

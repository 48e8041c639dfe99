"""`Recorder`: the numbers of `autograd.routes`, bit for bit, from one ordinary sweep; joins found again when the graph changes."""

import csv
import json
import math
from pathlib import Path
from typing import Any

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
    assert [(row["step"], row["join"], row["share_skip"]) for row in read] == [
        (row.step, row.join, row.share_skip) for row in lines.rows
    ]
    with (tmp_path / "run.csv").open(encoding="utf-8", newline="") as file:
        written = list(csv.DictReader(file))
    assert [float(row["norm_branch"]) for row in written] == [row.norm_branch for row in table.rows]
    assert table.save(tmp_path / "again.csv").read_text("utf-8") == (tmp_path / "run.csv").read_text("utf-8")


def test_what_is_not_finite_is_null_in_json(tmp_path: Path) -> None:
    x = Tensor([1.0], requires_grad=True)
    recorder = Recorder(every=1, out=tmp_path / "run.jsonl")
    recorder.backward(((x + autograd.tanh(x)) * 0.0).sum())
    assert json.loads((tmp_path / "run.jsonl").read_text("utf-8"))["share_skip"] is None


def test_a_measure_as_a_table_and_as_a_heat_map() -> None:
    pytest.importorskip("matplotlib")
    recorder = trained(Recorder(every=2))
    steps, joins, values = recorder.table("norm")
    assert (steps, len(joins), values.shape) == ([0, 2, 4], 4, (4, 3))
    for measure in ("share_skip", "norm", "cosine"):
        axes = recorder.heatmap(measure).axes[0]
        np.testing.assert_array_equal(axes.images[0].get_array(), recorder.table(measure)[2])


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


def test_a_refused_loss_records_nothing() -> None:
    loss = Net().loss()
    loss.backward()
    recorder = Recorder(every=1)
    with pytest.raises(RuntimeError, match="released"):
        recorder.backward(loss)
    assert recorder.rows == []

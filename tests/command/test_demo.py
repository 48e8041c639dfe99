"""A short run of the demo, and what it leaves behind."""

import csv
import math
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

import autograd
import nn
from nn.command import main
from nn.command.measures import block_reports, gradient_by_depth, norm, traced
from nn.command.tables import chosen, depth_lines
from nn.command.training import KINDS, accuracy, batches, blocks_of, network, own_start, train
from nn.digits import Digits, load_digits

BLOCKS = 3
WRITTEN = {
    "accuracy.csv", "gradient_by_depth.csv", "blocks.csv", "gradient_by_depth.svg", "gradient_by_depth.png",
    "routes.svg", "routes.png", "block.svg", "block.png",
}  # fmt: skip
# What matplotlib and its dependencies deprecate is not ours to mend.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:matplotlib.*")


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, str, str]]:
    folder = tmp_path_factory.mktemp("demo") / "new" / "out"
    with pytest.MonkeyPatch.context() as patch:
        import io
        import sys

        patch.setattr(sys, "stdout", io.StringIO())
        patch.setattr(sys, "stderr", io.StringIO())
        code = main(["demo", "--blocks", str(BLOCKS), "--epochs", "2", "--seed", "5", "--out", str(folder)])
        out, err = sys.stdout.getvalue(), sys.stderr.getvalue()  # type: ignore[attr-defined]
    assert code == 0, err
    yield folder, out, err


@pytest.fixture(scope="module")
def digits() -> Digits:
    return load_digits(5)


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_the_last_line_sums_it_up(run: tuple[Path, str, str]) -> None:
    folder, out, _ = run
    number = r"[01]\.\d{3}"
    pattern = rf"residual {number}  twin {number}  twin-in-own-init {number}  out {re.escape(str(folder))}"
    assert re.fullmatch(pattern, out.splitlines()[-1])


def test_it_writes_what_it_says(run: tuple[Path, str, str]) -> None:
    folder, out, _ = run
    assert {path.name for path in folder.iterdir()} == WRITTEN
    assert all(f"wrote {folder / name}" in out for name in WRITTEN)
    assert all((folder / name).stat().st_size > 500 for name in WRITTEN if not name.endswith("csv"))


def test_progress_is_shown_for_every_network(run: tuple[Path, str, str]) -> None:
    _, _, err = run
    assert all(kind in err for kind in KINDS) and "100%" in err


def test_the_tables_are_complete(run: tuple[Path, str, str]) -> None:
    folder, out, _ = run
    accuracies = {row["network"]: float(row["accuracy"]) for row in rows(folder / "accuracy.csv")}
    assert tuple(accuracies) == KINDS
    assert f"residual {accuracies['residual']:.3f}" in out.splitlines()[-1]
    depths = rows(folder / "gradient_by_depth.csv")
    assert len(depths) == BLOCKS + 1
    assert set(depths[0]) == {"blocks_below"} | {f"{kind} {when}" for kind in KINDS for when in ("start", "end")}
    blocks = rows(folder / "blocks.csv")
    assert [int(row["block"]) for row in blocks] == [1, 2, 3]
    assert all(row["alive"] == "1" for row in blocks)


def test_shares_sum_to_one(run: tuple[Path, str, str]) -> None:
    for row in rows(run[0] / "blocks.csv"):
        assert math.isclose(float(row["share_skip"]) + float(row["share_branch"]), 1.0, abs_tol=1e-4)


def test_the_same_seed_gives_the_same_net_bit_for_bit(digits: Digits) -> None:
    nets = [network("residual", 2, "tanh", 5) for _ in range(2)]
    losses = [list(train(net, digits, 1, 5)) for net in nets]
    assert losses[0] == losses[1]
    assert all(np.array_equal(a.data, b.data) for a, b in zip(*(net.parameters() for net in nets), strict=True))


@pytest.mark.parametrize("sigma", ["relu", "tanh"])
def test_the_twin_starts_with_the_same_weights(sigma: str) -> None:
    residual, twin, own = (network(kind, 2, sigma, 0) for kind in KINDS)
    pairs = list(zip(residual.parameters(), twin.parameters(), strict=True))
    assert all(np.array_equal(a.data, b.data) for a, b in pairs)
    assert not np.array_equal(blocks_of(residual)[0].W1.data, blocks_of(own)[0].W1.data)
    assert [block.residual for block in blocks_of(twin) + blocks_of(own)] == [False] * 4


def test_an_initialisation_has_a_name_for_every_sigma() -> None:
    assert own_start("relu") == "identity" and "orthogonal" in own_start("tanh")


def test_every_image_comes_once_an_epoch(digits: Digits) -> None:
    labels = np.concatenate([labels for _, labels in batches(digits, 1, 0)])
    assert np.array_equal(np.sort(labels), np.sort(digits.train_labels))


def test_the_split_keeps_every_digit_in_proportion() -> None:
    digits = load_digits(0)
    assert len(digits.train_labels) + len(digits.test_labels) == 1797
    train_counts, test_counts = np.bincount(digits.train_labels), np.bincount(digits.test_labels)
    assert np.all(np.abs(test_counts / (train_counts + test_counts) - 0.2) < 0.01)
    assert digits.train_images.dtype == np.float32
    assert not np.array_equal(digits.test_labels, load_digits(1).test_labels)


def test_the_gradient_by_depth_is_that_of_backward(digits: Digits) -> None:
    """The first entry against the chain rule through the entry layer: dL/dW of it is dL/dxᵀ · images."""
    net = network("residual", BLOCKS, "tanh", 0)
    trace = traced(net, digits)
    images = digits.train_images[: len(trace.trunk[0].numpy())]
    at_x, weight = autograd.gradients(trace.loss, [trace.trunk[0], net.entry.weight])
    assert np.allclose(at_x.numpy().T @ images, weight.numpy(), atol=1e-6)
    assert gradient_by_depth(net, digits)[0] == pytest.approx(norm(at_x.numpy()), rel=1e-6)


def test_shares_are_projections_on_the_gradient(digits: Digits) -> None:
    net = network("residual", BLOCKS, "tanh", 0)
    trace = traced(net, digits)
    gradients = [g.numpy().astype(float).ravel() for g in autograd.gradients(trace.loss, trace.trunk)]
    for report, g, skip in zip(block_reports(net, digits), gradients, gradients[1:], strict=False):
        assert report.share_skip == pytest.approx(skip @ g / (g @ g), abs=1e-4)


def test_a_dead_block_is_called_dead(digits: Digits) -> None:
    net = network("residual", BLOCKS, "relu", 0)
    block = blocks_of(net)[1]
    nn.init.zeros_(block.W2)
    reports = block_reports(net, digits)
    assert [report.alive for report in reports] == [True, False, True]
    assert reports[1].accuracy_without == accuracy(net, digits)


def test_a_deep_table_shows_some_of_its_columns() -> None:
    assert chosen(4) == [0, 1, 2, 3]
    assert chosen(31)[0] == 0 and chosen(31)[-1] == 30 and len(chosen(31)) == 7
    assert len(depth_lines({("residual", "start"): [1.0, 2.0]})) == 2

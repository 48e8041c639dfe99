"""`gradroutes paths MODULE:FUNCTION`."""

import csv
import math
import sys
from pathlib import Path

import pytest

from nn.command import main

NET = """
import autograd, nn, numpy as np

def loss(blocks=6):
    x = autograd.Tensor(np.linspace(-1, 1, 8).reshape(2, 4), requires_grad=True, name="x")
    y = x
    for i in range(blocks):
        y = nn.ResidualBlock(4, sigma="tanh", dtype=np.float64, generator=i)(y)
    return (y * y).mean()

def plain():
    x = autograd.Tensor([1.0], requires_grad=True, name="x")
    return autograd.tanh(x).sum()

def rows():
    return autograd.Tensor([1.0, 2.0], requires_grad=True) * 2.0

def broken():
    return 3
"""


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "a_users_paths.py").write_text(NET, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", ["", *sys.path])
    monkeypatch.delitem(sys.modules, "a_users_paths", raising=False)
    return tmp_path


def test_the_table_is_that_of_path_lengths(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Six blocks in a row have C(6, k) paths for each path from y² (two), and the shares are those of `path_lengths`."""
    assert main(["paths", "a_users_paths:loss", "--out", "paths.csv"]) == 0
    with (here / "paths.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [int(row["paths"]) for row in rows] == [2 * math.comb(6, k) for k in range(7)]
    assert math.isclose(sum(float(row["share"]) for row in rows), 1.0, rel_tol=1e-12)
    import a_users_paths  # type: ignore[import-not-found]

    import autograd

    routes = autograd.routes(a_users_paths.loss())
    want = routes.path_lengths(routes.joins[-1].fork)
    assert [float(row["share"]) for row in rows] == want.shares.tolist()
    assert [float(row["norm"]) for row in rows] == want.norms.tolist()
    printed = capsys.readouterr().out
    assert "6 residual joins" in printed and "paths in all: 128" in printed and "wrote paths.csv" in printed


def test_a_tensor_is_picked_by_its_name(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["paths", "a_users_paths:plain", "--to", "x"]) == 0
    assert "paths in all: 1," in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["a_users_paths:broken"], "returned int"),
        (["a_users_paths:plain"], "no residual join"),
        (["a_users_paths:rows"], "reduce it to one number"),
        (["a_users_paths:loss", "--to", "nobody"], "named are"),
        (["a_users_paths:loss", "--out", "missing/paths.csv"], "missing"),
        (["a_users_paths:loss", "--out", "paths.txt"], ".csv"),
        (["a_users_paths"], "MODULE:FUNCTION"),
    ],
)
def test_refusals(here: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], said: str) -> None:
    assert main(["paths", *arguments]) == 2
    refused = capsys.readouterr().err
    assert said in refused and refused.count("\n") == 1


def test_help(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        main(["paths", "--help"])
    assert stop.value.code == 0
    assert "--out" in capsys.readouterr().out


def test_a_network_of_ours_with_veits_measure(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["paths", "nn.resnet20", "--veit", "--out", str(tmp_path / "paths.csv")]) == 0
    with (tmp_path / "paths.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [int(row["paths"]) for row in rows] == [math.comb(9, k) for k in range(10)]
    assert float(rows[0]["veit_norm"]) == pytest.approx(float(rows[0]["norm"]))
    assert float(rows[9]["veit_norm"]) == pytest.approx(float(rows[9]["norm"]))
    assert "9 residual joins" in capsys.readouterr().out

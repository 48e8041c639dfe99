"""`gradroutes experiments NAME`: its files, and what it refuses."""

import csv
from pathlib import Path

import pytest

from nn.command import main
from nn.command.arguments import EXPERIMENTS

for needed in ("matplotlib", "sklearn", "tqdm"):
    pytest.importorskip(needed)

SMALL = ["--blocks", "2", "--epochs", "1"]
OPTIONS = dict.fromkeys(EXPERIMENTS, SMALL) | {"orders": [*SMALL, "--theme", "dark"], "shattered": []}


@pytest.mark.parametrize("name", OPTIONS)
def test_it_writes_a_table_and_a_figure(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nn.experiments.shattered_gradients", _small)
    monkeypatch.setattr("nn.experiments.SKIPS", ("none", "shortcut_gate"))
    monkeypatch.setattr("nn.experiments.ORDERS", ("original", "full"))
    monkeypatch.setattr("nn.experiments.STARTS", ("he", "rezero"))
    assert main(["experiments", name, "--out", str(tmp_path / "new"), *OPTIONS[name]]) == 0
    with (tmp_path / "new" / f"{name}.csv").open(encoding="utf-8") as file:
        rows = list(csv.reader(file))
    assert len(rows) > 5 and {len(row) for row in rows} == {len(rows[0])}
    assert (tmp_path / "new" / f"{name}.png").read_bytes()[1:4] == b"PNG"
    assert (tmp_path / "new" / f"{name}.svg").read_text(encoding="utf-8").rstrip().endswith("</svg>")


def _small(net: str, seed: int) -> object:
    from nn.experiments.shattered import shattered_gradients

    return shattered_gradients(net, [1, 2], width=20, inputs=8, grid=40, draws=2, seed=seed)


def test_help_names_every_experiment(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["experiments", "--help"])
    told = capsys.readouterr().out
    assert all(f"\n{name} " in told for name in OPTIONS)


def test_an_unknown_name_and_a_bad_folder_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["experiments", "alchemy"]) == 2
    assert "alchemy" in capsys.readouterr().err
    (tmp_path / "file").touch()
    assert main(["experiments", "depth", "--out", str(tmp_path / "file")]) == 2
    assert "cannot write there" in capsys.readouterr().err

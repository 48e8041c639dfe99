"""What the command accepts, and how it says no: one line, exit code 2, no traceback."""

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

import autograd
from nn.command import figures, main
from nn.command.arguments import FULL, QUICK, parse
from tests.house.source import ROOT

BAD = [
    ["demo", "--blocks", "0"],
    ["demo", "--blocks", "many"],
    ["demo", "--epochs", "-1"],
    ["demo", "--seed", "1.5"],
    ["demo", "--seed", "-1"],
    ["demo", "--sigma", "step"],
    ["demo", "--unknown"],
    ["demo", "--out"],
    ["demo", "surplus"],
    ["nothing"],
    [],
    ["draw"],
    ["draw", "no_colon"],
    ["draw", "no_such_module:f"],
    ["draw", "math:no_such_function"],
    ["draw", "time:time"],
    ["draw", "math:pi", "--level", "deep"],
]


@pytest.mark.parametrize("arguments", BAD, ids=" ".join)
def test_bad_values_get_one_line(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert len(err.strip().splitlines()) == 1
    assert err.startswith("gradroutes: ")


def test_the_line_names_what_was_given(capsys: pytest.CaptureFixture[str]) -> None:
    main(["demo", "--blocks", "many"])
    line = capsys.readouterr().err
    assert "--blocks" in line and "'many'" in line and "whole number" in line


def test_a_file_in_the_folders_place_is_refused_before_the_training(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    taken = tmp_path / "taken"
    taken.write_text("mine")
    assert main(["demo", "--out", str(taken)]) == 2
    assert str(taken) in capsys.readouterr().err
    assert taken.read_text() == "mine"


def test_quick_is_the_default_of_epochs_and_no_more() -> None:
    assert parse(["demo"]).epochs == FULL
    assert parse(["demo", "--quick"]).epochs == QUICK
    assert parse(["demo", "--quick", "--epochs", "3"]).epochs == 3


@pytest.mark.parametrize("arguments", [["--help"], ["demo", "--help"], ["draw", "--help"]], ids=" ".join)
def test_help(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 0
    assert "usage: gradroutes" in capsys.readouterr().out


def test_every_option_is_explained(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["demo", "--help"])
    text = capsys.readouterr().out
    assert all(option in text for option in ("--seed", "--blocks", "--epochs", "--sigma", "--out", "--quick"))


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--version"])
    assert capsys.readouterr().out.strip() == f"gradroutes {autograd.__version__}"


@pytest.mark.parametrize("absent", ["sklearn", "tqdm", "matplotlib"])
def test_a_missing_extra_is_named(absent: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    find = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == absent else find(name))
    assert main(["demo", "--out", str(tmp_path / "out")]) == 1
    line = capsys.readouterr().err
    assert absent in line and "pip install 'gradroutes[demo]'" in line and len(line.splitlines()) == 1
    assert not (tmp_path / "out").exists()


def test_a_missing_renderer_is_named(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(figures, "find_renderer", lambda: None)
    assert main(["demo"]) == 1
    assert "gradroutes[demo]" in capsys.readouterr().err


def test_ctrl_c_ends_in_one_line(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def interrupted(*names: str) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("nn.command.demonstration.require", interrupted)
    assert main(["demo"]) == 130
    assert "interrupted" in capsys.readouterr().err


def test_the_module_runs_as_the_command_does() -> None:
    done = subprocess.run([sys.executable, "-m", "nn.command", "demo", "--blocks", "0"], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr

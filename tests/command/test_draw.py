"""`gradroutes draw MODULE:FUNCTION`."""

from pathlib import Path

import pytest

from nn.command import main

NET = """
import autograd

def loss():
    x = autograd.Tensor([1.0, 2.0], requires_grad=True, name="x")
    return (x + autograd.tanh(x)).sum()

def broken():
    return 3

def plain():
    return autograd.tanh(autograd.Tensor([1.0], requires_grad=True)).sum()

def pair():
    import nn, numpy as np
    return nn.Sequential(*[nn.ResidualBlock(4, generator=i) for i in range(3)]), np.ones((2, 4), np.float32)
"""


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    import sys

    (tmp_path / "a_users_net.py").write_text(NET, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", ["", *sys.path])
    monkeypatch.delitem(sys.modules, "a_users_net", raising=False)
    return tmp_path


@pytest.mark.parametrize("name", ["graph.svg", "graph.dot", "graph.png"])
def test_a_function_of_the_working_directory_is_drawn(here: Path, name: str) -> None:
    assert main(["draw", "a_users_net:loss", "--out", name]) == 0
    assert (here / name).stat().st_size > 200


def test_what_is_no_tensor_is_refused(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["draw", "a_users_net:broken"]) == 2
    assert "returned int" in capsys.readouterr().err


def test_a_folder_that_is_not_there_is_named(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["draw", "a_users_net:loss", "--out", "missing/graph.svg"]) == 2
    assert "missing" in capsys.readouterr().err


# ----------------------------------------------------------------------------------------- networks by name, twins, endings


@pytest.mark.parametrize("what", ["nn.resnet20", "nn.resnet20(shortcut='B')", "nn.ResidualBlock", "nn.TransformerEncoderLayer"])
def test_a_network_or_block_of_ours_is_drawn_by_name(
    what: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    assert main(["draw", what, "--out", str(tmp_path / "graph.dot")]) == 0
    assert (tmp_path / "graph.dot").read_text(encoding="utf-8").startswith("digraph")
    told = capsys.readouterr()
    assert "∂L/∂x" in told.out and f"running {what} ..." in told.err


def test_the_same_seed_draws_the_same_picture(tmp_path: Path) -> None:
    texts = []
    for seed in ("1", "1", "2"):
        assert main(["draw", "nn.BasicBlock", "--seed", seed, "--out", str(tmp_path / "a.dot")]) == 0
        texts.append((tmp_path / "a.dot").read_text(encoding="utf-8"))
    assert texts[0] == texts[1] != texts[2]


def test_a_pair_is_drawn_beside_its_twin(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["draw", "a_users_net:pair", "--twin", "--level", "stack", "--out", "twin.svg"]) == 0
    assert "without the skips" in capsys.readouterr().out


def test_the_dark_theme_is_dark(here: Path) -> None:
    assert main(["draw", "a_users_net:pair", "--theme", "dark", "--out", "dark.dot"]) == 0
    assert "#15181E" in (here / "dark.dot").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["resnet20"], "nn.NAME, as nn.resnet20"),
        (["nn.resnet2"], "resnet20, "),
        (["nn.Linear(in_features=2, out_features=2)"], "no example input"),
        (["a_users_net:loss", "--twin"], "return the network and its input x"),
        (["a_users_net:loss", "--out", "graph.gif"], ".svg, .png, .html, .dot, .pdf"),
        (["a_users_net:plain", "--level", "stack"], "stack"),
        (["a_users_net:nothing"], "no function 'nothing'"),
        (["no_such_net:loss"], "no module named 'no_such_net'"),
    ],
)
def test_refusals_are_one_line(here: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], said: str) -> None:
    assert main(["draw", *arguments]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("gradroutes: ") and said in line


def test_pdf_needs_graphviz_itself(here: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nn.command.drawing.find_renderer", lambda name: None)
    assert main(["draw", "a_users_net:loss", "--out", "graph.pdf"]) == 1
    assert "PDF needs Graphviz's dot" in capsys.readouterr().err

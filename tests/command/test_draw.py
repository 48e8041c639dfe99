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

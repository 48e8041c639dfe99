"""The documents' examples run as they stand, in one go a document, and the index knows every document."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

import autograd
from tests.house.source import ROOT
from tests.operations.test_support import mypy

DOCS = ROOT / "docs"


def examples(name: str) -> list[str]:
    return re.findall(r"```python\n(.*?)```", (DOCS / name).read_text(encoding="utf-8"), re.DOTALL)


@pytest.fixture
def registry_as_it_was():
    before = dict(autograd.registry)
    yield
    for name in set(autograd.registry) - set(before):
        del autograd.registry[name]


def test_the_operation_of_ones_own(registry_as_it_was, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys) -> None:
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {"__name__": "softsquare"}
    exec(compile("\n".join(examples("extending.md")), "extending.md", "exec"), names)
    names["test_softsquare"]()
    said = capsys.readouterr().out
    assert "1.0" in said and "gradient_is_the_slope does not hold for wrong_square(" in said


@pytest.mark.slow
def test_the_stub_and_the_page_of_a_users_module(tmp_path: Path) -> None:
    (tmp_path / "softsquare.py").write_text(examples("extending.md")[0], encoding="utf-8")
    environment = {"PYTHONPATH": str(ROOT), "PATH": ""}
    command = [sys.executable, "-m", "autograd.support", "--of", "softsquare"]
    done = subprocess.run(command, cwd=tmp_path, env=environment, check=True, capture_output=True, text=True)
    assert "| `softsquare(x, width=1.0)` | — | x | all | all | yes | — |" in done.stdout
    stub = (tmp_path / "softsquare.pyi").read_text(encoding="utf-8")
    assert "def softsquare(x: Tensor, width: float = 1.0) -> Tensor:" in stub
    program = "from autograd import Tensor\nfrom softsquare import softsquare\n\ny: Tensor = softsquare(Tensor([1.0]), width=0.5)\n"
    (tmp_path / "program.py").write_text(program + 'softsquare("text")\n', encoding="utf-8")
    said = mypy(tmp_path, ROOT / ".mypy_cache" / "user", "program.py", path=f"{tmp_path}:{ROOT}")
    assert said.count("error:") == 1 and 'program.py:5: error: Argument 1 to "softsquare" has incompatible type "str"' in said


def test_a_module_without_operations_is_told(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "autograd.support", "--of", "string"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 1 and "string declares no operations" in done.stderr

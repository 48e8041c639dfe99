"""The documents' examples run as they stand, in one go a document, and the index knows every document."""

import importlib
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import autograd
from tests.house.source import ROOT
from tests.operations.checking import mypy

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


# ------------------------------------------------------------------------------------------------------------- the cheat sheet

SHEET = "numpy_and_torch.md"


def rows(chapter: str) -> list[tuple[str, str]]:
    """Both cells of every row of a chapter's first table."""
    text = (DOCS / SHEET).read_text(encoding="utf-8").split(f"\n## {chapter}\n")[1].split("\n## ")[0]
    table = re.search(r"(?:^\|.*\n)+", text, re.MULTILINE)
    assert table is not None
    cells = [line.strip("| \n").split(" | ") for line in table.group().splitlines()[2:]]
    return [(theirs.strip("`"), ours.strip("`")) for theirs, ours in cells]


def value(code: str, names: dict[str, object]) -> np.ndarray:
    """What a cell gives: its expression, or `c` after its statements."""
    space = dict(names)
    result = eval(code, space) if not code.startswith("c = ") else exec(code, space) or space["c"]
    return np.asarray(result.detach() if hasattr(result, "detach") else result)


@pytest.fixture(scope="module")
def names() -> dict[str, object]:
    space: dict[str, object] = {}
    exec(examples(SHEET)[0], space)
    return space


@pytest.mark.parametrize("row", rows("NumPy"), ids=lambda row: row[0])
def test_numpy_and_we_give_the_same(row: tuple[str, str], names: dict[str, object]) -> None:
    np.testing.assert_allclose(value(row[1], names), value(row[0], names), rtol=1e-12)


@pytest.mark.parametrize("row", rows("PyTorch"), ids=lambda row: row[1])
def test_what_the_sheet_says_runs(row: tuple[str, str], names: dict[str, object]) -> None:
    value(row[1], names)


@pytest.mark.compare
@pytest.mark.parametrize("row", rows("PyTorch"), ids=lambda row: row[0])
def test_pytorch_and_we_give_the_same(row, names: dict[str, object], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    torch = pytest.importorskip("torch")
    monkeypatch.setenv("TORCHINDUCTOR_CACHE_DIR", str(tmp_path))  # torch.func sets it, and leaves it set
    importlib.import_module("torch.utils.checkpoint")
    theirs = {**names, "torch": torch, "F": torch.nn.functional}
    theirs |= {name: torch.tensor(names[array], requires_grad=True) for name, array in (("x", "a"), ("y", "b"))}
    np.testing.assert_allclose(value(row[1], names), value(row[0], theirs), rtol=1e-12)


def test_transforms_take_jaxs_arguments(names: dict[str, object]) -> None:
    space = {**names, "f": lambda t, u=1.0: (np.sum(t**2 * u), "aux")}
    exec("g = autograd.grad(f, argnums=(0, 1), has_aux=True)(a, b)", space)
    assert space["g"][1] == "aux" and len(space["g"][0]) == 2
    space["f"] = np.sin
    for _, ours in rows("JAX"):
        if "(f" in ours and "has_aux" not in ours:
            for part in ours.split("`, `"):
                eval(part, space)


def test_the_index_knows_every_document() -> None:
    index = (DOCS / "index.md").read_text(encoding="utf-8")
    pages = {path.relative_to(DOCS).as_posix() for path in DOCS.rglob("*.md")} - {"index.md"}
    assert not [page for page in pages if f"]({page})" not in index]

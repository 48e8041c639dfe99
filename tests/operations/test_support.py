"""docs/operations.md and the type stubs say what the registry says; a type checker reads them."""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import autograd
from autograd.declare import implementations, plain
from autograd.outside import BY_NAME, full_name
from autograd.support.names import is_operation, public_names
from autograd.testing.registry import Sample, all_samples
from tests.operations.checking import mypy

ROOT = Path(__file__).resolve().parents[2]
WRITTEN = ["docs/operations.md", "autograd/__init__.pyi", "autograd/linalg.pyi", "autograd/methods.pyi"]


@pytest.fixture(scope="module")
def anew(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """In a process of its own: other tests declare operations."""
    root = tmp_path_factory.mktemp("written")
    command = [sys.executable, "-m", "autograd.support", "--root", str(root)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    return root


@pytest.mark.parametrize("name", WRITTEN)
def test_what_the_registry_writes_is_current(anew: Path, name: str) -> None:
    written = (ROOT / name).read_text(encoding="utf-8")
    assert written == (anew / name).read_text(encoding="utf-8"), "write it anew: python -m autograd.support"


def test_an_operation_that_is_added_is_missed_in_the_page_and_the_stub() -> None:
    """The test above can fail."""
    code = (
        "import autograd; from autograd.support import stub_files, support_page\n"
        "autograd.declare.op(lambda x: x, name='added', x=lambda g: g, domain=(0, 1)).operation.module = 'autograd.ops.new'\n"
        "autograd.added = autograd.registry['added'].function\n"
        "print('`added(x)`' in support_page(), 'def added(x: Tensor)' in stub_files()['autograd/__init__.pyi'])"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True, capture_output=True, text=True)
    assert done.stdout.split() == ["True", "True"]


def test_the_page_names_every_public_function() -> None:
    page = (ROOT / "docs/operations.md").read_text(encoding="utf-8")
    aliases = {name for name, value in public_names().items() if is_operation(value) and value.__name__ != name}
    missing = [n for n, value in public_names().items() if is_operation(value) and n not in aliases and f"`{n}(" not in page]
    assert not missing


def test_every_numpy_function_is_inside_or_has_a_reason() -> None:
    """A function of a NumPy that is newer than this list is refused all the same, with the nearest names."""
    if not np.__version__.startswith(("2.0", "2.1", "2.2", "2.3", "2.4")):
        pytest.skip(f"the reasons were written for NumPy 2.0 to 2.4, this is {np.__version__}")
    homes = [np, np.linalg, np.fft]
    takes = [f for home in homes for f in vars(home).values() if isinstance(f, np.ufunc) or hasattr(f, "_implementation")]
    outside = [full_name(f).removeprefix("np.") for f in takes if f not in implementations and f not in plain]
    unknown = [name for name in outside if name not in BY_NAME]
    assert not unknown, f"give each a reason and what to write instead in autograd/outside.py: {unknown}"


@pytest.mark.parametrize("name", ["copyto", "linalg.eig", "fft.fft", "cov", "gcd"])
def test_functions_outside_say_why_and_what_to_write(name: str) -> None:
    function: Any = np
    for part in name.split("."):
        function = getattr(function, part)
    if function in implementations or function in plain:
        pytest.skip("inside by now")
    reason, instead = BY_NAME[name]
    x = autograd.Tensor(np.eye(2), requires_grad=True)
    with pytest.raises(TypeError) as caught:
        function(x, x) if name in ("copyto", "gcd") else function(x)
    assert f"np.{name} is not differentiable here: it {reason}" in str(caught.value)
    assert not instead or f"Write {instead} instead" in str(caught.value)


# --------------------------------------------------------------------------------------------------------------- type checking

PROGRAMS = Path(__file__).parent / "typed"


def test_programs_of_users_pass_strict_type_checking_and_misuse_is_reported() -> None:
    """Each line of misuse.py is wrong and says in a comment what is reported; programs.py is right."""
    found = mypy(ROOT, ROOT / ".mypy_cache" / "user", "--no-error-summary", "-p", "tests.operations.typed")
    reported: dict[int, str] = {}
    for line in (line for line in found.splitlines() if ": note:" not in line):
        place = re.match(r".*misuse\.py:(\d+): error: (.*)", line)
        assert place, line
        reported[int(place[1])] = reported.get(int(place[1]), "") + place[2]
    expected = dict(_expected(PROGRAMS / "misuse.py"))
    assert reported.keys() == expected.keys()
    assert not {line: reported[line] for line, text in expected.items() if text not in reported[line]}


def _expected(path: Path) -> list[tuple[int, str]]:
    lines = enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
    return [(number, line.partition("# wrong: ")[2]) for number, line in lines if "# wrong: " in line]


def test_the_program_that_is_checked_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    from tests.operations.typed import programs

    monkeypatch.setattr(autograd.config, "strict", False)
    programs.main()
    del autograd.registry["programs_cube"]


@pytest.mark.slow
def test_sources_that_stand_behind_a_stub_are_checked_too(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "autograd", tmp_path / "autograd", ignore=shutil.ignore_patterns("__pycache__"))
    for hidden in ("__init__", "linalg"):
        (tmp_path / "autograd" / f"{hidden}.pyi").unlink()
    said = mypy(tmp_path, tmp_path / "cache", "autograd/__init__.py", "autograd/linalg.py")
    assert said.startswith("Success"), said


def test_every_parameter_of_ours_has_a_type() -> None:
    """`Any` stands only where anything goes: a new name is annotated, or given a type in autograd/support/parameters.py."""
    stubs = "".join((ROOT / name).read_text(encoding="utf-8") for name in WRITTEN[1:])
    loose = set(re.findall(r"\b(\w+): Any\b", stubs))
    assert loose <= {"axes", "index", "operands", "options", "args", "kwargs", "wrt"}, "say what these are"


ONE_EACH = {sample.operation.name: sample for sample in all_samples()}


@pytest.mark.parametrize("sample", ONE_EACH.values(), ids=ONE_EACH)
def test_stubs_say_what_operations_return(sample: Sample) -> None:
    name = sample.operation.name
    if getattr(public_names().get(name), "operation", None) is not sample.operation:
        pytest.skip("no public name")
    result = sample.run(*[autograd.Tensor(array, requires_grad=True) for array in sample.arrays])
    expected = f"tuple[{', '.join(['Tensor'] * len(result))}]" if isinstance(result, tuple) else "Tensor"
    expected = f"{type(result).__name__}[Tensor]" if hasattr(result, "_fields") else expected
    tree = ast.parse((ROOT / "autograd/__init__.pyi").read_text(encoding="utf-8"))
    written = [ast.unparse(node.returns) for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == name]
    assert expected in written

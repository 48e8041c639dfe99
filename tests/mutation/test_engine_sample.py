"""The bugs that are sown are bugs, and some of them in every run; `python -m tests.mutation.engine` sows them all."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from tests.mutation.bugs import bugs
from tests.mutation.engine import TESTS, modules, source_of, sown_in
from tests.mutation.equivalent import EQUIVALENT

ROOT = Path(__file__).resolve().parents[2]
TEXT = '''
def f(x: int = 1) -> float:
    """Doc 1."""
    if x > 2 and not g:
        raise ValueError("3 words")
    self.a = x - 4
    return x
'''


def test_every_kind_of_bug_is_sown_and_nothing_else() -> None:
    made = {(bug.before, bug.after) for bug in bugs(TEXT)}
    assert made == {
        ("1", "2"), ("x > 2 and not g", "True"), ("x > 2 and not g", "False"),
        ("x > 2 and not g", "x > 2 or not g"), ("x > 2 and not g", "x > 2"), ("x > 2 and not g", "not g"), ("x > 2", "x >= 2"), ("2", "3"),
        ("not g", "g"), ('raise ValueError("3 words")', "pass"), ("self.a = x - 4", "pass"), ("x - 4", "x + 4"), ("x - 4", "4 - x"),
        ("4", "5"), ("return x", "return None"),
    }  # fmt: skip


@pytest.mark.parametrize("name", TESTS)
def test_mutants_are_python_and_differ(name: str) -> None:
    for module in modules(name):
        original = ast.dump(ast.parse(source_of(module)))
        for bug in list(bugs(source_of(module)))[::15]:
            assert ast.dump(ast.parse(bug.text)) != original, bug.before


def test_what_is_called_equivalent_is_still_there_and_has_its_reason() -> None:
    sown = sown_in(list(TESTS))
    for (module, before, after), reason in EQUIVALENT.items():
        assert len(reason) > 15 and any(
            s.module == module and before in ("*", s.bug.before) and after in ("*", s.bug.after) for s in sown
        ), (module, before, after)  # fmt: skip


@pytest.mark.slow
def test_some_mutants_are_found() -> None:
    command = [sys.executable, "-m", "tests.mutation.engine", "autograd.trees", "--sample", "5", "--seed", "2"]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=600)
    assert result.returncode == 0, result.stdout + result.stderr
    assert "0 survived" in result.stdout

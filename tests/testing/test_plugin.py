"""`--gradient-examples` and the coverage report, in runs of pytest of their own."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import settings

import autograd
from autograd.testing import check_gradients, gradient_test, shapes, tensors
from tests.house.source import ROOT

PROJECT = """
import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
import autograd
from autograd.testing import gradient_test, shapes, tensors

drawn = []

@gradient_test(x=tensors(shapes(min_side=0), dtype=np.float32))
def test_smooth(x):
    return autograd.tanh(x)

@settings(max_examples=3)
@gradient_test(x=st.integers(1, 1000).map(lambda n: autograd.Tensor([[0.0, float(n)]])))
def test_own_settings(x):
    return abs(x)

@given(st.integers())
@settings(max_examples=7, derandomize=True)
def test_no_gradient(n):
    drawn.append(n)

def test_count():
    assert len(drawn) == 7
"""


def run(folder: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *arguments]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=120)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "test_it.py").write_text(PROJECT)
    (tmp_path / "conftest.py").write_text('pytest_plugins = ["gradroutes_pytest"]')
    return tmp_path


def test_examples_are_as_many_as_asked_and_reported(project: Path) -> None:
    """Of gradient tests only, with settings of their own or without; the project's conftest loads the plugin a second time."""
    result = run(project, "-p", "gradroutes_pytest", "--gradient-examples=12")
    lines = dict(line.split(": ", 1) for line in result.stdout.splitlines() if "examples;" in line)
    assert result.returncode == 0, result.stdout + result.stderr
    assert lines["test_it.py::test_smooth"].startswith("12 examples; float32 ×12; ranks 0 ×")
    assert "zero sizes in 0" not in lines["test_it.py::test_smooth"]
    assert lines["test_it.py::test_own_settings"] == "12 examples; float64 ×12; ranks 2 ×12; zero sizes in 0; kinks met in 12"
    assert lines["together"].startswith("24 examples; float32 ×12, float64 ×12; ")
    assert "test_no_gradient" not in lines


ZERO = """
import autograd
from autograd.testing import gradient_test, tensors

@gradient_test(x=tensors(), y=tensors(()))
def test_ignored(x, y):
    return x + autograd.sign(y)

@gradient_test(x=tensors(), y=tensors(()), options={"allow_zero": True})
def test_meant(x, y):
    return x + autograd.sign(y)

@gradient_test(x=tensors())
def test_zero_at_times(x):
    return autograd.relu(x)
"""


def test_a_gradient_that_is_zero_in_every_example_is_refused(tmp_path: Path) -> None:
    (tmp_path / "test_it.py").write_text(ZERO)
    result = run(tmp_path, "-p", "gradroutes_pytest", "--gradient-examples=25")
    assert "CheckRefused: the gradient at y was zero in each of" in result.stdout and "1 failed, 2 passed" in result.stdout


def test_a_wrong_number_is_refused(project: Path) -> None:
    result = run(project, "-p", "gradroutes_pytest", "--gradient-examples=0")
    assert result.returncode == 4 and "whole number from 1 on, given '0'" in result.stderr


def test_other_projects_pay_nothing(tmp_path: Path) -> None:
    """A run without gradient tests imports neither the engine nor Hypothesis for our sake, and says nothing."""
    names = "{'autograd', 'numpy'}"
    (tmp_path / "test_it.py").write_text(f"import sys\ndef test_it(): assert not {names} & set(sys.modules)")
    result = run(tmp_path, "-p", "gradroutes_pytest", "-p", "no:hypothesispytest")
    assert result.returncode == 0 and "covered" not in result.stdout, result.stdout


def test_empty_arrays_are_not_taken_for_repeated_values() -> None:
    """NumPy may give an array without elements strides of 0."""
    check_gradients(autograd.sin, np.lib.stride_tricks.as_strided(np.empty(0), (0, 2), (0, 0)))


def test_the_entry_point_is_the_modules_name() -> None:
    """Under any other name pytest would take the plugin for two, and refuse to start."""
    assert "pytest11 =\n    gradroutes_pytest = gradroutes_pytest\n" in (ROOT / "setup.cfg").read_text()


def test_counts_stay_on_the_test() -> None:
    @settings(max_examples=6)
    @gradient_test(x=tensors(shapes(min_side=0)), y=tensors(()))
    def product(x, y):  # type: ignore[no-untyped-def]
        return autograd.sin(x) * y

    product()
    coverage = product.gradient_coverage
    assert coverage.examples == 6 and sum(coverage.ranks.values()) == 12 and coverage.dtypes == {"float64": 12}
    assert coverage.empty >= 1 and coverage.kinky == 0
    coverage.clear()
    assert coverage.summary() == {"examples": 0, "dtypes": {}, "ranks": {}, "zero sizes": 0, "kinks": 0}

"""pytest's side of `autograd.testing.gradient_test`: `--gradient-examples=N`, and a report of what the tests covered.

It stands outside the packages because pytest imports it in every project of an environment: nothing here imports autograd,
NumPy or Hypothesis before a gradient test has done so.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

PROPERTY = "gradient_coverage"


def _positive(text: str) -> int:
    number = int(text) if text.isdecimal() else 0
    if number < 1:
        raise argparse.ArgumentTypeError(f"a number of examples is a whole number from 1 on, given {text!r}")
    return number


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("gradroutes", "gradient tests (autograd.testing)")
    text = "examples of each @gradient_test; other Hypothesis tests keep their number"
    group.addoption("--gradient-examples", type=_positive, metavar="N", help=text)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, Any, Any]:
    function = getattr(item, "function", None)
    coverage = getattr(function, PROPERTY, None)
    if coverage is None:
        return (yield)
    coverage.clear()  # a parametrised test is one function and several items
    try:
        with _examples(function, item.config.getoption("gradient_examples")):
            result = yield
        coverage.refuse_zeros()
        return result
    finally:
        item.user_properties.append((PROPERTY, coverage.summary()))  # travels with the report: from xdist's workers too


@contextmanager
def _examples(function: Any, number: int | None) -> Iterator[None]:
    """Runs of `function` draw `number` examples, whatever its own settings say."""
    if number is None:
        yield
        return
    from hypothesis import settings

    # Hypothesis offers no public way to change the settings of a test that has its own.
    before = function._hypothesis_internal_use_settings
    function._hypothesis_internal_use_settings = settings(before, max_examples=number)
    try:
        yield
    finally:
        function._hypothesis_internal_use_settings = before


def pytest_terminal_summary(terminalreporter: Any) -> None:
    reports = [report for some in terminalreporter.stats.values() for report in some if getattr(report, "when", "") == "call"]
    covered = [(report.nodeid, value) for report in reports for name, value in report.user_properties if name == PROPERTY]
    if covered:
        terminalreporter.write_sep("=", "gradient tests: what was covered")
        for nodeid, summary in covered:
            terminalreporter.write_line(f"{nodeid}: {_line(summary)}")
        if len(covered) > 1:
            terminalreporter.write_line(f"together: {_line(_sum([summary for _, summary in covered]))}")


def _sum(summaries: list[dict[str, Any]]) -> dict[str, Any]:
    total: dict[str, Any] = {name: sum(each[name] for each in summaries) for name in ("examples", "zero sizes", "kinks")}
    for name in ("dtypes", "ranks"):
        total[name] = sum((Counter(each[name]) for each in summaries), Counter())
    return total


def _line(summary: dict[str, Any]) -> str:
    dtypes, ranks = (", ".join(f"{key} ×{n}" for key, n in sorted(summary[name].items())) for name in ("dtypes", "ranks"))
    return (f"{summary['examples']} examples; {dtypes or 'no arrays'}; ranks {ranks or 'none'}; "
            f"zero sizes in {summary['zero sizes']}; kinks met in {summary['kinks']}")  # fmt: skip

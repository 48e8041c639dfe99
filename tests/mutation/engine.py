"""Bugs sown into a copy of the engine, one at a time, which its tests must find.

    python -m tests.mutation.engine                          # every module of `TESTS`: hours
    python -m tests.mutation.engine autograd.graph           # of these modules alone
    python -m tests.mutation.engine --sample 40 --seed 1     # some

A bug is a comparison turned, a condition taken for granted, an operand exchanged, a number changed, a statement left out. The
files stay as they are: each mutant is imported in a process of its own, which runs the tests that stand for its module.
"""

from __future__ import annotations

import argparse
import importlib
import importlib.abc
import importlib.machinery
import importlib.util
import os
import random
import resource
import signal
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.mutation.bugs import Bug, bugs
from tests.mutation.equivalent import EQUIVALENT

ROOT = Path(__file__).resolve().parents[2]
SECONDS, BYTES = 240, 6 << 30
IGNORED = "ignore::pytest.PytestAssertRewriteWarning"  # Hypothesis is imported before pytest starts, on purpose
UNFIT = "not million and not deep_graph and not naive_engine_is_right"  # of depth and of other code: long, and they find little
GRAPH = ["tests/engine/test_sweeps.py", "tests/engine/test_graph.py", "tests/engine/test_transforms.py", "tests/pitfalls",
         "tests/engine/test_programs.py",
         "tests/engine/test_stateful.py", "tests/engine/test_nested_transforms.py", "tests/engine/test_exchange.py",
         "tests/operations/test_scalars.py"]  # fmt: skip
DECLARED = ["tests/engine/test_first_call.py", *GRAPH, "tests/engine/test_forms.py", "tests/operations/test_registry.py"]
ROUTING = ["tests/routing"]
FUNCTIONAL = ["tests/nn/test_functional.py", "tests/nn/test_layers.py"]
OPTIMIZERS = ["tests/nn/test_recurrences.py", "tests/nn/test_optimizers.py", "tests/nn/test_flat.py", "tests/nn/test_hooks.py"]
SCHEDULES = ["tests/nn/test_schedules.py", "tests/nn/test_recurrences.py", "tests/nn/test_optimizers.py"]
MODULES = ["tests/nn/test_hooks.py", "tests/nn/test_modules.py", "tests/nn/test_sessions.py", "tests/nn/test_layers.py"]
CHECKS = ["tests/testing/test_wrong_derivatives.py", "tests/testing/test_right_functions.py", "tests/testing/test_blame.py"]
# Module or package: the tests that must find what is wrong with it, the quickest first.
TESTS: dict[str, list[str]] = {
    "autograd.graph": [*GRAPH, "tests/routing/test_paths.py", "tests/routing/test_recorder.py"],
    "autograd.nodes": GRAPH,
    "autograd.accumulation": [*GRAPH, "tests/operations/test_registry.py"],
    "autograd.tensor": GRAPH,
    "autograd.recording": GRAPH,
    "autograd.transforms": GRAPH,
    "autograd.products": GRAPH,
    "autograd.trees": GRAPH,
    "autograd.checkpointing": GRAPH,
    "autograd.generate": DECLARED,
    "autograd.declare": DECLARED,
    "autograd.routing": ROUTING,
    "autograd.testing.blame": CHECKS,
    "autograd.testing.comparison": CHECKS,
    "autograd.testing.differences": CHECKS,
    "autograd.testing.verdicts": CHECKS,
    "nn.module": MODULES,
    "nn.hooks": MODULES,
    "nn.functional": FUNCTIONAL,
    "nn.optim.schedules": SCHEDULES,
    "nn.optim.cycles": SCHEDULES,
    "nn.optim.combined": SCHEDULES,
    "nn.optim.plateau": SCHEDULES,
    "nn.optim": OPTIMIZERS,
}


def modules(name: str) -> Iterator[str]:
    """The modules that a name stands for: itself, or the files of the package."""
    path = ROOT / name.replace(".", "/")
    if path.is_dir():
        yield from (f"{name}.{file.stem}" for file in sorted(path.glob("*.py")) if file.stem != "__init__")
    else:
        yield name


def source_of(module: str) -> str:
    return (ROOT / module.replace(".", "/")).with_suffix(".py").read_text()


def tests_of(module: str) -> list[str]:
    return next(tests for name, tests in TESTS.items() if module == name or module.startswith(name + "."))


@dataclass(frozen=True)
class Sown:
    """One bug in one module."""

    module: str
    bug: Bug

    def __str__(self) -> str:
        return f"{self.module}:{self.bug.line}: {self.bug.before} -> {self.bug.after}"

    @property
    def equivalent(self) -> bool:
        """Whether it is known to change nothing that can be seen, and listed with the reason."""
        return any((self.module, before, after) in EQUIVALENT for before in (self.bug.before, "*") for after in (self.bug.after, "*"))


def sown_in(names: Sequence[str]) -> list[Sown]:
    listed = dict.fromkeys(module for name in names for module in modules(name))
    return [Sown(module, bug) for module in listed for bug in bugs(source_of(module))]


# ------------------------------------------------------------------------------------------------------- running tests


class Replaced(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Gives one module another text."""

    def __init__(self, module: str, text: str) -> None:
        self.module, self.text = module, text

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> importlib.machinery.ModuleSpec | None:
        if name != self.module:
            return None
        where = (ROOT / name.replace(".", "/")).with_suffix(".py")
        return importlib.util.spec_from_file_location(name, where, loader=self)  # type: ignore[arg-type]

    def exec_module(self, module: Any) -> None:
        exec(compile(self.text, module.__spec__.origin, "exec"), module.__dict__)


def passes(tests: Sequence[str], module: str, text: str, seconds: float = SECONDS) -> bool:
    """Whether the tests pass with this text in the module's place, in a process of their own: a crash or a hang is no pass."""
    child = os.fork()
    if not child:
        os._exit(_run(tests, module, text, seconds))
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def _run(tests: Sequence[str], module: str, text: str, seconds: float) -> int:
    import pytest

    silence = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silence, 1)
    os.dup2(silence, 2)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    resource.setrlimit(resource.RLIMIT_AS, (BYTES, BYTES))
    sys.meta_path.insert(0, Replaced(module, text))
    # Assertions as they are: pytest would rewrite an installed plugin's packages, and load their own text past the replaced one.
    options = ["--assert=plain", "-x", "-q", "-p", "no:cacheprovider", "--no-header", "-W", IGNORED, "-m", "not slow", "-k", UNFIT]
    return int(pytest.main([*options, *tests]))


def survives(sown: Sown, seconds: float = SECONDS) -> bool:
    return passes(tests_of(sown.module), sown.module, sown.bug.text, seconds)


def unharmed(module: str) -> float | None:
    """How long a mutant of this module may take, by what the tests take without a bug; None where they fail."""
    begin = time.perf_counter()
    passed = passes(tests_of(module), module, source_of(module))
    return min(20.0 + 5.0 * (time.perf_counter() - begin), SECONDS) if passed else None


def warm() -> None:
    """What every child would import, but the packages under test."""
    for name in ("numpy", "pytest", "hypothesis.extra.numpy", "hypothesis.stateful"):
        importlib.import_module(name)


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.mutation.engine", description="Sow bugs, run tests, list what they miss.")
    parser.add_argument("modules", nargs="*", default=list(TESTS))
    parser.add_argument("--sample", type=int, help="so many of the mutants, the same for the same seed")
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args(arguments)
    chosen = sown_in(given.modules)
    if given.sample is not None:
        chosen = random.Random(given.seed).sample(chosen, min(given.sample, len(chosen)))
    warm()
    os.chdir(ROOT)
    return report(chosen)


def report(chosen: Sequence[Sown]) -> int:
    seconds = {module: unharmed(module) for module in dict.fromkeys(sown.module for sown in chosen)}
    for module in [module for module, limit in seconds.items() if limit is None]:
        print(f"the tests of {module} fail without any bug: {' '.join(tests_of(module))}")
        return 2
    fates = Counter[str]()
    for sown in chosen:
        fate = "equivalent" if sown.equivalent else "survived" if survives(sown, seconds[sown.module] or SECONDS) else "killed"
        fates[fate] += 1
        if fate == "survived":
            print(f"survived  {sown}", flush=True)
    print(", ".join(f"{fates[fate]} {fate}" for fate in ("killed", "survived", "equivalent")))
    return int(fates["survived"] > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

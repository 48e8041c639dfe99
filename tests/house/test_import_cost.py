"""`import autograd, nn` costs little more than NumPy itself: what is heavy is imported when it is used."""

import os
import subprocess
import sys
import time

import pytest

from tests.house.source import ROOT, house

try:
    import resource
except ImportError:  # not a Unix
    resource = None

# Times `import numpy`, both net of the bare interpreter. A quiet machine shows 1.3 to 1.5; on a busy one, whose caches others fill,
# 1.5 to 1.66 was seen. An eager import of something heavy adds more than what is left.
AT_MOST = 2.0
ROUNDS = 40

NOTHING, NUMPY, OURS = "pass", "import numpy", "import autograd, nn"
# Rooms that are only entered with an extra installed; nothing else may need one.
NEED_AN_EXTRA = ("autograd.testing", "autograd.kernels.compiled")
OPTIONAL = [
    "IPython", "PIL", "graphviz", "graphviz_pure", "hypothesis", "matplotlib", "networkx", "numba", "onnx",
    "onnxruntime", "pytest", "safetensors", "scipy", "skimage", "sklearn", "threadpoolctl", "torch", "tqdm",
]  # fmt: skip


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The checkout first on the path; compiled files in a place of their own, so that no round compiles."""
    inherited = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return inherited | {
        "PYTHONPATH": str(ROOT),
        "PYTHONPYCACHEPREFIX": str(tmp_path_factory.mktemp("pycache")),
    }


def run(code: str, environment: dict[str, str]) -> str:
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def seconds(code: str, environment: dict[str, str]) -> float:
    """Processor time where the system tells it, as other programs' work is none of ours; else the clock's."""
    start = _spent()
    run(code, environment)
    return _spent() - start


def _spent() -> float:
    if resource is None:
        return time.perf_counter()
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return children.ru_utime + children.ru_stime


def test_import_time(environment: dict[str, str]) -> None:
    """The fastest of interleaved runs, as noise only ever adds; more rounds while the ratio is too high."""
    fastest = {code: seconds(code, environment) for code in (NOTHING, NUMPY, OURS)}
    ratio = float("inf")
    for done in range(ROUNDS):
        for code in fastest:
            fastest[code] = min(fastest[code], seconds(code, environment))
        ratio = (fastest[OURS] - fastest[NOTHING]) / (fastest[NUMPY] - fastest[NOTHING])
        if ratio <= AT_MOST and done >= 3:
            return
    pytest.fail(f"import autograd, nn takes {ratio:.2f} times import numpy; at most {AT_MOST}")


def test_only_numpy_is_imported(environment: dict[str, str]) -> None:
    """Not even one small third-party module rides along."""
    listing = "print(*{name.partition('.')[0] for name in sys.modules})"
    before = set(run(f"import sys; {listing}", environment).split())
    after = set(run(f"import sys, autograd, nn; {listing}", environment).split())
    assert after - before - sys.stdlib_module_names == {"autograd", "nn", "numpy"}


def test_every_module_imports_without_the_extras(environment: dict[str, str]) -> None:
    """In an environment with NumPy alone each file can be imported, and so documented and checked."""
    names = [name for name in house() if not name.startswith(NEED_AN_EXTRA) and not name.endswith("__main__")]
    block = f"import importlib, sys; sys.modules.update(dict.fromkeys({OPTIONAL!r}))"
    run(f"{block}\nfor name in {names!r}: importlib.import_module(name)", environment)


def test_nothing_that_costs_milliseconds_comes_along(environment: dict[str, str]) -> None:
    """Counted, not timed. numpy.ma alone takes 7 ms, and one array made at import brings it in where it is asked for carelessly."""
    listed = "; import sys; print(*sys.modules)"
    ours, numpys = (set(run(code + listed, environment).split()) for code in (OURS, NUMPY))
    assert not (ours - numpys) & {"asyncio", "decimal", "json", "numpy.ma", "pathlib", "random", "statistics", "subprocess", "tempfile"}

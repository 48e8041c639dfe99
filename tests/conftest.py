"""What every test gets: a Hypothesis profile, and a check that it left the process as it found it."""

import gc
import os
import random
import sys
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, settings

import autograd
from autograd import recording

pytest_plugins = ["gradroutes_pytest"]  # for a checkout that is not installed; pytest takes it once by this name

SLOW_IS_FINE = [HealthCheck.too_slow, HealthCheck.data_too_large]

# ci: the same examples every time, so that a red run means a changed project. dev: new examples every time,
# failures remembered. thorough: the long search. Choose with HYPOTHESIS_PROFILE=dev pytest.
settings.register_profile(
    "ci",
    derandomize=True,
    deadline=None,
    max_examples=30,
    print_blob=True,
    suppress_health_check=SLOW_IS_FINE,
)
settings.register_profile("dev", deadline=None, max_examples=50, suppress_health_check=SLOW_IS_FINE)
settings.register_profile("thorough", deadline=None, max_examples=1000, phases=tuple(Phase), suppress_health_check=SLOW_IS_FINE)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))


def pytest_collection_finish() -> None:
    """Ten thousand collected tests are no garbage: tests that count what is left would walk all of them, seconds a time."""
    gc.collect()
    gc.freeze()


def _legacy_state() -> tuple[Any, ...]:
    """NumPy's global generator, comparable with ==."""
    name, keys, *rest = np.random.get_state(legacy=True)  # noqa: NPY002 - the one place that watches over it
    return name, keys.tobytes(), *rest


def _restore_legacy(state: tuple[Any, ...]) -> None:
    name, keys, *rest = state
    np.random.set_state((name, np.frombuffer(keys, np.uint32), *rest))  # noqa: NPY002


def _restore_environment(state: dict[str, str]) -> None:
    os.environ.clear()
    os.environ.update(state)


def _recording() -> tuple[Any, ...]:
    """What this thread records, in which scope, and whether it keeps values."""
    state = recording.current()
    return state.recording, state.scope, state.keeping


def _restore_recording(state: tuple[Any, ...]) -> None:
    recording._state.set(recording.state(*state))  # nothing public switches recording on or off for good


def _configuration() -> dict[str, Any]:
    return {name: value for name, value in vars(autograd.config).items() if not name.startswith("_")}


def _restore_configuration(state: dict[str, Any]) -> None:
    for name, value in state.items():
        setattr(autograd.config, name, value)


def _environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name != "PYTEST_CURRENT_TEST"}


# name: (read, put back)
GLOBAL_STATE: dict[str, tuple[Callable[[], Any], Callable[[Any], object]]] = {
    "np.errstate": (np.geterr, lambda state: np.seterr(**state)),
    "np.printoptions": (np.get_printoptions, lambda state: np.set_printoptions(**state)),
    "np.random's global generator": (_legacy_state, _restore_legacy),
    "random's global generator": (random.getstate, random.setstate),
    "autograd's recording, scope, keeping": (_recording, _restore_recording),
    "autograd.config": (_configuration, _restore_configuration),
    "the garbage collector": (gc.isenabled, lambda on: gc.enable() if on else gc.disable()),
    "the recursion limit": (sys.getrecursionlimit, sys.setrecursionlimit),
    "the working directory": (os.getcwd, os.chdir),
    "os.environ": (_environment, _restore_environment),
}


@pytest.fixture(autouse=True)
def global_state_is_left_alone() -> Iterator[None]:
    """Fail the test that leaks, not an innocent one later on, and put things right for those that follow."""
    before = {name: read() for name, (read, _) in GLOBAL_STATE.items()}
    yield
    changed = []
    for name, (read, restore) in GLOBAL_STATE.items():
        if (after := read()) != before[name]:
            restore(before[name])
            changed.append(f"{name}: {_difference(before[name], after)}")
    if changed:
        pytest.fail("this test changed global state and left it so:\n  " + "\n  ".join(changed), pytrace=False)


def _difference(before: object, after: object) -> str:
    """Of dictionaries only the entries that changed."""
    if isinstance(before, dict) and isinstance(after, dict):
        names = [name for name in before | after if before.get(name) != after.get(name)]
        before, after = ({name: state[name] for name in names if name in state} for state in (before, after))
    return f"{_short(before)} -> {_short(after)}"


def _short(value: object, width: int = 60) -> str:
    text = repr(value)
    return text if len(text) <= width else text[: width - 3] + "..."

"""`autograd.config`: what a switch does, and where it is refused."""

import platform
import subprocess
import sys

import pytest

import autograd
from autograd import switches

GLIBC = platform.libc_ver()[0] == "glibc"
FAULTS = """
import resource, sys
import numpy as np
import autograd
autograd.config.allocator = sys.argv[1] == "on"
x = autograd.Tensor(np.ones(1_000_000, np.float32), requires_grad=True)
def run():
    ((x * x + x) * x).sum().backward()
    x.grad = None
for _ in range(3):
    run()
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range(5):
    run()
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


@pytest.mark.skipif(not GLIBC, reason="a switch of glibc's")
def test_with_the_allocator_switch_memory_is_not_fetched_again_and_again():
    """Page faults are counted, not seconds: they are what the switch is for."""
    commands = [[sys.executable, "-c", FAULTS, word] for word in ("off", "on")]
    off, on = (int(subprocess.run(command, capture_output=True, text=True, check=True).stdout) for command in commands)
    assert on * 10 < off


def test_another_c_library_is_refused_and_nothing_changes(monkeypatch):
    monkeypatch.setattr(platform, "libc_ver", lambda: ("", ""))
    own = switches.Config()
    with pytest.raises(RuntimeError, match="glibc"):
        own.allocator = True
    assert not own.allocator
    own.allocator = False


async def _later() -> None: ...


def _one_by_one():
    yield 1


@pytest.mark.parametrize("function", [_later, _one_by_one])
@pytest.mark.parametrize("change", [autograd.no_grad, autograd.enable_grad])
def test_what_runs_after_its_call_is_not_decorated(change, function):
    """The switch was back before the body ran: it recorded all the same, without a word."""
    with pytest.raises(TypeError, match="inside it"):
        change()(function)

"""Asks each peer's worker for one round in turn, after the losses of the first steps agree."""

from __future__ import annotations

import json
import math
import os
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .environments import interpreter
from .peers import PEERS

ROOT = Path(__file__).resolve().parent.parent
THREAD_VARIABLES = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "NUMEXPR_NUM_THREADS",
    "NUMBA_NUM_THREADS",
)
SLOWING_VARIABLES = ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE")
REFERENCES = ("torch", "floor", "gradroutes")


@dataclass
class Settings:
    rounds: int = 7
    threads: int = 1
    clock: str = "wall"  # "cpu": what the process used, less disturbed on a busy machine, blind to waiting
    clean_environment: bool = False
    round_seconds: float = 0.1  # a round has as many steps as fit in it, at least one
    budget: float = 20.0  # seconds a peer may spend on the rounds of one workload
    patience: float = 240.0  # seconds for one answer, compilation included
    pythons: dict[str, str] = field(
        default_factory=dict
    )  # interpreters by environment, where the user named them


class PeerError(Exception):
    """The worker could not answer; `not_reached` when the peer has no such thing."""

    def __init__(self, message: str, not_reached: bool = False) -> None:
        super().__init__(message)
        self.not_reached = not_reached


def environment_variables(settings: Settings) -> dict[str, str]:
    variables = dict(os.environ) | dict.fromkeys(THREAD_VARIABLES, str(settings.threads))
    # Of no use to a peer in an environment of its own, and able to put this engine before PyPI's autograd.
    variables.pop("PYTHONPATH", None)
    for name in SLOWING_VARIABLES if settings.clean_environment else ():
        variables.pop(name, None)
    return variables


class Peer:
    """One worker process, started when first asked and again after it was lost."""

    def __init__(self, name: str, settings: Settings) -> None:
        self.name, self.settings = name, settings
        self.process: subprocess.Popen[str] | None = None

    def start(self) -> subprocess.Popen[str]:
        python = interpreter(PEERS[self.name].environment, self.settings.pythons)
        command = [python, "-P", str(ROOT / "benchmarks" / "worker.py"), self.name]
        command += ["--threads", str(self.settings.threads)]
        if PEERS[self.name].environment == "gradroutes":
            command += ["--checkout", str(ROOT)]
        pipe = subprocess.PIPE
        variables = environment_variables(self.settings)
        return subprocess.Popen(
            command, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL, text=True, env=variables
        )

    def ask(self, do: str, **arguments: Any) -> dict[str, Any]:
        self.process = self.process or self.start()
        timer = threading.Timer(self.settings.patience, self.process.kill)
        timer.start()
        try:
            print(json.dumps({"do": do} | arguments), file=self.process.stdin, flush=True)
            line = self.process.stdout.readline()
        except BrokenPipeError:
            line = ""
        finally:
            timer.cancel()
        return self._checked(json.loads(line) if line else None)

    def _checked(self, answer: dict[str, Any] | None) -> dict[str, Any]:
        if answer is None:
            self.stop()
            raise PeerError(f"the process ended or took longer than {self.settings.patience:g} s")
        if "not_reached" in answer:
            raise PeerError(answer["not_reached"], not_reached=True)
        if "error" in answer:
            raise PeerError(answer["error"])
        return answer

    def stop(self) -> None:
        if self.process:
            self.process.kill()
            self.process.communicate()
            self.process = None


@contextmanager
def workers(names: list[str], settings: Settings) -> Iterator[dict[str, Peer]]:
    peers = {name: Peer(name, settings) for name in names}
    try:
        yield peers
    finally:
        for peer in peers.values():
            peer.stop()


# One workload


def measure(workload: str, peers: dict[str, Peer], settings: Settings) -> dict[str, dict[str, Any]]:
    """Results by peer: losses and seconds of a step in each round, or the reason why there are none."""
    results = {name: _prepare(peer, workload) for name, peer in peers.items()}
    compare(results)
    ready = [name for name in peers if "reason" not in results[name]]
    plans = {name: _plan(results[name]["times"], settings) for name in ready}
    for turn in range(settings.rounds):
        for name in ready:
            if turn < plans[name]["rounds"]:
                _round(peers[name], results[name], plans[name]["steps"])
        # Another peer begins the next turn, so that none always runs behind the same neighbour.
        ready = ready[1:] + ready[:1]
    return results


def _prepare(peer: Peer, workload: str) -> dict[str, Any]:
    try:
        peer.ask("prepare", workload=workload)
        return peer.ask("first", steps=3, seconds=10.0) | {"seconds": []}
    except PeerError as error:
        return {"reason": str(error), "failed": not error.not_reached}


def _plan(times: list[float], settings: Settings) -> dict[str, int]:
    """Steps a round, and as many rounds as the budget allows (at least two)."""
    step = min(times)
    steps = max(1, math.ceil(settings.round_seconds / step))
    return {"steps": steps, "rounds": max(2, min(settings.rounds, int(settings.budget / (step * steps))))}


def _round(peer: Peer, result: dict[str, Any], steps: int) -> None:
    if "reason" in result:
        return
    try:
        result["seconds"].append(peer.ask("round", steps=steps)[peer.settings.clock])
    except PeerError as error:
        result.update(reason=str(error), failed=True)


# Agreement


def compare(results: dict[str, dict[str, Any]]) -> None:
    """Give every peer whose losses differ from the reference's a reason not to be timed."""
    computed = [name for name in results if "losses" in results[name]]
    if not computed:
        return
    reference = next((name for name in REFERENCES if name in computed), computed[0])
    for name in computed:
        difference = disagreement(results[name]["losses"], results[reference]["losses"])
        if difference:
            results[name].update(reason=f"not the losses of {reference}: {difference}", failed=True)


def disagreement(losses: list[float], reference: list[float], tolerance: float = 1e-3) -> str:
    """Say how the losses differ, relative to the largest; "" where they agree.

    The later losses compare gradients and updates: a step moves them by much more than the tolerance.

    >>> disagreement([1.0, 0.9], [1.0, 0.9001])
    ''
    >>> disagreement([1.0, 1.0], [1.0, 0.9])
    'step 1: 1 and 0.9'
    """
    scale = max(map(abs, reference))
    for step, (mine, theirs) in enumerate(zip(losses, reference)):
        if not abs(mine - theirs) <= tolerance * scale:  # not, so that NaN disagrees
            return f"step {step}: {mine:g} and {theirs:g}"
    return ""


# Import time


def import_seconds(imports: dict[str, str], settings: Settings) -> dict[str, dict[str, Any]]:
    """Seconds of an import by peer, net of a bare interpreter of the same environment in the same round."""
    for name in imports:  # the first writes the .pyc files
        _start_python(name, imports[name], settings)
    results: dict[str, dict[str, Any]] = {name: {"bare": [], "gross": []} for name in imports}
    for _ in range(settings.rounds):
        for name, statement in imports.items():
            results[name]["bare"].append(_start_python(name, "pass", settings))
            results[name]["gross"].append(_start_python(name, statement, settings))
    for result in results.values():
        result["seconds"] = [max(0.0, min(result["gross"]) - min(result["bare"]))]
    return results


def _start_python(name: str, statement: str, settings: Settings) -> float:
    python = interpreter(PEERS[name].environment, settings.pythons)
    own = PEERS[name].environment == "gradroutes"
    code = f"import sys; sys.path.insert(0, {str(ROOT)!r}); {statement}" if own else statement
    begin = time.perf_counter()
    variables = environment_variables(settings)
    subprocess.run([python, "-P", "-c", code], env=variables, check=True, capture_output=True)
    return time.perf_counter() - begin


# Memory


def peak_memory(workload: str, names: list[str], settings: Settings) -> dict[str, dict[str, Any]]:
    """Resident memory of a fresh process: "peak" after a few steps, "before" the first of them."""
    results = {}
    for name in names:
        with workers([name], settings) as peers:
            results[name] = _prepare(peers[name], workload)
            if "reason" not in results[name]:
                results[name] |= peers[name].ask("peak")
    return results

"""The process that runs one peer: reads a JSON command a line, answers a JSON line.

It is run as a file, by the peer's own interpreter, and loads this package by hand: with the checkout on sys.path,
`import autograd` would find this engine where PyPI's autograd is meant.
"""

from __future__ import annotations

import argparse
import contextlib
import gc
import importlib.util
import json
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent


def load_package() -> None:
    """Make `benchmarks` importable without putting its parent on sys.path."""
    spec = importlib.util.spec_from_file_location(
        "benchmarks", HERE / "__init__.py", submodule_search_locations=[str(HERE)]
    )
    module = importlib.util.module_from_spec(spec)
    sys.modules["benchmarks"] = module
    spec.loader.exec_module(module)


class Worker:
    def __init__(self, peer: str, threads: int) -> None:
        self.peer, self.threads = peer, threads
        self.backend: Any = None
        self.step: Any = None
        self.count = 0

    def hello(self) -> dict[str, Any]:
        """Versions and the BLAS kernels that were loaded."""
        from benchmarks import peers

        versions = peers.create(self.peer, self.threads).versions()
        return {
            "versions": {"python": sys.version.split()[0]} | versions,
            "kernels": kernels(),
            "memory": memory("VmHWM"),
        }

    def figures(self) -> dict[str, float]:
        from benchmarks import figures

        return figures.figures()

    def prepare(self, workload: str) -> dict[str, Any]:
        """Build the workload anew."""
        from benchmarks import peers, workloads

        self.backend = self.step = None
        gc.collect()
        self.backend = peers.create(self.peer, self.threads)
        task = workloads.build(workload, self.backend)
        self.batches = [tuple(map(self.backend.constant, batch)) for batch in task.batches]
        self.step, self.count = self.backend.trainer(task), 0
        self.before = memory("VmRSS")
        return {}

    def first(self, steps: int, seconds: float) -> dict[str, Any]:
        """The losses of the first steps, stopping early (but never before the second) when time is up."""
        start, losses, times = time.perf_counter(), [], []
        while len(losses) < steps and (len(losses) < 2 or time.perf_counter() - start < seconds):
            begin = time.perf_counter()
            loss = self.once()
            self.backend.wait(loss)
            times.append(time.perf_counter() - begin)
            losses.append(self.backend.number(loss))
        return {"losses": losses, "times": times}

    def once(self) -> Any:
        batch = self.batches[self.count % len(self.batches)]
        self.count += 1
        return self.step(*batch)

    def round(self, steps: int) -> dict[str, Any]:
        """Mean seconds of a step over `steps`, by both clocks; the garbage collector runs as it is installed."""
        gc.collect()
        wait, begin, processor = self.backend.wait, time.perf_counter(), time.process_time()
        for _ in range(steps):
            wait(self.once())
        wall, used = time.perf_counter() - begin, time.process_time() - processor
        return {"wall": wall / steps, "cpu": used / steps}

    def peak(self) -> dict[str, Any]:
        """In bytes: the most this process ever held, and what it held when the workload was built."""
        return {"peak": memory("VmHWM"), "before": self.before}


def memory(field: str) -> int | None:
    """VmHWM of this process; not getrusage's maximum, which a child inherits from its parent."""
    with contextlib.suppress(OSError):
        for line in Path("/proc/self/status").read_text().splitlines():
            if line.startswith(field + ":"):
                return int(line.split()[1]) * 1024
    return None


def kernels() -> list[dict[str, Any]]:
    with contextlib.suppress(ImportError):
        from threadpoolctl import threadpool_info

        wanted = ("internal_api", "version", "architecture", "num_threads")
        return [{key: lib[key] for key in wanted if key in lib} for lib in threadpool_info()]
    return []


def answers(worker: Worker) -> Iterator[dict[str, Any]]:
    from benchmarks.backend import NotReached

    for line in sys.stdin:
        command = json.loads(line)
        try:
            yield getattr(worker, command.pop("do"))(**command)
        except NotReached as reason:
            yield {"not_reached": str(reason)}
        except Exception as error:
            yield {"error": f"{type(error).__name__}: {error}"[:500]}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("peer")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--checkout", help="put this folder on sys.path: for this engine's own worker only")
    options = parser.parse_args()
    load_package()
    if options.checkout:
        sys.path.insert(0, options.checkout)
    # Whatever a library prints goes to stderr: stdout carries the answers.
    out = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)
    for answer in answers(Worker(options.peer, options.threads)):
        print(json.dumps(answer), file=out)


if __name__ == "__main__":
    main()

"""Which workloads are run with which peers, what is printed, and what goes into the JSON."""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from . import runner, tables
from .environments import interpreter
from .peers import PEERS
from .runner import PeerError, Settings

# One sweep a curve: the workload and the values of the size that varies.
CURVES: dict[str, tuple[str, tuple[int, ...]]] = {
    "operations": ("S2:length={}", (500, 5_000, 50_000, 500_000)),
    "depth": ("T3:depth={}", (10, 30, 100, 300, 1000)),
    "width": ("T3:depth=10,width={}", (16, 64, 256, 1024)),
    "batch": ("T3:depth=10,batch={}", (1, 8, 64, 512)),
}
OPERATION_NAMES = ("add", "multiply", "divide", "relu", "exp", "tanh", "matmul")
OPERATION_SIZES = ((1, 16), (32, 32), (128, 256), (512, 512))
CHECKPOINT_DEPTHS = (16, 64, 256)

# The workloads of a suite, and who runs them unless the user names others.
SUITES: dict[str, tuple[list[str], list[str]]] = {
    "standard": (
        ["S1", "S2", "T1", "T2", "T2:train=0", "T3", "T4", "C1", "C2:batch=32", "C2:batch=128", "R18"],
        list(PEERS),
    ),
    "quick": (
        ["S1", "S2", "T1", "T2", "T3", "T4", "C1", "C2:batch=32"],
        ["floor", "gradroutes", "gradroutes-fast", "torch", "jax", "mygrad", "micrograd"],
    ),
    "scaling": (
        [spec.format(n) for spec, sizes in CURVES.values() for n in sizes],
        ["floor", "gradroutes", "torch"],
    ),
    "operations": (
        [f"O:name={name},rows={r},columns={c}" for name in OPERATION_NAMES for r, c in OPERATION_SIZES],
        ["gradroutes", "torch", "mygrad", "hips"],
    ),
    "memory": (
        ["C2:batch=128", *(f"K:depth={n},checkpoint={on}" for on in (0, 1) for n in CHECKPOINT_DEPTHS)],
        ["gradroutes", "gradroutes-fast", "torch", "jax", "mygrad"],
    ),
    "imports": (["import"], ["floor", "gradroutes", "torch", "jax", "mygrad", "hips", "micrograd"]),
}

TITLES = {
    "S1": "S1 scalar MLP 2-16-16-1, 20 samples",
    "S2": "S2 chain of 1,000 scalar multiply-adds",
    "T1": "T1 MLP 2-16-16-1, batch 100",
    "T2": "T2 MLP 784-256-256-10, batch 128",
    "T2:train=0": "T2 forward, recording off",
    "T3": "T3 50 dense residual blocks, width 64",
    "T4": "T4 elementwise chain, 10⁶ floats",
    "C1": "C1 one 3×3 convolution, 32×64×32×32",
    "C2:batch=32": "C2 ResNet-20, batch 32",
    "C2:batch=128": "C2 ResNet-20, batch 128",
    "R18": "R18 ResNet-18, batch 8, 224×224",
}

IMPORTS = {
    "floor": "import numpy",
    "gradroutes": "import autograd, nn",
    "torch": "import torch",
    "jax": "import jax.numpy",
    "mygrad": "import mygrad",
    "hips": "import autograd, autograd.numpy",
    "micrograd": "import micrograd.engine",
}


def curve_points(results: dict[str, Any], curve: str, name: str) -> list[tuple[int, float]]:
    """(size, seconds of a step) along one of the scaling curves."""
    spec, sizes = CURVES[curve]
    rows = {row["workload"]: row for row in results["rows"]}
    found = [
        (n, tables.best(rows.get(spec.format(n), {"results": {}})["results"].get(name, {}))) for n in sizes
    ]
    return [(n, seconds) for n, seconds in found if seconds]


def run(suite: str, only: list[str] | None, names: list[str] | None, settings: Settings) -> dict[str, Any]:
    """Run and print a suite; the answer is what the JSON holds."""
    workloads, usual = SUITES[suite]
    workloads, names = selected(workloads, only), _available(names or usual, settings)
    begin = time.perf_counter()
    results = _header(suite, names, settings)
    tables.print_heading(names)
    results["rows"] = MEASURES.get(suite, _rounds)(workloads, names, settings)
    results["failures"] = _failures(results["rows"])
    results["seconds"] = round(time.perf_counter() - begin, 1)
    tables.print_reasons(results["rows"])
    return results


def selected(workloads: list[str], only: list[str] | None) -> list[str]:
    """The suite's workloads of these names; a name with sizes, or not in the suite, stands for itself.

    >>> selected(["S1", "C2:batch=32", "C2:batch=128"], ["C2", "T3"])
    ['C2:batch=32', 'C2:batch=128', 'T3']
    """
    if only is None:
        return workloads
    matching = {name: [w for w in workloads if name in (w, w.split(":")[0])] for name in only}
    return [w for name in only for w in matching[name] or [name]]


def _available(names: list[str], settings: Settings) -> list[str]:
    """Those with an interpreter; the others are named and left out."""
    found = []
    for name in names:
        try:
            interpreter(PEERS[name].environment, settings.pythons)
            found.append(name)
        except FileNotFoundError as error:
            print(f"without {name}: {error}")
    return found


def _header(suite: str, names: list[str], settings: Settings) -> dict[str, Any]:
    options = {key: value for key, value in asdict(settings).items() if key != "pythons"}
    with runner.workers(names, settings) as peers:
        hellos = {name: _hello(peer) for name, peer in peers.items()}
        figures = peers["floor"].ask("figures") if "floor" in peers else {}
    return {
        "suite": suite,
        "machine": machine(),
        "figures": figures,
        "settings": options,
        "peers": hellos,
    }


def _hello(peer: runner.Peer) -> dict[str, Any]:
    try:
        return peer.ask("hello")
    except PeerError as error:
        return {"reason": str(error)}


def machine() -> dict[str, Any]:
    return {
        "processor": _processor(),
        "cores": os.cpu_count(),
        "system": platform.system(),
        "load": round(os.getloadavg()[0], 1) if hasattr(os, "getloadavg") else None,
        "date": time.strftime("%Y-%m-%d"),
        "variables": {name: os.environ.get(name) for name in runner.SLOWING_VARIABLES},
    }


def _processor() -> str:
    cpuinfo = Path("/proc/cpuinfo")
    text = cpuinfo.read_text() if cpuinfo.exists() else ""
    models = [line.split(":", 1)[1].strip() for line in text.splitlines() if line.startswith("model name")]
    vectors = [name for name in ("avx512f", "avx2") if f" {name} " in text]
    return " ".join([models[0] if models else platform.machine(), *vectors])


# Each measure gives the rows of its suite and prints them as they come


def _rounds(workloads: list[str], names: list[str], settings: Settings) -> list[dict[str, Any]]:
    with runner.workers(names, settings) as peers:
        return _rows(workloads, lambda workload: runner.measure(workload, peers, settings))


def _memory(workloads: list[str], names: list[str], settings: Settings) -> list[dict[str, Any]]:
    return _rows(workloads, lambda workload: runner.peak_memory(workload, names, settings))


def _imports(workloads: list[str], names: list[str], settings: Settings) -> list[dict[str, Any]]:
    return _rows(
        workloads, lambda _: runner.import_seconds({name: IMPORTS[name] for name in names}, settings)
    )


def _rows(workloads: list[str], measure: Callable[[str], dict[str, Any]]) -> list[dict[str, Any]]:
    rows = []
    for workload in workloads:
        rows.append({"workload": workload, "results": measure(workload)})
        tables.print_row(rows[-1])
    return rows


MEASURES = {"memory": _memory, "imports": _imports}


def _failures(rows: list[dict[str, Any]]) -> list[str]:
    """What went wrong, as against what a peer does not have."""
    return [
        f"{row['workload']} {name}: {result['reason']}"
        for row in rows
        for name, result in row["results"].items()
        if result.get("failed")
    ]

"""Which workloads are run with which peers, what is printed, and what goes into the JSON."""

from __future__ import annotations

import os
import platform
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

from . import runner, tables
from .environments import interpreter
from .peers import PEERS
from .runner import PeerError, Settings

STANDARD = ["S1", "S2", "T1", "T2", "T2:train=0", "T3", "T4", "C1", "C2:batch=32", "C2:batch=128", "R18"]
QUICK_PEERS = ["floor", "gradroutes", "gradroutes-fast", "torch", "jax", "mygrad", "micrograd"]
CURVE_PEERS = ["floor", "gradroutes", "torch"]

# One sweep a curve: the workload, the size that varies, its values.
CURVES: dict[str, list[str]] = {
    "operations": [f"S2:length={n}" for n in (500, 5_000, 50_000, 500_000)],
    "depth": [f"T3:depth={n}" for n in (10, 30, 100, 300, 1000)],
    "width": [f"T3:depth=10,width={n}" for n in (16, 64, 256, 1024)],
    "batch": [f"T3:depth=10,batch={n}" for n in (1, 8, 64, 512)],
}
OPERATIONS = [
    f"O:name={name},rows={rows},columns={columns}"
    for name in ("add", "multiply", "divide", "relu", "exp", "tanh", "matmul")
    for rows, columns in ((1, 16), (32, 32), (128, 256), (512, 512))
]
CHECKPOINTS = [f"K:depth={n},checkpoint={on}" for on in (0, 1) for n in (16, 64, 256)]

SUITES: dict[str, tuple[list[str], list[str]]] = {
    "standard": (STANDARD, list(PEERS)),
    "scaling": ([spec for curve in CURVES.values() for spec in curve], CURVE_PEERS),
    "operations": (OPERATIONS, ["gradroutes", "torch", "mygrad", "hips"]),
    "memory": (["C2:batch=128", *CHECKPOINTS], ["gradroutes", "gradroutes-fast", "torch", "jax", "mygrad"]),
    "imports": ([], ["floor", "gradroutes", "torch", "jax", "mygrad", "hips", "micrograd"]),
}
QUICK = ["S1", "S2", "T1", "T2", "T3", "T4", "C1", "C2:batch=32"]

IMPORTS = {
    "floor": "import numpy",
    "gradroutes": "import autograd, nn",
    "torch": "import torch",
    "jax": "import jax.numpy",
    "mygrad": "import mygrad",
    "hips": "import autograd.numpy, autograd",
    "micrograd": "import micrograd.engine",
}


def run(
    suite: str, only: list[str] | None, names: list[str] | None, settings: Settings, quick: bool
) -> dict[str, Any]:
    """Run and print a suite; the answer is what the JSON holds."""
    workloads, usual = SUITES[suite]
    if quick and suite == "standard":
        workloads, usual = QUICK, QUICK_PEERS
    workloads, names = _selected(workloads, only), _available(names or usual, settings)
    begin = time.perf_counter()
    results = _header(suite, names, settings)
    results["rows"] = (
        MEASURES[suite](workloads, names, settings)
        if suite in MEASURES
        else _rounds(workloads, names, settings)
    )
    results["failures"] = _failures(results["rows"])
    results["seconds"] = time.perf_counter() - begin
    tables.print_failures(results["rows"])
    return results


def _selected(workloads: list[str], only: list[str] | None) -> list[str]:
    """The suite's workloads of these names, or the named workloads themselves.

    >>> _selected(["S1", "C2:batch=32", "C2:batch=128"], ["C2", "T3"])
    ['C2:batch=32', 'C2:batch=128', 'T3']
    """
    if only is None:
        return workloads
    matching = {name: [w for w in workloads if w == name or w.split(":")[0] == name] for name in only}
    return [w for name in only for w in matching[name] or [name]]


def _available(names: list[str], settings: Settings) -> list[str]:
    """Those with an interpreter; the others are named and left out."""
    found = []
    for name in names:
        try:
            interpreter(PEERS[name].environment, settings.pythons or {})
            found.append(name)
        except FileNotFoundError as error:
            print(f"without {name}: {error}")
    return found


def _header(suite: str, names: list[str], settings: Settings) -> dict[str, Any]:
    options = {key: value for key, value in asdict(settings).items() if key != "pythons"}
    with runner.workers(names, settings) as peers:
        hellos = {name: _hello(peer) for name, peer in peers.items()}
    return {"suite": suite, "machine": machine(), "settings": options, "peers": hellos}


def _hello(peer: runner.Peer) -> dict[str, Any]:
    try:
        return peer.ask("hello")
    except PeerError as error:
        return {"reason": str(error)}


def machine() -> dict[str, Any]:
    variables = {name: os.environ.get(name) for name in runner.SLOWING_VARIABLES}
    return {
        "processor": _processor(),
        "cores": os.cpu_count(),
        "system": platform.system(),
        "load": os.getloadavg()[0] if hasattr(os, "getloadavg") else None,
        "date": time.strftime("%Y-%m-%d"),
        "variables": variables,
    }


def _processor() -> str:
    cpuinfo = Path("/proc/cpuinfo")
    lines = cpuinfo.read_text().splitlines() if cpuinfo.exists() else []
    named = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    vectors = [
        name for name in ("avx512f", "avx2") if any(f" {name} " in line for line in lines if "flags" in line)
    ]
    return f"{named[0] if named else platform.machine()} ({', '.join(vectors) or 'no AVX'})"


def _rounds(workloads: list[str], names: list[str], settings: Settings) -> list[dict[str, Any]]:
    rows = []
    tables.print_heading(names)
    with runner.workers(names, settings) as peers:
        for workload in workloads:
            rows.append({"workload": workload, "results": runner.measure(workload, peers, settings)})
            tables.print_row(rows[-1], names)
    return rows


def _memory(workloads: list[str], names: list[str], settings: Settings) -> list[dict[str, Any]]:
    rows = []
    tables.print_heading(names)
    for workload in workloads:
        rows.append({"workload": workload, "results": runner.peak_memory(workload, names, settings)})
        tables.print_row(rows[-1], names)
    return rows


def _imports(workloads: list[str], names: list[str], settings: Settings) -> list[dict[str, Any]]:
    seconds = runner.import_seconds(names, settings, IMPORTS)
    row = {"workload": "import", "results": {name: {"seconds": times} for name, times in seconds.items()}}
    tables.print_heading(["python", *names])
    tables.print_row(row, ["python", *names])
    return [row]


MEASURES = {"memory": _memory, "imports": _imports}


def _failures(rows: list[dict[str, Any]]) -> list[str]:
    """What went wrong, as against what a peer does not have."""
    return [
        f"{row['workload']} {name}: {result['reason']}"
        for row in rows
        for name, result in row["results"].items()
        if result.get("failed")
    ]

"""docs/performance.md: the parts between its markers are written anew from the recorded JSON; the prose stays."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from . import plots
from .peers import PEERS
from .suites import OPERATION_NAMES, OPERATION_SIZES, TITLES, curve_points
from .tables import best, duration, megabytes, ratio, reasons

DOCS = Path(__file__).resolve().parent.parent / "docs"
Results = dict[str, Any]

# What is aimed at, as ratios to torch eager: with NumPy only, and with the extra `fast`.
TARGETS: dict[str, tuple[float | None, float | None]] = {
    "S1": (0.16, None),
    "S2": (0.12, None),
    "T1": (0.21, None),
    "T2": (0.80, None),
    "T3": (0.45, None),
    "T4": (1.8, 0.6),
    "C1": (1.5, 0.9),
    "C2:batch=32": (1.5, 0.80),
    "C2:batch=128": (1.5, 0.80),
    "R18": (1.6, 1.1),
}
TARGETS_TWO_THREADS: dict[str, tuple[float | None, float | None]] = {
    "C2:batch=32": (1.9, 0.75),
    "C2:batch=128": (1.9, 0.75),
}


def record(results: Results, docs: Path = DOCS) -> Path:
    """Keep a run under its suite's name and its number of threads."""
    threads = results["settings"]["threads"]
    path = docs / "performance" / f"{results['suite']}{'' if threads == 1 else f'-{threads}-threads'}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(results, indent=1, ensure_ascii=False) + "\n")
    return path


def write(docs: Path = DOCS) -> int:
    """Fill every marked section whose JSON is there, draw the plots, and name what is missing."""
    page = docs / "performance.md"
    text = page.read_text()
    for name, section in SECTIONS.items():
        path = docs / "performance" / f"{name.split(' ')[0]}.json"
        if path.exists():
            text = _filled(text, name, section(json.loads(path.read_text())))
        else:
            print(f"no {path.name}: section {name!r} is left as it is")
    page.write_text(text)
    plots.draw_all(docs / "performance")
    return 0


def _filled(text: str, name: str, body: str) -> str:
    pattern = re.compile(rf"(<!-- {name} -->\n).*?(<!-- end -->)", re.DOTALL)
    if not pattern.search(text):
        raise ValueError(f"docs/performance.md has no section between '<!-- {name} -->' and '<!-- end -->'")
    return pattern.sub(lambda found: f"{found[1]}{body}\n{found[2]}", text)


# Sections: each makes Markdown of one suite's results


def _table(heading: list[str], rows: list[list[str]]) -> str:
    lines = [heading, ["---"] + ["--:"] * (len(heading) - 1), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def machine(results: Results) -> str:
    """Where, with what and how it was measured, as a list."""
    about, peers, settings = results["machine"], results["peers"].values(), results["settings"]
    versions = {name: number for peer in peers for name, number in peer.get("versions", {}).items()}
    kernels = {library.get("architecture") for peer in peers for library in peer.get("kernels", [])} - {None}
    slowing = "unset" if settings["clean_environment"] else _variables(about["variables"])
    lines = [
        f"{about['date']}, {about['processor']}, {about['cores']} cores, {about['system']}; "
        f"load {about['load']} at the start",
        ", ".join(f"{name} {number}" for name, number in sorted(versions.items())),
        f"OpenBLAS kernels {', '.join(sorted(kernels)) or 'not reported'}; the variables that slow it: {slowing}",
        f"{settings['threads']} thread(s), {settings['clock']} clock, minimum of up to {settings['rounds']} rounds; "
        f"{results['seconds']:.0f} s in all",
        ", ".join(f"{name}: {value:.3g}" for name, value in results["figures"].items()),
    ]
    return "\n".join(f"- {line}" for line in lines if line)


def _variables(values: dict[str, str | None]) -> str:
    return " and ".join(value or "not set" for value in values.values())


def standard(results: Results) -> str:
    """Ratios to torch eager, with torch's time."""
    names = [name for name in PEERS if name in results["peers"] and name != "torch"]
    targets = TARGETS if results["settings"]["threads"] == 1 else TARGETS_TWO_THREADS
    heading = ["workload", "torch eager", "target / `fast`", *(PEERS[name].title for name in names)]
    rows = [
        [
            TITLES.get(row["workload"], row["workload"]),
            duration(best(row["results"].get("torch", {}))),
            _target(targets.get(row["workload"])),
            *(_ratio(ratio(row, name)) for name in names),
        ]
        for row in results["rows"]
    ]
    notes = "\n".join(f"- {line}" for line in reasons(results["rows"])) or "- nothing is missing"
    return f"{_table(heading, rows)}\n\n{machine(results)}\n\nWhat is not in the table, and why:\n\n{notes}"


def _ratio(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:.0f}" if value >= 10 else f"{value:.2f}" if value >= 0.1 else f"{value:.2g}"


def _target(values: tuple[float | None, float | None] | None) -> str:
    numbers = [f"{v:.2f}" for v in values or () if v is not None]
    return " / ".join(numbers)


def scaling(results: Results) -> str:
    """The cost of one unit of what varies: flat is linear."""
    names = [name for name in PEERS if name in results["peers"]]
    heading = ["curve", "unit", *(PEERS[name].title for name in names)]
    rows = [
        [curve, unit, *(_costs(results, curve, name, scale) for name in names)]
        for curve, unit, scale in UNITS
    ]
    return f"{_table(heading, rows)}\n\n{machine(results)}"


# Two operations a link of S2's chain; the other curves count what they vary.
UNITS = [("operations", "µs an operation", 2), ("depth", "µs a block", 1), ("batch", "µs a row", 1)]


def _costs(results: Results, curve: str, name: str, scale: int) -> str:
    points = curve_points(results, curve, name)
    return ", ".join(f"{seconds / n / scale * 1e6:.3g} at {n * scale:,}" for n, seconds in points)


def operations(results: Results) -> str:
    """Microseconds of one operation, forward and backward, and its ratio to torch's."""
    names = [name for name in PEERS if name in results["peers"]]
    rows = {row["workload"]: row for row in results["rows"]}
    table = []
    for operation in OPERATION_NAMES:
        for r, c in OPERATION_SIZES:
            row = rows.get(f"O:name={operation},rows={r},columns={c}", {"results": {}})
            table.append([f"{operation} {r}×{c}", *(_one_operation(row, name) for name in names)])
    return f"{_table(['operation', *(PEERS[n].title for n in names)], table)}\n\n{machine(results)}"


def _one_operation(row: Results, name: str, repeat: int = 20) -> str:
    seconds = best(row["results"].get(name, {}))
    if seconds is None:
        return ""
    relative = ratio(row, name)
    return f"{seconds / repeat * 1e6:.3g} µs" + (f" ({relative:.2f})" if relative and name != "torch" else "")


def memory(results: Results) -> str:
    names = [name for name in PEERS if name in results["peers"]]
    rows = [
        [row["workload"], *(_megabytes(row["results"].get(name, {})) for name in names)]
        for row in results["rows"]
    ]
    return f"{_table(['peak (growth)', *(PEERS[name].title for name in names)], rows)}\n\n{machine(results)}"


def _megabytes(result: Results) -> str:
    if not result.get("peak"):
        return ""
    return f"{megabytes(result['peak'])} ({megabytes(result['peak'] - result['before'])})"


def imports(results: Results) -> str:
    names = [name for name in PEERS if name in results["peers"]]
    (row,) = results["rows"]
    times = [duration(best(row["results"].get(name, {}))) for name in names]
    to_numpy = [_ratio(ratio(row, name, to="floor")) for name in names]
    return _table(
        ["import", *(PEERS[name].title for name in names)], [["net", *times], ["to numpy", *to_numpy]]
    )


SECTIONS: dict[str, Callable[[Results], str]] = {
    "standard": standard,
    "standard-2-threads": standard,
    "scaling": scaling,
    "operations": operations,
    "memory": memory,
    "imports": imports,
}

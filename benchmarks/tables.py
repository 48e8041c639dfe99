"""The compact table on the terminal: ratios to torch eager where torch ran, and times."""

from __future__ import annotations

from typing import Any

WIDTH = 17


def best(result: dict[str, Any]) -> float | None:
    """Seconds of a step: the minimum over the rounds; None where nothing was timed."""
    return min(result["seconds"]) if result.get("seconds") and "reason" not in result else None


def ratio(row: dict[str, Any], name: str, to: str = "torch") -> float | None:
    mine, theirs = best(row["results"].get(name, {})), best(row["results"].get(to, {}))
    return mine / theirs if mine and theirs else None


def print_heading(names: list[str]) -> None:
    print(f"{'ratio to torch (time)':24}" + "".join(f"{_short(name):>{WIDTH}}" for name in names), flush=True)


def _short(name: str) -> str:
    return name[: WIDTH - 2]


def print_row(row: dict[str, Any]) -> None:
    cells = "".join(f"{_cell(row, name):>{WIDTH}}" for name in row["results"])
    print(f"{row['workload']:24}{cells}", flush=True)


def _cell(row: dict[str, Any], name: str) -> str:
    result = row["results"][name]
    if "reason" in result:
        return "failed" if result.get("failed") else "-"
    if "peak" in result:
        return f"{megabytes(result['peak'])} (+{megabytes(result['peak'] - result['before'])})"
    relative = ratio(row, name)
    return (f"{relative:.3g} " if relative else "") + f"({duration(best(result))})"


def megabytes(count: float) -> str:
    return f"{count / 1e6:.0f} MB"


def duration(seconds: float | None) -> str:
    """Three digits and a unit.

    >>> duration(0.00321)
    '3.21 ms'
    """
    if seconds is None:
        return "-"
    for scale, unit in ((1.0, "s"), (1e-3, "ms")):
        if seconds >= scale:
            return f"{seconds / scale:.3g} {unit}"
    return f"{seconds * 1e6:.3g} µs"


def reasons(rows: list[dict[str, Any]]) -> list[str]:
    """One line a peer and reason: many workloads are missing for the same one."""
    found: dict[tuple[str, str], list[str]] = {}
    for row in rows:
        for name, result in row["results"].items():
            if "reason" in result:
                found.setdefault((name, result["reason"]), []).append(row["workload"])
    return [f"{name} on {', '.join(workloads)}: {reason}" for (name, reason), workloads in found.items()]


def print_reasons(rows: list[dict[str, Any]]) -> None:
    for line in reasons(rows):
        print(line)

"""The demo's numbers as CSV files and as lines to read."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from nn.command.measures import BlockReport
from nn.command.refusal import Refusal

Depths = Mapping[tuple[str, str], Sequence[float]]  # (network, "start" or "end") -> ‖dL/dx‖ from the first block on


def writable(folder: Path, name: str) -> Path:
    """The folder, made, with a file of the name: before the work, so that a bad --out does not cost its time."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()
    except OSError as error:
        raise Refusal(f"--out {folder}: cannot write there ({error.strerror})") from None
    return folder


def write_csv(path: Path, header: Sequence[str], rows: Iterable[Sequence[Any]]) -> Path:
    """A table with a header line."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)
    return path


def write_tables(folder: Path, accuracies: Mapping[str, float], depths: Depths, reports: Sequence[BlockReport]) -> list[Path]:
    """accuracy.csv, gradient_by_depth.csv and blocks.csv."""
    names = [f"{network} {when}" for network, when in depths]
    rows = [(depth, *norms) for depth, norms in enumerate(zip(*depths.values(), strict=True))]
    fields = list(asdict(reports[0]))
    return [
        write_csv(folder / "accuracy.csv", ["network", "accuracy"], accuracies.items()),
        write_csv(folder / "gradient_by_depth.csv", ["blocks_below", *names], rows),
        write_csv(folder / "blocks.csv", [*fields, "alive"], [(*asdict(r).values(), int(r.alive)) for r in reports]),
    ]


def chosen(count: int, most: int = 7) -> list[int]:
    """About `most` indices, first and last included, evenly spread: what a terminal has room for."""
    if count <= most:
        return list(range(count))
    return sorted({round(i * (count - 1) / (most - 1)) for i in range(most)})


def depth_lines(depths: Depths) -> list[str]:
    """‖dL/dx‖ where a few of the blocks begin, a line for each network and time."""
    shown = chosen(len(next(iter(depths.values()))))
    lines = [f"{'‖dL/dx‖ after this many blocks':32}" + "".join(f"{depth:>10}" for depth in shown)]
    for (network, when), norms in depths.items():
        lines.append(f"  {network + ', ' + when:30}" + "".join(f"{norms[depth]:>10.2g}" for depth in shown))
    return lines


def block_lines(reports: Sequence[BlockReport]) -> list[str]:
    """Every block of the residual net, a line each."""
    lines = ["block   ‖dL/dW₂‖   ‖F(x)‖/‖x‖   by the skip   through F   accuracy without F"]
    for r in reports:
        shares = f"{r.share_skip:>11.1%} {r.share_branch:>11.1%}"
        lines.append(f"{r.block:>5} {r.gradient_W2:>10.2e} {r.response:>12.4f} {shares} {r.accuracy_without:>20.3f}")
    return [*lines, _life(reports)]


def _life(reports: Sequence[BlockReport]) -> str:
    dead = [str(r.block) for r in reports if not r.alive]
    if dead:
        return f"DEAD blocks (‖dL/dW₂‖ or F(x) is zero): {', '.join(dead)}"
    return f"no dead block among {len(reports)}: nowhere is ‖dL/dW₂‖ or F(x) zero"

"""`gradroutes paths WHAT`: how many residual functions the gradient of a network of ours, or of a loss of the user's, crossed."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import numpy as np

import autograd
from nn.command.drawing import note
from nn.command.refusal import Refusal
from nn.command.subjects import subject_of
from nn.command.tables import write_csv

HEADER = ("k", "share", "norm", "paths", "veit_norm")
ENDING = ".csv"


def print_lengths(options: argparse.Namespace) -> None:
    """Run it, divide its gradient, print the table and write it where asked."""
    if options.out is not None and options.out.suffix != ENDING:
        raise Refusal(f"--out {options.out}: the table is written as {ENDING}")
    note(f"running {options.what}")
    routes = _routes(options.what, options.seed)
    node = _chosen(routes, options.to)
    note(f"dividing the gradient by path length, {len(routes.joins)} joins")
    lengths = routes.path_lengths(node)
    rows = list(zip(range(len(lengths.counts)), lengths.shares.tolist(), lengths.norms.tolist(), lengths.counts, strict=True))
    if options.veit:
        rows = _with_veit(rows, routes, node)
    count = len(routes.joins)
    print(f"{count} residual join{'s' if count != 1 else ''}; the gradient at {node!r}, by how many residual functions (k) it crossed")
    print("\n".join(_lines(rows)))
    print(_summary(lengths))
    if options.out is not None:
        print(f"wrote {_written(options.out, rows)}")


def _with_veit(rows: list[Any], routes: Any, node: Any) -> list[Any]:
    """Their measure counts the joins on the way, so nested joins and several ways through one make it shorter or longer."""
    note("measuring random paths (Veit et al. 2016)")
    norms = [*routes.veit_norms(node).tolist(), *[0.0] * len(rows)]
    return [(*row, norm) for row, norm in zip(rows, norms, strict=False)]


def _routes(name: str, seed: int) -> Any:
    subject = subject_of(name, seed)
    try:
        return autograd.routes(subject.loss, subject.x, keep="scalars")
    except RuntimeError as error:
        raise Refusal(f"{name}: {error}") from None


def _chosen(routes: Any, name: str | None) -> Any:
    """The tensor of that name, else the fork that is the nearest to the input."""
    if name is None:
        if not routes.joins:
            raise Refusal("no residual join in this graph, so every path crosses none; --to NAME picks a tensor all the same")
        return routes.joins[-1].fork
    named = {edge.parent.name: edge.parent for edge in routes.edges if edge.parent.name}
    if name not in named:
        raise Refusal(f"--to {name}: no tensor of that name got a gradient; named are {', '.join(sorted(named)) or 'none'}")
    return named[name]


def _lines(rows: list[Any]) -> list[str]:
    """A line for each k that anything crossed; the counts as wide as they are."""
    wide = max(5, *(len(f"{row[3]}") for row in rows))
    lines = [f"{'k':>4} {'share':>9} {'norm':>10}  {'paths':>{wide}}" + ("  Veit et al." if len(rows[0]) > 4 else "")]
    for k, share, norm, count, *veit in rows:
        lines.append(f"{k:>4} {share:>9.3%} {norm:>10.3e}  {count:>{wide}}" + "".join(f"  {value:>11.3e}" for value in veit))
    return lines


def _summary(lengths: Any) -> str:
    mean = float(np.dot(np.arange(len(lengths.shares)), lengths.shares))
    left = f"; {lengths.dropped} parts below {lengths.below:g} of the largest left out" if lengths.dropped else ""
    return f"paths in all: {sum(lengths.counts)}, mean k by share {mean:.2f}, cancellation {lengths.cancellation:.3g}{left}"


def _written(path: Path, rows: list[Any]) -> Path:
    try:
        return write_csv(path, HEADER[: len(rows[0])], rows)
    except OSError as error:
        raise Refusal(f"--out {path}: cannot write there ({error.strerror})") from None

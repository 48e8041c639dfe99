"""`gradroutes paths MODULE:FUNCTION`: how many residual functions the gradient of a loss of the user's crossed."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import numpy as np

import autograd
from nn.command.drawing import found
from nn.command.refusal import Refusal
from nn.command.tables import write_csv

HEADER = ("k", "share", "norm", "paths")
ENDING = ".csv"


def print_lengths(options: argparse.Namespace) -> None:
    """Call the function, divide the gradient of the loss it returns, print the table and write it where asked."""
    if options.out is not None and options.out.suffix != ENDING:
        raise Refusal(f"--out {options.out}: the table is written as {ENDING}")
    routes = _routes(options.function)
    node = _chosen(routes, options.to)
    lengths = routes.path_lengths(node)
    rows = list(zip(range(len(lengths.counts)), lengths.shares.tolist(), lengths.norms.tolist(), lengths.counts, strict=True))
    print(f"{len(routes.joins)} residual joins; the gradient at {node!r}, by how many residual functions (k) it crossed")
    print("\n".join(_lines(rows)))
    print(_summary(lengths))
    if options.out is not None:
        print(f"wrote {_written(options.out, rows)}")


def _routes(name: str) -> Any:
    loss = found(name)()
    if not isinstance(loss, autograd.Tensor):
        raise Refusal(f"{name}() returned {type(loss).__name__}; return the loss, a Tensor")
    try:
        return autograd.routes(loss, keep="scalars")
    except RuntimeError as error:
        raise Refusal(f"{name}(): {error}") from None


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


def _lines(rows: list[tuple[int, float, float, int]]) -> list[str]:
    """A line for each k that anything crossed; the counts as wide as they are."""
    wide = max(len(f"{count}") for *_, count in rows)
    lines = [f"{'k':>4} {'share':>9} {'norm':>10}  {'paths':>{max(wide, 5)}}"]
    for k, share, norm, count in rows:
        lines.append(f"{k:>4} {share:>9.3%} {norm:>10.3e}  {count:>{max(wide, 5)}}")
    return lines


def _summary(lengths: Any) -> str:
    mean = float(np.dot(np.arange(len(lengths.shares)), lengths.shares))
    left = f"; {lengths.dropped} parts below {lengths.below:g} of the largest left out" if lengths.dropped else ""
    return f"paths in all: {sum(lengths.counts)}, mean k by share {mean:.2f}, cancellation {lengths.cancellation:.3g}{left}"


def _written(path: Path, rows: list[tuple[int, float, float, int]]) -> Path:
    try:
        return write_csv(path, HEADER, rows)
    except OSError as error:
        raise Refusal(f"--out {path}: cannot write there ({error.strerror})") from None

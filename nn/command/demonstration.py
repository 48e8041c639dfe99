"""`gradroutes demo`: three networks trained side by side, measured, written down and drawn."""

from __future__ import annotations

import argparse
import time

import nn
from nn.command.figures import draw_depths, draw_routes, require_renderer
from nn.command.measures import block_reports, gradient_by_depth
from nn.command.refusal import require
from nn.command.tables import block_lines, depth_lines, writable, write_tables
from nn.command.training import KINDS, accuracy, network, own_start, steps_in, train
from nn.digits import Digits, load_digits


def demonstrate(options: argparse.Namespace) -> None:
    """Train, print, write and draw; the last line printed sums it up."""
    require("demo", "sklearn", "tqdm", "matplotlib")
    require_renderer()
    folder = writable(options.out, "accuracy.csv")
    start = time.perf_counter()
    digits = load_digits(options.seed)
    print(_headline(options, digits))
    nets = {kind: network(kind, options.blocks, options.sigma, options.seed) for kind in KINDS}
    depths = {(kind, "start"): gradient_by_depth(net, digits) for kind, net in nets.items()}
    for kind, net in nets.items():
        _train_with_bar(kind, net, digits, options)
    depths |= {(kind, "end"): gradient_by_depth(net, digits) for kind, net in nets.items()}
    accuracies = {kind: accuracy(net, digits) for kind, net in nets.items()}
    reports = block_reports(nets["residual"], digits)
    print("\n".join(["", *depth_lines(depths), "", *block_lines(reports), ""]))
    written = write_tables(folder, accuracies, depths, reports)
    written += draw_depths(folder, depths) + draw_routes(folder, nets["residual"], nets["twin"], digits)
    print("\n".join(f"wrote {path}" for path in written))
    print(f"{time.perf_counter() - start:.0f} s")
    print("  ".join(f"{kind} {share:.3f}" for kind, share in accuracies.items()) + f"  out {folder}")


def _headline(options: argparse.Namespace, digits: Digits) -> str:
    return (
        f"{len(digits.train_labels)} images to train on, {len(digits.test_labels)} held out (seed {options.seed}). "
        f"{options.blocks} blocks y = F(x) + x, F(x) = σ(W₂σ(W₁x + b₁) + b₂), σ = {options.sigma}; "
        f"the twins have no + x.\nThe twin starts with the residual net's weights, "
        f"the twin in its own initialisation with {own_start(options.sigma)} weights."
    )


def _train_with_bar(kind: str, net: nn.Sequential, digits: Digits, options: argparse.Namespace) -> None:
    from tqdm import tqdm

    steps = train(net, digits, options.epochs, options.seed)
    with tqdm(steps, desc=f"{kind:16}", total=steps_in(digits, options.epochs), unit="step", mininterval=0.5) as bar:
        for loss in bar:
            bar.set_postfix(loss=f"{loss:.3f}", refresh=False)

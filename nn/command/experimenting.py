"""`gradroutes experiments NAME`: one of the field's experiments, run, written down and drawn."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from nn import experiments
from nn.command.refusal import require
from nn.command.tables import writable, write_csv
from nn.command.training import accuracy, network, steps_in, train
from nn.digits import load_digits
from nn.experiments import plots

Row = Sequence[Any]
Result = tuple[Sequence[str], Iterable[Row], Any]  # the table's header and rows, and the figure


def experiment(options: argparse.Namespace) -> None:
    """Run it, write NAME.csv, NAME.svg and NAME.png, and say where they are."""
    require("demo", "sklearn", "tqdm", "matplotlib")
    folder: Path = writable(options.out, f"{options.name}.csv")
    header, rows, figure = RUNS[options.name](options)
    written = [write_csv(folder / f"{options.name}.csv", header, rows)]
    for ending in ("svg", "png"):
        written.append(folder / f"{options.name}.{ending}")
        figure.savefig(written[-1], dpi=150)
    print("\n".join(f"wrote {path}" for path in written))


def _bar(items: Iterable[Any], title: str, total: int | None = None) -> Iterable[Any]:
    from tqdm import tqdm

    bar: Iterable[Any] = tqdm(items, desc=title, total=total, mininterval=0.5)
    return bar


def _depth(options: argparse.Namespace) -> Result:
    starts = _bar(["he", "he_scaled", "xavier", "orthogonal"], "initialisations")
    profiles = [
        each for start in starts for each in experiments.compare_depths(initialisations=[start], blocks=options.blocks, seed=options.seed)
    ]
    for each in profiles:
        norm = "batch norm" if each.norm else "no norm"
        print(f"{each.kind:15} {each.initialisation:10} {norm:10} ‖dL/dx‖ × {each.rate:.4g} a block")
    header = ["kind", "initialisation", "norm", "block", "gradient_at_input", "response", "share_skip"]
    rows = [
        (each.kind, each.initialisation, int(each.norm), index + 1, each.gradients[index], response, share)
        for each in profiles
        for index, (response, share) in enumerate(
            zip(each.responses, each.skip_shares or [""] * len(each.responses), strict=True)
        )
    ]
    return header, rows, plots.depth_figure(profiles)


def _shattered(options: argparse.Namespace) -> Result:
    found = [experiments.shattered_gradients(net, seed=options.seed) for net in _bar(experiments.NETS, "nets")]
    for each in found:
        print(f"{each.net:9} β = {each.beta:g}: fits {each.rate:.3f}^L and (β²L + 1)^{each.exponent:.2f}")
    lags = [f"autocorrelation_{lag}" for lag in range(len(found[0].autocorrelation[0]))]
    rows = [
        (each.net, each.beta, *numbers, *along)
        for each in found
        for *numbers, along in zip(each.depths, each.correlation, each.errors, each.reference, each.autocorrelation, strict=True)
    ]
    header = ["net", "beta", "layers", "correlation", "standard_error", "reference", *lags]
    return header, rows, plots.shattering_figure(found)


def _lesions(options: argparse.Namespace) -> Result:
    digits = load_digits(options.seed)
    studies = {}
    for name, kind in (("residual", "residual"), ("plain, from W = 1", "twin-in-own-init")):
        net = network(kind, options.blocks, "relu", options.seed)
        for _ in _bar(train(net, digits, options.epochs, options.seed), f"train {name}", steps_in(digits, options.epochs)):
            pass
        studies[name] = experiments.lesion_study(net, lambda net: accuracy(net, digits), seed=options.seed)
        print(f"{name}: accuracy {studies[name].whole:.3f}, without one block at least {min(studies[name].without_each):.3f}")
    rows = [(name, *row) for name, study in studies.items() for row in _cuts(study)]
    return ["net", "what", "which", "accuracy"], rows, plots.lesion_figure(studies)


def _cuts(study: experiments.Lesions) -> list[Row]:
    several = zip(study.counts, study.without_several, strict=True)
    return [
        ("whole", "", study.whole),
        *(("without_block", index, value) for index, value in enumerate(study.without_each, 1)),
        *(("without_so_many", count, value) for count, values in several for value in values),
        *(("order_of_kendall_tau", tau, value) for tau, value in study.orders),
    ]


RUNS: dict[str, Callable[[argparse.Namespace], Result]] = {"depth": _depth, "shattered": _shattered, "lesions": _lesions}

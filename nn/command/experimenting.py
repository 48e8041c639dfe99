"""`gradroutes experiments NAME`: one of the field's experiments, run, written down and drawn."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

import nn
from nn import experiments
from nn.command.arguments import BLOCKS
from nn.command.measures import traced
from nn.command.refusal import require
from nn.command.tables import writable, write_csv
from nn.command.training import accuracy, blocks_of, network, steps_in, train
from nn.digits import load_digits
from nn.experiments import panels, plots

Row = Sequence[Any]
Result = tuple[Sequence[str], Iterable[Row], Any]  # the table's header and rows, and the figure
VARIANTS = 18  # blocks, where the skips and orders part ways and all take seconds
SHORT = 10  # blocks of a plain net that an orthogonal start still trains in a few epochs


def experiment(options: argparse.Namespace) -> None:
    """Run it, write NAME.csv, NAME.svg and NAME.png, and say where they are."""
    require("demo", "sklearn", "tqdm", "matplotlib")
    folder: Path = writable(options.out, f"{options.name}.csv")
    header, rows, figure = RUNS[options.name](options)
    written = [write_csv(folder / f"{options.name}.csv", header, rows)]
    for ending in ("svg", "png"):
        written.append(folder / f"{options.name}.{ending}")
        figure.savefig(written[-1], dpi=150)
        figure.set_layout_engine("none")  # laid out once
    print("\n".join(f"wrote {path}" for path in written))


def _bar(items: Iterable[Any], title: str, total: int | None = None) -> Iterable[Any]:
    from tqdm import tqdm

    bar: Iterable[Any] = tqdm(items, desc=title, total=total, mininterval=0.5)
    return bar


def _depth(options: argparse.Namespace) -> Result:
    starts = _bar(["he", "he_scaled", "xavier", "orthogonal"], "initialisations")
    size = {"blocks": options.blocks or BLOCKS, "seed": options.seed}
    profiles = [each for start in starts for each in experiments.compare_depths(initialisations=[start], **size)]
    for each in profiles:
        norm = "batch norm" if each.norm else "no norm"
        print(f"{each.kind:15} {each.initialisation:10} {norm:10} ‖dL/dx‖ × {each.rate:.4g} a block")
    header = ["kind", "initialisation", "norm", "block", "gradient_at_input", "response", "share_skip"]
    rows = [
        (each.kind, each.initialisation, int(each.norm), index + 1, each.gradients[index], response, share)
        for each in profiles
        for index, (response, share) in enumerate(zip(each.responses, each.skip_shares or [""] * len(each.responses), strict=True))
    ]
    return header, rows, plots.depth_figure(profiles, options.theme)


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
    return header, rows, plots.shattering_figure(found, options.theme)


def _variants(options: argparse.Namespace, asked: Sequence[dict[str, Any]]) -> Result:
    """Skips or orders: measured before training, then trained on the digits."""
    size = {"blocks": options.blocks or VARIANTS, "conv": options.conv, "seed": options.seed}
    profiles = [experiments.gradient_by_variant(**each, **size) for each in _bar(asked, "gradients")]
    digits = load_digits(options.seed)
    trainings = [experiments.train_variant(digits, **each, **size, epochs=options.epochs) for each in _bar(asked, "trainings")]
    print(f"{'':27}‖dL/dx‖    by the skips alone    mean k      loss    held out    He et al. 2016")
    for each, trained in zip(profiles, trainings, strict=True):
        numbers = f"× {each.rate:5.3f}    {each.skip_path:18.2g}    {each.mean_length:6.1f}    {trained.losses[-1]:6.3g}"
        print(f"{_named(each):27}{numbers}    {trained.accuracy:8.1%}    {_told(each.paper_error)}")
    header = ["skip", "order", "gate_bias", "block", "gradient_at_input", "response", "share_skip", "k", "norm_of_paths", "share_of_paths"]
    return header, [row for each in profiles for row in _variant_rows(each)], panels.variant_figure(profiles, trainings, options.theme)


def _named(profile: experiments.VariantProfile) -> str:
    return profile.label if profile.skip != "identity" or profile.order != "original" else "identity, original"


def _told(error: float | None) -> str:
    return "" if error is None else "fail" if error == float("inf") else f"{error:.2f} % error"


def _variant_rows(profile: experiments.VariantProfile) -> Iterator[Row]:
    """Block by block, and beside it path length by path length: there is one more of these."""
    count = len(profile.responses)
    names = profile.skip, profile.order, "" if profile.gate_bias is None else profile.gate_bias
    shares = profile.skip_shares or ("",) * count
    for i, lengths in enumerate(zip(profile.length_norms, profile.length_shares, strict=True)):
        block = (i + 1, profile.gradients[i], profile.responses[i], shares[i]) if i < count else ("", profile.gradients[i], "", "")
        yield (*names, *block, i, *lengths)


def _skips(options: argparse.Namespace) -> Result:
    cases = experiments.skips.cases(experiments.SKIPS, experiments.skips.GATE_BIASES)
    return _variants(options, [{"skip": skip, "gate_bias": bias} for skip, bias in cases])


def _orders(options: argparse.Namespace) -> Result:
    return _variants(options, [{"order": order} for order in experiments.ORDERS])


def _starts(options: argparse.Namespace) -> Result:
    digits = load_digits(options.seed)
    data = digits.train_images[:256], digits.train_labels[:256]
    names = _bar(experiments.STARTS, "starts")
    found = [experiments.first_steps(start, data, blocks=options.blocks or BLOCKS, seed=options.seed) for start in names]
    print(f"{'':12}‖dL/dx‖ at the first block by the last's    loss before and after {len(found[-1].losses) - 1} steps")
    for each in found:
        print(f"{each.start:12}{each.growth:39.3g}    {each.losses[0]:.3g}, {each.losses[-1]:.3g}")
    header = ["start", "step", "loss", "block", "gradient_at_input", "response", "share_skip", "gradient_of_W1"]
    return header, [row for each in found for row in _start_rows(each)], panels.start_figure(found, options.theme)


def _start_rows(profile: experiments.StartProfile) -> Iterator[Row]:
    measures = zip(profile.gradients, profile.responses, profile.skip_shares, profile.weight_gradients, strict=True)
    for step, (loss, each) in enumerate(zip(profile.losses, measures, strict=True)):
        yield from ((profile.start, step, loss, i, *values) for i, values in enumerate(zip(*each, strict=False), 1))


def _lesions(options: argparse.Namespace) -> Result:
    digits = load_digits(options.seed)
    studies = {}
    for name, net in _nets(options).items():
        for _ in _bar(train(net, digits, options.epochs, options.seed), f"train {name}", steps_in(digits, options.epochs)):
            pass
        studies[name] = experiments.lesion_study(net, lambda net: accuracy(net, digits), seed=options.seed)
        alone = studies[name].without_each
        print(f"{name}: accuracy {studies[name].whole:.3f}, without one block {min(alone):.3f} to {max(alone):.3f}")
    rows = [(name, *row) for name, study in studies.items() for row in _cuts(study)]
    return ["net", "what", "which", "accuracy"], rows, plots.lesion_figure(studies, theme=options.theme)


def _nets(options: argparse.Namespace) -> dict[str, nn.Sequential]:
    """A residual net; a plain one that starts as the identity; and a short plain one that does not, as VGG in the paper."""
    long = {name: network(kind, options.blocks or BLOCKS, "relu", options.seed) for name, kind in LONG_NETS.items()}
    short = network("twin", min(options.blocks or BLOCKS, SHORT), "relu", options.seed)
    random = np.random.default_rng(options.seed)
    for block in blocks_of(short):
        for weight in (block.W1, block.W2):
            nn.init.orthogonal_(weight, gain=1.4, generator=random)
    return {**long, f"plain, {len(blocks_of(short))} blocks, orthogonal": short}


LONG_NETS = {"residual": "residual", "plain, from W = 1": "twin-in-own-init"}


def _lengths(options: argparse.Namespace) -> Result:
    digits = load_digits(options.seed)
    net = network("residual", options.blocks or BLOCKS, "relu", options.seed)
    found = {"at the start": _by_length(net, digits)}
    for _ in _bar(train(net, digits, options.epochs, options.seed), "train", steps_in(digits, options.epochs)):
        pass
    found[f"after {options.epochs} epochs"] = _by_length(net, digits)
    for name, each in found.items():
        print(f"{name:15} mean k {each.mean_length:5.2f}, as if no paths cancelled {each.veit_mean_length:5.2f}, of {len(each.norms) - 1}")
    header = ["when", "k", "paths", "norm_of_one", "veit_norm", "norm", "share"]
    columns = {name: (each.counts, each.path_norms, each.veit_norms, each.norms, each.shares) for name, each in found.items()}
    rows = [(name, k, *row) for name, each in columns.items() for k, row in enumerate(zip(*each, strict=True))]
    return header, rows, panels.length_figure(found, options.theme)


def _by_length(net: nn.Sequential, digits: Any) -> experiments.LengthProfile:
    trace = traced(net, digits)
    return experiments.gradient_by_length(trace.loss, trace.trunk[0])


def _cuts(study: experiments.Lesions) -> list[Row]:
    several = zip(study.counts, study.without_several, strict=True)
    return [
        ("whole", "", study.whole),
        *(("without_block", index, value) for index, value in enumerate(study.without_each, 1)),
        *(("without_so_many", count, value) for count, values in several for value in values),
        *(("order_of_kendall_tau", tau, value) for tau, value in study.orders),
    ]


RUNS: dict[str, Callable[[argparse.Namespace], Result]] = {
    "depth": _depth, "skips": _skips, "orders": _orders, "starts": _starts, "shattered": _shattered, "lesions": _lesions,
    "lengths": _lengths,
}  # fmt: skip

"""Run the field's experiments with their defaults and write the figures of docs/experiments.md.

python docs/experiments/make.py [NAME ...]: all of them, and the recorder's, when none is named; some minutes.
"""

import sys
from pathlib import Path

import autograd
from nn.command.arguments import EXPERIMENTS, parse
from nn.command.experimenting import RUNS
from nn.command.training import network, train
from nn.digits import load_digits

HERE = Path(__file__).resolve().parent


def main(names: list[str]) -> None:
    for name in names or [*EXPERIMENTS, "recorder"]:
        if name == "recorder":
            record()
        else:
            _, _, figure = RUNS[name](parse(["experiments", name]))
            figure.savefig(HERE / f"{name}.png", dpi=96)


def record() -> None:
    """The demo's residual net over six epochs, every third step."""
    with autograd.Recorder(every=3) as recorder:
        for _ in train(network("residual", 30, "relu", 0), load_digits(0), 6, 0):
            pass
    recorder.heatmap("share_skip").save(HERE / "recorder_share.svg")
    recorder.heatmap("norm", "dark").save(HERE / "recorder_norm_dark.svg")


if __name__ == "__main__":
    main(sys.argv[1:])

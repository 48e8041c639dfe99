"""The command line, read and checked before anything heavy is imported."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NoReturn

import autograd
from nn.command.refusal import Refusal
from nn.residual import SIGMAS

FULL, QUICK = 40, 5  # epochs
BLOCKS = 30


class Parser(argparse.ArgumentParser):
    """Says what is wrong in one line instead of printing its usage first."""

    def error(self, message: str) -> NoReturn:
        raise Refusal(f"{message} ({self.prog} --help explains)")


def whole(lowest: int, highest: int) -> Callable[[str], int]:
    """A reader of whole numbers between two bounds, both included."""

    def read(text: str) -> int:
        try:
            number = int(text)
        except ValueError:
            number = lowest - 1
        if not lowest <= number <= highest:
            raise argparse.ArgumentTypeError(f"takes a whole number from {lowest} to {highest}, given {text!r}")
        return number

    return read


def _demo(options: argparse.Namespace) -> None:
    from nn.command.demonstration import demonstrate

    demonstrate(options)


def _draw(options: argparse.Namespace) -> None:
    from nn.command.drawing import draw_subject

    draw_subject(options)


def _experiments(options: argparse.Namespace) -> None:
    from nn.command.experimenting import experiment

    experiment(options)


def _paths(options: argparse.Namespace) -> None:
    from nn.command.lengths import print_lengths

    print_lengths(options)


def _export(options: argparse.Namespace) -> None:
    from nn.command.exporting import export_model

    export_model(options)


def _sharpen(options: argparse.Namespace) -> None:
    from nn.command.sharpening import sharpen

    sharpen(options)


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    """The options of a command line; `run` among them is the function to call with them."""
    about = "NumPy autograd that shows how the +1 of a residual connection routes gradients."
    parser = Parser(prog="gradroutes", description=about)
    parser.add_argument("--version", action="version", version=f"gradroutes {autograd.__version__}")
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    from nn.command.training_arguments import add_predict, add_train

    _add_demo(commands)
    add_train(commands)
    add_predict(commands)
    _add_draw(commands)
    _add_experiments(commands)
    _add_paths(commands)
    _add_sharpen(commands)
    _add_export(commands)
    options = parser.parse_args(arguments)
    if getattr(options, "epochs", 0) is None:
        options.epochs = QUICK if options.quick else FULL
    return options


def _add_demo(commands: Any) -> None:
    about = "train a residual net and its plain twins on handwritten digits, and draw where the gradient goes"
    demo = commands.add_parser("demo", help=about, description=about.capitalize() + ".")
    option = demo.add_argument
    numbers = whole(1, 1000)
    option("--seed", type=whole(0, 2**32 - 1), default=0, metavar="N", help="of the split, weights and batches (default 0)")
    option("--blocks", type=numbers, default=BLOCKS, metavar="N", help=f"residual blocks (default {BLOCKS})")
    option("--epochs", type=numbers, metavar="N", help=f"passes over the images (default {FULL}; --quick: {QUICK})")
    option("--sigma", choices=list(SIGMAS), default="relu", metavar="σ", help=f"{', '.join(SIGMAS)} (default relu)")
    option("--out", type=Path, default=Path("gradroutes-demo"), metavar="DIR", help="for tables, pictures (default %(default)s)")
    option("--quick", action="store_true", help="a shorter training: seconds")
    demo.set_defaults(run=_demo)


WHAT = """\
WHAT is nn.NAME, a network or block of this library with random weights and an example input (nn.resnet20, nn.ResidualBlock; a
name that is none lists them), or MODULE:FUNCTION, a function of yours in MODULE.py, called without arguments. It returns the
loss, a Tensor, or a pair: the network and its input x.
"""


def _subject_parser(commands: Any, name: str, about: str) -> Any:
    parser = commands.add_parser(
        name, help=about, description=about.capitalize() + ".", epilog=WHAT, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("what", metavar="WHAT", help="nn.NAME or MODULE:FUNCTION; see below")
    parser.add_argument("--seed", type=whole(0, 2**32 - 1), default=0, metavar="N", help="of nn.NAME's weights and input (default 0)")
    return parser


def _add_draw(commands: Any) -> None:
    draw = _subject_parser(commands, "draw", "draw where the gradient of a network, or of a loss of yours, goes")
    draw.add_argument("--level", choices=["block", "stack", "rolled", "ops"], help="of detail (default: by size)")
    draw.add_argument("--theme", choices=["auto", "light", "dark"], default="auto", help="auto follows the viewer (default)")
    draw.add_argument("--rankdir", choices=["LR", "TB"], default="LR", help="left to right (default) or top to bottom")
    draw.add_argument("--twin", action="store_true", help="beside it the same network without its skips")
    out = "by its ending: .svg .png .html .dot .pdf (default %(default)s)"
    draw.add_argument("--out", type=Path, default=Path("graph.svg"), metavar="FILE", help=out)
    draw.set_defaults(run=_draw)


EXPERIMENTS = {
    "depth": "gradient norm and response by depth before training: four kinds of block, four starts, with and without norm",
    "skips": "the skips of He et al. 2016, table 1: scaled, gated, convolved, dropped; their gradients, then a short training",
    "orders": "the orders of norm, ReLU and sum of He et al. 2016, table 2; likewise",
    "starts": "last layers that start at 0 (Fixup, ReZero, SkipInit, zero γ) over the first steps, and what they stand against",
    "shattered": "correlation of gradients between inputs, and along a line of them (Balduzzi et al. 2017)",
    "lengths": "a gradient by how many residual functions its paths crossed, exactly and as Veit et al. 2016 measure it",
    "lesions": "blocks of a trained net deleted and reordered, beside plain nets' (Veit et al. 2016)",
}


def _add_experiments(commands: Any) -> None:
    about = "run one of the field's experiments on residual networks: a table and a figure"
    parser = commands.add_parser(
        "experiments", help=about, description=about.capitalize() + ".",
        epilog="\n".join(f"{name:9}  {what}" for name, what in EXPERIMENTS.items()),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    option = parser.add_argument
    option("name", metavar="NAME", choices=list(EXPERIMENTS), help=f"{', '.join(EXPERIMENTS)}; see below")
    option("--seed", type=whole(0, 2**32 - 1), default=0, metavar="N", help="of weights, inputs and choices (default 0)")
    option("--blocks", type=whole(1, 1000), metavar="N", help=f"of all but shattered (default {BLOCKS}; skips and orders: 18)")
    option("--epochs", type=whole(1, 1000), default=QUICK, metavar="N", help=f"of skips, orders, lengths, lesions (default {QUICK})")
    option("--conv", action="store_true", help="skips and orders of convolutions: minutes")
    option("--theme", choices=["light", "dark"], default="light", help="of the figure (default light)")
    option("--out", type=Path, default=Path("gradroutes-experiments"), metavar="DIR", help="for the files (default %(default)s)")
    parser.set_defaults(run=_experiments)


def _add_paths(commands: Any) -> None:
    paths = _subject_parser(commands, "paths", "tell how many residual functions a gradient crossed, path length by path length")
    paths.add_argument("--to", metavar="NAME", help="the gradient at the tensor of this name (default: at the first fork)")
    paths.add_argument("--veit", action="store_true", help="beside it the measure of Veit et al. 2016: paths as if none cancelled")
    paths.add_argument("--out", type=Path, metavar="FILE", help="write the table too, as .csv")
    paths.set_defaults(run=_paths)


def _add_sharpen(commands: Any) -> None:
    about = "train a net that computes only what a soft photograph lacks, beside its twin without the skip; or sharpen a picture"
    sharpen = commands.add_parser("sharpen", help=about, description=about.capitalize() + ".")
    option = sharpen.add_argument
    option("--steps", type=whole(1, 1_000_000), default=500, metavar="N", help="of Adam, for each net (default %(default)s)")
    option("--quick", dest="steps", action="store_const", const=60, help="60 steps: seconds")
    option("--depth", type=whole(2, 50), default=6, metavar="N", help="convolutions (default 6; the paper's 20 take longer)")
    option("--seed", type=whole(0, 2**32 - 1), default=0, metavar="N", help="of weights and patches (default 0)")
    option("--image", type=Path, metavar="FILE", help="a picture of yours: scaled up by --scale and sharpened, not trained on")
    option("--weights", type=Path, metavar="FILE", help="of a trained net, for --image (default: weights.safetensors in --out)")
    option("--scale", type=whole(1, 8), default=2, metavar="N", help="2 as trained; 1 for a picture that is large and soft (default 2)")
    option("--out", type=Path, default=Path("gradroutes-sharpen"), metavar="DIR", help="for tables, pictures (default %(default)s)")
    sharpen.set_defaults(run=_sharpen)


def _sizes(text: str) -> tuple[int, ...]:
    """``1,3,224,224``."""
    return tuple(map(whole(1, 2**31), text.split(",")))


def _add_export(commands: Any) -> None:
    about = "write a network with its weights as an ONNX file, checked and run before it is written"
    export = commands.add_parser("export", help=about, description=about.capitalize() + ".")
    option = export.add_argument
    option("model", metavar="MODEL", help="resnet18, sharpener, nn.NAME(argument=value), MODULE:FUNCTION, or what `gradroutes train` wrote")
    option("--weights", type=Path, metavar="FILE", help=".safetensors, .npz, .pt or .pth (default: as it was initialised)")
    option("--classes", type=whole(1, 10**6), metavar="N", help="of a network of ours (default: as the data set it is for)")
    option("--shape", type=_sizes, metavar="N,C,H,W", help="of an example (default: as the data set it is for)")
    option("--out", type=Path, default=Path("model.onnx"), metavar="FILE", help="(default %(default)s)")
    export.set_defaults(run=_export)

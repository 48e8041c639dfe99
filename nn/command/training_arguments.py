"""The options of `gradroutes train` and `gradroutes predict`."""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

from nn.command.arguments import whole

# What is not given on the command line; a resumed run has the values of its checkpoint instead.
DEFAULTS: dict[str, Any] = {
    "model": "nn.resnet20", "data": "digits", "epochs": 10, "batch_size": 64, "optimizer": "sgd", "lr": None, "momentum": 0.9,
    "nesterov": False, "weight_decay": 1e-4, "schedule": "cosine", "warmup": 0.0, "milestones": None, "gamma": 0.1,
    "label_smoothing": 0.0, "clip_norm": None, "augment": "auto", "size": None, "held_out": 0.1, "seed": 0, "log_every": 20,
    "checkpoint_every": 200, "weights": None,
}  # fmt: skip
FREE = {"checkpoint_every"}  # what a resumed run may change

DATA = """\
what --data takes:
  digits                the default: 1,797 handwritten digits of 8×8 pixels out of scikit-learn, no download
  FOLDER                of MNIST's or Fashion-MNIST's idx files; of CIFAR-10's or CIFAR-100's batches;
                        of train/CLASS/*.png and test/CLASS/*.png, or CLASS/*.png alone
  FILE                  cifar-10-python.tar.gz, cifar-100-binary.tar.gz and the like; an .npz with x_train, y_train,
                        x_test, y_test, or x and y

what it writes in --out:
  checkpoint.safetensors   all that the run needs to go on, replaced whole: a kill at any moment loses no more than
                           the steps since; `gradroutes train --resume DIR` then gives the same bits as if nothing had happened,
                           with more --epochs the bits of a run begun with them (where --schedule does not depend on its end)
  log.csv                  loss, accuracy and learning rate; no times, so that it too comes out the same
  model.safetensors        the weights at the end, readable by `nn.load_into`, safetensors and PyTorch

examples:
  gradroutes train
  gradroutes train --model nn.resnet20 --data cifar-10-python.tar.gz --epochs 160 --batch-size 128 --schedule multistep --out runs/r20
  gradroutes train --model "nn.resnet56(shortcut='B')" --data cifar-100-python.tar.gz --warmup 2 --out runs/r56
  gradroutes train --model mynet:build --data mnist/ --optimizer adamw --out runs/mine
  gradroutes train --resume runs/r20
"""


def number(lowest: float, highest: float = math.inf, above: bool = False) -> Callable[[str], float]:
    """A reader of numbers between two bounds; the lower one excluded with `above`."""

    def read(text: str) -> float:
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        if not (lowest < value if above else lowest <= value) or value > highest or math.isinf(value):
            bounds = f"{'above' if above else 'from'} {lowest:g}" + (f" to {highest:g}" if highest < math.inf else "")
            raise argparse.ArgumentTypeError(f"takes a number {bounds}, given {text!r}")
        return value

    return read


def _train(options: argparse.Namespace) -> None:
    from nn.command.fitting import train_model

    train_model(options)


def _predict(options: argparse.Namespace) -> None:
    from nn.command.predicting import predict

    predict(options)


def add_train(commands: Any) -> None:
    """`gradroutes train`."""
    about = "train a network on images, with checkpoints to go on from"
    parser = commands.add_parser(
        "train", help=about, description=about.capitalize() + ".", epilog=DATA, argument_default=argparse.SUPPRESS,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    _add_what(parser.add_argument_group("what").add_argument)
    _add_how(parser.add_argument_group("how").add_argument)
    _add_where(parser.add_argument_group("where").add_argument)
    parser.set_defaults(run=_train)


def _add_what(option: Callable[..., Any]) -> None:
    option("--model", metavar="NAME", help="nn.resnet20 (default), another of nn's, or module:function of your own; name=value in brackets")
    option("--data", metavar="PATH", help="see below (default digits)")
    option("--size", type=whole(1, 4096), metavar="N", help="scale the images of a folder to N×N pixels")
    option("--held-out", type=number(0, 0.9, True), metavar="SHARE", help="to test on, where the data has no test part (default 0.1)")
    option("--augment", choices=["auto", "none", "crop", "flip", "both"],
           help="crop: pad 4 and crop at random; flip: mirror at random; auto: both for colour images (default auto)")  # fmt: skip
    option("--weights", metavar="FILE", help="start from these weights: .safetensors, .npz, .pt or .pth")
    option("--seed", type=whole(0, 2**32 - 1), metavar="N", help="of weights, order, augmentation and dropout (default 0)")


def _add_how(option: Callable[..., Any]) -> None:
    option("--epochs", type=whole(1, 100_000), metavar="N", help="passes over the data (default 10)")
    option("--batch-size", type=whole(1, 1 << 20), metavar="N", help="default 64")
    option("--optimizer", choices=["sgd", "adam", "adamw", "rmsprop", "adagrad"], help="default sgd")
    option("--lr", type=number(0, above=True), metavar="η", help="learning rate (default: sgd 0.1, adagrad 0.01, others 0.001)")
    option("--momentum", type=number(0, 1), metavar="M", help="of sgd (default 0.9)")
    option("--nesterov", action="store_true", help="Nesterov's momentum")
    option("--weight-decay", type=number(0), metavar="λ", help="default 0.0001")
    option("--schedule", choices=["cosine", "constant", "multistep", "exponential", "onecycle", "plateau"], help="of η (default cosine)")
    option("--warmup", type=number(0), metavar="EPOCHS", help="raise η linearly before the schedule begins (default 0)")
    option("--milestones", type=number(0), nargs="+", metavar="EPOCH", help="of multistep (default half and three quarters of the epochs)")
    option("--gamma", type=number(0, 1, True), metavar="γ", help="factor of multistep, exponential (an epoch) and plateau (default 0.1)")
    option("--label-smoothing", type=number(0, 1), metavar="ε", help="default 0")
    option("--clip-norm", type=number(0, above=True), metavar="N", help="scale gradients down to this norm (default: do not)")


def _add_where(option: Callable[..., Any]) -> None:
    option("--out", type=Path, metavar="DIR", help="for checkpoint, log and weights (default gradroutes-train)")
    option("--resume", nargs="?", const=True, metavar="DIR", help="go on from the checkpoint in DIR (or in --out)")
    option("--overwrite", action="store_true", help="begin anew where --out holds a run already")
    option("--log-every", type=whole(1, 1 << 30), metavar="N", help="steps between rows of the log (default 20)")
    option("--checkpoint-every", type=whole(1, 1 << 30), metavar="N",
           help="steps between checkpoints, besides those after each epoch (default 200)")  # fmt: skip


PREDICT = """\
examples:
  gradroutes predict digit.png --checkpoint gradroutes-train
  gradroutes predict photos/ --checkpoint runs/r20 --top 3 --out classes.csv
  gradroutes predict cat.jpg --checkpoint resnet18.pth --model nn.resnet18 --classes imagenet.txt
"""


def add_predict(commands: Any) -> None:
    """`gradroutes predict`."""
    about = "tell the classes of images, with a network that was trained"
    parser = commands.add_parser(
        "predict", help=about, description=about.capitalize() + ".", epilog=PREDICT,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    option = parser.add_argument
    option("images", nargs="+", type=Path, metavar="IMAGE", help="PNG, JPEG and the like; folders of them; .npz with one array of images")
    option("--checkpoint", type=Path, required=True, metavar="PATH", help="a run's folder, its checkpoint or weights, or weights of others")
    option("--model", metavar="NAME", help="the network, where the weights do not say: as for train")
    option("--classes", type=Path, metavar="FILE", help="names of the classes, one a line")
    option("--size", type=whole(1, 4096), metavar="N", help="pixels of a side, where the weights do not say (default 224)")
    option("--top", type=whole(1, 1000), default=3, metavar="N", help="classes to print for each image (default 3)")
    option("--out", type=Path, metavar="FILE", help="write every probability too, as .csv")
    parser.set_defaults(run=_predict)

"""`gradroutes train`: a network trained on images, from the beginning or from a checkpoint."""

from __future__ import annotations

import argparse
import contextlib
import copy
import importlib.util
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

import autograd
import nn
from nn.command.choices import build_model, has_convolutions, start_from
from nn.command.interruption import Interruption
from nn.command.locking import alone_in
from nn.command.progress import Progress, epoch_line
from nn.command.refusal import Refusal, require
from nn.command.resuming import absolute, agreed, is_resumed, place, stored_in
from nn.command.runs import LOG, WEIGHTS, Run, Stopped, steady
from nn.command.tables import writable
from nn.command.training_arguments import DEFAULTS
from nn.data import Data, Preparation, measured, read_data
from nn.data.preparation import fitted
from nn.training import NonFiniteError, about_checkpoint, load_checkpoint

DIVERGED = 3  # exit code


def train_model(given: argparse.Namespace) -> None:
    """Train, from the beginning or on from a checkpoint; end with where the weights are."""
    require("train", "tqdm", "safetensors")
    folder, resume = place(given)
    with alone_in(folder):
        _train_in(folder, is_resumed(folder, resume, given), {name: value for name, value in vars(given).items() if name in DEFAULTS})


def _train_in(folder: Path, resumed: bool, chosen: dict[str, Any]) -> None:
    about = stored_in(folder) if resumed else None
    options = agreed(about["options"], chosen) if about else {**DEFAULTS, **chosen, "data": absolute(chosen)}
    data = _data(options)
    if about and about["fingerprint"] != data.fingerprint():
        raise Refusal(f"{options['data']}: the data has changed since the checkpoint in {folder} was written")
    model = build_model(options["model"], len(data.classes), options["seed"])
    kernels = about["kernels"] if about else _kernels(model)
    with steady(options["seed"], kernels):
        run = _prepared(folder, model, data, options, kernels)
        _begin(run, resumed, options, len(data.classes))
        _say_what(run, data, about["options"]["epochs"] if about else options["epochs"])
        _go(run)


# --------------------------------------------------------------------------------------------------------------- the data


def _data(options: Mapping[str, Any]) -> Data:
    with _reading():
        return read_data(options["data"], options["size"], options["held_out"], options["seed"])


@contextlib.contextmanager
def _reading() -> Iterator[None]:
    """A large folder's images are read when they are asked for, and may be damaged, or of several sizes."""
    try:
        yield
    except ModuleNotFoundError as error:
        raise Refusal(str(error), code=1) from None
    except (OSError, ValueError) as error:
        raise Refusal(f"--data {str(error).replace('pass size=', 'give --size N')}") from None


def _kernels(model: nn.Module) -> str:
    """Compiled ones where they are installed and the model has something for them."""
    return "fast" if has_convolutions(model) and importlib.util.find_spec("numba") else "numpy"


# --------------------------------------------------------------------------------------------------------------- the run


def _prepared(folder: Path, model: nn.Module, data: Data, options: dict[str, Any], kernels: str) -> Run:
    with _reading():
        preparation = fitted(measured(data.train), model, data.shape())
    _try(model, preparation, data, options)
    chosen = {**options, "augment": _augmentation(options["augment"], data.shape())}
    about = {
        "options": options, "classes": data.classes, "preparation": preparation._asdict(), "shape": data.shape(),
        "fingerprint": data.fingerprint(), "kernels": kernels, "version": autograd.__version__,
    }  # fmt: skip
    return Run(folder, model, data, preparation, chosen, json.dumps(about))


def _augmentation(choice: str, shape: tuple[int, ...]) -> str:
    if choice == "auto":
        return "both" if len(shape) == 3 and shape[0] == 3 else "none"
    if choice != "none" and len(shape) != 3:
        raise Refusal(f"--augment {choice} needs images; a sample of this data has shape {shape}")
    return choice


def _try(model: nn.Module, preparation: Preparation, data: Data, options: Mapping[str, Any]) -> None:
    """Two images through the model: what does not fit is said before anything is written."""
    with _reading():
        images = preparation(data.train[np.arange(min(2, len(data.train)))][0])
    try:
        with autograd.no_grad(), np.errstate(all="ignore"):
            outputs = autograd.as_tensor(model.eval()(images))
    except (TypeError, ValueError) as error:
        raise Refusal(f"--model {options['model']} does not take this data, of shape {images.shape[1:]} a sample: {error}") from None
    _load_kernels(model, images)
    if outputs.shape != (len(images), len(data.classes)):
        wanted = (len(images), len(data.classes))
        raise Refusal(f"--model {options['model']} gives outputs of shape {outputs.shape}, expected {wanted}: a number for each class")


def _load_kernels(model: nn.Module, images: Any) -> None:
    """Compiled kernels are loaded, and the first time compiled, at their first use: before the bar begins, not under it."""
    with contextlib.suppress(Exception), np.errstate(all="ignore"):
        autograd.as_tensor(copy.deepcopy(model).train()(images)).sum().backward()


def _start_from(model: nn.Module, path: str, classes: int) -> None:
    try:
        others = start_from(model, Path(path), classes)
    except ValueError as error:
        raise ValueError(f"--weights {path}: {error}") from None
    if others:
        print(f"{', '.join(others)} of {path} are for other classes; here they stay as they start")


def _begin(run: Run, resumed: bool, options: Mapping[str, Any], classes: int) -> None:
    """At the checkpoint, or at a first one, from which a run that is killed early goes on too."""
    writable(run.folder, LOG)
    run.tidy()
    try:
        if resumed:
            load_checkpoint(run.checkpoint, run)
            if about_checkpoint(run.checkpoint) != run.about:
                run.save()  # killed from here on, it goes on with the options of now
            return
        if options["weights"]:
            _start_from(run.model, options["weights"], classes)
    except (OSError, ValueError) as error:
        raise Refusal(str(error), code=1) from None
    (run.folder / WEIGHTS).unlink(missing_ok=True)  # of a run that is overwritten
    run.save()


def _say_what(run: Run, data: Data, before: int) -> None:
    options, count = run.options, sum(parameter.size for parameter in run.model.parameters())
    place = run.loader.state_dict()
    print(
        f"{options['model']} ({count:,} parameters) on {data.kind}: {len(data.train):,} samples of shape {data.shape()} to train on, "
        f"{len(data.test):,} to test on, {len(data.classes)} classes\n"
        f"{options['optimizer']}, η = {run.trainer.optimizer.param_groups[0]['initial_lr' if run.plateau is None else 'lr']:g}, "
        f"{options['schedule']}, batches of {options['batch_size']}, seed {options['seed']}, in {run.folder}"
    )
    if run.trainer.epoch >= options["epochs"] and run.untested is None:
        print(f"all {options['epochs']} epochs are done already")
    elif run.trainer.number:
        print(f"going on after step {run.trainer.number:,} (epoch {place['epoch'] + 1}, batch {place['batch']} of {len(run.loader)})")
    if options["epochs"] > before:
        print(f"to {options['epochs']} epochs instead of {before}: the same run as one that was begun with {options['epochs']}")


def _go(run: Run) -> None:
    epochs = run.options["epochs"]
    progress, before = Progress(epochs * run.images, run.done(), epochs), run.trainer.number
    with Interruption() as interruption:
        run.stop = lambda: interruption.signal is not None
        try:
            for step in run.steps():
                if step.number > before:  # not one whose test alone was left to be made
                    progress.show(step)
                if step.ends_epoch:
                    _say_epoch(run, progress, step.epoch)
                if run.stop():
                    break
        except Stopped:
            pass
        except NonFiniteError as error:
            raise Refusal(f"{error}. The checkpoint in {run.folder} is of before", code=DIVERGED) from None
        except (OSError, ValueError) as error:  # a disk that is full, an image that is damaged
            where = f"stopped in step {run.trainer.number + 1:,}"
            raise Refusal(f"{where}: {error}. The checkpoint in {run.folder} is whole", code=1) from error
        finally:
            progress.close()
            run.log.close()
        if run.trainer.epoch < epochs or run.untested is not None:
            run.save()
            where = "before the test of" if run.untested is not None else "in"
            raise Refusal(
                f"stopped after step {run.trainer.number:,} ({where} epoch {run.trainer.epoch + (run.untested is None)} of {epochs}), "
                f"which is saved; go on with: gradroutes train --resume {run.folder}", code=interruption.code,
            )  # fmt: skip
    print(f"test accuracy {run.test.accuracy:.4f}  weights {run.finish()}  log {run.log.path}")


def _say_epoch(run: Run, progress: Progress, epoch: int) -> None:
    progress.say(epoch_line(epoch, run.options["epochs"], run.score, run.test, progress.rate()))

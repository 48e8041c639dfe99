"""One training as the command runs it: a trainer, its log, its tests after each epoch, its checkpoint."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

import autograd.kernels
import nn
from nn import functional as F
from nn.command.choices import build_optimizer, build_plateau, build_schedule
from nn.data import Data, DataLoader, Preparation, random_crop, random_flip
from nn.data.datasets import Array
from nn.training import Log, Score, Step, Trainer, evaluate, save_checkpoint
from nn.training.checkpoints import ABOUT, clean

CHECKPOINT, WEIGHTS, LOG = "checkpoint.safetensors", "model.safetensors", "log.csv"
HEADER = ["epoch", "step", "lr", "loss", "accuracy", "test_loss", "test_accuracy"]


@contextmanager
def steady(seed: int, kernels: str) -> Iterator[None]:
    """What a run's numbers depend on besides its options: the kernels, and the generators that a model of the user's may draw from.

    Kernels are chosen once. By themselves they are loaded when a large array comes along, so that small arrays would be computed
    by one kind before and by another after: a resumed run would differ from one that was not interrupted.
    """
    before = np.random.get_state(legacy=True), random.getstate(), autograd.kernels.use(kernels)  # noqa: NPY002
    np.random.seed(seed)  # noqa: NPY002
    random.seed(seed)
    try:
        yield
    finally:
        np.random.set_state(before[0])  # noqa: NPY002
        random.setstate(before[1])
        autograd.kernels.use(before[2])


class Transform:
    """Pixels prepared, then cropped and mirrored at random."""

    def __init__(self, preparation: Preparation, augment: str) -> None:
        self.prepare, self.shape = preparation._replace(rows=False, repeat=1), preparation.shaped
        self.crop, self.flip = augment in ("crop", "both"), augment in ("flip", "both")

    def __call__(self, images: Array, generator: np.random.Generator) -> Array:
        images = self.prepare(images)
        if self.crop:
            images = random_crop(images, generator=generator)
        if self.flip:
            images = random_flip(images, generator=generator)
        return self.shape(images)


class Stopped(Exception):
    """In the middle of a test, which is made again when the run goes on."""


class Run:
    """A training in a folder; its `state_dict` is what a checkpoint holds."""

    def __init__(
        self, folder: Path, model: nn.Module, data: Data, preparation: Preparation, options: Mapping[str, Any], about: str
    ) -> None:
        self.folder, self.model, self.options, self.about = folder, model, options, about
        size = options["batch_size"]
        self.loader = DataLoader(
            data.train, size, shuffle=True, generator=options["seed"], prefetch=2, transform=Transform(preparation, options["augment"]),
            drop_last=len(data.train) % size == 1 < len(data.train),  # a norm over a batch cannot learn from one sample
        )  # fmt: skip
        self.tests = DataLoader(data.test, size, transform=lambda images, _: preparation(images), generator=0, prefetch=2)
        optimizer = build_optimizer(model, options)
        self.plateau = build_plateau(optimizer, options)
        self.trainer = Trainer(
            model, optimizer, self.loader, loss=self._loss, clip_norm=options["clip_norm"],
            schedule=build_schedule(optimizer, len(self.loader), options),
        )  # fmt: skip
        self.log = Log(folder / LOG, HEADER)
        self.sums, self.epoch_sums = [0.0, 0, 0], [0.0, 0, 0]
        self.score = self.test = Score(float("nan"), float("nan"))  # of the last epoch
        self.untested: Step | None = None  # the last step of an epoch whose test is still to be made
        self.stop: Callable[[], bool] = lambda: False

    def _loss(self, outputs: Any, labels: Any) -> Any:
        return F.cross_entropy(outputs, labels, label_smoothing=self.options["label_smoothing"])

    @property
    def checkpoint(self) -> Path:
        return self.folder / CHECKPOINT

    @property
    def images(self) -> int:
        """How many images an epoch shows."""
        whole, size = len(self.loader.dataset), self.loader.batch_size  # type: ignore[arg-type]
        return whole - whole % size if self.loader.drop_last else whole

    def done(self) -> int:
        """How many images were shown so far."""
        place = self.loader.state_dict()
        return place["epoch"] * self.images + place["batch"] * self.loader.batch_size

    # ------------------------------------------------------------------------------------------------------- step by step

    def steps(self) -> Iterator[Step]:
        """Every step, when what comes after it is done too: the test, the log, the checkpoint."""
        if self.untested is not None:
            yield self._end_epoch(self.untested)
        for step in self.trainer.steps(self.options["epochs"]):
            self._count(step)
            if step.ends_epoch:
                self.untested = step
                self.save()  # a test may take long, and is stopped or killed like a step
                self._end_epoch(step)
            elif step.number % self.options["log_every"] == 0:
                self._write(step, ["", ""])
            if not step.ends_epoch and step.number % self.options["checkpoint_every"] == 0:
                self.save()
            yield step

    def _count(self, step: Step) -> None:
        for sums in (self.sums, self.epoch_sums):
            sums[0] += step.loss * step.images
            sums[1] += step.correct
            sums[2] += step.images

    def _end_epoch(self, step: Step) -> Step:
        self.test = evaluate(self.model, self._while_wanted(self.tests))
        self.score, self.epoch_sums, self.untested = mean(self.epoch_sums), [0.0, 0, 0], None
        self._write(step, [_written(value) for value in self.test])
        if self.plateau is not None:
            self.plateau.step(self.test.loss)
        self.save()
        return step

    def _while_wanted(self, batches: Iterable[Any]) -> Iterator[Any]:
        for batch in batches:
            if self.stop():
                raise Stopped
            yield batch

    def _write(self, step: Step, test: list[str]) -> None:
        loss, accuracy = mean(self.sums)
        epoch = step.epoch + (not step.ends_epoch)
        self.log.write([epoch, step.number, _written(step.lr), _written(loss), _written(accuracy), *test])
        self.sums = [0.0, 0, 0]

    # -------------------------------------------------------------------------------------------------------------- files

    def save(self) -> None:
        """Replace the checkpoint."""
        save_checkpoint(self.checkpoint, self, self.about)

    def finish(self) -> Path:
        """Write the weights alone, for `nn.load_into` and others."""
        nn.save(self.folder / WEIGHTS, self.model, {ABOUT: self.about})
        return self.folder / WEIGHTS

    def tidy(self) -> None:
        """Remove what a killed run left half written."""
        for name in (CHECKPOINT, WEIGHTS):
            clean(self.folder / name)

    def state_dict(self) -> dict[str, Any]:
        return {
            "trainer": self.trainer.state_dict(),
            "log": self.log.state_dict(),
            "sums": [self.sums, self.epoch_sums],
            "scores": [list(self.score), list(self.test)],
            "untested": None if self.untested is None else list(self.untested),
            "plateau": None if self.plateau is None else self.plateau.state_dict(),
            "numpy": np.random.get_state(legacy=True),  # noqa: NPY002
            "python": random.getstate(),
        }

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        self.trainer.load_state_dict(state["trainer"])
        self.log.load_state_dict(state["log"])
        self.sums, self.epoch_sums = state["sums"]
        self.score, self.test = (Score(*score) for score in state["scores"])
        self.untested = None if state["untested"] is None else Step(*state["untested"])
        if self.plateau is not None:
            self.plateau.load_state_dict(state["plateau"])
        np.random.set_state(state["numpy"])  # noqa: NPY002
        random.setstate(state["python"])


def mean(sums: list[Any]) -> Score:
    """Loss and accuracy of so many images."""
    return Score(sums[0] / max(sums[2], 1), sums[1] / max(sums[2], 1))


def _written(value: float) -> str:
    return f"{value:.6g}"

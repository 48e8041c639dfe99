"""The training loop."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np

from nn import functional as F
from nn.data.datasets import Array
from nn.data.loader import DataLoader
from nn.module import Module
from nn.optim.clipping import clip_grad_norm_
from nn.optim.optimizer import Optimizer
from nn.training.evaluation import correct_of
from nn.training.finiteness import explain_gradients, explain_loss, is_finite
from nn.training.generators import Generators

Loss = Callable[[Any, Any], Any]


class Step(NamedTuple):
    """What one step did."""

    number: int  # of steps so far, this one included
    epoch: int  # epochs that are complete
    ends_epoch: bool
    loss: float  # of the batch, before the step
    correct: int  # of its samples; 0 where labels are no classes
    images: int
    lr: float  # that the step was made with


class Trainer:
    """Trains a model on a loader's batches, one step after the other; between any two steps it can be saved and taken up.

    Parameters
    ----------
    model : Module
    optimizer : Optimizer
    loader : DataLoader
        Of a data set whose batches are (inputs, targets).
    loss : callable
        ``loss(outputs, targets)`` gives a scalar; cross entropy by default.
    schedule : schedule of the learning rate, optional
        Stepped after every step of the optimiser.
    clip_norm : float, optional
        The most that the norm of all gradients together may be.
    generators : Generators, optional
        What is random besides the loader; by default nn's shared generator and those that the model's modules hold.

    Raises
    ------
    NonFiniteError
        From a step whose loss or gradients are not finite: it names the layer and the operation where that began. The parameters
        are as before the step.

    Examples
    --------
    >>> import numpy as np, nn
    >>> from nn.data import ArrayDataset, DataLoader
    >>> from nn.training import Trainer
    >>> data = ArrayDataset(np.eye(4, dtype=np.float32), np.arange(4))
    >>> model = nn.Linear(4, 4, generator=0)
    >>> trainer = Trainer(model, nn.optim.SGD(model.parameters(), lr=5.0), DataLoader(data, 2, shuffle=True, generator=0))
    >>> losses = [step.loss for step in trainer.steps(epochs=20)]
    >>> len(losses), losses[-1] < 0.1
    (40, True)
    """

    def __init__(
        self, model: Module, optimizer: Optimizer, loader: DataLoader, *, loss: Loss = F.cross_entropy, schedule: Any = None,
        clip_norm: float | None = None, generators: Generators | None = None,
    ) -> None:  # fmt: skip
        self.model, self.optimizer, self.loader, self.schedule = model, optimizer, loader, schedule
        self.loss, self.clip_norm = loss, clip_norm
        self.generators = Generators(model) if generators is None else generators
        self.number = 0

    @property
    def epoch(self) -> int:
        """How many epochs are complete."""
        return self.loader.state_dict()["epoch"]

    def steps(self, epochs: int) -> Iterator[Step]:
        """Train until so many epochs are complete, those before included; gives each step when it is done."""
        while self.epoch < epochs:
            before = self.epoch
            for inputs, targets in self.loader:
                yield self._step(inputs, targets, before)
            if self.epoch == before:
                raise ValueError("the loader has no batches: its data set is empty, or smaller than a batch with drop_last")

    def _step(self, inputs: Array, targets: Array, before: int) -> Step:
        rate = float(self.optimizer.param_groups[0]["lr"])
        loss, correct = self.train_on(inputs, targets)
        self.number += 1
        return Step(self.number, self.epoch, self.epoch > before, loss, correct, len(inputs), rate)

    def train_on(self, inputs: Array, targets: Array) -> tuple[float, int]:
        """One step on one batch: its loss, and how many of its samples were classified rightly."""
        self.model.train()
        drawn = self.generators.state_dict()
        self.optimizer.zero_grad()
        # What overflows is found below and named; NumPy's warning would say less.
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            outputs = self.model(inputs)
            loss = self.loss(outputs, targets)
            value = loss.item()
            if not math.isfinite(value):
                self._explain(explain_loss, drawn, inputs, targets)
            loss.backward()
            if not self._gradients_are_finite():
                self._explain(explain_gradients, drawn, inputs, targets)
            self._move()
        return value, correct_of(outputs, targets)

    def _gradients_are_finite(self) -> bool:
        parameters = (parameter for group in self.optimizer.param_groups for parameter in group["params"])
        return all(is_finite(parameter.grad.data) for parameter in parameters if parameter.grad is not None)

    def _move(self) -> None:
        if self.clip_norm is not None:
            clip_grad_norm_(self.model.parameters(), self.clip_norm)
        self.optimizer.step()
        if self.schedule is not None:
            self.schedule.step()

    def _explain(self, explain: Callable[..., None], drawn: Mapping[str, Any], inputs: Array, targets: Array) -> None:
        """Do the step's forward again, with the same random numbers, where every value is kept."""
        self.generators.load_state_dict(drawn)
        explain(self.model, inputs, lambda: self.loss(self.model(inputs), targets), self.number + 1)

    # ------------------------------------------------------------------------------------------------------------- state

    def state_dict(self) -> dict[str, Any]:
        """All that the next steps depend on: model, optimiser, schedule, place in the data, generators."""
        return {
            "number": self.number,
            "model": {name: tensor.data for name, tensor in self.model.state_dict().items()},
            "unsaved_buffers": {name: buffer.data.copy() for name, buffer in self._unsaved_buffers()},
            "optimizer": self.optimizer.state_dict(),
            "schedule": None if self.schedule is None else self.schedule.state_dict(),
            "loader": self.loader.state_dict(),
            "generators": self.generators.state_dict(),
        }

    def _unsaved_buffers(self) -> list[tuple[str, Any]]:
        """Buffers that a module keeps out of its state: training may depend on them all the same."""
        saved = self.model.state_dict()
        return [(name, buffer) for name, buffer in self.model.named_buffers(remove_duplicate=False) if name not in saved]

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go on where a `state_dict` was taken.

        Raises
        ------
        ValueError
            When it is of another model, optimiser or loader.
        """
        self.loader.load_state_dict(state["loader"])
        self.model.load_state_dict(state["model"])
        for name, buffer in self._unsaved_buffers():
            buffer.data = np.array(state["unsaved_buffers"][name])
        self.optimizer.load_state_dict(state["optimizer"])
        if self.schedule is not None:
            self.schedule.load_state_dict(state["schedule"])
        self.generators.load_state_dict(state["generators"])
        self.number = state["number"]

"""Schedules made of schedules: one after the other, or all at once."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from typing import Any

from nn.optim.optimizer import Optimizer
from nn.optim.schedules import Schedule


class _Several(Schedule):
    """Holds schedules of one optimiser."""

    def _take(self, optimizer: Any, schedulers: Sequence[Any]) -> None:
        title = type(self).__name__
        if not schedulers:
            raise ValueError(f"{title} needs at least one schedule")
        for each in schedulers:
            if not isinstance(each, Schedule):
                raise TypeError(f"{title} takes schedules that are stepped without a metric, given {type(each).__name__}")
            if each.optimizer is not optimizer:
                raise ValueError(f"{title}: all schedules are of one optimiser; {type(each).__name__}'s is another")
        self.optimizer, self._schedulers = optimizer, list(schedulers)

    def undo(self) -> None:
        """Take back the step that each schedule made when it was made."""
        for each in self._schedulers:
            each.undo()

    def state_dict(self) -> dict[str, Any]:
        """Its own, and those of its parts."""
        own = {name: value for name, value in vars(self).items() if name not in ("optimizer", "_schedulers")}
        return {**own, "_schedulers": [each.state_dict() for each in self._schedulers]}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Continue there, with the rates of then."""
        for each, part in zip(self._schedulers, state["_schedulers"], strict=True):
            each.load_state_dict(part)
        super().load_state_dict({name: value for name, value in state.items() if name != "_schedulers"})


class SequentialLR(_Several):
    """One schedule after the other, each counting from 0 at its milestone: a warm-up and then a cosine, say."""

    def __init__(
        self, optimizer: Optimizer, schedulers: Sequence[Schedule], milestones: Sequence[int], last_epoch: int = -1
    ) -> None:
        self._take(optimizer, schedulers)
        if len(milestones) != len(schedulers) - 1:
            raise ValueError(f"{len(schedulers)} schedules need {len(schedulers) - 1} milestones, given {len(milestones)}")
        self._milestones, self.last_epoch = list(milestones), last_epoch + 1
        for group in optimizer.param_groups:
            group["lr"] = group["initial_lr"]
        self.undo()
        self._schedulers[bisect_right(self._milestones, 0)].begin()
        self._last_lr = self.get_last_lr()

    def begin(self) -> None:
        """Begin with the schedule that epoch 0 belongs to."""
        self.last_epoch = 0
        self._schedulers[bisect_right(self._milestones, 0)].begin()

    def restart(self) -> None:
        self.last_epoch = 0
        self._schedulers[bisect_right(self._milestones, 0)].restart()
        self._last_lr = self.get_last_lr()

    def step(self) -> None:
        self.last_epoch += 1
        index = bisect_right(self._milestones, self.last_epoch)
        begins = index > 0 and self._milestones[index - 1] == self.last_epoch
        if begins:
            self._schedulers[index].restart()
        else:
            self._schedulers[index].step()
        self._last_lr = self.get_last_lr()


class ChainedScheduler(_Several):
    """Every schedule at each step: their factors multiply."""

    def __init__(self, schedulers: Sequence[Schedule], optimizer: Optimizer | None = None) -> None:
        first = next(iter(schedulers), None)
        self._take(optimizer or getattr(first, "optimizer", None), schedulers)
        self._last_lr = self.get_last_lr()

    def begin(self) -> None:
        """Begin with all of them."""
        for each in self._schedulers:
            each.begin()

    def restart(self) -> None:
        for each in self._schedulers:
            each.restart()
        self._last_lr = self.get_last_lr()

    def step(self) -> None:
        for each in self._schedulers:
            each.step()
        self._last_lr = self.get_last_lr()

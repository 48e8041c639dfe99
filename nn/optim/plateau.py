"""A learning rate that falls when a metric no longer does."""

from __future__ import annotations

from math import inf
from typing import Any

from nn.optim.optimizer import Optimizer
from nn.optim.schedules import one_each


class ReduceLROnPlateau:
    """Times `factor` when a metric has not improved for more than `patience` epochs: ``schedule.step(loss)``."""

    def __init__(
        self, optimizer: Optimizer, mode: str = "min", factor: float = 0.1, patience: int = 10,
        threshold: float = 1e-4, threshold_mode: str = "rel", cooldown: int = 0, min_lr: Any = 0.0, eps: float = 1e-8,
    ) -> None:  # fmt: skip
        if mode not in ("min", "max") or threshold_mode not in ("rel", "abs"):
            raise ValueError(f"mode is 'min' or 'max', threshold_mode 'rel' or 'abs'; given {mode!r}, {threshold_mode!r}")
        if factor >= 1:
            raise ValueError(f"factor must be below 1, given {factor}")
        self.optimizer, self.mode, self.factor, self.patience = optimizer, mode, factor, patience
        self.threshold, self.threshold_mode, self.cooldown = threshold, threshold_mode, cooldown
        self.min_lrs, self.eps = one_each(min_lr, optimizer, "min_lr"), eps
        self.best, self.num_bad_epochs, self.cooldown_counter, self.last_epoch = self._worst(), 0, 0, 0

    def _worst(self) -> float:
        return inf if self.mode == "min" else -inf

    def _better(self, metric: float) -> bool:
        sign = 1.0 if self.mode == "max" else -1.0
        margin = self.threshold * (self.best if self.threshold_mode == "rel" else 1.0)
        return sign * metric > sign * (self.best + sign * margin) if abs(self.best) < inf else sign * metric > -inf

    def step(self, metrics: Any) -> None:
        """Tell the metric of the epoch."""
        metric, self.last_epoch = float(metrics), self.last_epoch + 1
        better = self._better(metric)
        self.best = metric if better else self.best
        self.num_bad_epochs = 0 if better else self.num_bad_epochs + 1
        if self.cooldown_counter > 0:
            self.cooldown_counter, self.num_bad_epochs = self.cooldown_counter - 1, 0
        if self.num_bad_epochs > self.patience:
            self._reduce()
            self.cooldown_counter, self.num_bad_epochs = self.cooldown, 0

    def _reduce(self) -> None:
        for group, least in zip(self.optimizer.param_groups, self.min_lrs, strict=True):
            lower = max(group["lr"] * self.factor, least)
            if group["lr"] - lower > self.eps:
                group["lr"] = lower

    def get_last_lr(self) -> list[float]:
        """The learning rates that hold now."""
        return [group["lr"] for group in self.optimizer.param_groups]

    def state_dict(self) -> dict[str, Any]:
        """Where the schedule is."""
        return {name: value for name, value in vars(self).items() if name != "optimizer"}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Continue there; entries that PyTorch keeps for itself are passed over."""
        vars(self).update({name: value for name, value in state.items() if name in vars(self)})

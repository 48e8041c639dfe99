"""Learning rates over time, under PyTorch's names. Each is a formula of the epoch; `step` goes to the next one."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from math import cos, inf, pi
from typing import Any

from nn.optim.optimizer import Optimizer


class Schedule:
    """Sets every group's ``lr`` to ``rate(epoch, base)``, base being what the group started with.

    Parameters
    ----------
    optimizer : Optimizer
    last_epoch : int
        -1 starts afresh.
    """

    def __init__(self, optimizer: Optimizer, last_epoch: int = -1) -> None:
        if not isinstance(optimizer, Optimizer):
            raise TypeError(f"a schedule takes an optimiser, given {type(optimizer).__name__}")
        self.optimizer, self.last_epoch = optimizer, last_epoch
        for group in optimizer.param_groups:
            group.setdefault("initial_lr", group["lr"])
        self.base_lrs = [group["initial_lr"] for group in optimizer.param_groups]
        self.step()

    def rate(self, epoch: int, base: float, index: int) -> float:
        """The learning rate of group `index` in an epoch."""
        raise NotImplementedError

    def step(self) -> None:
        """Go to the next epoch (or batch, where the schedule counts batches)."""
        self.last_epoch += 1
        for index, (group, base) in enumerate(zip(self.optimizer.param_groups, self.base_lrs, strict=True)):
            group["lr"] = self.rate(self.last_epoch, base, index)

    def get_last_lr(self) -> list[float]:
        """The learning rates that hold now."""
        return [group["lr"] for group in self.optimizer.param_groups]

    def state_dict(self) -> dict[str, Any]:
        """Where the schedule is."""
        return {"last_epoch": self.last_epoch, "base_lrs": list(self.base_lrs)}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Continue there."""
        self.base_lrs, self.last_epoch = list(state["base_lrs"]), state["last_epoch"] - 1
        self.step()


class LambdaLR(Schedule):
    """base · f(epoch), one f or one a group."""

    def __init__(self, optimizer: Optimizer, lr_lambda: Any, last_epoch: int = -1) -> None:
        several = isinstance(lr_lambda, (list, tuple))
        self.lr_lambdas: Sequence[Callable[[int], float]] = lr_lambda if several else [lr_lambda] * len(optimizer.param_groups)
        if len(self.lr_lambdas) != len(optimizer.param_groups):
            raise ValueError(f"{len(self.lr_lambdas)} functions for {len(optimizer.param_groups)} groups")
        super().__init__(optimizer, last_epoch)

    def rate(self, epoch: int, base: float, index: int) -> float:
        return base * self.lr_lambdas[index](epoch)


class StepLR(Schedule):
    """Times gamma every `step_size` epochs."""

    def __init__(self, optimizer: Optimizer, step_size: int, gamma: float = 0.1, last_epoch: int = -1) -> None:
        self.step_size, self.gamma = step_size, gamma
        super().__init__(optimizer, last_epoch)

    def rate(self, epoch: int, base: float, index: int) -> float:
        return base * float(self.gamma ** (epoch // self.step_size))


class MultiStepLR(Schedule):
    """Times gamma at each milestone."""

    def __init__(self, optimizer: Optimizer, milestones: Iterable[int], gamma: float = 0.1, last_epoch: int = -1) -> None:
        self.milestones, self.gamma = sorted(Counter(milestones).elements()), gamma
        super().__init__(optimizer, last_epoch)

    def rate(self, epoch: int, base: float, index: int) -> float:
        return base * float(self.gamma ** bisect_right(self.milestones, epoch))


class ExponentialLR(Schedule):
    """Times gamma every epoch."""

    def __init__(self, optimizer: Optimizer, gamma: float, last_epoch: int = -1) -> None:
        self.gamma = gamma
        super().__init__(optimizer, last_epoch)

    def rate(self, epoch: int, base: float, index: int) -> float:
        return base * float(self.gamma**epoch)


class CosineAnnealingLR(Schedule):
    """Down to `eta_min` along half a cosine of length `T_max` (Loshchilov and Hutter 2016, without restarts)."""

    def __init__(self, optimizer: Optimizer, T_max: int, eta_min: float = 0.0, last_epoch: int = -1) -> None:
        self.T_max, self.eta_min = T_max, eta_min
        super().__init__(optimizer, last_epoch)

    def rate(self, epoch: int, base: float, index: int) -> float:
        return self.eta_min + (base - self.eta_min) * (1 + cos(pi * epoch / self.T_max)) / 2


class LinearLR(Schedule):
    """From start_factor to end_factor of the base rate in `total_iters` steps: a warm-up."""

    def __init__(
        self, optimizer: Optimizer, start_factor: float = 1 / 3, end_factor: float = 1.0, total_iters: int = 5,
        last_epoch: int = -1,
    ) -> None:  # fmt: skip
        if not 0 < start_factor <= 1 or not 0 <= end_factor <= 1:
            raise ValueError(f"LinearLR: factors lie between 0 and 1, given {start_factor} and {end_factor}")
        self.start_factor, self.end_factor, self.total_iters = start_factor, end_factor, total_iters
        super().__init__(optimizer, last_epoch)

    def rate(self, epoch: int, base: float, index: int) -> float:
        done = min(epoch, self.total_iters) / self.total_iters
        return base * (self.start_factor + (self.end_factor - self.start_factor) * done)


class ConstantLR(Schedule):
    """`factor` of the base rate for `total_iters` steps, then the base rate."""

    def __init__(self, optimizer: Optimizer, factor: float = 1 / 3, total_iters: int = 5, last_epoch: int = -1) -> None:
        self.factor, self.total_iters = factor, total_iters
        super().__init__(optimizer, last_epoch)

    def rate(self, epoch: int, base: float, index: int) -> float:
        return base * (self.factor if epoch < self.total_iters else 1.0)


class SequentialLR(Schedule):
    """One schedule after the other, each counting from 0 at its milestone: a warm-up and then a cosine, say."""

    def __init__(
        self,
        optimizer: Optimizer,
        schedulers: Sequence[Schedule],
        milestones: Sequence[int],
        last_epoch: int = -1,
    ) -> None:
        if len(milestones) != len(schedulers) - 1:
            raise ValueError(f"{len(schedulers)} schedules need {len(schedulers) - 1} milestones, given {len(milestones)}")
        self.schedulers, self.milestones = list(schedulers), list(milestones)
        super().__init__(optimizer, last_epoch)

    def rate(self, epoch: int, base: float, index: int) -> float:
        which = bisect_right(self.milestones, epoch)
        since = self.milestones[which - 1] if which else 0
        return self.schedulers[which].rate(epoch - since, base, index)


def _cosine(start: float, end: float, done: float) -> float:
    return end + (start - end) / 2.0 * (cos(pi * done) + 1)


def _straight(start: float, end: float, done: float) -> float:
    return start + (end - start) * done


class OneCycleLR(Schedule):
    """Up to `max_lr` and down again in `total_steps` batches, the momentum the other way (Smith and Topin 2017)."""

    def __init__(
        self, optimizer: Optimizer, max_lr: float | Sequence[float], total_steps: int | None = None,
        epochs: int | None = None, steps_per_epoch: int | None = None, pct_start: float = 0.3,
        anneal_strategy: str = "cos", cycle_momentum: bool = True, base_momentum: float = 0.85,
        max_momentum: float = 0.95, div_factor: float = 25.0, final_div_factor: float = 1e4, last_epoch: int = -1,
    ) -> None:  # fmt: skip
        if total_steps is None and not (epochs and steps_per_epoch):
            raise ValueError("OneCycleLR needs total_steps, or epochs and steps_per_epoch")
        if anneal_strategy not in ("cos", "linear"):
            raise ValueError(f"anneal_strategy is 'cos' or 'linear', given {anneal_strategy!r}")
        self.total_steps = total_steps or epochs * steps_per_epoch  # type: ignore[operator]
        self.peak = float(pct_start * self.total_steps) - 1
        self.anneal = _cosine if anneal_strategy == "cos" else _straight
        self.cycle_momentum, self.momenta = cycle_momentum, (base_momentum, max_momentum)
        groups = optimizer.param_groups
        highest = [max_lr] * len(groups) if isinstance(max_lr, (int, float)) else list(max_lr)
        self.lrs = [(lr / div_factor, lr, lr / div_factor / final_div_factor) for lr in highest]
        super().__init__(optimizer, last_epoch)

    def _between(self, epoch: int, start: float, top: float, end: float) -> float:
        if epoch >= self.total_steps:
            raise ValueError(f"OneCycleLR was made for {self.total_steps} steps, this is number {epoch + 1}")
        if epoch <= self.peak:
            return self.anneal(start, top, epoch / self.peak)
        return self.anneal(top, end, (epoch - self.peak) / (self.total_steps - 1 - self.peak))

    def rate(self, epoch: int, base: float, index: int) -> float:
        return self._between(epoch, *self.lrs[index])

    def step(self) -> None:
        super().step()
        if self.cycle_momentum:
            low, high = self.momenta
            for group in self.optimizer.param_groups:
                _set_momentum(group, self._between(self.last_epoch, high, low, high))


def _set_momentum(group: dict[str, Any], momentum: float) -> None:
    if "betas" in group:
        group["betas"] = (momentum, *group["betas"][1:])
    else:
        group["momentum"] = momentum


class ReduceLROnPlateau:
    """Times `factor` when a metric has not improved for more than `patience` epochs: ``schedule.step(loss)``."""

    def __init__(
        self, optimizer: Optimizer, mode: str = "min", factor: float = 0.1, patience: int = 10,
        threshold: float = 1e-4, threshold_mode: str = "rel", cooldown: int = 0, min_lr: float = 0.0, eps: float = 1e-8,
    ) -> None:  # fmt: skip
        if mode not in ("min", "max") or threshold_mode not in ("rel", "abs"):
            raise ValueError(f"mode is 'min' or 'max', threshold_mode 'rel' or 'abs'; given {mode!r}, {threshold_mode!r}")
        if factor >= 1:
            raise ValueError(f"factor must be below 1, given {factor}")
        self.optimizer, self.mode, self.factor, self.patience = optimizer, mode, factor, patience
        self.threshold, self.threshold_mode, self.cooldown = threshold, threshold_mode, cooldown
        self.min_lr, self.eps = min_lr, eps
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
        for group in self.optimizer.param_groups:
            lower = max(group["lr"] * self.factor, self.min_lr)
            if group["lr"] - lower > self.eps:
                group["lr"] = lower

    def get_last_lr(self) -> list[float]:
        """The learning rates that hold now."""
        return [group["lr"] for group in self.optimizer.param_groups]

    def state_dict(self) -> dict[str, Any]:
        """Where the schedule is."""
        return {name: value for name, value in vars(self).items() if name != "optimizer"}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Continue there."""
        vars(self).update(state)

"""Learning rates that rise again: warm restarts, one cycle, cycles."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import cos, floor, pi
from typing import Any

from nn.optim.optimizer import Optimizer
from nn.optim.schedules import Schedule, one_each


class CosineAnnealingWarmRestarts(Schedule):
    """A cosine of length T_0 from the base rate down to `eta_min`, then one T_mult times as long, and so on.

    Loshchilov and Hutter 2016, SGDR.
    """

    def __init__(self, optimizer: Optimizer, T_0: int, T_mult: int = 1, eta_min: float = 0.0, last_epoch: int = -1) -> None:
        if not isinstance(T_0, int) or T_0 < 1 or not isinstance(T_mult, int) or T_mult < 1:
            raise ValueError(f"T_0 and T_mult are whole numbers from 1 on, given {T_0} and {T_mult}")
        self.T_0, self.T_i, self.T_mult, self.eta_min = T_0, T_0, T_mult, eta_min
        self.T_cur: float = last_epoch
        super().__init__(optimizer, last_epoch)

    def rate(self, epoch: float, base: float, index: int) -> float:
        self.T_i, self.T_cur = self.T_0, epoch
        while self.T_cur >= self.T_i:
            self.T_cur, self.T_i = self.T_cur - self.T_i, self.T_i * self.T_mult
        return self.eta_min + (base - self.eta_min) * (1 + cos(pi * self.T_cur / self.T_i)) / 2

    def step(self, epoch: float | None = None) -> None:
        """Go to the next epoch, or to `epoch`, which may lie between two: ``schedule.step(epoch + batch / batches)``."""
        at = self.last_epoch + 1 if epoch is None else epoch
        if at < 0:
            raise ValueError(f"epochs count from 0, given {epoch}")
        if epoch is None and not self._is_initial:
            at = self._whole_cycles() + self.T_cur + 1
        rates = [self.rate(at, base, index) for index, base in enumerate(self.base_lrs)]
        self.last_epoch = self.last_epoch + 1 if epoch is None else floor(at)
        self._set(rates)

    def _whole_cycles(self) -> int:
        """Epochs before the cycle that is under way."""
        before, length = 0, self.T_0
        while length < self.T_i:
            before, length = before + length, length * self.T_mult
        return before


def _cosine(start: float, end: float, done: float) -> float:
    return end + (start - end) / 2.0 * (cos(pi * done) + 1)


def _straight(start: float, end: float, done: float) -> float:
    return start + (end - start) * done


ANNEALS = {"cos": _cosine, "linear": _straight}


class _WithMomentum(Schedule):
    """Moves the momentum, or the first beta, the other way."""

    cycle_momentum: bool

    def _start_momentum(self, base_momentum: Any, max_momentum: Any, last_epoch: int) -> None:
        defaults = self.optimizer.defaults
        if not {"momentum", "betas"} & set(defaults):
            raise ValueError(f"{type(self.optimizer).__name__} has no momentum to cycle: pass cycle_momentum=False")
        lowest, highest = (one_each(value, self.optimizer, "momentum") for value in (base_momentum, max_momentum))
        for group, low, high in zip(self.optimizer.param_groups, lowest, highest, strict=True):
            if last_epoch == -1:
                group["base_momentum"], group["max_momentum"] = low, high
                set_momentum(group, high)


def set_momentum(group: dict[str, Any], momentum: float) -> None:
    """Adam's first beta is its momentum."""
    if "betas" in group:
        group["betas"] = (momentum, *group["betas"][1:])
    else:
        group["momentum"] = momentum


class OneCycleLR(_WithMomentum):
    """Up to `max_lr` and down again in `total_steps` batches, the momentum the other way (Smith and Topin 2017)."""

    def __init__(
        self, optimizer: Optimizer, max_lr: Any, total_steps: int | None = None, epochs: int | None = None,
        steps_per_epoch: int | None = None, pct_start: float = 0.3, anneal_strategy: str = "cos", cycle_momentum: bool = True,
        base_momentum: Any = 0.85, max_momentum: Any = 0.95, div_factor: float = 25.0, final_div_factor: float = 1e4,
        three_phase: bool = False, last_epoch: int = -1,
    ) -> None:  # fmt: skip
        if total_steps is None and not (epochs and steps_per_epoch):
            raise ValueError("OneCycleLR needs total_steps, or epochs and steps_per_epoch")
        if anneal_strategy not in ANNEALS or not 0 <= pct_start <= 1:
            raise ValueError(f"anneal_strategy is 'cos' or 'linear', pct_start from 0 to 1; given {anneal_strategy!r} and {pct_start}")
        highest_rates = one_each(max_lr, optimizer, "max_lr")
        self.optimizer, self._anneal_func_type, self.cycle_momentum = optimizer, anneal_strategy, cycle_momentum
        self.total_steps: int = total_steps or epochs * steps_per_epoch  # type: ignore[operator]
        self._schedule_phases = _phases(pct_start, self.total_steps, three_phase)
        for group, highest in zip(self.optimizer.param_groups, highest_rates, strict=True):
            if last_epoch == -1:
                first = highest / div_factor
                group["initial_lr"], group["max_lr"], group["min_lr"] = first, highest, first / final_div_factor
        if cycle_momentum:
            self._start_momentum(base_momentum, max_momentum, last_epoch)
        super().__init__(optimizer, last_epoch)

    def _between(self, epoch: int, group: Mapping[str, Any], which: str) -> float:
        if epoch > self.total_steps:
            raise ValueError(f"OneCycleLR was made for {self.total_steps} steps, this is number {epoch + 1}")
        last, start = len(self._schedule_phases) - 1, 0.0
        for number, phase in enumerate(self._schedule_phases):
            if epoch <= phase["end_step"] or number == last:
                break
            start = phase["end_step"]
        done = (epoch - start) / (phase["end_step"] - start)
        return ANNEALS[self._anneal_func_type](group[phase[f"start_{which}"]], group[phase[f"end_{which}"]], done)

    def rate(self, epoch: int, base: float, index: int) -> float:
        group = self.optimizer.param_groups[index]
        if self.cycle_momentum:
            set_momentum(group, self._between(epoch, group, "momentum"))
        return self._between(epoch, group, "lr")


def _phases(up: float, steps: int, three: bool) -> list[dict[str, Any]]:
    """Up and down, or up, down as far, and on down; under PyTorch's names."""
    rise = ("initial_lr", "max_lr", "max_momentum", "base_momentum")
    falls = [("max_lr", "initial_lr", "base_momentum", "max_momentum"), ("initial_lr", "min_lr", "max_momentum", "max_momentum")]
    fall = ("max_lr", "min_lr", "base_momentum", "max_momentum")
    top = float(up * steps) - 1
    ends = [(top, rise), (2 * up * steps - 2, falls[0]), (steps - 1, falls[1])] if three else [(top, rise), (steps - 1, fall)]
    names = ("start_lr", "end_lr", "start_momentum", "end_momentum")
    return [{"end_step": end, **dict(zip(names, ways, strict=True))} for end, ways in ends]


SCALES: dict[str, tuple[str, Callable[[float, float], float]]] = {
    "triangular": ("cycle", lambda gamma, x: 1.0),
    "triangular2": ("cycle", lambda gamma, x: 1 / 2.0 ** (x - 1)),
    "exp_range": ("iterations", lambda gamma, x: gamma**x),
}


class CyclicLR(_WithMomentum):
    """Between `base_lr` and `max_lr`, up in `step_size_up` batches and down in `step_size_down` (Smith 2015)."""

    def __init__(
        self, optimizer: Optimizer, base_lr: Any, max_lr: Any, step_size_up: int = 2000, step_size_down: int | None = None,
        mode: str = "triangular", gamma: float = 1.0, scale_fn: Callable[[float], float] | None = None, scale_mode: str = "cycle",
        cycle_momentum: bool = True, base_momentum: Any = 0.8, max_momentum: Any = 0.9, last_epoch: int = -1,
    ) -> None:  # fmt: skip
        if mode not in SCALES and scale_fn is None:
            raise ValueError(f"mode is one of {', '.join(SCALES)}, given {mode!r}")
        self.optimizer, self.mode, self.gamma, self.cycle_momentum = optimizer, mode, gamma, cycle_momentum
        self.max_lrs = one_each(max_lr, optimizer, "max_lr")
        self.total_size = float(step_size_up + (step_size_up if step_size_down is None else step_size_down))
        self.step_ratio = step_size_up / self.total_size
        self._scale_fn_custom = scale_fn
        self.scale_mode = SCALES[mode][0] if scale_fn is None else scale_mode
        lowest = one_each(base_lr, optimizer, "base_lr")
        for group, low in zip(optimizer.param_groups, lowest, strict=True):
            group["lr"] = low if last_epoch == -1 else group["lr"]
        if cycle_momentum:
            self._start_momentum(base_momentum, max_momentum, last_epoch)
        super().__init__(optimizer, last_epoch)
        self.base_lrs = lowest

    def rate(self, epoch: int, base: float, index: int) -> float:
        group, height = self.optimizer.param_groups[index], self._height(epoch)
        if self.cycle_momentum:
            set_momentum(group, group["max_momentum"] - (group["max_momentum"] - group["base_momentum"]) * height)
        return base + (float(self.max_lrs[index]) - base) * height

    def _height(self, epoch: int) -> float:
        """Where between base and top: 0 to 1."""
        cycle = floor(1 + epoch / self.total_size)
        x = 1.0 + epoch / self.total_size - cycle
        height: float = x / self.step_ratio if x <= self.step_ratio else (x - 1) / (self.step_ratio - 1)
        at = cycle if self.scale_mode == "cycle" else epoch
        own = self._scale_fn_custom
        return height * float(own(at) if own is not None else SCALES[self.mode][1](self.gamma, at))

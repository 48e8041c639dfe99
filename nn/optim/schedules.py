"""Learning rates over time, under PyTorch's names and by its recurrences: a step changes the rate that it finds.

So schedules can be chained, and a rate that was set by hand is gone on from. Where a schedule begins in the middle (behind a
warm-up, say) its closed form `rate` gives the first value.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from math import cos, pi
from typing import Any

from nn.optim.optimizer import Optimizer


class Schedule:
    """Changes every group's ``lr``, at each step once.

    Parameters
    ----------
    optimizer : Optimizer
    last_epoch : int
        -1 starts afresh; another number goes on behind it, with an optimiser whose state was loaded.
    """

    def __init__(self, optimizer: Optimizer, last_epoch: int = -1) -> None:
        refuse_other(optimizer)
        self.optimizer, self.last_epoch = optimizer, last_epoch
        for index, group in enumerate(optimizer.param_groups):
            if last_epoch != -1 and "initial_lr" not in group:
                raise KeyError(f"last_epoch={last_epoch}, and group {index} has no initial_lr: load the optimiser's state first")
            group.setdefault("initial_lr", group["lr"])
        self.base_lrs = [group["initial_lr"] for group in optimizer.param_groups]
        self.begin()

    def begin(self) -> None:
        """Set the rate of the first epoch."""
        self._step_count, self._is_initial = 0, True
        self.step()
        self._is_initial = False

    def rate(self, epoch: int, base: float, index: int) -> float:
        """The learning rate of group `index` in an epoch, in closed form."""
        raise NotImplementedError

    def next_rate(self, lr: float, base: float, index: int) -> float:
        """The rate of epoch `last_epoch` out of the one before it; here the closed form."""
        return self.rate(self.last_epoch, base, index)

    def step(self) -> None:
        """Go to the next epoch (or batch, where the schedule counts batches)."""
        self.last_epoch += 1
        self._step_count += 1
        pairs = zip(self.get_last_lr(), self.base_lrs, strict=True)
        self._set([self.next_rate(lr, base, index) for index, (lr, base) in enumerate(pairs)])

    def restart(self) -> None:
        """Go to epoch 0, from whatever rate there is."""
        self.last_epoch = 0
        self._set([self.rate(0, base, index) for index, base in enumerate(self.base_lrs)])

    def undo(self) -> None:
        """Count back by one: another schedule begins instead."""
        self.last_epoch -= 1

    def _set(self, rates: Sequence[float]) -> None:
        for group, lr in zip(self.optimizer.param_groups, rates, strict=True):
            group["lr"] = lr
        self._last_lr = self.get_last_lr()

    def get_last_lr(self) -> list[float]:
        """The learning rates that hold now."""
        return [group["lr"] for group in self.optimizer.param_groups]

    def state_dict(self) -> dict[str, Any]:
        """All but the optimiser and functions, under PyTorch's names."""
        return {name: _copied(value) for name, value in vars(self).items() if name != "optimizer" and not _functions(value)}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Continue there, with the rates of then; entries that PyTorch keeps for itself are passed over."""
        own = vars(self)
        own.update({name: _copied(value) for name, value in state.items() if name in own and not _functions(own[name])})
        for group, lr in zip(self.optimizer.param_groups, self._last_lr, strict=True):
            group["lr"] = lr


def _copied(value: Any) -> Any:
    return type(value)(value) if isinstance(value, (list, dict)) else value


def _functions(value: Any) -> bool:
    return callable(value) or (isinstance(value, list) and any(map(callable, value)))


def refuse_other(optimizer: Any) -> None:
    """A schedule is of an optimiser."""
    if not isinstance(optimizer, Optimizer):
        raise TypeError(f"a schedule takes an optimiser, given {type(optimizer).__name__}")


def one_each(value: Any, optimizer: Optimizer, name: str) -> list[Any]:
    """The same for every group, or one for each."""
    refuse_other(optimizer)
    if not isinstance(value, (list, tuple)):
        return [value] * len(optimizer.param_groups)
    if len(value) != len(optimizer.param_groups):
        raise ValueError(f"{name}: {len(value)} given for {len(optimizer.param_groups)} parameter groups")
    return list(value)


class LambdaLR(Schedule):
    """base · f(epoch), one f or one a group."""

    def __init__(self, optimizer: Optimizer, lr_lambda: Any, last_epoch: int = -1) -> None:
        self.lr_lambdas: list[Callable[[int], float]] = one_each(lr_lambda, optimizer, "lr_lambda")
        super().__init__(optimizer, last_epoch)

    def rate(self, epoch: int, base: float, index: int) -> float:
        return base * self.lr_lambdas[index](epoch)


class MultiplicativeLR(LambdaLR):
    """Times f(epoch) at each step."""

    def rate(self, epoch: int, base: float, index: int) -> float:
        for each in range(1, epoch + 1):
            base *= self.lr_lambdas[index](each)
        return base

    def next_rate(self, lr: float, base: float, index: int) -> float:
        return lr if self._is_initial else lr * self.lr_lambdas[index](self.last_epoch)


class StepLR(Schedule):
    """Times gamma every `step_size` epochs."""

    def __init__(self, optimizer: Optimizer, step_size: int, gamma: float = 0.1, last_epoch: int = -1) -> None:
        self.step_size, self.gamma = step_size, gamma
        super().__init__(optimizer, last_epoch)

    def rate(self, epoch: int, base: float, index: int) -> float:
        return base * float(self.gamma ** (epoch // self.step_size))

    def next_rate(self, lr: float, base: float, index: int) -> float:
        return lr if self.last_epoch == 0 or self.last_epoch % self.step_size else lr * self.gamma


class MultiStepLR(Schedule):
    """Times gamma at each milestone; at one that is named twice, times gamma²."""

    def __init__(self, optimizer: Optimizer, milestones: Iterable[int], gamma: float = 0.1, last_epoch: int = -1) -> None:
        self.milestones, self.gamma = Counter(milestones), gamma
        super().__init__(optimizer, last_epoch)

    def rate(self, epoch: int, base: float, index: int) -> float:
        return base * float(self.gamma ** sum(times for at, times in self.milestones.items() if at <= epoch))

    def next_rate(self, lr: float, base: float, index: int) -> float:
        times = self.milestones.get(self.last_epoch, 0)
        return lr * float(self.gamma**times) if times else lr


class ExponentialLR(Schedule):
    """Times gamma every epoch."""

    def __init__(self, optimizer: Optimizer, gamma: float, last_epoch: int = -1) -> None:
        self.gamma = gamma
        super().__init__(optimizer, last_epoch)

    def rate(self, epoch: int, base: float, index: int) -> float:
        return base * float(self.gamma**epoch)

    def next_rate(self, lr: float, base: float, index: int) -> float:
        return lr if self._is_initial else lr * self.gamma


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

    def next_rate(self, lr: float, base: float, index: int) -> float:
        if self.last_epoch == 0:
            return lr * self.start_factor
        if self._is_initial or self.last_epoch > self.total_iters:
            return lr
        rise = self.end_factor - self.start_factor
        return lr * (1.0 + rise / (self.total_iters * self.start_factor + (self.last_epoch - 1) * rise))


class ConstantLR(Schedule):
    """`factor` of the base rate for `total_iters` steps, then the base rate."""

    def __init__(self, optimizer: Optimizer, factor: float = 1 / 3, total_iters: int = 5, last_epoch: int = -1) -> None:
        if not 0 < factor <= 1:
            raise ValueError(f"ConstantLR: factor lies between 0 and 1, given {factor}")
        self.factor, self.total_iters = factor, total_iters
        super().__init__(optimizer, last_epoch)

    def rate(self, epoch: int, base: float, index: int) -> float:
        return base * (self.factor if epoch < self.total_iters else 1.0)

    def next_rate(self, lr: float, base: float, index: int) -> float:
        if self.last_epoch == 0:
            return lr * self.factor
        return lr * (1.0 / self.factor) if self.last_epoch == self.total_iters else lr


class PolynomialLR(Schedule):
    """base · (1 − epoch / total_iters)^power, and 0 from there on."""

    def __init__(self, optimizer: Optimizer, total_iters: int = 5, power: float = 1.0, last_epoch: int = -1) -> None:
        self.total_iters, self.power = total_iters, power
        super().__init__(optimizer, last_epoch)

    def rate(self, epoch: int, base: float, index: int) -> float:
        return base * float((1.0 - min(epoch, self.total_iters) / self.total_iters) ** self.power)

    def next_rate(self, lr: float, base: float, index: int) -> float:
        if self._is_initial or self.last_epoch > self.total_iters:
            return lr
        left, before = (1.0 - epoch / self.total_iters for epoch in (self.last_epoch, self.last_epoch - 1))
        return lr * float((left / before) ** self.power)


class CosineAnnealingLR(Schedule):
    """Down to `eta_min` along half a cosine of length `T_max` (Loshchilov and Hutter 2016, without restarts)."""

    def __init__(self, optimizer: Optimizer, T_max: int, eta_min: float = 0.0, last_epoch: int = -1) -> None:
        self.T_max, self.eta_min = T_max, eta_min
        super().__init__(optimizer, last_epoch)

    def rate(self, epoch: int, base: float, index: int) -> float:
        return self.eta_min + (base - self.eta_min) * (1 + cos(pi * epoch / self.T_max)) / 2

    def next_rate(self, lr: float, base: float, index: int) -> float:
        epoch = self.last_epoch
        if self._is_initial:
            return lr
        if (epoch - 1 - self.T_max) % (2 * self.T_max) == 0:  # at the bottom: the recurrence divides by zero
            return lr + (base - self.eta_min) * (1 - cos(pi / self.T_max)) / 2
        falls = (1 + cos(pi * epoch / self.T_max)) / (1 + cos(pi * (epoch - 1) / self.T_max))
        return falls * (lr - self.eta_min) + self.eta_min

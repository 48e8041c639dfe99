"""Optimisers that scale every element's step by the size of its past gradients."""

from __future__ import annotations

from collections.abc import Iterable
from math import sqrt
from typing import Any

import numpy as np

from nn.optim.flat import Array
from nn.optim.optimizer import Optimizer, decayed, refuse_betas, refuse_negative


def started(state: dict[str, Any], values: Array, *names: str) -> None:
    """Zeros of the parameter's shape, and the count of steps, before the first one."""
    if "step" not in state:
        state.update({"step": 0, **{name: np.zeros_like(values) for name in names}})
    state["step"] += 1


def average(mean: Array, new: Array, rate: float) -> None:
    """mean ← rate · mean + (1 − rate) · new."""
    mean *= rate
    mean += (1 - rate) * new


class Adam(Optimizer):
    """Steps of about η an element, along the running mean of the gradients (Kingma and Ba 2014, algorithm 1).

    Parameters
    ----------
    params : iterable of Tensor, or of groups
    lr : float
    betas : pair of float
        How slowly the means of the gradient and of its square forget.
    eps : float
    weight_decay : float
        Added to the gradient, times the parameter.
    amsgrad : bool
        Never let the mean square fall (Reddi et al. 2018).
    """

    elementwise = True

    def __init__(
        self, params: Iterable[Any], lr: float = 1e-3, betas: tuple[float, float] = (0.9, 0.999), eps: float = 1e-8,
        weight_decay: float = 0.0, amsgrad: bool = False, *, maximize: bool = False,
    ) -> None:  # fmt: skip
        refuse_negative(lr=lr, eps=eps, weight_decay=weight_decay)
        refuse_betas(betas)
        options = {"lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay}
        super().__init__(params, {**options, "amsgrad": amsgrad, "maximize": maximize})

    def _update(self, values: Array, gradient: Array, state: dict[str, Any], group: dict[str, Any]) -> None:
        gradient = self._decay(gradient, values, group)
        started(state, values, "exp_avg", "exp_avg_sq", *(["max_exp_avg_sq"] if group["amsgrad"] else []))
        beta1, beta2 = group["betas"]
        average(state["exp_avg"], gradient, beta1)
        average(state["exp_avg_sq"], gradient * gradient, beta2)
        size = np.sqrt(self._square(state, group))
        size /= sqrt(1 - beta2 ** state["step"])
        size += group["eps"]
        values -= group["lr"] / (1 - beta1 ** state["step"]) * (state["exp_avg"] / size)

    def _decay(self, gradient: Array, values: Array, group: dict[str, Any]) -> Array:
        return decayed(gradient, values, group["weight_decay"])

    def _square(self, state: dict[str, Any], group: dict[str, Any]) -> Array:
        square: Array = state["exp_avg_sq"]
        return np.maximum(state["max_exp_avg_sq"], square, out=state["max_exp_avg_sq"]) if group["amsgrad"] else square


class AdamW(Adam):
    """Adam whose weight decay shrinks the parameter itself, past the scaling (Loshchilov and Hutter 2017)."""

    def __init__(
        self, params: Iterable[Any], lr: float = 1e-3, betas: tuple[float, float] = (0.9, 0.999), eps: float = 1e-8,
        weight_decay: float = 1e-2, amsgrad: bool = False, *, maximize: bool = False,
    ) -> None:  # fmt: skip
        super().__init__(params, lr, betas, eps, weight_decay, amsgrad, maximize=maximize)

    def _decay(self, gradient: Array, values: Array, group: dict[str, Any]) -> Array:
        values *= 1 - group["lr"] * group["weight_decay"]
        return gradient


class RMSprop(Optimizer):
    """Steps divided by the root of the running mean square of the gradient (Tieleman and Hinton 2012)."""

    elementwise = True

    def __init__(
        self, params: Iterable[Any], lr: float = 1e-2, alpha: float = 0.99, eps: float = 1e-8,
        weight_decay: float = 0.0, momentum: float = 0.0, centered: bool = False, *, maximize: bool = False,
    ) -> None:  # fmt: skip
        refuse_negative(lr=lr, alpha=alpha, eps=eps, weight_decay=weight_decay, momentum=momentum)
        if alpha > 1:
            raise ValueError(f"alpha weighs an average and is at most 1, given {alpha}")
        options = {"lr": lr, "alpha": alpha, "eps": eps, "weight_decay": weight_decay, "momentum": momentum}
        super().__init__(params, {**options, "centered": centered, "maximize": maximize})

    def _update(self, values: Array, gradient: Array, state: dict[str, Any], group: dict[str, Any]) -> None:
        gradient = decayed(gradient, values, group["weight_decay"])
        started(state, values, "square_avg", *self._extra(group))
        average(state["square_avg"], gradient * gradient, group["alpha"])
        step = gradient / (np.sqrt(self._spread(gradient, state, group)) + group["eps"])
        if group["momentum"]:
            state["momentum_buffer"] *= group["momentum"]
            state["momentum_buffer"] += step
            step = state["momentum_buffer"]
        values -= group["lr"] * step

    def _extra(self, group: dict[str, Any]) -> list[str]:
        names = {"momentum_buffer": group["momentum"], "grad_avg": group["centered"]}
        return [name for name, used in names.items() if used]

    def _spread(self, gradient: Array, state: dict[str, Any], group: dict[str, Any]) -> Array:
        """The mean square, or with `centered` the variance."""
        if not group["centered"]:
            return state["square_avg"]  # type: ignore[no-any-return]
        average(state["grad_avg"], gradient, group["alpha"])
        return state["square_avg"] - state["grad_avg"] ** 2  # type: ignore[no-any-return]


class Adagrad(Optimizer):
    """Steps divided by the root of the sum of all squared gradients (Duchi et al. 2011)."""

    elementwise = True

    def __init__(
        self, params: Iterable[Any], lr: float = 1e-2, lr_decay: float = 0.0, weight_decay: float = 0.0,
        initial_accumulator_value: float = 0.0, eps: float = 1e-10, *, maximize: bool = False,
    ) -> None:  # fmt: skip
        refuse_negative(lr=lr, lr_decay=lr_decay, weight_decay=weight_decay, eps=eps)
        refuse_negative(initial_accumulator_value=initial_accumulator_value)
        options = {
            "lr": lr,
            "lr_decay": lr_decay,
            "weight_decay": weight_decay,
            "eps": eps,
            "maximize": maximize,
        }
        super().__init__(params, {**options, "initial_accumulator_value": initial_accumulator_value})

    def _update(self, values: Array, gradient: Array, state: dict[str, Any], group: dict[str, Any]) -> None:
        gradient = decayed(gradient, values, group["weight_decay"])
        if not state:
            state.update({"step": 0, "sum": np.full_like(values, group["initial_accumulator_value"])})
        state["step"] += 1
        state["sum"] += gradient * gradient
        rate = group["lr"] / (1 + (state["step"] - 1) * group["lr_decay"])
        values -= rate * (gradient / (np.sqrt(state["sum"]) + group["eps"]))

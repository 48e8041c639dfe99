"""Adam's relatives: other norms of the past, a look ahead, a rectified beginning."""

from __future__ import annotations

from collections.abc import Iterable
from math import sqrt
from typing import Any

import numpy as np

from nn.optim.adaptive import average, started
from nn.optim.flat import Array
from nn.optim.optimizer import Optimizer, decayed, refuse_betas, refuse_negative


class _Relative(Optimizer):
    """What all of them take."""

    elementwise = True

    def __init__(self, params: Iterable[Any], betas: tuple[float, float], options: dict[str, Any], maximize: bool) -> None:
        refuse_negative(**{name: value for name, value in options.items() if not isinstance(value, bool)})
        refuse_betas(betas)
        super().__init__(params, {**options, "betas": betas, "maximize": maximize})

    def _decay(self, gradient: Array, values: Array, group: dict[str, Any]) -> Array:
        """Weight decay in the gradient, or decoupled from it (Loshchilov and Hutter 2017)."""
        if not group.get("decoupled_weight_decay"):
            return decayed(gradient, values, group["weight_decay"])
        values *= 1 - group["lr"] * group["weight_decay"]
        return gradient


class Adamax(_Relative):
    """Adam by the largest past gradient instead of the mean square (Kingma and Ba 2014, section 7.1).

    Parameters
    ----------
    params : iterable of Tensor, or of groups
    lr : float
    betas : pair of float
        How slowly the mean and the largest value forget.
    eps, weight_decay : float
    """

    def __init__(
        self, params: Iterable[Any], lr: float = 2e-3, betas: tuple[float, float] = (0.9, 0.999), eps: float = 1e-8,
        weight_decay: float = 0.0, *, maximize: bool = False,
    ) -> None:  # fmt: skip
        super().__init__(params, betas, {"lr": lr, "eps": eps, "weight_decay": weight_decay}, maximize)

    def _update(self, values: Array, gradient: Array, state: dict[str, Any], group: dict[str, Any]) -> None:
        gradient = self._decay(gradient, values, group)
        started(state, values, "exp_avg", "exp_inf")
        beta1, beta2 = group["betas"]
        average(state["exp_avg"], gradient, beta1)
        np.maximum(beta2 * state["exp_inf"], np.abs(gradient) + group["eps"], out=state["exp_inf"])
        values -= group["lr"] / (1 - beta1 ** state["step"]) * (state["exp_avg"] / state["exp_inf"])


class NAdam(_Relative):
    """Adam with Nesterov's momentum (Dozat 2016).

    Parameters
    ----------
    params : iterable of Tensor, or of groups
    lr : float
    betas : pair of float
    eps, weight_decay : float
    momentum_decay : float
        How fast the momentum comes up to the first beta.
    decoupled_weight_decay : bool
        Shrink the parameter itself, as `AdamW` does.
    """

    def __init__(
        self, params: Iterable[Any], lr: float = 2e-3, betas: tuple[float, float] = (0.9, 0.999), eps: float = 1e-8,
        weight_decay: float = 0.0, momentum_decay: float = 4e-3, decoupled_weight_decay: bool = False, *, maximize: bool = False,
    ) -> None:  # fmt: skip
        options = {"lr": lr, "eps": eps, "weight_decay": weight_decay, "momentum_decay": momentum_decay}
        super().__init__(params, betas, {**options, "decoupled_weight_decay": decoupled_weight_decay}, maximize)

    def _update(self, values: Array, gradient: Array, state: dict[str, Any], group: dict[str, Any]) -> None:
        gradient = self._decay(gradient, values, group)
        started(state, values, "exp_avg", "exp_avg_sq")
        beta1, beta2 = group["betas"]
        now, following = (beta1 * (1 - 0.5 * 0.96 ** (step * group["momentum_decay"])) for step in (state["step"], state["step"] + 1))
        product = state["mu_product"] = state.get("mu_product", 1.0) * now
        average(state["exp_avg"], gradient, beta1)
        average(state["exp_avg_sq"], gradient * gradient, beta2)
        size = np.sqrt(state["exp_avg_sq"] / (1 - beta2 ** state["step"]))
        size += group["eps"]
        values -= group["lr"] * (1 - now) / (1 - product) * (gradient / size)
        values -= group["lr"] * following / (1 - product * following) * (state["exp_avg"] / size)


class RAdam(_Relative):
    """Adam that waits with its scaling until the mean square can be trusted (Liu et al. 2019, algorithm 2).

    Parameters
    ----------
    params : iterable of Tensor, or of groups
    lr : float
    betas : pair of float
    eps, weight_decay : float
    decoupled_weight_decay : bool
        Shrink the parameter itself, as `AdamW` does.
    """

    def __init__(
        self, params: Iterable[Any], lr: float = 1e-3, betas: tuple[float, float] = (0.9, 0.999), eps: float = 1e-8,
        weight_decay: float = 0.0, decoupled_weight_decay: bool = False, *, maximize: bool = False,
    ) -> None:  # fmt: skip
        options = {"lr": lr, "eps": eps, "weight_decay": weight_decay, "decoupled_weight_decay": decoupled_weight_decay}
        super().__init__(params, betas, options, maximize)

    def _update(self, values: Array, gradient: Array, state: dict[str, Any], group: dict[str, Any]) -> None:
        gradient = self._decay(gradient, values, group)
        started(state, values, "exp_avg", "exp_avg_sq")
        beta1, beta2 = group["betas"]
        average(state["exp_avg"], gradient, beta1)
        average(state["exp_avg_sq"], gradient * gradient, beta2)
        rate = group["lr"] / (1 - beta1 ** state["step"])
        trust = _rectification(beta2, state["step"])
        if trust is None:
            values -= rate * state["exp_avg"]
        else:
            values -= rate * trust * (state["exp_avg"] / (np.sqrt(state["exp_avg_sq"]) + group["eps"]))


def _rectification(beta: float, step: int) -> float | None:
    """What the scaled step is multiplied by, the bias of the mean square included; None while its variance is infinite."""
    bias = 1 - beta**step
    most = 2 / (1 - beta) - 1
    length = most - 2 * step * beta**step / bias
    if length <= 5:
        return None
    return sqrt(bias) * sqrt((length - 4) * (length - 2) * most / ((most - 4) * (most - 2) * length))

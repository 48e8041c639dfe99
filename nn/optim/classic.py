"""Optimisers without a learning rate to choose, by signs alone, and with an average of the way."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from nn.optim.adaptive import average, started
from nn.optim.flat import Array
from nn.optim.optimizer import Optimizer, decayed, refuse_negative


class Adadelta(Optimizer):
    """Steps as large as past steps were, by the size of past gradients (Zeiler 2012, algorithm 1).

    Parameters
    ----------
    params : iterable of Tensor, or of groups
    lr : float
        Factor of the steps; the paper has none.
    rho : float
        How slowly both mean squares forget.
    eps, weight_decay : float
    """

    elementwise = True

    def __init__(
        self, params: Iterable[Any], lr: float = 1.0, rho: float = 0.9, eps: float = 1e-6, weight_decay: float = 0.0, *,
        maximize: bool = False,
    ) -> None:  # fmt: skip
        refuse_negative(lr=lr, rho=rho, eps=eps, weight_decay=weight_decay)
        if rho > 1:
            raise ValueError(f"rho weighs an average and is at most 1, given {rho}")
        super().__init__(params, {"lr": lr, "rho": rho, "eps": eps, "weight_decay": weight_decay, "maximize": maximize})

    def _update(self, values: Array, gradient: Array, state: dict[str, Any], group: dict[str, Any]) -> None:
        gradient = decayed(gradient, values, group["weight_decay"])
        started(state, values, "square_avg", "acc_delta")
        average(state["square_avg"], gradient * gradient, group["rho"])
        step = np.sqrt(state["acc_delta"] + group["eps"]) / np.sqrt(state["square_avg"] + group["eps"]) * gradient
        average(state["acc_delta"], step * step, group["rho"])
        values -= group["lr"] * step


class Rprop(Optimizer):
    """Steps by the gradient's sign: longer while it stays, shorter when it turns (Riedmiller and Braun 1993). For whole batches.

    Parameters
    ----------
    params : iterable of Tensor, or of groups
    lr : float
        The first step.
    etas : pair of float
        What a step is multiplied by when the sign turned, and when it stayed.
    step_sizes : pair of float
        The shortest and the longest step.
    """

    elementwise = True

    def __init__(
        self, params: Iterable[Any], lr: float = 1e-2, etas: tuple[float, float] = (0.5, 1.2),
        step_sizes: tuple[float, float] = (1e-6, 50.0), *, maximize: bool = False,
    ) -> None:  # fmt: skip
        refuse_negative(lr=lr)
        if not 0 < etas[0] < 1 < etas[1]:
            raise ValueError(f"etas are a factor below 1 and one above, given {etas}")
        super().__init__(params, {"lr": lr, "etas": etas, "step_sizes": step_sizes, "maximize": maximize})

    def _update(self, values: Array, gradient: Array, state: dict[str, Any], group: dict[str, Any]) -> None:
        if not state:
            state["step_size"] = np.full_like(values, group["lr"])
        started(state, values, "prev")
        turned, (shorter, longer) = np.sign(gradient * state["prev"]), group["etas"]
        state["step_size"] *= np.where(turned < 0, shorter, np.where(turned > 0, longer, 1.0)).astype(values.dtype)
        np.clip(state["step_size"], *group["step_sizes"], out=state["step_size"])
        state["prev"][...] = np.where(turned < 0, 0.0, gradient)
        values -= np.sign(state["prev"]) * state["step_size"]


class ASGD(Optimizer):
    """Gradient descent with a falling rate, and the average of its way from step `t0` on (Polyak and Juditsky 1992).

    The average is in the state, as ``ax``: ``optimizer.state[parameter]["ax"]``.

    Parameters
    ----------
    params : iterable of Tensor, or of groups
    lr : float
    lambd, alpha : float
        The rate of step t is lr / (1 + lambd · lr · t)^alpha; lambd also shrinks the parameters.
    t0 : float
    weight_decay : float
    """

    elementwise = True

    def __init__(
        self, params: Iterable[Any], lr: float = 1e-2, lambd: float = 1e-4, alpha: float = 0.75, t0: float = 1e6,
        weight_decay: float = 0.0, *, maximize: bool = False,
    ) -> None:  # fmt: skip
        refuse_negative(lr=lr, weight_decay=weight_decay)
        options = {"lr": lr, "lambd": lambd, "alpha": alpha, "t0": t0, "weight_decay": weight_decay}
        super().__init__(params, {**options, "maximize": maximize})

    def _update(self, values: Array, gradient: Array, state: dict[str, Any], group: dict[str, Any]) -> None:
        gradient = decayed(gradient, values, group["weight_decay"])
        if not state:
            state.update({"eta": group["lr"], "mu": 1.0})
        started(state, values, "ax")
        values *= 1 - group["lambd"] * state["eta"]
        values -= state["eta"] * gradient
        state["ax"] += (values - state["ax"]) * state["mu"]
        state["eta"] = group["lr"] / (1 + group["lambd"] * group["lr"] * state["step"]) ** group["alpha"]
        state["mu"] = 1 / max(1, state["step"] - group["t0"])

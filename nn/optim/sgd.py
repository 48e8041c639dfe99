"""Stochastic gradient descent."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from autograd.kernels import descend
from nn.optim.flat import Array
from nn.optim.optimizer import Optimizer, decayed, refuse_negative


class SGD(Optimizer):
    """W ← W − η dL/dW, with momentum (Sutskever et al. 2013, in PyTorch's form: η outside the velocity).

    Parameters
    ----------
    params : iterable of Tensor, or of groups
    lr : float
        η.
    momentum, dampening : float
        Velocity v ← momentum · v + (1 − dampening) · gradient; the first v is the gradient.
    weight_decay : float
        Added to the gradient, times the parameter.
    nesterov : bool
    maximize : bool

    Examples
    --------
    >>> import nn
    >>> w = nn.Parameter([1.0])
    >>> optimizer = nn.optim.SGD([w], lr=0.5)
    >>> (w * w).sum().backward()
    >>> optimizer.step()
    >>> w.item()
    0.0
    """

    elementwise = True

    def __init__(
        self, params: Iterable[Any], lr: float = 1e-3, momentum: float = 0.0, dampening: float = 0.0,
        weight_decay: float = 0.0, nesterov: bool = False, *, maximize: bool = False,
    ) -> None:  # fmt: skip
        refuse_negative(lr=lr, momentum=momentum, weight_decay=weight_decay)
        if nesterov and (momentum <= 0 or dampening):
            raise ValueError(f"nesterov needs momentum > 0 and dampening = 0, given {momentum} and {dampening}")
        options = {"lr": lr, "momentum": momentum, "dampening": dampening, "weight_decay": weight_decay}
        super().__init__(params, {**options, "nesterov": nesterov, "maximize": maximize})

    def _update(self, values: Array, gradient: Array, state: dict[str, Any], group: dict[str, Any]) -> None:
        step = decayed(gradient, values, group["weight_decay"])
        if group["momentum"]:
            velocity = self._velocity(step, state, group)
            step = step + group["momentum"] * velocity if group["nesterov"] else velocity
        descend(values, group["lr"], step)

    def _velocity(self, step: Array, state: dict[str, Any], group: dict[str, Any]) -> Array:
        velocity: Array | None = state.get("momentum_buffer")
        if velocity is None:
            velocity = state["momentum_buffer"] = np.array(step)
            return velocity
        velocity *= group["momentum"]
        velocity += (1 - group["dampening"]) * step if group["dampening"] else step
        return velocity

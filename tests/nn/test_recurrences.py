"""Each optimiser's steps against its paper's recurrence, written once more in plain NumPy, element by element."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import nn

START = np.array([1.0, -2.0, 0.5])
GRADIENTS = [np.array([0.3, -0.1, 2.0]), np.array([-0.2, 0.4, 1.0]), np.array([0.1, 0.1, -3.0]), np.array([0.5, -0.6, 0.2])]


def walked(optimizer: Any, parameter: Any) -> Iterator[Any]:
    for g in GRADIENTS:
        parameter.grad = g
        optimizer.step()
        yield parameter.data.copy()


def sgd(lr: float, momentum: float, dampening: float, weight_decay: float, nesterov: bool) -> Iterator[Any]:
    w, v = START.copy(), None
    for g in GRADIENTS:
        g = g + weight_decay * w
        v = g if v is None else momentum * v + (1 - dampening) * g
        w = w - lr * (g + momentum * v if nesterov else v)
        yield w


@pytest.mark.parametrize("options", [
    (0.1, 0.0, 0.0, 0.0, False), (0.1, 0.9, 0.0, 0.0, False), (0.1, 0.9, 0.3, 0.0, False), (0.1, 0.9, 0.0, 0.1, True),
])  # fmt: skip
def test_sgd(options: Any) -> None:
    names = ("lr", "momentum", "dampening", "weight_decay", "nesterov")
    parameter = nn.Parameter(START, dtype=np.float64)
    ours = walked(nn.optim.SGD([parameter], **dict(zip(names, options))), parameter)
    for found, expected in zip(ours, sgd(*options)):
        np.testing.assert_allclose(found, expected, rtol=1e-12)


def adam(decoupled: bool, weight_decay: float, amsgrad: bool) -> Iterator[Any]:
    """Kingma and Ba 2015, algorithm 1; Loshchilov and Hutter 2019, algorithm 2; Reddi et al. 2018."""
    w, m, v, top = START.copy(), np.zeros(3), np.zeros(3), np.zeros(3)
    for t, g in enumerate(GRADIENTS, 1):
        w = w - 0.1 * weight_decay * w if decoupled else w
        g = g if decoupled else g + weight_decay * w
        m, v = 0.9 * m + 0.1 * g, 0.99 * v + 0.01 * g * g
        top = np.maximum(top, v)
        spread = np.sqrt((top if amsgrad else v) / (1 - 0.99**t))
        w = w - 0.1 * (m / (1 - 0.9**t)) / (spread + 1e-8)
        yield w


@pytest.mark.parametrize("kind, decay, amsgrad", [("Adam", 0.0, False), ("Adam", 0.1, False), ("AdamW", 0.1, False), ("Adam", 0.0, True)])
def test_adam(kind: str, decay: float, amsgrad: bool) -> None:
    parameter = nn.Parameter(START, dtype=np.float64)
    optimizer = getattr(nn.optim, kind)([parameter], lr=0.1, betas=(0.9, 0.99), weight_decay=decay, amsgrad=amsgrad)
    for found, expected in zip(walked(optimizer, parameter), adam(kind == "AdamW", decay, amsgrad)):
        np.testing.assert_allclose(found, expected, rtol=1e-10)


@pytest.mark.parametrize("momentum, centered", [(0.0, False), (0.9, False), (0.9, True)])
def test_rmsprop(momentum: float, centered: bool) -> None:
    """Tieleman and Hinton 2012; centred as in Graves 2013."""
    parameter = nn.Parameter(START, dtype=np.float64)
    found = walked(nn.optim.RMSprop([parameter], lr=0.1, alpha=0.9, momentum=momentum, centered=centered), parameter)
    w, square, mean, v = START.copy(), np.zeros(3), np.zeros(3), np.zeros(3)
    for g, ours in zip(GRADIENTS, found):
        square, mean = 0.9 * square + 0.1 * g * g, 0.9 * mean + 0.1 * g
        v = momentum * v + g / (np.sqrt(square - mean * mean if centered else square) + 1e-8)
        w = w - 0.1 * v
        np.testing.assert_allclose(ours, w, rtol=1e-10)


def test_a_plateau_lowers_the_rate_after_its_patience_and_goes_on_from_a_state() -> None:
    parameter = nn.Parameter(START)
    optimizer = nn.optim.SGD([parameter], lr=1.0)
    schedule = nn.optim.ReduceLROnPlateau(optimizer, factor=0.5, patience=1, cooldown=1)
    rates = []
    for metric in (3.0, 2.0, 2.0, 2.0, 2.0, 2.0, 2.0, 2.0):
        schedule.step(metric)
        rates.append(optimizer.param_groups[0]["lr"])
    assert rates == [1.0, 1.0, 1.0, 0.5, 0.5, 0.5, 0.25, 0.25]
    again = nn.optim.ReduceLROnPlateau(nn.optim.SGD([parameter], lr=0.25), factor=0.5, patience=1, cooldown=1)
    again.load_state_dict(schedule.state_dict())
    assert (again.best, again.last_epoch, again.num_bad_epochs) == (2.0, 8, schedule.num_bad_epochs)


def test_what_schedules_and_modules_refuse_and_list() -> None:
    optimizer = nn.optim.SGD([nn.Parameter(START)], lr=1.0, momentum=0.9)
    with pytest.raises(ValueError, match="count from 0"):
        nn.optim.CosineAnnealingWarmRestarts(optimizer, 3).step(-2)
    with pytest.raises(ValueError, match="anneal_strategy"):
        nn.optim.OneCycleLR(optimizer, 1.0, total_steps=5, anneal_strategy="wavy")
    for name in ("", "a.b"):
        with pytest.raises(KeyError, match="one part of a dotted path"):
            nn.Module().register_parameter(name, nn.Parameter(START))
    norm = nn.BatchNorm1d(2)
    assert [b is named for b, (_, named) in zip(norm.buffers(), norm.named_buffers(), strict=True)] == [True] * 3
    single = nn.Parameter(START)
    groups = nn.optim.SGD([{"params": single}, {"params": [nn.Parameter(START)], "lr": 2.0}], lr=1.0).param_groups
    assert groups[0]["params"] == [single] and groups[1]["lr"] == 2.0


def test_schedules_side_by_side_go_on_from_a_state() -> None:
    def made() -> Any:
        optimizer = nn.optim.SGD([nn.Parameter(START)], lr=1.0)
        return nn.optim.ChainedScheduler([nn.optim.StepLR(optimizer, 2, 0.5), nn.optim.ExponentialLR(optimizer, 0.9)])

    first, second = made(), made()
    for _ in range(3):
        first.step()
    second.load_state_dict(first.state_dict())
    assert [each.last_epoch for each in second._schedulers] == [3, 3] and second.get_last_lr() == first.get_last_lr()

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


@pytest.mark.parametrize("lr_decay, decay, start", [(0.0, 0.0, 0.0), (0.5, 0.0, 0.0), (0.1, 0.2, 1.5)])
def test_adagrad(lr_decay: float, decay: float, start: float) -> None:
    """Duchi et al. 2011; the rate falls with the count of the steps before."""
    parameter = nn.Parameter(START, dtype=np.float64)
    optimizer = nn.optim.Adagrad([parameter], lr=0.3, lr_decay=lr_decay, weight_decay=decay, initial_accumulator_value=start, eps=1e-3)
    w, total = START.copy(), np.full(3, start)
    for t, (g, ours) in enumerate(zip(GRADIENTS, walked(optimizer, parameter))):
        g = g + decay * w
        total = total + g * g
        w = w - 0.3 / (1 + t * lr_decay) * g / (np.sqrt(total) + 1e-3)
        np.testing.assert_allclose(ours, w, rtol=1e-10)


DEFAULTS = {
    "SGD": {"lr": 1e-3, "momentum": 0.0, "dampening": 0.0, "weight_decay": 0.0, "nesterov": False, "maximize": False},
    "Adam": {"lr": 1e-3, "betas": (0.9, 0.999), "eps": 1e-8, "weight_decay": 0.0, "amsgrad": False, "maximize": False},
    "AdamW": {"lr": 1e-3, "betas": (0.9, 0.999), "eps": 1e-8, "weight_decay": 1e-2, "amsgrad": False, "maximize": False},
    "RMSprop": {
        "lr": 1e-2, "alpha": 0.99, "eps": 1e-8, "weight_decay": 0.0, "momentum": 0.0, "centered": False, "maximize": False},
    "Adagrad": {"lr": 1e-2, "lr_decay": 0.0, "weight_decay": 0.0, "initial_accumulator_value": 0.0, "eps": 1e-10, "maximize": False},
}  # fmt: skip


@pytest.mark.parametrize("kind", DEFAULTS)
def test_options_left_out_are_pytorchs(kind: str) -> None:
    made = getattr(nn.optim, kind)
    assert made([nn.Parameter(START)]).defaults == DEFAULTS[kind] and (made.elementwise is True)


@pytest.mark.parametrize("kind", DEFAULTS)
def test_uphill_is_downhill_with_the_gradient_turned(kind: str) -> None:
    first, second = (nn.Parameter(START, dtype=np.float64) for _ in range(2))
    up, down = getattr(nn.optim, kind)([first], lr=0.1, maximize=True), getattr(nn.optim, kind)([second], lr=0.1)
    for g in GRADIENTS:
        first.grad, second.grad = -g, g
        up.step()
        down.step()
        np.testing.assert_array_equal(first.data, second.data)


@pytest.mark.parametrize("kind, options", [
    ("SGD", {"momentum": 0.9}), ("Adam", {}), ("RMSprop", {"momentum": 0.9, "centered": True}), ("Adagrad", {}),
])  # fmt: skip
def test_a_state_shares_no_memory_with_a_gradient(kind: str, options: Any) -> None:
    """Whoever adds to `.grad` in place between two steps must not move a velocity."""
    parameter = nn.Parameter(START, dtype=np.float64)
    optimizer = getattr(nn.optim, kind)([parameter], lr=0.1, **options)
    for g in GRADIENTS[:2]:
        parameter.grad = g.copy()
        optimizer.step()
        arrays = [value for value in optimizer.state[parameter].values() if isinstance(value, np.ndarray)]
        assert arrays and not any(np.shares_memory(value, parameter.grad.data) for value in arrays)


@pytest.mark.parametrize("p", [1.0, 2.0, 3.0, float("inf")])
def test_gradients_are_scaled_to_their_common_norm_and_never_up(p: float) -> None:
    first, second, none = nn.Parameter([0.0, 0.0]), nn.Parameter([0.0]), nn.Parameter([0.0])
    given = np.array([3.0, -4.0]), np.array([12.0])

    def clipped(most: float, parameters: Any = (first, second, none)) -> Any:
        first.grad, second.grad = (g.astype(np.float32) for g in given)
        return nn.optim.clip_grad_norm_(parameters, most, norm_type=p)

    whole = float(np.linalg.norm(np.concatenate(given), p))
    assert clipped(whole / 2) == pytest.approx(whole)
    np.testing.assert_allclose(first.grad.data, given[0] / 2, rtol=1e-5)
    before = clipped(whole * 2)
    assert before == pytest.approx(whole) and first.grad.tolist() == [3.0, -4.0] and second.grad.tolist() == [12.0]
    assert clipped(0.5, first) == pytest.approx(float(np.linalg.norm(given[0], p))) and second.grad.tolist() == [12.0]
    assert nn.optim.clip_grad_norm_([none], 1.0) == 0.0 and none.grad is None
    first.grad = np.array([np.nan, 1.0], np.float32)
    assert not np.isfinite(nn.optim.clip_grad_norm_([first], 1.0))
    first.grad = np.array([3.0, 4.0], np.float32)
    assert nn.optim.clip_grad_norm_([first], 10.0, error_if_nonfinite=True) == 5.0


def test_a_plateau_keeps_its_state_under_its_names() -> None:
    optimizer = nn.optim.SGD([nn.Parameter(START)], lr=1.0)
    for mode, worst in (("min", float("inf")), ("max", -float("inf"))):
        schedule = nn.optim.ReduceLROnPlateau(optimizer, mode)
        assert (schedule.best, schedule.num_bad_epochs, schedule.cooldown_counter, schedule.last_epoch) == (worst, 0, 0, 0)
        assert (schedule.threshold, schedule.min_lrs, schedule.eps, schedule.factor) == (1e-4, [0.0], 1e-8, 0.1)
        schedule.step(-worst)  # not an improvement in any direction but from the worst
        assert schedule.last_epoch == 1 and "optimizer" not in schedule.state_dict()


def test_only_what_has_a_gradient_moves_however_many_moved_before() -> None:
    """As many parameters as in the last step, and others: blocks dropped at random."""
    first, second = (nn.Parameter(START, dtype=np.float64) for _ in range(2))
    optimizer = nn.optim.SGD([first, second], lr=1.0)
    for moving, still in [(first, second)] * 3 + [(second, first)] * 3:
        moving.grad, still.grad, before = np.ones(3), None, (moving.data.copy(), still.data.copy())
        optimizer.step()
        assert moving.tolist() == (before[0] - 1.0).tolist() and still.tolist() == before[1].tolist()


def test_a_state_is_a_copy_for_as_many_parameters_and_errors_name_them() -> None:
    parameter = nn.Parameter(START, dtype=np.float64, name="weight")
    optimizer = nn.optim.Adam([parameter], lr=0.1)
    for g in GRADIENTS[:3]:
        parameter.grad = g
        optimizer.step()
    state = optimizer.state_dict()
    assert not np.shares_memory(state["state"][0]["exp_avg"], optimizer.state[parameter]["exp_avg"])
    with pytest.raises(ValueError, match=r"groups of \[1\] parameters, here are groups of \[2\]"):
        nn.optim.Adam([nn.Parameter(START), nn.Parameter(START)]).load_state_dict(state)
    with pytest.raises(ValueError, match=r"state exp_avg of weight has shape \(3,\)"):
        nn.optim.Adam([nn.Parameter([1.0], name="weight")]).load_state_dict(state)
    assert repr(nn.optim.SGD([parameter], lr=0.5)).startswith("SGD(1 parameters, lr=0.5, momentum=0.0")
    with pytest.raises(ValueError, match="nesterov needs momentum > 0 and dampening = 0"):
        nn.optim.SGD([parameter], lr=0.1, momentum=0.9, dampening=0.1, nesterov=True)
    plain = nn.optim.Optimizer([parameter], {"maximize": False})
    with pytest.raises(NotImplementedError):
        plain.step()

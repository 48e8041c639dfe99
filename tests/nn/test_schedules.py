"""Every schedule against its formula, written once more in plain Python: stepped, in closed form, gone on from a state."""

from __future__ import annotations

from collections.abc import Callable
from math import cos, pi
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose

import nn
from nn import optim

BASES = [1.0, 0.2]  # two groups, each with a rate of its own
EPOCHS = 13
Rate = Callable[[int, float], float]


def an_optimizer(kind: Any = optim.SGD, **options: Any) -> Any:
    options = options or {"momentum": 0.5}
    return kind([{"params": [nn.Parameter([1.0])], "lr": lr} for lr in BASES], lr=7.0, **options)


def stepped(make: Callable[[Any], Any], optimizer: Any, epochs: int = EPOCHS) -> list[list[float]]:
    schedule = make(optimizer)
    found = [[group["lr"] for group in optimizer.param_groups]]
    for _ in range(epochs - 1):
        schedule.step()
        found.append([group["lr"] for group in optimizer.param_groups])
        assert schedule.get_last_lr() == found[-1] == schedule._last_lr
    assert schedule.last_epoch == epochs - 1
    assert schedule._step_count == epochs or isinstance(schedule, optim.CosineAnnealingWarmRestarts)
    return found


def half_cosine(start: float, end: float, done: float) -> float:
    return end + (start - end) * (1 + cos(pi * done)) / 2


def line(epoch: float, points: list[tuple[float, float]], way: Callable[[float, float, float], float]) -> float:
    """From point to point, each stretch by `way`."""
    (first, start), *others = points
    for last, end in others:
        if epoch <= last:
            return way(start, end, (epoch - first) / (last - first))
        first, start = last, end
    raise AssertionError("behind the last point")


def straight(start: float, end: float, done: float) -> float:
    return start + done * (end - start)


def triangle(epoch: int, up: float, down: float) -> float:
    return float(np.interp(epoch % (up + down), [0, up, up + down], [0, 1, 0]))


HIGH = 2.0
SCHEDULES: dict[str, tuple[Callable[[Any], Any], Rate]] = {
    "lambda": (lambda o: optim.LambdaLR(o, lambda e: 1 / (1 + e)), lambda e, b: b / (1 + e)),
    "multiplied": (
        lambda o: optim.MultiplicativeLR(o, lambda e: 1 + 1 / e), lambda e, b: b * float(np.prod([1 + 1 / k for k in range(1, e + 1)]))),
    "step": (lambda o: optim.StepLR(o, 3), lambda e, b: b * 0.1 ** (e // 3)),
    "step of 5": (lambda o: optim.StepLR(o, 5, 0.5), lambda e, b: b * 0.5 ** (e // 5)),
    "milestones": (lambda o: optim.MultiStepLR(o, [2, 5, 5]), lambda e, b: b * 0.1 ** ((e >= 2) + 2 * (e >= 5))),
    "exponential": (lambda o: optim.ExponentialLR(o, 0.7), lambda e, b: b * 0.7**e),
    "linear": (lambda o: optim.LinearLR(o), lambda e, b: b * (1 / 3 + 2 / 3 * min(e, 5) / 5)),
    "linear down": (lambda o: optim.LinearLR(o, 1.0, 0.25, 4), lambda e, b: b * (1 - 0.75 * min(e, 4) / 4)),
    "constant": (lambda o: optim.ConstantLR(o), lambda e, b: b * (1 / 3 if e < 5 else 1.0)),
    "constant for 3": (lambda o: optim.ConstantLR(o, 0.5, 3), lambda e, b: b * (0.5 if e < 3 else 1.0)),
    "polynomial": (lambda o: optim.PolynomialLR(o), lambda e, b: b * (1 - min(e, 5) / 5)),
    "squared": (lambda o: optim.PolynomialLR(o, 8, 2.0), lambda e, b: b * (1 - min(e, 8) / 8) ** 2),
    "cosine": (lambda o: optim.CosineAnnealingLR(o, 5), lambda e, b: half_cosine(b, 0.0, e / 5)),
    "cosine to 0.1": (lambda o: optim.CosineAnnealingLR(o, 4, 0.1), lambda e, b: half_cosine(b, 0.1, e / 4)),
    "short cosine": (lambda o: optim.CosineAnnealingLR(o, 2, 0.1), lambda e, b: half_cosine(b, 0.1, e / 2)),
    "restarts": (lambda o: optim.CosineAnnealingWarmRestarts(o, 4), lambda e, b: half_cosine(b, 0.0, e % 4 / 4)),
    "restarts all the time": (lambda o: optim.CosineAnnealingWarmRestarts(o, 1), lambda e, b: b),
    "longer restarts": (
        lambda o: optim.CosineAnnealingWarmRestarts(o, 3, 2, 0.05),
        lambda e, b: half_cosine(b, 0.05, e / 3 if e < 3 else (e - 3) / 6 if e < 9 else (e - 9) / 12)),
    "one cycle": (
        lambda o: optim.OneCycleLR(o, HIGH, 20), lambda e, b: line(e, [(0, HIGH / 25), (5, HIGH), (19, HIGH / 25e4)], half_cosine)),
    "one cycle, epochs": (
        lambda o: optim.OneCycleLR(o, HIGH, epochs=5, steps_per_epoch=4, pct_start=0.25, anneal_strategy="linear", div_factor=10.0,
                                   final_div_factor=4.0),
        lambda e, b: line(e, [(0, HIGH / 10), (4, HIGH), (19, HIGH / 40)], straight)),
    "one cycle of three": (
        lambda o: optim.OneCycleLR(o, HIGH, 13, pct_start=0.4, three_phase=True),
        lambda e, b: line(e, [(0, HIGH / 25), (4.2, HIGH), (8.4, HIGH / 25), (12, HIGH / 25e4)], half_cosine)),
    "cycles": (lambda o: optim.CyclicLR(o, 0.1, HIGH, 2, 3), lambda e, b: 0.1 + (HIGH - 0.1) * triangle(e, 2, 3)),
    "cycles of 4000": (lambda o: optim.CyclicLR(o, 0.1, HIGH), lambda e, b: 0.1 + (HIGH - 0.1) * e / 2000),
    "halved cycles": (
        lambda o: optim.CyclicLR(o, 0.1, HIGH, 3, mode="triangular2"),
        lambda e, b: 0.1 + (HIGH - 0.1) * triangle(e, 3, 3) * 0.5 ** (e // 6)),
    "falling cycles": (
        lambda o: optim.CyclicLR(o, 0.1, HIGH, 3, 1, mode="exp_range", gamma=0.9),
        lambda e, b: 0.1 + (HIGH - 0.1) * triangle(e, 3, 1) * 0.9**e),
    "own cycles": (
        lambda o: optim.CyclicLR(o, 0.1, HIGH, 2, scale_fn=lambda cycle: 1 / cycle),
        lambda e, b: 0.1 + (HIGH - 0.1) * triangle(e, 2, 2) / (1 + e // 4)),
    "own cycles by iteration": (
        lambda o: optim.CyclicLR(o, 0.1, HIGH, 2, scale_fn=lambda e: 1 / (1 + e), scale_mode="iterations", mode="nothing"),
        lambda e, b: 0.1 + (HIGH - 0.1) * triangle(e, 2, 2) / (1 + e)),
}  # fmt: skip


@pytest.mark.parametrize("name", SCHEDULES)
def test_the_rates_are_those_of_the_formula(name: str) -> None:
    make, rate = SCHEDULES[name]
    expected = [[rate(epoch, base) for base in BASES] for epoch in range(EPOCHS)]
    assert_allclose(stepped(make, an_optimizer()), expected, rtol=1e-9, atol=1e-12)
    schedule = make(an_optimizer())
    closed = [[schedule.rate(epoch, base, index) for index, base in enumerate(schedule.base_lrs)] for epoch in range(EPOCHS)]
    assert_allclose(closed, expected, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("name", SCHEDULES)
def test_a_schedule_goes_on_from_its_state_and_from_its_epoch(name: str) -> None:
    make, _ = SCHEDULES[name]
    whole = stepped(make, an_optimizer())
    optimizer = an_optimizer()
    schedule = make(optimizer)
    for _ in range(4):
        schedule.step()
    other = an_optimizer()
    again = make(other)
    again.load_state_dict(schedule.state_dict())
    for epoch in range(5, EPOCHS):
        assert again.last_epoch == epoch - 1 and [group["lr"] for group in other.param_groups] == whole[epoch - 1]
        again.step()
    assert schedule.last_epoch == 4, "the state is a copy"


def test_a_schedule_that_begins_behind_an_epoch_needs_the_rate_of_the_beginning() -> None:
    optimizer = an_optimizer()
    first = optim.StepLR(optimizer, 3)
    for _ in range(4):
        first.step()
    second = optim.StepLR(optimizer, 3, last_epoch=3)
    assert second.base_lrs == BASES and second.last_epoch == 4
    found = []
    for _ in range(3):
        found.append(optimizer.param_groups[0]["lr"])
        second.step()
    assert_allclose(found, [0.1, 0.1, 0.01])


def test_one_cycle_and_cycles_move_the_momentum_the_other_way() -> None:
    def momenta(make: Callable[[Any], Any], optimizer: Any) -> list[float]:
        schedule, found = make(optimizer), []
        for _ in range(EPOCHS):
            group = optimizer.param_groups[1]
            found.append(group["betas"][0] if "betas" in group else group["momentum"])
            schedule.step()
        return found

    for optimizer in (an_optimizer(), an_optimizer(optim.Adam, betas=(0.7, 0.999))):
        found = momenta(lambda o: optim.OneCycleLR(o, HIGH, 20), optimizer)
        assert_allclose(found, [line(e, [(0, 0.95), (5, 0.85), (19, 0.95)], half_cosine) for e in range(EPOCHS)])
        assert optimizer.param_groups[0].get("betas", (0, 0.999))[1] == 0.999
    found = momenta(lambda o: optim.OneCycleLR(o, HIGH, 15, pct_start=0.4, three_phase=True, base_momentum=0.5), an_optimizer())
    assert_allclose(found, [line(e, [(0, 0.95), (5, 0.5), (10, 0.95), (14, 0.95)], half_cosine) for e in range(EPOCHS)])
    found = momenta(lambda o: optim.CyclicLR(o, 0.1, HIGH, 2, 3), an_optimizer())
    assert_allclose(found, [0.9 - 0.1 * triangle(e, 2, 3) for e in range(EPOCHS)])
    assert momenta(lambda o: optim.OneCycleLR(o, HIGH, 20, cycle_momentum=False), an_optimizer()) == [0.5] * EPOCHS
    assert momenta(lambda o: optim.CyclicLR(o, 0.1, HIGH, cycle_momentum=False), an_optimizer()) == [0.5] * EPOCHS


def test_groups_may_have_bounds_of_their_own() -> None:
    found = stepped(lambda o: optim.CyclicLR(o, [0.0, 0.1], [1.0, 0.5], 2, cycle_momentum=False), an_optimizer(), 3)
    assert_allclose(found, [[0.0, 0.1], [0.5, 0.3], [1.0, 0.5]])
    assert_allclose(stepped(lambda o: optim.OneCycleLR(o, [1.0, 2.0], 20), an_optimizer(), 6)[5], [1.0, 2.0])


def test_warm_restarts_go_to_any_epoch_and_on_from_there() -> None:
    optimizer = an_optimizer()
    schedule = optim.CosineAnnealingWarmRestarts(optimizer, 3, 2)
    for epoch, done in ((0.5, 0.5 / 3), (7.5, 4.5 / 6), (2.0, 2 / 3), (9.25, 0.25 / 12)):
        schedule.step(epoch)
        assert_allclose(optimizer.param_groups[1]["lr"], half_cosine(0.2, 0.0, done))
        assert schedule.last_epoch == int(epoch)
    schedule.step()
    assert_allclose(optimizer.param_groups[1]["lr"], half_cosine(0.2, 0.0, 1.25 / 12))


def test_warm_restarts_refuse_an_epoch_before_the_first_and_stay_where_they_are() -> None:
    optimizer = an_optimizer()
    schedule = optim.CosineAnnealingWarmRestarts(optimizer, 3)
    schedule.step(1)
    with pytest.raises(ValueError, match="count from 0, given -1"):
        schedule.step(-1)
    assert schedule.last_epoch == 1 and schedule.get_last_lr() == [half_cosine(base, 0.0, 1 / 3) for base in BASES]


def test_one_cycle_has_as_many_steps_as_were_said() -> None:
    optimizer = an_optimizer()
    schedule = optim.OneCycleLR(optimizer, HIGH, 5)
    for _ in range(5):
        schedule.step()
    with pytest.raises(ValueError, match="made for 5 steps, this is number 7"):
        schedule.step()


def test_functions_are_no_part_of_a_state() -> None:
    """They may not be stored, and another run may have others: those of the schedule that is loaded into stay."""
    for make in (
        lambda o, f: optim.LambdaLR(o, f), lambda o, f: optim.LambdaLR(o, [f, f]),
        lambda o, f: optim.CyclicLR(o, 0.1, HIGH, scale_fn=f), lambda o, f: optim.MultiplicativeLR(o, f),
    ):  # fmt: skip
        first, second = make(an_optimizer(), lambda e: 0.5), make(an_optimizer(), lambda e: 0.25)
        state = first.state_dict()
        assert "optimizer" not in state and "callable" not in repr(state) and "function" not in repr(state)
        before = [value for value in vars(second).values() if callable(value) or (isinstance(value, list) and callable(value[0]))]
        second.load_state_dict({**vars(first), **state})
        assert [value for value in vars(second).values() if callable(value) or (isinstance(value, list) and callable(value[0]))] == before


def nested(optimizer: Any) -> Any:
    inner = optim.SequentialLR(optimizer, [optim.StepLR(optimizer, 1, 0.5), optim.ConstantLR(optimizer, 0.1, 2)], [2])
    both = optim.ChainedScheduler([optim.ExponentialLR(optimizer, 0.5), optim.ConstantLR(optimizer, 0.5, 1)], optimizer)
    return optim.SequentialLR(optimizer, [optim.LinearLR(optimizer, 0.5, total_iters=2), inner, both], [2, 6])


def test_schedules_of_schedules_begin_again_at_their_milestones() -> None:
    optimizer = an_optimizer()
    schedule, found = nested(optimizer), []
    for epoch in range(10):
        found.append(optimizer.param_groups[0]["lr"])
        assert schedule.last_epoch == epoch and schedule.get_last_lr()[0] == found[-1] == schedule._last_lr[0]
        schedule.step()
    _, inner, both = schedule._schedulers
    assert_allclose(found[:6], [0.5, 0.75, 1.0, 0.5, 0.1, 0.1])
    assert found[8] == 0.5 * found[7] and found[9] == 0.5 * found[8]
    assert inner.last_epoch == 3 and [each.last_epoch for each in both._schedulers] == [4, 4]


@pytest.mark.parametrize("epoch", [0, 1, 2, 3, 5, 6, 8])
def test_schedules_of_schedules_go_on_from_a_state(epoch: int) -> None:
    first, second = an_optimizer(), an_optimizer()
    schedule, again = nested(first), nested(second)
    for _ in range(epoch):
        schedule.step()
    again.load_state_dict(schedule.state_dict())
    for _ in range(5):
        assert [g["lr"] for g in second.param_groups] == [g["lr"] for g in first.param_groups] and again._last_lr == schedule._last_lr
        again.step()
        schedule.step()
    assert again._schedulers[0].last_epoch == schedule._schedulers[0].last_epoch


def test_a_sequence_may_come_first_in_another() -> None:
    optimizer = an_optimizer()
    inner = optim.SequentialLR(optimizer, [optim.ConstantLR(optimizer, 0.5, 9), optim.StepLR(optimizer, 1, 0.5)], [2])
    schedule = optim.SequentialLR(optimizer, [inner, optim.ConstantLR(optimizer, 0.25, 9)], [4])
    found = []
    for _ in range(6):
        found.append((optimizer.param_groups[0]["lr"], inner.last_epoch))
        schedule.step()
    assert found == [(0.5, 0), (0.5, 1), (1.0, 2), (0.5, 3), (0.25, 3), (0.25, 3)]


def test_any_number_of_schedules_follow_each_other() -> None:
    optimizer = an_optimizer()
    schedule = optim.SequentialLR(optimizer, [optim.StepLR(optimizer, 1, gamma) for gamma in (0.5, 0.25, 0.125, 0.1)], [2, 4, 6])
    found = []
    for _ in range(8):
        found.append(optimizer.param_groups[0]["lr"])
        schedule.step()
    assert_allclose(found, [1.0, 0.5, 1.0, 0.25, 1.0, 0.125, 1.0, 0.1])


def test_schedules_of_schedules_restart_as_a_whole() -> None:
    for make in (nested, lambda o: optim.ChainedScheduler([optim.StepLR(o, 1, 0.5), optim.ConstantLR(o, 0.5, 2)])):
        optimizer = an_optimizer()
        schedule = make(optimizer)
        for _ in range(3):
            schedule.step()
        schedule.restart()
        parts = schedule._schedulers
        assert parts[0].last_epoch == 0 and getattr(schedule, "last_epoch", 0) == 0
        assert schedule._last_lr == [group["lr"] for group in optimizer.param_groups]


def test_a_schedule_of_ones_own_is_a_rate_by_epoch() -> None:
    class Halves(optim.schedules.Schedule):
        def rate(self, epoch: int, base: float, index: int) -> float:
            return base / (1 + epoch)

    assert_allclose(stepped(Halves, an_optimizer()), [[base / (1 + epoch) for base in BASES] for epoch in range(EPOCHS)])
    with pytest.raises(NotImplementedError):
        optim.schedules.Schedule(an_optimizer())


@pytest.mark.parametrize("mode, threshold_mode, metrics, bad", [
    ("min", "rel", [1.0, 0.95, 0.89, 0.81, 0.80], [0, 1, 0, 1, 0]),
    ("max", "rel", [1.0, 1.05, 1.11, 1.2, 1.3], [0, 1, 0, 1, 0]),
    ("min", "abs", [1.0, 0.95, 0.89, 0.80, 0.78], [0, 1, 0, 1, 0]),
    ("max", "abs", [-1.0, -0.95, -0.89, -0.80, -0.78], [0, 1, 0, 1, 0]),
])  # fmt: skip
def test_a_plateau_is_what_no_longer_improves_by_the_threshold(mode: Any, threshold_mode: Any, metrics: Any, bad: Any) -> None:
    schedule = optim.ReduceLROnPlateau(an_optimizer(), mode, threshold=0.1, threshold_mode=threshold_mode)
    found = []
    for metric in metrics:
        schedule.step(metric)
        found.append(schedule.num_bad_epochs)
    assert found == bad and schedule.patience == 10 and schedule.best == metrics[-1]


def test_a_plateau_lowers_no_rate_below_its_least_nor_by_next_to_nothing() -> None:
    optimizer = an_optimizer()
    schedule = optim.ReduceLROnPlateau(optimizer, patience=0, min_lr=[0.05, 0.2 - 1e-9])
    rates = []
    for _ in range(4):
        schedule.step(1.0)
        rates.append(schedule.get_last_lr())
    assert_allclose(rates, [[1.0, 0.2], [0.1, 0.2], [0.05, 0.2], [0.05, 0.2]], rtol=1e-15)


@pytest.mark.parametrize("make, said", [
    (lambda o: optim.LinearLR(o, 0.0), "between 0 and 1"),
    (lambda o: optim.LinearLR(o, 1.1), "between 0 and 1"),
    (lambda o: optim.LinearLR(o, 0.5, -0.1), "between 0 and 1"),
    (lambda o: optim.LinearLR(o, 0.5, 1.1), "between 0 and 1"),
    (lambda o: optim.ConstantLR(o, 0.0), "between 0 and 1"),
    (lambda o: optim.ConstantLR(o, 1.5), "between 0 and 1"),
    (lambda o: optim.OneCycleLR(o, 1.0, 5, pct_start=1.5), "pct_start"),
    (lambda o: optim.OneCycleLR(o, 1.0, epochs=5), "steps_per_epoch"),
    (lambda o: optim.OneCycleLR(o, 1.0, steps_per_epoch=5), "steps_per_epoch"),
    (lambda o: optim.OneCycleLR(o, 1.0, 5, anneal_strategy="wavy"), "'cos' or 'linear'"),
    (lambda o: optim.OneCycleLR(o, [1.0], 5), "1 given for 2"),
    (lambda o: optim.CosineAnnealingWarmRestarts(o, 3, 0), "whole numbers"),
    (lambda o: optim.CosineAnnealingWarmRestarts(o, 2.5), "whole numbers"),
    (lambda o: optim.ReduceLROnPlateau(o, "least"), "'min' or 'max'"),
    (lambda o: optim.ReduceLROnPlateau(o, threshold_mode="relative"), "'rel' or 'abs'"),
    (lambda o: optim.ReduceLROnPlateau(o, factor=1.0), "below 1"),
    (lambda o: optim.StepLR("o", 3), "takes an optimiser"),
])  # fmt: skip
def test_what_schedules_refuse(make: Callable[[Any], Any], said: str) -> None:
    with pytest.raises((TypeError, ValueError), match=said):
        make(an_optimizer())

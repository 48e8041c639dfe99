"""Optimisers and schedules by their own rules; against PyTorch in test_torch.py."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

import nn
from nn import optim

MAKERS = {
    "SGD": lambda ps: optim.SGD(ps, lr=0.1),
    "momentum": lambda ps: optim.SGD(ps, lr=0.02, momentum=0.9, nesterov=True),
    "Adam": lambda ps: optim.Adam(ps, lr=0.1),
    "AdamW": lambda ps: optim.AdamW(ps, lr=0.1, weight_decay=0.0),
    "RMSprop": lambda ps: optim.RMSprop(ps, lr=0.05, momentum=0.2),
    "Adagrad": lambda ps: optim.Adagrad(ps, lr=0.5),
    "Adadelta": lambda ps: optim.Adadelta(ps, lr=5.0, eps=1e-3),
    "Adamax": lambda ps: optim.Adamax(ps, lr=0.1),
    "NAdam": lambda ps: optim.NAdam(ps, lr=0.1),
    "RAdam": lambda ps: optim.RAdam(ps, lr=0.1, betas=(0.9, 0.95)),
    "Rprop": lambda ps: optim.Rprop(ps, lr=0.1),
    "ASGD": lambda ps: optim.ASGD(ps, lr=0.1, t0=3),
}


def quadratic(parameters):
    return sum(((p - 1.0) * (p - 1.0)).sum() for p in parameters)


@pytest.mark.parametrize("name", MAKERS)
@pytest.mark.parametrize("shape", [(3, 2), (), (0,)])
def test_each_finds_the_minimum(name, shape):
    parameter = nn.Parameter(np.full(shape, 3.0))
    optimizer = MAKERS[name]([parameter])
    for _ in range(150):
        optimizer.zero_grad()
        quadratic([parameter]).backward()
        optimizer.step()
    assert_allclose(parameter.data, np.ones(shape), atol=0.1)
    assert parameter.dtype == np.float32


@pytest.mark.parametrize("name", MAKERS)
def test_a_saved_state_continues_bit_by_bit(name):
    def run(steps, parameter, optimizer):
        for _ in range(steps):
            optimizer.zero_grad()
            quadratic([parameter]).backward()
            optimizer.step()

    whole = nn.Parameter([3.0, -2.0])
    run(10, whole, MAKERS[name]([whole]))
    first = nn.Parameter([3.0, -2.0])
    before = MAKERS[name]([first])
    run(4, first, before)
    second = nn.Parameter(first)
    after = MAKERS[name]([second])
    after.load_state_dict(before.state_dict())
    run(6, second, after)
    assert_array_equal(second.data, whole.data)


def test_updates_are_in_place_and_noticed():
    parameter = nn.Parameter([2.0])
    array = parameter.data
    loss = (parameter * parameter).sum()
    parameter.grad = np.ones(1, np.float32)
    optim.SGD([parameter], lr=0.5).step()
    assert array[0] == 1.5
    with pytest.raises(RuntimeError, match="changed after"):
        loss.backward()


def test_groups_have_options_of_their_own():
    a, b, idle = nn.Parameter([1.0]), nn.Parameter([1.0]), nn.Parameter([1.0])
    optimizer = optim.SGD([{"params": [a], "lr": 1.0}, {"params": [b, idle]}], lr=0.5)
    a.grad = b.grad = np.ones(1, np.float32)
    optimizer.step()
    assert (a.item(), b.item(), idle.item()) == (0.0, 0.5, 1.0)


@pytest.mark.parametrize(
    "call",
    [
        lambda: optim.SGD([]),
        lambda: optim.SGD(nn.Parameter([1.0])),
        lambda: optim.SGD([np.ones(1)]),
        lambda: optim.SGD([nn.Parameter([1.0])], lr=-1),
        lambda: optim.SGD([nn.Parameter([1.0])], nesterov=True),
        lambda: optim.SGD([nn.Parameter([1.0]) * 2.0]),
        lambda: optim.SGD([nn.Parameter([1.0])] * 2),
        lambda: optim.SGD([{"params": [nn.Parameter([1.0])], "learning_rate": 1}]),
        lambda: optim.Adam([nn.Parameter([1.0])], betas=(1.0, 0.9)),
        lambda: optim.NAdam([nn.Parameter([1.0])], betas=(1.0, 0.9)),
        lambda: optim.RAdam([nn.Parameter([1.0])], eps=-1.0),
        lambda: optim.Rprop([nn.Parameter([1.0])], etas=(1.2, 0.5)),
        lambda: optim.Adadelta([nn.Parameter([1.0])], rho=1.5),
    ],
)
def test_refusals(call):
    with pytest.raises((TypeError, ValueError)):
        call()


def test_foreign_state_is_refused_whole():
    parameter = nn.Parameter([1.0, 2.0])
    optimizer = optim.Adam([parameter])
    parameter.grad = np.ones(2, np.float32)
    optimizer.step()
    state = optimizer.state_dict()
    other = optim.Adam([nn.Parameter([1.0])], lr=0.5)
    with pytest.raises(ValueError, match="shape"):
        other.load_state_dict(state)
    assert (other.state, other.param_groups[0]["lr"]) == ({}, 0.5)


def test_clipping():
    parameters = [nn.Parameter([3.0]), nn.Parameter([4.0]), nn.Parameter([0.0])]
    for parameter, gradient in zip(parameters, ([3.0], [4.0]), strict=False):
        parameter.grad = np.array(gradient, np.float32)
    assert optim.clip_grad_norm_(parameters, 1.0) == 5.0
    assert_allclose([p.grad.item() for p in parameters[:2]], [0.6, 0.8], rtol=1e-5)
    optim.clip_grad_value_(parameters, 0.7)
    assert_allclose([p.grad.item() for p in parameters[:2]], [0.6, 0.7], rtol=1e-5)
    parameters[0].grad = np.array([np.inf], np.float32)
    with pytest.raises(RuntimeError, match="inf"):
        optim.clip_grad_norm_(parameters, 1.0, error_if_nonfinite=True)


def rates(make, steps):
    optimizer = optim.SGD([nn.Parameter([1.0])], lr=1.0)
    schedule = make(optimizer)
    found = []
    for _ in range(steps):
        found += schedule.get_last_lr()
        schedule.step()
    return found


def test_a_warm_up_and_a_cosine():
    found = rates(
        lambda o: optim.SequentialLR(o, [optim.LinearLR(o, 0.25, total_iters=3), optim.CosineAnnealingLR(o, 4)], milestones=[3]),
        7,
    )
    assert_allclose(found, [0.25, 0.5, 0.75, 1.0, (2 + 2**0.5) / 4, 0.5, (2 - 2**0.5) / 4])


def test_a_schedule_continues():
    def make():
        optimizer = optim.SGD([nn.Parameter([1.0])], lr=1.0)
        return optimizer, optim.StepLR(optimizer, 3)

    _, first = make()
    for _ in range(4):
        first.step()
    optimizer, second = make()
    second.load_state_dict(first.state_dict())
    assert_allclose(optimizer.param_groups[0]["lr"], 0.1)
    second.step()
    assert second.last_epoch == 5


def test_one_cycle_ends():
    with pytest.raises(ValueError, match="5 steps"):
        rates(lambda o: optim.OneCycleLR(o, 1.0, total_steps=5, cycle_momentum=False), 6)


def two_groups():
    optimizer = optim.SGD([{"params": [nn.Parameter([1.0])]}, {"params": [nn.Parameter([1.0])], "lr": 0.1}], lr=1.0, momentum=0.5)
    return optimizer, lambda: [round(group["lr"], 12) for group in optimizer.param_groups]


def test_schedules_stepped_side_by_side_multiply():
    """Each changes the rate that it finds, as PyTorch's do."""
    optimizer, rates = two_groups()
    schedules = [optim.ConstantLR(optimizer, 0.5, total_iters=2), optim.ExponentialLR(optimizer, 0.5)]
    found = []
    for _ in range(4):
        found.append(rates()[0])
        for schedule in schedules:
            schedule.step()
    assert_allclose(found, [0.5, 0.25, 0.25, 0.125])
    optimizer, rates = two_groups()
    chained = optim.ChainedScheduler([optim.ConstantLR(optimizer, 0.5, total_iters=2), optim.ExponentialLR(optimizer, 0.5)])
    again = []
    for _ in range(4):
        again.append(rates()[0])
        chained.step()
    assert again == found


def test_warm_restarts_come_back_up():
    optimizer, rates = two_groups()
    schedule = optim.CosineAnnealingWarmRestarts(optimizer, 2, 2)
    found = []
    for _ in range(8):
        found.append(rates()[0])
        schedule.step()
    assert_allclose(found, [1.0, 0.5, 1.0, (2 + 2**0.5) / 4, 0.5, (2 - 2**0.5) / 4, 1.0, (1 + np.cos(np.pi / 8)) / 2])
    schedule.step(2.5)
    assert_allclose(rates()[0], (1 + np.cos(np.pi / 8)) / 2)


def test_cycles_move_the_momentum_the_other_way():
    optimizer, rates = two_groups()
    schedule = optim.CyclicLR(optimizer, [0.0, 0.1], [1.0, 0.5], step_size_up=2)
    found = [(rates(), optimizer.param_groups[0]["momentum"])]
    for _ in range(4):
        schedule.step()
        found.append((rates(), round(optimizer.param_groups[0]["momentum"], 12)))
    assert found == [([0.0, 0.1], 0.9), ([0.5, 0.3], 0.85), ([1.0, 0.5], 0.8), ([0.5, 0.3], 0.85), ([0.0, 0.1], 0.9)]


def test_schedules_nest():
    optimizer, rates = two_groups()
    inner = optim.SequentialLR(optimizer, [optim.StepLR(optimizer, 1, 0.5), optim.ConstantLR(optimizer, 0.1, 2)], [2])
    outer = optim.SequentialLR(optimizer, [optim.LinearLR(optimizer, 0.5, total_iters=2), inner], [2])
    found = []
    for _ in range(7):
        found.append(rates()[0])
        outer.step()
    assert_allclose(found, [0.5, 0.75, 1.0, 0.5, 0.1, 0.1, 1.0])


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda o: optim.SequentialLR(o, [], []), "at least one"),
        (lambda o: optim.SequentialLR(o, [optim.StepLR(o, 1)], [1]), "0 milestones"),
        (lambda o: optim.ChainedScheduler([optim.ReduceLROnPlateau(o)], o), "without a metric"),
        (lambda o: optim.ChainedScheduler([optim.StepLR(o, 1)], two_groups()[0]), "of one optimiser"),
        (lambda o: optim.StepLR(o, 1, last_epoch=3), "initial_lr"),
        (lambda o: optim.LambdaLR(o, [abs]), "1 given for 2"),
        (lambda o: optim.CosineAnnealingWarmRestarts(o, 0), "whole numbers"),
        (lambda o: optim.CyclicLR(o, 0.1, 1.0, mode="square"), "mode is one of"),
        (lambda o: optim.OneCycleLR(o, 1.0), "total_steps"),
        (lambda o: optim.CyclicLR(optim.Adagrad([nn.Parameter([1.0])]), 0.1, 1.0), "no momentum"),
    ],
)
def test_refused_schedules(make, said):
    with pytest.raises((TypeError, ValueError, KeyError), match=said):
        make(two_groups()[0])

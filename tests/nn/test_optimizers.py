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

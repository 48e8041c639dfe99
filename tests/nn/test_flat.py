"""Parameters moved together end where they would end one by one, bit for bit."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import nn
from nn import optim
from nn.optim import flat

MAKERS = {
    "SGD": lambda ps: optim.SGD(ps, lr=0.1),
    "momentum": lambda ps: optim.SGD(ps, lr=0.1, momentum=0.9, weight_decay=0.01, nesterov=True),
    "Adam": lambda ps: optim.Adam(ps, lr=0.1, weight_decay=0.01),
    "amsgrad": lambda ps: optim.Adam(ps, lr=0.1, amsgrad=True, maximize=True),
    "AdamW": lambda ps: optim.AdamW(ps, lr=0.1),
    "RMSprop": lambda ps: optim.RMSprop(ps, lr=0.05, momentum=0.2, centered=True),
    "Adagrad": lambda ps: optim.Adagrad(ps, lr=0.5),
}
SHAPES = [(3, 4), (), (5,), (100, 100), (2, 1, 3), (0, 2)]


def parameters(dtype):
    draws = np.random.default_rng(0)
    return [nn.Parameter(draws.standard_normal(shape).astype(dtype)) for shape in SHAPES]


def run(name, together, events, dtype="float32"):
    """Steps with gradients of their own; an event says what else happens before a step."""
    ps = parameters(dtype)
    optimizer = MAKERS[name](ps)
    optimizer.elementwise = together
    draws = np.random.default_rng(1)
    for event in events:
        for p in ps:
            p.grad = nn.Parameter(draws.standard_normal(p.shape).astype(dtype))
        if event == "one without":
            ps[0].grad = None
        if event == "reloaded":
            optimizer.load_state_dict(optimizer.state_dict())
        if event == "replaced":
            ps[2].data = ps[2].data * 2
        if event == "state replaced" and ps[2] in optimizer.state:
            own = optimizer.state[ps[2]]
            own.update({key: value * 0.5 for key, value in own.items() if isinstance(value, np.ndarray)})
        if event == "forgotten":
            optimizer.state.pop(ps[4], None)
        if event == "strided":
            ps[0].data = np.asfortranarray(ps[0].data)
        optimizer.step()
    return [p.data.copy() for p in ps], optimizer


EVENTS = st.lists(
    st.sampled_from(["plain", "plain", "one without", "reloaded", "replaced", "state replaced", "forgotten", "strided"]), max_size=9
)


@pytest.mark.parametrize("name", MAKERS)
@given(events=EVENTS, dtype=st.sampled_from(["float32", "float64"]))
def test_together_is_one_by_one(name, events, dtype):
    (moved, optimizer), (expected, one_by_one) = (run(name, together, ["plain"] * 3 + events, dtype) for together in (True, False))
    assert optimizer._flats or events[-1:] == ["one without"] or "one without" in events[-2:]
    for ours, theirs in zip(moved, expected, strict=True):
        np.testing.assert_array_equal(ours, theirs)
    saved, one = optimizer.state_dict()["state"], one_by_one.state_dict()["state"]
    assert saved.keys() == one.keys()
    for number, own in one.items():
        assert own.keys() == saved[number].keys()
        for key, value in own.items():
            np.testing.assert_array_equal(saved[number][key], value)


def test_a_step_together_is_noticed_by_a_graph_that_saved_the_values():
    ps = parameters("float64")[:1]
    optimizer = MAKERS["Adam"](ps)
    for _ in range(3):
        loss = (ps[0] * ps[0]).sum()
        optimizer.zero_grad()
        loss.backward(retain_graph=True)
        optimizer.step()
    with pytest.raises(RuntimeError, match="changed"):
        loss.backward()


def test_a_rule_that_looks_at_whole_parameters_is_left_alone():
    class Normalised(optim.Optimizer):
        def _update(self, values, gradient, state, group):
            values -= gradient / np.linalg.norm(gradient)

    p, q = nn.Parameter([1.0, 0.0]), nn.Parameter([1.0, 0.0])
    optimizer = Normalised([p, q], {"maximize": False})
    for _ in range(3):
        p.grad, q.grad = nn.Parameter([1.0, 0.0]), nn.Parameter([100.0, 0.0])
        optimizer.step()
    assert p.data[0] == q.data[0] == -2.0


def test_what_is_moved_together_and_what_is_not():
    """By type, rank 0 and count of steps; large parameters alone; runs that fit the cache; multiples of a cache line first."""
    sizes = [(100, 100), (5,), (16,), (2**13,), (2**13,), (2**13,), (2**13,), (2**13,), (3,), ()]
    ps = [nn.Parameter(np.zeros(shape)) for shape in sizes] + [nn.Parameter(np.zeros(7), dtype=np.float64)]
    flats, alone = flat.gathered({p: {"step": 1} for p in ps})
    assert alone == [ps[0]]
    shapes = [[p.shape for p in each.parameters] for each in flats]
    assert shapes == [[(16,), (2**13,), (2**13,), (2**13,)], [(2**13,), (2**13,), (5,), (3,)], [()], [(7,)]]
    assert [type(each).__name__ for each in flats] == ["Flat", "Flat", "FlatNumbers", "Flat"]
    flats, _ = flat.gathered({nn.Parameter(np.zeros(2**13)): {} for _ in range(4)})
    assert [len(each.parameters) for each in flats] == [4], "as many as the cache holds"
    flats, _ = flat.gathered({ps[1]: {"step": 1}, ps[8]: {"step": 2}})
    assert len(flats) == 2


def test_arrays_move_into_the_common_one_unless_somebody_holds_them():
    free, held, viewed = nn.Parameter([1.0, 2.0]), nn.Parameter([3.0, 4.0]), nn.Parameter([5.0, 6.0])
    array = held.data
    whole = np.array([[5.0, 6.0], [7.0, 8.0]], np.float32)
    viewed.data = whole[0]
    together = flat.Flat([free, held, viewed], [{}, {}, {}])
    assert [parameter for parameter, _ in together.away] == [held, viewed]
    assert free.data.base is not None and np.shares_memory(free.data, together.values)
    assert held.data is array and together.values.tolist() == [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]


def test_a_flat_is_kept_as_long_as_nothing_changed_behind_it():
    ps = [nn.Parameter([1.0, 2.0]), nn.Parameter([3.0])]
    optimizer = optim.Adam(ps, lr=0.1)

    def step():
        for p in ps:
            p.grad = np.ones(p.shape, np.float32)
        optimizer.step()
        return optimizer._flats[0][0] if optimizer._flats else None

    assert step() is None, "the first step shows which parameters move"
    first = step()
    assert step() is first and step() is first
    ps[0].data = ps[0].data * 2
    second = step()
    assert second is not first and step() is second
    optimizer.state[ps[1]]["exp_avg"] = optimizer.state[ps[1]]["exp_avg"] * 0.5
    third = step()
    assert third is not second and step() is third
    optimizer.state[ps[1]]["extra"] = 1
    assert step() is not third
    optimizer.state[ps[0]]["step"] = 100
    assert not all(each.current(optimizer.state) for each in optimizer._flats[0][0])

"""Recurrent layers against their recurrences in plain NumPy, and against themselves; PyTorch's are in test_torch_modules."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

import autograd
import nn
from autograd.testing import check_gradients

LAYERS = {"RNN": nn.RNN, "GRU": nn.GRU, "LSTM": nn.LSTM}
CELLS = {"RNN": nn.RNNCell, "GRU": nn.GRUCell, "LSTM": nn.LSTMCell}


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def by_hand(kind, x, weights, h, c):
    """One step as the papers write it, with PyTorch's order of gates."""
    w, v, b, d = weights
    a, r = x @ w.T + b, h @ v.T + d
    if kind == "RNN":
        return np.tanh(a + r), c
    if kind == "GRU":
        (ar, az, an), (rr, rz, rn) = np.split(a, 3, -1), np.split(r, 3, -1)
        z = sigmoid(az + rz)
        return (1 - z) * np.tanh(an + sigmoid(ar + rr) * rn) + z * h, c
    i, f, g, o = np.split(a + r, 4, -1)
    c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
    return sigmoid(o) * np.tanh(c), c


@pytest.mark.parametrize("kind", LAYERS)
def test_two_layers_by_hand(kind):
    rng = np.random.default_rng(0)
    layer, x = LAYERS[kind](3, 4, num_layers=2, generator=0).double(), rng.normal(size=(5, 2, 3))
    h, c = rng.normal(size=(2, 2, 4)), rng.normal(size=(2, 2, 4))
    out, state = layer(x, (h, c) if kind == "LSTM" else h)
    steps = x
    for number, weights in enumerate(layer.all_weights):
        weights, after = [each.data for each in weights], []
        for step in steps:
            h[number], c[number] = by_hand(kind, step, weights, h[number], c[number])
            after.append(h[number].copy())
        steps = np.stack(after)
    assert_allclose(out.data, steps, 1e-12, 1e-14)
    for found, wanted in zip(state if kind == "LSTM" else (state,), (h, c), strict=False):
        assert_allclose(found.data, wanted, 1e-12, 1e-14)


@pytest.mark.parametrize("kind", CELLS)
def test_a_layer_repeats_its_cell(kind):
    rng = np.random.default_rng(0)
    layer, cell = LAYERS[kind](3, 4).double(), CELLS[kind](3, 4).double()
    cell.load_state_dict({name.removesuffix("_l0"): value for name, value in layer.state_dict().items()})
    x, state = rng.normal(size=(5, 2, 3)), None
    for step in x:
        state = cell(step, state)
    assert_allclose((state[0] if kind == "LSTM" else state).data, layer(x)[0].data[-1], 1e-13)


@pytest.mark.parametrize("kind", LAYERS)
def test_the_way_back_is_the_way_there_on_a_sequence_turned_round(kind):
    both, there = LAYERS[kind](3, 4, bidirectional=True, generator=0).double(), LAYERS[kind](3, 4).double()
    x = np.random.default_rng(0).normal(size=(5, 2, 3))
    for suffix, part, order in (("_l0", np.s_[..., :4], 1), ("_l0_reverse", np.s_[..., 4:], -1)):
        there.load_state_dict({f"{name[:-3]}_l0": both.state_dict()[f"{name[:-3]}{suffix}"] for name in there.state_dict()})
        assert_array_equal(both(x)[0].data[part], there(x[::order])[0].data[::order])


@pytest.mark.parametrize("kind", LAYERS)
@pytest.mark.parametrize("order", [1, 2])
def test_gradients(kind, order):
    rng = np.random.default_rng(0)
    layer = LAYERS[kind](2, 2, num_layers=3 - order, bidirectional=order == 1, generator=0).double()
    names, values = zip(*((name, p.data.copy()) for name, p in layer.named_parameters()), strict=True)
    chosen = [0, 1, len(names) - 1] if order == 1 else [1]

    def run(x, *parameters):
        for place, parameter in zip(chosen, parameters, strict=True):
            object.__setattr__(layer, names[place], parameter)
        return layer(x)[0]

    check_gradients(run, rng.normal(size=(4 - order, 2, 2)), *(values[place] for place in chosen), order=order, most=12)


def test_shapes_and_what_lies_where():
    x = np.zeros((5, 7, 3), np.float32)
    out, (h, c) = nn.LSTM(3, 6, 2, batch_first=True, bidirectional=True, proj_size=2)(x)
    assert out.shape == (5, 7, 4) and h.shape == (4, 5, 2) and c.shape == (4, 5, 6) and out.dtype == np.float32
    out, h = nn.GRU(3, 6, 2)(x[0])
    assert out.shape == (7, 6) and h.shape == (2, 6)
    assert_array_equal(out.data[-1], h.data[-1])
    names = list(nn.LSTM(3, 6, 2, bidirectional=True, proj_size=2).state_dict())
    assert names[:6] == ["weight_ih_l0", "weight_hh_l0", "bias_ih_l0", "bias_hh_l0", "weight_hr_l0", "weight_ih_l0_reverse"]
    assert repr(nn.LSTM(2, 3, 2, dropout=0.1)) == "LSTM(2, 3, num_layers=2, dropout=0.1)"


def test_dropout_lies_between_layers_and_in_training_alone():
    x = np.random.default_rng(0).normal(size=(4, 2, 3)).astype(np.float32)
    layer = nn.GRU(3, 5, 2, dropout=0.5, generator=0)
    one, two = layer(x)[0].data, layer(x)[0].data
    assert (one != two).any()
    layer.eval()
    assert_array_equal(layer(x)[0].data, layer(x)[0].data)
    single = nn.GRU(3, 5, 1, dropout=0.5, generator=0)
    assert_array_equal(single(x)[0].data, single(x)[0].data)


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: nn.RNN(0, 3), "input_size must be greater than zero"),
        (lambda: nn.GRU(2, 3, bias=1), "bias should be of type bool"),
        (lambda: nn.RNN(2, 3, nonlinearity="gelu"), "'tanh' or 'relu'"),
        (lambda: nn.LSTM(2, 3, proj_size=3), "proj_size"),
        (lambda: nn.LSTM(2, 3, dropout=1.5), "probability"),
        (lambda: nn.GRU(2, 3)(np.zeros((4, 5, 3), np.float32)), r"given \(4, 5, 3\)"),
        (lambda: nn.GRU(2, 3)(np.zeros((0, 5, 2), np.float32)), "none of them 0"),
        (lambda: nn.GRU(2, 3)(np.zeros((4, 5, 2))), "float64 does not match weight dtype float32"),
        (lambda: nn.GRU(2, 3)(np.zeros((4, 5, 2), np.float32), np.zeros((1, 4, 3), np.float32)), r"\(1, 5, 3\), given \(1, 4, 3\)"),
        (lambda: nn.LSTMCell(2, 3)(np.zeros((4, 2), np.float32), (np.zeros((4, 2), np.float32),) * 2), r"2 of shape \(4, 3\)"),
        (lambda: nn.RNNCell(2, 3)(np.zeros((4, 3), np.float32)), r"\(N, 2\)"),
    ],
)
def test_refusals(make, said):
    with pytest.raises((TypeError, ValueError), match=said):
        make()


def test_it_learns_what_only_memory_tells():
    """The first of ten bits, at the end."""
    rng = np.random.default_rng(0)
    layer, head = nn.GRU(1, 8, generator=0), nn.Linear(8, 1, generator=0)
    optimizer = nn.optim.Adam([*layer.parameters(), *head.parameters()], lr=0.02)
    for _ in range(60):
        bits = rng.integers(0, 2, (10, 32, 1)).astype(np.float32)
        loss = nn.functional.binary_cross_entropy_with_logits(head(layer(bits)[1][0]), bits[0])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    assert loss.item() < 0.1


def test_the_gated_skip_is_found():
    h = autograd.Tensor(np.zeros((1, 2, 4)), requires_grad=True)
    out, _ = nn.GRU(3, 4, generator=0).double()(np.random.default_rng(0).normal(size=(3, 2, 3)), h)
    assert [join.kind for join in autograd.routes((out[-1] ** 2).sum(), h).joins] == ["gated"] * 3

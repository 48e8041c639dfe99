"""Computed parameters, norms folded away, initialisers: by what they promise, and against PyTorch where it is installed."""

import copy

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

import autograd
import nn
from autograd.testing import check_gradients
from nn.utils import parametrizations, parametrize

RNG = np.random.default_rng(0)


class Symmetric(nn.Module):
    def forward(self, x):
        return 0.5 * (x + x.T)


class Twice(nn.Module):
    def forward(self, x):
        return 2.0 * x

    def right_inverse(self, x):
        return 0.5 * x


def test_a_computed_parameter_is_trained_through_its_function():
    layer = nn.Linear(3, 3, bias=False)
    parametrize.register_parametrization(layer, "weight", Symmetric())
    optimizer = nn.optim.SGD(layer.parameters(), lr=0.1)
    for _ in range(3):
        loss = (layer(RNG.normal(size=(4, 3)).astype(np.float32)) ** 2).sum()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    assert_allclose(layer.weight.data, layer.weight.data.T)
    assert repr(layer).startswith("ParametrizedLinear(") and isinstance(layer, nn.Linear) and type(nn.Linear(1, 1)) is nn.Linear
    other = copy.deepcopy(layer)
    other.parametrizations.weight.original.data = np.zeros((3, 3), np.float32)
    assert not other.weight.data.any() and layer.weight.data.any()


def test_functions_follow_each_other_and_are_taken_away():
    layer = nn.Linear(3, 3)
    before = layer.weight.data.copy()
    for function in (Twice(), Twice()):
        parametrize.register_parametrization(layer, "weight", function)
    assert_allclose(layer.weight.data, 2 * before)  # the first one's inverse made its original half
    layer.weight = before
    assert_allclose(layer.weight.data, before)
    assert_allclose(layer.parametrizations.weight.original.data, before / 4)
    parametrize.remove_parametrizations(layer, "weight")
    assert type(layer) is nn.Linear and list(layer.state_dict()) == ["bias", "weight"]
    assert_allclose(layer.weight.data, before)
    parametrize.register_parametrization(layer, "bias", Twice())
    parametrize.remove_parametrizations(layer, "bias", leave_parametrized=False)
    assert not parametrize.is_parametrized(layer)


def test_what_cannot_be_computed_is_refused_and_nothing_changed():
    layer = nn.Linear(3, 2)
    names = list(layer.state_dict())
    for name, function, said in (("weights", Twice(), "no parameter"), ("weight", nn.Flatten(0), "pass unsafe")):
        with pytest.raises(ValueError, match=said):
            parametrize.register_parametrization(layer, name, function)
    assert type(layer) is nn.Linear and list(layer.state_dict()) == names
    with pytest.raises(ValueError, match="not parametrized"):
        parametrize.remove_parametrizations(layer, "weight")
    square = parametrize.register_parametrization(nn.Linear(3, 3), "weight", Symmetric())
    with pytest.raises(AttributeError, match="right_inverse"):
        square.weight = np.zeros((3, 3))
    normed = parametrizations.weight_norm(layer)
    with pytest.raises(ValueError, match="have to choose"):
        parametrize.remove_parametrizations(normed, "weight", leave_parametrized=False)
    with pytest.raises(ValueError, match="no parameter 'w'"):
        parametrizations.spectral_norm(nn.Linear(2, 2), "w")


@pytest.mark.parametrize("dim", [0, 1, -1, None])
def test_weight_norm_starts_from_the_weight_and_keeps_lengths(dim):
    layer = nn.Conv2d(2, 3, 2).double()
    before = layer.weight.data.copy()
    parametrizations.weight_norm(layer, dim=dim)
    assert_allclose(layer.weight.data, before)
    g, v = layer.parametrizations.weight.originals()
    axes = None if dim is None else tuple(axis for axis in range(4) if axis != dim % 4)
    assert_allclose(np.sqrt((before**2).sum(axes, keepdims=dim is not None)), g.data)
    v.data = 3 * v.data
    assert_allclose(layer.weight.data, before)
    check_gradients(lambda g, v: layer.parametrizations.weight[0](g, v), g.data, v.data)


def test_spectral_norm_has_largest_singular_value_one_and_rests_in_evaluation():
    layer = parametrizations.spectral_norm(nn.ConvTranspose2d(4, 6, 2), n_power_iterations=30, generator=0)
    matrix = np.moveaxis(layer.weight.data, 1, 0).reshape(6, -1)
    assert_allclose(np.linalg.svd(matrix)[1][0], 1.0, rtol=1e-4)
    layer.eval()
    before = {name: value.data for name, value in layer.state_dict().items()}
    assert_array_equal(layer.weight.data, layer.weight.data)
    for name, value in layer.state_dict().items():
        assert_array_equal(value.data, before[name])
    assert layer.double().weight.dtype == np.float64
    row = parametrizations.spectral_norm(nn.Linear(3, 4), "bias")
    assert_allclose(np.linalg.norm(row.bias.data), 1.0, rtol=1e-6)


def test_a_recurrent_weight_can_be_computed():
    layer = nn.GRU(3, 4)
    x = RNG.normal(size=(5, 2, 3)).astype(np.float32)
    before = layer(x)[0].data
    parametrizations.weight_norm(layer, "weight_hh_l0")
    assert_allclose(layer(x)[0].data, before, atol=1e-6)


# Folding.


def lively(norm):
    for name, low, high in (("running_mean", -1, 1), ("running_var", 0.5, 2), ("weight", 0.5, 2), ("bias", -1, 1)):
        value = getattr(norm, name)
        value.data[...] = RNG.uniform(low, high, value.shape)
    return norm.eval()


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("kind", [nn.Conv2d, nn.ConvTranspose2d])
def test_a_norm_is_folded_into_the_convolution_before_it(kind, bias):
    layer, norm = kind(4, 6, 3, groups=2, bias=bias).double().eval(), lively(nn.BatchNorm2d(6).double())
    x, before = RNG.normal(size=(2, 4, 7, 7)), layer.weight.data.copy()
    folded = nn.utils.fuse_conv_bn_eval(layer, norm, transpose=kind is nn.ConvTranspose2d)
    assert_allclose(folded(x).data, norm(layer(x)).data, 1e-10)
    assert_array_equal(layer.weight.data, before)


def test_a_norm_is_folded_into_the_linear_layer_before_it():
    layer, norm = nn.Linear(4, 6).double().eval(), lively(nn.BatchNorm1d(6).double())
    x = RNG.normal(size=(5, 4))
    assert_allclose(nn.utils.fuse_linear_bn_eval(layer, norm)(x).data, norm(layer(x)).data, 1e-10)
    with pytest.raises(ValueError, match="eval"):
        nn.utils.fuse_linear_bn_eval(layer.train(), norm)
    with pytest.raises(ValueError, match="6 outputs, the norm 4"):
        nn.utils.fuse_linear_bn_eval(layer.eval(), nn.BatchNorm1d(4).eval())


# Initialisers and norms of gradients.


@pytest.mark.parametrize(("shape", "groups"), [((4, 4, 3), 1), ((6, 3, 3, 3), 2), ((2, 5, 1, 3, 3), 1)])
def test_dirac_passes_channels_on(shape, groups):
    weight = nn.init.dirac_(nn.Parameter(np.ones(shape)), groups)
    convolve = {3: nn.functional.conv1d, 4: nn.functional.conv2d, 5: nn.functional.conv3d}[len(shape)]
    x = RNG.normal(size=(2, shape[1] * groups, *[5] * (len(shape) - 2))).astype(np.float32)
    y = convolve(x, weight, groups=groups, padding="same").data
    each = min(shape[0] // groups, shape[1])
    for group in range(groups):
        out = y[:, group * (shape[0] // groups) :][:, :each]
        assert_array_equal(out, x[:, group * shape[1] :][:, :each])
    with pytest.raises(ValueError, match="kernel"):
        nn.init.dirac_(nn.Parameter(np.ones((2, 2))))


def test_sparse_columns():
    weight = nn.init.sparse_(nn.Parameter(np.ones((10, 4))), 0.35, generator=0)
    assert ((weight.data == 0).sum(0) == 4).all() and 0.001 < weight.data.std() < 0.02
    with pytest.raises(ValueError, match="share"):
        nn.init.sparse_(weight, 1.5)


def test_gradients_by_a_norm_known_before():
    parameters = [nn.Parameter([3.0]), nn.Parameter([4.0])]
    for parameter in parameters:
        parameter.grad = parameter.data.copy()
    total = nn.utils.get_total_norm(iter([parameter.grad for parameter in parameters]))
    assert total == 5.0 and nn.utils.get_total_norm([]) == 0.0
    nn.utils.clip_grads_with_norm_(parameters, 10.0, total)
    assert parameters[0].grad.item() == 3.0
    nn.utils.clip_grads_with_norm_(iter(parameters), 2.5, total)
    assert_allclose([parameter.grad.item() for parameter in parameters], [1.5, 2.0], rtol=1e-6)
    with pytest.raises(RuntimeError, match="inf"):
        nn.utils.get_total_norm(autograd.Tensor([np.inf]), error_if_nonfinite=True)


@pytest.mark.parametrize("side", ["left", "right"])
def test_sequences_side_by_side_and_apart_again(side):
    rows = [autograd.Tensor(RNG.normal(size=(length, 2)), requires_grad=True) for length in (3, 1, 4)]
    batch = nn.utils.rnn.pad_sequence(rows, padding_value=7.0, padding_side=side)
    assert batch.shape == (4, 3, 2) and (batch.data == 7.0).sum() == 2 * (1 + 3)
    assert_array_equal(nn.utils.rnn.pad_sequence(rows, True, 7.0, side).data, batch.data.swapaxes(0, 1))
    (batch * np.arange(24.0).reshape(4, 3, 2)).sum().backward()
    places = np.arange(24.0).reshape(4, 3, 2)[:, 0]
    assert_array_equal(rows[0].grad.data, places[1:] if side == "left" else places[:3])
    if side == "right":
        for found, row in zip(nn.utils.rnn.unpad_sequence(batch, [3, 1, 4]), rows, strict=True):
            assert_array_equal(found.data, row.data)


@pytest.mark.parametrize(
    "call",
    [
        lambda rnn: rnn.pad_sequence([]),
        lambda rnn: rnn.pad_sequence([np.ones((2, 3)), np.ones((2, 4))]),
        lambda rnn: rnn.pad_sequence([np.ones(2)], padding_side="top"),
        lambda rnn: rnn.unpad_sequence(np.ones((4, 2)), [3]),
        lambda rnn: rnn.unpad_sequence(np.ones((4, 2)), [3, 5]),
    ],
)
def test_sequences_that_do_not_fit(call):
    with pytest.raises(ValueError, match=r"given|do not fit"):
        call(nn.utils.rnn)


# Against PyTorch.


@pytest.mark.compare
@pytest.mark.parametrize("options", [{"dim": 0}, {"dim": None}, {"dim": 1}])
def test_weight_norm_as_pytorch_s(options):
    torch = pytest.importorskip("torch")
    theirs = torch.nn.utils.parametrizations.weight_norm(torch.nn.Linear(3, 2).double(), **options)
    mine = parametrizations.weight_norm(nn.Linear(3, 2).double(), **options)
    same_after_a_step(mine, theirs, torch)


@pytest.mark.compare
@pytest.mark.parametrize("kind", ["Linear", "ConvTranspose1d"])
def test_spectral_norm_as_pytorch_s(kind):
    torch = pytest.importorskip("torch")
    arguments = (3, 2) if kind == "Linear" else (3, 2, 2)
    theirs = torch.nn.utils.parametrizations.spectral_norm(getattr(torch.nn, kind)(*arguments).double(), n_power_iterations=2)
    mine = parametrizations.spectral_norm(getattr(nn, kind)(*arguments).double(), n_power_iterations=2)
    same_after_a_step(mine, theirs, torch)


def same_after_a_step(mine, theirs, torch):
    assert list(mine.state_dict()) == list(theirs.state_dict())
    mine.load_state_dict({name: value.numpy() for name, value in theirs.state_dict().items()})
    # Not of mine.weight: to look at a spectrally normed weight is a step of the power method.
    x = RNG.normal(size=(4, 3) if isinstance(mine, nn.Linear) else (4, 3, 5))
    found, wanted = mine(x), theirs(torch.from_numpy(x))
    assert_allclose(found.data, wanted.detach().numpy(), 1e-9, 1e-12)
    (found**2).sum().backward()
    (wanted**2).sum().backward()
    for (name, p), q in zip(mine.named_parameters(), theirs.parameters(), strict=True):
        assert_allclose(p.grad.data, q.grad.numpy(), 1e-9, 1e-12, err_msg=name)
    for name, value in theirs.state_dict().items():
        assert_allclose(mine.state_dict()[name].data, value.numpy(), 1e-9, err_msg=name)


@pytest.mark.compare
def test_dirac_as_pytorch_s():
    torch = pytest.importorskip("torch")
    for shape, groups in (((6, 3, 3, 4), 2), ((4, 2, 3), 1)):
        wanted = torch.nn.init.dirac_(torch.empty(shape), groups).numpy()
        assert_array_equal(nn.init.dirac_(nn.Parameter(np.ones(shape)), groups).data, wanted)

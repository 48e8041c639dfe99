"""What PyTorch's own samples of modules do not ask: dtypes, texts, attributes, arguments by name, containers."""

import collections
from itertools import product

import numpy as np
import pytest

import autograd
import nn
from tests.nn.test_torch_modules import SHARED, array, ours, outputs

torch = pytest.importorskip("torch")
pytestmark = [pytest.mark.compare, pytest.mark.filterwarnings("ignore")]


@pytest.mark.parametrize("name", sorted(SHARED))
def test_float32_stays_float32(name):
    info = SHARED[name]
    for given in info.module_inputs_func(info, device="cpu", dtype=torch.float32, requires_grad=True, training=True):
        made, called = given.constructor_input, given.forward_input
        mine = getattr(nn, name)(*map(ours, made.args), **{k: ours(v) for k, v in made.kwargs.items()})
        found = outputs(mine(*ours(called.args), **{k: ours(v) for k, v in called.kwargs.items()}))
        assert {array(each).dtype for each in found if array(each).dtype.kind == "f"} <= {np.dtype("f4")}


# Where PyTorch's text does not say what differs: `reduction`, a name for a threshold, `inplace`.
OTHER_TEXT = ("Loss", "Hardshrink", "Softshrink", "Dropout", "Transformer", "MultiheadAttention", "AvgPool1d", "FractionalMaxPool")


@pytest.mark.parametrize("name", [name for name in sorted(SHARED) if not any(part in name for part in OTHER_TEXT)])
def test_the_text_is_pytorch_s(name):
    info = SHARED[name]
    for given in info.module_inputs_func(info, device="cpu", dtype=torch.float32, requires_grad=False, training=True):
        args, kwargs = given.constructor_input.args, given.constructor_input.kwargs
        mine = getattr(nn, name)(*map(ours, args), **{k: ours(v) for k, v in kwargs.items()})
        assert repr(mine) == repr(info.module_cls(*args, **kwargs))


ATTRIBUTES = {
    "MaxPool2d(3)": ("kernel_size", "stride", "padding", "dilation", "return_indices", "ceil_mode"),
    "AvgPool2d(2)": ("kernel_size", "stride", "padding", "ceil_mode", "count_include_pad", "divisor_override"),
    "LeakyReLU()": ("negative_slope", "inplace"), "ELU(2.0)": ("alpha",), "Softmax(1)": ("dim",), "GLU()": ("dim",),
    "CrossEntropyLoss()": ("reduction", "ignore_index", "label_smoothing", "weight"), "HuberLoss()": ("delta", "reduction"),
    "TripletMarginLoss()": ("margin", "p", "eps", "swap"), "AdaptiveMaxPool2d(2)": ("output_size", "return_indices"),
}  # fmt: skip


@pytest.mark.parametrize("written", ATTRIBUTES)
def test_options_are_attributes(written):
    mine, theirs = (eval(written, vars(package)) for package in (nn, torch.nn))
    assert [getattr(mine, name) for name in ATTRIBUTES[written]] == [getattr(theirs, name) for name in ATTRIBUTES[written]]


def test_an_option_that_is_set_is_used():
    pool, slope = nn.MaxPool2d(2), nn.LeakyReLU()
    pool.stride, slope.negative_slope = 1, 0.5
    assert pool(np.zeros((1, 1, 4, 4), "f4")).shape == (1, 1, 3, 3)
    assert slope(np.array([-2.0])).item() == -1


def test_losses_take_their_arguments_by_name():
    assert nn.MSELoss()(input=np.ones(3), target=np.zeros(3)).item() == 1
    assert nn.MarginRankingLoss()(input1=np.ones(3), input2=np.zeros(3), target=np.ones(3)).item() == 0


@pytest.mark.parametrize("size", [(9, 12), (10, 11), (2, 5, 9, 12)])
def test_transposed_convolution_to_a_size(size):
    x = np.random.default_rng(0).normal(size=(2, 3, 5, 6))
    theirs, mine = (package.ConvTranspose2d(3, 5, 3, 2, 1).double() for package in (torch.nn, nn))
    mine.load_state_dict({name: value.numpy() for name, value in theirs.state_dict().items()})
    wanted = theirs(torch.from_numpy(x), output_size=size).detach().numpy()
    np.testing.assert_allclose(array(mine(x, output_size=size)), wanted, 1e-9, 1e-12)
    for wrong in ((11, 12), (8, 12), (9,)):
        with pytest.raises(ValueError, match="output_size"):
            mine(x, output_size=wrong)


LOSSES = ("margin_ranking_loss", "triplet_margin_loss", "gaussian_nll_loss")
SHAPES = ((), (1,), (4,), (4, 1), (4, 3), (1, 3))
LAST = {"gaussian_nll_loss": SHAPES[1:]}  # one variance for all is taken here


@pytest.mark.parametrize("name", LOSSES)
def test_losses_of_three_refuse_the_shapes_that_pytorch_refuses(name):
    rng = np.random.default_rng(0)
    for shapes in product(SHAPES, SHAPES, LAST.get(name, SHAPES)):
        arrays = [np.asarray(rng.random(shape) + 0.1) for shape in shapes]
        try:
            wanted = getattr(torch.nn.functional, name)(*map(torch.from_numpy, arrays)).numpy()
        except (RuntimeError, ValueError, IndexError):
            if shapes != ((), (), ()):
                with pytest.raises(ValueError, match=r"\w"):
                    getattr(nn.functional, name)(*arrays)
            continue
        found = array(getattr(nn.functional, name)(*map(autograd.Tensor, arrays)))
        np.testing.assert_allclose(found, wanted, 1e-9, 1e-12, err_msg=f"{shapes}")


def test_targets_that_would_broadcast_are_refused():
    rows = np.ones((4, 3))
    for name, arrays in {
        "cosine_embedding_loss": (rows, rows, np.ones((4, 1))), "multi_margin_loss": (rows, np.array([1])),
        "multilabel_soft_margin_loss": (rows, np.ones((4, 1))),
    }.items():  # fmt: skip
        with pytest.raises(ValueError, match=name):
            getattr(nn.functional, name)(*arrays)
    with pytest.raises(ValueError, match="classes lie in"):
        nn.functional.multi_margin_loss(rows, np.array([0, 1, 2, -1]))
    assert np.isnan(nn.functional.kl_div(np.zeros(2), np.array([0.5, -0.5])).item())


@pytest.mark.parametrize("package", [nn, torch.nn])
def test_containers_of_names(package):
    make = (lambda: nn.Parameter(np.ones(2))) if package is nn else (lambda: torch.nn.Parameter(torch.ones(2)))
    held = package.ParameterDict({"a": make(), "b": make()})
    assert held.get("q") is None and held.setdefault("c", make()) is held["c"] and list(reversed(held)) == ["c", "b", "a"]
    more = held | {"d": make()}
    assert list(more) == ["a", "b", "c", "d"] and list(held.copy()) == list(held) and held == held and hash(held) != hash(more)
    held |= {"e": make()}
    assert held.popitem()[0] == "e" and list(held.state_dict()) == ["a", "b", "c"]
    held.clear()
    modules = package.ModuleDict([["x", package.ReLU()]])
    modules.update(collections.OrderedDict(y=package.Tanh()))
    assert (len(held), list(modules), "x" in modules, type(modules.pop("x")).__name__) == (0, ["x", "y"], True, "ReLU")
    twice = package.Sequential(package.Linear(2, 2), package.ReLU()) * 2
    twice *= 2
    assert len(twice) == 8 and len(list(twice.parameters())) == 2
    twice.set_submodule("0", package.Linear(2, 2, bias=False))
    assert list(twice.state_dict())[:1] == ["0.weight"]


@pytest.mark.parametrize(("shape", "groups"), [((4, 4, 3, 3), 1), ((4, 2, 3), 2), ((6, 2, 4, 4), 3), ((2, 5, 3, 3, 3), 1)])
def test_dirac(shape, groups):
    mine, theirs = nn.Parameter(np.zeros(shape)), torch.zeros(shape)
    assert (nn.init.dirac_(mine, groups).data == torch.nn.init.dirac_(theirs, groups).numpy()).all()
    column = nn.init.sparse_(nn.Parameter(np.zeros((10, 6))), 0.25, generator=0).data
    assert ((column == 0).sum(0) == 3).all()


@pytest.mark.parametrize("package", [nn, torch.nn])
def test_tables_norms_and_texts(package):
    give = autograd.Tensor if package is nn else torch.from_numpy
    table = give(np.arange(6.0).reshape(3, 2))
    frozen = package.Embedding.from_pretrained(table, padding_idx=1)
    bag = package.EmbeddingBag.from_pretrained(table, freeze=False, mode="sum")
    assert not frozen.weight.requires_grad and frozen.weight.tolist() == table.tolist() and bag.weight.requires_grad
    norm = package.BatchNorm1d(2).double()
    norm(table)
    norm.reset_parameters()
    assert norm.running_mean.tolist() == [0, 0] and norm.num_batches_tracked.item() == 0 and norm.weight.tolist() == [1, 1]
    with pytest.raises(KeyError):
        package.ModuleDict({"a.b": package.ReLU()})
    blocks = repr(package.ModuleList([package.Linear(2, 2), package.Linear(2, 2), package.ReLU()]))
    assert blocks.splitlines()[1:] == ["  (0-1): 2 x Linear(in_features=2, out_features=2, bias=True)", "  (2): ReLU()", ")"]

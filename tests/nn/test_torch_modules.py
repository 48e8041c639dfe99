"""PyTorch's own database of module inputs: every class that both have, built, loaded and run on the same arrays.

Compared are the state names, outputs, gradients of inputs and parameters, and the state after the call.
"""

import numpy as np
import pytest
from numpy.testing import assert_allclose

import autograd
import nn

torch = pytest.importorskip("torch")
common = pytest.importorskip("torch.testing._internal.common_modules")
pytestmark = [pytest.mark.compare, pytest.mark.filterwarnings("ignore")]

RANDOM = ("Dropout", "AlphaDropout", "FeatureAlphaDropout", "RReLU")
LEFT = ("Lazy",)  # are not part of the library
SHARED = {
    info.module_cls.__name__: info
    for info in common.module_db
    if hasattr(nn, info.module_cls.__name__) and not any(part in info.module_cls.__name__ for part in LEFT)
}


SAME = {
    torch.float64: np.float64, torch.float32: np.float32, torch.nn.functional.gelu: nn.functional.gelu,
    torch.nn.functional.relu: nn.functional.relu,
}  # fmt: skip


def ours(value):
    """A value of PyTorch's as ours."""
    if isinstance(value, tuple | list):
        return type(value)(ours(each) for each in value)
    if isinstance(value, torch.nn.TransformerEncoderLayer):
        attention = value.self_attn
        return nn.TransformerEncoderLayer(
            attention.embed_dim, attention.num_heads, value.linear1.out_features, 0.0, ours(value.activation),
            batch_first=attention.batch_first, norm_first=value.norm_first, bias=value.linear1.bias is not None,
        )  # fmt: skip
    if not isinstance(value, torch.Tensor | np.ndarray) and value in SAME:
        return SAME[value]
    if not isinstance(value, torch.Tensor):
        return value
    array = value.detach().numpy().copy()
    return autograd.Tensor(array, requires_grad=value.requires_grad) if value.is_floating_point() else array


def outputs(out):
    if isinstance(out, tuple | list):
        return [leaf for each in out for leaf in outputs(each)]
    return [] if out is None else [out]


def array(value):
    return np.asarray(getattr(value, "data", value))


def compare_gradients(pairs):
    for name, mine, theirs in pairs:
        if isinstance(theirs, tuple):
            compare_gradients([(f"{name}[{part}]", *both) for part, both in enumerate(zip(mine, theirs, strict=True))])
        elif isinstance(theirs, torch.Tensor) and theirs.is_leaf and theirs.requires_grad:
            wanted = np.zeros(theirs.shape) if theirs.grad is None else theirs.grad.numpy()
            found = np.zeros(theirs.shape) if mine.grad is None else array(mine.grad)
            wanted = np.where(np.isnan(wanted) & (found == 0), 0.0, wanted)  # a window that has no part in it sends nothing here
            assert_allclose(found, wanted, 1e-7, 1e-9, err_msg=f"gradient of {name}")


def compare(given, cls, training):
    args, kwargs = given.constructor_input.args, given.constructor_input.kwargs
    theirs = cls(*args, **kwargs).double().train(training and not cls.__name__.startswith(RANDOM))
    mine = getattr(nn, cls.__name__)(*map(ours, args), **{k: ours(v) for k, v in kwargs.items()}).double()
    mine.train(theirs.training)
    assert list(mine.state_dict()) == list(theirs.state_dict())
    mine.load_state_dict({k: v.numpy().copy() for k, v in theirs.state_dict().items()})
    args, kwargs = given.forward_input.args, given.forward_input.kwargs
    mine_args, mine_kwargs = ours(args), {k: ours(v) for k, v in kwargs.items()}
    found, wanted = outputs(mine(*mine_args, **mine_kwargs)), outputs(theirs(*args, **kwargs))
    for a, b in zip(found, wanted, strict=True):
        assert_allclose(array(a), b.detach().numpy(), 1e-7, 1e-9, strict=b.is_floating_point())
    if wanted[0].requires_grad:
        seed = np.asarray(np.random.default_rng(0).standard_normal(found[0].shape))
        wanted[0].backward(torch.from_numpy(seed))
        (found[0] * seed).sum().backward()
    parameters = dict(mine.named_parameters())
    pairs = list(zip(range(len(args)), mine_args, args, strict=True)) + [(k, mine_kwargs[k], v) for k, v in kwargs.items()]
    compare_gradients(pairs + [(name, parameters[name], each) for name, each in theirs.named_parameters()])
    for name, value in theirs.state_dict().items():
        assert_allclose(array(mine.state_dict()[name]), value.numpy(), 1e-7, 1e-9, err_msg=name)


@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("name", sorted(SHARED))
def test_as_pytorch_s_module(name, training):
    info = SHARED[name]
    torch.manual_seed(0)
    options = {"device": "cpu", "dtype": torch.float64, "requires_grad": True, "training": training}
    for given in info.module_inputs_func(info, **options):
        compare(given, info.module_cls, training)


WITH_ERRORS = sorted(name for name, info in SHARED.items() if info.module_error_inputs_func is not None)


@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("name", WITH_ERRORS)
def test_what_pytorch_s_module_refuses(name, training):
    options = {"device": "cpu", "dtype": torch.float64, "requires_grad": False, "training": training}
    for error in SHARED[name].module_error_inputs_func(SHARED[name], **options):
        made, given = error.module_error_input.constructor_input, error.module_error_input.forward_input
        with pytest.raises((TypeError, ValueError, IndexError, RuntimeError)):
            options = {k: ours(v) for k, v in made.kwargs.items() if k != "device"}
            module = getattr(nn, name)(*map(ours, made.args), **options)
            module(*map(ours, given.args), **{k: ours(v) for k, v in given.kwargs.items()})


def test_patches_bags_and_unpooling():
    """What PyTorch's database has no samples of."""
    rng = np.random.default_rng(0)
    image, table = rng.normal(size=(2, 3, 6, 8)), rng.normal(size=(9, 4))
    for package, give in ((nn, lambda a: a), (torch.nn, lambda a: torch.from_numpy(np.array(a)))):
        columns = package.Unfold((2, 3), padding=1, stride=2)(give(image))
        whole = package.Fold((6, 8), (2, 3), padding=1, stride=2)(columns)
        pooled, places = package.MaxPool2d(2, return_indices=True)(give(image))
        unpooled = package.MaxUnpool2d(2)(pooled, places)
        triplet = package.TripletMarginWithDistanceLoss(margin=0.7, swap=True)(give(table[:3]), give(table[3:6]), give(table[6:]))
        bags = []
        for mode in ("mean", "sum", "max"):
            bag = package.EmbeddingBag(9, 4, mode=mode, padding_idx=2).double()
            bag.load_state_dict({"weight": give(table)})
            bags.append(bag(give([1, 2, 5, 5, 8]), give([0, 3, 3])))
        if package is nn:
            found = [columns, whole, unpooled, triplet, *bags]
    for mine, theirs in zip(found, [columns, whole, unpooled, triplet, *bags], strict=True):
        assert_allclose(array(mine), theirs.detach().numpy(), 1e-9, 1e-12)


@pytest.mark.parametrize("mode", ["reflect", "replicate", "circular"])
@pytest.mark.parametrize("options", [{"padding": 1}, {"padding": (2, 0), "stride": 2}, {"padding": "same", "dilation": (1, 2)}])
def test_convolution_with_other_borders(mode, options):
    theirs, mine = (package.Conv2d(2, 3, (4, 3), padding_mode=mode, **options).double() for package in (torch.nn, nn))
    mine.load_state_dict({name: value.detach().numpy().copy() for name, value in theirs.state_dict().items()})
    x = np.random.default_rng(0).normal(size=(2, 2, 7, 8))
    assert_allclose(array(mine(x)), theirs(torch.from_numpy(x)).detach().numpy(), 1e-9, 1e-12)


@pytest.mark.parametrize("options", [{"max_norm": 1.0}, {"max_norm": 1.5, "norm_type": 1.0}, {"scale_grad_by_freq": True}])
def test_embedding_with_options(options):
    table, index = np.random.default_rng(0).normal(size=(5, 3)), np.array([[1, 1, 4], [0, 1, 3]])
    theirs, mine = torch.nn.Embedding(5, 3, padding_idx=3, **options).double(), nn.Embedding(5, 3, padding_idx=3, **options).double()
    mine.weight.data[...] = table
    theirs.weight.data.copy_(torch.from_numpy(table))
    found, wanted = mine(index), theirs(torch.from_numpy(index))
    (found * found * found).sum().backward()
    (wanted**3).sum().backward()
    assert_allclose(array(found), wanted.detach().numpy(), 1e-12)
    assert_allclose(mine.weight.data, theirs.weight.detach().numpy(), 1e-12)
    assert_allclose(array(mine.weight.grad), theirs.weight.grad.numpy(), 1e-12)


@pytest.mark.parametrize("extra", [False, True])
def test_attention_between_sizes(extra):
    options = {"kdim": 4, "vdim": 5, "add_bias_kv": extra, "add_zero_attn": extra, "batch_first": True}
    theirs, mine = (package.MultiheadAttention(6, 2, **options).double() for package in (torch.nn, nn))
    assert list(mine.state_dict()) == list(theirs.state_dict())
    mine.load_state_dict({name: value.numpy() for name, value in theirs.state_dict().items()})
    arrays = [np.random.default_rng(0).normal(size=shape) for shape in ((2, 3, 6), (2, 4, 4), (2, 4, 5))]
    for found, wanted in zip(mine(*arrays), theirs(*map(torch.from_numpy, arrays)), strict=True):
        assert_allclose(array(found), wanted.detach().numpy(), 1e-9, 1e-12)


def test_adaptive_softmax():
    theirs, mine = (package.AdaptiveLogSoftmaxWithLoss(8, 20, [5, 10], 2.0, True).double() for package in (torch.nn, nn))
    assert list(mine.state_dict()) == list(theirs.state_dict())
    mine.load_state_dict({name: value.numpy() for name, value in theirs.state_dict().items()})
    x, target = np.random.default_rng(0).normal(size=(6, 8)), np.array([0, 4, 5, 9, 10, 19])
    found, wanted = mine(x, target), theirs(torch.from_numpy(x), torch.from_numpy(target))
    assert_allclose(array(found.output), wanted.output.detach().numpy(), 1e-12)
    found.loss.backward()
    wanted.loss.backward()
    for (name, parameter), theirs_ in zip(mine.named_parameters(), theirs.parameters(), strict=True):
        assert_allclose(array(parameter.grad), theirs_.grad.numpy(), 1e-9, 1e-12, err_msg=name)


def test_ctc_of_scores():
    """Behind log_softmax the gradients are the same; ways that do not fit, repeated labels and short inputs included."""
    scores = np.random.default_rng(0).normal(size=(6, 4, 5))
    targets, lengths, sizes = np.array([[1, 1, 2], [3, 4, 0], [2, 2, 2], [1, 2, 3]]), [6, 4, 4, 3], [3, 2, 3, 3]
    mine, theirs = autograd.Tensor(scores, requires_grad=True), torch.tensor(scores, requires_grad=True)
    for reduction in ("sum", "mean"):
        found = nn.CTCLoss(reduction=reduction, zero_infinity=True)(nn.functional.log_softmax(mine, 2), targets, lengths, sizes)
        wanted = torch.nn.CTCLoss(reduction=reduction, zero_infinity=True)(theirs.log_softmax(2), torch.tensor(targets), lengths, sizes)
        assert_allclose(found.item(), wanted.item(), 1e-10)
    found.backward()
    wanted.backward()
    assert_allclose(array(mine.grad), theirs.grad.numpy(), 1e-8, 1e-12)


LEFT_OUT = {
    "Buffer", "Container", "CrossMapLRN2d", "DataParallel", "LinearCrossEntropyLoss", "LinearCrossEntropyOptions", "NLLLoss2d",
    "RNNCellBase", "SyncBatchNorm", "UninitializedBuffer", "UninitializedParameter",
}  # fmt: skip


def test_every_class_is_here_or_left_out_by_name():
    """docs/numpy_and_torch.md says why."""
    classes = {name for name in dir(torch.nn) if isinstance(getattr(torch.nn, name), type) and not name.startswith("Lazy")}
    assert {name for name in classes if not hasattr(nn, name)} <= LEFT_OUT
    optimizers = {name for name, each in vars(torch.optim).items() if isinstance(each, type)}
    assert {name for name in optimizers if not hasattr(nn.optim, name)} <= {"Adafactor", "LBFGS", "Muon", "SparseAdam"}
    schedules = torch.optim.lr_scheduler.__all__
    assert all(hasattr(nn.optim.lr_scheduler, name) for name in schedules)

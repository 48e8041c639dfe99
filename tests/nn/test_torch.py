"""The same calls to PyTorch: values, first and second derivatives, dtypes; modules, optimisers and schedules."""

import os
import tempfile

import numpy as np
import pytest
from numpy.testing import assert_allclose

import autograd
import nn
from autograd import Tensor
from nn import functional as F

torch = pytest.importorskip("torch")
T = pytest.importorskip("torch.nn.functional")
pytestmark = [pytest.mark.compare, pytest.mark.filterwarnings("ignore")]

# PyTorch sets this itself at some first use, which would be a test that changes the environment.
os.environ.setdefault("TORCHINDUCTOR_CACHE_DIR", os.path.join(tempfile.gettempdir(), "torchinductor"))

rng = np.random.default_rng(0)
DTYPES = [(np.float64, 1e-9), (np.float32, 2e-5)]


def normal(*shape):
    return rng.normal(size=shape)


def agree(ours, theirs, arrays, dtype=np.float64, tolerance=1e-9, orders=2):
    """Both functions on the same arrays: values, gradients, and (in float64) gradients of Σ gradient³."""
    cast = [np.asarray(a, dtype) if np.asarray(a).dtype.kind == "f" else np.asarray(a) for a in arrays]
    mine = [Tensor(a, requires_grad=True) if a.dtype.kind == "f" else a for a in cast]
    other = [torch.tensor(a, requires_grad=a.dtype.kind == "f") for a in cast]
    out, expected = ours(*mine), theirs(*other)
    assert (out.shape, out.dtype) == (tuple(expected.shape), dtype)
    assert_allclose(out.data, expected.detach().numpy(), rtol=tolerance, atol=tolerance)
    mine, other = [t for t in mine if isinstance(t, Tensor)], [t for t in other if t.requires_grad]
    for order in range(1, orders + 1) if dtype is np.float64 else (1,):
        g = rng.normal(size=out.shape).astype(dtype)
        found = autograd.gradients(out, mine, g, create_graph=order == 1, allow_unused=True)
        wanted = torch.autograd.grad(expected, other, torch.tensor(g), create_graph=order == 1, allow_unused=True)
        # A second derivative of zero may be an absent one, on either side.
        zeros = [np.zeros(t.shape, dtype) for t in mine]
        for a, b, zero in zip(found, wanted, zeros, strict=True):
            b = zero if b is None else b.detach().numpy(force=True)
            assert_allclose(zero if a is None else a.data, b, rtol=tolerance * 100**order, atol=tolerance * 100**order)
        out = sum((a * a * a).sum() for a in found if a is not None)
        expected = sum((b * b * b).sum() for b in wanted if b is not None)
        if not getattr(out, "requires_grad", False) or not expected.requires_grad:
            return


PLAIN = (
    "relu sigmoid tanh silu gelu softplus logsigmoid leaky_relu elu celu selu mish relu6 hardtanh hardswish softsign "
    "tanhshrink hardshrink softshrink glu"
).split()


@pytest.mark.parametrize(("dtype", "tolerance"), DTYPES)
@pytest.mark.parametrize("name", PLAIN)
def test_activations(name, dtype, tolerance):
    agree(getattr(F, name), getattr(T, name), [normal(4, 6) * 2], dtype, tolerance)


@pytest.mark.parametrize("name", ["softmax", "log_softmax", "softmin"])
def test_along_an_axis(name):
    agree(lambda x: getattr(F, name)(x, dim=1), lambda x: getattr(T, name)(x, dim=1), [normal(4, 6, 2)])


def same(name, *arrays, **options):
    agree(lambda *a: getattr(F, name)(*a, **options), lambda *a: getattr(T, name)(*a, **options), arrays)


def test_options_of_activations():
    same("gelu", normal(5), approximate="tanh")
    same("softplus", normal(5) * 5, beta=2.0, threshold=3.0)
    same("threshold", normal(5), threshold=0.1, value=20.0)
    same("prelu", normal(2, 3, 4), normal(3))
    same("prelu", normal(2, 3, 4), normal(1))
    same("hardtanh", normal(9), min_val=-0.5, max_val=0.2)


@pytest.mark.parametrize("shape", [(4,), (0, 4), (3, 4), (2, 3, 4)])
def test_linear(shape):
    same("linear", normal(*shape), normal(5, 4), normal(5))
    same("linear", normal(*shape), normal(5, 4))


def test_look_ups():
    index = rng.integers(0, 7, (3, 4))
    same("embedding", index, normal(7, 3))
    same("embedding", index, normal(7, 3), padding_idx=2)
    same("bilinear", normal(3, 4), normal(3, 5), normal(2, 4, 5), normal(2))
    same("cosine_similarity", normal(3, 4), normal(3, 4))
    same("normalize", normal(3, 4), dim=0)


REDUCTIONS = pytest.mark.parametrize("reduction", ["mean", "sum", "none"])


@REDUCTIONS
@pytest.mark.parametrize("name", ["mse_loss", "l1_loss", "smooth_l1_loss", "huber_loss"])
def test_regression(name, reduction):
    same(name, normal(3, 4) * 2, normal(3, 4), reduction=reduction)


@REDUCTIONS
@pytest.mark.parametrize("shape", [(5,), (6, 5), (2, 5, 3), (2, 5, 3, 2)])
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("smoothing", [0.0, 0.1])
@pytest.mark.parametrize("ignored", [-100, 2])
@pytest.mark.parametrize(("dtype", "tolerance"), DTYPES)
def test_cross_entropy(shape, reduction, weighted, smoothing, ignored, dtype, tolerance):
    target = np.asarray(rng.integers(0, 5, shape[:1] + shape[2:] if len(shape) > 1 else ()))
    weight = rng.random(5).astype(dtype) if weighted else None
    options = {"reduction": reduction, "label_smoothing": smoothing}
    there = None if weight is None else torch.tensor(weight)
    agree(
        lambda x: F.cross_entropy(x, target, weight=weight, ignore_index=ignored, **options),
        lambda x: T.cross_entropy(x, torch.tensor(target), weight=there, ignore_index=ignored, **options),
        [normal(*shape) * 3], dtype, tolerance,
    )  # fmt: skip
    agree(
        lambda x, p: F.cross_entropy(x, p, weight=weight, **options),
        lambda x, p: T.cross_entropy(x, p, weight=there, **options),
        [normal(*shape) * 3, rng.random(shape)], dtype, tolerance,
    )  # fmt: skip
    agree(
        lambda x: F.nll_loss(x, target, weight, ignored, reduction),
        lambda x: T.nll_loss(x, torch.tensor(target), there, ignore_index=ignored, reduction=reduction),
        [normal(*shape)], dtype, tolerance,
    )  # fmt: skip


@REDUCTIONS
def test_probabilities(reduction):
    same("binary_cross_entropy", rng.random((3, 4)), rng.random((3, 4)), reduction=reduction)
    same("kl_div", normal(3, 4), rng.random((3, 4)), reduction=reduction)
    same("kl_div", normal(3, 4), normal(3, 4), reduction=reduction, log_target=True)
    weight = rng.random(4) * 3
    agree(
        lambda x, t: F.binary_cross_entropy_with_logits(x, t, weight, reduction, weight),
        lambda x, t: T.binary_cross_entropy_with_logits(
            x, t, torch.tensor(weight), reduction=reduction, pos_weight=torch.tensor(weight)
        ),
        [normal(3, 4) * 30, rng.random((3, 4))],
    )


@pytest.mark.parametrize("shape", [(5, 3), (4, 3, 5), (2, 3, 4, 2)])
@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("name", ["batch_norm", "instance_norm"])
def test_batch_and_instance_norm(name, shape, training):
    if name == "instance_norm" and len(shape) == 2:
        return
    mean, var = normal(3), rng.random(3) + 0.5
    there = torch.tensor(mean.copy()), torch.tensor(var.copy())
    agree(
        lambda x, w, b: getattr(F, name)(x, mean, var, w, b, training),
        lambda x, w, b: getattr(T, name)(x, *there, w, b, training),
        [normal(*shape), normal(3), normal(3)],
    )
    assert_allclose(mean, there[0].numpy())
    assert_allclose(var, there[1].numpy())


@pytest.mark.parametrize("shape", [(5, 3), (4, 3, 5), (2, 3, 4, 2)])
def test_other_norms(shape):
    last = shape[1:]
    agree(
        lambda x, w, b: F.layer_norm(x, last, w, b), lambda x, w, b: T.layer_norm(x, last, w, b),
        [normal(*shape), normal(*last), normal(*last)],
    )  # fmt: skip
    agree(lambda x, w: F.rms_norm(x, last, w), lambda x, w: T.rms_norm(x, last, w), [normal(*shape), normal(*last)])
    agree(
        lambda x, w, b: F.group_norm(x, 3, w, b), lambda x, w, b: T.group_norm(x, 3, w, b),
        [normal(*shape, 2), normal(3), normal(3)],
    )  # fmt: skip


MODULES = [
    ("Linear", (4, 5)), ("Bilinear", (4, 3, 5)), ("Embedding", (7, 3)), ("BatchNorm1d", (4,)), ("BatchNorm2d", (4,)),
    ("BatchNorm3d", (4,)), ("LayerNorm", ((4, 5),)), ("GroupNorm", (2, 4)), ("InstanceNorm1d", (4,)), ("RMSNorm", (4,)),
    ("PReLU", ()), ("Sequential", ()),
]  # fmt: skip


@pytest.mark.parametrize(("name", "arguments"), MODULES)
def test_states_have_the_same_names_shapes_and_dtypes(name, arguments):
    mine = getattr(nn, name)(*arguments).state_dict()
    other = getattr(torch.nn, name)(*arguments).state_dict()
    assert list(mine) == list(other)
    for key, value in mine.items():
        assert (value.shape, str(value.dtype)) == (tuple(other[key].shape), str(other[key].dtype)[6:])


OPTIMIZERS = [
    ("SGD", {"lr": 0.1}), ("SGD", {"lr": 0.1, "momentum": 0.9, "weight_decay": 0.01}),
    ("SGD", {"lr": 0.1, "momentum": 0.9, "nesterov": True, "maximize": True}),
    ("SGD", {"lr": 0.1, "momentum": 0.9, "dampening": 0.3}), ("Adam", {"lr": 0.1}),
    ("Adam", {"lr": 0.1, "weight_decay": 0.1, "betas": (0.8, 0.9), "amsgrad": True}), ("AdamW", {"lr": 0.1}),
    ("AdamW", {"lr": 0.1, "amsgrad": True, "maximize": True}), ("RMSprop", {"lr": 0.1}),
    ("RMSprop", {"lr": 0.1, "momentum": 0.5, "centered": True, "weight_decay": 0.1}),
    ("Adagrad", {"lr": 0.1, "lr_decay": 0.1, "weight_decay": 0.1, "initial_accumulator_value": 0.2}),
    ("Adadelta", {"lr": 0.5, "rho": 0.8, "weight_decay": 0.1}), ("Adamax", {"lr": 0.1, "weight_decay": 0.1, "maximize": True}),
    ("NAdam", {"lr": 0.1, "weight_decay": 0.1}), ("NAdam", {"lr": 0.1, "weight_decay": 0.1, "decoupled_weight_decay": True}),
    ("RAdam", {"lr": 0.1, "betas": (0.9, 0.9)}), ("RAdam", {"lr": 0.1, "weight_decay": 0.1, "decoupled_weight_decay": True}),
    ("Rprop", {"lr": 0.1, "step_sizes": (0.05, 0.3)}), ("ASGD", {"lr": 0.1, "lambd": 0.1, "t0": 5, "weight_decay": 0.1}),
]  # fmt: skip
SINGLE = {"NAdam", "ASGD"}  # PyTorch keeps a number of theirs in float32


@pytest.mark.parametrize(("dtype", "tolerance"), [(np.float64, 1e-12), (np.float32, 2e-5)])
@pytest.mark.parametrize(("name", "options"), OPTIMIZERS)
def test_optimizers(name, options, dtype, tolerance):
    values = [np.asarray(normal(*shape), dtype) for shape in ((3, 4), (4,), ())]
    mine = [nn.Parameter(v, dtype=dtype) for v in values]
    other = [torch.nn.Parameter(torch.tensor(v)) for v in values]
    steps = getattr(nn.optim, name)(mine, **options), getattr(torch.optim, name)(other, **options)
    for _ in range(30):
        for p, q in zip(mine, other, strict=True):
            gradient = np.asarray(normal(*p.shape), dtype)
            p.grad, q.grad = gradient, torch.tensor(gradient)
        for optimizer in steps:
            optimizer.step()
    tolerance = max(tolerance, 1e-6 if name in SINGLE else 0.0)
    for p, q in zip(mine, other, strict=True):
        assert_allclose(p.data, q.detach().numpy(), rtol=tolerance, atol=tolerance)


SCHEDULES = [
    ("StepLR", {"step_size": 4}), ("MultiStepLR", {"milestones": [3, 3, 9]}), ("ExponentialLR", {"gamma": 0.9}),
    ("CosineAnnealingLR", {"T_max": 7, "eta_min": 0.01}), ("LinearLR", {"start_factor": 0.2, "total_iters": 6}),
    ("ConstantLR", {"factor": 0.5}), ("LambdaLR", {"lr_lambda": lambda epoch: 0.95**epoch}),
    ("MultiplicativeLR", {"lr_lambda": lambda epoch: 0.95 if epoch % 2 else 1.1}), ("PolynomialLR", {"total_iters": 12, "power": 2.0}),
    ("CosineAnnealingWarmRestarts", {"T_0": 3, "T_mult": 2, "eta_min": 0.02}), ("CosineAnnealingWarmRestarts", {"T_0": 4}),
    ("OneCycleLR", {"max_lr": 2.0, "total_steps": 21}), ("OneCycleLR", {"max_lr": 2.0, "total_steps": 21, "three_phase": True}),
    ("OneCycleLR", {"max_lr": [2.0, 1.0], "epochs": 3, "steps_per_epoch": 7, "anneal_strategy": "linear", "pct_start": 0.5}),
    ("CyclicLR", {"base_lr": 0.1, "max_lr": [1.0, 2.0], "step_size_up": 3, "step_size_down": 5, "mode": "triangular2"}),
    ("CyclicLR", {"base_lr": 0.1, "max_lr": 1.0, "step_size_up": 4, "mode": "exp_range", "gamma": 0.9}),
]  # fmt: skip


def both(adaptive=False, settings=None):
    """One optimiser of ours and one of theirs, with two groups."""
    choice = "Adam" if adaptive else "SGD"
    settings = {"lr": 0.5, **({} if adaptive else {"momentum": 0.9})}
    made = []
    for optim, one in ((nn.optim, lambda: nn.Parameter([1.0])), (torch.optim, lambda: torch.nn.Parameter(torch.ones(1)))):
        made.append(getattr(optim, choice)([{"params": [one()]}, {"params": [one()], "lr": 0.2}], **settings))
    return made


def same_rates(mine, other):
    for have, want in zip(mine.param_groups, other.param_groups, strict=True):
        for key in have.keys() & {"lr", "momentum", "betas"}:
            assert_allclose(have[key], want[key], rtol=1e-9, atol=1e-15)


SCHEDULERS = torch.optim.lr_scheduler


@pytest.mark.parametrize("adaptive", [False, True])
@pytest.mark.parametrize(("name", "options"), SCHEDULES)
def test_schedules(name, options, adaptive):
    mine, other = both(adaptive)
    schedules = getattr(nn.optim, name)(mine, **options), getattr(SCHEDULERS, name)(other, **options)
    for step in range(21):
        same_rates(mine, other)
        assert_allclose(schedules[0].get_last_lr(), schedules[1].get_last_lr(), rtol=1e-9, atol=1e-15)
        if step == 11:  # set by hand: gone on from, where PyTorch does
            for optimizer in (mine, other):
                optimizer.param_groups[0]["lr"] *= 3.0
        other.step()
        for schedule in schedules if step < 20 else ():
            schedule.step()


@pytest.mark.parametrize(("name", "options"), SCHEDULES)
@pytest.mark.parametrize("at", [0, 4, 13])
def test_states_of_schedules_are_pytorchs(name, options, at):
    """Theirs, taken anywhere, is gone on from by ours, and ours by theirs."""
    mine, other = both()
    first, second = getattr(nn.optim, name)(mine, **options), getattr(SCHEDULERS, name)(other, **options)
    for _ in range(at):
        first.step(), second.step()
    ours, theirs = both()
    third, fourth = getattr(nn.optim, name)(ours, **options), getattr(SCHEDULERS, name)(theirs, **options)
    ours.load_state_dict(other.state_dict())
    third.load_state_dict(second.state_dict())
    theirs.load_state_dict(mine.state_dict())
    fourth.load_state_dict({**fourth.state_dict(), **first.state_dict()})
    for _ in range(6):
        for schedule in (first, second, third, fourth):
            schedule.step()
        for optimizer in (other, ours, theirs):
            same_rates(mine, optimizer)


COMBINED = {
    "warm-up and cosine": lambda o, S: S.SequentialLR(o, [S.LinearLR(o, 0.1, total_iters=4), S.CosineAnnealingLR(o, 9)], [4]),
    "three": lambda o, S: S.SequentialLR(o, [S.ConstantLR(o, 0.5, 9), S.ExponentialLR(o, 0.9), S.StepLR(o, 2)], [3, 9]),
    "restarts": lambda o, S: S.SequentialLR(o, [S.LinearLR(o, 0.1, total_iters=3), S.CosineAnnealingWarmRestarts(o, 3, 2)], [3]),
    "polynomial": lambda o, S: S.SequentialLR(o, [S.MultiStepLR(o, [2, 3]), S.PolynomialLR(o, 6, 2.0)], [5]),
    "lambda": lambda o, S: S.SequentialLR(o, [S.ConstantLR(o, 0.5), S.LambdaLR(o, lambda e: 0.9**e)], [7]),
    "chained": lambda o, S: S.ChainedScheduler([S.ConstantLR(o, 0.1, total_iters=2), S.ExponentialLR(o, 0.9)]),
    "chained cosine": lambda o, S: S.ChainedScheduler([S.LinearLR(o, 0.2, total_iters=5), S.CosineAnnealingLR(o, 8, 0.01), S.StepLR(o, 3)]),
}  # fmt: skip


@pytest.mark.parametrize("name", COMBINED)
def test_combined_schedules(name):
    mine, other = both()
    schedules = COMBINED[name](mine, nn.optim), COMBINED[name](other, SCHEDULERS)
    for _ in range(20):
        same_rates(mine, other)
        assert_allclose(schedules[0].get_last_lr(), schedules[1].get_last_lr(), rtol=1e-9)
        other.step()
        for schedule in schedules:
            schedule.step()


def test_schedules_stepped_one_after_the_other():
    mine, other = both()
    pairs = [
        (getattr(nn.optim, name)(mine, **options), getattr(SCHEDULERS, name)(other, **options))
        for name, options in (("ConstantLR", {"factor": 0.2, "total_iters": 3}), ("MultiStepLR", {"milestones": [2, 5]}))
    ]
    for _ in range(9):
        same_rates(mine, other)
        other.step()
        for pair in pairs:
            for schedule in pair:
                schedule.step()


def test_restarts_between_epochs():
    mine, other = both()
    schedules = [S.CosineAnnealingWarmRestarts(o, 3, 2) for o, S in ((mine, nn.optim), (other, SCHEDULERS))]
    for epoch in np.arange(0, 20, 0.25):
        for schedule in schedules:
            schedule.step(float(epoch))
        same_rates(mine, other)


@pytest.mark.parametrize(("name", "options"), OPTIMIZERS)
def test_states_of_optimizers_are_pytorchs(name, options):
    """Theirs, taken in the middle, is gone on from by ours; ours has their entries."""
    values = normal(3, 4)
    gradients = [normal(3, 4) for _ in range(8)]
    mine, other = nn.Parameter(values, dtype=np.float64), torch.nn.Parameter(torch.tensor(values))
    ours, theirs = getattr(nn.optim, name)([mine], **options), getattr(torch.optim, name)([other], **options)
    for index, gradient in enumerate(gradients):
        other.grad = torch.tensor(gradient)
        theirs.step()
        if index == 3:
            mine.data = other.detach().numpy().copy()
            ours.load_state_dict(theirs.state_dict())
        if index > 3:
            mine.grad = gradient
            ours.step()
    assert_allclose(mine.data, other.detach().numpy(), rtol=1e-6 if name in SINGLE else 1e-12)
    have, want = ours.state_dict(), theirs.state_dict()
    assert have["state"].keys() == want["state"].keys()
    for number, entries in want["state"].items():
        assert {key for key, value in entries.items() if value is not None} == have["state"][number].keys()
    assert have["param_groups"][0].keys() <= want["param_groups"][0].keys()
    theirs.load_state_dict({**have, "param_groups": want["param_groups"], "state": tensors(have["state"])})


def tensors(state):
    return {number: {key: torch.as_tensor(value) for key, value in entries.items()} for number, entries in state.items()}


@pytest.mark.parametrize("mode", ["min", "max"])
@pytest.mark.parametrize("threshold_mode", ["rel", "abs"])
def test_plateau(mode, threshold_mode):
    options = {"mode": mode, "threshold_mode": threshold_mode, "patience": 2, "cooldown": 1, "factor": 0.5}
    mine = nn.optim.SGD([nn.Parameter([1.0])], lr=0.5)
    other = torch.optim.SGD([torch.nn.Parameter(torch.ones(1))], lr=0.5)
    first = nn.optim.ReduceLROnPlateau(mine, threshold=0.05, **options)
    second = torch.optim.lr_scheduler.ReduceLROnPlateau(other, threshold=0.05, **options)
    for _ in range(60):
        metric = float(rng.random() + 1)
        first.step(metric)
        second.step(metric)
        assert mine.param_groups[0]["lr"] == other.param_groups[0]["lr"]


@pytest.mark.parametrize("norm_type", [2.0, 1.0, np.inf])
def test_clipping(norm_type):
    gradients = [normal(3, 4), normal(4)]
    mine = [nn.Parameter(np.zeros(g.shape), dtype=np.float64) for g in gradients]
    other = [torch.zeros(g.shape, dtype=torch.float64, requires_grad=True) for g in gradients]
    for p, q, g in zip(mine, other, gradients, strict=True):
        p.grad, q.grad = g, torch.tensor(g)
    total = nn.optim.clip_grad_norm_(mine, 0.5, norm_type)
    assert_allclose(total, torch.nn.utils.clip_grad_norm_(other, 0.5, norm_type).item())
    for p, q in zip(mine, other, strict=True):
        assert_allclose(p.grad.data, q.grad.numpy())


@pytest.mark.parametrize("mode", ["constant", "reflect", "replicate", "circular"])
def test_padding(mode):
    same("pad", normal(2, 3, 5), pad=(2, 1), mode=mode)
    same("pad", normal(2, 3, 5, 4), pad=(2, 1, 0, 3), mode=mode)
    same("pad", normal(2, 5, 4), pad=(-1, 2), mode="constant", value=7.0)
    for axes in (1, 2, 3):
        name = {"constant": "Zero", "reflect": "Reflection", "replicate": "Replication", "circular": "Circular"}[mode]
        mine, other = getattr(nn, f"{name}Pad{axes}d")(2), getattr(torch.nn, f"{name}Pad{axes}d")(2)
        agree(mine, other, [normal(2, 3, 4, 4, 4)[(..., *[0] * (3 - axes))]])


@pytest.mark.parametrize("where", [{"size": 7}, {"size": 3}, {"scale_factor": 2.0}, {"scale_factor": 1.7}])
@pytest.mark.parametrize("corners", [None, True])
def test_interpolation(where, corners):
    for axes, modes in ((1, ["linear"]), (2, ["bilinear", "bicubic"]), (3, ["trilinear"])):
        x = normal(2, 3, *[5] * axes)
        for mode in modes:
            same("interpolate", x, mode=mode, align_corners=corners, **where)
        for mode in ["nearest", "nearest-exact", "area"]:
            same("interpolate", x, mode=mode, **where)
    same("interpolate", normal(1, 2, 5, 4), scale_factor=(1.5, 2.3), mode="bilinear", recompute_scale_factor=True)


def test_shuffles():
    same("pixel_shuffle", normal(2, 12, 3, 2), upscale_factor=2)
    same("pixel_unshuffle", normal(2, 3, 4, 6), downscale_factor=2)
    same("channel_shuffle", normal(2, 6, 4), groups=3)


@REDUCTIONS
def test_margins(reduction):
    sign, index = np.array([1.0, -1.0, 1.0]), np.array([0, 2, 1])
    for name, inputs, target in (
        ("cosine_embedding_loss", 2, sign), ("margin_ranking_loss", 2, np.repeat(sign[:, None], 4, 1)),
        ("soft_margin_loss", 1, np.repeat(sign[:, None], 4, 1)), ("multi_margin_loss", 1, index),
        ("hinge_embedding_loss", 1, np.repeat(sign[:, None], 4, 1)),
        ("multilabel_soft_margin_loss", 1, rng.integers(0, 2, (3, 4)).astype(float)),
    ):  # fmt: skip
        agree(
            lambda *a, name=name, target=target: getattr(F, name)(*a, target, reduction=reduction),
            lambda *a, name=name, target=target: getattr(T, name)(*a, torch.tensor(target), reduction=reduction),
            [normal(3, 4) for _ in range(inputs)],
            orders=1 if name == "multi_margin_loss" else 2,  # PyTorch has no second derivative of it
        )
    same("triplet_margin_loss", normal(3, 4), normal(3, 4), normal(3, 4), swap=True, reduction=reduction)
    same("gaussian_nll_loss", normal(3, 4), normal(3, 4), rng.random((3, 4)) + 0.1, full=True, reduction=reduction)
    agree(lambda x: F.multi_margin_loss(x, index, 2, 0.5, np.arange(4.0), reduction),
          lambda x: T.multi_margin_loss(x, torch.tensor(index), 2, 0.5, torch.tensor(np.arange(4.0)), reduction=reduction),
          [normal(3, 4)],
        orders=1)  # fmt: skip
    same("pairwise_distance", normal(3, 4), normal(3, 4), p=3.0)


def test_attention():
    q, k, v = normal(2, 3, 4, 5), normal(2, 3, 6, 5), normal(2, 3, 6, 2)
    same("scaled_dot_product_attention", q, k, v)
    same("scaled_dot_product_attention", q, k, v, is_causal=True, scale=0.3)
    mask = rng.random((4, 6)) < 0.7
    mask[:, 0] = True
    agree(
        lambda *a: F.scaled_dot_product_attention(*a, attn_mask=mask),
        lambda *a: T.scaled_dot_product_attention(*a, attn_mask=torch.tensor(mask)),
        [q, k, v],
    )


def twins(name, *arguments, **options):
    """Our module and PyTorch's, with the same weights, in float64 and evaluation."""
    mine = getattr(nn, name)(*arguments, **options).double().eval()
    other = getattr(torch.nn, name)(*arguments, **options).double().eval()
    state = {key: rng.normal(size=value.shape) for key, value in mine.state_dict().items()}
    mine.load_state_dict(state)
    other.load_state_dict({key: torch.tensor(value) for key, value in state.items()})
    return mine, other


@pytest.mark.parametrize("first", [False, True])
@pytest.mark.parametrize("average", [False, True])
def test_multihead_attention(first, average):
    mine, other = twins("MultiheadAttention", 6, 2, batch_first=first)
    x, y = normal(3, 3, 6), normal(3, 3, 6)
    hidden, padded = np.triu(np.ones((3, 3), bool), 1), np.array([[False, False, True]] * 3)
    options = {"average_attn_weights": average}
    for which in (0, 1):
        agree(lambda a, b: mine(a, b, b, **options)[which], lambda a, b: other(a, b, b, **options)[which], [x, y])  # noqa: B023
    agree(
        lambda a: mine(a, a, a, key_padding_mask=padded, attn_mask=hidden)[0],
        lambda a: other(a, a, a, key_padding_mask=torch.tensor(padded), attn_mask=torch.tensor(hidden))[0],
        [x],
    )
    agree(lambda a: mine(a, a, a)[0], lambda a: other(a, a, a)[0], [normal(4, 6)])


@pytest.mark.parametrize("norm_first", [False, True])
def test_encoder_layer(norm_first):
    mine, other = twins("TransformerEncoderLayer", 6, 2, 8, norm_first=norm_first, activation="gelu")
    agree(mine, other, [normal(3, 2, 6)], tolerance=1e-8, orders=1)

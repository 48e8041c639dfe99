"""Pitfalls 13 to 21: how the engine is used, and what it is given."""

import math
import subprocess
import sys
import threading
import warnings

import numpy as np
import pytest

import autograd
import nn
from autograd import Tensor
from autograd.testing import check_gradients
from nn import functional as F
from tests.pitfalls import leaf

# 13 ---------------------------------------------------------------------------------------------------- second derivatives


def test_13_norm_layers_lose_no_term_of_the_second_derivative() -> None:
    x = np.random.default_rng(0).standard_normal((4, 3))
    check_gradients(lambda x: F.layer_norm(x, (3,)), x, order=2)
    check_gradients(lambda x: F.batch_norm(x, None, None, training=True), x, order=2)
    check_gradients(lambda x: autograd.var(x, axis=0) + autograd.std(x, axis=0), x, order=3)


# 14 --------------------------------------------------------------------------------------------------- NumPy on the left


def test_14_arrays_and_scalars_on_the_left() -> None:
    x = leaf(1.0, 2.0)
    for left in (np.array([3.0, 4.0]), np.float64(3.0), np.float32(3.0), np.int64(3), 3, 3.0):
        for result in (left + x, left - x, left * x, left / x, left**x, left @ x if np.ndim(left) else left * x):
            assert isinstance(result, Tensor) and result.requires_grad
    assert isinstance(np.eye(2) @ x, Tensor)


def test_14_numpy_functions() -> None:
    x = leaf(1.0, 2.0)
    for result in (
        np.add(np.ones(2), x),
        np.sum(x),
        np.stack([x, np.ones(2)]),
        np.concatenate([np.ones(1), x]),
        np.exp(x),
        np.mean(x),
        np.where([True, False], x, 0.0),
        np.add.reduce(x),
        np.einsum("i,i->", x, x),
        np.linalg.norm(x),
    ):
        assert isinstance(result, Tensor) and result.requires_grad


def test_14_python_protocols() -> None:
    x = leaf(1.0, 2.0)
    assert len(x) == 2 and [float(v) for v in x] == [1.0, 2.0] and 2.0 in x
    assert float(x.sum()) == 3.0 and int(x.sum()) == 3 and f"{x.sum():.1f}" == "3.0" and bool(x.sum())
    assert all(v.requires_grad for v in x)
    for call in (lambda: bool(x), lambda: float(x)):
        with pytest.raises(ValueError):
            call()
    with pytest.raises(TypeError, match="len"):
        len(x.sum())
    with pytest.raises(TypeError, match=r"x\.detach\(\)"):
        np.asarray(x)
    assert np.asarray(x.detach()).tolist() == [1.0, 2.0]


SCALARS = {
    "divide by zero": (lambda x: 1.0 / x, 0.0),
    "log(-1)": (autograd.log, -1.0),
    "log(0)": (autograd.log, 0.0),
    "exp(1000)": (autograd.exp, 1000.0),
    "root of a negative": (lambda x: x ** (1 / 3), -8.0),
    "0 ** -1": (lambda x: x**-1.0, 0.0),
    "sqrt(-1)": (autograd.sqrt, -1.0),
    "sinh(1000)": (autograd.sinh, 1000.0),
    "inf - inf": (lambda x: x - x, math.inf),
    "sin(inf)": (autograd.sin, math.inf),
    "power": (lambda x: x**300.0, 1e10),
    "relu(nan)": (autograd.relu, math.nan),
    "sigmoid": (autograd.sigmoid, -800.0),
    "expm1": (autograd.expm1, 1e-12),
}


@pytest.mark.parametrize("name", SCALARS)
def test_14_numbers_behave_as_arrays(name: str) -> None:
    """0-d tensors are computed as Python floats: same values, infinities and NaN as arrays, no Python exceptions."""
    f, value = SCALARS[name]
    with np.errstate(all="ignore"):
        number, array = Tensor(value, requires_grad=True), Tensor([value], requires_grad=True)
        of_number, of_array = f(number), f(array)
        np.testing.assert_allclose(of_number.data, of_array.data[0], rtol=1e-15)
        of_number.backward()
        of_array.sum().backward()
    np.testing.assert_allclose(number.grad.data, array.grad.data[0], rtol=1e-14)


# 15 -------------------------------------------------------------------------------------------------------------- pictures


def test_15_pictures_of_many_shared_parts() -> None:
    """2⁴⁰ paths, awkward names, x + x: a picture is made from every node once."""
    x = Tensor(1.0, requires_grad=True, name='x "<&>" 名前')
    y = x + x
    for _ in range(40):
        y = y + autograd.tanh(y)
    picture = autograd.draw(y)
    assert picture is not None


# 16 ------------------------------------------------------------------------------------------------------------ slow paths


def test_16_indexing_without_repeats_does_not_use_add_at(monkeypatch: pytest.MonkeyPatch) -> None:
    class Refuses:
        def at(self, *args: object) -> None:
            raise AssertionError("np.add.at for an index that names nothing twice")

    monkeypatch.setattr(autograd.ops.indexing.np, "add", Refuses())
    for index in (slice(1, 3), 0, (Ellipsis, None), np.array([True, False, True, True])):
        out = leaf(1.0, 2.0, 3.0, 4.0)[index]
        out.backward(np.ones(out.shape))


def test_16_stacking_many_is_linear() -> None:
    x = leaf(1.0)
    parts = [x * 1.0 for _ in range(3000)]
    autograd.concatenate(parts).sum().backward()
    assert x.grad.tolist() == [3000.0]


# 17 --------------------------------------------------------------------------------------------------------------- threads


def test_17_no_grad_belongs_to_a_thread() -> None:
    x, found = leaf(1.0), []
    with autograd.no_grad():
        thread = threading.Thread(target=lambda: found.append((x * x).requires_grad))
        thread.start()
        thread.join()
        assert not (x * x).requires_grad
    assert found == [True]


# 18 --------------------------------------------------------------------------------------------------------------- modules


class Lists(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.layers = [nn.Linear(2, 2), nn.Linear(2, 2)]

    def forward(self, x):
        for layer in self.layers:
            x = layer(x)
        return x


def test_18_parameters_in_a_plain_list_train_or_are_refused() -> None:
    try:
        module = Lists()
    except TypeError as error:
        assert "ModuleList" in str(error)
    else:
        assert len(list(module.parameters())) == 4


def test_18_shared_parameters_count_once_in_a_fixed_order() -> None:
    shared = nn.Linear(2, 2)
    module = nn.Sequential(shared, nn.Linear(2, 2), shared)
    names = [name for name, _ in module.named_parameters()]
    assert len(names) == 4 and names == [name for name, _ in module.named_parameters()]


def test_18_buffers_are_saved_and_unknown_names_refused() -> None:
    module = nn.BatchNorm2d(3)
    state = module.state_dict()
    assert {"running_mean", "running_var"} <= set(state)
    with pytest.raises((KeyError, ValueError), match="wrong"):
        module.load_state_dict({**state, "wrong": np.zeros(3)})


# 19 --------------------------------------------------------------------------------------------------------------- aliasing


def test_19_gradients_alias_nothing() -> None:
    a, b = np.ones(3), np.ones(3)
    x, y = Tensor(a, requires_grad=True), Tensor(b, requires_grad=True)
    (x + y).sum().backward()
    x.grad.data[:] = 9.0
    assert y.grad.tolist() == [1.0] * 3 and a.tolist() == b.tolist() == [1.0] * 3
    assert not np.shares_memory(x.grad.data, x.data)


def test_19_wrapping_does_not_change_user_arrays() -> None:
    a = np.ones(2)
    x = Tensor(a, requires_grad=True)
    x.data = np.array([5.0, 6.0])
    assert a.tolist() == [1.0, 1.0] and a.flags.writeable


# 20 ------------------------------------------------------------------------------------------------ convolution geometry

GEOMETRIES = {
    "stride that does not divide": ((1, 1, 5, 5), (1, 1, 2, 2), {"stride": 2}),
    "even kernel": ((1, 1, 4, 4), (1, 1, 2, 2), {"padding": 1}),
    "padding beyond the kernel": ((1, 1, 2, 2), (1, 1, 1, 1), {"padding": 2}),
    "batch of one": ((1, 2, 3, 3), (2, 2, 3, 3), {}),
}


@pytest.mark.parametrize("name", GEOMETRIES)
def test_20_convolution_of_any_geometry(name: str) -> None:
    shape, kernel, options = GEOMETRIES[name]
    rng = np.random.default_rng(0)
    check_gradients(lambda x, w: F.conv2d(x, w, **options), rng.standard_normal(shape), rng.standard_normal(kernel))


def test_20_an_empty_batch() -> None:
    x, w = Tensor(np.zeros((0, 1, 4, 4)), requires_grad=True), Tensor(np.ones((2, 1, 3, 3)), requires_grad=True)
    out = F.max_pool2d(F.conv2d(x, w), 2)
    assert out.shape == (0, 2, 1, 1)
    out.sum().backward()
    assert x.grad.shape == (0, 1, 4, 4) and not w.grad.data.any()


# 21 ------------------------------------------------------------------------------------------------------- kinds of arrays


class Sub(np.ndarray):
    pass


def test_21_every_memory_layout() -> None:
    base = np.arange(12.0).reshape(3, 4) + 1.0
    readonly = base.copy()
    readonly.flags.writeable = False
    for array in (
        base[:, ::2],
        base[::-1],
        np.asfortranarray(base),
        base.T,
        readonly,
        base.astype(">f8"),
        base.view(Sub),
        base[::-2, ::-1],
    ):
        x = Tensor(array, requires_grad=True)
        autograd.log(x).sum().backward()
        np.testing.assert_allclose(x.grad.data, 1.0 / np.asarray(array, float))
        assert type(x.data) is np.ndarray and x.dtype.isnative


@pytest.mark.parametrize("data", [np.array([True]), np.array([1]), [1, 2], 3, 1j])
def test_21_integers_booleans_and_complex_have_no_gradient(data) -> None:
    with pytest.raises(TypeError, match="only floating-point tensors have gradients"):
        Tensor(data, requires_grad=True)


@pytest.mark.parametrize("x", [2.0, np.float32(2.0), [1.0, 2.0]])
@pytest.mark.parametrize("f", [lambda x: x * 1j, lambda x: np.exp(1j * x), lambda x: (x + 1j) / (x - 1j)])
def test_21_a_gradient_that_would_lose_its_imaginary_part_is_refused(f, x) -> None:
    x = leaf(x)
    loss = np.sum(np.abs(f(x)))
    with pytest.raises(TypeError, match="complex numbers are not differentiated"):
        loss.backward()
    assert x.grad is None


@pytest.mark.parametrize("data", [np.array([object()]), "text", None, {"a": 1}, np.ma.masked_array([1.0], [True]), [object()]])
def test_21_what_is_not_numbers_is_refused(data) -> None:
    with pytest.raises(TypeError):
        Tensor(data)


def test_21_ragged_lists_and_lists_of_tensors_are_explained() -> None:
    with pytest.raises(ValueError, match="cannot make one array"):
        Tensor([[1.0], [1.0, 2.0]])
    with pytest.raises(TypeError, match=r"autograd\.stack"):
        Tensor([leaf(1.0), leaf(2.0)])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert Tensor([]).shape == (0,)


def test_nothing_here_needs_more_than_the_core() -> None:
    """The engine imports without any extra."""
    code = "import sys, autograd; assert not {'scipy', 'matplotlib', 'hypothesis', 'torch'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)

"""Pitfalls 13 to 21, the rest of each line: what its words name beyond the first tests."""

import asyncio
import copy
import os
import re
import subprocess
import sys
import threading
import xml.etree.ElementTree as ET

import numpy as np
import pytest

import autograd
import nn
from autograd import Tensor
from autograd.pictures.render import find_renderer
from autograd.testing import check_gradients
from nn import functional as F
from tests.pitfalls import leaf

# 13 ---------------------------------------------------------------------------------------------------- second derivatives

NORMS = {
    "group norm": lambda x: F.group_norm(x, 2),
    "instance norm": lambda x: F.instance_norm(x),
    "layer norm": lambda x: F.layer_norm(x, x.shape[1:]),
    "rms norm": lambda x: F.rms_norm(x, x.shape[-1:]),
    "batch norm, in training": lambda x: F.batch_norm(x, np.zeros(4), np.ones(4), training=True),
    "batch norm, evaluated": lambda x: F.batch_norm(x, np.full(4, 0.1), np.full(4, 2.0), training=False),
    "local response norm": lambda x: F.local_response_norm(x, 2),
    "normalize": lambda x: F.normalize(x, dim=1),
    "softmax": lambda x: F.softmax(x, dim=1),
    "standardised by hand": lambda x: (x - np.mean(x, axis=1, keepdims=True)) / np.std(x, axis=1, keepdims=True),
}


@pytest.mark.parametrize("name", NORMS)
def test_13_statistics_are_no_constants_at_second_order(name: str) -> None:
    x = np.random.default_rng(0).standard_normal((2, 4, 3))
    check_gradients(lambda x: NORMS[name](x) ** 2, x, order=2)


def test_13_a_second_derivative_through_a_module_by_its_parameters() -> None:
    """The gradient penalty of a network with a norm: d/dw of ‖dL/dx‖² against a difference."""
    net = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.Tanh(), nn.Linear(4, 1)).double()
    x = np.random.default_rng(0).standard_normal((5, 3))
    weight = next(net.parameters())

    def penalty() -> Tensor:
        at = Tensor(x, requires_grad=True)
        (slope,) = autograd.gradients((net(at) ** 2).sum(), [at], create_graph=True)
        return (slope**2).sum()

    penalty().backward()
    found, start, h = weight.grad.data[1, 2], weight.data.copy(), 1e-5
    values = []
    for sign in (1.0, -1.0):
        moved = start.copy()
        moved[1, 2] += sign * h
        weight.data = moved
        values.append(penalty().item())
    assert found == pytest.approx((values[0] - values[1]) / (2 * h), rel=1e-5)


# 14, 15 ------------------------------------------------------------------------------------------- NumPy, pictures


def test_14_comparisons_of_every_kind_give_plain_arrays() -> None:
    x = leaf(1.0, 2.0)
    for result in (x > 1.0, 1.0 < x, np.array([1.0, 3.0]) == x, x != np.ones(2), np.less(x, 2.0), np.isclose(x, 1.0), x <= x):
        assert isinstance(result, np.ndarray) and result.dtype == bool and result.shape == (2,)


def test_14_unpacking_zipping_and_starred_arguments() -> None:
    x = leaf(1.0, 2.0, 3.0)
    first, *rest = x
    total = first + sum(rest) + max(x).data * 0.0
    total.sum().backward()
    assert x.grad.tolist() == [1.0, 1.0, 1.0]


def test_15_a_sum_of_a_value_with_itself_has_two_edges() -> None:
    x = Tensor(2.0, requires_grad=True, name="x")
    (g,) = autograd.gradients(x + x, [x])
    routes = autograd.routes(x + x, x)
    assert g.item() == 2.0 and [float(part) for part in routes.contributions(x)] == [1.0, 1.0]
    text = autograd.draw(x + x, level="ops").dot
    assert len(re.findall(r"->", text)) >= 3  # x to the sum twice, the sum to the loss


def test_15_a_graph_of_three_thousand_nodes_is_drawn() -> None:
    x = Tensor(np.ones(3), requires_grad=True, name="x")
    h = x
    for _ in range(1000):
        h = h + autograd.tanh(h * 0.5)
    picture = autograd.draw(h.sum())
    assert 0 < picture.dot.count("->") < 20_000


@pytest.mark.skipif(find_renderer() is None, reason="no renderer: pip install 'gradroutes[render]'")
@pytest.mark.parametrize("name", ['x "<&>" 名前', "a -> b;", "\\N", "<b>", "مرحبا", "σ₁"])
def test_15_names_that_need_escaping_in_any_language(name: str) -> None:
    x = Tensor(1.0, requires_grad=True, name=name)
    svg = autograd.draw(autograd.tanh(x) + x, level="ops").svg()
    assert name in "".join(ET.fromstring(svg).itertext())


def test_15_without_dot_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("autograd.pictures.render.find_renderer", lambda named=None: None)
    picture = autograd.draw(autograd.tanh(Tensor(1.0, requires_grad=True)))
    assert picture.dot.startswith("digraph")
    with pytest.raises(Exception, match=r"pip install 'gradroutes\[render\]'") as caught:
        picture.svg()
    os.remove(re.search(r"\S+\.dot", str(caught.value)).group())


# 16 ---------------------------------------------------------------------------------------------------------- slow paths


def python_calls(function, *arguments) -> int:
    """How many Python functions a call runs: what it costs, on any machine."""
    count = 0

    def seen(frame, event: str, argument: object) -> None:
        nonlocal count
        count += event == "call"

    function(*arguments)  # an operation's code is made at its first call
    before = sys.getprofile()
    sys.setprofile(seen)
    try:
        function(*arguments)
    finally:
        sys.setprofile(before)
    return count


def test_16_one_operation_is_one_python_call() -> None:
    x, y, array = Tensor(2.0, requires_grad=True), Tensor(3.0, requires_grad=True), Tensor(np.ones(3), requires_grad=True)
    for f in (lambda: x * y, lambda: x + 1.0, lambda: array * array, lambda: array + 1.0):
        assert python_calls(f) <= 2  # the lambda and the operation
    assert python_calls(lambda: autograd.exp(array)) <= 2
    assert python_calls(lambda: np.exp(array)) <= 5  # and NumPy's protocol


def test_16_backward_is_linear_in_the_number_of_operations() -> None:
    def backward(length: int) -> int:
        def run() -> None:
            y = x = Tensor(1.0, requires_grad=True)
            for _ in range(length):
                y = y * 1.5 + x
            y.backward()

        return python_calls(run)

    assert backward(200) / backward(100) < 2.1 and backward(100) < 100 * 8


def test_16_stacking_makes_no_object_arrays(monkeypatch: pytest.MonkeyPatch) -> None:
    made = []
    real = np.asarray
    monkeypatch.setattr(np, "asarray", lambda *args, **kwargs: made.append(real(*args, **kwargs)) or made[-1])
    for stack in (np.stack, np.concatenate, np.vstack, np.hstack):
        out = stack([leaf(1.0, 2.0) for _ in range(10)])
        assert out.dtype == float and out.requires_grad
    assert not any(array.dtype == object for array in made)


def test_16_stacking_many_takes_calls_in_proportion() -> None:
    def calls(count: int) -> int:
        parts = [leaf(1.0) for _ in range(count)]
        return python_calls(lambda: autograd.stack(parts).sum().backward())

    assert calls(400) / calls(200) < 2.2


# 17 --------------------------------------------------------------------------------------------------------------- threads


def in_a_thread(function):
    found: list = []
    thread = threading.Thread(target=lambda: found.append(function()))
    thread.start()
    thread.join()
    return found[0]


def test_17_what_a_thread_switches_off_is_off_in_it_alone() -> None:
    x = leaf(1.0)
    inside, outside = threading.Event(), threading.Event()

    def quiet() -> bool:
        with autograd.no_grad():
            inside.set()
            outside.wait(10)
            return (x * x).requires_grad

    found: list[bool] = []
    thread = threading.Thread(target=lambda: found.append(quiet()))
    thread.start()
    inside.wait(10)
    assert (x * x).requires_grad
    outside.set()
    thread.join()
    assert found == [False]


def test_17_no_grad_is_seen_in_the_thread_that_runs_the_module() -> None:
    net, x = nn.Linear(2, 2), np.ones((1, 2), np.float32)

    @autograd.no_grad()
    def evaluate() -> bool:
        return net(x).requires_grad

    assert not evaluate() and not in_a_thread(evaluate) and net(x).requires_grad


def test_17_tasks_of_one_thread_do_not_switch_each_other() -> None:
    x = leaf(1.0)

    async def quiet() -> bool:
        with autograd.no_grad():
            await asyncio.sleep(0.01)
            return (x * x).requires_grad

    async def loud() -> bool:
        await asyncio.sleep(0.005)
        return (x * x).requires_grad

    async def both() -> list[bool]:
        return await asyncio.gather(quiet(), loud())

    assert asyncio.run(both()) == [False, True]


def test_17_backward_in_many_threads_at_once() -> None:
    w = Tensor(np.ones(4), requires_grad=True)
    threads = [threading.Thread(target=lambda: [(w * 2.0).sum().backward() for _ in range(50)]) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert w.grad.tolist() == [2.0 * 200] * 4


# 18 --------------------------------------------------------------------------------------------------------------- modules


@pytest.mark.parametrize("hold", [
    lambda p: [p], lambda p: (p,), lambda p: {"a": p}, lambda p: {p}, lambda p: frozenset([p]), lambda p: [[p]], lambda p: {"a": [p]},
])  # fmt: skip
@pytest.mark.parametrize("make", [lambda: nn.Parameter([1.0]), lambda: nn.Linear(1, 1)], ids=["parameter", "module"])
def test_18_no_plain_container_hides_what_should_train(hold, make) -> None:
    module = nn.Module()
    with pytest.raises(TypeError, match=r"Module\.held is a plain \w+ of modules or parameters.*nn\.Module(List|Dict)"):
        module.held = hold(make())


def test_18_what_is_put_into_a_list_later_is_noticed() -> None:
    module = nn.Module()
    module.layers = []
    module.layers.append(nn.Linear(1, 1))
    with pytest.raises(TypeError, match="plain list"):
        list(module.parameters())


def test_18_a_shared_parameter_is_stepped_once() -> None:
    shared = nn.Linear(1, 1, bias=False)
    net = nn.Sequential(shared, shared)
    optimizer = nn.optim.SGD(net.parameters(), lr=0.1)
    before = shared.weight.item()
    shared.weight.grad = np.ones((1, 1), np.float32)
    optimizer.step()
    assert shared.weight.item() == pytest.approx(before - 0.1) and len(list(net.parameters())) == 1


def test_18_the_order_of_names_is_that_of_the_code_in_every_run() -> None:
    code = (
        "import nn\nclass N(nn.Module):\n  def __init__(self):\n    for name in ('z', 'a', 'm', 'b2', 'b10'):\n"
        "      setattr(self, name, nn.Linear(1, 1))\nprint([n for n, _ in N().named_parameters()])"
    )
    runs = [subprocess.run([sys.executable, "-c", code], env={**os.environ, "PYTHONHASHSEED": seed}, capture_output=True, check=True)
            for seed in ("1", "2")]  # fmt: skip
    found = {run.stdout.decode() for run in runs}
    assert len(found) == 1 and found.pop().startswith("['z.weight', 'z.bias', 'a.weight'")


def test_18_buffers_travel_with_the_state_and_the_copy() -> None:
    net = nn.Sequential(nn.BatchNorm1d(2), nn.Linear(2, 1))
    net(np.random.default_rng(0).standard_normal((8, 2)).astype(np.float32))
    other = nn.Sequential(nn.BatchNorm1d(2), nn.Linear(2, 1))
    other.load_state_dict(net.state_dict())
    for twin in (other, copy.deepcopy(net)):
        assert twin[0].running_mean.tolist() == net[0].running_mean.tolist() != [0.0, 0.0]


def test_18_loading_names_what_is_missing_and_changes_nothing() -> None:
    net = nn.Linear(2, 2)
    state = {name: np.asarray(value) * 0.0 for name, value in net.state_dict().items()}
    before = net.weight.tolist()
    for wrong in ({"weight": state["weight"]}, {**state, "bias": np.zeros(3)}, {**state, "extra": np.zeros(1)}):
        with pytest.raises(ValueError, match="nothing was loaded"):
            net.load_state_dict(wrong)
    assert net.weight.tolist() == before


# 19 --------------------------------------------------------------------------------------------------------------- aliasing


def test_19_a_seed_is_no_gradient_and_a_gradient_no_seed() -> None:
    x, y, seed = leaf(1.0, 2.0), leaf(3.0, 4.0), np.ones(2)
    (x + y).backward(seed)
    (x * 1.0).backward(seed)
    assert seed.tolist() == [1.0, 1.0]
    assert not any(np.shares_memory(a, b) for a, b in ((x.grad.data, seed), (y.grad.data, seed), (x.grad.data, y.grad.data)))


def test_19_a_gradient_that_the_user_set_is_not_written_into() -> None:
    x, mine = leaf(1.0, 2.0), np.ones(2)
    x.grad = mine
    (x * 2.0).sum().backward()
    assert x.grad.tolist() == [3.0, 3.0] and mine.tolist() == [1.0, 1.0]


@pytest.mark.parametrize("make", [lambda p: nn.optim.SGD(p, lr=0.1, momentum=0.9), lambda p: nn.optim.Adam(p, lr=0.1)], ids=["sgd", "adam"])
def test_19_an_optimiser_changes_no_array_of_the_users(make) -> None:
    mine, start = np.ones(3), np.ones(3)
    parameter = nn.Parameter(mine)
    optimizer = make([parameter])
    for _ in range(2):
        parameter.grad = None
        (parameter * parameter).sum().backward()
        optimizer.step()
    assert mine.tolist() == start.tolist() != parameter.tolist()


def test_19_views_of_a_value_are_their_own_gradients() -> None:
    x = Tensor(np.arange(6.0), requires_grad=True)
    grid = x.reshape(2, 3)
    (grid.T.sum() + grid[0].sum()).backward()
    assert x.grad.tolist() == [2.0, 2.0, 2.0, 1.0, 1.0, 1.0] and not np.shares_memory(x.grad.data, x.data)


# 20 ------------------------------------------------------------------------------------------- geometry of windows

POOLINGS = {
    "stride that does not divide": ((1, 1, 5, 7), {"kernel_size": 2, "stride": 2}),
    "even window with a border": ((1, 1, 4, 4), {"kernel_size": 2, "stride": 1, "padding": 1}),
    "rounded up": ((1, 1, 5, 5), {"kernel_size": 2, "ceil_mode": True}),
    "gaps between windows": ((1, 1, 5, 5), {"kernel_size": 2, "stride": 3}),
    "batch of one": ((1, 2, 3, 3), {"kernel_size": 3}),
    "overlapping": ((2, 1, 4, 5), {"kernel_size": 3, "stride": 1}),
}


@pytest.mark.parametrize("pool", [F.max_pool2d, F.avg_pool2d], ids=lambda f: f.__name__)
@pytest.mark.parametrize("name", POOLINGS)
def test_20_pooling_of_any_geometry(pool, name: str) -> None:
    shape, options = POOLINGS[name]
    check_gradients(lambda x: pool(x, **options), np.random.default_rng(0).permutation(np.prod(shape)).reshape(shape) / 10.0)


CONVOLUTIONS = {
    "even kernel, same size": ((1, 1, 5), (1, 1, 4), {"padding": "same"}),
    "stride beyond the kernel": ((1, 1, 7), (1, 1, 2), {"stride": 3}),
    "dilated, not dividing": ((1, 2, 8), (2, 2, 3), {"stride": 2, "dilation": 2, "padding": 1}),
    "one pixel": ((2, 1, 1), (1, 1, 1), {}),
    "padding beyond the input": ((1, 1, 1), (1, 1, 2), {"padding": 3}),
    "groups": ((1, 4, 5), (4, 2, 2), {"groups": 2}),
}


@pytest.mark.parametrize("name", CONVOLUTIONS)
def test_20_convolution_in_one_dimension_of_any_geometry(name: str) -> None:
    shape, kernel, options = CONVOLUTIONS[name]
    rng = np.random.default_rng(0)
    check_gradients(lambda x, w: F.conv1d(x, w, **options), rng.standard_normal(shape), rng.standard_normal(kernel))


def test_20_transposed_convolution_gives_back_the_size_that_the_stride_lost() -> None:
    rng = np.random.default_rng(0)
    x, w = rng.standard_normal((1, 1, 3, 3)), rng.standard_normal((1, 1, 2, 2))
    out = F.conv_transpose2d(x, w, stride=2, output_padding=1)
    assert out.shape == (1, 1, 7, 7)
    check_gradients(lambda x, w: F.conv_transpose2d(x, w, stride=2, output_padding=1), x, w)


@pytest.mark.parametrize("layer", [nn.Conv2d(2, 3, 3, padding=1), nn.MaxPool2d(2), nn.AvgPool2d(2), nn.BatchNorm2d(2).eval(), nn.Flatten()])
def test_20_every_layer_takes_an_empty_batch(layer) -> None:
    x = Tensor(np.zeros((0, 2, 4, 4), np.float32), requires_grad=True)
    out = layer(x)
    assert out.shape[0] == 0
    out.sum().backward()
    assert x.grad.shape == x.shape


# 21 ----------------------------------------------------------------------------------------------------- kinds of arrays


class Marked(np.ndarray):
    pass


BASE = np.arange(1.0, 13.0).reshape(3, 4)
LAYOUTS = {
    "every second": BASE[:, ::2], "negative strides": BASE[::-1, ::-1], "Fortran": np.asfortranarray(BASE), "transposed": BASE.T,
    "big-endian": BASE.astype(">f8"), "subclass": BASE.view(Marked), "broadcast": np.broadcast_to(BASE[0], (3, 4)),
    "unaligned": np.frombuffer(b"\0" + BASE.tobytes(), dtype=np.uint8)[1:].view(np.float64).reshape(3, 4),
}  # fmt: skip


def read_only(array: np.ndarray) -> np.ndarray:
    array = array.copy()
    array.flags.writeable = False
    return array


@pytest.mark.parametrize("name", [*LAYOUTS, "read-only"])
def test_21_layouts_through_an_operation_a_product_and_a_reduction(name: str) -> None:
    array = read_only(BASE) if name == "read-only" else LAYOUTS[name]
    plain = np.array(array, np.float64)
    for make in (Tensor, autograd.as_tensor):
        x = make(array).detach().requires_grad_()
        out = (np.log(x) @ x.T).sum() + (array * x).sum() + x[1:].std()
        out.backward()
        twin = Tensor(plain, requires_grad=True)
        ((np.log(twin) @ twin.T).sum() + (plain * twin).sum() + twin[1:].std()).backward()
        np.testing.assert_allclose(x.grad.data, twin.grad.data, rtol=1e-12)
    np.testing.assert_array_equal(np.array(array, np.float64), plain)


def test_21_whole_numbers_and_truth_values_take_part_without_a_gradient() -> None:
    x = leaf(1.0, 2.0)
    for other in (np.array([2, 3]), np.array([True, False]), np.array([1, 2], np.uint8), True, 3, Tensor([1, 2])):
        x.grad = None
        (x * other).sum().backward()
        assert x.grad.tolist() == np.broadcast_to(np.asarray(getattr(other, "data", other), float), 2).tolist()
    assert not Tensor([1, 2]).requires_grad
    with pytest.raises(TypeError, match="only floating-point"):
        autograd.grad(lambda n: n * 2)(np.array(3))


@pytest.mark.parametrize("other", [np.array([object()]), "text", None, {"a": 1}, np.array(["a"]), np.array([None, 1.0])], ids=repr)
def test_21_objects_beside_a_tensor_are_refused(other) -> None:
    for combine in (lambda a, b: a + b, lambda a, b: autograd.multiply(a, b), lambda a, b: np.maximum(a, b)):
        with pytest.raises(TypeError):
            combine(leaf(1.0), other)

"""Pitfalls 1 to 12, the rest of each line: what its words name beyond the first tests."""

import gc
import math
import tracemalloc
import weakref
from pathlib import Path

import numpy as np
import pytest

import autograd
import nn
from autograd import Tensor
from autograd.testing import check_gradients
from nn import functional as F
from tests.pitfalls import grad_of, leaf

# 1, 2 ---------------------------------------------------------------------------- backward twice, in-place in a block


def test_01_two_losses_of_one_graph_add_up_on_leaves_alone() -> None:
    x = leaf(2.0)
    h = x * x
    (h * 3.0).sum().backward(retain_graph=True)
    (h * 5.0).sum().backward()
    assert x.grad.tolist() == [4.0 * 8.0]


def test_01_backward_again_on_a_part_that_was_released_names_it() -> None:
    x = leaf(2.0)
    h = autograd.exp(x)
    h.sum().backward()
    with pytest.raises(RuntimeError, match=r"'exp'.*released"):
        (h * 2.0).sum().backward()


@pytest.mark.parametrize("relu", [lambda x: F.relu(x, inplace=True), nn.ReLU(inplace=True)], ids=["function", "module"])
def test_02_an_inplace_relu_leaves_the_skip_as_it_was(relu) -> None:
    x = leaf(-1.0, 2.0)
    h = x * 1.0
    out = relu(h) + h
    assert h.tolist() == [-1.0, 2.0] and out.tolist() == [-1.0, 4.0]
    out.sum().backward()
    assert x.grad.tolist() == [1.0, 2.0]


def test_02_writing_a_result_into_an_array_or_a_tensor_is_refused() -> None:
    x = leaf(-1.0, 2.0)
    for call in (lambda: np.maximum(x, 0.0, out=np.zeros(2)), lambda: np.add(x, x, out=x), lambda: np.zeros(2).__setitem__(slice(None), x)):
        with pytest.raises(TypeError):
            call()


# 3 -------------------------------------------------------------------------------------------- NaN and infinity, masks

UNUSED = {
    "log": lambda x: autograd.where(x.data > 0, autograd.log(x), 0.0),
    "root": lambda x: autograd.where(x.data > 0, autograd.sqrt(x), 0.0),
    "quotient": lambda x: autograd.where(x.data != 0, 1.0 / x, 0.0),
    "quotient of itself": lambda x: autograd.where(x.data != 0, x / x, 0.0),
    "power": lambda x: autograd.where(x.data > 0, x**-0.5, 0.0),
    "entropy": lambda x: -autograd.where(x.data > 0, x * autograd.log(x), 0.0),
    "overflow": lambda x: autograd.where(x.data > 0, autograd.exp(1000.0 - 1e6 * x), x),
    "filled": lambda x: autograd.masked_fill(autograd.log(x), x.data <= 0, 0.0),
    "selected": lambda x: autograd.log(x)[x.data > 0],
    "taken": lambda x: np.take(autograd.log(x), [1, 1]),
    "greatest": lambda x: np.max(autograd.log(x)),
    "clipped": lambda x: autograd.clip(autograd.log(x), -10.0, None),
    "at least": lambda x: np.maximum(autograd.log(x), -10.0),
    "not a number": lambda x: np.nan_to_num(autograd.log(x), neginf=0.0),
    "arcsine": lambda x: autograd.where(x.data > 0, autograd.arcsin(1.0 - x / 8.0), 0.0),
    "nested": lambda x: autograd.where(x.data > 0, autograd.sqrt(autograd.log(1.0 + x) * x), 0.0),
    "norm of a row": lambda x: autograd.where(x.data > 0, autograd.sqrt((x.reshape(2, 1) ** 2).sum(axis=1)), 0.0),
}


@pytest.mark.parametrize("name", UNUSED)
def test_03_an_infinite_branch_that_is_not_used_gives_no_nan(name: str) -> None:
    """At 0, which the mask takes out, the gradient is that of the other branch; at 4 it is what it always was."""
    f = UNUSED[name]
    with np.errstate(all="ignore"):
        masked, alone = grad_of(f, 0.0, 4.0), grad_of(f, 1.0, 4.0)
        second = autograd.grad(lambda x: np.sum(autograd.grad(lambda x: np.sum(f(x)))(x)))(np.array([0.0, 4.0]))
    assert masked[0] in (0.0, 1.0) and masked[1] == alone[1] and math.isfinite(masked[1])
    assert np.isfinite(second).all()


def test_03_what_is_used_keeps_its_infinity() -> None:
    with np.errstate(all="ignore"):
        assert grad_of(autograd.sqrt, 0.0) == [math.inf]
        assert grad_of(lambda x: autograd.where(x.data >= 0, autograd.sqrt(x), 0.0), 0.0) == [math.inf]
        assert math.isnan(grad_of(lambda x: autograd.where(True, x * np.nan, 0.0), 1.0)[0])


def test_03_numbers_behind_a_mask_are_as_arrays() -> None:
    with np.errstate(all="ignore"):
        for f in (autograd.log, autograd.sqrt, lambda x: 1.0 / x, lambda x: x**-1.5):
            x = Tensor(0.0, requires_grad=True)
            autograd.where(False, f(x), 3.0 * x).backward()
            assert x.grad.item() == 3.0


def test_03_masked_softmax_of_a_row_without_any_place() -> None:
    x = Tensor(np.zeros((2, 3)), requires_grad=True)
    mask = np.array([[True, False, False], [True, True, True]])
    out = autograd.softmax(autograd.masked_fill(x, mask, -1e30), axis=-1)
    out.backward(np.ones((2, 3)))
    assert np.isfinite(out.data).all() and np.isfinite(x.grad.data).all()


@pytest.mark.parametrize("order", [1, 2, 3, np.inf, -np.inf])
def test_03_norms_of_every_order_at_zero(order: float) -> None:
    assert np.isfinite(grad_of(lambda x: np.linalg.norm(x, order), 0.0, 0.0)).all()


def test_03_losses_of_saturated_numbers() -> None:
    logits = Tensor([[1e4, -1e4], [-1e4, 1e4]], requires_grad=True)
    loss = F.cross_entropy(logits, np.array([1, 1])) + F.binary_cross_entropy_with_logits(logits, np.ones((2, 2)))
    loss.backward()
    assert math.isfinite(loss.item()) and np.isfinite(logits.grad.data).all()


# 4 ------------------------------------------------------------------------------------------------------- broadcasting

MASKED = {
    "where": lambda x, m: autograd.where(m, x, 2.0 * x),
    "masked_fill": lambda x, m: autograd.masked_fill(x, m, 7.0),
    "masked_select": lambda x, m: autograd.masked_select(x, m),
    "sum": lambda x, m: autograd.sum(autograd.broadcast_to(x, np.broadcast_shapes(x.shape, m.shape)), where=m),
}


@pytest.mark.parametrize("name", MASKED)
@pytest.mark.parametrize("shapes", [((3,), (2, 3)), ((2, 1), (2, 3)), ((), (4,)), ((4, 1, 3), (2, 1)), ((0, 3), (1, 3))], ids=str)
def test_04_masks_that_broadcast(name: str, shapes) -> None:
    """The gradient is that of explicit copies, summed."""
    rng = np.random.default_rng(0)
    wide = np.broadcast_shapes(*shapes)
    values, mask = rng.uniform(1, 2, shapes[0]), rng.random(shapes[1]) > 0.4
    narrow, full = Tensor(values, requires_grad=True), Tensor(np.broadcast_to(values, wide).copy(), requires_grad=True)
    for x in (narrow, full):
        out = MASKED[name](x, np.broadcast_to(mask, wide) if name == "masked_select" and x is full else mask)
        out.backward(np.ones(out.shape))
    axes = tuple(range(len(wide) - narrow.ndim)) + tuple(
        len(wide) - narrow.ndim + i for i, n in enumerate(narrow.shape) if n == 1 != wide[len(wide) - narrow.ndim + i]
    )
    np.testing.assert_allclose(narrow.grad.data, full.grad.data.sum(axis=axes).reshape(narrow.shape))


# 5, 6, 7 ------------------------------------------------------------------------------ float32, what is supported, items


@pytest.mark.parametrize("seed", [np.ones(2), [1.0, 1.0], np.ones(2, int), np.ones(2, np.float16), Tensor([1.0, 1.0])], ids=str)
def test_05_a_seed_gradient_of_any_dtype(seed) -> None:
    x = leaf(1.0, 2.0, dtype=np.float32)
    (x * x).backward(seed)
    assert x.grad.dtype == np.float32 and x.grad.tolist() == [2.0, 4.0]


def test_05_what_divides_by_a_count_stays_float32() -> None:
    x = Tensor(np.ones((4, 3), np.float32), requires_grad=True)
    outs = [x.mean(axis=0), x.var(), F.l1_loss(x, np.zeros((4, 3), np.float32)), F.cross_entropy(x, np.zeros(4, int)),
            F.avg_pool1d(x, 2), F.layer_norm(x, (3,)), F.batch_norm(x, None, None, training=True), np.average(x, axis=0)]  # fmt: skip
    assert {out.dtype for out in outs} == {np.dtype(np.float32)}
    autograd.stack([out.sum() for out in outs]).sum().backward()
    assert x.grad.dtype == np.float32


@pytest.mark.parametrize(
    "call",
    [
        lambda x: np.multiply.at(np.zeros(2), [0], x[0]),
        lambda x: np.subtract.accumulate(x),
        lambda x: np.divide.reduce(x),
        lambda x: np.fft.fft(x),
        lambda x: np.unique_counts(x),
    ],
)
def test_06_methods_of_ufuncs_and_further_functions_say_so(call) -> None:
    with pytest.raises(TypeError, match="is not differentiable here"):
        call(leaf(1.0, 2.0))


def test_06_another_librarys_ufunc_is_not_called_numpys() -> None:
    special = pytest.importorskip("scipy.special")
    with pytest.raises(TypeError, match=r"^gdtr is not differentiable here"):
        special.gdtr(1.0, 2.0, leaf(1.0))


def test_06_the_page_tells_what_is_refused() -> None:
    page = (Path(__file__).resolve().parents[2] / "docs/operations.md").read_text(encoding="utf-8")
    assert "`np.linalg.eig`" in page and "`np.fft.fft`" in page and "| `tanh(x, /)` | `np.tanh` |" in page


@pytest.mark.parametrize("change", ["x[0] = 5.0", "x[0] += 1.0", "x[x.data > 0] = 0.0", "array[:] = x", "array[:1] = x[:1]"])
def test_07_every_way_to_assign_an_item_is_refused(change: str) -> None:
    x, array = leaf(1.0, 2.0), np.zeros(2)
    with pytest.raises(TypeError, match=r"x\.at\[index\]\.set\(value\)|x\.detach\(\)"):
        exec(change, {"x": x, "array": array})
    assert x.tolist() == [1.0, 2.0] and array.tolist() == [0.0, 0.0]


def test_07_the_recipes_are_differentiable() -> None:
    x, v = leaf(1.0, 2.0, 3.0), leaf(10.0)
    updated = x.at[1].set(v[0]), autograd.where([False, True, False], v, x), autograd.concatenate([x[:1], v, x[2:]])
    for y in updated:
        x.grad = v.grad = None
        (y * np.array([1.0, 2.0, 3.0])).sum().backward()
        assert y.tolist() == [1.0, 10.0, 3.0] and x.grad.tolist() == [1.0, 0.0, 3.0] and v.grad.tolist() == [2.0]


# 8, 9 ---------------------------------------------------------------------------------------------------- depth, memory


def chain(length: int) -> Tensor:
    y = x = Tensor(1.0, requires_grad=True)
    for _ in range(length):
        y = y * 1.0
    assert x.requires_grad
    return y


def test_08_a_graph_dropped_without_backward_needs_no_stack() -> None:
    y = chain(50_000)
    del y


def test_08_drawing_and_routing_a_deep_graph_need_no_stack() -> None:
    y = chain(1_500)  # beyond Python's stack
    assert len(autograd.draw(y).dot) > 100
    assert autograd.routes(y).joins == []


def test_09_nothing_waits_for_the_garbage_collector() -> None:
    gc.collect()
    gc.disable()
    try:
        x = Tensor(np.ones(10), requires_grad=True)
        h = autograd.tanh(x)
        seen = weakref.ref(h.data)
        loss = (h * h + h).sum()
        del h, loss
        assert seen() is None
        h = autograd.exp(x)
        seen = weakref.ref(h.data)
        (h * h).sum().backward(create_graph=True)
        x.grad = h = None
        assert seen() is None
    finally:
        gc.enable()


SIZE, DEPTH = 50_000, 30


def peak_of(step, backward: bool) -> float:
    """The peak of a chain of steps, in arrays."""
    x = Tensor(np.full(SIZE, 0.5), requires_grad=True)
    tracemalloc.start()
    try:
        y = x
        for _ in range(DEPTH):
            y = step(y)
        if backward:
            y.backward(np.ones(SIZE))
        return tracemalloc.get_traced_memory()[1] / (8 * SIZE)
    finally:
        tracemalloc.stop()


def test_09_arrays_that_no_rule_needs_are_not_saved() -> None:
    for step in (lambda y: y + 1.0, lambda y: -y, lambda y: 2.0 - y, lambda y: y.reshape(-1, 10).ravel(), lambda y: np.roll(y, 1)):
        assert peak_of(step, backward=False) < 5


def test_09_backward_peaks_little_above_forward() -> None:
    """What it passes it lets go: the saved arrays fall as the gradients come."""
    for step in (np.tanh, np.exp, lambda y: y * y, lambda y: y + np.tanh(y)):
        with np.errstate(all="ignore"):
            assert peak_of(step, backward=True) < peak_of(step, backward=False) + 5


# 10, 11, 12 ------------------------------------------------------------------------------------------ checks, diamonds, ties


def test_10_ties_are_reported_not_failed() -> None:
    report = check_gradients(autograd.max, np.array([1.0, 2.0, 2.0]))
    assert report.kinks == ["input 0, index (1,)", "input 0, index (2,)"] and report.checked == 1


def test_10_a_gradient_lost_on_the_way_is_found_though_the_values_agree() -> None:
    with pytest.raises(AssertionError):
        check_gradients(lambda x, y: x * y.detach() + autograd.sin(y), np.array([1.0, 2.0]), np.array([3.0, 4.0]), mode="differences")


def test_11_a_value_waits_for_all_its_consumers_however_far_apart() -> None:
    """h is used at once, and again after a hundred operations: its gradient is complete before it goes on."""
    x = leaf(0.5)
    h = x * 3.0
    late = h
    for _ in range(100):
        late = late * 1.0
    y = late * h + x * h
    y.sum().backward()
    assert x.grad.tolist() == pytest.approx([2 * 9 * 0.5 + 2 * 3 * 0.5])


def test_11_reuse_across_blocks_and_of_weights() -> None:
    w = leaf(2.0)
    first = w * 3.0
    second = first * w
    third = second * w + first
    third.sum().backward()
    assert w.grad.tolist() == [3 * 3 * 4.0 + 3.0]


def test_11_the_order_of_accumulation_is_fixed() -> None:
    def run() -> np.ndarray:
        rng = np.random.default_rng(0)
        x = Tensor(rng.standard_normal(50), requires_grad=True)
        parts = [x * rng.standard_normal(50) for _ in range(20)]
        autograd.stack([part.sum() for part in parts]).sum().backward()
        return x.grad.data

    assert run().tobytes() == run().tobytes()


TIES = {
    "amax": (np.max, [2.0, 2.0, 1.0], [0.5, 0.5, 0.0]),
    "amin": (np.min, [2.0, 1.0, 1.0], [0.0, 0.5, 0.5]),
    "max over an axis": (lambda x: np.max(x.reshape(1, 3), axis=1), [2.0, 2.0, 2.0], [1 / 3] * 3),
    "nanmax": (np.nanmax, [math.nan, 2.0, 2.0], [0.0, 0.5, 0.5]),
    "maximum": (lambda x: np.maximum(x[:1], x[1:]), [2.0, 2.0], [0.5, 0.5]),
    "minimum": (lambda x: np.minimum(x[:1], x[1:]), [2.0, 2.0], [0.5, 0.5]),
    "maximum of one value": (lambda x: np.maximum(x, x), [2.0], [1.0]),
    "fmax": (lambda x: np.fmax(x[:1], x[1:]), [2.0, 2.0], [0.5, 0.5]),
    "fmin": (lambda x: np.fmin(x, 2.0), [2.0], [0.5]),
    "ptp": (np.ptp, [1.0, 2.0, 2.0, 1.0], [-0.5, 0.5, 0.5, -0.5]),
    "sort": (lambda x: np.sort(x) * np.array([1.0, 3.0]), [2.0, 2.0], [2.0, 2.0]),
    "median": (np.median, [1.0, 2.0, 2.0, 3.0], [0.0, 0.5, 0.5, 0.0]),
    "quantile": (lambda x: np.quantile(x, 1.0), [1.0, 2.0, 2.0], [0.0, 0.5, 0.5]),
    "the largest magnitude": (lambda x: np.linalg.norm(x, np.inf), [1.0, -2.0, 2.0], [0.0, -0.5, 0.5]),
    "pooling": (lambda x: F.max_pool1d(x.reshape(1, 1, -1), 2), [2.0, 2.0, 1.0, 3.0], [0.5, 0.5, 0.0, 1.0]),
    "adaptive pooling": (lambda x: F.adaptive_max_pool1d(x.reshape(1, 1, -1), 1), [3.0, 1.0, 3.0], [0.5, 0.0, 0.5]),
    "an update": (lambda x: x.at[0].max(2.0), [2.0, 3.0], [0.5, 1.0]),
    "clip at both bounds": (lambda x: np.clip(x, 0.0, 1.0), [0.0, 1.0], [1.0, 1.0]),
    "relu": (autograd.relu, [0.0], [0.0]),
    "absolute": (np.abs, [0.0], [0.0]),
}


@pytest.mark.parametrize("name", TIES)
def test_12_one_rule_for_ties_everywhere(name: str) -> None:
    f, values, expected = TIES[name]
    assert grad_of(f, *values) == pytest.approx(expected)

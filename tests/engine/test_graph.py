"""The recorded graph: depth, memory, order, what is shared and what is not."""

import gc
import threading
import weakref
from collections.abc import Iterator

import numpy as np
import pytest

import autograd
from autograd import Tensor
from autograd.graph import Node, ancestors
from autograd.testing.properties import strict

MILLION = 1_000_000


@pytest.fixture
def no_collector() -> Iterator[None]:
    """Whatever is freed here is freed by reference counts alone."""
    gc.collect()
    gc.disable()
    yield
    gc.enable()


def chain(x: Tensor, length: int) -> Tensor:
    for _ in range(length):
        x = x + 1.0
    return x


# --------------------------------------------------------------------------------------------------------------- depth


def test_a_chain_of_a_million_goes_forward_and_backward(no_collector: None) -> None:
    x = Tensor(1.0, requires_grad=True)
    chain(x, MILLION).backward()
    assert x.grad.item() == 1.0


def test_a_chain_of_a_million_can_be_dropped_without_backward(no_collector: None) -> None:
    y = chain(Tensor(1.0, requires_grad=True), MILLION)
    assert y.item() == MILLION + 1
    del y


def test_depth_does_not_matter_to_the_other_walks(no_collector: None) -> None:
    x = Tensor(1.0, requires_grad=True)
    y = chain(x, MILLION // 10)
    assert sum(1 for _ in ancestors([y.node])) == MILLION // 10 + 1
    assert autograd.gradients(y, x).item() == 1.0


# -------------------------------------------------------------------------------------------------------------- memory


def alive(kind: type) -> int:
    return sum(isinstance(thing, kind) for thing in gc.get_objects())


def test_nothing_survives_the_loss(no_collector: None) -> None:
    nodes, tensors = alive(Node), alive(Tensor)
    x = Tensor(np.ones((4, 4)), requires_grad=True)
    hidden = autograd.tanh(x @ x)
    seen = weakref.ref(hidden)
    loss = (hidden + hidden * x).sum()
    loss.backward()
    del hidden
    assert seen() is None
    del loss
    assert (alive(Node), alive(Tensor)) == (nodes + 1, tensors + 2)  # x's leaf; x and its gradient


@pytest.mark.parametrize("transform", [autograd.grad, autograd.hessian, autograd.jacobian])
def test_transforms_leave_nothing_behind(transform, no_collector: None) -> None:
    def f(x):
        return (autograd.sin(x) * x).sum()

    transform(f)(np.ones(2))
    before = alive(Node), alive(Tensor)
    transform(f)(np.ones(2))
    assert (alive(Node), alive(Tensor)) == before


def test_create_graph_makes_no_cycle(no_collector: None) -> None:
    before = alive(Node)
    x = Tensor([1.0, 2.0], requires_grad=True)
    (g,) = autograd.gradients((x**3.0).sum(), [x], create_graph=True)
    g.sum().backward()
    np.testing.assert_allclose(x.grad.data, [6.0, 12.0])
    del g, x
    assert alive(Node) == before


def test_interior_values_that_no_rule_needs_are_freed(no_collector: None) -> None:
    x = Tensor(np.ones(10), requires_grad=True)
    interior = x + 1.0
    array = weakref.ref(interior.data)
    y = interior + 2.0
    del interior
    assert array() is None and y.requires_grad


def test_saved_values_are_released_by_backward(no_collector: None) -> None:
    x = Tensor(np.ones(10), requires_grad=True)
    interior = x + 1.0
    array = weakref.ref(interior.data)
    loss = (interior * interior).sum()
    del interior
    assert array() is not None
    loss.backward()
    assert array() is None


# ---------------------------------------------------------------------------------------------------- order and sharing


def test_a_value_used_twice_by_one_operation() -> None:
    x = Tensor([1.0, 2.0], requires_grad=True)
    (x + x).sum().backward()
    assert x.grad.tolist() == [2.0, 2.0]
    x.grad = None
    (x * x).sum().backward()
    assert x.grad.tolist() == [2.0, 4.0]
    x.grad = None
    (x - x).sum().backward()
    assert x.grad.tolist() == [0.0, 0.0]


def test_diamonds_in_a_row_visit_every_node_once() -> None:
    """60 diamonds are 2⁶⁰ paths."""
    x = Tensor(1.0, requires_grad=True)
    y = x
    for _ in range(60):
        y = y * 0.5 + y * 0.5
    y.backward()
    assert x.grad.item() == pytest.approx(1.0)


def test_a_diamond_waits_for_its_longer_arm() -> None:
    x = Tensor(2.0, requires_grad=True)
    h = x * x
    short = h * 3.0
    long = autograd.sin(autograd.exp(h * 0.1))
    (short + long).backward()
    h, e = 4.0, np.exp(0.4)
    assert x.grad.item() == pytest.approx((3.0 + np.cos(e) * e * 0.1) * 2 * 2.0) and h == 4.0


def test_backward_adds_to_grad() -> None:
    x = Tensor([1.0], requires_grad=True)
    for times in (1, 2, 3):
        (2.0 * x).sum().backward()
        assert x.grad.tolist() == [2.0 * times]


def test_no_two_leaves_share_a_gradient() -> None:
    x, y = Tensor(np.ones(3), requires_grad=True), Tensor(np.ones(3), requires_grad=True)
    seed = np.ones(3)
    (x + y).backward(seed)
    arrays = [x.grad.data, y.grad.data, seed, x.data, y.data]
    assert not any(np.shares_memory(a, b) for i, a in enumerate(arrays) for b in arrays[:i])
    x.grad.data[:] = 7.0
    assert y.grad.tolist() == [1.0, 1.0, 1.0] and seed.tolist() == [1.0, 1.0, 1.0]


def test_interior_gradients_stay_out_of_the_values() -> None:
    """Accumulation in place must not write into an array that somebody else holds."""
    x = Tensor(np.ones(3), requires_grad=True)
    h = x + 0.0
    seed = np.ones(3)
    out = h + h + h + h + h * x.detach()
    out.backward(seed)
    assert x.grad.tolist() == [5.0] * 3 and seed.tolist() == [1.0] * 3 and h.tolist() == [1.0] * 3


def test_tensors_copy_and_as_tensor_shares() -> None:
    array = np.ones(2)
    copied, shared = Tensor(array), autograd.as_tensor(array)
    array[0] = 5.0
    assert copied.tolist() == [1.0, 1.0] and shared.tolist() == [5.0, 1.0]


# --------------------------------------------------------------------------------------------------- refusals and hooks


def test_a_second_backward_names_the_operation() -> None:
    x = Tensor([1.0, 2.0], requires_grad=True)
    with autograd.scope("block"):
        y = autograd.tanh(x)
    loss = y.sum()
    loss.backward()
    first = x.grad.tolist()
    with pytest.raises(RuntimeError, match=r"second time through 'sum'.*retain_graph=True"):
        loss.backward()
    with pytest.raises(RuntimeError, match=r"'tanh' of shape \(2,\) in scope 'block'"):
        (y * 2.0).sum().backward()
    assert x.grad.tolist() == first


def test_a_failed_sweep_leaves_the_graph_usable() -> None:
    x = Tensor([1.0, 2.0], requires_grad=True)
    fragile = autograd.op(lambda x: x * 1.0, name="fragile", x=lambda g: next(answers))
    try:
        answers = iter([np.ones(5), np.ones(2)])
        loss = fragile(x).sum()
        with pytest.raises(ValueError, match="a rule returned a gradient of shape"):
            loss.backward(retain_graph=True)
        loss = fragile(x).sum()
        loss.backward()
        assert x.grad.tolist() == [1.0, 1.0]
    finally:
        del autograd.registry["fragile"]


def test_retained_graphs_can_be_swept_again() -> None:
    x = Tensor(3.0, requires_grad=True)
    y = x * x
    y.backward(retain_graph=True)
    y.backward()
    assert x.grad.item() == 12.0


def test_a_saved_leaf_that_changed_is_refused() -> None:
    x, y = Tensor([1.0], requires_grad=True), Tensor([2.0], requires_grad=True)
    product = (x * y).sum()
    x.data = np.array([5.0])
    with pytest.raises(RuntimeError, match="was changed after 'multiply'"):
        product.backward()
    total = (x + y).sum()
    x.data = np.array([6.0])  # a sum keeps nothing: its gradient is right whatever x is now
    total.backward()
    assert x.grad.tolist() == [1.0]


def test_a_change_before_recording_is_no_matter() -> None:
    x = Tensor([1.0], requires_grad=True)
    x.data = np.array([3.0])
    (x * x).sum().backward()
    assert x.grad.tolist() == [6.0]


def test_hooks_see_replace_and_leave() -> None:
    x = Tensor([1.0, 2.0], requires_grad=True)
    seen = []
    remove_first = x.register_hook(lambda g: seen.append(g.tolist()))
    remove = x.register_hook(lambda g: g * 10.0)
    x.sum().backward()
    assert seen == [[1.0, 1.0]] and x.grad.tolist() == [10.0, 10.0]
    remove()
    remove_first()
    x.sum().backward()
    assert seen == [[1.0, 1.0]] and x.grad.tolist() == [11.0, 11.0]


def test_backward_needs_a_graph_and_a_seed() -> None:
    with pytest.raises(RuntimeError, match="has no graph"):
        Tensor(1.0).backward()
    with pytest.raises(RuntimeError, match="needs its gradient"):
        (Tensor([1.0, 2.0], requires_grad=True) * 2.0).backward()
    with pytest.raises(ValueError, match=r"must have the tensor's shape \(2,\)"):
        (Tensor([1.0, 2.0], requires_grad=True) * 2.0).backward(np.ones(3))


# -------------------------------------------------------------------------------------------------------------- threads


def in_threads(work, number: int = 4) -> None:
    errors: list[BaseException] = []

    def guarded(index: int) -> None:
        try:
            work(index)
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=guarded, args=(i,)) for i in range(number)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]


def test_threads_share_a_leaf() -> None:
    x = Tensor(np.ones(50), requires_grad=True)
    rounds = 30

    def work(index: int) -> None:
        for _ in range(rounds):
            (x * (index + 1.0)).sum().backward()

    in_threads(work)
    assert x.grad.tolist() == [rounds * (1.0 + 2.0 + 3.0 + 4.0)] * 50


def test_threads_sweep_one_graph() -> None:
    x = Tensor(np.ones(5), requires_grad=True)
    shared = autograd.exp(x * 0.0)

    def work(index: int) -> None:
        for _ in range(20):
            (shared * float(index)).sum().backward(retain_graph=True)

    in_threads(work)
    assert x.grad.tolist() == [0.0] * 5


def test_no_grad_stays_in_its_thread() -> None:
    entered, leave = threading.Event(), threading.Event()
    found = {}

    def quiet() -> None:
        with autograd.no_grad():
            entered.set()
            leave.wait(10)
            found["quiet"] = autograd.is_recording()

    thread = threading.Thread(target=quiet)
    thread.start()
    assert entered.wait(10)
    found["here"] = autograd.is_recording()
    leave.set()
    thread.join()
    assert found == {"quiet": False, "here": True}


def test_no_grad_is_restored_by_an_exception() -> None:
    with pytest.raises(ZeroDivisionError), autograd.no_grad():
        1 / 0
    assert autograd.is_recording()


@autograd.no_grad()
def quietly(x: Tensor) -> Tensor:
    return x * 2.0


def test_no_grad_decorates_and_nests() -> None:
    x = Tensor(1.0, requires_grad=True)
    assert not quietly(x).requires_grad
    with autograd.no_grad():
        with autograd.enable_grad():
            assert (x * x).requires_grad
        assert not (x * x).requires_grad


def test_a_leaf_is_named_in_the_graph_from_the_start() -> None:
    assert Tensor(1.0, requires_grad=True, name="w").node.name == "w"


def test_strict_mode_refuses_another_dtype() -> None:
    """Without it the gradient is cast; nothing but the switch tells the two apart."""
    widening = autograd.op(lambda x: x * 2, name="widening", x=lambda g: np.asarray(g, np.float64) * 2)
    autograd.registry.pop("widening")
    x = Tensor(np.ones(2, np.float32), requires_grad=True)
    assert autograd.gradients(widening(x), [x], np.ones(2, np.float32))[0].dtype == np.float32
    with strict(), pytest.raises(TypeError, match="float64 for an input of dtype float32"):
        autograd.gradients(widening(x), [x], np.ones(2, np.float32))

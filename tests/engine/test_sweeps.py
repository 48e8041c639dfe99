"""What a sweep visits, refuses and leaves alone, where a wrong answer would show only in company or in time."""

import re
import threading
from collections.abc import Callable, Iterator

import numpy as np
import pytest

import autograd
from autograd import Tensor, graph


def test_a_leaf_that_changed_hinders_only_what_saved_it() -> None:
    x, y, z = (Tensor([float(n)], requires_grad=True) for n in (1, 2, 3))
    before = (x * y).sum()
    z.data = np.array([5.0])  # part of no graph
    before.backward(retain_graph=True)
    y.data = np.array([7.0])
    with pytest.raises(RuntimeError, match=r"a leaf of shape \(1,\) was changed after 'multiply'"):
        before.backward()
    after = (x * y * z).sum()
    after.backward()
    assert (x.grad.tolist(), y.grad.tolist(), z.grad.tolist()) == ([2.0 + 35.0], [1.0 + 5.0], [7.0])


def test_the_second_argument_is_watched_as_the_first() -> None:
    x, y = Tensor([1.0], requires_grad=True), Tensor([2.0], requires_grad=True)
    product = (x * y).sum()
    y.data = np.array([5.0])
    with pytest.raises(RuntimeError, match="was changed after 'multiply'"):
        product.backward()


def test_a_checkpoint_is_swept_no_further_than_to_where_it_began(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else a chain of n segments would take n² steps."""
    x = Tensor(0.5, requires_grad=True)
    y = x
    for _ in range(50):
        y = autograd.sin(y)
    z = autograd.checkpoint(lambda v: v * autograd.tanh(v) * y, y)
    lengths: list[int] = []
    monkeypatch.setattr(graph, "refuse_changed", lambda order: lengths.append(len(order)))
    z.backward()
    assert sorted(lengths) == [4, 52]


def test_a_decorated_function_may_run_in_several_threads_at_once() -> None:
    """The second call begins inside the first and ends behind it."""
    entered, leave, found = threading.Event(), threading.Event(), []

    @autograd.no_grad()
    def quiet(inside: Callable[[], object]) -> bool:
        inside()
        return autograd.is_recording()

    def second() -> None:
        found.append(quiet(lambda: (entered.set(), leave.wait(10))))
        found.append(autograd.is_recording())

    def begin_second() -> None:
        thread.start()
        assert entered.wait(10)

    thread = threading.Thread(target=second)
    try:
        inside = quiet(begin_second)
    finally:
        leave.set()
        thread.join()
    assert (inside, autograd.is_recording(), found) == (False, True, [False, True])


def test_a_decorated_function_may_call_itself() -> None:
    @autograd.enable_grad()
    def down(n: int) -> bool:
        return autograd.is_recording() and (n == 0 or down(n - 1))

    with autograd.no_grad():
        assert down(3) and not autograd.is_recording()


def test_what_nothing_arrives_at_gets_nothing_and_hands_nothing_on() -> None:
    """A segment of two results, of which one is used: the other's leaf is found by the sweep and gets no gradient."""
    x, y, z = (Tensor([1.0, 2.0], requires_grad=True) for _ in range(3))
    first, _ = autograd.checkpoint(lambda a, b, c: (a * a, b * c), x, y, autograd.sin(z))
    first.sum().backward()
    assert x.grad.tolist() == [2.0, 4.0] and y.grad is None and z.grad is None


def test_a_sweep_within_a_sweep_forgets_no_choice_of_the_outer_one() -> None:
    """where() leaves log(0) out; the segment behind it is swept in between."""
    x = Tensor([0.0, 1.0], requires_grad=True)
    with np.errstate(divide="ignore"):
        logarithm = autograd.log(x)
    other = autograd.checkpoint(autograd.exp, x)
    autograd.where(x.data > 0, logarithm, other).sum().backward()
    assert x.grad.tolist() == [1.0, 1.0]


def test_slopes_without_end_behind_a_choice_warn_nobody() -> None:
    x = Tensor([0.0, 4.0], requires_grad=True)
    with np.errstate(divide="ignore"):
        found = [autograd.where(x.data > 0, y, 0.0) for y in (1.0 / x, autograd.sqrt(x), autograd.log(x))]
    sum(found).sum().backward()  # pytest makes a warning an error
    assert x.grad.tolist() == [0.0, -1 / 16 + 0.25 + 0.25]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("rows", [4095, 4096, 4097, 9000])
def test_any_number_of_rows_is_summed_whole(rows: int, dtype: type) -> None:
    bias = Tensor(np.zeros(2, dtype), requires_grad=True)
    (np.ones((rows, 2), dtype) * np.array([1, 2], dtype) * (bias + 1)).sum().backward()
    assert bias.grad.tolist() == [rows, 2 * rows] and bias.grad.dtype == dtype


@pytest.mark.parametrize("shape", [(), (3,), (2, 1), (2, 4), (4, 2, 1)])
def test_a_gradient_that_broadcasting_cannot_have_given_is_refused(shape: tuple[int, ...]) -> None:
    x = Tensor(np.ones((2, 3)), requires_grad=True)
    with pytest.raises(ValueError, match=rf"a rule returned a gradient of shape {re.escape(str(shape))} for a leaf of shape \(2, 3\)"):
        graph.fit(x.node, np.ones(shape))


def test_a_sweep_forgets_its_choices() -> None:
    x = Tensor([1.0], requires_grad=True)
    autograd.where(x.data > 0, x * 2.0, 0.0).sum().backward()
    assert not graph._behind, "nodes of a sweep that is over would live for ever"


def test_without_a_choice_nothing_is_hidden_from_whoever_watches() -> None:
    x = Tensor([0.0, 4.0], requires_grad=True)
    y = autograd.sqrt(x)
    with np.errstate(all="ignore"):
        (sent,) = graph.contributions(y.node, y.node.parents, y.node.saved, np.array([0.0, 1.0]), set())
        (kept,) = graph.contributions(y.node, y.node.parents, y.node.saved, np.array([0.0, 1.0]), {y.node})
    assert np.isnan(sent[0]) and sent[1] == 0.25 and kept.tolist() == [0.0, 0.25]


def test_gradients_visit_only_what_leads_to_their_inputs(drawn: list[str]) -> None:
    noted = autograd.op(lambda x: x * 2.0, name="noted", x=lambda g: drawn.append("noted") or 2.0 * g)
    x, y = Tensor([1.0], requires_grad=True), Tensor([1.0], requires_grad=True)
    loss = (x * noted(y)).sum()
    assert autograd.gradients(loss, x, retain_graph=True).tolist() == [2.0] and drawn == []
    assert autograd.gradients(loss, y).tolist() == [2.0] and drawn == ["noted"]


@pytest.fixture
def drawn() -> Iterator[list[str]]:
    """What rules of an operation of the test's own noted; the operation is forgotten behind the test."""
    yield []
    autograd.registry.pop("noted", None)


def test_a_number_for_an_array_is_refused(drawn: list[str]) -> None:
    noted = autograd.op(lambda x: x * 2.0, name="noted", x=lambda g: 2.0)
    x = Tensor([1.0, 1.0], requires_grad=True)
    with pytest.raises(ValueError, match=r"a rule returned a gradient of shape \(\) for a leaf of shape \(2,\)"):
        noted(x).sum().backward()
    for one in (1, 1.0):
        assert type(graph.fit(Tensor(1.0, requires_grad=True).node, one)) is float


def test_the_third_contribution_is_added_in_place_and_the_first_is_left_alone() -> None:
    node, first = Tensor(np.zeros(3), requires_grad=True).node, np.ones(3)
    node.slot = graph.PENDING
    graph.accumulate(node, first)
    graph.accumulate(node, first)
    second = id(node.slot)
    graph.accumulate(node, first)
    assert id(node.slot) == second and node.slot.tolist() == [3.0] * 3 and first.tolist() == [1.0] * 3
    node.slot = None


@pytest.mark.parametrize("wide, shape", [((3, 3, 4), (3, 4)), ((4, 4, 4), (4, 4)), ((2, 3, 1), (3, 1)), ((5, 5), (5,)), ((2, 3), (1, 3))])
def test_sums_down_to_a_shape(wide: tuple[int, ...], shape: tuple[int, ...]) -> None:
    given = np.random.default_rng(0).standard_normal(wide)
    lead = len(wide) - len(shape)
    kept = tuple(lead + i for i, n in enumerate(shape) if n == 1 and wide[lead + i] != 1)
    np.testing.assert_allclose(graph.sum_to(given, shape), given.sum(kept, keepdims=True).sum(tuple(range(lead))), rtol=1e-12)


def test_every_operand_is_watched_for_changes() -> None:
    a, b, c = (Tensor(np.full((2, 2), n), requires_grad=True) for n in (1.0, 2.0, 3.0))
    product = autograd.einsum("ij,jk,kl->", a, b, c)
    c.data = c.data * 2.0
    with pytest.raises(RuntimeError, match="was changed after 'einsum'"):
        product.backward()


def test_values_of_leaves_in_a_list_are_kept_for_pictures() -> None:
    x, y = Tensor([1.0], requires_grad=True), Tensor([2.0], requires_grad=True)
    with autograd.keeping():
        both = autograd.stack([x, y])
    assert [parent.value.tolist() for parent in both.node.parents] == [[1.0], [2.0]] and both.node.value.tolist() == [[1.0], [2.0]]


def test_nodes_say_what_they_are() -> None:
    x = Tensor([1.0], requires_grad=True)
    with autograd.scope("block"):
        y = x * x
    y.name = "square"
    number = y.node.number
    assert repr(y.node) == f"<multiply 'square' #{number}, shape (1,), float64 in 'block'>"
    assert repr(x.node) == f"<leaf #{x.node.number}, shape (1,), float64>"
    assert x.node.is_leaf and not y.node.is_leaf and graph.describe(y.node) == "'multiply' named 'square' of shape (1,) in scope 'block'"


def test_what_is_detached_or_assigned_brings_no_graph_along() -> None:
    x, y = Tensor([1.0]), Tensor([2.0], requires_grad=True)
    assert x.detach().requires_grad_().requires_grad and not x.requires_grad
    y.grad = y * 3.0
    assert not y.grad.requires_grad and y.grad.tolist() == [6.0]


@pytest.mark.parametrize("value", [3.0, [1.0, 2.0]])
@pytest.mark.parametrize("returned", [None, [1.0], "text", {}])
def test_a_rule_that_returns_no_gradient_is_named(returned: object, value: float | list[float]) -> None:
    """A forgotten `return` was a gradient of 0."""
    forgetful = autograd.op(lambda x: x * 2.0, name="forgetful", x=lambda g: returned)
    autograd.registry.pop("forgetful")
    x = Tensor(value, requires_grad=True)
    y = np.sum(forgetful(x))
    with pytest.raises(TypeError, match=f"a rule returned {'None' if returned is None else type(returned).__name__}"):
        y.backward()
    assert x.grad is None

"""What a sweep visits, refuses and leaves alone, where a wrong answer would show only in company or in time."""

import threading
from collections.abc import Callable

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
    together = threading.Barrier(2, timeout=10)
    found: list[bool] = []

    @autograd.no_grad()
    def quiet(wait: Callable[[], object]) -> bool:
        together.wait()
        wait()
        return autograd.is_recording()

    def first() -> None:
        found.append(quiet(second_is_done.wait))
        found.append(autograd.is_recording())

    second_is_done = threading.Event()
    thread = threading.Thread(target=first)
    thread.start()
    try:
        inside = quiet(lambda: None)
    finally:
        second_is_done.set()
        thread.join()
    assert (inside, autograd.is_recording(), found) == (False, True, [False, True])


def test_a_decorated_function_may_call_itself() -> None:
    @autograd.enable_grad()
    def down(n: int) -> bool:
        return autograd.is_recording() and (n == 0 or down(n - 1))

    with autograd.no_grad():
        assert down(3) and not autograd.is_recording()

"""A network in a session, in any order: grown, shared, frozen, cast, trained, saved, loaded, hooked, copied, deleted.

Beside it stands a plain account of what must be there: for each name the array's values. After every step both agree.
"""

from __future__ import annotations

import copy
import gc
import pickle
import threading
import weakref
from typing import Any

import numpy as np
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

import nn
from autograd import Tensor

SIZE = 2
X = np.array([[0.5, -1.0], [0.25, 2.0]], np.float32)


class Entry:
    """One layer: its values, as they must be; layers that are shared are one entry under several names."""

    def __init__(self, layer: nn.Linear) -> None:
        self.layer = layer
        self.values = {name: np.array(tensor.data) for name, tensor in layer.named_parameters()}
        self.frozen = False


class Session(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        gc.collect()
        gc.disable()  # what is dropped must go without its help
        self.net = nn.Sequential()
        self.names: list[str] = []
        self.entries: dict[str, Entry] = {}
        self.training = True
        self.saved: dict[str, Any] | None = None
        self.called = 0
        self.handles: list[Any] = []
        self.dropped: list[weakref.ref[Any]] = []

    # ------------------------------------------------------------------------------------------------------ growing

    @initialize()
    def one_layer(self) -> None:
        self.add(0)

    @rule(seed=st.integers(0, 9))
    def add(self, seed: int) -> None:
        if len(self.names) < 5:
            nn.manual_seed(seed)
            self._put(Entry(nn.Linear(SIZE, SIZE)))

    def _put(self, entry: Entry) -> None:
        name = str(len(self.names))
        self.net.append(entry.layer)
        entry.layer.train(self.training)
        self.names.append(name)
        self.entries[name] = entry

    @rule(which=st.integers(0, 99))
    def share(self, which: int) -> None:
        if len(self.names) < 5:
            self._put(self._entry(which))

    def _entry(self, which: int) -> Entry:
        return self.entries[self.names[which % len(self.names)]]

    @precondition(lambda self: len(self.names) > 1)
    @rule()
    def delete_last(self) -> None:
        """Whatever has no other name left is gone at once."""
        name = self.names.pop()
        entry = self.entries.pop(name)
        del self.net[-1]
        self.saved = None
        if entry not in self.entries.values():
            gone = weakref.ref(entry.layer)
            del entry
            assert gone() is None

    # ------------------------------------------------------------------------------------------------------ switching

    @rule(mode=st.booleans())
    def train(self, mode: bool) -> None:
        self.net.train(mode)
        self.training = mode

    @rule(which=st.integers(0, 99), frozen=st.booleans())
    def freeze(self, which: int, frozen: bool) -> None:
        entry = self._entry(which)
        entry.layer.requires_grad_(not frozen)
        entry.frozen = frozen

    @rule()
    def hook(self) -> None:
        self.handles.append(self.net.register_forward_hook(lambda module, args, out: self._count()))

    def _count(self) -> None:
        self.called += 1

    @precondition(lambda self: self.handles)
    @rule()
    def unhook(self) -> None:
        self.handles.pop().remove()

    # ------------------------------------------------------------------------------------------------------ using

    @rule()
    def step(self) -> None:
        """One step of gradient descent; what is frozen stays, what is shared moves once, by the sum of its gradients."""
        before = self.called
        loss = (self.net(X) ** 2).mean()
        assert self.called == before + len(self.handles)
        if all(entry.frozen for entry in self.entries.values()):
            assert not loss.requires_grad
            return
        loss.backward()
        trained = [p for p in self.net.parameters() if p.requires_grad]
        assert all(p.grad is not None for p in trained)
        nn.optim.SGD(trained, lr=0.1).step()
        for entry in set(self.entries.values()):
            for name, p in entry.layer.named_parameters():
                if not entry.frozen:
                    entry.values[name] = entry.values[name] - np.float32(0.1) * p.grad.data
        self.net.zero_grad()

    @rule()
    def call_from_a_thread(self) -> None:
        """The same values, and its own recording."""
        found: list[Any] = []
        worker = threading.Thread(target=lambda: found.append(self.net(X).data))
        worker.start()
        worker.join()
        np.testing.assert_array_equal(found[0], self.net(X).data)

    @rule()
    def failed_call(self) -> None:
        with pytest.raises(ValueError):
            self.net(np.zeros((2, SIZE + 1), np.float32))

    # ------------------------------------------------------------------------------------------------------ keeping

    @rule()
    def save(self) -> None:
        self.saved = self.net.state_dict()

    @precondition(lambda self: self.saved is not None)
    @rule()
    def load(self) -> None:
        assert self.saved is not None
        if len(self.saved) != 2 * len(self.names):
            with pytest.raises(ValueError, match="missing"):
                self.net.load_state_dict(self.saved)
            return
        self.net.load_state_dict(self.saved)
        for name in self.names:  # a shared layer has the value under its last name, as every assignment does
            for own in ("weight", "bias"):
                self.entries[name].values[own] = np.array(self.saved[f"{name}.{own}"].data)

    @rule()
    def copy_is_another(self) -> None:
        for twin in (copy.deepcopy(self.net), pickle.loads(pickle.dumps(self._without_hooks()))):
            np.testing.assert_array_equal(twin(X).data, self._without_hooks()(X).data)
            assert not set(map(id, twin.parameters())) & set(map(id, self.net.parameters()))
            assert len(list(twin.parameters())) == len(list(self.net.parameters()))  # what is shared stays shared
            assert [p.requires_grad for p in twin.parameters()] == [p.requires_grad for p in self.net.parameters()]

    def _without_hooks(self) -> Any:
        while self.handles:
            self.handles.pop().remove()
        return self.net

    # ------------------------------------------------------------------------------------------------------ invariants

    @invariant()
    def values_are_as_accounted(self) -> None:
        for name in self.names:
            for own, values in self.entries[name].values.items():
                np.testing.assert_allclose(self.net.get_parameter(f"{name}.{own}").data, values, rtol=1e-6, atol=1e-7)

    @invariant()
    def names_and_modes_are_as_accounted(self) -> None:
        unique = list(dict.fromkeys(self.entries[name] for name in self.names))
        assert list(self.net.state_dict()) == [f"{name}.{own}" for name in self.names for own in ("weight", "bias")]
        assert len(list(self.net.parameters())) == 2 * len(unique) and len(list(self.net.children())) == len(unique)
        assert all(module.training is self.training for module in self.net.modules())
        for name in self.names:
            assert all(p.requires_grad is not self.entries[name].frozen for p in self.entries[name].layer.parameters())

    @invariant()
    def no_gradient_lingers(self) -> None:
        assert all(p.grad is None for p in self.net.parameters())

    def teardown(self) -> None:
        gone = weakref.ref(self.net)
        arrays = [weakref.ref(p) for p in self.net.parameters()]
        self.entries.clear()
        self.handles.clear()
        del self.net
        try:
            assert gone() is None and all(array() is None for array in arrays)
        finally:
            gc.enable()


TestSession = Session.TestCase
TestSession.settings = settings(max_examples=25, stateful_step_count=20, deadline=None)


def test_two_threads_train_two_networks() -> None:
    """Recording, scopes and sweeps of one thread are nothing to the other."""

    def trained(seed: int) -> list[Any]:
        nn.manual_seed(seed)
        net = nn.Sequential(nn.Linear(SIZE, 4), nn.Tanh(), nn.Linear(4, SIZE))
        return [net, nn.optim.Adam(net.parameters(), lr=0.05)]

    def run(net: Any, optimizer: Any) -> None:
        for _ in range(20):
            loss = (net(Tensor(X)) ** 2).sum()
            loss.backward()
            optimizer.step()
            optimizer.zero_grad()

    alone, together = [trained(s) for s in (0, 1)], [trained(s) for s in (0, 1)]
    for pair in alone:
        run(*pair)
    workers = [threading.Thread(target=run, args=pair) for pair in together]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    for (one, _), (other, _) in zip(alone, together):
        for a, b in zip(one.parameters(), other.parameters()):
            np.testing.assert_array_equal(a.data, b.data)

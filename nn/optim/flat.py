"""Many small parameters, moved by a few array operations.

A step's cost on small parameters is the calls, not the arithmetic: 200 parameters of 64×64 are 1,000 calls of NumPy for Adam.
So their gradients and values are gathered into one flat array, the update runs on that once, and the values go back. The state
stays flat between steps; each parameter's own state is views of it, so `state_dict` and whoever looks sees what was always there.
The parameters' arrays stay where they are: a view that a user holds of one goes on being its view.

Measured on 50 dense blocks of width 64 (202 parameters): Adam's step 2.6 ms one by one, 1.6 ms together. SGD makes three calls a
parameter, and gathering costs those: 0.9 ms either way, so it goes one by one.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import Any

import numpy as np

from autograd import Tensor

Array = np.ndarray[Any, Any]
State = dict[str, Any]
LARGEST = 2**13  # elements of a parameter: above this the memory traffic of gathering costs more than the calls it saves
CACHED = 2**15  # elements of a flat array: its values, gradients, state and temporaries stay in the cache


class Flat:
    """Parameters of one dtype whose states have the same entries and the same count of steps."""

    def __init__(self, parameters: Sequence[Tensor], states: Sequence[State]) -> None:
        self.parameters, self.states = parameters, states
        self.values, self.gradients = (np.empty(sum(p.size for p in parameters), parameters[0].dtype) for _ in range(2))
        self.pieces = self._pieces(self.values)
        self.state: State = {}
        self.views: dict[str, list[Array]] = {}
        for name, value in states[0].items():
            self._hold(name, np.concatenate([own[name].ravel() for own in states]) if isinstance(value, np.ndarray) else value)

    def _pieces(self, flat: Array) -> list[Array]:
        parts = np.split(flat, np.cumsum([p.size for p in self.parameters])[:-1])
        return [part.reshape(p.shape) for part, p in zip(parts, self.parameters, strict=True)]

    def _hold(self, name: str, value: Any) -> None:
        """Keep `value` as the common entry `name`, and each parameter's part of it as its own."""
        self.state[name] = value
        own: Iterable[Any] = [value] * len(self.states)
        if isinstance(value, np.ndarray):
            own = self.views[name] = self._pieces(value)
        for state, part in zip(self.states, own, strict=True):
            state[name] = part

    def current(self, states: dict[Tensor, State]) -> bool:
        """Whether every state is still as this left it: nobody loaded, replaced or removed one, or an entry of one."""
        mine = all(states.get(p) is own for p, own in zip(self.parameters, self.states, strict=True))
        return mine and all(own.keys() == self.state.keys() for own in self.states) and all(map(self._same, self.state))

    def _same(self, name: str) -> bool:
        if name in self.views:
            return all(own[name] is view for own, view in zip(self.states, self.views[name], strict=True))
        return all(own[name] == self.state[name] for own in self.states)

    def update(self, rule: Callable[[Array, Array, State, State], None], group: State) -> None:
        """Run the optimiser's rule on all parameters at once."""
        np.concatenate([p.data.ravel() for p in self.parameters], out=self.values)
        np.concatenate([p.grad.data.ravel() for p in self.parameters], out=self.gradients)  # type: ignore[union-attr]
        if group["maximize"]:
            np.negative(self.gradients, out=self.gradients)
        before = dict(self.state)
        rule(self.values, self.gradients, self.state, group)
        for name in [name for name, value in self.state.items() if value is not before.get(name)]:
            self._hold(name, self.state[name])
        for parameter, piece in zip(self.parameters, self.pieces, strict=True):
            np.copyto(parameter.data, piece)
            parameter.changed()


def gathered(states: dict[Tensor, State]) -> tuple[list[Flat], list[Tensor]]:
    """Flats of what can be moved together, and the parameters that go one by one."""
    together: dict[Hashable, list[Tensor]] = {}
    alone = []
    for parameter, own in states.items():
        if 0 < parameter.ndim and parameter.size <= LARGEST:
            plain = tuple((k, None if isinstance(v, np.ndarray) else v) for k, v in own.items())
            together.setdefault((parameter.dtype, plain), []).append(parameter)
        else:
            alone.append(parameter)
    runs = [run for parameters in together.values() for run in _runs(parameters)]
    return [Flat(run, [states[p] for p in run]) for run in runs], alone


def _runs(parameters: list[Tensor]) -> list[list[Tensor]]:
    """Neighbours of at most CACHED elements together."""
    runs, held = [[parameters[0]]], parameters[0].size
    for parameter in parameters[1:]:
        held += parameter.size
        if held > CACHED:
            runs.append([])
            held = parameter.size
        runs[-1].append(parameter)
    return runs

"""Many small parameters, moved by a few array operations.

A step's cost on small parameters is the calls, not the arithmetic: 200 parameters of 64×64 are 1,000 calls of NumPy for Adam.
So they live in one flat array, an arena, of which each parameter's own array is a view; their gradients are gathered, and the
update runs on everything at once. The state is flat too, and each parameter's own state is views of it, so that `state_dict`
and whoever looks sees what was always there.

An array that somebody else holds stays where it is (a view that a user took of a parameter goes on being its view): its values
are copied into the arena and back.

Measured on 50 dense blocks of width 64 (202 parameters): Adam's step 2.6 ms one by one, SGD's 0.54 ms; see docs/performance.md.
"""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import Any

import numpy as np

from autograd import Tensor

Array = np.ndarray[Any, Any]
State = dict[str, Any]
LARGEST = 2**13  # elements of a parameter: above this the memory traffic of gathering costs more than the calls it saves
CACHED = 2**15  # elements of a flat array: its values, gradients, state and temporaries stay in the cache
ALIGNED = 16  # elements: parameters of a multiple of it come first, so that they begin at the start of a cache line


class Flat:
    """Parameters of one dtype whose states have the same entries and the same count of steps."""

    def __init__(self, parameters: Sequence[Tensor], states: Sequence[State]) -> None:
        self.parameters, self.states = parameters, states
        self.values, self.gradients = (np.empty(sum(p.size for p in parameters), parameters[0].dtype) for _ in range(2))
        self.pieces = self._pieces(self.values)
        self._read(parameters, self.values)
        self._move()
        self.state: State = {}
        self.views: dict[str, list[Array]] = {}
        for name, value in states[0].items():
            self._hold(name, np.concatenate([own[name].ravel() for own in states]) if isinstance(value, np.ndarray) else value)

    def _pieces(self, flat: Array) -> list[Array]:
        parts = np.split(flat, np.cumsum([p.size for p in self.parameters])[:-1])
        return [part.reshape(p.shape) for part, p in zip(parts, self.parameters, strict=True)]

    def _move(self) -> None:
        """Make the pieces the parameters' arrays, where nobody would miss the old ones."""
        self.away = []
        for parameter, piece in zip(self.parameters, self.pieces, strict=True):
            if _held(parameter):
                self.away.append((parameter, piece))
            else:
                parameter.data = piece

    def _hold(self, name: str, value: Any) -> None:
        """Keep `value` as the common entry `name`, and each parameter's part of it as its own."""
        self.state[name] = value
        own: Iterable[Any] = [value] * len(self.states)
        if isinstance(value, np.ndarray):
            own = self.views[name] = self._pieces(value)
        for state, part in zip(self.states, own, strict=True):
            state[name] = part

    def current(self, states: dict[Tensor, State]) -> bool:
        """Whether all is as this left it: nobody loaded, replaced or removed a state, an entry of one, or a parameter's array."""
        return (
            all([states.get(p) is own for p, own in zip(self.parameters, self.states, strict=True)])
            and self._in_place()
            and (not self.state or all(own.keys() == self.state.keys() for own in self.states))
            and all(map(self._same, self.state))
        )

    def _in_place(self) -> bool:
        moved = sum([p.data is piece for p, piece in zip(self.parameters, self.pieces, strict=True)])
        return moved + len(self.away) == len(self.parameters)

    def _same(self, name: str) -> bool:
        if name in self.views:
            return all(own[name] is view for own, view in zip(self.states, self.views[name], strict=True))
        return all(own[name] == self.state[name] for own in self.states)

    def update(self, rule: Callable[[Array, Array, State, State], None], group: State) -> None:
        """Run the optimiser's rule on all parameters at once."""
        for parameter, piece in self.away:
            np.copyto(piece, parameter.data)
        self._read([p.grad for p in self.parameters], self.gradients)  # type: ignore[misc]
        if group["maximize"]:
            np.negative(self.gradients, out=self.gradients)
        before = dict(self.state)
        rule(self.values, self.gradients, self.state, group)
        for name in [name for name, value in self.state.items() if value is not before.get(name)]:
            self._hold(name, self.state[name])
        self._write()

    def _read(self, tensors: Iterable[Tensor], flat: Array) -> None:
        np.concatenate([tensor.data.ravel() for tensor in tensors], out=flat)

    def _write(self) -> None:
        for parameter, piece in self.away:
            np.copyto(parameter.data, piece)
        for parameter in self.parameters:
            parameter.changed()


class FlatNumbers(Flat):
    """The same for 0-d parameters, which hold numbers and no arrays that could be written into."""

    def _move(self) -> None:
        self.away = []

    def _in_place(self) -> bool:
        return True

    def update(self, rule: Callable[[Array, Array, State, State], None], group: State) -> None:
        self._read(self.parameters, self.values)
        super().update(rule, group)

    def _read(self, tensors: Iterable[Tensor], flat: Array) -> None:
        flat[:] = [tensor.item() for tensor in tensors]

    def _write(self) -> None:
        numbers = self.values.tolist() if self.values.dtype == np.float64 else self.values
        for parameter, number in zip(self.parameters, numbers, strict=True):
            parameter.data = number


def _held(parameter: Tensor) -> bool:
    """Whether anyone but the tensor holds its array, or another array of the same memory."""
    return sys.getrefcount(parameter.data) > _alone() or parameter.data.base is not None


@functools.cache
def _alone() -> int:
    """The reference count that `_held` sees for an array that only its tensor holds."""
    probe = Tensor(np.zeros(1))
    return sys.getrefcount(probe.data)


def gathered(states: dict[Tensor, State]) -> tuple[list[Flat], list[Tensor]]:
    """Flats of what can be moved together, and the parameters that go one by one."""
    together: dict[Hashable, list[Tensor]] = {}
    alone = []
    for parameter, own in sorted(states.items(), key=lambda item: item[0].size % ALIGNED != 0):
        if parameter.size <= LARGEST:
            plain = tuple((k, None if isinstance(v, np.ndarray) else v) for k, v in own.items())
            together.setdefault((parameter.dtype, parameter.ndim == 0, plain), []).append(parameter)
        else:
            alone.append(parameter)
    runs = [run for parameters in together.values() for run in _runs(parameters)]
    return [(Flat if run[0].ndim else FlatNumbers)(run, [states[p] for p in run]) for run in runs], alone


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

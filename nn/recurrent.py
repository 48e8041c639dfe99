"""Recurrent layers and their cells, under PyTorch's names, arguments and state names.

A sequence is a list of steps (1, N, features) from layer to layer: no step is cut out of a tensor of all of them, whose gradient would
be written whole for every step.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import sqrt
from typing import Any

import numpy as np

import autograd
from nn import functional as F
from nn import init
from nn.module import Module, Parameter
from nn.randomness import generator_or_shared

State = tuple[Any, ...]  # h, or h and c

# ------------------------------------------------------------------------------------------------- one step, of gates


def _gates(x: Any, count: int) -> list[Any]:
    size = x.shape[-1] // count
    return [x[..., part * size : (part + 1) * size] for part in range(count)]


def _elman(sigma: Callable[[Any], Any]) -> Callable[[Any, Any, State], State]:
    """h' = σ(W x + b + V h + c) (Elman 1990)."""
    return lambda x, recurrent, state: (sigma(x + recurrent),)


def _gru(x: Any, recurrent: Any, state: State) -> State:
    """h' = (1 - z) ⊙ n + z ⊙ h: a skip from h that z gates (Cho et al. 2014)."""
    (reset, update, new), (reset_h, update_h, new_h) = _gates(x, 3), _gates(recurrent, 3)
    r, z = autograd.sigmoid(reset + reset_h), autograd.sigmoid(update + update_h)
    return ((1.0 - z) * autograd.tanh(new + r * new_h) + z * state[0],)


def _lstm(x: Any, recurrent: Any, state: State) -> State:
    """c' = f ⊙ c + i ⊙ g, h' = o ⊙ tanh(c') (Hochreiter and Schmidhuber 1997; Gers et al. 2000): a skip from c that f gates."""
    i, f, g, o = _gates(x + recurrent, 4)
    c = autograd.sigmoid(f) * state[1] + autograd.sigmoid(i) * autograd.tanh(g)
    return autograd.sigmoid(o) * autograd.tanh(c), c


# How many gates, how many states, the step.
MODES: dict[str, tuple[int, int, Callable[[Any, Any, State], State]]] = {
    "RNN_TANH": (1, 1, _elman(autograd.tanh)), "RNN_RELU": (1, 1, _elman(autograd.relu)), "GRU": (3, 1, _gru), "LSTM": (4, 2, _lstm),
}  # fmt: skip


def _mode(nonlinearity: str, name: str) -> str:
    if nonlinearity not in ("tanh", "relu"):
        raise ValueError(f"{name}: nonlinearity is 'tanh' or 'relu', given {nonlinearity!r}")
    return f"RNN_{nonlinearity.upper()}"


def _check(name: str, **given: Any) -> None:
    """Sizes are whole numbers above 0, the rest are True or False."""
    for argument, value in given.items():
        kind = int if argument.endswith(("size", "layers")) else bool
        if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            raise TypeError(f"{name}: {argument} should be of type {kind.__name__}, got: {type(value).__name__}")
        if kind is int and value < 1:
            raise ValueError(f"{name}: {argument} must be greater than zero, given {value}")


class _Recurrence(Module):
    """What cells and layers share: weights of so many gates, drawn uniformly from ±1/√hidden_size."""

    mode: str
    hidden_size: int

    def _weights(self, suffix: str, inputs: int, states: int, bias: bool, dtype: Any, projected: int = 0) -> None:
        rows = MODES[self.mode][0] * self.hidden_size
        shapes: dict[str, tuple[int, ...]] = {"weight_ih": (rows, inputs), "weight_hh": (rows, states)}
        shapes |= {"bias_ih": (rows,), "bias_hh": (rows,)} if bias else {}
        shapes |= {"weight_hr": (projected, self.hidden_size)} if projected else {}
        for name, shape in shapes.items():
            setattr(self, name + suffix, Parameter(np.empty(shape, dtype), dtype=dtype))

    def reset_parameters(self, generator: Any = None) -> None:
        """Draw the first values again."""
        bound, random = 1 / sqrt(self.hidden_size), generator_or_shared(generator)
        for parameter in self.parameters():
            init.uniform_(parameter, -bound, bound, random)

    def _step(self, x: Any, state: State, suffix: str = "") -> State:
        w_ih, w_hh, b_ih, b_hh, w_hr = (
            getattr(self, name + suffix, None) for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh", "weight_hr")
        )
        state = MODES[self.mode][2](F.linear(x, w_ih, b_ih), F.linear(state[0], w_hh, b_hh), state)
        return state if w_hr is None else (F.linear(state[0], w_hr), *state[1:])

    def _taken(self, input: Any) -> Any:
        x, weight = autograd.as_tensor(input), next(self.parameters())
        if x.dtype != weight.dtype:
            raise ValueError(
                f"{type(self).__name__}: input dtype {x.dtype} does not match weight dtype {weight.dtype}; "
                f"convert the input, x.astype({weight.dtype.name!r}), or the module, .float() or .double()"
            )
        return x


# ----------------------------------------------------------------------------------------------------------------- cells


class _Cell(_Recurrence):
    def __init__(
        self, input_size: int, hidden_size: int, bias: bool = True, dtype: Any = np.float32, generator: Any = None
    ) -> None:
        _check(type(self).__name__, input_size=input_size, hidden_size=hidden_size)
        self.input_size, self.hidden_size, self.bias = input_size, hidden_size, bool(bias)
        self._weights("", input_size, hidden_size, self.bias, dtype)
        self.reset_parameters(generator)

    def forward(self, input: Any, hx: Any = None) -> Any:
        x = self._taken(input)
        self._check_input(x)
        state = self._step(x, self._first(x, hx))
        return state if len(state) > 1 else state[0]

    def _check_input(self, x: Any) -> None:
        if x.ndim not in (1, 2) or x.shape[-1] != self.input_size:
            wanted = f"(N, {self.input_size}) or ({self.input_size},)"
            raise ValueError(f"{type(self).__name__}: input is of shape {wanted}, given {x.shape}")

    def _first(self, x: Any, hx: Any) -> State:
        """h, or h and c; zeros where none is given."""
        shape, count = (*x.shape[:-1], self.hidden_size), MODES[self.mode][1]
        if hx is None:
            return (autograd.as_tensor(np.zeros((1,) * (x.ndim - 1) + shape[-1:], x.dtype)),) * count
        given = tuple(autograd.as_tensor(each) for each in (hx if count > 1 else (hx,)))
        if len(given) != count or any(each.shape != shape for each in given):
            shapes = ", ".join(str(each.shape) for each in given)
            raise ValueError(f"{type(self).__name__}: for input {x.shape} the state is {count} of shape {shape}, given {shapes}")
        return given

    def extra_repr(self) -> str:
        return f"{self.input_size}, {self.hidden_size}" + ("" if self.bias else ", bias=False")


class RNNCell(_Cell):
    """One step of `RNN`: h' = σ(W x + b + V h + c).

    Examples
    --------
    >>> import numpy as np, nn
    >>> nn.RNNCell(3, 4)(np.zeros((2, 3), np.float32)).shape
    (2, 4)
    """

    def __init__(
        self, input_size: int, hidden_size: int, bias: bool = True, nonlinearity: str = "tanh", dtype: Any = np.float32,
        generator: Any = None,
    ) -> None:  # fmt: skip
        self.nonlinearity, self.mode = nonlinearity, _mode(nonlinearity, "RNNCell")
        super().__init__(input_size, hidden_size, bias, dtype, generator)

    def extra_repr(self) -> str:
        return super().extra_repr() + ("" if self.nonlinearity == "tanh" else f", nonlinearity={self.nonlinearity}")


class GRUCell(_Cell):
    """One step of `GRU`."""

    mode = "GRU"


class LSTMCell(_Cell):
    """One step of `LSTM`: takes and gives (h, c)."""

    mode = "LSTM"


# ---------------------------------------------------------------------------------------------------------------- layers


class RNNBase(_Recurrence):
    """A recurrence over a sequence (L, N, features), or (N, L, features) with `batch_first`, or one (L, features).

    Parameters
    ----------
    input_size, hidden_size, num_layers : int
    bias : bool
    batch_first : bool
        Of input and output; states are (layers · directions, N, hidden_size) either way.
    dropout : float
        Between layers, in training.
    bidirectional : bool
        A second recurrence from the end to the beginning; the outputs lie side by side.

    Returns
    -------
    output, state
        The last layer's h of every step, and every layer's and direction's last h (for `LSTM`: h and c).
    """

    def __init__(
        self, input_size: int, hidden_size: int, num_layers: int = 1, bias: bool = True, batch_first: bool = False,
        dropout: float = 0.0, bidirectional: bool = False, dtype: Any = np.float32, generator: Any = None, proj_size: int = 0,
    ) -> None:  # fmt: skip
        name = type(self).__name__
        _check(name, input_size=input_size, hidden_size=hidden_size, num_layers=num_layers, bias=bias, batch_first=batch_first)
        if isinstance(dropout, bool) or not 0 <= dropout <= 1:
            raise ValueError(f"{name}: dropout is a probability between 0 and 1, given {dropout}")
        if not 0 <= proj_size < hidden_size:
            raise ValueError(f"{name}: proj_size is smaller than hidden_size, {hidden_size}, or 0 for none; given {proj_size}")
        self.input_size, self.hidden_size, self.num_layers, self.proj_size = input_size, hidden_size, num_layers, proj_size
        self.bias, self.batch_first, self.dropout, self.bidirectional = bias, batch_first, float(dropout), bool(bidirectional)
        out = proj_size or hidden_size
        for place, suffix in enumerate(self._suffixes()):
            below = input_size if place < self._directions else out * self._directions
            self._weights(suffix, below, out, bias, dtype, proj_size)
        self.reset_parameters(generator)

    @property
    def _directions(self) -> int:
        return 2 if self.bidirectional else 1

    def _suffixes(self) -> list[str]:
        """Of the weights' names, in the order of the states."""
        return [f"_l{layer}{way}" for layer in range(self.num_layers) for way in ("", "_reverse")[: self._directions]]

    @property
    def all_weights(self) -> list[list[Parameter]]:
        """The parameters of each layer and direction."""
        names = ("weight_ih", "weight_hh", "bias_ih", "bias_hh", "weight_hr")
        return [[vars(self)[name + suffix] for name in names if name + suffix in vars(self)] for suffix in self._suffixes()]

    def flatten_parameters(self) -> None:
        """Nothing: PyTorch lays weights out for a GPU here."""

    def forward(self, input: Any, hx: Any = None) -> Any:
        x = self._taken(input)
        if x.ndim not in (2, 3) or x.shape[-1] != self.input_size or not x.size:
            shape = f"({'N, L' if self.batch_first else 'L, N'}, {self.input_size}) or (L, {self.input_size})"
            raise ValueError(f"{type(self).__name__}: input is of shape {shape}, none of them 0, given {x.shape}")
        alone, turned = x.ndim == 2, self.batch_first and x.ndim == 3
        x = x[:, None] if alone else x.swapaxes(0, 1) if turned else x
        states = self._initial(x, hx, alone)
        steps, last = self._through(x, states)
        out = autograd.concatenate(steps, axis=0)
        out = out[:, 0] if alone else out.swapaxes(0, 1) if turned else out
        ends = tuple(autograd.concatenate(parts, axis=0) for parts in zip(*last, strict=True))
        ends = tuple(end[:, 0] for end in ends) if alone else ends
        return out, ends if len(ends) > 1 else ends[0]

    def _initial(self, x: Any, hx: Any, alone: bool) -> list[State]:
        """The first state of each layer and direction, each part (1, N, features)."""
        rows, count = self.num_layers * self._directions, MODES[self.mode][1]
        shapes = [(rows, x.shape[1], self.proj_size or self.hidden_size), (rows, x.shape[1], self.hidden_size)][:count]
        if hx is None:
            given = [autograd.as_tensor(np.zeros((shape[0], 1, shape[2]), x.dtype)) for shape in shapes]  # of whatever N
        else:
            given = [autograd.as_tensor(each) for each in (hx if count > 1 else (hx,))]
            given = [each[:, None] for each in given] if alone and all(each.ndim == 2 for each in given) else given
            self._check_states([each.shape for each in given], shapes)
        return [tuple(each[row : row + 1] for each in given) for row in range(rows)]

    def _check_states(self, given: Sequence[Any], wanted: Sequence[Any]) -> None:
        if list(given) != list(wanted):
            name, what = type(self).__name__, "hx is" if len(wanted) == 1 else "hx is (h, c)"
            raise ValueError(f"{name}: {what} of shape {', '.join(map(str, wanted))}, given {', '.join(map(str, given))}")

    def _through(self, x: Any, states: list[State]) -> tuple[list[Any], list[State]]:
        """The steps of the last layer, and the last state of every layer and direction."""
        steps, suffixes, ends = [x[at : at + 1] for at in range(len(x))], self._suffixes(), []
        for layer in range(self.num_layers):
            if layer and self.dropout:
                steps = [F.dropout(step, self.dropout, training=self.training) for step in steps]
            ways = []
            for place in range(layer * self._directions, (layer + 1) * self._directions):
                way, end = self._along(steps, states[place], suffixes[place])
                ways.append(way)
                ends.append(end)
            steps = ways[0] if len(ways) == 1 else [autograd.concatenate(pair, axis=-1) for pair in zip(*ways, strict=True)]
        return steps, ends

    def _along(self, steps: list[Any], state: State, suffix: str) -> tuple[list[Any], State]:
        """h after each step, in the order of the steps, and the state at the end."""
        order, outs = slice(None, None, -1 if suffix.endswith("reverse") else 1), []
        for step in steps[order]:
            state = self._step(step, state, suffix)
            outs.append(state[0])
        return outs[order], state

    def extra_repr(self) -> str:
        defaults = {"proj_size": 0, "num_layers": 1, "bias": True, "batch_first": False, "dropout": 0.0, "bidirectional": False}
        changed = [f"{name}={getattr(self, name)}" for name, usual in defaults.items() if getattr(self, name) != usual]
        return ", ".join([f"{self.input_size}, {self.hidden_size}", *changed])


class RNN(RNNBase):
    """h' = σ(W x + b + V h + c) over a sequence (Elman 1990); see `RNNBase` for shapes.

    Parameters
    ----------
    nonlinearity : str
        σ: "tanh" or "relu".

    Examples
    --------
    >>> import numpy as np, nn
    >>> out, last = nn.RNN(3, 4, num_layers=2, batch_first=True)(np.zeros((5, 7, 3), np.float32))
    >>> out.shape, last.shape
    ((5, 7, 4), (2, 5, 4))
    """

    def __init__(
        self, input_size: int, hidden_size: int, num_layers: int = 1, nonlinearity: str = "tanh", bias: bool = True,
        batch_first: bool = False, dropout: float = 0.0, bidirectional: bool = False, dtype: Any = np.float32, generator: Any = None,
    ) -> None:  # fmt: skip
        self.nonlinearity, self.mode = nonlinearity, _mode(nonlinearity, "RNN")
        super().__init__(input_size, hidden_size, num_layers, bias, batch_first, dropout, bidirectional, dtype, generator)


class GRU(RNNBase):
    """Gated recurrent units over a sequence (Cho et al. 2014), with PyTorch's reset gate after the product; see `RNNBase`."""

    mode = "GRU"

    def __init__(
        self, input_size: int, hidden_size: int, num_layers: int = 1, bias: bool = True, batch_first: bool = False,
        dropout: float = 0.0, bidirectional: bool = False, dtype: Any = np.float32, generator: Any = None,
    ) -> None:  # fmt: skip
        super().__init__(input_size, hidden_size, num_layers, bias, batch_first, dropout, bidirectional, dtype, generator)


class LSTM(RNNBase):
    """Long short-term memory over a sequence (Hochreiter and Schmidhuber 1997); see `RNNBase`.

    Parameters
    ----------
    proj_size : int
        Features of h where they are fewer than `hidden_size` (Sak et al. 2014); 0 for none.

    Examples
    --------
    >>> import numpy as np, nn
    >>> out, (h, c) = nn.LSTM(3, 4, bidirectional=True)(np.zeros((7, 5, 3), np.float32))
    >>> out.shape, h.shape, c.shape
    ((7, 5, 8), (2, 5, 4), (2, 5, 4))
    """

    mode = "LSTM"

    def __init__(
        self, input_size: int, hidden_size: int, num_layers: int = 1, bias: bool = True, batch_first: bool = False,
        dropout: float = 0.0, bidirectional: bool = False, proj_size: int = 0, dtype: Any = np.float32, generator: Any = None,
    ) -> None:  # fmt: skip
        super().__init__(
            input_size, hidden_size, num_layers, bias, batch_first, dropout, bidirectional, dtype, generator, proj_size
        )  # fmt: skip

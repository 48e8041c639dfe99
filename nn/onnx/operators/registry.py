"""The table of operators, and what their functions are given."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np

from autograd import Tensor

F = TypeVar("F", bound=Callable[..., Any])
OPERATORS: dict[str, Callable[..., Any]] = {}


class Unsupported(NotImplementedError):
    """An operator, or a way of using it, that is not here."""


class Attributes:
    """A node's attributes by name, the operator set it is of, and how many outputs are asked for.

    An attribute that is a graph is a function of its inputs here; it sees what is known where the node stands.
    """

    def __init__(self, operator: str, values: dict[str, Any], opset: int, outputs: int) -> None:
        self.operator, self.values, self.opset, self.outputs = operator, values, opset, outputs

    def get(self, name: str, default: Any = None) -> Any:
        return self.values.get(name, default)

    def refuse(self, what: str) -> Unsupported:
        return Unsupported(f"{self.operator}: {what} is not supported")


def operator(*names: str) -> Callable[[F], F]:
    """Say what computes operators of these names: ``function(attributes, *inputs)``, inputs tensors or arrays, None if left out."""

    def register(function: F) -> F:
        OPERATORS.update(dict.fromkeys(names, function))
        return function

    return register


def plain(value: Any) -> Any:
    """The array behind a value, for what is no matter of gradients: shapes, indices, conditions."""
    return value.data if isinstance(value, Tensor) else np.asarray(value)


def numbers(value: Any) -> list[int]:
    """A 1-d array of integers as Python's."""
    return [int(n) for n in plain(value).reshape(-1)]


def is_float(value: Any) -> bool:
    return bool(np.dtype(value.dtype).kind == "f")

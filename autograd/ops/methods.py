"""Operators and methods of `Tensor`, attached to the declared operations: a table, nothing more."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd import exchange, protocols
from autograd.declare import Operation
from autograd.ops import (
    activation,
    arithmetic,
    assembly,
    calculus,
    convolution,  # noqa: F401  (declares)
    exponential,
    factorisation,  # noqa: F401
    gamma,  # noqa: F401
    indexing,
    linear_algebra,
    missing,  # noqa: F401
    normalisation,  # noqa: F401
    norms,  # noqa: F401
    ordering,
    pieces,
    products,  # noqa: F401
    reduction,
    scattering,  # noqa: F401
    selection,
    shape,
    special,  # noqa: F401
    spellings,  # noqa: F401
    statistics,  # noqa: F401
    systems,  # noqa: F401
    trigonometry,
)
from autograd.tensor import Tensor


def _reflected(operation: Any) -> Any:
    return lambda self, other: operation(other, self)


def _comparison(ufunc: np.ufunc) -> Any:
    """Comparisons return plain arrays."""

    def compare(self: Tensor, other: Any) -> Any:
        return ufunc(self.data, other.data if isinstance(other, Tensor) else other)

    return compare


OPERATORS = {
    "add": arithmetic.add, "sub": arithmetic.subtract, "mul": arithmetic.multiply, "truediv": arithmetic.divide,
    "pow": arithmetic.power, "matmul": linear_algebra.matmul, "mod": arithmetic.remainder, "floordiv": selection.floor_divide,
}
for name, operation in OPERATORS.items():
    setattr(Tensor, f"__{name}__", operation)
    setattr(Tensor, f"__r{name}__", _reflected(operation))

for name, ufunc in {
    "eq": np.equal, "ne": np.not_equal, "lt": np.less, "le": np.less_equal, "gt": np.greater, "ge": np.greater_equal,
}.items():
    setattr(Tensor, f"__{name}__", _comparison(ufunc))
Tensor.__hash__ = object.__hash__  # type: ignore[method-assign]

METHODS = {
    "__neg__": arithmetic.negative, "__pos__": arithmetic.positive, "__abs__": selection.absolute,
    "__getitem__": indexing.getitem, "__round__": selection.round,
    "sum": reduction.sum, "mean": reduction.mean, "prod": reduction.prod, "var": reduction.var, "std": reduction.std,
    "max": reduction.max, "min": reduction.min, "cumsum": reduction.cumsum, "cumprod": reduction.cumprod,
    "ravel": shape.ravel, "swapaxes": shape.swapaxes, "squeeze": shape.squeeze, "repeat": indexing.repeat,
    "take": indexing.take, "dot": linear_algebra.dot, "diagonal": linear_algebra.diagonal, "trace": linear_algebra.trace,
    "clip": selection.clip, "sort": ordering.sort,
    "round": selection.round, "astype": shape.astype, "copy": shape.copy, "matmul": linear_algebra.matmul,
    "abs": selection.absolute, "exp": exponential.exp, "log": exponential.log, "sqrt": arithmetic.sqrt,
    "sin": trigonometry.sin, "cos": trigonometry.cos, "tanh": trigonometry.tanh, "sigmoid": activation.sigmoid,
    "relu": activation.relu, "logsumexp": reduction.logsumexp, "softmax": activation.softmax,
    "choose": assembly.choose, "conj": assembly.real, "conjugate": assembly.real,
    "broadcast_to": shape.broadcast_to, "moveaxis": shape.moveaxis, "expand_dims": shape.expand_dims, "flip": shape.flip,
    "unfold": pieces.unfold,
}
for name, operation in METHODS.items():
    setattr(Tensor, name, operation)


def reshape(self: Tensor, *new_shape: Any, order: str = "C") -> Any:
    """The tensor with another shape: ``t.reshape(2, -1)`` or ``t.reshape((2, -1))``."""
    return shape.reshape(self, new_shape[0] if len(new_shape) == 1 else new_shape, order)


def transpose(self: Tensor, *axes: Any) -> Any:
    """Axes permuted: ``t.transpose()``, ``t.transpose(1, 0)`` or ``t.transpose((1, 0))``."""
    given = axes[0] if len(axes) == 1 and not isinstance(axes[0], int) else axes or None
    return shape.transpose(self, given)


def flatten(self: Tensor, order: str = "C") -> Any:
    """The tensor as one row of numbers."""
    return shape.ravel(self, order)


def plain_method(name: str) -> Any:
    """A method of arrays whose result has no gradient by nature."""

    def method(self: Tensor, *args: Any, **kwargs: Any) -> Any:
        return getattr(self.data, name)(*protocols.values_of(args), **kwargs)

    method.__name__, method.__qualname__ = name, f"Tensor.{name}"
    method.__doc__ = f"``ndarray.{name}`` of the values, as plain numbers."
    return method


for name in ("all", "any", "argpartition", "nonzero", "searchsorted"):
    setattr(Tensor, name, plain_method(name))
for function in (reshape, transpose, flatten, ordering.argmax, ordering.argmin, ordering.argsort):
    setattr(Tensor, function.__name__, function)
Tensor.__dlpack__, Tensor.__dlpack_device__ = exchange.capsule, exchange.device_of  # type: ignore[attr-defined]
Tensor.compress = lambda self, condition, axis=None: ordering.compress(condition, self, axis)  # type: ignore[attr-defined]
Tensor.real = property(assembly.real, doc="The tensor: it is real.")  # type: ignore[attr-defined]
Tensor.imag = property(assembly.imag, doc="0, for tensors are real.")  # type: ignore[attr-defined]
Tensor.T = property(lambda self: shape.transpose(self), doc="The axes reversed.")  # type: ignore[attr-defined]
Tensor.mT = property(lambda self: shape.swapaxes(self, -1, -2), doc="The last two axes interchanged.")  # type: ignore[attr-defined]
Tensor.at = property(indexing.At, doc="Functional updates: ``x.at[i].set(v)``.")  # type: ignore[attr-defined]

protocols.reductions |= {
    np.add: reduction.sum, np.multiply: reduction.prod, np.maximum: reduction.max, np.minimum: reduction.min,
    np.logaddexp: reduction.logsumexp,
}
protocols.accumulations |= {
    np.add: reduction.cumsum, np.multiply: reduction.cumprod, np.logaddexp: calculus.logcumsumexp,
    np.maximum: lambda a, axis: ordering.cummax(a, axis)[0], np.minimum: lambda a, axis: ordering.cummin(a, axis)[0],
}

__all__ = ["METHODS", "OPERATORS", "Operation"]

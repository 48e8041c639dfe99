"""The layer and the operation where a loss or a gradient stopped being finite."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

import autograd
from nn.module import Module


class NonFiniteError(ArithmeticError):
    """A loss or a gradient is infinite or not a number; says where that began."""


def is_finite(value: Any) -> bool:
    """Whether every number in an array, or in several, is finite."""
    if isinstance(value, (tuple, list)):
        return all(map(is_finite, value))
    array = np.asarray(value)
    return array.dtype.kind not in "fc" or bool(np.isfinite(array).all())


def explain_loss(model: Module, inputs: Any, recorded: Callable[[], Any], number: int) -> None:
    """Raise: the batch, a parameter, or the first operation whose result is not finite."""
    with autograd.keeping():
        loss = recorded()
    title = f"the loss of step {number} is {loss.item()}"
    _refuse_inputs(model, inputs, title, number)
    for node in sorted(_nodes(loss), key=lambda node: node.number):
        if node.op is not None and not is_finite(node.value):
            raise NonFiniteError(f"{title}: {_where(node, model)} gave the first {_kinds(node.value)}; {_advice(number)}")
    raise NonFiniteError(f"{title}; {_advice(number)}")


def explain_gradients(model: Module, inputs: Any, recorded: Callable[[], Any], number: int) -> None:
    """Raise: the first operation on the way back whose contribution is not finite."""
    spoilt = [name for name, parameter in model.named_parameters() if parameter.grad is not None and not is_finite(parameter.grad.data)]
    title = f"the loss of step {number} is finite and the gradient of {_listed(spoilt)} is not"
    wanted = [p for p in model.parameters() if p.requires_grad]
    edges = [edge for edge in autograd.routes(recorded(), wanted).edges if not is_finite(edge.contribution)]
    if not edges:
        raise NonFiniteError(f"{title}; {_advice(number)}")
    first = max(edges, key=lambda edge: edge.child.number)
    kinds = _kinds(first.contribution)
    raise NonFiniteError(f"{title}: {_where(first.child, model)} sent the first {kinds} back; {_advice(number)}")


def _refuse_inputs(model: Module, inputs: Any, title: str, number: int) -> None:
    if not is_finite(inputs):
        raise NonFiniteError(f"{title}: the batch itself holds {_kinds(inputs)}; look at the data")
    spoilt = [name for name, parameter in model.named_parameters() if not is_finite(parameter.data)]
    if spoilt and number == 1:
        raise NonFiniteError(f"{title}: {_listed(spoilt)} is not finite from the start")
    if spoilt:
        raise NonFiniteError(f"{title}: step {number - 1} made {_listed(spoilt)} non-finite; its learning rate is too high")


def _listed(names: list[str]) -> str:
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")


def _nodes(loss: Any) -> Iterator[Any]:
    seen, stack = set(), [loss.node]
    while stack:
        node = stack.pop()
        if node is not None and node not in seen:
            seen.add(node)
            yield node
            stack += node.parents


def _where(node: Any, model: Module) -> str:
    shape = f", of shape {node.shape}," if node.shape is not None else ""  # several results have several
    operation = f"operation {node.op.name!r}{shape}"
    if node.scope is None:
        return f"{operation} in the loss"
    if not node.scope.path:
        return f"{operation} in {type(model).__name__} itself"
    return f"layer {node.scope.path!r} ({node.scope.module}), {operation}"


def _kinds(value: Any) -> str:
    parts = value if isinstance(value, (tuple, list)) else [value]
    flat = np.concatenate([np.asarray(part, np.float64).ravel() for part in parts if part is not None])
    found = [name for name, there in (("NaN", np.isnan(flat).any()), ("infinity", np.isinf(flat).any())) if there]
    return " and ".join(found)


def _advice(number: int) -> str:
    if number > 1:
        return "a lower learning rate, a warm-up or clipped gradients may help"
    return "it is the first step: look at how the model starts and at the data's scale"

"""Functions of functions: gradients, products with Jacobians, Jacobians, Hessians. A few lines each on the sweep."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextvars import ContextVar
from typing import Any

import numpy as np

from autograd.graph import enable_grad, no_grad, sweep_to
from autograd.tensor import Tensor, as_tensor, refuse_gradient, wrap
from autograd.trees import flatten, unflatten

Function = Callable[..., Any]


def _listed(given: Any) -> list[Any]:
    return list(given) if isinstance(given, (list, tuple)) else [given]


def gradients(
    outputs: Any,
    inputs: Any,
    cotangents: Any = None,
    *,
    create_graph: bool = False,
    retain_graph: bool | None = None,
    allow_unused: bool = False,
) -> Any:
    """dL/d(input) for each input, where L = Σ <cotangent, output>; touches no `.grad`.

    Parameters
    ----------
    outputs, inputs : Tensor or list of Tensor
        Inputs may be leaves or results.
    cotangents : array_like or list, optional
        dL/d(output), one an output; may be left out (or None) for outputs of one element.
    create_graph : bool
        Record the sweep, so that the results can be differentiated.
    retain_graph : bool, optional
        Keep the saved values; default `create_graph`.
    allow_unused : bool
        Give None for an input that the outputs do not depend on, instead of raising.

    Returns
    -------
    Tensor, or a list of them when `inputs` is a list.

    Examples
    --------
    >>> import autograd
    >>> x = autograd.Tensor(3.0, requires_grad=True)
    >>> autograd.gradients(x * x, x)
    Tensor(6.)
    """
    targets = _listed(inputs)
    seeds = _seeds(_listed(outputs), cotangents, create_graph)
    nodes = [_node_of(tensor, index) for index, tensor in enumerate(targets)]
    retain = create_graph if retain_graph is None else retain_graph
    found = sweep_to(seeds, nodes, retain=retain, lift=create_graph) if seeds else {}
    results = [_found(found, node, tensor, allow_unused) for node, tensor in zip(nodes, targets, strict=True)]
    return results if isinstance(inputs, (list, tuple)) else results[0]


def _seeds(outputs: list[Any], cotangents: Any, lift: bool) -> list[tuple[Any, Any]]:
    given = [None] * len(outputs) if cotangents is None else _listed(cotangents)
    if len(given) != len(outputs):
        raise ValueError(f"{len(outputs)} outputs need as many cotangents, given {len(given)}")
    pairs = zip(outputs, given, strict=True)
    return [output._seed(cotangent, lift) for output, cotangent in pairs if as_tensor(output).requires_grad]


def _node_of(tensor: Any, index: int) -> Any:
    if not isinstance(tensor, Tensor) or tensor.node is None:
        raise ValueError(f"input {index} is not part of a graph: make it Tensor(..., requires_grad=True) before computing")
    return tensor.node


def _found(found: dict[Any, Any], node: Any, tensor: Tensor, allow_unused: bool) -> Tensor | None:
    if node in found:
        gradient = found[node]
        return gradient if isinstance(gradient, Tensor) else wrap(np.array(gradient) if np.ndim(gradient) else gradient)
    if allow_unused:
        return None
    raise RuntimeError(f"the outputs do not depend on {tensor!r}; pass allow_unused=True to get None for it")


def _traced(primal: Any) -> Any:
    """A leaf of a function's arguments as something to differentiate by; inside another transform it stays its result."""
    if isinstance(primal, Tensor) and primal.requires_grad:
        return primal.copy()
    tensor = as_tensor(primal)
    refuse_gradient(tensor.dtype)
    return Tensor(tensor.data, requires_grad=True)


_inside: ContextVar[bool] = ContextVar("autograd_inside_transform", default=False)


def _run_inside(f: Function, args: Sequence[Any]) -> Any:
    """``f(*args)``, where transforms know that their results may depend on what another one differentiates by."""
    token = _inside.set(True)
    try:
        with enable_grad():
            return f(*args)
    finally:
        _inside.reset(token)


def _outermost(primals: Sequence[Any]) -> bool:
    return not any(isinstance(p, Tensor) for p in primals)


def _untraced(value: Any, plain: bool) -> Any:
    """What a transform hands out: arrays for arrays, numbers for numbers, tensors for tensors."""
    if not plain or not isinstance(value, Tensor):
        return value
    return value.item() if not value.ndim and value.dtype == np.float64 else value.detach().data


def vjp(f: Function, *primals: Any) -> tuple[Any, Callable[[Any], tuple[Any, ...]]]:
    """``f(*primals)`` and the function that maps a cotangent of it to the cotangents of the primals.

    Primals and the result may be trees (dicts, lists, tuples) of arrays or tensors.

    Examples
    --------
    >>> import numpy as np, autograd
    >>> y, pull = autograd.vjp(lambda x: x * x, np.array([1.0, 2.0]))
    >>> pull(np.array([1.0, 10.0]))[0].tolist()
    [2.0, 40.0]
    """
    leaves, structure = flatten(primals)
    plain = _outermost(leaves) and not _inside.get()
    with enable_grad():
        inputs = [_traced(leaf) for leaf in leaves]
    outputs, shape = flatten(_run_inside(f, unflatten(structure, inputs)))

    def pull(cotangents: Any) -> tuple[Any, ...]:
        given, _ = flatten(cotangents)
        nested = not plain or not _outermost(given)
        kept = [(out, seed) for out, seed in zip(outputs, given, strict=True) if isinstance(out, Tensor)]
        found = gradients(
            [out for out, _ in kept], inputs, [seed for _, seed in kept],
            create_graph=nested, retain_graph=True, allow_unused=True,
        )
        filled = [_zeros(i) if g is None else g for i, g in zip(inputs, found, strict=True)]
        return unflatten(structure, [_untraced(g, not nested) for g in filled])  # type: ignore[no-any-return]

    return unflatten(shape, [_untraced(out, plain) for out in outputs]), pull


def _zeros(like: Tensor) -> Tensor:
    """A tensor of zeros: the gradient of what has no influence."""
    return Tensor(np.zeros(like.shape, like.dtype))


def _scalar(value: Any, f: Function) -> None:
    if np.shape(value) != () and np.size(value) != 1:
        name = getattr(f, "__name__", "f")
        raise TypeError(f"grad needs a function that returns one number, {name} returned shape {np.shape(value)}; use jacobian")


def value_and_grad(f: Function, argnums: int | Sequence[int] = 0) -> Function:
    """A function that returns ``(f(...), df/d(argument))``; see `grad`."""

    def value_and_gradient(*args: Any, **kwargs: Any) -> Any:
        which = [argnums] if isinstance(argnums, int) else list(argnums)
        chosen = [args[i] for i in which]

        def of_chosen(*some: Any) -> Any:
            full = list(args)
            for i, value in zip(which, some, strict=True):
                full[i] = value
            return f(*full, **kwargs)

        value, pull = vjp(of_chosen, *chosen)
        _scalar(value, f)
        found = pull(np.ones(np.shape(value), value.dtype if hasattr(value, "dtype") else float))
        return value, found[0] if isinstance(argnums, int) else found

    return value_and_gradient


def grad(f: Function, argnums: int | Sequence[int] = 0) -> Function:
    """The gradient of a function that returns one number.

    Parameters
    ----------
    f : callable
        Of arrays, tensors, or trees of them.
    argnums : int or sequence of int
        By which arguments; a sequence gives a tuple of gradients.

    Returns
    -------
    callable
        Given arrays it returns arrays, given tensors it returns tensors, so it nests: ``grad(grad(f))``.

    Examples
    --------
    >>> import autograd
    >>> autograd.grad(lambda x: x ** 3)(2.0)
    12.0
    >>> autograd.grad(autograd.grad(lambda x: x ** 3))(2.0)
    12.0
    """
    both = value_and_grad(f, argnums)

    def gradient(*args: Any, **kwargs: Any) -> Any:
        return both(*args, **kwargs)[1]

    return gradient


def elementwise_grad(f: Function, argnums: int | Sequence[int] = 0) -> Function:
    """The gradient of ``f(...).sum()``: for elementwise functions, the derivative at every element."""
    return grad(lambda *args, **kwargs: np.sum(f(*args, **kwargs)), argnums)


def jvp(f: Function, primals: Sequence[Any], tangents: Sequence[Any]) -> tuple[Any, Any]:
    """``f(*primals)`` and its derivative along `tangents`, by differentiating the pull-back (which is linear) once more."""
    value, pull = vjp(f, *primals)
    leaves, structure = flatten(value)

    def transposed(*seeds: Any) -> Any:
        return pull(unflatten(structure, list(seeds)))

    zeros = [np.zeros(np.shape(leaf), getattr(leaf, "dtype", float)) for leaf in leaves]
    _, push = vjp(transposed, *zeros)
    return value, unflatten(structure, list(push(tuple(tangents))))


def jacobian(f: Function, argnums: int = 0) -> Function:
    """dy_i/dx_j of an array function, of shape ``y.shape + x.shape``."""

    def of(*args: Any, **kwargs: Any) -> Any:
        value, pull = vjp(lambda x: f(*args[:argnums], x, *args[argnums + 1 :], **kwargs), args[argnums])
        size, shape = int(np.size(value)), np.shape(value)
        rows = [pull(unit.reshape(shape))[0] for unit in np.eye(size, dtype=getattr(value, "dtype", float))]
        whole = shape + np.shape(args[argnums])
        return np.reshape(np.stack(rows), whole) if rows else np.zeros(whole)

    return of


def hessian(f: Function, argnums: int = 0) -> Function:
    """The second derivatives of a function that returns one number, of shape ``x.shape + x.shape``."""
    return jacobian(grad(f, argnums), argnums)


def hvp(f: Function, x: Any, v: Any) -> Any:
    """The Hessian of f at x times v, without forming the Hessian."""
    return grad(lambda at: np.sum(grad(f)(at) * v))(x)


def checkpoint(f: Function, *args: Any) -> Any:
    """``f(*args)`` without keeping what it recorded: the backward sweep computes it again (Chen et al. 2016).

    Memory then holds the arguments and one segment. `f` must do the same each time it runs; tensors it closes over get their
    gradients too.
    """
    from autograd.checkpointing import run

    return run(f, args)


__all__ = [
    "checkpoint", "elementwise_grad", "grad", "gradients", "hessian", "hvp", "jacobian", "jvp", "no_grad", "value_and_grad",
    "vjp",
]  # fmt: skip

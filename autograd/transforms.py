"""Functions of functions: gradients, Jacobians, Hessians, checkpoints. A few lines each on a recorded run."""

from __future__ import annotations

import operator
from collections.abc import Sequence
from typing import Any

import numpy as np

from autograd.products import Function, Run, check_function, directions, gradients, jvp, kind_of, name_of, roots, untraced, vjp
from autograd.tensor import Tensor, as_tensor
from autograd.trees import flatten, unflatten

Argnums = int | Sequence[int]


# --------------------------------------------------------------------------------------------------------------------- gradients


def _chosen(f: Function, argnums: Argnums, args: Sequence[Any], kwargs: Any, has_aux: bool) -> Run:
    """A run of `f` that is recorded from the arguments `argnums` on, the others held."""
    which = _which(argnums, len(args), name_of(f))

    def of_chosen(*some: Any) -> Any:
        full = list(args)
        for i, value in zip(which, some, strict=True):
            full[i] = value
        return f(*full, **kwargs)

    of_chosen.__name__ = name_of(f)
    return Run(of_chosen, [args[i] for i in which], roots(which), has_aux)


def _which(argnums: Argnums, count: int, name: str) -> list[int]:
    given = list(argnums) if isinstance(argnums, (tuple, list, range)) else [argnums]
    which = [operator.index(i) for i in given]  # type: ignore[arg-type]
    wrong = [i for i in which if not -count <= i < count]
    if wrong or not which:
        raise ValueError(
            f"argnums={argnums}, but {name} was given {count} positional arguments; only those are differentiated by, none by keyword"
        )
    which = [i % count for i in which]
    if len(set(which)) < len(which):
        raise ValueError(f"argnums={argnums} names an argument twice")
    return which


def _by(argnums: Argnums, each: Sequence[Any]) -> Any:
    """One result for a number, a tuple of them for a sequence."""
    return tuple(each) if isinstance(argnums, (tuple, list, range)) else each[0]


def _one_number(run: Run, f: Function) -> Any:
    """The value of a function that has a gradient, with the reason where it has none."""
    if run.shape is not None:
        hint = "has_aux=True takes (value, aux)" if run.shape.kind is tuple else "did you forget to return?"
        hint = hint if run.shape.kind in (tuple, type(None)) else "use jacobian or vjp"
        raise TypeError(f"grad needs a function that returns one number, {name_of(f)} returned {kind_of(run.value)}; {hint}")
    value = run.outputs[0]
    if np.size(value) != 1:
        raise TypeError(f"grad needs a function that returns one number, {name_of(f)} returned shape {np.shape(value)}; use jacobian")
    if as_tensor(value).dtype.kind != "f":
        raise TypeError(f"grad needs a function that returns a floating-point number, {name_of(f)} returned {as_tensor(value).dtype}")
    return value


def value_and_grad(f: Function, argnums: Argnums = 0, has_aux: bool = False) -> Function:
    """A function that returns ``(f(...), df/d(argument))``, with `has_aux` ``((value, aux), df/d(argument))``; see `grad`.

    Examples
    --------
    >>> import autograd
    >>> autograd.value_and_grad(lambda x: x ** 3)(2.0)
    (8.0, 12.0)
    """
    check_function(f, "value_and_grad")

    def value_and_gradient(*args: Any, **kwargs: Any) -> Any:
        run = _chosen(f, argnums, args, kwargs, has_aux)
        seed = np.ones(np.shape(_one_number(run, f)))
        found = run.pulled([seed], create_graph=not run.plain)
        each = unflatten(run.structure, [untraced(g, run.plain) for g in found])
        return (run.value, run.extra()) if has_aux else run.value, _by(argnums, each)

    return value_and_gradient


def grad(f: Function, argnums: Argnums = 0, has_aux: bool = False) -> Function:
    """The gradient of a function that returns one number.

    Parameters
    ----------
    f : callable
        Of arrays, tensors, or trees of them (dicts, lists, tuples, named tuples, dataclasses).
    argnums : int or sequence of int
        By which positional arguments; a sequence gives a tuple of gradients.
    has_aux : bool
        `f` returns ``(value, aux)``; the gradient comes as ``(gradient, aux)``.

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
    >>> autograd.grad(lambda p: p["slope"] * 2.0 + p["shift"])({"slope": 1.0, "shift": 0.0})
    {'slope': 2.0, 'shift': 1.0}
    """
    check_function(f, "grad")
    both = value_and_grad(f, argnums, has_aux)

    def gradient(*args: Any, **kwargs: Any) -> Any:
        value, found = both(*args, **kwargs)
        return (found, value[1]) if has_aux else found

    return gradient


def elementwise_grad(f: Function, argnums: Argnums = 0) -> Function:
    """The gradient of ``f(...).sum()``: for elementwise functions, the derivative at every element.

    Examples
    --------
    >>> import numpy as np, autograd
    >>> autograd.elementwise_grad(lambda x: x ** 2)(np.array([1.0, 2.0])).tolist()
    [2.0, 4.0]
    """
    check_function(f, "elementwise_grad")
    return grad(lambda *args, **kwargs: np.sum(f(*args, **kwargs)), argnums)


# --------------------------------------------------------------------------------------------------------- Jacobians and Hessians


def jacobian(f: Function, argnums: Argnums = 0, has_aux: bool = False) -> Function:
    """dy_i/dx_j of an array function, of shape ``y.shape + x.shape``.

    Trees give trees: one of the result's structure, with one of the argument's at each leaf.

    Parameters
    ----------
    f, argnums, has_aux
        As for `grad`; `f` may return arrays of any shape and trees of them.

    Examples
    --------
    >>> import numpy as np, autograd
    >>> autograd.jacobian(lambda x: x * x)(np.array([1.0, 2.0])).tolist()
    [[2.0, 0.0], [0.0, 4.0]]
    """
    check_function(f, "jacobian")

    def of(*args: Any, **kwargs: Any) -> Any:
        run = _chosen(f, argnums, args, kwargs, has_aux)
        blocks = [_by(argnums, unflatten(run.structure, _block(run, place))) for place in range(len(run.outputs))]
        whole = unflatten(run.shape, blocks)
        return (whole, run.extra()) if has_aux else whole

    return of


def _block(run: Run, place: int) -> list[Any]:
    """One result's derivatives by every input."""
    out = as_tensor(run.outputs[place])
    rows = [run.pulled(_unit(run, place, index), create_graph=not run.plain) for index in range(out.size)]
    return [untraced(_stacked([row[i] for row in rows], out, x), run.plain) for i, x in enumerate(run.inputs)]


def _unit(run: Run, place: int, index: int) -> list[Any]:
    """Cotangents that are 1 at one element of one result."""
    seeds = [np.zeros(np.shape(out)) for out in run.outputs]
    seeds[place].reshape(-1)[index] = 1.0
    return seeds


def _stacked(rows: list[Any], out: Tensor, x: Tensor) -> Any:
    whole = out.shape + x.shape
    if not rows:
        return np.zeros(whole, x.dtype)
    if not any(row.requires_grad for row in rows):
        return as_tensor(np.stack([row.data for row in rows]).reshape(whole))
    return np.reshape(np.stack(rows), whole)


def hessian(f: Function, argnums: Argnums = 0, has_aux: bool = False) -> Function:
    """The second derivatives of a function that returns one number, of shape ``x.shape + x.shape``.

    A sequence of `argnums` gives a tuple of tuples, trees give trees of trees; see `jacobian`.

    Examples
    --------
    >>> import numpy as np, autograd
    >>> autograd.hessian(lambda x: x[0] * x[1])(np.array([1.0, 2.0])).tolist()
    [[0.0, 1.0], [1.0, 0.0]]
    """
    return jacobian(grad(f, argnums, has_aux), argnums, has_aux)


def hvp(f: Function, x: Any, v: Any) -> Any:
    """The Hessian of f at x times v, without forming the Hessian; x and v may be trees of equal structure.

    Examples
    --------
    >>> import numpy as np, autograd
    >>> autograd.hvp(lambda x: (x ** 3).sum(), np.array([1.0, 2.0]), np.array([1.0, 10.0])).tolist()
    [6.0, 120.0]
    """
    check_function(f, "hvp")
    leaves, structure = flatten(x)
    along = directions(v, structure, leaves, "v", "x")

    def slope(at: Any) -> Any:
        found, _ = flatten(grad(f)(at))
        parts = [np.sum(g * direction) for g, direction in zip(found, along, strict=True)]
        return sum(parts, 0.0)

    return grad(slope)(x)


def checkpoint(f: Function, *args: Any, **kwargs: Any) -> Any:
    """``f(*args, **kwargs)`` without keeping what it recorded: the backward sweep computes it again (Chen et al. 2016).

    Memory then holds the arguments and one segment. `f` must do the same each time it runs; tensors it closes over get their
    gradients too. Arguments and results may be trees.
    """
    from functools import partial

    from autograd.checkpointing import run

    check_function(f, "checkpoint")
    return run(partial(f, **kwargs) if kwargs else f, args)


__all__ = [
    "checkpoint", "elementwise_grad", "grad", "gradients", "hessian", "hvp", "jacobian", "jvp", "value_and_grad", "vjp",
]  # fmt: skip

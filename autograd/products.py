"""Gradients of computed tensors and products with Jacobians: one recorded run of a function and the sweeps over it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextvars import ContextVar
from typing import Any, Literal, overload

import numpy as np

from autograd.graph import enable_grad, sweep_to
from autograd.tensor import Tensor, as_tensor, refuse_gradient, wrap
from autograd.trees import flatten, matched, places, unflatten

Function = Callable[..., Any]
Pull = Callable[[Any], tuple[Any, ...]]


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


# ------------------------------------------------------------------------------------------------- one recorded run of a function

_inside: ContextVar[bool] = ContextVar("autograd_inside_transform", default=False)


class Run:
    """``f(*primals)``, recorded from the primals' leaves on; both may be trees."""

    __slots__ = ("aux", "inputs", "outputs", "places", "plain", "shape", "structure")

    def __init__(self, f: Function, primals: Sequence[Any], roots: Sequence[str], has_aux: bool) -> None:
        leaves, self.structure = flatten(tuple(primals))
        self.places = [place for root, part in zip(roots, self.structure.parts.values(), strict=True) for place in places(part, root)]
        self.plain = not _inside.get() and not any(isinstance(leaf, Tensor) for leaf in leaves)
        with enable_grad():
            self.inputs = [_traced(leaf, place) for leaf, place in zip(leaves, self.places, strict=True)]
        result = _run_inside(f, unflatten(self.structure, self.inputs))
        self.aux: Any = None
        if has_aux:
            result, self.aux = _parted(result, f)
        self.outputs, self.shape = flatten(result)
        if any(leaf.size for leaf in self.inputs) and self.outputs and all(map(_left_the_graph, self.outputs)):
            _warn_of_a_constant(self.outputs[0], f)

    @property
    def value(self) -> Any:
        return unflatten(self.shape, [untraced(out, self.plain) for out in self.outputs])

    def extra(self) -> Any:
        """What `f` returned beside its value, outside the graph if the value is."""
        leaves, shape = flatten(self.aux)
        return unflatten(shape, [untraced(leaf, self.plain) for leaf in leaves])

    def pulled(self, seeds: Sequence[Any], create_graph: bool) -> list[Tensor]:
        """Σ <seed, output> differentiated by every input; zeros where nothing arrives."""
        kept = [(out, seed) for out, seed in zip(self.outputs, seeds, strict=True) if isinstance(out, Tensor)]
        found = gradients(
            [out for out, _ in kept], self.inputs, [seed for _, seed in kept],
            create_graph=create_graph, retain_graph=True, allow_unused=True,
        )  # fmt: skip
        return [_zeros(i) if g is None else g for i, g in zip(self.inputs, found, strict=True)]


def _left_the_graph(out: Any) -> bool:
    return not isinstance(out, Tensor) and isinstance(out, (float, np.floating, np.ndarray))


def _warn_of_a_constant(out: Any, f: Function) -> None:
    """A number that came out of the graph without a word would have a gradient of 0, and be wrong."""
    import warnings

    warnings.warn(
        f"{name_of(f)} returned {kind_of(out)} that depends on no tensor, so its derivatives are 0. float(x), x.item() and "
        "math.sin(x) leave the graph: write x or np.sin(x)",
        stacklevel=4,
    )


def _traced(primal: Any, place: str) -> Tensor:
    """A leaf of a function's arguments as something to differentiate by; inside another transform it stays its result."""
    if isinstance(primal, Tensor) and primal.requires_grad:
        return np.copy(primal)  # type: ignore[return-value]  # by NumPy's protocol a tensor
    try:
        tensor = as_tensor(primal)
        refuse_gradient(tensor.dtype)
    except (TypeError, ValueError) as error:
        hint = "differentiate by other arguments (argnums=), or close over this one: lambda x: f(x, other)"
        raise TypeError(f"{place} is differentiated by: {error}; {hint}") from None
    return Tensor(tensor.data, requires_grad=True)


def _run_inside(f: Function, args: Sequence[Any]) -> Any:
    """``f(*args)``, where transforms know that their results may depend on what another one differentiates by."""
    token = _inside.set(True)
    try:
        with enable_grad():
            return f(*args)
    finally:
        _inside.reset(token)


def _parted(result: Any, f: Function) -> tuple[Any, Any]:
    if not isinstance(result, tuple) or len(result) != 2:
        raise TypeError(f"has_aux=True needs {name_of(f)} to return (value, aux), it returned {kind_of(result)}")
    return result


def name_of(f: Any) -> str:
    return getattr(f, "__name__", "f")


def kind_of(value: Any) -> str:
    if isinstance(value, (tuple, list)):
        return f"a {type(value).__name__} of {len(value)}"
    return f"{type(value).__name__} of shape {np.shape(value)}" if hasattr(value, "shape") else type(value).__name__


def check_function(f: Any, transform: str) -> None:
    if not callable(f):
        raise TypeError(
            f"{transform} takes a function, given {kind_of(f)}. For a tensor that is already computed: "
            "loss.backward(), or autograd.gradients(loss, inputs)"
        )


def untraced(value: Any, plain: bool) -> Any:
    """What a transform hands out: arrays for arrays, numbers for numbers, tensors for tensors."""
    if not plain or not isinstance(value, Tensor):
        return value
    return value.item() if not value.ndim and value.dtype == np.float64 else value.detach().data


def _zeros(like: Any) -> Tensor:
    """A tensor of zeros: the gradient of what has no influence."""
    return Tensor(np.zeros(np.shape(like), getattr(like, "dtype", float)))


def _direction(given: Any, like: Any, what: str, other: str) -> Any:
    """A tangent or cotangent, which has the shape of what it belongs to and real numbers."""
    value = given if isinstance(given, Tensor) else np.asarray(given)
    if value.shape != np.shape(like):
        raise ValueError(f"{what} has shape {value.shape}; it needs that of {other}, {np.shape(like)}")
    if value.dtype.kind not in "biuf":
        raise TypeError(f"{what} holds {value.dtype}; it needs real numbers")
    return value


def directions(given: Any, structure: Any, likes: Sequence[Any], what: str, other: str) -> list[Any]:
    leaves = matched(structure, given, what)
    named = zip(leaves, likes, places(structure, what), places(structure, other), strict=True)
    return [_direction(leaf, like, place, its) for leaf, like, place, its in named]


# ------------------------------------------------------------------------------------------------------- products with Jacobians


@overload
def vjp(f: Function, *primals: Any, has_aux: Literal[False] = False) -> tuple[Any, Pull]: ...
@overload
def vjp(f: Function, *primals: Any, has_aux: Literal[True]) -> tuple[Any, Pull, Any]: ...
@overload
def vjp(f: Function, *primals: Any, has_aux: bool) -> Any: ...
def vjp(f: Function, *primals: Any, has_aux: bool = False) -> Any:
    """``f(*primals)`` and the function that maps a cotangent of it to the cotangents of the primals.

    Parameters
    ----------
    f : callable
        Of arrays, tensors, or trees of them (dicts, lists, tuples, named tuples, dataclasses); so may be its result.
    *primals
        Its arguments.
    has_aux : bool
        `f` returns ``(value, aux)``; `aux` is handed through as a third result.

    Returns
    -------
    value, pull
        ``pull(cotangent)`` gives a tuple, one entry a primal; it may be called any number of times.

    Examples
    --------
    >>> import numpy as np, autograd
    >>> y, pull = autograd.vjp(lambda x: x * x, np.array([1.0, 2.0]))
    >>> pull(np.array([1.0, 10.0]))[0].tolist()
    [2.0, 40.0]
    """
    check_function(f, "vjp")
    run = Run(f, primals, roots(range(len(primals))), has_aux)

    def pull(cotangent: Any) -> tuple[Any, ...]:
        seeds = directions(cotangent, run.shape, run.outputs, "the cotangent", "the result")
        nested = not run.plain or any(isinstance(seed, Tensor) for seed in seeds)
        found = run.pulled(seeds, create_graph=nested)
        return unflatten(run.structure, [untraced(g, not nested) for g in found])  # type: ignore[no-any-return]

    return (run.value, pull, run.extra()) if has_aux else (run.value, pull)


def roots(which: Sequence[int]) -> list[str]:
    return [f"argument {index}" for index in which]


@overload
def jvp(f: Function, primals: Sequence[Any], tangents: Sequence[Any], *, has_aux: Literal[False] = False) -> tuple[Any, Any]: ...
@overload
def jvp(f: Function, primals: Sequence[Any], tangents: Sequence[Any], *, has_aux: Literal[True]) -> tuple[Any, Any, Any]: ...
@overload
def jvp(f: Function, primals: Sequence[Any], tangents: Sequence[Any], *, has_aux: bool) -> Any: ...
def jvp(f: Function, primals: Sequence[Any], tangents: Sequence[Any], *, has_aux: bool = False) -> Any:
    """``f(*primals)`` and its derivative along `tangents`, by differentiating the pull-back (which is linear) once more.

    Parameters
    ----------
    f : callable
        Of arrays, tensors, or trees of them.
    primals, tangents : tuple
        One entry an argument, of equal structure and shapes.
    has_aux : bool
        `f` returns ``(value, aux)``; `aux` is handed through as a third result.

    Examples
    --------
    >>> import autograd
    >>> autograd.jvp(lambda x, y: x * y, (2.0, 3.0), (1.0, 0.0))
    (6.0, 3.0)
    """
    check_function(f, "jvp")
    for what, given in (("primals", primals), ("tangents", tangents)):
        if not isinstance(given, (tuple, list)):
            raise TypeError(f"{what} is a tuple with one entry an argument, given {kind_of(given)}: write jvp(f, (x,), (v,))")
    run = Run(f, primals, roots(range(len(primals))), has_aux)
    along = directions(tuple(tangents), run.structure, run.inputs, "tangents", "primals")
    nested = not run.plain or any(isinstance(tangent, Tensor) for tangent in along)
    with enable_grad():
        pushed = [untraced(out, not nested) for out in _pushed(run, along, nested)]
    found = (run.value, unflatten(run.shape, pushed))
    return (*found, run.extra()) if has_aux else found


def _pushed(run: Run, tangents: list[Any], nested: bool) -> list[Tensor]:
    """The pull-back is linear in its seeds; pulled back itself, at any seeds, it is the push-forward."""
    seeds = [Tensor(_zeros(out).data, requires_grad=True) for out in run.outputs]
    linear = run.pulled(seeds, create_graph=True)
    kept = [(g, tangent) for g, tangent in zip(linear, tangents, strict=True) if g.requires_grad]
    found = gradients([g for g, _ in kept], seeds, [t for _, t in kept], create_graph=nested, retain_graph=True, allow_unused=True)
    return [_zeros(seed) if g is None else g for seed, g in zip(seeds, found, strict=True)]

"""`op`: one declaration makes one differentiable function.

    multiply = op(np.multiply, x=lambda g, x, y: g * y, y=lambda g, x: g * x)

The keyword names a differentiable argument, its value is the pull-back (vector-Jacobian product). A rule names what it needs,
and **what a rule names is what the node keeps**:

==============  ====================================================================
``x``, ``y``    an argument's value
``out``         the result
``x_shape``     an argument's shape only (also ``x_dtype``)
``axis``        an option of the call
==============  ====================================================================

One rule serves every order: it is called with arrays in a plain sweep, and with tensors when the sweep itself is recorded, so
it uses operators, NumPy functions and Python literals. Broadcasting and dtypes are the engine's business (`graph.fit`).

From a declaration `autograd.generate` writes the function that users call (unwrap, compute, record) and the node's pull-back.
"""

from __future__ import annotations

import functools
import inspect
import keyword
import re
import sys
from collections.abc import Callable, Container, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from autograd.generate import OUT, Several, argument_names, unbuilt
from autograd.graph import Node, Parts
from autograd.tensor import wrap

Rule = Callable[..., Any]
_PLACE = re.compile(r"{(\w*)}")
_A_NAME = re.compile(r"(?<![\w.])[a-z_]\w*")

registry: dict[str, Operation] = {}  # name -> declaration, in the order of declaration
implementations: dict[Any, Callable[..., Any]] = {}  # NumPy's function -> ours, for NumPy's protocols
plain: set[Any] = set()  # NumPy functions whose result is not differentiable by nature (comparisons, shapes)


@dataclass(eq=False)
class Operation:
    """A declared operation: its rules, what they keep, and what its tests and pictures need to know."""

    name: str
    forward: Callable[..., Any]
    names: list[str]  # of its parameters
    signature: str | None
    rules: dict[str, Rule]
    each: Rule | None = None  # variadic: the pull-back for argument `index` of the first parameter's sequence
    scalar: Callable[..., Any] | None = None  # the same function of Python floats
    outputs: Any = False  # the forward returns a tuple; a class of named tuples: such a one
    together: bool = False  # one rule gives the gradients of all arguments at once
    domain: Any = None  # where tests may draw inputs; see autograd.testing.registry
    kinks: str = ""  # where the derivative jumps and what is returned there
    analytic: bool = True  # complex step applies
    orders: int | None = None  # how many derivatives exist; None: all
    tags: frozenset[str] = frozenset()  # "additive", "linear", "shape", "activation", "norm", "mask", ...
    symbol: str = ""  # how pictures write it, e.g. "{x} + {y}"
    module: str = ""  # where it is declared
    elementwise: bool = False  # each element of the result depends on those at its place alone, and its slope may be infinite
    choosing: bool = False  # among values: the others' gradient is 0, whatever their slopes are
    keeps: Container[int] = frozenset()  # from here on: set when the function is built, at its first call
    saved_names: tuple[str, ...] = ()
    source: str = ""
    function: Any = None
    pull: Any = None  # (parents, saved, g): the contributions, one a parent
    spread: Any = None  # the same, given to the parents at once
    lifts: tuple[tuple[int, int], ...] = ()

    def __repr__(self) -> str:
        return f"<operation {self.name}>"

    @functools.cached_property
    def arity(self) -> int:
        """How many arguments are differentiable, where that is a number."""
        return len(self.rules)

    @functools.cached_property
    def parameters(self) -> dict[str, inspect.Parameter]:
        """The parameters of the function that users call."""
        return _parameters(self.forward, self.signature)

    def lift(self, node: Node) -> Any:
        """The node's saved values as tensors of the graph, for a sweep that is itself recorded."""
        saved = node.saved if len(self.saved_names) != 1 else (node.saved,)
        lifted = list(saved) if saved else []
        for place, index in self.lifts:
            lifted[place] = self._lifted(lifted[place], node, index)
        return lifted[0] if len(lifted) == 1 else lifted

    def _lifted(self, value: Any, node: Node, index: int) -> Any:
        if value is None:
            return None
        if index == OUT:
            return _lift_outputs(value, node) if self.outputs else wrap(value, node)
        if self.each is not None:
            return [_lift_one(v, parent) for v, parent in zip(value, node.parents, strict=True)]
        return _lift_one(value, node.parents[index])


def _lift_one(value: Any, parent: Node | None) -> Any:
    return value if parent is None or value is None else wrap(value, parent)


def _lift_outputs(values: Several, node: Node) -> tuple[Any, ...]:
    whole = wrap(values, node)
    return tuple(pick(whole, index, len(values)) for index in range(len(values)))


# --------------------------------------------------------------------------------------------------------- declaring


def _parameters(function: Any, signature: str | None) -> dict[str, inspect.Parameter]:
    if signature is not None:
        scope: dict[str, Any] = {}
        exec(f"def declared({signature}): ...", {"np": np}, scope)
        return dict(inspect.signature(scope["declared"]).parameters)
    if isinstance(function, np.ufunc):
        kind = inspect.Parameter.POSITIONAL_ONLY
        return {name: inspect.Parameter(name, kind) for name in ("x", "y", "z")[: function.nin]}
    return dict(inspect.signature(function).parameters)


def op(
    function: Callable[..., Any],
    signature: str | None = None,
    *,
    name: str | None = None,
    numpy: Sequence[Any] = (),
    each: Rule | None = None,
    scalar: Callable[..., Any] | None = None,
    outputs: bool | type[tuple[Any, ...]] = False,
    together: bool = False,
    domain: Any = None,
    kinks: str = "",
    analytic: bool = True,
    orders: int | None = None,
    tags: Sequence[str] = (),
    symbol: str = "",
    doc: str = "",
    **rules: Rule | str,
) -> Any:
    """Declare a differentiable operation and get the function that users call.

    Parameters
    ----------
    function : callable
        The forward, on arrays. A NumPy function declared here is also what ``np.NAME(tensor)`` reaches.
    signature : str, optional
        Parameters of the new function as text, ``"a, axis=None, *, keepdims=False"``; default: the function's own.
    name : str, optional
        Default: the function's name.
    each : callable, optional
        For a first parameter that is a sequence of arrays: ``each(g, index, ...)``, the pull-back for the array at `index`.
    scalar : callable, optional
        The same function of Python floats, for 0-d tensors.
    outputs : bool or a class of named tuples
        The function returns a tuple of arrays (users get one of that class).
        Its rules get ``g`` as `Parts`-like sequence of gradients (None: absent).
    together : bool
        The rules are one and the same function, which returns the gradients of all its arguments at once.
    doc : str, optional
        The docstring; default: the first paragraph of the forward's.
    domain, kinks, analytic, orders, tags, symbol
        What tests, documentation and pictures need: where inputs may be drawn, what happens at kinks, whether the complex
        step applies, how many derivatives exist, what kind of operation it is, how it is written. The tag "choice" is for what
        leaves values out (`where`): behind it, 0 times the infinite slope of an "elementwise" operation is 0.
    **rules : callable or str
        ``argument=rule``: ``rule(g, ...)`` returns dL/d(argument) from g = dL/d(out); see the module's text for the names a
        rule can ask for. A rule of operators alone may be text, ``x="g * y"``: it becomes a part of the generated pull-back, and
        saves its call.

    Raises
    ------
    TypeError
        No rule, a rule for what is no argument, or one that names what a node cannot keep.
    ValueError
        Another module has declared an operation of this name, or one for this NumPy function.

    Notes
    -----
    docs/extending.md goes through it: tests with `autograd.testing.check_operation`, page and type stub with
    ``python -m autograd.support --of MODULE``, the picture with `symbol`.

    Examples
    --------
    >>> import numpy as np, autograd
    >>> def _cube(x):
    ...     return x ** 3
    >>> cube = autograd.op(_cube, name="cube", x=lambda g, x: 3 * g * x ** 2)
    >>> autograd.grad(cube)(2.0)
    12.0
    """
    title = name or function.__name__
    names = _names(function, signature)
    _check_rules(title, names, rules, each)
    ordered = {argument: _rule(rules[argument]) for argument in names if argument in rules}
    operation = Operation(
        title, function, names, signature, ordered, each, scalar, outputs, together, domain, kinks, analytic, orders,
        frozenset(tags) - {"choice", "elementwise"},
        symbol, sys._getframe(1).f_globals.get("__name__", ""),
    )  # fmt: skip
    ufunc = isinstance(function, np.ufunc) and function.signature is None
    operation.elementwise = "elementwise" in tags or (ufunc and "linear" not in tags)
    operation.choosing = "choice" in tags
    _check_names(operation)
    _check_symbol(operation)
    _check_taken(operation, (function, *numpy))
    return _registered(operation, doc or _summary(function.__doc__), (function, *numpy))


def _registered(operation: Operation, doc: str, numpy: Sequence[Any]) -> Any:
    """Make the function, put it under its name, and behind the NumPy functions that it stands for."""
    made = operation.function = unbuilt(operation)
    made.__signature__ = inspect.Signature(list(operation.parameters.values()))
    made.__doc__, made.__module__, made.operation = inspect.cleandoc(doc), "autograd", operation
    if operation.outputs:
        made.__globals__.update(pick=pick, results=getattr(operation.outputs, "_make", tuple))
    registry[operation.name] = operation
    implementations.update((target, made) for target in numpy if _dispatches(target))
    return made


def _dispatches(target: Any) -> bool:
    """Whether it asks its arguments' type what to do: NumPy's functions, and everybody's ufuncs."""
    return isinstance(target, np.ufunc) or (getattr(target, "__module__", "") or "").startswith("numpy")


def _check_symbol(operation: Operation) -> None:
    unknown = set(_PLACE.findall(operation.symbol)) - set(operation.names)
    if unknown:
        raise ValueError(f"the symbol of {operation.name} names {sorted(unknown)}; its arguments are {operation.names}")


def _check_taken(operation: Operation, numpy: Sequence[Any]) -> None:
    """One operation, one declaration: a module may declare its own again (a notebook's cell runs twice), nobody another's."""
    known = registry.get(operation.name)
    if known is not None and known.module != operation.module:
        raise ValueError(f"{known.module} has declared an operation {operation.name!r}; give this one another name, name=...")
    for target in filter(_dispatches, numpy):
        ours = getattr(implementations.get(target), "operation", None)
        if ours is not None and ours.module != operation.module:
            taken = f"np.{_name_of(target)} is differentiable already, by {ours.module}"
            raise ValueError(f"{taken}; declare a function of yours that calls it")


def _summary(doc: str | None) -> str:
    """What the docstring of another function says before its parameters and examples, which are not the operation's."""
    lines = inspect.cleandoc(doc or "").split("\n")
    while lines and (("(" in lines[0] and lines[0].endswith(")")) or not lines[0].strip()):
        lines.pop(0)  # NumPy's ufuncs begin with their signature
    return "\n".join(lines).split("\n\n")[0]


def _names(function: Any, signature: str | None) -> list[str]:
    if signature is not None or isinstance(function, np.ufunc):
        return list(_parameters(function, signature))
    return argument_names(function)


def _rule(given: Rule | str) -> Rule:
    """A rule, made from its text where it was given as one."""
    if not isinstance(given, str):
        return given
    names = ["g", *sorted(set(_A_NAME.findall(given)) - {"g"})]
    made: Rule = eval(f"lambda {', '.join(names)}: {given}", {"__builtins__": {}})
    made.text = given  # type: ignore[attr-defined]
    return made


def _check_rules(title: str, names: list[str], rules: dict[str, Rule | str], each: Rule | None) -> None:
    if not title.isidentifier() or keyword.iskeyword(title):
        raise ValueError(f"{title!r} cannot be the name of a function; give the operation another one, name=...")
    if not rules and each is None:
        raise TypeError(f"{title}: declare at least one rule, argument=lambda g, ...: ...")
    unknown = set(rules) - set(names)
    if unknown:
        raise TypeError(f"{title}: rules for {sorted(unknown)}, but its arguments are {names}")
    for argument, rule in rules.items():
        if not callable(rule) and not isinstance(rule, str):
            raise TypeError(f"{title}: the rule for {argument} is a function or its text, given {type(rule).__name__}")


def _check_names(operation: Operation) -> None:
    """A rule can only name what a node can keep."""
    rules = [(rule, 1) for rule in operation.rules.values()] + ([(operation.each, 2)] if operation.each else [])
    for rule, skip in rules:
        for name in argument_names(rule)[skip:]:
            base = name.removesuffix("_shape").removesuffix("_dtype")
            if name not in operation.names and base not in operation.names and base != "out":
                raise TypeError(
                    f"a rule of {operation.name} names {name!r}; it may name {', '.join(operation.names)}, out, NAME_shape"
                )


def composite(*numpy: Any) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Say that a function written with operations is what ``np.NAME(tensor)`` reaches for these NumPy functions."""

    def register(function: Callable[..., Any]) -> Callable[..., Any]:
        for target in numpy:
            implementations[target] = function
        composites[function.__name__] = function
        return function

    return register


composites: dict[str, Callable[..., Any]] = {}


def gradient_parts(g: Any, out: Sequence[Any]) -> list[Any]:
    """The gradients of several outputs, zeros where nothing arrived."""
    return [np.zeros_like(value) if part is None else part for part, value in zip(g.items, out, strict=True)]


def _item(whole: Several, index: int, count: int) -> Any:
    return whole[index]


pick = op(_item, name="pick", tags=("shape",), whole=lambda g, index, count: Parts.single(count, index, g))


def _name_of(function: Any) -> str:
    return getattr(function, "__name__", str(function))


@functools.cache
def _nearest(name: str) -> str:
    import difflib

    known = [_name_of(target) for target in implementations]
    close = difflib.get_close_matches(name, known, n=3)
    return f"; close to it are differentiable: {', '.join(close)}" if close else ""


def refuse_function(function: Any) -> TypeError:
    """NumPy functions outside the registry say so at the call."""
    from autograd.outside import advice, full_name

    name, why = full_name(function), advice(function) or _nearest(_name_of(function))
    return TypeError(f"{name} is not differentiable here{why}. For its value alone write {name}(x.detach().data)")

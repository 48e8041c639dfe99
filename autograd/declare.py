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

From a declaration this module generates, as source text, the function that users call (unwrap, compute, record) and the
node's pull-back. Text, because a generated function has no loops over arguments and no cases that do not apply: it is what
makes one operation cost about a microsecond. `Operation.source` shows what was generated.
"""

from __future__ import annotations

import functools
import inspect
import math
import operator
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from autograd.graph import FLOAT64, Node, Parts, current, next_number
from autograd.kernels.layout import Padded
from autograd.tensor import Tensor, payload, to_array, wrap

Rule = Callable[..., Any]

registry: dict[str, Operation] = {}  # name -> declaration, in the order of declaration
implementations: dict[Any, Callable[..., Any]] = {}  # NumPy's function -> ours, for NumPy's protocols
plain: set[Any] = set()  # NumPy functions whose result is not differentiable by nature (comparisons, shapes)


@dataclass(eq=False)
class Operation:
    """A declared operation: its rules, what they keep, and what its tests and pictures need to know."""

    name: str
    forward: Callable[..., Any]
    parameters: dict[str, inspect.Parameter]
    rules: dict[str, Rule]
    each: Rule | None = None  # variadic: the pull-back for argument `index` of the first parameter's sequence
    scalar: Callable[..., Any] | None = None  # the same function of Python floats
    outputs: bool = False  # the forward returns a tuple
    domain: Any = None  # where tests may draw inputs; see autograd.testing.registry
    kinks: str = ""  # where the derivative jumps and what is returned there
    analytic: bool = True  # complex step applies
    orders: int | None = None  # how many derivatives exist; None: all
    tags: frozenset[str] = frozenset()  # "additive", "linear", "shape", "activation", "norm", "mask", ...
    symbol: str = ""  # how pictures write it, e.g. "{x} + {y}"
    keeps: frozenset[int] = frozenset()
    saved_names: tuple[str, ...] = ()
    source: str = ""
    function: Any = None
    pull: Any = None
    _lifts: tuple[tuple[int, int], ...] = field(default=())

    def __repr__(self) -> str:
        return f"<operation {self.name}>"

    def lift(self, node: Node) -> Any:
        """The node's saved values as tensors of the graph, for a sweep that is itself recorded."""
        saved = node.saved if len(self.saved_names) != 1 else (node.saved,)
        lifted = list(saved) if saved else []
        for place, index in self._lifts:
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


OUT = -1


def _lift_one(value: Any, parent: Node | None) -> Any:
    return value if parent is None or value is None else wrap(value, parent)


def _lift_outputs(values: Several, node: Node) -> tuple[Any, ...]:
    whole = wrap(values, node)
    return tuple(pick(whole, index, len(values)) for index in range(len(values)))


# ------------------------------------------------------------------------------------------------- what the code calls


def operand(value: Any, name: str) -> Any:
    """An argument that is neither a tensor nor a plain number or array, made one; named in the error if it cannot be."""
    if value is None or type(value) in PLAIN:
        return value
    try:
        return payload(to_array(value))
    except (TypeError, ValueError) as error:
        raise TypeError(f"argument {name}: {error}") from None


class Several(tuple[Any, ...]):
    """The payload of an operation with several outputs; users only ever hold its picks."""

    __slots__ = ()


PLAIN = frozenset({Several, Padded, np.ndarray, float, int, bool, np.float32, np.float64, np.float16, np.int64, np.int32, np.bool_})


def explain(error: Exception, operation: str, **arguments: Any) -> None:
    """Say in the error which operation met which shapes."""
    given = ", ".join(f"{name}: {_outline(value)}" for name, value in arguments.items())
    error.add_note(f"in {operation}({given})")


def _outline(value: Any) -> str:
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(_outline(item) for item in value) + "]"
    return f"{np.shape(value)} {getattr(value, 'dtype', type(value).__name__)}"


def shape_of(value: Any) -> Any:
    """The shape of a payload or of several."""
    return [np.shape(item) for item in value] if type(value) is list else np.shape(value)


def dtype_of(value: Any) -> Any:
    return np.asarray(value).dtype


def strong(value: Any, given: Any) -> Any:
    """A float64 tensor promotes like NumPy's 0-d float64 arrays; only bare Python numbers are weak."""
    return np.float64(value) if type(value) is float and value is not given else value


def settle(out: Any) -> Any:
    """The payload form of a result."""
    if type(out) is np.float64:
        return float(out)
    if type(out) is np.ndarray:
        return out if out.ndim else payload(out)
    if type(out) is Padded:
        return out
    return payload(np.asarray(out)) if not isinstance(out, (np.generic, float)) else out


# ------------------------------------------------------------------------------------------------ the generated source

_FUNCTION = """\
def {name}({signature}):
{unwrap}
    if {none_given}:
        return forward({raw_call})
{fast}{indent}{prepare}
{indent}try:
{indent}    out = forward({call})
{indent}except (TypeError, ValueError, IndexError) as error:
{indent}    explain(error, {name!r}, {explained})
{indent}    raise
{indent}{settle}
    state = current()
    if ({no_nodes}) or not state.recording:
        return {plain_result}
    node = new(Node)
    node.op = OPERATION
    node.parents = {parents}
    node.saved = {saved}
    node.number = next_number()
    {shape_dtype}
    node.slot = None
    node.scope = state.scope
    if state.keeping:
        node.value = out
    tensor = new(Tensor)
    tensor._data = out
    tensor._node = node
    return {result}
"""

_FAST = """\
    if {floats}:
        try:
            out = {expression}
        except (ArithmeticError, ValueError):
            out = settle(forward({strong_call}))
        if type(out) is not float:
            out = settle(forward({strong_call}))
    else:
"""


def _lines(texts: Sequence[str], indent: str = "    ") -> str:
    return "\n".join(indent + text for text in texts)


class _Generator:
    """Writes the two functions of one operation."""

    def __init__(self, operation: Operation) -> None:
        self.op = operation
        self.arguments = list(operation.rules)
        self.names = list(operation.parameters)
        self.variadic = self.names[0] if operation.each is not None else None
        if self.variadic:
            self.arguments = [self.variadic]
        self.keeps = self._keeps()

    def _keeps(self) -> dict[str, list[str]]:
        """For each kept name, the arguments whose rules ask for it."""
        kept: dict[str, list[str]] = {}
        rules = {self.variadic: self.op.each} if self.variadic else self.op.rules
        for argument, rule in rules.items():
            skip = 2 if self.variadic else 1
            for name in list(inspect.signature(rule).parameters)[skip:]:  # type: ignore[arg-type]
                self._check(name)
                kept.setdefault(name, []).append(argument)  # type: ignore[arg-type]
        return kept

    def _check(self, name: str) -> None:
        base = name.removesuffix("_shape").removesuffix("_dtype")
        if base not in self.names and base != "out" and name not in self.names:
            raise TypeError(f"a rule of {self.op.name} names {name!r}; it may name {', '.join(self.names)}, out, NAME_shape")

    def _value(self, name: str) -> str:
        """The expression for a kept name."""
        if name in self.arguments:
            return f"v_{name}"
        if name in self.names or name == "out":
            return name
        base, _, what = name.rpartition("_")
        return f"{what}_of({'v_' + base if base in self.arguments else base})"

    def _saved(self) -> str:
        parts = [self._saved_one(name, users) for name, users in self.keeps.items()]
        return parts[0] if len(parts) == 1 else "(" + "".join(part + ", " for part in parts) + ")"

    def _saved_one(self, name: str, users: list[str]) -> str:
        """A large value is kept only when a rule that asks for it will run."""
        value = self._value(name)
        if self.variadic or len(self.arguments) == 1 or not (name in self.arguments or name == "out"):
            return value
        if set(users) == set(self.arguments):
            return value
        return f"({value} if {' or '.join(f'n_{user} is not None' for user in users)} else None)"

    def _signature(self) -> str:
        return str(inspect.Signature(list(self.op.parameters.values()))).strip("()")

    def _call(self, form: str) -> str:
        """The call of the forward; `form` is how an argument is written."""
        return ", ".join(self._passed(p, form) for p in self.op.parameters.values())

    def _passed(self, parameter: inspect.Parameter, form: str) -> str:
        name = parameter.name
        value = form.format(name) if name in self.arguments else name
        if parameter.kind is inspect.Parameter.VAR_POSITIONAL:
            return "*" + value
        return f"{name}={value}" if parameter.kind is inspect.Parameter.KEYWORD_ONLY else value

    def _unwrap(self) -> list[str]:
        if self.variadic:
            a = self.variadic
            return [
                f"{a} = list({a})",
                f"n_{a} = [item._node if isinstance(item, Tensor) else None for item in {a}]",
                f"v_{a} = [strong(item._data, item) if isinstance(item, Tensor) else operand(item, {a!r}) for item in {a}]",
            ]
        lines = []
        for a in self.arguments:
            lines += [f"if isinstance({a}, Tensor):", f"    n_{a} = {a}._node; v_{a} = {a}._data"]
            lines += ["else:", f"    n_{a} = None; v_{a} = {a}"]
        for a in self.names:
            if a not in self.arguments and self.op.parameters[a].default is inspect.Parameter.empty:
                lines += [f"if isinstance({a}, Tensor): {a} = {a}._data"]
        return lines

    def _prepare(self, indent: str) -> str:
        """Bring foreign arguments to arrays; in mixed company a float64 tensor must promote as one."""
        if self.variadic:
            return "pass"
        lines = [f"if type(v_{a}) not in PLAIN: v_{a} = operand(v_{a}, {a!r})" for a in self.arguments]
        if len(self.arguments) > 1:
            lines += [f"v_{a} = strong(v_{a}, {a})" for a in self.arguments]
        return ("\n" + indent).join(lines) or "pass"

    def _fast(self) -> str:
        if self.op.scalar is None or self.variadic:
            return ""
        floats = " and ".join(f"type(v_{a}) in NUMBERS" for a in self.arguments)
        values = ", ".join(f"v_{a}" for a in self.arguments)
        text = SCALAR_TEXT.get(self.op.scalar)
        expression = text.format(*[f"v_{a}" for a in self.arguments]) if text else f"scalar({values})"
        return _FAST.format(floats=floats, expression=expression, strong_call=self._call("float64(v_{})"))

    def function(self) -> str:
        fast = self._fast()
        indent = "        " if fast else "    "
        v = self.variadic
        nodes = [f"n_{a}" for a in self.arguments]
        several = self.op.outputs
        return _FUNCTION.format(
            name=self.op.name,
            signature=self._signature(),
            unwrap=_lines(self._unwrap()),
            none_given=f"not any(isinstance(item, Tensor) for item in {v})"
            if v
            else " and ".join(f"v_{a} is {a}" for a in self.arguments),
            raw_call=self._call("{}"),
            fast=fast,
            indent=indent,
            prepare=self._prepare(indent),
            call=self._call("v_{}"),
            explained=", ".join(f"{a}=v_{a}" for a in self.arguments),
            settle="out = Several([settle(item) for item in out])" if several else SETTLE.replace("\n", "\n" + indent),
            no_nodes=f"not any(n_{v})" if v else " and ".join(f"{n} is None" for n in nodes),
            plain_result="tuple([wrap(item) for item in out])" if several else "wrap(out)",
            parents=f"tuple(n_{v})" if v else "(" + ", ".join(nodes) + ",)",
            saved=self._saved() if self.keeps else "None",
            shape_dtype="node.shape = node.dtype = None" if several else SHAPE_DTYPE,
            result="tuple([pick(tensor, i, len(out)) for i in range(len(out))])" if several else "tensor",
        )

    def pull(self) -> str:
        names = list(self.keeps)
        unpack = [", ".join(f"s_{n}" for n in names) + (" = saved" if len(names) == 1 else ", = saved")] if names else []
        if self.variadic:
            rest = "".join(f", s_{n}" for n in names)
            return "\n".join([
                f"def pull_{self.op.name}(parents, saved, g, emit):",
                *("    " + line for line in unpack),
                "    for index, parent in enumerate(parents):",
                f"        if parent is not None: emit(parent, each(g, index{rest}))",
            ])
        body = [", ".join(f"p_{a}" for a in self.arguments) + ", = parents", *unpack]
        for a in self.arguments:
            needs = [name for name, users in self.keeps.items() if a in users]
            ordered = [n for n in list(inspect.signature(self.op.rules[a]).parameters)[1:] if n in needs]
            call = f"rule_{a}(g{''.join(f', s_{n}' for n in ordered)})"
            body.append(f"if p_{a} is not None: emit(p_{a}, {call})")
        return f"def pull_{self.op.name}(parents, saved, g, emit):\n" + _lines(body)


NUMBERS = frozenset({float, int})
SETTLE = "if type(out) is not ndarray or not out.ndim: out = settle(out)"
SHAPE_DTYPE = """if type(out) is float:
        node.shape = ()
        node.dtype = FLOAT64
    else:
        node.shape = out.shape
        node.dtype = out.dtype"""
SCALAR_TEXT = {
    operator.add: "{} + {}",
    operator.sub: "{} - {}",
    operator.mul: "{} * {}",
    operator.truediv: "{} / {}",
    operator.pow: "{} ** {}",
    operator.neg: "-{}",
}


def _compile(operation: Operation) -> None:
    generator = _Generator(operation)
    operation.source = generator.function() + "\n" + generator.pull() + "\n"
    space: dict[str, Any] = {
        "Tensor": Tensor, "Node": Node, "OPERATION": operation, "forward": operation.forward, "scalar": operation.scalar,
        "each": operation.each, "current": current, "next_number": next_number, "new": object.__new__, "wrap": wrap,
        "settle": settle, "operand": operand, "strong": strong, "explain": explain, "shape_of": shape_of, "dtype_of": dtype_of,
        "PLAIN": PLAIN, "Several": Several, "NUMBERS": NUMBERS, "FLOAT64": FLOAT64, "ndarray": np.ndarray, "float64": np.float64, "math": math,
    }
    space |= {f"rule_{name}": rule for name, rule in operation.rules.items()}
    if operation.outputs:
        space["pick"] = pick
    exec(compile(operation.source, f"<operation {operation.name}>", "exec"), space)
    operation.function = space[operation.name]
    operation.pull = space[f"pull_{operation.name}"]
    operation.saved_names = tuple(generator.keeps)
    order = generator.arguments
    operation.keeps = frozenset(order.index(n) for n in operation.saved_names if n in order)
    if operation.each is not None and operation.keeps:
        operation.keeps = frozenset(range(10_000))
    operation._lifts = tuple(
        (place, OUT if name == "out" else order.index(name))
        for place, name in enumerate(operation.saved_names)
        if name == "out" or name in order
    )


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
    outputs: bool = False,
    domain: Any = None,
    kinks: str = "",
    analytic: bool = True,
    orders: int | None = None,
    tags: Sequence[str] = (),
    symbol: str = "",
    doc: str = "",
    **rules: Rule,
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
    outputs : bool
        The function returns a tuple of arrays; its rules get ``g`` as `Parts`-like sequence of gradients (None: absent).
    domain, kinks, analytic, orders, tags, symbol
        What tests, documentation and pictures need: where inputs may be drawn, what happens at kinks, whether the complex
        step applies, how many derivatives exist, what kind of operation it is, how it is written.
    **rules : callable
        ``argument=rule``: ``rule(g, ...)`` returns dL/d(argument) from g = dL/d(out); see the module's text for the names a
        rule can ask for.

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
    if not rules and each is None:
        raise TypeError(f"{title}: declare at least one rule, argument=lambda g, ...: ...")
    parameters = _parameters(function, signature)
    unknown = set(rules) - set(parameters)
    if unknown:
        raise TypeError(f"{title}: rules for {sorted(unknown)}, but its arguments are {list(parameters)}")
    ordered = {argument: rules[argument] for argument in parameters if argument in rules}
    operation = Operation(
        title, function, parameters, ordered, each, scalar, outputs, domain, kinks, analytic, orders, frozenset(tags), symbol
    )
    _compile(operation)
    made = operation.function
    made.__doc__ = doc or function.__doc__
    made.__module__ = "autograd"
    made.operation = operation
    registry[title] = operation
    for target in (function, *numpy):
        if isinstance(target, np.ufunc) or getattr(target, "__module__", "").startswith("numpy"):
            implementations[target] = made
    return made


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


def _reduce_name(function: Any) -> str:
    return getattr(function, "__name__", str(function))


@functools.cache
def _nearest(name: str) -> str:
    import difflib

    known = [_reduce_name(target) for target in implementations]
    close = difflib.get_close_matches(name, known, n=3)
    return f"; close to it are differentiable: {', '.join(close)}" if close else ""


def refuse_function(function: Any) -> TypeError:
    """NumPy functions outside the registry say so at the call."""
    name = _reduce_name(function)
    return TypeError(
        f"np.{name} is not differentiable here{_nearest(name)}. For its value alone write np.{name}(x.detach().data)"
    )

"""Writes, as source text, the two functions of a declared operation: the one users call and the node's pull-back.

Text, because a generated function has no loops over arguments and no cases that do not apply: it is what makes one operation
cost about a microsecond. It is written and compiled at the first call, for a hundred and fifty of them at import would cost
more than importing NumPy. `Operation.source` shows it.
"""

from __future__ import annotations

import inspect
import operator
import re
from collections.abc import Callable, Sequence
from types import FunctionType
from typing import TYPE_CHECKING, Any

import numpy as np

from autograd.graph import FLOAT64, PENDING, Node, accumulate, choosing, current, next_number, spreading
from autograd.kernels.layout import Padded
from autograd.tensor import Tensor, payload, to_array, wrap

if TYPE_CHECKING:
    from autograd.declare import Operation

# ------------------------------------------------------------------------------------------------- what the code calls


def operand(value: Any, name: str) -> Any:
    """An argument that is neither a tensor nor a plain number or array, made one; named in the error if it cannot be."""
    if value is None or (type(value) in PLAIN and not (type(value) is np.ndarray and value.dtype.hasobject)):
        return value
    if isinstance(value, np.matrix):
        raise TypeError(f"argument {name}: products of an np.matrix mean something else; pass np.asarray(...) of it")
    try:
        return payload(to_array(value))
    except (TypeError, ValueError) as error:
        raise TypeError(f"argument {name}: {error}") from None


class Several(tuple[Any, ...]):
    """The payload of an operation with several outputs; users only ever hold its picks."""

    __slots__ = ()


PLAIN = frozenset(
    {Several, Padded, np.ndarray, float, int, bool, np.float32, np.float64, np.float16, np.int64, np.int32, np.bool_}
)


def keep(node: Node, out: Any, values: Sequence[Any], options: dict[str, Any]) -> None:
    """Under `keeping`: the value on its node, and those of the leaves it was made from, which nothing else holds for a picture."""
    into = current().keeping
    if into is not True:
        into(node, values, options)
        return
    node.value = out
    for parent, value in zip(node.parents, values, strict=True):
        if parent is not None and parent.op is None:
            parent.value = value


def explain(error: Exception, operation: str, **arguments: Any) -> None:
    """Say in the error which operation met which shapes."""
    given = ", ".join(f"{name}: {_outline(value)}" for name, value in arguments.items())
    error.add_note(f"in {operation}({given})")


UNUSUAL = (AttributeError, KeyError, OverflowError, RecursionError, ZeroDivisionError)


def refused(error: Exception, operation: str) -> TypeError:
    """What a forward meets in arguments that are not arrays or options at all, as the error that callers expect."""
    return TypeError(f"{operation} cannot take these arguments: {type(error).__name__}: {error}")


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


def again(rule: Callable[..., Any], *given: Any) -> Any:
    """A rule on NumPy's numbers in place of Python's: where these raise, as at 1 / 0, NumPy gives an infinity."""
    return rule(*[np.float64(value) if type(value) in NUMBERS else value for value in given])


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
        try:
            return forward({raw_call})
        except UNUSUAL as error:
            raise refused(error, {name!r}) from error
{fast}{indent}{prepare}
{indent}try:
{indent}    out = forward({call})
{indent}except (TypeError, ValueError, IndexError) as error:
{indent}    explain(error, {name!r}, {explained})
{indent}    raise
{indent}except UNUSUAL as error:
{indent}    raise refused(error, {name!r}) from error
{indent}{settle}
    state = current()
    tensor = new(Tensor)
    tensor._data = out
    if ({no_nodes}) or not state.recording:
        tensor._node = None
        return {plain_result}
    tensor._node = node = Node()
    node.op = OPERATION
    {parents}
    node.saved = {saved}
    node.number = next_number()
    {shape_dtype}
    node.slot = None
    node.scope = state.scope
    if state.keeping:
        keep(node, out, {values}, {options})
    return {result}
"""

_SPREAD_ONE = """\
    if p_{a} is not None:
        try: c = {contribution}
        except ArithmeticError: c = again(rule_{a}, g{given})
        if type(c) is float and p_{a}.dtype is FLOAT64 and not p_{a}.shape:
            have = p_{a}.slot
            p_{a}.slot = c if have is PENDING else have + c
        else:
            accumulate(p_{a}, c)
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


class Generator:
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
            assert rule is not None
            skip = 2 if self.variadic else 1
            for name in argument_names(rule)[skip:]:
                kept.setdefault(name, []).append(argument)  # type: ignore[arg-type]
        return kept

    def _value(self, name: str) -> str:
        """The expression for a kept name."""
        if name in self.arguments:
            return f"v_{name}"
        if name in self.names or name == "out":
            return name
        base, _, what = name.rpartition("_")
        value = f"v_{base}" if base in self.arguments else base
        return f"({value}.{what} if type({value}) is ndarray else {what}_of({value}))"

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
            lines += [f"if type(v_{a}) is float and v_{a} is not {a}: v_{a} = float64(v_{a})" for a in self.arguments]
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
            settle="out = Several([settle(item) for item in out])" if several else SETTLE,
            no_nodes=f"not any(n_{v})" if v else " and ".join(f"{n} is None" for n in nodes),
            plain_result="results([wrap(item) for item in out])" if several else "tensor",
            parents=self._parents(),
            saved=self._saved() if self.keeps else "None",
            options="{" + ", ".join(f"{a!r}: {a}" for a in self.names if a not in self.arguments) + "}",
            values=f"v_{v}" if v else "(" + "".join(f"v_{a}, " for a in self.arguments) + ")",
            shape_dtype="node.shape = node.dtype = None" if several else SHAPE_DTYPE,
            result="results([pick(tensor, i, len(out)) for i in range(len(out))])" if several else "tensor",
        )

    def _parents(self) -> str:
        nodes = [f"n_{a}" for a in self.arguments]
        if self.variadic:
            return f"node.first = node.second = None; node.more = tuple({nodes[0]})"
        if len(nodes) > 2:
            return f"node.first = node.second = None; node.more = ({', '.join(nodes)})"
        return "; ".join(f"node.{place} = {node}" for place, node in zip(PLACES, [*nodes, "None"])) + "; node.more = None"

    def pull(self) -> str:
        """One contribution an argument, None for a parent that is None: a large product that nobody waits for is not made."""
        names = list(self.keeps)
        body = self._unpack()
        if self.variadic:
            rest = "".join(f", s_{n}" for n in names)
            body.append(f"return [None if parent is None else each(g, index{rest}) for index, parent in enumerate(parents)]")
        elif self.op.together:
            first = self.op.rules[self.arguments[0]]
            body += [
                f"{', '.join(f'c_{a}' for a in self.arguments)}, = rule_{self.arguments[0]}(g{_given(first, names)})",
                f"return ({''.join(f'None if parents[{i}] is None else c_{a}, ' for i, a in enumerate(self.arguments))})",
            ]
        else:
            body += [line for i, a in enumerate(self.arguments) for line in self._pulled(i, a)]
            body.append(f"return ({''.join(f'c_{a}, ' for a in self.arguments)})")
        return f"def pull_{self.op.name}(parents, saved, g):\n{_lines(body)}\n"

    def _unpack(self) -> list[str]:
        names = list(self.keeps)
        return [", ".join(f"s_{n}" for n in names) + (" = saved" if len(names) == 1 else ", = saved")] if names else []

    def _pulled(self, index: int, argument: str) -> list[str]:
        """Python raises where NumPy gives an infinity: then the rule runs again on NumPy's numbers."""
        return [
            f"if parents[{index}] is None: c_{argument} = None",
            "else:",
            f"    try: c_{argument} = {self._contribution(argument)}",
            f"    except ArithmeticError: c_{argument} = again(rule_{argument}, g{self._given(argument)})",
        ]

    def spread(self) -> str:
        """`pull` and `accumulate` in one, without the calls and the tuple; one of its own where an operation has one rule an argument."""
        if self.variadic or self.op.together:
            return f"spread_{self.op.name} = spreading(pull_{self.op.name})"
        names = [f"p_{a}" for a in self.arguments]
        links = [f"{n} = links.{place}" for n, place in zip(names, PLACES)] if len(names) <= 2 else [f"{', '.join(names)}, = links.more"]
        body = [*links, *self._unpack()]
        parts = [_SPREAD_ONE.format(a=a, contribution=self._contribution(a), given=self._given(a)) for a in self.arguments]
        return f"def spread_{self.op.name}(links, saved, g):\n{_lines(body)}\n" + "".join(parts)

    def _given(self, argument: str) -> str:
        return _given(self.op.rules[argument], [name for name, users in self.keeps.items() if argument in users])

    def _contribution(self, argument: str) -> str:
        """A rule's text where it has one, else its call."""
        rule = self.op.rules[argument]
        text = getattr(rule, "text", None)
        if text is None:
            return f"rule_{argument}(g{self._given(argument)})"
        return re.sub(r"(?<![\w.])[a-z_]\w*", lambda word: "g" if word[0] == "g" else f"s_{word[0]}", text)


def _given(rule: Callable[..., Any], kept: Sequence[str]) -> str:
    """The kept values that a rule asks for, as the rest of its call."""
    return "".join(f", s_{name}" for name in argument_names(rule)[1:] if name in kept)


NUMBERS = frozenset({float, int})
PLACES = ("first", "second")  # where a node keeps one or two parents
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


def _space(operation: Operation) -> dict[str, Any]:
    """The names that the generated text uses."""
    space: dict[str, Any] = {
        "Tensor": Tensor, "Node": Node, "OPERATION": operation, "forward": operation.forward, "scalar": operation.scalar,
        "each": operation.each, "current": current, "next_number": next_number, "new": object.__new__, "wrap": wrap,
        "settle": settle, "keep": keep, "again": again, "operand": operand, "strong": strong, "explain": explain,
        "refused": refused, "UNUSUAL": UNUSUAL,
        "shape_of": shape_of, "dtype_of": dtype_of, "ndarray": np.ndarray, "float64": np.float64,
        "PLAIN": PLAIN, "Several": Several, "NUMBERS": NUMBERS, "FLOAT64": FLOAT64, "PENDING": PENDING,
        "accumulate": accumulate, "spreading": spreading,
    }  # fmt: skip
    return space | {f"rule_{name}": rule for name, rule in operation.rules.items()}


def unbuilt(operation: Operation) -> Any:
    """The function users hold: at its first call it gets the generated code in place of this one.

    The code is exchanged inside the function object, so that whoever holds it (operators, methods, NumPy's protocols) has
    the fast one from then on.
    """
    space = _space(operation)

    def first() -> Any:
        build(operation, space)
        return operation.function

    space["first"] = first
    function = FunctionType(_unbuilt.__code__, space, operation.name)
    function.__qualname__ = operation.name
    return function


def _unbuilt(*args: Any, **kwargs: Any) -> Any:
    return first()(*args, **kwargs)  # type: ignore[name-defined]  # noqa: F821  (lives in the operation's own names)


def build(operation: Operation, space: dict[str, Any]) -> None:
    """Generate, compile, and put the code where the function is."""
    if operation.source:
        return
    generator = Generator(operation)
    source = generator.function() + "\n" + generator.pull() + "\n" + generator.spread() + "\n"
    made: dict[str, Any] = {}
    exec(compile(source, f"<operation {operation.name}>", "exec"), space, made)
    function, real = operation.function, made[operation.name]
    function.__defaults__, function.__kwdefaults__ = real.__defaults__, real.__kwdefaults__
    operation.pull, spread = made[f"pull_{operation.name}"], made[f"spread_{operation.name}"]
    operation.spread = choosing(spread) if operation.choosing else spread
    operation.saved_names = tuple(generator.keeps)
    order = generator.arguments
    kept = [name for name in operation.saved_names if name in order]
    operation.keeps = range(1 << 30) if operation.each is not None and kept else frozenset(map(order.index, kept))
    operation.lifts = tuple(
        (place, OUT if name == "out" else order.index(name))
        for place, name in enumerate(operation.saved_names)
        if name == "out" or name in order
    )
    function.__code__ = real.__code__
    operation.source = source  # last: it tells other threads that the code is in place


OUT = -1


def argument_names(function: Callable[..., Any]) -> list[str]:
    """Names of a function's parameters; from its code, as `inspect` takes fifty times longer."""
    if isinstance(function, FunctionType) and not hasattr(function, "__wrapped__"):
        code = function.__code__
        return list(code.co_varnames[: code.co_argcount + code.co_kwonlyargcount])
    return list(inspect.signature(function).parameters)

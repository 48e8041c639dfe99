"""One declared function as the text of a type stub: its overloads, its docstring."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Sequence
from typing import Any

from autograd.declare import Operation
from autograd.support.parameters import ARRAY, kind_of, spelled, tensors_in
from autograd.testing.registry import samples

Parameter = inspect.Parameter
STARS: dict[Any, str] = {Parameter.VAR_POSITIONAL: "*", Parameter.VAR_KEYWORD: "**"}
WIDTH = 140

# What a function returns, where that is neither one result nor said by its annotation; T stands for one result.
RETURNS = {
    **dict.fromkeys("topk cummax cummin kthvalue mode frexp lu_factor".split(), "tuple[T, Array]"),
    **dict.fromkeys("gradient argmax argmin all any".split(), "Any"),
    **dict.fromkeys("argsort argpartition searchsorted".split(), "Array"),
    "nonzero": "tuple[Array, ...]",
}  # fmt: skip

# Results that depend on an option's value, and arguments in the order that the first one chooses.
WRITTEN = {
    "einsum": """\
@overload
def einsum(
    subscripts: str, /, *operands: ArrayLike, optimize: bool | str | Sequence[Any] = True, dtype: DTypeLike | None = None
) -> FromNumPy: ...{doc}
@overload
def einsum(
    subscripts: str, /, *operands: TensorLike, optimize: bool | str | Sequence[Any] = True, dtype: DTypeLike | None = None
) -> Tensor: ...
@overload
def einsum(
    *operands_and_sublists: TensorLike, optimize: bool | str | Sequence[Any] = True, dtype: DTypeLike | None = None
) -> Any: ...
""",
    "qr": """\
@overload
def qr(a: Tensor, mode: Literal["reduced", "complete"] = "reduced") -> QRResult[Tensor]: ...{doc}
@overload
def qr(a: Tensor, mode: Literal["r"]) -> Tensor: ...
@overload
def qr(a: TensorLike, mode: str = "reduced") -> Any: ...
""",
    "svd": """\
@overload
def svd(
    a: Tensor, full_matrices: bool = True, compute_uv: Literal[True] = True, hermitian: bool = False
) -> SVDResult[Tensor]: ...{doc}
@overload
def svd(a: Tensor, full_matrices: bool = True, *, compute_uv: Literal[False], hermitian: bool = False) -> Tensor: ...
@overload
def svd(a: TensorLike, full_matrices: bool = True, compute_uv: bool = True, hermitian: bool = False) -> Any: ...
""",
}  # fmt: skip


def function_text(name: str, function: Callable[..., Any]) -> str:
    """A public function: what tensors give, and what arrays alone give."""
    doc = _docstring(function.__doc__)
    if name in WRITTEN:
        return WRITTEN[name].replace(": ...{doc}", ":" + doc)
    parameters = list(inspect.signature(function).parameters.values())
    kinds = [kind_of(function, name, parameter) for parameter in parameters]
    several = [kind for kind in kinds if tensors_in(kind)] != [ARRAY] or any(p.kind is Parameter.VAR_POSITIONAL for p in parameters)
    if not any(map(tensors_in, kinds)):
        return _definition(name, parameters, kinds, _result(name, function, "Tensor")) + doc
    plain = _definition(name, parameters, [spelled(kind, False) for kind in kinds], _result(name, function, "FromNumPy"))
    wide = [spelled(kind, True) if several else {ARRAY: "Tensor"}.get(kind, kind) for kind in kinds]
    tensors = _definition(name, parameters, wide, _result(name, function, "Tensor"))
    first, second = (plain, tensors) if several else (tensors, plain)
    return f"@overload\n{first}{doc}@overload\n{second} ...\n"


def annotated_text(name: str, function: Callable[..., Any]) -> str:
    """A function that is annotated in full where it stands."""
    parameters = list(inspect.signature(function).parameters.values())
    kinds = [str(parameter.annotation) for parameter in parameters]
    return _definition(name, parameters, kinds, str(inspect.signature(function).return_annotation)) + _docstring(function.__doc__)


def method_text(name: str, function: Callable[..., Any]) -> str:
    """A method of Tensor: the declared function without its first parameter, which is the tensor."""
    parameters = list(inspect.signature(function).parameters.values())[1:]
    kinds = [spelled(kind_of(function, name, parameter), True) for parameter in parameters]
    text = _definition(name, parameters, kinds, _result(name, function, "Tensor"), receiver="self")
    return text + _docstring((function.__doc__ or "").split("\n\n")[0])


def _definition(name: str, parameters: Sequence[Parameter], kinds: Sequence[str], result: str, receiver: str = "") -> str:
    texts = [receiver] if receiver else []
    for place, (parameter, kind) in enumerate(zip(parameters, kinds, strict=True)):
        before = parameters[place - 1].kind if place else None
        if parameter.kind is Parameter.KEYWORD_ONLY and before not in (Parameter.KEYWORD_ONLY, Parameter.VAR_POSITIONAL):
            texts.append("*")
        texts.append(_parameter(parameter, kind))
        after = parameters[place + 1].kind if place + 1 < len(parameters) else None
        if parameter.kind is Parameter.POSITIONAL_ONLY and after is not Parameter.POSITIONAL_ONLY:
            texts.append("/")
    return _fitted(f"def {name}(", texts, f") -> {result}:")


def _fitted(head: str, texts: list[str], tail: str) -> str:
    """On one line, or an argument a line where that is too long."""
    line = head + ", ".join(texts) + tail
    return line if len(line) <= WIDTH - 8 else head + "\n    " + ",\n    ".join(texts) + ",\n" + tail


def _parameter(parameter: Parameter, kind: str) -> str:
    stars = STARS.get(parameter.kind, "")
    if parameter.default is Parameter.empty:
        return f"{stars}{parameter.name}: {kind}"
    return f"{parameter.name}: {kind} = {_default(parameter.default)}"


def _default(value: Any) -> str:
    """Literals as they are written; of anything else only that there is a default."""
    if isinstance(value, str):
        return '"' + value + '"'
    if isinstance(value, tuple) and all(type(item) is int for item in value):
        return repr(value)
    return repr(value) if value is None or type(value) in (bool, int, float) else "..."


def _result(name: str, function: Callable[..., Any], one: str) -> str:
    operation: Operation | None = getattr(function, "operation", None)
    annotation = str(inspect.signature(function).return_annotation)
    result = RETURNS.get(name) or (annotation.replace("Any", "T") if annotation.startswith(("tuple[", "list[")) else "T")
    if operation is not None and operation.outputs:
        named = getattr(operation.outputs, "_fields", ())
        result = f"{operation.outputs.__name__}[T]" if named else f"tuple[{', '.join(['T'] * _outputs(operation))}]"
    return re.sub(r"\bT\b", one, result)


def _outputs(operation: Operation) -> int:
    """How many results there are: counted, for no declaration says it."""
    sample = samples(operation)[0]
    return len(sample.run(*sample.arrays))


def _docstring(doc: str | None) -> str:
    """The body of a stub's function: its documentation, or nothing."""
    text = inspect.cleandoc(doc or "").replace('"""', "'''")
    if not text:
        return " ...\n"
    quote = 'r"""' if "\\" in text else '"""'
    ending = '\n"""' if "\n" in text or text.endswith('"') else '"""'
    lines = (quote + text + ending).split("\n")
    return "\n" + "\n".join("    " + line if line else "" for line in lines) + "\n"

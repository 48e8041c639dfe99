"""Which type a parameter has: of its annotation where that says something, else by its name, as names mean one thing here."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from typing import Any

from autograd.declare import Operation

ANNOTATIONS = {
    "Axis": "Axis", "Numbers": "Shape", "Numbers | None": "Shape | None", "Sizes": "Sequence[int]", "int | Sizes": "Shape",
    "Padding": "Padding", "Tensor": "Tensor",
}  # fmt: skip
PLAIN = re.compile(r"(?:int|float|bool|str|None|Sequence\[(?!Any)\w+\]|Callable\[\.\.\., Any\]|[ |])+")

ARRAY, SEQUENCE = "array", "sequence"  # stand for arguments that may be tensors, one or several
NAMED = {
    **dict.fromkeys("a A b m v x y x1 x2 fp xp arr ary array input source src value values mat1 mat2 batch1 batch2".split(), ARRAY),
    **dict.fromkeys("start end weight other default tensor1 tensor2 mat vec vec1 vec2".split(), ARRAY),
    **dict.fromkeys("z arys L LU B stop a1 a2 p val seq_of_zeros".split(), ARRAY),
    **dict.fromkeys("weights append prepend min max a_min a_max aweights w left right to_begin to_end".split(), "array | None"),
    **dict.fromkeys("arrays tup choicelist tensors choices".split(), SEQUENCE),
    **dict.fromkeys("axis axes axis1 axis2 source destination dim".split(), "Axis"),
    **dict.fromkeys("shape new_shape input_shape weight_shape shift reps stride dilation size sizes window_shape".split(), "Shape"),
    **dict.fromkeys("initial correction rcond rtol tol".split(), "float | None"),
    **dict.fromkeys("index indices indices_or_sections condition mask obj q repeats ordered basis pad_width".split(), "ArrayLike"),
    **dict.fromkeys("pivots kth".split(), "ArrayLike"),
    "args": ARRAY, "xi": ARRAY, "varargs": ARRAY, "condlist": "Sequence[ArrayLike]", "where": "ArrayLike", "dtype": "DTypeLike",
    "kind": "str | None", "stable": "bool | None", "fweights": "ArrayLike | None", "funclist": "Sequence[Any]",
    "decimals": "int", "copy": "bool", "nan": "float", "posinf": "float | None", "neginf": "float | None", "ord": "Norm",
    "padding": "Padding", "UPLO": "str", "optimize": "bool | str | Sequence[Any]", "options": "Any", "device": "Any",
}  # fmt: skip
EXCEPTIONS = {
    ("moveaxis", "source"): "Shape", ("moveaxis", "destination"): "Shape", ("expand_dims", "axis"): "Shape", ("tensordot", "axes"): "Any",
    ("swapaxes", "axis1"): "int", ("swapaxes", "axis2"): "int", ("cond", "p"): "Norm", ("mvlgamma", "p"): "int",
    ("ldexp", "y"): "ArrayLike", ("polyint", "k"): "array | None",
    ("gradient", "f"): ARRAY, ("reshape", "shape"): "Shape", ("getitem", "index"): "Any", ("__getitem__", "index"): "Any",
    ("block_diag", "tensors"): ARRAY, ("cartesian_prod", "tensors"): ARRAY, ("clamp_min", "min"): ARRAY, ("clamp_max", "max"): ARRAY,
    ("pad", "mode"): "str", ("tensorsolve", "axes"): "Sequence[int]",
    ("transpose", "axes"): "Any", ("adaptive_max_pool_input", "x"): "ArrayLike", ("max_pool_input", "x"): "ArrayLike",
    ("adaptive_max_pool_output", "x"): "ArrayLike", ("max_pool_output", "x"): "ArrayLike",
}  # fmt: skip


def kind_of(function: Callable[..., Any], name: str, parameter: inspect.Parameter) -> str:
    """The parameter's type, with `ARRAY` and `SEQUENCE` standing for what may be a tensor; `Any` where nothing says it."""
    operation: Operation | None = getattr(function, "operation", None)
    if operation is not None and operation.each is not None and parameter.name == operation.names[0]:
        return SEQUENCE
    written = EXCEPTIONS.get((name, parameter.name))
    if written is None and operation is not None and parameter.name in operation.rules:
        written = ARRAY
    written = written or _written(parameter.annotation) or NAMED.get(parameter.name) or _of_default(parameter.default)
    return _optional(written, parameter)


def _written(annotation: Any) -> str | None:
    """An annotation that says something, in the words of the stubs."""
    text = annotation if isinstance(annotation, str) else getattr(annotation, "__name__", str(annotation))
    if text in ANNOTATIONS:
        return ANNOTATIONS[text]
    return text if PLAIN.fullmatch(text) else None


def _of_default(default: Any) -> str:
    """A number or a word says what else may stand in its place."""
    return type(default).__name__ if type(default) in (bool, int, float, str) else "Any"


def _optional(written: str, parameter: inspect.Parameter) -> str:
    """A parameter with the default None takes None."""
    holds = "None" in written or written in ("Any", "Axis", "Norm")
    return written if parameter.default is not None or holds else f"{written} | None"


def tensors_in(kind: str) -> bool:
    return kind.startswith((ARRAY, SEQUENCE))


def spelled(kind: str, tensors: bool) -> str:
    """The type in a signature for tensors, or in the one for arrays alone."""
    one = "TensorLike" if tensors else "ArrayLike"
    many = f"Sequence[{one}] | {'Tensor' if tensors else 'Array'}"
    return {ARRAY: one, SEQUENCE: many}.get(kind, kind.replace(ARRAY + " ", one + " "))

"""The type stubs: what editors and type checkers cannot see in functions that are made when the package is imported.

Three files: the front door, `autograd.linalg`, and the methods that `autograd.ops.methods` attaches, as a base class that
`Tensor` has for type checkers alone.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any

import autograd
from autograd import linalg
from autograd.declare import Operation, registry
from autograd.support.names import is_operation, public_names
from autograd.support.signatures import annotated_text, function_text, method_text
from autograd.tensor import Tensor

HEAD = '''"""{what}

Written from the registry by `python -m autograd.support{of}`.
"""

'''
IMPORTS = {
    "collections.abc": ("Callable", "Sequence"),
    "typing": ("Any", "Literal", "overload"),
    "numpy.typing": ("DTypeLike",),
    "autograd.ops.indexing": ("At",),
    "autograd.ops.factorisation": ("EighResult", "QRResult", "SVDResult", "SlogdetResult"),
    "autograd.pictures.picture": ("Picture",),
    "autograd.routing.report": ("Routes",),
    "autograd.tensor": ("Tensor",),
    "autograd.typing": ("Array", "ArrayLike", "Axis", "FromNumPy", "Norm", "Padding", "Shape", "TensorLike"),
}
METHODS = """
class Methods:
    T: Tensor
    mT: Tensor
    @property
    def at(self) -> At:
        \"\"\"Functional updates: ``x.at[i].set(v)``, also `add`, `multiply`, `min` and `max`.\"\"\"
"""
HOMES = {"config": "autograd.switches", "registry": "autograd.declare"}
COMPARISONS = ("eq", "ne", "lt", "le", "gt", "ge")
BINARY = ("add", "sub", "mul", "truediv", "pow", "matmul", "mod", "floordiv")


def stub_files() -> dict[str, str]:
    """Every stub's text by its path from the root of the project."""
    return {"autograd/__init__.pyi": front_stub(), "autograd/linalg.pyi": linalg_stub(), "autograd/methods.pyi": methods_stub()}


# ------------------------------------------------------------------------------------------------------------ the front door


def front_stub() -> str:
    names = public_names()
    homes = {name: HOMES.get(name) or value.__module__ for name, value in names.items() if not is_operation(value)}
    imports = [f"from {home} import {name} as {name}" for name, home in homes.items() if home != "autograd"]
    own = [annotated_text(name, names[name]) for name, home in homes.items() if home == "autograd"]
    operations = [function_text(name, value) for name, value in names.items() if is_operation(value)]
    head = [*sorted([*imports, "from autograd import linalg as linalg"]), "", "__version__: str", _all(autograd.__all__), ""]
    body = "\n".join([*head, *own, *operations])
    return _file("What `autograd` offers, for editors and type checkers.", body)


def _file(what: str, body: str, of: str = "") -> str:
    """The stub with the imports that it uses."""
    words = set(re.findall(r"\w+", re.sub(r'r?"""(?s:.*?)"""', "", body)))
    bound = set(re.findall(r" as (\w+)\n", body))
    used = {home: [name for name in names if name in words - bound] for home, names in IMPORTS.items()}
    lines = [f"from {home} import {', '.join(names)}\n" for home, names in used.items() if names]
    return HEAD.format(what=what, of=of) + "".join(lines) + body


def _all(names: list[str]) -> str:
    return f"__all__ = {names}".replace("'", '"')


def linalg_stub() -> str:
    names = public_names()
    shared = [name for name in linalg.__all__ if names.get(name) is getattr(linalg, name)]
    own = [function_text(name, getattr(linalg, name)) for name in linalg.__all__ if name not in shared]
    body = "".join(f"from autograd import {name} as {name}\n" for name in shared) + "\n" + _all(linalg.__all__) + "\n\n" + "\n".join(own)
    return _file("numpy.linalg's names for tensors.", body)


# --------------------------------------------------------------------------------------------------------------- the methods


def methods_stub() -> str:
    body = METHODS + "".join(_indented(text) for text in _methods())
    return _file("The methods and operators of `Tensor` that the declared operations give it.", body)


def attached() -> dict[str, Callable[..., Any]]:
    """What is no part of the class as it is written."""
    return {name: value for name, value in vars(Tensor).items() if inspect.isfunction(value) and value.__module__ != "autograd.tensor"}


def _methods() -> Iterator[str]:
    for name, function in attached().items():
        word = name.strip("_")
        if word in COMPARISONS:
            yield f"def {name}(self, other: {'object' if word in ('eq', 'ne') else 'TensorLike'}) -> Any: ...\n"
        elif word in BINARY or word.removeprefix("r") in BINARY:
            yield f"def {name}(self, other: TensorLike) -> Tensor: ...\n"
        elif "dlpack" in name:
            yield f"def {name}(self, *args: Any, **kwargs: Any) -> Any: ...\n"
        elif not name.startswith("__array_"):  # NumPy's protocols are for NumPy
            yield method_text(name, function)


def _indented(text: str) -> str:
    return "".join("    " + line if line.strip() else line for line in text.splitlines(keepends=True))


# ---------------------------------------------------------------------------------------------------------- somebody else's


def operations_of(module: ModuleType) -> dict[str, Any]:
    """The operations that a module declares, by the names they have there."""
    return {name: value for name, value in vars(module).items() if _declared_in(value, module)}


def _declared_in(value: Any, module: ModuleType) -> bool:
    operation: Operation | None = getattr(value, "operation", None)
    return operation is not None and registry.get(operation.name) is operation and operation.module == module.__name__


def user_stub(module: ModuleType) -> str:
    """The stub of a module that declares operations: these, and Any for whatever else stands in it."""
    texts = [function_text(name, value) for name, value in operations_of(module).items()]
    rest = "def __getattr__(name: str) -> Any: ...\n"
    return _file(f"The operations of `{module.__name__}`.", "\n".join(["", rest, *texts]), f" --of {module.__name__}")

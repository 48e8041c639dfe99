"""The public names of `autograd`, from the package as it is."""

from __future__ import annotations

import inspect
from types import ModuleType
from typing import Any

import autograd


def public_names() -> dict[str, Any]:
    """What the package offers, its modules left out."""
    names = sorted({*autograd.__all__, *(name for name in vars(autograd) if not name.startswith("_"))})
    offered = {name: getattr(autograd, name) for name in names}
    return {name: value for name, value in offered.items() if not isinstance(value, ModuleType) and not _of_python(value)}


def _of_python(value: Any) -> bool:
    """What an `__init__` imports for itself."""
    return value is Any or isinstance(value, bool) or type(value).__module__ == "__future__"


def is_operation(value: Any) -> bool:
    """A function over arrays and tensors: declared, or written with declared ones."""
    module = getattr(value, "__module__", "")
    return inspect.isfunction(value) and (hasattr(value, "operation") or module.startswith("autograd.ops."))

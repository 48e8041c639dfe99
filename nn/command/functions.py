"""MODULE:FUNCTION on a command line."""

from __future__ import annotations

import importlib
import sys
from typing import Any

from nn.command.refusal import Refusal


def found(name: str) -> Any:
    """The function at `module:function`, looked for in the working directory too, as `python -m` does."""
    module_name, _, function_name = name.partition(":")
    if not module_name or not function_name:
        raise Refusal(f"takes MODULE:FUNCTION, as in mynet:loss for loss() in mynet.py; given {name!r}")
    if "" not in sys.path:
        sys.path.insert(0, "")
    try:
        module = importlib.import_module(module_name)
    except ModuleNotFoundError as error:
        raise Refusal(f"no module named {error.name!r} here or on the path") from None
    function = getattr(module, function_name, None)
    if not callable(function):
        raise Refusal(f"{module_name} has no function {function_name!r}")
    return function

"""`gradroutes draw MODULE:FUNCTION`: a picture of what a function of the user's computes."""

from __future__ import annotations

import argparse
import importlib
import sys
from typing import Any

import autograd
from nn.command.figures import require_renderer
from nn.command.refusal import Refusal


def draw_function(options: argparse.Namespace) -> None:
    """Call the function, draw the tensor it returns, say where the picture is."""
    if options.out.suffix != ".dot":
        require_renderer()
    tensor = found(options.function)()
    if not isinstance(tensor, autograd.Tensor):
        raise Refusal(f"{options.function}() returned {type(tensor).__name__}; return the Tensor to draw")
    try:
        autograd.draw(tensor, options.level).save(options.out)
    except (OSError, ValueError) as error:
        raise Refusal(f"--out {options.out}: {error}") from None
    print(f"wrote {options.out}")


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

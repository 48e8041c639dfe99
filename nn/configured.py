"""Modules that are one function of `nn.functional` and its options."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from nn.module import Module


class Configured(Module):
    """A function with its options, which are attributes as in PyTorch: ``pool.stride`` is read and set."""

    function: Callable[..., Any]
    options: tuple[str, ...] = ()
    shown: tuple[str, ...] | None = None  # in its text; by default all options

    def _configure(self, **options: Any) -> None:
        for name, value in options.items():
            setattr(self, name, value)

    def _options(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.options}

    def forward(self, input: Any) -> Any:
        return self.function(input, **self._options()) if self.options else self.function(input)  # ReLU and tanh are called often

    def extra_repr(self) -> str:
        return ", ".join(f"{name}={getattr(self, name)!r}" for name in (self.options if self.shown is None else self.shown))


def class_of(base: type[Configured], name: str, function: Callable[..., Any], inputs: int, shown: tuple[str, ...] | None = None) -> Any:
    """A class for a function: what follows its `inputs` becomes arguments of the constructor, in order.

    `inplace` is taken and kept, but not passed on: nothing here is in place.
    """
    parameters = list(inspect.signature(function).parameters.values())[inputs:]
    signature = inspect.Signature(parameters)

    def __init__(self: Configured, *args: Any, **kwargs: Any) -> None:
        given = signature.bind(*args, **kwargs)
        given.apply_defaults()
        self._configure(**given.arguments)

    body = {
        "function": staticmethod(function), "options": tuple(p.name for p in parameters if p.name != "inplace"), "shown": shown,
        "__init__": __init__, "__module__": base.__module__, "__doc__": function.__doc__, "__signature__": signature,
    }  # fmt: skip
    return type(name, (base,), body)

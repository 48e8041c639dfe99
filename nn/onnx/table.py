"""The table of translations: an operation's name, and the ONNX nodes that compute it.

Each translation is ``translate(graph, call, *names)``: it adds nodes to `graph` for one recorded `call` whose inputs are
the values `names` (None for an argument that is None), and returns the name of the result. Users add theirs with `translation`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

Translation = Callable[..., Any]
F = TypeVar("F", bound=Translation)

TRANSLATIONS: dict[str, Translation] = {}


def translation(*names: str) -> Callable[[F], F]:
    """Say how operations of these names are written in ONNX.

    Examples
    --------
    >>> import numpy as np, autograd, nn.onnx
    >>> cube = autograd.op(lambda x: x**3, name="cube_of_the_docs", x=lambda g, x: 3 * g * x**2, domain=(-3.0, 3.0))
    >>> @nn.onnx.translation("cube_of_the_docs")
    ... def _cube(graph, call, x):
    ...     return graph.add("Pow", x, graph.constant(np.array(3, call.dtype)))
    >>> _ = nn.onnx.TRANSLATIONS.pop("cube_of_the_docs"), autograd.op  # tidy up after the example
    """

    def register(translate: F) -> F:
        TRANSLATIONS.update(dict.fromkeys(names, translate))
        return translate

    return register


def simple(onnx_name: str) -> Translation:
    """The ONNX operator of that name on the same inputs."""

    def translate(graph: Any, call: Any, *inputs: str) -> Any:
        return graph.add(onnx_name, *inputs)

    return translate

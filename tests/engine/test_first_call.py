"""An operation is generated at its first call; a second thread may make one in the middle of that."""

from __future__ import annotations

from typing import Any

import pytest

import autograd
from autograd.declare import Operation


def test_a_call_while_the_function_is_being_built(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever sees the mark of a built function must find its code: another thread calls at that very moment."""
    fresh = autograd.op(lambda x: x * 2.0, name="fresh", x=lambda g: g * 2.0)
    x = autograd.Tensor(3.0, requires_grad=True)
    seen: list[float] = []

    def call_when_marked(operation: Operation, name: str, value: Any) -> None:
        object.__setattr__(operation, name, value)
        if name == "source":
            seen.append(fresh(x).item())

    try:
        monkeypatch.setattr(Operation, "__setattr__", call_when_marked)
        assert fresh(x).item() == 6.0
        assert seen == [6.0]
    finally:
        del autograd.registry["fresh"]

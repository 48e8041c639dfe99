"""Hooks on modules. Those on gradients are operations of the graph: the identity, whose rule tells who asked."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import autograd
from autograd import Tensor


class Handle:
    """Takes a hook away again."""

    def __init__(self, hooks: list[Any], hook: Any) -> None:
        hooks.append(hook)
        self._hooks, self._hook = hooks, hook

    def remove(self) -> None:
        """Remove the hook; a second time does nothing."""
        if self._hook in self._hooks:
            self._hooks.remove(self._hook)


watched = autograd.op(
    lambda x, tell: x, name="watched", tags=("linear",), symbol="{x}", domain=(-3.0, 3.0), x=lambda g, tell: tell(g),
    doc="x itself; when its gradient arrives, ``tell(gradient)`` says what goes on.",
)  # fmt: skip


class BackwardWatch:
    """One call of a module with backward hooks: gathers the gradients of its outputs, then those of its inputs."""

    def __init__(self, module: Any, hooks: Sequence[Callable[..., Any]]) -> None:
        self.module, self.hooks = module, list(hooks)
        self.outputs: list[Any] = []
        self.inputs: list[Any] = []
        self.recording = self.waiting = 0

    def enter(self, args: tuple[Any, ...]) -> tuple[Any, ...]:
        """The arguments, those that record watched."""
        records = [isinstance(arg, Tensor) and arg.requires_grad for arg in args]
        self.inputs, self.recording = [None] * len(args), sum(records)
        self.waiting = self.recording
        told = [partial(self._input_arrived, index) for index in range(len(args))]
        return tuple(watched(a, tell) if r else a for a, r, tell in zip(args, records, told, strict=True))

    def leave(self, out: Any) -> Any:
        """The output, or each of several, watched."""
        several = isinstance(out, (tuple, list))
        values = list(out) if several else [out]
        self.outputs = [None] * len(values)
        kept = [watched(value, partial(self._output_arrived, index)) for index, value in enumerate(values)]
        return type(out)(kept) if several else kept[0]

    def _output_arrived(self, index: int, gradient: Any) -> Any:
        self.outputs[index] = autograd.as_tensor(gradient)
        if not self.recording:
            self._call()
        return gradient

    def _input_arrived(self, index: int, gradient: Any) -> Any:
        self.inputs[index] = autograd.as_tensor(gradient)
        self.waiting -= 1
        if self.waiting:
            return gradient
        changed = self._call()
        self.waiting = self.recording
        if changed is None:
            return gradient
        new = autograd.as_tensor(changed[index])
        return new if isinstance(gradient, Tensor) else new.data

    def _call(self) -> Any:
        """Every hook in turn; a gradient can be replaced where there is one input, for others have gone on by now."""
        given = None
        for hook in self.hooks:
            changed = hook(self.module, tuple(self.inputs), tuple(self.outputs))
            if changed is not None:
                given = changed if isinstance(changed, tuple) else (changed,)
                self.inputs = list(given)
        if given is not None and self.recording != 1:
            raise RuntimeError(
                f"a backward hook of {type(self.module).__name__} returned gradients for {self.recording} inputs; "
                "it can replace the gradient of one. Return None, and hook the inputs' own modules instead"
            )
        return given

"""Hooks on modules. Those on gradients are operations of the graph: the identity, whose rule tells who asked."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, NamedTuple

import autograd
from autograd import Tensor


class Handle:
    """Takes a hook away again, at the end of a `with` block too."""

    def __init__(self, hooks: list[Any], hook: Any, first: bool = False) -> None:
        hooks.insert(0 if first else len(hooks), hook)
        self._hooks, self._hook = hooks, hook

    def remove(self) -> None:
        """Remove the hook; a second time does nothing."""
        if self._hook in self._hooks:
            self._hooks.remove(self._hook)

    def __enter__(self) -> Handle:
        return self

    def __exit__(self, *error: object) -> None:
        self.remove()


class Before(NamedTuple):
    """A hook before `forward`, and whether it is told the keyword arguments."""

    hook: Callable[..., Any]
    with_kwargs: bool

    def __call__(self, module: Any, args: Any, kwargs: Any) -> tuple[Any, Any]:
        if self.with_kwargs:
            changed = self.hook(module, args, kwargs)
            return (args, kwargs) if changed is None else changed
        changed = self.hook(module, args)
        return (args if changed is None else changed if isinstance(changed, tuple) else (changed,)), kwargs


class After(NamedTuple):
    """A hook after `forward`; one with `always` is called when `forward` failed, too, with None as the output."""

    hook: Callable[..., Any]
    with_kwargs: bool
    always: bool

    def __call__(self, module: Any, args: Any, kwargs: Any, out: Any) -> Any:
        changed = self.hook(module, args, kwargs, out) if self.with_kwargs else self.hook(module, args, out)
        return out if changed is None else changed


class Hooks:
    """A module's hooks: a call without any asks for one attribute and finds None."""

    def __init__(self) -> None:
        self.before: list[Before] = []
        self.after: list[After] = []
        self.backward: list[Callable[..., Any]] = []
        self.backward_before: list[Callable[..., Any]] = []

    def __bool__(self) -> bool:
        return bool(self.before or self.after or self.backward or self.backward_before)

    def call(self, module: Any, args: Any, kwargs: Any) -> Any:
        """The module's `forward` with its hooks around it."""
        for before in self.before:
            args, kwargs = before(module, args, kwargs)
        watched_call = BackwardWatch(module, self.backward, self.backward_before)
        watches = bool(self.backward or self.backward_before)
        try:
            out = module.forward(*(watched_call.enter(args) if watches else args), **kwargs)
        except BaseException:
            for after in self.after:
                if after.always:
                    after(module, args, kwargs, None)
            raise
        for after in self.after:
            out = after(module, args, kwargs, out)
        return watched_call.leave(out) if watches else out


watched = autograd.op(
    lambda x, tell: x, name="watched", tags=("linear",), symbol="{x}", domain=(-3.0, 3.0), x=lambda g, tell: tell(g),
    doc="x itself; when its gradient arrives, ``tell(gradient)`` says what goes on.",
)  # fmt: skip


class BackwardWatch:
    """One call of a module with backward hooks: gathers the gradients of its outputs, then those of its inputs."""

    def __init__(self, module: Any, hooks: Sequence[Callable[..., Any]], first: Sequence[Callable[..., Any]]) -> None:
        self.module, self.hooks, self.first = module, list(hooks), list(first)
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
        if self.first and (len(self.outputs) == 1 or None not in self.outputs):
            gradient = self._told_first(gradient)
        if not self.recording:
            self._call()
        return gradient

    def _told_first(self, gradient: Any) -> Any:
        """The hooks on the gradients of the outputs; where there is one output it can be replaced."""
        for hook in self.first:
            changed = hook(self.module, tuple(self.outputs))
            if changed is not None and len(self.outputs) > 1:
                raise RuntimeError(
                    f"a backward pre-hook of {type(self.module).__name__} returned gradients for {len(self.outputs)} outputs; "
                    "it can replace the gradient of one"
                )
            if changed is not None:
                self.outputs = [autograd.as_tensor(changed[0] if isinstance(changed, tuple) else changed)]
                gradient = self.outputs[0] if isinstance(gradient, Tensor) else self.outputs[0].data
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

"""What a thread is doing: recording or not, in which scope, keeping values or not.

The state lies in a context variable, so it belongs to one thread (and one asynchronous task) alone, and reading it costs
some twenty nanoseconds at every operation.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from contextlib import ContextDecorator
from contextvars import ContextVar, Token
from copy import copy
from typing import Any


class Scope:
    """One entry of `with scope(name)`: a name and the scope around it. Two entries of one name stay two objects."""

    __slots__ = ("module", "name", "parent")

    name: str
    parent: Scope | None
    module: str

    def chain(self) -> list[Scope]:
        """The scopes from the outermost to this one."""
        found: list[Scope] = []
        scope: Scope | None = self
        while scope is not None:
            found.append(scope)
            scope = scope.parent
        return found[::-1]

    @property
    def path(self) -> str:
        """The names joined by dots, as in a state dictionary: ``layer1.0.conv1``."""
        return ".".join(scope.name for scope in self.chain() if scope.name)

    def __repr__(self) -> str:
        return f"Scope({self.path!r})"


class State:
    """What a thread is doing: recording or not, in which scope, keeping values or not. Never changed, only replaced."""

    __slots__ = ("keeping", "recording", "scope")

    recording: bool
    scope: Scope | None
    keeping: Any


def state(recording: bool, scope: Scope | None, keeping: Any) -> State:
    """By plain stores: every module's call makes one, and an `__init__` would take twice the time."""
    made = State()
    made.recording, made.scope, made.keeping = recording, scope, keeping
    return made


_AT_START = state(True, None, False)
_state: ContextVar[State] = ContextVar("autograd_state", default=_AT_START)
current = _state.get

# Who is told of each backward of this thread before it is swept: `observer(node, seed, retain)`; True: swept already.
observer: ContextVar[Callable[[Any, Any, bool], bool] | None] = ContextVar("autograd_observer", default=None)


class _Change(ContextDecorator):
    """Replace the thread's state for the length of a `with` block (or of a decorated function)."""

    def __init__(self) -> None:
        self._tokens: list[Token[State]] = []

    def _changed(self, now: State) -> State:
        raise NotImplementedError

    def __call__(self, function: Any) -> Any:
        if inspect.isgeneratorfunction(function) or inspect.iscoroutinefunction(function) or inspect.isasyncgenfunction(function):
            what = f"{type(self).__name__} around {function.__name__} would end before its body runs"
            raise TypeError(f"{what}: write `with {type(self).__name__}():` inside it")
        return super().__call__(function)

    def _recreate_cm(self) -> _Change:
        """One of its own for each call of a decorated function: calls may run in several threads at once."""
        own = copy(self)
        own._tokens = []
        return own

    def __enter__(self) -> Any:
        self._tokens.append(_state.set(self._changed(_state.get())))
        return self

    def __exit__(self, *error: object) -> None:
        _state.reset(self._tokens.pop())


class no_grad(_Change):
    """Record nothing in this thread: results are tensors without a graph.

    Examples
    --------
    >>> import autograd
    >>> x = autograd.Tensor(2.0, requires_grad=True)
    >>> with autograd.no_grad():
    ...     y = x * x
    >>> y.requires_grad
    False
    """

    def _changed(self, now: State) -> State:
        return state(False, now.scope, now.keeping)


class enable_grad(_Change):
    """Record again inside `no_grad`."""

    def _changed(self, now: State) -> State:
        return state(True, now.scope, now.keeping)


class keeping(_Change):
    """Keep the value of every interior tensor on its node, for pictures that show values.

    Parameters
    ----------
    into : callable, optional
        Told of every operation as it is recorded, in place of that: ``into(node, values, options)`` with the arrays that
        the node's parents stand for and the operation's other arguments by name, which the node itself does not hold.
    """

    def __init__(self, into: Callable[[Any, Any, dict[str, Any]], None] | None = None) -> None:
        super().__init__()
        self.into = into

    def _changed(self, now: State) -> State:
        return state(now.recording, now.scope, self.into or True)


class scope:
    """Name the operations recorded inside; nested scopes become the clusters of a picture.

    Parameters
    ----------
    name : str
        The scope's own name; `Node.scope.path` joins the nested names with dots.
    module : str, optional
        What kind of thing opened the scope (a class name), shown beside the name.
    """

    __slots__ = ("_token", "module", "name")

    def __init__(self, name: str, module: str = "") -> None:
        self.name = name
        self.module = module

    @staticmethod
    def enter(name: str, module: str) -> Token[State]:
        """Open a scope until `leave`. Each module's call does this: hence plain stores, and no object for a `with`."""
        now, inner, then = current(), Scope(), State()
        inner.name, inner.parent, inner.module = name, now.scope, module
        then.recording, then.scope, then.keeping = now.recording, inner, now.keeping
        return _state.set(then)

    leave = staticmethod(_state.reset)

    def __enter__(self) -> scope:
        self._token = self.enter(self.name, self.module)
        return self

    def __exit__(self, *error: object) -> None:
        self.leave(self._token)


def is_recording() -> bool:
    """Whether operations of this thread are recorded."""
    return current().recording

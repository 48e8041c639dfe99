"""Modules that hold modules or parameters."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, MutableMapping
from itertools import groupby
from operator import itemgetter
from typing import Any

from nn.module import Module, Parameter


def _module(holder: Module, item: Any) -> Module:
    if isinstance(item, Module):
        return item
    raise TypeError(
        f"{type(holder).__name__} holds modules, given {type(item).__name__}: "
        "wrap a function in nn.Lambda(function), an array in nn.Parameter"
    )


def _parameter(item: Any) -> Parameter:
    return item if isinstance(item, Parameter) else Parameter(item)


class _Numbered(Module):
    """Children (modules or parameters) under the names ``0``, ``1``, ..."""

    def _items(self) -> list[Any]:
        return [value for name, value in vars(self).items() if name.isdigit()]

    def _renumber(self, items: Iterable[Any]) -> None:
        items = list(items)
        for name in [name for name in vars(self) if name.isdigit()]:
            delattr(self, name)
        for index, item in enumerate(items):
            setattr(self, str(index), self._accepted(item))

    def _accepted(self, item: Any) -> Any:
        return _module(self, item)

    def __len__(self) -> int:
        return len(self._items())

    def __iter__(self) -> Iterator[Any]:
        return iter(self._items())

    def __getitem__(self, index: Any) -> Any:
        items = self._items()
        return type(self)._of(items[index]) if isinstance(index, slice) else items[index]

    @classmethod
    def _of(cls, items: list[Any]) -> Any:
        return cls(items)  # type: ignore[call-arg]

    def __setitem__(self, index: int, item: Any) -> None:
        items = self._items()
        items[index] = item
        self._renumber(items)

    def __delitem__(self, index: Any) -> None:
        items = self._items()
        del items[index]
        self._renumber(items)

    def append(self, item: Any) -> Any:
        """Add one at the end."""
        setattr(self, str(len(self)), self._accepted(item))
        return self

    def extend(self, items: Iterable[Any]) -> Any:
        """Add several at the end."""
        for item in items:
            self.append(item)
        return self

    def insert(self, index: int, item: Any) -> Any:
        """Put one before `index`."""
        items = self._items()
        items.insert(index, item)
        self._renumber(items)
        return self

    def pop(self, index: int = -1) -> Any:
        """Take one out."""
        item = self[index]
        del self[index]
        return item

    def __iadd__(self, items: Iterable[Any]) -> Any:
        return self.extend(items)

    def __add__(self, items: Iterable[Any]) -> Any:
        return type(self)._of([*self, *items])


class Sequential(_Numbered):
    """One module after the other.

    Parameters
    ----------
    *modules : Module
        Or one mapping of names to modules.

    Examples
    --------
    >>> import nn
    >>> nn.Sequential(nn.Linear(3, 4), nn.ReLU())
    Sequential(
      (0): Linear(in_features=3, out_features=4, bias=True)
      (1): ReLU()
    )
    """

    def __init__(self, *modules: Any) -> None:
        named = modules[0] if len(modules) == 1 and isinstance(modules[0], Mapping) else enumerate(modules)
        for name, module in named.items() if isinstance(named, Mapping) else named:
            setattr(self, str(name), self._accepted(module))

    @classmethod
    def _of(cls, items: list[Any]) -> Any:
        return cls(*items)

    def _items(self) -> list[Any]:
        return [module for _, module in self._own(Module)]

    def _renumber(self, items: Iterable[Any]) -> None:
        items = list(items)
        for name, _ in list(self._own(Module)):
            delattr(self, name)
        super()._renumber(items)

    def __mul__(self, times: int) -> Any:
        """The same modules, so the same weights, so many times in a row."""
        if not isinstance(times, int) or times < 1:
            raise ValueError(f"a Sequential is repeated once or more often, given {times!r}")
        return type(self)._of([*self] * times)

    __rmul__ = __mul__

    def __imul__(self, times: int) -> Any:
        return self.extend([*(self * times)][len(self) :])

    def __getitem__(self, index: Any) -> Any:
        """One module, or a Sequential of several under the names that they have here."""
        named = list(self._own(Module))
        return type(self)(dict(named[index])) if isinstance(index, slice) else named[index][1]

    def __setitem__(self, index: int, item: Any) -> None:
        setattr(self, list(self._own(Module))[index][0], self._accepted(item))

    def forward(self, input: Any) -> Any:
        for module in [value for value in self.__dict__.values() if isinstance(value, Module)]:
            input = module(input)
        return input


class _Uncalled(Module):
    """A container that is never called opens no scope, so its children carry its name before theirs."""

    def _called(self, name: str) -> None:
        super()._called(name)
        for own, child in self._own(Module):
            child._called(f"{name}.{own}")

    def _name_child(self, name: str, child: Module) -> None:
        child._called(f"{self.scope_name}.{name}" if self.scope_name else name)


class ModuleList(_Uncalled, _Numbered):
    """A list of modules, for a `forward` that calls them itself.

    Examples
    --------
    >>> import nn
    >>> len(nn.ModuleList(nn.Linear(2, 2) for _ in range(3)))
    3
    """

    def __init__(self, modules: Iterable[Module] = ()) -> None:
        self.extend(modules)

    def _child_texts(self) -> Iterator[tuple[str, str]]:
        """Neighbours alike are one line."""
        for text, alike in groupby(super()._child_texts(), key=itemgetter(1)):
            (first, _), *others = alike
            yield (f"{first}-{others[-1][0]}", f"{len(others) + 1} x {text}") if others else (first, text)


class _Named(Module, MutableMapping[str, Any]):
    """Children (modules or parameters) by name: what a dict does, and a module's identity."""

    held: type
    __eq__ = Module.__eq__
    __hash__ = Module.__hash__

    def __init__(self, items: Mapping[str, Any] | Iterable[tuple[str, Any]] | None = None) -> None:
        self.update(items or {})

    def _accepted(self, item: Any) -> Any:
        raise NotImplementedError

    def _by_name(self) -> dict[str, Any]:
        return dict(self._own(self.held))

    def __getitem__(self, name: str) -> Any:
        return self._by_name()[name]

    def __setitem__(self, name: str, item: Any) -> None:
        self._refuse_name(name, self.held)
        setattr(self, name, self._accepted(item))

    def __delitem__(self, name: str) -> None:
        del vars(self)[name]

    def __len__(self) -> int:
        return len(self._by_name())

    def __iter__(self) -> Iterator[str]:
        return iter(self._by_name())

    def __reversed__(self) -> Iterator[str]:
        return reversed(self._by_name())

    def popitem(self) -> tuple[str, Any]:
        """Take the last one out."""
        name = next(reversed(self), None)
        if name is None:
            raise KeyError(f"this {type(self).__name__} is empty")
        return name, self.pop(name)

    def copy(self) -> Any:
        """Another container of the same things."""
        return type(self)(self)

    def __or__(self, others: Mapping[str, Any]) -> Any:
        return type(self)({**self, **others})

    def __ior__(self, others: Mapping[str, Any]) -> Any:
        self.update(others)
        return self


class ModuleDict(_Uncalled, _Named):
    """Modules by name, for a `forward` that calls them itself."""

    held = Module

    def _accepted(self, item: Any) -> Any:
        return _module(self, item)


class ParameterList(_Numbered):
    """A list of parameters; arrays and tensors put into it become parameters."""

    def __init__(self, parameters: Iterable[Any] = ()) -> None:
        self.extend(parameters)

    def _accepted(self, item: Any) -> Any:
        return _parameter(item)

    def extra_repr(self) -> str:
        return ", ".join(f"({i}): {p.dtype} of shape {p.shape}" for i, p in enumerate(self._items()))


class ParameterDict(_Named):
    """Parameters by name; arrays and tensors put into it become parameters."""

    held = Parameter

    def _accepted(self, item: Any) -> Any:
        return _parameter(item)

    def extra_repr(self) -> str:
        return ", ".join(f"({name}): {p.dtype} of shape {p.shape}" for name, p in self.items())

    def fromkeys(self, names: Iterable[str], default: Any = None) -> ParameterDict:
        """Another one, with parameters of one first value (copied) under these names."""
        return ParameterDict({name: Parameter(default) for name in names})


class Identity(Module):
    """Returns what it is given; takes and ignores any arguments when made, so that it can stand in for any layer."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        pass

    def forward(self, input: Any) -> Any:
        return input


class Lambda(Module):
    """A function as a module: ``nn.Lambda(autograd.relu)``."""

    def __init__(self, function: Any) -> None:
        if not callable(function):
            raise TypeError(f"Lambda takes a function, given {type(function).__name__}")
        self.function = function

    def forward(self, *args: Any) -> Any:
        return self.function(*args)

    def extra_repr(self) -> str:
        return getattr(self.function, "__name__", repr(self.function))

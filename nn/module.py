"""`Module` and `Parameter`: what a network is made of, under PyTorch's names.

A module's parameters, buffers and children are its attributes, and nothing else: they are found by looking, in the order in
which they were assigned, so there is no second register to fall out of step with them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple, TypeVar

import numpy as np

import autograd
from autograd import Tensor
from nn.hooks import After, Before, Handle, Hooks

Self = TypeVar("Self", bound="Module")
_enter, _leave = autograd.scope.enter, autograd.scope.leave


class Parameter(Tensor):
    """A tensor that a module trains.

    Parameters
    ----------
    data : array_like
        Its first values; copied.
    requires_grad : bool
    dtype : dtype
        float32 unless asked otherwise, whatever `data` is.
    name : str, optional
        By default the attribute that holds it.

    Examples
    --------
    >>> import nn
    >>> nn.Parameter([1.0, 2.0]).dtype
    dtype('float32')
    """

    __slots__ = ()

    def __init__(self, data: Any, requires_grad: bool = True, dtype: Any = np.float32, name: str | None = None) -> None:
        super().__init__(data.detach() if isinstance(data, Tensor) else data, requires_grad, dtype, name)

    def cast_(self, dtype: Any) -> None:
        """Change the dtype in place: whoever holds the parameter (an optimiser, a second module) sees it."""
        if self.dtype != dtype:
            self.__init__(self.data, self.requires_grad, dtype, self.name)  # type: ignore[misc]

    def __repr__(self) -> str:
        return f"Parameter containing:\n{super().__repr__()}"

    def __reduce__(self) -> Any:
        return type(self), (np.array(self.data), self.requires_grad, self.dtype, self.name)


class Mismatch(NamedTuple):
    """What `load_state_dict` found besides the names that fit."""

    missing_keys: list[str]
    unexpected_keys: list[str]


DEVICES = {"cpu", "cuda", "mps", "xpu", "meta"}  # that code for PyTorch names
PLAIN = (list, tuple, dict, set, frozenset)


def _held(container: Any) -> Iterator[Any]:
    """What plain containers hold, however nested; one that holds itself comes to an end, too."""
    stack, seen = [container], set()
    while stack:
        item = stack.pop()
        if isinstance(item, PLAIN) and id(item) not in seen:
            seen.add(id(item))
            stack.extend(item.values() if isinstance(item, dict) else item)
        elif not isinstance(item, PLAIN):
            yield item


class Module:
    """The base of layers and networks: assign parameters and modules as attributes, and write `forward`.

    Calling the module runs `forward` inside `autograd.scope`, so that errors and pictures know where an operation belongs.

    Examples
    --------
    >>> import nn
    >>> import numpy as np
    >>> class Affine(nn.Module):
    ...     def __init__(self):
    ...         self.scale = nn.Parameter([2.0])
    ...         self.shift = nn.Parameter([1.0])
    ...     def forward(self, x):
    ...         return x * self.scale + self.shift
    >>> model = Affine()
    >>> [name for name, _ in model.named_parameters()]
    ['scale', 'shift']
    >>> model(np.array([1.0, 2.0], np.float32))
    Tensor([3., 5.], dtype=float32, op=add)
    """

    training: bool
    scope_name: str
    _buffers: dict[str, bool]  # name: saved or not
    _hooks: Hooks | None

    def __new__(cls, *args: Any, **kwargs: Any) -> Any:
        """Here and not in `__init__`, so that a subclass that forgets `super().__init__()` works all the same."""
        module = super().__new__(cls)
        module.__dict__.update(training=True, scope_name="", _buffers={}, _hooks=None)
        return module

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        raise NotImplementedError(f"{type(self).__name__} has no forward: define forward(self, x)")

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        token = _enter(self.scope_name, type(self).__name__)
        try:
            return self.forward(*args, **kwargs) if self._hooks is None else self._hooks.call(self, args, kwargs)
        finally:
            _leave(token)

    # ------------------------------------------------------------------------------------------------------ attributes

    def __setattr__(self, name: str, value: Any) -> None:
        if isinstance(value, Module):
            self._name_child(name, value)
        elif isinstance(value, Parameter):
            if value.name is None:
                value.name = name
        else:
            if isinstance(value, PLAIN):
                self._refuse_hidden(name, value)
            value = self._checked(name, value)
        object.__setattr__(self, name, value)

    def _name_child(self, name: str, child: Module) -> None:
        """The scope's name is the attribute's; a module that is here twice keeps its first name, as its parameters do."""
        if all(child is not other for other in vars(self).values()):
            child._called(name)

    def _called(self, name: str) -> None:
        object.__setattr__(self, "scope_name", name)

    def _checked(self, name: str, value: Any) -> Any:
        current = vars(self).get(name)
        if isinstance(current, Parameter) and value is not None:
            raise TypeError(
                f"{type(self).__name__}.{name} is a parameter, given {type(value).__name__}: assign an nn.Parameter, "
                f"or change its values with .{name}.data = array"
            )
        return autograd.as_tensor(value) if name in self._buffers and value is not None else value

    def _refuse_hidden(self, name: str, value: Any) -> None:
        if any(isinstance(item, (Parameter, Module)) for item in _held(value)):
            plain = type(value).__name__
            better = "ModuleDict or ParameterDict" if plain == "dict" else "ModuleList or ParameterList"
            raise TypeError(
                f"{type(self).__name__}.{name} is a plain {plain} of modules or parameters: nothing in it would be "
                f"trained or saved. Write self.{name} = nn.{better.replace(' or ', '(...) or nn.')}(...)"
            )

    def register_buffer(self, name: str, tensor: Any, persistent: bool = True) -> None:
        """A tensor that is saved (if `persistent`) and cast with the module, but not trained; None holds its place."""
        self._refuse_name(name, Tensor if name in self._buffers else ())
        value = None if tensor is None else autograd.as_tensor(tensor)
        self._buffers[name] = persistent
        setattr(self, name, value)

    def register_parameter(self, name: str, parameter: Parameter | None) -> None:
        """The same as ``setattr``, as PyTorch writes it; None says that there is none."""
        self._refuse_name(name, Parameter)
        setattr(self, name, parameter)

    def register_module(self, name: str, module: Module | None) -> None:
        """The same as ``setattr``, as PyTorch writes it."""
        self._refuse_name(name, Module)
        setattr(self, name, module)

    add_module = register_module

    def _refuse_name(self, name: str, kind: Any) -> None:
        """A name is one part of a dotted path, and is not that of a method or of another kind of thing."""
        if not isinstance(name, str):
            raise TypeError(f"names are strings, given {type(name).__name__}")
        if not name or "." in name:
            raise KeyError(f"a name is one part of a dotted path, so not empty and without dots: {name!r}")
        taken = getattr(self, name, None)
        if taken is not None and not (kind and isinstance(taken, kind)):
            raise KeyError(f"{type(self).__name__} has an attribute {name!r} already, a {type(taken).__name__}")

    def _some_hooks(self) -> Hooks:
        if self._hooks is None:
            object.__setattr__(self, "_hooks", Hooks())
        return self._hooks  # type: ignore[return-value]

    def register_forward_pre_hook(self, hook: Callable[..., Any], *, prepend: bool = False, with_kwargs: bool = False) -> Handle:
        """Call ``hook(module, args)`` before `forward`; what it returns replaces the arguments.

        With `with_kwargs` it is ``hook(module, args, kwargs)`` and returns both, or None.
        """
        return Handle(self._some_hooks().before, Before(hook, with_kwargs), prepend)

    def register_forward_hook(
        self, hook: Callable[..., Any], *, prepend: bool = False, with_kwargs: bool = False, always_call: bool = False
    ) -> Handle:
        """Call ``hook(module, args, output)`` after `forward`; what it returns replaces the output.

        With `with_kwargs` it is ``hook(module, args, kwargs, output)``; with `always_call` it is called when `forward` failed, too.
        """
        return Handle(self._some_hooks().after, After(hook, with_kwargs, always_call), prepend)

    def register_full_backward_pre_hook(self, hook: Callable[[Module, Any], Any], prepend: bool = False) -> Handle:
        """Call ``hook(module, grad_outputs)`` when the gradients of the outputs are there; what it returns replaces that of one output."""
        return Handle(self._some_hooks().backward_before, hook, prepend)

    def register_full_backward_hook(self, hook: Callable[[Module, Any, Any], Any], prepend: bool = False) -> Handle:
        """Call ``hook(module, grad_inputs, grad_outputs)`` when the gradient of the inputs is there.

        What it returns replaces that gradient. A parameter's own gradient is hooked by ``parameter.register_hook``.
        """
        return Handle(self._some_hooks().backward, hook, prepend)

    # --------------------------------------------------------------------------------------------- what is in the module

    def _own(self, kind: type) -> Iterator[tuple[str, Any]]:
        for name, value in list(vars(self).items()):
            if isinstance(value, kind):
                yield name, value
            elif isinstance(value, PLAIN) and not name.startswith("_"):
                self._refuse_hidden(name, value)

    def named_children(self) -> Iterator[tuple[str, Module]]:
        """The modules assigned to this one, each once."""
        seen: set[Module] = set()
        for name, child in self._own(Module):
            if child not in seen:
                seen.add(child)
                yield name, child

    def children(self) -> Iterator[Module]:
        return (child for _, child in self.named_children())

    def named_modules(self, prefix: str = "", remove_duplicate: bool = True) -> Iterator[tuple[str, Module]]:
        """This module (named `prefix`) and all below it, parents first, each once."""
        stack, seen = [(prefix, self)], set()
        while stack:
            name, module = stack.pop()
            if remove_duplicate and module in seen:
                continue
            seen.add(module)
            yield name, module
            children = [(_join(name, own), child) for own, child in module._own(Module)]
            stack += reversed(children)

    def modules(self) -> Iterator[Module]:
        return (module for _, module in self.named_modules())

    def _named(
        self, own: Callable[[Module], Iterator[tuple[str, Tensor]]], prefix: str, recurse: bool, once: bool
    ) -> Iterator[tuple[str, Any]]:
        seen: set[Tensor] = set()
        modules = self.named_modules(prefix, remove_duplicate=once) if recurse else [(prefix, self)]
        for path, module in modules:
            for name, tensor in own(module):
                if not (once and tensor in seen):
                    seen.add(tensor)
                    yield _join(path, name), tensor

    def named_parameters(self, prefix: str = "", recurse: bool = True, remove_duplicate: bool = True) -> Iterator[tuple[str, Parameter]]:
        """Names and parameters in order of assignment; a shared parameter once, under its first name."""
        return self._named(lambda module: module._own(Parameter), prefix, recurse, remove_duplicate)

    def parameters(self, recurse: bool = True) -> Iterator[Parameter]:
        return (parameter for _, parameter in self.named_parameters(recurse=recurse))

    def _own_buffers(self) -> Iterator[tuple[str, Tensor]]:
        values = ((name, vars(self).get(name)) for name in self._buffers)
        return ((name, value) for name, value in values if value is not None)

    def named_buffers(self, prefix: str = "", recurse: bool = True, remove_duplicate: bool = True) -> Iterator[tuple[str, Tensor]]:
        """Names and buffers, saved or not."""
        return self._named(Module._own_buffers, prefix, recurse, remove_duplicate)

    def buffers(self, recurse: bool = True) -> Iterator[Tensor]:
        return (buffer for _, buffer in self.named_buffers(recurse=recurse))

    def get_submodule(self, target: str) -> Module:
        """The module at a dotted name; ``""`` is this one."""
        module: Any = self
        for name in filter(None, target.split(".")):
            module = vars(module).get(name)
            if not isinstance(module, Module):
                raise AttributeError(f"{type(self).__name__} has no module {target!r} (nothing called {name!r})")
        return module  # type: ignore[no-any-return]

    def set_submodule(self, target: str, module: Module) -> None:
        """Put a module in the place of the one at a dotted name."""
        self.get_submodule(target)
        path, _, name = target.rpartition(".")
        if not name or not isinstance(module, Module):
            raise ValueError(f"set_submodule takes a dotted name and a module, given {target!r} and {type(module).__name__}")
        setattr(self.get_submodule(path), name, module)

    def get_parameter(self, target: str) -> Parameter:
        """The parameter at a dotted name."""
        path, _, name = target.rpartition(".")
        found = vars(self.get_submodule(path)).get(name)
        if not isinstance(found, Parameter):
            raise AttributeError(f"{type(self).__name__} has no parameter {target!r}")
        return found

    def get_buffer(self, target: str) -> Tensor:
        """The buffer at a dotted name."""
        path, _, name = target.rpartition(".")
        found = dict(self.get_submodule(path)._own_buffers()).get(name)
        if found is None:
            raise AttributeError(f"{type(self).__name__} has no buffer {target!r}")
        return found

    # ------------------------------------------------------------------------------------------------------------ state

    def _own_state(self) -> Iterator[tuple[str, Tensor]]:
        yield from self._own(Parameter)
        yield from ((name, buffer) for name, buffer in self._own_buffers() if self._buffers[name])

    def _state(self) -> dict[str, Tensor]:
        return dict(self._named(Module._own_state, "", True, False))

    def state_dict(self, prefix: str = "", keep_vars: bool = False) -> dict[str, Tensor]:
        """Parameters and buffers by name: copies, so that a kept state does not train on; with `keep_vars` they themselves."""
        kept = self._state().items()
        return {prefix + name: tensor if keep_vars else autograd.as_tensor(tensor.data.copy()) for name, tensor in kept}

    def load_state_dict(self, state: Mapping[str, Any], strict: bool = True) -> Mismatch:
        """Take over values by name; they are cast to the dtypes that are here.

        Parameters
        ----------
        state : mapping of str to array_like
            A prefix ``module.`` on every name (a parallel wrapper's) is dropped.
        strict : bool
            Refuse missing and unexpected names. Shapes that differ are refused in any case.

        Raises
        ------
        ValueError
            With every missing, unexpected and mis-shaped name, and with values that cannot be cast (complex to real, real to
            integer); nothing was changed.
        """
        own, given = self._state(), without_wrapper(state)
        found = Mismatch([n for n in own if n not in given], [n for n in given if n not in own])
        values = {name: _array(given[name]) for name in own if name in given}
        misshaped = [
            f"{name}: have {own[name].shape}, given {value.shape}" for name, value in values.items() if own[name].shape != value.shape
        ]
        miscast = [
            f"{name}: have {own[name].dtype}, given {value.dtype}"
            for name, value in values.items()
            if not np.can_cast(value.dtype, own[name].dtype, "same_kind")
        ]
        if misshaped or miscast or (strict and any(found)):
            raise ValueError(_complaint(type(self).__name__, found if strict else Mismatch([], []), misshaped, miscast))
        for name, value in values.items():
            own[name].data = np.array(value, own[name].dtype)
        return found

    # ------------------------------------------------------------------------------------------------------- whole trees

    def apply(self: Self, function: Callable[[Module], object]) -> Self:
        """Call ``function(module)`` on every module, children first, as PyTorch does."""
        for child in self.children():
            child.apply(function)
        function(self)
        return self

    def train(self: Self, mode: bool = True) -> Self:
        """Switch dropout, batch statistics and the like to training (or, with False, to evaluation)."""
        if not isinstance(mode, (bool, np.bool_)):
            raise ValueError(f"train(mode) takes True or False, given {mode!r}")
        for module in self.modules():
            module.training = bool(mode)
        return self

    def eval(self: Self) -> Self:
        """The same as ``train(False)``."""
        return self.train(False)

    def requires_grad_(self: Self, requires_grad: bool = True) -> Self:
        """Train the parameters, or freeze them."""
        for parameter in self.parameters():
            parameter.requires_grad = requires_grad
        return self

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Forget the gradients."""
        for parameter in self.parameters():
            parameter.grad = None if set_to_none or parameter.grad is None else np.zeros_like(parameter.data)

    def to(self: Self, dtype: Any) -> Self:
        """Cast floating parameters and buffers, in place; ``"cpu"``, where everything is, changes nothing."""
        if isinstance(dtype, str) and dtype.partition(":")[0] in DEVICES:
            if dtype.partition(":")[0] != "cpu":
                raise ValueError(f"to({dtype!r}): arrays are NumPy's, which are on the CPU")
            return self
        if np.dtype(dtype).kind != "f":
            raise TypeError(f"to({dtype!r}): parameters are floating-point numbers")
        for parameter in self.parameters():
            parameter.cast_(dtype)
        for module in self.modules():
            for name, buffer in module._own_buffers():
                if buffer.dtype.kind == "f":
                    setattr(module, name, buffer.data.astype(dtype))
        return self

    def cpu(self: Self) -> Self:
        """Changes nothing: arrays are NumPy's."""
        return self

    def half(self: Self) -> Self:
        """Cast to float16."""
        return self.to(np.float16)

    def float(self: Self) -> Self:
        """Cast to float32."""
        return self.to(np.float32)

    def double(self: Self) -> Self:
        """Cast to float64."""
        return self.to(np.float64)

    # ------------------------------------------------------------------------------------------------------------- text

    def extra_repr(self) -> str:
        """What stands between the brackets: the options."""
        return ""

    def __repr__(self) -> str:
        title, extra = type(self).__name__, self.extra_repr()
        lines = [f"({name}): " + text.replace("\n", "\n  ") for name, text in self._child_texts()]
        if not lines:
            return f"{title}({extra})"
        return f"{title}(\n  " + "\n  ".join([*filter(None, [extra]), *lines]) + "\n)"

    def _child_texts(self) -> Iterator[tuple[str, str]]:
        return ((name, repr(child)) for name, child in self._own(Module))


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def _array(value: Any) -> np.ndarray[Any, Any]:
    return value.data if isinstance(value, Tensor) else np.asarray(value)


def without_wrapper(state: Mapping[str, Any]) -> dict[str, Any]:
    """Parallel wrappers save every name as ``module.NAME``."""
    if state and all(name.startswith("module.") for name in state):
        return {name.removeprefix("module."): value for name, value in state.items()}
    return dict(state)


def _complaint(title: str, found: Mismatch, misshaped: list[str], miscast: list[str]) -> str:
    parts = {
        "missing": found.missing_keys,
        "unexpected": found.unexpected_keys,
        "of another shape": misshaped,
        "of another kind of number": miscast,
    }
    listed = [f"  {what}: {', '.join(names)}" for what, names in parts.items() if names]
    return f"this state does not fit {title} (nothing was loaded):\n" + "\n".join(listed)

"""A parameter that is computed: its module sees the result of a function, and the function's arguments are what is trained.

    nn.utils.parametrize.register_parametrization(layer, "weight", Symmetric())

makes ``layer.weight`` the value of ``Symmetric()(layer.parametrizations.weight.original)``, under PyTorch's names in the state.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

import autograd
from autograd import Tensor
from nn.containers import ModuleDict, ModuleList
from nn.module import Module, Parameter


class ParametrizationList(ModuleList):
    """The functions behind one parameter, in order, and what the first of them takes."""

    def __init__(self, modules: Sequence[Module], original: Parameter) -> None:
        (first,) = modules
        inverse = getattr(first, "right_inverse", None)
        made = original if inverse is None else inverse(original)
        self.several = isinstance(made, (tuple, list))
        for name, value in zip(self._names(len(made) if self.several else 0), made if self.several else [made], strict=True):
            setattr(self, name, Parameter(value, original.requires_grad, original.dtype))
        super().__init__(modules)

    @staticmethod
    def _names(count: int) -> list[str]:
        return [f"original{place}" for place in range(count)] or ["original"]

    def originals(self) -> list[Parameter]:
        """What is trained."""
        return [value for _, value in self._own(Parameter)]

    def forward(self) -> Any:
        """The parameter's value."""
        first, *others = self
        value = first(*self.originals())
        for each in others:
            value = each(value)
        return value

    def assign(self, value: Any) -> None:
        """Make the originals such that `value` comes out, by the functions' inverses."""
        value = autograd.as_tensor(value)
        for each in reversed(list(self)):
            if not hasattr(each, "right_inverse"):
                raise AttributeError(f"{type(each).__name__} has no right_inverse, so what it computes cannot be assigned")
            value = each.right_inverse(value)
        for original, given in zip(self.originals(), value if self.several else [value], strict=True):
            original.data = np.array(autograd.as_tensor(given).data, original.dtype)


def register_parametrization(module: Module, tensor_name: str, parametrization: Module, *, unsafe: bool = False) -> Module:
    """Put a function before a parameter, or behind those that are there; returns the module.

    Parameters
    ----------
    module : Module
        Its class becomes a class of its own, ``ParametrizedLinear`` for one.
    tensor_name : str
    parametrization : Module
        `forward` gives the parameter's value. With `right_inverse` it starts from what gives the present value, one tensor or
        several; without, from the present value itself.
    unsafe : bool
        Do not ask that value and parameter have one shape and dtype.

    Raises
    ------
    ValueError
        When the module has no such parameter, or the function gives another shape or dtype; nothing was changed.

    Examples
    --------
    >>> import numpy as np, nn
    >>> class Symmetric(nn.Module):
    ...     def forward(self, x):
    ...         return 0.5 * (x + x.T)
    >>> layer = nn.utils.parametrize.register_parametrization(nn.Linear(3, 3, bias=False), "weight", Symmetric())
    >>> bool((layer.weight.data == layer.weight.data.T).all()), list(layer.state_dict())
    (True, ['parametrizations.weight.original'])
    """
    if is_parametrized(module, tensor_name):
        functions = module.parametrizations[tensor_name]  # type: ignore[attr-defined]
        _refuse_other(parametrization(getattr(module, tensor_name)), getattr(module, tensor_name), parametrization, unsafe)
        functions.append(parametrization)
        return module
    original = vars(module).get(tensor_name)
    if not isinstance(original, Parameter):
        raise ValueError(f"{type(module).__name__} has no parameter {tensor_name!r} of its own to compute")
    parametrization.train(module.training)
    functions = ParametrizationList([parametrization], original)
    with autograd.no_grad():
        _refuse_other(functions(), original, parametrization, unsafe)
    delattr(module, tensor_name)
    if not is_parametrized(module):
        object.__setattr__(module, "__class__", _computing(type(module)))
        module.parametrizations = ModuleDict()  # type: ignore[attr-defined]
    setattr(type(module), tensor_name, _property(tensor_name))
    module.parametrizations[tensor_name] = functions  # type: ignore[attr-defined]
    return module


def _refuse_other(value: Any, original: Tensor, parametrization: Module, unsafe: bool) -> None:
    value = autograd.as_tensor(value)
    if not unsafe and (value.shape, value.dtype) != (original.shape, original.dtype):
        raise ValueError(
            f"{type(parametrization).__name__} makes {value.shape} {value.dtype} of a parameter of {original.shape} {original.dtype}; "
            "pass unsafe=True where that is meant"
        )


def _computing(cls: type[Module]) -> type[Module]:
    """A class of this module alone, for its properties."""
    return type(f"Parametrized{cls.__name__}", (cls,), {"__module__": cls.__module__, "_plain": cls})


def _property(name: str) -> property:
    def get(self: Any) -> Any:
        return self.parametrizations[name]()

    def put(self: Any, value: Any) -> None:
        self.parametrizations[name].assign(value)

    return property(get, put)


def is_parametrized(module: Module, tensor_name: str | None = None) -> bool:
    """Whether a parameter of the module, or this one, is computed."""
    functions = vars(module).get("parametrizations")
    return isinstance(functions, ModuleDict) and bool(len(functions) if tensor_name is None else tensor_name in functions)


def remove_parametrizations(module: Module, tensor_name: str, leave_parametrized: bool = True) -> Module:
    """Make it a plain parameter again: of its computed value, or with ``leave_parametrized=False`` of the original one.

    Raises
    ------
    ValueError
        When it is not computed, or when there are several originals to leave.
    """
    if not is_parametrized(module, tensor_name):
        raise ValueError(f"{type(module).__name__}.{tensor_name} is not parametrized")
    functions = module.parametrizations[tensor_name]  # type: ignore[attr-defined]
    if functions.several and not leave_parametrized:
        raise ValueError(f"{tensor_name} has several originals: leave_parametrized=False would have to choose")
    with autograd.no_grad():
        value = autograd.as_tensor(functions()) if leave_parametrized else functions.original
    delattr(type(module), tensor_name)
    del module.parametrizations[tensor_name]  # type: ignore[attr-defined]
    if not is_parametrized(module):
        delattr(module, "parametrizations")
        object.__setattr__(module, "__class__", type(module)._plain)  # type: ignore[attr-defined]
    setattr(module, tensor_name, Parameter(value, functions.originals()[0].requires_grad, value.dtype))
    return module

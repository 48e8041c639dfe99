"""What all optimisers share: parameter groups, state, and how a parameter is moved."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from operator import is_
from typing import Any

import numpy as np

from autograd import Tensor
from nn.optim.flat import Array, Flat, gathered


def refuse_betas(betas: tuple[float, float]) -> None:
    """How slowly means forget: below 1, else they would never take anything in."""
    if not all(0 <= beta < 1 for beta in betas):
        raise ValueError(f"betas lie in [0, 1), given {betas}")


class Optimizer:
    """Moves parameters by their gradients; a subclass says how in `_update`.

    Parameters
    ----------
    params : iterable of Tensor, or of groups
        A group is a mapping with ``params`` and options of its own.
    defaults : dict
        Options of the groups that do not name them.

    Notes
    -----
    A subclass whose `_update` treats every element by itself says ``elementwise = True``: its small parameters are then
    moved together, where that pays (nn/optim/flat.py). One that takes a norm of a whole parameter must not.
    """

    elementwise = False
    param_groups: list[dict[str, Any]]
    state: dict[Tensor, dict[str, Any]]

    def __init__(self, params: Iterable[Any], defaults: dict[str, Any]) -> None:
        self.defaults, self.param_groups, self.state = defaults, [], {}
        self._moved: dict[int, list[Tensor]] = {}
        self._flats: dict[int, tuple[list[Flat], list[Tensor]]] = {}
        if isinstance(params, Tensor):
            raise TypeError("an optimiser takes a list of parameters, given one tensor; write [parameter]")
        groups = list(params)
        if not groups:
            raise ValueError("an optimiser needs at least one parameter; model.parameters() was empty")
        for group in groups if isinstance(groups[0], Mapping) else [{"params": groups}]:
            self.add_param_group(group)

    def add_param_group(self, group: Mapping[str, Any]) -> None:
        """Add parameters with options of their own."""
        unknown = set(group) - set(self.defaults) - {"params", "name"}
        if unknown:
            raise ValueError(f"{type(self).__name__} has no option {', '.join(sorted(unknown))}; it has {list(self.defaults)}")
        params = [group["params"]] if isinstance(group["params"], Tensor) else list(group["params"])
        known = {id(p) for existing in self.param_groups for p in existing["params"]}
        for p in params:
            self._refuse(p, known)
            known.add(id(p))
        self.param_groups.append({**self.defaults, **group, "params": params})

    def _refuse(self, parameter: Any, known: set[int]) -> None:
        if not isinstance(parameter, Tensor):
            raise TypeError(f"an optimiser moves tensors, given {type(parameter).__name__}")
        if not parameter.is_leaf:
            raise ValueError(f"an optimiser moves leaves, given the result of an operation: {parameter.node!r}")
        if id(parameter) in known:
            raise ValueError(f"a parameter is given twice: {parameter.name or 'of shape ' + str(parameter.shape)}")

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Forget the gradients."""
        for group in self.param_groups:
            for parameter in group["params"]:
                keep = not set_to_none and parameter.grad is not None
                parameter.grad = np.zeros_like(parameter.data) if keep else None

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Move every parameter that has a gradient. `closure`, if given, computes loss and gradients first."""
        loss = None if closure is None else closure()
        for index, group in enumerate(self.param_groups):
            moving = [parameter for parameter in group["params"] if parameter.grad is not None]
            for parameter in self._step_together(index, moving, group) if self.elementwise else moving:
                self._step_one(parameter, group)
        return loss

    def _step_together(self, index: int, moving: list[Tensor], group: dict[str, Any]) -> list[Tensor]:
        """Move what can be moved by common operations; return what is left to be moved one by one."""
        before, self._moved[index] = self._moved.get(index), moving
        if before is None or len(before) != len(moving) or not all(map(is_, before, moving)):
            # Blocks dropped at random give other gradients every step: gathering anew each time would cost more than it saves.
            self._flats.pop(index, None)
            return moving
        flats, alone = self._flats.get(index, ([], []))
        if not flats or not all(flat.current(self.state) for flat in flats):
            flats, alone = self._flats[index] = gathered({p: self.state.setdefault(p, {}) for p in moving})
        for flat in flats:
            flat.update(self._update, group)
        return alone

    def _step_one(self, parameter: Tensor, group: dict[str, Any]) -> None:
        state = self.state.setdefault(parameter, {})
        gradient, values = parameter.grad.data, parameter.data  # type: ignore[union-attr]
        if group["maximize"]:
            gradient = -gradient
        if values.ndim:
            self._update(values, gradient, state, group)
            parameter.changed()  # the values were changed in place: a graph that saved them must know
        else:
            values = np.array(values)
            self._update(values, gradient, state, group)
            parameter.data = values

    def _update(self, values: Array, gradient: Array, state: dict[str, Any], group: dict[str, Any]) -> None:
        """Change `values` in place."""
        raise NotImplementedError

    # ------------------------------------------------------------------------------------------------------------ state

    def _numbered(self) -> list[Tensor]:
        return [parameter for group in self.param_groups for parameter in group["params"]]

    def state_dict(self) -> dict[str, Any]:
        """Options and state by number of parameter: copies of arrays, plain numbers otherwise."""
        parameters = self._numbered()
        number = {parameter: index for index, parameter in enumerate(parameters)}
        state = {number[p]: {k: _copied(v) for k, v in own.items()} for p, own in self.state.items() if own}
        groups = [{**group, "params": [number[p] for p in group["params"]]} for group in self.param_groups]
        return {"state": state, "param_groups": groups}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Continue where a `state_dict` was taken.

        Raises
        ------
        ValueError
            When its groups hold other numbers of parameters, or its arrays other shapes; nothing was changed.
        """
        groups, parameters = state["param_groups"], self._numbered()
        have, given = ([len(g["params"]) for g in each] for each in (self.param_groups, groups))
        if have != given:
            raise ValueError(f"this state is for groups of {given} parameters, here are groups of {have}")
        loaded = {parameters[int(i)]: _entries(own) for i, own in state["state"].items()}
        _refuse_shapes(loaded)
        self.state = loaded
        for own, group in zip(self.param_groups, groups, strict=True):
            own.update({name: _option(value) for name, value in group.items() if name not in NOT_OURS})

    def __repr__(self) -> str:
        options = ", ".join(f"{name}={self.param_groups[0][name]}" for name in self.defaults)
        return f"{type(self).__name__}({len(self._numbered())} parameters, {options})"


# What a loaded group says besides options: its numbers, and how PyTorch is to compute.
NOT_OURS = {"params", "foreach", "fused", "capturable", "differentiable", "decoupled_weight_decay"}


NUMBERS: dict[str, Any] = {"step": int, "mu_product": float, "eta": float, "mu": float}


def _entries(own: Mapping[str, Any]) -> dict[str, Any]:
    """One parameter's state; PyTorch keeps numbers in tensors, and says None for a buffer that there is not."""
    return {name: NUMBERS.get(name, _copied)(value) for name, value in own.items() if value is not None}


def _copied(value: Any) -> Any:
    """Arrays out of tensors, ours or PyTorch's, and other values as they are."""
    if hasattr(value, "detach"):
        value = np.asarray(value.detach().numpy())
    return value.copy() if isinstance(value, np.ndarray) else value


def _option(value: Any) -> Any:
    """A number that PyTorch kept in a tensor (``lr=torch.tensor(0.1)``) as a number."""
    return value.item() if hasattr(value, "detach") else value


def _refuse_shapes(loaded: dict[Tensor, dict[str, Any]]) -> None:
    for parameter, own in loaded.items():
        for name, value in own.items():
            if isinstance(value, np.ndarray) and value.shape not in ((), parameter.shape):
                called = parameter.name or "a parameter"
                raise ValueError(f"state {name} of {called} has shape {value.shape}, the parameter {parameter.shape}")


def refuse_negative(**options: float) -> None:
    """Rates and decays are not negative, and numbers."""
    for name, value in options.items():
        if not value >= 0:  # nan is not
            raise ValueError(f"{name} must not be negative or nan, given {value}")


def decayed(gradient: Array, values: Array, weight_decay: float) -> Array:
    """The gradient of the loss plus weight_decay/2 · ‖values‖²."""
    return gradient + weight_decay * values if weight_decay else gradient

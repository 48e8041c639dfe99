"""The random generators that a training draws from, and where each of them stands."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from nn.module import Module
from nn.randomness import generator_or_shared


class Generators:
    """nn's shared generator, those that a model's modules hold, and any others that are named here.

    Parameters
    ----------
    model : Module
        Every numpy Generator that is an attribute of one of its modules (a dropout's, for one) belongs to it.
    **others : numpy Generator

    Examples
    --------
    >>> import nn
    >>> from nn.training import Generators
    >>> generators = Generators(nn.Sequential(nn.Dropout(generator=0)))
    >>> generators.names()
    ['shared', '0.generator']
    """

    def __init__(self, model: Module, **others: np.random.Generator) -> None:
        self._held = {
            f"{path}.{name}" if path else name: value
            for path, module in model.named_modules()
            for name, value in vars(module).items()
            if isinstance(value, np.random.Generator)
        } | others

    def _found(self) -> dict[str, np.random.Generator]:
        return {"shared": generator_or_shared(), **self._held}  # `manual_seed` replaces the shared one

    def names(self) -> list[str]:
        return list(self._found())

    def state_dict(self) -> dict[str, Any]:
        """Each generator's state, by name."""
        return {name: generator.bit_generator.state for name, generator in self._found().items()}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Put every generator where it stood.

        Raises
        ------
        ValueError
            When the names differ, or a generator is of another kind.
        """
        found = self._found()
        if found.keys() != state.keys():
            raise ValueError(f"the state is of the generators {sorted(state)}, here are {sorted(found)}")
        for name, generator in found.items():
            generator.bit_generator.state = state[name]

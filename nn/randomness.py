"""Where random numbers come from: the generator that was passed, else one that `manual_seed` sets."""

from __future__ import annotations

import numpy as np

_shared: list[np.random.Generator] = []


def manual_seed(seed: int) -> np.random.Generator:
    """Restart the generator that layers, initialisers and dropout draw from when they were given none.

    Examples
    --------
    >>> import nn
    >>> _ = nn.manual_seed(0)
    """
    _shared[:] = [np.random.default_rng(seed)]
    return _shared[0]


def generator_or_shared(generator: np.random.Generator | int | None = None) -> np.random.Generator:
    """`generator` itself, one seeded by an integer, or the shared one."""
    if isinstance(generator, np.random.Generator):
        return generator
    if isinstance(generator, (int, np.integer)):
        return np.random.default_rng(int(generator))
    if generator is not None:
        raise TypeError(f"generator= takes a numpy Generator (np.random.default_rng(seed)) or a seed, given {type(generator).__name__}")
    if not _shared:
        _shared.append(np.random.default_rng())
    return _shared[0]

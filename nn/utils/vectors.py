"""All parameters as one vector, and back."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

import autograd
from autograd import Tensor


def parameters_to_vector(parameters: Iterable[Tensor]) -> Any:
    """All numbers in one row, differentiable.

    Examples
    --------
    >>> import nn
    >>> nn.utils.parameters_to_vector(nn.Linear(3, 2).parameters()).shape
    (8,)
    """
    return autograd.concatenate([parameter.reshape(-1) for parameter in parameters])


def vector_to_parameters(vec: Any, parameters: Iterable[Tensor]) -> None:
    """Cut a row of numbers up and make the pieces the parameters' values.

    Raises
    ------
    ValueError
        When it has more or fewer numbers than the parameters; nothing is changed then.
    """
    listed = list(parameters)
    values = np.asarray(vec.detach().data if isinstance(vec, Tensor) else vec)
    wanted = sum(parameter.size for parameter in listed)
    if values.shape != (wanted,):
        raise ValueError(f"the parameters have {wanted:,} numbers, given an array of shape {values.shape}")
    for parameter, piece in zip(listed, np.split(values, np.cumsum([parameter.size for parameter in listed])[:-1]), strict=True):
        parameter.data = np.array(piece.reshape(parameter.shape), parameter.dtype)

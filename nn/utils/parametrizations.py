"""Weights by length and direction, and weights of largest singular value 1."""

from __future__ import annotations

from typing import Any

import numpy as np

import autograd
from nn import functional as F
from nn.convolutions import ConvTranspose1d, ConvTranspose2d, ConvTranspose3d
from nn.module import Module
from nn.randomness import generator_or_shared
from nn.utils.parametrize import register_parametrization


class _WeightNorm(Module):
    def __init__(self, dim: int | None) -> None:
        self.dim = dim

    def _length(self, v: Any) -> Any:
        axes = None if self.dim is None else tuple(axis for axis in range(v.ndim) if axis != self.dim % v.ndim)
        return autograd.sqrt((v * v).sum(axis=axes, keepdims=axes is not None))

    def forward(self, g: Any, v: Any) -> Any:
        return v * (g / self._length(v))

    def right_inverse(self, weight: Any) -> tuple[Any, Any]:
        return self._length(weight.detach()), weight


def weight_norm(module: Module, name: str = "weight", dim: int | None = 0) -> Module:
    """A weight as g · v / ‖v‖, whose length and direction are trained apart (Salimans and Kingma 2016); returns the module.

    Parameters
    ----------
    module : Module
    name : str
    dim : int, optional
        The axis whose slices have a length each, by default the outputs; None: the whole has one.

    Examples
    --------
    >>> import nn
    >>> layer = nn.utils.parametrizations.weight_norm(nn.Linear(3, 2))
    >>> [(name, value.shape) for name, value in layer.named_parameters()][1:]
    [('parametrizations.weight.original0', (2, 1)), ('parametrizations.weight.original1', (2, 3))]
    """
    return register_parametrization(module, name, _WeightNorm(dim), unsafe=True)


class _SpectralNorm(Module):
    """W / σ, with σ = uᵀWv and u, v by the power method, a few steps at each use in training."""

    n_power_iterations: int
    _u: Any
    _v: Any

    def __init__(self, weight: Any, n_power_iterations: int, dim: int, eps: float, generator: Any) -> None:
        if n_power_iterations < 1:
            raise ValueError(f"spectral_norm: n_power_iterations is 1 or more, given {n_power_iterations}")
        self.n_power_iterations, self.dim, self.eps = n_power_iterations, range(weight.ndim)[dim], eps
        if weight.ndim > 1:
            matrix, random = self._matrix(weight.data), generator_or_shared(generator)
            for name, size in zip(("_u", "_v"), matrix.shape, strict=True):
                self.register_buffer(name, self._unit(random.normal(size=size).astype(weight.dtype)))
            self._power_method(matrix, 15)

    def _matrix(self, weight: Any) -> Any:
        return np.moveaxis(weight, self.dim, 0).reshape((weight.shape[self.dim], -1))

    def _unit(self, vector: Any) -> Any:
        return vector / np.maximum(np.sqrt((vector * vector).sum()), self.eps).astype(vector.dtype)

    def _power_method(self, matrix: Any, steps: int) -> None:
        for _ in range(steps):
            self._u = self._unit(matrix @ self._v.data)
            self._v = self._unit(matrix.T @ self._u.data)

    def forward(self, weight: Any) -> Any:
        if weight.ndim == 1:
            return F.normalize(weight, dim=0, eps=self.eps)
        if self.training:
            self._power_method(self._matrix(weight.data), self.n_power_iterations)
        return weight / (self._u.data @ (self._matrix(weight) @ self._v.data))

    def right_inverse(self, value: Any) -> Any:
        return value


def spectral_norm(
    module: Module, name: str = "weight", n_power_iterations: int = 1, eps: float = 1e-12, dim: int | None = None, generator: Any = None
) -> Module:
    """A weight divided by its largest singular value, so that the layer's slope is 1 at most (Miyato et al. 2018); returns the module.

    Parameters
    ----------
    module : Module
    name : str
    n_power_iterations : int
        Steps of the power method at each use in training; in evaluation the singular vectors stay.
    dim : int, optional
        The axis of outputs: by default the first, of transposed convolutions the second.

    Examples
    --------
    >>> import numpy as np, nn
    >>> layer = nn.utils.parametrizations.spectral_norm(nn.Linear(20, 20), generator=0)
    >>> for _ in range(50):
    ...     weight = layer.weight
    >>> round(float(np.linalg.svd(weight.data)[1][0]), 3)
    1.0
    """
    if dim is None:
        dim = 1 if isinstance(module, (ConvTranspose1d, ConvTranspose2d, ConvTranspose3d)) else 0
    weight = getattr(module, name, None)
    if not isinstance(weight, autograd.Tensor):
        raise ValueError(f"{type(module).__name__} has no parameter {name!r}")
    return register_parametrization(module, name, _SpectralNorm(weight, n_power_iterations, dim, eps, generator))

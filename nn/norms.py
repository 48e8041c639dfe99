"""Normalisation layers, under PyTorch's names, first values and state names."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

import autograd
from nn import functional as F
from nn.module import Module, Parameter


class _Affine(Module):
    """What is scaled and shifted behind a norm."""

    weight: Parameter | None
    bias: Parameter | None

    def _make(self, shape: Any, weight: bool, bias: bool, dtype: Any) -> None:
        self.weight = Parameter(np.ones(shape), dtype=dtype) if weight else None
        self.bias = Parameter(np.zeros(shape), dtype=dtype) if bias else None

    def reset_parameters(self) -> None:
        """Weight 1 and bias 0."""
        for parameter, value in ((self.weight, 1.0), (self.bias, 0.0)):
            if parameter is not None:
                parameter.data = np.full_like(parameter.data, value)


class _Running(_Affine):
    """Shared by batch and instance norm: running statistics, and which ranks are taken."""

    running_mean: Any
    running_var: Any
    num_batches_tracked: Any
    ranks: tuple[int, ...] = ()
    shape: str = ""

    def _set_up(self, features: int, eps: float, momentum: float | None, affine: bool, track: bool, dtype: Any, bias: bool) -> None:
        self.num_features, self.eps, self.momentum = features, eps, momentum
        self.affine, self.track_running_stats = affine, track
        self._make(features, affine, affine and bias, dtype)
        self.register_buffer("running_mean", np.zeros(features, dtype) if track else None)
        self.register_buffer("running_var", np.ones(features, dtype) if track else None)
        self.register_buffer("num_batches_tracked", np.array(0) if track else None)

    def reset_parameters(self) -> None:
        """Weight 1 and bias 0, and nothing seen."""
        super().reset_parameters()
        self.reset_running_stats()

    def reset_running_stats(self) -> None:
        """Forget what was seen in training."""
        if self.track_running_stats:
            self.running_mean = np.zeros_like(self.running_mean.data)
            self.running_var = np.ones_like(self.running_var.data)
            self.num_batches_tracked = np.array(0)

    def _refuse_shape(self, x: Any) -> None:
        if x.ndim not in self.ranks:
            raise ValueError(f"{type(self).__name__} takes {self.shape}, given {x.shape}")

    def _running(self) -> tuple[Any, Any]:
        return self.running_mean, self.running_var

    def _next_momentum(self) -> float:
        """The share of this batch; without a momentum the running statistics are the plain mean of all batches."""
        if self.num_batches_tracked is None:
            return 0.0
        self.num_batches_tracked = self.num_batches_tracked.data + 1
        return 1.0 / self.num_batches_tracked.item() if self.momentum is None else self.momentum

    def extra_repr(self) -> str:
        options = f"eps={self.eps}, momentum={self.momentum}, affine={self.affine}, bias={self.bias is not None}"
        return f"{self.num_features}, {options}, track_running_stats={self.track_running_stats}"


class _BatchNorm(_Running):
    """Each channel standardised over the batch; by running statistics in evaluation (Ioffe and Szegedy 2015)."""

    def __init__(
        self, num_features: int, eps: float = 1e-5, momentum: float | None = 0.1, affine: bool = True,
        track_running_stats: bool = True, dtype: Any = np.float32, *, bias: bool = True,
    ) -> None:  # fmt: skip
        self._set_up(num_features, eps, momentum, affine, track_running_stats, dtype, bias)

    def forward(self, input: Any, relu: bool = False) -> Any:
        x = autograd.as_tensor(input)
        self._refuse_shape(x)
        if x.shape[1] != self.num_features:
            raise ValueError(f"{type(self).__name__}({self.num_features}) given {x.shape[1]} channels: {x.shape}")
        mean, var = self._running()
        momentum = self._next_momentum() if self.training else 0.0
        training = self.training or mean is None
        return F.batch_norm(x, mean, var, self.weight, self.bias, training, momentum, self.eps, relu=relu)


def norm_relu(norm: Any, x: Any) -> Any:
    """relu(norm(x)); one operation in the graph, and one pass, where `norm` is a batch norm that nobody watches or replaced."""
    fused = isinstance(norm, _BatchNorm) and type(norm).forward is _BatchNorm.forward
    watched = fused and norm._hooks
    return norm(x, relu=True) if fused and not watched else F.relu(norm(x))


class BatchNorm1d(_BatchNorm):
    __doc__ = _BatchNorm.__doc__
    ranks, shape = (2, 3), "(N, C) or (N, C, L)"


class BatchNorm2d(_BatchNorm):
    __doc__ = _BatchNorm.__doc__
    ranks, shape = (4,), "(N, C, H, W)"


class BatchNorm3d(_BatchNorm):
    __doc__ = _BatchNorm.__doc__
    ranks, shape = (5,), "(N, C, D, H, W)"


class _InstanceNorm(_Running):
    """Each channel of each sample standardised over its own axes (Ulyanov et al. 2016)."""

    def __init__(
        self, num_features: int, eps: float = 1e-5, momentum: float | None = 0.1, affine: bool = False,
        track_running_stats: bool = False, dtype: Any = np.float32, *, bias: bool = True,
    ) -> None:  # fmt: skip
        self._set_up(num_features, eps, momentum, affine, track_running_stats, dtype, bias)

    def forward(self, input: Any) -> Any:
        input = autograd.as_tensor(input)
        self._refuse_shape(input)
        unbatched = input.ndim == self.ranks[0]
        out = self._batched(input.reshape((1, *input.shape)) if unbatched else input)
        return out.reshape(input.shape) if unbatched else out

    def _batched(self, x: Any) -> Any:
        if self.affine and x.shape[1] != self.num_features:
            raise ValueError(f"{type(self).__name__}({self.num_features}) given {x.shape[1]} channels: {x.shape}")
        mean, var = self._running()
        use_own = self.training or mean is None
        # As PyTorch: instance norm does not count its batches, so it has no mean over all of them either.
        return F.instance_norm(x, mean, var, self.weight, self.bias, use_own, self.momentum or 0.0, self.eps)


class InstanceNorm1d(_InstanceNorm):
    __doc__ = _InstanceNorm.__doc__
    ranks, shape = (2, 3), "(N, C, L) or (C, L)"


class InstanceNorm2d(_InstanceNorm):
    __doc__ = _InstanceNorm.__doc__
    ranks, shape = (3, 4), "(N, C, H, W) or (C, H, W)"


class InstanceNorm3d(_InstanceNorm):
    __doc__ = _InstanceNorm.__doc__
    ranks, shape = (4, 5), "(N, C, D, H, W) or (C, D, H, W)"


def _shape(normalized_shape: int | Sequence[int]) -> tuple[int, ...]:
    return (normalized_shape,) if isinstance(normalized_shape, int) else tuple(normalized_shape)


class LayerNorm(_Affine):
    """Standardised over the last axes (Ba et al. 2016)."""

    def __init__(
        self, normalized_shape: int | Sequence[int], eps: float = 1e-5, elementwise_affine: bool = True,
        bias: bool = True, dtype: Any = np.float32,
    ) -> None:  # fmt: skip
        self.normalized_shape, self.eps, self.elementwise_affine = (
            _shape(normalized_shape),
            eps,
            elementwise_affine,
        )
        self._make(self.normalized_shape, elementwise_affine, elementwise_affine and bias, dtype)

    def forward(self, input: Any) -> Any:
        return F.layer_norm(input, self.normalized_shape, self.weight, self.bias, self.eps)

    def extra_repr(self) -> str:
        return f"{self.normalized_shape}, eps={self.eps}, elementwise_affine={self.elementwise_affine}, bias={self.bias is not None}"


class RMSNorm(_Affine):
    """Divided by the root mean square over the last axes (Zhang and Sennrich 2019)."""

    def __init__(
        self, normalized_shape: int | Sequence[int], eps: float | None = None, elementwise_affine: bool = True,
        dtype: Any = np.float32,
    ) -> None:  # fmt: skip
        self.normalized_shape, self.eps, self.elementwise_affine = (
            _shape(normalized_shape),
            eps,
            elementwise_affine,
        )
        self._make(self.normalized_shape, elementwise_affine, False, dtype)

    def forward(self, input: Any) -> Any:
        return F.rms_norm(input, self.normalized_shape, self.weight, self.eps)

    def extra_repr(self) -> str:
        return f"{self.normalized_shape}, eps={self.eps}, elementwise_affine={self.elementwise_affine}"


class GroupNorm(_Affine):
    """Groups of channels of each sample standardised (Wu and He 2018)."""

    def __init__(
        self,
        num_groups: int,
        num_channels: int,
        eps: float = 1e-5,
        affine: bool = True,
        dtype: Any = np.float32,
        *,
        bias: bool = True,
    ) -> None:
        if num_channels % num_groups:
            raise ValueError(f"GroupNorm: {num_channels} channels do not divide into {num_groups} groups")
        self.num_groups, self.num_channels, self.eps, self.affine = num_groups, num_channels, eps, affine
        self._make(num_channels, affine, affine and bias, dtype)

    def forward(self, input: Any) -> Any:
        return F.group_norm(input, self.num_groups, self.weight, self.bias, self.eps)

    def extra_repr(self) -> str:
        return f"{self.num_groups}, {self.num_channels}, eps={self.eps}, affine={self.affine}, bias={self.bias is not None}"


class LocalResponseNorm(Module):
    """Divided by a power of the mean square of neighbouring channels (Krizhevsky et al. 2012)."""

    def __init__(self, size: int, alpha: float = 1e-4, beta: float = 0.75, k: float = 1.0) -> None:
        self.size, self.alpha, self.beta, self.k = size, alpha, beta, k

    def forward(self, input: Any) -> Any:
        return F.local_response_norm(input, self.size, self.alpha, self.beta, self.k)

    def extra_repr(self) -> str:
        return f"{self.size}, alpha={self.alpha}, beta={self.beta}, k={self.k}"

"""First values of parameters, in place. Every function takes ``generator=`` (a NumPy Generator or a seed)."""

from __future__ import annotations

from math import ceil, sqrt
from typing import Any

import numpy as np

import autograd
from autograd import Tensor
from nn.activations import Activation
from nn.module import Module, Parameter
from nn.randomness import generator_or_shared

GAINS = {
    "linear": 1.0, "identity": 1.0, "sigmoid": 1.0, "conv1d": 1.0, "conv2d": 1.0, "conv3d": 1.0,
    "conv_transpose1d": 1.0, "conv_transpose2d": 1.0, "conv_transpose3d": 1.0, "tanh": 5 / 3, "relu": sqrt(2.0), "selu": 3 / 4,
}  # fmt: skip


def _set(tensor: Tensor, values: Any) -> Tensor:
    tensor.data = np.broadcast_to(values, tensor.shape).astype(tensor.dtype)
    return tensor


def calculate_gain(nonlinearity: str, param: float | None = None) -> float:
    """By what factor a layer before this nonlinearity must be larger to keep the variance.

    Examples
    --------
    >>> import nn
    >>> round(nn.init.calculate_gain("relu") ** 2, 3)
    2.0
    """
    if nonlinearity == "leaky_relu":
        return sqrt(2.0 / (1 + (0.01 if param is None else param) ** 2))
    if nonlinearity not in GAINS:
        raise ValueError(f"no gain is known for {nonlinearity!r}; known: leaky_relu, {', '.join(GAINS)}")
    return GAINS[nonlinearity]


def fans(tensor: Tensor) -> tuple[int, int]:
    """How many values meet in one output, and how many outputs one value feeds: weight (out, in, *kernel)."""
    if tensor.ndim < 2:
        raise ValueError(f"fan-in and fan-out need a weight (out, in, ...), given shape {tensor.shape}")
    kernel = int(np.prod(tensor.shape[2:]))
    return tensor.shape[1] * kernel, tensor.shape[0] * kernel


def _fan(tensor: Tensor, mode: str) -> int:
    fan_in, fan_out = fans(tensor)
    if mode not in ("fan_in", "fan_out"):
        raise ValueError(f"mode is 'fan_in' or 'fan_out', given {mode!r}")
    return max(fan_in if mode == "fan_in" else fan_out, 1)


def constant_(tensor: Tensor, value: float) -> Tensor:
    """Every element `value`."""
    return _set(tensor, value)


def zeros_(tensor: Tensor) -> Tensor:
    """Every element 0."""
    return _set(tensor, 0.0)


def ones_(tensor: Tensor) -> Tensor:
    """Every element 1."""
    return _set(tensor, 1.0)


def eye_(tensor: Tensor) -> Tensor:
    """The identity matrix."""
    return _set(tensor, np.eye(tensor.shape[0], tensor.shape[1]))


def dirac_(tensor: Tensor, groups: int = 1) -> Tensor:
    """The identity as a convolution: each group's channels pass unchanged, as far as there are outputs for them."""
    if tensor.ndim not in (3, 4, 5) or tensor.shape[0] % groups:
        raise ValueError(f"dirac_ takes the weight (out, in, *kernel) of a convolution, out divisible by {groups}, given {tensor.shape}")
    values, each = np.zeros(tensor.shape), tensor.shape[0] // groups
    centre: Any = tuple(size // 2 for size in tensor.shape[2:])
    for channel in range(min(each, tensor.shape[1])):
        values[(slice(channel, None, each), channel, *centre)] = 1.0
    return _set(tensor, values)


def sparse_(tensor: Tensor, sparsity: float, std: float = 0.01, generator: Any = None) -> Tensor:
    """Normal, with a share of each column's elements at 0 (Martens 2010)."""
    if tensor.ndim != 2 or not 0 <= sparsity <= 1:
        raise ValueError(f"sparse_ takes a matrix and a share from 0 to 1, given shape {tensor.shape} and {sparsity}")
    random = generator_or_shared(generator)
    values, rows = random.normal(0.0, std, tensor.shape), np.arange(tensor.shape[0])[:, None]
    order = random.permuted(np.broadcast_to(rows, tensor.shape), axis=0)
    return _set(tensor, np.where(order < ceil(sparsity * tensor.shape[0]), 0.0, values))


def uniform_(tensor: Tensor, a: float = 0.0, b: float = 1.0, generator: Any = None) -> Tensor:
    """Uniform on [a, b)."""
    return _set(tensor, generator_or_shared(generator).uniform(a, b, tensor.shape))


def normal_(tensor: Tensor, mean: float = 0.0, std: float = 1.0, generator: Any = None) -> Tensor:
    """Normal."""
    return _set(tensor, generator_or_shared(generator).normal(mean, std, tensor.shape))


def trunc_normal_(
    tensor: Tensor,
    mean: float = 0.0,
    std: float = 1.0,
    a: float = -2.0,
    b: float = 2.0,
    generator: Any = None,
) -> Tensor:
    """Normal, drawn again wherever it falls outside [a, b]."""
    if not a < b or (abs(a - mean) > 6 * std and abs(b - mean) > 6 * std and (a - mean) * (b - mean) > 0):
        raise ValueError(f"trunc_normal_: [{a}, {b}] holds next to nothing of a normal of mean {mean} and std {std}")
    draw = generator_or_shared(generator).normal
    values = draw(mean, std, tensor.shape)
    while (outside := (values < a) | (values > b)).any():
        values[outside] = draw(mean, std, int(outside.sum()))
    return _set(tensor, values)


def kaiming_normal_(
    tensor: Tensor,
    a: float = 0.0,
    mode: str = "fan_in",
    nonlinearity: str = "leaky_relu",
    generator: Any = None,
) -> Tensor:
    """Normal of std gain / √fan: keeps the variance through ReLU layers (He et al. 2015b, equation 10).

    Parameters
    ----------
    tensor : Tensor, shape (out, in, ...)
    a : float
        The slope of a leaky ReLU; 0 is ReLU.
    """
    std = calculate_gain(nonlinearity, a) / sqrt(_fan(tensor, mode))
    return normal_(tensor, 0.0, std, generator)


def kaiming_uniform_(
    tensor: Tensor,
    a: float = 0.0,
    mode: str = "fan_in",
    nonlinearity: str = "leaky_relu",
    generator: Any = None,
) -> Tensor:
    """As `kaiming_normal_`, uniform."""
    bound = calculate_gain(nonlinearity, a) * sqrt(3.0 / _fan(tensor, mode))
    return uniform_(tensor, -bound, bound, generator)


def xavier_normal_(tensor: Tensor, gain: float = 1.0, generator: Any = None) -> Tensor:
    """Normal of std gain · √(2 / (fan_in + fan_out)) (Glorot and Bengio 2010)."""
    return normal_(tensor, 0.0, gain * sqrt(2.0 / max(sum(fans(tensor)), 1)), generator)


def xavier_uniform_(tensor: Tensor, gain: float = 1.0, generator: Any = None) -> Tensor:
    """As `xavier_normal_`, uniform (their equation 16)."""
    bound = gain * sqrt(6.0 / max(sum(fans(tensor)), 1))
    return uniform_(tensor, -bound, bound, generator)


def orthogonal_(tensor: Tensor, gain: float = 1.0, generator: Any = None) -> Tensor:
    """Orthonormal rows, or columns where there are fewer (Saxe et al. 2013)."""
    rows, columns = tensor.shape[0], tensor.size // tensor.shape[0]
    flat = generator_or_shared(generator).normal(size=(max(rows, columns), min(rows, columns)))
    q, r = np.linalg.qr(flat)
    q *= np.sign(np.diag(r))
    return _set(tensor, gain * (q if rows >= columns else q.T).reshape(tensor.shape))


def default_(weight: Tensor, bias: Tensor | None, generator: Any = None) -> None:
    """What PyTorch gives linear and convolution layers: uniform on ±1/√fan_in, weight and bias."""
    random = generator_or_shared(generator)
    bound = 1.0 / sqrt(max(fans(weight)[0], 1))
    uniform_(weight, -bound, bound, random)
    if bias is not None:
        uniform_(bias, -bound, bound, random)


# ---------------------------------------------------------------------------------------- the last layer of a branch F


def last_parameters(branch: Module) -> list[Parameter]:
    """The parameters of F's last layer (or norm) that has any: what F(x) is scaled by."""
    layers = [own for module in branch.modules() if (own := list(module.parameters(recurse=False)))]
    if not layers:
        raise ValueError(f"{type(branch).__name__} has no parameters, so no last layer to start small")
    return layers[-1]


def scale_last_(branch: Module, depth: int) -> None:
    """Scale the weight of F's last layer by depth^-½, so that the sum of `depth` branches keeps the size of one."""
    if depth < 1:
        raise ValueError(f"depth counts the blocks, given {depth}")
    weight = last_parameters(branch)[0]
    _set(weight, weight.data * depth**-0.5)


def zero_last_(branch: Module) -> None:
    """Start with F = 0, so that a residual block starts as the identity (Zhang et al. 2019, Goyal et al. 2017).

    Raises
    ------
    ValueError
        Where an activation with slope 0 at 0 (ReLU) follows: F would never leave 0.
    """
    parameters = last_parameters(branch)
    for activation in _after_last(branch, parameters):
        refuse_dead(activation, type(activation).__name__)
    for parameter in parameters:
        zeros_(parameter)


def _after_last(branch: Module, parameters: list[Parameter]) -> list[Activation]:
    found: list[Activation] = []
    for module in branch.modules():
        if any(own is parameters[0] for own in module.parameters(recurse=False)):
            found = []
        elif isinstance(module, Activation):
            found.append(module)
    return found


def refuse_dead(sigma: Any, name: str) -> None:
    """Raise where σ'(0) = 0: behind a layer of zeros it passes no gradient, now or ever."""
    with autograd.enable_grad():
        z = Tensor([0.0], requires_grad=True)
        slope = autograd.gradients(sigma(z), [z], [np.ones(1)])[0].item()
    if slope == 0:
        raise ValueError(
            f"a last layer of zeros under a trailing {name} stays dead for ever: {name}'(0) = 0, so neither its weight nor "
            "its bias gets a gradient. Leave the trailing activation out, or scale the last layer by depth^-½ instead"
        )

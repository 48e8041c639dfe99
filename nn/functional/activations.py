"""Activation functions, under PyTorch's names and defaults. Those that autograd declares are re-exported."""

# autograd's functions are made from declarations, so mypy sees Any where they return tensors.
# mypy: disable-error-code="no-any-return"

from __future__ import annotations

from typing import Any

import numpy as np

import autograd
from autograd import Tensor
from nn.functional import pieces
from nn.randomness import generator_or_shared


def relu(input: Any, inplace: bool = False) -> Tensor:
    """max(x, 0), with derivative 0 at 0. `inplace` is accepted and has no effect: values are never overwritten."""
    return autograd.relu(autograd.as_tensor(input))


def sigmoid(input: Any) -> Tensor:
    """1 / (1 + exp(-x))."""
    return autograd.sigmoid(autograd.as_tensor(input))


def tanh(input: Any) -> Tensor:
    """The hyperbolic tangent."""
    return autograd.tanh(autograd.as_tensor(input))


def silu(input: Any, inplace: bool = False) -> Tensor:
    """x · sigmoid(x) (Elfwing et al. 2017)."""
    return autograd.silu(autograd.as_tensor(input))


def gelu(input: Any, approximate: str = "none") -> Tensor:
    """x · Φ(x) (Hendrycks and Gimpel 2016); ``approximate="tanh"`` for their second formula."""
    return autograd.gelu(autograd.as_tensor(input), approximate)


def softplus(input: Any, beta: float = 1.0, threshold: float = 20.0) -> Tensor:
    """log(1 + exp(βx)) / β; x itself where βx > threshold."""
    input = autograd.as_tensor(input)
    soft = autograd.softplus(input * beta) / beta
    large = input.data * beta > threshold
    return autograd.where(large, input, soft) if large.any() else soft


def _along(x: Any, dim: int | None, dtype: Any) -> tuple[Tensor, int]:
    """x in `dtype`, and the axis; None is PyTorch's old guess, the classes of (N, C), (N, C, H, W) or (C, H, W)."""
    x = autograd.as_tensor(x)
    x = x if dtype is None else autograd.astype(x, dtype)
    return x, (0 if x.ndim in (0, 1, 3) else 1) if dim is None else dim


def softmax(input: Any, dim: int | None = None, dtype: Any = None) -> Tensor:
    """exp(x) / Σ exp(x) along `dim`, of x in `dtype`."""
    return autograd.softmax(*_along(input, dim, dtype))


def log_softmax(input: Any, dim: int | None = None, dtype: Any = None) -> Tensor:
    """log(softmax(x)), stable."""
    return autograd.log_softmax(*_along(input, dim, dtype))


def softmin(input: Any, dim: int | None = None, dtype: Any = None) -> Tensor:
    """softmax(-x)."""
    input, dim = _along(input, dim, dtype)
    return autograd.softmax(-input, dim)


def logsigmoid(input: Any) -> Tensor:
    """log(sigmoid(x)), stable."""
    return autograd.logsigmoid(autograd.as_tensor(input))


def leaky_relu(input: Any, negative_slope: float = 0.01, inplace: bool = False) -> Tensor:
    """x where positive, else slope · x."""
    return pieces.leaky_relu(autograd.as_tensor(input), negative_slope)


def prelu(input: Any, weight: Any) -> Tensor:
    """Leaky ReLU with learnt slopes, one or one a channel, axis 1 (He et al. 2015b)."""
    input, weight = autograd.as_tensor(input), autograd.as_tensor(weight)
    if weight.ndim > 1 or (weight.size != 1 and (not input.ndim or weight.shape != input.shape[min(input.ndim - 1, 1) :][:1])):
        raise ValueError(f"prelu: weight {weight.shape} is one slope, or one a channel (axis 1) of x {input.shape}")
    if weight.size == 1:
        weight = weight.reshape(())
    elif input.ndim > 2:
        weight = weight.reshape((-1,) + (1,) * (input.ndim - 2))
    return pieces.prelu(input, weight)


def elu(input: Any, alpha: float = 1.0, inplace: bool = False) -> Tensor:
    """x where positive, else α(exp(x) - 1) (Clevert et al. 2015)."""
    return pieces.elu(autograd.as_tensor(input), alpha)


def celu(input: Any, alpha: float = 1.0, inplace: bool = False) -> Tensor:
    """x where positive, else α(exp(x/α) - 1)."""
    if not alpha:
        raise ValueError("celu: alpha must not be 0, for it divides")
    return pieces.elu(autograd.as_tensor(input), alpha, 1.0 / alpha)


def selu(input: Any, inplace: bool = False) -> Tensor:
    """Self-normalising ELU (Klambauer et al. 2017)."""
    return 1.0507009873554805 * elu(input, 1.6732632423543772)


def mish(input: Any, inplace: bool = False) -> Tensor:
    """x · tanh(softplus(x)) (Misra 2019)."""
    input = autograd.as_tensor(input)
    return input * autograd.tanh(autograd.softplus(input))


def relu6(input: Any, inplace: bool = False) -> Tensor:
    """min(max(x, 0), 6)."""
    return pieces.hardtanh(autograd.as_tensor(input), 0.0, 6.0)


def hardtanh(input: Any, min_val: float = -1.0, max_val: float = 1.0, inplace: bool = False) -> Tensor:
    """x limited to [min_val, max_val]."""
    if min_val > max_val:
        raise ValueError(f"hardtanh: min_val {min_val} lies above max_val {max_val}")
    return pieces.hardtanh(autograd.as_tensor(input), min_val, max_val)


def hardsigmoid(input: Any, inplace: bool = False) -> Tensor:
    """A sigmoid of three straight pieces: x/6 + 1/2 limited to [0, 1]."""
    return relu6(autograd.as_tensor(input) + 3.0) / 6.0


def hardswish(input: Any, inplace: bool = False) -> Tensor:
    """x · hardsigmoid(x) (Howard et al. 2019)."""
    input = autograd.as_tensor(input)
    return input * hardsigmoid(input)


def softsign(input: Any) -> Tensor:
    """x / (1 + |x|)."""
    input = autograd.as_tensor(input)
    return input / (1.0 + autograd.abs(input))


def tanhshrink(input: Any) -> Tensor:
    """x - tanh(x)."""
    input = autograd.as_tensor(input)
    return input - autograd.tanh(input)


def hardshrink(input: Any, lambd: float = 0.5) -> Tensor:
    """x where |x| > λ, else 0."""
    return pieces.hardshrink(autograd.as_tensor(input), lambd)


def softshrink(input: Any, lambd: float = 0.5) -> Tensor:
    """x moved towards 0 by λ, and 0 between -λ and λ."""
    if lambd < 0:
        raise ValueError(f"softshrink: lambd must not be negative, given {lambd}")
    return pieces.softshrink(autograd.as_tensor(input), lambd)


def threshold(input: Any, threshold: float, value: float, inplace: bool = False) -> Tensor:
    """x where x > threshold, else `value`."""
    return pieces.threshold(autograd.as_tensor(input), threshold, value)


def glu(input: Any, dim: int = -1) -> Tensor:
    """a · sigmoid(b), a and b the two halves of x along `dim` (Dauphin et al. 2016)."""
    input = autograd.as_tensor(input)
    if input.shape[dim] % 2:
        raise ValueError(f"glu halves axis {dim}, whose length {input.shape[dim]} is odd")
    a, b = autograd.split(input, 2, axis=dim)
    return a * autograd.sigmoid(b)


def rrelu(
    input: Any, lower: float = 1 / 8, upper: float = 1 / 3, training: bool = False, inplace: bool = False, generator: Any = None
) -> Tensor:
    """Leaky ReLU whose slope is drawn for every element in training, and the mean slope otherwise."""
    if lower > upper:
        raise ValueError(f"rrelu: lower {lower} lies above upper {upper}")
    input = autograd.as_tensor(input)
    if not training:
        return leaky_relu(input, (lower + upper) / 2)
    slope = generator_or_shared(generator).uniform(lower, upper, input.shape).astype(input.dtype)
    return autograd.where(input.data >= 0, input, input * slope)


def gumbel_softmax(
    logits: Any, tau: float = 1.0, hard: bool = False, eps: float = 1e-10, dim: int = -1, generator: Any = None
) -> Tensor:
    """A sample of a class that can be differentiated: softmax((x + Gumbel noise) / τ) (Jang et al. 2017, equation 2).

    Parameters
    ----------
    logits : array_like
    tau : float
        The temperature τ > 0; towards 0 samples become one-hot.
    hard : bool
        One-hot forward, with the gradient of the soft sample (straight through).
    eps : float
        Has no effect, as in PyTorch.
    dim : int
        The axis of the classes.
    """
    if not tau > 0:
        raise ValueError(f"gumbel_softmax: the temperature tau must be above 0, given {tau}")
    logits = autograd.as_tensor(logits)
    noise = generator_or_shared(generator).gumbel(size=logits.shape).astype(logits.dtype)
    soft = softmax((logits + noise) / tau, dim)
    if not hard:
        return soft
    chosen = np.zeros_like(soft.data)
    np.put_along_axis(chosen, np.argmax(soft.data, axis=dim, keepdims=True), 1.0, axis=dim)
    return soft + (chosen - soft.data)

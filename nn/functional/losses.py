"""Losses, under PyTorch's names, arguments and reductions."""

# autograd's functions are made from declarations, so mypy sees Any where they return tensors.
# mypy: disable-error-code="no-any-return"

from __future__ import annotations

from typing import Any

import numpy as np

import autograd
from autograd import Tensor


def reduced(each: Tensor, reduction: str) -> Tensor:
    """The mean, the sum, or every value as it is."""
    if reduction == "mean":
        return autograd.mean(each)
    if reduction == "sum":
        return autograd.sum(each)
    if reduction == "none":
        return each
    raise ValueError(f"reduction is 'mean', 'sum' or 'none', given {reduction!r}")


def one_shape(x: Any, target: Any, name: str) -> tuple[Tensor, Tensor]:
    """Both as tensors of one shape: broadcasting a target is hardly ever meant."""
    x, target = autograd.as_tensor(x), autograd.as_tensor(target)
    if x.shape != target.shape:
        raise ValueError(f"{name}: input {x.shape} and target {target.shape} must have one shape; reshape one of them")
    return x, cast_like(target, x)


def one_rank(name: str, *arrays: Any) -> tuple[Tensor, ...]:
    """All as tensors with as many axes: (N, 1) beside (N,) would broadcast to N² losses."""
    tensors = tuple(autograd.as_tensor(each) for each in arrays)
    if len({each.ndim for each in tensors}) > 1:
        raise ValueError(f"{name}: inputs and target have one number of axes, given {', '.join(str(each.shape) for each in tensors)}")
    return tensors


def cast_like(target: Tensor, x: Tensor) -> Tensor:
    """A constant target takes the input's dtype: float64 labels do not make a float32 network float64."""
    if target.requires_grad or target.dtype == x.dtype:
        return target
    return autograd.as_tensor(target.data.astype(x.dtype))


def mse_loss(input: Any, target: Any, reduction: str = "mean", weight: Any = None) -> Tensor:
    """(x - target)², each times its weight; the mean is then divided by the sum of the weights.

    Examples
    --------
    >>> from nn import functional as F
    >>> F.mse_loss([1.0, 3.0], [1.0, 1.0])
    Tensor(2.)
    """
    input, target = one_shape(input, target, "mse_loss")
    return _weighed(autograd.square(input - target), weight, reduction, "mse_loss")


def _weighed(each: Tensor, weight: Any, reduction: str, name: str) -> Tensor:
    if weight is None:
        return reduced(each, reduction)
    weight = cast_like(autograd.as_tensor(weight), each)
    if weight.shape != each.shape:
        raise ValueError(f"{name}: weight {weight.shape} needs the input's shape {each.shape}")
    return autograd.sum(each * weight) / autograd.sum(weight) if reduction == "mean" else reduced(each * weight, reduction)


def l1_loss(input: Any, target: Any, reduction: str = "mean", weight: Any = None) -> Tensor:
    """|x - target|, each times its weight as in `mse_loss`."""
    input, target = one_shape(input, target, "l1_loss")
    return _weighed(autograd.abs(input - target), weight, reduction, "l1_loss")


def _real(value: Any, name: str) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float, np.floating, np.integer)):
        raise TypeError(f"{name} is a number, given {value!r}")
    return float(value)


def huber_loss(input: Any, target: Any, reduction: str = "mean", delta: float = 1.0, weight: Any = None) -> Tensor:
    """Quadratic up to |x - target| = δ, straight beyond (Huber 1964); each times its weight as in `mse_loss`."""
    if _real(delta, "huber_loss: delta") <= 0:
        raise ValueError(f"huber_loss: delta must be positive, given {delta}")
    input, target = one_shape(input, target, "huber_loss")
    difference = input - target
    size = autograd.abs(difference)
    each = autograd.where(size.data < delta, 0.5 * difference * difference, delta * (size - 0.5 * delta))
    return _weighed(each, weight, reduction, "huber_loss")


def smooth_l1_loss(input: Any, target: Any, reduction: str = "mean", beta: float = 1.0) -> Tensor:
    """huber_loss / β; β = 0 is the L1 loss."""
    if beta < 0:
        raise ValueError(f"smooth_l1_loss: beta must not be negative, given {beta}")
    if not beta:
        return l1_loss(input, target, reduction)
    return huber_loss(input, target, reduction, beta) / beta


# ------------------------------------------------------------------------------------------------------------- classes


def _log_sum_exp(x: Any, axis: int) -> Any:
    top = np.maximum.reduce(x, axis=axis, keepdims=True)
    if not np.logical_and.reduce(np.isfinite(top), axis=None):  # inf - inf would be nan
        top = np.where(np.isfinite(top), top, x.dtype.type(0))
    return np.log(np.add.reduce(np.exp(x - top), axis=axis, keepdims=True)) + top


def _picked(x: Any, target: Any) -> Any:
    """x · target, and 0 wherever the target is 0: a class of probability 0 may have a logit of -inf."""
    return np.where(np.not_equal(target, 0), x, 0.0 * target) * target


def _are_classes(x: Any, target: Any) -> bool:
    """Whether targets are class indices, one for each row of scores, and no probabilities."""
    return np.ndim(target) < x.ndim and target.dtype.kind in "iu"


def _score(x: Any, index: Any, axis: int) -> Any:
    """x at the class of each row."""
    if x.ndim == 2 and axis in (1, -1):
        return x[np.arange(len(x)), index]  # three times faster than the general way
    return np.take_along_axis(x, np.expand_dims(index, axis), axis).squeeze(axis)


def _is_class(x: Any, index: Any, axis: int) -> Any:
    """True where a score is that of its row's class."""
    classes = np.arange(x.shape[axis]).reshape((-1,) + (1,) * (x.ndim - 1 - axis % x.ndim))
    return np.expand_dims(index, axis) == classes


def _softmax_cross_entropy(x: Any, target: Any, axis: int = -1) -> Any:
    if _are_classes(x, target):
        return _log_sum_exp(x, axis).squeeze(axis) - _score(x, target, axis)
    total = np.sum(target, axis=axis)
    return _log_sum_exp(x, axis).squeeze(axis) * total - np.sum(_picked(x, target), axis=axis)


def _logits_gradient(g: Any, x: Any, target: Any, axis: int) -> Any:
    """softmax(x) · Σ target - target."""
    away = autograd.softmax(x, axis)
    if not _are_classes(x, target):
        away = away * np.sum(target, axis=axis, keepdims=True) - target
    elif type(away) is np.ndarray and away.ndim == 2 and axis in (1, -1):
        away[np.arange(len(away)), target] -= 1.0  # the same without a matrix of zeros and ones
        return np.multiply(away, g[:, None], out=away)
    else:
        away = away - _is_class(x, target, axis)
    return np.expand_dims(g, axis) * away


def _target_gradient(g: Any, x: Any, axis: int) -> Any:
    return np.expand_dims(-g, axis) * autograd.log_softmax(x, axis)


softmax_cross_entropy = autograd.op(
    _softmax_cross_entropy, name="softmax_cross_entropy", tags=("loss",), symbol="cross entropy({x})",
    x=_logits_gradient, target=_target_gradient, domain={"x": (-3.0, 3.0), "target": (0.1, 1.0)},
    doc="-Σ target · log softmax(x) along `axis`, stable, one value a sample; targets are probabilities, or integers: classes.",
)  # fmt: skip


def _class_axis(x: Tensor, name: str) -> int:
    if not x.ndim:
        raise ValueError(f"{name} takes scores of shape (C,) or (N, C, ...), given a single number")
    return 0 if x.ndim == 1 else 1


def _checked_classes(x: Tensor, target: Any, axis: int, ignore_index: int, name: str) -> np.ndarray[Any, Any]:
    index = np.asarray(target.data if isinstance(target, Tensor) else target)
    expected = x.shape[:axis] + x.shape[axis + 1 :]
    if index.shape != expected:
        raise ValueError(
            f"{name}: scores {x.shape} need class indices of shape {expected} (or probabilities of shape {x.shape}), given {index.shape}"
        )
    if index.dtype.kind not in "iu":
        raise TypeError(f"{name}: class indices are integers, given {index.dtype}; convert with .astype(int)")
    if index.size and np.minimum.reduce(index, axis=None) >= 0 and np.maximum.reduce(index, axis=None) < x.shape[axis]:
        return index
    wrong = index[(index != ignore_index) & ((index < 0) | (index >= x.shape[axis]))]
    if wrong.size:
        raise ValueError(f"{name}: class {wrong[0]} is not in [0, {x.shape[axis]})")
    return index


def _class_weight(weight: Any, x: Tensor, axis: int, name: str) -> np.ndarray[Any, Any]:
    """Weights shaped to meet the class axis."""
    if isinstance(weight, Tensor) and np.promote_types(weight.dtype, x.dtype) != weight.dtype:
        raise TypeError(f"{name}: weight is {weight.dtype}, narrower than the scores, {x.dtype}; convert with .astype")
    values = np.asarray(weight.data if isinstance(weight, Tensor) else weight, dtype=x.dtype)
    if values.shape != (x.shape[axis],):
        raise ValueError(f"{name}: weight needs one value a class, ({x.shape[axis]},), given {values.shape}")
    return values.reshape((-1,) + (1,) * (x.ndim - axis - 1))


def _spread(x: Tensor, target: Any, weight: Any, ignore_index: int, name: str) -> tuple[Any, Any]:
    """Class indices as weighted rows of one, and the divisor of the mean: the sum of the weights."""
    axis = _class_axis(x, name)
    index = np.expand_dims(_checked_classes(x, target, axis, ignore_index, name), axis)
    rows = np.zeros(x.shape, x.dtype)
    kept = index != ignore_index
    np.put_along_axis(rows, np.where(kept, index, 0), kept.astype(x.dtype), axis)
    if weight is not None:
        rows *= _class_weight(weight, x, axis, name)
    return rows, rows.sum()


def _smoothed(rows: Any, x: Tensor, weight: Any, target: Any, ignore_index: int, smoothing: float) -> Any:
    """(1 - ε) of each row, and ε spread evenly over the classes (weighted as they are)."""
    axis = _class_axis(x, "cross_entropy")
    kept = np.expand_dims(np.asarray(target.data if isinstance(target, Tensor) else target), axis) != ignore_index
    even = np.ones_like(rows) if weight is None else np.ones_like(rows) * _class_weight(weight, x, axis, "cross_entropy")
    return (1 - smoothing) * rows + even * kept * x.dtype.type(smoothing / x.shape[axis])


def _is_soft(x: Tensor, target: Any) -> bool:
    values = target.data if isinstance(target, Tensor) else np.asarray(target)
    return values.shape == x.shape and values.dtype.kind == "f"


def _soft_cross_entropy(x: Tensor, target: Any, weight: Any, reduction: str, smoothing: float) -> Tensor:
    axis = _class_axis(x, "cross_entropy")
    x, target = one_shape(x, target, "cross_entropy")
    if smoothing:
        target = target * (1 - smoothing) + smoothing / x.shape[axis]
    if weight is not None:
        target = target * _class_weight(weight, x, axis, "cross_entropy")
    each = softmax_cross_entropy(x, target, axis)
    return _weighted_mean(each, each.size, reduction)


def _weighted_mean(each: Tensor, divisor: Any, reduction: str) -> Tensor:
    if reduction != "mean":
        return reduced(each, reduction)
    if not divisor:  # nothing but ignored targets: 0 / 0 is nan, and no gradient goes anywhere, as in PyTorch
        return autograd.sum(each) + float("nan")
    return autograd.sum(each) / divisor


def cross_entropy(
    input: Any, target: Any, weight: Any = None, ignore_index: int = -100, reduction: str = "mean",
    label_smoothing: float = 0.0,
) -> Tensor:  # fmt: skip
    """-log softmax(x)[target], stable at any logits.

    Parameters
    ----------
    input : array_like, shape (C,) or (N, C, ...)
        Logits.
    target : array_like
        Class indices of shape () or (N, ...), or probabilities of the logits' shape.
    weight : array_like, shape (C,), optional
        The mean is then divided by the sum of the targets' weights.

    Examples
    --------
    >>> from nn import functional as F
    >>> F.cross_entropy([[1000.0, 0.0]], [0]).item()
    0.0
    """
    input = autograd.as_tensor(input)
    if not 0 <= label_smoothing <= 1:
        raise ValueError(f"cross_entropy: label_smoothing lies between 0 and 1, given {label_smoothing}")
    if _is_soft(input, target):
        if ignore_index >= 0:
            raise ValueError(f"cross_entropy: ignore_index={ignore_index} has no meaning for probabilities as targets")
        return _soft_cross_entropy(input, target, weight, reduction, label_smoothing)
    axis = _class_axis(input, "cross_entropy")
    index = _checked_classes(input, target, axis, ignore_index, "cross_entropy")
    if weight is None and not label_smoothing and index.size and not np.logical_or.reduce(index == ignore_index, axis=None):
        return reduced(softmax_cross_entropy(input, index, axis), reduction)
    rows, divisor = _spread(input, target, weight, ignore_index, "cross_entropy")
    if label_smoothing:
        rows = _smoothed(rows, input, weight, target, ignore_index, label_smoothing)
    each = softmax_cross_entropy(input, rows, axis)
    return _weighted_mean(each, divisor, reduction)


def nll_loss(input: Any, target: Any, weight: Any = None, ignore_index: int = -100, reduction: str = "mean") -> Tensor:
    """-x[target] for log-probabilities x of shape (C,) or (N, C, ...)."""
    input = autograd.as_tensor(input)
    rows, divisor = _spread(input, target, weight, ignore_index, "nll_loss")
    chosen = autograd.where(rows != 0, input, np.zeros_like(rows)) * rows
    return _weighted_mean(-autograd.sum(chosen, axis=_class_axis(input, "nll_loss")), divisor, reduction)


# ------------------------------------------------------------------------------------------------------ probabilities


def _weighted(each: Tensor, weight: Any) -> Tensor:
    return each if weight is None else each * cast_like(autograd.as_tensor(weight), each)


def _binary(x: Any, target: Any) -> Any:
    with np.errstate(divide="ignore"):
        return -(target * np.maximum(np.log(x), -100.0) + (1.0 - target) * np.maximum(np.log(1.0 - x), -100.0))


def _binary_gradient(g: Any, x: Any, target: Any) -> Any:
    """(x - target) / x(1 - x), with the divisor held off 0 as PyTorch does."""
    return g * (x - target) / np.maximum(x * (1.0 - x), 1e-12)


def _binary_target_gradient(g: Any, x: Any) -> Any:
    return g * (np.maximum(np.log(1.0 - x), -100.0) - np.maximum(np.log(x), -100.0))


_binary_entropy = autograd.op(
    _binary, name="binary_cross_entropy", tags=("loss",), x=_binary_gradient, target=_binary_target_gradient,
    domain={"x": (0.1, 0.9), "target": (0.1, 0.9)}, analytic=False, kinks="0 and 1: logarithms end at -100",
)  # fmt: skip


def binary_cross_entropy(input: Any, target: Any, weight: Any = None, reduction: str = "mean") -> Tensor:
    """-(t log x + (1 - t) log(1 - x)) for probabilities x; logarithms are held at -100."""
    input, target = one_shape(input, target, "binary_cross_entropy")
    if input.size and (input.data.min() < 0 or input.data.max() > 1):
        raise ValueError("binary_cross_entropy takes probabilities in [0, 1]; for logits use binary_cross_entropy_with_logits")
    return reduced(_weighted(_binary_entropy(input, target), weight), reduction)


def _logit_entropy(x: Any, target: Any, positive: Any) -> Any:
    """(1 - t) x + (1 + (p - 1) t) log(1 + exp(-x))."""
    return (1.0 - target) * x + (1.0 + (positive - 1.0) * target) * autograd.softplus(-x)


# One operation, as softmax_cross_entropy is: written as a sum it would be a join in pictures, with x as the skip.
logistic_cross_entropy = autograd.op(
    _logit_entropy, name="logistic_cross_entropy", tags=("loss",), symbol="cross entropy({x})",
    domain={"x": (-3.0, 3.0), "target": (0.1, 0.9), "positive": (0.5, 2.0)},
    x=lambda g, x, target, positive: g * (1.0 - target - (1.0 + (positive - 1.0) * target) * autograd.sigmoid(-x)),
    target=lambda g, x, positive: g * ((positive - 1.0) * autograd.softplus(-x) - x),
    positive=lambda g, x, target: g * target * autograd.softplus(-x),
)  # fmt: skip


def binary_cross_entropy_with_logits(
    input: Any, target: Any, weight: Any = None, reduction: str = "mean", pos_weight: Any = None
) -> Tensor:
    """binary_cross_entropy(sigmoid(x), target), stable at any logits."""
    input, target = one_shape(input, target, "binary_cross_entropy_with_logits")
    positive = 1.0 if pos_weight is None else cast_like(autograd.as_tensor(pos_weight), input)
    return reduced(_weighted(logistic_cross_entropy(input, target, positive), weight), reduction)


def kl_div(input: Any, target: Any, reduction: str = "mean", log_target: bool = False) -> Tensor:
    """target · (log target - x) for log-probabilities x; ``reduction="batchmean"`` is the divergence itself."""
    input = autograd.as_tensor(input)
    target = cast_like(autograd.as_tensor(target), input)
    each = autograd.exp(target) * (target - input) if log_target else _pointwise_divergence(input, target)
    if reduction == "batchmean":
        return autograd.sum(each) / (each.shape[0] if each.ndim else 1)
    return reduced(each, reduction)


def _pointwise_divergence(x: Tensor, target: Tensor) -> Tensor:
    """0 · log 0 is 0; of a negative target there is no logarithm."""
    safe = autograd.where(target.data != 0, target, np.ones_like(target.data))
    return target * autograd.log(safe) - target * x


def poisson_nll_loss(
    input: Any,
    target: Any,
    log_input: bool = True,
    full: bool = False,
    eps: float = 1e-8,
    reduction: str = "mean",
) -> Tensor:
    """exp(x) - target · x (or x - target · log x); `full` adds Stirling's terms for targets above 1."""
    input, target = one_shape(input, target, "poisson_nll_loss")
    each = autograd.exp(input) - target * input if log_input else input - target * autograd.log(input + eps)
    return reduced(each + _stirling(target) if full else each, reduction)


def _stirling(target: Tensor) -> Tensor:
    """What log(target!) comes to, for targets above 1."""
    t = autograd.where(target.data > 1, target, np.ones_like(target.data))
    terms = t * autograd.log(t) - t + 0.5 * autograd.log(2 * np.pi * t)
    return autograd.where(target.data > 1, terms, np.zeros_like(target.data))


def soft_margin_loss(input: Any, target: Any, reduction: str = "mean") -> Tensor:
    """log(1 + exp(-target · x)) for targets ±1."""
    input, target = one_shape(input, target, "soft_margin_loss")
    return reduced(autograd.softplus(-target * input), reduction)


def margin_ranking_loss(input1: Any, input2: Any, target: Any, margin: float = 0.0, reduction: str = "mean") -> Tensor:
    """max(0, -target · (x1 - x2) + margin) for targets ±1."""
    input1, input2, target = one_rank("margin_ranking_loss", input1, input2, target)
    target = cast_like(target, input1)
    return reduced(autograd.relu(-target * (input1 - input2) + margin), reduction)


def hinge_embedding_loss(input: Any, target: Any, margin: float = 1.0, reduction: str = "mean") -> Tensor:
    """x where the target is 1, max(0, margin - x) where it is -1 (and, as in PyTorch, both for any other target)."""
    input, target = one_shape(input, target, "hinge_embedding_loss")
    nothing = np.zeros_like(input.data)
    right = autograd.where(target.data == -1, nothing, input)
    return reduced(right + autograd.where(target.data == 1, nothing, autograd.relu(margin - input)), reduction)

"""Operators of several tensors: joined, split, multiplied."""

from __future__ import annotations

from typing import Any

import numpy as np

import autograd
from nn.onnx.operators.registry import Attributes, numbers, operator, plain


@operator("Concat")
def concatenate(attributes: Attributes, *inputs: Any) -> Any:
    return autograd.concatenate(list(inputs), axis=attributes.get("axis", 1))


@operator("Split")
def split(attributes: Attributes, x: Any, sizes: Any = None) -> Any:
    """Into the given sizes, or as many parts as outputs, the last one shorter."""
    axis = attributes.get("axis", 0)
    given = attributes.get("split") if sizes is None else numbers(sizes)
    if given is None:
        count = attributes.get("num_outputs", attributes.outputs)
        whole = -(-x.shape[axis] // count)
        given = [min(whole, x.shape[axis] - place * whole) for place in range(count)]
    return tuple(autograd.split(x, np.cumsum(given)[:-1].tolist(), axis=axis))


@operator("MatMul")
def matmul(attributes: Attributes, x: Any, y: Any) -> Any:
    return autograd.matmul(x, y)


@operator("Gemm")
def gemm(attributes: Attributes, a: Any, b: Any, c: Any = None) -> Any:
    """alpha·A·B + beta·C."""
    a = autograd.transpose(a) if attributes.get("transA", 0) else a
    b = autograd.transpose(b) if attributes.get("transB", 0) else b
    product = autograd.matmul(a, b)
    alpha, beta = attributes.get("alpha", 1.0), attributes.get("beta", 1.0)
    product = product if alpha == 1 else product * alpha
    if c is None:
        return product
    return product + (c if beta == 1 else c * beta)


@operator("Einsum")
def einsum(attributes: Attributes, *inputs: Any) -> Any:
    return autograd.einsum(attributes.get("equation").replace(" ", ""), *inputs)


@operator("Det")
def determinant(attributes: Attributes, x: Any) -> Any:
    return autograd.det(x)


# ------------------------------------------------------------------------------------------------------------------ losses


@operator("NegativeLogLikelihoodLoss")
def negative_log_likelihood(attributes: Attributes, x: Any, target: Any, weight: Any = None) -> Any:
    """-x of the class, along axis 1; ignored places count nothing."""
    label, ignored = plain(target), attributes.get("ignore_index")
    skipped = np.zeros(label.shape, bool) if ignored is None else label == ignored
    index = np.where(skipped, 0, label)
    per_class = np.ones(x.shape[1], x.dtype) if weight is None else weight
    counted = autograd.where(skipped, np.zeros((), x.dtype), autograd.take(per_class, index, axis=0))
    loss = -autograd.squeeze(autograd.take_along_axis(x, index[:, None], axis=1), 1) * counted
    how = attributes.get("reduction", "mean")
    if how == "none":
        return loss
    total = autograd.sum(loss)
    return total if how == "sum" else total / autograd.sum(counted)


@operator("SoftmaxCrossEntropyLoss")
def softmax_cross_entropy(attributes: Attributes, x: Any, target: Any, weight: Any = None) -> Any:
    log_probability = autograd.log_softmax(x, 1)
    loss = negative_log_likelihood(attributes, log_probability, target, weight)
    return (loss, log_probability) if attributes.outputs > 1 else loss

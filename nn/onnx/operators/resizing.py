"""Resize: nearest, linear and cubic, as a matrix an axis, so that gradients follow from the product's."""

# NumPy's arithmetic of arrays of any dtype is Any to mypy.
# mypy: disable-error-code="no-any-return"

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

import autograd
from nn.onnx.operators.registry import Attributes, is_float, numbers, operator, plain

Array = np.ndarray[Any, Any]


def _half_pixel(x: Array, scale: float, size: int, out: int) -> Array:
    return (x + 0.5) / scale - 0.5


def _half_pixel_symmetric(x: Array, scale: float, size: int, out: int) -> Array:
    """Where the output was rounded to a whole size, the same is missing on both sides."""
    return size / 2 * (1 - out / (scale * size)) + _half_pixel(x, scale, size, out)


def _pytorch_half_pixel(x: Array, scale: float, size: int, out: int) -> Array:
    return _half_pixel(x, scale, size, out) if out > 1 else 0.0 * x


def _align_corners(x: Array, scale: float, size: int, out: int) -> Array:
    """By the size before it was rounded, as the reference has it."""
    length = scale * size
    return x * (size - 1) / (length - 1) if length != 1 else 0.0 * x


def _asymmetric(x: Array, scale: float, size: int, out: int) -> Array:
    return x / scale


COORDINATES: dict[str, Callable[..., Array]] = {
    "half_pixel": _half_pixel, "half_pixel_symmetric": _half_pixel_symmetric, "pytorch_half_pixel": _pytorch_half_pixel,
    "align_corners": _align_corners, "asymmetric": _asymmetric,
}  # fmt: skip
ROUNDINGS: dict[str, Callable[[Array], Array]] = {
    "round_prefer_floor": lambda x: np.ceil(x - 0.5), "round_prefer_ceil": lambda x: np.floor(x + 0.5), "floor": np.floor, "ceil": np.ceil,
}  # fmt: skip


def _places(attributes: Attributes, scale: float, size: int, out: int, crop: tuple[float, float]) -> Array:
    """Where each output lies among the inputs."""
    x = np.arange(out, dtype=np.float64)
    how = attributes.get("coordinate_transformation_mode", "half_pixel")
    if how != "tf_crop_and_resize":
        return COORDINATES[how](x, scale, size, out)
    start, end = crop
    if out == 1:
        return np.full(1, 0.5 * (start + end) * (size - 1))
    return start * (size - 1) + x * (end - start) * (size - 1) / (out - 1)


def _triangle(t: Array) -> Array:
    return np.maximum(1 - np.abs(t), 0.0)


def _keys(t: Array, a: float) -> Array:
    """Keys 1981."""
    t = np.abs(t)
    near = ((a + 2) * t - (a + 3)) * t * t + 1
    far = ((t - 5) * t + 8) * t * a - 4 * a
    return np.where(t <= 1, near, np.where(t < 2, far, 0.0))


def _matrix(attributes: Attributes, places: Array, scale: float, size: int) -> Array:
    """Row o: how much of each input is in output o; what lies outside is held at the edge."""
    mode, out = attributes.get("mode", "nearest"), len(places)
    matrix = np.zeros((out, size))
    if mode == "nearest":
        nearest = ROUNDINGS[attributes.get("nearest_mode", "round_prefer_floor")](places).astype(int)
        matrix[np.arange(out), np.clip(nearest, 0, size - 1)] = 1
        return matrix
    narrow = min(scale, 1.0) if attributes.get("antialias", 0) else 1.0
    reach = 1 if mode == "linear" else 2
    wide = int(np.ceil(reach / narrow)) + 1
    taps = np.floor(places).astype(int)[:, None] + np.arange(-wide, wide + 1)
    distance = (taps - places[:, None]) * narrow
    weights = _triangle(distance) if mode == "linear" else _keys(distance, attributes.get("cubic_coeff_a", -0.75))
    if attributes.get("exclude_outside", 0):
        weights = np.where((taps < 0) | (taps >= size), 0.0, weights)
    weights /= weights.sum(1, keepdims=True)
    np.add.at(matrix, (np.arange(out)[:, None], np.clip(taps, 0, size - 1)), weights)
    return matrix


def _kept_aspect(policy: str, sizes: Sequence[int], shape: Sequence[int]) -> tuple[list[int], list[float]]:
    """One scale for all axes, so that the output is not larger, or not smaller, than asked for."""
    scales = [n / m for n, m in zip(sizes, shape, strict=True)]
    if policy == "stretch":
        return list(sizes), scales
    scale = min(scales) if policy == "not_larger" else max(scales)
    return [int(np.floor(scale * m + 0.5)) for m in shape], [scale] * len(scales)


def _sizes(attributes: Attributes, shape: Sequence[int], scales: Any, sizes: Any) -> tuple[list[int], list[float]]:
    if sizes is not None and plain(sizes).size:
        return _kept_aspect(attributes.get("keep_aspect_ratio_policy", "stretch"), numbers(sizes), shape)
    factors = [float(s) for s in plain(scales)]
    return [int(np.floor(n * s)) for n, s in zip(shape, factors, strict=True)], factors


@operator("Resize", "Upsample")
def resize(attributes: Attributes, x: Any, roi: Any = None, scales: Any = None, sizes: Any = None) -> Any:
    if attributes.operator == "Upsample" or attributes.opset < 11:
        roi, scales = None, np.asarray(attributes.get("scales")) if roi is None else roi
        attributes = Attributes("Resize", {**attributes.values, **_OLD}, attributes.opset, 1)
    axes = [axis % x.ndim for axis in attributes.get("axes") or range(x.ndim)]
    wanted, factors = _sizes(attributes, [x.shape[axis] for axis in axes], scales, sizes)
    crops = np.zeros(0) if roi is None else plain(roi)
    dtype = x.dtype
    x = x if is_float(x) else x.astype(np.float64)
    outside = []
    for place, (axis, out, scale) in enumerate(zip(axes, wanted, factors, strict=True)):
        crop = (float(crops[place]), float(crops[place + len(axes)])) if crops.size else (0.0, 1.0)
        places = _places(attributes, scale, x.shape[axis], out, crop)
        outside.append((places < 0) | (places > x.shape[axis] - 1))
        x = _along(x, axis, _matrix(attributes, places, scale, x.shape[axis]).astype(x.dtype))
    if attributes.get("coordinate_transformation_mode") == "tf_crop_and_resize":
        x = _extrapolated(x, axes, outside, attributes.get("extrapolation_value", 0.0))
    return x if x.dtype == dtype else plain(x).astype(dtype)


_OLD = {"coordinate_transformation_mode": "asymmetric", "nearest_mode": "floor"}


def _along(x: Any, axis: int, matrix: Array) -> Any:
    if matrix.shape[0] == matrix.shape[1] and np.array_equal(matrix, np.eye(len(matrix))):
        return x
    return autograd.moveaxis(autograd.matmul(autograd.moveaxis(x, axis, -1), matrix.T), -1, axis)


def _extrapolated(x: Any, axes: Sequence[int], outside: Sequence[Array], value: float) -> Any:
    mask = np.zeros(x.shape, bool)
    for axis, along in zip(axes, outside, strict=True):
        mask |= along.reshape([-1 if place == axis else 1 for place in range(x.ndim)])
    return autograd.where(mask, np.asarray(value, x.dtype), x)

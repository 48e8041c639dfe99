"""Axes, ties and equations where a rule may be right for every usual sample and wrong here."""

from typing import Any

import numpy as np
import pytest

import autograd
from autograd import Tensor, kernels, linalg
from autograd.testing import check_gradients

rng = np.random.default_rng(4)
A, B, C = rng.standard_normal((2, 3, 4)), rng.standard_normal((3, 4)), rng.standard_normal((3, 4, 5))
M = rng.standard_normal((3, 3))


def gradient(f: Any, *arrays: Any) -> list[Any]:
    tensors = [Tensor(array, requires_grad=True) for array in arrays]
    f(*tensors).backward()
    return [tensor.grad.data for tensor in tensors]


@pytest.mark.parametrize("text, operands", [
    ("ba", [M]), ("edcab", [rng.standard_normal((2, 3, 2, 3, 2))]), ("cb,ba", [C[0], C[0].T]), ("...i,...i->...", [A, B]),
    ("...i,...i", [B, A]), ("i...,ij->...j", [B, B]), ("ii", [M]), ("ii->i", [M]), ("iij,j->i", [rng.standard_normal((3, 3, 2)), B[0, :2]]),
])  # fmt: skip
def test_einsum_orders_and_spreads_its_axes_as_numpy(text: str, operands: list[Any]) -> None:
    found = autograd.einsum(text, *map(Tensor, operands))
    np.testing.assert_allclose(found.data, np.einsum(text, *operands), rtol=1e-12)
    check_gradients(lambda *xs: autograd.einsum(text, *xs), *[x.copy() for x in operands])


@pytest.mark.parametrize("axes", [2, 0, ((2, 1), (1, 0)), ((-1,), (1,))])
def test_tensordot_pairs_axes_as_numpy(axes: Any) -> None:
    np.testing.assert_allclose(autograd.tensordot(Tensor(A), C, axes).data, np.tensordot(A, C, axes), rtol=1e-12)
    check_gradients(lambda a, c: autograd.tensordot(a, c, axes), A.copy(), C[:, :, :1].copy() if axes == 0 else C.copy())


@pytest.mark.parametrize("axis", [-3, -2, -1, 0, 1, 2])
def test_stacks_hand_each_array_its_own_part_along_any_axis(axis: int) -> None:
    weight = np.moveaxis(np.arange(24.0).reshape(2, 3, 4), 0, axis)
    found = gradient(lambda x, y: (autograd.stack([x, y], axis=axis) * weight).sum(), B, B)
    np.testing.assert_array_equal(found, np.arange(24.0).reshape(2, 3, 4))


@pytest.mark.parametrize("function", [autograd.maximum, autograd.minimum, autograd.fmax, autograd.fmin])
def test_the_two_sides_of_a_tie_get_one_gradient_together(function: Any) -> None:
    x, y = np.array([1.0, 2.0, 3.0]), np.array([1.0, 3.0, 2.0])
    first, second = gradient(lambda x, y: function(x, y).sum(), x, y)
    assert (first + second).tolist() == [1.0, 1.0, 1.0] and first[0] == second[0] == 0.5


def test_rows_of_a_sort_share_nothing() -> None:
    weight = np.array([[1.0, 10.0], [100.0, 1000.0]])
    (found,) = gradient(lambda x: (autograd.sort(x, axis=-1) * weight).sum(), np.array([[1.0, 2.0], [2.0, 3.0]]))
    assert found.tolist() == weight.tolist()
    (found,) = gradient(lambda x: (autograd.sort(x, axis=0) * weight).sum(), np.array([[2.0, 3.0], [1.0, 2.0]]))
    assert found.tolist() == [[100.0, 1000.0], [1.0, 10.0]]


@pytest.mark.parametrize("spread", [1e-2, 1e-5, 1e-9])
def test_a_small_deviation_has_a_slope(spread: float) -> None:
    (found,) = gradient(autograd.std, np.array([-1.0, 0.0, 1.0]) * spread)
    np.testing.assert_allclose(found, np.array([-1.0, 0.0, 1.0]) / np.sqrt(6.0), rtol=1e-6)


@pytest.mark.parametrize("kernel, pairs", [(4, (1, 2)), (3, (1, 1)), (2, (0, 1)), (1, (0, 0))])
def test_the_same_padding_of_an_even_kernel_is_wider_behind(kernel: int, pairs: tuple[int, int]) -> None:
    x, w = rng.standard_normal((2, 3, 7)), rng.standard_normal((4, 3, kernel))
    same = kernels.convolve(x, w, padding="same")
    assert same.shape == (2, 4, 7)
    np.testing.assert_array_equal(same, kernels.convolve(x, w, padding=(pairs,)))


@pytest.mark.parametrize("axis", [None, 0, (0, 1), -1])
def test_a_norm_of_zeros_beside_others_has_subgradient_zero(axis: Any) -> None:
    x = np.array([[0.0, 3.0], [0.0, 4.0]])
    (found,) = gradient(lambda x: linalg.norm(x, axis=axis).sum(), x)
    size = np.sqrt((x * x).sum(axis if axis is not None else (0, 1), keepdims=True))
    np.testing.assert_allclose(found, np.where(size > 0, x / np.where(size > 0, size, 1.0), 0.0), rtol=1e-12)

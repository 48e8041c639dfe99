"""0-d tensors are computed as Python numbers, arrays by NumPy: nobody may see the difference."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import autograd
from autograd import Tensor

FAST = [operation for operation in autograd.registry.values() if operation.scalar is not None]
NUMBERS = st.one_of(
    st.floats(allow_nan=True, allow_infinity=True),
    st.sampled_from([0.0, -0.0, 1.0, -1.0, 0.5, 1 / 3, 2.0, 1e-308, 5e-324, 1e308, 710.0, -746.0, np.inf, -np.inf, np.nan]),
)


def both(operation: Any, numbers: list[float]) -> tuple[list[Any], list[Any]]:
    """Value and gradients, once from 0-d tensors and once from arrays of one element."""
    found = []
    with np.errstate(all="ignore"):
        for shape in ((), (1,)):
            inputs = [Tensor(np.full(shape, n), requires_grad=True) for n in numbers]
            out = operation.function(*inputs)
            out.backward(np.ones(shape))
            found.append([out.item(), *[x.grad.item() for x in inputs]])
    return found[0], found[1]


@pytest.mark.parametrize("operation", FAST, ids=lambda operation: operation.name)
@given(data=st.data())
def test_numbers_equal_arrays(operation: Any, data: st.DataObject) -> None:
    numbers = [data.draw(NUMBERS) for _ in operation.rules]
    of_numbers, of_arrays = both(operation, numbers)
    # libm and NumPy round their last bit differently; Abramowitz and Stegun's erf differs from libm's below 1e-15
    np.testing.assert_allclose(of_numbers, of_arrays, rtol=1e-13, atol=1e-15)


def test_a_number_stays_a_python_float() -> None:
    """The fast path is taken: otherwise the test above would compare arrays with arrays."""
    for operation in FAST:
        out = operation.function(*[Tensor(0.5) for _ in operation.rules])
        assert type(out._data) is float, operation.name


@pytest.mark.parametrize("dtype", [np.float32, np.float16])
def test_numbers_of_other_dtypes_keep_them(dtype: Any) -> None:
    for operation in FAST:
        inputs = [Tensor(dtype(0.5), requires_grad=True) for _ in operation.rules]
        out = operation.function(*inputs)
        out.backward()
        assert out.dtype == dtype and all(x.grad.dtype == dtype for x in inputs), operation.name

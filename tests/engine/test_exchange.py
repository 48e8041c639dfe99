"""DLPack: the same memory on both sides, nothing without its graph by accident."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

import autograd
from autograd import Tensor

DTYPES = ["?", "i1", "i4", "i8", "u1", "f2", "f4", "f8", "c8"]
VIEWS = [lambda a: a, np.transpose, lambda a: a[..., ::-2] if a.ndim else a]


@st.composite
def values(draw: st.DrawFn) -> Any:
    shapes = arrays.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=4)
    array = draw(st.sampled_from(DTYPES).flatmap(lambda dtype: arrays.arrays(np.dtype(dtype), shapes)))
    return draw(st.sampled_from(VIEWS))(array)


@given(values())
def test_numpy_takes_a_tensor_and_we_take_it_back(array: Any) -> None:
    tensor = autograd.as_tensor(array)
    taken = np.from_dlpack(tensor)
    np.testing.assert_array_equal(taken, array, strict=True)
    back = autograd.from_dlpack(taken)
    np.testing.assert_array_equal(back.data, array, strict=True)
    assert not back.requires_grad
    if array.ndim and array.size:
        assert np.shares_memory(taken, array) and np.shares_memory(back.data, array)
    if array.ndim:
        assert taken.__array_interface__["data"] == array.__array_interface__["data"] or not array.size


def test_what_one_side_writes_the_other_sees() -> None:
    tensor = Tensor([1.0, 2.0, 3.0])
    taken = np.from_dlpack(tensor)
    tensor.data[1] = 7.0
    assert taken[1] == 7.0
    array = np.zeros(3)
    mine = autograd.from_dlpack(array)
    array[0] = 5.0
    assert mine.data[0] == 5.0


def test_a_copy_is_a_copy() -> None:
    tensor = Tensor([1.0, 2.0])
    taken = np.from_dlpack(tensor, copy=True)
    tensor.data[0] = 9.0
    assert taken[0] == 1.0


@pytest.mark.parametrize("make", [lambda x: x, lambda x: x * 2.0])
def test_a_tensor_that_records_is_refused(make: Any) -> None:
    t = make(Tensor([1.0, 2.0], requires_grad=True))
    with pytest.raises(BufferError, match=r"t\.detach\(\)"):
        np.from_dlpack(t)
    np.testing.assert_array_equal(np.from_dlpack(t.detach()), t.data)
    assert np.shares_memory(np.from_dlpack(t.detach()), t.data)


def test_a_number_can_only_be_copied() -> None:
    assert np.from_dlpack(Tensor(2.5)) == 2.5
    with pytest.raises(BufferError, match="only be copied"):
        np.from_dlpack(Tensor(2.5), copy=False)


def test_read_only_memory_stays_read_only() -> None:
    array = np.arange(3.0)
    array.flags.writeable = False
    assert not autograd.from_dlpack(array).data.flags.writeable


def test_what_has_no_dlpack_and_what_is_elsewhere_is_refused() -> None:
    with pytest.raises(TypeError, match="given list"):
        autograd.from_dlpack([1.0])

    class Elsewhere:
        def __dlpack_device__(self) -> tuple[int, int]:
            return 2, 0

        def __dlpack__(self, **_: Any) -> Any:
            raise BufferError("on an accelerator")

    with pytest.raises((BufferError, RuntimeError, ValueError), match="main memory"):
        autograd.from_dlpack(Elsewhere())


@pytest.mark.compare
def test_pytorch_shares_both_ways() -> None:
    torch = pytest.importorskip("torch")
    tensor = Tensor(np.arange(6.0, dtype=np.float32).reshape(2, 3).T)
    there = torch.from_dlpack(tensor.detach())
    there[0, 1] = 9.0
    assert tensor.data[0, 1] == 9.0 and there.stride() == (1, 3)
    mine = autograd.from_dlpack(there)
    mine.data[2, 0] = -1.0
    assert there[2, 0] == -1.0
    with pytest.raises(BufferError, match="detach"):
        torch.from_dlpack(Tensor([1.0], requires_grad=True))
    for unfit in (torch.ones(2, requires_grad=True), torch.ones(2, dtype=torch.bfloat16)):
        with pytest.raises((BufferError, TypeError, RuntimeError), match="main memory"):
            autograd.from_dlpack(unfit)

"""The padded flat layout is an ordinary array to everybody, and its padding is zero after whatever was done to it."""

import copy
import pickle
import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd.kernels import layout
from autograd.kernels.layout import Padded, buffer_of, empty, empty_like_layout, is_padded, layout_of, padded, plain, to_padded
from tests.kernels.geometries import ORDERS, SEEDS, random_array

SHAPES = st.tuples(st.integers(0, 3), st.integers(1, 3), st.integers(1, 5), st.integers(1, 5))
MARGINS = st.integers(1, 3)


def assert_clean(x):
    """Nothing but zeros outside the images."""
    memory = x.memory.copy()
    inside = np.ndarray(x.shape, x.dtype, memory, x.layout.gap * x.itemsize, x.layout.strides(x.itemsize))
    inside[...] = 0
    assert not memory.any()


@given(SHAPES, MARGINS, SEEDS, ORDERS, st.sampled_from([np.float32, np.float64, np.complex128]))
def test_holds_the_values_it_was_given(shape, margin, seed, order, dtype):
    x = random_array(seed, shape, dtype, order)
    p = to_padded(x, margin)
    assert type(p) is Padded and p.shape == shape and p.dtype == dtype
    assert (plain(p) == x).all()
    assert_clean(p)
    assert to_padded(p, margin) is p and padded(p) is p


@given(SHAPES, MARGINS, SEEDS)
def test_a_tap_is_the_flat_row_shifted(shape, margin, seed):
    p = to_padded(random_array(seed, shape), margin)
    zeros = np.pad(plain(p), [(0, 0), (0, 0), (margin, margin), (margin, margin)])
    for down, right in [(-margin, 0), (0, margin), (margin, -margin), (1, 1), (-1, -1)]:
        start = p.layout.gap + down * p.layout.pitch + right
        shifted = np.ndarray(shape, p.dtype, p.memory, start * p.itemsize, p.layout.strides(p.itemsize))
        window = zeros[:, :, margin + down :, margin + right :][:, :, : shape[2], : shape[3]]
        assert (shifted == window).all()


def test_vectors_may_reach_past_the_last_pixel():
    of = layout_of((1, 2, 1, 1))
    assert of.gap >= layout.SLACK and of.size >= of.gap + 2 * of.length + layout.SLACK


UNARY = [np.negative, np.exp, np.log, np.sqrt, np.sin, np.cos, np.tanh, np.reciprocal, np.sign, np.square, np.isnan, np.signbit]
BINARY = [np.add, np.subtract, np.multiply, np.divide, np.power, np.maximum, np.greater, np.equal, np.hypot, np.copysign]


@given(SHAPES, MARGINS, SEEDS, st.sampled_from(UNARY))
def test_unary_ufuncs_keep_the_layout(shape, margin, seed, ufunc):
    x = np.abs(random_array(seed, shape)) + 0.1
    expect_padded(ufunc(to_padded(x, margin)), ufunc(x))


OPERANDS = st.sampled_from(["padded", "other margin", "array", "channels", "image", "scalar", "zero", "inf", "0-d", "float32"])


def operand(kind, shape, seed):
    x = np.abs(random_array(seed, shape)) + 0.1
    makers = {
        "padded": lambda: to_padded(x),
        "other margin": lambda: to_padded(x, 2),
        "array": lambda: x,
        "channels": lambda: np.abs(random_array(seed, (1, shape[1], 1, 1))) + 0.1,
        "image": lambda: np.abs(random_array(seed, shape[2:])) + 0.1,
        "scalar": lambda: 1.5,
        "zero": lambda: 0,
        "inf": lambda: np.inf,
        "0-d": lambda: np.array(2.0),
        "float32": lambda: to_padded(x.astype(np.float32)),
    }
    return makers[kind]()


@given(SHAPES, SEEDS, st.sampled_from(BINARY), OPERANDS, st.booleans())
def test_binary_ufuncs_keep_the_layout(shape, seed, ufunc, kind, first):
    p, other = to_padded(random_array(seed, shape)), operand(kind, shape, seed + 1)
    pair = (p, other) if first else (other, p)
    with np.errstate(all="ignore"):
        expect_padded(ufunc(*pair), ufunc(*map(plain, pair)))


def expect_padded(result, expected):
    assert type(result) is Padded and result.dtype == expected.dtype
    np.testing.assert_array_equal(plain(result), expected)
    assert_clean(result)


@given(SHAPES, SEEDS, OPERANDS)
def test_in_place(shape, seed, kind):
    p, other = to_padded(random_array(seed, shape)), operand(kind, shape, seed + 1)
    expected = plain(p) + plain(other)
    before = p
    p += other
    assert p is before
    expect_padded(p, expected)


def test_no_warning_that_the_values_do_not_cause():
    p = to_padded(np.full((1, 1, 2, 2), 2.0))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        np.log(p), 1 / p, p / p, np.reciprocal(p)
    with pytest.warns(RuntimeWarning):
        np.log(p - 2)


def test_broadcasting_to_a_larger_shape_gives_an_ordinary_array():
    p = to_padded(np.ones((1, 2, 3, 3)))
    result = p + np.ones((4, 2, 3, 3))
    assert result.shape == (4, 2, 3, 3) and not is_padded(result)


@given(SHAPES, SEEDS, st.booleans())
def test_reductions(shape, seed, keepdims):
    x = random_array(seed, shape)
    p = to_padded(x)
    for axis in [(0, 2, 3), None, 1, (2, 3)]:
        np.testing.assert_allclose(p.sum(axis=axis, keepdims=keepdims), x.sum(axis=axis, keepdims=keepdims), atol=1e-12)
    if x.size:
        np.testing.assert_allclose(p.mean(axis=(0, 2, 3)), x.mean(axis=(0, 2, 3)), atol=1e-12)
        assert p.max() == x.max()


def test_known_by_its_base():
    p = to_padded(random_array(0, (2, 3, 4, 5)))
    readonly = p.view()
    readonly.flags.writeable = False
    for same in (np.asarray(p), np.asarray(p).view(), readonly, np.asarray(readonly)[...]):
        assert padded(same) is p and buffer_of(same) is p.buffer
    for other in (p[1:], p[:, :, ::-1], p.T, p.reshape(2, 3, 20), p.copy(), p.view(np.int64), np.ones((2, 3, 4, 5))):
        assert not is_padded(other)
    with pytest.raises(ValueError, match="without padded layout"):
        buffer_of(p[1:])


def test_views_and_copies_are_ordinary():
    p = to_padded(random_array(0, (2, 3, 4, 5)))
    assert (p[1:] + p[1:] == 2 * plain(p)[1:]).all()
    for same in (copy.deepcopy(p), pickle.loads(pickle.dumps(p)), p.copy(), p.astype(np.float32)):
        assert np.allclose(same, plain(p)) and not is_padded(same)
        assert np.allclose(same + 1, plain(p) + 1)


def test_out_of_any_kind():
    p, q, array = to_padded(np.ones((1, 1, 2, 2))), to_padded(np.ones((1, 1, 2, 2)), 2), np.ones((1, 1, 2, 2))
    for out in (to_padded(np.zeros((1, 1, 2, 2))), q, p.copy(), array.copy()):
        assert np.add(p, array, out=out) is out and (plain(out) == 2).all()
        assert np.exp(p, out=out) is out and np.allclose(plain(out), np.e)
        if is_padded(out):
            assert_clean(out)
    assert np.add.reduce(p, axis=3, out=np.zeros((1, 1, 2))).tolist() == [[[2.0, 2.0]]]


def test_other_ways_to_call():
    p = to_padded(np.arange(4.0).reshape(1, 1, 2, 2))
    assert np.add(p, p, where=plain(p) > 1, out=np.zeros((1, 1, 2, 2))).tolist() == [[[[0, 0], [4, 6]]]]
    assert (p @ p).tolist() == [[[[2.0, 3.0], [6.0, 11.0]]]]
    assert np.add.outer(p, p).shape == (1, 1, 2, 2) * 2
    assert np.divmod(p, 2)[1].tolist() == [[[[0.0, 1.0], [0.0, 1.0]]]]
    np.add.at(p, (0, 0, 0, 0), 5.0)
    assert p[0, 0, 0, 0] == 5.0 and p.tolist() == [[[[5.0, 1.0], [2.0, 3.0]]]]
    assert np.where(p > 2, p, 0).tolist() == [[[[5.0, 0.0], [0.0, 3.0]]]]
    assert np.concatenate([p, p]).shape == (2, 1, 2, 2)


def test_foreign_types_may_answer():
    class Foreign:
        def __array_ufunc__(self, ufunc, method, *inputs, **options):
            return "mine"

    p = to_padded(np.ones((1, 1, 2, 2)))
    assert p + Foreign() == "mine" and Foreign() * p == "mine"


def test_empty_like_layout():
    p = to_padded(np.ones((1, 1, 2, 2)), 2)
    assert empty_like_layout(p).layout is p.layout
    assert empty_like_layout(p, np.dtype(bool)).dtype == bool
    assert empty(p.layout, np.dtype(float)).shape == p.shape

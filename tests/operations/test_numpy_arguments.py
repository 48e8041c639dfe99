"""Every NumPy function that is inside takes NumPy's arguments, under NumPy's names and in NumPy's order; methods of ufuncs too."""

from __future__ import annotations

import inspect
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import autograd
from autograd import Tensor
from autograd.declare import implementations
from autograd.testing import check_gradients

# What no tensor can take, and why.
LEFT_OUT = {
    "out": "the result would leave the graph", "subok": "there are no subclasses", "writeable": "nothing is written",
    "device": "there is one", "overwrite_input": "nothing is overwritten", "casting": "NumPy's default",
    "weights": "of quantiles: not differentiable here",
    "mean": "the mean is computed, with its gradient", "full": "a tuple of diagnostics", "tol": "tensors are real",
}  # fmt: skip
ONLY = {("polyfit", "cov")}
FUNCTIONS = [f for f in implementations if not isinstance(f, np.ufunc)]


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda f: f"{f.__module__.removeprefix('numpy.')}.{f.__name__}")
def test_has_numpys_arguments(function: Any) -> None:
    theirs, ours = (inspect.signature(f).parameters for f in (function, implementations[function]))
    optional = [n for n, p in theirs.items() if p.default is not p.empty and p.kind is not p.VAR_KEYWORD]
    missing = [n for n in optional if n not in ours and n not in LEFT_OUT and (function.__name__, n) not in ONLY]
    assert not missing, f"np.{function.__name__} takes {missing}"


M = np.array([[0.3, -1.2, 2.0], [1.1, 0.4, -0.7]])
MASK = np.array([[True, False, True], [True, True, False]])
REDUCTIONS: dict[str, list[dict[str, Any]]] = {
    "sum": [{"initial": 2.0, "where": MASK}, {"dtype": np.float32}],
    "prod": [{"initial": 2.0, "where": MASK}, {"dtype": np.float32}],
    "mean": [{"where": MASK}, {"dtype": np.float32}],
    "var": [{"where": MASK}, {"correction": 1}, {"where": MASK, "ddof": 1}],
    "std": [{"where": MASK}, {"correction": 1}],
    "max": [{"initial": 0.5, "where": MASK}, {"initial": 9.0}],
    "min": [{"initial": 0.5, "where": MASK}],
    "nansum": [{"initial": 2.0, "where": MASK}],
    "nanprod": [{"initial": 2.0, "where": MASK}],
    "nanmean": [{"where": MASK}],
    "nanmax": [{"initial": 0.5, "where": MASK}],
    "nanmin": [{"initial": 0.5, "where": MASK}],
    "nanvar": [{"where": MASK, "correction": 1}],
    "nanstd": [{"where": MASK}],
}
CASES = [(name, options) for name, several in REDUCTIONS.items() for options in several]


@pytest.mark.parametrize("name, options", CASES, ids=str)
@pytest.mark.parametrize("axis", [None, 1, (0, 1)])
@pytest.mark.parametrize("keepdims", [False, True])
def test_reductions_take_all_of_numpys_options(name: str, options: dict[str, Any], axis: Any, keepdims: bool) -> None:
    options = {"axis": axis, "keepdims": keepdims, **options}
    function = getattr(np, name)
    with np.errstate(all="ignore"):
        expected = function(M, **options)
        found = function(Tensor(M, requires_grad=True), **options)
    np.testing.assert_allclose(found.data, expected, rtol=1e-6)
    assert found.dtype == expected.dtype and found.shape == expected.shape
    if "dtype" not in options and np.all(np.isfinite(expected)) and not (name == "nanvar" and axis == 1):
        check_gradients(lambda x: function(x, **options), M.copy(), allow_zero=True)


@pytest.mark.parametrize("name", ["sum", "mean", "max", "prod", "quantile", "var"])
def test_positional_arguments_are_in_numpys_order(name: str) -> None:
    rest = {"quantile": (0.3, 1, None, False, "linear", True), "mean": (1, None, None, True), "max": (1, None, True),
            "var": (1, None, None, 1, True)}.get(name, (1, None, None, True))  # fmt: skip
    np.testing.assert_allclose(getattr(np, name)(Tensor(M), *rest).data, getattr(np, name)(M, *rest))


def test_what_cannot_be_taken_is_named() -> None:
    x = Tensor(M, requires_grad=True)
    with pytest.raises(TypeError, match="leave the graph"):
        np.sum(x, out=np.zeros(()))
    with pytest.raises(TypeError, match="mean"):
        np.var(x, mean=np.zeros((1, 1)))
    with pytest.raises(TypeError, match=r"np\.sum on a Tensor takes"):
        np.sum(x, 0, None, np.zeros(3))
    with pytest.raises((TypeError, ValueError), match="the same"):
        np.var(x, ddof=1, correction=1)


# ------------------------------------------------------------------------------------------------------ methods of ufuncs

REDUCED = [np.add, np.multiply, np.maximum, np.minimum, np.logaddexp]


@pytest.mark.parametrize("ufunc", REDUCED, ids=lambda u: u.__name__)
@pytest.mark.parametrize("axis", [0, 1, None])
def test_reduce(ufunc: np.ufunc, axis: Any) -> None:
    if ufunc is np.logaddexp and axis is None:
        pytest.skip("NumPy reduces logaddexp along one axis")
    np.testing.assert_allclose(ufunc.reduce(Tensor(M), axis=axis).data, ufunc.reduce(M, axis=axis))
    np.testing.assert_allclose(ufunc.reduce(Tensor(M), axis, keepdims=True).data, ufunc.reduce(M, axis, keepdims=True))
    check_gradients(lambda x: ufunc.reduce(x, axis=axis), M.copy())


@pytest.mark.parametrize("ufunc", REDUCED, ids=lambda u: u.__name__)
@pytest.mark.parametrize("axis", [0, 1])
def test_accumulate(ufunc: np.ufunc, axis: int) -> None:
    np.testing.assert_allclose(ufunc.accumulate(Tensor(M), axis=axis).data, ufunc.accumulate(M, axis=axis))
    check_gradients(lambda x: ufunc.accumulate(x, axis), M.copy())


@given(st.sampled_from([np.add, np.subtract, np.multiply, np.divide, np.maximum, np.hypot, np.arctan2]),
       st.sampled_from([(), (2,), (2, 3)]), st.sampled_from([(), (4,), (1, 2)]))  # fmt: skip
def test_outer(ufunc: np.ufunc, first: tuple[int, ...], second: tuple[int, ...]) -> None:
    a, b = (np.linspace(low, 2.0, int(np.prod(shape))).reshape(shape) for low, shape in ((0.3, first), (0.7, second)))
    for x, y in ((Tensor(a), Tensor(b)), (Tensor(a), b), (a, Tensor(b))):
        np.testing.assert_allclose(ufunc.outer(x, y).data, ufunc.outer(a, b))


@pytest.mark.parametrize("call", [
    lambda x: np.add.at(x, 0, 1.0), lambda x: np.add.reduceat(x, [0, 1]), lambda x: np.exp.at(x, 0), lambda x: np.subtract.reduce(x),
    lambda x: np.divide.accumulate(x), lambda x: np.add(x, x, where=MASK), lambda x: np.add(x, x, dtype=np.float32),
])  # fmt: skip
def test_other_methods_are_refused_by_name(call: Any) -> None:
    with pytest.raises(TypeError, match=r"np\.(add|exp|subtract|divide)"):
        call(Tensor(M, requires_grad=True))


def test_methods_of_arrays() -> None:
    """What ndarray has and changes nothing, a tensor has: differentiable, or as plain numbers."""
    changing = {"byteswap", "fill", "partition", "put", "resize", "setfield", "setflags"}
    memory = set("base ctypes data device dump dumps flags flat getfield strides to_device tobytes tofile view".split())
    missing = {n for n in dir(np.ndarray) if not n.startswith("_") and not hasattr(Tensor, n)} - changing - memory
    assert not missing
    x = Tensor(M)
    assert x.all() == M.all() and x.any() == M.any() and x.real is not None
    np.testing.assert_array_equal(x.compress([True, False, True], axis=1).data, M.compress([True, False, True], axis=1))
    np.testing.assert_array_equal(np.array(x.nonzero()), np.array(M.nonzero()))
    assert Tensor([1.0, 2.0]).searchsorted(1.5) == 1


def test_the_result_of_a_mask_is_float32() -> None:
    x = Tensor(M.astype(np.float32), requires_grad=True)
    for name, several in REDUCTIONS.items():
        for options in several:
            if "dtype" not in options:
                found = getattr(autograd, name)(x, axis=None, **options)
                assert found.dtype == np.float32
                (gradient,) = autograd.gradients(found.sum(), [x])
                assert gradient.dtype == np.float32, (name, options)

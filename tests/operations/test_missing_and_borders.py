"""What is missing, quantiles, borders, slopes over coordinates: NumPy's values over generated arguments, the slope's gradients."""

import warnings
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import autograd
from autograd import Tensor
from autograd.testing import check_gradients

REDUCED = ["nansum", "nanprod", "nanmean", "nanmax", "nanmin", "nanvar", "nanstd", "nanmedian"]
METHODS = ["linear", "lower", "higher", "nearest", "midpoint", "interpolated_inverted_cdf", "weibull", "hazen", "median_unbiased",
           "normal_unbiased", "inverted_cdf", "averaged_inverted_cdf", "closest_observation"]  # fmt: skip
SHAPES = st.lists(st.integers(1, 4), min_size=1, max_size=3).map(tuple)


def drawn(shape: tuple[int, ...], seed: int, holes: float = 0.0) -> np.ndarray:
    """Values without ties, some of them missing."""
    rng = np.random.default_rng(seed)
    found = rng.permutation(np.linspace(0.3, 2.9, int(np.prod(shape)))).reshape(shape)
    return np.where(rng.uniform(size=shape) < holes, np.nan, found)


def numpys(name: str, *args: Any, **options: Any) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # NumPy warns of slices of NaN alone
        return getattr(np, name)(*args, **options)


@given(st.sampled_from(REDUCED), SHAPES, st.integers(0, 99), st.data(), st.booleans())
def test_what_is_missing_takes_no_part(name: str, shape: tuple[int, ...], seed: int, data: Any, keepdims: bool) -> None:
    x = drawn(shape, seed, 0.4)
    axis = data.draw(st.sampled_from([None, 0, -1, tuple(range(len(shape)))]))
    t = Tensor(x, requires_grad=True)
    with np.errstate(all="ignore"):
        found = getattr(np, name)(t, axis=axis, keepdims=keepdims)
        found.sum().backward()
    np.testing.assert_allclose(found.data, numpys(name, x, axis=axis, keepdims=keepdims), rtol=1e-12, atol=1e-12)
    assert found.shape == numpys(name, x, axis=axis, keepdims=keepdims).shape
    assert not np.any(t.grad.data[np.isnan(x)])


@pytest.mark.parametrize("name", [*REDUCED, "nancumsum", "nancumprod"])
def test_gradient_of_what_is_there(name: str) -> None:
    """The slope by the values that are there, with three others missing."""
    x, hole = drawn((3, 4), 1), np.isin(np.arange(12).reshape(3, 4), (1, 6, 7))
    check_gradients(lambda t: getattr(autograd, name)(autograd.where(hole, np.nan, t), axis=1), x, allow_zero=True)


@pytest.mark.parametrize("name", [*REDUCED, "nancumsum", "nancumprod"])
def test_missing_values_keep_float32(name: str) -> None:
    x = drawn((3, 4), 1, 0.3).astype(np.float32)
    assert getattr(autograd, name)(Tensor(x, requires_grad=True), axis=0).dtype == np.float32


@given(st.sampled_from(METHODS), SHAPES, st.integers(0, 99), st.data())
def test_quantiles_by_every_method(method: str, shape: tuple[int, ...], seed: int, data: Any) -> None:
    q = data.draw(st.one_of(st.floats(0, 1), st.just(np.array([[0.0, 0.25], [0.61, 1.0]]))))
    axis = data.draw(st.sampled_from([None, 0, -1, tuple(range(len(shape)))]))
    keepdims, holes = data.draw(st.booleans()), data.draw(st.sampled_from([0.0, 0.3]))
    x = drawn(shape, seed, holes)
    for name in ("quantile", "nanquantile"):
        found = getattr(autograd, name)(Tensor(x), q, axis=axis, keepdims=keepdims, method=method).data
        np.testing.assert_allclose(found, numpys(name, x, q, axis=axis, keepdims=keepdims, method=method), rtol=1e-9)


def test_quantiles_have_a_gradient_in_the_level_too() -> None:
    check_gradients(lambda x, q: autograd.quantile(x, q, axis=1), drawn((3, 5), 0), np.array([0.13, 0.71]), allow_zero=True)
    check_gradients(lambda x: autograd.quantile(x, 0.4, axis=(0, 2), keepdims=True), drawn((2, 3, 4), 0), allow_zero=True)


def test_a_median_with_a_missing_value_is_missing() -> None:
    assert np.isnan(autograd.median(Tensor([1.0, np.nan, 2.0])).item())


def test_an_unknown_method_of_quantiles_is_refused() -> None:
    with pytest.raises(ValueError, match="inverted_cdf"):
        autograd.quantile(Tensor([1.0, 2.0]), 0.5, method="inverse_cdf")


PADS: list[dict[str, Any]] = [
    {"mode": "constant", "constant_values": ((1, 2), (3, 4))},
    *[{"mode": mode} for mode in ("edge", "wrap", "reflect", "symmetric", "maximum", "minimum", "mean", "median", "linear_ramp")],
    *[{"mode": mode, "stat_length": ((1, 2), (9, 1))} for mode in ("maximum", "minimum", "mean", "median")],
    {"mode": "linear_ramp", "end_values": ((2.0, -1.0), (0.5, 4.0))},
    {"mode": "reflect", "reflect_type": "odd"},
    {"mode": "symmetric", "reflect_type": "odd"},
]


@given(st.sampled_from(PADS), st.tuples(st.integers(1, 4), st.integers(1, 4)), st.lists(st.integers(0, 9), min_size=4, max_size=4))
def test_borders_are_numpys(options: dict[str, Any], shape: tuple[int, int], widths: list[int]) -> None:
    x, width = drawn(shape, 3), (tuple(widths[:2]), tuple(widths[2:]))
    found = np.pad(Tensor(x), width, **options).data
    np.testing.assert_allclose(found, np.pad(x, width, **options), rtol=1e-12, atol=1e-12)
    assert np.pad(Tensor(x.astype(np.float32)), width, **options).dtype == np.float32


@pytest.mark.parametrize("options", PADS, ids=str)
def test_gradient_through_borders(options: dict[str, Any]) -> None:
    check_gradients(lambda x: autograd.pad(x, ((2, 1), (0, 7)), **options), drawn((3, 4), 5))


def test_a_border_s_value_has_a_gradient() -> None:
    check_gradients(lambda x, v: autograd.pad(x, ((1, 0), (2, 1)), constant_values=v), drawn((2, 3), 1), np.array(0.7))
    with pytest.raises(TypeError, match="one number"):
        autograd.pad(Tensor([1.0]), 1, constant_values=Tensor([1.0, 2.0], requires_grad=True))


def test_borders_nobody_knows_are_refused() -> None:
    x = Tensor([1.0, 2.0], requires_grad=True)
    for options in ({"mode": "edges"}, {"mode": lambda *a: None}, {"mode": "edge", "stat_length": 2}):
        with pytest.raises((TypeError, ValueError), match="pad mode"):
            np.pad(x, 1, **options)
    with pytest.raises(ValueError, match="not negative"):
        np.pad(x, (-1, 1), mode="edge")


@given(st.tuples(st.integers(3, 5), st.integers(3, 5)), st.sampled_from([1, 2]), st.integers(0, 99))
def test_slopes_over_coordinates(shape: tuple[int, int], edge_order: int, seed: int) -> None:
    f, at = drawn(shape, seed), np.sort(drawn((shape[1],), seed + 1))
    for spacing, axis in (((), None), ((0.5,), None), ((0.5, 2.0), None), ((0.5, at), None), ((at,), 1), ((at,), -1)):
        found = np.gradient(Tensor(f), *spacing, axis=axis, edge_order=edge_order)
        expected = np.gradient(f, *spacing, axis=axis, edge_order=edge_order)
        for ours, theirs in zip(found, expected, strict=True) if isinstance(expected, tuple) else [(found, expected)]:
            np.testing.assert_allclose(ours.data, theirs, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("edge_order", [1, 2])
def test_slopes_have_a_gradient_in_the_coordinates_too(edge_order: int) -> None:
    at = np.array([0.1, 0.6, 1.4, 1.9])
    check_gradients(lambda f, x: autograd.gradient(f, x, axis=1, edge_order=edge_order), drawn((3, 4), 2), at)


def test_slopes_that_cannot_be_are_refused() -> None:
    f = Tensor(drawn((3, 2), 0))
    for spacing, options in (((1.0, 2.0, 3.0), {}), ((np.arange(3.0),), {})):
        with pytest.raises(TypeError, match="spacing"):
            np.gradient(f, *spacing, **options)
    for spacing, options in (((1.0, np.arange(3.0)), {}), ((), {"edge_order": 2}), ((), {"edge_order": 3})):
        with pytest.raises(ValueError, match=r"coordinates|at least 3|edge_order"):
            np.gradient(f, *spacing, **options)

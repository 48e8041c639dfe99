"""NumPy's options, in every combination that has tripped somebody: values, shapes and dtypes are NumPy's."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from autograd import Tensor

r = np.random.default_rng(0)
M, C, V, P = r.normal(size=(3, 4)), r.normal(size=(2, 3, 4)), r.normal(size=5), np.sort(r.normal(size=5))
ONE: list[tuple[str, Any, dict[str, Any]]] = [
    ("trapezoid", M, dict(dx=0.5, axis=0)),
    ("trapezoid", M, dict(x=np.sort(r.normal(size=3)), axis=0)),
    ("diff", M, dict(prepend=np.ones((3, 1)))),
    ("diff", M, dict(append=np.ones((3, 2)), n=2)),
    ("diff", M, dict(prepend=0.0)),
    ("ediff1d", M, dict(to_end=np.array([1.0, 2.0]), to_begin=3.0)),
    ("unwrap", 10 * V, dict(discont=4.0)),
    ("unwrap", 10 * V, dict(period=5.0)),
    ("average", M, dict(axis=1, weights=np.abs(M), returned=True)),
    ("average", M, dict(returned=True)),
    ("average", M, dict(axis=0, keepdims=True)),
    ("average", C, dict(axis=(0, 1), weights=np.abs(r.normal(size=(2, 3))))),
    ("delete", M, dict(obj=slice(0, 2), axis=1)),
    ("delete", M, dict(obj=[0, -1], axis=1)),
    ("delete", V, dict(obj=np.array([True, False, True, False, False]))),
    ("insert", M, dict(obj=1, values=9.0, axis=1)),
    ("insert", M, dict(obj=[1, 2], values=np.ones((3, 2)), axis=1)),
    ("insert", V, dict(obj=slice(1, 3), values=[7.0, 8.0])),
    ("insert", V, dict(obj=-1, values=3.0)),
    ("squeeze", C[:, :1], dict(axis=1)),
    ("expand_dims", M, dict(axis=(0, 2))),
    ("roll", M, dict(shift=(1, 2), axis=(0, 0))),
    ("roll", M, dict(shift=1, axis=(0, 1))),
    ("rot90", C, dict(k=-3, axes=(2, 1))),
    ("flip", C, dict(axis=(0, 2))),
    ("repeat", M, dict(repeats=np.array([1, 0, 2]), axis=0)),
    ("repeat", M, dict(repeats=2)),
    ("tile", M, dict(reps=(2, 1, 2))),
    ("tile", M, dict(reps=())),
    ("resize", M, dict(new_shape=(5,))),
    ("cov", M, dict(rowvar=False, ddof=0)),
    ("cov", M, dict(aweights=np.array([1.0, 2, 3, 4]), fweights=np.array([1, 2, 1, 1]))),
    ("cov", M, dict(bias=True)),
    ("corrcoef", M, dict(rowvar=False)),
    ("cov", V, dict(y=V[::-1] ** 2)),
    ("quantile", M, dict(q=[0.1, 0.9], axis=(0, 1), keepdims=True)),
    ("quantile", C, dict(q=np.array([[0.1, 0.2], [0.3, 0.4]]), axis=1, method="hazen")),
    ("percentile", M, dict(q=30, axis=0, method="lower")),
    ("median", C, dict(axis=(0, 2), keepdims=True)),
    ("nanmedian", C, dict(axis=1)),
    ("ptp", C, dict(axis=(0, 2), keepdims=True)),
    ("nanvar", C, dict(axis=(0, 2), ddof=1)),
    ("nanstd", C, dict(axis=None, keepdims=True)),
    ("nanquantile", C, dict(q=0.3, axis=0)),
    ("trace", C, dict(offset=1, axis1=1, axis2=2)),
    ("diagonal", C, dict(offset=-1, axis1=2, axis2=0)),
    ("diag", V, dict(k=-2)),
    ("diag", M, dict(k=-1)),
    ("tril", C, dict(k=-1)),
    ("triu", C, dict(k=1)),
    ("diagflat", M, dict(k=-1)),
    ("vander", V, dict(N=3, increasing=True)),
    ("partition", M, dict(kth=1, axis=0)),
    ("sort", M, dict(axis=None)),
    ("sort", M, dict(kind="stable", axis=0)),
    ("take", M, dict(indices=[[0, 5], [1, -1]], mode="wrap")),
    ("take", M, dict(indices=[9, -9], axis=1, mode="clip")),
    ("nan_to_num", np.array([1.0, np.nan, np.inf, -np.inf]), dict(nan=2.0, posinf=3.0, neginf=-4.0)),
    ("clip", M, dict(a_min=None, a_max=0.3)),
    ("clip", M, dict(min=-0.1, max=0.1)),
    ("round", M, dict(decimals=2)),
    ("around", M, dict(decimals=-1)),
    ("array_split", V, dict(indices_or_sections=3)),
    ("split", M, dict(indices_or_sections=2, axis=1)),
    ("array_split", V, dict(indices_or_sections=[1, 1, 3])),
    ("moveaxis", C, dict(source=[0, 1], destination=[-1, 0])),
    ("transpose", C, dict(axes=[2, 0, 1])),
    ("swapaxes", C, dict(axis1=-1, axis2=0)),
    ("rollaxis", C, dict(axis=2, start=1)),
    ("cumsum", M, dict(axis=None)),
    ("cumprod", C, dict(axis=1)),
    ("nancumsum", C, dict(axis=-1)),
    ("cumulative_sum", M, dict(axis=1, include_initial=True)),
    ("cumulative_prod", M, dict(axis=0, include_initial=True)),
    ("gradient", M, dict(axis=0, edge_order=2)),
    ("polyint", V, dict(m=3)),
    ("polyder", V, dict(m=2)),
    ("reshape", M, dict(shape=(4, 3), order="F")),
    ("ravel", M, dict(order="F")),
    ("atleast_3d", M, {}),
    ("unstack", C, dict(axis=1)),
]
SEVERAL: list[tuple[str, tuple[Any, ...], dict[str, Any]]] = [
    ("cross", (C[:, :, :3], r.normal(size=(2, 3, 3))), {}),
    ("cross", (r.normal(size=(3, 4)), r.normal(size=(4, 3))), dict(axisa=0, axisb=1, axisc=0)),
    ("tensordot", (C, C), dict(axes=([0, 1], [0, 1]))),
    ("tensordot", (C, M), dict(axes=0)),
    ("kron", (C, V), {}),
    ("outer", (M, V), {}),
    ("inner", (C, M), {}),
    ("dot", (C, r.normal(size=(5, 4, 2))), {}),
    ("vdot", (M, M), {}),
    ("vecdot", (C, C), dict(axis=1)),
    ("interp", (r.normal(size=(2, 3)), P, V), dict(left=-7.0, right=8.0)),
    ("interp", (r.normal(size=4) * 5, P, V), dict(period=1.7)),
    ("convolve", (V, r.normal(size=8)), dict(mode="same")),
    ("correlate", (V, r.normal(size=8)), dict(mode="full")),
    ("correlate", (r.normal(size=8), V), dict(mode="same")),
    ("append", (M, M), dict(axis=1)),
    ("polyval", (V, M), {}),
    ("polyfit", (P, V, 2), dict(w=np.arange(1.0, 6))),
    ("linspace", (M, M + 1), dict(num=3, axis=-1, retstep=True, endpoint=False)),
    ("geomspace", (np.abs(M), np.abs(M) + 1), dict(num=4, axis=1)),
    ("logspace", (M, M + 1), dict(num=3, base=2.0, endpoint=False)),
    ("heaviside", (M, V[:4]), {}),
    ("logaddexp2", (M, M.T[:4, :3].T), {}),
    ("divmod", (M, M + 3), {}),
    ("float_power", (np.abs(M), 2.5), {}),
    ("where", (M > 0, M, 0.0), {}),
    ("select", ([M > 0, M < -0.5], [M, 2 * M], 7.0), {}),
    ("choose", (np.array([[0], [1], [0]]), [M, 2 * M]), {}),
    ("matvec", (C, r.normal(size=4)), {}),
    ("vecmat", (r.normal(size=3), C), {}),
    ("copysign", (M, -M), {}),
    ("fmod", (M, M + 3), {}),
    ("broadcast_arrays", (M, V[:4]), {}),
    ("meshgrid", (V, P), dict(indexing="ij", sparse=True)),
    ("stack", ([M, M],), dict(axis=-1)),
    ("concatenate", ([M, M],), dict(axis=None)),
    ("column_stack", ([V, P],), {}),
    ("hstack", ([M, M],), {}),
    ("dstack", ([V, P],), {}),
    ("einsum", ("ij,kj->ik", M, M), {}),
    ("einsum", ("i...->...", C), {}),
    ("piecewise", (V, [V < 0, V > 1], [-1, 1, lambda x: x * 2]), {}),
    ("apply_along_axis", (np.sort, 0, M), {}),
    ("take_along_axis", (M, np.argsort(M, axis=0), 0), {}),
    ("sinc", (M,), {}),
    ("i0", (M,), {}),
    ("ldexp", (M, np.array([1, 2, 3, 0])), {}),
    ("frexp", (M,), {}),
    ("modf", (M,), {}),
    ("angle", (M,), dict(deg=True)),
]
CALLS = [(name, (array,), options) for name, array, options in ONE] + SEVERAL


def recording(given: Any) -> Any:
    """Floating arrays as tensors, also those in lists."""
    if isinstance(given, np.ndarray) and given.dtype.kind == "f":
        return Tensor(given, requires_grad=True)
    return [recording(item) for item in given] if isinstance(given, list) else given


def parts(value: Any) -> list[Any]:
    return list(value) if isinstance(value, (list, tuple)) else [value]


@pytest.mark.parametrize("name, args, options", CALLS, ids=[f"{name}-{n}" for n, (name, *_) in enumerate(CALLS)])
def test_is_numpys(name: str, args: tuple[Any, ...], options: dict[str, Any]) -> None:
    function = getattr(np, name)
    with np.errstate(all="ignore"):
        expected = parts(function(*args, **options))
        found = parts(function(*map(recording, args), **{key: recording(value) for key, value in options.items()}))
    for ours, numpys in zip(found, expected, strict=True):
        value = np.asarray(getattr(ours, "data", ours))
        assert value.shape == np.shape(numpys) and value.dtype == np.asarray(numpys).dtype
        np.testing.assert_allclose(value, numpys, rtol=1e-12, atol=1e-13)

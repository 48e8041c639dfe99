"""Functions written with operations: NumPy's value, the slope's gradient, through NumPy's own name."""

from typing import Any

import numpy as np
import pytest

import autograd
from autograd import Tensor
from autograd.declare import composites, implementations
from autograd.testing import check_gradients

RNG = np.random.default_rng(7)


def values(*shape: int) -> np.ndarray:
    return RNG.permutation(np.linspace(0.31, 2.9, int(np.prod(shape)))).reshape(shape)


V, M, C = values(4), values(3, 4), values(2, 3, 4)
SQUARE = values(3, 3) + 4.0 * np.eye(3)

CALLS: dict[str, list[tuple[Any, ...]]] = {
    "atleast_1d": [(np.float64(2.0),), (V,)],
    "atleast_2d": [(V,), (M,)],
    "atleast_3d": [(V,), (M,), (C,)],
    "vstack": [([V, V + 1.0],)],
    "hstack": [([V, V + 1.0],), ([M, M + 1.0],)],
    "dstack": [([M, M + 1.0],)],
    "column_stack": [([V, M.T],)],
    "split": [(V, 2), (M, [1, 3], 1)],
    "array_split": [(V, 3), (V, [1, -1])],
    "hsplit": [(M, 2)],
    "vsplit": [(M, 3)],
    "fliplr": [(M,)],
    "flipud": [(M,)],
    "rot90": [(M,), (M, 2), (C, -1, (0, 2))],
    "rollaxis": [(C, 2), (C, 0, 3)],
    "append": [(V, V), (M, M, 0)],
    "broadcast_arrays": [(V, M)],
    "take_along_axis": [
        *[(x, i, 1) for x, i in ((M, np.argsort(M, axis=1)), (M[:1], np.argsort(M, axis=1)), (M, np.array([[2, 0]])))],
        (V, np.array([0, 0, 3]), 0),
    ],
    "repeat": [(V, 2), (M, [1, 0, 2], 0), (np.array(2.0), 3, 0)],
    "tile": [(V, 2), (M, (2, 1)), (M, (2, 1, 1))],
    "pad": [(V, 1), (M, ((1, 0), (0, 2))), (V, 2, "edge"), (V, 2, "reflect"), (V, 2, "symmetric"), (V, 2, "wrap")],
    "einsum": [("ij,j->i", M, V), ("...j->j...", C), ("ij", M), ("ii", SQUARE), (M, [0, 1], V, [1], [0])],
    "dot": [(V, V), (M, V), (M, M.T), (C, values(4, 2)), (V, 2.0)],
    "tensordot": [(C, M, ((1, 2), (0, 1))), (M, V, 1)],
    "outer": [(V, V)],
    "inner": [(V, V), (M, M)],
    "vdot": [(M, M)],
    "kron": [(V, V), (M, SQUARE)],
    "diagonal": [(M,), (M, 1), (C, -1, 1, 2)],
    "diag": [(V,), (V, 1), (V, -2), (M,), (M, 1)],
    "trace": [(M,), (M, 1)],
    "tril": [(M,), (M, 1)],
    "triu": [(M,), (C, -1)],
    "cross": [(values(2, 3), values(2, 3))],
    "matrix_transpose": [(C,)],
    "svdvals": [(M,)],
    "matrix_power": [(SQUARE, 3), (SQUARE, -2), (SQUARE, 1)],
    "eigvalsh": [(SQUARE + SQUARE.T,)],
    "norm": [(V,), (V, 1), (V, 3), (V, np.inf), (M,), (M, "nuc"), (M, 2), (M, None, 0), (M, 1), (C, None, (0, 2))],
    "vector_norm": [(M,), (V,)],
    "matrix_norm": [(M,), (C,)],
    "median": [(V,), (M, 1)],
    "vecdot": [(V, V), (M, M), (C, values(3, 4))],
    "matvec": [(M, V), (C, values(2, 4))],
    "vecmat": [(V, M.T), (values(2, 3), C)],
    "multi_dot": [([M, M.T],), ([V, M.T, SQUARE, values(3)],), ([V, M.T, SQUARE],), ([values(2, 3), M, V],)],
    "cond": [(SQUARE,), (SQUARE, 1), (SQUARE, "fro"), (M,), (SQUARE, -2)],
    "tensorinv": [(SQUARE.reshape(3, 3, 1), 1), (values(2, 3, 6) + np.eye(6).reshape(2, 3, 6) * 4,)],
    "tensorsolve": [(values(2, 3, 6) + np.eye(6).reshape(2, 3, 6) * 4, values(2, 3))],
    "divmod": [(V, V[::-1] + 0.1)],
    "modf": [(V,), (-V,)],
    "dsplit": [(C, 2), (C, [1, 3])],
    "unstack": [(M,)],
    "meshgrid": [(V, values(3)), (V,), (V, values(3), values(2))],
    "diff": [(V,), (M, 2), (M, 1, 0), (M, 1, 0, 0.5), (M, 2, 1, M, np.array(1.0))],
    **{name: [(M,), (M, 0), (C, (0, 2))] for name in ("nansum", "nanmean", "nanprod", "nanmax", "nanmin", "nanvar", "nanstd")},
    **{name: [(M,), (M, 0), (C, -1)] for name in ("nancumsum", "nancumprod")},
    "nanmedian": [(V,), (M, 1)],
    "nanquantile": [(V, 0.3), (M, [0.1, 0.8], 1)],
    "nanpercentile": [(M, 30, 0)],
    "ptp": [(V,), (M, 0)],
    "trapezoid": [(V,), (M, np.sort(values(4)))],
    "svd": [(SQUARE,), (M, False)],
    "qr": [(SQUARE,), (M.T,), (M,), (C,)],
    "quantile": [(V, 0.3), (M, [0.1, 0.8], 1)],
    "percentile": [(V, 30)],
    "select": [([M > 1.0, M > 0.5], [M, M * 2.0])],
    "compress": [([True, False, True], M, 0)],
    "delete": [(V, 1), (M, [0, 2], 1)],
    "insert": [(V, 1, values(1)), (M, 1, V, 0), (V, [1, 3], values(2))],
    "ediff1d": [(V,)],
    "gradient": [(V,), (V, 0.5), (M,), (M, 0.5, np.sort(values(4))), (V, np.sort(values(4)))],
    "interp": [(np.array([0.4, 1.1, 2.2, 9.0]), np.sort(values(5)), values(5))],
    "polyval": [(V, values(2))],
    "diagflat": [(V,), (M, 1)],
    "angle": [(V,), (-M, True)],
    "cholesky": [(SQUARE @ SQUARE.T,)],
    "pinv": [(M,), (SQUARE, 1e-3)],
    "average": [(V,), (M, 0), (M, 1, V), (M, (0, 1), M + 1.0)],
    "cov": [(M,), (V, V[::-1]), (M, None, False), (M, None, True, True), (M, None, True, False, 0, [1, 2, 0, 1], V)],
    "corrcoef": [(M,), (V, V[::-1] ** 2)],
    "correlate": [(V, values(3)), (V, values(3), "full"), (values(3), V, "same")],
    "unwrap": [(8.0 * V,), (5.0 * M, None, 0)],
    "cumulative_sum": [(V,)],
    "cumulative_prod": [(V,)],
    "linspace": [(np.array(0.3), np.array(2.0), 5), (V, V[::-1] + 0.1, 4, False), (V, np.array(1.0), 1)],
    "logspace": [(np.array(0.3), np.array(2.0), 5), (V, V + 0.1, 3)],
    "geomspace": [(np.array(0.3), np.array(2.0), 5), (V, V + 0.1, 3), (-V, -V - 0.1, 3, False)],
    "block": [([V, V],), ([M, M + 1.0],)],
    "choose": [(np.array([0, 1, 1, 0]), [V, V + 1.0])],
    "extract": [(M > 1.0, M)],
    "resize": [(M, (3, 5)), (V, 3)],
    "partition": [(V, 2), (M, 1, 0)],
    "sliding_window_view": [(V, 2), (M, (2, 3))],
    "fftshift": [(V,), (M, 1)],
    "ifftshift": [(M,)],
    "apply_along_axis": [(lambda r: r * r, 0, M), (lambda r: (r * r).sum(), 1, M)],
    "apply_over_axes": [(np.sum, C, (0, 2))],
    "piecewise": [(M, [M < 1.0, M > 2.0], [lambda x: x * x, lambda x: 3.0 * x]), (V, [V < 1.0], [7.0, lambda x: x * x])],
    "polyadd": [(V, values(2))],
    "polysub": [(values(2), V)],
    "polymul": [(values(2), V)],
    "polyder": [(V,), (V, 2)],
    "polyint": [(V,), (V, 2)],
    "poly": [(V,)],
    "polyfit": [(V, V[::-1] ** 2, 2), (V, values(4, 2), 1)],
    "astype": [(M, np.float64)],
    "real": [(M,)],
    "last_diagonal": [(C,)],
    "last_trace": [(C,)],
    "clip": [(M, 0.7, 2.0), (M, M[::-1], M[::-1] + 0.4)],
    "imag": [(M,)],
    "frexp": [(M,)],
    "lstsq": [(M.T, V), (M.T, values(4, 2)), (SQUARE, values(3))],
    "vander": [(V,), (V, 3, True)],
    "convolve": [(V, values(3)), (values(3), V, "same"), (V, values(3), "valid")],
}

NUMPY_OF = {ours: function for function, ours in implementations.items()}
CASES = [(name, call) for name, calls in CALLS.items() if name in composites for call in calls]


def is_moving(argument: Any) -> bool:
    return isinstance(argument, np.ndarray) and argument.dtype.kind == "f"


def filled(call: tuple[Any, ...], tensors: list[Any]) -> list[Any]:
    """The call with `tensors` in place of its floating arrays, also those in a list."""
    left = iter(tensors)
    return [
        [next(left) for _ in argument]
        if isinstance(argument, list) and argument and all(is_moving(item) for item in argument)
        else next(left)
        if is_moving(argument)
        else argument
        for argument in call
    ]


def moving(call: tuple[Any, ...]) -> list[np.ndarray]:
    listed = [item for argument in call for item in (argument if isinstance(argument, list) else [argument])]
    return [item.copy() for item in listed if is_moving(item)]


def ids(case: Any) -> str:
    return case if isinstance(case, str) else ",".join(str(np.shape(a) or a) for a in case if not isinstance(a, list))


@pytest.mark.parametrize("name, call", CASES, ids=ids)
def test_value_is_numpys(name: str, call: tuple[Any, ...]) -> None:
    function = NUMPY_OF[composites[name]]
    expected = function(*call)
    found = function(*filled(call, [Tensor(x, requires_grad=True) for x in moving(call)]))
    several = isinstance(expected, (list, tuple))
    for ours, numpys in zip(found if several else [found], expected if several else [expected], strict=True):
        assert isinstance(ours, Tensor) or name.startswith("atleast") or (name == "frexp" and numpys.dtype.kind == "i") or name == "lstsq"
        np.testing.assert_allclose(getattr(ours, "data", ours), numpys, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("name, call", [case for case in CASES if moving(case[1])], ids=ids)
def test_gradient_is_the_slope(name: str, call: tuple[Any, ...]) -> None:
    read = {"eigvalsh": lambda a: a + a.T, "cholesky": lambda a: 0.5 * (a + a.T)}.get(name)  # they read one triangle
    function = composites[name] if read is None else lambda a: composites[name](read(a))
    check_gradients(lambda *tensors: function(*filled(call, list(tensors))), *moving(call), allow_zero=True, rtol=1e-5)


def test_blocks_nested_in_lists() -> None:
    for nested in ([[M, M + 1.0], [C[0], C[1]]], [[V], [V + 1.0]], [[np.ones((1, 1)), V[None]], [V[:, None], np.ones((4, 4))]]):
        found = np.block([[Tensor(a, requires_grad=True) for a in row] for row in nested])
        np.testing.assert_array_equal(found.data, np.block(nested))
    with pytest.raises(ValueError, match="one depth"):
        np.block([[Tensor(V)], Tensor(V)])


def test_every_composite_of_numpy_is_called() -> None:
    """A new function without a call here is not tested: add it to `CALLS`."""
    missing = [name for name, function in composites.items() if function in NUMPY_OF and name not in CALLS]
    assert not missing, missing


ROWS = np.array([[0, 2, 1], [3, 0, 0]])
TORCH_NAMED: dict[str, tuple[Any, ...]] = {
    "gather": (M.T, 0, ROWS),
    "scatter": (M.T, 0, ROWS, values(2, 3)),
    "scatter_add": (M.T, 0, ROWS, values(2, 3)),
    "index_select": (M, 1, [0, 0, 2]),
    "index_add": (M, 0, [0, 2, 0], M + 0.1),
    "index_copy": (M, 0, [2, 0], M[:2] + 0.1),
    "masked_select": (M, M > 1.0),
    "masked_fill": (M, M > 1.0, 7.0),
    "masked_scatter": (M, M > 1.0, M[::-1] + 0.1),
    "scatter_reduce": (M.T, 0, ROWS, values(2, 3), "prod"),
    "index_fill": (M, 1, [0, 2], 7.0),
    "index_reduce": (M, 0, [0, 2, 0], M + 0.1, "mean"),
    "index_put": (M, (np.array([0, 2]), np.array([1, 1])), values(2)),
    "put": (M, np.array([0, 5]), values(2), True),
    "take_along_dim": (M, np.array([3, 0])),
    "select_scatter": (M, V, 0, 1),
    "slice_scatter": (M, values(3, 2), 1, 0, None, 2),
    "diagonal_scatter": (M, values(3), 1),
    "lerp": (M, M + 1.0, values(3, 4)),
    "mm": (M, M.T),
    "mv": (M, V),
    "bmm": (C, np.swapaxes(C, 1, 2)),
    "addmm": (SQUARE, M, M.T),
    "addmv": (values(3), M, V),
    "addr": (M, values(3), V),
    "baddbmm": (values(2, 3, 3), C, np.swapaxes(C, 1, 2)),
    "addbmm": (SQUARE, C, np.swapaxes(C, 1, 2)),
    "addcmul": (M, M + 1.0, V),
    "addcdiv": (M, M, M + 1.0),
    "cdist": (M, M[:2] + 0.3),
    "pdist": (M,),
    "dist": (M, M[::-1], 3.0),
    "renorm": (M, 2.0, 0, 1.0),
    "logcumsumexp": (M, 0),
    "logsumexp": (M, 1, True),
    "softmax": (M, 0),
    "log_softmax": (M, 0),
    "cumulative_trapezoid": (M,),
    "cat": ([M, M + 1.0], 1),
    "repeat_interleave": (M, 2, 1),
    "chunk": (V, 3),
    "split_with_sizes": (V, [1, 3]),
    "tensor_split": (V, 3),
    "unbind": (M, 1),
    "narrow": (M, 1, 1, 2),
    "unfold": (M, 1, 3, 1),
    "unsqueeze": (M, 1),
    "permute": (C, (2, 0, 1)),
    "movedim": (C, 0, 2),
    "flatten": (C, 1),
    "unflatten": (V, 0, (2, -1)),
    "expand": (values(3, 1), 2, -1, 4),
    "sum_to_size": (C, 3, 1),
    "diag_embed": (M, 1),
    "block_diag": (M, V),
    "cartesian_prod": (V, values(3)),
    "combinations": (V,),
    "clamp": (M, 0.7, 2.0),
    "clamp_min": (M, 0.7),
    "clamp_max": (M, 2.0),
    "frac": (M,),
    "div": (M, M[::-1]),
    "rsub": (M, M[::-1]),
    "sgn": (M,),
    "aminmax": (M,),
    "mvlgamma": (M + 1.0, 3),
    "solve_triangular": (SQUARE, values(3, 2)),
    "cholesky_solve": (values(3, 2), SQUARE),
    "cholesky_inverse": (SQUARE,),
    "logdet": (SQUARE,),
    "lu_solve": (SQUARE, np.array([2, 2, 3]), values(3, 2)),
}
WITH_PLACES = ("topk", "kthvalue", "mode", "cummax", "cummin", "lu", "lu_factor")  # tested below


@pytest.mark.parametrize("name", TORCH_NAMED)
def test_functions_under_pytorchs_names(name: str) -> None:
    call = TORCH_NAMED[name]
    check_gradients(lambda *tensors: getattr(autograd, name)(*filled(call, list(tensors))), *moving(call), allow_zero=True, rtol=1e-5)


def test_every_composite_of_pytorchs_is_called() -> None:
    """Their values are compared with PyTorch's in test_torch_operations."""
    missing = set(composites) - set(CALLS) - set(TORCH_NAMED) - set(WITH_PLACES)
    assert not missing, missing


@pytest.mark.parametrize("name", ["softmax", "log_softmax", "logsumexp", "logcumsumexp"])
def test_either_word_for_an_axis(name: str) -> None:
    function = getattr(autograd, name)
    np.testing.assert_array_equal(function(Tensor(M), dim=0).data, function(Tensor(M), axis=0).data)
    np.testing.assert_array_equal(function(Tensor(M), 0).data, function(Tensor(M), axis=0).data)
    with pytest.raises(TypeError, match="they are the same"):
        function(Tensor(M), axis=0, dim=0)


@pytest.mark.parametrize("name", ["topk", "cummax", "cummin", "kthvalue", "mode"])
def test_functions_that_tell_where(name: str) -> None:
    f, options = getattr(autograd, name), {"topk": {"k": 2}, "kthvalue": {"k": 2, "keepdim": True}, "mode": {"keepdim": True}}.get(name, {})
    found, places = f(Tensor(M, requires_grad=True), **options)
    np.testing.assert_array_equal(np.take_along_axis(M, places, -1), found.data)
    check_gradients(lambda x: f(x, **options)[0], M.copy())


@pytest.mark.parametrize("a", [SQUARE, M, M.T, C], ids=["square", "wide", "tall", "stack"])
def test_lu_gives_back_the_matrix(a: np.ndarray) -> None:
    permutation, lower, upper = autograd.lu(Tensor(a, requires_grad=True))
    np.testing.assert_allclose(permutation @ lower.data @ upper.data, a, rtol=1e-12)
    check_gradients(lambda x: autograd.lu(x)[1:], a.copy(), rtol=1e-5, allow_zero=True)
    check_gradients(lambda x: autograd.lu_factor(x)[0], a.copy(), rtol=1e-5, allow_zero=True)


@pytest.mark.parametrize("reduce", ["sum", "prod", "mean", "amax", "amin"])
@pytest.mark.parametrize("include_self", [True, False])
def test_scattered_reductions(reduce: str, include_self: bool) -> None:
    check_gradients(lambda x, y: autograd.scatter_reduce(x, 0, ROWS, y, reduce, include_self=include_self), M.T.copy(), values(2, 3) + 0.01)


def test_functional_updates() -> None:
    rows = np.array([0, 2, 0])
    for update in (
        lambda x, v: x.at[rows].add(v), lambda x, v: x.at[rows[:2]].set(v[:2]), lambda x, v: x.at[1].multiply(v[0]),
        lambda x, v: x.at[rows[:2]].max(v[:2]), lambda x, v: x.at[::2].min(v[:2]),
    ):  # fmt: skip
        check_gradients(update, M.copy(), values(3, 4) + 0.07)


def test_updates_equal_assignment() -> None:
    x, v = Tensor(V), Tensor([10.0, 20.0])
    for index in (slice(0, 2), np.array([1, 3]), np.array([True, False, False, True]), np.array([2, 2])):
        expected = V.copy()
        expected[index] = v.data
        assert x.at[index].set(v).tolist() == expected.tolist()
        expected = V.copy()
        np.add.at(expected, index, v.data)
        assert x.at[index].add(v).tolist() == expected.tolist()


def test_split_pieces_are_views_of_the_graph() -> None:
    x = Tensor(V, requires_grad=True)
    first, second = autograd.split(x, 2)
    (first.sum() + 3.0 * second.sum()).backward()
    assert x.grad.tolist() == [1.0, 1.0, 3.0, 3.0]


@pytest.mark.parametrize("a", [M, M.T, values(2, 5, 3)], ids=["wide", "tall", "stack"])
def test_full_factors_of_a_matrix_that_is_not_square(a: np.ndarray) -> None:
    """The projector on the space that the other factors leave does not depend on the basis: it has a slope."""

    def left(x: Any) -> Any:
        u, s, vh = np.linalg.svd(x)
        more = u[..., s.shape[-1] :] if a.shape[-2] > a.shape[-1] else np.swapaxes(vh, -1, -2)[..., s.shape[-1] :]
        return more @ np.swapaxes(more, -1, -2)

    np.testing.assert_allclose(left(Tensor(a)).data, left(a), atol=1e-12)
    check_gradients(left, a.copy(), rtol=1e-5)


def test_a_loss_of_an_arbitrary_basis_has_no_gradient() -> None:
    """NumPy's default, full factors: with two columns more than there are rows their basis is anyone's choice."""
    a = Tensor(values(2, 4), requires_grad=True)
    with pytest.raises(ValueError, match="which basis"):
        (np.linalg.svd(a)[2] * values(4, 4)).sum().backward()


@pytest.mark.parametrize("order", [0.5, -0.5, -2, 3])
def test_norms_at_a_zero_have_the_subgradient_0(order: float) -> None:
    x = Tensor([1.0, 0.0, -2.0], requires_grad=True)
    found = autograd.linalg.norm(x, order)
    found.backward()
    with np.errstate(divide="ignore"):
        np.testing.assert_allclose(found.data, np.linalg.norm(x.data, order))
    assert np.all(np.isfinite(x.grad.data)) and x.grad.data[1] == 0


def test_singular_values_alone() -> None:
    np.testing.assert_allclose(np.linalg.svd(Tensor(M), compute_uv=False).data, np.linalg.svd(M, compute_uv=False))


def test_orders_and_places_of_extremes_are_plain_integers() -> None:
    """As functions, as methods and through NumPy alike."""
    x = autograd.Tensor([[3.0, 1.0], [2.0, 5.0]], requires_grad=True)
    for name in ("argsort", "argmax", "argmin"):
        for axis in (None, 0, -1):
            expected = getattr(np, name)(x.detach().data, axis=axis)
            for found in (getattr(autograd, name)(x, axis), getattr(x, name)(axis), getattr(np, name)(x, axis)):
                assert not isinstance(found, autograd.Tensor)
                np.testing.assert_array_equal(found, expected)

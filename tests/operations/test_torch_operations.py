"""PyTorch's database of operations: every differentiable one that is found here, on all of its own samples and refusals."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

torch: Any = pytest.importorskip("torch")
database: Any = pytest.importorskip("torch.testing._internal.common_methods_invocations")
from tests.operations import torch_names, torch_samples  # noqa: E402 - both need PyTorch
from tests.operations.torch_samples import Compared, is_random, samples  # noqa: E402

pytestmark = [pytest.mark.compare, pytest.mark.filterwarnings("ignore")]

# Complex results; sparse and masked tensors; other dtypes; PyTorch's internals; approximations by random numbers.
BEGINNINGS = (
    "fft.", "stft", "view_as_complex", "cdouble", "cfloat", "chalf", "sparse", "to_sparse", "masked.", "bfloat16", "bernoulli", "native_",
    "as_strided", "torch.ops", "grid_sampler", "svd_lowrank", "pca_lowrank", "ormqr", "max_pool2d_with", "linalg.householder_product",
    "nn.functional.fractional", "nn.functional.linear_cross_entropy", "nn.functional.multi_head_attention_forward",
    "nn.functional.ctc_loss", "lu_unpack", "triangular_solve", "nextafter", "zero_",
)  # fmt: skip
NAMES = ("complex", "polar", "linalg.eig", "linalg.eigvals", "normal", "to", "fill", "H", "mH")
# What differs, and why.
DIFFERENT = {
    "tensordot": "PyTorch sums a size of 1 against another size; NumPy refuses",
    "linalg.lstsq": "PyTorch's is for stacks; NumPy's, which is here, is tested beside it",
    "cholesky_inverse": "of a factor one triangle is read, and only that has a gradient",
    "cholesky_solve": "the same",
}
COARSE = {"cov": 1e-4}  # PyTorch's weights are float32 there
NO_SECOND = {
    "nn.functional.scaled_dot_product_attention": "PyTorch has none",
    "linalg.norm": "PyTorch's is NaN at zeros",
}  # fmt: skip


def key(info: Any) -> str:
    return str(info.name + ("/" + info.variant_test_name if info.variant_test_name else ""))


def is_foreign(name: str) -> bool:
    internal = name.startswith("_") and not name.startswith("__")
    return internal or name in NAMES or name.startswith(BEGINNINGS)


def is_ours(info: Any) -> bool:
    return info.supports_autograd and torch.float64 in info.dtypes and not is_foreign(info.name) and info.name not in DIFFERENT


OPERATIONS = {key(info): info for info in database.op_db if is_ours(info)}


def found(name: str) -> Callable[..., Any]:
    function = torch_names.find(OPERATIONS[name].name)
    assert function is not None, f"no function here for PyTorch's {name}"
    return function


def compared(name: str, dtype: Any = torch.float64) -> Any:
    """Every sample on both sides."""
    info, function = OPERATIONS[name], found(name)
    for sample in samples(info, dtype):
        if not is_random(info, sample):
            with np.errstate(all="ignore"):
                yield Compared(torch_names.settled(info.name, info.op), torch_names.settled(info.name, function), sample)


@pytest.mark.parametrize("name", sorted(OPERATIONS))
def test_values_gradients_and_second_derivatives(name: str) -> None:
    info = OPERATIONS[name]
    rtol = COARSE.get(info.name, torch_samples.RTOL)
    for both in compared(name):
        both.values(rtol)
        both.dtypes()
        with np.errstate(all="ignore"):
            both.first_order(rtol)
    for both in compared(name) if info.supports_gradgrad and info.name not in NO_SECOND else ():
        with np.errstate(all="ignore"):
            both.second_order(max(rtol, 1e-6))


# clamp is given bounds that are int32, which NumPy promotes to float64.
OTHERS = ("clamp", "double", "half", "float")
FLOAT32 = [name for name, info in OPERATIONS.items() if torch.float32 in info.dtypes and info.name not in OTHERS]


@pytest.mark.parametrize("name", sorted(FLOAT32))
def test_float32_is_kept(name: str) -> None:
    for both in compared(name, torch.float32):
        both.dtypes()
        both.dtypes_of_gradients()


# Wrong for PyTorch, and NumPy's for NumPy: plain numbers, vectors as matrices, cross products and lines that broadcast.
NUMPYS = {"gradient", "roll", "trace", "tril", "triu", "t", "t_copy", "mean", "linalg.cross"}
REFUSING = [name for name, info in OPERATIONS.items() if info.error_inputs_func is not None and info.name not in NUMPYS]


@pytest.mark.parametrize("name", sorted(REFUSING))
def test_wrong_inputs_are_refused(name: str) -> None:
    info, function = OPERATIONS[name], found(name)
    with torch_samples.seeded():
        errors = list(info.error_inputs_func(info, "cpu"))
    for error in errors:
        sample = error.sample_input
        if error.error_regex == "" and any(isinstance(part, int) for part in (sample.input, *sample.args)):
            continue
        with pytest.raises((TypeError, ValueError, IndexError, RuntimeError)):  # arrays of more axes than NumPy has among them
            given, args, options = torch_samples.ours((sample.input, sample.args, sample.kwargs))
            function(given, *args, **torch_samples.renamed(function, options))

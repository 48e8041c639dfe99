"""PyTorch's database of operations: every differentiable one that is found here, on all of its own samples and refusals."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np
import pytest

torch: Any = pytest.importorskip("torch")
database: Any = pytest.importorskip("torch.testing._internal.common_methods_invocations")
from tests.operations import torch_names, torch_samples  # noqa: E402 - both need PyTorch

pytestmark = [pytest.mark.compare, pytest.mark.filterwarnings("ignore")]

COMPLEX = ("fft.", "stft", "view_as_complex", "complex", "polar", "cdouble", "cfloat", "chalf", "linalg.eig", "resolve")
# Not this library's: sparse and masked tensors, other dtypes, PyTorch's internals, and approximations by random numbers.
FOREIGN = ("sparse", "to_sparse", "masked.", "bfloat16", "normal", "bernoulli", "native_", "_native", "_batch", "_softmax", "_upsample",
           "_segment", "_unsafe", "as_strided", "torch.ops", "to", "grid_sampler", "svd_lowrank", "pca_lowrank", "ormqr", "max_pool2d_with",
           "linalg.householder", "nn.functional.fractional", "nn.functional.linear_cross", "zero_", "H", "mH", "lu_unpack",
           "triangular_solve", "nextafter", "nn.functional.multi_head")  # fmt: skip
# What differs, and why.
DIFFERENT = {
    "tensordot": "PyTorch sums over a size 1 against another size; NumPy refuses",
    "svd": "signs of the vectors are free", "linalg.svd": "signs of the vectors are free", "linalg.eigh": "signs of the vectors are free",
    "linalg.lstsq": "its residuals and rank are NumPy's; see `grad_oriented`",
    "fill": "a constant",
}  # fmt: skip
RANDOM = ("nn.functional.dropout", "nn.functional.alpha_dropout", "nn.functional.rrelu", "nn.functional.scaled", "nn.functional.feature")


def key(info: Any) -> str:
    return str(info.name + ("/" + info.variant_test_name if info.variant_test_name else ""))


def is_ours(info: Any) -> bool:
    foreign = any(info.name == name or (len(name) > 2 and name[-1] in "._" and info.name.startswith(name)) or
                  (len(name) > 5 and info.name.startswith(name)) for name in (*COMPLEX, *FOREIGN))  # fmt: skip
    return info.supports_autograd and torch.float64 in info.dtypes and not foreign


OPERATIONS = {key(info): info for info in database.op_db if is_ours(info)}
COMPARED = sorted(name for name, info in OPERATIONS.items() if info.name not in DIFFERENT)


def is_random(info: Any, sample: Any) -> bool:
    return info.name.startswith(RANDOM) and (sample.kwargs.get("training", True) and sample.kwargs.get("p", 0.5) not in (0.0, 1.0))


@functools.cache
def found(name: str) -> Any:
    function = torch_names.find(OPERATIONS[name].name)
    assert function is not None, f"no function here for PyTorch's {name}"
    return function


@pytest.mark.parametrize("name", COMPARED)
def test_as_pytorch(name: str) -> None:
    info = OPERATIONS[name]
    for sample in torch_samples.samples(info):
        if is_random(info, sample):
            continue
        with np.errstate(all="ignore"):
            compared = torch_samples.Compared(info.op, found(name), sample)
            compared.values()
            compared.dtypes()
            compared.first_order()

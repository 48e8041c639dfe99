"""PyTorch's own samples of an operation, run on both sides: values, gradients, second derivatives, dtypes, refusals."""

from __future__ import annotations

import inspect
import random
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import pytest

import autograd
from autograd import Tensor

torch: Any = pytest.importorskip("torch")

DTYPES = {torch.float64: np.float64, torch.float32: np.float32, torch.float16: np.float16, torch.int64: np.int64,
          torch.int32: np.int32, torch.int16: np.int16, torch.int8: np.int8, torch.uint8: np.uint8, torch.bool: np.bool_}  # fmt: skip
LARGE = 20_000  # elements; larger samples say nothing more and take minutes here


def ours(value: Any) -> Any:
    """A value of PyTorch's as ours, floats recording."""
    if isinstance(value, torch.Tensor):
        array = value.numpy(force=True).copy()
        return Tensor(array, requires_grad=value.requires_grad)
    if isinstance(value, dict):
        return {name: ours(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(map(ours, value)) if type(value) in (list, tuple) else tuple(map(ours, value))
    return DTYPES.get(value, value) if isinstance(value, torch.dtype) else value


def flat(value: Any, kind: type) -> list[Any]:
    """The tensors of a nested value, in order."""
    if isinstance(value, kind):
        return [value]
    if isinstance(value, dict):
        value = list(value.values())
    return [item for part in value for item in flat(part, kind)] if isinstance(value, list | tuple) else []


def recording(value: Any) -> Any:
    """A fresh leaf for every tensor of PyTorch's that is one."""
    if isinstance(value, torch.Tensor):
        return value.detach().clone().requires_grad_(value.requires_grad)
    if isinstance(value, dict):
        return {name: recording(item) for name, item in value.items()}
    return type(value)(map(recording, value)) if type(value) in (list, tuple) else value


def renamed(function: Any, options: dict[str, Any]) -> dict[str, Any]:
    """PyTorch's `dim` and `keepdim` under NumPy's names, for functions that have those."""
    try:
        known = inspect.signature(function).parameters
    except (TypeError, ValueError):
        return options
    names = {"dim": "axis", "keepdim": "keepdims", "dims": "axes"}
    also = {"dims": "axis"}
    return {
        next((n for n in (names.get(k), also.get(k)) if n in known and k not in known), k): v for k, v in options.items()
    }


class Difference(AssertionError):
    """Ours and PyTorch's are not the same."""


RTOL = 1e-7


def close(found: Any, wanted: torch.Tensor, what: str, rtol: float = RTOL) -> None:
    found, wanted = np.asarray(getattr(found, "data", found)), wanted.numpy(force=True)
    if found.shape != wanted.shape:
        raise Difference(f"{what}: shape {found.shape}, PyTorch's {wanted.shape}")
    scale = np.max(np.abs(wanted[np.isfinite(wanted)]), initial=1.0) if wanted.dtype.kind == "f" else 1.0
    if not np.allclose(found, wanted, rtol=rtol, atol=0.1 * rtol * scale, equal_nan=True):
        raise Difference(f"{what}: {found.ravel()[:4]}, PyTorch's {wanted.ravel()[:4]}")


def results(value: Any) -> list[Any]:
    """What an operation gives, as a flat list; numbers and arrays of ours count as results."""
    if isinstance(value, list | tuple):
        return [item for part in value for item in results(part)]
    return [value]


class Compared:
    """One sample, on both sides."""

    def __init__(self, operator: Any, function: Any, sample: Any) -> None:
        given = recording((sample.input, sample.args, sample.kwargs))
        self.given, self.mine = given, ours(given)
        self.theirs_out = [t for t in results(operator(given[0], *given[1], **given[2]))]
        self.mine_out = results(function(self.mine[0], *self.mine[1], **renamed(function, self.mine[2])))

    def values(self, rtol: float = RTOL) -> None:
        theirs = [t for t in self.theirs_out if t is not None]
        found = [t for t in self.mine_out if t is not None]
        if len(found) != len(theirs):
            raise Difference(f"{len(found)} results, PyTorch's {len(theirs)}")
        for n, (a, b) in enumerate(zip(found, theirs, strict=True)):
            close(a, torch.as_tensor(b), f"result {n}", rtol)

    def dtypes(self) -> None:
        for a, b in zip([t for t in self.mine_out if t is not None], [t for t in self.theirs_out if t is not None], strict=True):
            dtype = torch.as_tensor(b).dtype
            if dtype.is_floating_point and np.asarray(getattr(a, "data", a)).dtype != DTYPES[dtype]:
                raise Difference(f"{np.asarray(getattr(a, 'data', a)).dtype}, PyTorch's {dtype}")

    def seeds(self) -> list[tuple[int, torch.Tensor]]:
        rng = np.random.default_rng(0)
        return [(n, torch.from_numpy(np.asarray(rng.standard_normal(t.shape))).to(t.dtype)) for n, t in enumerate(self.theirs_out)
                if isinstance(t, torch.Tensor) and t.requires_grad and t.is_floating_point()]  # fmt: skip

    def gradients(self, second: bool = False) -> tuple[list[Any], list[Any]]:
        """Of a random combination of all results, by all floating inputs: PyTorch's and ours."""
        leaves, mine = flat(self.given, torch.Tensor), flat(self.mine, Tensor)
        pairs = [(t, m) for t, m in zip(leaves, mine, strict=True) if t.requires_grad]
        seeds = self.seeds()
        if not seeds:
            return [], []
        theirs = torch.autograd.grad([self.theirs_out[n] for n, _ in seeds], [t for t, _ in pairs], [s for _, s in seeds],
                                     allow_unused=True, create_graph=second)  # fmt: skip
        total = sum((autograd.sum(self.mine_out[n] * s.numpy()) for n, s in seeds if s.numel()), start=0.0)
        if not isinstance(total, Tensor) or not total.requires_grad:
            return [torch.zeros_like(t) if g is None else g for g, (t, _) in zip(theirs, pairs, strict=True)], [
                np.zeros(m.shape) for _, m in pairs
            ]
        found = autograd.gradients(total, [m for _, m in pairs], create_graph=second, allow_unused=True)
        return [torch.zeros_like(t) if g is None else g for g, (t, _) in zip(theirs, pairs, strict=True)], list(found)

    def first_order(self, rtol: float = RTOL) -> None:
        for n, (wanted, found) in enumerate(zip(*self.gradients(), strict=True)):
            close(np.zeros(wanted.shape) if found is None else found, wanted, f"gradient {n}", rtol)

    def dtypes_of_gradients(self) -> None:
        for wanted, found in zip(*self.gradients(), strict=True):
            if isinstance(found, Tensor) and found.dtype != DTYPES[wanted.dtype]:
                raise Difference(f"a gradient of {found.dtype}, PyTorch's is {wanted.dtype}")

    def second_order(self, rtol: float = 1e-6) -> None:
        """Of a random combination of the gradients, by all inputs again."""
        wanted, found = self.gradients(second=True)
        rng = np.random.default_rng(1)
        seeds = [np.asarray(rng.standard_normal(t.shape)) for t in wanted]
        theirs = sum((t * torch.from_numpy(s)).sum() for t, s in zip(wanted, seeds, strict=True) if t.requires_grad)
        mine = sum(autograd.sum(m * s) for m, s in zip(found, seeds, strict=True) if isinstance(m, Tensor) and m.requires_grad)
        leaves, ours_ = ([t for t in flat(g, kind) if t.requires_grad] for g, kind in ((self.given, torch.Tensor), (self.mine, Tensor)))
        nothing = [None] * len(leaves)
        twice = torch.autograd.grad(theirs, leaves, allow_unused=True) if getattr(theirs, "requires_grad", False) else nothing
        got = autograd.gradients(mine, ours_, allow_unused=True) if getattr(mine, "requires_grad", False) else nothing
        for n, (leaf, a, b) in enumerate(zip(leaves, twice, got, strict=True)):
            close(np.zeros(leaf.shape) if b is None else b, torch.zeros_like(leaf) if a is None else a, f"second {n}", rtol)


@contextmanager
def seeded() -> Iterator[None]:
    """PyTorch's samples draw from every global generator: the same each time, and left as they were."""
    before, python = np.random.get_state(), random.getstate()  # noqa: NPY002
    torch.manual_seed(0)
    np.random.seed(0)  # noqa: NPY002
    random.seed(0)
    try:
        yield
    finally:
        np.random.set_state(before)  # noqa: NPY002
        random.setstate(python)


RANDOM = ("nn.functional.dropout", "nn.functional.alpha_dropout", "nn.functional.rrelu", "nn.functional.feature", "nn.functional.scaled")


def is_random(info: Any, sample: Any) -> bool:
    """Whether the result is drawn, so that there is nothing to compare."""
    options = sample.kwargs
    drawing = options.get("p", 0.5) not in (0.0, 1.0) and options.get("training", True) and options.get("dropout_p", 0.5) != 0.0
    return bool(info.name.startswith(RANDOM) and drawing)


def samples(info: Any, dtype: Any = torch.float64) -> list[Any]:
    """The samples that fit in a test."""
    with seeded():
        found = list(info.sample_inputs("cpu", dtype, requires_grad=info.supports_autograd))
    return [s for s in found if sum(t.numel() for t in flat([s.input, s.args, s.kwargs], torch.Tensor)) <= LARGE]

"""Sample calls of every declared operation: what a test, a support page or a fuzzer feeds it.

Operations whose declaration has a `domain` get calls of their arguments alone, in the usual shapes. The others, and those
whose options matter, stand in `CALLS`; who declares such an operation adds its calls with `add_samples`.
"""

from __future__ import annotations

import inspect
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from autograd.declare import Operation, registry

Shape = tuple[int, ...]
Array = np.ndarray[Any, Any]
ANY = (-3.0, 3.0)


@dataclass(frozen=True)
class Drawn:
    """An argument to differentiate by: an array of this shape, with values in this domain."""

    shape: Shape
    domain: tuple[float, float] = ANY


def A(*shape: int, domain: tuple[float, float] = ANY) -> Drawn:
    """An array of `shape`, to be drawn."""
    return Drawn(shape, domain)


class Call:
    """Arguments as a call writes them; `Drawn` ones (also inside a leading list) are filled in.

    `through` makes of a drawn argument what the operation demands, a symmetric matrix say, and is differentiated along.
    """

    def __init__(self, *args: Any, through: Callable[[Any], Any] | None = None, **kwargs: Any) -> None:
        self.args = args
        self.kwargs = kwargs
        self.through = through

    @property
    def drawn(self) -> list[Drawn]:
        return [item for arg in self.args for item in (arg if isinstance(arg, list) else [arg]) if isinstance(item, Drawn)]

    def fill(self, function: Callable[..., Any], values: Sequence[Any]) -> Any:
        """The call with `values` in the places of the drawn arguments."""
        left = iter(values if self.through is None else [self.through(value) for value in values])

        def put(item: Any) -> Any:
            return next(left) if isinstance(item, Drawn) else item

        return function(*[[put(i) for i in arg] if isinstance(arg, list) else put(arg) for arg in self.args], **self.kwargs)

    def __repr__(self) -> str:
        shown = [str(arg).replace("\n", "") for arg in self.args] + [f"{name}={value}" for name, value in self.kwargs.items()]
        return ", ".join(shown).replace("Drawn(shape=", "").replace(f", domain={ANY})", "").replace(" ", "")


@dataclass(frozen=True)
class Sample:
    """One call of one operation."""

    operation: Operation
    call: Call

    @property
    def arrays(self) -> list[Array]:
        """The arguments to differentiate by, the same at every run and without ties."""
        rng = np.random.default_rng(zlib.crc32(repr(self).encode()))
        return [_values(drawn, rng) for drawn in self.call.drawn]

    def run(self, *values: Any) -> Any:
        """The operation on arrays or tensors."""
        return self.call.fill(self.operation.function, values)

    def __repr__(self) -> str:
        return f"{self.operation.name}({self.call!r})"


CELLS = 24  # values lie in the middle of cells, so none is near a whole number or a half


def _values(drawn: Drawn, rng: np.random.Generator) -> Array:
    low, high = drawn.domain
    size = int(np.prod(drawn.shape))
    cells = np.concatenate([rng.permutation(CELLS) for _ in range(size // CELLS + 1)])[:size]
    return (low + (high - low) * (cells + rng.uniform(0.3, 0.7, size)) / CELLS).reshape(drawn.shape)


# ------------------------------------------------------------------------------------------------------ generic samples

UNARY: list[tuple[Shape, ...]] = [((),), ((3,),), ((2, 3),), ((0,),), ((2, 0),)]
BINARY: list[tuple[Shape, ...]] = [
    ((), ()), ((3,), (3,)), ((2, 3), (3,)), ((2, 1), (1, 3)), ((), (2, 2)), ((2, 2), ()), ((1,), (2, 0)),
]  # fmt: skip


def _domains(operation: Operation) -> list[tuple[float, float]]:
    """One interval an argument, from the forms in which declarations write them."""
    domain, arguments = operation.domain, list(operation.rules)
    if isinstance(domain, dict):
        return [domain[name] for name in arguments]
    if isinstance(domain[0], tuple):
        return list(domain)
    return [domain] * len(arguments)


def _generic(operation: Operation) -> list[Call]:
    domains = _domains(operation)
    shapes = UNARY if len(domains) == 1 else [(*pair, *pair[1:] * (len(domains) - 2)) for pair in BINARY]
    return [Call(*[Drawn(s, d) for s, d in zip(some, domains, strict=True)]) for some in shapes]


def _is_generic(operation: Operation) -> bool:
    """Whether the differentiable arguments come first and nothing else has to be given."""
    given = [name for name, p in operation.parameters.items() if p.default is inspect.Parameter.empty]
    return operation.domain is not None and operation.each is None and set(given) <= set(operation.rules)


# ------------------------------------------------------------------------------------------------ samples written down


def _transposed(a: Any) -> Any:
    return np.swapaxes(a, -1, -2)


def symmetric(a: Any) -> Any:
    """A symmetric matrix with eigenvalues that differ."""
    return a + _transposed(a) + np.diag(8.0 * np.arange(a.shape[-1])).astype(a.dtype)


def positive(a: Any) -> Any:
    """A symmetric positive definite matrix."""
    return np.matmul(a, _transposed(a)) + np.eye(a.shape[-1], dtype=a.dtype)


def regular(a: Any) -> Any:
    """A matrix far from singular."""
    return a + (8.0 * np.eye(*a.shape[-2:])).astype(a.dtype)


def first_regular(values: Any) -> Any:
    """Square matrices far from singular, others as they are."""
    return regular(values) if values.ndim > 1 and values.shape[-1] == values.shape[-2] else values


def second_nan(values: Any) -> Any:
    """The second value is not a number, and stays so wherever it is moved."""
    return values + np.array([0, np.nan, 0], np.float32)


def equal_firsts(values: Any) -> Any:
    """Two rows whose least values are equal: ties across the rows, none within."""
    return np.take(values, np.array([[0, 1], [0, 2]])) + np.array([0, 10], np.float32)


NZ = (0.3, 3.0)
ROWS = np.array([0, 2, 2])
MASK = np.array([[True, False, True], [False, False, True]])
X, W = A(2, 2, 5, 4), A(4, 1, 3, 2)
REDUCED = [
    Call(A()),
    Call(A(3)),
    Call(A(2, 3)),
    Call(A(2, 3), axis=0),
    Call(A(2, 3), axis=-1, keepdims=True),
    Call(A(2, 3, 2), axis=(0, 2)),
]
FREE = [
    Call(A(3)),
    Call(A(2, 3)),
    Call(A(2, 3), axis=0),
    Call(A(3, 2), axis=-1, ddof=1),
    Call(A(2, 3, 2), axis=(0, 2), keepdims=True),
]
UNDER_A_MASK = [Call(A(2, 3), axis=1, correction=1, where=np.array([[True, False, True], [True, True, True]]))]
NONZERO = [Call(*[Drawn(d.shape, NZ) for d in call.drawn], **call.kwargs) for call in REDUCED]
ALONG = [Call(A(3)), Call(A(2, 3)), Call(A(2, 3), axis=0)]

CALLS: dict[str, list[Call]] = {
    "ldexp": [Call(A(2, 3), np.array([1, -2, 0])), Call(A(), 3)],
    "basis_beside": [],  # of full factors alone, and checked with them: no other basis means anything
    "pick": [],  # made by operations of several outputs alone, and checked with them
    "where": [Call(True, A(3), A(3)), Call(MASK, A(2, 3), A(3)), Call(MASK, A(), A(2, 1)), Call(np.zeros(0, bool), A(0), A())],
    "clip": [Call(A(2, 3), -1.0, 1.0), Call(A(3), None, 1.0), Call(A(3), 0.3), Call(A(2, 3), A(3), 2.0), Call(A(), -1.0, A())],
    "round": [Call(A(3)), Call(A(2, 2), decimals=1)],
    "nan_to_num": [Call(A(2, 3)), Call(A(3), through=second_nan)],
    "heaviside": [Call(A(2, 3), A(3)), Call(A(), A()), Call(np.array([0, 1, -1], np.float32), A(2, 3))],
    "gelu": [Call(A(2, 3)), Call(A(3), approximate="tanh"), Call(A()), Call(A(0))],
    "softmax": [Call(A(3)), Call(A(2, 3)), Call(A(2, 3), axis=0), Call(A(0, 3))],
    "log_softmax": [Call(A(3)), Call(A(2, 3)), Call(A(2, 3), axis=0), Call(A(0, 3))],
    "reshape": [
        Call(A(2, 3), (3, 2)),
        Call(A(2, 3), -1),
        Call(A(), (1, 1)),
        Call(A(2, 3), (3, 2), order="F"),
        Call(A(0, 2), (2, 0)),
    ],
    "ravel": [Call(A(2, 3)), Call(A()), Call(A(2, 3), order="F")],
    "transpose": [Call(A(2, 3)), Call(A(2, 3, 4), (1, 2, 0)), Call(A(2, 3, 4), (-1, 0, 1)), Call(A())],
    "swapaxes": [Call(A(2, 3, 2), 0, -1)],
    "moveaxis": [Call(A(2, 3, 4), 0, -1), Call(A(2, 3, 4), (0, 1), (-1, 0))],
    "squeeze": [Call(A(1, 3, 1)), Call(A(1, 3, 1), axis=0), Call(A(2, 2))],
    "expand_dims": [Call(A(3), 0), Call(A(2, 3), (0, -1)), Call(A(), 0)],
    "broadcast_to": [Call(A(3), (2, 3)), Call(A(2, 1), (4, 2, 3)), Call(A(), (2,)), Call(A(1), (0,))],
    "flip": [Call(A(3)), Call(A(2, 3)), Call(A(2, 3), axis=1), Call(A(2, 3, 2), axis=(0, 2))],
    "roll": [Call(A(5), 2), Call(A(2, 3), 1), Call(A(2, 3), -1, axis=1), Call(A(2, 3), (1, 2), axis=(0, 1))],
    "copy": [Call(A(2, 3)), Call(A())],
    "cast": [Call(A(2, 3), np.dtype(np.float64)), Call(A(), np.dtype(np.float64))],
    "concatenate": [
        Call([A(2), A(3)]),
        Call([A(2, 1), A(2, 2)], axis=-1),
        Call([A(2, 2), A(3)], axis=None),
        Call([A(0, 2), A(1, 2)]),
    ],
    "stack": [Call([A(2), A(2)]), Call([A(2, 3), A(2, 3), A(2, 3)], axis=-1), Call([A(), A()])],
    "getitem": [
        Call(A(4), 1),
        Call(A(2, 3), (slice(None), -1)),
        Call(A(4), slice(None, None, -2)),
        Call(A(3, 2), ROWS),
        Call(A(2, 3), MASK),
        Call(A(2, 3), (Ellipsis, None, 0)),
        Call(A(3, 4), (ROWS, slice(1, 3))),
        Call(A(3, 3), (ROWS, ROWS)),
        Call(A(), ()),
        Call(A(3), slice(0, 0)),
    ],
    "put_at": [Call(A(2), slice(0, 4, 2), (4,)), Call(A(3, 2), ROWS, (4, 2))],
    "take": [
        Call(A(4), ROWS),
        Call(A(2, 4), ROWS, axis=1),
        Call(A(2, 3), ROWS),
        Call(A(3), np.array([-1, 5]), mode="wrap"),
        Call(A(3), 1),
        Call(A(), [0, 0], axis=0),
    ],
    "pad_constant": [Call(A(2, 2), [(1, 0), (0, 2)], 0.0), Call(A(3), [(1, 1)], 7.0)],
    "sum": [*REDUCED, Call(A(0)), Call(A(2, 0), axis=1), Call(A(2, 3), where=MASK)],
    "mean": [*REDUCED, Call(A(2, 3), axis=1, where=MASK)],
    "max": [*REDUCED, Call(A(2, 3), axis=1, initial=-9.0, where=MASK), Call(A(3), initial=5.0)],
    "min": [*REDUCED, Call(A(2, 3), axis=1, initial=9.0, where=MASK), Call(A(3), initial=-5.0)],
    "logsumexp": REDUCED,
    "var": [*FREE, *UNDER_A_MASK],
    "std": [*FREE, *UNDER_A_MASK],
    "prod": [*NONZERO, Call(A(0)), Call(Drawn((2, 3), NZ), axis=0, initial=2.0, where=MASK)],
    "cumsum": [*ALONG, Call(A(0))],
    "cumprod": [*ALONG, Call(A(0))],
    "matmul": [
        Call(A(3), A(3)),
        Call(A(2, 3), A(3)),
        Call(A(3), A(3, 2)),
        Call(A(2, 3), A(3, 2)),
        Call(A(2, 2, 3), A(3, 2)),
        Call(A(2, 3), A(4, 3, 2)),
        Call(A(2, 1, 2, 3), A(3, 3, 2)),
        Call(A(3), A(2, 3, 2)),
        Call(A(2, 2, 3), A(3)),
        Call(A(0, 3), A(3, 2)),
        Call(A(2, 0), A(0, 2)),
    ],
    "einsum": [
        Call([A(2, 3), A(3, 2)], ["ij", "jk"], "ik"),
        Call([A(3, 3)], ["ii"], ""),
        Call([A(3, 3)], ["ii"], "i"),
        Call([A(2, 3)], ["ij"], "j"),
        Call([A(2, 3), A(3), A(2)], ["ij", "j", "i"], ""),
        Call([A(2), A(3)], ["i", "j"], "ji"),
    ],
    "inv": [Call(A(2, 2), through=regular), Call(A(2, 3, 3), through=regular)],
    "solve": [Call(A(3, 3), A(3), through=first_regular), Call(A(3, 3), A(3, 2), through=first_regular)],
    "det": [Call(A(2, 2), through=regular), Call(A(2, 3, 3), through=regular)],
    "slogdet": [Call(A(2, 2), through=regular), Call(A(2, 3, 3), through=regular)],
    "lower_cholesky": [Call(A(3, 3), through=positive), Call(A(2, 2, 2), through=positive)],
    "eigh": [Call(A(3, 3), through=symmetric), Call(A(2, 2, 2), through=symmetric)],
    "reduced_svd": [Call(A(3, 3), through=symmetric), Call(A(2, 3), through=regular), Call(A(3, 2), through=regular)],
    "reduced_qr": [Call(A(3, 3), through=regular), Call(A(3, 2), through=regular)],
    "batch_norm_relu_statistics": [Call(A(3, 2, 2, 3), Drawn((2,), NZ), A(2)), Call(A(5, 3), Drawn((3,), NZ), A(3))],
    "pseudo_inverse": [Call(A(3, 2), through=regular), Call(A(2, 3), through=regular)],
    "square_lu": [Call(A(2, 2), through=regular), Call(A(2, 3, 3), through=regular)],
    "matrix_exp": [Call(A(2, 2)), Call(A(2, 3, 3))],
    "polygamma": [Call(0, Drawn((3,), NZ)), Call(1, Drawn((2, 2), NZ)), Call(3, Drawn((), NZ)), Call(2, A(3))],
    "batch_norm_statistics": [Call(A(3, 2, 2, 3), Drawn((2,), NZ), A(2)), Call(A(5, 3), Drawn((3,), NZ), A(3))],
    "conv": [
        Call(X, A(3, 2, 3, 2)),
        Call(X, W, 2, 1, 1, 2),
        Call(X, A(3, 2, 2, 2), (1, 2), (0, 1), (2, 1)),
        Call(A(1, 2, 5), A(2, 2, 3), 2, "valid"),
    ],
    "conv_input": [Call(A(2, 3, 3, 3), A(3, 2, 3, 2), (2, 2, 5, 4))],
    "conv_weight": [Call(A(2, 3, 3, 3), X, (3, 2, 3, 2))],
    "max_pool": [Call(X, 2), Call(X, 3, 2, 1), Call(A(1, 1, 5), 2, ceil_mode=True)],
    "max_pool_input": [Call(A(1, 1, 2), np.array([[[1.0, 4.0, 2.0, 3.0]]]), 2)],
    "max_pool_output": [Call(A(1, 1, 4), np.array([[[1.0, 4.0, 2.0, 3.0]]]), 2)],
    "average_pool": [Call(X, 2), Call(X, 3, 2, 1), Call(X, 3, 2, 1, True, False)],
    "average_pool_input": [Call(A(1, 1, 2), (1, 1, 5), 2)],
    "adaptive_average_pool": [Call(X, (2, 3)), Call(A(1, 2, 5), 3)],
    "adaptive_average_pool_input": [Call(A(1, 2, 3), (1, 2, 5))],
    "adaptive_max_pool": [Call(X, (2, 3))],
    "adaptive_max_pool_input": [Call(A(1, 1, 2), np.array([[[1.0, 4.0, 2.0, 3.0]]]))],
    "adaptive_max_pool_output": [Call(A(1, 1, 4), np.array([[[1.0, 4.0, 2.0, 3.0]]]), 2)],
    "sort": [Call(A(3), through=equal_firsts), Call(A(4)), Call(A(2, 3)), Call(A(3, 2), axis=0), Call(A(2, 3), axis=None), Call(A(0))],
    "tie_mean": [Call(A(4), np.array([1.0, 1.0, 2.0, 3.0])), Call(A(2, 2), np.array([[1.0, 1.0], [1.0, 2.0]]))],
    "im2col": [Call(X, 2), Call(X, (3, 2), 1, 1, 2)],
    "col2im": [Call(A(1, 8, 12), (5, 4), 2)],
}


def add_samples(name: str, *calls: Call) -> None:
    """Say with which calls an operation declared elsewhere is to be tested."""
    CALLS.setdefault(name, []).extend(calls)


def samples(operation: Operation) -> list[Sample]:
    """The sample calls of an operation.

    Raises
    ------
    LookupError
        Neither its declaration nor `CALLS` says how to call it.

    Examples
    --------
    >>> import autograd
    >>> samples(autograd.registry["roll"])[0]
    roll((5,),2)
    """
    if operation.name in CALLS:
        return [Sample(operation, call) for call in CALLS[operation.name]]
    if _is_generic(operation):
        return [Sample(operation, call) for call in _generic(operation)]
    raise LookupError(
        f"no sample calls for operation {operation.name!r}: declare it with domain=(low, high), or, where other arguments are "
        f"needed, autograd.testing.registry.add_samples({operation.name!r}, Call(A(2, 3), ...))"
    )


def all_samples() -> list[Sample]:
    """The samples of every declared operation."""
    return [sample for operation in list(registry.values()) for sample in samples(operation)]


__all__ = ["A", "CALLS", "Call", "Sample", "add_samples", "all_samples", "samples"]

"""What is checked, behind one face: a function of the engine's tensors, or of arrays with a gradient written by hand.

A subject gives its outputs for arrays, and for cotangents of the outputs the gradients at the inputs. `autograd.testing.foreign`
has the same face for JAX and PyTorch.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from autograd.graph import ancestors, no_grad
from autograd.tensor import Tensor, as_tensor
from autograd.testing.refusals import Array, CheckRefused
from autograd.transforms import gradients, jvp


class Subject(Protocol):
    """A function and its gradient."""

    def outputs(self, arrays: Sequence[Array]) -> list[Array]:
        """The floating-point outputs."""

    def pulls(self, arrays: Sequence[Array], seeds: Sequence[Sequence[Array]]) -> list[list[Any]]:
        """For each seed (a cotangent for each output) one gradient an input; None where the output does not depend on it."""

    def push(self, arrays: Sequence[Array], directions: Sequence[Array]) -> list[Array]:
        """Forward mode: how the outputs move when the inputs move along `directions`."""

    def derivative(self, seed: int) -> Subject:
        """The function whose outputs are the gradients, for cotangents drawn by `seed`."""

    def maybe_analytic(self, arrays: Sequence[Array]) -> bool:
        """Whether the complex step may be tried."""


def weights(outputs: Sequence[Any], seed: int) -> list[Array]:
    """Positive cotangents, none of them equal: no contribution cancels or hides behind another."""
    rng = np.random.default_rng(seed)
    return [np.asarray(rng.uniform(0.5, 1.5, np.shape(out))).astype(out.dtype) for out in outputs]


def listed(given: Any) -> list[Any]:
    return list(given) if isinstance(given, (tuple, list)) else [given]


def floating(outputs: Sequence[Any], kinds: str = "fc") -> list[Any]:
    kept = [out for out in outputs if np.dtype(out.dtype).kind in kinds]
    if not kept:
        raise CheckRefused("the function returned no floating-point output")
    return kept


# ------------------------------------------------------------------------------------------------- the engine's functions


@dataclass
class Recorded:
    """A function of tensors."""

    f: Callable[..., Any]
    second: bool = False  # its outputs are gradients, so its inputs must be leaves and real

    def raw(self, arrays: Sequence[Array]) -> list[Any]:
        """What the function returns, as it is."""
        return listed(self.f(*self.leaves(arrays)))

    def outputs(self, arrays: Sequence[Array]) -> list[Array]:
        if self.second:
            return [out.data for out in self.of(self.leaves(arrays))]
        with no_grad():
            return [out.data for out in self.of([Tensor(x) for x in arrays])]

    def leaves(self, arrays: Sequence[Array]) -> list[Tensor]:
        return [Tensor(x, requires_grad=True) for x in arrays]

    def of(self, tensors: Sequence[Tensor]) -> list[Tensor]:
        return floating([as_tensor(out) for out in listed(self.f(*tensors))])

    def pulls(self, arrays: Sequence[Array], seeds: Sequence[Sequence[Array]]) -> list[list[Any]]:
        leaves = self.leaves(arrays)
        outs = self.of(leaves)
        # Not of a recorded sum of products: a wrong rule of these would be met twice, and two wrong signs are a right one.
        found = [gradients(outs, leaves, list(seed), retain_graph=True, allow_unused=True) for seed in seeds]
        return [[None if g is None else g.data for g in each] for each in found]

    def push(self, arrays: Sequence[Array], directions: Sequence[Array]) -> list[Array]:
        moved = jvp(lambda *tensors: self.of(tensors), [np.array(x) for x in arrays], list(directions))[1]
        return [np.asarray(out.data if isinstance(out, Tensor) else out) for out in moved]

    def derivative(self, seed: int) -> Recorded:
        def gradient(*tensors: Tensor) -> Any:
            outs = self.of(tensors)
            found = gradients(outs, list(tensors), weights(outs, seed), create_graph=True, allow_unused=True)
            return [Tensor(np.zeros(x.shape, x.dtype)) if g is None else g for g, x in zip(found, tensors, strict=True)]

        return Recorded(gradient, second=True)

    def maybe_analytic(self, arrays: Sequence[Array]) -> bool:
        if self.second:
            return False
        roots = [out.node for out in self.of(self.leaves(arrays)) if out.node is not None]
        return all(node.op.analytic for node in ancestors(roots) if node.op is not None)


# ----------------------------------------------------------------------------------------------------- written by hand


@dataclass
class HandWritten:
    """A function of arrays and its gradient (or its product with a cotangent) as somebody wrote it."""

    f: Callable[..., Any]
    gradient: Callable[..., Any] | None = None
    vjp: Callable[..., Any] | None = None

    def outputs(self, arrays: Sequence[Array]) -> list[Array]:
        return floating([np.asarray(out) for out in listed(self.f(*arrays))])

    def pulls(self, arrays: Sequence[Array], seeds: Sequence[Sequence[Array]]) -> list[list[Any]]:
        outs = self.outputs(arrays)
        return [self._pull(arrays, outs, seed) for seed in seeds]

    def _pull(self, arrays: Sequence[Array], outs: Sequence[Array], seed: Sequence[Array]) -> list[Any]:
        if self.vjp is not None:
            return _like(self.vjp(seed[0] if len(seed) == 1 else list(seed), *arrays), arrays)
        assert self.gradient is not None
        found = _like(self.gradient(*arrays), arrays)
        if len(found) != len(arrays):
            return found  # its own error, later on
        return [_contracted(g, x, outs, seed) for g, x in zip(found, arrays, strict=True)]

    def sums_only(self, arrays: Sequence[Array]) -> bool:
        """Whether the gradient is that of the sum of the outputs: it has not the shape of a Jacobian."""
        outs = self.outputs(arrays)
        if self.gradient is None or all(out.ndim == 0 for out in outs):
            return False
        found = _like(self.gradient(*arrays), arrays)
        return any(g is not None and not _is_jacobian(g, x, outs) for g, x in zip(found, arrays, strict=False))

    def push(self, arrays: Sequence[Array], directions: Sequence[Array]) -> list[Array]:
        raise ValueError('a gradient written by hand is of reverse mode: leave modes="forward" out')

    def derivative(self, seed: int) -> Subject:
        raise ValueError("a gradient written by hand is checked to order 1: check the gradient itself as a function for the next")

    def maybe_analytic(self, arrays: Sequence[Array]) -> bool:
        return True


def _like(found: Any, arrays: Sequence[Array]) -> list[Any]:
    """Gradients as arrays; Python's own numbers have no dtype to be wrong."""
    several = isinstance(found, tuple) or (isinstance(found, list) and (len(arrays) > 1 or any(map(np.ndim, found))))
    given = list(found) if several else [found]
    pairs = zip(given, [*arrays, *[arrays[-1]] * len(given)])
    return [g if g is None else np.asarray(g, x.dtype if isinstance(g, (int, float, list)) else None) for g, x in pairs]


def _is_jacobian(g: Array, x: Array, outs: Sequence[Array]) -> bool:
    return len(outs) == 1 and g.shape == outs[0].shape + x.shape


def _contracted(g: Any, x: Array, outs: Sequence[Array], seed: Sequence[Array]) -> Any:
    if g is None:
        return None
    if _is_jacobian(g, x, outs):
        return np.asarray(np.tensordot(seed[0], g, axes=outs[0].ndim)).astype(g.dtype)
    return g * np.asarray(seed[0]).flat[0].astype(g.dtype) if g.shape == x.shape else g

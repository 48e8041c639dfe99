"""Functions of JAX and PyTorch behind the same face as our own: both are imported only where the caller has them already."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np

from autograd.tensor import Tensor
from autograd.testing.refusals import Array
from autograd.testing.subjects import HandWritten, Recorded, Subject, floating, listed, weights

BACKENDS = ("autograd", "jax", "torch")


def chosen(f: Callable[..., Any], inputs: Sequence[Any], backend: str | None, gradient: Any, vjp: Any) -> list[Subject]:
    """The face for `f`: as named, or as the types of the inputs say, or else as the function takes them: that may be several."""
    if gradient is not None or vjp is not None:
        return [HandWritten(f, gradient, vjp)]
    if backend not in (None, *BACKENDS):
        raise ValueError(f"backend is one of {BACKENDS}, given {backend!r}")
    named = backend or next(filter(None, map(_home, [*inputs, f])), None)
    return [FACES[name](f) for name in ([named] if named else _by_trial(f, inputs))]


def _home(value: Any) -> str | None:
    """Which library a value belongs to."""
    top = type(value).__module__.partition(".")[0]
    return {"jax": "jax", "jaxlib": "jax", "torch": "torch"}.get(top)


def _by_trial(f: Callable[..., Any], inputs: Sequence[Any]) -> list[str]:
    """Every library whose arrays the function takes and gives back, of those that are imported; ours where there is none."""
    there = [name for name in BACKENDS if name == "autograd" or name in sys.modules]
    return [name for name in there if _runs(name, f, inputs)] if len(there) > 1 and inputs else there


def _runs(name: str, f: Callable[..., Any], inputs: Sequence[Any]) -> bool:
    arrays = [np.array(plain(x)) for x in inputs]
    face = FACES[name](f)
    try:
        mine = {_home(out) for out in face.raw(arrays)} == {None if name == "autograd" else name}
        return mine and bool(face.pulls(arrays, [[np.ones_like(out) for out in face.outputs(arrays)]]))
    except Exception:
        return False


def plain(x: Any) -> Any:
    """An input as an array, whichever library it is of."""
    if _home(x) == "torch":
        return x.detach().cpu().numpy()
    return x.data if isinstance(x, Tensor) else np.asarray(x)


# ------------------------------------------------------------------------------------------------------------------- JAX


@contextmanager
def _float64() -> Iterator[None]:
    """JAX would take float64 arrays for float32, in which differences show noise."""
    import jax

    scope = jax.enable_x64 if hasattr(jax, "enable_x64") else jax.experimental.enable_x64
    with scope(True):
        yield


@dataclass
class Jax:
    """A function of JAX arrays."""

    f: Callable[..., Any]

    def of(self, arrays: Sequence[Any]) -> list[Any]:
        import jax.numpy as jnp

        return floating([jnp.asarray(out) for out in listed(self.f(*arrays))])

    def raw(self, arrays: Sequence[Array]) -> list[Any]:
        import jax.numpy as jnp

        return listed(self.f(*[jnp.asarray(x) for x in arrays]))

    def outputs(self, arrays: Sequence[Array]) -> list[Array]:
        import jax.numpy as jnp

        with _float64():
            return [np.asarray(out) for out in self.of([jnp.asarray(x) for x in arrays])]

    def pulls(self, arrays: Sequence[Array], seeds: Sequence[Sequence[Array]]) -> list[list[Any]]:
        import jax
        import jax.numpy as jnp

        with _float64():
            pull = jax.vjp(lambda *xs: self.of(xs), *[jnp.asarray(x) for x in arrays])[1]
            found = [pull([jnp.asarray(s) for s in seed]) for seed in seeds]
            return [[np.asarray(g) for g in each] for each in found]

    def push(self, arrays: Sequence[Array], directions: Sequence[Array]) -> list[Array]:
        import jax
        import jax.numpy as jnp

        with _float64():
            at, along = (tuple(jnp.asarray(x) for x in given) for given in (arrays, directions))
            return [np.asarray(out) for out in jax.jvp(lambda *xs: self.of(xs), at, along)[1]]

    def derivative(self, seed: int) -> Jax:
        import jax
        import jax.numpy as jnp

        def gradient(*xs: Any) -> Any:
            outs, pull = jax.vjp(lambda *at: self.of(at), *xs)
            return pull([jnp.asarray(w) for w in weights(outs, seed)])

        return Jax(gradient)

    def maybe_analytic(self, arrays: Sequence[Array]) -> bool:
        return False  # a custom derivative may not be defined for complex numbers


# --------------------------------------------------------------------------------------------------------------- PyTorch


@dataclass
class Torch:
    """A function of PyTorch tensors."""

    f: Callable[..., Any]

    def leaves(self, arrays: Sequence[Array]) -> list[Any]:
        import torch

        return [torch.tensor(np.array(x), requires_grad=True) for x in arrays]

    def of(self, tensors: Sequence[Any]) -> list[Any]:
        import torch

        outs = [torch.as_tensor(out) for out in listed(self.f(*tensors))]
        if not (kept := [out for out in outs if out.dtype.is_floating_point]):
            floating([np.asarray(0)])  # which refuses
        return kept

    def raw(self, arrays: Sequence[Array]) -> list[Any]:
        return listed(self.f(*self.leaves(arrays)))

    def outputs(self, arrays: Sequence[Array]) -> list[Array]:
        return [out.detach().numpy() for out in self.of(self.leaves(arrays))]

    def pulls(self, arrays: Sequence[Array], seeds: Sequence[Sequence[Array]]) -> list[list[Any]]:
        leaves = self.leaves(arrays)
        outs = self.of(leaves)
        found = [self._gradients(outs, leaves, seed, False) for seed in seeds]
        return [[None if g is None else g.detach().numpy() for g in each] for each in found]

    def _gradients(self, outs: Sequence[Any], leaves: Sequence[Any], seed: Sequence[Array], create: bool) -> Sequence[Any]:
        import torch

        pairs = [(out, torch.tensor(np.array(s), dtype=out.dtype)) for out, s in zip(outs, seed, strict=True) if out.requires_grad]
        if not pairs:
            return [None] * len(leaves)
        given, along = ([pair[place] for pair in pairs] for place in (0, 1))
        found: Sequence[Any] = torch.autograd.grad(given, leaves, along, retain_graph=True, create_graph=create, allow_unused=True)
        return found

    def push(self, arrays: Sequence[Array], directions: Sequence[Array]) -> list[Array]:
        import torch

        at, along = (tuple(torch.tensor(np.array(x)) for x in given) for given in (arrays, directions))
        return [out.numpy() for out in torch.func.jvp(lambda *xs: tuple(self.of(xs)), at, along)[1]]

    def derivative(self, seed: int) -> Torch:
        import torch

        def gradient(*leaves: Any) -> Any:
            outs = self.of(leaves)
            drawn = [w for w in weights([out.detach().numpy() for out in outs], seed)]
            found = self._gradients(outs, leaves, drawn, True)
            return [torch.zeros_like(x) if g is None else g for g, x in zip(found, leaves, strict=True)]

        return Torch(gradient)

    def maybe_analytic(self, arrays: Sequence[Array]) -> bool:
        return False


FACES: dict[str, Callable[..., Any]] = {"autograd": Recorded, "jax": Jax, "torch": Torch}

"""Reverse-mode differentiation on NumPy that shows where the gradient went.

    import autograd
    x = autograd.Tensor([1.0, 2.0], requires_grad=True)
    y = (x + autograd.tanh(x)).sum()
    autograd.routes(y).draw()

This is gradroutes' engine, not PyPI's package of the same import name.
"""

from __future__ import annotations

from typing import Any

from autograd.declare import composites as _composites
from autograd.declare import op, registry
from autograd.graph import config, enable_grad, is_recording, keeping, no_grad, scope
from autograd.ops import methods as _methods  # noqa: F401  (attaches operators and methods)
from autograd.tensor import Tensor, as_tensor
from autograd.transforms import (
    checkpoint,
    elementwise_grad,
    grad,
    gradients,
    hessian,
    hvp,
    jacobian,
    jvp,
    value_and_grad,
    vjp,
)

__version__ = "0.1.0"
_HIDDEN = {"einsum", "put", "pick", "cast", "pad_constant"}
globals().update({name: operation.function for name, operation in registry.items() if name not in _HIDDEN})
globals().update(_composites)
globals().update(amax=registry["max"].function, amin=registry["min"].function, abs=registry["absolute"].function,
                 concat=registry["concatenate"].function, mod=registry["remainder"].function, astype=_methods.METHODS["astype"],
                 getitem=_methods.METHODS["__getitem__"], degrees=registry["rad2deg"].function, around=registry["round"].function,
                 radians=registry["deg2rad"].function, acos=registry["arccos"].function, permute_dims=registry["transpose"].function)


def routes(loss: Tensor, wrt: Any = None, keep: str = "arrays") -> Any:
    """Where the gradient of `loss` went: every edge's contribution and every residual join; see `autograd.routing`."""
    from autograd.routing import trace

    return trace(loss, wrt, keep)


def draw(tensor: Tensor, level: str | None = None, theme: str = "auto", **options: Any) -> Any:
    """The graph of a tensor as a picture, with or without gradients; see `autograd.pictures`."""
    from autograd.pictures import picture_of

    return picture_of(tensor, level, theme, **options)


__all__ = [
    "Tensor", "as_tensor", "checkpoint", "config", "draw", "elementwise_grad", "enable_grad", "grad", "gradients", "hessian", "hvp",
    "is_recording", "jacobian", "jvp", "keeping", "no_grad", "op", "routes", "scope", "value_and_grad", "vjp",
]

"""Reverse-mode differentiation on NumPy that shows where the gradient went.

    import autograd
    x = autograd.Tensor([1.0, 2.0], requires_grad=True)
    y = (x + autograd.tanh(x)).sum()
    autograd.routes(y).draw()

This is gradroutes' engine, not PyPI's package of the same import name.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from autograd.declare import composites as _composites
from autograd.declare import gradient_parts, op, registry
from autograd.exchange import from_dlpack
from autograd.graph import config, enable_grad, is_recording, keeping, no_grad, scope
from autograd.ops import methods as _methods
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

if TYPE_CHECKING:  # what is made below, type checkers read in __init__.pyi
    from autograd.pictures.picture import Picture
    from autograd.routing.report import Routes


def __getattr__(name: str) -> Any:
    """What takes the routes along comes when it is asked for: they would be a fifth of our import time."""
    from importlib import import_module

    if name == "linalg":
        return import_module("autograd.linalg")
    if name == "Recorder":
        return import_module("autograd.recorder").Recorder
    raise AttributeError(f"module 'autograd' has no attribute {name!r}")


__version__ = "0.1.0"
_HIDDEN = {"einsum", "put_at", "pick", "cast", "pad_constant", "basis_beside", "square_lu"}
globals().update({name: operation.function for name, operation in registry.items() if name not in _HIDDEN})
globals().update(_composites)
_ALIASES = {
    "amax": "max", "amin": "min", "abs": "absolute", "concat": "concatenate", "mod": "remainder", "around": "round",
    "degrees": "rad2deg", "radians": "deg2rad", "acos": "arccos", "asin": "arcsin", "atan": "arctan", "atan2": "arctan2",
    "acosh": "arccosh", "asinh": "arcsinh", "atanh": "arctanh", "pow": "power", "permute_dims": "transpose",
    "mul": "multiply", "sub": "subtract", "neg": "negative", "true_divide": "divide",
    "fix": "trunc", "conj": "real", "conjugate": "real", "real_if_close": "real", "clone": "copy", "trapz": "trapezoid",
    "pinverse": "pinv", "unfold_windows": "unfold", "fold": "col2im",
}  # fmt: skip
globals().update({alias: globals()[name] for alias, name in _ALIASES.items()})
globals().update({name: getattr(Tensor, name) for name in ("argmax", "argmin", "argsort")})  # integers: no operations
globals().update(astype=_methods.METHODS["astype"], getitem=_methods.METHODS["__getitem__"])


def routes(loss: Tensor, wrt: Any = None, keep: str = "arrays") -> Routes:
    """Where the gradient of `loss` went: every edge's contribution and every residual join.

    A sweep of its own: no `.grad` is touched, nothing of the graph is changed or released. Ask before `backward`.

    Parameters
    ----------
    loss : Tensor
        One number that records.
    wrt : Tensor or list of Tensor, optional
        Where to; default: every leaf that requires a gradient. With the network's input alone, weights are not visited.
    keep : {"arrays", "scalars"}
        Keep every edge's contribution, or only its norm, dot product and cosine: memory then grows with edges.

    Returns
    -------
    Routes
        `.joins` (kind, shares, norms, cosine), `.contributions(x)`, `.gradient(x)`, `.edges`, `.path_lengths(x)`, `.draw()`.

    Raises
    ------
    RuntimeError
        Without a graph, for more than one number, or on a graph that an earlier backward released.
    ValueError, TypeError
        If `wrt` is no tensor that the loss depends on, or `keep` is another word.

    Notes
    -----
    What lies inside a `checkpoint` is one operation here: joins in it are not seen.

    Examples
    --------
    >>> import numpy as np, autograd
    >>> x = autograd.Tensor([0.5, -1.0], requires_grad=True)
    >>> found = autograd.routes((x + np.sin(x)).sum(), x)
    >>> found.joins
    [<Join 'join 1': identity, skip 58.0%, branch 42.0%>]
    >>> skip, branch = found.contributions(x)
    >>> skip, branch
    (Tensor([1., 1.]), Tensor([0.87758256, 0.54030231]))
    """
    from autograd import routing

    return routing.trace(loss, wrt, keep, draw)


def draw(tensor: Tensor, level: str | None = None, theme: str = "auto", **options: Any) -> Picture:
    """The graph of a tensor as a picture, with or without gradients; see `autograd.pictures`."""
    from autograd import pictures

    return pictures.picture_of(tensor, level, theme, **options)


__all__ = [
    "Recorder", "Tensor", "as_tensor", "checkpoint", "config", "draw", "elementwise_grad", "enable_grad", "from_dlpack", "grad",
    "gradient_parts", "gradients", "hessian", "hvp", "is_recording", "jacobian", "jvp", "keeping", "linalg", "no_grad", "op",
    "routes", "scope", "value_and_grad", "vjp",
]  # fmt: skip

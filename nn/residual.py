"""Residual connections: y = F(x) + x, around any module, and the dense block of the derivation.

Every block here has two switches. ``residual = False`` leaves the skip out: with all of them off a network is its plain twin,
the same F and the same weights. ``active = False`` leaves F out: the block is then its skip alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

import autograd
from nn import functional as F
from nn import init
from nn.dropouts import DropPath
from nn.module import Module, Parameter
from nn.randomness import generator_or_shared


class Switchable(Module):
    """What all residual blocks share: the two switches and the join."""

    residual: bool
    active: bool
    drop_path: Module | None  # applied to F(x): stochastic depth

    def __new__(cls, *args: Any, **kwargs: Any) -> Any:
        block = super().__new__(cls)
        block.__dict__.update(residual=True, active=True, drop_path=None)
        return block

    def join(self, x: Any, branch: Callable[[Any], Any], shortcut: Callable[[Any], Any] | None = None) -> Any:
        """F(x) + shortcut(x), or what the switches leave of it."""
        if not self.residual:
            return branch(x)
        skip = x if shortcut is None else shortcut(x)
        if not self.active:
            return skip
        out = branch(x) if self.drop_path is None else self.drop_path(branch(x))
        if out.shape != skip.shape:
            self._refuse(out, skip, shortcut is None)
        return out + skip

    def _refuse(self, out: Any, skip: Any, identity: bool) -> None:
        advice = "pass shortcut=, a module that maps x to F(x)'s shape" if identity else "the shortcut must give F(x)'s shape"
        raise ValueError(f"{type(self).__name__}: F(x) has shape {out.shape}, the skip {skip.shape}; {advice}")

    def extra_repr(self) -> str:
        off = [name for name, on in (("residual", self.residual), ("active", self.active)) if not on]
        return ", ".join(f"{name}=False" for name in off)


class Residual(Switchable):
    """y = after(scale · F(x) + shortcut(x)).

    Parameters
    ----------
    branch : Module
        F, the residual function.
    shortcut : Module, optional
        The identity where left out.
    after : Module, optional
        Applied to the sum, as the ReLU of He et al. 2015, equation 2.
    residual : bool
        False: the plain twin, y = after(scale · F(x)).
    scale : float, optional
        The first value of a learnt number before F; 0 starts as the identity (SkipInit, De and Smith 2020; ReZero, Bachlechner
        et al. 2020). Without it there is no such parameter.

    Examples
    --------
    >>> import nn
    >>> block = nn.Residual(nn.Identity())
    >>> block([1.0, 2.0])
    Tensor([2., 4.])
    """

    def __init__(
        self,
        branch: Module,
        shortcut: Module | None = None,
        after: Module | None = None,
        residual: bool = True,
        scale: float | None = None,
    ) -> None:
        for name, part in (("branch", branch), ("shortcut", shortcut), ("after", after)):
            if not callable(part) and (part is not None or name == "branch"):
                raise TypeError(f"Residual: {name} is a module, given {type(part).__name__}")
        self.branch, self.shortcut, self.after = branch, shortcut, after
        self.residual = residual
        self.scale = None if scale is None else Parameter(scale, name="α")

    def function(self, x: Any) -> Any:
        """F(x), scaled where asked for."""
        return self.branch(x) if self.scale is None else self.branch(x) * self.scale

    def forward(self, x: Any) -> Any:
        y = self.join(autograd.as_tensor(x), self.function, self.shortcut)
        return y if self.after is None else self.after(y)


def _named(tensor: Any, name: str) -> Any:
    tensor.name = name
    return tensor


SIGMAS: dict[str, Callable[[Any], Any]] = {
    "relu": F.relu, "sigmoid": F.sigmoid, "tanh": F.tanh, "gelu": F.gelu, "silu": F.silu, "softplus": F.softplus,
    "elu": F.elu, "leaky_relu": F.leaky_relu, "identity": autograd.as_tensor,
}  # fmt: skip


def sigma_named(sigma: str | Callable[[Any], Any]) -> Callable[[Any], Any]:
    """An activation by name, or the function that was given."""
    if callable(sigma):
        return sigma
    if sigma not in SIGMAS:
        raise ValueError(f"sigma is a function or one of {', '.join(SIGMAS)}; given {sigma!r}")
    return SIGMAS[sigma]


class ResidualBlock(Switchable):
    """The dense block of the derivation: y = F(x) + x, F(x) = σ(W₂ σ(W₁ x + b₁) + b₂).

    In its symbols z₁ = W₁x + b₁, h₁ = σ(z₁), z₂ = W₂h₁ + b₂, h₂ = σ(z₂), y = h₂ + x; these are the names of the intermediate
    tensors, so that pictures and errors show them. x is one vector, or rows of a batch.

    Parameters
    ----------
    width : int
        Entries of x.
    hidden : int, optional
        Entries of h₁; default `width`.
    sigma : str or callable
        σ.
    trailing : bool
        False leaves the second σ out: h₂ = z₂, so that F can also take away (He et al. 2016 measured it better).
    depth : int
        How many such blocks follow each other: W₂ starts scaled by depth^-½, for without a norm the sum of He-initialised
        branches grows with depth.
    zero_last : bool
        Start with W₂ = 0, that is with the identity. Refused where σ'(0) = 0 and σ is trailing.
    residual : bool
        False: the plain twin, y = h₂.

    Examples
    --------
    >>> import numpy as np, nn
    >>> block = nn.ResidualBlock(4, sigma="tanh", generator=0)
    >>> block(np.ones((2, 4), np.float32)).shape
    (2, 4)
    """

    def __init__(
        self, width: int, hidden: int | None = None, sigma: str | Callable[[Any], Any] = "relu", *,
        trailing: bool = True, depth: int = 1, zero_last: bool = False, residual: bool = True,
        dtype: Any = np.float32, generator: Any = None,
    ) -> None:  # fmt: skip
        self.width, self.hidden = width, width if hidden is None else hidden
        self.sigma = sigma_named(sigma)
        self.sigma_name = sigma if isinstance(sigma, str) else getattr(sigma, "__name__", "σ")
        self.trailing, self.residual = trailing, residual
        if zero_last and trailing:
            init.refuse_dead(self.sigma, self.sigma_name)
        self.W1 = Parameter(np.zeros((self.hidden, width), dtype), dtype=dtype, name="W₁")
        self.b1 = Parameter(np.zeros(self.hidden, dtype), dtype=dtype, name="b₁")
        self.W2 = Parameter(np.zeros((width, self.hidden), dtype), dtype=dtype, name="W₂")
        self.b2 = Parameter(np.zeros(width, dtype), dtype=dtype, name="b₂")
        self.reset_parameters(depth, zero_last, generator)

    def reset_parameters(self, depth: int = 1, zero_last: bool = False, generator: Any = None) -> None:
        """He's normal for ReLU-like σ, Xavier's for the others; biases zero; W₂ times depth^-½, or zero."""
        random = generator_or_shared(generator)
        saturating = self.sigma_name in ("sigmoid", "tanh", "identity")
        draw = init.xavier_normal_ if saturating else init.kaiming_normal_
        draw(self.W1, generator=random)
        draw(self.W2, generator=random)
        self.W2.data = self.W2.data * self.W2.dtype.type(0.0 if zero_last else depth**-0.5)

    def function(self, x: Any) -> Any:
        """F(x) = h₂."""
        z1 = _named(F.linear(x, self.W1, self.b1), "z₁")
        h1 = _named(self.sigma(z1), "h₁")
        z2 = _named(F.linear(h1, self.W2, self.b2), "z₂")
        return _named(self.sigma(z2), "h₂") if self.trailing else _named(z2, "h₂")

    def forward(self, x: Any) -> Any:
        x = autograd.as_tensor(x)
        y = self.join(x, self.function)
        return _named(y, "y") if y is not x else y

    def extra_repr(self) -> str:
        sizes = f"width={self.width}, hidden={self.hidden}, sigma={self.sigma_name}, trailing={self.trailing}"
        return ", ".join(filter(None, (sizes, super().extra_repr())))


# ----------------------------------------------------------------------------------------------------------- switches


def residual_blocks(module: Module) -> list[Switchable]:
    """The blocks of a network that have a skip, in order."""
    return [each for each in module.modules() if isinstance(each, Switchable)]


def stochastic_depth_(module: Module, p: float = 0.5, generator: Any = None) -> Module:
    """Let training leave out whole F at random, the l-th of L blocks with probability p · l / L (Huang et al. 2016, equation 4).

    A sample at a time; what stays is scaled up, so that evaluation needs no other scale. 0 takes it away again.

    Examples
    --------
    >>> import nn
    >>> model = nn.stochastic_depth_(nn.resnet20(), 0.5, generator=0)
    >>> [round(block.drop_path.p, 2) for block in nn.residual_blocks(model)][-2:]
    [0.44, 0.5]
    """
    if not 0 <= p < 1:
        raise ValueError(f"stochastic depth: p is a probability below 1, given {p}")
    random = None if generator is None else generator_or_shared(generator)
    blocks = residual_blocks(module)
    for number, block in enumerate(blocks, 1):
        block.drop_path = DropPath(p * number / len(blocks), generator=random) if p else None
    return module


@contextmanager
def _switched(blocks: list[Switchable], switch: str) -> Iterator[None]:
    before = [getattr(block, switch) for block in blocks]
    try:
        for block in blocks:
            setattr(block, switch, False)
        yield
    finally:
        for block, on in zip(blocks, before, strict=True):
            setattr(block, switch, on)


@contextmanager
def without_skips(module: Module) -> Iterator[Module]:
    """Inside, the network is its plain twin: the same F and weights, no skips.

    Examples
    --------
    >>> import nn
    >>> block = nn.Residual(nn.Identity())
    >>> with nn.without_skips(block):
    ...     block([1.0])
    Tensor([1.])
    """
    with _switched(residual_blocks(module), "residual"):
        yield module


@contextmanager
def without_branch(block: Switchable) -> Iterator[Switchable]:
    """Inside, this block's F is left out and only its skip is there (Veit et al. 2016 delete blocks so)."""
    if not isinstance(block, Switchable):
        raise TypeError(f"without_branch takes a residual block, given {type(block).__name__}")
    with _switched([block], "active"):
        yield block

"""The peers: which adapter, which environment, which packages. Importing this imports none of them."""

from __future__ import annotations

import importlib
from dataclasses import dataclass, field
from typing import Any

from ..backend import Backend


@dataclass(frozen=True)
class Peer:
    title: str
    adapter: str  # "module:Class" below this package
    environment: str
    options: dict[str, Any] = field(default_factory=dict)


# What each environment installs; threadpoolctl tells which BLAS kernel runs.
ENVIRONMENTS: dict[str, list[str]] = {
    "gradroutes": ["numpy>=2.0", "graphviz>=0.20", "numba", "threadpoolctl"],
    "torch": ["torch==2.13.*", "numpy", "threadpoolctl"],
    "jax": ["jax", "numpy", "threadpoolctl"],
    "mygrad": ["mygrad", "numpy", "threadpoolctl"],
    "hips": ["autograd", "numpy", "scipy", "threadpoolctl"],
    "micrograd": ["micrograd", "numpy", "threadpoolctl"],
}

PEERS: dict[str, Peer] = {
    "floor": Peer("NumPy by hand", "floor:Floor", "gradroutes"),
    "gradroutes": Peer("gradroutes", "gradroutes:Gradroutes", "gradroutes"),
    "gradroutes-fast": Peer("gradroutes, fast", "gradroutes:Gradroutes", "gradroutes", {"fast": True}),
    "gradroutes-allocator": Peer(
        "gradroutes, allocator option", "gradroutes:Gradroutes", "gradroutes", {"allocator": True}
    ),
    "torch": Peer("torch eager", "pytorch:Torch", "torch"),
    "torch-nhwc": Peer("torch eager, channels_last", "pytorch:Torch", "torch", {"channels_last": True}),
    "torch-compile": Peer("torch.compile", "pytorch:Torch", "torch", {"compiled": True}),
    "jax": Peer("jax jit", "jaxjit:Jax", "jax"),
    "mygrad": Peer("MyGrad", "mygrads:MyGrad", "mygrad"),
    "hips": Peer("HIPS autograd", "hips:Hips", "hips"),
    "micrograd": Peer("micrograd", "micrograds:Micrograd", "micrograd"),
    "micrograd-nogc": Peer("micrograd, gc off", "micrograds:Micrograd", "micrograd", {"collect": False}),
}


def adapter(name: str) -> Any:
    """The adapter's class; this imports the peer's library."""
    module, _, attribute = PEERS[name].adapter.partition(":")
    return getattr(importlib.import_module(f"{__name__}.{module}"), attribute)


def create(name: str, threads: int = 1) -> Backend:
    """A fresh backend, with nothing drawn yet."""
    return adapter(name)(threads=threads, **PEERS[name].options)

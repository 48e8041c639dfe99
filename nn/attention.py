"""Attention by several heads, under PyTorch's names."""

from __future__ import annotations

from typing import Any

import numpy as np

import autograd
from nn import functional as F
from nn import init
from nn.dense import Linear
from nn.functional.scores import added_mask, attention_weights
from nn.module import Module, Parameter
from nn.randomness import generator_or_shared


class MultiheadAttention(Module):
    """Attention by several heads side by side (Vaswani et al. 2017, section 3.2.2).

    Parameters
    ----------
    embed_dim, num_heads : int
        Features, and into how many heads they are divided.
    batch_first : bool
        Inputs (N, L, E) instead of (L, N, E); one sequence (L, E) is taken either way.
    add_bias_kv : bool
        A learnt key and value after the given ones.
    add_zero_attn : bool
        A key and a value of zeros after these.
    kdim, vdim : int, optional
        Features of keys and values where they are not `embed_dim`; each part then has a weight of its own.
    """

    def __init__(
        self, embed_dim: int, num_heads: int, dropout: float = 0.0, bias: bool = True, add_bias_kv: bool = False,
        add_zero_attn: bool = False, kdim: int | None = None, vdim: int | None = None, batch_first: bool = False,
        dtype: Any = np.float32, generator: Any = None,
    ) -> None:  # fmt: skip
        if num_heads < 1 or embed_dim % num_heads:
            raise ValueError(f"MultiheadAttention: {embed_dim} features do not divide into {num_heads} heads")
        random = generator_or_shared(generator)
        self.embed_dim, self.num_heads, self.dropout, self.batch_first = embed_dim, num_heads, dropout, batch_first
        self.dims, self.add_zero_attn = (embed_dim, kdim or embed_dim, vdim or embed_dim), add_zero_attn
        self._project(dtype, random)
        self.in_proj_bias = Parameter(np.zeros(3 * embed_dim, dtype), dtype=dtype) if bias else None
        self.bias_k, self.bias_v = (self._extra(dtype, random) if add_bias_kv else None for _ in range(2))
        self.out_proj = Linear(embed_dim, embed_dim, bias, dtype=dtype, generator=random)
        if self.out_proj.bias is not None:
            init.zeros_(self.out_proj.bias)

    def _project(self, dtype: Any, random: Any) -> None:
        """One weight for query, key and value where all have the same features, else three."""
        alike = len(set(self.dims)) == 1
        shapes = {"in_proj_weight": (3 * self.embed_dim, self.embed_dim)} if alike else {
            f"{part}_proj_weight": (self.embed_dim, dim) for part, dim in zip("qkv", self.dims, strict=True)
        }  # fmt: skip
        for name, shape in shapes.items():
            weight = Parameter(np.empty(shape, dtype), dtype=dtype)
            init.xavier_uniform_(weight, generator=random)
            setattr(self, name, weight)

    def _extra(self, dtype: Any, random: Any) -> Parameter:
        bias = Parameter(np.empty((1, 1, self.embed_dim), dtype), dtype=dtype)
        init.xavier_normal_(bias, generator=random)
        return bias

    def forward(
        self, query: Any, key: Any, value: Any, key_padding_mask: Any = None, need_weights: bool = True,
        attn_mask: Any = None, average_attn_weights: bool = True, is_causal: bool = False,
    ) -> tuple[Any, Any]:  # fmt: skip
        """Output and weights (or None). Boolean masks are True where attention is *not* allowed, as in PyTorch.

        `is_causal` lets query i see keys up to i; beside an `attn_mask` it says nothing new, and the mask holds.
        """
        single = autograd.as_tensor(query).ndim == 2
        given = [self._batched(autograd.as_tensor(x), single, dim) for x, dim in zip((query, key, value), self.dims, strict=True)]
        q, k, v = (self._heads(x, part) for part, x in enumerate(given))
        if is_causal and attn_mask is None:
            attn_mask = ~np.tri(given[0].shape[1], given[1].shape[1], dtype=bool)
        weights = attention_weights(q, k, self._mask(attn_mask, key_padding_mask, q))
        dropped = F.dropout(weights, self.dropout, training=self.training)
        out = self.out_proj((dropped @ v).swapaxes(1, 2).reshape(given[0].shape))
        return self._as_given(out, single), self._shown(weights, single, average_attn_weights) if need_weights else None

    def _batched(self, x: Any, single: bool, features: int) -> Any:
        """(N, L, E)."""
        if x.shape[-1] != features:
            raise ValueError(f"MultiheadAttention of {features} features given {x.shape}")
        return x.reshape((1, *x.shape)) if single else x if self.batch_first else x.swapaxes(0, 1)

    def _as_given(self, out: Any, single: bool) -> Any:
        return out.reshape(out.shape[1:]) if single else out if self.batch_first else out.swapaxes(0, 1)

    def _heads(self, x: Any, part: int) -> Any:
        """Query, key or value (part 0, 1, 2) of each head: (N, heads, L, features of a head)."""
        rows = slice(part * self.embed_dim, (part + 1) * self.embed_dim)
        bias = None if self.in_proj_bias is None else self.in_proj_bias[rows]
        weight = vars(self)["in_proj_weight"][rows] if "in_proj_weight" in vars(self) else getattr(self, f"{'qkv'[part]}_proj_weight")
        out = F.linear(x, weight, bias)
        if part:
            out = self._extended(out, (self.bias_k, self.bias_v)[part - 1])
        return out.reshape((*out.shape[:2], self.num_heads, -1)).swapaxes(1, 2)

    def _extended(self, x: Any, bias: Any) -> Any:
        """Keys or values (N, S, E), the learnt one and zeros behind them where asked for."""
        shape = (x.shape[0], 1, self.embed_dim)
        more = [] if bias is None else [autograd.broadcast_to(bias, shape)]
        more += [np.zeros(shape, x.dtype)] if self.add_zero_attn else []
        return autograd.concatenate([x, *more], axis=1) if more else x

    def _extended_mask(self, mask: Any, dtype: Any) -> Any:
        """What is added to the scores; keys that are ours are always allowed."""
        mask = _refusing(mask, dtype)
        more = (self.bias_k is not None) + self.add_zero_attn
        return autograd.pad(mask, [(0, 0)] * (mask.ndim - 1) + [(0, more)]) if more else mask

    def _mask(self, mask: Any, padding: Any, q: Any) -> Any:
        """Both masks as one, to be added to scores (N, heads, queries, keys)."""
        masks = []
        if mask is not None:
            mask = self._extended_mask(mask, q.dtype)
            masks.append(mask.reshape((q.shape[0], self.num_heads, *mask.shape[1:])) if mask.ndim == 3 else mask)
        if padding is not None:
            padding = self._extended_mask(padding, q.dtype)
            masks.append(padding.reshape((-1, 1, 1, padding.shape[-1])))
        return sum(masks[1:], start=masks[0]) if masks else None

    def _shown(self, weights: Any, single: bool, average: bool) -> Any:
        weights = weights.mean(axis=1) if average else weights
        return weights[0] if single else weights


def _refusing(mask: Any, dtype: Any) -> Any:
    """A mask that is True where attention is not allowed, as what is added."""
    mask = autograd.as_tensor(mask)
    return added_mask(~mask.data if mask.dtype == bool else mask, dtype)

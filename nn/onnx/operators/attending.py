"""Attention in all the forms that ONNX gives it, and rotary positions."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

import autograd
from nn.onnx.operators.registry import Attributes, operator, plain

Array = np.ndarray[Any, Any]


def _headed(x: Any, heads: int | None) -> Any:
    """(batch, steps, heads·size) as (batch, heads, steps, size); four axes stay."""
    if x.ndim == 4 or heads is None:
        return x
    batch, steps, width = x.shape
    return autograd.transpose(autograd.reshape(x, (batch, steps, heads, width // heads)), (0, 2, 1, 3))


class _Places(NamedTuple):
    """How many queries and keys, and how many keys lie before the first query: one number, or one a sample."""

    queries: int
    keys: int
    before: Array

    def distances(self) -> Array:
        """How far each key lies behind its query, (samples or 1, 1, queries, keys)."""
        ahead: Array = np.arange(self.queries)[:, None] - np.arange(self.keys)
        return np.add(self.before.reshape(-1, 1, 1, 1), ahead)


def _seen(attributes: Attributes, places: _Places, valid: Any) -> Array:
    """Which keys a query sees, by order, window and padding."""
    behind = places.distances()
    seen = np.ones(behind.shape, bool)
    left, right = attributes.get("left_window_size", -1), attributes.get("right_window_size", -1)
    if attributes.get("is_causal", 0):
        seen &= behind >= 0
    if left >= 0:
        seen &= behind <= left
    if right >= 0:
        seen &= -behind <= right
    if valid is not None:
        seen = seen & (np.arange(places.keys) < plain(valid).reshape(-1, 1, 1, 1))
    return seen


def _with_mask(scores: Any, mask: Any, seen: Array) -> tuple[Any, Array]:
    """A mask of truths narrows what is seen, one of numbers is added; too short a one hides the rest."""
    if mask is None:
        return scores, seen
    missing = seen.shape[-1] - mask.shape[-1]
    widths = [(0, 0)] * (mask.ndim - 1) + [(0, max(missing, 0))]
    if plain(mask).dtype.kind == "b":
        return scores, seen & np.pad(plain(mask), widths)
    hidden = np.pad(np.zeros(mask.shape, bool), widths, constant_values=True) | np.pad(np.isneginf(plain(mask)), widths)
    finite = autograd.pad(autograd.where(np.isneginf(plain(mask)), np.zeros((), mask.dtype), mask), widths)
    return scores + finite, seen & ~hidden


def _weights(scores: Any, seen: Array) -> Any:
    """Softmax over what is seen; a query that sees nothing weighs nothing."""
    seen = np.broadcast_to(seen, scores.shape)
    low = autograd.where(seen, scores, np.asarray(-np.inf, scores.dtype))
    nothing = ~seen.any(-1, keepdims=True)
    weights = autograd.softmax(autograd.where(nothing, np.zeros((), scores.dtype), low), -1)
    return autograd.where(nothing, np.zeros((), scores.dtype), weights)


@operator("Attention")
def attention(
    attributes: Attributes, q: Any, k: Any, v: Any, mask: Any = None, past_key: Any = None, past_value: Any = None, valid: Any = None
) -> Any:
    """softmax(√s·Q (√s·K)ᵀ + mask) V, with keys and values shared by groups of heads, cached, capped and windowed."""
    flat = q.ndim == 3
    heads, groups = attributes.get("q_num_heads"), attributes.get("kv_num_heads")
    q, k, v = _headed(q, heads), _headed(k, groups), _headed(v, groups)
    before = np.zeros(1, np.int64) if past_key is None else np.full(1, past_key.shape[2])
    if past_key is None and valid is not None:
        before = plain(valid) - q.shape[2]
    present_key = k if past_key is None else autograd.concatenate([past_key, k], axis=2)
    present_value = v if past_value is None else autograd.concatenate([past_value, v], axis=2)
    k, v = (autograd.repeat(each, q.shape[1] // each.shape[1], axis=1) for each in (present_key, present_value))
    root = float(q.dtype.type(math.sqrt(attributes.get("scale") or 1 / math.sqrt(q.shape[3]))))
    raw = autograd.matmul(q * root, autograd.swapaxes(k * root, -1, -2))
    cap = attributes.get("softcap", 0.0)
    capped = autograd.tanh(raw / cap) * cap if cap else raw
    added, seen = _with_mask(capped, mask, _seen(attributes, _Places(q.shape[2], k.shape[2], before), valid))
    weights = _weights(_precise(attributes, added), seen).astype(q.dtype)
    out = autograd.matmul(weights, v)
    if flat:
        out = autograd.reshape(autograd.transpose(out, (0, 2, 1, 3)), (out.shape[0], out.shape[2], -1))
    shown = _shown(attributes, raw, capped, added, seen, weights)
    return (out, present_key, present_value, shown)[: max(attributes.outputs, 1)]


def _precise(attributes: Attributes, scores: Any) -> Any:
    number = attributes.get("softmax_precision")
    if not number:
        return scores
    from onnx import helper

    wanted = np.dtype(helper.tensor_dtype_to_np_dtype(number))
    if wanted.kind != "f":
        raise attributes.refuse(f"softmax_precision {wanted}")
    return scores.astype(wanted)


def _shown(attributes: Attributes, raw: Any, capped: Any, added: Any, seen: Array, weights: Any) -> Any:
    """The scores at the stage that is asked for."""
    mode = attributes.get("qk_matmul_output_mode", 0)
    if mode == 2:
        return autograd.where(np.broadcast_to(seen, added.shape), added, np.asarray(-np.inf, added.dtype))
    return {0: raw, 1: capped, 3: weights}[mode]


@operator("RotaryEmbedding")
def rotary(attributes: Attributes, x: Any, cosines: Any, sines: Any, positions: Any = None) -> Any:
    """Pairs of features turned by an angle that grows with the position."""
    shape, heads = x.shape, attributes.get("num_heads", 0)
    if x.ndim == 4:
        x = autograd.transpose(x, (0, 2, 1, 3))
    else:
        x = autograd.reshape(x, (*shape[:2], heads, shape[2] // heads))
    turned = attributes.get("rotary_embedding_dim", 0) or x.shape[3]
    rest, x = x[..., turned:], x[..., :turned]
    if positions is not None:
        cosines, sines = (autograd.take(each, plain(positions), axis=0) for each in (cosines, sines))
    cosines, sines = (autograd.expand_dims(each, 2) for each in (cosines, sines))
    mixed = bool(attributes.get("interleaved", 0))
    one, two = (x[..., 0::2], x[..., 1::2]) if mixed else autograd.split(x, 2, axis=-1)
    parts = [cosines * one - sines * two, sines * one + cosines * two]
    joined = autograd.reshape(autograd.stack(parts, axis=-1), x.shape) if mixed else autograd.concatenate(parts, axis=-1)
    whole = autograd.concatenate([joined, rest], axis=-1)
    return autograd.transpose(whole, (0, 2, 1, 3)) if len(shape) == 4 else autograd.reshape(whole, shape)

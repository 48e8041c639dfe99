"""Sequences of unequal lengths in one batch."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

import autograd


def pad_sequence(sequences: Sequence[Any], batch_first: bool = False, padding_value: float = 0.0, padding_side: str = "right") -> Any:
    """Sequences (length, ...) side by side, (longest, N, ...), the shorter ones padded; differentiable.

    Parameters
    ----------
    sequences : sequence of array_like
        Alike but for their first axis.
    batch_first : bool
        Give (N, longest, ...).
    padding_value : float
    padding_side : str
        "right", behind the end, or "left", before the beginning.

    Examples
    --------
    >>> from nn.utils.rnn import pad_sequence
    >>> pad_sequence([[1.0, 2.0, 3.0], [4.0]], batch_first=True)
    Tensor([[1., 2., 3.],
            [4., 0., 0.]])
    """
    tensors = [autograd.as_tensor(sequence) for sequence in sequences]
    if not tensors or any(tensor.ndim < 1 or tensor.shape[1:] != tensors[0].shape[1:] for tensor in tensors):
        raise ValueError(f"pad_sequence takes sequences alike but for their first axis, given {[tensor.shape for tensor in tensors]}")
    if padding_side not in ("left", "right"):
        raise ValueError(f"padding_side is 'left' or 'right', given {padding_side!r}")
    longest = max(len(tensor) for tensor in tensors)
    padded = [_padded(tensor, longest - len(tensor), padding_value, padding_side) for tensor in tensors]
    return autograd.stack(padded, axis=0 if batch_first else 1)


def _padded(tensor: Any, missing: int, value: float, side: str) -> Any:
    widths = [(missing, 0) if side == "left" else (0, missing), *[(0, 0)] * (tensor.ndim - 1)]
    return autograd.pad(tensor, widths, constant_values=value) if missing else tensor


def unpad_sequence(padded_sequences: Any, lengths: Any, batch_first: bool = False) -> list[Any]:
    """The sequences that `pad_sequence` put side by side, padding behind their ends left away."""
    batch = autograd.as_tensor(padded_sequences)
    batch = batch if batch_first else batch.swapaxes(0, 1)
    sizes = [int(length) for length in np.asarray(lengths)]
    if len(sizes) != len(batch) or not all(0 <= size <= batch.shape[1] for size in sizes):
        raise ValueError(f"unpad_sequence: lengths {sizes} do not fit {len(batch)} sequences of {batch.shape[1]} steps")
    return [batch[place, :size] for place, size in enumerate(sizes)]

"""Bytes as an array, bfloat16 included."""

from __future__ import annotations

from typing import Any

import numpy as np


def from_bytes(data: bytes | bytearray, dtype: str, order: str = "<") -> np.ndarray[Any, Any]:
    """A flat array of its own memory, in the machine's byte order; bfloat16 is the upper half of a float32."""
    if dtype == "bfloat16":
        return (np.frombuffer(data, f"{order}u2").astype(np.uint32) << 16).view(np.float32)
    stored = np.dtype(dtype).newbyteorder(order)  # type: ignore[arg-type]
    return np.frombuffer(data, stored).astype(dtype)

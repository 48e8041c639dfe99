"""Bytes as an array, bfloat16 included."""

from __future__ import annotations

from typing import Any

import numpy as np


class Refused(ValueError):
    """The file is whole, and is not read all the same: the message says why."""


def stored_as(dtype: str, order: str) -> np.dtype[Any]:
    """How the bytes of a dtype are seen before `widened`: bfloat16 as a number of two bytes."""
    return np.dtype("uint16" if dtype == "bfloat16" else dtype).newbyteorder(order)  # type: ignore[arg-type]


def widened(array: np.ndarray[Any, Any], dtype: str) -> np.ndarray[Any, Any]:
    """A contiguous copy in the machine's byte order; bfloat16 is the upper half of a float32."""
    if dtype == "bfloat16":
        return np.asarray(array.astype(np.uint32, order="C") << 16).view(np.float32)
    return array.astype(dtype, order="C")


def from_bytes(data: bytes | bytearray, dtype: str) -> np.ndarray[Any, Any]:
    """A flat array of its own memory, from little-endian bytes."""
    return widened(np.frombuffer(data, stored_as(dtype, "<")), dtype)

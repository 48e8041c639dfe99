"""NumPy's npz, member by member: `np.savez` takes no array called ``file``, and `np.load` may skip a member's checksum."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from typing import Any

import numpy as np

from nn.weights.archive import members


def encode(arrays: Mapping[str, np.ndarray[Any, Any]], metadata: Mapping[str, str] | None = None) -> bytes:
    if metadata:
        raise ValueError("npz has no place for metadata; .safetensors has")
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, array in arrays.items():
            with archive.open(f"{name}.npy", "w", force_zip64=True) as member:
                np.lib.format.write_array(member, array, allow_pickle=False)
    return file.getvalue()


def decode(data: bytes) -> dict[str, np.ndarray[Any, Any]]:
    found = members(data)
    if strangers := [name for name in found if not name.endswith(".npy")]:
        raise ValueError(f"members that are no arrays: {', '.join(strangers)}")
    return {name.removesuffix(".npy"): _array(member) for name, member in found.items()}


def _array(member: bytes) -> np.ndarray[Any, Any]:
    array: np.ndarray[Any, Any] = np.lib.format.read_array(io.BytesIO(member), allow_pickle=False)
    return array

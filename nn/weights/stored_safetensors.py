"""safetensors, with a checksum in its metadata: the format itself would return a flipped bit as a number."""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping
from typing import Any

import numpy as np

from nn.weights.elements import Refused, from_bytes

DTYPES = {
    "BOOL": "bool", "U8": "uint8", "I8": "int8", "U16": "uint16", "I16": "int16", "U32": "uint32", "I32": "int32",
    "U64": "uint64", "I64": "int64", "F16": "float16", "BF16": "bfloat16", "F32": "float32", "F64": "float64",
    "C64": "complex64",
}  # fmt: skip
CHECKSUM = "crc32"
LONGEST_HEADER = 100_000_000  # as the library's own limit


def encode(arrays: Mapping[str, np.ndarray[Any, Any]], metadata: Mapping[str, str] | None = None) -> bytes:
    library = _library()
    if "__metadata__" in arrays:
        raise ValueError("safetensors keeps the name __metadata__ for itself")
    for name, array in arrays.items():
        if array.dtype.name not in DTYPES.values():
            raise TypeError(f"{name}: safetensors has no {array.dtype}; .npz has, or cast it with .astype(...)")
    plain: bytes = library.save(dict(arrays))
    notes = dict(metadata or {})
    return _with_metadata(plain, {**notes, CHECKSUM: str(_checksum(_entries(plain), notes))})


def _with_metadata(plain: bytes, notes: Mapping[str, str]) -> bytes:
    """The library writes metadata in an order of chance; the same weights are to give the same bytes."""
    end = 8 + int.from_bytes(plain[:8], "little")
    header = {"__metadata__": dict(notes), **json.loads(plain[8:end])}
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    return b"".join([len(text).to_bytes(8, "little"), text, memoryview(plain)[end:]])


def decode(data: bytes) -> dict[str, np.ndarray[Any, Any]]:
    entries = _entries(data)
    notes = _metadata(data)
    expected = notes.pop(CHECKSUM, None)
    if expected is not None and expected != str(_checksum(entries, notes)):
        raise ValueError("the checksum differs from the one written with the weights")
    return {name: _array(name, entry) for name, entry in entries.items()}


def metadata(path: Any) -> dict[str, str]:
    """What was written beside the arrays, read without them."""
    with open(path, "rb") as file:
        length = file.read(8)
        header = file.read(min(int.from_bytes(length, "little"), LONGEST_HEADER))
    notes = _metadata(length + header)
    notes.pop(CHECKSUM, None)
    return notes


def _library() -> Any:
    try:
        import safetensors.numpy
    except ImportError as error:
        raise ImportError(".safetensors needs safetensors: pip install 'gradroutes[weights]' (.npz needs nothing but NumPy)") from error
    return safetensors.numpy


def _entries(data: bytes) -> dict[str, dict[str, Any]]:
    """dtype, shape and data by name, the header checked by the library."""
    return dict(sorted(_library().deserialize(data)))


def _metadata(data: bytes) -> dict[str, str]:
    length = int.from_bytes(data[:8], "little")
    found: dict[str, str] = json.loads(data[8 : 8 + length]).get("__metadata__", {})
    return found


def _checksum(entries: Mapping[str, dict[str, Any]], notes: Mapping[str, str]) -> int:
    """Of names, dtypes and shapes too, and of the metadata, if there is any."""
    checksum = zlib.crc32(json.dumps(sorted(notes.items())).encode()) if notes else 0
    for name, entry in entries.items():
        title = json.dumps([name, entry["dtype"], list(entry["shape"])])
        checksum = zlib.crc32(entry["data"], zlib.crc32(title.encode(), checksum))
    return checksum


def _array(name: str, entry: Mapping[str, Any]) -> np.ndarray[Any, Any]:
    if entry["dtype"] not in DTYPES:
        raise Refused(f"{name} has dtype {entry['dtype']}, which NumPy lacks; read are {', '.join(DTYPES)}")
    return from_bytes(entry["data"], DTYPES[entry["dtype"]]).reshape(entry["shape"])

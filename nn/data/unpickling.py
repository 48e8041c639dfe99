"""Arrays out of a pickle that nobody vouches for: CIFAR's python archives.

Nothing a file names is called. The few names that a pickled array needs stand for the classes below, which only keep what
they are given; arrays are then built from plain bytes, so not even NumPy's own ``__setstate__`` sees a damaged state.
"""

from __future__ import annotations

import io
import math
import pickle
import pickletools
from typing import Any

import numpy as np

from nn.data.datasets import Array


class _Encoded:
    """``_codecs.encode(text, "latin1")``: how Python 3 writes bytes for Python 2. A call, so it gives bytes."""

    def __new__(cls, text: str, encoding: str) -> bytes:  # type: ignore[misc]
        if encoding != "latin1":
            raise ValueError(f"bytes are encoded as latin1, not {encoding!r}")
        return text.encode("latin1")


class _Named:
    """The class ndarray itself, as an argument."""


class _Type:
    """``numpy.dtype(code, ...)`` of numbers."""

    def __init__(self, code: str | bytes, *_: object) -> None:
        code = code.decode("ascii") if isinstance(code, bytes) else code
        if not isinstance(code, str) or code[:1] not in "biuf" or not code[1:].isdigit():
            raise ValueError(f"arrays are of numbers, not of dtype {code!r}")
        self.dtype = np.dtype(code)

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        order: Any = state[1].decode("ascii") if isinstance(state[1], bytes) else state[1]
        self.dtype = self.dtype.newbyteorder(order)


class _Array:
    """``numpy.core.multiarray._reconstruct(ndarray, (0,), b"b")``, which gets its contents as a state."""

    def __init__(self, *_: object) -> None:
        self.array: Array | None = None

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        _, shape, kind, by_columns, data = state
        self.array = _built(data, kind, shape, "F" if by_columns else "C")


class _FromBuffer(_Array):
    """``numpy._core.numeric._frombuffer(data, dtype, shape, order)``: the same since protocol 5."""

    def __init__(self, data: Any, kind: Any, shape: Any, order: Any, *_: object) -> None:
        self.array = _built(data, kind, shape, order)


def _built(data: Any, kind: Any, shape: Any, order: Any) -> Array:
    if not isinstance(kind, _Type) or not isinstance(data, (bytes, bytearray)) or order not in ("C", "F"):
        raise ValueError("a pickled array is made of bytes and a dtype of numbers")
    if not isinstance(shape, tuple) or not all(type(size) is int and size >= 0 for size in shape):
        raise ValueError(f"a shape is made of whole numbers, found {shape!r:.80}")
    if len(data) != kind.dtype.itemsize * math.prod(shape):
        raise ValueError(f"{len(data):,} bytes are no {kind.dtype} array of shape {shape}")
    return np.frombuffer(data, kind.dtype).reshape(shape, order=order)


_ALLOWED: dict[tuple[str, str], type] = {
    ("_codecs", "encode"): _Encoded,
    ("numpy", "ndarray"): _Named,
    ("numpy", "dtype"): _Type,
    **{(f"numpy.{core}.multiarray", "_reconstruct"): _Array for core in ("core", "_core")},
    **{(f"numpy.{core}.numeric", "_frombuffer"): _FromBuffer for core in ("core", "_core")},
}


class _Unpickler(pickle.Unpickler):
    def find_class(self, module: str, name: str, /) -> Any:
        if (module, name) not in _ALLOWED:
            raise ValueError(f"the pickle asks for {module}.{name}; only arrays and plain values are read")
        return _ALLOWED[module, name]


def unpickled(content: bytes) -> dict[Any, Any]:
    """The dictionary in a pickle: its arrays, and other values as they are. Python 2's strings are bytes.

    Raises an exception of any kind when the pickle is damaged, or names anything but what an array needs; nothing that
    it names is called.
    """
    _check_memo(content)
    read = _Unpickler(io.BytesIO(content), encoding="bytes").load()
    if not isinstance(read, dict):
        raise ValueError(f"the pickle holds a {type(read).__name__}, not a dictionary")
    return {key: value.array if isinstance(value, _Array) else value for key, value in read.items()}


def _check_memo(content: bytes) -> None:
    """A memo's numbers count up. The C unpickler makes room for whatever number it is told, up to 32 GB of it."""
    for count, (opcode, argument, _) in enumerate(pickletools.genops(content), 1):
        if opcode.name in ("PUT", "BINPUT", "LONG_BINPUT") and int(argument or 0) > count:
            raise ValueError(f"the pickle is damaged: value {argument} of the {count} so far")

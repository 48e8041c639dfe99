"""NumPy's part of a pickle that nobody vouches for: what it names stands for the classes below, which only keep what they are given.

Arrays are then built from plain bytes, so not even NumPy's own ``__setstate__`` sees a damaged state.
"""

from __future__ import annotations

import math
import pickletools
from typing import IO, Any

import numpy as np


class Encoded:
    """``_codecs.encode(text, "latin1")``: how Python 3 writes bytes for Python 2. A call, so it gives bytes."""

    def __new__(cls, text: str, encoding: str) -> bytes:  # type: ignore[misc]
        if encoding != "latin1":
            raise ValueError(f"bytes are encoded as latin1, not {encoding!r}")
        return text.encode("latin1")


class Named:
    """The class ndarray itself, as an argument."""


class NumberType:
    """``numpy.dtype(code, ...)`` of numbers."""

    def __init__(self, code: str | bytes, *_: object) -> None:
        code = code.decode("ascii") if isinstance(code, bytes) else code
        if not isinstance(code, str) or code[:1] not in "biuf" or not code[1:].isdigit():
            raise ValueError(f"arrays are of numbers, not of dtype {code!r}")
        self.dtype = np.dtype(code)

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        order: Any = state[1].decode("ascii") if isinstance(state[1], bytes) else state[1]
        self.dtype = self.dtype.newbyteorder(order)


class Rebuilt:
    """``numpy.core.multiarray._reconstruct(ndarray, (0,), b"b")``, which gets its contents as a state."""

    def __init__(self, *_: object) -> None:
        self.array: np.ndarray[Any, Any] | None = None

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        _, shape, kind, by_columns, data = state
        self.array = _built(data, kind, shape, "F" if by_columns else "C")


class FromBuffer(Rebuilt):
    """``numpy._core.numeric._frombuffer(data, dtype, shape, order)``: the same since protocol 5."""

    def __init__(self, data: Any, kind: Any, shape: Any, order: Any, *_: object) -> None:
        self.array = _built(data, kind, shape, order)


class Scalar:
    """``numpy.core.multiarray.scalar(dtype, bytes)``: a call that gives one number."""

    def __new__(cls, kind: Any, data: Any) -> Any:
        return _built(data, kind, (), "C")[()]


def _built(data: Any, kind: Any, shape: Any, order: Any) -> np.ndarray[Any, Any]:
    if not isinstance(kind, NumberType) or not isinstance(data, (bytes, bytearray)) or order not in ("C", "F"):
        raise ValueError("a pickled array is made of bytes and a dtype of numbers")
    if not isinstance(shape, tuple) or not all(type(size) is int and size >= 0 for size in shape):
        raise ValueError(f"a shape is made of whole numbers, found {shape!r:.80}")
    if len(data) != kind.dtype.itemsize * math.prod(shape):
        raise ValueError(f"{len(data):,} bytes are no {kind.dtype} array of shape {shape}")
    return np.frombuffer(data, kind.dtype).reshape(shape, order=order)


_NUMPY: dict[tuple[str, str], type] = {
    ("_codecs", "encode"): Encoded,
    ("numpy", "ndarray"): Named,
    ("numpy", "dtype"): NumberType,
    **{(f"numpy.{core}.multiarray", "_reconstruct"): Rebuilt for core in ("core", "_core")},
    **{(f"numpy.{core}.numeric", "_frombuffer"): FromBuffer for core in ("core", "_core")},
    **{(f"numpy.{core}.multiarray", "scalar"): Scalar for core in ("core", "_core")},
}


def numpy_names() -> dict[tuple[str, str], type]:
    """What stands for NumPy's names, made anew for each file: a pickle can write attributes onto what it is given."""
    return {key: type(stand_in.__name__, (stand_in,), {}) for key, stand_in in _NUMPY.items()}


def check_memo(file: IO[bytes]) -> None:
    """The next pickle's memo has numbers that count up; the file is left where it was.

    The C unpickler makes room for whatever number it is told, up to 32 GB of it.
    """
    begin = file.tell()
    for count, (opcode, argument, _) in enumerate(pickletools.genops(file), 1):
        if opcode.name in ("PUT", "BINPUT", "LONG_BINPUT") and int(argument or 0) > count:
            raise ValueError(f"the pickle is damaged: value {argument} of the {count} so far")
    file.seek(begin)

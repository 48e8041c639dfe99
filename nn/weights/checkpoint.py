"""PyTorch's checkpoints, of today (a zip) and of before 1.6 (pickles in a row, then the numbers): read, never run."""

from __future__ import annotations

import io
import struct
from typing import Any

from nn.weights.archive import members, names
from nn.weights.elements import Refused
from nn.weights.unpickler import Unpickler, named_arrays

ZIP = b"PK"
LEGACY_MAGIC, LEGACY_PROTOCOL = 0x1950A86A20F9469CFC6C, 1001


def decode(data: bytes) -> Any:
    """The checkpoint with every tensor as an array; a storage that tensors shared is copied for each."""
    return _from_zip(data) if data.startswith(ZIP) else _from_pickles(data)


def _from_zip(data: bytes) -> Any:
    if any(name.endswith("/constants.pkl") for name in names(data)):
        raise Refused("this is a TorchScript program, which would have to be run: save its state_dict() instead")
    found = {name.partition("/")[2]: member for name, member in members(data, packed=False).items()}
    if "data.pkl" not in found:
        raise ValueError("a zip without data.pkl is no PyTorch checkpoint")
    unpickler = Unpickler(io.BytesIO(found["data.pkl"]))
    content = unpickler.load()
    order = _order(found.get("byteorder", b"little").decode())
    for storage in unpickler.storages.values():
        storage.fill(_member(found, f"data/{storage.key}"), order)
    return named_arrays(content, len(data))


def _member(found: dict[str, bytes], name: str) -> bytes:
    if name not in found:
        raise ValueError(f"its member {name} is missing")
    return found[name]


def _order(name: str) -> str:
    orders = {"little": "<", "big": ">"}
    if name not in orders:
        raise ValueError(f"byte order {name!r}, expected little or big")
    return orders[name]


def _from_pickles(data: bytes) -> Any:
    """Magic number, protocol, the writer's machine, the object, the storages' keys; then each storage with its length."""
    file = io.BytesIO(data)
    header = [Unpickler(file).load() for _ in range(3)]
    if header[:2] != [LEGACY_MAGIC, LEGACY_PROTOCOL] or not isinstance(header[2], dict):
        raise ValueError("neither a zip nor a PyTorch checkpoint of before 1.6")
    unpickler = Unpickler(file)
    content = unpickler.load()
    keys = Unpickler(file).load()
    if sorted(keys) != sorted(unpickler.storages):
        raise ValueError("the storages listed are not those that the tensors name")
    for key in keys:
        (count,) = struct.unpack("<q", file.read(8))
        storage = unpickler.storages[key]
        storage.check(count)
        # The numbers are little-endian on every machine; the header's `little_endian` tells of the writer's only.
        storage.fill(file.read(count * storage.itemsize), "<")
    if file.read(1):
        raise ValueError("there are bytes after the last storage")
    return named_arrays(content, len(data))

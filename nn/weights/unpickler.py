"""An unpickler that makes tensors and plain containers, and refuses everything else before it is called.

A pickle is a program: it names callables and calls them. Here each name is looked up in a table, never imported; PyTorch's
own (``torch.load(weights_only=True)``) would need PyTorch.
"""

from __future__ import annotations

import pickle
from collections import OrderedDict
from collections.abc import Callable, Iterator
from math import prod
from typing import Any, NamedTuple

import numpy as np

from nn.pickled import Rebuilt, check_memo, numpy_names
from nn.weights.elements import Refused, stored_as, widened

# PyTorch's names of what a storage holds, and of dtypes: ours, or None for plain bytes.
STORAGES: dict[str, str | None] = {
    "DoubleStorage": "float64", "FloatStorage": "float32", "HalfStorage": "float16", "BFloat16Storage": "bfloat16",
    "LongStorage": "int64", "IntStorage": "int32", "ShortStorage": "int16", "CharStorage": "int8", "ByteStorage": "uint8",
    "BoolStorage": "bool", "ComplexFloatStorage": "complex64", "ComplexDoubleStorage": "complex128",
}  # fmt: skip
SMALL = 1 << 28  # bytes that tensors may take, whatever the file's size
DTYPES = sorted({dtype for dtype in STORAGES.values() if dtype} | {"uint16", "uint32", "uint64"})


class Dtype(NamedTuple):
    """What ``torch.float32`` or ``torch.FloatStorage`` says; None for bytes."""

    name: str | None

    @property
    def itemsize(self) -> int:
        return 2 if self.name == "bfloat16" else np.dtype(self.name or "uint8").itemsize


class Storage:
    """A row of numbers, known by its key before its bytes are read."""

    def __init__(self, dtype: Dtype, key: str, count: int) -> None:
        self.dtype, self.key, self.count, self.itemsize = dtype, key, count, dtype.itemsize
        self.data, self.order = b"", "<"

    def check(self, count: int) -> None:
        if count != self.count:
            raise ValueError(f"storage {self.key} has {count} elements, and the tensors say {self.count}")

    def fill(self, data: bytes, order: str) -> None:
        if len(data) != self.count * self.itemsize:
            raise ValueError(f"storage {self.key} has {len(data)} bytes, expected {self.count * self.itemsize}")
        self.data, self.order = data, order


class View(NamedTuple):
    """A tensor: offset, shape and strides, in elements, of a storage."""

    storage: Storage
    offset: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]
    dtype: Dtype
    bits: dict[str, bool]

    def array(self) -> np.ndarray[Any, Any]:
        """A contiguous copy; a view that leaves its storage is refused, as it would read foreign memory."""
        dtype = self.dtype.name or "uint8"
        row = np.frombuffer(self.storage.data, stored_as(dtype, self.storage.order))
        self.bytes_needed()
        strides = [stride * row.itemsize for stride in self.strides]
        # The row is not copied before the view is taken: hundreds of tensors may share it.
        array = widened(np.lib.stride_tricks.as_strided(row[self.offset :], self.shape, strides), dtype)
        array = np.conjugate(array) if self.bits.get("conj") else array
        return np.asarray(np.negative(array) if self.bits.get("neg") else array)

    def bytes_needed(self) -> int:
        """How many the copy takes, once it is sure that the tensor lies inside its storage."""
        size = len(self.storage.data) // self.dtype.itemsize
        numbers = [self.offset, *self.shape, *self.strides]
        if len(self.shape) != len(self.strides) or not all(type(number) is int and number >= 0 for number in numbers):
            raise ValueError(f"a tensor of shape {self.shape} with strides {self.strides} at {self.offset}")
        last = self.offset + sum((length - 1) * stride for length, stride in zip(self.shape, self.strides))
        if 0 not in self.shape and last >= size:
            raise ValueError(f"a tensor reaches to element {last} of storage {self.storage.key}, which has {size}")
        return prod(self.shape) * self.dtype.itemsize


class Unpickler(pickle.Unpickler):
    """Collects the storages that the tensors name, to be filled afterwards."""

    def __init__(self, file: Any) -> None:
        check_memo(file)
        super().__init__(file, encoding="utf-8")
        self.storages: dict[str, Storage] = {}
        self._known = _table()

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) not in self._known:
            raise Refused(
                f"it would call {module}.{name}, which is not needed for weights; nothing was run. If you trust the file, "
                "load it with PyTorch and save its state_dict() as .safetensors"
            )
        return self._known[module, name]

    def persistent_load(self, pid: Any) -> Storage:
        """``("storage", type, key, device, elements)``, and in old files a part of another storage."""
        kind, dtype, key, _, count, *rest = pid
        if kind != "storage" or not isinstance(dtype, Dtype) or type(count) is not int or any(rest):
            raise ValueError(f"expected a storage, found {pid!r:.200}")
        storage = self.storages.setdefault(key, Storage(dtype, key, count))
        if (storage.dtype, storage.count) != (dtype, count):
            raise ValueError(f"storage {key} is described in two ways")
        return storage


def _table() -> dict[tuple[str, str], Any]:
    """Made anew for each file: a pickle can write attributes onto what it is given."""

    def rebuild(storage: Any, offset: Any, size: Any, stride: Any, grad: Any = 0, hooks: Any = 0, bits: Any = None) -> View:
        return View(storage, offset, tuple(size), tuple(stride), storage.dtype, bits or {})

    def rebuild_typed(storage: Any, offset: Any, size: Any, stride: Any, grad: Any, hooks: Any, dtype: Any, bits: Any = None) -> View:
        return View(storage, offset, tuple(size), tuple(stride), dtype, bits or {})

    def parameter(data: Any, requires_grad: Any, hooks: Any) -> Any:
        return data

    def size(lengths: Any = ()) -> tuple[Any, ...]:
        return tuple(lengths)

    makers: dict[str, Callable[..., Any]] = {
        "_rebuild_tensor": rebuild, "_rebuild_tensor_v2": rebuild, "_rebuild_tensor_v3": rebuild_typed,
        "_rebuild_parameter": parameter,
    }  # fmt: skip
    known: dict[tuple[str, str], Any] = {("torch._utils", name): maker for name, maker in makers.items()}
    known |= {("torch", name): Dtype(dtype) for name, dtype in STORAGES.items()}
    known |= {("torch", name): Dtype(name) for name in DTYPES}
    known |= {("torch.storage", "UntypedStorage"): Dtype(None), ("torch", "Size"): size}
    return known | {("collections", "OrderedDict"): OrderedDict} | numpy_names() | _beside_weights()


def _beside_weights() -> dict[tuple[str, str], Any]:
    """What people save next to weights: options, scores, sets, devices. Each stands for a plain value, or for an empty object."""

    class Options:
        """``argparse.Namespace``: only holds what it is given."""

    def device(*kind: Any) -> str:
        return ":".join(map(str, kind))

    def mapping(*contents: Any) -> dict[Any, Any]:
        return {}

    plain = (set, frozenset, list, dict, int, float)
    builtins = {(module, kind.__name__): kind for module in ("builtins", "__builtin__") for kind in plain}
    others = {
        ("argparse", "Namespace"): Options, ("types", "SimpleNamespace"): Options, ("torch", "device"): device,
        ("collections", "defaultdict"): mapping,
    }  # fmt: skip
    return {**builtins, **others}


def named_arrays(content: Any, size: int) -> Any:
    """Tensors as arrays in a dict, and in the dicts in it: as deep as a checkpoint's weights lie. `size` is the file's, in bytes."""
    _refuse_swollen(content, size)
    if not isinstance(content, dict):
        return _array(content)
    return {key: _one_deeper(value) for key, value in content.items()}


def _one_deeper(value: Any) -> Any:
    return {key: _array(inner) for key, inner in value.items()} if isinstance(value, dict) else _array(value)


def _array(value: Any) -> Any:
    if isinstance(value, View):
        return value.array()
    return value.array if isinstance(value, Rebuilt) else value


def _refuse_swollen(content: Any, size: int) -> None:
    """A stride of 0, or many tensors of one storage, make a small file ask for all memory there is; tied and expanded weights do not."""
    needed = sum(view.bytes_needed() for view in _views(content))
    if needed > 16 * size + SMALL:
        raise ValueError(f"its tensors would take {needed:,} bytes, and the file has {size:,}")


def _views(content: Any) -> Iterator[View]:
    shallow = list(content.values()) if isinstance(content, dict) else [content]
    deep = [inner for value in shallow if isinstance(value, dict) for inner in value.values()]
    return (value for value in shallow + deep if isinstance(value, View))

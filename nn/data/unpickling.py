"""Arrays out of a pickle that nobody vouches for: CIFAR's python archives. Nothing a file names is called (see nn/pickled.py)."""

from __future__ import annotations

import io
import pickle
from typing import Any

from nn.pickled import Rebuilt, check_memo, numpy_names


class _Unpickler(pickle.Unpickler):
    def __init__(self, file: Any) -> None:
        super().__init__(file, encoding="bytes")
        self._known = numpy_names()

    def find_class(self, module: str, name: str, /) -> Any:
        if (module, name) not in self._known:
            raise ValueError(f"the pickle asks for {module}.{name}; only arrays and plain values are read")
        return self._known[module, name]


def unpickled(content: bytes) -> dict[Any, Any]:
    """The dictionary in a pickle: its arrays, and other values as they are. Python 2's strings are bytes.

    Raises an exception of any kind when the pickle is damaged, or names anything but what an array needs; nothing that
    it names is called.
    """
    file = io.BytesIO(content)
    check_memo(file)
    read = _Unpickler(file).load()
    if not isinstance(read, dict):
        raise ValueError(f"the pickle holds a {type(read).__name__}, not a dictionary")
    return {key: value.array if isinstance(value, Rebuilt) else value for key, value in read.items()}

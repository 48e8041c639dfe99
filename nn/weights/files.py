"""`save`, `load` and `load_into`: which format a path asks for, and what is checked before anything changes."""

from __future__ import annotations

import importlib
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, TypeAlias

import numpy as np

from autograd import Tensor
from nn.module import Mismatch, Module, without_wrapper
from nn.weights.atomic import write_atomically
from nn.weights.elements import Refused

Array: TypeAlias = np.ndarray[Any, Any]
PathLike: TypeAlias = "str | os.PathLike[str]"

# Modules by name, so that `import nn` imports neither zipfile nor safetensors. A path without a suffix is safetensors.
WRITTEN = {"": "stored_safetensors", ".safetensors": "stored_safetensors", ".npz": "stored_npz"}
CHECKPOINTS = (".pt", ".pth", ".th", ".bin", ".ckpt", ".tar")  # what people call PyTorch's: model.th, pytorch_model.bin, best.pth.tar
READ = {**WRITTEN, **dict.fromkeys(CHECKPOINTS, "checkpoint")}


def save(path: PathLike, state: Module | Mapping[str, Any], metadata: Mapping[str, str] | None = None) -> None:
    """Write named arrays to a file: the old file stays until the new one is complete.

    Parameters
    ----------
    path : path
        Ends in ``.safetensors`` (so does one without a suffix, in effect) or ``.npz``.
    state : Module or mapping of str to array_like
        A module stands for its `state_dict`. Booleans, integers, floats and complex numbers.
    metadata : mapping of str to str, optional
        Kept in the header of a ``.safetensors`` file, where `load_metadata` reads it and other readers pass it over.

    Raises
    ------
    ImportError
        safetensors is not installed: ``pip install 'gradroutes[weights]'``.
    TypeError, ValueError
        With what cannot be written; an existing file is as it was.

    Examples
    --------
    >>> import nn, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     nn.save(f"{folder}/model.npz", nn.Linear(3, 2))
    ...     {name: array.shape for name, array in nn.load(f"{folder}/model.npz").items()}
    {'weight': (2, 3), 'bias': (2,)}
    """
    stored = _format(path, WRITTEN)
    arrays = _arrays(state.state_dict() if isinstance(state, Module) else state)
    write_atomically(path, stored.encode(arrays, metadata))


def load(path: PathLike, key: str | None = None) -> dict[str, Array]:
    """Read named arrays from a ``.safetensors``, ``.npz`` or PyTorch's ``.pt`` or ``.pth`` file.

    PyTorch's may also be called ``.th``, ``.bin``, ``.ckpt`` or ``.pth.tar``.

    Nothing in the file is run: a PyTorch checkpoint that names any callable but those that tensors are made of is refused.
    bfloat16, which NumPy lacks, is widened to float32 without loss.

    Parameters
    ----------
    path : path
    key : str, optional
        Which entry of a PyTorch checkpoint holds the weights, if it holds more (``{"model": ..., "optimizer": ...}``).

    Returns
    -------
    dict of str to ndarray
        Each array with memory of its own.

    Raises
    ------
    ValueError
        The file is damaged, cut short, or not of its format; its path is named.
    """
    stored = _format(path, READ)
    with _naming(path):
        content = stored.decode(_bytes(path))
    return _weights(path, content, key)


def _bytes(path: PathLike) -> bytes:
    with open(path, "rb") as file:
        return file.read()


def load_metadata(path: PathLike) -> dict[str, str]:
    """The strings that `save` was given with the arrays of a ``.safetensors`` file; `load` compares their checksum.

    Raises
    ------
    ValueError
        The file is damaged, cut short, or not of this format; its path is named.
    """
    stored = _format(path, {"": WRITTEN[""], ".safetensors": WRITTEN[".safetensors"]})
    with _naming(path):
        found: dict[str, str] = stored.metadata(path)
        return found


@contextmanager
def _naming(path: PathLike) -> Iterator[None]:
    try:
        yield
    except (ImportError, FileNotFoundError, IsADirectoryError, PermissionError):
        raise
    except Refused as error:
        raise ValueError(f"{os.fspath(path)}: {error}") from error
    # What damaged bytes make a decoder raise has no end (zlib.error, SyntaxError, KeyError, OverflowError, ...).
    except Exception as error:
        raise ValueError(f"{os.fspath(path)}: damaged, cut short or of another format: {error}") from error


def load_into(
    module: Module, path: PathLike, rename: Mapping[str, str] | None = None, strict: bool = True, key: str | None = None
) -> Mismatch:
    """Read a file's weights into a module; nothing changes before every name, shape and dtype is checked.

    Parameters
    ----------
    module : Module
    path : path
    rename : mapping of str to str, optional
        Names in the file, or dotted beginnings of names, and what they are called here: ``{"backbone": "encoder"}``.
        The longest that fits is taken. ``module.`` before every name (a parallel wrapper's) is dropped first.
    strict : bool
        Refuse missing and unexpected names. Shapes that differ are refused in any case.
    key : str, optional
        As for `load`.

    Raises
    ------
    ValueError
        With the path, and every missing, unexpected and mis-shaped name.
    """
    state = without_wrapper(load(path, key))
    try:
        return module.load_state_dict(_renamed(state, rename or {}), strict)
    except ValueError as error:
        raise ValueError(f"{os.fspath(path)}: {error}") from error


def _format(path: PathLike, formats: Mapping[str, str]) -> Any:
    suffix = os.path.splitext(path)[1].lower()
    if suffix not in formats:
        known = ", ".join(filter(None, formats))
        advice = "; PyTorch reads .safetensors" if suffix in READ else ""
        raise ValueError(f"{os.fspath(path)}: {suffix!r} is none of {known}{advice}")
    return importlib.import_module(f"nn.weights.{formats[suffix]}")


def _arrays(state: Mapping[str, Any]) -> dict[str, Array]:
    """Contiguous, with 0-d left 0-d, in the machine-independent byte order."""
    if not isinstance(state, Mapping):
        raise TypeError(f"nn.save takes a module or a mapping of names to arrays, given {type(state).__name__}")
    arrays = {name: value.data if isinstance(value, Tensor) else np.asarray(value) for name, value in state.items()}
    for name, array in arrays.items():
        if not isinstance(name, str) or "\0" in name:
            raise TypeError(f"names are strings without a NUL, given {name!r}")
        if array.dtype.kind not in "biufc":
            raise TypeError(f"{name}: {array.dtype} is not written; numbers and booleans are, so cast it with .astype(...)")
    return {name: np.array(array, array.dtype.newbyteorder("<"), order="C") for name, array in arrays.items()}


def _weights(path: PathLike, content: Any, key: str | None) -> dict[str, Array]:
    """The mapping of names to arrays in what was read, or which keys could have been meant."""
    place = os.fspath(path)
    if key is not None:
        if not isinstance(content, dict) or key not in content:
            raise ValueError(f"{place}: has no entry {key!r}; it has {_listed(content)}")
        content = content[key]
    others = [name for name, value in content.items() if not _named_array(name, value)] if isinstance(content, dict) else [""]
    if others:
        raise ValueError(
            f"{place}: is not a mapping of names to tensors alone: it has {_listed(content)}; if one of these holds the "
            "weights, say which: nn.load(path, key='model')"
        )
    return dict(content)


def _named_array(name: Any, value: Any) -> bool:
    return isinstance(name, str) and isinstance(value, np.ndarray)


def _listed(content: Any) -> str:
    if not isinstance(content, dict):
        return f"one {type(content).__name__}"
    shown = [f"{name!r} ({type(value).__name__})" for name, value in content.items() if not _named_array(name, value)][:10]
    return ", ".join(shown) or f"{len(content)} tensors"


def _renamed(state: Mapping[str, Any], rename: Mapping[str, str]) -> dict[str, Any]:
    """Each rule must be used, and no two names may become one: either is a misprint that would load the wrong weights."""
    rules = {name: _rule(name, rename) for name in state}
    if unused := [old for old in rename if old not in rules.values()]:
        raise ValueError(f"rename: nothing in the file is called, or begins with, {', '.join(map(repr, unused))}")
    renamed: dict[str, str] = {}
    for name, old in rules.items():
        new = name if old is None else (rename[old] + name[len(old) :]).removeprefix(".")
        if new in renamed:
            raise ValueError(f"rename: {renamed[new]!r} and {name!r} would both be called {new!r}")
        renamed[new] = name
    return {new: state[name] for new, name in renamed.items()}


def _rule(name: str, rename: Mapping[str, str]) -> str | None:
    fitting = [old for old in rename if name == old or name.startswith(f"{old}.")]
    return max(fitting, key=len, default=None)

"""`Tensor`: an array and its place in the recorded graph.

The payload is a NumPy array, or, for 0-d tensors, a plain Python float (float64) or a NumPy scalar (any other dtype), so
that scalars pay no array tax. Operators and methods are declared with the operations (`autograd.ops`) and attached there.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from autograd.graph import (
    FLOAT64,
    Node,
    changed,
    leaf,
    sweep,
)
from autograd.recording import observer

if TYPE_CHECKING:
    from autograd.methods import Methods  # a stub: what autograd.ops.methods attaches
else:
    Methods = object

Payload = Any  # float | np.generic | np.ndarray
NUMERIC = frozenset("bifuc")


def payload(array: np.ndarray[Any, Any]) -> Payload:
    """The form in which a tensor holds `array`."""
    if array.ndim:
        return array
    return float(array) if array.dtype is FLOAT64 else array[()]


def _refuse(given: object, dtype: object) -> TypeError:
    return TypeError(
        f"a Tensor holds numbers, got {type(given).__name__} of dtype {dtype}. "
        "Convert it to a numeric array first, e.g. np.asarray(x, dtype=float)"
    )


MASKED = "a masked array loses its mask in a Tensor; pass x.filled(value), or where(mask, ...) on tensors"


def to_array(given: Any, dtype: Any = None, copy: bool | None = None) -> np.ndarray[Any, Any]:
    """A plain numeric array in native byte order; refuses what would lose meaning (objects, text, masks)."""
    if isinstance(given, Tensor):
        given = given.data
    if type(given) is not np.ndarray and _is_masked(given):
        raise TypeError(MASKED)
    if isinstance(given, (list, tuple)) and _holds_tensors(given):
        raise TypeError("a list of Tensors is not an array: use autograd.stack([...]), which keeps the graph")
    try:
        array = np.array(given, dtype=dtype, copy=copy, subok=False)
    except ValueError as error:
        raise ValueError(f"cannot make one array of {type(given).__name__}: {error}") from None
    if array.dtype.kind not in NUMERIC:
        raise _refuse(given, array.dtype)
    return array if array.dtype.isnative else array.astype(array.dtype.newbyteorder("="))


def _is_masked(given: Any) -> bool:
    masked = sys.modules.get("numpy.ma")  # where nobody has imported it, nothing is masked; importing it takes 7 ms
    return masked is not None and isinstance(given, masked.MaskedArray)


def _holds_tensors(given: Any) -> bool:
    """Whether a nested list holds a tensor; an explicit stack, so a list that holds itself ends too."""
    stack, seen = [given], set()
    while stack:
        item = stack.pop()
        if isinstance(item, Tensor):
            return True
        if isinstance(item, (list, tuple)) and id(item) not in seen:
            seen.add(id(item))
            stack.extend(item)
    return False


def refuse_gradient(dtype: np.dtype[Any]) -> None:
    """Only floating dtypes have gradients."""
    if dtype.kind != "f":
        raise TypeError(f"only floating-point tensors have gradients, got {dtype}; pass dtype=float or x.astype(float)")


class _Removal:
    """Takes a hook away again: ``handle.remove()``, or ``handle()``."""

    __slots__ = ("_hook", "_hooks")

    def __init__(self, hooks: list[Any], hook: Any) -> None:
        self._hooks, self._hook = hooks, hook

    def remove(self) -> None:
        if self._hook in self._hooks:
            self._hooks.remove(self._hook)

    __call__ = remove


class Tensor(Methods):
    """An array that remembers how it was computed.

    Parameters
    ----------
    data : array_like
        Numbers; copied (use `autograd.as_tensor` to share memory).
    requires_grad : bool
        Ask for `.grad` in `backward`; floating dtypes only.
    dtype : dtype, optional
        As in NumPy; by default what NumPy would choose.
    name : str, optional
        Shown in pictures and errors.

    Raises
    ------
    TypeError
        For objects, text, masked arrays, and integer data that asks for a gradient.

    Examples
    --------
    >>> from autograd import Tensor
    >>> x = Tensor([1.0, 2.0], requires_grad=True)
    >>> (x * x).sum().backward()
    >>> x.grad
    Tensor([2., 4.])
    """

    __slots__ = ("__weakref__", "_data", "_name", "_node")
    __array_priority__ = 1000.0
    __hash__ = object.__hash__  # identity: `==` compares values, and tensors are keys of dictionaries

    _data: Payload
    _node: Node | None
    _name: str | None

    def __init__(self, data: Any, requires_grad: bool = False, dtype: Any = None, name: str | None = None) -> None:
        array = to_array(data, dtype, copy=True)
        if requires_grad:
            refuse_gradient(array.dtype)
        self._data = payload(array)
        self._node = leaf(array.shape, array.dtype, name) if requires_grad else None
        if name is not None:
            self._name = name

    # ------------------------------------------------------------------------------------------------ what it holds

    @property
    def data(self) -> np.ndarray[Any, Any]:
        """The values, shared with the tensor (0-d tensors give a read-only array). Assign to replace them."""
        if type(self._data) is np.ndarray:
            return self._data
        if isinstance(self._data, np.ndarray):
            return self._data.view(np.ndarray)
        array = np.asarray(self._data)
        array.flags.writeable = False
        return array

    @data.setter
    def data(self, value: Any) -> None:
        if type(value) is float and type(self._data) is float and self.is_leaf:
            self._data = value
            self.changed()
            return
        array = to_array(value, copy=None)
        if array.shape != self.shape or array.dtype != self.dtype:
            raise ValueError(
                f"`.data` keeps shape and dtype: have {self.shape} {self.dtype}, given {array.shape} {array.dtype}. "
                "For another shape make a new Tensor"
            )
        if not self.is_leaf:
            raise RuntimeError("only a leaf's `.data` can be replaced: this tensor is a result, and its graph relies on it")
        self._data = payload(array)
        self.changed()

    @property
    def _mask(self) -> None:
        """What numpy.ma asks for, after it took `_data` past the graph."""
        raise TypeError(MASKED)

    def changed(self) -> None:
        """Say that the values changed in place, so that a graph that saved them raises instead of lying."""
        if self._node is not None and self._node.op is None:
            changed(self._node)

    @property
    def shape(self) -> tuple[int, ...]:
        return () if type(self._data) is float else self._data.shape

    @property
    def dtype(self) -> np.dtype[Any]:
        return FLOAT64 if type(self._data) is float else self._data.dtype

    @property
    def ndim(self) -> int:
        return len(self.shape)

    @property
    def size(self) -> int:
        return 1 if type(self._data) is float else int(self._data.size)

    @property
    def itemsize(self) -> int:
        return self.dtype.itemsize

    @property
    def nbytes(self) -> int:
        return self.size * self.itemsize

    @property
    def name(self) -> str | None:
        """The name given by the user; pictures and errors show it."""
        return getattr(self, "_name", None)

    @name.setter
    def name(self, name: str | None) -> None:
        self._name = name
        if self._node is not None:
            self._node.name = name

    def numpy(self) -> np.ndarray[Any, Any]:
        """The values as an array, outside the graph; shares memory, read-only for tensors that record."""
        view = self.data.view()
        if self._node is not None:
            view.flags.writeable = False
        return view

    def item(self) -> Any:
        """The one value as a Python number."""
        if type(self._data) is float:
            return self._data
        if self.size != 1:
            raise ValueError(f"item() needs exactly one element, this tensor has shape {self.shape}")
        return self.data.item()

    def tolist(self) -> Any:
        """The values as nested Python lists, outside the graph."""
        return self.data.tolist()

    def detach(self) -> Tensor:
        """The same values (shared) without the graph."""
        return wrap(self._data)

    # ---------------------------------------------------------------------------------------------- its place in the graph

    @property
    def requires_grad(self) -> bool:
        return self._node is not None

    @requires_grad.setter
    def requires_grad(self, wanted: bool) -> None:
        if not self.is_leaf:
            raise RuntimeError("requires_grad of a result cannot be set; use .detach() for a value without a graph")
        if not wanted:
            self._node = None
        elif self._node is None:
            refuse_gradient(self.dtype)
            self._node = leaf(self.shape, self.dtype, self.name)

    def requires_grad_(self, wanted: bool = True) -> Tensor:
        """Set `requires_grad` and return the tensor."""
        self.requires_grad = wanted
        return self

    @property
    def is_leaf(self) -> bool:
        return self._node is None or self._node.op is None

    @property
    def node(self) -> Node | None:
        """The recorded node, None outside any graph."""
        return self._node

    @property
    def grad(self) -> Tensor | None:
        """dL/d(self) after `backward`; accumulated, on leaves only."""
        node = self._node
        return node.saved.grad if node is not None and node.op is None else None  # type: ignore[no-any-return]

    @grad.setter
    def grad(self, value: Any) -> None:
        node = self._node
        if node is None or node.op is not None:
            if value is None:
                return
            raise RuntimeError("only leaves that require a gradient have `.grad`")
        if value is None:
            node.saved.grad = None
            return
        gradient = as_tensor(value).detach()
        if gradient.shape != self.shape or gradient.dtype != self.dtype:
            raise ValueError(
                f"`.grad` has the tensor's shape and dtype: {self.shape} {self.dtype}, "
                f"given {gradient.shape} {gradient.dtype}"
            )
        node.saved.grad = gradient

    def register_hook(self, hook: Any) -> Any:
        """Call ``hook(gradient)`` when a leaf's gradient arrives; what it returns (if not None) replaces it."""
        if self._node is None or not self.is_leaf:
            raise RuntimeError("hooks are for leaves that require a gradient")
        hooks = self._node.saved.hooks
        hooks.append(hook)
        return _Removal(hooks, hook)

    def backward(self, gradient: Any = None, *, retain_graph: bool | None = None, create_graph: bool = False) -> None:
        """Add dL/d(leaf) to the `.grad` of every leaf that this tensor L depends on.

        Parameters
        ----------
        gradient : array_like, optional
            dL/d(self); may be left out for a single element (then 1).
        retain_graph : bool, optional
            Keep saved values so that the graph can be swept again; default `create_graph`.
        create_graph : bool
            Record the sweep itself, so that gradients can be differentiated.

        Raises
        ------
        RuntimeError
            Without a graph, on a released graph, or when a saved leaf was changed since.
        """
        node, seed = self._seed(gradient, create_graph)
        retain = create_graph if retain_graph is None else retain_graph
        watched = observer.get()
        if watched is None or create_graph or not watched(node, seed, retain):
            sweep([(node, seed)], receive, retain=retain, lift=create_graph)

    def _seed(self, gradient: Any, lift: bool) -> tuple[Node, Any]:
        node = self._node
        if node is None:
            raise RuntimeError("this tensor has no graph: nothing it was computed from requires a gradient")
        if gradient is None:
            if self.size != 1:
                raise RuntimeError(
                    f"backward from a tensor of shape {self.shape} needs its gradient: "
                    "reduce it to one number (.sum(), .mean()) or pass gradient= of that shape"
                )
            data = self._data
            one = np.ones(data.shape, data.dtype) if isinstance(data, np.ndarray) else type(data)(1)
            return node, wrap(one) if lift else one
        seed = as_tensor(gradient)
        if seed.shape != self.shape:
            raise ValueError(f"the gradient must have the tensor's shape {self.shape}, given {seed.shape}")
        if seed.dtype != self.dtype:
            seed = wrap(payload(seed.data.astype(self.dtype))) if seed._node is None else seed.astype(self.dtype)  # type: ignore[attr-defined]
        return node, seed if lift else seed._data

    # -------------------------------------------------------------------------------------------------- Python and NumPy

    def __repr__(self) -> str:
        body = np.array2string(self.data, separator=", ", prefix="Tensor(")
        dtype = "" if self.dtype == FLOAT64 else f", dtype={self.dtype}"
        name = f", name={self.name!r}" if self.name else ""
        grad = ", requires_grad=True" if self.requires_grad and self.is_leaf else ""
        made = f", op={self._node.op.name}" if self._node is not None and self._node.op is not None else ""
        return f"Tensor({body}{dtype}{name}{grad}{made})"

    def __len__(self) -> int:
        if not self.ndim:
            raise TypeError("len() of a 0-d tensor")
        return self.shape[0]

    def __bool__(self) -> bool:
        if self.size != 1:
            raise ValueError(f"the truth of a tensor of shape {self.shape} is ambiguous; use .data.any() or .data.all()")
        return bool(self.data)

    def __float__(self) -> float:
        return float(self.item())

    def __int__(self) -> int:
        return int(self.item())

    def __index__(self) -> int:
        if self.dtype.kind not in "iu" or self.ndim:
            raise TypeError(f"only a 0-d integer tensor can be an index, this is {self.dtype} of shape {self.shape}")
        return int(self.item())

    def __iter__(self) -> Iterator[Tensor]:
        if not self.ndim:
            raise TypeError("iteration over a 0-d tensor")
        return (self[i] for i in range(len(self)))

    def __contains__(self, value: Any) -> bool:
        return value in self.data

    def __format__(self, spec: str) -> str:
        return format(self.item(), spec) if spec and self.size == 1 else repr(self)

    def __setitem__(self, index: Any, value: Any) -> None:
        raise TypeError(
            "tensors are not changed in place: write x = x.at[index].set(value) (also .add, .multiply, .min, .max), "
            "or where(mask, value, x)"
        )

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray[Any, Any]:
        if self._node is not None:
            raise TypeError("converting a tensor that records would lose its gradient: write x.detach() or x.numpy(), "
                            "and autograd.stack([x, y]) for an array of tensors")
        return np.array(self.data, dtype=dtype, copy=copy)

    def __deepcopy__(self, memo: dict[int, Any]) -> Tensor:
        if not self.is_leaf:
            raise TypeError("only leaves can be deep-copied; use .detach() first")
        copy = type(self).__new__(type(self))
        Tensor.__init__(copy, self.data, self.requires_grad, name=self.name)
        memo[id(self)] = copy
        return copy

    def __reduce__(self) -> Any:
        if not self.is_leaf:
            raise TypeError("only leaves can be pickled; use .detach() first")
        return type(self), (np.array(self.data), self.requires_grad), None


def wrap(value: Payload, node: Node | None = None) -> Tensor:
    """A tensor around a payload, without checks or copies."""
    tensor: Tensor = object.__new__(Tensor)
    tensor._data = value
    tensor._node = node
    return tensor


def as_tensor(data: Any, dtype: Any = None) -> Tensor:
    """`data` as a tensor, sharing memory where NumPy would; a tensor is returned as it is.

    Examples
    --------
    >>> import numpy as np, autograd
    >>> a = np.zeros(2)
    >>> autograd.as_tensor(a).data is a
    True
    """
    if isinstance(data, Tensor) and (dtype is None or data.dtype == dtype):
        return data
    if isinstance(data, Tensor) and data._node is not None:
        return data.astype(dtype)  # type: ignore[attr-defined, no-any-return]
    return wrap(payload(to_array(data, dtype)))


def array_of(given: Any) -> np.ndarray[Any, Any]:
    """The values of a tensor, or of anything like an array, outside every graph; shared where NumPy shares them."""
    return given.data if isinstance(given, Tensor) else np.asarray(given)


def arrayed(given: Any) -> Any:
    """A tensor or an array as it is, lists of numbers as an array."""
    return given if hasattr(given, "dtype") else np.asarray(given)


def owned(gradient: Any) -> Any:
    """The gradient in memory of its own: a borrowed or broadcast array is copied."""
    if type(gradient) is not np.ndarray:
        return gradient
    alone = sys.getrefcount(gradient) <= _ALONE and gradient.base is None and gradient.flags.writeable
    return gradient if alone else np.array(gradient)


def _alone() -> int:
    """The reference count that `owned` sees, called as `receive` calls it, for an array of which no one else knows."""

    def swept() -> int:
        gradient = np.zeros(1)
        return received(gradient)

    def received(gradient: Any) -> int:
        return counted(gradient)

    def counted(gradient: Any) -> int:
        return sys.getrefcount(gradient)

    return swept()


_ALONE = _alone()


def receive(node: Node, gradient: Any) -> None:
    """Put a leaf's gradient where the user finds it."""
    tensor = gradient if isinstance(gradient, Tensor) else None
    if tensor is None:
        tensor = wrap(owned(gradient))
    leaf = node.saved
    for hook in leaf.hooks:
        changed = hook(tensor)
        tensor = tensor if changed is None else as_tensor(changed)
    leaf.grad = tensor if leaf.grad is None else leaf.grad + tensor

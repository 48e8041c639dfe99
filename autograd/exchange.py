"""DLPack: arrays handed to other libraries and taken from them, with the same memory on both sides."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd.tensor import Tensor, as_tensor


def capsule(tensor: Tensor, *, max_version: tuple[int, int] | None = None, copy: bool | None = None, **options: Any) -> Any:
    """What another library's `from_dlpack` asks a tensor for; refused while the tensor records.

    The values are shared, as the array's own: both sides see what either writes. A single float64 lies in no array here, so
    it is copied; and JAX by itself copies what does not begin at a multiple of 64 bytes, as of any NumPy array.
    """
    if tensor.requires_grad:
        raise BufferError(
            f"a tensor that records would lose its gradient in another library ({tensor.node!r}): "
            "hand over t.detach(), which shares its values"
        )
    array = tensor.data
    if not tensor.ndim:
        if copy is False:
            raise BufferError("a 0-d tensor holds a plain number and no array: it can only be copied (copy=None or True)")
        array = np.array(array)
    return array.__dlpack__(max_version=max_version, copy=copy, **options)


def device_of(tensor: Tensor) -> tuple[int, int]:
    """DLPack's name of where the values are: always the main memory."""
    kind, number = tensor.data.__dlpack_device__()
    return int(kind), int(number)


def from_dlpack(x: Any) -> Tensor:
    """A tensor that shares its memory with an array of another library.

    Parameters
    ----------
    x : object
        Anything with ``__dlpack__``: PyTorch's, JAX's or NumPy's arrays in main memory, or a tensor of ours. What has a gradient
        over there is detached there first.

    Returns
    -------
    Tensor
        Outside any graph. What either side writes the other sees; memory that its owner calls read-only stays so.

    Raises
    ------
    TypeError
        For objects without ``__dlpack__``, and dtypes that NumPy lacks (bfloat16).
    BufferError
        For memory of an accelerator, and for what its owner does not hand over.

    Examples
    --------
    >>> import numpy as np, autograd
    >>> a = np.zeros(2)
    >>> t = autograd.from_dlpack(a)
    >>> a[0] = 3.0
    >>> t
    Tensor([3., 0.])
    """
    if not hasattr(x, "__dlpack__"):
        raise TypeError(f"from_dlpack takes an object with __dlpack__, given {type(x).__name__}; autograd.Tensor(x) copies numbers")
    try:
        return as_tensor(np.from_dlpack(x))
    except (BufferError, RuntimeError, TypeError) as error:
        advice = "bring it to main memory, out of its graph and to a dtype that NumPy has: x.detach().cpu().float()"
        raise type(error)(f"from_dlpack cannot take this {type(x).__name__}: {error}. In PyTorch's words, {advice}") from error


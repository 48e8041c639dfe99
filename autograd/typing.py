"""Names for annotations: what functions of arrays and tensors take and give.

    from autograd.typing import TensorLike

    def energy(x: TensorLike) -> autograd.Tensor: ...
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, SupportsIndex, TypeAlias

import numpy as np

from autograd.tensor import Tensor

Array: TypeAlias = np.ndarray[Any, Any]
_Item: TypeAlias = float | np.generic | np.ndarray[Any, Any]
_Row: TypeAlias = Sequence[_Item]
ArrayLike: TypeAlias = _Item | _Row | Sequence[_Row] | Sequence[Sequence[_Row]]
"""Numbers, arrays, and lists of them to a depth of three: NumPy's own name takes text, and a tensor for an array."""
TensorLike: TypeAlias = Tensor | ArrayLike
FromNumPy: TypeAlias = Any
"""What NumPy returns where no tensor is given: an array, or a number for what has no axes."""

Axis: TypeAlias = SupportsIndex | Sequence[SupportsIndex] | None
Shape: TypeAlias = SupportsIndex | Sequence[SupportsIndex]
Padding: TypeAlias = int | str | Sequence[int] | Sequence[Sequence[int]]
Norm: TypeAlias = float | str | None

__all__ = ["Array", "ArrayLike", "Axis", "FromNumPy", "Norm", "Padding", "Shape", "TensorLike"]

"""Sizes of sliding windows: the one place that knows stride, padding, dilation and ceil_mode.

A `Window` slides over the trailing axes of an array. Convolution, pooling, unfold and fold all read their
sizes from it, so that a rule such as "the last window may stick out if it starts inside" is written once.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, NamedTuple

Sizes = tuple[int, ...]
Pairs = tuple[tuple[int, int], ...]
Numbers = int | Sequence[int]
Padding = int | str | Sequence[int] | Sequence[Sequence[int]]


class Window(NamedTuple):
    """A sliding window; every field has one entry for each spatial axis, `padding` a pair (before, after)."""

    size: Sizes
    kernel: Sizes
    stride: Sizes
    padding: Pairs
    dilation: Sizes
    output: Sizes

    @property
    def reach(self) -> Sizes:
        """Elements between the first and the last that any window touches, both included."""
        return tuple((o - 1) * s + d * (k - 1) + 1 for o, s, d, k in zip(self.output, self.stride, self.dilation, self.kernel, strict=True))

    @property
    def margins(self) -> Pairs:
        """Elements to add before and after each axis so that it is `reach` long; negative: to cut off."""
        return tuple((before, reach - size - before) for (before, _), reach, size in zip(self.padding, self.reach, self.size, strict=True))

    @property
    def taps(self) -> int:
        """Number of elements in the kernel."""
        return math.prod(self.kernel)


def per_axis(value: int | Sequence[int], axes: int, name: str, least: int = 1) -> Sizes:
    """`value` as one integer for each axis; a single number serves all.

    >>> per_axis(2, 3, "stride")
    (2, 2, 2)
    """
    values = tuple(value) if isinstance(value, Sequence) else (value,)
    numbers = tuple(operator.index(v) for v in values)
    if len(numbers) not in (1, axes):
        raise ValueError(f"{name}={value!r} has {len(numbers)} numbers for {axes} spatial axes: give 1 or {axes}")
    if min(numbers) < least:
        raise ValueError(f"{name}={value!r}: every number must be at least {least}")
    return numbers if len(numbers) == axes else numbers * axes


def padding_pairs(padding: Padding, kernel: Sizes, stride: Sizes, dilation: Sizes) -> Pairs:
    """`padding` as a pair (before, after) for each axis: from a number, numbers, pairs, "valid" or "same".

    >>> padding_pairs("same", (4, 3), (1, 1), (1, 1))
    ((1, 2), (1, 1))
    """
    axes = len(kernel)
    if isinstance(padding, str):
        return _named_padding(padding, kernel, stride, dilation)
    if isinstance(padding, Sequence) and any(isinstance(p, Sequence) for p in padding):
        return tuple(_pair(p, padding, axes) for p in padding)
    return tuple((p, p) for p in per_axis(padding, axes, "padding", least=0))  # type: ignore[arg-type]


def _pair(pair: Any, padding: Any, axes: int) -> tuple[int, int]:
    if len(padding) != axes or not isinstance(pair, Sequence) or len(pair) != 2:
        raise ValueError(f"padding={padding!r}: pairs (before, after) are needed for each of the {axes} spatial axes")
    before, after = per_axis(pair, 2, "padding", least=0)
    return before, after


def _named_padding(name: str, kernel: Sizes, stride: Sizes, dilation: Sizes) -> Pairs:
    if name == "valid":
        return ((0, 0),) * len(kernel)
    if name != "same":
        raise ValueError(f'padding={name!r}: the names are "same" and "valid"')
    if max(stride) > 1:
        raise ValueError(f'padding="same" needs stride 1, not {stride}: give the padding in numbers')
    totals = [d * (k - 1) for d, k in zip(dilation, kernel, strict=True)]
    return tuple((total // 2, total - total // 2) for total in totals)


def sliding(
    size: Sequence[int],
    kernel: int | Sequence[int],
    stride: int | Sequence[int] = 1,
    padding: Padding = 0,
    dilation: int | Sequence[int] = 1,
    ceil_mode: bool = False,
) -> Window:
    """The window of shape `kernel` over spatial axes of lengths `size`, in PyTorch's conventions.

    With `ceil_mode` the last window may stick out on the right if it starts in the input or its left padding.

    Raises
    ------
    ValueError
        If a number is out of range or the kernel does not fit once into the padded input.

    Examples
    --------
    >>> sliding((7, 7), 3, stride=2, padding=1).output
    (4, 4)
    >>> sliding((6,), 3, stride=2).output, sliding((6,), 3, stride=2, ceil_mode=True).output
    ((2,), (3,))
    """
    return _sliding(*map(hashable, (size, kernel, stride, padding, dilation)), bool(ceil_mode))


def hashable(value: Any) -> Any:
    """Sequences as tuples, for a cache."""
    if type(value) is int or not isinstance(value, Sequence) or isinstance(value, str):
        return value
    return tuple(map(hashable, value))


@lru_cache(maxsize=1024)
def _sliding(size: Sizes, kernel: Any, stride: Any, padding: Any, dilation: Any, ceil_mode: bool) -> Window:
    axes = len(size)
    kernel, stride = per_axis(kernel, axes, "kernel size"), per_axis(stride, axes, "stride")
    dilation = per_axis(dilation, axes, "dilation")
    padding = padding_pairs(padding, kernel, stride, dilation)
    output = tuple(map(_output_length, size, kernel, stride, padding, dilation, (ceil_mode,) * axes))
    if min(output, default=1) < 1:
        raise ValueError(f"a kernel of {kernel} with dilation {dilation} does not fit into an input of {size} padded by {padding}")
    return Window(size, kernel, stride, padding, dilation, output)


def _output_length(size: int, kernel: int, stride: int, padding: tuple[int, int], dilation: int, ceil_mode: bool) -> int:
    room = size + sum(padding) - dilation * (kernel - 1) - 1
    length = -(-room // stride) + 1 if ceil_mode else room // stride + 1
    sticks_out_entirely = ceil_mode and (length - 1) * stride >= size + padding[0]
    return length - sticks_out_entirely


def transposed_size(
    size: Sequence[int],
    kernel: int | Sequence[int],
    stride: int | Sequence[int] = 1,
    padding: Padding = 0,
    output_padding: int | Sequence[int] = 0,
    dilation: int | Sequence[int] = 1,
) -> Sizes:
    """Spatial lengths of a transposed convolution's result: the input of the convolution that it transposes.

    An `output_padding` of a stride or more, which a larger dilation permits, leaves room for further windows:
    bring `g` to the size of `sliding(...).output` with zeros then.

    >>> transposed_size((4, 4), 3, stride=2, padding=1, output_padding=1)
    (8, 8)
    """
    axes = len(size)
    kernel, stride = per_axis(kernel, axes, "kernel size"), per_axis(stride, axes, "stride")
    dilation = per_axis(dilation, axes, "dilation")
    extra = per_axis(output_padding, axes, "output_padding", least=0)
    if any(e >= max(s, d) for e, s, d in zip(extra, stride, dilation, strict=True)):
        raise ValueError(f"output_padding={extra} must be smaller than stride {stride} or dilation {dilation}")
    pairs = padding_pairs(padding, kernel, stride, dilation)
    return tuple(
        (n - 1) * s - sum(p) + d * (k - 1) + 1 + e for n, s, p, d, k, e in zip(size, stride, pairs, dilation, kernel, extra, strict=True)
    )

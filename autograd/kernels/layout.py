"""The padded flat layout: images that carry the zeros that convolution needs, so that no kernel has to add them.

To everybody an array of images is (N, C, H, W). Its memory may be a buffer of C rows; a row holds first the first
lines of all N images, then all second lines, and so on, each line followed by `margin` zeros, and ends in a gap of
`margin` lines of zeros, which lies above the first line of the next row as well:

    row c:   line 0 of image 0, 0, line 0 of image 1, 0, ... | line 1 of image 0, 0, ... | ... | 0 0 0 ... 0

Left of a line lie the zeros that follow the line before. So

- a tap of a convolution is the same flat row, shifted by one number for all pixels of all images: the columns of a
  matrix product are plain copies, or need no copy at all;
- what works pixel by pixel works on the flat buffer, in one loop over contiguous memory, padding included,
  as long as it maps zeros to zero; what does not, writes through the (N, C, H, W) view and leaves the padding alone.

Lines of different images side by side cost less padding than images one after the other, each with a zero line of
its own: 1 / 8 of an 8 x 8 image instead of 17 / 64.

**The padding of a `Padded` array is always zero.** Whoever writes to the flat buffer sees to it (`clear_padding`).
`Padded` is an ordinary ndarray to all others: its ufuncs (`a + b`, `g * (out > 0)`) keep the layout by themselves.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from autograd.kernels import parallel
from autograd.kernels.memory import marked
from autograd.kernels.windows import Array, DType

ALIGN = 16  # elements; rows start on cache lines, for float32
SMALL = 4096  # elements from which on images get the layout; below it, an ordinary array costs less to handle
SLACK = 64  # elements behind the last pixel that vector instructions may touch


class Layout:
    """The numbers of a padded flat layout, in elements; equal layouts are one object (see `layout_of`)."""

    def __init__(self, batch: int, channels: int, height: int, width: int, margin: int) -> None:
        self.shape = (batch, channels, height, width)
        self.margin = margin
        self.image = width + margin  # from an image to the next
        self.pitch = batch * self.image  # from a line to the next
        self.used = height * self.pitch  # pixels of a row, with the zeros between them
        self.gap = _round_up(max(margin * (self.pitch + 1), SLACK))  # zeros behind them
        self.length = _round_up(self.used + self.gap)
        self.size = self.gap + channels * self.length + SLACK

    def strides(self, itemsize: int) -> tuple[int, int, int, int]:
        """Of the (N, C, H, W) view, in bytes."""
        return self.image * itemsize, self.length * itemsize, self.pitch * itemsize, itemsize


def _round_up(number: int) -> int:
    return -(-number // ALIGN) * ALIGN


def layout_of(shape: Sequence[int], margin: int = 1) -> Layout:
    """The layout of images (N, C, H, W), with `margin` zero columns and lines between neighbours."""
    return _layout(*shape, margin)  # to a cache, a default and the same number given are two calls


_layout = lru_cache(maxsize=1024)(Layout)


class _Buffer(np.ndarray[Any, Any]):
    """The memory of a `Padded`. A type of its own, so that NumPy names the `Padded` as the base of its views."""


class Padded(np.ndarray[Any, Any]):
    """An (N, C, H, W) view of a padded flat buffer; views and copies of it that lose the layout are ordinary."""

    layout: Layout  # absent on views and copies, as are the next
    buffer: Array  # (C, layout.length), plain and contiguous
    memory: Array  # all of it in one dimension: a gap, the buffer, some slack

    def __array_ufunc__(self, ufunc: np.ufunc, method: Any, *inputs: Any, **options: Any) -> Any:
        out = options.get("out", (None,))
        if method == "__call__" and _elementwise(ufunc) and options.keys() <= {"out"}:
            result = _keep_layout(ufunc, inputs, *out)
            if result is not None:
                return result
        if method == "reduce" and ufunc is np.add and _over_pixels(inputs[0], options):
            return _sum_over_pixels(inputs[0], options)
        if "out" in options:
            options["out"] = tuple(map(plain, out))
        result = super().__array_ufunc__(ufunc, method, *map(plain, inputs), **options)
        given = len(out) == 1 and out[0] is not None and result is not NotImplemented
        return out[0] if given else result  # the very object, so that `a += b` leaves a what it is


def plain(x: Any) -> Any:
    """A `Padded` as an ordinary view of the same memory; anything else as it is."""
    return x.view(np.ndarray) if type(x) is Padded else x


def empty(of: Layout, dtype: DType) -> Padded:
    """An uninitialised array whose gaps are zero; the zeros between the lines are the writer's to set."""
    memory, clean = marked(of.size, dtype, (of, dtype))
    buffer = memory[of.gap : -SLACK].reshape(of.shape[1], of.length)
    if not clean:
        memory[: of.gap] = 0
        memory[-SLACK:] = 0
        buffer[:, of.used :] = 0
    itemsize = buffer.itemsize
    x = np.ndarray.__new__(Padded, of.shape, dtype, memory.view(_Buffer), of.gap * itemsize, of.strides(itemsize))
    x.layout, x.buffer, x.memory = of, buffer, memory
    return x


def empty_like_layout(x: Padded, dtype: DType | None = None) -> Padded:
    """As `empty`, in the layout of `x`."""
    return empty(x.layout, dtype or x.dtype)


def images(like: Array, shape: Sequence[int], dtype: DType) -> Array:
    """An uninitialised array for images (N, C, *size): padded, the padding cleared, where `like` is or where it pays."""
    batch, channels, *size = shape
    if len(size) == 2 and (math.prod(shape) >= SMALL or is_padded(like)):
        out = empty(layout_of((batch, channels, *size)), dtype)
        clear_padding(out)
        return out
    return np.empty((channels, batch, *size), dtype).swapaxes(0, 1)


def zeros(part: Any, shape: Sequence[int]) -> Array:
    """Zeros of `shape` with the dtype of `part`; padded where that is padded images, or some pixels or channels of such."""
    whole = part
    while isinstance(whole, np.ndarray) and not hasattr(whole, "layout"):
        whole = whole.base
    if not isinstance(whole, Padded) or len(shape) != 4:
        return np.zeros(shape, part.dtype)
    out = empty(layout_of(shape), part.dtype)
    out.buffer[:] = 0
    return out


def padded(x: Array) -> Padded | None:
    """`x` as a `Padded` if it is one, or if it is a view of a whole one (`t.data` may be); else None."""
    whole: Any = x
    while isinstance(whole, np.ndarray):
        if hasattr(whole, "layout"):
            found: Padded = whole  # type: ignore[assignment]
            return found if found is x or _same_view(x, found) else None
        whole = whole.base
    return None


def is_padded(x: Array) -> bool:
    """Whether `x` lies in a padded flat buffer as a whole."""
    return padded(x) is not None


def buffer_of(x: Array) -> Array:
    """The buffer of a padded array, (C, length) and contiguous, padding included."""
    whole = padded(x)
    if whole is None:
        raise ValueError(f"an array of shape {x.shape} without padded layout: see to_padded")
    return whole.buffer


def _same_view(x: Array, whole: Padded) -> bool:
    same_place = x.__array_interface__["data"][0] == whole.__array_interface__["data"][0]
    return same_place and x.shape == whole.shape and x.strides == whole.strides and x.dtype == whole.dtype


def to_padded(x: Array, margin: int = 1) -> Padded:
    """`x` itself where it is padded by at least `margin`, else a copy in that layout."""
    whole = padded(x)
    if whole is not None and whole.layout.margin >= margin:
        return whole
    result = empty(layout_of(x.shape, margin), x.dtype)
    clear_padding(result)
    plain(result)[...] = x
    return result


def clear_padding(x: Padded, channels: slice = slice(None)) -> None:
    """Write zeros behind the lines, after a kernel has filled the used part of the flat buffer (of some channels)."""
    used = x.buffer[channels, : x.layout.used]
    used.reshape(len(used), -1, x.layout.image)[:, :, x.shape[3] :] = 0


@lru_cache(maxsize=64)
def valid_row(of: Layout) -> Array:
    """The used part of a row and some slack, with ones on pixels and zeros on all else, float32."""
    ones = empty(layout_of((of.shape[0], 1, *of.shape[2:]), of.margin), np.dtype(np.float32))
    ones.buffer[:] = 0
    plain(ones)[...] = 1
    row: Array = ones.buffer[0]
    return row


# --------------------------------------------------------------------------- pixel by pixel, keeping the layout


def _elementwise(ufunc: np.ufunc) -> bool:
    return ufunc.nout == 1 and ufunc.signature is None


def _keep_layout(ufunc: np.ufunc, inputs: tuple[Any, ...], out: Any = None) -> Padded | None:
    """`ufunc(*inputs)` in the layout of its padded inputs; None where only an ordinary result will do."""
    if not all(isinstance(x, (np.ndarray, float, int, complex, np.generic)) for x in inputs):
        return None  # the other type may want to answer
    known = [padded(x) if isinstance(x, np.ndarray) and x.ndim == 4 else None for x in inputs]
    model = next((p for p in known if p is not None), None)
    if model is None or not (out is None or getattr(out, "layout", None) is model.layout):
        return None
    pixels = [plain(x) if p is None else p for x, p in zip(inputs, known, strict=True)]
    zero = _of_zeros(ufunc, pixels) if all(_flat_operand(x, model) for x in pixels) else None
    if zero is not None and zero == 0:
        return _on_buffers(ufunc, pixels, empty_like_layout(model, zero.dtype) if out is None else out)
    return _through_view(ufunc, pixels, model) if out is None else None


def _flat_operand(x: Any, model: Padded) -> bool:
    return x.layout is model.layout if type(x) is Padded else np.ndim(x) == 0


def _of_zeros(ufunc: np.ufunc, pixels: list[Any]) -> Any:
    """What becomes of the padding, and the dtype: asked of the ufunc itself, with a zero for every pixel."""
    with np.errstate(all="ignore"):
        return ufunc(*(x.dtype.type(0) if type(x) is Padded else x for x in pixels))


def _on_buffers(ufunc: np.ufunc, pixels: list[Any], out: Padded) -> Padded:
    rows = [x.buffer.reshape(-1) if type(x) is Padded else x for x in pixels]
    target = out.buffer.reshape(-1)

    def work(span: tuple[int, int]) -> None:
        part = slice(*span)
        ufunc(*(row[part] if type(row) is np.ndarray and row.ndim else row for row in rows), out=target[part])

    parallel.over((0, target.size), ALIGN, parallel.TOUCHED * target.size, work)
    return out


def _through_view(ufunc: np.ufunc, pixels: list[Any], model: Padded) -> Padded | None:
    if np.broadcast_shapes(*map(np.shape, pixels)) != model.shape:
        return None
    kinds = [type(x) if isinstance(x, (float, int, complex)) else x.dtype for x in pixels]
    result = empty_like_layout(model, ufunc.resolve_dtypes((*kinds, None))[-1])
    clear_padding(result)
    ufunc(*map(plain, pixels), out=plain(result))
    return result


def _over_pixels(x: Any, options: dict[str, Any]) -> bool:
    given = {name for name, value in options.items() if value not in (None, False, np._NoValue)}
    return padded(x) is not None and given <= {"axis", "keepdims"} and options.get("axis") == (0, 2, 3)


def _sum_over_pixels(x: Padded, options: dict[str, Any]) -> Array:
    total: Array = buffer_of(x).sum(axis=1)
    return total.reshape(1, -1, 1, 1) if options.get("keepdims") else total

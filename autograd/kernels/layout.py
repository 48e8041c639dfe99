"""The padded flat layout: images that carry the zeros that convolution needs, so that no kernel has to add them.

To everybody an array of images is (N, C, H, W). Its memory may be a buffer of C rows, and in each row, one after the
other, the N images' pixels with `margin` zero columns behind every line and `margin` zero lines behind every image:

    row c:   lead zeros | line line ... line zero-line | next image ... | tail zeros        line = W pixels, zero column

Neighbours share their zeros: left of a line lies the zero column of the line before. So

- a 3 x 3 tap is the same flat row, shifted by one number for all pixels of all images: the columns of a matrix
  product are plain copies, and a 1 x 1 convolution needs no copy at all;
- what works pixel by pixel works on the flat buffer, in one loop over contiguous memory, padding included,
  as long as it maps zeros to zero; what does not, writes through the (N, C, H, W) view and leaves the padding alone.

**The padding of a `Padded` array is always zero.** Whoever writes to the flat buffer sees to it (`clear_padding`).
`Padded` is an ordinary ndarray to all others: its ufuncs (`a + b`, `g * (out > 0)`) keep the layout by themselves.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from autograd.kernels.windows import Array, DType

ALIGN = 16  # elements; rows start on cache lines, for float32
SMALL = 4096  # elements from which on images get the layout; below it, an ordinary array costs less to handle
SLACK = 64  # elements behind the last pixel and its margin that vector instructions may touch


class Layout:
    """The numbers of a padded flat layout; equal layouts are one object (see `layout_of`)."""

    def __init__(self, batch: int, channels: int, height: int, width: int, margin: int) -> None:
        self.shape = (batch, channels, height, width)
        self.margin = margin
        self.pitch = width + margin  # from a pixel to the one below
        self.image = (height + margin) * self.pitch  # from an image to the next
        self.used = batch * self.image
        self.lead = -(-margin * (self.pitch + 1) // ALIGN) * ALIGN
        self.length = -(-(2 * self.lead + self.used + SLACK) // ALIGN) * ALIGN

    def strides(self, itemsize: int) -> tuple[int, int, int, int]:
        """Of the (N, C, H, W) view, in bytes."""
        return self.image * itemsize, self.length * itemsize, self.pitch * itemsize, itemsize


@lru_cache(maxsize=1024)
def layout_of(batch: int, channels: int, height: int, width: int, margin: int = 1) -> Layout:
    """The layout of images of a shape, with `margin` zero columns and lines between neighbours."""
    return Layout(batch, channels, height, width, margin)


class _Buffer(np.ndarray[Any, Any]):
    """The memory of a `Padded`. A type of its own, so that NumPy names the `Padded` as the base of its views."""


class Padded(np.ndarray[Any, Any]):
    """An (N, C, H, W) view of a padded flat buffer; views and copies of it that lose the layout are ordinary."""

    layout: Layout  # absent on views and copies, as is
    buffer: Array  # (C, layout.length), a plain array

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


def wrap(buffer: Array, of: Layout) -> Padded:
    """The (N, C, H, W) view of a flat buffer (C, of.length) whose padding is, or will be, zero."""
    itemsize = buffer.itemsize
    memory = buffer.view(_Buffer)
    x = np.ndarray.__new__(Padded, of.shape, buffer.dtype, memory, of.lead * itemsize, of.strides(itemsize))
    x.layout, x.buffer = of, buffer
    return x


def empty(of: Layout, dtype: DType) -> Padded:
    """An uninitialised array whose lead and tail are zero; the padding between the images is the writer's to clear."""
    buffer = np.empty((of.shape[1], of.length), dtype)
    buffer[:, : of.lead] = 0
    buffer[:, of.lead + of.used :] = 0
    return wrap(buffer, of)


def empty_like_layout(x: Padded, dtype: DType | None = None) -> Padded:
    """As `empty`, in the layout of `x`."""
    return empty(x.layout, dtype or x.dtype)


def images(like: Array, shape: Sequence[int], dtype: DType) -> Array:
    """An uninitialised array for images (N, C, *size): padded, the padding cleared, where `like` is or where it pays."""
    batch, channels, *size = shape
    if len(size) == 2 and (math.prod(shape) >= SMALL or is_padded(like)):
        out = empty(layout_of(batch, channels, *size), dtype)
        clear_padding(out)
        return out
    return np.empty((channels, batch, *size), dtype).swapaxes(0, 1)


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


def flat(x: Array) -> Array:
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
    batch, channels, height, width = x.shape
    result = empty(layout_of(batch, channels, height, width, margin), x.dtype)
    clear_padding(result)
    plain(result)[...] = x
    return result


def clear_padding(x: Padded, channels: slice = slice(None)) -> None:
    """Write zeros between and behind the images, after a kernel has filled the flat buffer (of some channels)."""
    _, _, height, width = x.shape
    x.buffer[channels, x.layout.lead + x.layout.used :] = 0
    pixels = grid(x)[channels]
    pixels[:, :, :height, width:] = 0
    pixels[:, :, height:] = 0


@lru_cache(maxsize=64)
def valid_row(of: Layout) -> Array:
    """A row of the buffer with ones on the pixels and zeros on all padding, float32."""
    ones = empty(layout_of(of.shape[0], 1, *of.shape[2:], of.margin), np.dtype(np.float32))
    ones.buffer[:] = 0
    plain(ones)[...] = 1
    row: Array = ones.buffer[0]
    return row


def grid(x: Padded) -> Array:
    """The pixels of a padded array with the zeros behind each line and image: (C, N, H + margin, W + margin)."""
    of, size = x.layout, x.itemsize
    batch, channels, height, _ = of.shape
    strides = of.length * size, of.image * size, of.pitch * size, size
    return np.ndarray((channels, batch, height + of.margin, of.pitch), x.dtype, x.buffer, of.lead * size, strides)


# --------------------------------------------------------------------------- pixel by pixel, keeping the layout


def _elementwise(ufunc: np.ufunc) -> bool:
    return ufunc.nout == 1 and ufunc.signature is None


def _keep_layout(ufunc: np.ufunc, inputs: tuple[Any, ...], out: Any = None) -> Padded | None:
    """`ufunc(*inputs)` in the layout of its padded inputs; None where only an ordinary result will do."""
    if not all(isinstance(x, (np.ndarray, float, int, complex, np.generic)) for x in inputs):
        return None  # the other type may want to answer
    known = [padded(x) if isinstance(x, np.ndarray) and x.ndim == 4 else None for x in inputs]
    model = next((p for p in known if p is not None), None)
    if model is None or not (out is None or (type(out) is Padded and out.layout is model.layout)):
        return None
    pixels = [x if p is None else p for x, p in zip(inputs, known, strict=True)]
    if all(_flat_operand(x, model) for x in pixels) and _zero_to_zero(ufunc, pixels):
        return _on_buffers(ufunc, pixels, model, out)
    return _through_view(ufunc, pixels, model) if out is None else None


def _flat_operand(x: Any, model: Padded) -> bool:
    return x.layout is model.layout if type(x) is Padded else np.ndim(x) == 0


def _zero_to_zero(ufunc: np.ufunc, pixels: list[Any]) -> bool:
    """Whether the padding stays zero: asked of the ufunc itself, with a zero for every pixel."""
    with np.errstate(all="ignore"):
        return bool(ufunc(*(x.dtype.type(0) if type(x) is Padded else x for x in pixels)) == 0)


def _on_buffers(ufunc: np.ufunc, pixels: list[Any], model: Padded, out: Padded | None) -> Padded:
    buffers = [x.buffer if type(x) is Padded else x for x in pixels]
    if out is None:
        return wrap(ufunc(*buffers), model.layout)
    ufunc(*buffers, out=out.buffer)
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
    total: Array = flat(x).sum(axis=1)
    return total.reshape(1, -1, 1, 1) if options.get("keepdims") else total

"""The four phases of images, every other pixel of every other line, taken apart and put together: convolution of stride 2."""

from __future__ import annotations

from typing import Any

from autograd.kernels.compiled.loops import Matrix, Pair, Place, Span, helper, kernel
from autograd.kernels.compiled.tiles import halve, weave

SOURCES = "4e693cb1c31583af"
"""Digest of loops.py, tiles.py and vector.py. Numba's cache on disk notices changes of this file only; a test holds them together."""


@helper
def _address(x: Matrix, c: int, pixel: int) -> Any:
    return x.ctypes.data + 4 * (c * x.shape[1] + pixel)


# Whole vectors are written: zeros behind a line are its padding, and what they hide of the next image comes after them.


@kernel("M P S M M M M P int64 int64 S")
def take_phases(
    x: Matrix, x_at: Place, size: Pair, p00: Matrix, p01: Matrix, p10: Matrix, p11: Matrix, at: Place, lines: int, batch: int,
    channels: Span,
) -> None:  # fmt: skip
    """`lines` lines of each phase (p01: of even lines the odd pixels), zeros where the images have none."""
    for c in range(channels[0], channels[1]):
        for line in range(lines):
            for image in range(batch):
                target, source = image * at[1] + line * at[2], image * x_at[1] + 2 * line * x_at[2]
                for row in range(2):
                    even, odd = (p00, p01) if row == 0 else (p10, p11)
                    there = 2 * line + row < size[0]
                    evens, odds = ((size[1] + 1) // 2, size[1] // 2) if there else (0, 0)
                    place = _address(x, c, source + row * x_at[2] if there else source)
                    halve(place, evens, odds, at[1], _address(even, c, target), _address(odd, c, target))


@kernel("M M M M P M P S int64 S")
def put_phases(
    p00: Matrix, p01: Matrix, p10: Matrix, p11: Matrix, at: Place, out: Matrix, out_at: Place, size: Pair, batch: int, channels: Span
) -> None:  # fmt: skip
    """The images that have these phases."""
    for c in range(channels[0], channels[1]):
        for line in range(size[0]):
            for image in range(batch):
                even, odd = (p00, p01) if line % 2 == 0 else (p10, p11)
                source, target = image * at[1] + line // 2 * at[2], image * out_at[1] + line * out_at[2]
                weave(_address(even, c, source), _address(odd, c, source), size[1], (out_at[1] + 1) // 2, _address(out, c, target))

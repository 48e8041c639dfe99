"""Hypothesis strategies of convolution and pooling geometries: shapes and options that fit each other, by construction."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from autograd.testing.strategies import Shape, _strategies

TOP = {1: 9, 2: 6, 3: 4}  # how far a side exceeds the least that fits, by number of axes: naive oracles stay quick
KINDS = ("max", "average")


@dataclass(frozen=True)
class Convolution:
    """Shapes and options of one convolution; `output` is the shape that comes out.

    `options` holds stride, padding (numbers an axis, "same" or "valid"), dilation and groups, as `nn.functional.conv2d` and
    PyTorch name them; `bias` is the shape of the bias, None for none.
    """

    input: Shape
    weight: Shape
    bias: Shape | None
    options: dict[str, Any] = field(default_factory=dict)

    @property
    def output(self) -> Shape:
        kernel, dilation, padding = self.weight[2:], self.options["dilation"], self.options["padding"]
        if padding == "same":
            return (self.input[0], self.weight[0], *self.input[2:])
        both = (0,) * len(kernel) if padding == "valid" else tuple(2 * p for p in padding)
        rooms = [n + p - d * (k - 1) - 1 for n, p, d, k in zip(self.input[2:], both, dilation, kernel, strict=True)]
        return (self.input[0], self.weight[0], *[room // s + 1 for room, s in zip(rooms, self.options["stride"], strict=True)])


@dataclass(frozen=True)
class Pooling:
    """Shape and options of one pooling, `kernel_size` among them; `output` is the shape that comes out."""

    input: Shape
    options: dict[str, Any] = field(default_factory=dict)

    @property
    def output(self) -> Shape:
        axes = len(self.input) - 2
        dilation = self.options.get("dilation", (1,) * axes)
        places = zip(self.input[2:], self.options["kernel_size"], self.options["stride"], self.options["padding"], dilation, strict=True)
        return (*self.input[:2], *[_windows(*place, self.options["ceil_mode"]) for place in places])


def _windows(size: int, kernel: int, stride: int, padding: int, dilation: int, ceil_mode: bool) -> int:
    """How many windows an axis holds; with `ceil_mode` the last may stand over the edge, but must start before it."""
    room = size + 2 * padding - dilation * (kernel - 1) - 1
    count = (room + (stride - 1 if ceil_mode else 0)) // stride + 1
    return count - 1 if (count - 1) * stride >= size + padding else count


def _axes(axes: int | None) -> Any:
    if axes not in (None, *TOP):
        raise ValueError(f"axes is 1, 2 or 3 spatial axes, or None for any of them; given {axes!r}")
    return _strategies().sampled_from(sorted(TOP)) if axes is None else _strategies().just(axes)


def convolution_geometries(axes: int | None = None) -> Any:
    """A strategy of `Convolution`: every stride, padding, dilation and number of groups that fits.

    Batches may be empty, kernels even, strides larger than kernels, and sizes such that the stride does not divide.

    Parameters
    ----------
    axes : {1, 2, 3}, optional
        Spatial axes; any of them where left out.

    Examples
    --------
    >>> from hypothesis import find
    >>> from autograd.testing import convolution_geometries
    >>> wide = find(convolution_geometries(axes=2), lambda c: c.options["padding"] == "same" and c.weight[2] > 1)
    >>> wide.input[2:] == wide.output[2:]
    True
    """
    st, number = _strategies(), _axes(axes)

    def drawn(draw: Any) -> Convolution:
        each = _drawer(draw, draw(number))
        kernel, dilation, wanted = each(1, 4), each(1, 2), draw(st.sampled_from(["numbers", "valid", "same"]))
        padding = each(0, 3) if wanted == "numbers" else wanted
        stride = each(1, 1 if wanted == "same" else 3)  # PyTorch, too, refuses "same" with a stride
        named = {"valid": [0] * len(kernel), "same": [d * (k - 1) for d, k in zip(dilation, kernel)]}
        pads = named.get(wanted) or [2 * p for p in padding]
        least = [max(1, d * (k - 1) + 1 - p) for d, k, p in zip(dilation, kernel, pads, strict=True)]
        groups, inner, outer, batch = (draw(st.integers(low, 3)) for low in (1, 1, 1, 0))
        size = tuple(low + extra for low, extra in zip(least, each(0, TOP[len(kernel)] - 1)))
        options = {"stride": stride, "padding": padding, "dilation": dilation, "groups": groups}
        bias = (outer * groups,) if draw(st.booleans()) else None
        return Convolution((batch, inner * groups, *size), (outer * groups, inner, *kernel), bias, options)

    return st.composite(drawn)()


def _drawer(draw: Any, axes: int) -> Any:
    st = _strategies()
    return lambda low, high: tuple(draw(st.integers(low, high)) for _ in range(axes))


def pooling_geometries(kind: str = "max", axes: int | None = None) -> Any:
    """A strategy of `Pooling`: every kernel, stride, padding and rounding that fits, and no window of padding alone.

    Parameters
    ----------
    kind : {"max", "average"}
        "max" draws `dilation` too, "average" `count_include_pad`.
    axes : {1, 2, 3}, optional
        Spatial axes; any of them where left out.

    Examples
    --------
    >>> from hypothesis import find
    >>> from autograd.testing import pooling_geometries
    >>> uneven = find(pooling_geometries("average", axes=1), lambda p: p.options["ceil_mode"] and p.input[2] % 2 == 1)
    >>> sorted(uneven.options)
    ['ceil_mode', 'count_include_pad', 'kernel_size', 'padding', 'stride']
    """
    if kind not in KINDS:
        raise ValueError(f"kind is one of {KINDS}, given {kind!r}")
    st, number = _strategies(), _axes(axes)

    def drawn(draw: Any) -> Pooling:
        each = _drawer(draw, draw(number))
        kernel, stride = each(1, 4), each(1, 3)
        dilation = each(1, 2 if kind == "max" else 1)
        padding = tuple(draw(st.integers(0, k // 2)) for k in kernel)
        # A side shorter than the dilation could fall between two taps: a maximum of nothing.
        # PyTorch's avg_pool3d, alone of them all, wants the whole kernel inside the input without its padding.
        inside = 1 if kind == "average" and len(kernel) == 3 else 0
        least = [max(d, inside * k, d * (k - 1) + 1 - 2 * p) for d, k, p in zip(dilation, kernel, padding, strict=True)]
        size = tuple(low + extra for low, extra in zip(least, each(0, TOP[len(kernel)] - 1)))
        own = {"dilation": dilation} if kind == "max" else {"count_include_pad": draw(st.booleans())}
        options = {"kernel_size": kernel, "stride": stride, "padding": padding, "ceil_mode": draw(st.booleans()), **own}
        return Pooling((draw(st.integers(0, 3)), draw(st.integers(1, 3)), *size), options)

    return st.composite(drawn)()

"""Winograd's tiles in vector instructions: the sums before and after the products of F(2×2, 3×3).

Along one axis, two neighbouring results of a kernel of three taps need four inputs d and, instead of six products, four
(Winograd 1980; Lavin and Gray 2016, section 4):

    inputs   d0 - d2, d1 + d2, d2 - d1, d1 - d3        results  m0 + m1 + m2, m1 - m2 - m3
    taps     w0, (w0 + w1 + w2) / 2, (w0 - w1 + w2) / 2, w2

On both axes that makes 16 products of 36, and 2.25 times less work wherever there are many channels to multiply.
Tiles lie side by side, one a lane: even and odd pixels of a line are taken apart in registers.

    spread    the sums of inputs, for one of the four sums down the columns
    turn      the adjoint of `gather`: the same for gradients, two of whose lines and pixels make a tile
    gather    from 16 products the two lines of results

Strided convolutions use the same way to take pixels apart, and to put them together:

    halve     a line's even and odd pixels as two lines
    weave     the line that two such lines came from
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from llvmlite import ir
from numba.extending import intrinsic

from autograd.kernels.compiled.vector import FLOAT, LANES, LONG, VECTOR, ZERO, Writer, call, long

EVEN, ODD = [2 * i for i in range(LANES)], [2 * i + 1 for i in range(LANES)]
LOW, HIGH = ([i // 2 + half + i % 2 * LANES for i in range(LANES)] for half in (0, LANES // 2))
INTEGER = ir.IntType(32)


class Tiler(Writer):
    """Also loops over lanes, and takes even and odd pixels apart and together."""

    def each(self, count: ir.Value, body: Callable[[ir.Value], None]) -> None:
        """`body` for lane 0, LANES, ... below count, which is not 0."""
        builder, entry = self.builder, self.builder.block
        loop, after = (builder.append_basic_block(name) for name in ("loop", "after"))
        builder.branch(loop)
        builder.position_at_end(loop)
        lane = builder.phi(LONG)
        body(lane)
        following = builder.add(lane, long(LANES))
        lane.add_incoming(long(0), entry)
        lane.add_incoming(following, builder.block)
        builder.cbranch(builder.icmp_signed("<", following, count), loop, after)
        builder.position_at_end(after)

    def number(self, value: ir.Value) -> ir.Value:
        """A small integer as a float in every lane."""
        one = self.builder.sitofp(value, FLOAT)
        first = self.builder.insert_element(ir.Constant(VECTOR, ir.Undefined), one, ir.Constant(INTEGER, 0))
        return self.builder.shuffle_vector(first, first, ir.Constant(ir.VectorType(INTEGER, LANES), None))

    def apart(self, first: ir.Value, second: ir.Value) -> tuple[ir.Value, ir.Value]:
        return self.pick(first, second, EVEN), self.pick(first, second, ODD)

    def below(self, first: ir.Value, limit: ir.Value) -> ir.Value:
        """For LANES numbers from `first`, whether they are below `limit`."""
        room = self.builder.trunc(self.builder.sub(limit, first), INTEGER)
        wide = self.builder.insert_element(ir.Constant(ir.VectorType(INTEGER, LANES), ir.Undefined), room, ir.Constant(INTEGER, 0))
        wide = self.builder.shuffle_vector(wide, wide, ir.Constant(ir.VectorType(INTEGER, LANES), None))
        lanes = ir.Constant(ir.VectorType(INTEGER, LANES), [ir.Constant(INTEGER, lane) for lane in range(LANES)])
        return self.builder.icmp_signed("<", lanes, wide)

    def store_where(self, mask: ir.Value, value: ir.Value, pointer: ir.Value) -> None:
        bits = ir.VectorType(ir.IntType(1), LANES)
        arguments = [VECTOR, VECTOR.as_pointer(), INTEGER, bits]
        name, module = f"llvm.masked.store.v{LANES}f32.p0", self.builder.module
        function = module.globals.get(name) or ir.Function(module, ir.FunctionType(ir.VoidType(), arguments), name)
        self.builder.call(function, [value, pointer, ir.Constant(INTEGER, 4), mask])


def _store_all(write: Tiler, values: Sequence[ir.Value], out: ir.Value, stride: ir.Value, lane: ir.Value) -> None:
    for row, value in zip(write.along(out, stride, len(values)), values, strict=True):
        write.builder.store(value, write.vector(row, lane), align=4)


def _write_spread(builder: ir.IRBuilder, arguments: list[ir.Value]) -> None:
    a, b, sign, count, out, out_stride = arguments
    write = Tiler(builder)
    first, second, target, factor = write.floats(a), write.floats(b), write.floats(out), write.number(sign)

    def body(lane: ir.Value) -> None:
        def column(shift: int) -> ir.Value:
            pixel = builder.add(builder.shl(lane, long(1)), long(shift))
            return builder.call(write.fma, [write.load(second, pixel), factor, write.load(first, pixel)])

        d0, d1 = write.apart(column(0), column(LANES))
        d2, d3 = write.apart(column(2), column(2 + LANES))
        sums = builder.fsub(d0, d2), builder.fadd(d1, d2), builder.fsub(d2, d1), builder.fsub(d1, d3)
        _store_all(write, sums, target, out_stride, lane)

    write.each(count, body)
    builder.ret_void()


def _write_turn(builder: ir.IRBuilder, arguments: list[ir.Value]) -> None:
    a, b, upper, lower, limit, count, out, out_stride = arguments
    write = Tiler(builder)
    first, second, target = write.floats(a), write.floats(b), write.floats(out)
    above, below = write.number(upper), write.number(lower)

    def body(lane: ir.Value) -> None:
        def column(shift: int) -> ir.Value:
            pixel = builder.add(builder.shl(lane, long(1)), long(shift))
            upper = builder.fmul(write.load(first, pixel), above)
            value = builder.call(write.fma, [write.load(second, pixel), below, upper])
            return builder.select(write.below(pixel, limit), value, ZERO)

        even, odd = write.apart(column(0), column(LANES))
        sums = even, builder.fadd(even, odd), builder.fsub(even, odd), builder.fneg(odd)
        _store_all(write, sums, target, out_stride, lane)

    write.each(count, body)
    builder.ret_void()


def _write_gather(builder: ir.IRBuilder, arguments: list[ir.Value]) -> None:
    m, m_stride, count, out, valid, pitch, limit, next_limit, check = arguments
    write = Tiler(builder)
    products = write.along(write.floats(m), m_stride, 16)
    lines = zip(*(write.along(write.floats(line), pitch, 2) for line in (out, valid)), (limit, next_limit), strict=True)
    places = list(lines)
    bad = write.vector(write.floats(check), long(0))

    def two(m0: ir.Value, m1: ir.Value, m2: ir.Value, m3: ir.Value) -> tuple[ir.Value, ir.Value]:
        return builder.fadd(builder.fadd(m0, m1), m2), builder.fsub(builder.fsub(m1, m2), m3)

    def body(lane: ir.Value) -> None:
        pixel = builder.shl(lane, long(1))
        columns = [two(*(write.load(products[4 * row + column], lane) for row in range(4))) for column in range(4)]
        for (target, pixels, end), row in zip(places, zip(*columns, strict=True), strict=True):
            even, odd = two(*row)
            for shift, lanes in ((0, LOW), (LANES, HIGH)):
                place = builder.add(pixel, long(shift))
                inside = write.below(place, end)
                real = builder.and_(inside, builder.fcmp_ordered(">", write.load(pixels, place), ZERO))
                value = builder.select(real, write.pick(even, odd, lanes), ZERO)
                write.store_where(inside, value, write.vector(target, place))
                nothing = builder.fsub(value, value)  # NaN for NaN and infinity
                builder.store(builder.fadd(builder.load(bad, align=4), nothing), bad, align=4)

    write.each(count, body)
    builder.ret_void()


def _write_halve(builder: ir.IRBuilder, arguments: list[ir.Value]) -> None:
    line, evens, odds, count, even_line, odd_line = arguments
    write = Tiler(builder)
    source, targets = write.floats(line), [(write.floats(even_line), evens), (write.floats(odd_line), odds)]

    def body(lane: ir.Value) -> None:
        pixel = builder.shl(lane, long(1))
        both = write.apart(write.load(source, pixel), write.load(source, builder.add(pixel, long(LANES))))
        for half, (target, end) in zip(both, targets, strict=True):
            value = builder.select(write.below(lane, end), half, ZERO)
            builder.store(value, write.vector(target, lane), align=4)

    write.each(count, body)
    builder.ret_void()


def _write_weave(builder: ir.IRBuilder, arguments: list[ir.Value]) -> None:
    even_line, odd_line, pixels, count, line = arguments
    write = Tiler(builder)
    even, odd, target = write.floats(even_line), write.floats(odd_line), write.floats(line)

    def body(lane: ir.Value) -> None:
        pixel, both = builder.shl(lane, long(1)), (write.load(even, lane), write.load(odd, lane))
        for shift, lanes in ((0, LOW), (LANES, HIGH)):
            place = builder.add(pixel, long(shift))
            value = builder.select(write.below(place, pixels), write.pick(*both, lanes), ZERO)
            builder.store(value, write.vector(target, place), align=4)

    write.each(count, body)
    builder.ret_void()


def _spread(typing: Any, a: Any, b: Any, sign: Any, count: Any, out: Any, out_stride: Any) -> Any:
    """Four rows at `out`: of line a + sign · line b, from pixel 2·lane on, d0 - d2, d1 + d2, d2 - d1, d1 - d3."""
    return call("gradroutes_spread", _write_spread, 6)


def _turn(typing: Any, a: Any, b: Any, upper: Any, lower: Any, limit: Any, count: Any, out: Any, out_stride: Any) -> Any:
    """Four rows at `out`: of upper · line a + lower · line b, zero from pixel `limit` on, even, even + odd, even - odd, -odd."""
    return call("gradroutes_turn", _write_turn, 8)


def _gather(
    typing: Any, m: Any, m_stride: Any, count: Any, out: Any, valid: Any, pitch: Any, limit: Any, next_limit: Any, check: Any
) -> Any:
    """Two lines, at `out` and `pitch` further, each up to its limit, zero where `valid` is.

    `check` (LANES floats) becomes NaN where a result is not finite.
    """
    return call("gradroutes_gather", _write_gather, 9)


def _halve(typing: Any, line: Any, evens: Any, odds: Any, count: Any, even_line: Any, odd_line: Any) -> Any:
    """The first `evens` even pixels of a line and its first `odds` odd ones, and zeros up to `count` of each, rounded up to LANES."""
    return call("gradroutes_halve", _write_halve, 6)


def _weave(typing: Any, even_line: Any, odd_line: Any, pixels: Any, count: Any, line: Any) -> Any:
    """A line of `pixels` from its even and odd ones, and zeros up to twice `count`, rounded up to LANES."""
    return call("gradroutes_weave", _write_weave, 5)


halve: Any = intrinsic(_halve)
weave: Any = intrinsic(_weave)
spread: Any = intrinsic(_spread)
turn: Any = intrinsic(_turn)
gather: Any = intrinsic(_gather)

"""The two innermost loops of convolution, as vector instructions: a block of results stays in registers.

Both keep `rows x columns` running sums in vector registers and do one fused multiply-add for each of them at every
step, with few loads: that is all there is to a fast matrix product. They are generated as LLVM code because a loop
in Python's syntax cannot say "these 24 variables are vectors and stay in registers".

    correlate    out[i, lane]  = sum over k of    a[i, k] * b[k, lane]      results side by side in memory
    inner        out[i, j]    += sum over lane of a[i, lane] * b[j, lane]   sums along memory

An operand's row k begins where a table of offsets says, which makes rows that overlap (the taps of a convolution are
one buffer, shifted) as good as a matrix: nothing is copied. Addresses are integers (`array.ctypes.data`), offsets
and strides count float32 elements. Nothing is checked here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import llvmlite.binding
from llvmlite import ir
from numba.core import config, types
from numba.extending import intrinsic

Pairs = Iterator[tuple[ir.Value, ir.Value]]


class Shape(NamedTuple):
    """What fits the registers of this processor, one or two being left for what is loaded."""

    lanes: int  # float32 numbers in a vector
    rows: int  # of `correlate`
    vectors: int  # side by side in a row of `correlate`
    inner_rows: int
    inner_columns: int


def _features() -> dict[str, bool]:
    """Of the processor that Numba compiles for: this one, or what NUMBA_CPU_NAME and NUMBA_CPU_FEATURES say."""
    if getattr(config, "CPU_NAME", None) is None:
        return dict(llvmlite.binding.get_host_cpu_features())
    return {name[1:]: name[0] == "+" for name in (getattr(config, "CPU_FEATURES", None) or "").split(",") if name}


def _shape() -> Shape:
    features = _features()
    if features.get("avx512f"):
        return Shape(lanes=16, rows=8, vectors=3, inner_rows=4, inner_columns=4)
    if features.get("neon"):
        return Shape(lanes=4, rows=8, vectors=3, inner_rows=4, inner_columns=4)
    return Shape(lanes=8 if features.get("avx") else 4, rows=4, vectors=3, inner_rows=2, inner_columns=4)


SHAPE = _shape()
LANES, ROWS, WIDTH = SHAPE.lanes, SHAPE.rows, SHAPE.lanes * SHAPE.vectors
INNER_ROWS, INNER_COLUMNS = SHAPE.inner_rows, SHAPE.inner_columns

FLOAT, LONG = ir.FloatType(), ir.IntType(64)
VECTOR = ir.VectorType(FLOAT, LANES)
ZERO = ir.Constant(VECTOR, None)


def long(value: int) -> ir.Constant:
    return ir.Constant(LONG, value)


class Writer:
    """Writes one function: pointers, vector loads and stores, and the loop around the running sums."""

    def __init__(self, builder: ir.IRBuilder) -> None:
        self.builder = builder
        self.fma = self._declare("llvm.fma", VECTOR, [VECTOR] * 3)

    def _declare(self, name: str, result: ir.Type, arguments: list[ir.Type]) -> ir.Function:
        name, module = f"{name}.v{LANES}f32", self.builder.module
        known = module.globals.get(name)
        return known or ir.Function(module, ir.FunctionType(result, arguments), name)

    def table(self, address: ir.Value, index: ir.Value) -> ir.Value:
        """The integer at `index`."""
        pointer = self.builder.inttoptr(address, LONG.as_pointer())
        return self.builder.load(self.builder.gep(pointer, [index]))

    def floats(self, address: ir.Value) -> ir.Value:
        return self.builder.inttoptr(address, FLOAT.as_pointer())

    def along(self, pointer: ir.Value, stride: ir.Value, count: int) -> list[ir.Value]:
        """`count` pointers, `stride` apart."""
        return [self.builder.gep(pointer, [self.builder.mul(stride, long(i))]) for i in range(count)]

    def vector(self, pointer: ir.Value, index: ir.Value) -> ir.Value:
        """A pointer to the vector that begins at element `index`, on any address."""
        return self.builder.bitcast(self.builder.gep(pointer, [index]), VECTOR.as_pointer())

    def load(self, pointer: ir.Value, index: ir.Value) -> ir.Value:
        return self.builder.load(self.vector(pointer, index), align=4)

    def broadcast(self, pointer: ir.Value, index: ir.Value) -> ir.Value:
        """The number at `index` in every lane."""
        one = self.builder.load(self.builder.gep(pointer, [index]))
        first = self.builder.insert_element(ir.Constant(VECTOR, ir.Undefined), one, ir.Constant(ir.IntType(32), 0))
        return self.builder.shuffle_vector(first, first, ir.Constant(ir.VectorType(ir.IntType(32), LANES), None))

    def pick(self, first: ir.Value, second: ir.Value, lanes: Sequence[int]) -> ir.Value:
        """A vector of the given lanes of two."""
        mask = ir.Constant(ir.VectorType(ir.IntType(32), len(lanes)), [ir.Constant(ir.IntType(32), lane) for lane in lanes])
        return self.builder.shuffle_vector(first, second, mask)

    def sums(self, vectors: list[ir.Value]) -> ir.Value:
        """One vector of the sums of LANES vectors: halves are added to halves, two vectors into one, until all are one."""
        width = LANES
        while len(vectors) > 1:
            low = [lane for lane in range(2 * LANES) if lane % width < width // 2]
            high = [lane + width // 2 for lane in low]
            pairs = zip(vectors[::2], vectors[1::2], strict=True)
            vectors = [self.builder.fadd(self.pick(a, b, low), self.pick(a, b, high)) for a, b in pairs]
            width //= 2
        return vectors[0]

    def accumulate(self, sums: int, count: ir.Value, step: int, pairs: Callable[[ir.Value], Pairs]) -> list[ir.Value]:
        """The running sums, from zero, after a loop that adds the product of each pair.

        `pairs` yields: a vector is loaded just before its products, so that it needs a register no longer than that.
        """
        builder, entry = self.builder, self.builder.block
        loop, after = (builder.append_basic_block(name) for name in ("loop", "after"))
        builder.branch(loop)
        builder.position_at_end(loop)
        index, totals = builder.phi(LONG), [builder.phi(VECTOR) for _ in range(sums)]
        results = [builder.call(self.fma, [a, b, total]) for (a, b), total in zip(pairs(index), totals, strict=True)]
        following = builder.add(index, long(step))
        for value, first, later in [(index, long(0), following), *zip(totals, [ZERO] * sums, results, strict=True)]:
            value.add_incoming(first, entry)
            value.add_incoming(later, loop)
        builder.cbranch(builder.icmp_signed("<", following, count), loop, after)
        builder.position_at_end(after)
        return results


def _write_correlate(builder: ir.IRBuilder, arguments: list[ir.Value]) -> None:
    a, a_stride, a_offsets, b, b_offsets, count, out, out_stride = arguments
    write = Writer(builder)
    rows = write.along(write.floats(a), a_stride, ROWS)
    lanes = write.floats(b)
    targets = [(row, long(v * LANES)) for row in write.along(write.floats(out), out_stride, ROWS) for v in range(SHAPE.vectors)]

    def pairs(k: ir.Value) -> Pairs:
        start, column = write.table(b_offsets, k), write.table(a_offsets, k)
        right = [write.load(lanes, builder.add(start, long(v * LANES))) for v in range(SHAPE.vectors)]
        for row in rows:
            left = write.broadcast(row, column)
            yield from ((vector, left) for vector in right)

    for target, total in zip(targets, write.accumulate(len(targets), count, 1, pairs), strict=True):
        builder.store(total, write.vector(*target), align=4)
    builder.ret_void()


def _write_inner(builder: ir.IRBuilder, arguments: list[ir.Value]) -> None:
    a, a_stride, b, b_offsets, count, out, out_stride = arguments
    write = Writer(builder)
    rows = write.along(write.floats(a), a_stride, INNER_ROWS)
    columns = [builder.gep(write.floats(b), [write.table(b_offsets, long(j))]) for j in range(INNER_COLUMNS)]

    def pairs(lane: ir.Value) -> Pairs:
        right = [write.load(column, lane) for column in columns]
        for row in rows:
            left = write.load(row, lane)
            yield from ((left, vector) for vector in right)

    totals = write.accumulate(INNER_ROWS * INNER_COLUMNS, count, LANES, pairs)
    for row, target in enumerate(write.along(write.floats(out), out_stride, INNER_ROWS)):
        first = row * INNER_COLUMNS
        if first % LANES == 0:
            together = write.sums(totals[first : first + LANES])
        part = write.pick(together, together, [(first + j) % LANES for j in range(INNER_COLUMNS)])
        place = builder.bitcast(target, ir.VectorType(FLOAT, INNER_COLUMNS).as_pointer())
        builder.store(builder.fadd(builder.load(place, align=4), part), place, align=4)
    builder.ret_void()


def call(name: str, write: Callable[[ir.IRBuilder, list[ir.Value]], None], arguments: int) -> Any:
    """A typed intrinsic that calls the written function.

    A function of its own, not inlined, so that its sums get all registers; `optsize` keeps LLVM from unrolling the
    loop, which would take the registers away again.
    """

    def generate(context: Any, builder: ir.IRBuilder, signature: Any, values: list[ir.Value]) -> ir.Value:
        function = builder.module.globals.get(name)
        if function is None:
            function = ir.Function(builder.module, ir.FunctionType(ir.VoidType(), [LONG] * arguments), name)
            function.linkage = "internal"
            function.attributes.add("noinline")
            function.attributes.add("optsize")
            write(ir.IRBuilder(function.append_basic_block("entry")), list(function.args))
        builder.call(function, values)
        return context.get_dummy_value()

    return types.void(*[types.intp] * arguments), generate


def _correlate(typing: Any, a: Any, a_stride: Any, a_offsets: Any, b: Any, b_offsets: Any, count: Any, out: Any, out_stride: Any) -> Any:
    """ROWS rows of WIDTH numbers at `out`: the sum over k < count of a[i, k] * b[k, lane]."""
    return call("gradroutes_correlate", _write_correlate, 8)


def _inner(typing: Any, a: Any, a_stride: Any, b: Any, b_offsets: Any, count: Any, out: Any, out_stride: Any) -> Any:
    """Add to INNER_ROWS rows of INNER_COLUMNS numbers at `out` the products of rows of a and b, over `count` lanes.

    `count` is a multiple of LANES.
    """
    return call("gradroutes_inner", _write_inner, 7)


def _number(typing: Any, address: Any, index: Any) -> Any:
    """The float32 number `index` places behind an address."""

    def generate(context: Any, builder: ir.IRBuilder, signature: Any, values: list[ir.Value]) -> ir.Value:
        return builder.load(builder.gep(builder.inttoptr(values[0], FLOAT.as_pointer()), [values[1]]))

    return types.float32(types.intp, types.intp), generate


number: Any = intrinsic(_number)
correlate: Any = intrinsic(_correlate)
inner: Any = intrinsic(_inner)

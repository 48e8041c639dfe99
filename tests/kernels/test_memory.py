"""Memory that is used again: never with two owners, in threads and after a fork too."""

import gc
import os
import threading
import weakref

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd.kernels import memory
from autograd.kernels.layout import empty, layout_of, plain
from autograd.kernels.memory import LEAST, Pool, fresh, marked

FLOAT = np.dtype(np.float32)
SIZE = LEAST // 4

HOLDERS = {
    "array": lambda row: row,
    "view": lambda row: row[5:6],
    "view of a view": lambda row: row.reshape(2, -1)[1].view(np.int32)[3:],
    "subclass": lambda row: row.view(np.matrix),
    "memoryview": memoryview,
    "buffer of a memoryview": lambda row: np.frombuffer(memoryview(row), np.uint8),
    "interface": lambda row: type("Exporter", (), {"__array_interface__": row.__array_interface__, "row": row})(),
    "ctypes": lambda row: row.ctypes.data_as(__import__("ctypes").c_void_p),
    "dlpack": lambda row: np.from_dlpack(row),
    "iterator": lambda row: row.flat,
}


@pytest.fixture(autouse=True)
def own_pool(monkeypatch):
    monkeypatch.setattr(memory, "pool", Pool())


@pytest.mark.parametrize("kind", HOLDERS)
def test_whoever_holds_a_part_holds_the_block(kind):
    row = fresh(SIZE, FLOAT)
    place, held = row.ctypes.data, HOLDERS[kind](row)
    del row
    others = [fresh(SIZE, FLOAT) for _ in range(3)]
    assert place not in {other.ctypes.data for other in others}
    del held
    gc.collect()
    assert fresh(SIZE, FLOAT).ctypes.data == place


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 9), st.sampled_from([SIZE, SIZE + 1, 3 * SIZE])), max_size=60))
def test_no_two_arrays_share_memory(steps):
    """Arrays come and go in any order; each keeps what was written to it."""
    held = []
    for number, (make, place, size) in enumerate(steps):
        if make or not held:
            row = fresh(size, FLOAT)
            row[:] = number
            held.append((number, row))
        else:
            held.pop(place % len(held))
    assert all((row == number).all() for number, row in held)


def test_rows_begin_on_cache_lines():
    assert all(fresh(SIZE + i, FLOAT).ctypes.data % memory.ALIGN == 0 for i in range(5))
    assert empty(layout_of((4, 8, 32, 32)), FLOAT).memory.ctypes.data % memory.ALIGN == 0


def test_blocks_are_used_again():
    places = {fresh(SIZE, FLOAT).ctypes.data for _ in range(50)}
    assert len(places) == 1


def test_an_idle_block_serves_smaller_arrays_but_not_much_smaller_ones():
    large = fresh(4 * SIZE, FLOAT)
    place = large.ctypes.data
    del large
    small = fresh(2 * SIZE, FLOAT)
    assert small.ctypes.data == place and small.size == 2 * SIZE
    other = fresh(4 * SIZE, FLOAT)
    assert other.ctypes.data != place  # in use
    del small
    assert fresh(SIZE // 2, FLOAT).ctypes.data != place
    assert fresh(4 * SIZE, FLOAT).ctypes.data == place


def test_a_mark_tells_whether_nobody_came_between():
    row, known = marked(SIZE, FLOAT, "mine")
    assert not known
    del row
    assert marked(SIZE, FLOAT, "mine")[1] and not marked(SIZE, FLOAT, "another's")[1]
    assert not marked(SIZE, FLOAT, "mine")[1]


def test_padding_is_zero_whatever_the_block_held():
    of, other = layout_of((3, 16, 20, 20)), layout_of((3, 16, 21, 19))
    for _ in range(3):
        row = fresh(of.size, FLOAT)
        row[:] = np.nan
        del row
        for layout in (of, of, other):
            x = empty(layout, FLOAT)
            outside = np.concatenate([x.memory[: of.gap], x.buffer[:, layout.used :].ravel(), x.memory[-4:]])
            assert not outside.any()
            plain(x)[...] = np.nan
            del x


def test_idle_blocks_go_back(monkeypatch):
    held, idle = fresh(SIZE, FLOAT), fresh(SIZE, FLOAT)
    block = weakref.ref(idle.base)
    del idle
    assert block() is not None
    memory.pool.clear()
    assert block() is None
    held[:] = 1
    monkeypatch.setattr(memory, "FORGOTTEN", 0.0)
    old = weakref.ref(fresh(9 * SIZE, FLOAT).base)
    fresh(SIZE, FLOAT)
    assert old() is None and (held == 1).all()


def test_objects_and_small_arrays_are_numpys_own():
    assert fresh(SIZE, np.dtype(object))[0] is None
    assert fresh(3, FLOAT).base is None and fresh(0, FLOAT).size == 0


def test_threads_get_memory_of_their_own():
    failures = []

    def work(number):
        for _ in range(300):
            row = fresh(SIZE, FLOAT)
            row[::64] = number
            if not (row[::64] == number).all():
                failures.append(number)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")
def test_a_child_forked_while_memory_was_given_out():
    with memory.pool.lock:
        child = os.fork()
        if child == 0:
            thread = threading.Thread(target=fresh, args=(SIZE, FLOAT), daemon=True)
            thread.start()
            thread.join(10)
            os._exit(thread.is_alive())
    assert os.waitpid(child, 0)[1] == 0


def test_blocks_between_many_that_are_in_use_are_found_again():
    """A sweep that carries a gradient for every path length through a deep network: what it drops must not stay for good."""
    before = [fresh(SIZE, FLOAT) for _ in range(150)]
    for _ in range(30):
        dropped = [fresh(SIZE, FLOAT) for _ in range(200)]
        before += [fresh(SIZE, FLOAT) for _ in range(100)]
        del dropped, before[150:-100]
    assert len(before) == 250
    assert sum(map(len, memory.pool.blocks.values())) <= 1500

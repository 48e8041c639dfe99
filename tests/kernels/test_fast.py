"""The extra `fast`: compiled kernels equal NumPy's, in threads and after a fork, and their absence is harmless."""

import gc
import hashlib
import importlib
import logging
import os
import signal
import subprocess
import sys
import threading
import weakref
from pathlib import Path
from unittest import mock

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from autograd import kernels
from autograd.kernels import choice, layout, parallel, to_padded
from tests.kernels.geometries import SEEDS, random_array
from tests.kernels.test_layout import assert_clean


@pytest.fixture
def fast():
    pytest.importorskip("numba")
    before = choice.use("fast")
    yield
    choice.use(before)


def step(seed=0, shape=(6, 16, 12, 12)):
    """Everything a residual network does, forward and backward, in float32."""
    x = to_padded(random_array(seed, shape, np.float32))
    w = random_array(seed + 1, (16, 16, 3, 3), np.float32)
    weight, bias = random_array(seed + 2, (16,), np.float32), random_array(seed + 3, (16,), np.float32)
    c = kernels.convolve(x, w, padding=1)
    h, mean, variance = kernels.batch_norm(c, weight, bias, relu=True)
    y = kernels.relu(h + x)
    p = kernels.max_pool(y, 3, 2, 1)
    s = kernels.convolve(p, w, stride=2, padding=1)
    dp = kernels.convolve_input(s, w, p.shape, stride=2, padding=1)
    dy = kernels.relu_input(kernels.max_pool_input(dp, y, 3, 2, 1), y)
    gradients = kernels.batch_norm_gradients(dy, c, weight, bias, relu=True)
    dw = kernels.convolve_weight(gradients[0], x, w.shape, padding=1)
    dx = kernels.convolve_input(gradients[0], w, x.shape, padding=1)
    return [np.array(a) for a in (c, h, mean, variance, y, p, s, dp, dy, *gradients, dw, dx)]


def assert_same(results, expected, tolerance=2e-4):
    for result, reference in zip(results, expected, strict=True):
        assert result.dtype == reference.dtype == np.float32
        assert_allclose(result, reference, rtol=tolerance, atol=tolerance * np.abs(reference).max())


def reference():
    before = choice.use("numpy")
    try:
        return step()
    finally:
        choice.use(before)


def test_a_whole_step_equals_numpy(fast):
    assert choice.compiled_for(np.zeros(1, np.float32)) is not None
    assert_same(step(), reference())


@given(
    st.sampled_from([(1, 1, 1), (3, 5, 1), (17, 9, 1), (8, 8, 4), (12, 12, 12), (33, 7, 1)]),
    st.tuples(st.integers(1, 5), st.integers(1, 20), st.integers(1, 40)),
    st.sampled_from([(1, 0), (3, 1), (5, 2)]),
    st.sampled_from([1, 2]),
    SEEDS,
)
def test_sums_of_integers_are_exact(channels, images, kernel, stride, seed):
    """Small integers add without rounding in any order: the two ways must agree to the last bit."""
    pytest.importorskip("numba")
    outer, inner, groups = channels
    rng = np.random.default_rng(seed)
    x = to_padded(rng.integers(-3, 4, (images[0], inner, *images[1:])).astype(np.float32))
    w = rng.integers(-3, 4, (outer, inner // groups, kernel[0], kernel[0])).astype(np.float32)
    options = {"stride": stride, "padding": kernel[1], "groups": groups}

    def both():
        y = kernels.convolve(x, w, **options)
        return y, kernels.convolve_input(y, w, x.shape, **options), kernels.convolve_weight(y, x, w.shape, **options)

    results = {}
    for mode in ("numpy", "fast"):
        before = choice.use(mode)
        results[mode] = both()
        choice.use(before)
    exact = [np.abs(a).max(initial=0) < 2**24 for a in results["numpy"]]
    for same, a, b in zip(exact, *results.values(), strict=True):
        assert not same or (layout.plain(a) == layout.plain(b)).all()


def three_ways(x, w, padding):
    """A 3×3 convolution and both its adjoints."""
    y = kernels.convolve(x, w, padding=padding)
    return y, kernels.convolve_input(y, w, x.shape, padding=padding), kernels.convolve_weight(y, x, w.shape, padding=padding)


@pytest.fixture
def small_blocks(monkeypatch):
    """Several strips and several blocks of channels, though arrays are small."""
    winograd = pytest.importorskip("autograd.kernels.compiled.winograd")
    monkeypatch.setattr(winograd, "FEWEST", 1)
    monkeypatch.setattr(winograd, "STRIP_FLOATS", 16 * 70)


@pytest.mark.usefixtures("fast", "small_blocks")
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    st.sampled_from([(1, 1), (4, 4), (3, 5), (8, 12), (16, 20), (68, 72), (4, 132)]),
    st.tuples(st.integers(1, 5), st.integers(1, 9), st.integers(1, 40)),
    st.sampled_from([1, ((0, 2), (1, 1)), ((2, 0), (0, 2))]),
    SEEDS,
)
def test_tiles_equal_sums(channels, images, padding, seed):
    """Winograd's tiles: any number of channels, lines (odd ones too), columns and images, and any place of the taps."""
    outputs, inputs = channels
    rng = np.random.default_rng(seed)
    x = to_padded(rng.standard_normal((images[0], inputs, *images[1:]), np.float32), 2)
    w = rng.standard_normal((outputs, inputs, 3, 3), np.float32)
    results = three_ways(x, w, padding)
    with mock.patch.object(choice, "_mode", "numpy"):
        exact = three_ways(layout.plain(x).astype(float), w.astype(float), padding)
    for result, expected in zip(results, exact, strict=True):
        assert_allclose(result, expected, rtol=0, atol=3e-6 * np.abs(expected).max(initial=1e-3))
        if layout.is_padded(result):
            assert_clean(result)


@pytest.mark.usefixtures("fast")
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 3e38])
@pytest.mark.parametrize("place", [(0, 3, 0, 0), (1, 8, 4, 6), (1, 0, 9, 9), (0, 5, 5, 9)])
def test_what_is_not_finite_reaches_only_what_meets_it(value, place):
    """An infinite pixel is in the nine results around it, and in no others, though tiles mix pixels."""
    x, w = random_array(0, (2, 9, 10, 10), np.float32), random_array(1, (12, 9, 3, 3), np.float32)
    x[place] = value
    with np.errstate(all="ignore"):
        y = kernels.convolve(to_padded(x), w, padding=1)
        dx = kernels.convolve_input(to_padded(x), w.swapaxes(0, 1), (2, 12, 10, 10), padding=1)
        for result in (y, dx):
            met = np.isfinite(layout.plain(result))
            met[place[0], :, max(place[2] - 1, 0) : place[2] + 2, max(place[3] - 1, 0) : place[3] + 2] = True
            assert met.all() and np.abs(np.nan_to_num(result, nan=np.inf)).max() > 1e37


@pytest.mark.parametrize("threads", [2, 3, 5])
def test_any_number_of_threads(fast, threads, monkeypatch):
    monkeypatch.setattr(parallel, "WORTH_SHARING", 0)
    expected = step()
    before = kernels.set_threads(threads)
    try:
        for result, single in zip(step(), expected, strict=True):
            assert_allclose(result, single, rtol=1e-5, atol=1e-5 * np.abs(single).max())
    finally:
        kernels.set_threads(before)


def test_spans_are_covered_once():
    for last in range(40):
        for step_ in (1, 4, 7):
            parts = parallel._parts((0, last), step_, 3)
            assert [p for part in parts for p in range(*part)] == list(range(last))
            assert all((part[1] - part[0]) % step_ == 0 for part in parts[:-1]) and len(parts) <= 3


def test_an_error_keeps_nothing_of_the_work(monkeypatch):
    monkeypatch.setattr(parallel, "_threads", 1 + 1)
    held = np.zeros(3)
    known = weakref.ref(held)

    def work(part, held=held):
        raise ZeroDivisionError(held.size)

    gc.disable()
    try:
        with pytest.raises(ZeroDivisionError):
            parallel.over((0, 1), 1, 1 << 30, work)
        del work, held
        assert known() is None
    finally:
        gc.enable()


def test_each_part_is_worked_on_once_and_all_are_done_when_it_returns(monkeypatch):
    monkeypatch.setattr(parallel, "_threads", 4)
    for _ in range(200):
        done: list[int] = []
        parallel.over((0, 50), 1, 1 << 30, lambda part, done=done: done.extend(range(*part)))
        assert sorted(done) == list(range(50))


def test_a_thread_that_is_held_up_leaves_its_share_to_others(monkeypatch):
    monkeypatch.setattr(parallel, "_threads", 2)
    slow, workers = threading.Event(), []

    def work(part):
        workers.append(threading.current_thread())
        if len(workers) == 1:
            slow.wait(5)  # whoever comes first waits until all else is done
        elif len(workers) == 2 * parallel.SHARES:
            slow.set()

    parallel.over((0, 100), 1, 1 << 30, work)
    assert len(workers) == 2 * parallel.SHARES and workers.count(workers[0]) == 1


def test_equal_layouts_are_one_object():
    assert layout.layout_of((2, 3, 8, 8)) is layout.layout_of([2, 3, 8, 8], 1) is layout.layout_of((2, 3, 8, 8), margin=1)


def test_errors_in_threads_arrive(monkeypatch):
    monkeypatch.setattr(parallel, "_threads", 3)
    with pytest.raises(ZeroDivisionError):
        parallel.over((0, 9), 1, 1 << 30, lambda part: 1 // (part[0] - 4))
    with pytest.raises(ValueError, match="at least one"):
        kernels.set_threads(0)


@pytest.mark.parametrize("mode_", ["numpy", "fast"])
def test_several_python_threads_at_once(mode_):
    if mode_ == "fast":
        pytest.importorskip("numba")
    before = choice.use(mode_)
    expected, failures = step(), []

    def work():
        try:
            for _ in range(5):
                assert_same(step(), expected, 1e-5)
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    choice.use(before)
    assert not failures


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")
def test_after_a_fork(fast, monkeypatch):
    monkeypatch.setattr(parallel, "WORTH_SHARING", 0)
    before = kernels.set_threads(2)
    expected = step()  # the pool of threads is there now, and the child has none of them
    child = os.fork()
    if child == 0:
        signal.alarm(60)  # a child that waits for threads it does not have would wait for ever
        try:
            assert_same(step(), expected, 1e-5)
        except BaseException:
            os._exit(1)
        os._exit(0)
    kernels.set_threads(before)
    assert os.waitpid(child, 0)[1] == 0


def test_read_only_and_strided_arrays(fast):
    x, w = random_array(0, (2, 8, 40, 40), np.float32, "readonly"), random_array(1, (8, 8, 3, 3), np.float32, "reversed")
    weight = random_array(2, (8,), np.float32, "readonly")
    y = kernels.convolve(x, w, padding=1)
    kernels.batch_norm_gradients(y, y, weight, weight)
    kernels.normalise(y, weight, weight**2, weight, weight)
    assert_allclose(kernels.batch_norm(y, weight, weight)[2], layout.plain(y).var((0, 2, 3)), rtol=1e-4)


# ---------------------------------------------------------------------------------------------- present or not


@pytest.fixture
def nothing_loaded(monkeypatch):
    monkeypatch.setattr(choice, "_kernels", None)
    monkeypatch.setattr(choice, "_failed", False)
    before = choice.use("auto")
    yield
    choice.use(before)


def large():
    return np.zeros(choice.WORTH_LOADING, np.float32)


@pytest.mark.parametrize("wanted, level", [("auto", logging.INFO), ("fast", logging.WARNING)])
def test_absent_means_numpy_and_one_line(nothing_loaded, monkeypatch, caplog, wanted, level):
    monkeypatch.setitem(sys.modules, "numba", None)
    for name in [name for name in sys.modules if name.startswith("autograd.kernels.compiled")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.delattr("autograd.kernels.compiled", raising=False)
    kernels.use(wanted)
    with caplog.at_level(logging.INFO, "autograd"):
        assert choice.compiled_for(large()) is None and choice.compiled_for(large()) is None
        assert_same(step(), reference(), 0)
    (line,) = caplog.records
    assert line.levelno == level and "NumPy only" in line.getMessage()


def test_broken_means_numpy_and_one_line(nothing_loaded, monkeypatch, caplog):
    pytest.importorskip("numba")
    from autograd.kernels.compiled import build, calls

    def explode():
        raise OSError("no space left on device")

    monkeypatch.setattr(calls, "load", explode)
    assert build is not None
    with caplog.at_level(logging.INFO, "autograd"):
        assert choice.compiled_for(large()) is None and choice.compiled_for(large()) is None
    (line,) = caplog.records
    assert line.levelno == logging.WARNING and "no space left" in line.getMessage()


def test_auto_loads_for_large_arrays_only(nothing_loaded):
    pytest.importorskip("numba")
    small = np.zeros(10, np.float32)
    assert choice.compiled_for(small) is None
    assert choice.compiled_for(large().astype(float)) is None
    assert choice.compiled_for(large()) is not None
    assert choice.compiled_for(small) is not None


def test_use_names_the_modes():
    with pytest.raises(ValueError, match="auto, fast, numpy"):
        kernels.use("cuda")


def test_numba_is_not_imported_before_it_is_needed():
    code = (
        "import sys, numpy as np; from autograd import kernels; "
        "kernels.convolve(np.ones((1, 2, 8, 8), np.float32), np.ones((2, 2, 3, 3), np.float32), padding=1); "
        "sys.exit('numba' in sys.modules or 'concurrent.futures' in sys.modules and 2)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.slow
def test_compiles_once_and_says_so(tmp_path):
    """The first process compiles, with a line of progress; the second finds the machine code on disk."""
    pytest.importorskip("numba")
    code = "from autograd.kernels.compiled import build; build.functions()"
    environment = os.environ | {"NUMBA_CACHE_DIR": str(tmp_path)}
    said = [
        subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True).stderr for _ in range(2)
    ]
    assert "compiling fast kernels, once" in said[0] and said[1] == ""


TILED = ["loops", "tiles", "vector"]


@pytest.mark.parametrize("file, sources, name", [
    ("loops", ["vector"], "VECTOR_SOURCE"), ("winograd_loops", TILED, "SOURCES"), ("phase_loops", TILED, "SOURCES"),
])  # fmt: skip
def test_the_cache_on_disk_follows_what_is_compiled(file, sources, name):
    """Numba's cache sees changes of a loop's own file alone, so that file holds a digest of what else it compiles."""
    pytest.importorskip("numba")
    loops = importlib.import_module(f"autograd.kernels.compiled.{file}")
    read = b"".join(Path(loops.__file__).with_name(f"{source}.py").read_bytes() for source in sources)
    digest = hashlib.sha256(read).hexdigest()[:16]
    assert digest == getattr(loops, name), f'write {name} = "{digest}" in {file}.py'

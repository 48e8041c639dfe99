"""Every translated operation, on its own samples: what ONNX's runners compute is what we compute."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import autograd
import nn
import tests.operations  # noqa: F401  (the samples of nn's operations)
from autograd.testing import registry

onnx = pytest.importorskip("onnx")
import nn.onnx  # noqa: E402
from nn.onnx import exporting  # noqa: E402

exporting.require_onnx()
REFUSED = {"batch_norm_statistics", "batch_norm_relu_statistics", "dropout"}
NAMES = sorted(set(nn.onnx.TRANSLATIONS) - REFUSED)


@pytest.mark.parametrize("name", NAMES)
def test_an_operation_says_the_same_in_onnx(name: str, tmp_path: Path) -> None:
    """`export` itself runs the graph on two inputs and refuses another result."""
    written = 0
    for sample in registry.samples(registry.registry[name])[:4]:
        arrays = tuple(np.asarray(array, np.float32) for array in sample.arrays)
        try:
            nn.onnx.export(lambda *values, sample=sample: sample.run(*values), arrays, tmp_path / "op.onnx", dynamic=())
        except NotImplementedError as error:
            assert repr(name) in str(error)
            continue
        written += 1
    assert written


def model(path: Path) -> Any:
    loaded = onnx.load(path)
    onnx.checker.check_model(loaded, full_check=True)
    return loaded


def test_a_wrong_translation_is_seen_and_nothing_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(nn.onnx.TRANSLATIONS, "sin", nn.onnx.TRANSLATIONS["cos"])
    with pytest.raises(ValueError, match="gives another output 0"):
        nn.onnx.export(autograd.sin, np.ones((2, 3)), tmp_path / "a.onnx")
    assert not list(tmp_path.iterdir())


def test_an_unknown_operation_is_named_with_its_place_and_can_be_taught(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    twice = autograd.op(lambda x: 2 * x, name="twice_untranslated", x=lambda g: 2 * g, domain=(-3.0, 3.0))
    monkeypatch.delitem(registry.registry, "twice_untranslated")
    net = nn.Sequential(nn.Linear(3, 2), nn.Lambda(twice))
    path = tmp_path / "a.onnx"
    path.write_bytes(b"old")
    with pytest.raises(NotImplementedError, match=r"'twice_untranslated' in '1'"):
        nn.onnx.export(net, np.ones((2, 3), np.float32), path)
    assert path.read_bytes() == b"old" and len(list(tmp_path.iterdir())) == 1
    monkeypatch.setitem(nn.onnx.TRANSLATIONS, "twice_untranslated", lambda graph, call, x: graph.add("Add", x, x))
    nn.onnx.export(net, np.ones((2, 3), np.float32), path)
    assert [node.op_type for node in model(path).graph.node] == ["Gemm", "Add", "Identity"]


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_dtypes_and_promotion_are_numpys(dtype: Any, tmp_path: Path) -> None:
    """A number beside keeps the dtype; float64 beside float32 gives float64."""
    wide = np.linspace(0, 1, 3)
    nn.onnx.export(lambda x: (x * 2.0 + 1.0, x + wide, x.astype(np.float32)), np.ones((2, 3), dtype), tmp_path / "a.onnx")
    kinds = [onnx.helper.tensor_dtype_to_np_dtype(o.type.tensor_type.elem_type) for o in model(tmp_path / "a.onnx").graph.output]
    assert kinds == [dtype, np.float64, np.float32]


FUNCTIONS = {
    "getitem": lambda x: (x[1:, ::2], x[..., 0], x[:, None, 1], x[:, ::-1], x[:, np.array([2, 0])], x[:, -1, 1:3], x[:, 1:, -2]),
    "whole axes": lambda x: (x[: x.shape[0], 1:], x[..., None, 0 : x.shape[2]], x[0 : len(x)]),
    "reshape": lambda x: (x.reshape(x.shape[0], -1), x.reshape(-1, 2), x.reshape(x.shape[0] * 3, 4), x.ravel()),
    "broadcast": lambda x: x.sum(axis=1, keepdims=True) + autograd.broadcast_to(x.mean(axis=-1, keepdims=True), x.shape),
    "joined": lambda x: (autograd.concatenate([x, x * 2.0], axis=1), autograd.stack([x, x], axis=-1), autograd.concatenate([x, x])),
    "moved": lambda x: (autograd.moveaxis(x, 0, -1), x.swapaxes(0, 1), x.transpose((2, 0, 1)), autograd.roll(x, 1, axis=1)),
    "reduced": lambda x: (x.sum(axis=0), x.mean(), x.max(axis=(0, 2)), x.var(axis=1, ddof=1), x.std(axis=-1, keepdims=True)),
    "composed": lambda x: autograd.softmax(x @ x.swapaxes(1, 2) / 2.0, axis=-1) @ x,
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_the_batch_is_left_open(name: str, tmp_path: Path) -> None:
    """Written for three samples, run with one, three and seven."""
    from nn.onnx.running import difference, runner

    function, random = FUNCTIONS[name], np.random.default_rng(0)
    nn.onnx.export(function, random.random((3, 3, 4)), tmp_path / "a.onnx")
    proto = model(tmp_path / "a.onnx")
    assert proto.graph.input[0].type.tensor_type.shape.dim[0].dim_param == "batch"
    run = runner(proto)
    for samples in (3, 7):
        x = random.random((samples, 3, 4))
        expected = function(autograd.Tensor(x))
        for got, wanted in zip(run([x]), expected if isinstance(expected, tuple) else (expected,), strict=True):
            assert difference(got, wanted.data) < 1e-6


def test_a_batch_that_decides_numbers_is_fixed_or_refused(tmp_path: Path) -> None:
    """A mean by hand divides by a number."""
    function = lambda x: x.sum(axis=0) * (1.0 / x.shape[0])
    nn.onnx.export(function, np.ones((3, 2)), tmp_path / "a.onnx")
    assert model(tmp_path / "a.onnx").graph.input[0].type.tensor_type.shape.dim[0].dim_value == 3
    with pytest.raises(ValueError, match=r"any size along axes \[0\].*'multiply'"):
        nn.onnx.export(function, np.ones((3, 2)), tmp_path / "b.onnx", dynamic=(0,))


def test_pictures_of_any_size(tmp_path: Path) -> None:
    from nn.onnx.running import difference, runner

    net = nn.Sequential(nn.Conv2d(1, 4, 3, stride=2, padding=1), nn.ReLU(), nn.MaxPool2d(2), nn.AdaptiveAvgPool2d(1), nn.Flatten())
    nn.onnx.export(net, np.random.default_rng(0).random((1, 1, 8, 8), np.float32), tmp_path / "a.onnx", dynamic=(0, 2, 3))
    run = runner(model(tmp_path / "a.onnx"))
    for shape in ((2, 1, 9, 14), (1, 1, 30, 5)):
        x = np.random.default_rng(1).random(shape, np.float32)
        assert difference(run([x])[0], net(x).data) < 1e-5


def _masked(x: Any) -> Any:
    return autograd.where(x > 0.5, x, 0.0)


def _scaled(x: Any) -> Any:
    return x * x.data.max()


def _branching(x: Any) -> Any:
    return x * 2.0 if x.data.ravel()[0] == x.data.max() else autograd.exp(x)


@pytest.mark.parametrize(("function", "said"), [(_masked, "'where'"), (_scaled, "'multiply'"), (_branching, "other operations")])
def test_what_is_computed_beside_the_graph_is_refused(function: Any, said: str, tmp_path: Path) -> None:
    """It would be frozen as it was for the example."""
    x = np.linspace(0.0, 1.0, 7).reshape(7, 1)[::-1].copy()
    with pytest.raises(ValueError, match=rf"no graph says.*{said}"):
        nn.onnx.export(function, x, tmp_path / "a.onnx")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("function", "example", "error", "said"),
    [
        (lambda x: x * 2.0, np.ones(1, bool), TypeError, "bool"),
        (lambda x: x.data, np.ones(3), TypeError, "gave ndarray"),
        (lambda x: [], np.ones(3), TypeError, "gave none"),
        (lambda x: autograd.Tensor(1.0), np.ones(3), ValueError, "output 0 does not depend"),
        (lambda x: autograd.det(x), np.eye(3), NotImplementedError, "'det'"),
        (lambda x: autograd.checkpoint(autograd.sin, x) * 2.0, np.ones(3), NotImplementedError, "checkpointed"),
    ],
)
def test_what_cannot_be_exported_says_why(function: Any, example: Any, error: type, said: str, tmp_path: Path) -> None:
    with pytest.raises(error, match=said):
        nn.onnx.export(function, example, tmp_path / "a.onnx")
    assert not list(tmp_path.iterdir())


def test_names_of_inputs_and_outputs(tmp_path: Path) -> None:
    both = (np.ones((2, 3)), np.ones((2, 3)))
    nn.onnx.export(lambda x, y: {"a": x + y, "b": x}, both, tmp_path / "a.onnx")
    graph = model(tmp_path / "a.onnx").graph
    assert [v.name for v in (*graph.input, *graph.output)] == ["input_0", "input_1", "output_0", "output_1"]
    nn.onnx.export(lambda x, y: x + y, both, tmp_path / "a.onnx", input_names=["x", "y"], output_names=["sum"])
    graph = model(tmp_path / "a.onnx").graph
    assert [v.name for v in (*graph.input, *graph.output)] == ["x", "y", "sum"]
    for names, said in (({"input_names": ["x"]}, "2 names"), ({"input_names": ["x", "x"]}, "twice"), ({"dynamic": (5,)}, "axes from 0")):
        with pytest.raises(ValueError, match=said):
            nn.onnx.export(lambda x, y: x + y, both, tmp_path / "b.onnx", **names)


def test_without_onnx_the_command_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "onnx", None)
    with pytest.raises(ModuleNotFoundError, match=r"pip install 'gradroutes\[onnx\]'"):
        nn.onnx.export(autograd.sin, np.ones(3), tmp_path / "a.onnx")


# What random programs are made of: each takes two values of shape (batch, 3, 4) and gives one.
STEPS: list[Any] = [
    lambda x, y: autograd.tanh(x + y), lambda x, y: x * y - 0.5, lambda x, y: autograd.relu(x) - autograd.sigmoid(y),
    lambda x, y: x[:, ::-1] + y[..., :1], lambda x, y: autograd.softmax(x, -1) * y, lambda x, y: x - x.mean(axis=(1, 2), keepdims=True),
    lambda x, y: autograd.concatenate([x[:, :1], y[:, 1:]], axis=1), lambda x, y: autograd.where(np.eye(3, 4) > 0, x, y),
    lambda x, y: x.reshape(x.shape[0], 12)[:, ::-1].reshape(y.shape), lambda x, y: autograd.matmul(x, np.ones((4, 4)) / 4) + y,
    lambda x, y: autograd.matmul(x, y.swapaxes(1, 2)).sum(axis=-1, keepdims=True) + x, lambda x, y: autograd.maximum(x, y) + 1.0,
    lambda x, y: autograd.stack([x, y], axis=1).max(axis=1), lambda x, y: x.transpose((0, 2, 1)).reshape(y.shape) / (1.0 + y * y),
    lambda x, y: autograd.pad(x, [(0, 0), (1, 0), (0, 2)])[:, 1:, :4] * y,
]  # fmt: skip


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.integers(0, len(STEPS) - 1), st.integers(0, 5), st.integers(0, 5)), min_size=1, max_size=8))
def test_random_programs_say_the_same_with_any_batch(tmp_path: Path, program: Any) -> None:
    """Each step takes two of the values so far; `export` runs the result with two numbers of samples."""

    def run(x: Any) -> Any:
        values = [x, x * 0.5]
        for step, one, two in program:
            values.append(STEPS[step](values[one % len(values)], values[two % len(values)]))
        return values[-1]

    nn.onnx.export(run, np.random.default_rng(0).standard_normal((2, 3, 4)), tmp_path / "a.onnx", dynamic=(0,))

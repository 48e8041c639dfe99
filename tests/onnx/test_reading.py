"""ONNX files as modules: the format's own node tests, our exports read back, gradients through them, and what is refused."""

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import autograd
import nn
from autograd import Tensor
from autograd.testing import check_gradients

onnx = pytest.importorskip("onnx")
import nn.onnx  # noqa: E402
from nn.onnx.operators import Unsupported  # noqa: E402

NUMBERS = "biuf"
PASSED, NOT_HERE = 1275, 610  # of onnx 1.23's 1,884; older and newer ones have other numbers


def node_tests() -> list[Any]:
    """The cases that ship with onnx, made by its own generators."""
    from onnx.backend.test.loader import load_model_tests

    state = np.random.get_state()  # noqa: NPY002
    try:
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            return list(load_model_tests(kind="node"))
    finally:
        np.random.set_state(state)  # noqa: NPY002


def ours(value: Any) -> bool:
    return isinstance(value, np.ndarray) and value.dtype.kind in NUMBERS


def outcome(case: Any) -> str:
    """ "passed", "not here", or what went wrong."""
    try:
        model = nn.onnx.OnnxModel(case.model)
        for inputs, outputs in case.data_sets:
            if not all(map(ours, [*inputs, *outputs])):
                return "not here"
            got = model(*inputs)
            for mine, expected in zip(got if isinstance(got, tuple) else (got,), outputs):
                array = mine.data if isinstance(mine, Tensor) else np.asarray(mine)
                np.testing.assert_allclose(array, expected, case.rtol, case.atol, strict=True)
    except Unsupported:
        return "not here"
    except Exception as error:
        return f"{case.name}: {type(error).__name__}: {error}"
    return "passed"


@pytest.mark.slow
def test_the_formats_own_node_tests() -> None:
    """What is here is right: none gives another result, dtype or shape."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        outcomes = [outcome(case) for case in node_tests()]
    wrong = [each for each in outcomes if each not in ("passed", "not here")]
    assert not wrong, "\n".join(wrong)
    assert outcomes.count("passed") > len(outcomes) // 2
    if onnx.__version__.startswith("1.23."):
        assert outcomes.count("passed") >= PASSED and outcomes.count("not here") <= NOT_HERE


def pooled() -> nn.Module:
    return nn.Sequential(nn.ConvTranspose2d(2, 3, 3, 2, 1, 1), nn.AvgPool2d(3, 2, 1), nn.GroupNorm(3, 3), nn.GELU())


NETS: dict[str, tuple[Any, tuple[int, ...]]] = {
    "resnet20": (lambda: nn.resnet20(generator=0), (3, 16, 16)),
    "attention": (lambda: nn.TransformerEncoderLayer(8, 2, 16, batch_first=True), (5, 8)),
    "sharpener": (lambda: nn.VDSR(3, 4, generator=0, last=1.0), (1, 9, 8)),
    "pooled": (pooled, (2, 5, 6)),
}  # fmt: skip


@pytest.mark.parametrize("name", NETS)
def test_what_we_wrote_comes_back(name: str, tmp_path: Path) -> None:
    """The same values, the same names of weights, the same gradients by inputs and weights."""
    make, shape = NETS[name]
    nn.manual_seed(0)
    net, x = make(), np.random.default_rng(1).standard_normal((3, *shape), np.float32)
    nn.onnx.export(net, x[:2], tmp_path / "net.onnx")
    again = nn.onnx.load(tmp_path / "net.onnx")
    assert again.input_names == ["input"] and again.output_names == ["output"]
    found = []
    for each in (net.eval(), again):
        inputs = Tensor(x, requires_grad=True)
        out = each(inputs)
        (out * out).sum().backward()
        found.append((out.data, inputs.grad.data, {key: p.grad.data for key, p in each.named_parameters() if p.grad is not None}))
    close(found[1][0], found[0][0])
    close(found[1][1], found[0][1])
    assert found[0][2].keys() <= found[1][2].keys()
    for key, gradient in found[0][2].items():
        close(found[1][2][key], gradient)


def close(got: Any, expected: Any) -> None:
    np.testing.assert_allclose(got, expected, rtol=0, atol=1e-4 * max(1.0, np.abs(expected).max()))


def test_the_skips_of_a_foreign_graph_are_found(tmp_path: Path) -> None:
    """Routes see the residual joins of a network that somebody else wrote."""
    net = nn.Sequential(nn.Linear(4, 4), *[nn.ResidualBlock(4, sigma="tanh") for _ in range(3)])
    nn.onnx.export(net, np.ones((2, 4), np.float32), tmp_path / "net.onnx")
    x = Tensor(np.linspace(-1, 1, 8, dtype=np.float32).reshape(2, 4), requires_grad=True)
    joins = autograd.routes((nn.onnx.load(tmp_path / "net.onnx")(x) ** 2).sum(), x).joins
    assert [join.kind for join in joins] == ["identity"] * 3


def graph_of(operator: str, inputs: list[str], outputs: int = 1, **attributes: Any) -> Any:
    """One node; every input float64 of any shape."""
    from onnx import TensorProto, helper

    names = [f"out{place}" for place in range(outputs)]
    node = helper.make_node(operator, inputs, names, name="the_node", **attributes)
    sides = [[helper.make_tensor_value_info(name, TensorProto.DOUBLE, None) for name in side] for side in (inputs, names)]
    return helper.make_model(helper.make_graph([node], "g", *sides), opset_imports=[helper.make_opsetid("", 18)])


@pytest.mark.parametrize(
    ("operator", "shapes", "attributes"),
    [
        ("AveragePool", [(1, 2, 5, 6)], {"kernel_shape": [3, 2], "pads": [1, 0, 1, 1], "ceil_mode": 1, "strides": [2, 2]}),
        ("ConvTranspose", [(1, 2, 3, 4), (2, 3, 3, 3)], {"strides": [2, 1], "pads": [1, 0, 0, 1], "output_padding": [1, 0]}),
        ("LRN", [(2, 5, 3, 3)], {"size": 3}),
        ("LayerNormalization", [(2, 3, 4), (3, 4), (3, 4)], {"axis": 1}),
        ("LpNormalization", [(2, 3)], {"axis": 1}),
        ("DepthToSpace", [(1, 8, 2, 3)], {"blocksize": 2, "mode": "CRD"}),
        ("LSTM", [(3, 2, 2), (1, 8, 2), (1, 8, 2)], {"hidden_size": 2}),
        ("Resize", [(1, 1, 4, 5), np.zeros(0), np.array([1, 1, 1.5, 0.6])], {"mode": "cubic", "antialias": 1}),
        ("Gemm", [(3, 2), (4, 3), (4,)], {"transA": 1, "transB": 1, "alpha": 0.5, "beta": 2.0}),
    ],
)
def test_gradients_flow_through_operators(operator: str, shapes: Any, attributes: Any) -> None:
    random = np.random.default_rng(0)
    fixed = [shape for shape in shapes if isinstance(shape, np.ndarray)]  # without gradients
    arrays = [random.uniform(0.5, 2.0, shape) for shape in shapes if not isinstance(shape, np.ndarray)]
    model = nn.onnx.OnnxModel(graph_of(operator, [f"x{place}" for place in range(len(shapes))], **attributes))
    check_gradients(lambda *values: _summed(model(*values, *fixed)), *arrays)


def _summed(result: Any) -> Any:
    """Cubed: a plain sum is constant where something is normalised."""
    return ((result[0] if isinstance(result, tuple) else result) ** 3).sum()


# ----------------------------------------------------------------------------------------------------------------- refusals


def test_an_unknown_operator_is_named_and_can_be_taught(monkeypatch: pytest.MonkeyPatch) -> None:
    proto = graph_of("Hann", ["x"])
    with pytest.raises(NotImplementedError, match=r"operator Hann \(the_node\)"):
        nn.onnx.OnnxModel(proto)
    monkeypatch.setitem(nn.onnx.OPERATORS, "Hann", lambda attributes, x: x * 2.0)
    assert nn.onnx.OnnxModel(proto)(np.ones(2)).tolist() == [2.0, 2.0]


def test_wrong_inputs_and_files_say_so(tmp_path: Path) -> None:
    model = nn.onnx.OnnxModel(graph_of("Add", ["x", "y"]))
    with pytest.raises(TypeError, match="'y' of this graph was not given"):
        model(np.ones(2))
    with pytest.raises(TypeError, match=r"takes 2 inputs \(x, y\), given 3"):
        model(1.0, 2.0, 3.0)
    path = tmp_path / "net.onnx"
    nn.onnx.export(nn.Linear(3, 2), np.ones((2, 3), np.float32), path)
    whole = path.read_bytes()
    for damaged in (whole[: len(whole) // 2], b"", b"\x00garbage" * 20):
        path.write_bytes(damaged)
        with pytest.raises(ValueError, match=r"net\.onnx: damaged"):
            nn.onnx.load(path)
    with pytest.raises(FileNotFoundError):
        nn.onnx.load(tmp_path / "none.onnx")

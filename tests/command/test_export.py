"""`gradroutes export`: named networks, a user's own, the sharpener; and what it refuses."""

from pathlib import Path

import numpy as np
import pytest

import nn
from nn.command import main

onnx = pytest.importorskip("onnx")
onnxruntime = pytest.importorskip("onnxruntime")
pytest.importorskip("sklearn")  # here, for it changes the environment


def run(*words: object) -> int:
    return main(["export", *map(str, words)])


def test_a_named_network_with_its_weights(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    net = nn.resnet20(num_classes=7, generator=3)
    nn.save(tmp_path / "w.npz", net)
    assert run("resnet20", "--classes", 7, "--weights", tmp_path / "w.npz", "--out", tmp_path / "net.onnx") == 0
    assert "input (batch, 3, 32, 32) -> output (batch, 7)" in capsys.readouterr().out
    x = np.random.default_rng(0).random((3, 3, 32, 32), np.float32)
    (got,) = onnxruntime.InferenceSession(tmp_path / "net.onnx").run(None, {"input": x})
    np.testing.assert_allclose(got, net.eval()(x).data, atol=1e-4)


def test_the_sharpener_takes_pictures_of_any_size(tmp_path: Path) -> None:
    net = nn.VDSR(4, 3, generator=1, last=1.0)
    nn.save(tmp_path / "w.npz", net)
    assert run("sharpener", "--weights", tmp_path / "w.npz", "--out", tmp_path / "net.onnx") == 0
    x = np.random.default_rng(0).random((2, 1, 10, 17), np.float32)
    (got,) = onnxruntime.InferenceSession(tmp_path / "net.onnx").run(None, {"input": x})
    np.testing.assert_allclose(got, net(x).data, atol=1e-5)


def test_a_users_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "net_to_export.py").write_text("import nn\ndef build(): return nn.Linear(3, 2)\ndef other(): return 3\n")
    assert run("net_to_export:build", "--shape", "4,3") == 0
    assert onnx.load(tmp_path / "model.onnx").graph.node[0].op_type == "Gemm"
    assert run("net_to_export:build") == 2
    assert "--shape 1,3,32,32" in capsys.readouterr().err
    assert run("net_to_export:other", "--shape", "4,3") == 2
    assert "gives a int" in capsys.readouterr().err


def test_what_was_trained_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """A run's folder is enough; inputs are as the training prepared them."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "net_to_train.py").write_text("import nn\ndef small(): return nn.Sequential(nn.Flatten(), nn.Linear(64, 10))\n")
    assert main(["train", "--model", "net_to_train:small", "--epochs", "1", "--out", str(tmp_path / "run")]) == 0
    assert run(tmp_path / "run", "--out", tmp_path / "net.onnx") == 0
    assert "Preparation(mean=" in capsys.readouterr().out
    graph = onnx.load(tmp_path / "net.onnx").graph
    assert [dim.dim_value for dim in graph.output[0].type.tensor_type.shape.dim][1:] == [10]


def test_arguments_in_brackets(tmp_path: Path) -> None:
    assert run("nn.resnet20(shortcut='B')", "--classes", 3, "--out", tmp_path / "net.onnx") == 0
    names = [each.name for each in onnx.load(tmp_path / "net.onnx").graph.initializer]
    assert "layer2.0.downsample.0.weight" in names


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["alexnet"], "MODULE:FUNCTION"),
        (["sharpener"], "--weights FILE"),
        (["resnet20", "--weights", "none.npz"], "none.npz"),
        (["resnet20", "--out", "net.pt"], "ends in .onnx"),
        (["resnet20", "--shape", "3,x"], "whole number"),
    ],
)
def test_what_is_refused(words: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(*words) == 2
    told = capsys.readouterr().err
    assert said in told and len(told.splitlines()) == 1

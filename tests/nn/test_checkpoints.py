"""PyTorch's checkpoints from outside: what people keep beside weights is read, and a small file cannot ask for all memory."""

from __future__ import annotations

import argparse
import pickle
import types
import zipfile
from collections import defaultdict
from pathlib import Path

import numpy as np
import pytest

import nn
from nn.pickled import Scalar
from tests.nn.test_weights import _text, tensor, written

NUMBERS = {"data/0": np.arange(4, dtype="<f4").tobytes()}


@pytest.mark.parametrize("protocol", [2, 5])
def test_what_people_keep_beside_weights_is_passed_over(protocol: int, tmp_path: Path) -> None:
    beside = {
        "best": np.float64(0.76), "steps": np.int32(7), "curve": np.arange(3.0), "seen": {1, 2}, "kept": defaultdict(list, a=[1]),
        "args": argparse.Namespace(lr=0.1, layers=[2, 2]), "more": types.SimpleNamespace(a=1),
    }  # fmt: skip
    pickled = pickle.dumps(beside, protocol)[:-1] + b"(" + _text("model") + tensor("FloatStorage", 4, 0, (4,), (1,))[:-1] + b"u."
    found = nn.load(written(tmp_path / "a.pt", pickled, **NUMBERS), key="model")
    assert found["x"].tolist() == [0, 1, 2, 3]


def test_a_small_file_does_not_ask_for_all_memory(tmp_path: Path) -> None:
    path = tmp_path / "a.pt"
    expanded = tensor("FloatStorage", 4, 0, (1 << 40,), (0,))
    with pytest.raises(ValueError, match=r"a\.pt.*would take 4,398,046,511,104 bytes"):
        nn.load(written(path, expanded, **NUMBERS))
    assert nn.load(written(path, tensor("FloatStorage", 4, 1, (3, 2), (0, 1)), **NUMBERS))["x"].tolist() == [[1, 2]] * 3
    with pytest.raises(ValueError, match=r"a\.pt.*value 2147483647"):
        nn.load(written(path, b"\x80\x02K\x01r\xff\xff\xff\x7f."))


def test_packed_members_are_refused_before_they_are_unpacked(tmp_path: Path) -> None:
    path = tmp_path / "a.pt"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a/data.pkl", tensor("FloatStorage", 1 << 24, 0, (4,), (1,)))
        archive.writestr("a/data/0", bytes(1 << 26))
    with pytest.raises(ValueError, match=r"a\.pt.*packed"):
        nn.load(path)


def test_what_is_whole_and_refused_is_not_called_damaged(tmp_path: Path) -> None:
    program = written(tmp_path / "a.pt", b"\x80\x02N.", **{"constants.pkl": b"\x80\x02N."})
    for path, said in ((program, "TorchScript"), (written(tmp_path / "b.pt", b"\x80\x02cos\nsystem\n."), r"would call os\.system")):
        with pytest.raises(ValueError, match=said) as caught:
            nn.load(path)
        assert "damaged" not in str(caught.value)


def test_a_file_leaves_nothing_on_what_reads_the_next(tmp_path: Path) -> None:
    """A state's second half is set as attributes of whatever it is given to, a class too."""
    poisoned = b"\x80\x02cnumpy._core.multiarray\nscalar\nN}" + _text("marked") + b"K\x01s\x86b."
    with pytest.raises(ValueError, match="not a mapping of names to tensors"):
        nn.load(written(tmp_path / "a.pt", poisoned))
    assert not hasattr(Scalar, "marked")


@pytest.mark.parametrize("name", ["resnet20.th", "pytorch_model.bin", "last.ckpt", "model_best.pth.tar"])
def test_checkpoints_by_their_other_names(name: str, tmp_path: Path) -> None:
    path = written(tmp_path / name, tensor("FloatStorage", 4, 0, (4,), (1,)), **NUMBERS)
    assert nn.load(path)["x"].tolist() == [0, 1, 2, 3]
    with pytest.raises(ValueError, match=r"PyTorch reads \.safetensors"):
        nn.save(path, {"x": np.zeros(1)})

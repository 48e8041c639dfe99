"""`gradroutes sharpen`: a better picture than bicubic, with the skip; the user's own; and what it refuses."""

import csv
from pathlib import Path

import numpy as np
import pytest

import nn
from nn.command import main

for needed in ("PIL", "matplotlib", "safetensors", "skimage", "sklearn", "tqdm"):
    pytest.importorskip(needed)


def run(*words: object) -> int:
    return main(["sharpen", *map(str, words)])


def test_a_short_training_beats_bicubic_with_the_skip_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """30 steps are enough for the difference, and nowhere near enough for the picture; then the weights sharpen a file."""
    assert run("--steps", 30, "--out", tmp_path) == 0
    told = capsys.readouterr().out
    with (tmp_path / "psnr.csv").open(encoding="utf-8") as file:
        rows = {row.pop("photograph"): {name: float(value) for name, value in row.items()} for row in csv.DictReader(file)}
    assert list(rows) == ["camera", "cat", "coins", "flower", "mean"]
    assert all(row["with skip"] > row["bicubic"] + 0.02 for row in rows.values())
    assert all(row["twin"] < row["bicubic"] - 1 for row in rows.values())
    assert f"with skip {rows['mean']['with skip'] - rows['mean']['bicubic']:+.2f}" in told.splitlines()[-1]
    for name in ("camera", "cat", "coins", "flower", "training"):
        assert (tmp_path / f"{name}.png").read_bytes()[1:4] == b"PNG"
    assert len((tmp_path / "training.csv").read_text().splitlines()) == 31
    _sharpens_a_file(tmp_path)


def _sharpens_a_file(folder: Path) -> None:
    """A test photograph's half, enlarged by the command, is nearer to the photograph than bicubic is."""
    from PIL import Image

    from nn import sharpening

    truth = sharpening.load_photographs().test["camera"]
    half = Image.fromarray(truth).resize((256, 256), Image.Resampling.BICUBIC)
    half.save(folder / "small.png")
    assert run("--image", folder / "small.png", "--out", folder) == 0
    large = np.asarray(Image.open(folder / "small_sharp.png"), np.float32) / 255
    bicubic = np.asarray(half.resize((512, 512), Image.Resampling.BICUBIC), np.float32) / 255
    assert sharpening.psnr(large, truth / 255.0) > sharpening.psnr(bicubic, truth / 255.0) + 0.02


@pytest.fixture
def files(tmp_path: Path) -> Path:
    from PIL import Image

    nn.save(tmp_path / "w.safetensors", nn.VDSR(2, 2))
    nn.save(tmp_path / "other.safetensors", nn.Linear(2, 2))
    Image.new("RGBA", (6, 4), (200, 20, 20, 128)).save(tmp_path / "a.png")
    (tmp_path / "broken.png").write_bytes((tmp_path / "a.png").read_bytes()[:40])
    return tmp_path


@pytest.mark.parametrize(
    ("image", "weights", "said"),
    [
        ("a.png", "none.safetensors", "no such file; `gradroutes sharpen` trains"),
        ("a.png", "other.safetensors", "not the weights of a sharpener"),
        ("a.png", "a.png", "none of .safetensors"),
        ("none.png", "w.safetensors", "--image"),
        ("broken.png", "w.safetensors", "--image"),
        ("w.safetensors", "w.safetensors", "--image"),
    ],
)
def test_bad_files_are_named(image: str, weights: str, said: str, files: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--image", files / image, "--weights", files / weights, "--out", files / "out") == 2
    told = capsys.readouterr().err
    assert said in told and len(told.splitlines()) == 1
    assert not (files / "out").exists()


def test_a_transparent_picture_is_sharpened_and_scaled(files: Path) -> None:
    from PIL import Image

    assert run("--image", files / "a.png", "--weights", files / "w.safetensors", "--scale", 3, "--out", files / "out") == 0
    with Image.open(files / "out" / "a_sharp.png") as large:
        assert (large.size, large.mode) == ((18, 12), "RGB")


def test_weights_without_a_picture_are_refused(files: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--weights", files / "w.safetensors") == 2
    assert "--image my.png" in capsys.readouterr().err


def test_what_is_missing_is_named(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None if name == "skimage" else object())
    assert run() == 1
    assert "pip install 'gradroutes[images]'" in capsys.readouterr().err


@pytest.mark.slow
def test_a_longer_training_beats_bicubic_by_what_is_promised() -> None:
    """0.8 dB on average, with less than half of the command's steps."""
    from nn import sharpening

    training, testing = sharpening.load_photographs().luminances()
    net = nn.VDSR(6, 32, generator=0)
    assert len(list(sharpening.train(net, training, steps=200))) == 200
    soft = {name: sharpening.blurred(truth) for name, truth in testing.items()}
    gains = [
        sharpening.psnr(sharpening.restored(net, soft[name]), truth) - sharpening.psnr(soft[name], truth) for name, truth in testing.items()
    ]
    assert np.mean(gains) > 0.8 and min(gains) > 0.5

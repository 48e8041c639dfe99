"""`gradroutes train` and `gradroutes predict`: what they write, refuse, resume, and how they end."""

import csv
import io
import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import nn
from nn.command import main, runs
from nn.data import read_data
from nn.training import about_checkpoint
from tests.house.source import ROOT

pytest.importorskip("sklearn")
NET = """
import nn, numpy as np

class Noise(nn.Module):
    def forward(self, x):
        return x + np.float32(0.01) * np.random.normal(size=x.shape).astype(np.float32) if self.training else x

def small(num_classes, width=16, generator=None):
    return nn.Sequential(nn.Linear(64, width, generator=generator), nn.BatchNorm1d(width), nn.ReLU(), nn.Dropout(0.1), Noise(),
                         nn.Residual(nn.Linear(width, width, generator=generator)), nn.Linear(width, num_classes, generator=generator))

def nothing():
    return 1

def wrong():
    return nn.Linear(64, 7)

def explodes():
    return nn.Sequential(nn.Linear(64, 10), nn.Lambda(lambda x: (x * 1e4).exp()))
"""
SMALL = ["--model", "smallnet:small", "--epochs", "2", "--checkpoint-every", "5", "--log-every", "7"]
FILES = ("checkpoint.safetensors", "model.safetensors", "log.csv")


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "smallnet.py").write_text(NET)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("original")
    (folder / "smallnet.py").write_text(NET)
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(folder))
        patch.chdir(folder)
        assert main(["train", *SMALL, "--out", "whole"]) == 0
    return folder / "whole"


@pytest.fixture
def whole(original: Path, here: Path) -> Path:
    """A run that was not interrupted; a copy of it."""
    return Path(shutil.copytree(original, here / "whole"))


def stop_at(monkeypatch: pytest.MonkeyPatch, step: int, how: Any) -> None:
    """Do something when so many steps are done, before they are counted, logged or saved."""
    count = runs.Run._count

    def counted(run: Any, done: Any) -> None:
        if done.number == step:
            how()
        count(run, done)

    monkeypatch.setattr(runs.Run, "_count", counted)


def table(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(path.read_text())))


class Killed(BaseException):
    pass


def kill() -> None:
    raise Killed


def test_what_a_run_leaves(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    whole = here / "whole"
    assert main(["train", *SMALL, "--out", "whole"]) == 0
    out = capsys.readouterr().out
    assert sorted(path.name for path in whole.iterdir()) == sorted(FILES)
    rows = table(whole / "log.csv")
    assert [int(row["step"]) for row in rows] == [7, 14, 21, 23, 28, 35, 42, 46]
    assert [row["epoch"] for row in rows if row["test_accuracy"]] == ["1", "2"]
    assert float(rows[-1]["loss"]) < float(rows[0]["loss"])
    assert f"test accuracy {float(rows[-1]['test_accuracy']):.4f}" in out
    assert "smallnet:small (" in out and "epoch 2/2" in out and "images/s" in out
    about = json.loads(about_checkpoint(whole / "checkpoint.safetensors"))
    assert about["options"]["epochs"] == 2 and about["classes"] == list("0123456789")


@pytest.mark.parametrize("step", [1, 4, 5, 6, 23, 25, 40, 46])
def test_killed_anywhere_and_resumed_it_is_the_same_run(whole: Path, here: Path, step: int, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        stop_at(patch, step, kill)
        with pytest.raises(Killed):
            main(["train", *SMALL, "--out", "cut"])
    (here / "cut" / ".checkpoint.safetensors.0123.tmp").write_text("half a checkpoint")
    assert main(["train", "--resume", "cut"]) == 0
    assert sorted(path.name for path in (here / "cut").iterdir()) == sorted(FILES)
    for name in FILES:
        assert (here / "cut" / name).read_bytes() == (whole / name).read_bytes(), name


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_interrupted_it_saves_says_how_to_go_on_and_does(
    whole: Path, here: Path, number: int, code: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with monkeypatch.context() as patch:
        stop_at(patch, 17, lambda: os.kill(os.getpid(), number))
        assert main(["train", *SMALL, "--out", "cut"]) == code
    error = capsys.readouterr().err
    assert "stopped after step 17 (in epoch 1 of 2)" in error and "gradroutes train --resume cut" in error
    assert signal.getsignal(number) is not None and main(["train", *SMALL, "--resume", "--out", "cut"]) == 0
    assert "going on after step 17" in capsys.readouterr().out
    for name in FILES:
        assert (here / "cut" / name).read_bytes() == (whole / name).read_bytes(), name


@pytest.mark.parametrize("how", ["interrupted", "killed"])
def test_stopped_in_a_test_it_is_the_same_run(
    how: str, whole: Path, here: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The test after an epoch may take minutes: no step before it is lost, and nobody waits for its end."""
    act = kill if how == "killed" else lambda: os.kill(os.getpid(), signal.SIGINT)
    with monkeypatch.context() as patch:
        watch = runs.Run._while_wanted

        def watched(run: Any, batches: Any) -> Any:
            for number, batch in enumerate(watch(run, batches)):
                if number == 2:
                    act()
                yield batch

        patch.setattr(runs.Run, "_while_wanted", watched)
        if how == "killed":
            with pytest.raises(Killed):
                main(["train", *SMALL, "--out", "cut"])
        else:
            assert main(["train", *SMALL, "--out", "cut"]) == 130
            assert "stopped after step 23 (before the test of epoch 1 of 2)" in capsys.readouterr().err
    assert "2,23," not in (here / "cut" / "log.csv").read_text()
    assert main(["train", "--resume", "cut"]) == 0
    for name in FILES:
        assert (here / "cut" / name).read_bytes() == (whole / name).read_bytes(), name


def test_a_second_interruption_is_at_once(monkeypatch: pytest.MonkeyPatch, here: Path) -> None:
    def twice() -> None:
        for _ in range(2):
            os.kill(os.getpid(), signal.SIGINT)

    stop_at(monkeypatch, 8, twice)
    assert main(["train", *SMALL, "--out", "cut"]) == 130
    assert "model.safetensors" not in {path.name for path in (here / "cut").iterdir()}


def test_the_same_seed_is_the_same_run_and_another_is_not(whole: Path, here: Path) -> None:
    assert main(["train", *SMALL, "--out", "again"]) == 0
    assert main(["train", *SMALL, "--seed", "1", "--out", "other"]) == 0
    again, other = ((here / name / "model.safetensors").read_bytes() for name in ("again", "other"))
    assert again == (whole / "model.safetensors").read_bytes() != other


def test_a_finished_run_is_not_trained_on(whole: Path) -> None:
    before = (whole / "checkpoint.safetensors").read_bytes()
    (whole / "model.safetensors").unlink()
    assert main(["train", "--resume", "whole"]) == 0
    assert (whole / "checkpoint.safetensors").read_bytes() == before
    assert (whole / "model.safetensors").exists()


def refused(capsys: pytest.CaptureFixture[str], *arguments: str, code: int = 2) -> str:
    """The one line that was printed."""
    capsys.readouterr()
    assert main(list(arguments)) == code
    error = capsys.readouterr().err.strip()
    assert error.startswith("gradroutes: ")
    return error


def test_a_run_is_not_overwritten_by_accident(whole: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "--overwrite" in refused(capsys, "train", *SMALL, "--out", "whole")
    assert main(["train", *SMALL, "--out", "whole", "--overwrite", "--seed", "3"]) == 0


def test_a_resumed_run_keeps_its_options(whole: Path, capsys: pytest.CaptureFixture[str]) -> None:
    line = refused(capsys, "train", "--resume", "whole", "--lr", "0.5", "--epochs", "1")
    assert "--lr is None there and 0.5 here" in line and "--epochs is 2 there and 1 here" in line
    assert main(["train", "--resume", "whole", "--checkpoint-every", "9", "--epochs", "2"]) == 0


def test_nothing_to_resume(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "no checkpoint.safetensors" in refused(capsys, "train", "--resume", "nowhere")
    assert main(["train", *SMALL, "--out", "fresh", "--resume"]) == 0
    assert "starting from the beginning" in capsys.readouterr().out


def test_a_spoilt_run_is_refused_by_name(whole: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log, checkpoint = whole / "log.csv", whole / "checkpoint.safetensors"
    text, data = log.read_text(), checkpoint.read_bytes()
    log.write_text(text[:-20])
    assert "log.csv is not the log" in refused(capsys, "train", "--resume", "whole", code=1)
    log.write_text(text)
    for damaged in (data[:-100], data[:50], b"", data[:3000] + b"x" + data[3001:]):
        checkpoint.write_bytes(damaged)
        assert "checkpoint.safetensors" in refused(capsys, "train", "--resume", "whole", code=1)
        assert "checkpoint.safetensors" in refused(capsys, "predict", "log.csv", "--checkpoint", "whole", code=1)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--model", "nn.resnet21"], "did you mean nn.resnet"),
        (["--model", "nn.Linear(3"], "name=value"),
        (["--model", "nn.resnet20(open('x'))"], "name=value"),
        (["--model", "nn.resnet20(shortcut='D')"], "shortcut is 'A'"),
        (["--model", "smallnet:absent"], "no function"),
        (["--model", "smallnet:nothing"], "gives a int"),
        (["--model", "smallnet:wrong"], r"outputs of shape (2, 7), expected (2, 10)"),
        (["--model", "nn.Linear(in_features=5, out_features=10)"], "does not take this data"),
        (["--data", "absent.npz"], "absent.npz: no such file"),
        (["--data", "smallnet.py"], "no data of a known kind"),
        (["--lr", "-1"], "above 0"),
        (["--momentum", "x"], "'x'"),
        (["--warmup", "5"], "leaves nothing"),
        (["--optimizer", "sgd", "--momentum", "0", "--nesterov"], "nesterov"),
        (["--weights", "absent.npz"], "absent.npz"),
    ],
)
def test_what_does_not_fit_is_said_before_the_training(arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert said in refused(capsys, "train", *SMALL, *arguments, code=1 if "--weights" in arguments else 2)
    assert not Path("gradroutes-train", "checkpoint.safetensors").exists()


def test_a_loss_that_is_not_finite_names_the_layer(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    line = refused(capsys, "train", "--model", "smallnet:explodes", "--out", "bad", code=3)
    assert "layer '1' (Lambda), operation 'exp'" in line and "checkpoint in bad" in line
    assert (here / "bad" / "checkpoint.safetensors").exists()


def test_options_reach_the_training(here: Path) -> None:
    for number, options in enumerate([
        ["--optimizer", "adamw", "--schedule", "onecycle", "--clip-norm", "1", "--label-smoothing", "0.1"],
        ["--optimizer", "rmsprop", "--schedule", "exponential", "--warmup", "0.5"],
        ["--optimizer", "adagrad", "--schedule", "multistep", "--milestones", "1", "1.5", "--warmup", "0.5"],
        ["--schedule", "plateau", "--nesterov", "--batch-size", "200"],
        ["--schedule", "constant", "--model", "smallnet:small(width=8)", "--held-out", "0.3"],
    ]):  # fmt: skip
        assert main(["train", *SMALL, *options, "--out", f"run{number}"]) == 0
        rows = table(here / f"run{number}" / "log.csv")
        assert float(rows[-1]["test_accuracy"]) > 0.2


def test_weights_go_on_in_another_run_and_in_other_hands(whole: Path, here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["train", *SMALL, "--weights", "whole/model.safetensors", "--lr", "1e-9", "--out", "more"]) == 0
    first = table(here / "more" / "log.csv")[0]
    assert float(first["accuracy"]) > 0.8
    from safetensors.numpy import load_file

    names = nn.load(whole / "model.safetensors").keys()
    assert load_file(whole / "model.safetensors").keys() == names
    assert "0.weight" in names


def test_weights_for_other_classes_lend_all_but_the_last_layer(whole: Path, here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    images, labels = read_data("digits").train[np.arange(200)]
    np.savez("few.npz", x=images, y=labels % 3)
    arguments = ["train", *SMALL, "--data", "few.npz", "--lr", "1e-12", "--out", "few"]
    assert main([*arguments, "--weights", "whole/model.safetensors"]) == 0
    assert "6.weight, 6.bias" in capsys.readouterr().out
    before, after = nn.load(whole / "model.safetensors"), nn.load(here / "few" / "model.safetensors")
    np.testing.assert_allclose(after["0.weight"], before["0.weight"], atol=1e-6)
    assert after["6.weight"].shape == (3, 16)
    assert "of another shape" in refused(
        capsys, *arguments[:-1], "other", "--model", "smallnet:small(width=8)", "--weights", "whole/model.safetensors", code=1
    )


# Predicting.


def write_digits(folder: Path, count: int) -> list[str]:
    image = pytest.importorskip("PIL.Image")
    images, labels = read_data("digits").test[np.arange(count)]
    folder.mkdir()
    for number, pixels in enumerate(images):
        image.fromarray((pixels[0] * 255).round().astype("u1")).save(folder / f"{number:02}.png")
    return [str(label) for label in labels]


def test_images_are_told_apart(whole: Path, here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    labels = write_digits(here / "images", 40)
    capsys.readouterr()
    assert main(["predict", "images", "--checkpoint", "whole", "--out", "classes.csv", "--top", "2"]) == 0
    out = capsys.readouterr().out
    rows = table(here / "classes.csv")
    assert [row["image"] for row in rows] == [str(Path("images", f"{n:02}.png")) for n in range(40)]
    assert np.mean([row["class"] == label for row, label in zip(rows, labels, strict=True)]) > 0.8
    for row in rows:
        shares = {digit: float(row[digit]) for digit in "0123456789"}
        assert abs(sum(shares.values()) - 1) < 1e-5
        assert row["class"] == max(shares, key=lambda digit: shares[digit]) and float(row["probability"]) == max(shares.values())
    assert f"{rows[0]['image']}  {rows[0]['class']}" in out


def test_an_array_of_images_and_the_weights_alone(whole: Path, here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    images, labels = read_data("digits").test[np.arange(30)]
    np.savez("some.npz", images)
    assert main(["predict", "some.npz", "--checkpoint", "whole/model.safetensors", "--out", "p.csv"]) == 0
    found = [row["class"] for row in table(here / "p.csv")]
    assert np.mean(np.array(found, int) == labels) > 0.8
    np.savez("other.npz", images[:, :, :5])
    assert "(30, 1, 5, 8)" in refused_whole(capsys, "predict", "other.npz", "--checkpoint", "whole")


def refused_whole(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    capsys.readouterr()
    assert main(list(arguments)) == 1
    return capsys.readouterr().err


def test_one_bad_image_does_not_hide_the_others(whole: Path, here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_digits(here / "images", 3)
    (here / "images" / "01.png").write_bytes(b"no image")
    capsys.readouterr()
    assert main(["predict", "images", "--checkpoint", "whole"]) == 1
    out, error = capsys.readouterr()
    assert "00.png" in out and "02.png" in out and "01.png" in error and "1 of 3" in error


def test_names_of_another_number_of_classes_are_refused(whole: Path, here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "few.txt").write_text("zero\none\n")
    write_digits(here / "images", 1)
    line = refused(capsys, "predict", "images/00.png", "--checkpoint", "whole", "--classes", "few.txt")
    assert "10 classes, and there are 2 names" in line


def test_a_full_disk_and_a_damaged_image_end_in_one_line(
    here: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    image = pytest.importorskip("PIL.Image")
    for name in ("a", "b"):
        (here / "photos" / name).mkdir(parents=True)
        for number in range(9):
            image.new("L", (8, 8)).save(here / "photos" / name / f"{number}.png")
            (here / "photos" / name / f"{number}.jpg").write_bytes(b"no image")
    monkeypatch.setattr("nn.data.recognition.IN_MEMORY", 0)
    assert "no image of a kind" in refused(capsys, "train", *SMALL, "--data", "photos")

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    line = refused(capsys, "train", *SMALL, "--out", "full", code=1)
    assert "No space left on device" in line and "checkpoint.safetensors" in line


def test_weights_of_others_need_the_model_named(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_digits(here / "images", 1)
    model = nn.resnet18(num_classes=5, generator=0)
    nn.save("others.npz", model)
    (here / "names.txt").write_text("ant\nbee\ncat\ndog\neel\n")
    common = ["predict", "images/00.png", "--checkpoint", "others.npz", "--size", "32"]
    assert "--model" in refused(capsys, *common)
    assert "missing" in refused_whole(capsys, *common, "--model", "nn.resnet34")
    assert main([*common, "--model", "nn.resnet18", "--classes", "names.txt", "--out", "p.csv"]) == 0
    (row,) = table(here / "p.csv")
    from nn.data import imagenet_input

    logits = model.eval()(imagenet_input("images/00.png", 32, 37)[None]).data
    assert row["class"] == ["ant", "bee", "cat", "dog", "eel"][int(logits.argmax())]


def test_a_reader_that_has_enough_is_no_error(whole: Path, here: Path) -> None:
    write_digits(here / "images", 2)
    command = [sys.executable, "-m", "nn.command", "predict", "images", "--checkpoint", "whole"]
    reading, writing = os.pipe()
    os.close(reading)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), str(here)])}
    done = subprocess.run(command, stdout=writing, stderr=subprocess.PIPE, env=environment, cwd=here)
    os.close(writing)
    assert (done.returncode, done.stderr) == (141, b"")


@pytest.mark.parametrize("command", ["train", "predict"])
def test_help_lists_every_option(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main([command, "--help"])
    text = capsys.readouterr().out
    assert "examples:" in text
    assert all(f"--{name.replace('_', '-')}" in text for name in (runs_options() if command == "train" else ("checkpoint", "top", "out")))


def runs_options() -> list[str]:
    from nn.command.training_arguments import DEFAULTS

    return [*DEFAULTS, "out", "resume", "overwrite"]

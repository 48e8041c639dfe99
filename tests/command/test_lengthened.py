"""A run that is made longer, and two that want the same folder."""

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from nn.command import locking, main
from nn.command.locking import NAME, alone_in
from nn.command.refusal import Refusal
from tests.command.test_train import FILES, NET, Killed, kill, refused, stop_at
from tests.house.source import ROOT

pytest.importorskip("sklearn")
RUN = ["train", "--model", "smallnet:small", "--checkpoint-every", "5", "--log-every", "7", "--batch-size", "200"]
KEPT = {
    "constant": ["--schedule", "constant", "--warmup", "0.5"],
    "exponential": ["--schedule", "exponential", "--gamma", "0.9"],
    "plateau": ["--schedule", "plateau"],
    "multistep": ["--schedule", "multistep", "--milestones", "1", "2.5"],
}


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "smallnet.py").write_text(NET)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def same(one: Path, other: Path) -> None:
    for name in FILES:
        assert (one / name).read_bytes() == (other / name).read_bytes(), name


@pytest.mark.parametrize("schedule", KEPT)
def test_longer_is_the_run_that_was_begun_longer(schedule: str, here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*RUN, *KEPT[schedule], "--epochs", "3", "--out", "whole"]) == 0
    assert main([*RUN, *KEPT[schedule], "--epochs", "1", "--out", "grown"]) == 0
    capsys.readouterr()
    assert main(["train", "--resume", "grown", "--epochs", "3"]) == 0
    assert "to 3 epochs instead of 1" in capsys.readouterr().out
    same(here / "grown", here / "whole")


def test_longer_and_killed_at_once_it_stays_longer(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert main([*RUN, *KEPT["constant"], "--epochs", "2", "--out", "whole"]) == 0
    assert main([*RUN, *KEPT["constant"], "--epochs", "1", "--out", "grown"]) == 0
    with monkeypatch.context() as patch:
        stop_at(patch, 9, kill)
        with pytest.raises(Killed):
            main(["train", "--resume", "grown", "--epochs", "2"])
    assert main(["train", "--resume", "grown"]) == 0
    same(here / "grown", here / "whole")


@pytest.mark.parametrize("schedule", ["cosine", "onecycle", "multistep"])
def test_a_schedule_that_looks_at_its_end_is_not_lengthened(schedule: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*RUN, "--schedule", schedule, "--epochs", "1", "--out", "run"]) == 0
    line = refused(capsys, "train", "--resume", "run", "--epochs", "3")
    assert f"--schedule {schedule} depends on --epochs" in line and "--schedule constant" in line
    assert main(["train", "--resume", "run"]) == 0


# Two in one folder.


def test_a_second_run_is_refused_and_the_first_one_named(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with alone_in(here / "run"):
        for more in ([], ["--resume"], ["--overwrite"]):
            line = refused(capsys, *RUN, "--out", "run", *more)
            assert f"process {os.getpid()} trains there" in line and "another --out" in line
        assert [path.name for path in (here / "run").iterdir()] == [NAME]
    assert not (here / "run").exists()


HOLDER = """
import sys, time
from pathlib import Path
from nn.command.locking import alone_in
with alone_in(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(60)
"""


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no SIGKILL here")
def test_what_a_killed_process_held_is_taken_over(here: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    holder = subprocess.Popen([sys.executable, "-c", HOLDER, "run"], stdout=subprocess.PIPE, env=environment, cwd=here)
    assert holder.stdout is not None and holder.stdout.readline() == b"held\n"
    with pytest.raises(Refusal, match=f"process {holder.pid} trains there"), alone_in(here / "run"):
        pass
    holder.kill()
    holder.communicate()
    assert (here / "run" / NAME).read_text() == str(holder.pid)
    with alone_in(here / "run"):
        assert (here / "run" / NAME).read_text() == str(os.getpid())
    assert not (here / "run" / NAME).exists()


@pytest.mark.parametrize("gone", ["file", "folder"])
def test_a_lock_that_is_removed_in_the_same_moment_is_not_taken_for_one_that_holds(
    gone: str, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = "_lock" if gone == "file" else "writable"
    rest = [getattr(locking, name)]

    def removed(*arguments: Any) -> Any:
        result = rest[0](*arguments)
        monkeypatch.setattr(locking, name, rest[0])
        (here / "run" / NAME).unlink()
        if gone == "folder":
            (here / "run").rmdir()
        return result

    monkeypatch.setattr(locking, name, removed)
    with alone_in(here / "run"), pytest.raises(Refusal, match=str(os.getpid())), alone_in(here / "run"):
        pass


def test_a_folder_that_cannot_be_written_is_named(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "file").write_text("")
    assert "--out file/run: cannot write there" in refused(capsys, *RUN, "--out", "file/run")

"""kill -9 at random moments, of real processes: a training goes on as if nothing had happened, a file is old or new."""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

import nn
from tests.command.test_train import FILES, NET
from tests.house.source import ROOT

pytest.importorskip("sklearn")
pytestmark = [pytest.mark.slow, pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no SIGKILL here")]

TRAININGS = {
    "dense": ["--model", "smallnet:small", "--epochs", "30", "--checkpoint-every", "7", "--log-every", "5", "--optimizer", "adamw"],
    "images": ["--model", "nn.resnet20", "--epochs", "1", "--batch-size", "16", "--checkpoint-every", "6", "--log-every", "4",
               "--augment", "both", "--schedule", "onecycle", "--held-out", "0.2", "--size", "8", "--data"],
}  # fmt: skip


def environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}


def started(folder: Path, *arguments: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "nn.command", "train", *arguments]
    return subprocess.Popen(command, cwd=folder, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT)


def finished(process: subprocess.Popen[bytes]) -> None:
    out, _ = process.communicate()
    assert process.returncode == 0, out.decode()


@pytest.mark.parametrize("name", TRAININGS)
def test_killed_at_random_and_resumed_it_gives_the_same_bits(name: str, tmp_path: Path) -> None:
    (tmp_path / "smallnet.py").write_text(NET)
    options = TRAININGS[name]
    if name == "images":
        chance = np.random.default_rng(0)
        np.savez(tmp_path / "images.npz", x=chance.integers(0, 256, (500, 3, 8, 8)).astype("u1"), y=chance.integers(0, 4, 500))
        options = [*options, "images.npz"]
    begun = time.monotonic()
    finished(started(tmp_path, *options, "--out", "whole"))
    length, chance = time.monotonic() - begun, random.Random(name)
    for trial in range(2):
        for _ in range(4):
            process = started(tmp_path, *options, "--out", f"cut{trial}", "--resume")
            try:
                process.wait(chance.uniform(0.1, 1.1) * length)
            except subprocess.TimeoutExpired:
                process.send_signal(chance.choice([signal.SIGKILL, signal.SIGKILL, signal.SIGINT]))
            process.communicate()
        finished(started(tmp_path, *options, "--out", f"cut{trial}", "--resume"))
        for file in FILES:
            assert (tmp_path / f"cut{trial}" / file).read_bytes() == (tmp_path / "whole" / file).read_bytes(), file


WRITER = """
import sys, numpy as np, nn
for number in range(10**9):
    nn.save(sys.argv[1], {"a": np.full(300_000, number), "b": np.full(5, number)})
    if number == 0:
        print("begun", flush=True)
"""


@pytest.mark.parametrize("suffix", ["safetensors", "npz"])
def test_a_file_is_whole_whenever_its_writer_is_killed(suffix: str, tmp_path: Path) -> None:
    chance, path = random.Random(suffix), tmp_path / f"weights.{suffix}"
    for _ in range(6):
        writer = subprocess.Popen([sys.executable, "-c", WRITER, str(path)], env=environment(), cwd=tmp_path, stdout=subprocess.PIPE)
        assert writer.stdout is not None and writer.stdout.readline() == b"begun\n"
        time.sleep(chance.uniform(0, 0.1))
        writer.kill()
        writer.communicate()
        found = nn.load(path)
        assert set(found["a"].tolist()) == set(found["b"].tolist()) and len(found["a"]) == 300_000

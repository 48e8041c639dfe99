"""What `mypy --strict` says of a user's files."""

import os
import subprocess
import sys
from pathlib import Path

import pytest


def mypy(root: Path, cache: Path, *arguments: str, path: str = "") -> str:
    """What ``mypy --strict`` says, without a word about the library itself; in a process of its own, for it sets limits of Python."""
    pytest.importorskip("mypy", reason="needs mypy")
    options = ["--strict", "--follow-imports=silent", "--no-warn-unused-ignores", "--config-file=", "--cache-dir", str(cache)]
    command = [sys.executable, "-m", "mypy", *options, *arguments]
    done = subprocess.run(command, cwd=root, env={**os.environ, "MYPYPATH": path or str(root)}, capture_output=True, text=True)
    assert not done.stderr, done.stderr
    return done.stdout

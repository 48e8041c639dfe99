"""One virtual environment for each peer: their packages exclude each other (two are named `autograd`)."""

from __future__ import annotations

import os
import subprocess
import sys
import venv
from pathlib import Path

from .peers import ENVIRONMENTS

PLACE = Path(__file__).resolve().parent / ".environments"


def create(names: list[str], place: Path = PLACE) -> list[str]:
    """Make the environments that are missing; returns the names of those that failed."""
    place.mkdir(parents=True, exist_ok=True)
    (place / ".gitignore").write_text("*\n")
    return [name for name in names if not _create(name, place)]


def _create(name: str, place: Path) -> bool:
    python = _python(place / name)
    if not python.exists():
        venv.create(place / name, with_pip=True)
    done = subprocess.run([str(python), "-m", "pip", "install", "-q", *ENVIRONMENTS[name]])
    print(f"{name}: {python if done.returncode == 0 else 'could not be installed'}")
    return done.returncode == 0


def _python(folder: Path) -> Path:
    return folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def variable(environment: str) -> str:
    return f"GRADROUTES_BENCH_{environment.upper()}"


def interpreter(environment: str, named: dict[str, str]) -> str:
    """The interpreter of an environment: named by option, by variable, made here, or for this engine our own.

    Raises FileNotFoundError, with what to do, where there is none.
    """
    chosen = named.get(environment) or os.environ.get(variable(environment))
    if chosen:
        return chosen
    made = _python(PLACE / environment)
    if made.exists():
        return str(made)
    if environment == "gradroutes":
        return sys.executable
    raise FileNotFoundError(
        f"no environment for {environment}: run `python -m benchmarks environments --only {environment}`, "
        f"or name an interpreter that has it with --python {environment}=PATH or {variable(environment)}=PATH"
    )

"""Errors that a person at a terminal can do something about: one line, no traceback."""

from __future__ import annotations

import importlib.util


class Refusal(Exception):
    """Printed as one line; `code` is the exit code."""

    def __init__(self, message: str, code: int = 2) -> None:
        super().__init__(message)
        self.code = code


def require(extra: str, *modules: str) -> None:
    """Refuse, before any work is done, when an optional dependency is missing."""
    missing = [name for name in modules if importlib.util.find_spec(name) is None]
    if missing:
        raise Refusal(f"needs {', '.join(missing)}, not installed: pip install 'gradroutes[{extra}]'", code=1)

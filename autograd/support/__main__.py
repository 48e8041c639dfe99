"""``python -m autograd.support`` writes docs/operations.md and the type stubs anew, from the project's root.

``python -m autograd.support --of MODULE`` does it for a module of yours that declares operations: its stub beside it, and its
rows of the page to the terminal.
"""

from __future__ import annotations

import argparse
import importlib
import sys
from pathlib import Path

from autograd.support import operations_of, operations_table, stub_files, support_page, user_stub


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m autograd.support", description="write what the registry knows")
    where = parser.add_mutually_exclusive_group()
    where.add_argument("--root", type=Path, default=Path(), help="where the project's page and stubs are written (default: here)")
    where.add_argument("--of", metavar="MODULE", help="a module of yours that declares operations")
    chosen = parser.parse_args(arguments)
    if chosen.of:
        _of_a_module(chosen.of)
    else:
        _of_the_project(chosen.root)


def _of_the_project(root: Path) -> None:
    for name, text in {"docs/operations.md": support_page(), **stub_files()}.items():
        _write(root / name, text)


def _of_a_module(name: str) -> None:
    sys.path.insert(0, "")  # as `python -c` finds modules: from here
    module = importlib.import_module(name)
    operations = operations_of(module)
    if not operations or module.__file__ is None:
        sys.exit(f"{name} declares no operations: name the module in which autograd.op is called")
    _write(Path(module.__file__).with_suffix(".pyi"), user_stub(module))
    print(operations_table(function.operation for function in operations.values()))


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    print(f"wrote {path}", file=sys.stderr)


if __name__ == "__main__":
    main()

"""``python -m autograd.support`` writes docs/operations.md and the type stubs anew, from the project's root."""

from __future__ import annotations

import argparse
from pathlib import Path

from autograd.support import stub_files, support_page


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m autograd.support", description=__doc__)
    parser.add_argument("--root", type=Path, default=Path(), help="where to write (default: here)")
    root = parser.parse_args().root
    for name, text in {"docs/operations.md": support_page(), **stub_files()}.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        print(f"wrote {path}")


if __name__ == "__main__":
    main()

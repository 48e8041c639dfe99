"""docs/operations.md says what the registry says."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_the_page_is_current(tmp_path: Path) -> None:
    """In a process of its own: other tests declare operations."""
    page = tmp_path / "operations.md"
    subprocess.run([sys.executable, "-m", "autograd.support", str(page)], cwd=ROOT, check=True, capture_output=True)
    written = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    assert written == page.read_text(encoding="utf-8"), "write it anew: python -m autograd.support"

"""The project speaks of itself alone, names no machine it was written on, and its links lead somewhere."""

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.house.source import ROOT

TEXT = {
    "", ".cfg", ".css", ".csv", ".dot", ".html", ".ipynb", ".js", ".json", ".jsonl", ".md", ".py", ".pyi",
    ".sh", ".svg", ".toml", ".txt", ".yaml", ".yml",
}  # fmt: skip
SKIPPED_FOLDERS = {"build", "dist", "__pycache__", "out", "htmlcov"}

ABSENT = {
    "a path of some machine": re.compile(r"(?<![\w.:/<-])/(?:home|root|work|opt|mnt|Users|venv)/[\w.]"),
    "a Windows path": re.compile(r"(?<!\w)[A-Z]:\\(?:Users|Windows)"),
    "a package registry": re.compile(r"(?:pypi|pythonhosted|npmjs|anaconda|crates)\.(?:org|com|io)"),
    "a package index option": re.compile(r"--(?:extra-)?index-url|--find-links"),
}


def project_files() -> list[Path]:
    """What git tracks, and what it would; without git, everything outside hidden and built folders."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    try:
        listed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    except (OSError, subprocess.CalledProcessError):
        return sorted(_walk(ROOT))
    return sorted(path for name in listed.split("\0") if name and (path := ROOT / name).is_file())


def _walk(root: Path) -> Iterator[Path]:
    for path in root.rglob("*"):
        folders = path.relative_to(root).parts[:-1]
        hidden = any(part.startswith(".") and part != ".ci" for part in folders)
        if path.is_file() and not hidden and not SKIPPED_FOLDERS.intersection(folders):
            yield path


FILES = [path for path in project_files() if path.suffix in TEXT]


def read(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def test_there_are_files_to_read() -> None:
    assert ROOT / "setup.cfg" in FILES


@pytest.mark.parametrize("what", ABSENT)
def test_nothing_of_the_machine_is_written_down(what: str) -> None:
    found = [
        f"{path.relative_to(ROOT)}: {match.group()}"
        for path in FILES
        if path != Path(__file__).resolve()
        for match in ABSENT[what].finditer(read(path))
    ]
    assert not found, f"{what}:\n" + "\n".join(found)


@pytest.mark.parametrize(
    "text",
    [
        "see /home/ada/x.py",
        '"/opt/venv/bin"',
        "https://pypi.org/project",
        "pip --index-url x",
        r"C:\Users\ada",
    ],
)
def test_the_patterns_find_what_they_should(text: str) -> None:
    assert any(pattern.search(text) for pattern in ABSENT.values())


@pytest.mark.parametrize(
    "text",
    ["autograd/ops/shape.py", "./home/x", "https://example.org/home/x", "x /work", "/usr/bin/env bash"],
)
def test_the_patterns_leave_the_rest_alone(text: str) -> None:
    assert not any(pattern.search(text) for pattern in ABSENT.values())


DOCUMENTS = [path for path in FILES if path.suffix == ".md"]
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)|(?:src|srcset|href)=\"([^\"]+)\"")


def local_links(text: str) -> Iterator[str]:
    for match in LINK.finditer(text):
        link = (match.group(1) or match.group(2)).partition("#")[0]
        if link and not re.match(r"[a-z]+:", link):
            yield link


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_links_lead_somewhere(document: Path) -> None:
    dead = [link for link in local_links(read(document)) if not (document.parent / link).exists()]
    assert not dead


def test_the_index_lists_every_page() -> None:
    index = ROOT / "docs" / "index.md"
    listed = {(index.parent / link).resolve() for link in local_links(read(index))}
    pages = {path for path in DOCUMENTS if path.parent == index.parent and path != index}
    assert not sorted(page.name for page in pages - listed)

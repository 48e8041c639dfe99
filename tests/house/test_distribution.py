"""What `pip install` brings: both packages whole and typed, and the command. And what the tests import."""

import configparser
import importlib
import json
from importlib import metadata
from pathlib import Path

import pytest

from tests.house.source import PACKAGES, ROOT

SETUP = configparser.ConfigParser()
SETUP.read(ROOT / "setup.cfg", encoding="utf-8")
SHIPPED = (".py", ".pyi", ".typed")


@pytest.mark.parametrize("package", PACKAGES)
def test_the_tests_import_this_checkout(package: str) -> None:
    """With another copy installed, a test run that reads that one proves nothing about this one."""
    path = importlib.import_module(package).__file__
    assert path is not None and Path(path).resolve().is_relative_to(ROOT)


@pytest.mark.parametrize("package", PACKAGES)
def test_packages_are_typed(package: str) -> None:
    """Without this marker a type checker treats every name as Any."""
    assert (ROOT / package / "py.typed").is_file()
    assert "py.typed" in SETUP["options.package_data"]["*"]


@pytest.mark.parametrize("package", PACKAGES)
def test_every_folder_of_source_is_a_package(package: str) -> None:
    """setuptools leaves a folder without `__init__.py` out of the wheel, without a word."""
    folders = {path.parent for path in (ROOT / package).rglob("*.py")}
    assert not [folder.relative_to(ROOT).as_posix() for folder in folders if not (folder / "__init__.py").is_file()]


def installed() -> metadata.Distribution | None:
    """The installed copy, if there is one that is not merely a pointer to this checkout."""
    found = [d for d in metadata.distributions(name="gradroutes") if d.read_text("direct_url.json")]
    copies = [d for d in found if not json.loads(d.read_text("direct_url.json") or "{}").get("dir_info", {}).get("editable")]
    return copies[0] if copies else None


def test_the_installed_copy_is_whole() -> None:
    distribution = installed()
    if distribution is None:
        pytest.skip("not installed, or installed in editable mode")
    there = {str(path) for path in distribution.files or []}
    wanted = {
        path.relative_to(ROOT).as_posix()
        for package in PACKAGES
        for path in (ROOT / package).rglob("*")
        if path.suffix in SHIPPED or path.name == "py.typed"
    }
    assert not sorted(wanted - there)


def test_the_core_needs_numpy_and_graphviz_alone() -> None:
    names = {line.partition(">")[0] for line in SETUP["options"]["install_requires"].split()}
    assert names == {"numpy", "graphviz"}


def test_the_command_exists() -> None:
    name, _, place = SETUP["options.entry_points"]["console_scripts"].strip().partition(" = ")
    module, _, function = place.partition(":")
    assert name == "gradroutes"
    assert callable(getattr(importlib.import_module(module), function))


def test_a_test_folder_is_a_package() -> None:
    """Then two test files may share a name, and tests/nn can never be taken for nn."""
    folders = {path.parent for path in (ROOT / "tests").rglob("test_*.py")}
    assert not [folder.relative_to(ROOT).as_posix() for folder in folders if not (folder / "__init__.py").is_file()]

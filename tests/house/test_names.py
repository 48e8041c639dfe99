"""No public function shares its name with a module or package.

Imports are lazy here: were there both a function `autograd.draw` and a module `autograd/draw.py`, then the
first import of the module would put it in the function's place, and the second `autograd.draw(loss)` would
call a module.
"""

import ast
import importlib
from collections.abc import Iterator
from types import ModuleType

import pytest

from tests.house.source import Module, house

MODULES = house()
PACKAGES = [module for module in MODULES.values() if module.is_package]


def children(package: Module) -> set[str]:
    prefix = package.name + "."
    return {name.removeprefix(prefix) for name in MODULES if name.startswith(prefix) and "." not in name[len(prefix) :]}


def names_bound_to_things(package: Module) -> Iterator[str]:
    """Names that a package's `__init__` gives to anything but its own modules."""
    for node in package.tree.body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.Assign):
            yield from (name.id for name in node.targets if isinstance(name, ast.Name))
    for imported in package.imports:
        if imported.name and f"{imported.module}.{imported.name}" not in MODULES:
            yield imported.name


@pytest.mark.parametrize("package", PACKAGES, ids=lambda package: package.name)
def test_no_name_hides_a_module(package: Module) -> None:
    clashes = children(package).intersection(names_bound_to_things(package))
    assert not clashes, f"{package.name} binds {sorted(clashes)}, and has files of these names"


@pytest.mark.parametrize("package", PACKAGES, ids=lambda package: package.name)
def test_every_child_is_a_module_when_all_are_imported(package: Module) -> None:
    """The same, as seen by a user, and past star imports and lazy attributes."""
    imported = importlib.import_module(package.name)
    for child in sorted(children(package) - {"__main__"}):
        found = getattr(imported, child, None)
        assert found is None or isinstance(found, ModuleType), f"{package.name}.{child} is {found!r}"


@pytest.mark.parametrize("package", PACKAGES, ids=lambda package: package.name)
def test_promised_names_exist(package: Module) -> None:
    """Lazy names too: `__all__` is what `dir`, editors and star imports believe."""
    imported = importlib.import_module(package.name)
    promised = getattr(imported, "__all__", [])
    assert len(promised) == len(set(promised)), "a name twice in __all__"
    missing = [name for name in promised if not hasattr(imported, name)]
    assert not missing, f"{package.name}.__all__ promises {missing}"


@pytest.mark.parametrize("module", MODULES.values(), ids=lambda module: module.name)
def test_no_module_holds_a_function_of_its_own_name(module: Module) -> None:
    """`from autograd.thing import thing` in an `__init__` is how a clash begins."""
    own_name = module.name.rpartition(".")[2]
    defined = {node.name for node in module.tree.body if isinstance(node, ast.FunctionDef | ast.ClassDef)}
    assert own_name not in defined


def test_no_public_function_anywhere_is_called_like_a_top_level_room() -> None:
    """`routing`, `pictures`, `testing`, `optim` mean the same thing wherever they are read."""
    rooms = children(MODULES["autograd"]) | (children(MODULES["nn"]) if "nn" in MODULES else set())
    clashes = []
    for package in PACKAGES:
        imported = importlib.import_module(package.name)
        for name in rooms.intersection(getattr(imported, "__all__", [])):
            if not isinstance(getattr(imported, name), ModuleType):
                clashes.append(f"{package.name}.{name}")
    assert not clashes

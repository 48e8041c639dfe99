"""Arrows point one way: nn -> autograd; pictures -> routing -> graph; ops -> declare -> graph; and so on."""

import ast
from collections.abc import Iterator

import pytest

import autograd
from tests.house.source import Import, Module, house, target

MODULES = house()

# From the ground up. A module belongs to the longest name here that it starts with, and may import its own
# storey and the ones below it. `autograd` itself is the front door: it may import every room, and no room
# imports it.
STOREYS = [
    ["autograd.graph"],
    ["autograd.tensor"],
    ["autograd.declare"],
    ["autograd.kernels"],
    ["autograd.ops"],
    ["autograd.transforms", "autograd.routing"],
    ["autograd.pictures", "autograd.testing"],
    ["autograd"],
    ["nn"],
]


def storey(module: str) -> int | None:
    """The floor of a module's longest listed prefix; None for what is not ours."""
    heights = {name: height for height, names in enumerate(STOREYS) for name in names}
    parts = module.split(".")
    prefixes = (".".join(parts[:length]) for length in range(len(parts), 0, -1))
    return next((heights[prefix] for prefix in prefixes if prefix in heights), None)


def our_imports() -> Iterator[tuple[Module, Import, str]]:
    for module in MODULES.values():
        for imported in module.imports:
            name = target(imported, MODULES)
            if storey(name) is not None and name != module.name:
                yield module, imported, name


def test_no_file_imports_upward() -> None:
    """Neither when it is imported nor later: an import inside a function is an arrow all the same."""
    upward = [
        f"{module.where}:{imported.line} imports {name}"
        for module, imported, name in our_imports()
        if (storey(name) or 0) > (storey(module.name) or 0)
    ]
    assert not upward, "\n".join(upward)


def test_no_import_cycles() -> None:
    """A cycle of files means that none of them can be read, or imported, first."""
    edges: dict[str, set[str]] = {name: set() for name in MODULES}
    for module, imported, name in our_imports():
        if not imported.deferred:
            edges[module.name].add(name)
    assert not (cycle := find_cycle(edges)), " -> ".join(cycle)


def find_cycle(edges: dict[str, set[str]]) -> list[str]:
    """Peel off what imports nothing that is left; whatever cannot be peeled holds a cycle."""
    left = {name: set(targets) & set(edges) for name, targets in edges.items()}
    while free := [name for name, targets in left.items() if not targets]:
        for name in free:
            del left[name]
        left = {name: targets.difference(free) for name, targets in left.items()}
    return _walk_round(left) if left else []


def _walk_round(edges: dict[str, set[str]]) -> list[str]:
    path = [min(edges)]
    while (following := min(edges[path[-1]])) not in path:
        path.append(following)
    return [*path[path.index(following) :], following]


def public_names_of_autograd() -> set[str]:
    return {name for name in autograd.__all__ if not name.startswith("_")}


@pytest.mark.parametrize(
    "module", [m for m in MODULES.values() if m.name.split(".")[0] == "nn"], ids=lambda m: m.name
)
def test_nn_uses_only_public_names(module: Module) -> None:
    """Anyone could have written nn: what it needs from autograd, every user can have."""
    public = public_names_of_autograd()
    private = [
        f"{module.where}:{line} {name}"
        for line, name in names_taken_from_autograd(module)
        if name not in public
    ]
    assert not private, "not in autograd.__all__:\n" + "\n".join(private)


def names_taken_from_autograd(module: Module) -> Iterator[tuple[int, str]]:
    """NAME of `autograd.NAME`, `from autograd import NAME`, `from autograd.NAME import other`."""
    for imported in module.imports:
        parts = imported.module.split(".")
        if parts[0] == "autograd" and (name := parts[1] if len(parts) > 1 else imported.name):
            yield imported.line, name
        if len(parts) > 1 and parts[0] == "autograd" and (imported.name or "").startswith("_"):
            yield imported.line, f"{imported.module}.{imported.name}"
    aliases = _aliases_of_autograd(module)
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in aliases:
            yield node.lineno, node.attr


def _aliases_of_autograd(module: Module) -> set[str]:
    imports = (node for node in ast.walk(module.tree) if isinstance(node, ast.Import))
    return {
        alias.asname or alias.name for node in imports for alias in node.names if alias.name == "autograd"
    }


def test_relative_and_absolute_imports_are_told_apart() -> None:
    """The reader of imports itself, on the forms that occur."""
    module = MODULES["autograd"]
    module = Module("autograd.ops.shape", module.path, is_package=False)
    module.__dict__["tree"] = ast.parse(
        "from .. import graph\nfrom ..declare import op\nfrom . import indexing\nimport numpy\n"
        "if TYPE_CHECKING:\n    from nn import Module\ndef f():\n    import autograd.pictures\n"
    )
    from tests.house.source import imports_of

    found = {(i.module, i.name, i.deferred) for i in imports_of(module)}
    assert found == {
        ("autograd", "graph", False),
        ("autograd.declare", "op", False),
        ("autograd.ops", "indexing", False),
        ("numpy", None, False),
        ("autograd.pictures", None, True),
    }


def test_cycles_are_found() -> None:
    assert find_cycle({"a": {"b"}, "b": {"c"}, "c": {"b"}, "d": set()}) == ["b", "c", "b"]
    assert not find_cycle({"a": {"b", "c"}, "b": {"c"}, "c": set()})


def test_storeys_follow_the_longest_prefix() -> None:
    assert storey("autograd.ops.shape") == storey("autograd.ops") != storey("autograd")
    assert storey("numpy") is None

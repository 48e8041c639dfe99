"""Arrows point one way: nn -> autograd; pictures -> routing -> graph; ops -> declare -> graph; and so on."""

import ast
import importlib
from collections.abc import Iterator
from types import ModuleType

import pytest

import autograd
from tests.house.source import Import, Module, house, imports_of, target

MODULES = house()

# From the ground up. A module belongs to the longest name here that it starts with, and may import its own
# storey and the ones below it. `autograd` itself is the front door: it may import every room, and no room
# imports it.
STOREYS = [
    ["autograd.outside", "autograd.recording", "autograd.switches", "autograd.kernels", "autograd.trees"],
    ["autograd.nodes"],
    ["autograd.accumulation"],
    ["autograd.graph"],
    ["autograd.tensor"],
    ["autograd.typing"],
    ["autograd.exchange"],
    ["autograd.generate"],
    ["autograd.declare"],
    ["autograd.protocols"],
    ["autograd.ops"],
    ["autograd.checkpointing", "autograd.products"],
    ["autograd.transforms", "autograd.routing"],
    ["autograd.linalg", "autograd.logfiles", "autograd.pictures", "autograd.testing"],
    ["autograd.recorder"],
    ["autograd"],
    ["autograd.support"],
    ["nn"],
]


HEIGHTS = {room: height for height, rooms in enumerate(STOREYS) for room in rooms}


def room(module: str) -> str | None:
    """The longest listed name that the module starts with; None for what is not ours."""
    parts = module.split(".")
    prefixes = (".".join(parts[:length]) for length in range(len(parts), 0, -1))
    return next((prefix for prefix in prefixes if prefix in HEIGHTS), None)


def points_down(importer: str, imported: str) -> bool:
    """Within a room, or from a room to a lower storey: rooms of one storey do not know each other."""
    here, there = room(importer), room(imported)
    return here == there or (here is not None and there is not None and HEIGHTS[there] < HEIGHTS[here])


def our_imports() -> Iterator[tuple[Module, Import, str]]:
    for module in MODULES.values():
        for imported in module.imports:
            name = target(imported, MODULES)
            if room(name) is not None and name != module.name:
                yield module, imported, name


def test_every_file_has_its_room() -> None:
    """A new file of the engine is given its storey above, or the test below would let it import everything."""
    homeless = [name for name in MODULES if room(name) == "autograd" != name]
    assert not homeless


def test_no_file_imports_upward() -> None:
    """Neither when it is imported nor later: an import inside a function is an arrow all the same."""
    upward = [
        f"{module.where}:{imported.line} imports {name}"
        for module, imported, name in our_imports()
        if not points_down(module.name, name)
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


# The rooms of autograd that a user may enter, by their front doors; the others' contents are offered by autograd.
PUBLIC_ROOMS = ("kernels", "linalg", "pictures", "routing", "testing")


def public_names() -> set[str]:
    """Every name of autograd, dotted: its functions and classes, its public rooms and what these offer."""
    rooms = [importlib.import_module(f"autograd.{room}") for room in PUBLIC_ROOMS if f"autograd.{room}" in MODULES]
    offered = {f"{place.__name__}.{name}" for place in [autograd, *rooms] for name in _offered(place)}
    return offered | {place.__name__ for place in [autograd, *rooms]}


def _offered(place: ModuleType) -> list[str]:
    names = [name for name in dir(place) if name[0] != "_" or name == "__version__"]
    return [name for name in names if not isinstance(getattr(place, name), ModuleType)]


NN = [module for module in MODULES.values() if module.name.split(".")[0] == "nn"]


@pytest.mark.parametrize("module", NN, ids=lambda module: module.name)
def test_nn_uses_only_public_names(module: Module) -> None:
    """Anyone could have written nn: what it needs from autograd, every user can have."""
    public = public_names()
    private = [f"{module.where}:{line} {name}" for line, name in taken_from_autograd(module) if name not in public]
    assert not private, "not public:\n" + "\n".join(private)


def taken_from_autograd(module: Module) -> Iterator[tuple[int, str]]:
    """Dotted names that a module imports from autograd, or reads from it as `autograd.NAME`."""
    for imported in module.imports:
        if imported.module.split(".")[0] == "autograd":
            yield imported.line, ".".join(filter(None, [imported.module, imported.name]))
    aliases = _aliases_of_autograd(module)
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in aliases:
            yield node.lineno, f"autograd.{node.attr}"


def _aliases_of_autograd(module: Module) -> set[str]:
    imports = (node for node in ast.walk(module.tree) if isinstance(node, ast.Import))
    return {alias.asname or alias.name for node in imports for alias in node.names if alias.name == "autograd"}


def test_relative_and_absolute_imports_are_told_apart() -> None:
    """The reader of imports itself, on the forms that occur."""
    module = MODULES["autograd"]
    module = Module("autograd.ops.shape", module.path, is_package=False)
    module.__dict__["tree"] = ast.parse(
        "from .. import graph\nfrom ..declare import op\nfrom . import indexing\nimport numpy\n"
        "if TYPE_CHECKING:\n    from nn import Module\ndef f():\n    import autograd.pictures\n"
    )
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


def test_up_and_sideways_are_not_down() -> None:
    assert points_down("autograd.ops.shape", "autograd.ops.indexing")
    assert points_down("autograd.pictures.flow", "autograd.routing.joins")
    assert not points_down("autograd.routing.joins", "autograd.pictures.flow")
    assert not points_down("autograd.routing.joins", "autograd.transforms")
    assert not points_down("autograd.ops.shape", "autograd")
    assert not points_down("autograd.testing.checks", "nn.module")
    assert room("numpy") is None

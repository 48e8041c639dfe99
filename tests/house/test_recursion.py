"""No recursion over the graph: a chain of 10⁶ operations is sorted, swept and drawn with explicit stacks."""

import ast
from collections.abc import Iterator

import pytest

from tests.house.source import Function, Module, house
from tests.house.test_imports import find_cycle

GRAPH_CODE = (
    "autograd.graph",
    "autograd.tensor",
    "autograd.transforms",
    "autograd.routing",
    "autograd.pictures",
)
MODULES = [m for m in house().values() if any(m.name == g or m.name.startswith(g + ".") for g in GRAPH_CODE)]

# Functions that recurse over something which is not the graph, and cannot be deep; each with what it is.
NOT_OVER_THE_GRAPH = {
    "autograd.pictures.labels._hatched": "draws its own stripes, once",
    "autograd.pictures.metrics._guess": "an accented letter is as wide as its base letter",
}


def calls(module: Module) -> dict[str, set[str]]:
    """Who calls whom within one file: plain names, and methods of the same class through self or cls."""
    functions = dict(_functions(module.tree, ""))
    return {name: {called for called in _called(name, node) if called in functions} for name, node in functions.items()}


def _functions(tree: ast.Module, prefix: str) -> Iterator[tuple[str, Function]]:
    """Every function under its own name; methods as Class.method."""
    stack: list[tuple[ast.AST, str]] = [(tree, prefix)]
    while stack:
        node, owner = stack.pop()
        for child in ast.iter_child_nodes(node):
            if isinstance(child, Function):
                yield owner + child.name, child
            stack.append((child, f"{child.name}." if isinstance(child, ast.ClassDef) else _inner(child, owner)))


def _inner(node: ast.AST, owner: str) -> str:
    return "" if isinstance(node, Function) else owner


def _called(caller: str, node: Function) -> Iterator[str]:
    owner = caller.rpartition(".")[0]
    for call in ast.walk(node):
        if not isinstance(call, ast.Call):
            continue
        match call.func:
            case ast.Name(id=name):
                yield name
            case ast.Attribute(value=ast.Name(id="self" | "cls"), attr=name):
                yield f"{owner}.{name}"


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.name)
def test_nothing_calls_itself(module: Module) -> None:
    edges = {name: called for name, called in calls(module).items() if f"{module.name}.{name}" not in NOT_OVER_THE_GRAPH}
    cycle = find_cycle(edges)
    assert not cycle, f"{module.where}: {' calls '.join(cycle)}; walk the graph with an explicit stack"


def test_recursion_is_found() -> None:
    module = Module("m", MODULES[0].path, is_package=False)
    source = "def a():\n    b()\ndef b():\n    a()\nclass C:\n    def f(self):\n        return self.f()\n"
    module.__dict__["tree"] = ast.parse(source)
    assert calls(module) == {"a": {"b"}, "b": {"a"}, "C.f": {"C.f"}}
    assert find_cycle(calls(module)) == ["C.f", "C.f"]

"""The project's source, read without importing it: files, their modules, their imports, their functions."""

import ast
import io
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("autograd", "nn")
Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Import:
    """`from module import name` (name is None for a plain `import module`), as seen from the root."""

    module: str
    name: str | None
    line: int
    deferred: bool  # inside a function: it runs when that is called


@dataclass
class Module:
    name: str
    path: Path
    is_package: bool
    imports: list[Import] = field(default_factory=list)

    @cached_property
    def text(self) -> str:
        return self.path.read_text(encoding="utf-8")

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.text, str(self.path))

    @property
    def where(self) -> str:
        return self.path.relative_to(ROOT).as_posix()

    @property
    def package(self) -> str:
        return self.name if self.is_package else self.name.rpartition(".")[0]

    @cached_property
    def functions(self) -> list[Function]:
        return [node for node in ast.walk(self.tree) if isinstance(node, Function)]


def house(root: Path = ROOT) -> dict[str, Module]:
    """Every module of the two packages, by name."""
    paths = sorted(path for package in PACKAGES for path in (root / package).rglob("*.py"))
    modules = [_module(path, root) for path in paths]
    for module in modules:
        module.imports = list(imports_of(module))
    return {module.name: module for module in modules}


def _module(path: Path, root: Path) -> Module:
    parts = path.relative_to(root).with_suffix("").parts
    is_package = parts[-1] == "__init__"
    return Module(".".join(parts[:-1] if is_package else parts), path, is_package)


def imports_of(module: Module) -> Iterator[Import]:
    """What the module imports when it runs: imports for type checkers alone do not count."""
    stack: list[tuple[ast.AST, bool]] = [(module.tree, False)]
    while stack:
        node, deferred = stack.pop()
        if isinstance(node, ast.Import):
            yield from (Import(alias.name, None, node.lineno, deferred) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = _absolute(module, node)
            yield from (Import(base, alias.name, node.lineno, deferred) for alias in node.names)
        else:
            inside = deferred or isinstance(node, Function | ast.Lambda)
            stack.extend((child, inside) for child in _running_children(node))


def _running_children(node: ast.AST) -> list[ast.AST]:
    if isinstance(node, ast.If) and ast.unparse(node.test) in ("TYPE_CHECKING", "typing.TYPE_CHECKING"):
        return list(node.orelse)
    return list(ast.iter_child_nodes(node))


def _absolute(module: Module, node: ast.ImportFrom) -> str:
    if not node.level:
        return node.module or ""
    parts = module.package.split(".")
    base = parts[: len(parts) - node.level + 1]
    return ".".join([*base, node.module] if node.module else base)


def target(imported: Import, modules: dict[str, Module]) -> str:
    """The module an import reads: `from autograd import graph` reads autograd.graph when that is a file."""
    full = f"{imported.module}.{imported.name}"
    return full if full in modules else imported.module


def code_lines(text: str) -> set[int]:
    """Numbers of the lines that hold code: no blank lines, no comments, no docstrings."""
    lines: set[int] = set()
    silent = (
        tokenize.COMMENT,
        tokenize.NL,
        tokenize.NEWLINE,
        tokenize.INDENT,
        tokenize.DEDENT,
        tokenize.ENDMARKER,
    )
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type not in silent:
            lines.update(range(token.start[0], token.end[0] + 1))
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, Function | ast.ClassDef | ast.Module) and ast.get_docstring(node) is not None:
            docstring = node.body[0]
            lines.difference_update(range(docstring.lineno, (docstring.end_lineno or docstring.lineno) + 1))
    return lines


def function_lengths(module: Module) -> dict[str, int]:
    """Lines of code of each function, its `def` included, by `file:line name`."""
    lines = code_lines(module.text)
    return {
        f"{module.where}:{node.lineno} {node.name}": len(lines & set(range(node.lineno, (node.end_lineno or 0) + 1)))
        for node in module.functions
    }

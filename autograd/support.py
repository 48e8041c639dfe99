"""What is differentiable: the registry as a page. ``python -m autograd.support`` writes docs/operations.md anew."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np

import autograd.ops.methods  # noqa: F401  (fills the registry)
from autograd.declare import Operation, composites, implementations, plain, registry

HEAD = """# What is differentiable

Written from the registry by `python -m autograd.support`; a test holds it current. Every operation takes and keeps float16,
float32, float64 and longdouble (integers and booleans have no gradients), broadcasts as NumPy does, and has derivatives of
every order unless said. "Complex step" says whether the function is analytic, so that its tests compare to 1e-8.
"""


def _reached_by() -> dict[Any, list[str]]:
    """For each of our functions, the NumPy functions that lead to it."""
    found: dict[Any, list[str]] = {}
    for target, ours in implementations.items():
        where = "np.linalg." if "linalg" in getattr(target, "__module__", "") else "np."
        found.setdefault(ours, []).append(f"`{where}{target.__name__}`")
    return found


def _own(operation: Operation) -> bool:
    """Declared here, not by a user or by nn."""
    module = getattr(operation.forward, "__module__", None) or "numpy"
    return isinstance(operation.forward, np.ufunc) or module.split(".")[0] in ("autograd", "numpy")


def _row(operation: Operation, reached: dict[Any, list[str]]) -> str:
    arguments = ", ".join(operation.rules) or operation.names[0]
    names = " ".join(sorted(reached.get(operation.function, []))) or "—"
    orders = "all" if operation.orders is None else str(operation.orders)
    return f"| `{operation.name}` | {names} | {arguments} | {orders} | {'yes' if operation.analytic else 'no'} | {operation.kinks or '—'} |"


def _composite(name: str, function: Callable[..., Any], reached: dict[Any, list[str]]) -> str:
    said = (function.__doc__ or "").strip().split("\n")[0]
    return f"| `{name}` | {' '.join(sorted(reached.get(function, []))) or '—'} | {said} |"


def _table(head: str, rows: Iterable[str]) -> str:
    line = "|" + "---|" * (head.count("|") - 1)
    return "\n".join([head, line, *rows])


def support_page() -> str:
    """The page as Markdown."""
    reached = _reached_by()
    declared = [_row(operation, reached) for operation in registry.values() if _own(operation)]
    written = [_composite(name, function, reached) for name, function in sorted(composites.items())]
    values = " ".join(f"`np.{name}`" for name in sorted({function.__name__ for function in plain}))
    return "\n".join([
        HEAD,
        "## Declared operations\n",
        _table("| operation | NumPy's names | by | orders | complex step | where the derivative jumps, and what is returned |", declared),
        "\n## Written with them\n",
        "Differentiable in every array argument, to every order of what they are made of.\n",
        _table("| function | NumPy's names | what it gives |", written),
        "\n## Values only\n",
        "These return plain arrays or numbers, for their result has no derivative by nature:\n",
        values,
        "\n## Everything else\n",
        "A NumPy function that stands in none of these tables raises at the call and names the nearest one that does. Not",
        "differentiable: `np.fft` (complex results), `np.linalg.eig` and `eigvals` (complex results), `np.linalg.lstsq` (write",
        "`solve` or `pinv`), what depends on which basis of the null space `np.linalg.svd` with `full_matrices=True` returned,",
        "`np.pad` with a function as its mode, and every `out=` into an array (it would leave the graph).",
        "",
    ])  # fmt: skip


if __name__ == "__main__":
    page = Path(sys.argv[1]) if len(sys.argv) > 1 else Path("docs/operations.md")
    page.write_text(support_page(), encoding="utf-8")
    print(f"wrote {page}")

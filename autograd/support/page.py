"""What is differentiable: the registry as a page."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

import autograd.linalg
from autograd.declare import Operation, implementations, plain, registry
from autograd.outside import OUTSIDE, full_name
from autograd.support.names import is_operation, public_names
from autograd.testing.registry import Sample, samples
from autograd.transforms import gradients

HEAD = """# What is differentiable

Written from the registry by `python -m autograd.support`; a test holds it current. Every function here stands in `autograd`, takes
tensors, arrays and numbers, broadcasts as NumPy does, and is also what the named NumPy function reaches when it is given a tensor.

- **orders**: how many times it can be differentiated; *all* unless said.
- **dtypes**: in which of float16, float32, float64 and longdouble value and gradient are computed, and stay; measured when this page
  is written. Integers and booleans are values only; nothing that records is complex.
- **complex step**: whether the function is analytic, so that its tests compare gradients to 1e-8.
- **ties and kinks**: where the derivative jumps, and what is returned there.
"""
WIDTHS = [np.float16, np.float32, np.float64, np.longdouble]


def support_page() -> str:
    """The page as Markdown."""
    reached = _reached_by()
    public = [*public_names().values(), *vars(autograd.linalg).values()]
    mine = [operation for operation in registry.values() if operation.function in public and operation.module.startswith("autograd.")]
    return "\n".join([
        HEAD,
        "## Declared operations\n",
        operations_table(mine, reached),
        "\n## Written with them\n",
        "Differentiable in every array argument, to every order and in every dtype of what they are made of.\n",
        _table("| function | NumPy's names | what it gives |", _composites(reached)),
        "\n## Methods of tensors\n",
        "`x.NAME(...)` is `autograd.NAME(x, ...)`; beside them stand the operators `+ - * / ** @ % // -x abs(x) x[i]` and `x.T`, `x.mT`,",
        "`x.at[i].set(v)`, `.add`, `.multiply`, `.min`, `.max`. Comparisons give plain arrays.\n",
        " ".join(f"`{name}`" for name in _methods()),
        "\n## Values only\n",
        "These return plain arrays or numbers, for their result has no derivative by nature:\n",
        " ".join(f"`np.{name}`" for name in sorted({function.__name__ for function in plain})),
        "\n## Outside\n",
        "These NumPy functions raise at the call when given a tensor, and say what to write. For the value alone:",
        "`np.NAME(x.detach().data)`.\n",
        _table("| NumPy's function | why it is outside | write instead |", _outside()),
        "\nOutside as well: what depends on which basis of the null space `np.linalg.svd` with `full_matrices=True` returned,",
        "`np.pad` with a function as its mode, `out=` into an array (it would leave the graph), and item assignment (`x.at[i].set(v)`).",
        "",
    ])  # fmt: skip


def operations_table(operations: Iterable[Operation], reached: dict[Any, list[str]] | None = None) -> str:
    """One row an operation: also for the operations of another package."""
    head = "| operation | NumPy's names | by | orders | dtypes | complex step | ties and kinks |"
    return _table(head, [_row(operation, reached or {}) for operation in operations])


def _row(operation: Operation, reached: dict[Any, list[str]]) -> str:
    cells = [
        _call(operation.name, operation.function),
        _names(operation.function, reached),
        ", ".join(operation.rules) or operation.names[0],
        "all" if operation.orders is None else str(operation.orders),
        _dtypes(operation),
        "yes" if operation.analytic else "no",
        operation.kinks or "—",
    ]
    return f"| {' | '.join(cells)} |"


def _call(name: str, function: Callable[..., Any]) -> str:
    """The call as one writes it: names and defaults, no types."""
    parameters = [p.replace(annotation=p.empty) for p in inspect.signature(function).parameters.values()]
    return f"`{name}{inspect.Signature(parameters)}`".replace("|", "\\|")


def _names(function: Any, reached: dict[Any, list[str]]) -> str:
    return " ".join(sorted(reached.get(function, []))) or "—"


def _reached_by() -> dict[Any, list[str]]:
    """For each of our functions, the NumPy functions that lead to it."""
    found: dict[Any, list[str]] = {}
    for target, ours in implementations.items():
        found.setdefault(ours, []).append(f"`{full_name(target)}`")
    return found


# ------------------------------------------------------------------------------------------------------------------- dtypes


def _dtypes(operation: Operation) -> str:
    """The floating dtypes that a sample of the operation keeps, forward and backward."""
    try:
        tried = sorted(samples(operation), key=lambda sample: sample.call.through is not None)  # one without constants of its own
    except LookupError:
        return "not tested"
    if not tried:
        return "—"
    kept = [width.__name__ for width in WIDTHS if _keeps(tried[0], width)]
    return "all" if len(kept) == len(WIDTHS) else ", ".join(kept) or "widens"


def _keeps(sample: Sample, width: Any) -> bool:
    leaves = [autograd.Tensor(array.astype(width), requires_grad=True) for array in sample.arrays]
    try:
        with np.errstate(all="ignore"):
            results = sample.run(*leaves)
            outs = list(results) if isinstance(results, (tuple, list)) else [results]
            found = gradients(outs, leaves, [np.ones(out.shape) for out in outs], allow_unused=True)
    except (TypeError, np.linalg.LinAlgError):  # LAPACK has two widths
        return False
    return {x.dtype for x in [*outs, *found] if x is not None} == {np.dtype(width)}


# -------------------------------------------------------------------------------------------------------------- the other tables


def _composites(reached: dict[Any, list[str]]) -> list[str]:
    """Every public function that is no operation itself, `autograd.linalg`'s own included."""
    public = {name: value for name, value in public_names().items() if is_operation(value)}
    own = {name: getattr(autograd.linalg, name) for name in autograd.linalg.__all__}
    public |= {f"linalg.{name}": value for name, value in own.items() if public.get(name) is not value}
    written = {name: value for name, value in sorted(public.items()) if not hasattr(value, "operation")}
    return [f"| {_call(name, value)} | {_names(value, reached)} | {_said(value)} |" for name, value in written.items()]


def _said(function: Callable[..., Any]) -> str:
    return (function.__doc__ or "").strip().split("\n\n")[0].replace("\n", " ").replace("|", "\\|")


def _methods() -> Sequence[str]:
    from autograd.support.stubs import attached

    return sorted(name for name in attached() if not name.startswith("__"))


def _outside() -> list[str]:
    inside = {full_name(target).removeprefix("np.") for target in [*implementations, *plain]}
    rows = []
    for reason, names in OUTSIDE:
        ways = [(name, instead) for name, instead in names.items() if name not in inside]
        rows += [_outside_row(ways, reason, instead) for instead in dict.fromkeys(instead for _, instead in ways)]
    return rows


def _outside_row(ways: Sequence[tuple[str, str]], reason: str, instead: str) -> str:
    listed = " ".join(f"`np.{name}`" for name, other in ways if other == instead)
    return f"| {listed} | {reason} | {f'`{instead}`' if instead else '—'} |"


def _table(head: str, rows: Iterable[str]) -> str:
    line = "|" + "---|" * (head.count("|") - 1)
    return "\n".join([head, line, *rows])

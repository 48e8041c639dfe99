"""`nn.functional` takes PyTorch's arguments by PyTorch's names, in PyTorch's order."""

import inspect
import re

import pytest

from nn import functional as F

OURS = {name: function for name, function in vars(F).items() if inspect.isfunction(function) and not name.startswith("_")}
OURS_ALONE = {"drop_path"}


@pytest.mark.parametrize("name", sorted(set(OURS) - OURS_ALONE))
def test_the_first_argument_is_called_input_or_what_pytorch_calls_it(name: str) -> None:
    first = next(iter(inspect.signature(OURS[name]).parameters))
    assert first in {"input", "input1", "x1", "anchor", "query", "tensor", "theta", "logits", "log_probs"}


@pytest.mark.compare
@pytest.mark.parametrize("name", sorted(OURS))
def test_names_and_order_are_pytorchs(name: str) -> None:
    torch = pytest.importorskip("torch")
    theirs = _names(getattr(torch.nn.functional, name, None), name)
    if not theirs:
        pytest.skip("PyTorch has no function of this name, or does not tell its arguments")
    mine = list(inspect.signature(OURS[name]).parameters)
    theirs = [part for part in theirs if part in mine or part not in LEFT_OUT]
    assert mine[: len(theirs)] == theirs


LEFT_OUT = {"size_average", "reduce", "dtype", "out", "antialias", "enable_gqa", "_stacklevel", "sparse"}


def _names(function: object, name: str) -> list[str]:
    """From the signature, else from the docstring's first line; arguments that PyTorch gave up, and those we have not, left out."""
    try:
        found = list(inspect.signature(function).parameters)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        found = []
    if not found or found == ["args", "kwargs"]:
        line = re.search(rf"{name}\(([^)]*)\)", getattr(function, "__doc__", None) or "")
        found = [part.split("=")[0].strip(" *\n") for part in line[1].split(",")] if line else []
    return [part for part in found if part and part != "/"]

"""How well a model does on data that it is not trained on."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

import numpy as np

import autograd
from nn import functional as F
from nn.module import Module


class Score(NamedTuple):
    """Mean loss, and the share of samples classified rightly."""

    loss: float
    accuracy: float


def correct_of(outputs: Any, targets: Any) -> int:
    """How many rows are greatest at their label; 0 where targets are no class numbers."""
    labels, values = np.asarray(targets), autograd.as_tensor(outputs).detach().data
    if labels.dtype.kind not in "iu" or values.ndim != 2 or labels.shape != values.shape[:1]:
        return 0
    return int((values.argmax(1) == labels).sum())


def evaluate(model: Module, batches: Iterable[Any], loss: Callable[[Any, Any], Any] = F.cross_entropy) -> Score:
    """Loss and accuracy over all batches, in evaluation mode, without recording; the model's modes are put back.

    Examples
    --------
    >>> import numpy as np, nn
    >>> from nn.training import evaluate
    >>> model = nn.Linear(2, 2, generator=0)
    >>> model.load_state_dict({"weight": np.eye(2) * 9.0, "bias": np.zeros(2)})
    Mismatch(missing_keys=[], unexpected_keys=[])
    >>> evaluate(model, [(np.eye(2, dtype=np.float32), np.array([0, 1]))]).accuracy
    1.0
    """
    modes = [(module, module.training) for module in model.modules()]
    model.eval()
    try:
        with autograd.no_grad():
            sums = [_measured(model, inputs, targets, loss) for inputs, targets in batches]
    finally:
        for module, mode in modes:
            module.training = mode
    total, correct, count = (sum(column) for column in zip(*sums)) if sums else (0.0, 0, 0)
    return Score(total / max(count, 1), correct / max(count, 1))


def _measured(model: Module, inputs: Any, targets: Any, loss: Callable[[Any, Any], Any]) -> tuple[float, int, int]:
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        outputs = model(inputs)
        return float(loss(outputs, targets)) * len(inputs), correct_of(outputs, targets), len(inputs)

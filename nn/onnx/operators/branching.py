"""Graphs inside graphs: If, Loop and Scan."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

import autograd
from nn.onnx.operators.registry import Attributes, operator, plain


@operator("If")
def branch(attributes: Attributes, condition: Any) -> Any:
    return attributes.get("then_branch" if bool(plain(condition).reshape(())) else "else_branch")()


@operator("Loop")
def loop(attributes: Attributes, most: Any, condition: Any, *carried: Any) -> Any:
    """As long as the condition holds, at most so often; what the body gives besides is stacked."""
    state, rows, turn = list(carried), [], 0
    going = True if condition is None else bool(plain(condition).reshape(()))
    limit = None if most is None else int(plain(most).reshape(()))
    while going and (limit is None or turn < limit):
        again, *made = attributes.get("body")(np.array(turn, np.int64), np.array(going), *state)
        state, going = made[: len(state)], bool(plain(again).reshape(()))
        rows.append(made[len(carried) :])
        turn += 1
    if not rows and attributes.outputs > len(carried):
        raise attributes.refuse("stacking the results of no turn at all")
    return (*state, *(autograd.stack(list(column)) for column in zip(*rows, strict=True)))


@operator("Scan")
def scan(attributes: Attributes, *inputs: Any) -> Any:
    """The body on slice after slice; states go on, results are stacked."""
    if attributes.opset < 9:
        raise attributes.refuse("a set before 9")
    count = attributes.get("num_scan_inputs")
    state, sequences = list(inputs[:-count]), list(inputs[-count:])
    axes, backwards = (attributes.get(f"scan_input_{name}") or [0] * count for name in ("axes", "directions"))
    sequences = [autograd.moveaxis(each, axis, 0) for each, axis in zip(sequences, axes, strict=True)]
    length, carried, rows = sequences[0].shape[0], len(state), []
    for turn in range(length):
        slices = [each[length - 1 - turn if back else turn] for each, back in zip(sequences, backwards, strict=True)]
        made = attributes.get("body")(*state, *slices)
        state = made[:carried]
        rows.append(made[carried:])
    return (*state, *_stacked(attributes, rows))


def _stacked(attributes: Attributes, rows: Sequence[Any]) -> list[Any]:
    columns = list(zip(*rows, strict=True))
    axes, backwards = (attributes.get(f"scan_output_{name}") or [0] * len(columns) for name in ("axes", "directions"))
    orders = [column[::-1] if back else column for column, back in zip(columns, backwards, strict=True)]
    return [autograd.stack(list(order), axis=axis) for order, axis in zip(orders, axes, strict=True)]

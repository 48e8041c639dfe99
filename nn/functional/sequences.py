"""The loss of an unaligned labelling: connectionist temporal classification."""

# autograd's functions are made from declarations, so mypy sees Any where they return tensors.
# mypy: disable-error-code="no-any-return"

from __future__ import annotations

from typing import Any

import numpy as np

import autograd
from autograd import Tensor
from nn.functional.losses import reduced

# The logarithm of what cannot be. Finite: of two infinities that are added or subtracted nothing sensible has a slope.
NEVER = -1e30


def ctc_loss(
    log_probs: Any, targets: Any, input_lengths: Any, target_lengths: Any, blank: int = 0, reduction: str = "mean",
    zero_infinity: bool = False,
) -> Tensor:  # fmt: skip
    """-log of the probability of a labelling, over all ways to stretch it to the input's length (Graves et al. 2006).

    Parameters
    ----------
    log_probs : array_like, shape (T, N, C) or (T, C)
        Logarithms of probabilities, as of `log_softmax`.
    targets : array_like of int, shape (N, S), (S,), or all of them in one row
        Classes without blanks; what lies behind a target's length is not looked at.
    input_lengths, target_lengths : int or array_like of int, shape (N,)
    blank : int
        The class that says nothing.
    reduction : str
        "mean" divides each loss by its target's length first, as PyTorch does.
    zero_infinity : bool
        Give 0 instead of infinity, and no gradient, for a labelling that does not fit into the input's length.

    Raises
    ------
    ValueError
        For lengths or classes that do not fit, by name.

    Notes
    -----
    The gradient is that by `log_probs` themselves; PyTorch's has what `log_softmax` would take away taken away already. Behind
    `log_softmax` both are the same.

    Examples
    --------
    >>> import numpy as np
    >>> from nn import functional as F
    >>> even = np.log(np.full((3, 1, 2), 0.5))      # of 8 equal ways, 6 read as a single 1
    >>> round(float(np.exp(-F.ctc_loss(even, [[1]], [3], [1]).item())), 12)
    0.75
    """
    x = autograd.as_tensor(log_probs)
    alone = x.ndim == 2
    x = x[:, None] if alone else x
    lengths, sizes = (_lengths(each, x, name) for each, name in ((input_lengths, "input_lengths"), (target_lengths, "target_lengths")))
    rows = _rows(np.asarray(targets.data if isinstance(targets, Tensor) else targets), sizes, x, blank)
    if lengths.max(initial=0) > len(x):
        raise ValueError(f"ctc_loss: input_lengths up to {lengths.max()}, and log_probs have {len(x)} steps")
    each = _losses(x, rows, lengths, sizes, blank)
    possible = each.data < -0.5 * NEVER
    each = autograd.where(possible, each, np.asarray(0.0 if zero_infinity else np.inf, x.dtype))
    if reduction == "mean":
        each = each / np.maximum(sizes, 1).astype(x.dtype)
    return each[0] if alone and reduction == "none" else reduced(each, reduction)


def _lengths(given: Any, x: Tensor, name: str) -> Any:
    lengths = np.asarray(given.data if isinstance(given, Tensor) else given)
    if x.ndim != 3 or lengths.dtype.kind not in "iu" or lengths.size != x.shape[1] or lengths.min(initial=0) < 0:
        raise ValueError(f"ctc_loss: {name} are whole numbers, one for each of (T, N, C), given {given!r} for log_probs {x.shape}")
    return lengths.reshape(-1)


def _rows(targets: Any, sizes: Any, x: Tensor, blank: int) -> Any:
    """Targets (N, S), blank behind their lengths."""
    classes, longest = x.shape[2], int(sizes.max(initial=0))
    if not 0 <= blank < classes:
        raise ValueError(f"ctc_loss: blank is one of {classes} classes, given {blank}")
    inside = np.arange(longest) < sizes[:, None]
    rows = np.full(inside.shape, blank)
    rows[inside] = _labels(targets, sizes, longest)
    if rows.size and not 0 <= rows.min() <= rows.max() < classes:
        raise ValueError(f"ctc_loss: targets from {rows.min()} to {rows.max()} are not among {classes} classes")
    return rows


def _labels(targets: Any, sizes: Any, longest: int) -> Any:
    """All labels in one row."""
    if targets.ndim == 2 and targets.shape[0] == len(sizes) and targets.shape[1] >= longest:
        return targets[:, :longest][np.arange(longest) < sizes[:, None]]
    if targets.ndim == 1 and len(targets) >= sizes.sum() and (len(sizes) == 1 or len(targets) == sizes.sum()):
        return targets[: sizes.sum()]
    raise ValueError(f"ctc_loss: targets {targets.shape} do not hold target_lengths {sizes.tolist()}, as (N, S) or in one row")


def _losses(x: Tensor, rows: Any, lengths: Any, sizes: Any, blank: int) -> Tensor:
    """-log of the sum over ways, forward in time: α of each place of the labelling with blanks between (section 4.1)."""
    count, longest = rows.shape
    places = np.full((count, 2 * longest + 1), blank)
    places[:, 1::2] = rows
    skipping = np.zeros(places.shape, bool)
    skipping[:, 2:] = (places[:, 2:] != blank) & (places[:, 2:] != places[:, :-2])
    leap = np.where(skipping, 0.0, NEVER).astype(x.dtype)
    said = autograd.clip(autograd.take_along_axis(x, np.broadcast_to(places, (len(x), *places.shape)), 2), NEVER, None)
    start = np.where(np.arange(2 * longest + 1) == 0, 0.0, NEVER).astype(x.dtype)
    alpha: Any = autograd.as_tensor(np.broadcast_to(start, places.shape).copy())
    for step in range(int(lengths.max(initial=0))):
        moved = _moved(alpha, leap) + said[step]
        alpha = moved if (lengths > step).all() else autograd.where((lengths > step)[:, None], moved, alpha)
    ends = np.stack([2 * sizes, np.where(sizes > 0, 2 * sizes - 1, 2 * sizes)], 1)
    last = autograd.take_along_axis(alpha, ends, 1)
    # A way may end on the last label or on the blank behind it; of an empty labelling there is one end, not two.
    last = last + np.where((sizes == 0)[:, None] & (np.arange(2) == 1), NEVER, 0.0).astype(x.dtype)
    return -autograd.logsumexp(last, axis=1)


def _moved(alpha: Any, leap: Any) -> Any:
    """To stay, to go on by one place, or to leap over a blank between two different labels. Ways begin at the first or second place."""
    ahead = autograd.pad(alpha, [(0, 0), (2, 0)], constant_values=NEVER)
    by_one, by_two = ahead[:, 1:-1], ahead[:, :-2] + leap
    return autograd.logsumexp(autograd.stack([alpha, by_one, by_two]), axis=0)

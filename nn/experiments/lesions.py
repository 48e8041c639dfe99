"""Deleting and reordering the blocks of a trained net (Veit et al. 2016, sections 4.1 to 4.3)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np

import nn

Measure = Callable[[Any], float]


@dataclass(frozen=True)
class Lesions:
    """What a measure of a net (its accuracy, say) is worth after blocks are deleted or change places.

    Attributes
    ----------
    whole : float
        Of the net as it is.
    without_each : tuple of float
        Without one block, for every block in order.
    counts : tuple of int
    without_several : tuple of tuple of float
        For every count, without so many blocks chosen at random: one value a draw.
    orders : tuple of (float, float)
        A random order's Kendall rank correlation with the trained one, and the measure in that order.
    """

    whole: float
    without_each: tuple[float, ...]
    counts: tuple[int, ...]
    without_several: tuple[tuple[float, ...], ...]
    orders: tuple[tuple[float, float], ...]

    def draw(self, name: str = "residual", measure: str = "accuracy", theme: str = "light") -> Any:
        """A Matplotlib figure; see `plots.lesion_figure` for several nets in one."""
        from nn.experiments.plots import lesion_figure

        return lesion_figure({name: self}, measure, theme)


def lesion_study(net: nn.Module, measure: Measure, *, counts: Sequence[int] | None = None, draws: int = 5, seed: int = 0) -> Lesions:
    """Delete every block alone, several at random, and shuffle them; the net is afterwards as it was.

    Parameters
    ----------
    net : Module
        Trained, with residual blocks or their plain twins (``residual=False``). A block that is deleted leaves x, or the
        shortcut of x, behind, and in a plain net too.
    measure : callable
        Called with the net; returns a number.
    counts : sequence of int, optional
        How many blocks to delete at once; by default every count from 1 to all.
    draws : int
        Random choices of each count; and for each, one order after as many random swaps.
    seed : int

    Raises
    ------
    ValueError
        Where the net has no residual block, a count lies outside 1 to all of them, or draws is below 1.

    Examples
    --------
    >>> import nn
    >>> from nn.experiments import lesion_study
    >>> net = nn.Sequential(nn.Residual(nn.Identity()), nn.Residual(nn.Identity()))
    >>> lesion_study(net, lambda net: net([1.0]).item()).without_each
    (2.0, 2.0)
    """
    blocks = nn.residual_blocks(net)
    counts = tuple(range(1, len(blocks) + 1) if counts is None else counts)
    _refuse(net, blocks, counts, draws)
    random = np.random.default_rng(seed)

    def without(indices: Iterable[int]) -> float:
        with deleted([blocks[index] for index in indices]):
            return float(measure(net))

    def in_order(order: Sequence[int]) -> tuple[float, float]:
        with reordered(net, order):
            return kendall(order), float(measure(net))

    chosen = [[random.choice(len(blocks), count, replace=False) for _ in range(draws)] for count in counts]
    return Lesions(
        float(measure(net)),
        tuple(without([index]) for index in range(len(blocks))),
        counts,
        tuple(tuple(map(without, each)) for each in chosen),
        tuple(in_order(_swapped(len(blocks), count, random)) for count in counts for _ in range(draws)),
    )


@contextmanager
def deleted(blocks: Iterable[Any]) -> Iterator[None]:
    """Inside, these blocks hand on x (by their shortcut, where they have one), whether they have a skip or are plain."""
    with ExitStack() as stack:
        for block in blocks:
            stack.enter_context(nn.without_branch(block))
            stack.callback(setattr, block, "residual", block.residual)
            block.residual = True
        yield


@contextmanager
def reordered(net: nn.Module, order: Sequence[int]) -> Iterator[None]:
    """Inside, the i-th place among the net's residual blocks is taken by block ``order[i]``.

    Raises
    ------
    ValueError
        Where `order` is no permutation of the blocks, or a block is the net itself or inside another.
    """
    places = _places(net)
    if sorted(order) != list(range(len(places))):
        raise ValueError(f"order is a permutation of 0 to {len(places) - 1}, given {list(order)}")
    blocks = [getattr(parent, name) for parent, name in places]
    try:
        _put(places, [blocks[index] for index in order])
        yield
    finally:
        _put(places, blocks)


def kendall(order: Sequence[int]) -> float:
    """Kendall's τ between a permutation and 0, 1, 2, ...: 1 for the same order, -1 for the reverse."""
    ranks = np.asarray(order)
    if len(ranks) < 2:
        return 1.0
    ahead = np.sign(ranks[None, :] - ranks[:, None])[np.triu_indices(len(ranks), 1)]
    return float(ahead.mean())


def _refuse(net: nn.Module, blocks: Sequence[Any], counts: Sequence[int], draws: int) -> None:
    if not blocks:
        raise ValueError(f"{type(net).__name__} has no residual blocks to delete: build it of nn.Residual or another of that kind")
    if draws < 1 or not all(1 <= count <= len(blocks) for count in counts):
        raise ValueError(f"counts lie in 1 to {len(blocks)} and draws is at least 1; given {list(counts)} and {draws}")


def _places(net: nn.Module) -> list[tuple[nn.Module, str]]:
    blocks = nn.residual_blocks(net)
    found = [
        (child, module, name)
        for module in net.modules()
        if not isinstance(module, nn.Switchable)
        for name, child in vars(module).items()
        if isinstance(child, nn.Switchable)
    ]
    if sorted(map(id, blocks)) != sorted(id(child) for child, _, _ in found):
        raise ValueError(
            f"{len(blocks)} residual blocks in {len(found)} places: to be reordered, each needs one place of its own, "
            "in a container and not in another block"
        )
    places = {child: (module, name) for child, module, name in found}
    return [places[block] for block in blocks]


def _put(places: Iterable[tuple[nn.Module, str]], blocks: Iterable[nn.Module]) -> None:
    for (parent, name), block in zip(places, blocks, strict=True):
        setattr(parent, name, block)


def _swapped(count: int, swaps: int, random: np.random.Generator) -> list[int]:
    order = list(range(count))
    for _ in range(swaps if count > 1 else 0):
        i, j = (int(each) for each in random.choice(count, 2, replace=False))
        order[i], order[j] = order[j], order[i]
    return order

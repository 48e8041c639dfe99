"""More blocks than a picture has room for: neighbours share a column, which shows their mean and says so."""

import math
from collections.abc import Sequence
from dataclasses import replace

from autograd.pictures.hover import told_of
from autograd.pictures.numerals import percent, three_significant
from autograd.pictures.scene import Highway, Residual, Shares

MOST = 320  # columns: two points each


def blocks_a_column(count: int) -> int:
    """
    >>> blocks_a_column(320), blocks_a_column(321)
    (1, 2)
    """
    return math.ceil(count / MOST)


def gathered(highway: Highway) -> Highway:
    """The same highway with one block for every few; the twin's sizes are those at the first of each."""
    each = blocks_a_column(len(highway.blocks))
    if each == 1:
        return highway
    groups = [highway.blocks[i : i + each] for i in range(0, len(highway.blocks), each)]
    twin = highway.twin and replace(highway.twin, sizes=highway.twin.sizes[::each])
    return replace(highway, blocks=tuple(map(_one, groups)), twin=twin)


def told_of_column(column: Residual) -> str:
    """The hover card of a column: a block's, or what `gathered` wrote."""
    return column.formula if column.title.startswith("blocks ") else told_of(column)


def _one(blocks: Sequence[Residual]) -> Residual:
    first, last = blocks[0], blocks[-1]
    if last is first:
        return first
    shares = _mean([block.shares for block in blocks])
    title = f"blocks {first.title.split()[-1]}–{last.title.split()[-1]}"
    mean = shares.word or f"mean share by the skip {percent(shares.skip)} %, through F {percent(shares.branch)} %"
    sizes = f"|gradient| after the last add {three_significant(last.output)}, at the first fork {three_significant(first.fork)}"
    lines = [title, mean, sizes]
    skip = next((block.skip for block in blocks if block.skip.stroke != "solid"), first.skip)
    return replace(first, shares=shares, output=last.output, skip=skip, title=title, formula="\n".join(lines))


def _mean(shares: Sequence[Shares]) -> Shares:
    known = [one for one in shares if not one.word]
    if not known:
        return shares[0]
    skip, branch, other = (sum(getattr(one, part) for one in known) / len(known) for part in ("skip", "branch", "other"))
    return Shares(skip, branch, other, skip_name=known[0].skip_name)

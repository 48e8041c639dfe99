"""A stack too long to be read on one line: rows below one another, each with a straight lane, joined by words at their ends."""

import itertools
import math
from dataclasses import replace

from autograd.pictures import palette as p
from autograd.pictures.axis import Axis
from autograd.pictures.dotfile import Dot, html
from autograd.pictures.labels import Run, line, stacked
from autograd.pictures.scene import Highway

LONGEST, ROW = 1100, 1000  # points: the longest lane that stays one, and what a row of a longer one may take
_BLOCK, _TRUNK = 106, 38  # points that a block takes on the lane, and a card on the trunk behind it


def rows_of(highway: Highway, axis: Axis) -> list[Highway]:
    """The highway cut into rows of nearly equal length; whole where it is short, has a twin or towers, or runs downwards."""
    blocks = highway.blocks
    length = sum(_BLOCK + (_TRUNK if block.trunk else 0) for block in blocks)
    if not axis.across or highway.twin or highway.towers or length <= LONGEST:
        return [highway]
    count = math.ceil(length / ROW)
    cuts = [round(len(blocks) * i / count) for i in range(count + 1)]
    rows = [replace(highway, blocks=blocks[start:end], entry="") for start, end in itertools.pairwise(cuts)]
    return [replace(rows[0], entry=highway.entry), *rows[1:]]


def sign(dot: Dot, key: str, group: str, word: str, block: str) -> None:
    """Where a lane goes on: "to F₅" at the left end of a row, "from F₆" at the right end of the one above."""
    label = stacked(line(Run(word, 10, p.MUTED)), line(Run(block, 12, p.BRANCH_TEXT, True)), align="center")
    dot.node(key, label=html(label), class_="turn", group=group, tooltip=f"the lane goes on: {word} {block}")

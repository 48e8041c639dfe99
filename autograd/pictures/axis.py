"""Which way a picture runs: left to right, or top to bottom with the lanes side by side."""

from dataclasses import dataclass
from typing import Final, Literal

Rankdir = Literal["LR", "TB"]


@dataclass(frozen=True)
class Axis:
    """Compass points: `back` towards x, `on` towards L, `over` the side of the data, `under` the side of the gradient."""

    rankdir: str
    back: str
    on: str
    over: str
    under: str

    @property
    def across(self) -> bool:
        return self.rankdir == "LR"


AXES: Final = {"LR": Axis("LR", "w", "e", "n", "s"), "TB": Axis("TB", "n", "s", "w", "e")}


def axis_of(rankdir: str) -> Axis:
    if rankdir not in AXES:
        raise ValueError(f"rankdir must be one of {', '.join(AXES)}, not {rankdir!r}")
    return AXES[rankdir]

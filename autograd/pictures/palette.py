"""The colours of the pictures: one role, one hex, so that a theme switch is a mapping of hexes.

Builders write the light hexes below; `in_theme` turns finished DOT (or SVG) text dark. Orange is the skip and nothing
else. Fading uses an alpha channel over these hexes, never a mixed colour, or the mapping would miss it.
"""

import re
from typing import Final

PAPER: Final = "#FCFCFB"
INK: Final = "#1F2933"
MUTED: Final = "#7B8794"
HAIRLINE: Final = "#D5DBE1"
CARD: Final = "#FFFFFF"
BOX: Final = "#F1F4F7"
MODULE: Final = "#F6F8FC"
MODULE_LINE: Final = "#C9D6EE"
DATA: Final = "#A3AEBA"
SKIP: Final = "#F08C00"
SKIP_TEXT: Final = "#B45F06"
SKIP_PILL: Final = "#FFE8C7"
BRANCH: Final = "#2F6FDE"
BRANCH_TEXT: Final = "#2457B0"
BEFORE: Final = "#6B4BA1"
BEFORE_FILL: Final = "#EDE7F6"
ON_BAR: Final = "#FEFEFE"
BAR_SKIP: Final = "#E88A00"
BAR_BRANCH: Final = "#5B8DEF"
BAR_OTHER: Final = "#98A2AE"
HATCH: Final = "#B9C1CA"
TRACK: Final = "#EEF1F4"

# Paths through 2, 3, ... residual functions; 0 is BAR_SKIP and 1 is BAR_BRANCH.
LONG_PATHS: Final = ("#507ED7", "#446EBF", "#395EA7", "#2E4F8F", "#224077", "#17305F")

DARK: Final[dict[str, str]] = {
    PAPER: "#15181E",
    INK: "#E6EAF0",
    MUTED: "#93A0B0",
    HAIRLINE: "#3A4350",
    CARD: "#1E232B",
    BOX: "#262C36",
    MODULE: "#1A2130",
    MODULE_LINE: "#35507F",
    DATA: "#66717F",
    SKIP: "#FFA733",
    SKIP_TEXT: "#FFC473",
    SKIP_PILL: "#4A3413",
    BRANCH: "#6FA3FF",
    BRANCH_TEXT: "#9CC0FF",
    BEFORE: "#B59AE6",
    BEFORE_FILL: "#362B4D",
    ON_BAR: "#FDFDFD",
    BAR_SKIP: "#E8901A",
    BAR_BRANCH: "#4F83E6",
    BAR_OTHER: "#717C8A",
    HATCH: "#56606D",
    TRACK: "#20252D",
    # Darker than the paper allows would be navy on black: the last shade keeps a contrast of 3 to it.
    **dict(zip(LONG_PATHS, ("#4A7BDA", "#4676D1", "#4271C9", "#3F6CC0", "#3C67B8", "#3A63B0"), strict=True)),
}

THEMES: Final = ("auto", "light", "dark")

_HEX = re.compile(r"#[0-9A-Fa-f]{6}")


def in_theme(text: str, theme: str) -> str:
    """Map every palette hex in `text` to its dark partner when `theme` is "dark"; "light" and "auto" keep it."""
    if theme not in THEMES:
        raise ValueError(f"theme must be one of {', '.join(THEMES)}, not {theme!r}")
    return _HEX.sub(_dark, text) if theme == "dark" else text


def faded(role: str, alpha: float) -> str:
    """The same role, see-through: 0 is nothing, 1 the full colour, in sixteenths (so golden files stay quiet).

    >>> faded(SKIP, 1.0), faded(SKIP, 0.5)
    ('#F08C00', '#F08C0080')
    """
    steps = min(16, max(0, round(alpha * 16)))
    return role if steps == 16 else f"{role}{steps * 16:02X}"


def path_colour(crossed: int) -> str:
    """The colour of the gradient's part that crossed `crossed` residual functions."""
    return (BAR_SKIP, BAR_BRANCH, *LONG_PATHS)[min(crossed, len(LONG_PATHS) + 1)]


def _dark(found: re.Match[str]) -> str:
    return DARK.get(found.group().upper(), found.group())

"""Which characters a renderer has glyphs for: with the fonts that graphviz-pure carries, and with those of the system."""

from __future__ import annotations

import re
import shutil
import subprocess
import unicodedata
from collections.abc import Iterable
from functools import cache

# What Arimo has, the face that graphviz-pure draws Helvetica with: Latin, Greek, Cyrillic, Hebrew, some signs.
_ARIMO = """20-7e a0-377 37a-37f 384-38a 38c 38e-3a1 3a3-52f 591-5c7 5d0-5ea 5f0-5f4 1ab0-1abe 1c80-1c88 1d00-1df5 1dfb-1f15 1f18-1f1d
1f20-1f45 1f48-1f4d 1f50-1f57 1f59 1f5b 1f5d 1f5f-1f7d 1f80-1fb4 1fb6-1fc4 1fc6-1fd3 1fd6-1fdb 1fdd-1fef 1ff2-1ff4 1ff6-1ffe 2000-2064
2066-2071 2074-208e 2090-209c 20a0-20be 20f0 2100-214f 2153-2154 215b-215e 2184 2190-2195 21a8 2202 2206 220f 2211-2212 2215 2219-221a
221e-221f 2229 222b 2248 2260-2261 2264-2265 2302 2310 2320-2321 2500 2502 250c 2510 2514 2518 251c 2524 252c 2534 253c 2550-256c 2580
2584 2588 258c 2590-2593 25a0-25a1 25aa-25ac 25b2 25ba 25bc 25c4 25ca-25cc 25cf 25d8-25d9 25e6 263a-263c 2640 2642 2660 2663 2665-2666
266a-266b 266f 2c60-2c7f 2de0-2e42 a640-a69f a717-a7ae a7b0-a7b7 a7f7-a7ff ab30-ab65 fb01-fb04 fb1d-fb36 fb38-fb3c fb3e fb40-fb41
fb43-fb44 fb46-fb4f fe20-fe2f fffc-fffd"""

RIGHT_TO_LEFT = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff]+(?:[ _]+[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff]+)*")


def isolated(text: str) -> str:
    """Names that read from the right, kept from turning their neighbours around: "∂L/∂name · 1" stays in its order."""
    return RIGHT_TO_LEFT.sub("\u2068\\g<0>\u2069", text)


def printable(text: str, but: str = "") -> str:
    """`text` with spaces for what cannot be drawn: NUL would end a DOT file, XML has no controls, and half a surrogate no bytes.

    >>> printable("a\\0b\\ud800")
    'a b '
    """
    return "".join(c if c.isprintable() or c in but else " " for c in text)


def bundled_lack(text: str) -> str:
    """The characters of `text` that graphviz-pure draws as boxes, each once.

    >>> bundled_lack("σ(W₁x) 你好 好")
    '你好'
    """
    return "".join(c for c in _drawn(text) if ord(c) not in _bundled())


def system_lacks(text: str) -> str:
    """The characters of `text` that no installed font has; none where there is no fontconfig to ask."""
    listed = _system()
    return "".join(c for c in _drawn(text) if ord(c) not in listed) if listed else ""


def _drawn(text: str) -> Iterable[str]:
    """Characters that leave ink: no spaces, joiners, or marks that choose a variant."""
    seen = dict.fromkeys(text)
    return (c for c in seen if c.isprintable() and unicodedata.category(c) != "Cf" and not 0xFE00 <= ord(c) <= 0xFE0F)


@cache
def _bundled() -> frozenset[int]:
    return _codes(_ARIMO)


@cache
def _system() -> frozenset[int]:
    lister = shutil.which("fc-list")
    if lister is None:
        return frozenset()
    return _codes(subprocess.run([lister, "--format", "%{charset} "], capture_output=True, text=True, check=False).stdout)


def _codes(ranges: str) -> frozenset[int]:
    """Of "20-7e a0": each code once."""
    ends = ([int(end, 16) for end in one.split("-")] for one in set(ranges.split()))
    return frozenset(code for first, *last in ends for code in range(first, (last or [first])[0] + 1))

"""The DOT of every level, held to the byte: a change of a picture is seen in review.

GRADROUTES_UPDATE_GOLDEN=1 writes the files anew; look at the pictures before committing them.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from autograd.pictures.palette import DARK, in_theme
from tests.pictures.scenes import DOTS

GOLDEN = Path(__file__).parent / "golden"


@pytest.mark.parametrize("name", DOTS)
def test_dot_is_as_it_was(name: str) -> None:
    text = DOTS[name]()
    path = GOLDEN / f"{name}.dot"
    if os.environ.get("GRADROUTES_UPDATE_GOLDEN"):
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", DOTS)
def test_dark_is_light_with_every_hex_mapped(name: str) -> None:
    light, dark = DOTS[name](), in_theme(DOTS[name](), "dark")
    assert not [hex_ for hex_ in DARK if hex_ in dark and hex_ not in DARK.values()]
    assert len(light) == len(dark)


def test_one_role_one_hex() -> None:
    """Two roles of one hex could not part in the dark."""
    assert len(set(DARK)) == len(DARK)
    assert not set(DARK) & set(DARK.values())

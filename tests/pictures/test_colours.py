"""The palette, measured: what must stay apart in a grey print, and what must be seen on its paper."""

from __future__ import annotations

import re

import pytest

from autograd.pictures import palette as p
from autograd.pictures.labels import share_bar
from autograd.pictures.scene import Paths, Shares
from autograd.pictures.stack import paths_strip

LIGHT = {role: role for role in p.DARK}
THEMES = pytest.mark.parametrize("theme", [LIGHT, p.DARK], ids=["light", "dark"])


def luminance(colour: str) -> float:
    """WCAG 2's relative luminance."""
    parts = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def test_the_measure_is_wcags() -> None:
    assert contrast("#000000", "#FFFFFF") == pytest.approx(21)
    assert contrast("#777777", "#FFFFFF") == pytest.approx(4.48, abs=0.01)


@THEMES
def test_ribbons_stay_apart_without_colour(theme: dict[str, str]) -> None:
    """Light pictures are the ones that are printed; on a dark screen the ways also differ by place and word."""
    assert contrast(theme[p.SKIP], theme[p.BRANCH]) > (1.8 if theme is LIGHT else 1.25)
    assert contrast(theme[p.SKIP_TEXT], theme[p.BRANCH_TEXT]) > (1.4 if theme is LIGHT else 1.15)


@THEMES
def test_everything_is_seen_on_its_paper(theme: dict[str, str]) -> None:
    for role in (p.BRANCH, p.BEFORE, p.BAR_BRANCH, *p.LONG_PATHS):
        assert contrast(theme[role], theme[p.PAPER]) > 3, role
    for role in (p.SKIP, p.BAR_SKIP, p.DATA):
        assert contrast(theme[role], theme[p.PAPER]) > 2.1, role
    for role in (p.INK, p.SKIP_TEXT, p.BRANCH_TEXT, p.BEFORE):
        assert contrast(theme[role], theme[p.PAPER]) > 4.4, role


@THEMES
def test_the_shades_of_path_lengths_go_one_way(theme: dict[str, str]) -> None:
    shades = [luminance(theme[p.path_colour(k)]) for k in range(1, 8)]
    assert shades == sorted(set(shades), reverse=True)


def test_parts_of_bars_have_a_seam_between_them() -> None:
    """Their greys are too near each other to part them."""
    assert contrast(p.BAR_SKIP, p.BAR_BRANCH) < 1.5
    seam = r'<td width="1" height="\d+" fixedsize="true"></td>'
    for bar in (share_bar(Shares(0.7, 0.3), 132, 20), paths_strip(Paths((0.6, 0.4), (1, 1)))):
        assert re.search(rf'bgcolor="{p.BAR_SKIP}">[^/]*(?:<b>[^/]*</b></font>)?</td>{seam}<td [^>]*bgcolor="{p.BAR_BRANCH}"', bar)

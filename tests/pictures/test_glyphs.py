"""Characters without a glyph: another renderer that has them, and never a box without a word."""

from __future__ import annotations

import warnings
from pathlib import Path

import pytest

from autograd.pictures import glyphs, render
from autograd.pictures.dotfile import Dot, html
from autograd.pictures.labels import Run, line
from autograd.pictures.metrics import _BOLD, _REGULAR
from tests.pictures.scenes import DOTS

needs_pure = pytest.mark.skipif(render._located(render.PURE) is None, reason="pip install 'gradroutes[render]'")
PURE, SYSTEM = Path("graphviz-pure"), Path("dot")


def named(name: str) -> str:
    dot = Dot("t")
    dot.node("a", label=html(line(Run(name))), tooltip=name)
    return dot.text()


@pytest.fixture
def fonts(monkeypatch: pytest.MonkeyPatch) -> set[int]:
    """A system with `dot`, and with fonts for these codes."""
    codes = set(map(ord, "abc مرحبا"))
    monkeypatch.setattr(glyphs, "_system", lambda: frozenset(codes))
    monkeypatch.setattr(render, "_located", {render.PURE: PURE, "dot": SYSTEM}.get)
    return codes


@pytest.mark.parametrize("name", DOTS)
def test_our_own_signs_are_all_drawn(name: str) -> None:
    assert glyphs.bundled_lack(DOTS[name]()) == ""


def test_every_measured_character_has_a_glyph() -> None:
    assert glyphs.bundled_lack("".join((*_REGULAR.values(), *_BOLD.values()))) == ""


LACKING = [("σ(W₁x) שלום Привет é", ""), ("数 数", "数"), ("ևх", "և"), ("❤\ufe0f\u200d", "❤"), ("∇x", "∇")]


@pytest.mark.parametrize(("text", "lacking"), LACKING)
def test_what_the_bundled_fonts_lack(text: str, lacking: str) -> None:
    assert glyphs.bundled_lack(text) == lacking


def test_the_system_draws_what_only_its_fonts_have(fonts: set[int]) -> None:
    assert render._suited(named("مرحبا"), "png") == SYSTEM
    assert render._suited(named("مرحبا 数"), "png") == SYSTEM  # more than nothing
    for text, format in (("abc", "png"), ("数", "png"), ("مرحبا", "svg")):
        assert render._suited(named(text), format) == PURE
    assert render._suited(named("abc"), "pdf") == SYSTEM


def test_what_no_font_has_is_named(fonts: set[int]) -> None:
    with pytest.warns(UserWarning, match=r"no glyphs for '数'.* install a font that has them"):
        render._warn_of_boxes("مرحبا 数", pure=False)
    with pytest.warns(UserWarning, match=r"no glyphs for 'رحبا数'|no glyphs for 'مرحبا数'"):
        render._warn_of_boxes("مرحبا 数", pure=True)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        render._warn_of_boxes("abc مرحبا", pure=False)


def test_without_fontconfig_nothing_is_claimed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(glyphs, "_system", frozenset)
    assert glyphs.system_lacks("数") == ""


@needs_pure
def test_a_picture_with_boxes_is_drawn_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(glyphs, "_system", lambda: frozenset(range(0x300)))
    with pytest.warns(UserWarning, match="no glyphs for '数'"):
        assert render.rendered(named("数"), "png").startswith(b"\x89PNG")


def test_a_line_that_begins_from_the_right_stays_in_order() -> None:
    """Pango asks the first letter which way a line reads."""
    ready = render._for_system_fonts(named("∂مرحبا"), "png")
    assert "∂\u200e\u2068مرحبا\u2069" in ready
    assert "\u2068" not in render._for_system_fonts(named("∂مرحبا"), "svg")

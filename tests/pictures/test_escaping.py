"""Names of any language and any character arrive in the picture as they are."""

from __future__ import annotations

import html
import re
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import autograd
from autograd.pictures.dotfile import Dot, quoted
from autograd.pictures.dotfile import html as markup
from autograd.pictures.labels import Run, escaped, line
from autograd.pictures.palette import in_theme
from autograd.pictures.render import find_renderer, rendered
from autograd.pictures.svg import dressed

needs_renderer = pytest.mark.skipif(find_renderer() is None, reason="no renderer: pip install 'gradroutes[render]'")
names = st.text(st.characters(exclude_categories=("Cn", "Co")), min_size=1, max_size=12)
AWKWARD = ["<b>&amp;</b>", 'a"b', r"\N \G \\", "#F08C00", "{x|y}", "W_ₙ", "名前", "שלום", "مرحبا", "é\u0301", "]]>", "--", "a -> b;", "%s"]
BROKEN = ["a\0b", "a\ud800b", "\x1b[31m", "a\nb\r"]  # drawn with spaces in these places


@given(names)
@example("\\N")
def test_markup_holds_no_bare_special_and_reads_back(name: str) -> None:
    text = escaped(name)
    assert not re.search(r'[<>"]', text)
    assert html.unescape(text).replace("\\\\", "\\") == "".join(c if c.isprintable() else " " for c in name)


@given(names)
@example("\\")
@example('"')
def test_quoted_strings_end_where_they_should(name: str) -> None:
    inside = quoted(name)[1:-1]
    assert not re.search(r'(?<!\\)(?:\\\\)*"', inside)
    assert not inside.endswith("\\") or inside.endswith("\\\\")


def drawn(name: str) -> str:
    dot = Dot("t")
    dot.node("a", label=markup(line(Run(name))), tooltip=name)
    return dressed(rendered(dot.text(), "svg").decode(), "p", name, "auto")


@needs_renderer
@pytest.mark.parametrize("name", AWKWARD)
def test_an_awkward_name_arrives(name: str) -> None:
    root = ET.fromstring(drawn(name))
    texts = ["".join(element.itertext()) for element in root.iter("{http://www.w3.org/2000/svg}text")]
    titles = [element.text for element in root.iter("{http://www.w3.org/2000/svg}title")]
    assert texts == [name]
    assert titles == [name]
    assert root.get("aria-label") == name


@needs_renderer
def test_no_name_passes_for_a_colour() -> None:
    """The theme switch maps hexes: those that a user wrote must stay."""
    dot = Dot("t")
    dot.node("a", label=markup(line(Run("#F08C00"))), tooltip="#F08C00", fillcolor="#F08C00")
    dark = in_theme(dot.text(), "dark")
    svg = dressed(rendered(dark, "svg").decode(), "p", "s", "dark")
    assert re.findall(r">(#\w+)<", svg) == ["#F08C00", "#F08C00"]
    assert "#FFA733" in dark and 'fillcolor="#F08C00"' not in dark


@needs_renderer
@settings(max_examples=15, deadline=None)
@given(names)
def test_any_name_arrives(name: str) -> None:
    root = ET.fromstring(drawn(name))
    texts = ["".join(element.itertext()) for element in root.iter("{http://www.w3.org/2000/svg}text")]
    assert "".join(texts).split() == "".join(c if c.isprintable() else " " for c in name).split()


@needs_renderer
@pytest.mark.parametrize("name", AWKWARD + BROKEN)
def test_a_tensor_of_that_name_is_drawn(name: str, tmp_path: Path) -> None:
    x = autograd.Tensor([1.0, 2.0], requires_grad=True, name=name)
    with autograd.scope("모듈 <&>"):
        loss = (x + autograd.sin(x)).sum()
    for level in ("block", "stack", "rolled", "ops"):
        picture = autograd.routes(loss, x).draw(level)
        ET.parse(picture.save(tmp_path / f"{level}.svg"))


def test_a_name_that_reads_from_the_right_does_not_turn_its_neighbours_around() -> None:
    svg = '<svg viewBox="0 0 9 9"><text font-size="10">∂L/∂שלום · 1</text></svg>'
    assert "∂L/∂\u2068שלום\u2069 · 1" in dressed(svg, "p", "", "light")

"""The stand-alone page: every level as inline SVG, with our own style and script inside it and nothing from outside."""

from __future__ import annotations

import base64
import html
from collections.abc import Callable, Mapping
from importlib.resources import files

LARGEST = 1_000_000  # characters; above it the page leaves the level `ops` out and says so
_MARKS = {"auto": "gradroutes-page", "dark": "gradroutes-dark", "light": ""}
_EXPLAINED = {"block": "modules open", "stack": "a card a block", "rolled": "a column a block", "ops": "every operation"}


def html_page(drawings: Mapping[str, Callable[[], str]], level: str, theme: str, sentence: str) -> str:
    """HTML around the levels' drawings, "" for one too large; `level` is first. Without scripts all levels follow one another."""
    drawn = {name: drawing() for name, drawing in drawings.items()}
    note = ""
    if "ops" in drawn and not drawn["ops"] and drawn.pop("ops") == "":
        note = '<p class="note">The level "ops" is left out: it is too large. Draw it with level="ops".</p>'
    if len(drawn) > 1 and sum(map(len, drawn.values())) > LARGEST and "ops" in drawn:
        size = len(drawn.pop("ops")) / 1e6
        note = f'<p class="note">The level "ops" is left out: it alone has {size:.1f} MB. Draw it with level="ops".</p>'
    if sum(map(len, drawn.values())) > LARGEST:
        return _static(drawn, level, theme, sentence)
    level = level if level in drawn else next(iter(drawn))
    return _PAGE.format(
        marks=_MARKS[theme], title=html.escape(sentence), style=_asset("page.css"), script=_asset("page.js"), level=level,
        buttons="".join(map(_button, drawn)) + (_THEME if theme == "auto" else ""), note=note,
        figures="\n".join(_figure(name, drawing) for name, drawing in drawn.items()),
    )  # fmt: skip


def _static(drawn: Mapping[str, str], level: str, theme: str, sentence: str) -> str:
    """A picture so large that hovering would be slow: an image, which the browser itself scrolls and zooms."""
    drawing = drawn.get(level) or next(iter(drawn.values()))
    source = "data:image/svg+xml;base64," + base64.b64encode(drawing.encode()).decode()
    size, text = len(drawing) / 1e6, html.escape(sentence)
    note = f'<p class="note">A static picture: with {size:.1f} MB it is too large to point at. Draw another level for that.</p>'
    return _PAGE.format(marks=_MARKS[theme], title=text, style=_asset("page.css"), script="", level=level, buttons="",
                        note=note, figures=f'<figure data-level="{level}"><img src="{source}" alt="{text}"></figure>')  # fmt: skip


def _asset(name: str) -> str:
    return files("autograd.pictures").joinpath(name).read_text(encoding="utf-8")


def _button(level: str) -> str:
    return f'<button type="button" data-level="{level}" title="{_EXPLAINED.get(level, "")}">{level}</button>'


def _figure(level: str, drawing: str) -> str:
    caption = f"<figcaption>{level}: {_EXPLAINED.get(level, '')}</figcaption>"
    return f'<figure data-level="{level}">{caption}\n{drawing}</figure>'


_THEME = '<button type="button" id="theme" aria-label="switch between light and dark">◐</button>'
_PAGE = """<!DOCTYPE html>
<html lang="en" class="{marks}">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>{title}</title>
<style>
{style}</style></head>
<body data-level="{level}">
<header><p>{title}</p><nav aria-label="level of detail">{buttons}</nav></header>
{figures}
{note}
<p class="help" id="help">Hover or Tab: numbers; from there arrows step to the neighbours, along the gradient and against it.
Drag, or arrows on the whole figure or with Shift: pan. Wheel or + and −: zoom. Double click or 0: reset. Esc: back to the figure.</p>
<div id="card" hidden></div>
<script>
{script}</script>
</body></html>
"""

"""`Picture`: what `draw` returns. It renders when asked, saves by suffix, and shows itself in notebooks."""

from __future__ import annotations

import html
import itertools
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from autograd.pictures.glyphs import printable
from autograd.pictures.page import LARGEST, html_page
from autograd.pictures.palette import THEMES, in_theme
from autograd.pictures.render import RendererMissing, rendered
from autograd.pictures.svg import dressed

LEVELS = ("block", "stack", "rolled", "ops")
_numbers = itertools.count(1)


class Picture:
    """A picture of a graph or of gradient routes.

    Parameters
    ----------
    levels : mapping of str to callable
        DOT text in light colours by level of detail, made when asked for.
    level : str
        The level shown.
    theme : {"auto", "light", "dark"}
        "auto" follows the host in SVG and HTML; PNG, PDF and DOT are then light.
    sentence : str
        The picture in one sentence of its numbers: for text displays and screen readers.
    renderer : str, optional
        A command or path; default: graphviz-pure when installed, else `dot`.

    Examples
    --------
    >>> picture = Picture({"ops": lambda: "digraph { a -> b }"}, "ops", sentence="a leads to b")
    >>> picture
    a leads to b
    >>> picture.dot
    'digraph { a -> b }'
    """

    def __init__(self, levels: Mapping[str, Callable[[], str]], level: str, theme: str = "auto", sentence: str = "",
                 renderer: str | None = None) -> None:  # fmt: skip
        if theme not in THEMES:
            raise ValueError(f"theme must be one of {', '.join(THEMES)}, not {theme!r}")
        if level not in levels:
            raise ValueError(f"level must be one of {', '.join(levels)} for this graph, not {level!r}")
        self._levels = dict(levels)
        self._texts: dict[str, str] = {}
        self._rendered: dict[object, bytes] = {}
        self._id = f"gradroutes{next(_numbers)}"
        self.level = level
        self.theme = theme
        self.sentence = sentence
        self.renderer = renderer

    @property
    def dot(self) -> str:
        """The DOT text of the level shown."""
        return in_theme(self._text(self.level), self.theme)

    @property
    def levels(self) -> tuple[str, ...]:
        """The levels of detail this picture can show."""
        return tuple(self._levels)

    def at(self, level: str) -> Picture:
        """The same picture at another level."""
        return Picture(self._levels, level, self.theme, self.sentence, self.renderer)

    def svg(self) -> str:
        """One `<svg>` element; with theme "auto" it holds both themes."""
        return self._svg(self.level, self._id)

    def png(self, dpi: int = 144) -> bytes:
        """A PNG in the picture's theme, light for "auto"."""
        return self._render("png", dpi)

    def pdf(self) -> bytes:
        """A PDF, where the renderer can: system Graphviz does, graphviz-pure does not."""
        return self._render("pdf")

    def html(self) -> str:
        """A self-contained page: hover, pan, zoom, levels of detail; complete with scripts off."""
        drawings = {level: lambda key=level: self._in_page(key) for level in self._levels}
        return html_page(drawings, self.level, self.theme, self.sentence)

    def save(self, path: str | Path) -> Path:
        """Write the picture; the suffix chooses: .svg, .png, .pdf, .html, .dot (or .gv).

        Returns
        -------
        Path
            Where it was written.

        Raises
        ------
        ValueError
            For another suffix.
        """
        path = Path(path)
        writers: dict[str, Callable[[], str | bytes]] = {
            ".svg": self._svg_file, ".png": self.png, ".pdf": self.pdf, ".html": self.html, ".htm": self.html,
            ".dot": lambda: self.dot, ".gv": lambda: self.dot,
        }  # fmt: skip
        if path.suffix.lower() not in writers:
            raise ValueError(f"cannot save {path.name!r}: end the name in one of {', '.join(writers)}")
        content = writers[path.suffix.lower()]()
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        try:
            drawing = self.svg()
        except (RendererMissing, RuntimeError) as error:
            return {"text/plain": f"{self.sentence}\n({error})"}
        if len(drawing) > LARGEST:  # a static picture, without hover: the notebook stays quick
            return {"image/svg+xml": drawing, "text/plain": self.sentence}
        figure = f'<figure style="margin:0;overflow-x:auto">{drawing}</figure>'
        return {"text/html": figure, "image/svg+xml": drawing, "text/plain": self.sentence}

    def __repr__(self) -> str:
        return self.sentence or f"<Picture at level {self.level!r}>"

    def _text(self, level: str) -> str:
        if level not in self._texts:
            self._texts[level] = self._levels[level]()
        return self._texts[level]

    def _svg(self, level: str, prefix: str, keyed: bool = False) -> str:
        key = ("svg", level)
        if key not in self._rendered:
            text = in_theme(self._text(level), self.theme)
            self._rendered[key] = rendered(text, "svg", self.renderer)
        return dressed(self._rendered[key].decode(), prefix, self.sentence, self.theme, keyed)

    def _in_page(self, level: str) -> str:
        """Nothing for every operation of a graph whose DOT alone fills the page: a renderer would need minutes to find out."""
        if level == "ops" != self.level and self._too_large(level):
            return ""
        return self._svg(level, f"{self._id}-{level}", keyed=True)

    def _too_large(self, level: str) -> bool:
        try:
            return len(self._text(level)) > LARGEST
        except ValueError:  # more parts than one picture can have
            return True

    def _svg_file(self) -> str:
        described = f"<desc>{html.escape(printable(self.sentence))}</desc>"
        opening, body = self._svg(self.level, "gradroutes").split(">", 1)  # alone in its file: no name to clash with
        return f'<?xml version="1.0" encoding="UTF-8"?>\n{opening}>{described}{body}\n'

    def _render(self, format: str, dpi: int | None = None) -> bytes:
        return rendered(self.dot, format, self.renderer, dpi)

"""DOT to SVG, PNG or PDF through the `graphviz` package, which is imported only here and only when used."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import threading
import warnings
from functools import cache
from pathlib import Path

from autograd.pictures.dotfile import FONT
from autograd.pictures.glyphs import bundled_lack, isolated, system_lacks
from autograd.pictures.labels import EXACT

PURE = "graphviz-pure"
_lock = threading.Lock()


class RendererMissing(RuntimeError):
    """No program that turns DOT into a picture was found."""


def rendered(dot: str, format: str, renderer: str | None = None, dpi: int | None = None) -> bytes:
    """Run the renderer on DOT text.

    Parameters
    ----------
    dot : str
        DOT text, as `Picture.dot` gives it.
    format : str
        "svg", "png", or "pdf" (system Graphviz only).
    renderer : str, optional
        A command or a path; default: graphviz-pure when installed, else `dot`; the other way about for PDF, and for a PNG with
        characters that only the system's fonts have.
    dpi : int, optional
        Resolution of a PNG.

    Raises
    ------
    RendererMissing
        When no renderer is installed; the message says what to install and where the DOT text was written.
    RuntimeError
        When the renderer refuses, with what it said.
    """
    program = find_renderer(renderer) if renderer else _suited(dot, format)
    if program is None:
        raise RendererMissing(_advice(dot, renderer))
    pure = PURE in program.name
    if pure and format == "pdf":
        raise ValueError("graphviz-pure writes no PDF: install Graphviz (its command `dot`), or save SVG")
    if not pure:
        dot = _for_system_fonts(dot, format)
    if format != "svg":
        _warn_of_boxes(dot, pure)
    if dpi:
        dot = dot.replace("graph [", f"graph [dpi={dpi}, ", 1)
    return _piped(dot, format, program)


def find_renderer(named: str | None = None) -> Path | None:
    """What the user named, else graphviz-pure, else `dot`; None where there is nothing."""
    if named is not None:
        return _located(named)
    return _located(PURE) or _located("dot")


def _for_system_fonts(dot: str, format: str) -> str:
    """Arial is the name under which font systems have our metrics. An SVG is measured again by whoever shows it; elsewhere, with
    no such font installed, cells may widen to what is really drawn."""
    if format != "svg":
        dot = isolated(dot).replace("\u2068", "\u200e\u2068")  # Pango turns the whole line where its first letter reads from the right
    dot = dot.replace(f'fontname="{FONT}"', 'fontname="Arial"')
    return dot if format == "svg" or _metrics_match() else dot.replace(EXACT, "")


@cache
def _metrics_match() -> bool:
    finder = shutil.which("fc-match")
    if finder is None:
        return sys.platform in ("darwin", "win32")
    found = subprocess.run([finder, "Arial"], capture_output=True, text=True, check=False).stdout
    return any(name in found for name in ("Arial", "Arimo", "Liberation", "Helvetica", "Nimbus Sans"))


def _located(command: str) -> Path | None:
    """On PATH, or beside this interpreter: a virtual environment that was not activated is not on PATH."""
    beside = os.pathsep.join({str(Path(sys.executable).parent), sysconfig.get_path("scripts")})
    found = shutil.which(command) or shutil.which(command, path=beside)
    return Path(found) if found else None


def _piped(dot: str, format: str, program: Path) -> bytes:
    """The package always calls its DOT_BINARY: point it at the renderer for this call alone."""
    import graphviz
    from graphviz.backend import dot_command

    with _lock:
        usual, dot_command.DOT_BINARY = dot_command.DOT_BINARY, program
        try:
            drawn: bytes = graphviz.pipe("dot", format, dot.encode(), quiet=True)
            return drawn
        except subprocess.CalledProcessError as error:
            said = (error.stderr or b"").decode(errors="replace").strip()[-800:]
            raise RuntimeError(f"{program.name} could not draw the picture; it said: {said}") from error
        finally:
            dot_command.DOT_BINARY = usual


def _advice(dot: str, named: str | None) -> str:
    with tempfile.NamedTemporaryFile("w", suffix=".dot", prefix="gradroutes-", delete=False, encoding="utf-8") as file:
        file.write(dot)
    missing = f"the renderer {named!r} was not found" if named else "no renderer was found"
    return (f"{missing}. Install one: pip install 'gradroutes[render]' (or Graphviz, so that `dot` is on PATH). "
            f"The DOT text was written to {file.name}")  # fmt: skip


def _suited(dot: str, format: str) -> Path | None:
    """The usual renderer; the system's for PDF, and where its fonts have more of a PNG's characters."""
    system = _located("dot")
    lacking = bundled_lack(dot) if format == "png" else ""
    better = format == "pdf" or (lacking and len(system_lacks(lacking)) < len(lacking))
    return system if system and better else find_renderer()


def _warn_of_boxes(dot: str, pure: bool) -> None:
    boxes = bundled_lack(dot) if pure else system_lacks(dot)
    if boxes:
        mend = "so does a PNG where Graphviz (its `dot`) and a font that has them are installed" if pure else "install a font that has them"
        warnings.warn(f"the renderer has no glyphs for {boxes[:20]!r} and draws boxes; SVG and HTML show them wherever such a font is; "
                      f"{mend}", stacklevel=5)  # fmt: skip

"""`gradroutes draw WHAT`: a picture of what a network of ours, or a function of the user's, computes."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

import autograd
from autograd.pictures import find_renderer
from nn.command.figures import require_renderer
from nn.command.refusal import Refusal
from nn.command.subjects import Subject, subject_of

ENDINGS = (".svg", ".png", ".html", ".dot", ".pdf")


def draw_subject(options: argparse.Namespace) -> None:
    """Run it, draw it, say where the picture is and what it shows."""
    renderer = _renderer(options.out)
    note(f"running {options.what}")
    subject = subject_of(options.what, options.seed)
    twin = _twin(subject, options)
    note("following the gradient and drawing")
    try:
        picture = _drawn(subject, level=options.level, theme=options.theme, twin=twin, renderer=renderer, rankdir=options.rankdir)
        picture.save(options.out)
    except (OSError, ValueError) as error:
        said = f"--out {options.out}: cannot write there ({error.strerror or error})" if isinstance(error, OSError) else str(error)
        raise Refusal(said) from None
    print(f"{picture!r}\nwrote {options.out}")


def note(words: str) -> None:
    """Progress, for who watches at a terminal: no part of what is printed."""
    if sys.stderr.isatty():
        print(f"{words} ...", file=sys.stderr)


def _renderer(out: Path) -> str | None:
    """Which program draws; refuse before the work what none can write."""
    if out.suffix not in ENDINGS:
        raise Refusal(f"--out {out}: a picture is written as {', '.join(ENDINGS)}, by the file's ending")
    if out.suffix == ".pdf":
        if find_renderer("dot") is None:
            raise Refusal(f"--out {out}: PDF needs Graphviz's dot on PATH (graphviz-pure writes none); SVG does not", code=1)
        return "dot"
    if out.suffix != ".dot":
        require_renderer()
    return None


def _twin(subject: Subject, options: argparse.Namespace) -> Any:
    if not options.twin:
        return None
    if subject.plain is None:
        raise Refusal(
            f"--twin: skips can be switched off in nn's residual blocks alone; {options.what} has none, or returned a loss: "
            "return the network and its input x instead"
        )
    note("running its twin without skips")
    return subject.plain()


def _drawn(subject: Subject, **options: Any) -> Any:
    if subject.x is None and options["twin"] is None:
        del options["twin"]
        return autograd.draw(subject.loss, **options)
    renderer = options.pop("renderer")
    picture = autograd.routes(subject.loss, subject.x).draw(**options)
    picture.renderer = renderer
    return picture

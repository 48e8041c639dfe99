"""From a renderer's SVG to ours: names that clash with nothing, hover text, both themes in one, a label to read aloud."""

from __future__ import annotations

import html
import re

from autograd.pictures.glyphs import RIGHT_TO_LEFT, bundled_lack, isolated, printable
from autograd.pictures.metrics import text_width
from autograd.pictures.palette import DARK

# How the hosts of a picture say that they are dark. A stand-alone page says it by class.
DARK_MARKS = (
    'body[data-jp-theme-light="false"]',  # JupyterLab
    "body.vscode-dark",
    "body.vscode-high-contrast:not(.vscode-high-contrast-light)",
    'html[theme="dark"]',  # Colab
    '[data-theme="dark"]',  # Sphinx: furo, pydata
    '[data-md-color-scheme="slate"]',
    "html.gradroutes-dark",
)
HOVER_UP_TO = 120  # blocks: one rule each
FONTS = "Helvetica, Arial, 'Liberation Sans', Arimo, sans-serif"

_OPENED = re.compile(r'<g id="a_([^"]*)"><a(?: xlink:href="[^"]*")?(?: xlink:title="([^"]*)")?[^>]*>')
_NODE = re.compile(r'(<g id="node[^>]*)>\s*<title>(\w+)</title>')
_EDGE = re.compile(r'(<g id="edge[^>]*)>\s*<title>(\w+)(?::\w+)*&#45;&gt;(\w+)(?::\w+)*</title>')
_RUN = re.compile(r"<text ([^>]*)>([^<]*)</text>\n?")
_BLOCK = re.compile(r'class="[^"]*\bb(\d+)"')
_COLOUR = re.compile(r'(?:fill|stroke)="(#[0-9a-f]{6})"', re.IGNORECASE)


def dressed(svg: str, prefix: str, sentence: str, theme: str, keyed: bool = False) -> str:
    """`svg` as one `<svg>` element to stand alone or inside a page.

    Every id starts with `prefix`; titles are hover text; `sentence` is what a screen reader says; with theme "auto" the
    colours follow the host. `keyed` writes down which nodes an edge leads from and to, for a script that steps along them.
    """
    svg = svg[svg.index("<svg") :].rstrip()
    if keyed:
        svg = _EDGE.sub(r'\1 data-from="\2" data-to="\3">', _NODE.sub(r'\1 data-key="\2">', svg))
    svg = re.sub(r"<!--.*?-->\n?|<title>.*?</title>\n?", "", svg, flags=re.DOTALL)
    svg = _OPENED.sub(_told, svg).replace("</a>\n", "").replace("</a>", "")
    svg = _RUN.sub(_run, svg)
    svg = re.sub(r' id="([^"]*)"', rf' id="{prefix}-\1"', svg)
    style = f"<style>{hover_rules(svg, prefix)}{theme_rules(svg, prefix) if theme == 'auto' else ''}</style>"
    head = (f'<svg id="{prefix}" class="gradroutes" role="img" aria-label="{html.escape(printable(sentence))}" '
            f'font-family="{FONTS}" style="max-width:100%;height:auto" ')  # fmt: skip
    opening, body = svg[len("<svg ") :].split(">", 1)
    return f"{head}{opening}>{style}{body}"


def hover_rules(svg: str, prefix: str) -> str:
    """Pointing at a block dims the rest, without a script: notebooks and plain SVG files have it too."""
    blocks = sorted({int(number) for number in _BLOCK.findall(svg)})
    return "".join(
        f"#{prefix}:has(.b{n}:hover) :is(.edge,.column,.node:not(:has(.column))):not(.b{n}){{opacity:.45}}"
        for n in blocks if n and len(blocks) <= HOVER_UP_TO
    )  # fmt: skip


def theme_rules(svg: str, prefix: str) -> str:
    """Attribute selectors that map each palette hex of `svg` to its dark partner under a dark mark."""
    used = sorted({found.upper() for found in _COLOUR.findall(svg)} & DARK.keys())
    under = f":is({','.join(DARK_MARKS)}) #{prefix}"
    return _mapping(under, used) + "@media (prefers-color-scheme:dark){" + "".join(
        _mapping(root, used) for root in ("svg:root", f":is(html.gradroutes-page,body[data-theme=auto]) #{prefix}")
    ) + "}"  # fmt: skip


def _mapping(root: str, used: list[str]) -> str:
    return "".join(f'{root} [{what}="{light.lower()}"]{{{what}:{DARK[light]}}}' for light in used for what in ("fill", "stroke"))


def _told(found: re.Match[str]) -> str:
    """Anchors without a target are only carriers of hover text; a rolled block's cell becomes part of its block."""
    key, title = found.group(1), (found.group(2) or "").strip()
    block = key.removeprefix("column") if key.startswith("column") else ""
    named = f' class="column b{block}"' if block else ""
    return f"<g{named}>" + (f"<title>{title}</title>" if title else "")


def _run(found: re.Match[str]) -> str:
    """Drop blank runs; hold a run to its width, whichever font stands in for Helvetica."""
    named, text = found.group(1), html.unescape(found.group(2))
    if not text.strip():
        return ""
    named = re.sub(r' ?font-family="[^"]*"', "", named)
    size = re.search(r'font-size="([\d.]+)"', named)
    if size and len(text.strip()) > 2 and not bundled_lack(text) and text == text.strip():
        width = text_width(text, float(size.group(1)), "bold" in named)
        named += f' textLength="{width:.1f}" lengthAdjust="spacingAndGlyphs"'
    written = found.group(2)
    mixed = written if RIGHT_TO_LEFT.fullmatch(text) else isolated(written)
    return f"<text {named}>{mixed}</text>\n"

"""The stand-alone page: whole without scripts; with them, tried in headless Chromium where it is installed."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import pytest

from autograd.pictures import Picture
from autograd.pictures.page import LARGEST, html_page
from autograd.pictures.render import find_renderer
from tests.pictures.scenes import DOTS

needs_renderer = pytest.mark.skipif(find_renderer() is None, reason="no renderer: pip install 'gradroutes[render]'")
BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
needs_browser = pytest.mark.skipif(BROWSER is None, reason="no Chromium or Chrome on PATH: the page's script is not tried")
LEVELS = {"block": "block", "stack": "stack_twin", "rolled": "rolled"}

# Runs after the page's own script; what it finds goes into the document, which the browser prints.
TRIAL = """
<script>
const out = {errors: window.errors || []}, $ = (q) => document.querySelector(q), all = (q) => [...document.querySelectorAll(q)];
const at = (kind, target, more) => target.dispatchEvent(
  new (kind.startsWith("pointer") ? PointerEvent : kind === "wheel" ? WheelEvent
  : kind === "keydown" ? KeyboardEvent : MouseEvent)(kind, Object.assign(
    {bubbles: true, cancelable: true, clientX: 300, clientY: 200}, more)));
try {
  out.shown = all("figure").filter((f) => !f.hidden).map((f) => f.dataset.level);
  $('button[data-level="rolled"]').click();
  out.switched = all("figure").filter((f) => !f.hidden).map((f) => f.dataset.level);
  out.pressed = $('button[data-level="rolled"]').getAttribute("aria-pressed");
  const column = $('figure[data-level="rolled"] g.column.b7 polygon');
  at("pointermove", column);
  out.card = $("#card").hidden ? "" : $("#card").textContent;
  out.opacity = getComputedStyle($('figure[data-level="rolled"] g.column.b8')).opacity;
  const items = all('figure[data-level="rolled"] g.column');
  out.dimmed = items.filter((g) => g.classList.contains("dimmed")).length;
  out.columns = items.length;
  at("pointerleave", $('figure[data-level="rolled"]'));
  out.afterwards = all(".dimmed").length + Number(!$("#card").hidden);
  $('button[data-level="stack"]').click();
  const figure = $('figure[data-level="stack"]'), svg = figure.querySelector("svg"), box = () => svg.getAttribute("viewBox");
  const home = svg.viewBox.baseVal.width;
  at("wheel", figure, {deltaY: -120});
  out.zoomed = svg.viewBox.baseVal.width < home;
  const before = box();
  at("pointerdown", figure); at("pointermove", figure, {clientX: 340}); at("pointerup", figure);
  out.panned = box() !== before;
  at("dblclick", figure);
  out.reset = Math.abs(svg.viewBox.baseVal.width - home) < 1e-6;
  at("keydown", figure, {key: "+"});
  out.byKey = svg.viewBox.baseVal.width < home;
  const block = figure.querySelector("g.edge.skip.b4");
  block.focus();
  out.focused = $("#card").hidden ? "" : $("#card").textContent;
  out.lit = all('figure[data-level="stack"] .b4').filter((g) => !g.classList.contains("dimmed")).length;
  const key = (name, more) => at("keydown", document.activeElement, Object.assign({key: name}, more));
  const here = () => document.activeElement.getAttribute("aria-label") || document.activeElement.tagName;
  const walk = (names) => names.map((name) => { key(name); return here().split("\\n")[0]; });
  out.along = walk(["ArrowRight", "ArrowLeft", "ArrowLeft"]);
  const still = box();
  key("ArrowRight", {shiftKey: true});
  out.shifted = box() !== still;
  out.outline = getComputedStyle(document.activeElement).outlineStyle;
  out.stops = figure.querySelectorAll('g[tabindex="0"].b4').length;
  key("Escape");
  out.escaped = document.activeElement === figure;
  $('button[data-level="block"]').click();
  all('figure[data-level="block"] g.value').find((g) => g.dataset.told.startsWith("y")).focus();
  out.upstream = walk(["ArrowLeft", "ArrowLeft", "ArrowLeft", "ArrowDown", "ArrowLeft"]);
  $('button[data-level="rolled"]').click();
  $('figure[data-level="rolled"] g.column.b7').focus();
  out.columnwise = walk(["ArrowRight", "ArrowLeft", "ArrowLeft"]);
  out.darkBefore = getComputedStyle(svg.querySelector("g.graph > g polygon, g.graph > polygon")).fill;
  $("#theme").click();
  out.darkAfter = getComputedStyle(svg.querySelector("g.graph > g polygon, g.graph > polygon")).fill;
} catch (error) { out.errors.push(String(error)); }
document.body.innerHTML = "<pre id=report>" + JSON.stringify(out).replace(/&/g, "&amp;").replace(/</g, "&lt;") + "</pre>";
</script>
"""
LISTEN = "<script>window.errors = []; window.onerror = (message) => { window.errors.push(String(message)); };</script>"


def picture() -> Picture:
    return Picture({level: DOTS[name] for level, name in LEVELS.items()}, "stack", sentence='|∂L/∂x| is "0.164" & more')


@needs_renderer
def test_the_page_needs_nothing_from_outside() -> None:
    page = picture().html()
    assert not re.findall(r'(?:src|href)="(?!#)[^"]*"|@import|url\(|https?://(?!www\.w3\.org/)', page)
    for level in LEVELS:
        assert f'<figure data-level="{level}">' in page
    assert "&quot;0.164&quot; &amp; more" in page
    assert "hidden" not in re.sub(r"<script>.*</script>|<style>.*</style>", "", page, flags=re.DOTALL).replace("hidden></div>", "")


@needs_renderer
def test_every_figure_is_whole_and_titled_without_scripts() -> None:
    for drawing in re.findall(r"<svg.*?</svg>", picture().html(), flags=re.DOTALL):
        root = ET.fromstring(drawing)
        assert root.get("role") == "img"
        assert len(list(root.iter("{http://www.w3.org/2000/svg}title"))) > 5


def test_a_large_page_leaves_the_operations_out_and_says_so() -> None:
    drawings = {"stack": lambda: "<svg>s</svg>", "ops": lambda: "<svg>" + "o" * LARGEST + "</svg>"}
    page = html_page(drawings, "ops", "auto", "a sentence")
    assert 'data-level="ops"' not in page
    assert 'The level "ops" is left out: it alone has 1.0 MB' in page
    assert '<body data-level="stack">' in page
    small = html_page({"stack": lambda: "<svg/>", "ops": lambda: "<svg/>"}, "ops", "auto", "a sentence")
    assert '<figure data-level="ops">' in small


@needs_renderer
@needs_browser
def test_hover_levels_zoom_pan_keys_and_theme_work(tmp_path: Path) -> None:
    page = picture().html().replace("<head>", "<head>" + LISTEN).replace("</body>", TRIAL + "</body>")
    path = tmp_path / "page.html"
    path.write_text(page, encoding="utf-8")
    for attempt in range(3):  # a machine with other work may not paint in time; a fault of the page fails every time
        try:
            _as_it_should(_report(path, tmp_path / f"profile{attempt}"))
            return
        except AssertionError:
            if attempt == 2:
                raise


def _report(path: Path, profile: Path) -> Any:
    """What the page's own trial wrote down."""
    command = [str(BROWSER), "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={profile}",
               "--window-size=1400,700", "--virtual-time-budget=4000", "--dump-dom", path.as_uri()]  # fmt: skip
    printed = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False).stdout
    found = re.search(r"<pre id=\"report\">(.*?)</pre>", printed, flags=re.DOTALL)
    assert found is not None, printed[-500:]
    return json.loads(found.group(1).replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&"))


def _as_it_should(report: Any) -> None:
    assert report["errors"] == []
    assert (report["shown"], report["switched"], report["pressed"]) == (["stack"], ["rolled"], "true")
    assert report["card"].startswith("blocks.6")
    assert report["columns"] - report["dimmed"] == report["columns"] // 54
    assert report["afterwards"] == 0
    assert report["zoomed"] and report["panned"] and report["reset"] and report["byKey"]
    assert report["focused"].startswith("blocks.3")
    assert report["lit"] >= 4
    assert [name.split(" ")[0] for name in report["along"]] == ["blocks.4", "blocks.3", "blocks.2"]
    assert report["shifted"] and report["escaped"] and report["stops"] == 2  # the block, and its twin
    assert report["outline"] == "solid"
    assert [name.replace("&nbsp;", "") for name in report["upstream"]] == [
        "gradient: 0.96", "add: the gradient is copied to every input", "through F: 0.96", "by the skip: 0.96", "x 32×16"]  # fmt: skip
    assert [name.split(" ")[0] for name in report["columnwise"]] == ["blocks.7", "blocks.6", "blocks.5"]
    assert {report["darkBefore"], report["darkAfter"]} == {"rgb(252, 252, 251)", "rgb(21, 24, 30)"}

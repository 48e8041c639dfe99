"""Rendering: which renderer, what its SVG becomes, and that nothing in a picture lies on anything else."""

from __future__ import annotations

import html
import os
import re
import stat
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

import autograd
from autograd.pictures import Picture, RendererMissing
from autograd.pictures.metrics import text_width
from autograd.pictures.palette import DARK
from autograd.pictures.render import find_renderer, rendered
from tests.pictures.scenes import DOTS

needs_renderer = pytest.mark.skipif(find_renderer() is None, reason="no renderer: pip install 'gradroutes[render]'")
TRIVIAL = "digraph { graph [bgcolor=white] a -> b }"
SVG = "{http://www.w3.org/2000/svg}"


def picture(name: str = "block", **options: str) -> Picture:
    return Picture({name: DOTS[name]}, name, sentence="70 % by the skip, 30 % through F", **options)


# ------------------------------------------------------------------------------------------------------- renderers


def script(folder: Path, name: str, output: str) -> Path:
    path = folder / name
    path.write_text(f"#!/bin/sh\ncat > /dev/null\nprintf '%s' '{output}'\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


@pytest.mark.skipif(os.name == "nt", reason="shell scripts stand in for renderers")
def test_what_the_user_named_comes_first(tmp_path: Path) -> None:
    mine = script(tmp_path, "mine", "<svg>mine</svg>")
    assert rendered(TRIVIAL, "svg", str(mine)) == b"<svg>mine</svg>"


@pytest.mark.skipif(os.name == "nt", reason="shell scripts stand in for renderers")
def test_dot_is_the_last_resort(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script(tmp_path, "dot", "<svg>dot</svg>")
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    monkeypatch.setattr("autograd.pictures.render.PURE", "not-installed-here")
    assert rendered(TRIVIAL, "svg") == b"<svg>dot</svg>"


@needs_renderer
def test_the_executable_is_found_beside_the_interpreter(monkeypatch: pytest.MonkeyPatch) -> None:
    """A virtual environment that nobody activated."""
    if not (Path(sys.executable).parent / "graphviz-pure").exists():
        pytest.skip("graphviz-pure is not installed beside this interpreter")
    monkeypatch.setenv("PATH", "/nowhere")
    assert find_renderer() is not None


@needs_renderer
def test_the_package_is_left_as_it_was() -> None:
    from graphviz.backend import dot_command

    before = dot_command.DOT_BINARY
    rendered(TRIVIAL, "svg")
    with pytest.raises(RuntimeError, match="could not draw"):
        rendered("digraph {", "svg")
    assert dot_command.DOT_BINARY is before


def test_without_a_renderer_the_error_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("autograd.pictures.render.find_renderer", lambda named=None: None)
    with pytest.raises(RendererMissing, match=r"pip install 'gradroutes\[render\]'") as caught:
        rendered(TRIVIAL, "svg")
    written = Path(re.search(r"\S+\.dot", str(caught.value)).group())  # type: ignore[union-attr]
    assert written.read_text() == TRIVIAL
    written.unlink()


def test_without_a_renderer_a_notebook_still_shows_the_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("autograd.pictures.render.find_renderer", lambda named=None: None)
    bundle = picture()._repr_mimebundle_()
    assert set(bundle) == {"text/plain"}
    assert bundle["text/plain"].startswith("70 % by the skip")


# ------------------------------------------------------------------------------------------------------- the object


@needs_renderer
def test_saves_by_suffix(tmp_path: Path) -> None:
    starts = {".svg": b"<?xml", ".png": b"\x89PNG", ".html": b"<!DOCTYPE", ".dot": b"digraph", ".gv": b"digraph"}
    for suffix, start in starts.items():
        assert picture().save(tmp_path / f"a{suffix}").read_bytes().startswith(start)
    with pytest.raises(ValueError, match="end the name in one of"):
        picture().save(tmp_path / "a.jpg")


@needs_renderer
def test_notebooks_get_inline_svg_and_one_sentence() -> None:
    bundle = picture()._repr_mimebundle_()
    assert set(bundle) == {"text/html", "image/svg+xml", "text/plain"}
    assert "<svg" in bundle["text/html"] and "<img" not in bundle["text/html"]
    assert bundle["text/plain"] == repr(picture()) == "70 % by the skip, 30 % through F"
    assert 'role="img"' in bundle["text/html"] and 'aria-label="70 % by the skip' in bundle["text/html"]


@needs_renderer
def test_ids_of_two_outputs_never_meet() -> None:
    one, two = (set(re.findall(r' id="([^"]*)"', picture().svg())) for _ in range(2))
    assert one and two and not one & two


@needs_renderer
def test_one_svg_holds_both_themes() -> None:
    drawing = picture().svg()
    used = {found.upper() for found in re.findall(r'(?:fill|stroke)="(#[0-9a-f]{6})"', drawing)}
    assert used <= DARK.keys()
    style = re.search(r"<style>(.*?)</style>", drawing).group(1)  # type: ignore[union-attr]
    assert all(f'[fill="{light.lower()}"]{{fill:{DARK[light]}}}' in style for light in used)
    for host in ("data-jp-theme-light", "vscode-dark", "html[theme=", "data-theme", "prefers-color-scheme"):
        assert host in style
    dark = picture(theme="dark").svg()
    assert "prefers-color-scheme" not in dark and DARK["#FCFCFB"].lower() in dark.lower()


@needs_renderer
def test_pointing_at_a_block_dims_the_rest_without_a_script() -> None:
    drawing = picture("stack").svg()
    for block in range(1, 11):
        assert f":has(.b{block}:hover)" in drawing
        assert len(re.findall(rf'class="(?:node|edge) [^"]*\bb{block}"', drawing)) >= 4


def test_wrong_options_are_refused() -> None:
    with pytest.raises(ValueError, match="theme must be one of auto, light, dark"):
        picture(theme="blue")
    x = autograd.Tensor([1.0], requires_grad=True)
    with pytest.raises(ValueError, match="level must be one of block, stack, rolled, ops"):
        autograd.draw((x + autograd.sin(x)).sum(), "blocks")
    with pytest.raises(ValueError, match="requires_grad=True"):
        autograd.draw(autograd.Tensor([1.0]))
    with pytest.raises(TypeError, match="expected a Tensor or Routes, got list"):
        autograd.draw([1.0])  # type: ignore[arg-type]


# ---------------------------------------------------------------------------------------------------------- overlap

Box = tuple[float, float, float, float]


def texts_of(svg: str) -> list[tuple[str, Box]]:
    """The visible runs of text and the boxes they take."""
    found = []
    for element in ET.fromstring(svg).iter(f"{SVG}text"):
        text, size = "".join(element.itertext()), float(element.get("font-size", 12))
        x, y = float(element.get("x", 0)), float(element.get("y", 0))
        width = text_width(text.strip(), size, element.get("font-weight") == "bold")
        x -= width / 2 if element.get("text-anchor") == "middle" else 0
        x += text_width(" ", size) * (len(text) - len(text.lstrip()))
        found.append((text, (x, y - 0.72 * size, x + width, y + 0.1 * size)))
    return found


def overlap(a: Box, b: Box, slack: float = 0.9) -> bool:
    across = min(a[2], b[2]) - max(a[0], b[0])
    down = min(a[3], b[3]) - max(a[1], b[1])
    return across > slack and down > slack


@needs_renderer
@pytest.mark.parametrize("name", DOTS)
def test_no_two_labels_overlap(name: str) -> None:
    boxes = texts_of(picture(name).svg())
    meeting = [(a, b) for i, (a, p) in enumerate(boxes) for b, q in boxes[:i] if overlap(p, q)]
    assert not meeting
    assert len(boxes) > 8


def ribbon_points(svg: str) -> list[tuple[float, float]]:
    """Points along every line that is more than a hairline, and on arrow heads: what would make a word unreadable."""
    found = []
    for group in ET.fromstring(svg).iter(f"{SVG}g"):
        for head in group.iter(f"{SVG}polygon") if "edge" in group.get("class", "") else ():
            if head.get("stroke") == "none":  # a share bar on the lane
                continue
            numbers = [float(number) for number in re.findall(r"-?[\d.]+", head.get("points", ""))]
            tips = list(zip(numbers[::2], numbers[1::2], strict=True))
            found += [((x0 + x1) / 2, (y0 + y1) / 2) for x0, y0 in tips for x1, y1 in tips]
        for path in group.iter(f"{SVG}path") if "edge" in group.get("class", "") else ():
            ends = [float(number) for number in re.findall(r"-?[\d.]+", path.get("d", ""))]
            corners = list(zip(ends[::2], ends[1::2], strict=True))
            if float(path.get("stroke-width", 1)) < 2 or path.get("stroke") == "none":
                continue
            for piece in range(0, len(corners) - 3, 3):
                found += [bezier(corners[piece : piece + 4], t / 16) for t in range(17)]
    return found


def bezier(corners: list[tuple[float, float]], t: float) -> tuple[float, float]:
    weights = ((1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t * t * (1 - t), t**3)
    x, y = (sum(w * corner[axis] for w, corner in zip(weights, corners, strict=True)) for axis in (0, 1))
    return x, y


@needs_renderer
@pytest.mark.parametrize("name", DOTS)
def test_no_ribbon_runs_through_a_label(name: str) -> None:
    svg = picture(name).svg()
    points = ribbon_points(svg)
    crossed = [text for text, box in texts_of(svg) if any(box[0] < x < box[2] and box[1] < y < box[3] for x, y in points)]
    assert points and not crossed


def test_the_check_for_ribbons_can_fail() -> None:
    line = '<g class="edge"><path d="M0,0C10,0 20,0 30,0" stroke="#2f6fde" stroke-width="5"/></g>'
    svg = f'<svg xmlns="{SVG[1:-1]}">{line}<text x="10" y="4" font-size="10">abc</text></svg>'
    (_, box), points = texts_of(svg)[0], ribbon_points(svg)
    assert any(box[0] < x < box[2] and box[1] < y < box[3] for x, y in points)


def test_the_check_for_overlap_can_fail() -> None:
    svg = f'<svg xmlns="{SVG[1:-1]}"><text x="0" y="10" font-size="10">abc</text><text x="8" y="12" font-size="10">def</text></svg>'
    (_, a), (_, b) = texts_of(svg)
    assert overlap(a, b)


@needs_renderer
@pytest.mark.parametrize("name", DOTS)
def test_every_label_lies_inside_the_picture(name: str) -> None:
    svg = picture(name).svg()
    left, top, width, height = map(float, ET.fromstring(svg).get("viewBox", "").split())
    shift = re.search(r"translate\(([-\d.]+) ([-\d.]+)\)", svg)
    assert shift is not None
    dx, dy = map(float, shift.groups())
    for text, (x0, y0, x1, y1) in texts_of(svg):
        assert left <= x0 + dx and x1 + dx <= left + width + 1, html.unescape(text)
        assert top <= y0 + dy and y1 + dy <= top + height + 1


GALLERY = sorted((Path(__file__).parents[2] / "docs" / "gallery").glob("*.svg"))


@pytest.mark.parametrize("path", GALLERY, ids=lambda path: path.stem)
def test_nothing_lies_on_anything_in_the_gallery(path: Path) -> None:
    """Real networks, as they are kept; needs no renderer."""
    svg = path.read_text(encoding="utf-8").split("?>", 1)[1]
    boxes, points = texts_of(svg), ribbon_points(svg)
    assert not [(a, b) for i, (a, p) in enumerate(boxes) for b, q in boxes[:i] if overlap(p, q)]
    assert not [text for text, box in boxes if any(box[0] < x < box[2] and box[1] < y < box[3] for x, y in points)]
    assert len(boxes) > 4


def test_there_is_a_gallery() -> None:
    assert len(GALLERY) > 30 or not (Path(__file__).parents[2] / "docs").exists()

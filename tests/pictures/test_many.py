"""More than a picture has room for: shared columns, folded rows, and a refusal that says what to draw."""

from __future__ import annotations

import re

import numpy as np
import pytest

import autograd
from autograd.pictures import folding, gathering
from autograd.pictures.flow import flow_dot
from autograd.pictures.gathering import blocks_a_column, gathered
from autograd.pictures.page import html_page
from autograd.pictures.rolled import rolled_dot
from autograd.pictures.scene import Flow, Highway, Module, Operation, Residual, Road, Shares, Skip, Twin


def tall(count: int) -> Highway:
    blocks = tuple(
        Residual(f"F{i}", Shares(i / count, 1 - i / count), 1.0, 1.0, float(i), float(i + 1), title=f"block {i}",
                 skip=Skip("hollow", "padded") if i == 10 else Skip())
        for i in range(1, count + 1)
    )  # fmt: skip
    return Highway(blocks, 1.0, twin=Twin(tuple(range(count)), 1.0))


def test_few_blocks_keep_a_column_each() -> None:
    highway = tall(gathering.MOST)
    assert gathered(highway) is highway
    assert "one column is one block" in rolled_dot(highway)


def test_many_blocks_share_columns_that_show_their_mean() -> None:
    shown = gathered(tall(1000))
    assert blocks_a_column(1000) == 4 and len(shown.blocks) == 250
    first, third = shown.blocks[0], shown.blocks[2]
    assert first.shares.skip == pytest.approx(np.mean([1, 2, 3, 4]) / 1000)
    assert (first.fork, first.output) == (1.0, 5.0)
    assert third.title == "blocks 9–12" and third.skip.label == "padded" and first.skip.stroke == "solid"
    assert shown.twin and shown.twin.sizes[:3] == (0, 4, 8)
    text = rolled_dot(tall(1000))
    assert "one column is the mean of 4 blocks" in text and "1000 residual blocks" in text
    assert 'tooltip="blocks 9–12&#10;mean share by the skip 1 %' in text
    assert len(re.findall('<td id="column', text)) == 2 * 250 + 250  # bars, strip, and the twin's


def test_the_last_column_may_hold_fewer() -> None:
    shown = gathered(tall(321))
    assert len(shown.blocks) == 161 and shown.blocks[-1].title == "block 321"


def row_of(count: int, module: str = "") -> Flow:
    """A chain of operations with a fork in its middle."""
    parts = tuple(Operation(f"n{i}", f"op{i}") for i in range(count))
    roads = [Road(f"n{i}", f"n{i + 1}", float(i)) for i in range(count - 1)]
    roads.append(Road(f"n{count // 2}", f"n{count - 1}", 1.0))
    modules = (Module("m", "M", ("n0", "n1")),) if module else ()
    return Flow("t", parts, tuple(roads), modules)


def test_rows_are_folded_and_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folding, "FOLD_ABOVE", 10)
    flow = folding.folded(row_of(100))
    assert [(part.key, part.formula) for part in flow.parts] == [  # type: ignore[union-attr]
        ("n0", "op0 … 51 operations"), ("n51", "op51 … 48 operations"), ("n99", "op99")]  # fmt: skip
    assert [(road.tail, road.head) for road in flow.roads] == [("n0", "n51"), ("n51", "n99"), ("n0", "n99")]
    assert "97 % of the parts are folded" in flow.note
    kept = folding.folded(row_of(100, "m"))
    assert [part.key for part in kept.parts] == ["n0", "n2", "n51", "n99"]
    assert kept.modules[0].parts == ("n0",)


def test_what_is_small_is_left_whole() -> None:
    flow = row_of(100)
    assert folding.folded(flow) is flow


def test_too_many_is_refused_with_what_to_draw(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folding, "FOLD_ABOVE", 10)
    monkeypatch.setattr(folding, "MOST", 2)
    with pytest.raises(ValueError, match=r"1000 parts are too many .* draw level='rolled'"):
        flow_dot(row_of(1000))


def test_a_page_says_that_the_operations_are_too_many() -> None:
    page = html_page({"rolled": lambda: "<svg/>", "ops": lambda: ""}, "rolled", "auto", "s")
    assert 'The level "ops" is left out: it is too large' in page and '<figure data-level="ops">' not in page


def test_ten_thousand_operations_get_a_level_that_can_be_drawn() -> None:
    h = autograd.Tensor([0.5, 1.0], requires_grad=True, name="x")
    for _ in range(10_000):
        h = autograd.sin(h)
    picture = autograd.draw(h.sum())
    assert picture.dot.count("->") < 5 and "10001 operations" in repr(picture)

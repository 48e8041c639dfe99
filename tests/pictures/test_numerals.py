"""Numbers and widths, for any float."""

from __future__ import annotations

import math
import re

from hypothesis import given
from hypothesis import strategies as st

from autograd.pictures.labels import widths_of
from autograd.pictures.numerals import (
    percent,
    ribbon_alpha,
    ribbon_width,
    superscript,
    three_significant,
    two_decimals,
)

SUPER = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")
anything = st.floats(allow_nan=True, allow_infinity=True)
positive = st.floats(min_value=1e-300, max_value=1e300)


def read_back(text: str) -> float:
    text = text.replace("−", "-")
    if "·10" in text:
        digits, power = text.split("·10")
        return float(f"{digits}e{power.translate(SUPER)}")
    return float(text)


@given(positive)
def test_what_is_written_is_the_number_to_its_digits(number: float) -> None:
    assert math.isclose(read_back(three_significant(number)), number, rel_tol=0.051)
    assert math.isclose(read_back(two_decimals(number)), number, rel_tol=0.51 if number < 0.02 else 0.051, abs_tol=0.0051)


@given(anything)
def test_no_number_is_long_and_minus_is_a_minus(number: float) -> None:
    for written in (two_decimals(number), three_significant(number), percent(number)):
        assert 1 <= len(written) <= 11
        assert "-" not in written and "e" not in written.replace("not", "")
        assert not math.isfinite(number) or (number < 0) == written.startswith("−")


@given(st.integers(-999, 999))
def test_superscripts_read_back(number: int) -> None:
    assert int(superscript(number).translate(SUPER)) == number


@given(st.lists(positive, min_size=2, max_size=20))
def test_width_grows_with_size_within_its_bounds(sizes: list[float]) -> None:
    largest = max(sizes)
    widths = [ribbon_width(size, largest) for size in sorted(sizes)]
    assert widths == sorted(widths)
    assert all(0.6 < width <= 9.6 for width in widths)
    assert widths[-1] == 9.6


@given(anything, positive)
def test_width_and_fading_never_fail(size: float, largest: float) -> None:
    assert 0.6 <= ribbon_width(size, largest) <= 9.6
    assert 0.25 <= ribbon_alpha(size, largest) <= 1


def test_a_thousandth_is_where_width_stops_and_fading_begins() -> None:
    assert ribbon_width(1e-4, 1.0) == ribbon_width(1e-8, 1.0)
    assert ribbon_alpha(2e-3, 1.0) == 1 > ribbon_alpha(1e-4, 1.0) > ribbon_alpha(1e-8, 1.0)


@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=6), st.integers(30, 500))
def test_bar_parts_fill_the_bar(sizes: list[float], total: int) -> None:
    widths = widths_of(sizes, total)
    assert sum(widths) == total
    assert min(widths) >= 0


def test_small_shares_say_that_they_are_there() -> None:
    assert (percent(0.001), percent(-0.001), percent(0.0)) == ("<1", "−<1", "0")
    assert re.fullmatch(r"\d+", percent(0.7))

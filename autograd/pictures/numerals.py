"""How a number is written and how wide a ribbon is: pure functions of floats, shared by every level."""

import math
from collections.abc import Callable, Iterable

_SUPER = str.maketrans("0123456789-+", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺")
_SUB = str.maketrans("0123456789-+", "₀₁₂₃₄₅₆₇₈₉₋₊")

FADE_BELOW = 1e-3  # of the largest: thinner would not show, so the width stays and the colour fades


def superscript(number: int) -> str:
    """
    >>> superscript(-12)
    '⁻¹²'
    """
    return str(number).translate(_SUPER)


def subscript(number: int) -> str:
    """
    >>> subscript(10)
    '₁₀'
    """
    return str(number).translate(_SUB)


def two_decimals(number: float) -> str:
    """The form of a block: 1.13, one digit more below 0.1 and fewer from 100 on, a·10ⁿ below 0.01 or from 10⁴ on.

    >>> two_decimals(1.128), two_decimals(0.00123), two_decimals(0.0), two_decimals(-14.84)
    ('1.13', '1.2·10⁻³', '0', '−14.84')
    >>> two_decimals(0.0312), two_decimals(123.456), two_decimals(1234.5)
    ('0.031', '123.5', '1234')
    """
    return _written(number, lambda size: f"{size:.{2 + (size < 0.0995) - (size >= 99.995) - (size >= 999.95)}f}")


def three_significant(number: float) -> str:
    """The form of a stack: 0.164, 14.8, 1.2·10⁻³.

    >>> three_significant(0.1637), three_significant(14.84), three_significant(1.3e-25), three_significant(1999.6)
    ('0.164', '14.8', '1.3·10⁻²⁵', '2000')
    """
    return _written(number, _significant)


def percent(share: float) -> str:
    """A share as people say it: "70", "−12", "<1" for what is there but rounds away.

    >>> percent(0.7), percent(-0.12), percent(0.002), percent(0.0), percent(-0.002), percent(12345.0)
    ('70', '−12', '<1', '0', '−<1', '1.2·10⁶')
    """
    if not math.isfinite(share * 100):
        return word_for(share)
    sign = "−" if share < 0 else ""
    size = abs(share) * 100
    if size == 0:
        return "0"
    if size < 0.5:
        return f"{sign}<1"
    return sign + (f"{size:.0f}" if size < 9999.5 else _scientific(size))


def word_for(number: float) -> str:
    """The word that stands where a non-finite number would: "nan", "∞", "−∞"."""
    return "nan" if math.isnan(number) else ("∞" if number > 0 else "−∞")


def ribbon_width(size: float, largest: float) -> float:
    """Points: 0.6 + 9 √(g / g_max). The root keeps a 13 % branch apart from its 87 % sister and small ones visible.

    >>> ribbon_width(1.0, 1.0), round(ribbon_width(0.25, 1.0), 2), round(ribbon_width(1e-9, 1.0), 2)
    (9.6, 5.1, 0.88)
    """
    if not math.isfinite(size) or size <= 0:
        return 0.6
    return 0.6 + 9 * math.sqrt(min(1.0, max(size / largest, FADE_BELOW)))


def ribbon_alpha(size: float, largest: float) -> float:
    """How solid a ribbon is: 1 down to a thousandth of the largest, then fading over nine decades to 0.25."""
    if size <= 0 or not math.isfinite(size):
        return 1.0
    below = math.log10(FADE_BELOW) - math.log10(size / largest) if size / largest > 0 else 9.0
    return 1.0 - 0.75 * min(1.0, max(0.0, below / 9))


def arrow_size(width: float) -> float:
    """Arrow heads scale with the pen in DOT, so they shrink as the ribbon grows.

    >>> round(arrow_size(9.6), 2), round(arrow_size(1.0), 2)
    (0.4, 0.75)
    """
    return min(0.75, 0.32 + 0.8 / width)


def largest_finite(sizes: Iterable[float]) -> float:
    """The scale of a figure: its largest finite size, or 1 where there is none."""
    return max((size for size in sizes if math.isfinite(size)), default=0.0) or 1.0


def parameters_text(count: int) -> str:
    """
    >>> parameters_text(272474), parameters_text(0)
    ('272,474 parameters', '')
    """
    return f"{count:,} parameter{'s' * (count != 1)}" if count else ""


def shape_text(shape: tuple[int, ...]) -> str:
    """
    >>> shape_text((32, 16)), shape_text(())
    ('32×16', '')
    """
    return "×".join(str(side) for side in shape)


def _written(number: float, plain: Callable[[float], str]) -> str:
    if not math.isfinite(number):
        return word_for(number)
    sign, size = ("−" if number < 0 else ""), abs(number)
    if size == 0:
        return "0"
    return sign + (plain(size) if 0.00995 <= size < 9999.5 else _scientific(size))


def _significant(size: float) -> str:
    decimals = min(4, max(0, 2 - math.floor(math.log10(size))))
    return f"{size:.{decimals}f}" if decimals else f"{size:.0f}"


def _scientific(size: float) -> str:
    digits, power = f"{size:.1e}".split("e")
    return f"{digits}·10{superscript(int(power))}"

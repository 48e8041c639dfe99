"""How wide a text is, in points, without a font at hand.

Renderers that carry no fonts count bytes, so "∂L/∂x" comes out half as wide again as it is drawn. The widths below are
Helvetica's (Arial, Arimo and Liberation Sans share them); `labels` builds cells of these widths, so that
neighbouring runs meet where they should whoever renders.
"""

import unicodedata
from functools import cache

# thousandths of the font size -> the characters that have it
_REGULAR = {
    191: "'", 222: "ijlι‘’‚", 260: "|", 278: " ,./I\\·!:;[]ftї", 333: "()-`\"₀₁₂₃₄₅₆₇₈₉⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺₋₊ⁿᵀₙₖᵢⱼ“”r{}",
    389: "*", 400: "°τε", 460: "^кзт", 494: "∂", 500: "Jcksvxyzγλνксухѕ", 549: "±÷√≈≠≤≥",
    556: "#$0123456789_abdeghnopqu?L–αβδηθκμορυχςабеоръ", 584: "+<=>~¬×−", 617: "σΣωшщм", 604: "■□○●",
    611: "FTZΓΤ", 650: "φΞξψ", 667: "&ABEKPSVXYΑΒΕΚΛΔ", 690: "π", 713: "∑∞", 722: "CDHNRUwΗΝ", 778: "GOQΘΟΩΦ",
    823: "∏", 833: "MmΜ", 889: "%æ", 944: "Wœ", 1000: "—…‰→←↔", 1015: "@",
}  # fmt: skip
_BOLD = {
    238: "'", 278: " ,./I\\·ijl‘’", 280: "|", 333: "!:;[]ft()-`r₀₁₂₃₄₅₆₇₈₉⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺₋₊ⁿᵀₙₖᵢⱼ", 389: "*{}", 474: '"', 494: "∂",
    500: "z“”", 549: "±÷√≈≠≤≥", 556: "#$0123456789_aceksvxyJ–", 584: "+<=>~^¬×−", 611: "?bdghnopquLFTZ", 667: "EPSVXY",
    684: "σ", 722: "&ABCDHKNRU", 778: "GOQw", 833: "M", 889: "%m", 944: "W", 975: "@", 1000: "—…→←↔",
}  # fmt: skip


def text_width(text: str, size: float, bold: bool = False) -> float:
    """Points that `text` takes at font size `size`.

    >>> round(text_width("∂L/∂x", 10), 2)
    23.22
    """
    return sum(_width(character, bold) for character in text) * size / 1000


@cache
def _width(character: str, bold: bool) -> int:
    known = _table(bold).get(character) or _table(False).get(character)
    return known or _guess(character, bold)


@cache
def _table(bold: bool) -> dict[str, int]:
    return {c: width for width, group in (_BOLD if bold else _REGULAR).items() for c in group}


def _guess(character: str, bold: bool) -> int:
    if unicodedata.category(character) in ("Mn", "Me", "Cf"):
        return 0
    if unicodedata.east_asian_width(character) in "WF":
        return 1100  # a square, and a little room: whichever font has it is not ours
    base = unicodedata.normalize("NFD", character)[0]
    if base != character:
        return _width(base, bold)
    return (722 if character.isupper() else 570) + 40 * bold

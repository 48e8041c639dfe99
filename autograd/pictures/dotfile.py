"""Writing DOT: attributes, quoting, and the few defaults all levels share. Knows nothing of gradients."""

from collections.abc import Mapping

from autograd.pictures import palette as p
from autograd.pictures.glyphs import printable

FONT = "Helvetica"  # one name: a comma list falls back to other metrics in some renderers


class Dot:
    """DOT text under construction: `node`, `edge`, `open` and `close` append a line each."""

    def __init__(self, title: str, **graph: object) -> None:
        self._lines = [f"digraph {quoted(title)} {{"]
        self._depth = 1
        defaults = {"bgcolor": p.PAPER, "rankdir": "LR", "pad": "0.3,0.22", "labelloc": "t", "labeljust": "l",
                    "fontname": FONT, "fontcolor": p.INK, "fontsize": 12, "tooltip": " "}  # fmt: skip
        self.line(f"graph {attributes(defaults | graph)}")
        self.line(f"node {attributes({'shape': 'plain', 'fontname': FONT, 'fontcolor': p.INK, 'fontsize': 12})}")
        self.line(f"edge {attributes({'fontname': FONT, 'fontcolor': p.MUTED, 'fontsize': 10})}")

    def line(self, text: str) -> None:
        self._lines.append("  " * self._depth + text)

    def node(self, key: str, **named: object) -> None:
        self.line(f"{key} {attributes(named)}")

    def edge(self, tail: str, head: str, **named: object) -> None:
        self.line(f"{tail} -> {head} {attributes(named)}")

    def open(self, key: str, **named: object) -> None:
        """Start a subgraph; close it with `close`."""
        self.line(f"subgraph {key} {{")
        self._depth += 1
        if named:
            self.line(f"graph {attributes(named)}")

    def close(self) -> None:
        self._depth -= 1
        self.line("}")

    def text(self) -> str:
        """The finished DOT."""
        return "\n".join([*self._lines, "}", ""])


def html(markup: str) -> str:
    """Marks a value as an HTML-like label."""
    return f"<{markup}>"


def attributes(named: Mapping[str, object]) -> str:
    """`class_` stands for class; None is left out."""
    pairs = (f"{key.rstrip('_')}={_value(key, value)}" for key, value in named.items() if value is not None)
    return f"[{', '.join(pairs)}]"


def quoted(text: str) -> str:
    r"""A DOT string: quotes, backslashes (DOT knows \N and friends) and ampersands (it knows entities) kept literal.

    >>> quoted('a"b\\N & c')
    '"a\\"b\\\\N &amp; c"'
    """
    text = printable(text.replace("\r", ""), but="\n").replace("\\", "\\\\").replace('"', '\\"').replace("&", "&amp;")
    return '"' + text.replace("\n", "\\n") + '"'


def _quoted_for(key: str, text: str) -> str:
    r"""Where a user's name may stand, it must not pass for a colour; in tooltips Graphviz replaces \N and friends twice."""
    if key not in ("tooltip", "label"):
        return quoted(text)
    return quoted(text.replace("\\", "\\\\") if key == "tooltip" else text).replace("#", "&#35;")


def _value(key: str, value: object) -> str:
    if isinstance(value, float):
        return f"{value:.2f}".rstrip("0").rstrip(".")
    if isinstance(value, int):
        return str(value)
    text = str(value)
    return text if text.startswith("<<") else _quoted_for(key, text)

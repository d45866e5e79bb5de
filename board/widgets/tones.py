"""The colours: one tone for each column and a few for text, as component classes that every widget here shares.

Knows nothing of cards.  Colours come from the theme, so that light, dark and monochrome terminals all read well; a
shape stands beside each of them (board.view.columns), so nothing is told by colour alone.
"""

from __future__ import annotations

from functools import lru_cache
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.widget import Widget

from board.view.columns import Column
from board.view.rows import Line

TONE: dict[Column, str] = {column: f"tone--{column.name.lower().replace('_', '-')}" for column in Column}
"""The component class of each column's colour."""

CHOSEN = "text--chosen"
"""The one class that has a background of its own."""

CLASSES = frozenset({*TONE.values(), "text--strong", "text--dim", "text--good", "text--bad", "text--hint", CHOSEN})

CSS = """
    & > .tone--blocked { color: $text-muted; }
    & > .tone--ready { color: $foreground; }
    & > .tone--running { color: $text-primary; }
    & > .tone--needs-you { color: $text-warning; text-style: bold; }
    & > .tone--verifying { color: #a97fd6; }
    & > .tone--merged { color: $text-success; }
    & > .tone--failed { color: $text-error; }
    & > .text--strong { text-style: bold; }
    & > .text--dim { color: $text-muted; }
    & > .text--good { color: $text-success; }
    & > .text--bad { color: $text-error; }
    & > .text--hint { color: $text-accent; }
    & > .text--chosen { background: $primary 35%; text-style: bold; }
"""

ROLES: dict[str, str] = {
    "id": "text--strong", "strong": "text--strong", "note": "text--dim", "title": "", "plain": "", "time": "text--dim",
    "done": "text--good", "todo": "text--dim", "mark": "",
    "urgent": "tone--needs-you",
}  # fmt: skip
"""The class of each role of a piece; the mark's is the tone of its column."""


class Toned(Widget):
    """A widget that draws lines of pieces by itself."""

    COMPONENT_CLASSES: ClassVar[set[str]] = set(CLASSES)
    DEFAULT_CSS = "Toned {" + CSS + "}"

    def style(self, name: str) -> Style:
        """The style of a component class, to be laid over the widget's own; the null style for ""."""
        return _layer(self.get_component_rich_style(name), name == CHOSEN) if name else Style.null()

    def strip(self, line: Line, base: Style, mark: str = "") -> Strip:
        """A line of pieces as a strip.  `mark`: the class of the pieces whose role is mark."""
        classes = (mark if piece.role == "mark" else ROLES[piece.role] for piece in line)
        return Strip([Segment(piece.text, base + self.style(name)) for piece, name in zip(line, classes, strict=True)])


class TonedScroll(Toned, ScrollView):
    """The same, with more lines than fit."""


@lru_cache(maxsize=256)
def _layer(full: Style, has_background: bool) -> Style:
    """What a class adds to the style beneath.  Colours come from the whole style, where they are already blended."""
    if has_background:
        return Style(bgcolor=full.bgcolor, bold=full.bold or None)
    return Style(color=full.color, bold=full.bold or None)

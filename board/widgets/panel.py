"""The panel of the chosen card: which task, why it is where it is, and a page of text under one of a few tabs.

Knows what it is given to show; nothing of where a log or a diff comes from.
"""

from __future__ import annotations

import enum

from rich.segment import Segment
from rich.style import Style
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.strip import Strip

from board.view.card import Card
from board.view.columns import MARKS
from board.view.rows import fit
from board.widgets.page import Page
from board.widgets.tones import TONE, Toned


class Tab(enum.StrEnum):
    """What can be seen of a card."""

    LOG = "log"
    DIFF = "diff"
    MESSAGES = "messages"
    EVENTS = "events"
    PROMPT = "prompt"


class Caption(Toned):
    """The task and the tabs; then the reason."""

    DEFAULT_CSS = "Caption { height: 2; background: $panel; }"

    def __init__(self) -> None:
        super().__init__()
        self.card: Card | None = None
        self.reason = ""
        self.tab = Tab.LOG

    def show(self, card: Card | None, reason: str, tab: Tab) -> None:
        """Show this card, a harmless line about it, and which tab is open."""
        if (card, reason, tab) != (self.card, self.reason, self.tab):
            self.card, self.reason, self.tab = card, reason, tab
            self.refresh()

    def render_line(self, y: int) -> Strip:
        """Title and tabs, then the reason."""
        base, width = self.rich_style, self.size.width
        if y == 1:
            return Strip([Segment(fit(f"   {self.reason}", width), base + self.style("text--dim"))])
        tabs = self._tabs(base)
        room = max(0, width - sum(segment.cell_length for segment in tabs))
        return Strip([*self._title(base, room), *tabs]).adjust_cell_length(width, base)

    def _title(self, base: Style, room: int) -> list[Segment]:
        if self.card is None or room < 4:
            return [Segment(" " * room, base)]
        mark = Segment(f" {MARKS[self.card.status]} ", base + self.style(TONE[self.card.column]))
        title = "" if self.card.title == self.card.id else f"  {self.card.title}"
        return [mark, Segment(fit(f"{self.card.id}{title}", room - 3), base + self.style("text--strong"))]

    def _tabs(self, base: Style) -> list[Segment]:
        """The open one is in brackets, so that it is told without colours."""
        found = []
        for tab in Tab:
            is_open = tab is self.tab
            text = f"[{tab}]" if is_open else f" {tab} "
            found.append(Segment(text, base + (self.style("text--chosen") if is_open else self.style("text--dim"))))
        return found


class Panel(Vertical):
    """The caption and the page."""

    DEFAULT_CSS = "Panel { height: 40%; min-height: 8; }"

    def __init__(self) -> None:
        super().__init__()
        self.caption = Caption()
        self.page = Page()

    def compose(self) -> ComposeResult:
        """From top to bottom."""
        yield self.caption
        yield self.page

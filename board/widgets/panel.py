"""The panel of the chosen card: which task, why it is where it is, the tabs, a page of text, and a line to write on.

Knows what it is given to show; nothing of where a log or a diff comes from.
"""

from __future__ import annotations

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.message import Message
from textual.strip import Strip

from board.view.card import Card
from board.view.columns import MARKS
from board.view.rows import fit
from board.view.tabs import Label, Tab, bar
from board.widgets.page import Page
from board.widgets.reply import Reply
from board.widgets.tones import TONE, Toned

BESIDE = 116
"""Cells from which on the tabs stand beside the title."""


class Caption(Toned):
    """The task, the reason and the tabs.  Posts Picked when a tab is clicked."""

    DEFAULT_CSS = """
    Caption { height: 2; background: $panel; }
    Caption.tall { height: 3; }
    Panel:focus-within > Caption { background: $primary 25%; }
    """

    class Picked(Message):
        """A tab was clicked."""

        def __init__(self, tab: Tab) -> None:
            super().__init__()
            self.tab = tab

    def __init__(self) -> None:
        super().__init__()
        self.card: Card | None = None
        self.reason = ""
        self.tab = Tab.PREVIEW

    def show(self, card: Card | None, reason: str, tab: Tab) -> None:
        """Show this card, a harmless line about it, and which tab is open."""
        if (card, reason, tab) != (self.card, self.reason, self.tab):
            self.card, self.reason, self.tab = card, reason, tab
            self.refresh()

    def on_resize(self) -> None:
        """Where there is no room beside the title, the tabs have a line of their own."""
        self.set_class(self.size.width < BESIDE, "tall")

    def on_click(self, event: events.Click) -> None:
        """A click on a tab opens it."""
        if event.y != self._bar_row:
            return
        at = self._bar_start
        for label in self._labels:
            at += len(label.text)
            if event.x < at:
                if label.tab is not None and event.x >= at - len(label.text):
                    self.post_message(self.Picked(label.tab))
                return

    def render_line(self, y: int) -> Strip:
        """Title (and tabs), the reason, and the tabs where they did not fit above."""
        base, width = self.rich_style, self.size.width
        if y == 1:
            return Strip([Segment(fit(f"   {self.reason}", width), base + self.style("text--dim"))])
        tabs = self._tabs(base) if y == self._bar_row else []
        room = max(0, width - sum(segment.cell_length for segment in tabs))
        head = self._title(base, room) if y == 0 else []
        return Strip([*head, *tabs]).adjust_cell_length(width, base)

    @property
    def _labels(self) -> tuple[Label, ...]:
        return bar(self.size.width if self._bar_row else self.size.width - 34, self.tab)

    @property
    def _bar_row(self) -> int:
        return 2 if self.has_class("tall") else 0

    @property
    def _bar_start(self) -> int:
        return 0 if self._bar_row else self.size.width - sum(len(label.text) for label in self._labels)

    def _title(self, base: Style, room: int) -> list[Segment]:
        if self.card is None or room < 4:
            return [Segment(" " * room, base)]
        mark = Segment(f" {MARKS[self.card.status]} ", base + self.style(TONE[self.card.column]))
        title = "" if self.card.title == self.card.id else f"  {self.card.title}"
        return [mark, Segment(fit(f"{self.card.id}{title}", room - 3), base + self.style("text--strong"))]

    def _tabs(self, base: Style) -> list[Segment]:
        chosen, dim = base + self.style("text--chosen"), base + self.style("text--dim")
        return [Segment(label.text, chosen if label.tab is self.tab else dim) for label in self._labels]


class Panel(Vertical):
    """The caption, the page, and the line to write on."""

    DEFAULT_CSS = "Panel { height: 40vh; min-height: 9; }"

    def __init__(self) -> None:
        super().__init__()
        self.caption = Caption()
        self.page = Page()
        self.reply = Reply()

    def compose(self) -> ComposeResult:
        """From top to bottom."""
        yield self.caption
        yield self.page
        yield self.reply

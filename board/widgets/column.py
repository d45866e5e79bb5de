"""One list of cards, drawn line by line: ten thousand cost what the visible ones cost.

Knows cards and which one is chosen; nothing of the other columns or of what a key does.  A change of one card redraws
that card's lines; a card that comes or goes redraws what stands below it, as far as it can be seen.  It scrolls and
draws its scroll bar by itself: Textual's own scrolling lays the whole screen out anew (10 to 20 ms) whenever the length
of a list changes, which is what nearly every event does.
"""

from __future__ import annotations

from collections.abc import Iterable

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.geometry import Region
from textual.message import Message
from textual.strip import Strip

from board.view.card import Card
from board.view.columns import COLUMN_MARKS, Column
from board.view.rows import card_line, fit
from board.widgets.deck import Deck, Key
from board.widgets.tones import CHOSEN, TONE, Toned

HEAD = 1
"""Lines of the head, which does not scroll."""


class CardList(Toned):
    """Cards under a head.  `rows`: lines of text per card; `stride`: lines from one card to the next."""

    DEFAULT_CSS = "CardList { height: 1fr; }"

    class Picked(Message):
        """A card was clicked."""

        def __init__(self, task: str) -> None:
            super().__init__()
            self.task = task

    def __init__(self, column: Column | None, key: Key) -> None:
        super().__init__()
        self.column = column
        self.deck = Deck(key)
        self.rows, self.stride = 2, 2
        self.top = 0
        """The line of the list that stands right under the head."""
        self.chosen: str | None = None
        self.now = 0.0

    # what it holds

    def put(self, card: Card) -> None:
        """Add a card, or replace that of the same task."""
        before, now = self.deck.put(card)
        if before == now:
            self._redraw_card(now)
        else:
            self._redraw_from(now if before is None else min(before, now))

    def drop(self, task: str) -> None:
        """Take a task's card away, if it is here."""
        at = self.deck.drop(task)
        if at is not None:
            self._redraw_from(at)

    def replace(self, cards: Iterable[Card]) -> None:
        """Hold these cards and no others."""
        self.deck.replace(cards)
        self.scroll_lines(0)
        self.refresh()

    def shape(self, rows: int, stride: int) -> None:
        """How many lines a card takes."""
        if (rows, stride) != (self.rows, self.stride):
            self.rows, self.stride = rows, stride
            self.scroll_lines(0)
            self.show_chosen()
            self.refresh()

    # what is seen of it

    def choose(self, task: str | None) -> None:
        """Mark this task's card, if it is here, and bring it into sight."""
        for name in {self.chosen, task}:
            at = self.deck.index(name) if name else None
            if at is not None:
                self._redraw_card(at)
        if (self.chosen in self.deck) != (task in self.deck):
            self._redraw_head()
        self.chosen = task
        self.show_chosen()

    def show_chosen(self) -> None:
        """Scroll as little as brings the chosen card into sight."""
        at = self.deck.index(self.chosen) if self.chosen else None
        if at is None:
            return
        first = at * self.stride
        least = first + self.rows - max(self.rows, self._room())
        self.scroll_lines(min(max(self.top, least), first) - self.top)

    def scroll_lines(self, by: int) -> None:
        """Scroll down by so many lines (up if negative), never further than there are cards."""
        to = min(max(0, self.top + by), max(0, self._length() - self._room()))
        if to != self.top:
            self.top = to
            self.refresh()

    def tick(self, now: float) -> None:
        """Let the running times go on.  `now` in Unix seconds."""
        self.now = now
        for at in self._visible():
            if self.deck.cards[at].since is not None:
                self._redraw_card(at, lines=1)

    def render_line(self, y: int) -> Strip:
        """One line of the widget, counted from its top."""
        width = self.size.width - 1
        found = self._head(width) if y < HEAD else self._card_line(y - HEAD, width)
        return Strip([*found, self._bar(y - HEAD)])

    def _card_line(self, y: int, width: int) -> Strip:
        """One line under the head."""
        at, row = divmod(y + self.top, self.stride)
        if at >= len(self.deck) or row >= self.rows:
            return Strip.blank(width, self.rich_style)
        card = self.deck.cards[at]
        chosen = card.id == self.chosen
        base = self.rich_style + (self.style(CHOSEN) if chosen else Style.null())
        tone = TONE[card.column]
        line = self.strip(card_line(card, row, self.rows, width - 1, self.now), base, tone)
        edge = Segment("▌" if chosen else " ", base + self.style(tone))
        return Strip([edge, *line]).adjust_cell_length(width, base)

    def on_click(self, event: events.Click) -> None:
        """A click chooses a card."""
        at = (event.y - HEAD + self.top) // self.stride
        if event.y >= HEAD and at < len(self.deck):
            self.post_message(self.Picked(self.deck.cards[at].id))

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """The wheel."""
        self.scroll_lines(self.stride)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """The wheel."""
        self.scroll_lines(-self.stride)

    def on_resize(self) -> None:
        """The chosen card stays in sight."""
        self.scroll_lines(0)
        self.show_chosen()

    # inside

    def _head(self, width: int) -> Strip:
        count = str(len(self.deck))
        mark, name = (COLUMN_MARKS[self.column], self.column.value) if self.column else ("≡", "All")
        base = self.rich_style + self.style(TONE[self.column] if self.column else "text--strong") + Style(bold=True)
        if self.chosen in self.deck:
            base += Style(underline=True)
        segments = [Segment(" ", self.rich_style), Segment(fit(f"{mark} {name} {count}", width - 1), base)]
        return Strip(segments).adjust_cell_length(width, self.rich_style)

    def _bar(self, y: int) -> Segment:
        """The last cell of a line: part of the scroll bar's thumb, where not all cards fit."""
        room, length = self._room(), self._length()
        if length <= room or y < 0:
            return Segment(" ", self.rich_style)
        size = max(1, room * room // length)
        start = (room - size) * self.top // max(1, length - room)
        return Segment("┃" if start <= y < start + size else " ", self.rich_style + self.style("text--dim"))

    def _length(self) -> int:
        """Lines of all cards, without the gap below the last one."""
        return max(0, len(self.deck) * self.stride - (self.stride - self.rows))

    def _room(self) -> int:
        return max(1, self.size.height - HEAD)

    def _visible(self) -> range:
        first = self.top // self.stride
        last = (self.top + self._room() - 1) // self.stride
        return range(first, min(last + 1, len(self.deck)))

    def _redraw_card(self, at: int, lines: int | None = None) -> None:
        top = HEAD + at * self.stride - self.top
        bottom = top + (lines or self.rows)
        top = max(HEAD, top)
        if top < bottom and top < self.size.height:
            self.refresh(Region(0, top, self.size.width, bottom - top))

    def _redraw_from(self, at: int) -> None:
        """Redraw the head, which counts, the scroll bar, and everything from a place on."""
        self.scroll_lines(0)
        self._redraw_head()
        top = max(HEAD, HEAD + at * self.stride - self.top)
        if top < self.size.height:
            self.refresh(Region(0, top, self.size.width, self.size.height - top))
        if self._length() >= self._room() - self.stride:  # it may just have become unnecessary
            self.refresh(Region(self.size.width - 1, HEAD, 1, self.size.height - HEAD))

    def _redraw_head(self) -> None:
        self.refresh(Region(0, 0, self.size.width, HEAD))

"""The list of what waits for a person: the exact question, how long it has waited, and the keys that reply.

Knows needs as values and which one is chosen; nothing of how a reply is sent.  Where another question has just taken
the place of the one that was shown, a key does nothing but say so: it was meant for the one before.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import ClassVar

from rich.segment import Segment
from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.geometry import Size
from textual.screen import ModalScreen
from textual.strip import Strip
from textual.widgets import Input

from board.view.columns import MARKS, Column
from board.view.folding import wrapped
from board.view.needs import Need, Reply
from board.view.rows import Line, Piece, duration, fit
from board.widgets.tones import CHOSEN, TONE, Toned, TonedScroll

GLANCE = 0.8
"""Seconds that a question has to have stood there before a key replies to it, if it came by itself."""

NOBODY = "nothing waits for you"


class NeedList(TonedScroll):
    """All needs below each other, the chosen one marked."""

    DEFAULT_CSS = "NeedList { height: auto; max-height: 100%; scrollbar-size-vertical: 1; }"

    def __init__(self) -> None:
        super().__init__()
        self.needs: tuple[Need, ...] = ()
        self.at = 0
        self.now = 0.0
        self._lines: list[tuple[int, Line]] = []
        """Which need each line belongs to."""

    @property
    def chosen(self) -> Need | None:
        """The need that a key replies to."""
        return self.needs[self.at] if self.needs else None

    def show(self, needs: Sequence[Need], now: float) -> None:
        """Show these; the chosen task stays chosen while it is among them."""
        before = self.chosen
        self.needs, self.now = tuple(needs), now
        places = [place for place, one in enumerate(needs) if before is not None and one.task == before.task]
        self.at = places[0] if places else min(self.at, max(0, len(needs) - 1))
        self._lay_out()

    def move(self, by: int) -> None:
        """Choose another one."""
        if self.needs:
            self.at = min(max(0, self.at + by), len(self.needs) - 1)
            self._lay_out()
            self._show_chosen()

    def on_resize(self) -> None:
        """Another width: wrapped anew."""
        self._lay_out()

    def on_click(self, event: events.Click) -> None:
        """A click chooses."""
        line = event.y + self.scroll_offset.y
        if line < len(self._lines):
            self.move(self._lines[line][0] - self.at)

    def render_line(self, y: int) -> Strip:
        """One line of the widget."""
        width, at = self.size.width, y + self.scroll_offset.y
        if at >= len(self._lines):
            return Strip.blank(width, self.rich_style)
        place, line = self._lines[at]
        chosen = place == self.at and bool(self.needs)
        base = self.rich_style + (self.style(CHOSEN) if chosen and line else self.style(""))
        edge = Segment("▌" if chosen and line else " ", base + self.style(TONE[Column.NEEDS_YOU]))
        return Strip([edge, *self.strip(line, base, TONE[Column.NEEDS_YOU])]).adjust_cell_length(width, base)

    def _lay_out(self) -> None:
        width = max(20, self.scrollable_content_region.width - 1)
        self._lines = [
            (place, line) for place, one in enumerate(self.needs) for line in (*_drawn(one, width, self.now), ())
        ] or [(0, (Piece(NOBODY, "note"),))]
        self.virtual_size = Size(width, len(self._lines))
        self.refresh(layout=True)

    def _show_chosen(self) -> None:
        mine = [number for number, (place, _) in enumerate(self._lines) if place == self.at]
        top, room = self.scroll_offset.y, max(1, self.size.height)
        least = min(mine[-1] - room + 1, mine[0])
        self.scroll_to(y=min(max(top, least), mine[0]), animate=False, force=True)


def _drawn(one: Need, width: int, now: float) -> list[Line]:
    """The lines of a need."""
    age = duration(now - one.since)
    what = {"asks": "asks", "held": "is held", "paused": "is paused"}[one.kind]
    head = (Piece(f"{MARKS[one.status]} ", "mark"), Piece(f"{one.task} ", "id"), Piece(f"{what}, {age}", "time"))
    said = [(Piece(f"  {part}", "plain"),) for line in one.lines for part in wrapped(line, width - 4)]
    keys = "   ".join(f"{_key(reply)} {reply.word}" for reply in one.replies)
    return [head, *said, (Piece(fit(f"  {keys}", width), "note"),)]


def _key(reply: Reply) -> str:
    return "↵" if reply.key == "enter" else reply.key


class Hint(Toned):
    """The last line of the window."""

    DEFAULT_CSS = "Hint { height: 1; }"

    def __init__(self) -> None:
        super().__init__()
        self.text = ""

    def show(self, text: str) -> None:
        """Show a harmless line."""
        if text != self.text:
            self.text = text
            self.refresh()

    def render_line(self, y: int) -> Strip:
        """The line."""
        width, base = self.size.width, self.rich_style
        return Strip([Segment(fit(self.text, width), base + self.style("text--dim"))]).adjust_cell_length(width, base)


KEYS = "↑↓ choose   g its card   esc closes"
WRITING = "↵ sends the answer   esc leaves it"
CHANGED = "this has just come up: look at it first"


Replied = Callable[[Need, Reply, str], None]
"""Takes a reply to a need as it was shown, and what was written, for an answer."""


class NeedsYou(ModalScreen[str | None]):
    """The window of all needs.  Gives back the task to be chosen on the board, or None."""

    DEFAULT_CSS = """
    NeedsYou { align: center middle; background: $background 60%; }
    NeedsYou > Vertical {
        width: 90%; max-width: 100; height: auto; max-height: 90%; padding: 0 1; background: $surface;
        border: round $warning; border-title-style: bold;
    }
    NeedsYou Input { display: none; height: 1; border: none; padding: 0; background: $panel; }
    NeedsYou.narrow > Vertical { width: 100%; }
    """
    AUTO_FOCUS = ""  # keys are the window's; the line takes them while it is open
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "move(-1)"),
        Binding("down,j", "move(1)"),
        Binding("g", "go"),
        Binding("escape,q,n", "leave"),
    ]

    def __init__(self, needs: Sequence[Need], now: float, replied: Replied) -> None:
        super().__init__()
        self._replied = replied
        self.list = NeedList()
        self.hint = Hint()
        self._first = (tuple(needs), now)
        self._came: tuple[str, str] | None = None
        self._came_at = 0.0
        self._writing: tuple[Need, Reply] | None = None

    def compose(self) -> ComposeResult:
        """The list, the line to write, the keys."""
        with Vertical() as frame:
            frame.border_title = "needs you"
            yield self.list
            yield Input(placeholder="the answer", compact=True)
            yield self.hint

    def on_mount(self) -> None:
        """Show what there is."""
        self.list.can_focus = False
        needs, now = self._first
        self.list.show(needs, now)
        self._came = self._token()
        self.hint.show(KEYS)
        self.set_class(self.size.width < 60, "narrow")

    def on_resize(self) -> None:
        """In a narrow terminal the window has all of it."""
        self.set_class(self.size.width < 60, "narrow")

    def show(self, needs: Sequence[Need], now: float) -> None:
        """Other needs, or the same a second later."""
        self.list.show(needs, now)
        if self._token() != self._came:
            self._came, self._came_at = self._token(), time.monotonic()

    def _token(self) -> tuple[str, str] | None:
        chosen = self.list.chosen
        return (chosen.task, chosen.token) if chosen else None

    def on_key(self, event: events.Key) -> None:
        """A key that replies."""
        chosen = self.list.chosen
        if self._writing is not None or chosen is None:
            return
        key = event.character if event.character and event.character.isprintable() else event.key
        reply = next((reply for reply in chosen.replies if reply.key == key), None)
        if reply is None:
            return
        event.stop()
        event.prevent_default()
        if time.monotonic() - self._came_at < GLANCE:
            self.hint.show(CHANGED)
        elif reply.verb == "answer" and not reply.text:
            self._write(chosen, reply)
        else:
            self.hint.show(KEYS)
            self._replied(chosen, reply, reply.text)

    def _write(self, chosen: Need, reply: Reply) -> None:
        self._writing = chosen, reply
        field = self.query_one(Input)
        field.display, field.value = True, ""
        field.focus()
        self.hint.show(WRITING)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Reply to what was shown when the writing began."""
        event.stop()
        writing, text = self._writing, event.value.strip()
        self._close_field()
        if writing is not None and text:
            self._replied(*writing, text)

    def _close_field(self) -> None:
        self._writing = None
        self.query_one(Input).display = False
        self.set_focus(None)
        self.hint.show(KEYS)

    def action_move(self, by: int) -> None:
        """Another need, by the person's own hand: it is looked at."""
        if self._writing is None:
            self.list.move(by)
            self._came, self._came_at = self._token(), 0.0

    def action_go(self) -> None:
        """Its card."""
        if self._writing is None:
            self.dismiss(self.list.chosen.task if self.list.chosen else None)

    def action_leave(self) -> None:
        """Out of the line; then out of the window."""
        if self._writing is not None:
            self._close_field()
        else:
            self.dismiss(None)

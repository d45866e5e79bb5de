"""A sheet to scroll through, folded at the widget's width; stays at the end while it is at the end.

Knows lines with looks, not what they say.  One line is pointed at: by jumping from stop to stop, or by a click.  What
a pointed line leads to within the sheet is gone to here; a task that it leads to is told with Followed.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Size
from textual.message import Message
from textual.strip import Strip

from board.view.folding import Folded
from board.view.sheet import Goal, Ink, Sheet, TextLine, TextRole
from board.widgets import inking
from board.widgets.tones import CHOSEN, TonedScroll


class Page(TonedScroll, can_focus=True):
    """The text of one tab."""

    DEFAULT_CSS = """
    Page { height: 1fr; scrollbar-size-vertical: 1; scrollbar-gutter: stable; overflow-x: hidden; overflow-y: auto; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "lines(-1)", show=False),
        Binding("down,j", "lines(1)", show=False),
        Binding("home,g", "lines(-1000000000)", show=False),
        Binding("end,G", "lines(1000000000)", show=False),
        Binding("space", "page(1)", show=False),
        Binding("left,right", "nothing", show=False),
    ]

    class Followed(Message):
        """A line that leads to a task was followed."""

        def __init__(self, task: str) -> None:
            super().__init__()
            self.task = task

    def __init__(self) -> None:
        super().__init__()
        self.sheet = Sheet()
        self.pointed: int | None = None
        """The line that is pointed at."""
        self._folded = Folded((), 80)
        self._topic: object = None
        self._height = 0
        """Of the last layout: whether the end was in sight is told by that."""

    @property
    def lines_shown(self) -> list[str]:
        """The folded lines, for whoever wants to read them."""
        found = []
        for row in range(len(self._folded)):
            at, (start, end) = self._folded.part(row)
            found.append(self.sheet.lines[at].text[start:end])
        return found

    def show(self, sheet: Sheet, topic: object, *, at_end: bool) -> None:
        """Show this sheet.  On a new `topic` go to the end or the start; on the same one stay, or follow the end."""
        new = topic != self._topic
        if not new and (sheet is self.sheet or sheet == self.sheet):
            return
        follow = at_end if new else at_end and self.is_at_end
        self.sheet, self._topic = sheet, topic
        if new or (self.pointed or 0) >= len(sheet.lines):
            self.pointed = None
        self._fold()
        if follow:
            self._scroll(self._last_top())
        elif new:
            self._scroll(0)

    def clear(self) -> None:
        """Show nothing."""
        self.show(Sheet(), None, at_end=False)

    def end(self) -> None:
        """To the last line."""
        self._scroll(self._last_top())

    @property
    def is_at_end(self) -> bool:
        """Whether the last line is in sight."""
        return self.scroll_offset.y >= self._last_top()

    @property
    def goal(self) -> Goal | None:
        """What the pointed line leads to."""
        return None if self.pointed is None else self.sheet.goals.get(self.pointed)

    def turn(self, pages: int) -> None:
        """Scroll by whole pages; negative goes up."""
        self.action_lines(pages * max(1, self.size.height - 1))

    def action_page(self, pages: int) -> None:
        """The same by a key."""
        self.turn(pages)

    def action_lines(self, by: int) -> None:
        """Scroll by lines."""
        self._scroll(min(max(0, self.scroll_offset.y + by), self._last_top()))

    def action_nothing(self) -> None:
        """There is nothing beside the text."""

    def jump(self, by: int) -> None:
        """Point at the next stop, or the one before: from the pointed line if it is in sight, else from the top."""
        stops = self.sheet.stops
        if not stops:
            return
        if self.pointed is not None and self._sees(self.pointed):
            place = bisect_right(stops, self.pointed) if by > 0 else bisect_left(stops, self.pointed) - 1
        else:
            top = self._folded.line(min(self.scroll_offset.y, len(self._folded) - 1))
            place = bisect_left(stops, top) - (by < 0)
        self.point(stops[min(max(0, place), len(stops) - 1)])

    def point(self, line: int) -> None:
        """Point at a line: at the top, or where it is if it leads somewhere and is in sight."""
        self.pointed = line
        if not (line in self.sheet.goals and self._sees(line)):
            self._scroll(min(self._folded.row(line), self._last_top()))
        self.refresh()

    def follow(self) -> bool:
        """Go where the pointed line leads; False where it leads nowhere."""
        goal = self.goal
        if isinstance(goal, int):
            self.point(goal)
        elif isinstance(goal, str):
            self.post_message(self.Followed(goal))
        return goal is not None

    def on_click(self, event: events.Click) -> None:
        """A click follows what can be followed."""
        row = event.y + self.scroll_offset.y
        if row < len(self._folded) and (line := self._folded.line(row)) in self.sheet.goals:
            self.pointed = line
            self.refresh()
            self.follow()

    def on_resize(self) -> None:
        """Another width: folded anew, and the same line stays on top."""
        old = max(0, len(self._folded) - self._height)
        follow = self.scroll_offset.y >= min(old, self._last_top())
        top = self._folded.line(min(self.scroll_offset.y, len(self._folded) - 1)) if len(self._folded) else 0
        self._fold()
        self._height = self.size.height
        self._scroll(self._last_top() if follow else min(self._folded.row(top), self._last_top()))

    def render_line(self, y: int) -> Strip:
        """One line of the widget."""
        row, width = y + self.scroll_offset.y, self.scrollable_content_region.width
        base = self.rich_style
        if row >= len(self._folded):
            return Strip.blank(width, base)
        at, part = self._folded.part(row)
        if at == self.pointed:
            base += self.style(CHOSEN)
        return Strip([Segment(" ", base), *self._segments(self.sheet.lines[at], *part, base)]).adjust_cell_length(
            width, base
        )

    def _segments(self, line: TextLine, start: int, end: int, base: Style) -> Iterator[Segment]:
        """The letters from `start` to before `end`, each in its look."""
        plain = self._look(line.role, base)
        for span in line.spans:
            if span.end <= start:
                continue
            if span.start >= end:
                break
            if span.start > start:
                yield Segment(line.text[start : span.start], plain)
            start = max(start, span.start)
            stop = min(end, span.end)
            yield Segment(line.text[start:stop], self._look(span.look, base))
            start = stop
        if start < end:
            yield Segment(line.text[start:end], plain)

    def _look(self, look: Ink | TextRole, base: Style) -> Style:
        if isinstance(look, Ink):
            return base + inking.style(look, base.color, base.bgcolor, self.app.ansi_theme)
        return base if look == "plain" else base + self.style(f"text--{look}")

    def _sees(self, line: int) -> bool:
        return 0 <= self._folded.row(line) - self.scroll_offset.y < self.size.height

    def _last_top(self) -> int:
        return max(0, len(self._folded) - self.size.height)

    def _scroll(self, y: int) -> None:
        self.scroll_to(y=y, animate=False, force=True)

    def _fold(self) -> None:
        width = max(8, self.scrollable_content_region.width - 2)
        self._folded = Folded(self.sheet.lines, width)
        self.virtual_size = Size(width, len(self._folded))
        self.refresh()

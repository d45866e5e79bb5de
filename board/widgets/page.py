"""Many lines of text to scroll through, wrapped at the widget's width; stays at the end while it is at the end.

Knows lines with a role, not what they say.  The text must be harmless already.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple

from rich.cells import cell_len, chop_cells
from rich.segment import Segment
from textual.geometry import Size
from textual.strip import Strip

from board.widgets.tones import TonedScroll

TextRole = Literal["plain", "dim", "strong", "good", "bad", "hint"]


class TextLine(NamedTuple):
    """One line before it is wrapped, and what it is."""

    text: str
    role: TextRole = "plain"


class Page(TonedScroll):
    """The text of one tab."""

    DEFAULT_CSS = """
    Page { height: 1fr; scrollbar-size-vertical: 1; scrollbar-gutter: stable; overflow-x: hidden; overflow-y: auto; }
    """

    def __init__(self) -> None:
        super().__init__()
        self.can_focus = False
        self._text: Sequence[TextLine] = ()
        self._wrapped: list[TextLine] = []
        self._topic: object = None

    @property
    def lines_shown(self) -> list[str]:
        """The wrapped lines, for whoever wants to read them."""
        return [line.text for line in self._wrapped]

    def show(self, text: Sequence[TextLine], topic: object, *, at_end: bool) -> None:
        """Show these lines.  On a new `topic` go to the end or the start; on the same one stay, or follow the end."""
        new = topic != self._topic
        if not new and list(text) == list(self._text):
            return
        follow = at_end if new else at_end and self.is_at_end
        self._text, self._topic = text, topic
        self._wrap()
        if follow:
            self.scroll_to(y=self._last_top(), animate=False, force=True)
        elif new:
            self.scroll_to(y=0, animate=False, force=True)

    @property
    def is_at_end(self) -> bool:
        """Whether the last line is in sight."""
        return self.scroll_offset.y >= self._last_top()

    def turn(self, pages: int) -> None:
        """Scroll by whole pages; negative goes up."""
        step = max(1, self.size.height - 1)
        to = min(max(0, self.scroll_offset.y + pages * step), self._last_top())
        self.scroll_to(y=to, animate=False, force=True)

    def on_resize(self) -> None:
        """Another width: wrapped anew."""
        follow = self.is_at_end
        self._wrap()
        if follow:
            self.scroll_to(y=self._last_top(), animate=False, force=True)

    def render_line(self, y: int) -> Strip:
        """One line of the widget."""
        at, width = y + self.scroll_offset.y, self.scrollable_content_region.width
        base = self.rich_style
        if at >= len(self._wrapped):
            return Strip.blank(width, base)
        line = self._wrapped[at]
        style = base if line.role == "plain" else base + self.style(f"text--{line.role}")
        return Strip([Segment(" ", base), Segment(line.text, style)]).adjust_cell_length(width, base)

    def _last_top(self) -> int:
        return max(0, len(self._wrapped) - self.size.height)

    def _wrap(self) -> None:
        width = max(8, self.scrollable_content_region.width - 2)
        self._wrapped = [TextLine(part, line.role) for line in self._text for part in wrapped(line.text, width)]
        self.virtual_size = Size(width, len(self._wrapped))
        self.refresh()


def wrapped(text: str, width: int) -> list[str]:
    """The text in lines of at most `width` cells, broken after a space where there is one in the last third."""
    found: list[str] = []
    while cell_len(text) > width:
        part = chop_cells(text, width)[0]
        space = part.rfind(" ")
        if space > len(part) * 2 // 3 and text[len(part)] != " ":
            part = part[: space + 1]
        found.append(part.rstrip())
        text = text[len(part) :].lstrip(" ")
    return [*found, text]

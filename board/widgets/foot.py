"""The last line: the keys that fit, or the filter while one is set.  A click on one is like pressing it.

Knows pairs of key and word; nothing of what they do.
"""

from __future__ import annotations

from collections.abc import Callable

from rich.cells import cell_len
from rich.segment import Segment
from textual import events
from textual.message import Message
from textual.strip import Strip

from board.widgets.tones import Toned


class Foot(Toned):
    """Keys at the left, the filter before them."""

    DEFAULT_CSS = "Foot { height: 1; background: $panel; }"

    class Pressed(Message):
        """A key was clicked, as the footer shows it."""

        def __init__(self, key: str) -> None:
            super().__init__()
            self.key = key

    def __init__(self, keys: Callable[[int], tuple[list[tuple[str, str]], str]]) -> None:
        """`keys`: what fits into so many cells, and the gap."""
        super().__init__()
        self.keys = keys
        self.query_text = ""

    def show_filter(self, query: str) -> None:
        """Say which filter is set; "" for none."""
        self.query_text = query
        self.refresh()

    def render_line(self, y: int) -> Strip:
        """The line."""
        base, width = self.rich_style, self.size.width
        segments = [Segment(" ", base)]
        if self.query_text:
            segments.append(Segment(self._filter(), base + self.style("text--chosen")))
        keys, gap = self._shown()
        for key, word in keys:
            segments += [Segment(key, base + self.style("text--hint")), Segment(f" {word}{gap}", base)]
        return Strip(segments).adjust_cell_length(width, base)

    def on_click(self, event: events.Click) -> None:
        """Say which key stands there."""
        left = 1 + cell_len(self._filter())
        keys, gap = self._shown()
        for key, word in keys:
            right = left + cell_len(f"{key} {word}")
            if left <= event.x < right:
                self.post_message(self.Pressed(key))
                return
            left = right + len(gap)

    def _filter(self) -> str:
        return f"/{self.query_text}  " if self.query_text else ""

    def _shown(self) -> tuple[list[tuple[str, str]], str]:
        return self.keys(self.size.width - 1 - cell_len(self._filter()))

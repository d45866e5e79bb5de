"""The last line: the keys that fit, or the filter while one is set.

Knows pairs of key and word; nothing of what they do.
"""

from __future__ import annotations

from collections.abc import Callable

from rich.segment import Segment
from textual.strip import Strip

from board.widgets.tones import Toned


class Foot(Toned):
    """Keys at the left, the filter before them."""

    DEFAULT_CSS = "Foot { height: 1; background: $panel; }"

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
            segments.append(Segment(f"/{self.query_text}  ", base + self.style("text--chosen")))
        room = width - sum(segment.cell_length for segment in segments)
        keys, gap = self.keys(room)
        for key, word in keys:
            segments += [Segment(key, base + self.style("text--hint")), Segment(f" {word}{gap}", base)]
        return Strip(segments).adjust_cell_length(width, base)

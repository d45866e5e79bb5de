"""What stands above the columns: the run in a line, the columns with their counts, and a notice when there is one.

Knows a header and which columns are on the screen; nothing of where the notice comes from.
"""

from __future__ import annotations

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from board.view.columns import Column
from board.view.header import Header
from board.view.rows import counts_line, fit, head_line
from board.widgets.tones import TONE, Toned


class Head(Toned):
    """The run; below it the counts, unless every column is on the screen and counts by itself."""

    DEFAULT_CSS = """
    Head { height: 2; background: $panel; }
    Head.brief { height: 1; }
    """

    def __init__(self) -> None:
        super().__init__()
        self.header = Header()
        self.on_screen: tuple[Column, ...] = tuple(Column)

    def show(self, header: Header) -> None:
        """Show this header; nothing is drawn where it is the same."""
        if header != self.header:
            self.header = header
            self.refresh()

    def mark_columns(self, columns: tuple[Column, ...]) -> None:
        """These columns are on the screen; the others are dimmed."""
        self.on_screen = columns
        self.set_class(len(columns) == len(Column), "brief")
        self.refresh()

    def render_line(self, y: int) -> Strip:
        """The run, then the counts."""
        base, width = self.rich_style, self.size.width
        found = self.strip(head_line(self.header, width), base) if y == 0 else self._counts(base, width)
        return found.adjust_cell_length(width, base)

    def _counts(self, base: Style, width: int) -> Strip:
        texts, gap = counts_line(self.header, width)
        segments = [Segment(" ", base)]
        for text, (column, count) in zip(texts, self.header.counts, strict=True):
            style = base + (self.style(TONE[column]) + Style(bold=True) if count else self.style("text--dim"))
            segments += [Segment(text, style + Style(underline=column in self.on_screen)), Segment(gap, base)]
        return Strip(segments)


class Notice(Toned):
    """One line that is there only when there is something to say.  `bad`: something is wrong."""

    DEFAULT_CSS = """
    Notice { height: 1; display: none; background: $primary 30%; }
    Notice.bad { background: $error 40%; }
    """

    def __init__(self) -> None:
        super().__init__()
        self.text = ""

    def show(self, text: str, *, bad: bool = False) -> None:
        """Show a harmless line, or nothing."""
        if text != self.text or bad != self.has_class("bad"):
            self.text = text
            self.display = bool(text)
            self.set_class(bad, "bad")
            self.refresh()

    def render_line(self, y: int) -> Strip:
        """The sentence, with a shape in front."""
        base = self.rich_style
        mark = "!" if self.has_class("bad") else "■"
        text = fit(f" {mark} {self.text}", self.size.width)
        return Strip([Segment(text, base + Style(bold=True))]).adjust_cell_length(self.size.width, base)

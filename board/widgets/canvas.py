"""A drawing larger than the screen: scrolled by itself, a chosen task kept in sight, a line of words below it.

Knows strokes and cells, and which task was picked; nothing of graphs or times.  What is drawn comes from whoever builds
on it (board.widgets.graph, board.widgets.chart).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.strip import Strip

from board.view.rows import fit
from board.view.strokes import Stroke
from board.widgets.tones import CHOSEN, TONE, Toned

WHEEL = 3
"""Lines that one step of the wheel scrolls."""

INKS: dict[str, str] = {"line": "text--dim", "lit": "text--hint", "label": "", "bar": "", "blank": ""}
"""The class of each ink; a task's is the tone of its column, the chosen one's lies over it."""


class Canvas(Toned, can_focus=True):
    """Part of a drawing.  `top` and `left`: the row and the cell of it at the upper left corner."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "step(0, -1)", show=False),
        Binding("down,j", "step(0, 1)", show=False),
        Binding("left,h", "step(-1, 0)", show=False),
        Binding("right,l", "step(1, 0)", show=False),
        Binding("home,g", "step(0, -1000000)", show=False),
        Binding("end,G", "step(0, 1000000)", show=False),
        Binding("plus,equals_sign", "zoom(1)", show=False),
        Binding("minus", "zoom(-1)", show=False),
        Binding("0", "zoom(0)", show=False),
    ]

    class Picked(Message):
        """A task was chosen here."""

        def __init__(self, task: str) -> None:
            super().__init__()
            self.task = task

    def __init__(self, *, fixed: tuple[int, int] = (0, 0)) -> None:
        """`fixed`: lines at the top (0 or 1) and cells at the left that do not scroll."""
        super().__init__()
        self.top = self.left = 0
        self.chosen: str | None = None
        self.fixed = fixed

    # what whoever builds on this provides

    def extent(self) -> tuple[int, int]:
        """Cells and rows of the whole drawing."""
        raise NotImplementedError

    def strokes(self, row: int, width: int) -> Iterable[Stroke]:
        """A row of the drawing, from `left` on; what stands at the left first."""
        raise NotImplementedError

    def head(self, width: int) -> Iterable[Stroke]:
        """The line at the top, where there is one."""
        raise NotImplementedError

    def words(self) -> str:
        """The line below."""
        raise NotImplementedError

    def task_at(self, row: int, cell: int) -> str | None:
        """What stands in a cell of the drawing."""
        raise NotImplementedError

    # what is seen of it

    @property
    def room(self) -> tuple[int, int]:
        """Cells and rows in which the drawing is seen."""
        down, across = self.fixed
        return max(1, self.size.width - across - 1), max(1, self.size.height - down - 1)

    def scroll_by(self, right: int, down: int) -> None:
        """Scroll, never further than there is something."""
        (width, height), (cells, rows) = self.extent(), self.room
        left = min(max(0, self.left + right), max(0, width - cells))
        top = min(max(0, self.top + down), max(0, height - rows))
        if (left, top) != (self.left, self.top):
            self.left, self.top = left, top
            self.refresh()

    def show_place(self, row: int, first: int, width: int) -> None:
        """Scroll as little as brings so many cells of a row into sight, with a little around them."""
        cells, rows = self.room
        self.scroll_by(_into(self.left, cells, first, width, 4), _into(self.top, rows, row, 1, 1))

    def render_line(self, y: int) -> Strip:
        """One line of the widget."""
        base, width = self.rich_style, self.size.width
        if y == self.size.height - 1:
            return Strip([Segment(fit(f" {self.words()}", width), base + self.style("text--dim"))])
        row = y - self.fixed[0]
        strokes = self.head(width - 1) if row < 0 else self.strokes(row + self.top, width - 1)
        found = [Segment(stroke.text, self._ink(stroke, base)) for stroke in strokes]
        return Strip([*Strip(found).adjust_cell_length(width - 1, base), self._bar(row, base)])

    def _ink(self, stroke: Stroke, base: Style) -> Style:
        name = TONE[stroke.tone] if stroke.tone else INKS[stroke.ink]
        found = base + self.style("text--dim" if stroke.dim else name)
        if stroke.ink == "chosen":
            found += self.style(CHOSEN)
        return found + Style(bold=True) if stroke.strong and stroke.ink != "line" else found

    def _bar(self, y: int, base: Style) -> Segment:
        """The last cell of a line: part of the scroll bar's thumb, where not all rows fit."""
        rows, height = self.room[1], self.extent()[1]
        if height <= rows or y < 0:
            return Segment(" ", base)
        size = max(1, rows * rows // height)
        start = (rows - size) * self.top // max(1, height - rows)
        return Segment("┃" if start <= y < start + size else " ", base + self.style("text--dim"))

    def sideways(self) -> str:
        """How much of the width is in sight, in words; "" where all is."""
        width, cells = self.extent()[0], self.room[0]
        if width <= cells:
            return ""
        before = "◂" if self.left else " "
        return f"{before} {100 * (self.left + cells) // width}% {'▸' if self.left + cells < width else ' '}"

    # keys and mouse

    def pick(self, task: str | None) -> None:
        """Say that this task was chosen here."""
        if task is not None and task != self.chosen:
            self.post_message(self.Picked(task))

    def action_step(self, right: int, down: int) -> None:
        """Choose what is beside."""
        raise NotImplementedError

    def action_zoom(self, by: int) -> None:
        """Nearer, further, or (0) as it fits."""
        raise NotImplementedError

    def on_click(self, event: events.Click) -> None:
        """A click chooses a task."""
        self.focus()
        row, cell = event.y - self.fixed[0] + self.top, event.x - self.fixed[1] + self.left
        if event.y >= self.fixed[0] and event.x >= self.fixed[1] and event.y < self.size.height - 1:
            self.pick(self.task_at(row, cell))

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """The wheel; with shift or control to the right."""
        self._wheel(event, WHEEL)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """The wheel; with shift or control to the left."""
        self._wheel(event, -WHEEL)

    def on_mouse_scroll_right(self, event: events.MouseScrollRight) -> None:
        """A wheel that goes sideways."""
        self.scroll_by(2 * WHEEL, 0)

    def on_mouse_scroll_left(self, event: events.MouseScrollLeft) -> None:
        """A wheel that goes sideways."""
        self.scroll_by(-2 * WHEEL, 0)

    def _wheel(self, event: events.MouseEvent, by: int) -> None:
        aside = event.shift or event.ctrl
        self.scroll_by(2 * by if aside else 0, 0 if aside else by)


def _into(at: int, room: int, first: int, size: int, margin: int) -> int:
    """How far to scroll so that `size` from `first` on is in a window of `room` that begins at `at`."""
    margin = min(margin, max(0, (room - size) // 2))
    if first - margin < at:
        return first - margin - at
    return max(0, min(first + size + margin - room, first) - at)


Seen = Callable[[str], bool]
"""Whether the filter leaves a task."""

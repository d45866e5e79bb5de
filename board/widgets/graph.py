"""The graph of tasks: scrolled, the chosen task in sight, its lines told from the others.

Knows cards and a drawing (board.view.graph); nothing of a state.  Keys move along the lines: right to a dependent, left
to an upstream, up and down within a column.
"""

from __future__ import annotations

import asyncio
from collections.abc import Container, Iterable, Mapping, Sequence

from board.view.card import Card
from board.view.graph import Drawing, Look
from board.view.strokes import Stroke
from board.widgets.canvas import Canvas
from swarm.core.picture.layering import Upstreams

MANY = 1000
"""Tasks that are laid out at once (some tenths of a second); more of them beside, in a thread."""


class Graph(Canvas):
    """The picture of all tasks."""

    DEFAULT_CSS = "Graph { height: 1fr; }"

    def __init__(self, cards: Mapping[str, Card]) -> None:
        """`cards`: of every task, kept up to date by somebody else."""
        super().__init__()
        self.cards = cards
        self.upstreams: Upstreams = {}
        self.drawing = Drawing({})
        self.path: Sequence[str] = ()
        self.seen: Container[str] | None = None
        self.is_tight: bool | None = None
        """Rows without gaps, with gaps, or (None) with them where they fit."""
        self._look: Look | None = None

    def show(self, upstreams: Upstreams, path: Sequence[str], seen: Container[str] | None) -> None:
        """Draw these tasks, with this critical path, and dimmed what is not seen.  Laid out anew only for others; where
        there are many, the keys go on working meanwhile."""
        self.path, self.seen = path, seen
        if upstreams == self.upstreams:
            self._show(self.drawing)
        else:
            self.upstreams = upstreams
            if len(upstreams) <= MANY:
                self._show(Drawing(upstreams))
            else:
                self.run_worker(self._lay_out(upstreams), exclusive=True)

    async def _lay_out(self, upstreams: Upstreams) -> None:
        drawing = await asyncio.to_thread(Drawing, upstreams)
        if upstreams is self.upstreams:
            self._show(drawing)
            self.show_chosen()

    def _show(self, drawing: Drawing) -> None:
        self.drawing, self._look = drawing, None
        self.scroll_by(0, 0)
        self.refresh()

    def choose(self, task: str | None) -> None:
        """This task is the chosen one."""
        if task != self.chosen:
            self.chosen, self._look = task, None
            self.show_chosen()
            self.refresh()

    def show_chosen(self) -> None:
        """Bring the chosen task into sight."""
        place = self.drawing.place(self.chosen or "")
        if place is not None and self.size.width:
            self.show_place(self.rows.index(place[0]), place[1], place[2])

    @property
    def rows(self) -> Sequence[int]:
        """The rows of the grid that are drawn."""
        fits = len(self.drawing.airy) <= self.room[1]
        is_tight = not fits if self.is_tight is None else self.is_tight
        return self.drawing.tight if is_tight else self.drawing.airy

    @property
    def look(self) -> Look:
        """How it looks now."""
        if self._look is None:
            ups, chosen = self.upstreams, self.chosen
            own = [(up, chosen) for up in ups.get(chosen or "", ())] if chosen else []
            own += [(chosen, one) for one, above in ups.items() if chosen in above] if chosen else []
            marked = self.drawing.marked
            path = frozenset(self.path)
            critical = [*zip(self.path, self.path[1:], strict=False)]
            self._look = Look(self.cards, marked(critical), marked(own), path, chosen, self.seen)
        return self._look

    # for Canvas

    def extent(self) -> tuple[int, int]:
        """Cells and rows of the whole."""
        return self.drawing.width, len(self.rows)

    def strokes(self, row: int, width: int) -> Iterable[Stroke]:
        """A row of the picture."""
        rows = self.rows
        return self.drawing.line(rows[row], self.left, width, self.look) if row < len(rows) else ()

    def words(self) -> str:
        """What there is to see."""
        if not self.upstreams:
            return "no tasks yet"
        if len(self.drawing.layout.spots) != len(self.upstreams):
            return f"laying out {len(self.upstreams)} tasks"
        cut = len(self.drawing.layout.cut)
        parts = [
            f"{len(self.upstreams)} tasks in {len(self.drawing.layout.columns)} columns", "━ critical path",
            f"{cut} lines are too long to be drawn" if cut else "", self.sideways(),
        ]  # fmt: skip
        return "   ".join(part for part in parts if part)

    def task_at(self, row: int, cell: int) -> str | None:
        """What stands in a cell."""
        rows = self.rows
        return self.drawing.task_at(rows[row], cell) if row < len(rows) else None

    def action_step(self, right: int, down: int) -> None:
        """To the nearest task on that side, along a line where there is one."""
        spot = self.drawing.layout.spots.get(self.chosen or "")
        if spot is None:
            return
        if down:
            own = [one for one in self._column(spot.column) if (one[0] > spot.row) == (down > 0) and one[0] != spot.row]
            place = min(abs(down), len(own)) - 1
            self.pick(sorted(own, reverse=down < 0)[place][1] if own else None)
            return
        ups = self.upstreams
        joined = ups.get(spot.task, ()) if right < 0 else [task for task, above in ups.items() if spot.task in above]
        spots = self.drawing.layout.spots
        beside = [(spots[task].row, task) for task in joined if task in spots and self._is_seen(task)]
        column = spot.column + right
        if not beside and 0 <= column < len(self.drawing.layout.columns):
            beside = self._column(column)
        self.pick(min(beside, key=lambda one: (abs(one[0] - spot.row), one), default=(0, None))[1])

    def action_zoom(self, by: int) -> None:
        """With or without empty rows between tasks."""
        self.is_tight = None if by == 0 else by < 0
        self.scroll_by(0, 0)
        self.show_chosen()
        self.refresh()

    def on_resize(self) -> None:
        """The chosen task stays in sight."""
        self.scroll_by(0, 0)
        self.show_chosen()

    def _column(self, column: int) -> list[tuple[int, str]]:
        spots = self.drawing.layout.columns[column]
        return [(spot.row, spot.task) for spot in spots if not spot.passes and self._is_seen(spot.task)]

    def _is_seen(self, task: str) -> bool:
        return self.seen is None or task in self.seen

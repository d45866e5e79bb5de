"""The graph of tasks as lines of cells: a mark and an id for each task, lines of box-drawing characters between.  Pure.

Knows widths in cells; nothing of colours or widgets.  `Drawing` is made once for a set of tasks and draws any part of
itself for any statuses: a line costs what is visible of it.  Heavy lines are the critical path.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass

from board.view.card import Card
from board.view.columns import MARKS
from board.view.gaps import Marked, gap_row, gap_width
from board.view.routing import grid_row, routed
from board.view.rows import fit
from board.view.strokes import Ink, Stroke, cut
from swarm.core.picture.layering import Upstreams
from swarm.core.picture.layout import Spot, layout

MOST_LABEL = 26
"""Cells of a task's label; longer ids are cut."""


@dataclass(frozen=True, slots=True)
class Look:
    """How a drawing is to look now.

    `cards` of the tasks; `critical` and `lit` lines; `path`: the critical path; `seen`: what the filter leaves.
    """

    cards: Mapping[str, Card]
    critical: Marked
    lit: Marked
    path: Container[str] = ()
    chosen: str | None = None
    seen: Container[str] | None = None


class Drawing:
    """The drawing of some tasks.  `lefts`: where each column begins; `width` and `rows` of the whole."""

    def __init__(self, upstreams: Upstreams) -> None:
        self.layout = layout(upstreams)
        self.gaps = [routed(nets) for nets in self.layout.nets]
        self._spots = [{grid_row(spot): spot for spot in column} for column in self.layout.columns]
        self.widths = [_width(column) for column in self.layout.columns]
        self.lefts: list[int] = []
        at = 1
        for width, gap in zip(self.widths, self.gaps, strict=True):
            self.lefts.append(at)
            at += width + gap_width(gap)
        self.width = at
        tasks = {row for column in self._spots for row in column}
        detours = {row for gap in self.gaps for row in gap.detours}
        self.tight = sorted(tasks | detours)
        self.airy = list(range(min(self.tight, default=0), max(self.tight, default=-1) + 1))

    def marked(self, pairs: Sequence[tuple[str, str]]) -> Marked:
        """These dependencies as marked lines."""
        return Marked(pairs, self.layout)

    def place(self, task: str) -> tuple[int, int, int] | None:
        """A task's row in the grid, first cell and width; None where it is not in the picture."""
        spot = self.layout.spots.get(task)
        return (grid_row(spot), self.lefts[spot.column], self.widths[spot.column]) if spot else None

    def task_at(self, row: int, x: int) -> str | None:
        """The task that stands in a cell."""
        column = bisect_right(self.lefts, x) - 1
        if column < 0 or x >= self.lefts[column] + self.widths[column]:
            return None
        spot = self._spots[column].get(row)
        return spot.task if spot and not spot.passes else None

    def line(self, row: int, left: int, width: int, look: Look) -> list[Stroke]:
        """The cells of one row of the grid from `left` on, exactly `width` of them."""
        first = max(0, bisect_right(self.lefts, left) - 1)
        begin = self.lefts[first] if first and self.lefts else 0
        return cut(self._strokes(row, first, range(left, left + width), look), left - begin, width)

    def _strokes(self, row: int, first: int, seen: range, look: Look) -> Iterator[Stroke]:
        if not first:
            yield Stroke(" ", "blank")
        for column in range(first, len(self.lefts)):
            if self.lefts[column] >= seen.stop:
                return
            yield from self._in_column(column, row, look)
            begin = self.lefts[column] + self.widths[column]
            window = range(max(0, seen.start - begin), max(0, seen.stop - begin))
            yield from gap_row(self.gaps[column], row, look.critical, look.lit, window)

    def _in_column(self, column: int, row: int, look: Look) -> Iterator[Stroke]:
        spot, width = self._spots[column].get(row), self.widths[column]
        if spot is None:
            yield Stroke(" " * width, "blank")
            return
        used, wire = 0, self.gaps[column].starting.get(row)
        if not spot.passes:
            label = fit(_label(spot, look), min(width - 1, len(spot.task) + 2))
            used = len(label)
            yield _task(label, spot, look)
        if wire is None:
            yield Stroke(" " * (width - used), "blank")
        else:
            heavy, lit = bool(look.critical.ends(wire)), bool(look.lit.ends(wire))
            text = ("━" if heavy else "─") * (width - used)
            text = f" {text[1:]}" if used else text  # sets the label off from its line
            yield Stroke(text, "lit" if lit else "line", strong=heavy)


def _label(spot: Spot, look: Look) -> str:
    card = look.cards.get(spot.task)
    return f"{MARKS[card.status] if card else ' '} {spot.task}"


def _task(label: str, spot: Spot, look: Look) -> Stroke:
    card = look.cards.get(spot.task)
    dim = look.seen is not None and spot.task not in look.seen
    ink: Ink = "chosen" if spot.task == look.chosen else "label"
    return Stroke(label, ink, card.column if card else None, spot.task in look.path, dim)


def _width(column: Sequence[Spot]) -> int:
    """Room for the longest label, and a cell behind it."""
    return 1 + min(MOST_LABEL, max((len(spot.task) + 2 for spot in column if not spot.passes), default=1))

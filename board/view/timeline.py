"""The timeline as lines of cells: a lane for each worker, a bar for each attempt, an axis and the present.  Pure.

Knows a timeline and how many seconds a cell stands for; nothing of colours or widgets.  A line costs the bars that are
visible in it.  Heavy bars are on the critical path.
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Container, Iterator
from dataclasses import dataclass

from rich.cells import cell_len

from board.view.columns import MARKS, PLACE
from board.view.rows import duration, fit
from board.view.strokes import Stroke
from swarm.core.timeline import Bar, Timeline

LEAST = 0.01
"""Seconds that a cell stands for at the greatest zoom."""

STEPS = (0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 21600, 43200, 86400)
"""Seconds between two marks of the axis; beyond the last, whole multiples of it."""

ENOUGH = 6
"""Cells of a bar in which a name is worth being cut; that of a shorter one stands behind it."""

TICK = 10
"""Cells between two marks at least."""


@dataclass(frozen=True, slots=True)
class Shown:
    """What of the timeline is told apart.  `path`: the critical path; `seen`: what the filter leaves (None: all)."""

    chosen: str | None = None
    path: Container[str] = ()
    seen: Container[str] | None = None


class Chart:
    """A timeline at a scale: `per` seconds a cell.  `cells`: how wide it is."""

    def __init__(self, found: Timeline, per: float) -> None:
        self.timeline, self.per = found, max(LEAST, per)
        self.cells = self.cell(found.until) + 1
        self._starts = [[bar.start for bar in lane.bars] for lane in found.lanes]
        self.name_width = 2 + min(16, max((len(lane.name) for lane in found.lanes), default=0))

    def cell(self, at: float) -> int:
        """Where a moment is, in cells from the start of the run."""
        return max(0, math.floor((at - self.timeline.began) / self.per))

    def span(self, bar: Bar) -> tuple[int, int]:
        """The first cell of a bar, and the first after it: it has one at least."""
        first = self.cell(bar.start)
        return first, max(first + 1, self.cell(bar.until(self.timeline.until)))

    def name(self, lane: int) -> Stroke:
        """The name of a lane, in `name_width` cells."""
        return Stroke(fit(f" {self.timeline.lanes[lane].name}", self.name_width), "label", strong=True)

    def line(self, lane: int, left: int, width: int, shown: Shown) -> list[Stroke]:
        """The bars of a lane from cell `left` on, exactly `width` cells."""
        found: list[Stroke] = []
        at, before = left, None
        for bar in self._visible(lane, left, width):
            first, after = self.span(bar)
            first, after = max(first, at), min(after, left + width)
            if after <= first:
                continue  # all its cells show the one before: nearer is told by zooming in
            found += self._behind(before, at, first)
            found.append(_bar(bar, after - first, shown))
            at, before = after, bar
        return [*found, *self._behind(before, at, left + width)]

    def _behind(self, bar: Bar | None, first: int, after: int) -> Iterator[Stroke]:
        """The space behind a bar: its name, if that was too long for the bar itself and fits here."""
        here = self.cell(self.timeline.until)
        if bar is not None:
            first_of, after_it = self.span(bar)
            name, room = f" {bar.label}", min(after, max(here, first)) - first
            if after_it - first_of < min(ENOUGH, cell_len(name) + 1) and cell_len(name) < room:
                yield Stroke(name, "line")
                first += cell_len(name)
        yield from self._empty(first, after)

    def blank(self, left: int, width: int) -> list[Stroke]:
        """A line between lanes."""
        return list(self._empty(left, left + width))

    def axis(self, left: int, width: int) -> list[Stroke]:
        """Times since the start, and where the present is."""
        text = [" "] * width
        step = next((step for step in STEPS if step / self.per >= TICK), math.ceil(TICK * self.per / 86400) * 86400)
        first = math.ceil(left * self.per / step)
        here, over = self.cell(self.timeline.until) - left, self.timeline.is_over
        for tick in range(first, first + width // TICK + 2):
            at = math.floor(tick * step / self.per + 1e-9) - left
            label = f"╷{_moment(tick * step, step)}"
            if at >= 0 and at + len(label) <= width and (at > here or at + len(label) < here - 3):
                text[at : at + len(label)] = label
        if 0 <= here < width:
            at = max(0, here - 3)
            text[at : here + 1] = ("end▾" if over else "now▾")[at - here - 1 :]
        return [Stroke("".join(text[:width]), "line")]

    def bar_at(self, lane: int, cell: int) -> Bar | None:
        """The bar in a cell."""
        for bar in self._visible(lane, cell, 1):
            first, after = self.span(bar)
            if first <= cell < after:
                return bar
        return None

    def _visible(self, lane: int, left: int, width: int) -> Iterator[Bar]:
        bars, starts = self.timeline.lanes[lane].bars, self._starts[lane]
        low = self.timeline.began + left * self.per
        high = low + width * self.per
        first = max(0, bisect_right(starts, low) - 2)
        return iter(bars[first : bisect_left(starts, high)])

    def _empty(self, first: int, after: int) -> Iterator[Stroke]:
        """Nothing, with the line of the present where it falls among it."""
        here = self.cell(self.timeline.until)
        if first <= here < after:
            yield Stroke(" " * (here - first), "blank")
            yield Stroke("│", "line")
            first = here + 1
        if after > first:
            yield Stroke(" " * (after - first), "blank")


def fitting(found: Timeline, width: int) -> float:
    """Seconds a cell so that all of it fits, in steps: it need not be drawn anew with every second that passes."""
    least = max(LEAST, (found.until - found.began) / max(1, width - 2))
    return float(2 ** (math.ceil(math.log2(least) * 4) / 4))


def _bar(bar: Bar, width: int, shown: Shown) -> Stroke:
    strong = any(task in shown.path for task in bar.tasks)
    dim = shown.seen is not None and not any(task in shown.seen for task in bar.tasks)
    label = f"{MARKS[bar.status]} {bar.label} "
    if cell_len(label) > width:
        label = MARKS[bar.status] if width < ENOUGH else fit(label, width)
    text = label + ("━" if strong else "─") * (width - cell_len(label))
    return Stroke(text, "chosen" if shown.chosen in bar.tasks else "bar", PLACE[bar.status], strong, dim)


def _moment(seconds: float, step: float) -> str:
    return f"{seconds:g}s" if step < 1 else duration(seconds)

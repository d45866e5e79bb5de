"""The timeline of a run as SVG: a lane for each worker, a bar for each attempt, the checks below, an axis.  Pure.

Knows a timeline; nothing of files or pages.  Self-contained as the picture of the graph is.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator

from swarm.core.picture.frame import framed
from swarm.core.picture.graphsvg import LETTER, MARGIN
from swarm.core.picture.markup import element, fitted, text
from swarm.core.shapes import MARKS
from swarm.core.timeline import Bar, Lane, Timeline
from swarm.core.units import duration_text

WIDTH = 1080.0
"""Pixels of the axis."""

HIGH, PITCH, HEAD = 22.0, 32.0, 30.0

STEPS = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 21600, 43200, 86400)
"""Seconds between two marks of the axis; beyond the last, whole multiples of it."""

ENOUGH = 5
"""Letters for which a name is worth being cut; a shorter bar has its shape alone."""

MOST_TICKS = 14


def timeline(found: Timeline, path: Collection[str] = (), *, styled: bool = True) -> str:
    """The picture.  `path`: the critical path.  `styled`: with its style sheet, as a file of its own needs it."""
    drawn = _Picture(found, path)
    width, height = drawn.left + WIDTH + 2 * MARGIN, HEAD + PITCH * len(found.lanes) + 2 * MARGIN
    told = f"{duration_text(found.until - found.began)} of work, a lane for each worker"
    parts = [*drawn.axis(height - MARGIN), *drawn.lanes()]
    return framed("timeline", told, width, height, parts, styled=styled)


class _Picture:
    def __init__(self, found: Timeline, path: Collection[str]) -> None:
        self.found, self.path = found, frozenset(path)
        self.left = MARGIN + LETTER * (2 + min(20, max((len(lane.name) for lane in found.lanes), default=0)))
        self.span = max(1e-3, found.until - found.began)

    def x(self, at: float) -> float:
        """Where a moment is."""
        return self.left + WIDTH * min(1.0, max(0.0, (at - self.found.began) / self.span))

    def axis(self, bottom: float) -> Iterator[str]:
        """Times since the start, and the present or the end."""
        step = next((one for one in STEPS if self.span / one <= MOST_TICKS), 0)
        step = step or math.ceil(self.span / MOST_TICKS / 86400) * 86400
        for number in range(int(self.span / step) + 1):
            x = self.x(self.found.began + number * step)
            rule = element("path", class_="line", d=f"M{x:.9g} {HEAD:.9g}V{bottom:.9g}", stroke_dasharray="1 5")
            yield rule + element("g", element("text", duration_text(number * step), x=x + 3, y=HEAD - 8), class_="axis")
        x = self.x(self.found.until)
        told = f"the run ended after {duration_text(self.span)}" if self.found.is_over else "now"
        rule = element("path", class_="line path", d=f"M{x:.9g} {HEAD:.9g}V{bottom:.9g}")
        yield element("g", element("title", told) + rule)

    def lanes(self) -> Iterator[str]:
        """Each lane from top to bottom."""
        for number, lane in enumerate(self.found.lanes):
            y = HEAD + 6 + number * PITCH
            yield element("text", text(fitted(lane.name, 20)), x=MARGIN, y=y + 16)
            yield from self._bars(lane, y)

    def _bars(self, lane: Lane, y: float) -> Iterator[str]:
        for bar in lane.bars:
            first, last = self.x(bar.start), self.x(bar.until(self.found.until))
            width = max(2.5, last - first - 1)
            parts = [element("title", text(self._told(bar, lane), 600))]
            parts.append(element("rect", x=first, y=y, width=width, height=HIGH, rx=min(4.0, width / 3)))
            letters = (width - 8) / LETTER
            if letters >= 1:
                label = fitted(f"{MARKS[bar.status]} {bar.label}", letters) if letters >= ENOUGH else MARKS[bar.status]
                parts.append(element("text", text(label), x=first + 5, y=y + 16))
            is_critical = any(task in self.path for task in bar.tasks)
            yield element("g", "".join(parts), class_=f"bar {bar.status}{' path' if is_critical else ''}")

    def _told(self, bar: Bar, lane: Lane) -> str:
        what = f"{bar.label}, attempt {bar.attempt} on {lane.name}" if bar.attempt else f"checks of {bar.label}"
        took = duration_text(bar.until(self.found.until) - bar.start)
        landed = f", landed {duration_text(bar.landed - self.found.began)} after the start" if bar.landed else ""
        return f"{what}: {bar.note}, {took}{landed}"

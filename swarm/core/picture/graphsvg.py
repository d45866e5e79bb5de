"""The graph of tasks as SVG: boxes with a shape, an id and a title, curves between, heavy ones for the critical path.

Pure: knows tasks, statuses and a layout; nothing of files or pages.  Self-contained: no script, no font from outside.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

from swarm.core.picture.frame import framed
from swarm.core.picture.layout import Layout, Net, Spot, layout
from swarm.core.picture.markup import element, fitted, letters, text
from swarm.core.plan import Task
from swarm.core.shapes import MARKS

LETTER = 7.9
"""Width of a letter of the 13 px font; wider than any of its kind, so that no text leaves its box."""

SMALL = 6.7
"""The same of the 11 px font."""

HIGH, PITCH, GAP, MARGIN = 40.0, 56.0, 64.0, 16.0
LEAST, MOST = 96.0, 236.0


def graph(tasks: Sequence[Task], statuses: Mapping[str, str], path: Sequence[str] = (), *, styled: bool = True) -> str:
    """The picture.  `path`: the critical path.  `styled`: with its style sheet, as a file of its own needs it."""
    found = _Picture(tasks, statuses, path)
    told = f"{len(tasks)} tasks and what each depends on"
    return framed("graph", told, found.width, found.height, [*found.lines(), *found.boxes()], styled=styled)


class _Picture:
    """Where everything stands, in pixels."""

    def __init__(self, tasks: Sequence[Task], statuses: Mapping[str, str], path: Sequence[str]) -> None:
        self.tasks, self.statuses, self.path = {task.id: task for task in tasks}, statuses, frozenset(path)
        self.layout: Layout = layout({task.id: task.depends_on for task in tasks})
        self.heavy = frozenset(pairwise(path))
        self.until = self.layout.until(sorted(self.heavy & self._drawn()))
        self.widths = [max(map(self._wanted, column), default=0.0) for column in self.layout.columns]
        self.lefts = []
        at = MARGIN
        for width, nets in zip(self.widths, self.layout.nets, strict=True):
            self.lefts.append(at)
            at += width + (GAP + min(80.0, 3.0 * len(nets)) if nets else GAP / 2)
        self.width = MARGIN + max((x + w for x, w in zip(self.lefts, self.widths, strict=True)), default=LEAST)
        self.height = 2 * MARGIN + max(HIGH, self.layout.rows * PITCH - (PITCH - HIGH))

    def _drawn(self) -> frozenset[tuple[str, str]]:
        return frozenset((up, task.id) for task in self.tasks.values() for up in task.depends_on)

    def _wanted(self, spot: Spot) -> float:
        if spot.passes:
            return 0.0
        title = self.tasks[spot.task].title
        width = max(LETTER * (len(spot.task) + 2), SMALL * letters(title) if title != spot.task else 0)
        return min(MOST, max(LEAST, width + 20))

    def _middle(self, spot: Spot) -> float:
        return MARGIN + spot.row * PITCH + HIGH / 2

    def _right(self, spot: Spot) -> float:
        """Where its lines leave: of a task its own edge, of a passing line the end of the column."""
        return self.lefts[spot.column] + (self.widths[spot.column] if spot.passes else self._wanted(spot))

    def boxes(self) -> Iterator[str]:
        """The tasks, from left to right."""
        for column in self.layout.columns:
            yield from (self._box(spot) for spot in column if not spot.passes)

    def _box(self, spot: Spot) -> str:
        task, status = self.tasks[spot.task], self.statuses.get(spot.task, "")
        x, y, width = self.lefts[spot.column], self._middle(spot) - HIGH / 2, self._wanted(spot)
        has_title = bool(task.title.strip()) and task.title != task.id
        mark = f"{MARKS[status]} " if status in MARKS else ""
        label = fitted(f"{mark}{task.id}", (width - 18) / LETTER)
        told = f"{task.id}{f' ({status})' if status else ''}: {task.title}"
        if task.depends_on:
            told += f", after {', '.join(task.depends_on)}"
        parts = [
            element("title", text(told, 600)),
            element("rect", x=x, y=y, width=width, height=HIGH, rx=6),
            element("text", text(label), x=x + 10, y=y + (17 if has_title else 25)),
        ]
        if has_title:
            more = fitted(task.title, (width - 18) / SMALL)
            parts.append(element("text", text(more), class_="more", x=x + 10, y=y + 32))
        classes = f"task {status or 'ready'}{' path' if spot.task in self.path else ''}"
        return element("g", "".join(parts), class_=classes)

    def lines(self) -> Iterator[str]:
        """All lines: light ones first, so that nothing lies over the critical path."""
        heavy: list[str] = []
        for nets in self.layout.nets:
            for net in nets:
                for spot in net.targets:
                    is_heavy = self._is_heavy(net, spot)
                    drawn = self._line(net.source, spot, " path" if is_heavy else "")
                    if is_heavy:
                        heavy.append(drawn)
                    else:
                        yield drawn
        yield from heavy

    def _is_heavy(self, net: Net, spot: Spot) -> bool:
        task = net.source.task
        return self.until.get(task, -1) > spot.column if spot.passes else (task, spot.task) in self.heavy

    def _line(self, source: Spot, target: Spot, path: str) -> str:
        x, y = self._right(source), self._middle(source)
        # Level to the end of the column first: a curve that began at a short box would run through a longer one.
        edge = self.lefts[source.column] + self.widths[source.column]
        to, down = self.lefts[target.column], self._middle(target)
        half = (edge + to) / 2
        way = f"M{x:.9g} {y:.9g}H{edge:.9g}C{half:.9g} {y:.9g} {half:.9g} {down:.9g} {to:.9g} {down:.9g}"
        if target.passes:
            return element("path", class_=f"line{path}", d=f"{way}H{to + self.widths[target.column]:.9g}")
        tip = f"M{to - 7:.9g} {down - 4:.9g}L{to:.9g} {down:.9g}L{to - 7:.9g} {down + 4:.9g}Z"
        line = element("path", class_=f"line{path}", d=way)
        return line + element("path", class_=f"tip{path}", d=tip)

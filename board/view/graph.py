"""The graph of tasks as lines of cells: a mark and an id for each task, lines of box-drawing characters between.  Pure.

Knows widths in cells; nothing of colours or widgets.  `Drawing` is made once for a set of tasks and draws any part of
itself for any statuses: a line costs what is visible of it.  Heavy lines are the critical path.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from board.view.card import Card
from board.view.columns import MARKS, Column
from board.view.routing import Gap, Wire, grid_row, routed
from board.view.rows import fit
from swarm.core.picture.layering import Upstreams
from swarm.core.picture.layout import Layout, Spot, layout

MOST_LABEL = 26
"""Cells of a task's label; longer ids are cut."""

LINES = (
    " ╴╸╷┐┑╻┒┓╶─╾┌┬┭┎┰┱╺╼━┍┮┯┏┲┳"
    "╵┘┙│┤┥╽┧┪└┴┵├┼┽┟╁╅┕┶┷┝┾┿┢╆╈"
    "╹┚┛╿┦┩┃┨┫┖┸┹┞╀╃┠╂╉┗┺┻┡╄╇┣╊╋"
)
"""The character for arms up, right, down and left, each 0 (none), 1 (light) or 2 (heavy), as a number of base 3."""

Ink = Literal["blank", "line", "lit", "label", "bar", "chosen"]
"""What a stroke is: nothing, a line, a line of the chosen task, a task, a bar of time, what is chosen."""


class Stroke(NamedTuple):
    """Some cells of one kind.  `tone`: the column that a task belongs to.  `strong`: on the critical path."""

    text: str
    ink: Ink
    tone: Column | None = None
    strong: bool = False
    dim: bool = False


class Marked:
    """Some dependencies, (upstream, dependent), whose lines are marked."""

    def __init__(self, pairs: Sequence[tuple[str, str]], found: Layout) -> None:
        self.pairs = frozenset(pair for pair in pairs if pair[0] in found.spots and pair[1] in found.spots)
        self.until = found.until(sorted(self.pairs))

    def leads(self, source: str, target: Spot) -> bool:
        """Whether the line from a spot of `source` to this one is marked."""
        if target.passes:
            return self.until.get(source, -1) > target.column
        return (source, target.task) in self.pairs

    def ends(self, wire: Wire) -> list[int]:
        """The rows to which marked lines of the wire lead."""
        rows = [grid_row(spot) for spot in wire.net.targets if self.leads(wire.net.source.task, spot)]
        return list(wire.ends) if rows and wire.goes_on else rows


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


@dataclass(slots=True)
class _Cell:
    """Arms up, right, down, left; whether one of them is lit."""

    arms: list[int] = field(default_factory=lambda: [0, 0, 0, 0])
    lit: bool = False

    @property
    def text(self) -> str:
        up, right, down, left = self.arms
        return LINES[27 * up + 9 * right + 3 * down + left]


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
            at += width + _gap_width(gap)
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
        return _cut(self._strokes(row, first, left + width, look), left - begin, width)

    def _strokes(self, row: int, first: int, right: int, look: Look) -> Iterator[Stroke]:
        if not first:
            yield Stroke(" ", "blank")
        for column in range(first, len(self.lefts)):
            if self.lefts[column] >= right:
                return
            yield from self._in_column(column, row, look)
            yield from _in_gap(self.gaps[column], row, look)

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


def _gap_width(gap: Gap) -> int:
    return 2 * gap.tracks + 3 if gap.starting else 2


def _track_at(track: int) -> int:
    return 2 * track + 1


def _in_gap(gap: Gap, row: int, look: Look) -> Iterator[Stroke]:
    """One row of a gap: level lines, then what stands upright across them, then the arrows."""
    width = _gap_width(gap)
    cells = [_Cell() for _ in range(width)]
    start, ending = gap.starting.get(row), gap.ending.get(row, [])
    if start is not None:
        first = 0 if start.begins is None else _track_at(start.begins)
        last = width - 1 if start.track is None else _track_at(start.track)
        _level(cells, first, last, start, look, bool(look.critical.ends(start)), bool(look.lit.ends(start)))
    for wire in ending:
        if wire.track is not None and wire.goes_on is None:
            heavy, lit = row in look.critical.ends(wire), row in look.lit.ends(wire)
            _level(cells, _track_at(wire.track), width - 1, wire, look, heavy, lit)
    for wire in gap.upright(row):
        _upright(cells[_track_at(wire.track or 0)], row, wire, look)
    arrives = any(not spot.passes for wire in ending for spot in wire.net.targets if grid_row(spot) == row)
    for at, cell in enumerate(cells):
        text = "▸" if arrives and at == width - 1 else cell.text
        yield Stroke(text, "lit" if cell.lit else "line", strong=2 in cell.arms)


def _level(cells: list[_Cell], first: int, last: int, wire: Wire, look: Look, heavy: bool, lit: bool) -> None:
    weight, width = 2 if heavy else 1, len(cells)
    for at in range(first, last + 1):
        arms = cells[at].arms
        if at < last or last == width - 1:
            arms[1] = max(arms[1], weight)
        if at > first or first == 0:
            arms[3] = max(arms[3], weight)
        cells[at].lit |= lit


def _upright(cell: _Cell, row: int, wire: Wire, look: Look) -> None:
    """The vertical of a wire.  A line of another task passes under it: its arms are left out."""
    if row != wire.start and row not in wire.ends:
        cell.arms, cell.lit = [0, 0, 0, 0], False
    heavy, lit = look.critical.ends(wire), look.lit.ends(wire)
    up, down = row > wire.low, row < wire.high
    if up:
        cell.arms[0] = 2 if _runs(wire, heavy, row - 1, row) else 1
    if down:
        cell.arms[2] = 2 if _runs(wire, heavy, row, row + 1) else 1
    cell.lit |= _runs(wire, lit, row - 1, row) or _runs(wire, lit, row, row + 1)


def _runs(wire: Wire, ends: Sequence[int], upper: int, lower: int) -> bool:
    """Whether the line to one of these ends goes along between two rows."""
    return any(min(wire.start, end) <= upper and max(wire.start, end) >= lower for end in ends)


def _cut(strokes: Iterable[Stroke], skip: int, width: int) -> list[Stroke]:
    """`width` cells of the strokes, without the first `skip`; neighbours of one kind are one stroke."""
    found: list[Stroke] = []
    used = 0
    for stroke in strokes:
        if used >= width:
            break
        text = stroke.text[skip:] if skip > 0 else stroke.text
        skip = max(0, skip - len(stroke.text))
        text = text[: width - used]
        used += len(text)
        if found and text and found[-1][1:] == stroke[1:]:
            found[-1] = found[-1]._replace(text=found[-1].text + text)
        elif text:
            found.append(stroke._replace(text=text))
    if used < width:
        found.append(Stroke(" " * (width - used), "blank"))
    return found

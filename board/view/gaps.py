"""One row of the space between two columns: level lines, uprights, and how they meet, as box-drawing characters.  Pure.

Knows where each line runs (board.view.routing) and which are marked; nothing of tasks' labels.  A row costs what stands
in it, and no more than is visible.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from board.view.routing import Gap, Wire, grid_row
from board.view.strokes import Stroke
from swarm.core.picture.layout import Layout, Spot

LINES = (
    " ╴╸╷┐┑╻┒┓╶─╾┌┬┭┎┰┱╺╼━┍┮┯┏┲┳"
    "╵┘┙│┤┥╽┧┪└┴┵├┼┽┟╁╅┕┶┷┝┾┿┢╆╈"
    "╹┚┛╿┦┩┃┨┫┖┸┹┞╀╃┠╂╉┗┺┻┡╄╇┣╊╋"
)
"""The character for arms up, right, down and left, each 0 (none), 1 (light) or 2 (heavy), as a number of base 3."""


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


@dataclass(slots=True)
class _Cell:
    """Arms up, right, down, left; whether one of them is lit."""

    arms: list[int] = field(default_factory=lambda: [0, 0, 0, 0])
    lit: bool = False

    @property
    def text(self) -> str:
        """The character."""
        up, right, down, left = self.arms
        return LINES[27 * up + 9 * right + 3 * down + left]


def gap_width(gap: Gap) -> int:
    """Cells of a gap: two for each track and three around them."""
    return 2 * gap.tracks + 3 if gap.starting else 2


def gap_row(gap: Gap, row: int, critical: Marked, lit: Marked, window: range) -> Iterator[Stroke]:
    """One row of a gap, whole; but only what stands in the window of its cells is drawn, the rest is blank."""
    width = gap_width(gap)
    cells: dict[int, _Cell] = defaultdict(_Cell)
    start, ending = gap.starting.get(row), gap.ending.get(row, [])
    if start is not None:
        first = 0 if start.begins is None else _track_at(start.begins)
        last = width - 1 if start.track is None else _track_at(start.track)
        _level(cells, (first, last, width), window, bool(critical.ends(start)), bool(lit.ends(start)))
    for wire in ending:
        if wire.track is not None and wire.goes_on is None:
            way = (_track_at(wire.track), width - 1, width)
            _level(cells, way, window, row in critical.ends(wire), row in lit.ends(wire))
    for wire in gap.upright(row):
        at = _track_at(wire.track or 0)
        if at in window:
            _upright(cells[at], row, wire, critical, lit)
    arrives = any(not spot.passes for wire in ending for spot in wire.net.targets if grid_row(spot) == row)
    before = 0
    for at in sorted(cells):
        cell = cells[at]
        yield Stroke(" " * (at - before), "blank")
        text = "▸" if arrives and at == width - 1 else cell.text
        yield Stroke(text, "lit" if cell.lit else "line", strong=2 in cell.arms)
        before = at + 1
    yield Stroke(" " * (width - before), "blank")


def _track_at(track: int) -> int:
    return 2 * track + 1


def _level(cells: dict[int, _Cell], way: tuple[int, int, int], window: range, heavy: bool, lit: bool) -> None:
    """A level line from the first to the last cell of its way; at the edges of the gap it goes on."""
    first, last, width = way
    weight = 2 if heavy else 1
    for at in range(max(first, window.start), min(last + 1, window.stop)):
        arms = cells[at].arms
        if at < last or last == width - 1:
            arms[1] = max(arms[1], weight)
        if at > first or first == 0:
            arms[3] = max(arms[3], weight)
        cells[at].lit |= lit


def _upright(cell: _Cell, row: int, wire: Wire, critical: Marked, lit: Marked) -> None:
    """The vertical of a wire.  A line of another task passes under it: its arms are left out."""
    if row != wire.start and row not in wire.ends:
        cell.arms, cell.lit = [0, 0, 0, 0], False
    heavy, bright = critical.ends(wire), lit.ends(wire)
    if row > wire.low:
        cell.arms[0] = 2 if _runs(wire, heavy, row - 1, row) else 1
    if row < wire.high:
        cell.arms[2] = 2 if _runs(wire, heavy, row, row + 1) else 1
    cell.lit |= _runs(wire, bright, row - 1, row) or _runs(wire, bright, row, row + 1)


def _runs(wire: Wire, ends: Sequence[int], upper: int, lower: int) -> bool:
    """Whether the line to one of these ends goes along between two rows."""
    return any(min(wire.start, end) <= upper and max(wire.start, end) >= lower for end in ends)

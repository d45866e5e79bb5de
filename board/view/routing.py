"""The way of each line through the gap between two columns, in cells: level, up or down, and level on.  Pure.

Knows rows and cells, not what a line means.  The lines of one task share one vertical.  Verticals that overlap get
tracks of their own, chosen so that two lines never run along the same cells unless they lead to the same task; where
that can't be, one makes a detour through the empty row below a task (a dogleg; channel routing as in Hashimoto and
Stevens 1971).  Tasks stand on every other row of this grid, so there is always one.
"""

from __future__ import annotations

import heapq
import itertools
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from swarm.core.picture.layout import Net, Spot


@dataclass(slots=True, eq=False)
class Wire:
    """Part of the lines of one net, or all: in from `start`, along `track`, out at `ends`.  Rows of the grid.

    `track` None: it runs level.  `goes_on`: where it makes a detour, the other part, which `begins` on its track.
    """

    net: Net
    start: int
    ends: tuple[int, ...]
    track: int | None = None
    begins: int | None = None
    goes_on: Wire | None = None

    @property
    def low(self) -> int:
        """Its uppermost row."""
        return min(self.start, *self.ends)

    @property
    def high(self) -> int:
        """Its lowest row."""
        return max(self.start, *self.ends)


@dataclass(slots=True)
class Gap:
    """The space behind a column.  `tracks`: verticals side by side; `detours`: rows between tasks that are in use.

    `spans` and `wires`: what stands on each track, from top to bottom."""

    tracks: int = 0
    starting: dict[int, Wire] = field(default_factory=dict)
    ending: dict[int, list[Wire]] = field(default_factory=dict)
    detours: frozenset[int] = frozenset()
    spans: list[list[tuple[int, int]]] = field(default_factory=list)
    wires: list[list[Wire]] = field(default_factory=list)

    def upright(self, row: int) -> Iterator[Wire]:
        """The wires whose vertical stands in this row."""
        for spans, wires in zip(self.spans, self.wires, strict=True):
            at = bisect_right(spans, (row, 1 << 60)) - 1
            if at >= 0 and spans[at][1] >= row:
                yield wires[at]


def grid_row(spot: Spot) -> int:
    """The row of a spot where every other row is left free."""
    return 2 * spot.row + 1


def routed(nets: Sequence[Net]) -> Gap:
    """The gap with all these nets led through it."""
    wires = [Wire(net, grid_row(net.source), tuple(sorted({grid_row(spot) for spot in net.targets}))) for net in nets]
    gap = Gap()
    tracks = _Tracks(gap, [wire for wire in wires if wire.ends != (wire.start,)])
    tracks.give()
    for wire in [*wires, *tracks.second_parts]:
        gap.starting[wire.start] = wire
        for end in wire.ends:
            gap.ending.setdefault(end, []).append(wire)
    gap.tracks, gap.detours = len(gap.spans), frozenset(wire.start for wire in tracks.second_parts)
    return gap


class _Tracks:
    """Gives each wire its track.  A wire turns off left of whatever comes out at the row that it goes in by."""

    def __init__(self, gap: Gap, wires: list[Wire]) -> None:
        self.gap, self.wires = gap, wires
        self.second_parts: list[Wire] = []
        ending: dict[int, list[int]] = {}
        for number, wire in enumerate(wires):
            for end in wire.ends:
                ending.setdefault(end, []).append(number)
        self.right_of = [{one for one in ending.get(wire.start, ()) if one != at} for at, wire in enumerate(wires)]
        self.left_of: list[set[int]] = [set() for _ in wires]
        for number, others in enumerate(self.right_of):
            for other in others:
                self.left_of[other].add(number)
        self.least = [0] * len(wires)

    def give(self) -> None:
        """From left to right, each as soon as nothing has to be left of it any more."""
        heap = [(_turn(wire), number) for number, wire in enumerate(self.wires) if not self.left_of[number]]
        heapq.heapify(heap)
        open_ones = dict.fromkeys(range(len(self.wires)))
        while open_ones:
            if not heap:
                number = self._in_a_circle(next(iter(open_ones)))
                open_ones[self._detour(number)] = None
                heap.append((_turn(self.wires[number]), number))
            number = heapq.heappop(heap)[1]
            del open_ones[number]
            track = self._settle(number)
            for other in sorted(self.right_of[number]):
                self.least[other] = max(self.least[other], track + 1)
                self.left_of[other].discard(number)
                if not self.left_of[other]:
                    heapq.heappush(heap, (_turn(self.wires[other]), other))

    def _settle(self, number: int) -> int:
        wire = self.wires[number]
        wire.track = track = _free_track(self.gap, wire, self.least[number])
        if wire.goes_on is not None:
            wire.goes_on.begins = track
        return track

    def _in_a_circle(self, number: int) -> int:
        """Of some wires that wait for each other in a circle, the shortest."""
        way = [number]
        while (number := min(self.left_of[number])) not in way:
            way.append(number)
        return min(way[way.index(number) :], key=lambda one: (self.wires[one].high - self.wires[one].low, one))

    def _detour(self, number: int) -> int:
        """Let a wire go to a free row first, which waits for nobody, and from there on as another one; its number."""
        wire, new = self.wires[number], len(self.wires)
        second = Wire(wire.net, self._free_row(wire), wire.ends)
        self.wires.append(second)
        self.second_parts.append(second)
        wire.ends, wire.goes_on = (second.start,), second
        for other in self.left_of[number]:
            self.right_of[other].remove(number)
            self.right_of[other].add(new)
        self.left_of.append(self.left_of[number] | {number})
        self.left_of[number] = set()
        self.right_of.append(set())
        self.right_of[number].add(new)
        self.least.append(self.least[number])
        self.least[number] = 0
        return new

    def _free_row(self, wire: Wire) -> int:
        """The nearest row to where it ends on which no task stands and no other detour runs."""
        near = min(wire.ends, key=lambda end: abs(end - wire.start))
        used = {second.start for second in self.second_parts}
        side = 1 if wire.start > near else -1
        rows = (row for step in itertools.count(1, 2) for row in (near + side * step, near - side * step))
        return next(row for row in rows if row >= 0 and row not in used)


def _turn(wire: Wire) -> tuple[int, int]:
    """What turns down goes first from below, what turns up from above: so they cross least."""
    return (0, -wire.start) if wire.high > wire.start else (1, wire.start)


def _free_track(gap: Gap, wire: Wire, least: int) -> int:
    """The leftmost track from `least` on that is free along the wire; the wire is put there."""
    span = (wire.low, wire.high)
    for track in range(least, len(gap.spans)):
        spans = gap.spans[track]
        at = bisect_right(spans, span)
        if (at == 0 or spans[at - 1][1] < span[0]) and (at == len(spans) or spans[at][0] > span[1]):
            spans.insert(at, span)
            gap.wires[track].insert(at, wire)
            return track
    while len(gap.spans) < least:
        gap.spans.append([])
        gap.wires.append([])
    gap.spans.append([span])
    gap.wires.append([wire])
    return len(gap.spans) - 1

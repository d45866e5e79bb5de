"""Where everything stands in the picture of a graph: tasks and passing lines in columns and rows.  Pure.

Knows nothing of sizes: a drawing gives each column its width and each row its height.  Deterministic: the same tasks in
the same order give the same layout.  A thousand tasks take some tens of milliseconds.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from swarm.core.picture.layering import Layering, Upstreams, layering
from swarm.core.picture.ordering import ordered
from swarm.core.picture.placing import placed


@dataclass(frozen=True, slots=True)
class Spot:
    """One place.  `passes`: no task stands here; lines of `task` go by, to a later column."""

    task: str
    column: int
    row: int
    passes: bool = False


@dataclass(frozen=True, slots=True)
class Net:
    """The lines that leave one spot for the next column, together."""

    source: Spot
    targets: tuple[Spot, ...]


@dataclass(frozen=True, slots=True)
class Layout:
    """`columns`: the spots of each from top to bottom; `nets[n]` lead from column n to the one after it; `rows`: how
    many there are; `cut`: (upstream, dependent) that are too far apart for a line.  Tasks without any dependency,
    up or down, stand below the others, side by side."""

    columns: tuple[tuple[Spot, ...], ...] = ()
    nets: tuple[tuple[Net, ...], ...] = ()
    rows: int = 0
    cut: frozenset[tuple[str, str]] = frozenset()
    spots: dict[str, Spot] = field(default_factory=dict)
    """Where each task stands."""

    def until(self, pairs: Iterator[tuple[str, str]] | Sequence[tuple[str, str]]) -> dict[str, int]:
        """For lines that are to be marked, (upstream, dependent): how far to the right each upstream's are marked."""
        found: dict[str, int] = {}
        for upstream, dependent in pairs:
            found[upstream] = max(found.get(upstream, 0), self.spots[dependent].column)
        return found


def layout(upstreams: Upstreams) -> Layout:
    """The layout of the tasks; each key depends on its values."""
    joined = {upstream for above in upstreams.values() for upstream in above}
    loose = [name for name, above in upstreams.items() if not above and name not in joined]
    apart = set(loose)
    graph = {name: above for name, above in upstreams.items() if name not in apart}
    found = layering(graph)
    columns, nets, rows = _arranged(_Places(found)) if graph else ([], [], 0)
    _add_loose(columns, loose, rows + 1 if rows else 0)
    spots = {spot.task: spot for column in columns for spot in column if not spot.passes}
    last = max((spot.row for column in columns for spot in column), default=-1)
    ranked = tuple(tuple(sorted(column, key=lambda spot: spot.row)) for column in columns)
    nets += [[] for _ in range(len(columns) - len(nets))]
    return Layout(ranked, tuple(tuple(gap) for gap in nets), last + 1, found.cut, spots)


class _Places:
    """Spots as numbers while they have no row yet: tasks first, then where their lines pass."""

    def __init__(self, found: Layering) -> None:
        self.owner: list[str] = []
        self.column: list[int] = []
        self.passing: list[bool] = []
        self.before: list[list[int]] = []
        self.after: list[list[int]] = []
        number = {name: self._add(name, column, False) for name, column in found.column.items()}
        for name, below in found.lines.items():
            way = [number[name]]
            for column in range(found.column[name] + 1, found.passes[name] + 1):
                way.append(self._add(name, column, True))
                self._join(way[-2], way[-1])
            for dependent in below:
                self._join(way[found.column[dependent] - found.column[name] - 1], number[dependent])
        self.columns = self._in_columns()

    def _add(self, name: str, column: int, passes: bool) -> int:
        self.owner.append(name)
        self.column.append(column)
        self.passing.append(passes)
        self.before.append([])
        self.after.append([])
        return len(self.owner) - 1

    def _join(self, left: int, right: int) -> None:
        self.after[left].append(right)
        self.before[right].append(left)

    def _in_columns(self) -> list[list[int]]:
        """The columns as a walk along the lines meets them: what hangs together begins side by side."""
        found: list[list[int]] = [[] for _ in range(max(self.column, default=-1) + 1)]
        seen = [False] * len(self.owner)
        for root in range(len(self.owner)):
            trail = [root] if not self.before[root] else []
            while trail:
                place = trail.pop()
                if not seen[place]:
                    seen[place] = True
                    found[self.column[place]].append(place)
                    trail += reversed(self.after[place])
        return found


def _arranged(places: _Places) -> tuple[list[list[Spot]], list[list[Net]], int]:
    """Columns of spots, the nets after each column, and how many rows."""
    order = ordered(places.columns, places.before, places.after)
    rows = placed(order, places.before, places.after, places.passing)
    spots = [
        Spot(*one) for one in zip(places.owner, places.column, rows, places.passing, strict=True)
    ]  # fmt: skip
    columns = [[spots[place] for place in column] for column in order]
    nets = [
        [Net(spots[place], tuple(spots[one] for one in places.after[place])) for place in column if places.after[place]]
        for column in order
    ]
    return columns, nets, max(rows, default=-1) + 1


def _add_loose(columns: list[list[Spot]], loose: list[str], top: int) -> None:
    """Put tasks that hang together with nothing below the others, row by row."""
    wide = max(len(columns), min(6, math.ceil(math.sqrt(len(loose) / 3))))
    columns += [[] for _ in range(wide - len(columns) if loose else 0)]
    for number, name in enumerate(loose):
        row, column = divmod(number, wide)
        columns[column].append(Spot(name, column, top + row))

"""Which column of the picture each task stands in, which dependencies get a line, and where long lines pass.  Pure.

Knows ids and who depends on whom; nothing of rows, sizes or statuses.  A column is the longest way down from the tasks
that depend on nothing: whatever stands in column 3 waits for something in column 2.  A dependency that follows from
others gets no line (transitive reduction; Aho, Garey and Ullman 1972): the picture says the same with half the ink.
Lines that leave one task for several run together as long as they can, so they cost one place for each column that they
pass, and not one for each of them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

MOST_REDUCED = 20_000
"""Tasks above which every dependency gets its line: the sets of ancestors take n²/8 bytes."""

Upstreams = Mapping[str, Sequence[str]]
"""Each task and what it depends on, which has to be among the tasks, without cycles."""


@dataclass(frozen=True, slots=True)
class Layering:
    """`column` of each task from 0; `lines` from each task to its dependents; `passes`: the last column in which a
    task's lines pass other tasks; `cut`: (upstream, dependent) whose lines would be too long to be drawn."""

    column: dict[str, int]
    lines: dict[str, tuple[str, ...]]
    passes: dict[str, int]
    cut: frozenset[tuple[str, str]]


def layering(upstreams: Upstreams) -> Layering:
    """Columns and lines.  Linear in tasks and dependencies, but for the reduction."""
    column = columns(upstreams)
    needed = reduced(upstreams, column)
    longest = _longest(needed, column, most=2 * len(upstreams) + 2000)
    lines: dict[str, list[str]] = {name: [] for name in upstreams}
    cut = set()
    for name, above in needed.items():
        for upstream in above:
            if column[name] - column[upstream] > longest:
                cut.add((upstream, name))
            else:
                lines[upstream].append(name)
    passes = {name: max((column[one] for one in below), default=0) - 1 for name, below in lines.items()}
    return Layering(column, {name: tuple(below) for name, below in lines.items()}, passes, frozenset(cut))


def columns(upstreams: Upstreams) -> dict[str, int]:
    """The longest way to each task from one that depends on nothing; upstreams come before their dependents."""
    below: dict[str, list[str]] = {name: [] for name in upstreams}
    waits = {}
    for name, above in upstreams.items():
        waits[name] = len(set(above))
        for upstream in set(above):
            below[upstream].append(name)
    found = {name: 0 for name, count in waits.items() if not count}
    todo = list(found)
    for name in todo:
        for dependent in below[name]:
            waits[dependent] -= 1
            if not waits[dependent]:
                found[dependent] = 1 + max(found[upstream] for upstream in upstreams[dependent])
                todo.append(dependent)
    return {name: found[name] for name in todo}


def reduced(upstreams: Upstreams, column: Mapping[str, int]) -> dict[str, tuple[str, ...]]:
    """The dependencies of each task without those that follow from its others.  `column`: in order of dependency."""
    if len(upstreams) > MOST_REDUCED:
        return {name: tuple(dict.fromkeys(above)) for name, above in upstreams.items()}
    bit = {name: 1 << place for place, name in enumerate(column)}
    ancestors: dict[str, int] = {}
    needed = {}
    for name in column:
        implied = own = 0
        for upstream in upstreams[name]:
            implied |= ancestors[upstream]
            own |= bit[upstream]
        ancestors[name] = implied | own
        needed[name] = tuple(upstream for upstream in dict.fromkeys(upstreams[name]) if not bit[upstream] & implied)
    return {name: needed[name] for name in upstreams}


def _longest(needed: Upstreams, column: Mapping[str, int], most: int) -> int:
    """How many columns a line may span so that all lines together pass at most so many places."""
    limit = max(column.values(), default=0)
    while limit > 1:
        furthest: dict[str, int] = {}
        for name, above in needed.items():
            for upstream in above:
                span = column[name] - column[upstream]
                if 1 < span <= limit:
                    furthest[upstream] = max(furthest.get(upstream, 0), span)
        if sum(furthest.values()) - len(furthest) <= most:
            break
        limit //= 2
    return limit

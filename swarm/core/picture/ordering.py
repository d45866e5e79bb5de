"""The order of what stands in each column, with few crossings between columns.  Pure.

Knows places as numbers and which of them are joined, each pair in neighbouring columns.  Sweeps from left to right and
back, putting each place where its neighbours are on average (the barycentre method of Sugiyama, Tagawa and Toda 1981),
and keeps the best order that came up.  The same input gives the same order.
"""

from __future__ import annotations

from bisect import bisect_right, insort
from collections.abc import Sequence

SWEEPS = 12
"""Sweeps, of which each goes one way."""

MANY = 6_000
"""Lines above which a third of the sweeps has to do: each costs a pass over all lines."""

Joined = Sequence[Sequence[int]]
"""For each place the places that it is joined with on one side."""


def ordered(columns: Sequence[Sequence[int]], before: Joined, after: Joined) -> list[list[int]]:
    """The columns, each in a good order.  The given order is where the search begins, and breaks ties."""
    found = [list(column) for column in columns]
    at = [0] * len(before)
    for column in found:
        _number(column, at)
    lines = sum(map(len, before))
    best, least = [list(column) for column in found], crossings(found, before, at)
    for sweep in range(SWEEPS if lines < MANY else SWEEPS // 3):
        if not least:
            break
        forth = sweep % 2 == 0
        for column in found if forth else reversed(found):
            _sort(column, before if forth else after, at)
        count = crossings(found, before, at)
        if count < least:
            best, least = [list(column) for column in found], count
    return best


def _sort(column: list[int], joined: Joined, at: list[int]) -> None:
    """Sort a column by the average of its neighbours; what has none keeps its place among the others."""
    key = {}
    for place in column:
        beside = joined[place]
        key[place] = sum(at[one] for one in beside) / len(beside) if beside else float(at[place])
    column.sort(key=lambda place: (key[place], at[place]))
    _number(column, at)


def _number(column: Sequence[int], at: list[int]) -> None:
    for number, place in enumerate(column):
        at[place] = number


def crossings(columns: Sequence[Sequence[int]], before: Joined, at: Sequence[int]) -> int:
    """How many pairs of lines cross.  `at`: the number of each place in its column."""
    count = 0
    for column in columns:
        ends: list[int] = []
        for place in column:
            numbers = sorted(at[one] for one in before[place])
            for number in numbers:
                count += len(ends) - bisect_right(ends, number)
            for number in numbers:
                insort(ends, number)
    return count

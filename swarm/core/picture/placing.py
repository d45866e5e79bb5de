"""The row of everything in each column: in the order given, near what it is joined with, so that lines run level.

Pure: knows places as numbers.  A column is placed at once: of all ways to keep its order with a row for each, the one
with the least sum of squared distances from where each would like to be (isotonic regression by pooling adjacent
violators; Ayer and others 1955), in one pass.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from swarm.core.picture.ordering import Joined

ROUNDS = 3
"""Sweeps to the right and back before the last one, which gives whole rows."""

STRAIGHT = 8.0
"""How much more a passing line weighs than a task: a bend in it costs more than a task beside the middle."""


def placed(columns: Sequence[Sequence[int]], before: Joined, after: Joined, passing: Sequence[bool]) -> list[int]:
    """The row of each place, from 0; within a column they rise in its order."""
    row = [0.0] * len(before)
    for column in columns:
        for number, place in enumerate(column):
            row[place] = float(number)
    weights = [STRAIGHT if passes else 1.0 for passes in passing]
    for _ in range(ROUNDS):
        for column in columns:
            _settle(column, before, row, weights)
        for column in reversed(columns):
            _settle(column, after, row, weights)
    for column in columns:
        wanted = [_middle([row[one] for one in before[place]], row[place]) for place in column]
        for place, found in zip(column, fitted(wanted, [weights[place] for place in column]), strict=True):
            row[place] = float(math.floor(found + 0.5))  # not round(): it takes 1.5 and 2.5 for one row
    lowest = min(row, default=0.0)
    return [int(one - lowest) for one in row]


def _settle(column: Sequence[int], joined: Joined, row: list[float], weights: Sequence[float]) -> None:
    wanted = []
    for place in column:
        beside = joined[place]
        wanted.append(sum(row[one] for one in beside) / len(beside) if beside else row[place])
    for place, found in zip(column, fitted(wanted, [weights[place] for place in column]), strict=True):
        row[place] = found


def _middle(rows: list[float], own: float) -> float:
    """The median, which lies on a row that is there: one line at least runs straight."""
    if not rows:
        return own
    rows.sort()
    half = len(rows) // 2
    if len(rows) % 2:
        return rows[half]
    low, high = rows[half - 1], rows[half]
    return low if own - low < high - own else high


def fitted(wanted: Sequence[float], weights: Sequence[float]) -> list[float]:
    """Numbers that rise by at least 1 from one to the next, as near to the wanted ones as can be."""
    blocks: list[tuple[float, float, int]] = []  # (sum of weight × value, weight, how many)
    for number, (want, weight) in enumerate(zip(wanted, weights, strict=True)):
        total, heavy, count = (want - number) * weight, weight, 1
        while blocks and blocks[-1][0] * heavy >= total * blocks[-1][1]:
            more, heft, some = blocks.pop()
            total, heavy, count = total + more, heavy + heft, count + some
        blocks.append((total, heavy, count))
    found: list[float] = []
    for total, heavy, count in blocks:
        # Rounded to a millionth: two that should be one must not differ by an error of the arithmetic.
        level = round(total / heavy, 6)
        found += [level + number for number in range(len(found), len(found) + count)]
    return found

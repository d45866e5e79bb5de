"""Which columns are on the screen, and how wide.  Pure.

Knows widths and counts.  Where not all columns fit, those that never had a card stay away, and a window of the others
moves with the chosen one.  A column that has had a card stays even when it is empty: one that comes and goes with
every event would make the board jump.
"""

from __future__ import annotations

from collections.abc import Collection

from board.view.columns import Column

LEAST = 24
"""Cells that a column needs to be read."""

NARROW = 60
"""Below this many cells there is one list instead of columns."""


def spread(
    width: int, used: Collection[Column], chosen: Column | None, first: Column | None
) -> list[tuple[Column, int]]:
    """Columns with their widths, from left to right, together `width` cells.

    `used` have had cards; `chosen` holds the chosen card; `first` was the leftmost one so far.
    """
    room = max(1, width // LEAST)
    every = list(Column)
    if room < len(every):
        every = [column for column in every if column in used or column is chosen] or every
    shown = _window(every, room, chosen, first)
    share, rest = divmod(width, len(shown))
    return [(column, share + (place < rest)) for place, column in enumerate(shown)]


def _window(columns: list[Column], room: int, chosen: Column | None, first: Column | None) -> list[Column]:
    """`room` columns that stand side by side, the chosen one among them, moved as little as possible."""
    start = columns.index(first) if first in columns else 0
    if chosen in columns:
        at = columns.index(chosen)
        start = min(start, at)
        start = max(start, at - room + 1)
    start = max(0, min(start, len(columns) - room))
    return columns[start : start + room]

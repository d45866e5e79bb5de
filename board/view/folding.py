"""Lines folded at a width, as far as they are looked at.  Pure.

Knows cells and letters, no colours.  To fold a text of many lines costs a glance at each; where a line breaks is found
out when it is shown, so that fifty thousand lines are as quick to scroll as fifty.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from functools import lru_cache
from itertools import accumulate

from rich.cells import cell_len, get_character_cell_size

from board.view.sheet import TextLine

Part = tuple[int, int]
"""Letters of a line that stand in one row: from, to before."""


class Folded:
    """Lines at a width in cells.  Rows count from 0."""

    def __init__(self, lines: Sequence[TextLine], width: int) -> None:
        self._lines, self._width = lines, width
        # The first test is for all but a few lines; it takes no call.
        counts = (
            1 if len(line.text) <= width and line.text.isascii() else len(parts(line.text, width)) for line in lines
        )
        self._first = list(accumulate(counts, initial=0))

    def __len__(self) -> int:
        return self._first[-1]

    def row(self, line: int) -> int:
        """The first row of a line."""
        return self._first[line]

    def line(self, row: int) -> int:
        """The index of the line in a row."""
        return bisect_right(self._first, row) - 1

    def part(self, row: int) -> tuple[int, Part]:
        """The index of the line in a row, and which part of it stands there."""
        at = self.line(row)
        return at, parts(self._lines[at].text, self._width)[row - self._first[at]]


@lru_cache(maxsize=4096)
def parts(text: str, width: int) -> tuple[Part, ...]:
    """The text in rows of at most `width` cells, broken after a space where there is one in the last third."""
    found: list[Part] = []
    start = 0
    while (end := _fitting(text, start, width)) < len(text):
        space = text.rfind(" ", start, end)
        if space - start > (end - start) * 2 // 3 and text[end] != " ":
            end = space + 1
        found.append((start, _stripped(text, start, end)))
        start = _after_spaces(text, end)
    return (*found, (start, len(text)))


def wrapped(text: str, width: int) -> list[str]:
    """The same as texts."""
    return [text[start:end] for start, end in parts(text, width)]


def _fitting(text: str, start: int, width: int) -> int:
    """The index after the last letter that still fits; at least one letter does."""
    rest = text[start : start + width + 1]
    if rest.isascii() or (cell_len(rest) <= width and len(rest) <= width):
        return start + min(width, len(rest))
    room, at = width, start
    while at < len(text) and (size := get_character_cell_size(text[at])) <= room:
        room -= size
        at += 1
    return max(at, start + 1)


def _stripped(text: str, start: int, end: int) -> int:
    while end > start and text[end - 1] == " ":
        end -= 1
    return end


def _after_spaces(text: str, at: int) -> int:
    while at < len(text) and text[at] == " ":
        at += 1
    return at

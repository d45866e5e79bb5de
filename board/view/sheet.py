"""A text to scroll through: its lines, what each of them is, where one can jump to and what can be followed.  Pure.

Knows nothing of widths and widgets.  Every text in a sheet is harmless already (board.view.harmless, board.view.inks).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

TextRole = Literal["plain", "dim", "strong", "good", "bad", "hint"]

Colour = int | tuple[int, int, int]
"""A place in the terminal's palette of 256, or red, green and blue from 0 to 255."""


class Ink(NamedTuple):
    """How a program wanted a piece of its output to look."""

    fg: Colour | None = None
    bg: Colour | None = None
    bold: bool = False
    dim: bool = False
    italic: bool = False
    underline: bool = False
    reverse: bool = False
    strike: bool = False


class Span(NamedTuple):
    """A part of a line that looks different: letters from `start` to before `end`."""

    start: int
    end: int
    look: Ink | TextRole


class TextLine(NamedTuple):
    """One line before it is wrapped, and what it is.  `spans` are in order and do not overlap."""

    text: str
    role: TextRole = "plain"
    spans: tuple[Span, ...] = ()


Goal = int | str
"""What a line leads to: a line of the same sheet by its index, or a task by its id."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """Lines, with the indexes of those that one jumps to (ascending), and of those that can be followed."""

    lines: Sequence[TextLine] = ()
    stops: Sequence[int] = ()
    goals: Mapping[int, Goal] = field(default_factory=dict)


def told(text: str, role: TextRole = "dim") -> Sheet:
    """A sheet that says one thing."""
    return Sheet((TextLine(text, role),))


Part = tuple[str, Ink | TextRole]
"""Some text with a look of its own."""


def joined(*parts: str | Part, role: TextRole = "plain") -> TextLine:
    """A line of parts, some with a look of their own."""
    text, spans = "", []
    for part in parts:
        if isinstance(part, str):
            text += part
        elif part[0]:
            spans.append(Span(len(text), len(text) + len(part[0]), part[1]))
            text += part[0]
    return TextLine(text, role, tuple(spans))

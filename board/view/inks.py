"""The output of a program as lines with the colours it asked for, and nothing else that a terminal would obey.  Pure.

Knows SGR (ECMA-48, 8.3.117, with the colours of xterm) and carriage returns; all other sequences vanish or become
visible as in board.view.harmless.  Text can't be hidden: concealed and blinking are left out here, and a colour like
its background is mended where the background is known (board.widgets.inking).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from board.view import harmless
from board.view.sheet import Colour, Ink, Span, TextLine

NO_INK = Ink()
"""How output looks before it asks for anything."""

_SGR = re.compile(r"\x1b\[([0-9;:]{0,64})m")

MISSING = "none"
"""In the place of a number that should have come.  One that is there and empty counts as 0."""

_SWITCHES: dict[int, dict[str, bool]] = {
    1: {"bold": True}, 2: {"dim": True}, 3: {"italic": True}, 4: {"underline": True}, 7: {"reverse": True},
    9: {"strike": True}, 21: {"underline": True}, 22: {"bold": False, "dim": False}, 23: {"italic": False},
    24: {"underline": False}, 27: {"reverse": False}, 29: {"strike": False},
}  # fmt: skip


def lines(text: str, ink: Ink = NO_INK) -> tuple[list[TextLine], Ink]:
    """The lines of a text, and the ink at its end, with which the next one goes on."""
    rows = text.split("\n")
    if not rows[-1]:
        rows.pop()
    found = []
    for row in rows:
        shown, ink = line(row, ink)
        found.append(shown)
    return found, ink


def line(raw: str, ink: Ink = NO_INK) -> tuple[TextLine, Ink]:
    """One line as a terminal would leave it (a carriage return starts it anew), and the ink after it."""
    if raw.isascii() and raw.isprintable() and ink == NO_INK and len(raw) <= harmless.MAX_LINE:
        return TextLine(raw), ink  # most lines
    raw, ink = redrawn(harmless.without_commands(raw), ink)
    texts, inks = [], [ink]
    for place, part in enumerate(_SGR.split(raw.rstrip("\r"))):
        if place % 2:
            inks.append(mixed(inks[-1], part))
        else:
            texts.append(part)
    return _piece(harmless.pieces(texts), inks), inks[-1]


def redrawn(raw: str, ink: Ink) -> tuple[str, Ink]:
    """What is left of an unfinished line after its last carriage return, and the ink that it starts with."""
    before, _, shown = raw.rstrip("\r").rpartition("\r")
    for found in _SGR.finditer(before):
        ink = mixed(ink, found[1])
    return (shown + "\r" if raw.endswith("\r") else shown), ink


def _piece(texts: list[str], inks: list[Ink]) -> TextLine:
    spans: list[Span] = []
    at = 0
    for text, ink in zip(texts, inks, strict=True):
        end = at + len(text)
        if text and ink != NO_INK:
            if spans and spans[-1].end == at and spans[-1].look == ink:
                at = spans.pop().start
            spans.append(Span(at, end, ink))
        at = end
    return TextLine("".join(texts), "plain", tuple(spans))


@lru_cache(maxsize=1024)
def mixed(ink: Ink, parameters: str) -> Ink:
    """The ink after one sequence.  What is unknown changes nothing; what is malformed ends the sequence."""
    numbers = iter(parameters.split(";"))
    for number in numbers:
        code, _, more = number.partition(":")
        at = int(code) if code and len(code) < 4 else 0 if not code and not more else -1
        if at in (38, 48, 58):
            colour = _of_parts(more) if more else _of_numbers(numbers)
            if colour is None:
                return ink
            ink = ink._replace(fg=colour) if at == 38 else ink._replace(bg=colour) if at == 48 else ink
        elif at == 4 and more:
            ink = ink._replace(underline=more != "0")
        elif not more:
            ink = _simple(ink, at)
    return ink


def _simple(ink: Ink, code: int) -> Ink:
    if code == 0:
        return NO_INK
    if 30 <= code <= 37 or 90 <= code <= 97:
        return ink._replace(fg=code - 30 if code < 90 else code - 82)
    if 40 <= code <= 47 or 100 <= code <= 107:
        return ink._replace(bg=code - 40 if code < 100 else code - 92)
    if code in (39, 49):
        return ink._replace(fg=None) if code == 39 else ink._replace(bg=None)
    switch = _SWITCHES.get(code)
    return ink._replace(**switch) if switch else ink


def _of_numbers(numbers: Iterator[str]) -> Colour | None:
    """The colour that follows 38 or 48 in numbers of their own: 5;n or 2;r;g;b."""
    kind = next(numbers, "")
    if kind == "5":
        return _one(next(numbers, MISSING))
    return _three([next(numbers, MISSING) for _ in range(3)]) if kind == "2" else None


def _of_parts(more: str) -> Colour | None:
    """The same behind colons: 5:n, 2:r:g:b, or 2::r:g:b with a place for a colour space."""
    kind, *rest = more.split(":")
    if kind == "5" and rest:
        return _one(rest[0])
    if kind == "2" and len(rest) >= 3:
        return _three(rest[1:4] if len(rest) > 3 else rest)
    return None


def _one(number: str) -> int | None:
    value = int(number or "0") if number.isascii() and (number.isdigit() or not number) and len(number) < 4 else -1
    return value if 0 <= value < 256 else None


def _three(numbers: list[str]) -> Colour | None:
    red, green, blue = (_one(number) for number in numbers)
    return None if red is None or green is None or blue is None else (red, green, blue)

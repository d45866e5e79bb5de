"""Text of strangers made fit to be shown: no escape codes, no control characters, nothing that a terminal obeys.  Pure.

Knows nothing of where the text comes from.  Titles, prompts, logs and messages are written by people and agents that we
don't vouch for; each passes here once, before it gets near a widget.  What programs commonly emit (colours, progress
lines) is dropped so that it reads well; whatever else a terminal would act upon is made visible.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from rich.cells import cell_len

MAX_LINE = 2000
"""Characters of one line that are kept."""

MAX_MARKS = 4
"""Combining marks in a row that are kept: more of them only hide what stands around."""

_COLOURS = re.compile(r"\x1b\[[0-9;:?<=>]{0,64}[ -/]{0,4}[@-~]")
"""Control sequences (ECMA-48, 5.4).  Unfinished ones stay and become visible."""

_COMMANDS = re.compile(r"\x1b\](?:8;[^\x07\x1b\n]{0,2048}|[0-2];[^\x07\x1b\n]{0,256})(?:\x07|\x1b\\)")
"""Links and window titles.  Only these: a longer string could hide lines from the reader."""

_MOVES = re.compile(r"\x1b\[(?![0-9;:]*m)[0-9;:?<=>]{0,64}[ -/]{0,4}[@-~]")
"""The control sequences that do more than set colours and the like (SGR)."""

_SUSPECT = re.compile(r"[^ -~¡-¬®-ʯ\n]")
"""What has to be looked at one by one; most text holds nothing of it."""

_HIDDEN = frozenset({"Cf", "Mn", "Me"})


def block(text: str, most: int | None = None) -> list[str]:
    """The lines of a text, each harmless.  With `most` only the last so many."""
    text = _COMMANDS.sub("", _COLOURS.sub("", text.replace("\r\n", "\n")))
    found = text.split("\n")
    if found and not found[-1]:
        found.pop()
    return [_line(_overwritten(line)) for line in (found if most is None else found[-most:])]


def line(text: str, most: int = 400) -> str:
    """A text as one harmless line of at most `most` characters; line ends and tabs become spaces."""
    cut = _COMMANDS.sub("", _COLOURS.sub("", text[: most * 4]))
    return _line(" ".join(cut.split()), most)


def pieces(texts: Sequence[str], most: int = MAX_LINE) -> list[str]:
    """The pieces of one line, each harmless: together they are what the whole line would be made of."""
    if len(texts) == 1:
        return [_line(texts[0], most)]
    found = _expanded(_cut(texts, most))
    if not any(_SUSPECT.search(text) for text in found):
        return found
    pile = MAX_MARKS
    for place, text in enumerate(found):
        found[place], pile = _without_piles("".join(_shown(character) for character in text), pile)
    return found


def exact(text: str, most: int = MAX_LINE) -> str:
    """One line of a file as it is: nothing is dropped or overwritten, what can't be seen is named.

    For who has to judge what stands there: a carriage return or a mark that turns the direction hides nothing.
    """
    if len(text) <= most and text.isascii() and text.isprintable():
        return text  # most lines of most files
    return _line(_SUSPECT.sub(lambda found: _named(found[0]), text[: most + 1]), most)


def _named(character: str) -> str:
    code = ord(character)
    unseen = unicodedata.category(character) == "Cf" or 0xFE00 <= code <= 0xFE0F
    return f"<U+{code:04X}>" if unseen else character


def without_commands(text: str) -> str:
    """The text without links, titles and control sequences, but for those that set colours."""
    if "\x1b" not in text:
        return text
    return _MOVES.sub("", _COMMANDS.sub("", text))


def _cut(texts: Sequence[str], most: int) -> list[str]:
    """The pieces, cut like a line that is too long."""
    if sum(map(len, texts)) <= most:
        return list(texts)
    found, room = [], most - 1
    for text in texts:
        found.append(text[:room] + "…" if 0 <= room < len(text) else text[: max(0, room)])
        room = -1 if room < len(text) else room - len(text)
    return found


def _expanded(texts: list[str]) -> list[str]:
    """The pieces with spaces for tabs, which depend on what stands before them."""
    if not any("\t" in text for text in texts):
        return texts
    found, column = [], 0
    for text in texts:
        found.append((" " * column + text).expandtabs(8)[column:])
        column = (column + len(found[-1])) % 8
    return found


def _overwritten(text: str) -> str:
    """What a terminal would show of a progress line: each carriage return starts it anew."""
    return text.rstrip("\r").rpartition("\r")[2]


def _line(text: str, most: int = MAX_LINE) -> str:
    if len(text) > most:
        text = text[: most - 1] + "…"
    if "\t" in text:
        text = text.expandtabs(8)
    if not _SUSPECT.search(text):
        return text
    return _without_piles("".join(_shown(character) for character in text), MAX_MARKS)[0]


def _shown(character: str) -> str:
    """One character, or what stands for it."""
    code = ord(character)
    if code < 0x20:
        return chr(0x2400 + code)
    if code == 0x7F:
        return "\u2421"
    category = unicodedata.category(character)
    if category in ("Cc", "Cs", "Co", "Cn", "Zl", "Zp"):
        return "\ufffd"  # C1 controls (an 8-bit escape among them), halves of characters, what nobody has defined
    if category == "Cf" or 0xFE00 <= code <= 0xFE0F:
        return ""  # turns the direction of text round, or changes a width in one terminal and not in the next
    return character


def _without_piles(text: str, pile: int) -> tuple[str, int]:
    """The text with at most MAX_MARKS characters of no width in a row, and how many stand at its end.

    `pile`: how many stand before it.  At the start of a line that is MAX_MARKS: there is nothing to stand upon.
    """
    found: list[str] = []
    for character in text:
        pile = 0 if character.isascii() or not _is_mark(character) else pile + 1
        if pile <= MAX_MARKS:
            found.append(character)
    return "".join(found), pile


def _is_mark(character: str) -> bool:
    return unicodedata.category(character) in _HIDDEN or cell_len(character) == 0

"""A shell line taken apart, as far as that can be done without a shell: which commands it runs, in which words.  Pure.

Made for judging what a line does, so whatever expands or leads elsewhere (`$`, backquotes, redirections, groups,
jobs) is not taken apart at all; of `*`, `?` and `[` it is said that they stand there.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_PART = re.compile(
    r"(?P<gap>[ \t]+)|(?P<mark>&&|\|\||[|;\n])|'(?P<single>[^'\x00]*)'|\"(?P<double>[^\"$`!\\\x00\r]*)\""
    r"|(?P<plain>[^ \t\n\r\x00|;&'\"$`<>(){}#!\\]+)"
)
_WILD = frozenset("*?[")


@dataclass(frozen=True, slots=True)
class Command:
    """`wild`: a word of it may stand for the names of whatever files there are."""

    words: tuple[str, ...]
    wild: bool = False


def commands(line: str) -> tuple[Command, ...] | None:
    """The commands of a line, in order; None where it holds more than plain words, quoted or not, and the marks
    between commands."""
    found: list[Command] = []
    words: list[str] = []
    word: list[str] = []
    wild = False
    at = 0
    while at < len(line):
        part = _PART.match(line, at)
        if part is None:
            return None
        at = part.end()
        if part.lastgroup not in ("gap", "mark"):
            word.append(part[part.lastgroup or 0])
            wild |= part.lastgroup == "plain" and not _WILD.isdisjoint(part[0])
            continue
        words += ["".join(word)] if word else []
        word = []
        if part.lastgroup == "mark":
            found += [Command(tuple(words), wild)] if words else []
            words, wild = [], False
    words += ["".join(word)] if word else []
    return (*found, *([Command(tuple(words), wild)] if words else ()))

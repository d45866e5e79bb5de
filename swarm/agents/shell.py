"""A shell line taken apart, as far as that can be done without a shell: which commands it runs, in which words.  Pure.

Made for judging what a line does, so whatever expands or leads elsewhere (`$`, backquotes, redirections, groups,
jobs) is not taken apart at all.
"""

from __future__ import annotations

Command = tuple[str, ...]

_NEVER = frozenset("$`<>(){}#!&\\\x00\r")
_BETWEEN = ("&&", "||", "|", ";", "\n")


def commands(line: str) -> tuple[Command, ...] | None:
    """The commands of a line, in order; None where it holds more than plain words, quoted or not, and the marks
    between commands."""
    found: list[list[str]] = [[]]
    word: str | None = None
    at = 0
    while at < len(line):
        here = line[at]
        mark = next((one for one in _BETWEEN if line.startswith(one, at)), "")
        if here in "'\"":
            end = line.find(here, at + 1)
            inside = line[at + 1 : end]
            if end < 0 or (here == '"' and _NEVER & set(inside) - set("<>(){}#&")):
                return None
            word, at = (word or "") + inside, end + 1
            continue
        if not mark and here not in " \t" and here not in _NEVER:
            word, at = (word or "") + here, at + 1
            continue
        if not mark and here in _NEVER:
            return None
        if word is not None:
            found[-1].append(word)
            word = None
        if mark:
            found.append([])
        at += len(mark) or 1
    if word is not None:
        found[-1].append(word)
    return tuple(tuple(words) for words in found if words)

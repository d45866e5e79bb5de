"""Declared scopes: do two sets of file patterns overlap, and which paths lie outside one?  Pure.

Knows nothing of a file system.  Patterns are relative, with `*`, `?`, `[…]` within a segment and `**` for any number
of segments; a pattern without a wildcard also covers everything below it.  When in doubt two patterns overlap.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase
from functools import lru_cache

_WILD = re.compile(r"[*?\[]")


@lru_cache(maxsize=65536)
def overlap(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    """True when some path may match a pattern of both.  An empty scope declares nothing and overlaps with nothing."""
    return any(_may_meet(_segments(a), _segments(b)) for a in one for b in other)


def outside(paths: Iterable[str], scope: Sequence[str]) -> list[str]:
    """The paths that no pattern of the scope covers; none where the scope declares nothing."""
    if not scope:
        return []
    tests = [_as_regex(pattern) for pattern in scope]
    return [path for path in paths if not any(test.match(path) for test in tests)]


def _segments(pattern: str) -> tuple[str, ...]:
    parts = tuple(part for part in pattern.split("/") if part not in ("", "."))
    return parts if _WILD.search(pattern) else (*parts, "**")


@lru_cache(maxsize=65536)
def _may_meet(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    if not one or not other:
        rest = one or other
        return all(part == "**" for part in rest)
    if one[0] == "**":
        return _may_meet(one[1:], other) or _may_meet(one, other[1:])
    if other[0] == "**":
        return _may_meet(one, other[1:]) or _may_meet(one[1:], other)
    return _segment_may_meet(one[0], other[0]) and _may_meet(one[1:], other[1:])


def _segment_may_meet(one: str, other: str) -> bool:
    wild_one, wild_other = _WILD.search(one), _WILD.search(other)
    if not wild_one and not wild_other:
        return one == other
    if not wild_one:
        return fnmatchcase(one, other)
    if not wild_other:
        return fnmatchcase(other, one)
    heads = one[: wild_one.start()], other[: wild_other.start()]
    tails = _tail(one), _tail(other)
    return _compatible(*heads) and _compatible(tails[0][::-1], tails[1][::-1])


def _tail(segment: str) -> str:
    """What stands behind the last wildcard; nothing where a character class makes that hard to say."""
    return "" if "[" in segment else re.split(r"[*?]", segment)[-1]


def _compatible(one: str, other: str) -> bool:
    return one.startswith(other) or other.startswith(one)


@lru_cache(maxsize=4096)
def _as_regex(pattern: str) -> re.Pattern[str]:
    parts = _segments(pattern)
    text = ""
    for index, part in enumerate(parts):
        last = index == len(parts) - 1
        if part != "**":
            text += _segment_regex(part) + ("" if last else "/")
        elif not last:
            text += "(?:[^/]+/)*"
        else:
            text = f"{text[:-1]}(?:/.*)?" if text else ".*"
    return re.compile(text + r"\Z", re.DOTALL)


def _segment_regex(segment: str) -> str:
    """A segment's wildcards as a regular expression that never crosses a slash."""
    out, at = "", 0
    while at < len(segment):
        char = segment[at]
        close = segment.find("]", at + 2) if char == "[" else -1
        if char == "*":
            out += "[^/]*"
        elif char == "?":
            out += "[^/]"
        elif close > 0:
            body = segment[at + 1 : close].replace("\\", "\\\\")
            out += "[" + ("^" + body[1:] if body[0] in "!^" else body) + "]"
            at = close
        else:
            out += re.escape(char)
        at += 1
    return out

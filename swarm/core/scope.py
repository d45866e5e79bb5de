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
    patterns = [_segments(pattern) for pattern in scope]
    return [path for path in paths if not any(_matches(tuple(path.split("/")), pattern) for pattern in patterns)]


def _segments(pattern: str) -> tuple[str, ...]:
    parts = tuple(part for part in pattern.split("/") if part not in ("", "."))
    return parts if _WILD.search(pattern) else (*parts, "**")


@lru_cache(maxsize=65536)
def _may_meet(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    """Whether a path exists that both patterns match.  Row by row over the segments of both, without recursion."""
    ends = _through(other, [True] + [False] * len(other))
    for part in one:
        if part == "**":
            ends = _through(other, _spread(ends))
            continue
        meets = [False]
        for at, against in enumerate(other):
            stays = against == "**" and ends[at + 1]
            meets.append(stays or (against != "**" and ends[at] and _segment_may_meet(part, against)))
        ends = _through(other, meets)
    return ends[-1]


def _through(pattern: tuple[str, ...], ends: list[bool]) -> list[bool]:
    """Where one may also stand because a `**` covers nothing."""
    found = list(ends)
    for at, part in enumerate(pattern):
        found[at + 1] = found[at + 1] or (part == "**" and found[at])
    return found


def _spread(ends: list[bool]) -> list[bool]:
    """Where one may stand after any number of segments."""
    found, reached = [], False
    for end in ends:
        reached = reached or end
        found.append(reached)
    return found


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


def _matches(path: tuple[str, ...], pattern: tuple[str, ...]) -> bool:
    """Whether the pattern covers the path, segment by segment."""
    reached = _through(pattern, [True] + [False] * len(pattern))
    for name in path:
        if not any(reached):
            return False
        step = [False]
        for at, part in enumerate(pattern):
            step.append(reached[at + 1] if part == "**" else reached[at] and fnmatchcase(name, part))
        reached = _through(pattern, step)
    return reached[-1]

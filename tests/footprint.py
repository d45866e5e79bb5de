"""A picture of everything below a directory, and what has changed between two of them.

Knows files, not git and not us: content, mode, kind, link target and owner of every entry, and the time of change of
every file.  A test that says "nothing was touched" compares two pictures, and lists what may differ.
"""

from __future__ import annotations

import hashlib
import os
import re
import stat
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

SHOWN = 12
"""Differences that a failed test names."""

Picture = Mapping[str, str]
"""From a path below the root to all that is known of it."""


def picture(*roots: Path) -> Picture:
    """All entries below the roots, by path.  Directories have no time: an allowed new entry changes it."""
    return {path: _entry(path) for root in roots for path in _paths(str(root))}


def _paths(root: str) -> Iterable[str]:
    yield root
    for directory, names, files in os.walk(root):
        yield from (os.path.join(directory, name) for name in (*names, *files))


def _entry(path: str) -> str:
    seen = os.lstat(path)
    what = f"{stat.filemode(seen.st_mode)} {seen.st_uid}"
    if stat.S_ISLNK(seen.st_mode):
        return f"{what} -> {os.readlink(path)}"
    if not stat.S_ISREG(seen.st_mode):
        return what
    with open(path, "rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()[:16]
    if "/.git/" in path and "/objects/" in path:  # git renews the time of an object that it would have to write again
        return f"{what} {digest}"
    return f"{what} {seen.st_size} bytes {digest} changed {seen.st_mtime_ns} links {seen.st_nlink}"


def changes(before: Picture, after: Picture, *, may_appear: str = r"(?!)", may_change: str = r"(?!)") -> list[str]:
    """What is new, gone or different, one line each, save for paths that wholly match one of the patterns."""
    found = []
    for path in sorted(before.keys() | after.keys()):
        was, now = before.get(path), after.get(path)
        if was == now or re.fullmatch(may_change, path) or (was is None and re.fullmatch(may_appear, path)):
            continue
        found.append(f"{path}: {was or 'absent'} => {now or 'absent'}")
    return found


@contextmanager
def nothing_changes(*roots: Path, may_appear: str = r"(?!)", may_change: str = r"(?!)") -> Iterator[None]:
    """Whatever is done inside leaves everything below the roots as it was, save for what may differ."""
    before = picture(*roots)
    yield
    found = changes(before, picture(*roots), may_appear=may_appear, may_change=may_change)
    assert not found, "\n".join([*found[:SHOWN], f"{len(found)} in all"])

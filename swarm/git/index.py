"""The index of a worktree, read from its file: which paths it holds, and whether there is anything special about them.

Knows the documented format (gitformat-index(5)), versions 2 and 3, and nothing of what the paths mean.  git says the
same, but takes a process for each question.  None is the answer to everything that is not plain to read (damaged,
split, sparse, another version or hash, large): then git has to be asked.
"""

from __future__ import annotations

import hashlib
import struct
from dataclasses import dataclass
from pathlib import Path

from swarm.files import read_part
from swarm.git.command import text_of

MOST = 1 << 18
"""Bytes of an index that is read here, some 2,500 files; with more, git's own way through it is the shorter."""

_FIXED = struct.Struct(">6L L 3L 20s H")
"""Times, device and inode; mode; owner, group and size; id; flags."""
_PADDED = 8
_EXTENDED, _ASSUMED = 0x4000, 0x8000
_SKIPPED, _INTENDED = 0x4000, 0x2000
_STAGES, _LENGTH = 0x3000, 0x0FFF
_HARMLESS = frozenset({b"TREE", b"REUC", b"EOIE", b"IEOT", b"UNTR"})
"""Extensions that change nothing about the entries."""
_FILES = frozenset({0o100644, 0o100755, 0o120000})


@dataclass(frozen=True, slots=True)
class Index:
    """What an index holds.

    `plain`: nothing but files and links, none hidden, in conflict, or only meant to be added.  `hides`: changes of some
    path are not to be looked at.  `tree`: its whole content as a tree, where git noted that.
    """

    paths: tuple[str, ...]
    plain: bool
    hides: bool
    conflicts: bool
    tree: str | None


def read_index(path: Path) -> Index | None:
    """The index in this file; None where git has to be asked."""
    data = read_part(path, 0, MOST + 1)
    if len(data) > MOST or len(data) < 32 or data[:4] != b"DIRC":
        return None
    if hashlib.sha1(data[:-20], usedforsecurity=False).digest() != data[-20:]:
        return None
    try:
        return _parsed(data[:-20])
    except (struct.error, ValueError, IndexError):
        return None


def _parsed(data: bytes) -> Index | None:
    version, count = struct.unpack_from(">2L", data, 4)
    if version not in (2, 3):
        return None
    paths: list[bytes] = []
    plain, hides, conflicts, at = True, False, False, 12
    for _ in range(count):
        *_, mode, _, _, _, _, flags = _FIXED.unpack_from(data, at)
        name, more = at + _FIXED.size, 0
        if flags & _EXTENDED:
            (more,) = struct.unpack_from(">H", data, name)
            name += 2
        end = data.index(b"\0", name)
        if flags & _LENGTH != min(end - name, _LENGTH):
            return None
        paths.append(data[name:end])
        hides = hides or bool(flags & _ASSUMED or more & _SKIPPED)
        conflicts = conflicts or bool(flags & _STAGES)
        plain = plain and mode in _FILES and not more & _INTENDED
        at += (end - at + _PADDED) // _PADDED * _PADDED
    tree = None
    while at < len(data):
        kind, size = struct.unpack_from(">4sL", data, at)
        if kind not in _HARMLESS:
            return None
        if kind == b"TREE":
            tree = _whole_tree(data[at + 8 : at + 8 + size])
        at += 8 + size
    plain = plain and not hides and not conflicts
    return Index(tuple(text_of(path) for path in paths), plain, hides, conflicts, tree) if at == len(data) else None


def _whole_tree(data: bytes) -> str | None:
    """The root's entry of the cache of trees, unless it is out of date: path, NUL, counts, newline, id."""
    name, _, rest = data.partition(b"\0")
    counts, _, id = rest.partition(b"\n")
    return id[:20].hex() if not name and not counts.startswith(b"-") and len(id) >= 20 else None

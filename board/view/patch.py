"""A diff as git writes it, read: its files, what became of each, and its lines.  Pure.

Knows git's format (git-diff(1), "Generating patch text with -p"), not how it is shown.  Lines inside a hunk are counted
off by the hunk's own numbers, so that what stands in a file can't pass for the beginning of another.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from board.view import harmless
from board.view.sheet import TextLine, TextRole

_START = "diff --git "
_HUNK = re.compile(r"@@ -\d{1,9}(?:,(\d{1,9}))? \+\d{1,9}(?:,(\d{1,9}))? @@")
_ESCAPES = re.compile(r"\\([0-7]{3}|.)")
_PLAIN = {"n": "\n", "t": "\t", "r": "\r", "a": "\a", "b": "\b", "f": "\f", "v": "\v"}
_KINDS = {"120000": "link", "160000": "submodule"}
_ROLES: dict[str, TextRole] = {"+": "good", "-": "bad", " ": "plain", "\\": "dim"}


@dataclass(slots=True)
class FileDiff:
    """What became of one file.  `path` and `words` are harmless."""

    path: str = ""
    mark: str = "M"
    """A added, D deleted, R renamed, C copied, M changed."""
    words: list[str] = field(default_factory=list)
    """What its lines don't say: new file, renamed from …, binary file, mode …"""
    added: int = 0
    removed: int = 0
    binary: bool = False
    lines: list[TextLine] = field(default_factory=list)


@dataclass(slots=True)
class Patch:
    """A whole diff.  `rest`: lines that belong to no file."""

    files: list[FileDiff] = field(default_factory=list)
    rest: list[TextLine] = field(default_factory=list)

    @property
    def added(self) -> int:
        """Lines that were added in all."""
        return sum(file.added for file in self.files)

    @property
    def removed(self) -> int:
        """Lines that were removed in all."""
        return sum(file.removed for file in self.files)


def parse(text: str) -> Patch:
    """Read a diff.  What is no diff ends up in `rest`, so that nothing is lost."""
    found = Patch()
    rows = iter(text.removesuffix("\n").split("\n") if text else ())
    for first in rows:
        row = _body(first, rows, found)
        if row is None:
            break
        if row.startswith(_START):
            found.files.append(FileDiff(_path(row.removeprefix(_START))))
        elif found.files and found.files[-1].binary:
            pass  # the bytes, in letters
        elif not found.files or not _heading(found.files[-1], row):
            found.rest.append(TextLine(harmless.exact(row), _ROLES.get(row[:1], "plain")))
    return found


def _body(row: str, rows: Iterator[str], found: Patch) -> str | None:
    """Take the hunks that begin with this row; the first row after them that belongs to none, or None at the end."""
    hunk: str | None = row
    while hunk is not None and found.files and (counts := _HUNK.match(hunk)):
        file = found.files[-1]
        file.lines.append(TextLine(harmless.exact(hunk), "hint"))
        hunk = _hunk(file, rows, *(int(count or 1) if count != "0" else 0 for count in counts.groups("1")))
    return hunk


def _hunk(file: FileDiff, rows: Iterator[str], old: int, new: int) -> str | None:
    """Take the lines of a hunk that has so many of both sides; the row after it."""
    for row in rows:
        sign = row[:1] or " "  # mail programs and editors strip the blank of an empty line
        if (sign != "\\" and old <= 0 and new <= 0) or sign not in _ROLES:
            return row
        old -= sign in " -"
        new -= sign in " +"
        file.added += sign == "+"
        file.removed += sign == "-"
        file.lines.append(TextLine(harmless.exact(row), _ROLES[sign]))
    return None


def _heading(file: FileDiff, row: str) -> bool:
    """Take what is said of a file before its hunks; False where the row says nothing of the kind."""
    word, _, rest = row.partition(" ")
    match word:
        case "---" | "+++":
            path = _unquoted(rest.rstrip("\t"))
            if path != "/dev/null":
                file.path = _shown(path[2:])
        case "new" | "deleted" if rest.startswith("file mode "):
            file.mark = "A" if word == "new" else "D"
            file.words.append(f"{'new' if word == 'new' else 'deleted'} {_KINDS.get(rest[10:], 'file')}")
        case "rename" | "copy" if rest.startswith(("from ", "to ")):
            _moved(file, word, *rest.split(" ", 1))
        case "old" if rest.startswith("mode "):
            file.words.append(f"mode {harmless.line(rest[5:], 10)}")
        case "new" if rest.startswith("mode ") and file.words:
            file.words[-1] += f" → {harmless.line(rest[5:], 10)}"
        case "GIT" | "Binary":
            file.binary = True
            file.words.append("binary file")
        case "index" | "similarity" | "dissimilarity":
            pass
        case _:
            return False
    return True


def _moved(file: FileDiff, word: str, end: str, path: str) -> None:
    if end == "to":
        file.path = _shown(_unquoted(path))
    else:
        file.mark = "R" if word == "rename" else "C"
        file.words.append(f"{'renamed' if word == 'rename' else 'copied'} from {_shown(_unquoted(path))}")


def _path(names: str) -> str:
    """The path in `a/PATH b/PATH`, where both are the same; lines that follow say it better where they are not."""
    if names.startswith('"'):
        return _shown(_unquoted(names[: names.index('" ') + 1] if '" ' in names else names)[2:])
    half = len(names) // 2
    return _shown(names[2:half] if names[2:half] == names[half + 3 :] else names)


def _unquoted(path: str) -> str:
    """A path as it is; git writes unusual ones in quotes, with octal bytes."""
    if len(path) < 2 or not path.startswith('"') or not path.endswith('"'):
        return path
    text = _ESCAPES.sub(lambda found: _letter(found[1]), path[1:-1])
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def _letter(escape: str) -> str:
    if len(escape) == 3:
        return bytes([int(escape, 8) & 0xFF]).decode("utf-8", "surrogateescape")
    return _PLAIN.get(escape, escape)


def _shown(path: str) -> str:
    return harmless.exact(path.replace("\n", "␊").replace("\t", "␉"), 300)

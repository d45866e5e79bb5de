"""The diff of a task as a sheet: totals, the list of files, then file after file.  Pure.

Knows a patch (board.view.patch) and how it is laid out; the list leads to the files, and one jumps from file to file.
"""

from __future__ import annotations

from board.view import harmless
from board.view.patch import FileDiff, Patch, parse
from board.view.sheet import Goal, Part, Sheet, TextLine, joined, told

MARK = "━━ "
"""Stands before each file, so that it is told from what is in it."""


def changes(text: str, note: str = "") -> Sheet:
    """The sheet of a diff.  `note`: a harmless word on what it is of."""
    if not text.strip():
        return told(f"no changes: {note}" if note else "no changes")
    patch = parse(text)
    if not patch.files:
        return Sheet(tuple(patch.rest))
    lines = [_totals(patch, note)]
    width = max(len(f"+{file.added}") for file in patch.files), max(len(f"-{file.removed}") for file in patch.files)
    lines += [_listed(file, *width) for file in patch.files]
    stops: list[int] = []
    for file in patch.files:
        lines.append(TextLine(""))
        stops.append(len(lines))
        lines.append(_title(file))
        lines += file.lines
    goals: dict[int, Goal] = {1 + place: stop for place, stop in enumerate(stops)}
    lines += patch.rest
    return Sheet(lines, tuple(stops), goals)


def failed(text: str) -> Sheet:
    """What was said instead of a diff."""
    lines = [TextLine(line, "bad") for line in harmless.block(text)[:200]]
    return Sheet(tuple(lines) or (TextLine("swarm diff failed without a word", "bad"),))


def _totals(patch: Patch, note: str) -> TextLine:
    count = f"{len(patch.files)} {'file' if len(patch.files) == 1 else 'files'}"
    added, removed = _numbers(f"+{patch.added}", f"-{patch.removed}")
    return joined((count, "strong"), "  ", added, " ", removed, (f"   {note}" if note else "", "dim"))


def _listed(file: FileDiff, added: int, removed: int) -> TextLine:
    """One file of the list: mark, numbers, path, and the words on it."""
    words: Part = (f"  {', '.join(file.words)}" if file.words else "", "dim")
    if file.binary:
        return joined(f" {file.mark} ", (f"{'bin':>{added + removed + 1}}", "dim"), f"  {file.path}", words)
    more, less = _numbers(f"{f'+{file.added}':>{added}}", f"{f'-{file.removed}':>{removed}}")
    return joined(f" {file.mark} ", more, " ", less, f"  {file.path}", words)


def _numbers(added: str, removed: str) -> tuple[Part, Part]:
    return (added, "good"), (removed, "bad")


def _title(file: FileDiff) -> TextLine:
    """The line above a file's hunks."""
    numbers = "" if file.binary else f"  +{file.added} -{file.removed}"
    words = f"  {', '.join(file.words)}" if file.words else ""
    return TextLine(f"{MARK}{file.path}{numbers}{words}", "strong")

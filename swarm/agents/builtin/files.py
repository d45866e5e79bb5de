"""The built-in agent's hands on files: look, write, replace exactly.  Every path is checked where it really leads.

Knows the worktree; nothing outside of it, and none of git's own files, is touched unless `anywhere`.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from swarm.errors import SwarmError

MOST_LINES = 2000
MOST_CHARACTERS = 60_000
"""What is shown of a file at once."""


@dataclass(frozen=True, slots=True)
class Files:
    """The files of one worktree.  Raises SwarmError for what can't be done, in words for a model."""

    worktree: Path
    anywhere: bool = False

    def path(self, name: str) -> Path:
        """Where the name really leads."""
        real = Path(os.path.realpath(self.worktree / name))
        top = Path(os.path.realpath(self.worktree))
        if self.anywhere:
            return real
        if not real.is_relative_to(top):
            raise SwarmError(f"{name} lies outside of the worktree", "use paths relative to it")
        if real != top and real.relative_to(top).parts[0] == ".git":
            raise SwarmError(f"{name} belongs to git", "use git in the shell")
        return real

    def relative(self, name: str) -> str:
        """The path below the worktree, for patterns; as it is where it lies elsewhere."""
        real, top = self.path(name), Path(os.path.realpath(self.worktree))
        return real.relative_to(top).as_posix() if real.is_relative_to(top) else str(real)

    def view(self, name: str, first: int = 1, last: int | None = None) -> str:
        """A file with numbered lines, or the names in a directory."""
        path = self.path(name)
        if path.is_dir():
            names = sorted(f"{entry.name}/" if entry.is_dir() else entry.name for entry in path.iterdir())
            return "\n".join(names) or "(empty)"
        lines = self._text(path, name).splitlines()
        until = min(last if last is not None else len(lines), first + MOST_LINES - 1, len(lines))
        shown = "\n".join(f"{number:6}  {lines[number - 1]}" for number in range(max(first, 1), until + 1))
        if len(shown) > MOST_CHARACTERS:
            shown = f"{shown[:MOST_CHARACTERS]}\n… cut here; ask for fewer lines"
        rest = f"\n… {len(lines) - until} more lines" if last is None and until < len(lines) else ""
        return (shown or "(no such lines)" if lines else "(empty)") + rest

    def create(self, name: str, text: str) -> str:
        """A file with this text, in place of whatever it held."""
        path = self.path(name)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise _refused(name, error) from None
        self._write(path, name, text)
        return f"wrote {name}: {len(text.splitlines())} lines"

    def edit(self, name: str, old: str, new: str, everywhere: bool = False) -> str:
        """Put `new` where `old` stands, which has to be there exactly once unless `everywhere`."""
        path = self.path(name)
        text = self._text(path, name)
        count = text.count(old) if old else 0
        if count == 0:
            raise SwarmError(f"the old text does not stand in {name}", "view the file; every space counts")
        if count > 1 and not everywhere:
            raise SwarmError(f"the old text stands {count} times in {name}", "give more of its surroundings, or all")
        self._write(path, name, text.replace(old, new))
        return f"edited {name}" + (f" in {count} places" if count > 1 else "")

    def _text(self, path: Path, name: str) -> str:
        try:
            with path.open(encoding="utf-8", newline="") as file:
                return file.read()
        except UnicodeDecodeError:
            raise SwarmError(f"{name} is no text ({path.stat().st_size} bytes)", "look at it in the shell") from None
        except OSError as error:
            raise _refused(name, error) from None

    def _write(self, path: Path, name: str, text: str) -> None:
        try:
            with path.open("w", encoding="utf-8", errors="replace", newline="") as file:
                file.write(text)
        except OSError as error:
            raise _refused(name, error) from None


def _refused(name: str, error: OSError) -> SwarmError:
    return SwarmError(f"{name}: {(error.strerror or str(error)).lower()}")

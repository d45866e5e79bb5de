"""A worktree, as far as an agent may go in it unasked: where a path leads, and whether it may change what is there.

Every path is taken as the kernel would (links first) and as programs do (`..` first), and has to stay inside both ways.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass

TELLING = frozenset({
    ".git", ".claude", ".codex", ".gemini", ".opencode", ".pi", ".qwen", ".copilot", ".agents", ".swarm", ".mcp.json",
    "opencode.json", "opencode.jsonc", ".aider.conf.yml", ".husky", ".githooks", ".pre-commit-config.yaml",
    ".env",  # Gemini CLI takes its variables from there, and what it starts has them too
})  # fmt: skip
"""Places in a worktree that tell git or an agent what to run: a change there is asked."""

_UNCLEAR = re.compile(r"[\x00\ud800-\udfff\u00a0\u2000-\u200a\u202f\u205f\u3000]")
"""Characters in a path that a CLI could take for others."""

_UNSEEN = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\u206a-\u206f\ufeff]")
"""Characters that some file systems pass over in a name."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """`tree`: the worktree; `at`: the place in it where relative paths begin."""

    tree: str
    at: str = ""

    def hold(self, place: str) -> bool:
        """Whether a path leads to something in the worktree."""
        if place.startswith("~") or _UNCLEAR.search(place):
            return False
        return all(f"{way}{os.sep}".startswith(f"{self._root}{os.sep}") for way in self._ways(place))

    def hold_all(self, pattern: str) -> bool:
        """Whether what fits a pattern of paths is in the worktree."""
        return ".." not in pattern and self.hold(pattern)

    def give(self, place: str) -> bool:
        """Whether what is there may be changed by whoever may change files."""
        return self.hold(place) and not any(self._tells(way) for way in (*self._ways(place), self._joined(place)))

    def below(self, place: str) -> Bounds:
        """The same worktree, with relative paths that begin in another place."""
        return Bounds(self.tree, os.path.join(self.at, place))

    @property
    def are_at_the_top(self) -> bool:
        """Whether relative paths begin at the worktree's own top."""
        return set(self._ways("")) == {self._root}

    @property
    def _root(self) -> str:
        return os.path.realpath(self.tree)

    def _joined(self, place: str) -> str:
        return os.path.join(self._root, self.at, place)

    def _ways(self, place: str) -> tuple[str, str]:
        """Where it leads: links first, and `..` first."""
        path = self._joined(place)
        return os.path.realpath(path), os.path.realpath(os.path.normpath(path))

    def _tells(self, path: str) -> bool:
        # Without the difference of case, and the marks, that the file systems of some machines do not make.
        parts = os.path.relpath(path, self._root).split(os.sep)
        return not TELLING.isdisjoint(_UNSEEN.sub("", part).casefold().rstrip(". ") for part in parts)
